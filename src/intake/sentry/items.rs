//! The types of items: their names on the wire, their limits, and which are refused on principle.

use crate::limits::{
    CHECK_IN_BYTES_MAX, CLIENT_REPORT_BYTES_MAX, CLIENT_REPORTS_PER_ENVELOPE_MAX,
    ERROR_EVENT_BYTES_MAX, FEEDBACK_BYTES_MAX, LOGS_BYTES_MAX, SECURITY_REPORT_BYTES_MAX,
    SESSIONS_BYTES_MAX, SESSIONS_PER_ENVELOPE_MAX, SPAN_ITEMS_PER_ENVELOPE_MAX, SPANS_BYTES_MAX,
    TRANSACTION_BYTES_MAX,
};
use crate::outcome::{Kind, Reason};

/// Sentry's names for the data that is refused on principle: it cannot be scrubbed (files, recordings), or is no concern
/// of this program (profiles, metrics). SDKs that hear these names in a rate limit stop sending them. `default` and
/// `error` must never stand here.
pub const REFUSED_CATEGORIES: &str =
    "attachment;profile;profile_chunk;profile_chunk_ui;replay;metric_bucket;metric;trace_metric";

/// The kind of an item, by its `type`.
pub fn kind(name: &str) -> Kind {
    match name {
        "event" => Kind::Error,
        "transaction" => Kind::Transaction,
        "session" => Kind::Session,
        "sessions" => Kind::Sessions,
        "attachment" => Kind::Attachment,
        "user_report" => Kind::UserReport,
        "feedback" => Kind::Feedback,
        "client_report" => Kind::ClientReport,
        "check_in" => Kind::CheckIn,
        "log" => Kind::Log,
        "span" => Kind::Span,
        "profile" => Kind::Profile,
        "profile_chunk" => Kind::ProfileChunk,
        "replay_event" => Kind::ReplayEvent,
        "replay_recording" => Kind::ReplayRecording,
        "replay_video" => Kind::ReplayVideo,
        "metric_buckets" | "statsd" => Kind::MetricBuckets,
        "trace_metric" => Kind::TraceMetric,
        "security" | "raw_security" | "nel" => Kind::Security,
        _ => Kind::UnknownItem,
    }
}

/// Whether items of this kind are among the [`REFUSED_CATEGORIES`].
pub const fn is_refused(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Attachment
            | Kind::Profile
            | Kind::ProfileChunk
            | Kind::ReplayEvent
            | Kind::ReplayRecording
            | Kind::ReplayVideo
            | Kind::MetricBuckets
            | Kind::TraceMetric
    )
}

/// Whether a client can pause some kinds of items without losing others: sentry-python takes any limit for a sign of
/// overload, and as long as it holds samples transactions down to one of 1,024.
pub fn can_pause_kinds(client: &str) -> bool {
    !client.starts_with("sentry.python")
}

/// Keeps the items of one request within their limits of size and number.
pub struct Limiter {
    admitted: [u16; Kind::ALL.len()],
}

impl Limiter {
    /// Nothing has been admitted yet.
    pub const fn new() -> Self {
        Self {
            admitted: [0; Kind::ALL.len()],
        }
    }

    /// Admits one item.
    ///
    /// # Errors
    /// [`Reason::EventTooLarge`] or [`Reason::ItemTooLarge`] if it is too long, [`Reason::ItemsTooMany`] if there were
    /// enough of its kind.
    pub fn admit(&mut self, kind: Kind, bytes: usize) -> Result<(), Reason> {
        if bytes > bytes_max(kind) {
            return Err(match kind {
                Kind::Error => Reason::EventTooLarge,
                _ => Reason::ItemTooLarge,
            });
        }
        let admitted = &mut self.admitted[kind as usize];
        if *admitted >= count_max(kind) {
            return Err(Reason::ItemsTooMany);
        }
        *admitted += 1;
        Ok(())
    }
}

/// What is refused anyway needs no limit: nobody looks into it.
const fn bytes_max(kind: Kind) -> usize {
    match kind {
        Kind::Error => ERROR_EVENT_BYTES_MAX,
        Kind::Transaction => TRANSACTION_BYTES_MAX,
        Kind::UserReport | Kind::Feedback => FEEDBACK_BYTES_MAX,
        Kind::Security => SECURITY_REPORT_BYTES_MAX,
        Kind::CheckIn => CHECK_IN_BYTES_MAX,
        Kind::ClientReport => CLIENT_REPORT_BYTES_MAX,
        Kind::Session | Kind::Sessions => SESSIONS_BYTES_MAX,
        Kind::Span => SPANS_BYTES_MAX,
        Kind::Log => LOGS_BYTES_MAX,
        _ => usize::MAX,
    }
}

const fn count_max(kind: Kind) -> u16 {
    match kind {
        Kind::Transaction | Kind::UserReport | Kind::Feedback | Kind::CheckIn | Kind::Log => 1,
        Kind::Session | Kind::Sessions => SESSIONS_PER_ENVELOPE_MAX,
        Kind::ClientReport => CLIENT_REPORTS_PER_ENVELOPE_MAX,
        Kind::Span => SPAN_ITEMS_PER_ENVELOPE_MAX,
        _ => u16::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_size_and_number() {
        let mut limiter = Limiter::new();
        let megabyte = 1024 * 1024;
        assert_eq!(limiter.admit(Kind::Error, megabyte), Ok(()));
        assert_eq!(
            limiter.admit(Kind::Error, megabyte + 1),
            Err(Reason::EventTooLarge)
        );
        assert_eq!(limiter.admit(Kind::Log, megabyte), Ok(()));
        assert_eq!(limiter.admit(Kind::Log, 1), Err(Reason::ItemsTooMany));
        assert_eq!(
            limiter.admit(Kind::CheckIn, megabyte),
            Err(Reason::ItemTooLarge)
        );
        assert_eq!(limiter.admit(Kind::Attachment, 1 << 30), Ok(()));
        let sessions = (0..101).map(|_| limiter.admit(Kind::Session, 1));
        assert_eq!(sessions.filter(Result::is_ok).count(), 100);
    }

    #[test]
    fn errors_are_never_asked_to_pause() {
        for category in REFUSED_CATEGORIES.split(';') {
            assert!(!["", "default", "error", "session", "log_item", "span"].contains(&category));
        }
        assert!(!is_refused(Kind::Error) && is_refused(kind("replay_video")));
    }
}
