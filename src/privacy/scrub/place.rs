//! Geographic positions, coarsened to a tenth of a degree: about 11 km.

use std::ops::Range;

use super::class::{before, byte, word_at, word_before};
use super::instead::Instead;
use super::rule::Rule;
use super::span::Span;

/// Digits behind the point that make two numbers side by side a position without any cue.
const DECIMALS_BARE_MIN: usize = 4;
/// Digits behind the point that are too fine to be kept behind a cue.
const DECIMALS_CUE_MIN: usize = 2;

/// A decimal number: where it stands and where its point is.
struct Decimal {
    place: Range<usize>,
    point: usize,
    /// The part before the point.
    whole: u16,
}

impl Decimal {
    /// The number at `start`, which may begin with a minus sign.
    fn at(bytes: &[u8], start: usize) -> Option<Self> {
        const DECIMAL_BYTES_MAX: usize = 24;
        let limit = bytes.len().min(start + DECIMAL_BYTES_MAX);
        let sign = usize::from(matches!(byte(bytes, start), b'-' | b'+'));
        let whole = bytes
            .get(start + sign..limit)?
            .iter()
            .take(4)
            .take_while(|b| b.is_ascii_digit())
            .count();
        let point = start + sign + whole;
        if !(1..=3).contains(&whole) || byte(bytes, point) != b'.' {
            return None;
        }
        let decimals = bytes[point + 1..limit.max(point + 1)]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        let end = point + 1 + decimals;
        if decimals == 0
            || word_at(bytes, end)
            || byte(bytes, end) == b'.' && byte(bytes, end + 1).is_ascii_digit()
        {
            return None;
        }
        let whole = bytes[point - whole..point]
            .iter()
            .fold(0, |number, b| number * 10 + u16::from(b - b'0'));
        Some(Self {
            place: start..end,
            point,
            whole,
        })
    }

    /// True if it is no more than one, as shares and colours are.
    fn is_unit(&self, bytes: &[u8]) -> bool {
        let zeros = || {
            bytes[self.point + 1..self.place.end]
                .iter()
                .all(|&b| b == b'0')
        };
        self.whole == 0 || self.whole == 1 && zeros()
    }

    fn decimals(&self) -> usize {
        self.place.end - self.point - 1
    }

    /// Makes it coarser: cuts it behind the first decimal.
    fn span(&self, bytes: &[u8]) -> Span {
        let instead = Instead::Decimal {
            sign: matches!(bytes[self.place.start], b'-' | b'+')
                .then(|| char::from(bytes[self.place.start])),
            whole: self.whole,
            tenths: bytes[self.point + 1].wrapping_sub(b'0'),
        };
        Span::with(self.place.start, self.place.end, Rule::Coordinates, instead)
    }
}

/// The one coordinate that a cue has announced, at `start`.
pub(super) fn announced(bytes: &[u8], start: usize) -> Option<Span> {
    let decimal = Decimal::at(bytes, start)?;
    (decimal.whole <= 180 && decimal.decimals() >= DECIMALS_CUE_MIN).then(|| decimal.span(bytes))
}

/// Two numbers of a position, `52.520008, 13.404954`, whose first digit is at `start`. Behind a `cue` they may be
/// less precise.
pub(super) fn pair(bytes: &[u8], start: usize, cue: bool) -> Option<[Span; 2]> {
    let signed = before(bytes, start) == b'-' && !word_before(bytes, start - 1);
    let first = Decimal::at(bytes, start - usize::from(signed))?;
    let least = if cue {
        DECIMALS_CUE_MIN
    } else {
        DECIMALS_BARE_MIN
    };
    if first.decimals() < least || matches!(before(bytes, first.place.start), b',' | b'.') {
        return None;
    }
    let mut at = first.place.end;
    while at < first.place.end + 3
        && matches!(byte(bytes, at), b',' | b' ' | b';' | b'/')
        && at < bytes.len()
    {
        at += 1;
    }
    let second = Decimal::at(bytes, at)?;
    // A third number makes it a row of measurements.
    let more = byte(bytes, second.place.end) == b','
        && bytes[second.place.end + 1..]
            .iter()
            .find(|b| **b != b' ')
            .is_some_and(|b| b.is_ascii_digit() || *b == b'-');
    let row = before(bytes, first.place.start) == b' '
        && before(bytes, first.place.start.saturating_sub(1)) == b',';
    let alike = first.decimals().abs_diff(second.decimals()) <= 3;
    // In some formats the longitude stands first.
    let on_earth = first.whole.min(second.whole) <= 90 && first.whole.max(second.whole) <= 180;
    let unit = first.is_unit(bytes) && second.is_unit(bytes);
    let fits = at > first.place.end
        && second.decimals() >= least
        && on_earth
        && (cue || alike && !unit && !more && !row);
    fits.then(|| [first.span(bytes), second.span(bytes)])
}

#[cfg(test)]
mod tests {
    use super::super::custom::Custom;
    use super::*;

    fn coarse(text: &str, start: usize, cue: bool) -> Option<[String; 2]> {
        let spans = pair(text.as_bytes(), start, cue)?;
        Some(spans.map(|span| {
            let mut out = String::new();
            span.instead.write(span.rule, &Custom::default(), &mut out);
            out
        }))
    }

    #[test]
    fn pairs() {
        assert_eq!(
            coarse("52.520008, 13.404954", 0, false),
            Some(["52.5".into(), "13.4".into()])
        );
        assert_eq!(
            coarse("-33.86882,151.20929", 1, false),
            Some(["-33.8".into(), "151.2".into()])
        );
        assert_eq!(
            coarse("52.52 13.40", 0, true),
            Some(["52.5".into(), "13.4".into()])
        );
        assert_eq!(coarse("52.5, 13.4", 0, true), None);
    }

    #[test]
    fn measurements_are_none() {
        for text in [
            "0.12345, 0.98765",
            "52.52, 13.40",
            "1.23456, 2.34567, 3.45678",
            "200.12345, 10.12345",
            "1.2.3",
        ] {
            assert_eq!(coarse(text, 0, false), None, "{text}");
        }
        assert!(announced(b"52.520008", 0).is_some());
        assert!(announced(b"1.5", 0).is_none());
    }
}
