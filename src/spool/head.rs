//! Heads of frames: how long the payload is, its checksum, and how many rows of each kind it holds.
//!
//! ```text
//! "MFR2" · payload bytes u32 · payload CRC-32C u32 · kinds u32 · rows of each kind u32… · head CRC-32C u32
//! ```
//! Numbers are little endian. The head has a checksum of its own, so that the length can be trusted, one
//! damaged frame does not cost the frames behind it, and what it cost is known by kind.
//!
//! Version 0.1 wrote another head, which is still read:
//! `"MFR1" · payload bytes u32 · analytics rows u32 · error rows u32 · payload CRC-32C u32 · head CRC-32C u32`.

use crate::limits::SPOOL_FRAME_BYTES_MAX;
use crate::outcome::Kind;

const MAGIC: &[u8; 4] = b"MFR2";
const MAGIC_OF_0_1: &[u8; 4] = b"MFR1";
/// What every version's head starts with.
pub(super) const MAGIC_PREFIX: &[u8] = b"MFR";
const KINDS: usize = Kind::ALL.len();
/// Bytes of the head that this version writes.
pub(super) const HEAD_BYTES: usize = 4 * (4 + KINDS + 1);
const HEAD_BYTES_OF_0_1: usize = 24;
/// No head is shorter.
pub(super) const HEAD_BYTES_MIN: usize = 4 * (4 + 1);
/// A head that names more kinds is damage: a row's kind is one byte.
const KINDS_MAX: u32 = 256;

/// Rows of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts([u32; KINDS]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; KINDS])
    }
}

impl Counts {
    pub fn add(&mut self, kind: Kind) {
        self.0[kind as usize] += 1;
    }

    pub fn total(self) -> u64 {
        self.0.iter().map(|&count| u64::from(count)).sum()
    }

    /// The kinds that there are rows of, with their number.
    pub fn each(self) -> impl Iterator<Item = (Kind, u64)> {
        let numbers = self.0.into_iter().map(u64::from);
        let kinds = Kind::ALL.iter().copied().zip(numbers);
        kinds.filter(|&(_, count)| count > 0)
    }
}

/// Fills in a frame's head, for which `frame` starts with [`HEAD_BYTES`] spare bytes.
pub(super) fn seal(frame: &mut [u8], counts: Counts) {
    let (head, payload) = frame.split_at_mut(HEAD_BYTES);
    let fixed = [
        u32::from_le_bytes(*MAGIC),
        payload.len() as u32,
        crc32c::crc32c(payload),
        KINDS as u32,
    ];
    let fields = fixed.into_iter().chain(counts.0);
    for (bytes, field) in head.chunks_exact_mut(4).zip(fields) {
        bytes.copy_from_slice(&field.to_le_bytes());
    }
    let checksum = crc32c::crc32c(&head[..HEAD_BYTES - 4]);
    head[HEAD_BYTES - 4..].copy_from_slice(&checksum.to_le_bytes());
}

/// What a head says of its frame.
pub(super) struct Head {
    /// Its own length.
    pub bytes: usize,
    pub payload_bytes: usize,
    pub counts: Counts,
    /// Of the payload.
    pub checksum: u32,
}

/// The head at the start of `bytes`, if one is there and intact.
pub(super) fn read(bytes: &[u8]) -> Option<Head> {
    let magic = bytes.first_chunk()?;
    let head = match magic {
        MAGIC => {
            let kinds = field(bytes, 3).filter(|&kinds| kinds <= KINDS_MAX)? as usize;
            let mut counts = Counts::default();
            for (index, count) in counts.0.iter_mut().enumerate().take(kinds) {
                *count = field(bytes, 4 + index)?;
            }
            Head {
                bytes: 4 * (4 + kinds + 1),
                payload_bytes: field(bytes, 1)? as usize,
                counts,
                checksum: field(bytes, 2)?,
            }
        }
        MAGIC_OF_0_1 => {
            let mut counts = Counts::default();
            counts.0[Kind::Analytics as usize] = field(bytes, 2)?;
            counts.0[Kind::Error as usize] = field(bytes, 3)?;
            Head {
                bytes: HEAD_BYTES_OF_0_1,
                payload_bytes: field(bytes, 1)? as usize,
                counts,
                checksum: field(bytes, 4)?,
            }
        }
        _ => return None,
    };
    let (text, _) = bytes.split_at_checked(head.bytes - 4)?;
    let is_intact = field(bytes, head.bytes / 4 - 1)? == crc32c::crc32c(text);
    (is_intact && head.payload_bytes <= SPOOL_FRAME_BYTES_MAX).then_some(head)
}

/// The `index`-th number of a head.
fn field(head: &[u8], index: usize) -> Option<u32> {
    let (_, rest) = head.split_at_checked(4 * index)?;
    rest.first_chunk().map(|&bytes| u32::from_le_bytes(bytes))
}
