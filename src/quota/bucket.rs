//! The arithmetic of limits, exact in whole numbers.

use crate::time::Timestamp;

/// A rate with a burst. It allows `per_period` items in each period, `burst` of them at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rate {
    /// 0: no limit.
    pub per_period: u32,
    pub burst: u32,
    /// What one item weighs, so that `per_period` drains each millisecond: the period in milliseconds.
    pub period_millis: u32,
}

/// What has been taken of a rate and not yet drained. One that is empty is as good as none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bucket {
    level: u64,
    /// Milliseconds since 1970.
    changed_at: i64,
    empty_at: i64,
}

impl Bucket {
    fn level(self, rate: Rate, now: Timestamp) -> u64 {
        let passed = now.millis().saturating_sub(self.changed_at);
        let drained = u64::try_from(passed).unwrap_or(0); // a clock that went back drains nothing
        self.level
            .saturating_sub(drained.saturating_mul(u64::from(rate.per_period)))
    }

    /// Seconds until `count` items fit; 0 if they do.
    pub fn wait_seconds(self, rate: Rate, count: u32, now: Timestamp) -> u32 {
        if rate.per_period == 0 {
            return 0;
        }
        let level = self.level(rate, now);
        let excess = (level + weight(rate, count)).saturating_sub(weight(rate, rate.burst));
        if excess == 0 {
            return 0;
        }
        // More than a burst never fits; then it says when the bucket is empty.
        let millis = excess.min(level).div_ceil(u64::from(rate.per_period));
        u32::try_from(millis.div_ceil(1_000))
            .unwrap_or(u32::MAX)
            .max(1)
    }

    /// Takes `count` items, which fit.
    pub fn charge(&mut self, rate: Rate, count: u32, now: Timestamp) {
        if rate.per_period == 0 {
            return;
        }
        self.level = self.level(rate, now) + weight(rate, count);
        self.changed_at = self.changed_at.max(now.millis());
        let drains_in = self.level.div_ceil(u64::from(rate.per_period));
        let drains_in = i64::try_from(drains_in).unwrap_or(i64::MAX);
        self.empty_at = self.changed_at.saturating_add(drains_in);
    }

    /// Whether it can be forgotten.
    pub fn is_idle(self, now: Timestamp) -> bool {
        self.empty_at <= now.millis()
    }
}

fn weight(rate: Rate, count: u32) -> u64 {
    u64::from(rate.period_millis) * u64::from(count)
}

/// A quota for each hour or day in UTC, whose width is `SECONDS`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window<const SECONDS: i64> {
    /// Hours or days since 1970.
    number: i64,
    taken: u64,
}

impl<const SECONDS: i64> Window<SECONDS> {
    fn at(self, now: Timestamp) -> Self {
        let number = now.seconds().div_euclid(SECONDS);
        // A clock that went back stays in the window that has begun.
        if number <= self.number {
            self
        } else {
            Self { number, taken: 0 }
        }
    }

    /// Seconds until the next window if `count` items exceed what this one allows; 0 if they fit. Quota 0: no limit.
    pub fn wait_seconds(self, quota: u64, count: u32, now: Timestamp) -> u32 {
        let window = self.at(now);
        if quota == 0 || window.taken + u64::from(count) <= quota {
            return 0;
        }
        let ends_in = SECONDS - now.seconds().rem_euclid(SECONDS);
        u32::try_from(ends_in).unwrap_or(u32::MAX)
    }

    /// Takes `count` items, which fit.
    pub fn charge(&mut self, quota: u64, count: u32, now: Timestamp) {
        if quota > 0 {
            *self = self.at(now);
            self.taken += u64::from(count);
        }
    }

    /// Whether it can be forgotten.
    pub fn is_idle(self, now: Timestamp) -> bool {
        self.at(now).taken == 0
    }
}
