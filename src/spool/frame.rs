//! Frames: what one commit writes.
//!
//! ```text
//! head   magic u32 · payload bytes u32 · analytics rows u32 · error rows u32 · payload CRC-32C u32 · head CRC-32C u32
//! row    table u8 · kind u8 · expires_at u32 · bytes u32 · RowBinary
//! ```
//! Numbers are little endian. The head has a checksum of its own, so that the length can be trusted and
//! one damaged frame does not cost the frames behind it.

use crate::limits::SPOOL_FRAME_BYTES_MAX;
use crate::outcome::Kind;
use crate::privacy::{Sealed, Shape};

const MAGIC: u32 = u32::from_le_bytes(*b"MFR1");
pub(super) const HEAD_BYTES: usize = 24;
const RECORD_HEAD_BYTES: usize = 10;

/// Rows of each stored kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub analytics: u32,
    pub errors: u32,
}

impl Counts {
    pub fn add(&mut self, kind: Kind) {
        match kind {
            Kind::Error => self.errors += 1,
            _ => self.analytics += 1,
        }
    }

    pub fn total(self) -> u64 {
        u64::from(self.analytics) + u64::from(self.errors)
    }

    pub fn each(self) -> [(Kind, u64); 2] {
        [
            (Kind::Analytics, u64::from(self.analytics)),
            (Kind::Error, u64::from(self.errors)),
        ]
    }
}

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

/// Fills in a frame's head, for which `frame` starts with [`HEAD_BYTES`] spare bytes.
pub(super) fn seal(frame: &mut [u8], counts: Counts) {
    let (head, payload) = frame.split_at_mut(HEAD_BYTES);
    let fields = [
        MAGIC,
        payload.len() as u32,
        counts.analytics,
        counts.errors,
        crc32c::crc32c(payload),
    ];
    for (bytes, field) in head.chunks_exact_mut(4).zip(fields) {
        bytes.copy_from_slice(&field.to_le_bytes());
    }
    let checksum = crc32c::crc32c(&head[..HEAD_BYTES - 4]);
    head[HEAD_BYTES - 4..].copy_from_slice(&checksum.to_le_bytes());
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
        memchr::memmem::find_iter(&self.rest[1..], &MAGIC.to_le_bytes())
            .map(|at| at + 1)
            .find(|&at| read_head(&self.rest[at..]).is_some())
    }
}

impl<'a> Iterator for Frames<'a> {
    type Item = Found<'a>;

    fn next(&mut self) -> Option<Found<'a>> {
        // Preallocated space behind the last frame is zero.
        if self.rest.is_empty() || self.rest.iter().take(HEAD_BYTES).all(|&byte| byte == 0) {
            let zeros = self.rest.iter().take_while(|&&byte| byte == 0).count();
            self.rest = &self.rest[zeros..];
            return if self.rest.is_empty() {
                None
            } else {
                self.next()
            };
        }
        let Some(head) = read_head(self.rest) else {
            let end = self.next_head()?;
            let (bytes, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(Found::Garbage { bytes });
        };
        let end = HEAD_BYTES + head.payload_bytes;
        let complete = self.rest.len() >= end;
        if complete && crc32c::crc32c(&self.rest[HEAD_BYTES..end]) == head.checksum {
            let (frame, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(Found::Frame {
                payload: &frame[HEAD_BYTES..],
            });
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

struct Head {
    payload_bytes: usize,
    counts: Counts,
    checksum: u32,
}

fn read_head(bytes: &[u8]) -> Option<Head> {
    let head: &[u8; HEAD_BYTES] = bytes.first_chunk()?;
    let field = |index: usize| {
        let at = index * 4;
        u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
    };
    let payload_bytes = field(1) as usize;
    let valid = field(0) == MAGIC
        && field(5) == crc32c::crc32c(&head[..HEAD_BYTES - 4])
        && payload_bytes <= SPOOL_FRAME_BYTES_MAX;
    let counts = Counts {
        analytics: field(2),
        errors: field(3),
    };
    valid.then_some(Head {
        payload_bytes,
        counts,
        checksum: field(4),
    })
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

    fn frame(row: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; HEAD_BYTES];
        Record {
            table: 0,
            kind: Kind::Analytics,
            expires_at: 7,
            row,
        }
        .write(&mut bytes);
        seal(
            &mut bytes,
            Counts {
                analytics: 1,
                errors: 0,
            },
        );
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
