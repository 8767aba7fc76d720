//! Items of every kind with anything in every place: each has an outcome, and nobody is in any row.

use proptest::prelude::*;

use super::testing::Setting;
use crate::outcome::Kind;

/// An item of each kind; `@` stands for anything.
#[rustfmt::skip]
const ITEMS: &[(Kind, &str)] = &[
    (Kind::Session, r#"{"sid":@,"did":@,"init":true,"started":@,"status":@,"errors":@,"duration":@,"attrs":{"release":@,
        "environment":@,"ip_address":"203.0.113.77","user_agent":@}}"#),
    (Kind::Sessions, r#"{"aggregates":[{"started":@,"did":@,"exited":1,"errored":@},@],"attrs":{"release":@,"environment":@}}"#),
    (Kind::Log, r#"{"items":[@,{"timestamp":@,"level":@,"body":@,"trace_id":@,"span_id":@,"severity_number":@,"attributes":{
        "sentry.release":@,"sentry.environment":{"value":@,"type":"string"},"user.name":@,"user.email":@,"client.address":"203.0.113.77",
        "server.address":@,"session.id":@,"sentry.sdk.name":@,"free":{"value":@,"type":@},"list":[@,@],"token":@}}]}"#),
    (Kind::Transaction, r#"{"transaction":@,"start_timestamp":@,"timestamp":@,"user":{"id":@,"name":@,"email":@},"release":@,
        "environment":@,"sdk":{"name":@},"contexts":{"trace":{"trace_id":"4c4d8595b7a74eb698510d0e56465b92","span_id":
        "aaaaaaaaaaaaaaaa","parent_span_id":@,"op":@,"description":@,"status":@}},"spans":[@,{"trace_id":
        "4c4d8595b7a74eb698510d0e56465b92","span_id":"bbbbbbbbbbbbbbbb","op":"db","name":@,"description":@,"status":@}]}"#),
    (Kind::Span, r#"{"trace_id":"4c4d8595b7a74eb698510d0e56465b92","span_id":"aaaaaaaaaaaaaaaa","op":@,"description":@,
        "name":@,"status":@,"start_timestamp":@,"timestamp":@,"data":{"release":@,"user.name":@,"sentry.sdk.name":@}}"#),
    (Kind::UserReport, r#"{"event_id":@,"name":@,"email":@,"comments":@}"#),
    (Kind::Feedback, r#"{"user":@,"release":@,"environment":@,"contexts":{"feedback":{"message":@,"name":@,"url":@,
        "contact_email":@,"associated_event_id":@}}}"#),
    (Kind::CheckIn, r#"{"monitor_slug":@,"status":"ok","check_in_id":@,"duration":@,"environment":@,"release":@,
        "monitor_config":{"schedule":{"value":@,"unit":@},"timezone":@,"max_runtime":@}}"#),
    (Kind::ClientReport, r#"{"timestamp":@,"discarded_events":[@,{"reason":@,"category":@,"quantity":7}]}"#),
    (Kind::Security, r#"{"csp-report":{"document-uri":@,"blocked-uri":@,"violated-directive":@,"effective-directive":@,
        "source-file":@,"disposition":@,"script-sample":@,"line-number":@,"status-code":@}}"#),
    (Kind::Security, r#"[@,{"type":"network-error","url":@,"user_agent":@,"body":{"type":@,"phase":@,"method":@,
        "server_ip":"203.0.113.77","message":@,"id":@,"hostname":@}},{"type":"crash","url":@,"body":{"reason":@,"documentURL":@}}]"#),
];

/// What gets far, and what must not. An address alone is missing: as a release it is a version of four parts.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "null", "true", "7", "1800000000.5", "-1", "1e300", "[]", "{}", "\"\"", "\"ok\"", "\"db.query\"",
    "\"4c4d8595b7a74eb698510d0e56465b92\"", "\"aaaaaaaaaaaaaaaa\"", "\"jane.doe@example.org\"",
    "\"https://jane.doe@example.org/jane.doe%40example.org/203.0.113.77?m=jane.doe@example.org#jane.doe@example.org\"",
    "\"by jane.doe@example.org from 203.0.113.77:443\"", "\"SELECT 'jane.doe@example.org\"", "\"jane.doe@example.org 1.2.3\"",
    "[\"jane.doe@example.org\",{\"email\":\"jane.doe@example.org\",\"value\":\"203.0.113.77\"}]",
    "{\"jane.doe@example.org\":\"203.0.113.77\",\"value\":\"jane.doe@example.org\",\"type\":\"string\"}",
];
const MARKERS: [&str; 2] = ["jane.doe", "203.0.113.77"];

proptest! {
    #[test]
    fn whatever_arrives_has_an_outcome_and_nobody_is_in_it(
        values in proptest::collection::vec(proptest::sample::select(VALUES), 40)
    ) {
        let setting = Setting::new();
        for (kind, item) in ITEMS {
            let places = item.split('@').zip(values.iter().cycle());
            let mut text: String = places.map(|(before, value)| format!("{before}{value}")).collect();
            // Behind the last part comes no value.
            text.truncate(text.len() - values[item.matches('@').count() % values.len()].len());
            let telemetry = setting.take(*kind, text.as_bytes());
            prop_assert!(!telemetry.rows.is_empty() || !telemetry.refused.is_empty());
            for row in &telemetry.rows {
                for marker in MARKERS {
                    let found = memchr::memmem::find(row.row(), marker.as_bytes());
                    prop_assert!(found.is_none(), "{kind}: {}", String::from_utf8_lossy(row.row()));
                }
            }
        }
    }
}
