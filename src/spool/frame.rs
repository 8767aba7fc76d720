//! Frames: what one commit writes.
//!
//! ```text
//! frame  head, rows
//! row    table u8 · kind u8 · expires_at u32 · bytes u32 · RowBinary
//! ```
//! Numbers are little endian.

use std::io::{self, Read};

use super::head;
use crate::outcome::Kind;
use crate::privacy::{Sealed, Shape};

pub(super) use head::{Counts, HEAD_BYTES, seal};

const RECORD_HEAD_BYTES: usize = 10;
/// A segment is read in steps of this size; both copies of its own head fit into the first.
pub(super) const READ_BYTES: usize = 256 * 1024;

/// A row in a frame.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    /// Index of its table in the segment's head.
    pub table: u8,
    pub kind: Kind,
    /// Seconds since 1970.
    pub expires_at: u32,
    pub row: &'a [u8],
}

/// Bytes that a row takes in a frame.
pub(super) fn record_bytes(sealed: &Sealed) -> usize {
    RECORD_HEAD_BYTES + sealed.row().len()
}

/// Appends a row to a frame's payload.
pub(super) fn push_record(payload: &mut Vec<u8>, sealed: &Sealed) {
    let table = sealed.shape() as u8;
    let record = Record {
        table,
        kind: sealed.kind(),
        expires_at: sealed.expires_at(),
        row: sealed.row(),
    };
    record.write(payload);
}

impl Record<'_> {
    pub(super) fn write(&self, payload: &mut Vec<u8>) {
        payload.push(self.table);
        payload.push(self.kind as u8);
        payload.extend_from_slice(&self.expires_at.to_le_bytes());
        payload.extend_from_slice(&(self.row.len() as u32).to_le_bytes());
        payload.extend_from_slice(self.row);
    }
}

/// What stands at a place of a segment.
pub(super) enum Found<'a> {
    Frame {
        payload: &'a [u8],
    },
    /// The head is right, the payload is not.
    Damaged {
        counts: Counts,
        bytes: &'a [u8],
    },
    /// No head: skip to the next.
    Garbage {
        bytes: &'a [u8],
    },
}

/// Walks over the frames of a segment while it is read, and holds little more of it than one frame. Only where something is damaged
/// are the bytes up to the next frame gathered. A torn tail (a last frame that was never committed) simply ends the walk.
pub(super) struct Frames<R> {
    source: R,
    /// What was read and not passed yet stands behind `at`.
    window: Vec<u8>,
    at: usize,
    /// How far into the segment the window begins.
    window_at: u64,
    /// Whether nothing follows the window.
    is_last: bool,
}

/// What a window begins with; ends are counted from its start.
enum Place {
    /// Space behind the last frame that was prepared and not written yet.
    Zeros {
        end: usize,
    },
    Frame {
        payload_at: usize,
        end: usize,
    },
    Damaged {
        counts: Counts,
        end: usize,
    },
    Garbage {
        end: usize,
    },
    /// Nothing, or what may be the start of a frame.
    Unfinished,
}

impl<R: Read> Frames<R> {
    /// A walk from the first byte of `source`.
    pub const fn of(source: R) -> Self {
        Self {
            source,
            window: Vec::new(),
            at: 0,
            window_at: 0,
            is_last: false,
        }
    }

    /// Where the walk stands, in bytes from the start.
    pub const fn position(&self) -> u64 {
        self.window_at + self.at as u64
    }

    /// The next `count` bytes, or fewer at the end, without passing them.
    ///
    /// # Errors
    /// If they cannot be read.
    pub fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        while self.rest().len() < count && !self.is_last {
            self.read_on()?;
        }
        let rest = self.rest();
        Ok(&rest[..rest.len().min(count)])
    }

    /// Passes bytes that were peeked at.
    pub fn pass(&mut self, count: usize) {
        self.at = (self.at + count).min(self.window.len());
    }

    /// What stands at the next place, and passes it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn next(&mut self) -> io::Result<Option<Found<'_>>> {
        loop {
            let begin = self.at;
            match place(self.rest()) {
                Place::Frame { payload_at, end } => {
                    self.pass(end);
                    let payload = &self.window[begin + payload_at..begin + end];
                    return Ok(Some(Found::Frame { payload }));
                }
                // Anything else may look different once more is there.
                _ if !self.is_last => self.read_on()?,
                Place::Zeros { end } => self.pass(end),
                Place::Damaged { counts, end } => {
                    self.pass(end);
                    let bytes = &self.window[begin..begin + end];
                    return Ok(Some(Found::Damaged { counts, bytes }));
                }
                Place::Garbage { end } => {
                    self.pass(end);
                    let bytes = &self.window[begin..begin + end];
                    return Ok(Some(Found::Garbage { bytes }));
                }
                Place::Unfinished => return Ok(None),
            }
        }
    }

    fn rest(&self) -> &[u8] {
        &self.window[self.at..]
    }

    /// Reads as much again as is held, so that a long damaged place is looked through a few times and not a thousand.
    fn read_on(&mut self) -> io::Result<()> {
        self.window.drain(..self.at);
        self.window_at += self.at as u64;
        self.at = 0;
        let count = READ_BYTES.max(self.window.len());
        let mut more = (&mut self.source).take(count as u64);
        self.is_last = more.read_to_end(&mut self.window)? < count;
        Ok(())
    }
}

fn place(rest: &[u8]) -> Place {
    let first = &rest[..rest.len().min(head::HEAD_BYTES_MIN)];
    if !first.is_empty() && first.iter().all(|&byte| byte == 0) {
        let zeros = rest.iter().take_while(|&&byte| byte == 0).count();
        return Place::Zeros { end: zeros };
    }
    let Some(head) = head::read(rest) else {
        return next_head(rest).map_or(Place::Unfinished, |end| Place::Garbage { end });
    };
    let end = head.bytes + head.payload_bytes;
    let payload = rest.get(head.bytes..end);
    if payload.is_some_and(|bytes| crc32c::crc32c(bytes) == head.checksum) {
        let payload_at = head.bytes;
        return Place::Frame { payload_at, end };
    }
    // Either torn, and nothing follows, or damaged, and more does.
    let counts = head.counts;
    next_head(rest).map_or(Place::Unfinished, |end| Place::Damaged { counts, end })
}

/// Where the next head begins behind a damaged place.
fn next_head(rest: &[u8]) -> Option<usize> {
    memchr::memmem::find_iter(rest.get(1..)?, head::MAGIC_PREFIX)
        .map(|at| at + 1)
        .find(|&at| head::read(&rest[at..]).is_some())
}

/// The rows of a frame whose checksum was right.
pub(super) fn records(mut payload: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let (head, rest) = payload.split_at_checked(RECORD_HEAD_BYTES)?;
        let length = u32::from_le_bytes([head[6], head[7], head[8], head[9]]) as usize;
        let (row, rest) = rest.split_at_checked(length)?;
        payload = rest;
        Some(Record {
            table: head[0],
            kind: Kind::from_index(head[1])?,
            expires_at: u32::from_le_bytes([head[2], head[3], head[4], head[5]]),
            row,
        })
    })
}

/// Table and columns of every shape of row, as written into a segment's head.
pub(super) fn current_tables() -> Vec<(String, Vec<String>)> {
    Shape::ALL
        .iter()
        .map(|shape| {
            let columns = shape
                .columns()
                .iter()
                .map(|&column| column.to_owned())
                .collect();
            (shape.table().name().to_owned(), columns)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(kind: Kind, row: &[u8]) -> Record<'_> {
        Record {
            table: 0,
            kind,
            expires_at: 7,
            row,
        }
    }

    fn frame_of(records: &[Record<'_>]) -> Vec<u8> {
        let mut bytes = vec![0; HEAD_BYTES];
        let mut counts = Counts::default();
        for record in records {
            record.write(&mut bytes);
            counts.add(record.kind);
        }
        seal(&mut bytes, counts);
        bytes
    }

    fn frame(row: &[u8]) -> Vec<u8> {
        frame_of(&[record(Kind::Analytics, row)])
    }

    /// A frame as version 0.1 wrote it.
    fn frame_of_0_1(analytics: u32, errors: u32, payload: &[u8]) -> Vec<u8> {
        let mut bytes = b"MFR1".to_vec();
        for field in [
            payload.len() as u32,
            analytics,
            errors,
            crc32c::crc32c(payload),
        ] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes.extend(payload);
        bytes
    }

    /// The rows that can be read, and the number of damaged places.
    fn walk(bytes: &[u8]) -> (Vec<Vec<u8>>, usize) {
        let (mut rows, mut damaged) = (Vec::new(), 0);
        let mut frames = Frames::of(bytes);
        while let Some(found) = frames.next().unwrap() {
            match found {
                Found::Frame { payload } => {
                    rows.extend(records(payload).map(|record| record.row.to_vec()));
                }
                Found::Damaged { .. } | Found::Garbage { .. } => damaged += 1,
            }
        }
        (rows, damaged)
    }

    #[test]
    fn a_torn_tail_is_cut_at_every_length() {
        let whole = [frame(b"one"), frame(b"two")].concat();
        let first = frame(b"one").len();
        for end in 0..whole.len() {
            let (rows, damaged) = walk(&whole[..end]);
            assert_eq!(rows.len(), usize::from(end >= first), "cut at {end}");
            assert_eq!(damaged, 0);
        }
        let (rows, damaged) = walk(&[whole, vec![0; 4096]].concat());
        assert_eq!((rows.len(), damaged), (2, 0));
    }

    #[test]
    fn frames_of_version_0_1_are_read_and_their_damage_is_counted() {
        let mut payload = Vec::new();
        record(Kind::Analytics, b"view").write(&mut payload);
        record(Kind::Error, b"crash").write(&mut payload);
        let old = frame_of_0_1(1, 1, &payload);
        let mixed = [old.clone(), frame(b"new"), old.clone()].concat();
        let rows = [&b"view"[..], b"crash", b"new", b"view", b"crash"];
        assert_eq!(walk(&mixed).0, rows);

        let mut damaged = mixed;
        damaged[old.len() - 1] ^= 1;
        let mut frames = Frames::of(damaged.as_slice());
        let Ok(Some(Found::Damaged { counts, bytes })) = frames.next() else {
            panic!("damage")
        };
        assert_eq!(bytes.len(), old.len());
        let counted: Vec<_> = counts.each().collect();
        assert_eq!(counted, [(Kind::Analytics, 1), (Kind::Error, 1)]);
        assert_eq!(walk(&damaged).0, rows[2..]);
    }

    /// A source that gives little at a time is read to its end, and what is larger than a step is found.
    #[test]
    fn frames_and_damage_across_steps() {
        let large = vec![7; 3 * READ_BYTES];
        let mut bytes = [frame(b"one"), frame(&large), frame(b"two"), frame(&large)].concat();
        bytes.resize(bytes.len() + 2 * READ_BYTES, 0);
        bytes.extend(frame(b"three"));
        assert_eq!(
            walk(&bytes),
            (
                vec![
                    b"one".to_vec(),
                    large.clone(),
                    b"two".to_vec(),
                    large.clone(),
                    b"three".to_vec()
                ],
                0
            )
        );
        bytes[frame(b"one").len() + HEAD_BYTES + 2 * READ_BYTES] ^= 1;
        let rows = vec![b"one".to_vec(), b"two".to_vec(), large, b"three".to_vec()];
        assert_eq!(walk(&bytes), (rows, 1));
    }

    #[test]
    fn damage_is_counted_by_kind() {
        let rows = [Kind::Log, Kind::Log, Kind::Security].map(|kind| record(kind, b"row"));
        let mut bytes = [frame_of(&rows), frame(b"behind")].concat();
        bytes[HEAD_BYTES + 1] ^= 1;
        let mut frames = Frames::of(bytes.as_slice());
        let Ok(Some(Found::Damaged { counts, .. })) = frames.next() else {
            panic!("damage")
        };
        let counted: Vec<_> = counts.each().collect();
        assert_eq!(counted, [(Kind::Log, 2), (Kind::Security, 1)]);
        assert_eq!(counts.total(), 3);
    }

    /// A program that knows fewer kinds wrote a shorter head.
    #[test]
    fn a_head_of_fewer_kinds_is_read() {
        let mut payload = Vec::new();
        record(Kind::Error, b"row").write(&mut payload);
        let mut bytes = b"MFR2".to_vec();
        for field in [payload.len() as u32, crc32c::crc32c(&payload), 2, 0, 1] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
        bytes.extend(payload);
        assert_eq!(walk(&bytes), (vec![b"row".to_vec()], 0));
    }

    proptest! {
        #[test]
        fn one_changed_byte_costs_at_most_its_own_frame(at in 0usize..10_000, change in 1u8..) {
            let rows: Vec<Vec<u8>> = (0..20u8).map(|n| vec![n; 30]).collect();
            let mut bytes: Vec<u8> = rows.iter().flat_map(|row| frame(row)).collect();
            let at = at % bytes.len();
            bytes[at] ^= change;
            let (read, _) = walk(&bytes);
            prop_assert!(read.len() >= rows.len() - 1);
            prop_assert!(read.iter().all(|row| rows.contains(row)));
        }

        #[test]
        fn garbage_is_never_taken_for_a_row(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
            prop_assert!(walk(&bytes).0.is_empty());
        }
    }
}
