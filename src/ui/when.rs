//! Points in time as pages show them, in UTC.

use time::OffsetDateTime;
use time::macros::format_description;

/// `2026-11-22 19:30`, of seconds since 1970.
pub(super) fn minute(seconds: u32) -> String {
    let time = OffsetDateTime::from_unix_timestamp(i64::from(seconds));
    let text =
        time.map(|time| time.format(format_description!("[year]-[month]-[day] [hour]:[minute]")));
    text.ok().and_then(Result::ok).unwrap_or_default()
}

/// `2026-11-22`, of seconds since 1970.
pub(super) fn day(seconds: u32) -> String {
    let mut text = minute(seconds);
    text.truncate("2026-11-22".len());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        assert_eq!(minute(1_800_000_059), "2027-01-15 08:00");
        assert_eq!(day(0), "1970-01-01");
    }
}
