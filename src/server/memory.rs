//! Memory for the bodies of all requests together. Each request has its own limit; this is the one for all of them.
//!
//! What counts is what has arrived, not what a header announces: a client that announces megabytes and sends nothing
//! takes nothing. Requests without a body, as most page views are, have no share and cost nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use crate::limits::{BODIES_BYTES_FOR_SMALL, BODIES_BYTES_MAX, LARGE_BODY_BYTES};
use crate::outcome::Reason;

/// Bytes that bodies hold at the moment.
#[derive(Default)]
pub struct BodyMemory {
    taken: AtomicUsize,
}

/// What one request has of it, given back when dropped.
pub struct Share {
    memory: Arc<BodyMemory>,
    bytes: usize,
}

impl BodyMemory {
    /// A share of nothing yet.
    pub fn share(self: &Arc<Self>) -> Share {
        Share {
            memory: Arc::clone(self),
            bytes: 0,
        }
    }

    /// Bytes that all shares hold.
    pub fn taken(&self) -> usize {
        self.taken.load(Relaxed)
    }
}

impl Share {
    /// Makes it hold `bytes`.
    ///
    /// # Errors
    /// [`Reason::Overloaded`] if there is no more; it holds what it held. The last [`BODIES_BYTES_FOR_SMALL`] are for
    /// shares of at most [`LARGE_BODY_BYTES`].
    pub fn resize(&mut self, bytes: usize) -> Result<(), Reason> {
        if bytes <= self.bytes {
            self.memory.taken.fetch_sub(self.bytes - bytes, Relaxed);
        } else {
            let more = bytes - self.bytes;
            let limit = match bytes <= LARGE_BODY_BYTES {
                true => BODIES_BYTES_MAX,
                false => BODIES_BYTES_MAX - BODIES_BYTES_FOR_SMALL,
            };
            if self.memory.taken.fetch_add(more, Relaxed) + more > limit {
                self.memory.taken.fetch_sub(more, Relaxed);
                return Err(Reason::Overloaded);
            }
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Makes it hold `bytes` more.
    ///
    /// # Errors
    /// As [`Share::resize`].
    pub fn grow(&mut self, bytes: usize) -> Result<(), Reason> {
        self.resize(self.bytes + bytes)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.memory.taken.fetch_sub(self.bytes, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_leave_room_for_small_ones() {
        let memory = Arc::new(BodyMemory::default());
        let mut large: Vec<Share> = Vec::new();
        loop {
            let mut share = memory.share();
            if share.grow(4 * LARGE_BODY_BYTES).is_err() {
                break;
            }
            large.push(share);
        }
        assert_eq!(memory.taken(), BODIES_BYTES_MAX - BODIES_BYTES_FOR_SMALL);
        let mut small: Vec<Share> = Vec::new();
        loop {
            let mut share = memory.share();
            if share.grow(LARGE_BODY_BYTES) == Err(Reason::Overloaded) {
                break;
            }
            small.push(share);
        }
        assert_eq!(memory.taken(), BODIES_BYTES_MAX);
        drop(large);
        assert!(small[0].resize(4 * LARGE_BODY_BYTES).is_ok());
        assert!(small[0].resize(1).is_ok());
        drop(small);
        assert_eq!(memory.taken(), 0);
    }
}
