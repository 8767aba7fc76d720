//! Dates of birth: a date right behind a cue.

use super::class::{byte, is_word};
use super::rule::Rule;
use super::span::Span;

/// Names of months, by their first three letters, in the languages of the cues.
const MONTHS: [&str; 25] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "mär",
    "mai", "okt", "dez", "jän", "fév", "avr", "juin", "aoû", "déc", "ene", "abr", "dic",
];

/// The date that starts at `start`, in figures or with the month's name.
pub(super) fn announced(bytes: &[u8], start: usize) -> Option<Span> {
    let end = if byte(bytes, start).is_ascii_digit() {
        in_figures(bytes, start).or_else(|| with_month(bytes, start))
    } else {
        month_first(bytes, start)
    }?;
    (!byte(bytes, end).is_ascii_digit()).then(|| Span::new(start, end, Rule::BirthDate))
}

fn digits(bytes: &[u8], start: usize, most: usize) -> Option<(u32, usize)> {
    let length = bytes
        .get(start..)?
        .iter()
        .take(most)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let value = bytes[start..start + length]
        .iter()
        .fold(0, |value, b| value * 10 + u32::from(b - b'0'));
    (length > 0).then_some((value, start + length))
}

/// 12.03.1985, 1985-03-12, 12/3/85, 19850312
fn in_figures(bytes: &[u8], start: usize) -> Option<usize> {
    let (first, mut at) = digits(bytes, start, 8)?;
    if at - start == 8 {
        let plausible =
            (1900..=2100).contains(&(first / 10_000)) || (1900..=2100).contains(&(first % 10_000));
        return plausible.then_some(at);
    }
    let joint = byte(bytes, at);
    if !matches!(joint, b'.' | b'-' | b'/') {
        return None;
    }
    at += 1;
    if joint == b'.' && byte(bytes, at) == b' ' {
        at += 1;
    }
    let (second, mut at) = digits(bytes, at, 2)?;
    if byte(bytes, at) != joint {
        return None;
    }
    at += 1;
    if joint == b'.' && byte(bytes, at) == b' ' {
        at += 1;
    }
    let (third, end) = digits(bytes, at, 4)?;
    let day_first =
        first <= 31 && second <= 31 && (end - at == 2 || (1900..=2100).contains(&third));
    let year_first = (1900..=2100).contains(&first) && second <= 12 && third <= 31;
    ((day_first || year_first) && first > 0 && second > 0).then_some(end)
}

/// 12 March 1985, 12. März 1985
fn with_month(bytes: &[u8], start: usize) -> Option<usize> {
    let (day, mut at) = digits(bytes, start, 2)?;
    while matches!(byte(bytes, at), b'.' | b' ' | b'-') && at < bytes.len() {
        at += 1;
    }
    for ordinal in [&b"st"[..], b"nd", b"rd", b"th"] {
        if bytes[at..].starts_with(ordinal) {
            at += ordinal.len() + 1;
        }
    }
    let end = month_end(bytes, at)?;
    (1..=31)
        .contains(&day)
        .then(|| year_end(bytes, end).unwrap_or(end))
}

/// March 12, 1985
fn month_first(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = month_end(bytes, start)?;
    while matches!(byte(bytes, at), b'.' | b' ') && at < bytes.len() {
        at += 1;
    }
    let (day, end) = digits(bytes, at, 2)?;
    (1..=31)
        .contains(&day)
        .then(|| year_end(bytes, end).unwrap_or(end))
}

fn month_end(bytes: &[u8], start: usize) -> Option<usize> {
    let length = bytes
        .get(start..)?
        .iter()
        .take(20)
        .take_while(|b| is_word(**b) && !b.is_ascii_digit())
        .count();
    let word = std::str::from_utf8(&bytes[start..start + length])
        .ok()?
        .to_lowercase();
    MONTHS
        .iter()
        .any(|month| word.starts_with(month))
        .then_some(start + length)
}

fn year_end(bytes: &[u8], at: usize) -> Option<usize> {
    let mut start = at;
    while start < at + 3 && matches!(byte(bytes, start), b' ' | b',' | b'.' | b'-') {
        start += 1;
    }
    let (year, end) = digits(bytes, start, 4)?;
    (1900..=2100).contains(&year).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing() {
        for text in [
            "12.03.1985",
            "1985-03-12",
            "12/3/85",
            "19850312",
            "12 March 1985",
            "12. März 1985",
            "March 12, 1985",
            "3. 12. 1985",
            "12th Jan 2001",
        ] {
            assert_eq!(
                announced(text.as_bytes(), 0).map(|span| span.end),
                Some(text.len()),
                "{text}"
            );
        }
        for text in ["12.500.1985", "99/99/9999", "12345678", "1.2.3", "build 7"] {
            assert_eq!(announced(text.as_bytes(), 0), None, "{text}");
        }
    }
}
