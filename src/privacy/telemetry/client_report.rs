//! What a client says it discarded itself, by reason and category. Both are the client's words, so only those
//! that the protocol knows are kept; any other is `other`.
//! <https://develop.sentry.dev/sdk/telemetry/client-reports/>

use super::{Arrival, Telemetry, count, one_of};
use crate::json::Value;
use crate::limits::CLIENT_REPORT_COUNTS_MAX;
use crate::outcome::{Kind, Reason};
use crate::privacy::door::Door;
use crate::privacy::row::row;
use crate::privacy::sealed::Shape;

row! {
    /// A row of `outcomes`; the columns are explained in `schemas/`.
    OutcomeRow<'a> {
        project_id: u32,
        hour: u32,
        expires_at: u32,
        source: &'a str,
        category: &'static str,
        reason: &'static str,
        quantity: u64,
    }
}

const OTHER: &str = "other";

#[rustfmt::skip]
const REASONS: [&str; 18] = [
    "queue_overflow", "cache_overflow", "buffer_overflow", "ratelimit_backoff", "network_error", "sample_rate",
    "before_send", "event_processor", "send_error", "internal_sdk_error", "insufficient_data", "backpressure",
    "no_parent_span", "invalid", "ignored", "ignored_spans", "too_many_spans", "empty",
];

#[rustfmt::skip]
const CATEGORIES: [&str; 24] = [
    "default", "error", "transaction", "transaction_indexed", "span", "span_indexed", "session", "attachment",
    "attachment_item", "profile", "profile_duration", "profile_duration_ui", "profile_chunk", "profile_chunk_ui", "replay",
    "monitor", "feedback", "user_report_v2", "log_item", "log_byte", "trace_metric", "metric_bucket", "security",
    "internal",
];

impl Door {
    /// `{"discarded_events": [{"reason": …, "category": …, "quantity": 7}, …]}`
    pub(super) fn client_report(
        &self,
        mut report: Value<'_>,
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        let hour = arrival.hour(report.get("timestamp"));
        let Some(Value::Array(counts)) = report.remove("discarded_events") else {
            return;
        };
        for discarded in out.limited(Kind::ClientReport, counts, CLIENT_REPORT_COUNTS_MAX) {
            let quantity = count(discarded.get("quantity"));
            if quantity == 0 {
                out.refuse(Kind::ClientReport, Reason::ItemInvalid, 1);
                continue;
            }
            let known = |set: &[&'static str], key| {
                one_of(set, discarded.str_at(key).unwrap_or("")).unwrap_or(OTHER)
            };
            let row = OutcomeRow {
                project_id: arrival.project_id(),
                hour,
                expires_at: arrival.expires_at(),
                source: "client",
                category: known(&CATEGORIES, "category"),
                reason: known(&REASONS, "reason"),
                quantity,
            };
            out.store(Shape::Outcome, Kind::ClientReport, arrival, |bytes| {
                row.encode(bytes)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Setting;
    use super::*;

    #[test]
    fn known_words_are_kept_and_others_are_other() {
        let setting = Setting::new();
        let text = r#"{"timestamp":1799999990,"discarded_events":[
            {"reason":"sample_rate","category":"transaction","quantity":7},
            {"reason":"jane_doe","category":"4111111111111111","quantity":1},
            {"reason":"sample_rate","category":"error"}]}"#;
        let telemetry = setting.take(Kind::ClientReport, text.as_bytes());
        let rows: Vec<_> = telemetry
            .rows
            .iter()
            .map(|row| {
                let mut read = setting.read(row);
                read.number::<4>();
                let hour = read.number::<4>();
                read.number::<4>();
                let (source, category, reason) = (read.text(), read.text(), read.text());
                format!("{hour} {source} {category} {reason} {}", read.number::<8>())
            })
            .collect();
        assert_eq!(
            rows,
            [
                "1799996400 client transaction sample_rate 7",
                "1799996400 client other other 1"
            ]
        );
        let invalid = (Kind::ClientReport, Reason::ItemInvalid, 1);
        assert_eq!(telemetry.refused, [invalid]);
    }
}
