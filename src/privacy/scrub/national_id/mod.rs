//! Numbers by which states know people. Each has a check digit or a shape of its own; those that bare
//! numbers imitate too easily are only taken behind a cue.

mod digits;
mod letters;

use super::class::{before, byte, separator, word_at};
use digits::Row;
pub(super) use letters::{british_grouped, lettered};

/// How sure the text before makes us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// It says that such a number comes.
    Announced,
    Neutral,
    /// It says that something else comes, such as an order's number.
    Otherwise,
}

/// End of the number that starts with the digits at `start`.
pub(super) fn starting_at(bytes: &[u8], start: usize, context: Context) -> Option<usize> {
    if matches!(before(bytes, start), b'.' | b'_' | b'#' | b'$') {
        return None;
    }
    if let Some(end) = letters::behind_digits(bytes, start) {
        return Some(end);
    }
    if before(bytes, start) == b'-' {
        return None;
    }
    let row = Row::at(bytes, start);
    let fits = |&count: &usize| {
        let (digits, groups) = row.first(count);
        digits::is_known(digits, groups, row.joint, context) && !word_at(bytes, row.ends[count - 1])
    };
    let count = (1..=row.count).rev().find(fits)?;
    Some(row.ends[count - 1])
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

/// The digits as one number.
fn number(digits: &[u8]) -> u64 {
    digits
        .iter()
        .fold(0, |number, &digit| number * 10 + u64::from(digit))
}

fn is_day_and_month(day: u64, month: u64) -> bool {
    (1..=31).contains(&day) && (1..=12).contains(&month)
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
