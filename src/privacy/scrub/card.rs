//! Payment card numbers of all brands.

use std::ops::Range;

use super::class::{before, byte, separator, word_at};

/// Digits of the shortest and longest card number (ISO/IEC 7812).
pub(super) const CARD_DIGITS_MIN: usize = 12;
pub(super) const CARD_DIGITS_MAX: usize = 19;

/// The card number whose first group of digits is `first`. With a `cue` any length and prefix will do.
pub(super) fn starting_at(bytes: &[u8], first: &Range<usize>, cue: bool) -> Option<usize> {
    let mut digits = [0u8; CARD_DIGITS_MAX];
    let mut count = 0;
    if first.len() >= CARD_DIGITS_MIN {
        if first.len() > CARD_DIGITS_MAX {
            return None;
        }
        for &b in &bytes[first.clone()] {
            digits[count] = b - b'0';
            count += 1;
        }
        return is_card(&digits[..count], cue).then_some(first.end);
    }
    if first.len() != 4 {
        return None;
    }
    let mut end = first.start;
    let mut groups = [0usize; 5];
    let mut group = 0;
    let mut best = None;
    let mut joint: &[u8] = b"";
    loop {
        let from = end;
        while end < from + 7 && byte(bytes, end).is_ascii_digit() {
            if count == CARD_DIGITS_MAX {
                return best;
            }
            digits[count] = bytes[end] - b'0';
            count += 1;
            end += 1;
        }
        groups[group] = end - from;
        group += 1;
        if group == 1 && !cue && lengths([digits[0], digits[1], digits[2], digits[3]]) == 0 {
            return None;
        }
        let ends = !word_at(bytes, end) || byte(bytes, end) >= 0x80;
        if groups[group - 1] > 6 || !ends && !byte(bytes, end).is_ascii_digit() {
            return best;
        }
        if is_grouping(&groups[..group]) && is_card(&digits[..count], cue) {
            best = Some(end);
        }
        let width = separator(bytes, end);
        if group == groups.len() || width == 0 || !byte(bytes, end + width).is_ascii_digit() {
            return best;
        }
        let here = &bytes[end..end + width];
        if !joint.is_empty() && here != joint {
            return best;
        }
        joint = here;
        end += width;
    }
}

/// The ways in which people write card numbers.
fn is_grouping(groups: &[usize]) -> bool {
    matches!(
        groups,
        [4, 4, 4]
            | [4, 4, 4, 1..=4]
            | [4, 4, 4, 4, 1..=3]
            | [4, 6, 4]
            | [4, 6, 5]
            | [4, 5, 6]
            | [4, 4, 5]
    )
}

fn is_card(digits: &[u8], cue: bool) -> bool {
    digits.len() >= CARD_DIGITS_MIN
        && (cue || is_issued(digits))
        && passes_luhn(digits)
        && digits.iter().any(|&d| d != 0)
}

fn is_issued(digits: &[u8]) -> bool {
    lengths([digits[0], digits[1], digits[2], digits[3]]) >> digits.len() & 1 == 1
}

/// The lengths of the cards that a brand issues with these first digits: bit n for n digits.
fn lengths(prefix: [u8; 4]) -> u32 {
    /// From 16 digits on.
    const LONG: u32 = 0b1111 << 16;
    let prefix = prefix
        .into_iter()
        .fold(0u16, |number, digit| number * 10 + u16::from(digit));
    match prefix {
        // Visa
        4000..=4999 => 1 << 13 | 1 << 16 | 1 << 19,
        // Mastercard
        5100..=5599 | 2221..=2720 => 1 << 16,
        // American Express
        3400..=3499 | 3700..=3799 => 1 << 15,
        // Diners Club
        3000..=3059 | 3095..=3099 | 3600..=3699 | 3800..=3999 => 1 << 14 | LONG,
        // JCB, and its 15 digits of old
        3528..=3589 => LONG,
        3500..=3527 | 3590..=3599 => 1 << 16,
        2131 | 1800 => 1 << 15,
        // Discover, UnionPay, RuPay
        6011 | 6440..=6599 | 6200..=6299 | 8100..=8171 | 6000..=6099 | 8200..=8299 => LONG,
        // Mir
        2200..=2204 => LONG,
        // Troy
        9792 => 1 << 16,
        // Maestro, with its short national cards
        604 | 5000..=5099 | 5600..=5999 | 6300..=6399 | 6700..=6799 => LONG | 0b1111 << 12,
        _ => 0,
    }
}

/// The check digit of ISO/IEC 7812-1, annex B.
pub(super) fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &digit)| {
            let weighted = u32::from(digit) << (i % 2);
            if weighted > 9 { weighted - 9 } else { weighted }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// True if nothing is glued to the number at either side that makes it part of something else.
pub(super) fn stands_alone(bytes: &[u8], start: usize, end: usize) -> bool {
    let previous = before(bytes, start);
    let next = byte(bytes, end);
    let decimal = previous == b'.' && before(bytes, start - 1).is_ascii_digit();
    let fraction = next == b'.' && byte(bytes, end + 1).is_ascii_digit();
    !decimal && !fraction && !next.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        starting_at(text.as_bytes(), &(0..length), false).map(|end| &text[..end])
    }

    #[test]
    fn all_brands_and_groupings() {
        for card in [
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "3782 822463 10005",
            "30569309025904",
            "3056 930902 5904",
            "3530111333300000",
            "6011111111111117",
            "4222222222222",
            "6304000000000000",
            "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        ] {
            assert_eq!(found(card), Some(card), "{card}");
        }
        assert_eq!(
            found("4111 1111 1111 1111 203"),
            Some("4111 1111 1111 1111")
        );
    }

    #[test]
    fn near_misses() {
        for text in [
            "4111111111111112",
            "1795319587804",
            "1795319587804597600",
            "140186792782720",
            "41111111",
            "0000000000000000",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }
}
