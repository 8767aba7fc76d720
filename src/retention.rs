//! When a row must be gone. Pure arithmetic; the job that deletes is `store::retention`.

use serde::{Deserialize, Serialize};

use crate::limits::{RETENTION_HOURS_MAX, RETENTION_HOURS_MIN};
use crate::time::Timestamp;

/// How long rows are kept: one hour to thirty days. There is no way to make a longer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "u32")]
pub struct Retention {
    hours: u32,
    /// Whether its rows expire a second before those of others, so that their partitions are theirs alone.
    apart: bool,
}

/// The time is shorter than an hour or longer than thirty days.
#[derive(Debug, thiserror::Error)]
#[error(
    "retention is between {RETENTION_HOURS_MIN} and {RETENTION_HOURS_MAX} hours; 30 days is the ceiling"
)]
pub struct RetentionOutOfRange;

impl TryFrom<u32> for Retention {
    type Error = RetentionOutOfRange;

    fn try_from(hours: u32) -> Result<Self, RetentionOutOfRange> {
        if (RETENTION_HOURS_MIN..=RETENTION_HOURS_MAX).contains(&hours) {
            Ok(Self {
                hours,
                apart: false,
            })
        } else {
            Err(RetentionOutOfRange)
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            hours: RETENTION_HOURS_MAX,
            apart: false,
        }
    }
}

impl Retention {
    /// Of the live probe: within the hour even if the server dies meanwhile, and in partitions of their own, which are
    /// dropped as a whole.
    pub const PROBE: Self = Self {
        hours: RETENTION_HOURS_MIN,
        apart: true,
    };

    /// Hours that rows are kept at most.
    pub const fn hours(self) -> u32 {
        self.hours
    }

    /// The moment by which a row received now must be gone, in seconds since 1970.
    ///
    /// Rounded *down* to a whole day, hour or ten minutes (the longer the retention, the coarser), because rows
    /// are deleted by partition and a partition holds the rows that expire together.
    pub fn expires_at(self, received_at: Timestamp) -> u32 {
        let expires_at = received_at.datetime().saturating_add(self.hours * 3_600);
        expires_at - expires_at % self.grain_seconds() - u32::from(self.apart)
    }

    const fn grain_seconds(self) -> u32 {
        match self.hours {
            48.. => 86_400,
            6.. => 3_600,
            _ => 600,
        }
    }
}

/// Shorter times than the project's own. What is stored already follows within minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetentionSettings {
    /// Of page views and what belongs to them.
    pub analytics_hours: Shorter,
    /// Of crash reports, and of the issues that are counted from them.
    pub errors_hours: Shorter,
    /// Of everything else that SDKs and browsers report.
    pub telemetry_hours: Shorter,
}

/// Hours, 1 to 720; 0 for as long as the project as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Shorter(Option<Retention>);

impl Shorter {
    /// The shorter of both.
    pub fn within(self, whole: Retention) -> Retention {
        self.0.map_or(whole, |own| own.min(whole))
    }
}

impl TryFrom<u32> for Shorter {
    type Error = RetentionOutOfRange;

    fn try_from(hours: u32) -> Result<Self, Self::Error> {
        match hours {
            0 => Ok(Self(None)),
            hours => Retention::try_from(hours).map(|own| Self(Some(own))),
        }
    }
}

impl From<Shorter> for u32 {
    fn from(shorter: Shorter) -> Self {
        shorter.0.map_or(0, Retention::hours)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thirty_days_is_a_ceiling() {
        assert!(Retention::try_from(721).is_err());
        assert!(Retention::try_from(0).is_err());
        assert_eq!(Retention::default().hours(), 720);
    }

    #[test]
    fn a_probe_shares_its_partitions_with_nobody() {
        let at = Timestamp::from_seconds(1_800_000_123);
        let of_probe = Retention::PROBE.expires_at(at);
        for hours in 1..=RETENTION_HOURS_MAX {
            let retention = Retention::try_from(hours).unwrap();
            assert_ne!(retention.expires_at(at) % 600, of_probe % 600);
        }
        assert!(of_probe > 1_800_000_123 && of_probe < 1_800_003_723);
    }

    #[test]
    fn expiry_is_never_later_than_the_retention_and_never_past() {
        for hours in [1, 5, 6, 47, 48, 720] {
            let retention = Retention::try_from(hours).unwrap();
            for second in (1_800_000_000..1_800_200_000).step_by(977) {
                let expires_at = retention.expires_at(Timestamp::from_seconds(second));
                let lifetime = i64::from(expires_at) - second;
                assert!(lifetime <= i64::from(hours) * 3_600);
                assert!(
                    lifetime >= i64::from(hours) * 3_600 / 2,
                    "{hours} h, {lifetime} s"
                );
            }
        }
    }
}
