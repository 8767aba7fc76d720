//! Sorts the bytes of a block into classes, sixteen at a time.
//!
//! Enters: a block of bytes. Leaves: one bit for each byte and class. No branch depends on the text.

use wide::u8x16;

/// Bytes of a block.
pub(super) const BLOCK_BYTES: usize = 64;

/// One bit for each byte of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Classes {
    /// Letters, digits and everything beyond ASCII.
    pub word: u64,
    pub digit: u64,
    /// What stands between the groups of a long number.
    pub joint: u64,
    /// Bytes at which something may have to be looked at.
    pub sign: u64,
}

/// The classes of a block; a short one is taken to go on with bytes of no class.
#[inline]
pub(super) fn classes(block: &[u8]) -> Classes {
    match block.first_chunk::<BLOCK_BYTES>() {
        Some(full) => of_lanes(full, BLOCK_BYTES / LANE_BYTES),
        None => {
            let mut padded = [0; BLOCK_BYTES];
            padded[..block.len()].copy_from_slice(block);
            of_lanes(&padded, block.len().div_ceil(LANE_BYTES))
        }
    }
}

/// Bytes that are classified at a time.
const LANE_BYTES: usize = 16;

#[inline]
fn of_lanes(block: &[u8; BLOCK_BYTES], count: usize) -> Classes {
    let (lanes, _) = block.as_chunks::<LANE_BYTES>();
    lanes[..count]
        .iter()
        .rev()
        .fold(Classes::default(), |all, lane| {
            let lane = of_lane(u8x16::new(*lane));
            Classes {
                word: all.word << LANE_BYTES | lane.word,
                digit: all.digit << LANE_BYTES | lane.digit,
                joint: all.joint << LANE_BYTES | lane.joint,
                sign: all.sign << LANE_BYTES | lane.sign,
            }
        })
}

#[inline]
fn of_lane(bytes: u8x16) -> Classes {
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let digit = within(bytes, b'0', b'9');
    let letter = within(bytes | u8x16::splat(0x20), b'a', b'z');
    let (plus, colon) = (is(b'+'), is(b':'));
    let joint = plus | colon | is(b' ') | within(bytes, b'-', b'/') | is(b'_');
    let escape = within(bytes, b'%', b'&') | is(b'\\');
    let sign = plus | colon | is(b'@') | is(b'=') | is(b'<') | escape;
    let bits = |mask: u8x16| u64::from(mask.to_bitmask());
    Classes {
        // The highest bit, which counts, is set in bytes beyond ASCII.
        word: bits(letter | digit | bytes),
        digit: bits(digit),
        joint: bits(joint),
        sign: bits(sign),
    }
}

/// All ones where a byte is one of `first..=last`.
#[inline]
fn within(bytes: u8x16, first: u8, last: u8) -> u8x16 {
    let from_first = bytes - u8x16::splat(first);
    from_first
        .min(u8x16::splat(last - first))
        .simd_eq(from_first)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same, byte by byte.
    fn one_by_one(bytes: &[u8]) -> Classes {
        let gather = |is: fn(u8) -> bool| {
            let bits = bytes.iter().rev();
            bits.fold(0, |mask, &b| mask << 1 | u64::from(is(b)))
        };
        Classes {
            word: gather(|b| b.is_ascii_alphanumeric() | !b.is_ascii()),
            digit: gather(|b| b.is_ascii_digit()),
            joint: gather(|b| b" -./_+:".contains(&b)),
            sign: gather(|b| b":@=<+%&\\".contains(&b)),
        }
    }

    #[test]
    fn every_byte_in_every_place() {
        for byte in 0..=255u8 {
            for at in 0..BLOCK_BYTES {
                let mut block = [b'\n'; BLOCK_BYTES];
                block[at] = byte;
                assert_eq!(classes(&block), one_by_one(&block), "{byte} at {at}");
            }
        }
    }

    #[test]
    fn a_short_block_goes_on_with_nothing() {
        assert_eq!(classes(b"ab 1").word, 0b1011);
        assert_eq!(classes(&[b'7'; BLOCK_BYTES]).digit, u64::MAX);
        assert_eq!(classes(b""), Classes::default());
    }
}
