//! What an operator sets: rates and quotas by category.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::bucket::Rate;
use crate::outcome::Kind;

/// What is counted apart from the rest. The names are Sentry's, which SDKs obey in `X-Sentry-Rate-Limits`, and Matomo's
/// hits beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Every hit of a Matomo tracker: page view, event, ping and so on.
    Pageview,
    Error,
    Transaction,
    Span,
    LogItem,
    /// Single and aggregated sessions.
    Session,
    /// Feedback and the older user reports.
    Feedback,
    /// Check-ins. Their clients try again when refused, so a limit here only delays them.
    Monitor,
    Security,
    Attachment,
    Profile,
    ProfileChunk,
    Replay,
    TraceMetric,
    MetricBucket,
    /// Items of a type not listed here.
    Default,
}

impl Category {
    /// What items of a kind are counted as.
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Analytics => Self::Pageview,
            Kind::Error => Self::Error,
            Kind::Transaction => Self::Transaction,
            Kind::Span => Self::Span,
            Kind::Log => Self::LogItem,
            Kind::Session | Kind::Sessions => Self::Session,
            Kind::UserReport | Kind::Feedback => Self::Feedback,
            Kind::CheckIn => Self::Monitor,
            Kind::Security => Self::Security,
            Kind::Attachment => Self::Attachment,
            Kind::Profile => Self::Profile,
            Kind::ProfileChunk => Self::ProfileChunk,
            Kind::ReplayEvent | Kind::ReplayRecording | Kind::ReplayVideo => Self::Replay,
            Kind::TraceMetric => Self::TraceMetric,
            Kind::MetricBuckets => Self::MetricBucket,
            Kind::ClientReport | Kind::UnknownItem | Kind::Request => Self::Default,
        }
    }

    /// Every category.
    pub const ALL: [Self; 16] = [
        Self::Pageview,
        Self::Error,
        Self::Transaction,
        Self::Span,
        Self::LogItem,
        Self::Session,
        Self::Feedback,
        Self::Monitor,
        Self::Security,
        Self::Attachment,
        Self::Profile,
        Self::ProfileChunk,
        Self::Replay,
        Self::TraceMetric,
        Self::MetricBucket,
        Self::Default,
    ];

    /// The fixed name that headers and settings use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pageview => "pageview",
            Self::Error => "error",
            Self::Transaction => "transaction",
            Self::Span => "span",
            Self::LogItem => "log_item",
            Self::Session => "session",
            Self::Feedback => "feedback",
            Self::Monitor => "monitor",
            Self::Security => "security",
            Self::Attachment => "attachment",
            Self::Profile => "profile",
            Self::ProfileChunk => "profile_chunk",
            Self::Replay => "replay",
            Self::TraceMetric => "trace_metric",
            Self::MetricBucket => "metric_bucket",
            Self::Default => "default",
        }
    }
}

/// How many items of one category are taken. 0 everywhere: no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// Of a project, in the long run.
    pub per_second: u32,
    /// Of a project at once, after a quiet while. 0: what `per_second` allows in one second.
    pub burst: u32,
    /// Of one key in a minute.
    pub key_per_minute: u32,
    /// Of a project between two full hours.
    pub per_hour: u64,
    /// Of a project between midnight and midnight in UTC.
    pub per_day: u64,
}

impl Rates {
    /// No limit.
    pub const UNLIMITED: Self = Self {
        per_second: 0,
        burst: 0,
        key_per_minute: 0,
        per_hour: 0,
        per_day: 0,
    };

    pub(super) fn project(&self) -> Rate {
        Rate {
            per_period: self.per_second,
            burst: self.capacity(),
            period_millis: 1_000,
        }
    }

    pub(super) fn key(&self) -> Rate {
        Rate {
            per_period: self.key_per_minute,
            burst: self.key_per_minute,
            period_millis: 60_000,
        }
    }

    fn capacity(&self) -> u32 {
        match self.burst {
            0 => self.per_second,
            burst => burst,
        }
    }

    /// What both allow: a project's limits under the server's.
    pub fn within(&self, ceiling: &Self) -> Self {
        // A burst without a rate limits nothing, so it takes no part.
        let burst = match (self.per_second, ceiling.per_second) {
            (0, _) => ceiling.capacity(),
            (_, 0) => self.capacity(),
            _ => self.capacity().min(ceiling.capacity()),
        };
        Self {
            per_second: stricter(self.per_second, ceiling.per_second),
            burst,
            key_per_minute: stricter(self.key_per_minute, ceiling.key_per_minute),
            per_hour: stricter(self.per_hour, ceiling.per_hour),
            per_day: stricter(self.per_day, ceiling.per_day),
        }
    }
}

/// The smaller of two limits, where 0 is none.
fn stricter<T: Ord + Default>(one: T, other: T) -> T {
    let none = T::default();
    if one == none || (other != none && other < one) {
        other
    } else {
        one
    }
}

/// Limits of a project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Of each category that is not named below.
    pub each: Rates,
    /// Of single categories, instead of `each`.
    pub only: BTreeMap<Category, Rates>,
}

impl Limits {
    /// Those of one category.
    pub fn of(&self, category: Category) -> &Rates {
        self.only.get(&category).unwrap_or(&self.each)
    }
}
