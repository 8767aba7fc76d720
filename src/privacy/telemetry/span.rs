//! Transactions and spans, kept lean: what took how long and how it ended. No tags, no request, no measurements.
//! <https://develop.sentry.dev/sdk/telemetry/traces/>

use std::borrow::Cow;

use super::attributes::Attributes;
use super::{Arrival, Telemetry, environment, hex_id, milliseconds, names, one_of, text};
use crate::json::Value;
use crate::limits::SPANS_MAX;
use crate::outcome::{Kind, Reason};
use crate::privacy::door::Door;
use crate::privacy::row::row;
use crate::privacy::scrub::{Findings, Scrubber};
use crate::privacy::sealed::Shape;
use crate::time::Timestamp;

row! {
    /// A row of `spans`; the columns are explained in `schemas/`.
    SpanRow<'a> {
        project_id: u32,
        received_at: i64,
        expires_at: u32,
        started_at: i64,
        is_transaction: u8,
        name: &'a str,
        op: &'a str,
        description: &'a str,
        status: &'static str,
        duration_ms: f64,
        trace_id: String,
        span_id: String,
        parent_span_id: String,
        release: &'a str,
        environment: &'a str,
        sdk_name: &'a str,
        scrubbed: Vec<(&'static str, u16)>,
    }
}

/// How an operation can end: gRPC's codes as OpenTelemetry names them, and the two states of newer spans.
const STATUSES: [&str; 19] = [
    "ok",
    "error",
    "cancelled",
    "unknown",
    "unknown_error",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal_error",
    "unavailable",
    "data_loss",
    "unauthenticated",
];

/// What spans of one item have in common, not yet scrubbed.
#[derive(Default)]
struct Shared<'v> {
    release: Option<Value<'v>>,
    environment: Option<Value<'v>>,
    sdk_name: Option<Value<'v>>,
    user: Option<Value<'v>>,
}

/// One span: its facts, and its texts, not yet scrubbed.
struct Span<'v> {
    /// What it counts as: a streamed span that is the root of a transaction came as a span.
    kind: Kind,
    is_transaction: bool,
    started_at: i64,
    duration_ms: f64,
    status: &'static str,
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    name: Option<Value<'v>>,
    op: Option<Value<'v>>,
    description: Option<Value<'v>>,
}

impl Door {
    /// A transaction: itself, and the spans in it.
    pub(super) fn transaction(
        &self,
        mut event: Value<'_>,
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        let trace = event
            .get_mut("contexts")
            .and_then(|all| all.remove("trace"));
        let Some(mut root) = trace.and_then(|trace| Span::of(trace, arrival)) else {
            return;
        };
        root.kind = Kind::Transaction;
        root.is_transaction = true;
        root.name = event.remove("transaction");
        (root.started_at, root.duration_ms) = times(&event, arrival);
        let mut spans = vec![root];
        if let Some(Value::Array(children)) = event.remove("spans") {
            for child in out.limited(Kind::Span, children, SPANS_MAX) {
                match Span::of(child, arrival) {
                    Some(span) => spans.push(span),
                    None => out.refuse(Kind::Span, Reason::ItemInvalid, 1),
                }
            }
        }
        let shared = Shared {
            release: event.remove("release"),
            environment: event.remove("environment"),
            sdk_name: event.get_mut("sdk").and_then(|sdk| sdk.remove("name")),
            user: event.remove("user"),
        };
        self.seal_spans(shared, spans, arrival, out);
    }

    /// Spans on their own: one, or `{"items": […]}` of the newer form.
    pub(super) fn spans(&self, mut item: Value<'_>, arrival: &Arrival<'_>, out: &mut Telemetry) {
        let spans = match item.remove("items") {
            Some(Value::Array(items)) => out.limited(Kind::Span, items, SPANS_MAX),
            Some(_) => return,
            None => vec![item],
        };
        for mut span in spans {
            let mut attributes = Attributes::of(span.remove("attributes").or(span.remove("data")));
            let mut either = |one, other| attributes.take(one).or_else(|| attributes.take(other));
            let shared = Shared {
                release: either("sentry.release", "release"),
                environment: either("sentry.environment", "environment"),
                sdk_name: attributes.take("sentry.sdk.name"),
                user: attributes.take_user(),
            };
            let has_consent = attributes.take_consent();
            if let Some(reason) = arrival.leaves_out(shared.user.as_ref(), has_consent) {
                out.refuse(Kind::Span, reason, 1);
                continue;
            }
            let op = attributes.take("sentry.op");
            let description = attributes.take("sentry.description");
            match Span::of(span, arrival) {
                Some(mut span) => {
                    span.op = span.op.or(op);
                    span.description = span.description.or(description);
                    self.seal_spans(shared, vec![span], arrival, out);
                }
                None => out.refuse(Kind::Span, Reason::ItemInvalid, 1),
            }
        }
    }

    fn seal_spans(
        &self,
        shared: Shared<'_>,
        mut spans: Vec<Span<'_>>,
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        let mut findings = Findings::default();
        let scrubber = self.scrubber_of(arrival.project);
        let texts = spans
            .iter_mut()
            .map(|span| span.texts(&scrubber, &mut findings));
        let texts = Value::Array(texts.collect());
        let members = [
            ("release", shared.release),
            ("environment", shared.environment),
            ("sdk_name", shared.sdk_name),
            ("user", shared.user),
            ("spans", Some(texts)),
        ];
        let (tree, mut scrubbed) = self.scrub_members(members, arrival, findings);
        let texts = tree.get("spans").and_then(Value::as_array);
        for (span, texts) in spans.into_iter().zip(texts.unwrap_or_default()) {
            let op = text(texts, "op");
            let [name, description] = ["name", "description"].map(|key| match is_database(op) {
                // After scrubbing, never before: without its digits an identifier is not recognised.
                true => Cow::Owned(names::statement(text(texts, key))),
                false => Cow::Borrowed(text(texts, key)),
            });
            let row = SpanRow {
                project_id: arrival.project_id(),
                received_at: arrival.now.millis(),
                expires_at: arrival.expires_at(),
                started_at: span.started_at,
                is_transaction: u8::from(span.is_transaction),
                name: &name,
                op,
                description: &description,
                status: span.status,
                duration_ms: span.duration_ms,
                trace_id: span.trace_id,
                span_id: span.span_id,
                parent_span_id: span.parent_span_id,
                release: text(&tree, "release"),
                environment: environment(&tree),
                sdk_name: text(&tree, "sdk_name"),
                // Counted for the item, stated with its first span.
                scrubbed: std::mem::take(&mut scrubbed),
            };
            out.store(Shape::Span, span.kind, arrival, |bytes| row.encode(bytes));
        }
    }
}

fn is_database(op: &str) -> bool {
    op == "db" || op.starts_with("db.")
}

impl<'v> Span<'v> {
    /// The texts of the span as a tree to be scrubbed; routes have lost what they were called with.
    fn texts(&mut self, scrubber: &Scrubber, findings: &mut Findings) -> Value<'v> {
        let op = self.op.take();
        let is_database = is_database(op.as_ref().and_then(Value::as_str).unwrap_or(""));
        let mut clean = |value: Option<Value<'v>>| match value {
            Some(Value::String(text)) if !is_database => {
                let operation = names::operation(&text, scrubber, findings);
                Some(Value::from(operation))
            }
            value => value.filter(|value| value.as_str().is_some()),
        };
        let members = [
            ("name", clean(self.name.take())),
            ("description", clean(self.description.take())),
            ("op", op),
        ];
        let given = members.into_iter();
        let given = given.filter_map(|(key, value)| Some((Cow::Borrowed(key), value?)));
        Value::Object(given.collect())
    }

    /// Reads a span of either form; none without the ids that every span has.
    fn of(mut span: Value<'v>, arrival: &Arrival<'_>) -> Option<Self> {
        let trace_id = hex_id(span.get("trace_id"), 32);
        let span_id = hex_id(span.get("span_id"), 16);
        if trace_id.is_empty() || span_id.is_empty() {
            return None;
        }
        let (started_at, duration_ms) = times(&span, arrival);
        // sentry-sdk for Python before 2 states it as a tag.
        let tag = span.path(&["tags", "status"]).and_then(Value::as_str);
        let status = span.str_at("status").or(tag).unwrap_or("");
        Some(Self {
            kind: Kind::Span,
            is_transaction: span.get("is_segment") == Some(&Value::Bool(true)),
            started_at,
            duration_ms,
            status: one_of(&STATUSES, status).unwrap_or(""),
            trace_id,
            span_id,
            parent_span_id: hex_id(span.get("parent_span_id"), 16),
            name: span.remove("name"),
            op: span.remove("op"),
            description: span.remove("description"),
        })
    }
}

/// When it began, in milliseconds since 1970, and how long it took.
fn times(span: &Value<'_>, arrival: &Arrival<'_>) -> (i64, f64) {
    let start = span.get("start_timestamp");
    let end = span.get("timestamp").or(span.get("end_timestamp"));
    let duration_ms = match (seconds(start), seconds(end)) {
        (Some(start), Some(end)) => ((end - start) * 1_000.0).max(0.0),
        _ => milliseconds(span.get("duration")).unwrap_or(0.0),
    };
    // Microseconds are as fine as clients measure; what lies behind is the rounding of their clocks' numbers.
    let duration_ms = (duration_ms * 1_000.0).round() / 1_000.0;
    (arrival.time(start).millis(), duration_ms)
}

/// Seconds since 1970 with all their fractions.
fn seconds(value: Option<&Value<'_>>) -> Option<f64> {
    match value? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => Timestamp::fractional_seconds(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Setting;
    use super::*;

    const TRACE: &str = "\"trace_id\":\"4c4d8595b7a74eb698510d0e56465b92\"";

    /// is_transaction name | op | description | status duration_ms span parent release environment sdk
    fn stored(setting: &Setting, telemetry: &Telemetry) -> Vec<String> {
        let rows = telemetry.rows.iter();
        rows.map(|row| {
            let mut read = setting.read(row);
            read.number::<4>();
            read.number::<8>();
            read.number::<4>();
            assert_eq!(read.number::<8>(), 1_799_999_990_000);
            let is_transaction = read.number::<1>();
            let (name, op, description) = (read.text(), read.text(), read.text());
            let (status, duration) = (read.text(), read.float());
            assert_eq!(read.text().len(), 32);
            let rest = [(); 5].map(|()| read.text()).join(" ");
            format!("{is_transaction} {name}|{op}|{description}|{status} {duration} {rest}")
        })
        .collect()
    }

    #[test]
    fn a_transaction_becomes_itself_and_its_spans() {
        let text = format!(
            r#"{{"type":"transaction","transaction":"GET /users/4711","start_timestamp":1799999990.0,
            "timestamp":1799999990.25,"release":"shop@1.4.2","environment":"staging","sdk":{{"name":"sentry.python"}},
            "user":{{"username":"evelyn"}},"request":{{"cookies":"a=b"}},
            "contexts":{{"trace":{{{TRACE},"span_id":"aaaaaaaaaaaaaaaa","op":"http.server","status":"ok"}}}},"spans":[
            {{{TRACE},"span_id":"bbbbbbbbbbbbbbbb","parent_span_id":"aaaaaaaaaaaaaaaa","op":"db.sql.query","tags":{{"status":"aborted"}},
              "description":"SELECT a FROM t WHERE mail = 'jane@example.org'","start_timestamp":1799999990.0,
              "timestamp":1799999990.0105}},
            {{{TRACE},"span_id":"cccccccccccccccc","op":"http.client","start_timestamp":"2027-01-15T07:59:50Z",
              "timestamp":"2027-01-15T07:59:50.000250Z","description":"GET https://example.org/hello/evelyn?q=1","status":"not_found"}},
            {{"span_id":"cccccccccccccccc"}}]}}"#
        );
        let setting = Setting::new();
        let telemetry = setting.take(Kind::Transaction, text.as_bytes());
        assert_eq!(
            stored(&setting, &telemetry),
            [
                "1 GET /users/[id]|http.server||ok 250 aaaaaaaaaaaaaaaa  shop@1.4.2 staging sentry.python",
                "0 |db.sql.query|SELECT a FROM t WHERE mail = ?|aborted 10.5 bbbbbbbbbbbbbbbb aaaaaaaaaaaaaaaa \
                 shop@1.4.2 staging sentry.python",
                "0 |http.client|GET example.org/hello/[user]|not_found 0.25 cccccccccccccccc  \
                 shop@1.4.2 staging sentry.python",
            ]
        );
        let kinds: Vec<_> = telemetry.rows.iter().map(|row| row.kind()).collect();
        assert_eq!(kinds, [Kind::Transaction, Kind::Span, Kind::Span]);
        assert_eq!(telemetry.refused, [(Kind::Span, Reason::ItemInvalid, 1)]);
    }

    #[test]
    fn spans_on_their_own_in_both_forms() {
        let setting = Setting::new();
        let old = format!(
            r#"{{{TRACE},"span_id":"aaaaaaaaaaaaaaaa","op":"ui.interaction.click","description":"button.pay",
            "start_timestamp":1799999990,"timestamp":1799999990.1,"data":{{"release":"web@3.1.0","environment":"prod"}}}}"#
        );
        let telemetry = setting.take(Kind::Span, old.as_bytes());
        assert_eq!(
            stored(&setting, &telemetry),
            ["0 |ui.interaction.click|button.pay| 100 aaaaaaaaaaaaaaaa  web@3.1.0 prod "]
        );
        let new = format!(
            r#"{{"items":[{{{TRACE},"span_id":"aaaaaaaaaaaaaaaa","name":"GET /a","status":"error","is_segment":true,
            "start_timestamp":1799999990,"end_timestamp":1799999992,"attributes":{{
            "sentry.op":{{"value":"http.server","type":"string"}},"sentry.release":{{"value":"web@3.1.0","type":"string"}},
            "sentry.sdk.name":{{"value":"sentry.javascript.node","type":"string"}}}}}},{{}}]}}"#
        );
        let telemetry = setting.take(Kind::Span, new.as_bytes());
        assert_eq!(
            stored(&setting, &telemetry),
            [
                "1 GET /a|http.server||error 2000 aaaaaaaaaaaaaaaa  web@3.1.0 production sentry.javascript.node"
            ]
        );
        assert_eq!(telemetry.rows[0].kind(), Kind::Span);
        assert_eq!(telemetry.refused, [(Kind::Span, Reason::ItemInvalid, 1)]);
    }
}
