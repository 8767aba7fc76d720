//! What stands behind the colon: patterns, numbers, times.

use time::format_description::well_known::Iso8601;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

use super::{Comparison, Pattern, Period, ProblemKind};
use crate::time::Timestamp;

const DAY_SECONDS: i64 = 86_400;

impl Pattern {
    /// Reads `*` as any text.
    pub(super) fn new(text: &str) -> Self {
        if text.contains('*') {
            Self::Like(escape(text).replace('*', "%"))
        } else {
            Self::Exact(text.to_owned())
        }
    }

    /// Occurs anywhere.
    pub(super) fn within(text: &str) -> Self {
        Self::Like(format!("%{}%", escape(text).replace('*', "%")))
    }
}

/// What would mean something to `ILIKE` stands for itself.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// `>10`, `<=3`, `7`.
pub(super) fn number(text: &str) -> Result<(Comparison, u64), ProblemKind> {
    let (comparison, rest) = comparison(text);
    let number = rest.parse().map_err(|_| ProblemKind::NumberInvalid)?;
    Ok((comparison.unwrap_or(Comparison::Equal), number))
}

/// `-24h` (within the last day), `+24h` (before that), `2026-11-20` (on that day), `>2026-11-20T10:00:00`, `<-7d`.
pub(super) fn period(text: &str, now: Timestamp) -> Result<Period, ProblemKind> {
    let (comparison, rest) = comparison(text);
    let (at, length_seconds) = moment(rest, now).ok_or(ProblemKind::TimeInvalid)?;
    let after = Timestamp::from_seconds(at.seconds().saturating_add(length_seconds));
    let period = |from, until| Period { from, until };
    Ok(match comparison {
        Some(Comparison::Greater) => period(Some(after), None),
        Some(Comparison::GreaterOrEqual) => period(Some(at), None),
        Some(Comparison::Less) => period(None, Some(at)),
        Some(Comparison::LessOrEqual) => period(None, Some(after)),
        _ if rest.starts_with('-') => period(Some(at), None),
        _ if rest.starts_with('+') => period(None, Some(at)),
        _ => period(Some(at), Some(after)),
    })
}

fn comparison(text: &str) -> (Option<Comparison>, &str) {
    for (sign, comparison) in [
        (">=", Comparison::GreaterOrEqual),
        ("<=", Comparison::LessOrEqual),
        (">", Comparison::Greater),
        ("<", Comparison::Less),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (Some(comparison), rest);
        }
    }
    (None, text)
}

/// A moment and how many seconds its name covers: a date names a day, a time a second, an age a moment.
fn moment(text: &str, now: Timestamp) -> Option<(Timestamp, i64)> {
    if let Some(age) = text.strip_prefix(['-', '+']) {
        let seconds = now.seconds().checked_sub(age_seconds(age)?)?;
        return Some((Timestamp::from_seconds(seconds), 0));
    }
    // A date's parser also takes a date and time, and forgets the time.
    if let Ok(date) = Date::parse(text, &Iso8601::DATE)
        && !text.contains('T')
    {
        let midnight = date.midnight().assume_utc();
        return Some((
            Timestamp::from_seconds(midnight.unix_timestamp()),
            DAY_SECONDS,
        ));
    }
    let time = OffsetDateTime::parse(text, &Iso8601::DEFAULT).or_else(|_| {
        PrimitiveDateTime::parse(text, &Iso8601::DEFAULT).map(PrimitiveDateTime::assume_utc)
    });
    Some((Timestamp::from_seconds(time.ok()?.unix_timestamp()), 1))
}

/// `90m`, `24h`, `7d`, `2w`.
fn age_seconds(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => DAY_SECONDS,
        'w' => 7 * DAY_SECONDS,
        _ => return None,
    };
    let count: u32 = text[..text.len() - 1].parse().ok()?;
    i64::from(count).checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_374_000; // 2026-11-22T19:00:00Z

    fn read(text: &str) -> Result<(Option<i64>, Option<i64>), ProblemKind> {
        let Period { from, until } = period(text, Timestamp::from_seconds(NOW))?;
        Ok((from.map(Timestamp::seconds), until.map(Timestamp::seconds)))
    }

    #[test]
    fn times_are_ages_or_dates() {
        let day = 1_795_132_800; // 2026-11-20T00:00:00Z
        assert_eq!(read("-24h"), Ok((Some(NOW - 86_400), None)));
        assert_eq!(read("+2w"), Ok((None, Some(NOW - 14 * 86_400))));
        assert_eq!(read("<-7d"), Ok((None, Some(NOW - 7 * 86_400))));
        assert_eq!(read("2026-11-20"), Ok((Some(day), Some(day + 86_400))));
        assert_eq!(read(">2026-11-20"), Ok((Some(day + 86_400), None)));
        assert_eq!(read("<=2026-11-20"), Ok((None, Some(day + 86_400))));
        assert_eq!(read(">=2026-11-20T01:00:00"), Ok((Some(day + 3_600), None)));
        assert_eq!(read(">=2026-11-20T01:00:00+01:00"), Ok((Some(day), None)));
        for wrong in [
            "",
            "24h",
            "-",
            "-h",
            "-1y",
            "-1.5h",
            "-99999999999d",
            "2026-13-01",
            "-ü",
            "soon",
        ] {
            assert_eq!(read(wrong), Err(ProblemKind::TimeInvalid), "{wrong}");
        }
    }

    #[test]
    fn numbers_are_compared() {
        assert_eq!(number(">=10"), Ok((Comparison::GreaterOrEqual, 10)));
        assert_eq!(number("7"), Ok((Comparison::Equal, 7)));
        assert_eq!(number(">-1"), Err(ProblemKind::NumberInvalid));
        assert_eq!(number(">"), Err(ProblemKind::NumberInvalid));
    }

    #[test]
    fn only_stars_are_wild() {
        assert_eq!(Pattern::new("1.2"), Pattern::Exact("1.2".to_owned()));
        assert_eq!(
            Pattern::new("100%_*"),
            Pattern::Like(r"100\%\_%".to_owned())
        );
        assert_eq!(Pattern::within(r"a\b"), Pattern::Like(r"%a\\b%".to_owned()));
    }
}
