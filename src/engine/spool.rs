//! A byte store that is written once and then read: in memory while small, else in a file without a
//! name, so that nothing of it survives the process.
//!
//! Request bodies wait here until they are complete, so that an unfinished body never reaches a table.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::limits::{BODY_BYTES_MAX, SPOOL_MEMORY_BYTES_MAX};

/// Collects bytes up to [`BODY_BYTES_MAX`].
pub struct Spool {
    directory: Arc<PathBuf>,
    memory: Vec<u8>,
    file: Option<File>,
    length: u64,
}

impl Spool {
    /// `directory` takes the unnamed file of a large body.
    pub fn new(directory: Arc<PathBuf>) -> Spool {
        Spool {
            directory,
            memory: Vec::new(),
            file: None,
            length: 0,
        }
    }

    /// An empty spool beside this one.
    pub fn sibling(&self) -> Spool {
        Spool::new(self.directory.clone())
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// The first bytes, as many as stay in memory.
    pub fn start(&self) -> &[u8] {
        &self.memory
    }

    /// Reads everything from the position `from` on.
    pub fn read_from(self, from: u64) -> io::Result<impl Read + Send + 'static> {
        let in_memory = self.memory.len() as u64;
        let mut memory = io::Cursor::new(self.memory);
        memory.set_position(from.min(in_memory));
        let file = match self.file {
            Some(mut file) => {
                file.seek(SeekFrom::Start(from.saturating_sub(in_memory)))?;
                Some(file)
            }
            None => None,
        };
        Ok(memory.chain(OptionalFile(file)))
    }
}

impl Write for Spool {
    /// Fails with [`io::ErrorKind::FileTooLarge`] beyond the limit.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.length + bytes.len() as u64 > BODY_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let room = SPOOL_MEMORY_BYTES_MAX.saturating_sub(self.memory.len());
        let (memory, rest) = bytes.split_at(room.min(bytes.len()));
        self.memory.extend_from_slice(memory);
        if !rest.is_empty() {
            let file = match &mut self.file {
                Some(file) => file,
                None => self.file.insert(unnamed_file(&self.directory)?),
            };
            file.write_all(rest)?;
        }
        self.length += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A file that has lost its name by the time it is used. (O_TMPFILE does the same in one step, but not
/// on every file system; a name left over by a crash is removed at the next start.)
fn unnamed_file(directory: &Path) -> io::Result<File> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let name = format!(
        "{}-{}",
        std::process::id(),
        NUMBER.fetch_add(1, Ordering::Relaxed)
    );
    let path = directory.join(name);
    let file = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

struct OptionalFile(Option<File>);

impl Read for OptionalFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.as_mut().map_or(Ok(0), |file| file.read(buffer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_from_any_position() {
        let directory = Arc::new(std::env::temp_dir());
        let bytes: Vec<u8> = (0..SPOOL_MEMORY_BYTES_MAX + 70_000)
            .map(|at| at as u8)
            .collect();
        for from in [0, 5, SPOOL_MEMORY_BYTES_MAX, SPOOL_MEMORY_BYTES_MAX + 17] {
            let mut spool = Spool::new(directory.clone());
            for piece in bytes.chunks(65_537) {
                spool.write_all(piece).unwrap();
            }
            assert_eq!(spool.length(), bytes.len() as u64);
            assert_eq!(spool.start().len(), SPOOL_MEMORY_BYTES_MAX);
            let mut read = Vec::new();
            spool
                .read_from(from as u64)
                .unwrap()
                .read_to_end(&mut read)
                .unwrap();
            assert!(read == bytes[from..], "from {from}");
        }
    }
}
