//! Numbers by which states know people. Each has a check digit or a shape of its own; those that bare
//! numbers imitate too easily are only taken behind a cue.

use super::class::{before, byte, separator, word_at, word_before};

/// Digits of the longest such number: the French one.
const DIGITS_MAX: usize = 15;

/// How sure the text before makes us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// It says that such a number comes.
    Announced,
    Neutral,
    /// It says that something else comes, such as an order's number.
    Otherwise,
}

/// Digits with single separators between them.
struct Row {
    digits: [u8; DIGITS_MAX],
    count: usize,
    /// Length of each group, in the order in which they stand.
    groups: [usize; 7],
    group_count: usize,
    joint: u8,
    end: usize,
}

impl Row {
    fn at(bytes: &[u8], start: usize) -> Option<Self> {
        let mut row = Self {
            digits: [0; DIGITS_MAX],
            count: 0,
            groups: [0; 7],
            group_count: 0,
            joint: 0,
            end: start,
        };
        let mut at = start;
        loop {
            let from = at;
            while byte(bytes, at).is_ascii_digit() {
                if row.count == DIGITS_MAX {
                    return None;
                }
                row.digits[row.count] = bytes[at] - b'0';
                row.count += 1;
                at += 1;
            }
            row.groups[row.group_count] = at - from;
            row.group_count += 1;
            row.end = at;
            let width = separator(bytes, at);
            if width == 0
                || row.group_count == row.groups.len()
                || !byte(bytes, at + width).is_ascii_digit()
            {
                return Some(row);
            }
            row.joint = byte(bytes, at);
            at += width;
        }
    }

    fn digits(&self) -> &[u8] {
        &self.digits[..self.count]
    }

    fn groups(&self) -> &[usize] {
        &self.groups[..self.group_count]
    }
}

/// End of the number that starts with the digits at `start`.
pub(super) fn starting_at(bytes: &[u8], start: usize, context: Context) -> Option<usize> {
    if matches!(before(bytes, start), b'.' | b'_' | b'#' | b'$') {
        return None;
    }
    with_letters(bytes, start).or_else(|| {
        let row = Row::at(bytes, start)?;
        let alone = !word_at(bytes, row.end) && before(bytes, start) != b'-';
        (alone && is_known(&row, context)).then_some(row.end)
    })
}

fn is_known(row: &Row, context: Context) -> bool {
    let (digits, groups) = (row.digits(), row.groups());
    let cue = context == Context::Announced;
    let compact = groups.len() == 1;
    let likely = cue || !compact || context == Context::Neutral;
    match digits.len() {
        // German tax id, Polish PESEL
        11 => {
            let grouping = compact || matches!(groups, [2, 3, 3, 3]) || cue;
            likely && grouping && (german_tax(digits) || polish(digits))
        }
        // Swiss AHV
        13 => {
            digits.starts_with(&[7, 5, 6]) && ean13(digits) && matches!(groups, [13] | [3, 4, 4, 2])
        }
        // French NIR with its key
        15 => likely && matches!(digits[0], 1..=4 | 7 | 8) && french(digits),
        // Austrian social insurance. A unix time has ten digits, too.
        10 => {
            let unix_time = compact && matches!(digits[0], 1 | 2);
            (cue || matches!(groups, [4, 6]) || compact && likely && !unix_time) && austrian(digits)
        }
        9 => {
            let social_security =
                matches!(groups, [3, 2, 4]) && matches!(row.joint, b'-' | b' ') || cue && compact;
            let dutch_shape = cue || row.joint == b'.' && matches!(groups, [4, 2, 3] | [3, 3, 3]);
            social_security && american(digits) && (row.joint != b' ' || cue)
                || dutch_shape && dutch(digits)
        }
        8 => cue && dutch(&[&[0], digits].concat()),
        _ => false,
    }
}

/// Numbers with letters behind the digits: German social insurance, Spanish DNI, French numbers of Corsica.
fn with_letters(bytes: &[u8], start: usize) -> Option<usize> {
    if before(bytes, start) == b'-' {
        return None;
    }
    let mut chars = [0u8; 15];
    let mut count = 0;
    let mut at = start;
    let mut ends = [0usize; 15];
    while count < chars.len() {
        let b = byte(bytes, at);
        if !b.is_ascii_alphanumeric() {
            let width = separator(bytes, at);
            if width == 0
                || b == b'/'
                || b == b'.'
                || !byte(bytes, at + width).is_ascii_alphanumeric()
            {
                break;
            }
            at += width;
        }
        chars[count] = byte(bytes, at).to_ascii_uppercase();
        at += 1;
        ends[count] = at;
        count += 1;
    }
    let whole =
        |length: usize| count >= length && !byte(bytes, ends[length - 1]).is_ascii_alphanumeric();
    if whole(12) && german_insurance(&chars[..12]) {
        return Some(ends[11]);
    }
    if whole(9) && chars[8].is_ascii_alphabetic() && spanish(0, &chars[..8], chars[8]) {
        // 12345678-Z or 12345678Z, not "12345678 Z".
        return (ends[8] - start <= 10 && byte(bytes, ends[7]) != b' ').then_some(ends[8]);
    }
    if whole(15) && chars[5] == b'2' && matches!(chars[6], b'A' | b'B') {
        return corsican(&chars).then_some(ends[14]);
    }
    None
}

/// End of the word at `start` that a cue has announced: at least six digits, with letters or single joints.
/// Its check digit may be of a country that is not known here.
pub(super) fn announced(bytes: &[u8], start: usize) -> Option<usize> {
    const DIGITS_MIN: usize = 6;
    const CHARS_MAX: usize = 20;
    let (mut at, mut digits, mut chars) = (start, 0, 0);
    let mut end = start;
    while chars <= CHARS_MAX {
        let b = byte(bytes, at);
        if b.is_ascii_alphanumeric() {
            digits += usize::from(b.is_ascii_digit());
            chars += 1;
            at += 1;
            end = at;
            continue;
        }
        let width = separator(bytes, at);
        let next = byte(bytes, at + width);
        let goes_on = next.is_ascii_digit()
            || next.is_ascii_uppercase() && !byte(bytes, at + width + 1).is_ascii_lowercase();
        if width == 0 || !goes_on || chars == 0 {
            break;
        }
        at += width;
    }
    let letters_lower = bytes[start..end].iter().any(u8::is_ascii_lowercase);
    (digits >= DIGITS_MIN && chars <= CHARS_MAX && !letters_lower && !word_at(bytes, end))
        .then_some(end)
}

/// Numbers that start with letters: Italian codice fiscale, British NINO, Spanish NIE. `start..end` is the word.
pub(super) fn lettered(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
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
pub(super) fn british_grouped(bytes: &[u8], start: usize) -> Option<(usize, usize)> {
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

fn number(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |number, &digit| number * 10 + u64::from(digit))
}

fn is_day_and_month(day: u64, month: u64) -> bool {
    (1..=31).contains(&day) && (1..=12).contains(&month)
}

/// ISO 7064 mod 11,10; of the first ten digits one occurs twice or three times and at least one never.
fn german_tax(digits: &[u8]) -> bool {
    let mut counts = [0u8; 10];
    for &digit in &digits[..10] {
        counts[usize::from(digit)] += 1;
    }
    let doubled = counts.iter().filter(|&&count| count > 1).count();
    let product = digits[..10].iter().fold(10u32, |product, &digit| {
        let sum = (u32::from(digit) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    let check = (11 - product) % 10;
    digits[0] != 0
        && doubled == 1
        && counts.iter().all(|&count| count <= 3)
        && check == u32::from(digits[10])
}

/// Birth date with the century in the month, weights 1 3 7 9.
fn polish(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 10] = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3];
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    is_day_and_month(number(&digits[4..6]), number(&digits[2..4]) % 20)
        && (10 - sum % 10) % 10 == u32::from(digits[10])
}

fn ean13(digits: &[u8]) -> bool {
    let sum: u32 = digits[..12]
        .iter()
        .enumerate()
        .map(|(i, &d)| u32::from(d) * if i % 2 == 0 { 1 } else { 3 })
        .sum();
    (10 - sum % 10) % 10 == u32::from(digits[12])
}

/// 97 minus the number modulo 97. The month may be a code for an unknown one (20 and above).
fn french(digits: &[u8]) -> bool {
    let month = number(&digits[3..5]);
    let known = (1..=12).contains(&month) || (20..=42).contains(&month) || month >= 50;
    known && 97 - number(&digits[..13]) % 97 == number(&digits[13..])
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

/// The fourth digit checks the others; the last six are the birth date.
fn austrian(digits: &[u8]) -> bool {
    const WEIGHTS: [u32; 10] = [3, 7, 9, 0, 5, 8, 4, 2, 1, 6];
    let sum: u32 = digits
        .iter()
        .zip(WEIGHTS)
        .map(|(&digit, weight)| u32::from(digit) * weight)
        .sum();
    digits[0] != 0
        && sum % 11 == u32::from(digits[3])
        && is_day_and_month(number(&digits[4..6]), number(&digits[6..8]))
}

fn american(digits: &[u8]) -> bool {
    let area = number(&digits[..3]);
    area != 0
        && area != 666
        && area < 900
        && number(&digits[3..5]) != 0
        && number(&digits[5..]) != 0
}

/// The eleven test: weights 9 to 2, and -1.
fn dutch(digits: &[u8]) -> bool {
    let sum: i32 = digits[..8]
        .iter()
        .zip((2..=9).rev())
        .map(|(&digit, weight)| i32::from(digit) * weight)
        .sum();
    let sum = sum - i32::from(digits[8]);
    sum % 11 == 0 && digits.iter().any(|&digit| digit != 0)
}

/// Area, birth date, letter of the name, serial number, check digit over the sums of digits.
fn german_insurance(chars: &[u8]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, context: Context) -> bool {
        starting_at(text.as_bytes(), 0, context) == Some(text.len())
    }

    #[test]
    fn with_a_check_digit() {
        for text in [
            "86095742719",
            "86 095 742 719",
            "756.9217.0769.85",
            "7569217076985",
            "1 85 05 78 006 084 91",
            "1237 010180",
            "44051401359",
            "65170839J003",
            "65 170839 J 003",
            "12345678Z",
        ] {
            assert!(found(text, Context::Neutral), "{text}");
        }
        assert!(found("111222333", Context::Announced));
        assert!(found("123-45-6789", Context::Neutral));
    }

    #[test]
    fn near_misses() {
        for text in [
            "86095742718",
            "756.9217.0769.84",
            "1237 010181",
            "44051401358",
            "65170839J004",
            "12345678A",
            "111222333",
            "000-12-3456",
            "1795319932",
        ] {
            assert!(!found(text, Context::Neutral), "{text}");
        }
        assert!(!found("86095742719", Context::Otherwise));
    }

    #[test]
    fn that_start_with_letters() {
        for text in ["RSSMRA85T10A562S", "AB123456C", "X1234567L"] {
            assert_eq!(
                lettered(text.as_bytes(), 0, text.len()),
                Some(text.len()),
                "{text}"
            );
        }
        for text in [
            "RSSMRA85T10A562T",
            "QQ123456C",
            "AB123456E",
            "X1234567A",
            "CERTIFICATE12345",
        ] {
            assert_eq!(lettered(text.as_bytes(), 0, text.len()), None, "{text}");
        }
        assert_eq!(british_grouped(b"AB 12 34 56 C", 3), Some((0, 13)));
    }
}
