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
    /// Everything beyond ASCII.
    pub high: u64,
}

impl Classes {
    /// Those of the bytes from `bytes` on.
    #[inline]
    fn from(self, bytes: usize) -> Self {
        Self {
            word: self.word >> bytes,
            digit: self.digit >> bytes,
            joint: self.joint >> bytes,
            sign: self.sign >> bytes,
            high: self.high >> bytes,
        }
    }

    /// With those of a lane before them.
    #[inline]
    fn behind(self, lane: &[u8; LANE_BYTES]) -> Self {
        let lane = of_lane(u8x16::new(*lane));
        Self {
            word: self.word << LANE_BYTES | lane.word,
            digit: self.digit << LANE_BYTES | lane.digit,
            joint: self.joint << LANE_BYTES | lane.joint,
            sign: self.sign << LANE_BYTES | lane.sign,
            high: self.high << LANE_BYTES | lane.high,
        }
    }
}

/// The classes of the block that begins at `base`, a multiple of its length; bytes beyond the end of the text have none.
#[inline]
pub(super) fn classes(text: &[u8], base: usize) -> Classes {
    let rest = &text[base..];
    // The last bytes are read together with those before them: a copy with zeros behind it could not be read before it
    // has reached the cache, which takes as long as classifying a block.
    match (rest.first_chunk(), text.last_chunk()) {
        (Some(block), _) => of_block(block),
        (None, Some(block)) => of_block(block).from(BLOCK_BYTES - rest.len()),
        (None, None) => of_short(rest),
    }
}

/// Bytes that are classified at a time.
const LANE_BYTES: usize = 16;

#[inline]
fn of_block(block: &[u8; BLOCK_BYTES]) -> Classes {
    let (lanes, _) = block.as_chunks();
    lanes.iter().rev().fold(Classes::default(), Classes::behind)
}

/// The classes of a text that is shorter than a block.
fn of_short(text: &[u8]) -> Classes {
    let (lanes, tail) = text.as_chunks();
    let last = match (tail, text.last_chunk()) {
        ([], _) => Classes::default(),
        (_, Some(lane)) => Classes::default()
            .behind(lane)
            .from(LANE_BYTES - tail.len()),
        _ => {
            let mut lane = [0; LANE_BYTES];
            lane[..tail.len()].copy_from_slice(tail);
            Classes::default().behind(&lane)
        }
    };
    lanes.iter().rev().fold(last, Classes::behind)
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
    // The highest bit, which counts, is set in bytes beyond ASCII.
    let high = bits(bytes);
    Classes {
        word: bits(letter | digit) | high,
        digit: bits(digit),
        joint: bits(joint),
        sign: bits(sign),
        high,
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
            high: gather(|b| !b.is_ascii()),
        }
    }

    #[test]
    fn every_byte_in_every_place() {
        for byte in 0..=255u8 {
            for at in 0..BLOCK_BYTES {
                let mut block = [b'\n'; BLOCK_BYTES];
                block[at] = byte;
                assert_eq!(classes(&block, 0), one_by_one(&block), "{byte} at {at}");
            }
        }
    }

    #[test]
    fn the_last_block_goes_on_with_nothing() {
        let text: Vec<u8> = (0..=255).cycle().take(300).collect();
        for length in 0..text.len() {
            let text = &text[text.len() - length..];
            for (block, base) in text.chunks(BLOCK_BYTES).zip((0..).step_by(BLOCK_BYTES)) {
                assert_eq!(
                    classes(text, base),
                    one_by_one(block),
                    "{length} from {base}"
                );
            }
        }
    }
}
