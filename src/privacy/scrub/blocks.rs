//! The classes of 64 bytes at a time, as bit masks: where words start, where digits and signs are.
//!
//! No branch depends on the text here. A mispredicted branch costs as much as classifying thirty bytes,
//! and words end unpredictably; this is what makes clean text cheap.

use super::class::{CLASS, DIGIT, JOINT, LEAD, PLUS, SIGN, WORD, letter_len};

/// Bytes of a block.
pub(super) const BLOCK_BYTES: usize = 64;
const LAST_BIT: usize = BLOCK_BYTES - 1;

/// One bit for each byte of a block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Masks {
    /// Letters, digits, letters beyond ASCII.
    pub word: u64,
    /// Starts of words that begin with a letter.
    pub words: u64,
    /// Starts of words that begin with a digit.
    pub digit_words: u64,
    /// Starts of rows of digits that are long enough to mean something, joints included, or stand
    /// behind a plus sign.
    pub numbers: u64,
    /// Starts of four pairs of characters with joints between them, as in a hardware address.
    pub pairs: u64,
    /// Bytes of class [`SIGN`].
    pub signs: u64,
}

/// Classifies a text block by block.
pub(super) struct Blocks<'t> {
    bytes: &'t [u8],
    /// The last byte of the block before was part of a word, of a row of digits, a plus sign.
    carry_word: u64,
    carry_row: u64,
    carry_plus: u64,
    /// Bytes at the start of the next block that belong to a character that is no letter.
    punctuation_bytes: usize,
}

impl<'t> Blocks<'t> {
    pub fn new(bytes: &'t [u8]) -> Self {
        Self {
            bytes,
            carry_word: 0,
            carry_row: 0,
            carry_plus: 0,
            punctuation_bytes: 0,
        }
    }

    /// The masks of the block at `base`.
    pub fn next(&mut self, base: usize) -> Masks {
        let mut classes = [0u8; BLOCK_BYTES];
        let block = &self.bytes[base..self.bytes.len().min(base + BLOCK_BYTES)];
        for (class, &byte) in classes.iter_mut().zip(block) {
            *class = CLASS[byte as usize];
        }
        let (lanes, _) = classes.as_chunks::<8>();
        let lanes = &lanes[..block.len().div_ceil(8)];
        let present = lanes
            .iter()
            .fold(0, |all, lane| all | u64::from_le_bytes(*lane));
        let gather = |class| {
            if present & u64::from_le_bytes([class; 8]) == 0 {
                0
            } else {
                gather(lanes, class)
            }
        };
        let mut word = gather(WORD);
        if self.punctuation_bytes > 0 {
            word &= u64::MAX << self.punctuation_bytes;
            self.punctuation_bytes = 0;
        }
        let leads = gather(LEAD);
        if leads != 0 {
            self.clear_punctuation(&mut word, leads, base);
        }
        let (digit, joint, plus) = (gather(DIGIT), gather(JOINT), gather(PLUS));
        let starts = word & !(word << 1 | self.carry_word);
        self.carry_word = word >> LAST_BIT;
        let numbers = self.rows(digit, joint) | plus << 1 | self.carry_plus;
        self.carry_plus = plus >> LAST_BIT;
        Masks {
            word,
            words: starts & !digit,
            digit_words: starts & digit,
            numbers: numbers & starts & digit,
            pairs: pairs(starts, word, joint),
            signs: gather(SIGN),
        }
    }

    /// Starts of rows of at least seven digits and joints: 1.1.1.1 is the shortest address.
    fn rows(&mut self, digit: u64, joint: u64) -> u64 {
        // A joint counts between two digits, at the edges of the block beside one.
        let row = digit | joint & (digit << 1 | self.carry_row) & (digit >> 1 | 1 << LAST_BIT);
        // Beyond the block all may be digits.
        let two = row & (row >> 1 | !(u64::MAX >> 1));
        let four = two & (two >> 2 | !(u64::MAX >> 2));
        let seven = four & (four >> 3 | !(u64::MAX >> 3));
        let starts = row & !(row << 1 | self.carry_row);
        self.carry_row = row >> LAST_BIT;
        starts & seven
    }

    /// Quotation marks and spaces beyond ASCII are no part of a word.
    fn clear_punctuation(&mut self, word: &mut u64, mut leads: u64, base: usize) {
        while leads != 0 {
            let at = leads.trailing_zeros() as usize;
            leads &= leads - 1;
            if letter_len(self.bytes, base + at) == 0 {
                let width = if self.bytes[base + at] < 0xE0 { 2 } else { 3 };
                *word &= !(((1 << width) - 1) << at);
                self.punctuation_bytes = (at + width).saturating_sub(BLOCK_BYTES);
            }
        }
    }
}

/// Starts of at least four pairs with joints behind them, as in a hardware address.
fn pairs(starts: u64, word: u64, joint: u64) -> u64 {
    let beyond = |bits: u32| !(u64::MAX >> bits);
    let pair =
        starts & (word >> 1 | beyond(1)) & (!word >> 2 | beyond(2)) & (joint >> 2 | beyond(2));
    let two = pair & (pair >> 3 | beyond(3));
    let first = pair & !(pair << 3);
    first & two & (two >> 6 | beyond(6))
}

/// The bits of one class, one for each byte of up to eight lanes.
#[inline]
fn gather(lanes: &[[u8; 8]], class: u8) -> u64 {
    /// Brings the lowest bits of eight bytes together in the highest byte.
    const COLLECT: u64 = 0x0102_0408_1020_4080;
    const LOWEST: u64 = 0x0101_0101_0101_0101;
    let shift = class.trailing_zeros();
    let byte_of =
        |lane: &[u8; 8]| (u64::from_le_bytes(*lane) >> shift & LOWEST).wrapping_mul(COLLECT) >> 56;
    match lanes.as_array::<8>() {
        // Of fixed length, so that it is unrolled: nearly every block of a long text is full.
        Some(full) => full
            .iter()
            .rev()
            .fold(0, |mask, lane| mask << 8 | byte_of(lane)),
        None => lanes
            .iter()
            .rev()
            .fold(0, |mask, lane| mask << 8 | byte_of(lane)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of one kind of event.
    fn places(text: &str, kind: fn(&Masks) -> u64) -> Vec<&str> {
        let bytes = text.as_bytes();
        let mut blocks = Blocks::new(bytes);
        let mut places = Vec::new();
        for base in (0..bytes.len()).step_by(BLOCK_BYTES) {
            let mut mask = kind(&blocks.next(base));
            while mask != 0 {
                places.push(&text[base + mask.trailing_zeros() as usize..]);
                mask &= mask - 1;
            }
        }
        places
    }

    #[test]
    fn words_start_behind_everything_that_is_no_letter() {
        let text = format!("{}ab 12 \u{a0}x\u{201c}y=z_é7", " ".repeat(63));
        let starts = places(&text, |masks| masks.words);
        let first: Vec<char> = starts
            .iter()
            .filter_map(|rest| rest.chars().next())
            .collect();
        assert_eq!(first, ['a', 'x', 'y', 'z', 'é']);
    }

    #[test]
    fn rows_of_digits_wherever_the_block_ends() {
        for spaces in 50..70 {
            let text = format!(
                "{}(12.34.56x) a1234567 123 +1 203.0.113.77",
                " ".repeat(spaces)
            );
            let rows = places(&text, |masks| masks.numbers);
            let long: Vec<&&str> = rows
                .iter()
                .filter(|rest| !rest.starts_with("123 "))
                .collect();
            assert!(
                long.iter().any(|rest| rest.starts_with("12.34")),
                "{spaces}"
            );
            assert!(
                long.iter().any(|rest| rest.starts_with("1 203")),
                "{spaces}"
            );
            assert!(
                !rows.iter().any(|rest| rest.starts_with("1234567")),
                "{spaces}"
            );
        }
    }
}
