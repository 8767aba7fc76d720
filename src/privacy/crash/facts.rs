//! Reads what is queried out of a Sentry event, whatever shape its client gave it.

use std::borrow::Cow;

use super::normal;
use crate::json::Value;
use crate::time::Timestamp;

/// Views into one event, found once.
pub(in crate::privacy) struct Facts<'e> {
    event: &'e Value<'e>,
    exceptions: &'e [Value<'e>],
    frames: &'e [Value<'e>],
}

impl<'e> Facts<'e> {
    /// Finds exceptions and frames.
    pub fn of(event: &'e Value<'_>) -> Self {
        let exceptions = list_at(event, "exception");
        let frames = exceptions
            .iter()
            .rev()
            .find_map(frames_of)
            .or_else(|| frames_of(event))
            .or_else(|| crashed_thread(event).and_then(frames_of))
            .unwrap_or(&[]);
        Self {
            event,
            exceptions,
            frames,
        }
    }

    /// Outermost cause first; the last is what was thrown.
    pub fn exceptions(&self) -> &'e [Value<'e>] {
        self.exceptions
    }

    /// Outermost call first.
    pub fn frames(&self) -> &'e [Value<'e>] {
        self.frames
    }

    fn main_exception(&self) -> Option<&'e Value<'e>> {
        self.exceptions
            .iter()
            .rev()
            .find(|e| e.str_at("type").is_some() || e.get("value").is_some())
    }

    pub fn exception_type(&self) -> &'e str {
        self.main_exception()
            .and_then(|e| e.str_at("type"))
            .unwrap_or("")
    }

    pub fn exception_value(&self) -> &'e str {
        self.main_exception()
            .and_then(|e| e.str_at("value"))
            .unwrap_or("")
    }

    /// The message of an event without exception.
    pub fn message(&self) -> &'e str {
        let entry = self.event.get("logentry").or(self.event.get("message"));
        entry
            .and_then(|entry| {
                let formatted = entry.str_at("formatted").filter(|text| !text.is_empty());
                formatted.or(entry.str_at("message")).or(entry.as_str())
            })
            .unwrap_or("")
    }

    /// Whether nothing caught it, as far as the client says.
    pub fn unhandled(&self) -> bool {
        self.exceptions
            .iter()
            .any(|e| e.path(&["mechanism", "handled"]) == Some(&Value::Bool(false)))
    }

    /// Where it happened: the transaction, else the `innermost` call of the application.
    pub fn culprit<'c>(&self, innermost: &'c str) -> &'c str
    where
        'e: 'c,
    {
        let transaction = self.text("transaction");
        transaction
            .filter(|text| !text.is_empty())
            .unwrap_or(innermost)
    }

    /// A string member of the event.
    pub fn text(&self, key: &str) -> Option<&'e str> {
        self.event.str_at(key)
    }

    /// One of Sentry's five levels.
    pub fn level(&self) -> &'static str {
        normal::level(self.event.get("level"))
    }

    /// One of Sentry's platforms.
    pub fn platform(&self) -> &'static str {
        normal::platform(self.text("platform").unwrap_or_default())
    }

    /// Name and version of a member of `contexts`, e.g. `browser`.
    pub fn context(&self, name: &str) -> Option<(&'e str, &'e str)> {
        let context = self.event.path(&["contexts", name])?;
        Some((
            context.str_at("name")?,
            context.str_at("version").unwrap_or(""),
        ))
    }

    /// Tags as pairs, whether they came as a map, as pairs or as objects.
    pub fn tags(&self) -> Vec<(&'e str, Cow<'e, str>)> {
        match self.event.get("tags") {
            Some(Value::Object(members)) => members
                .iter()
                .filter_map(|(key, value)| Some((key.as_ref(), scalar(value)?)))
                .collect(),
            Some(Value::Array(items)) => items.iter().filter_map(tag_pair).collect(),
            _ => Vec::new(),
        }
    }

    /// When the client says it happened.
    pub fn occurred_at(&self) -> Option<Timestamp> {
        time_of(self.event.get("timestamp")?)
    }
}

/// A time as clients write it: seconds since 1970, as number or text, or RFC 3339.
pub(in crate::privacy) fn time_of(value: &Value<'_>) -> Option<Timestamp> {
    match value {
        Value::Number(seconds) => seconds.as_f64().map(Timestamp::from_fractional_seconds),
        Value::String(text) => Timestamp::parse(text),
        _ => None,
    }
}

/// `key` as a list: `[…]`, `{"values":[…]}`, or a single object.
fn list_at<'e>(event: &'e Value<'_>, key: &str) -> &'e [Value<'e>] {
    match event.get(key) {
        Some(Value::Array(items)) => items,
        Some(single @ Value::Object(_)) => match single.get("values") {
            Some(values) => values.as_array().unwrap_or(&[]),
            None => std::slice::from_ref(single),
        },
        _ => &[],
    }
}

fn frames_of<'e>(holder: &'e Value<'_>) -> Option<&'e [Value<'e>]> {
    let frames = holder.path(&["stacktrace", "frames"])?.as_array()?;
    (!frames.is_empty()).then_some(frames)
}

/// The thread that crashed, or the only one.
fn crashed_thread<'e>(event: &'e Value<'_>) -> Option<&'e Value<'e>> {
    let threads = list_at(event, "threads");
    let crashed = threads
        .iter()
        .find(|t| t.get("crashed") == Some(&Value::Bool(true)));
    crashed.or(if threads.len() == 1 {
        threads.first()
    } else {
        None
    })
}

fn tag_pair<'e>(item: &'e Value<'_>) -> Option<(&'e str, Cow<'e, str>)> {
    match item {
        Value::Array(pair) => match pair.as_slice() {
            [key, value] => Some((key.as_str()?, scalar(value)?)),
            _ => None,
        },
        _ => Some((item.str_at("key")?, scalar(item.get("value")?)?)),
    }
}

/// A text, number or truth value as text.
pub(in crate::privacy) fn scalar<'e>(value: &'e Value<'_>) -> Option<Cow<'e, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Bool(b) => Some(Cow::Borrowed(if *b { "true" } else { "false" })),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_a_list() {
        for exception in [
            r#"[{"type":"A"},{"type":"B"}]"#,
            r#"{"values":[{"type":"A"},{"type":"B"}]}"#,
            r#"{"type":"B"}"#,
            r#"[{"type":"B"},null]"#,
        ] {
            let text = format!(r#"{{"exception":{exception}}}"#);
            let event: Value<'_> = serde_json::from_str(&text).unwrap();
            assert_eq!(Facts::of(&event).exception_type(), "B");
        }
    }

    #[test]
    fn every_shape_of_tags() {
        for tags in [r#"{"a":1}"#, r#"[["a",1]]"#, r#"[{"key":"a","value":1}]"#] {
            let text = format!(r#"{{"tags":{tags}}}"#);
            let event: Value<'_> = serde_json::from_str(&text).unwrap();
            assert_eq!(Facts::of(&event).tags(), [("a", Cow::Borrowed("1"))]);
        }
    }

    #[test]
    fn every_spelling_of_a_time() {
        for time in [
            "1795319587.5",
            r#""2026-11-22T03:53:07.500Z""#,
            r#""2026-11-22T03:53:07.5""#,
            r#""2026-11-22T04:53:07.500+01:00""#,
            r#""1795319587.5""#,
        ] {
            let text = format!(r#"{{"timestamp":{time}}}"#);
            let event: Value<'_> = serde_json::from_str(&text).unwrap();
            let millis = Facts::of(&event).occurred_at().map(Timestamp::millis);
            assert_eq!(millis, Some(1_795_319_587_500), "{time}");
        }
    }

    #[test]
    fn frames_come_from_the_exception_the_event_or_the_crashed_thread() {
        let frames = r#""stacktrace":{"frames":[{"function":"f","module":"m"}]}"#;
        for text in [
            format!(r#"{{"exception":[{{"type":"E",{frames}}}]}}"#),
            format!("{{{frames}}}"),
            format!(r#"{{"threads":{{"values":[{{"id":1}},{{"crashed":true,{frames}}}]}}}}"#),
        ] {
            let event: Value<'_> = serde_json::from_str(&text).unwrap();
            let frames = Facts::of(&event).frames();
            assert_eq!(frames[0].str_at("function"), Some("f"), "{text}");
        }
    }
}
