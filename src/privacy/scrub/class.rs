//! What each byte is to the scanner.

/// ASCII lower-case letter.
pub(super) const LOWER: u8 = 1;
/// ASCII upper-case letter.
pub(super) const UPPER: u8 = 2;
/// ASCII digit.
pub(super) const DIGIT: u8 = 4;
/// Part of a character beyond ASCII that is nearly always a letter.
pub(super) const HIGH: u8 = 8;
/// First byte of a character beyond ASCII that may be punctuation or a space.
pub(super) const LEAD: u8 = 16;
/// A byte at which something may have to be looked at.
pub(super) const SIGN: u8 = 32;
/// ASCII hexadecimal digit.
pub(super) const HEX: u8 = 64;

/// Letters and digits.
pub(super) const WORD: u8 = LOWER | UPPER | DIGIT | HIGH;

/// Classes by byte.
pub(super) static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = match b {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            // U+0080..00BF, U+2000..2FFF, U+3000..3FFF, U+F000..FFFF
            0xC2 | 0xE2 | 0xE3 | 0xEF => LEAD,
            0x80.. => HIGH,
            b'@' | b':' | b'=' | b'%' | b'&' | b'\\' | b'[' => SIGN,
            _ => 0,
        } | if b.is_ascii_hexdigit() { HEX } else { 0 };
        byte += 1;
    }
    table
};

/// True for letters, digits and bytes beyond ASCII.
pub(super) fn is_word(byte: u8) -> bool {
    CLASS[byte as usize] & (WORD | LEAD) != 0
}

/// The byte at `at`, or a space beyond either end.
pub(super) fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(b' ')
}

/// The byte before `at`, or a space at the start.
pub(super) fn before(bytes: &[u8], at: usize) -> u8 {
    at.checked_sub(1).map_or(b' ', |i| byte(bytes, i))
}

/// Length of the one separator at `at` that people put between groups of digits and letters: space,
/// no-break space, hyphen, dot, slash, plus sign of a URL. 0 if there is none.
pub(super) fn separator(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b' ' | b'-' | b'.' | b'+' | b'/' | b'_') => 1,
        // U+00A0 no-break space, U+202F narrow no-break space, U+2009 thin space, U+2010/2011 hyphens
        Some(0xC2) if bytes.get(at + 1) == Some(&0xA0) => 2,
        Some(0xE2) => match bytes.get(at + 1..at + 3) {
            Some([0x80, 0xAF | 0x89 | 0x90 | 0x91]) => 3,
            _ => 0,
        },
        _ => 0,
    }
}

/// The character beyond ASCII that starts at `at`.
pub(super) fn char_at(bytes: &[u8], at: usize) -> Option<char> {
    let width = match bytes.get(at)? {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    std::str::from_utf8(bytes.get(at..at + width)?)
        .ok()?
        .chars()
        .next()
}

/// Bytes of the letter or digit beyond ASCII that starts at `at`; 0 if none does.
pub(super) fn letter_len(bytes: &[u8], at: usize) -> usize {
    char_at(bytes, at)
        .filter(|c| c.is_alphanumeric())
        .map_or(0, char::len_utf8)
}
