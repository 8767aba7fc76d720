//! Breadcrumbs: what went before.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Pairs;
use super::shape::{pairs_at, text_at};
use crate::json::Value;
use crate::time::Timestamp;

/// One step.
pub struct Breadcrumb {
    pub time: Option<Timestamp>,
    pub category: String,
    pub level: String,
    pub message: String,
    pub data: Pairs,
}

impl Breadcrumb {
    pub(super) fn read(crumb: &Value<'_>) -> Self {
        let category = [text_at(crumb, "category"), text_at(crumb, "type")];
        Self {
            time: crumb.get("timestamp").and_then(time),
            category: category
                .into_iter()
                .find(|name| !name.is_empty())
                .unwrap_or_default(),
            level: text_at(crumb, "level"),
            message: text_at(crumb, "message"),
            data: pairs_at(crumb, "data"),
        }
    }

    /// `18:04:31`, in UTC.
    pub fn clock(&self) -> String {
        const CLOCK: std::ops::Range<usize> = 11..19; // in 2026-11-22T18:04:31.000Z
        let text = self.time.map(Timestamp::rfc3339).unwrap_or_default();
        text.get(CLOCK).unwrap_or_default().to_owned()
    }
}

fn time(value: &Value<'_>) -> Option<Timestamp> {
    match value {
        Value::Number(seconds) => {
            Some(Timestamp::from_millis((seconds.as_f64()? * 1_000.0) as i64))
        }
        Value::String(text) => {
            let parse = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
            let time = parse(text).or_else(|| parse(&format!("{text}Z")))?;
            Some(Timestamp::from_millis(
                (time.unix_timestamp_nanos() / 1_000_000) as i64,
            ))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_time() {
        for text in [
            "1795370671.5",
            "\"2026-11-22T18:04:31.500Z\"",
            "\"2026-11-22T18:04:31\"",
        ] {
            let crumb = format!(r#"{{"timestamp":{text},"type":"http"}}"#);
            let crumb = Breadcrumb::read(&serde_json::from_str(&crumb).unwrap());
            assert_eq!(
                (crumb.clock().as_str(), crumb.category.as_str()),
                ("18:04:31", "http")
            );
        }
        assert_eq!(Breadcrumb::read(&Value::Null).clock(), "");
    }
}
