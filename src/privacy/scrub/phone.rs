//! Telephone numbers: international ones by their plus sign, national ones by a cue or an unmistakable shape.
//!
//! A bare row of digits is never one: unix times and order numbers look the same.

use super::card;
use super::class::{before, byte, separator, word_at, word_before};
use super::rule::Rule;
use super::span::Span;

/// E.164: digits of the longest number, country code included.
const DIGITS_MAX: usize = 15;
/// Digits of the shortest international and national numbers that are looked for.
const INTERNATIONAL_DIGITS_MIN: usize = 7;
const NATIONAL_DIGITS_MIN: usize = 6;

/// Groups of the longest number: each digit alone is no number.
const GROUPS_MAX: usize = 8;

/// A row of groups of digits.
struct Extent {
    end: usize,
    digits: usize,
    /// Lengths of the groups, the first `group_count` of them.
    lengths: [usize; GROUPS_MAX],
    group_count: usize,
}

impl Extent {
    fn groups(&self) -> &[usize] {
        &self.lengths[..self.group_count]
    }
}

/// The groups from `start` on, as far as they may be one number.
fn extent(bytes: &[u8], start: usize) -> Extent {
    let mut extent = Extent {
        end: start,
        digits: 0,
        lengths: [0; GROUPS_MAX],
        group_count: 0,
    };
    let mut at = start;
    loop {
        let group = bytes[at.min(bytes.len())..]
            .iter()
            .take(DIGITS_MAX + 1)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let end = at + group;
        // 12:30 behind a number is a time, 1.5 a size, 4x a count.
        let extension = extension_end(bytes, end);
        let foreign = extension.is_none() && word_at(bytes, end)
            || byte(bytes, end) == b':' && byte(bytes, end + 1).is_ascii_digit();
        let date = group == 4
            && byte(bytes, end) == b'-'
            && byte(bytes, end + 3) == b'-'
            && extent.group_count > 0;
        if group == 0
            || extent.digits + group > DIGITS_MAX
            || extent.group_count > 0 && (foreign || date)
        {
            return extent;
        }
        extent.digits += group;
        extent.lengths[extent.group_count] = group;
        extent.group_count += 1;
        extent.end = end;
        if let Some(end) = extension {
            extent.end = end;
            return extent;
        }
        let Some(next) = joint_end(bytes, end).filter(|_| extent.group_count < GROUPS_MAX) else {
            return extent;
        };
        at = next;
    }
}

/// End of an extension behind a number: `x123`, ` ext. 123`, ` App. 12`.
fn extension_end(bytes: &[u8], at: usize) -> Option<usize> {
    const WORDS: [&[u8]; 6] = [b"x", b" x", b" ext. ", b" ext ", b" ext.", b"ext"];
    let rest = bytes.get(at..)?;
    let word = WORDS.into_iter().find(|word| rest.starts_with(word))?;
    let digits = rest[word.len()..]
        .iter()
        .take(7)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let end = at + word.len() + digits;
    ((1..=6).contains(&digits) && !word_at(bytes, end)).then_some(end)
}

/// End of what stands between two groups: a separator, brackets, or both.
fn joint_end(bytes: &[u8], at: usize) -> Option<usize> {
    const JOINT_BYTES_MAX: usize = 5;
    let mut end = at;
    while end - at < JOINT_BYTES_MAX && !byte(bytes, end).is_ascii_digit() {
        end += match byte(bytes, end) {
            b'(' | b')' => 1,
            b'_' => return None,
            b'+' if end > at || !byte(bytes, end + 1).is_ascii_digit() => return None,
            _ => Some(separator(bytes, end)).filter(|&width| width > 0 && end < bytes.len())?,
        };
    }
    (end > at && byte(bytes, end).is_ascii_digit()).then_some(end)
}

/// The number whose digits start at `start`, right behind a plus sign, possibly in brackets.
pub(super) fn international(bytes: &[u8], start: usize) -> Option<Span> {
    let open = start.checked_sub(1).filter(|&at| bytes[at] == b'+')?;
    let previous = before(bytes, open);
    if previous.is_ascii_alphanumeric()
        || matches!(previous, b'+' | b')' | b']')
        || byte(bytes, start) == b'0'
        || word_before(bytes, open)
    {
        return None;
    }
    let extent = extent(bytes, start);
    (extent.digits >= INTERNATIONAL_DIGITS_MIN && !word_at(bytes, extent.end))
        .then(|| Span::new(open, extent.end, Rule::Phone))
}

/// A number with a national shape that nothing else has, or an international one written with zeros.
pub(super) fn unmistakable(bytes: &[u8], start: usize) -> Option<Span> {
    let previous = before(bytes, start);
    if matches!(previous, b'.' | b'-' | b'/' | b'_' | b'#' | b'+' | b'$') {
        return None;
    }
    // 00 and a country code, 0 and an area code, (555) and the like.
    let bracket = previous == b' '
        && start >= 6
        && bytes[start - 2] == b')'
        && bytes[start - 6] == b'('
        && bytes[start - 5..start - 2].iter().all(u8::is_ascii_digit);
    let head = byte(bytes, start);
    if head != b'0' && !bracket && !matches!(head, b'2'..=b'9') {
        return None;
    }
    let first = bytes[start..].iter().take(DIGITS_MAX + 1);
    let first = first.take_while(|b| b.is_ascii_digit()).count();
    let joint = byte(bytes, start + first);
    let may_fit = match first {
        2 => head == b'0' && matches!(joint, b' ' | b'.'),
        3 => bracket || matches!(joint, b'-' | b'.') || head == b'0' && joint == b'/',
        4 | 5 => head == b'0',
        11..=15 => bytes[start..].starts_with(b"00"),
        _ => false,
    };
    if !may_fit {
        return None;
    }
    let extent = extent(bytes, start);
    let fits = match extent.groups() {
        [3, 4] if bracket => true,
        [3, 3, 4] => matches!(joint, b'-' | b'.') && head > b'1' && byte(bytes, start + 4) > b'1',
        // 0171/1234567
        [3..=5, 4..=9] | [3..=5, 2..=4, 2..=5] => {
            head == b'0' && joint == b'/' && extent.digits >= 8
        }
        // 06 12 34 56 78
        [2, 2, 2, 2, 2] => {
            head == b'0' && byte(bytes, start + 1) != b'0' && matches!(joint, b' ' | b'.')
        }
        // 0049 30 901820
        [4 | 5, _, ..] | [11..=15] if bytes[start..].starts_with(b"00") => {
            const CODES: [&[u8]; 12] = [
                b"49", b"43", b"41", b"33", b"44", b"39", b"34", b"31", b"32", b"48", b"45", b"35",
            ];
            extent.digits >= 10
                && CODES
                    .iter()
                    .any(|code| bytes[start + 2..].starts_with(code))
        }
        _ => false,
    };
    let open = if bracket { start - 6 } else { start };
    (fits && !word_at(bytes, extent.end)).then(|| Span::new(open, extent.end, Rule::Phone))
}

/// The number that a cue has announced, whose first digit or bracket is at `start`. A `weak` cue has other meanings
/// too, so that the number must look like one.
pub(super) fn announced(bytes: &[u8], start: usize, weak: bool) -> Option<Span> {
    let mut digits = start;
    while digits < start + 3 && matches!(byte(bytes, digits), b'+' | b'(') {
        digits += 1;
    }
    if !byte(bytes, digits).is_ascii_digit() {
        return None;
    }
    let plus = bytes[start..digits].contains(&b'+');
    // `text=4111 1111 1111 1111`: the first digits of a card are none.
    if card::starting_at(bytes, &(digits..digits + 4), false).is_some() {
        return None;
    }
    let extent = extent(bytes, digits);
    let zero = byte(bytes, digits) == b'0';
    let grouped = extent.group_count >= 2;
    let least = if plus {
        INTERNATIONAL_DIGITS_MIN
    } else {
        NATIONAL_DIGITS_MIN
    };
    let shape =
        plus || digits > start || zero && extent.digits >= 8 || grouped && extent.digits >= 9;
    let fits = extent.digits >= least && (shape || !weak) && !word_at(bytes, extent.end);
    // 2026-11-22 is no number to call.
    let date = matches!(extent.groups(), [4, 2, 2, ..]) && !plus;
    // (+49) 30 901820
    let number = &bytes[start..extent.end];
    let open = before(bytes, start) == b'(' && number.contains(&b')') && !number.contains(&b'(');
    (fits && !date).then(|| Span::new(start - usize::from(open), extent.end, Rule::Phone))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, span: Option<Span>) -> Option<&str> {
        span.map(|span| &text[span.start..span.end])
    }

    #[test]
    fn with_a_plus_sign() {
        for text in [
            "+49 30 901820",
            "+4930901820",
            "+49 (0)30 / 90 18 20",
            "+1-555-010-9999",
            "+33 1 23 45 67 89",
            "+43\u{a0}1\u{a0}234567",
        ] {
            assert_eq!(
                cut(text, international(text.as_bytes(), 1)),
                Some(text),
                "{text}"
            );
        }
        for text in ["x+4930901820", "+0100", "+01:00", "+123 4"] {
            let start = text.find('+').unwrap() + 1;
            assert_eq!(
                cut(text, international(text.as_bytes(), start)),
                None,
                "{text}"
            );
        }
        assert_eq!(
            cut(
                "+49 30 901820 2026-11-22",
                international(b"+49 30 901820 2026-11-22", 1)
            ),
            Some("+49 30 901820")
        );
    }

    #[test]
    fn with_a_cue() {
        for text in [
            "030 901820",
            "(030) 901820",
            "0171/1234567",
            "901820",
            "06 12 34 56 78",
        ] {
            assert_eq!(
                cut(text, announced(text.as_bytes(), 0, false)),
                Some(text),
                "{text}"
            );
        }
        assert!(announced(b"1795319932", 0, true).is_none());
        assert!(announced(b"2026-11-22", 0, false).is_none());
    }

    #[test]
    fn with_a_shape() {
        for (text, start) in [
            ("(555) 123-4567", 6),
            ("555-234-4567", 0),
            ("0171/1234567", 0),
            ("0049 30 901820", 0),
        ] {
            assert_eq!(
                cut(text, unmistakable(text.as_bytes(), start)),
                Some(text),
                "{text}"
            );
        }
        for text in [
            "1795319932",
            "2026-11-22",
            "123-456-7890",
            "01234567",
            "03:40:55",
            "12345 67890",
        ] {
            assert_eq!(cut(text, unmistakable(text.as_bytes(), 0)), None, "{text}");
        }
    }
}
