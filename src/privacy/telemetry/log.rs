//! Log lines: a container of many becomes a row each.
//! <https://develop.sentry.dev/sdk/telemetry/logs/>

use std::borrow::Cow;

use super::attributes::{self, Attributes};
use super::{Arrival, Telemetry, environment, hex_id, one_of, text};
use crate::json::Value;
use crate::limits::{LOG_BODY_BYTES_MAX, LOGS_MAX};
use crate::outcome::{Kind, Reason};
use crate::privacy::crash::facts::scalar;
use crate::privacy::door::Door;
use crate::privacy::row::row;
use crate::privacy::scrub::Findings;
use crate::privacy::sealed::Shape;

row! {
    /// A row of `logs`; the columns are explained in `schemas/`.
    LogRow<'a> {
        project_id: u32,
        received_at: i64,
        expires_at: u32,
        occurred_at: i64,
        level: &'static str,
        body: &'a str,
        trace_id: String,
        span_id: String,
        release: &'a str,
        environment: &'a str,
        sdk_name: &'a str,
        sdk_version: &'a str,
        attributes: Vec<(&'a str, Cow<'a, str>)>,
        scrubbed: Vec<(&'static str, u16)>,
    }
}

const LEVELS: [&str; 6] = ["trace", "debug", "info", "warn", "error", "fatal"];

impl Door {
    /// `{"items": [{"timestamp": …, "level": …, "body": …, "attributes": …}, …]}`
    pub(super) fn logs(
        &self,
        mut container: Value<'_>,
        arrival: &Arrival<'_>,
        out: &mut Telemetry,
    ) {
        let Some(Value::Array(lines)) = container.remove("items") else {
            return;
        };
        for line in out.limited(Kind::Log, lines, LOGS_MAX) {
            match line.get("body").and_then(scalar).map(Cow::into_owned) {
                Some(body) => self.log(line, body, arrival, out),
                None => out.refuse(Kind::Log, Reason::ItemInvalid, 1),
            }
        }
    }

    fn log(&self, mut line: Value<'_>, body: String, arrival: &Arrival<'_>, out: &mut Telemetry) {
        let level = level(&line);
        let occurred_at = arrival.time(line.get("timestamp"));
        let trace_id = hex_id(line.get("trace_id"), 32);
        let mut attributes = Attributes::of(line.remove("attributes"));
        let user = attributes.take_user();
        if let Some(reason) = arrival.leaves_out(user.as_ref(), attributes.take_consent()) {
            return out.refuse(Kind::Log, reason, 1);
        }
        let span_id = line
            .remove("span_id")
            .or_else(|| attributes.take("sentry.trace.parent_span_id"));
        // They are columns already.
        for key in ["sentry.severity_number", "sentry.severity_text"] {
            attributes.take(key);
        }
        let members = [
            ("body", Some(Value::from(body))),
            ("release", attributes.take("sentry.release")),
            ("environment", attributes.take("sentry.environment")),
            ("sdk_name", attributes.take("sentry.sdk.name")),
            ("sdk_version", attributes.take("sentry.sdk.version")),
            ("user", user),
            ("attributes", attributes.into_value(self.mask)),
        ];
        let (tree, scrubbed) = self.scrub_members(members, arrival, Findings::default());
        let body = tree.str_at("body").unwrap_or("");
        let row = LogRow {
            project_id: arrival.project_id(),
            received_at: arrival.now.millis(),
            expires_at: arrival.expires_at(),
            occurred_at: occurred_at.millis(),
            level,
            body: &body[..body.floor_char_boundary(LOG_BODY_BYTES_MAX)],
            trace_id,
            span_id: hex_id(span_id.as_ref(), 16),
            release: text(&tree, "release"),
            environment: environment(&tree),
            sdk_name: text(&tree, "sdk_name"),
            sdk_version: text(&tree, "sdk_version"),
            attributes: attributes::pairs(&tree),
            scrubbed,
        };
        out.store(Shape::Log, Kind::Log, arrival, |bytes| row.encode(bytes));
    }
}

/// The level by name, else by OpenTelemetry's number: four to a level, from 1 for `trace`.
fn level(line: &Value<'_>) -> &'static str {
    let name = line.str_at("level").unwrap_or("").to_ascii_lowercase();
    let name = if name == "warning" { "warn" } else { &name };
    one_of(&LEVELS, name).unwrap_or_else(|| match line.get("severity_number") {
        Some(Value::Number(number)) => {
            let number = number.as_u64().unwrap_or(9).clamp(1, 24);
            LEVELS[(number as usize - 1) / 4]
        }
        _ => "info",
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::Setting;
    use super::*;

    #[test]
    fn a_container_becomes_a_row_each() {
        let text = r#"{"version":2,"items":[
            {"timestamp":1799999999.5,"level":"warn","body":"user eve@example.net failed, as evelyn knows",
             "trace_id":"4c4d8595b7a74eb698510d0e56465b92","attributes":{
                "user.name":{"value":"evelyn","type":"string"},"client.address":{"value":"203.0.113.5","type":"string"},
                "sentry.trace.parent_span_id":{"value":"4c4d8595b7a74eb6","type":"string"},
                "sentry.release":{"value":"shop@1.4.2","type":"string"},"code.line.number":{"value":48,"type":"integer"},
                "logger.name":{"value":"shop","type":"string"},"thread.name":{"value":"MainThread","type":"string"},
                "sentry.sdk.name":{"value":"sentry.python.flask","type":"string"},
                "sentry.sdk.version":{"value":"2.75.0","type":"string"},"server.address":{"value":"vm","type":"string"},
                "sentry.severity_text":{"value":"warn","type":"string"}}},
            {"body":"plain","severity_number":21},{"body":[]},null]}"#;
        let setting = Setting::new();
        let telemetry = setting.take(Kind::Log, text.as_bytes());
        assert_eq!(telemetry.refused, [(Kind::Log, Reason::ItemInvalid, 1); 2]);
        let [first, second] = &telemetry.rows[..] else {
            panic!("two rows")
        };
        let mut read = setting.read(first);
        assert_eq!(read.number::<4>(), 1);
        assert_eq!(read.number::<8>(), 1_800_000_000_000);
        read.number::<4>();
        assert_eq!(read.number::<8>(), 1_799_999_999_500);
        assert_eq!(read.text(), "warn");
        assert_eq!(read.text(), "user [email] failed, as [user] knows");
        assert_eq!(read.text(), "4c4d8595b7a74eb698510d0e56465b92");
        assert_eq!(read.text(), "4c4d8595b7a74eb6");
        assert_eq!(read.text(), "shop@1.4.2");
        assert_eq!(read.text(), "production");
        assert_eq!(read.text(), "sentry.python.flask");
        assert_eq!(read.text(), "2.75.0");
        let attributes = [
            ("client.address", "203.0.113.0"),
            ("code.line.number", "48"),
            ("logger.name", "shop"),
            ("thread.name", "MainThread"),
        ];
        assert_eq!(
            read.texts(),
            attributes.map(|(key, text)| (key.into(), text.into()))
        );
        assert!(read.counts().contains(&("email".to_owned(), 1)));

        let mut read = setting.read(second);
        read.number::<4>();
        read.number::<8>();
        read.number::<4>();
        assert_eq!(read.number::<8>(), 1_800_000_000_000, "now");
        assert_eq!(
            (read.text(), read.text()),
            ("fatal".to_owned(), "plain".to_owned())
        );
    }

    #[test]
    fn lines_beyond_the_limit_are_refused_and_counted() {
        let lines = vec!["{\"body\":\"a\"}"; LOGS_MAX + 5].join(",");
        let text = format!("{{\"items\":[{lines}]}}");
        let telemetry = Setting::new().take(Kind::Log, text.as_bytes());
        assert_eq!(telemetry.rows.len(), LOGS_MAX);
        assert_eq!(telemetry.refused, [(Kind::Log, Reason::ItemBeyondLimit, 5)]);
    }
}
