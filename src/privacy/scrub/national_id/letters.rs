//! Numbers with letters in them: German social insurance, Spanish, Italian and British numbers, French ones of Corsica.

use super::super::class::{before, byte, separator, word_at, word_before};
use super::digits::french;
use super::{is_day_and_month, number};

/// Characters of the longest: the French one.
const CHARS_MAX: usize = 15;

/// End of the number with letters behind its digits that starts at `start`: German social insurance, Spanish DNI,
/// French numbers of Corsica.
pub(super) fn behind_digits(bytes: &[u8], start: usize) -> Option<usize> {
    if before(bytes, start) == b'-' {
        return None;
    }
    let mut chars = [0u8; CHARS_MAX];
    let (mut at, mut digits_end) = (start, start);
    let (mut may_be_short, mut may_be_corsican) = (true, true);
    for count in 0..CHARS_MAX {
        let mut b = byte(bytes, at);
        if !b.is_ascii_alphanumeric() {
            let width = separator(bytes, at);
            if width == 0 || b == b'/' || b == b'.' {
                return None;
            }
            at += width;
            b = byte(bytes, at);
        }
        let b = b.to_ascii_uppercase();
        may_be_short &= if count == 8 {
            b.is_ascii_uppercase()
        } else {
            b.is_ascii_digit()
        };
        may_be_corsican &= match count {
            5 => b == b'2',
            6 => matches!(b, b'A' | b'B'),
            _ => b.is_ascii_digit(),
        };
        if !may_be_short && !may_be_corsican {
            return None;
        }
        if count == 8 {
            digits_end = at;
        }
        chars[count] = b;
        at += 1;
        if byte(bytes, at).is_ascii_alphanumeric() {
            continue;
        }
        match count + 1 {
            // 12345678-Z or 12345678Z, not "12345678 Z".
            9 if may_be_short
                && spanish(0, &chars[..8], chars[8])
                && at - start <= 10
                && before(bytes, digits_end) != b' ' =>
            {
                return Some(at);
            }
            12 if may_be_short && german(&chars[..12]) => return Some(at),
            15 if may_be_corsican && corsican(&chars) => return Some(at),
            _ => {}
        }
    }
    None
}

/// Numbers that start with letters: Italian codice fiscale, British NINO, Spanish NIE. `start..end` is the word.
pub(in crate::privacy::scrub) fn lettered(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let word = &bytes[start..end];
    if word.len() == 16 && italian(word) {
        return Some(end);
    }
    if word.len() == 9 && british(word) {
        return Some(end);
    }
    if let [
        first @ (b'X' | b'Y' | b'Z' | b'x' | b'y' | b'z'),
        digits @ ..,
        letter,
    ] = word
        && digits.len() == 7
        && letter.is_ascii_alphabetic()
        && spanish(
            first.to_ascii_uppercase() - b'X',
            digits,
            letter.to_ascii_uppercase(),
        )
    {
        return Some(end);
    }
    None
}

/// Start and end of a British number written in groups, whose first digits are at `start`: `QQ 12 34 56 C`.
pub(in crate::privacy::scrub) fn british_grouped(
    bytes: &[u8],
    start: usize,
) -> Option<(usize, usize)> {
    let open = start.checked_sub(3)?;
    let text = bytes.get(open..open + 13)?;
    let joint = text[2];
    let joints = [2, 5, 8, 11].iter().all(|&i| text[i] == joint) && matches!(joint, b' ' | b'-');
    if !joints || word_before(bytes, open) || word_at(bytes, open + 13) {
        return None;
    }
    let compact: Vec<u8> = text.iter().copied().filter(|b| *b != joint).collect();
    british(&compact).then_some((open, open + 13))
}

/// As the French one, with 2A counted as 19 and 2B as 18.
fn corsican(chars: &[u8; 15]) -> bool {
    let mut digits = [0u8; 15];
    for (digit, &char) in digits.iter_mut().zip(chars) {
        *digit = char.wrapping_sub(b'0');
    }
    (digits[5], digits[6]) = if chars[6] == b'A' { (1, 9) } else { (1, 8) };
    digits.iter().all(|&digit| digit < 10) && french(&digits)
}

/// Area, birth date, letter of the name, serial number, check digit over the sums of digits.
fn german(chars: &[u8]) -> bool {
    const WEIGHTS: [u32; 12] = [2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1];
    let shape = chars.iter().enumerate().all(|(i, b)| {
        if i == 8 {
            b.is_ascii_uppercase()
        } else {
            b.is_ascii_digit()
        }
    });
    if !shape {
        return false;
    }
    let digits: Vec<u8> = chars[..8].iter().map(|b| b - b'0').collect();
    let letter = chars[8] - b'A' + 1;
    let row = digits
        .iter()
        .copied()
        .chain([letter / 10, letter % 10])
        .chain(chars[9..11].iter().map(|b| b - b'0'));
    let sum: u32 = row
        .zip(WEIGHTS)
        .map(|(digit, weight)| {
            let product = u32::from(digit) * weight;
            product / 10 + product % 10
        })
        .sum();
    // The day may be raised by 50 when two people share all else.
    let day = number(&digits[2..4]) % 50;
    is_day_and_month(day, number(&digits[4..6])) && sum % 10 == u32::from(chars[11] - b'0')
}

/// The letter is the number modulo 23. `prefix` stands for the letter of a foreigner's number.
fn spanish(prefix: u8, digits: &[u8], letter: u8) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let plain = digits.iter().all(u8::is_ascii_digit);
    let number = digits.iter().fold(u32::from(prefix), |number, b| {
        number
            .wrapping_mul(10)
            .wrapping_add(u32::from(b.wrapping_sub(b'0')))
    });
    plain && LETTERS[number as usize % 23] == letter
}

/// Letters and digits in their places, and the check letter.
fn italian(word: &[u8]) -> bool {
    #[rustfmt::skip]
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
    ];
    let digit_or_substitute = |b: u8| b.is_ascii_digit() || b"LMNPQRSTUV".contains(&b);
    let mut sum = 0;
    for (i, b) in word.iter().map(u8::to_ascii_uppercase).enumerate() {
        let fits = match i {
            6 | 7 | 9 | 10 | 12..=14 => digit_or_substitute(b),
            8 => b"ABCDEHLMPRST".contains(&b),
            _ => b.is_ascii_uppercase(),
        };
        if !fits {
            return false;
        }
        let value = u32::from(if b.is_ascii_digit() {
            b - b'0'
        } else {
            b - b'A'
        });
        if i < 15 {
            sum += if i % 2 == 0 {
                ODD[value as usize]
            } else {
                value
            };
        } else {
            return sum % 26 == value;
        }
    }
    false
}

/// Two letters that are in use, six digits, a letter from A to D.
fn british(word: &[u8]) -> bool {
    let [first, second, digits @ .., last] = word else {
        return false;
    };
    let prefix = [*first, *second];
    digits.len() == 6
        && digits.iter().all(u8::is_ascii_digit)
        && prefix
            .iter()
            .all(|b| b.is_ascii_uppercase() && !b"DFIQUV".contains(b))
        && *second != b'O'
        && ![*b"BG", *b"GB", *b"KN", *b"NK", *b"NT", *b"TN", *b"ZZ"].contains(&prefix)
        && matches!(last, b'A'..=b'D')
}
