//! Frames: what one commit writes.
//!
//! ```text
//! frame  head, rows
//! row    table u8 · kind u8 · expires_at u32 · bytes u32 · RowBinary
//! ```
//! Numbers are little endian.

use super::head;
use crate::outcome::Kind;
use crate::privacy::{Sealed, Shape};

pub(super) use head::{Counts, HEAD_BYTES, seal};

const RECORD_HEAD_BYTES: usize = 10;

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

/// Walks over the frames of a segment. A torn tail (a last frame that was never committed) simply ends the walk.
pub(super) struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Frames<'a> {
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Bytes of a damaged place up to the next head, or `None` if no head follows.
    fn next_head(&self) -> Option<usize> {
        memchr::memmem::find_iter(&self.rest[1..], head::MAGIC_PREFIX)
            .map(|at| at + 1)
            .find(|&at| head::read(&self.rest[at..]).is_some())
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        // Preallocated space behind the last frame is zero.
        let first = &self.rest[..self.rest.len().min(head::HEAD_BYTES_MIN)];
        if first.iter().all(|&byte| byte == 0) {
            let zeros = self.rest.iter().take_while(|&&byte| byte == 0).count();
            self.rest = &self.rest[zeros..];
            return if self.rest.is_empty() {
                None
            } else {
                self.next()
            };
        }
        let Some(head) = head::read(self.rest) else {
            let end = self.next_head()?;
            let (bytes, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(Found::Garbage { bytes });
        };
        let end = head.bytes + head.payload_bytes;
        let payload = self.rest.get(head.bytes..end);
        if let Some(payload) = payload.filter(|bytes| crc32c::crc32c(bytes) == head.checksum) {
            self.rest = &self.rest[end..];
            return Some(Found::Frame { payload });
        }
        // Either torn, and nothing follows, or damaged, and more does.
        let end = self.next_head()?;
        let (bytes, rest) = self.rest.split_at(end);
        self.rest = rest;
        Some(Found::Damaged {
            counts: head.counts,
            bytes,
        })
    }
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
        for found in Frames::of(bytes) {
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
        let Some(Found::Damaged { counts, bytes }) = Frames::of(&damaged).next() else {
            panic!("damage")
        };
        assert_eq!(bytes.len(), old.len());
        let counted: Vec<_> = counts.each().collect();
        assert_eq!(counted, [(Kind::Analytics, 1), (Kind::Error, 1)]);
        assert_eq!(walk(&damaged).0, rows[2..]);
    }

    #[test]
    fn damage_is_counted_by_kind() {
        let rows = [Kind::Log, Kind::Log, Kind::Security].map(|kind| record(kind, b"row"));
        let mut bytes = [frame_of(&rows), frame(b"behind")].concat();
        bytes[HEAD_BYTES + 1] ^= 1;
        let Some(Found::Damaged { counts, .. }) = Frames::of(&bytes).next() else {
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
