//! Points in time as the rest of the program sees them: an argument, never a call.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Milliseconds since 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The machine's clock. The edge calls this once for each request and hands the result on.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock"
    )]
    pub fn now() -> Self {
        let since_epoch = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// From seconds since 1970.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// From seconds since 1970 with a fraction, as Python and Ruby write them.
    pub const fn from_fractional_seconds(seconds: f64) -> Self {
        Self((seconds * 1_000.0) as i64)
    }

    /// RFC 3339, with or without a zone (then UTC, as old clients mean it), or seconds since 1970 as text.
    pub fn parse(text: &str) -> Option<Self> {
        match parse_rfc3339(text) {
            Some(time) => Some(Self((time.unix_timestamp_nanos() / 1_000_000) as i64)),
            None => text.parse().ok().map(Self::from_fractional_seconds),
        }
    }

    /// Seconds since 1970 with what lies below milliseconds, of a text as [`Self::parse`] takes it.
    pub fn fractional_seconds(text: &str) -> Option<f64> {
        match parse_rfc3339(text) {
            Some(time) => Some(time.unix_timestamp_nanos() as f64 / 1e9),
            None => text.parse().ok(),
        }
    }

    /// As RFC 3339 in UTC, with milliseconds.
    pub fn to_rfc3339(self) -> String {
        let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000);
        // Only years beyond 9999 cannot be written.
        time.ok()
            .and_then(|time| time.format(&Rfc3339).ok())
            .unwrap_or_default()
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// As ClickHouse's `DateTime`: seconds, between 1970 and 2106.
    pub fn datetime(self) -> u32 {
        u32::try_from(self.seconds().max(0)).unwrap_or(u32::MAX)
    }

    /// As RFC 3339 in UTC, always with milliseconds, so that texts sort as times do: `2026-11-22T19:00:00.250Z`.
    pub fn rfc3339(self) -> String {
        let format = time::macros::format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        let time = time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000_000);
        // Years beyond 9999 have no such form.
        time.ok()
            .and_then(|time| time.format(&format).ok())
            .unwrap_or_default()
    }

    /// Reads RFC 3339, e.g. `2026-11-22T19:00:00Z`.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        use time::format_description::well_known::Rfc3339;
        let time = time::OffsetDateTime::parse(text, &Rfc3339).ok()?;
        Some(Self::from_seconds(time.unix_timestamp()))
    }

    /// Later by `duration`.
    pub fn plus(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// Moved by milliseconds, back if negative.
    pub const fn shifted(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds from `earlier` to here, negative if it is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// How long ago `earlier` was; zero if it is in the future.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}
fn parse_rfc3339(text: &str) -> Option<OffsetDateTime> {
    let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    parse(text).or_else(|| parse(&format!("{text}Z")))
}
