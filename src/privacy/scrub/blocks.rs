//! What begins where in 64 bytes at a time, as bit masks: words, rows of digits, signs.
//!
//! No branch depends on the text here. A mispredicted branch costs as much as classifying thirty bytes,
//! and words end unpredictably; this is what makes clean text cheap.

use super::class::{CLASS, LEAD, letter_len};
use super::lanes::{BLOCK_BYTES, classes};

const LAST_BIT: usize = BLOCK_BYTES - 1;

/// One bit for each byte of a block.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Masks {
    /// Where the block begins; none beyond the end of the text.
    pub base: Option<usize>,
    /// Letters, digits, letters beyond ASCII.
    pub word: u64,
    pub digit: u64,
    /// Starts of words that begin with a letter.
    pub words: u64,
    /// Starts of words that begin with a digit.
    pub digit_words: u64,
    /// Those of `words` that are long, or have digits where numbers with letters before them do.
    pub odd_words: u64,
    /// Starts of rows of digits that are long enough to mean something, joints included.
    pub numbers: u64,
    /// Starts of four pairs of characters with joints between them, as in a hardware address.
    pub pairs: u64,
    /// Signs at which something may have to be looked at.
    pub signs: u64,
}

/// Some of the masks of the 64 bytes from a place within a block on.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub word: u64,
    pub digit: u64,
}

impl Masks {
    /// What follows from bit `bit` on, with the next block.
    #[inline]
    pub fn window(&self, ahead: &Masks, bit: u32) -> Window {
        let from = |here: u64, next: u64| here >> bit | next << 1 << (63 - bit);
        Window {
            word: from(self.word, ahead.word),
            digit: from(self.digit, ahead.digit),
        }
    }
}

/// Sorts a text block by block.
pub(super) struct Blocks<'t> {
    bytes: &'t [u8],
    /// Where the next block begins.
    base: usize,
    /// The last byte of the block before was part of a word, of a row of digits, of digits that begin a word.
    carry_word: u64,
    carry_row: u64,
    carry_leading: u64,
    /// Bytes at the start of the next block that belong to a character that is no letter.
    punctuation_bytes: usize,
}

impl<'t> Blocks<'t> {
    pub fn new(bytes: &'t [u8]) -> Self {
        Self {
            bytes,
            base: 0,
            carry_word: 0,
            carry_row: 0,
            carry_leading: 0,
            punctuation_bytes: 0,
        }
    }

    /// The masks of the next block.
    #[inline]
    pub fn next(&mut self) -> Masks {
        let base = self.base;
        if base >= self.bytes.len() {
            return Masks::default();
        }
        self.base += BLOCK_BYTES;
        let classes = classes(self.bytes, base);
        let mut word = classes.word;
        if classes.high != 0 {
            word &= !self.punctuation(classes.high, base);
        }
        let (digit, joint) = (classes.digit, classes.joint);
        let starts = word & !(word << 1 | self.carry_word);
        self.carry_word = word >> LAST_BIT;
        let numbers = self.numbers(digit, starts, joint);
        // Digits behind two letters: IE29AIBK..., AB123456C.
        let numbered = (digit >> 2 | beyond(2)) & (digit >> 3 | beyond(3));
        Masks {
            base: Some(base),
            word,
            digit,
            words: starts & !digit,
            digit_words: starts & digit,
            odd_words: starts & !digit & (numbered | runs_of_sixteen(word)),
            numbers,
            pairs: pairs(starts, word, joint),
            signs: classes.sign,
        }
    }

    /// Starts of rows of at least seven digits and joints: 1.1.1.1 is the shortest address.
    #[inline]
    fn numbers(&mut self, digit: u64, starts: u64, joint: u64) -> u64 {
        if digit == 0 {
            (self.carry_leading, self.carry_row) = (0, 0);
            return 0;
        }
        let leading = self.leading(digit, starts);
        // A joint counts between two digits, at the edges of the block beside one.
        let row = leading | joint & (leading << 1 | self.carry_row) & (leading >> 1 | beyond(1));
        let two = row & (row >> 1 | beyond(1));
        let four = two & (two >> 2 | beyond(2));
        let seven = four & (four >> 3 | beyond(3));
        let starts = row & !(row << 1 | self.carry_row);
        self.carry_row = row >> LAST_BIT;
        starts & seven
    }

    /// The digits that words begin with: in `host2 203.0.113.7` a row starts behind the space.
    fn leading(&mut self, digit: u64, starts: u64) -> u64 {
        let first = digit & (starts | self.carry_leading);
        // The sum carries through each row of ones that has its first bit here, and leaves the others.
        let leading = digit & !digit.wrapping_add(first);
        self.carry_leading = leading >> LAST_BIT;
        leading
    }

    /// Quotation marks and spaces among the bytes beyond ASCII: they are no part of a word.
    fn punctuation(&mut self, high: u64, base: usize) -> u64 {
        let mut marks = !(u64::MAX << std::mem::take(&mut self.punctuation_bytes));
        let mut left = high;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            let first = self.bytes[base + at];
            if CLASS[first as usize] & LEAD != 0 && letter_len(self.bytes, base + at) == 0 {
                let width = if first < 0xE0 { 2 } else { 3 };
                marks |= ((1 << width) - 1) << at;
                self.punctuation_bytes = (at + width).saturating_sub(BLOCK_BYTES);
            }
        }
        marks & high
    }
}

/// The bits that a shift by `bits` brings in: beyond the block everything is possible.
const fn beyond(bits: u32) -> u64 {
    !(u64::MAX >> bits)
}

/// Where sixteen bytes of words begin.
fn runs_of_sixteen(word: u64) -> u64 {
    [1, 2, 4, 8]
        .into_iter()
        .fold(word, |run, bits| run & (run >> bits | beyond(bits)))
}

/// Starts of at least four pairs with joints behind them, as in a hardware address.
fn pairs(starts: u64, word: u64, joint: u64) -> u64 {
    let pair =
        starts & (word >> 1 | beyond(1)) & (!word >> 2 | beyond(2)) & (joint >> 2 | beyond(2));
    let two = pair & (pair >> 3 | beyond(3));
    two & (two >> 6 | beyond(6))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of one kind of event.
    fn places(text: &str, kind: fn(&Masks) -> u64) -> Vec<&str> {
        let bytes = text.as_bytes();
        let mut blocks = Blocks::new(bytes);
        let mut places = Vec::new();
        while let masks = blocks.next()
            && let Some(base) = masks.base
        {
            let mut mask = kind(&masks);
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
                "{}(12.34.56x) a1234567 123 +1 203.0.113.77 host2 9.8.7.65",
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
            assert!(rows.iter().any(|rest| rest.starts_with("9.8")), "{spaces}");
        }
    }
}
