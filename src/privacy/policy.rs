//! A project's settings, made ready for the hot path.

use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp as Instant;
use jiff::tz::TimeZone;

use super::region;
use super::scrub::{Level, Wishes};
use super::url::UrlPolicy;
use crate::intake::Origin;
use crate::settings::{Regions, Settings};
use crate::time::Timestamp;

/// What intake and the privacy room ask of a project's settings. Built once for each change.
pub struct ProjectPolicy {
    /// Tells it from every other, so that what was made under one is never taken for another's.
    pub(super) number: u64,
    pub(super) urls: UrlPolicy,
    pub(super) keep_device_model: bool,
    pub(super) exclude_bots: bool,
    pub(super) regions: Option<Regions>,
    scrubbing: Wishes,
    zone: TimeZone,
    origins: Vec<String>,
}

impl ProjectPolicy {
    /// Makes settings ready.
    pub fn new(settings: &Settings) -> Self {
        let lower = |origin: &String| origin.trim_end_matches('/').to_ascii_lowercase();
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        Self {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            urls: UrlPolicy::new(&settings.urls),
            keep_device_model: settings.keep_device_model,
            exclude_bots: settings.exclude_bots.0,
            regions: region::of_settings(settings),
            // Settings are checked when they are set. Those that another version wrote and this one cannot use
            // remove too much rather than too little.
            scrubbing: settings
                .scrubbing
                .wishes()
                .unwrap_or_else(|_| Wishes::at(Level::Strict)),
            zone: settings.time_zone.rules(),
            origins: settings.allowed_origins.iter().map(lower).collect(),
        }
    }

    /// What it wishes of the scrubber.
    pub const fn scrubbing(&self) -> &Wishes {
        &self.scrubbing
    }

    /// Whether pages of an origin may send; it is only looked at if that matters. Senders without one are servers and apps; they
    /// are not asked.
    pub fn admits(&self, origin: impl FnOnce() -> Option<Origin>) -> bool {
        self.origins.is_empty()
            || origin().is_none_or(|origin| {
                let mut patterns = self.origins.iter();
                patterns.any(|pattern| origin.matches(pattern))
            })
    }

    /// The project's calendar day at `time`, in days since 1970.
    pub(super) fn day(&self, time: Timestamp) -> u16 {
        let Ok(instant) = Instant::from_millisecond(time.millis()) else {
            return 0;
        };
        let seconds = instant.as_second() + i64::from(self.zone.to_offset(instant).seconds());
        let days = seconds.div_euclid(86_400);
        u16::try_from(days).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_of_the_zone() {
        let at = |zone: &str, millis| {
            let settings = Settings::default().with("time_zone", zone).unwrap();
            ProjectPolicy::new(&settings).day(Timestamp::from_millis(millis))
        };
        // 2026-11-22 22:30 and 23:30 UTC: midnight of Berlin lies between them.
        let (before, after) = (1_795_386_600_000, 1_795_390_200_000);
        assert_eq!(at("UTC", before), at("UTC", after));
        assert_eq!(at("Europe/Berlin", before) + 1, at("Europe/Berlin", after));
        assert_eq!(at("UTC", 0), 0);
    }
}
