//! The newest log lines, in memory only, so that a live probe can search what the program said of it.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::limits::LOG_MEMORY_BYTES_MAX;

/// A ring of at most [`LOG_MEMORY_BYTES_MAX`]. Cheap to clone; clones share it. Write into it what is logged.
#[derive(Clone, Default)]
pub struct LogMemory(Arc<Mutex<VecDeque<u8>>>);

impl LogMemory {
    /// Everything that is remembered.
    pub fn text(&self) -> Vec<u8> {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.iter().copied().collect()
    }
}

impl io::Write for LogMemory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        ring.extend(bytes);
        let surplus = ring.len().saturating_sub(LOG_MEMORY_BYTES_MAX);
        ring.drain(..surplus);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_newest_lines_are_remembered() {
        let mut memory = LogMemory::default();
        let _ = memory.write_all(b"first line\n");
        let line = b"another line of forty bytes, end of it.\n";
        for _ in 0..=LOG_MEMORY_BYTES_MAX / line.len() {
            let _ = memory.write_all(line);
        }
        let text = memory.text();
        assert!(text.len() <= LOG_MEMORY_BYTES_MAX && text.ends_with(line));
        assert!(!text.starts_with(b"first"));
    }
}
