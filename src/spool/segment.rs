//! Segments: files of frames. A segment is one batch for ClickHouse, recognised there by its id.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::frame::{self, Counts, Found, Frames, Record};
use crate::privacy::Subject;
use crate::time::Timestamp;

const MAGIC: &[u8; 8] = b"MAYFLY1\n";
/// A longer head is damage.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// What is given back at a time.
const SPACE_BYTES: u64 = 1024 * 1024;
pub(super) const SUFFIX: &str = "segment";

/// What a segment says about itself, so that a later version of the program can read it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SegmentHead {
    /// The deduplication token of its inserts.
    pub batch: Uuid,
    /// Names and columns of the tables that its rows belong to.
    pub tables: Vec<(String, Vec<String>)>,
}

impl SegmentHead {
    pub fn new() -> Self {
        Self {
            batch: Uuid::new_v4(),
            tables: frame::current_tables(),
        }
    }

    /// `MAGIC, length u32, CRC-32C u32, JSON`, twice: without a head none of the rows could be stored.
    pub fn encode(&self) -> Vec<u8> {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&(json.len() as u32).to_le_bytes());
        bytes.extend_from_slice(&crc32c::crc32c(&json).to_le_bytes());
        bytes.extend_from_slice(&json);
        bytes.repeat(2)
    }

    /// The head, from whichever copy is intact, and the frames behind both. Earlier versions wrote one.
    fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        if let Some((head, rest)) = Self::decode_copy(bytes) {
            let copy_bytes = bytes.len() - rest.len();
            let frames = match rest.starts_with(MAGIC) {
                true => rest.get(copy_bytes..).unwrap_or_default(),
                false => rest,
            };
            return Some((head, frames));
        }
        let second = 1 + memchr::memmem::find(bytes.get(1..)?, MAGIC)?;
        Self::decode_copy(&bytes[second..])
    }

    fn decode_copy(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let rest = bytes.strip_prefix(MAGIC)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (checksum, rest) = rest.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (json, frames) = rest.split_at_checked(length.min(HEAD_BYTES_MAX))?;
        let intact = crc32c::crc32c(json) == u32::from_le_bytes(*checksum);
        intact.then_some(())?;
        Some((serde_json::from_slice(json).ok()?, frames))
    }
}

/// A closed segment, ready for the store.
#[derive(Debug)]
pub struct Segment {
    pub(super) path: PathBuf,
    /// Bytes that were committed. What lies behind was refused and does not count.
    pub(super) committed_bytes: u64,
}

/// What a large file took that was deleted. Dropped, it goes at once, like that of a small one.
pub struct Space(Option<File>);

/// A segment that is being read, from its head to its last frame.
pub struct Reading<R> {
    head: SegmentHead,
    frames: Frames<R>,
}

impl Segment {
    /// Bytes that the segment counts for in the spool's limit.
    pub const fn bytes(&self) -> u64 {
        self.committed_bytes
    }

    /// Begins to read the segment.
    ///
    /// # Errors
    /// If the file cannot be read, or `InvalidData` if not even its head is intact.
    pub fn read(&self) -> io::Result<Reading<impl Read + use<>>> {
        let file = File::open(&self.path)?;
        Reading::of(file.take(self.committed_bytes))
    }

    /// Deletes the file: ClickHouse has its rows.
    ///
    /// # Errors
    /// If the file system refuses; the segment may then be sent again, which ClickHouse recognises.
    pub fn delete(&self) -> io::Result<Space> {
        let file = (self.committed_bytes > SPACE_BYTES)
            .then(|| File::options().write(true).open(&self.path).ok())
            .flatten();
        fs::remove_file(&self.path)?;
        Ok(Space(file))
    }

    /// Rewrites the segment without the rows that have expired, under the same id. Returns how many went.
    ///
    /// # Errors
    /// If the file cannot be rewritten; the old one then stays.
    pub fn purge_expired(&mut self, now: Timestamp) -> io::Result<super::PurgedRows> {
        self.purge(|record| record.expires_at <= now.datetime())
    }

    /// Rewrites the segment without the rows of `subject`, under the same id. Returns how many went.
    ///
    /// # Errors
    /// If the file cannot be rewritten; the old one then stays.
    pub fn erase(&mut self, subject: &Subject) -> io::Result<super::PurgedRows> {
        self.purge(|record| subject.owns(record.row))
    }

    fn purge(&mut self, goes: impl Fn(&Record<'_>) -> bool) -> io::Result<super::PurgedRows> {
        let mut purged = Counts::default();
        self.read()?.each_row(|record| {
            if goes(&record) {
                purged.add(record.kind);
            }
        })?;
        if purged == Counts::default() {
            return Ok(super::PurgedRows(purged));
        }
        let mut kept = vec![0; frame::HEAD_BYTES];
        let mut counts = Counts::default();
        let mut segment = self.read()?;
        segment.each_row(|record| {
            if !goes(&record) {
                counts.add(record.kind);
                record.write(&mut kept);
            }
        })?;
        frame::seal(&mut kept, counts);
        let bytes = [segment.head.encode(), kept].concat();
        let temporary = self.path.with_extension("rewrite");
        write_durably(&temporary, &bytes)?;
        fs::rename(&temporary, &self.path)?;
        sync_directory_of(&self.path)?;
        self.committed_bytes = bytes.len() as u64;
        Ok(super::PurgedRows(purged))
    }
}

impl Space {
    /// Gives it back bit by bit, on a thread of its own. A file system that tells the disk at once what it may forget (`discard`)
    /// keeps it busy for as long as that takes, 4 ms for a whole segment, and whoever syncs meanwhile waits.
    pub fn give_back(self) {
        let Some(file) = self.0 else { return };
        let bit_by_bit = move || {
            let mut left = file.metadata().map_or(0, |file| file.len());
            while left > 0 {
                left = left.saturating_sub(SPACE_BYTES);
                if file.set_len(left).is_err() {
                    return;
                }
            }
        };
        // If the system has no thread to give, it goes at once.
        let _ = thread::Builder::new()
            .name("spool-clear".into())
            .spawn(bit_by_bit);
    }
}

impl<R: Read> Reading<R> {
    /// Reads the head of a segment.
    ///
    /// # Errors
    /// If it cannot be read, or `InvalidData` if no copy of it is intact.
    pub(super) fn of(source: R) -> io::Result<Self> {
        let mut frames = Frames::of(source);
        let start = frames.peek(frame::READ_BYTES)?;
        let (head, rest) = SegmentHead::decode(start).ok_or(io::ErrorKind::InvalidData)?;
        let head_bytes = start.len() - rest.len();
        frames.pass(head_bytes);
        Ok(Self { head, frames })
    }

    /// The deduplication token of inserts into the table at `index` of [`Reading::tables`].
    pub fn token(&self, index: usize) -> String {
        format!("{}-{index}", self.head.batch)
    }

    /// Names and columns of the tables that the rows belong to.
    pub fn tables(&self) -> &[(String, Vec<String>)] {
        &self.head.tables
    }

    /// The rows of the next frame; none where bytes are damaged.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn next_rows(&mut self) -> io::Result<Option<impl Iterator<Item = Record<'_>>>> {
        let found = self.frames.next()?;
        Ok(found.map(|found| {
            frame::records(match found {
                Found::Frame { payload } => payload,
                Found::Damaged { .. } | Found::Garbage { .. } => &[],
            })
        }))
    }

    /// Shows every row that is intact.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn each_row(&mut self, mut see: impl FnMut(Record<'_>)) -> io::Result<()> {
        while let Some(rows) = self.next_rows()? {
            rows.for_each(&mut see);
        }
        Ok(())
    }

    /// What stands at the next place.
    pub(super) fn next_place(&mut self) -> io::Result<Option<Found<'_>>> {
        self.frames.next()
    }

    /// End of the last frame that was read. What follows the last of all is a torn tail or space prepared for more.
    pub(super) const fn position(&self) -> u64 {
        self.frames.position()
    }
}

pub(super) fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes creations, renames and deletions in a file's directory durable.
pub(super) fn sync_directory_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(directory) => File::open(directory)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Kind;

    fn segment(directory: &Path, rows: &[(u32, &[u8])]) -> Segment {
        let mut bytes = SegmentHead::new().encode();
        for (expires_at, row) in rows {
            let mut frame = vec![0; frame::HEAD_BYTES];
            let record = Record {
                table: 1,
                kind: Kind::Error,
                expires_at: *expires_at,
                row,
            };
            record.write(&mut frame);
            let mut counts = Counts::default();
            counts.add(record.kind);
            frame::seal(&mut frame, counts);
            bytes.extend(frame);
        }
        let path = directory.join("test.segment");
        fs::write(&path, &bytes).unwrap();
        Segment {
            path,
            committed_bytes: bytes.len() as u64,
        }
    }

    #[test]
    fn expired_rows_leave_and_the_token_stays() {
        let directory = tempfile::tempdir().unwrap();
        let mut segment = segment(directory.path(), &[(100, b"gone"), (200, b"kept")]);
        let token = segment.read().unwrap().token(1);
        let purged = segment.purge_expired(Timestamp::from_seconds(100)).unwrap();
        assert_eq!(purged.each().collect::<Vec<_>>(), [(Kind::Error, 1)]);
        let mut purged = segment.read().unwrap();
        assert_eq!(purged.token(1), token);
        let mut rows = Vec::new();
        purged
            .each_row(|record| rows.push(record.row.to_vec()))
            .unwrap();
        assert_eq!(rows, [b"kept"]);
        let on_disk = fs::read(directory.path().join("test.segment")).unwrap();
        assert!(!on_disk.windows(4).any(|bytes| bytes == b"gone"));
    }

    #[test]
    fn the_committed_length_ends_with_the_last_frame() {
        let directory = tempfile::tempdir().unwrap();
        let mut whole = segment(directory.path(), &[(1, b"one"), (2, b"two")]);
        let committed = whole.committed_bytes;
        let mut bytes = fs::read(&whole.path).unwrap();
        bytes.extend([0; 500]);
        fs::write(&whole.path, &bytes).unwrap();
        whole.committed_bytes = bytes.len() as u64;
        let mut reading = whole.read().unwrap();
        let mut end = 0;
        while reading.next_place().unwrap().is_some() {
            end = reading.position();
        }
        assert_eq!(end, committed);
    }

    #[test]
    fn a_damaged_head_has_a_copy() {
        let directory = tempfile::tempdir().unwrap();
        let segment = segment(directory.path(), &[(1, b"one"), (2, b"two")]);
        let intact = fs::read(&segment.path).unwrap();
        let head = SegmentHead::new().encode().len() / 2;
        let rows = |bytes: &[u8]| {
            let mut reading = Reading::of(bytes).ok()?;
            let mut count = 0;
            reading.each_row(|_| count += 1).unwrap();
            Some((reading.token(1), count))
        };
        let expected = rows(&intact);
        assert_eq!(expected.as_ref().map(|(_, count)| *count), Some(2));
        for at in [0, 9, 13, 20, head - 1, head + 9, head + 20, 2 * head - 1] {
            let mut damaged = intact.clone();
            damaged[at] ^= 1;
            assert_eq!(rows(&damaged), expected, "at {at}");
        }
        let mut both = intact.clone();
        both[20] ^= 1;
        both[head + 20] ^= 1;
        assert_eq!(rows(&both), None);
        // As earlier versions wrote it.
        let mut single = intact[..head].to_vec();
        single.extend_from_slice(&intact[2 * head..]);
        assert_eq!(rows(&single), expected);
    }
}
