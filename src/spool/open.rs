//! The segment that is being written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::segment::{self, Segment, SegmentHead};
use super::{Durability, SpoolSettings};
use crate::limits::{
    SEGMENT_AGE_MAX, SEGMENT_AGE_UNDER_LOAD_MAX, SEGMENT_BYTES_MAX, SEGMENT_ROWS_MAX,
    SEGMENT_ROWS_OF_LOAD,
};
use crate::time::Timestamp;

/// A segment that nobody prepared is filled with zeros ahead of its frames, as much again as it holds, within these bounds.
/// Syncing what overwrites written bytes changes nothing but them; space that is merely reserved has to be marked as written
/// in the file system's journal each time, behind whatever else is on its way there.
const ZEROS_BYTES_MIN: u64 = 64 * 1024;
const ZEROS_BYTES_MAX: u64 = 1024 * 1024;
/// Zeros that are written and synced at a time while commits go on: the disk does one after the other.
const ZEROS_BYTES_ASIDE: u64 = 256 * 1024;
static ZEROS: [u8; ZEROS_BYTES_MAX as usize] = [0; ZEROS_BYTES_MAX as usize];

pub(super) struct OpenSegment {
    file: File,
    path: PathBuf,
    durability: Durability,
    /// End of the last frame that is durable.
    committed_bytes: u64,
    /// Up to here the file was written before.
    zeroed_bytes: u64,
    rows: u64,
    begun_at: Instant,
}

impl OpenSegment {
    /// Creates the file of a segment, with its head.
    ///
    /// # Errors
    /// If the disk refuses; nothing is left of it then.
    pub fn create(settings: &SpoolSettings) -> io::Result<Self> {
        let head = SegmentHead::new();
        let name = format!(
            "{:013}-{}.{}",
            Timestamp::now().millis(),
            head.batch,
            segment::SUFFIX
        );
        let path = settings.directory.join(name);
        let file = File::options().write(true).create_new(true).open(&path)?;
        let head = head.encode();
        let mut segment = Self {
            file,
            path,
            durability: settings.durability,
            committed_bytes: head.len() as u64,
            zeroed_bytes: head.len() as u64,
            rows: 0,
            begun_at: Instant::now(),
        };
        match segment.write_head(&head) {
            Ok(()) => Ok(segment),
            Err(error) => {
                segment.discard();
                Err(error)
            }
        }
    }

    fn write_head(&mut self, head: &[u8]) -> io::Result<()> {
        self.file.write_all(head)?;
        match self.durability {
            Durability::Fsync => segment::sync_directory_of(&self.path),
            Durability::Os => Ok(()),
        }
    }

    /// Writes zeros up to `bytes`, without keeping others from the disk for long.
    ///
    /// # Errors
    /// If the disk refuses.
    pub fn fill(&mut self, bytes: u64) -> io::Result<()> {
        while self.zeroed_bytes < bytes {
            let count = ZEROS_BYTES_ASIDE.min(bytes - self.zeroed_bytes);
            self.write_zeros(self.zeroed_bytes, count)?;
            self.sync()?;
        }
        Ok(())
    }

    /// Its age counts from now on.
    pub fn begin(&mut self) {
        self.begun_at = Instant::now();
    }

    /// Writes a frame with so many rows, durably.
    ///
    /// # Errors
    /// If the disk refuses. The state of the file is unknown then; it must not be written again.
    pub fn append(&mut self, frame: &[u8], rows: u64) -> io::Result<()> {
        let end = self.committed_bytes + frame.len() as u64;
        if end > self.zeroed_bytes {
            let count = self.committed_bytes.clamp(ZEROS_BYTES_MIN, ZEROS_BYTES_MAX);
            // If there is no room for zeros there may be some for the frame.
            let _ = self.write_zeros(end, count);
        }
        let written = self
            .file
            .write_all_at(frame, self.committed_bytes)
            .and_then(|()| self.sync());
        if written.is_err() {
            // Cuts off the refused frame. If that fails too, the committed length still keeps it out.
            let _ = self.file.set_len(self.committed_bytes);
            return written;
        }
        self.committed_bytes = end;
        self.rows += rows;
        Ok(())
    }

    fn write_zeros(&mut self, at: u64, count: u64) -> io::Result<()> {
        self.file.write_all_at(&ZEROS[..count as usize], at)?;
        self.zeroed_bytes = at + count;
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        match self.durability {
            Durability::Fsync => self.file.sync_data(),
            Durability::Os => Ok(()),
        }
    }

    /// Bytes that are durable.
    pub const fn bytes(&self) -> u64 {
        self.committed_bytes
    }

    /// Whether so much comes that a further segment will be needed soon.
    pub const fn is_under_load(&self) -> bool {
        self.rows >= SEGMENT_ROWS_OF_LOAD
    }

    /// Few rows are somebody who looks for what was just sent. Many are load: ClickHouse merges whatever it is given, again
    /// and again, so that half as many batches cost it half the work.
    const fn age_max(&self) -> Duration {
        if self.is_under_load() {
            SEGMENT_AGE_UNDER_LOAD_MAX
        } else {
            SEGMENT_AGE_MAX
        }
    }

    /// How long ago it was begun, or created if it has not begun.
    pub fn age(&self) -> Duration {
        self.begun_at.elapsed()
    }

    /// How long until it is old enough for the store.
    pub fn until_due(&self) -> Duration {
        self.age_max().saturating_sub(self.age())
    }

    /// Whether it is large or old enough for the store.
    pub fn is_due(&self) -> bool {
        self.committed_bytes >= SEGMENT_BYTES_MAX
            || self.rows >= SEGMENT_ROWS_MAX
            || self.until_due().is_zero()
    }

    /// The segment for the store, and its file, which may be longer than what was committed.
    pub fn close(self) -> (Segment, File) {
        let segment = Segment {
            path: self.path,
            committed_bytes: self.committed_bytes,
        };
        (segment, self.file)
    }

    /// Removes a segment that holds nothing. If its file stays, recovery removes it.
    pub fn discard(self) {
        let _ = fs::remove_file(&self.path);
    }
}
