//! When a hit happened: now, or as `cdt` and `cdo` state.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::intake::matomo::{Hit, Param};
use crate::time::Timestamp;

/// A stated time that lies further back is taken for a mistake: Matomo's twenty years.
const BELIEVED_SECONDS_MAX: i64 = 20 * 365 * 86_400;

impl Hit<'_> {
    /// When the hit happened. A time that cannot be read, lies in the future or before Matomo's limit of belief means `now`.
    pub fn happened_at(&self, now: Timestamp) -> Timestamp {
        let stated = match self.get(Param::Time).map(str::trim) {
            None | Some("") => now,
            Some(text) => parse(text).unwrap_or(now),
        };
        let offset = self.integer(Param::TimeOffset).unwrap_or(0);
        let seconds = stated.seconds().saturating_sub(offset.max(0));
        if stated == now && offset <= 0 {
            return now;
        }
        match now.seconds().saturating_sub(seconds) {
            0..=BELIEVED_SECONDS_MAX => Timestamp::from_seconds(seconds),
            _ => now,
        }
    }

    /// How many seconds before `now` the hit happened.
    pub fn age_seconds(&self, now: Timestamp) -> u64 {
        now.since(self.happened_at(now)).as_secs()
    }
}

/// `2026-11-22 14:05:00` in UTC, or seconds since 1970.
fn parse(text: &str) -> Option<Timestamp> {
    if let Ok(seconds) = text.parse() {
        return Some(Timestamp::from_seconds(seconds));
    }
    let civil: DateTime = text.parse().ok()?;
    let instant = civil.to_zoned(TimeZone::UTC).ok()?.timestamp();
    Some(Timestamp::from_seconds(instant.as_second()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stated_times() {
        // 2026-11-22 14:00:00 UTC
        let now = Timestamp::from_seconds(1_795_356_000);
        for (query, age) in [
            ("", 0),
            ("cdt=2026-11-22+13:00:00", 3_600),
            ("cdt=1795352400", 3_600),
            ("cdt=2026-11-22+13:00:00&cdo=60", 3_660),
            ("cdo=30", 30),
            ("cdo=-30", 0),
            ("cdt=2026-11-23+14:00:00", 0),
            ("cdt=1999-01-01+00:00:00", 0),
            ("cdt=yesterday", 0),
            ("cdt=2026-10-01", 52 * 86_400 + 14 * 3_600),
            ("cdt=99999999999999999", 0),
        ] {
            assert_eq!(Hit::read(query, "").age_seconds(now), age, "{query}");
        }
    }
}
