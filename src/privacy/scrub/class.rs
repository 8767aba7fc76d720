//! What each byte is to the scanner.

/// Letters, digits and everything beyond ASCII.
pub(super) const WORD: u8 = 1;
/// ASCII digit.
pub(super) const DIGIT: u8 = 2;
/// ASCII hexadecimal digit.
pub(super) const HEX: u8 = 4;
/// First byte of a character beyond ASCII that may be punctuation or a space.
pub(super) const LEAD: u8 = 8;
/// What stands between the groups of a long number.
pub(super) const JOINT: u8 = 16;

/// What names of keys are made of: letters, digits, `_` and `-`.
pub(super) const KEY: u8 = 32;

/// Classes by byte.
pub(super) static CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        table[byte] = match b {
            b'a'..=b'z' | b'A'..=b'Z' => WORD | KEY,
            b'0'..=b'9' => DIGIT | WORD | KEY,
            // U+0080..00BF, U+2000..2FFF, U+3000..3FFF, U+F000..FFFF
            0xC2 | 0xE2 | 0xE3 | 0xEF => LEAD | WORD | KEY,
            0x80.. => WORD | KEY,
            b'-' | b'_' => JOINT | KEY,
            b' ' | b'.' | b'/' | b':' | b'+' => JOINT,
            _ => 0,
        } | if b.is_ascii_hexdigit() { HEX } else { 0 };
        byte += 1;
    }
    table
};

/// True for letters, digits and bytes beyond ASCII.
pub(super) fn is_word(byte: u8) -> bool {
    CLASS[byte as usize] & WORD != 0
}

/// True if a letter or digit stands at `at`.
pub(super) fn word_at(bytes: &[u8], at: usize) -> bool {
    match bytes.get(at) {
        Some(0x80..) => letter_len(bytes, at) > 0,
        Some(b) => b.is_ascii_alphanumeric(),
        None => false,
    }
}

/// True if a letter or digit ends right before `at`.
pub(super) fn word_before(bytes: &[u8], at: usize) -> bool {
    match before(bytes, at) {
        0x80.. => {
            let lead = (1..=4.min(at)).find(|back| bytes[at - back] & 0xC0 != 0x80);
            lead.is_some_and(|back| letter_len(bytes, at - back) > 0)
        }
        b => b.is_ascii_alphanumeric(),
    }
}

/// Start of the row of letters that ends at `end`, at most `bytes_max` long.
pub(super) fn letters_start(bytes: &[u8], end: usize, bytes_max: usize) -> usize {
    let from = end.saturating_sub(bytes_max);
    let mut start = end;
    while start > from {
        let mut at = start - 1;
        while at > from && bytes[at] & 0xC0 == 0x80 {
            at -= 1;
        }
        let letter = bytes[at].is_ascii_alphabetic()
            || bytes[at] >= 0x80 && letter_len(bytes, at) == start - at;
        if !letter {
            break;
        }
        start = at;
    }
    start
}

/// Bytes of the quotation mark or space beyond ASCII at `at`; 0 if there is none.
pub(super) fn mark_len(bytes: &[u8], at: usize) -> usize {
    let mark = |c: &char| {
        c.is_whitespace()
            || matches!(c, '\u{ab}' | '\u{bb}' | '\u{2018}'..='\u{201f}' | '\u{2039}' | '\u{203a}' | '\u{300c}'..='\u{300f}')
    };
    char_at(bytes, at).filter(mark).map_or(0, char::len_utf8)
}

/// The byte at `at`, or the end of a line beyond either end.
pub(super) fn byte(bytes: &[u8], at: usize) -> u8 {
    #[cfg(test)]
    super::hostile_tests::step();
    bytes.get(at).copied().unwrap_or(b'\n')
}

/// The byte before `at`, or the end of a line at the start.
pub(super) fn before(bytes: &[u8], at: usize) -> u8 {
    at.checked_sub(1).map_or(b'\n', |i| byte(bytes, i))
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
