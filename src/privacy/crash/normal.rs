//! One shape for what SDKs of fifteen years write in many: names, lists, tags, levels, platforms.
//!
//! Runs before the scrubber, so that the scrubber meets every part under the name by which it knows it.

use std::borrow::Cow;

use super::template;
use crate::json::Value;

/// Old clients' names of the parts of an event, behind `sentry.interfaces.`.
const INTERFACES: [(&str, &str); 10] = [
    ("Exception", "exception"),
    ("Message", "logentry"),
    ("Http", "request"),
    ("Stacktrace", "stacktrace"),
    ("User", "user"),
    ("Threads", "threads"),
    ("Breadcrumbs", "breadcrumbs"),
    ("Contexts", "contexts"),
    ("Template", "template"),
    ("DebugMeta", "debug_meta"),
];

/// Sentry's platforms, those that SDKs still name.
#[rustfmt::skip]
const PLATFORMS: [&str; 26] = [
    "as3", "c", "cfml", "clojure", "cocoa", "csharp", "dart", "elixir", "erlang", "flutter", "go", "groovy", "haskell",
    "java", "javascript", "kotlin", "lua", "native", "node", "objc", "perl", "php", "python", "ruby", "rust", "scala",
];

/// Brings a raw event into the shape that everything behind works on. `client` is what the request says of the SDK.
pub(super) fn normalise(event: &mut Value<'_>, client: &str) {
    let Value::Object(members) = event else {
        return;
    };
    for (key, _) in members.iter_mut() {
        if let Some(name) = key.strip_prefix("sentry.interfaces.")
            && let Some((_, current)) = INTERFACES.iter().find(|(old, _)| *old == name)
        {
            *key = Cow::Borrowed(current);
        }
    }
    message(event);
    for key in ["exception", "threads", "breadcrumbs"] {
        if let Some(list) = event.get_mut(key) {
            into_values(list);
        }
    }
    for exception in values_mut(event, "exception") {
        normalise_exception(exception);
    }
    tags(event);
    for key in [
        "release",
        "dist",
        "environment",
        "transaction",
        "culprit",
        "logger",
    ] {
        if let Some(value @ (Value::Number(_) | Value::Bool(_))) = event.get_mut(key) {
            *value = Value::from(template::text(value));
        }
    }
    // The oldest clients name the place in their own words.
    if is_missing(event, "transaction") && !is_missing(event, "culprit") {
        move_member(event, "culprit", "transaction");
    }
    fingerprint(event);
    let level = level(event.get("level"));
    event.set("level", Value::from(level));
    let platform = platform(event.str_at("platform").unwrap_or_default());
    event.set("platform", Value::from(platform));
    sdk(event, client);
}

/// One of Sentry's five levels, from its name or from a number as Python's loggers have it.
pub(super) fn level(value: Option<&Value<'_>>) -> &'static str {
    let number = match value {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    if let Some(number) = number {
        return match number {
            50.0.. => "fatal",
            40.0.. => "error",
            30.0.. => "warning",
            20.0.. => "info",
            _ => "debug",
        };
    }
    let name = value.and_then(Value::as_str).unwrap_or_default();
    match name.to_ascii_lowercase().as_str() {
        "fatal" | "critical" => "fatal",
        "warning" | "warn" => "warning",
        "info" | "log" => "info",
        "debug" | "trace" | "sample" => "debug",
        _ => "error",
    }
}

/// One of Sentry's platforms, `other` for any other name.
pub(super) fn platform(name: &str) -> &'static str {
    PLATFORMS
        .into_iter()
        .find(|platform| platform.eq_ignore_ascii_case(name))
        .unwrap_or("other")
}

/// A message as text stays one; template and parameters become an entry with the message filled in.
fn message(event: &mut Value<'_>) {
    if matches!(event.get("message"), Some(Value::Object(_))) {
        match is_missing(event, "logentry") {
            true => move_member(event, "message", "logentry"),
            false => drop(event.remove("message")),
        }
    }
    let Some(entry) = event.get_mut("logentry") else {
        return;
    };
    if let Value::String(text) = entry {
        let formatted = Value::String(std::mem::take(text));
        *entry = Value::Object(vec![("formatted".into(), formatted)]);
    }
    if !is_missing(entry, "formatted") {
        return;
    }
    let parameters = entry.get("params").filter(|params| **params != Value::Null);
    let message = entry.str_at("message").zip(parameters);
    if let Some(message) = message.and_then(|(text, params)| template::filled(text, params)) {
        entry.set("formatted", Value::from(message));
    }
}

/// `[…]`, `{"values":[…]}` or a single object, as `{"values":[…]}` without what is no object.
fn into_values(list: &mut Value<'_>) {
    let mut items = match std::mem::replace(list, Value::Null) {
        Value::Array(items) => items,
        mut single @ Value::Object(_) => match single.remove("values") {
            Some(Value::Array(items)) => items,
            Some(_) => return,
            None => vec![single],
        },
        _ => return,
    };
    items.retain(|item| matches!(item, Value::Object(_)));
    *list = Value::Object(vec![("values".into(), Value::Array(items))]);
}

fn values_mut<'e, 'a>(event: &'e mut Value<'a>, key: &str) -> &'e mut [Value<'a>] {
    match event.get_mut(key).and_then(|list| list.get_mut("values")) {
        Some(Value::Array(items)) => items,
        _ => &mut [],
    }
}

/// What was thrown need not be text, and some clients write `Type: value` in one.
fn normalise_exception(exception: &mut Value<'_>) {
    for key in ["type", "value"] {
        match exception.get_mut(key) {
            None | Some(Value::Null | Value::String(_)) => {}
            Some(value) => *value = Value::from(template::text(value)),
        }
    }
    if !is_missing(exception, "type") {
        return;
    }
    let is_type = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
    };
    let split = exception
        .str_at("value")
        .and_then(|text| text.split_once(": "));
    if let Some((name, value)) = split.filter(|(name, _)| is_type(name)) {
        let (name, value) = (name.to_owned(), value.to_owned());
        exception.set("type", Value::from(name));
        exception.set("value", Value::from(value));
    }
}

/// A map, whether they came as a map, as pairs or as objects with `key` and `value`; every value a text.
fn tags(event: &mut Value<'_>) {
    let mut tags = match event.remove("tags") {
        Some(Value::Object(members)) => members,
        Some(Value::Array(pairs)) => pairs.into_iter().filter_map(pair).collect(),
        _ => Vec::new(),
    };
    if let Some(site @ Value::String(_)) = event.remove("site") {
        tags.push(("site".into(), site));
    }
    tags.retain(|(_, value)| matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)));
    for (_, value) in &mut tags {
        if !matches!(value, Value::String(_)) {
            *value = Value::from(template::text(value));
        }
    }
    for key in ["environment", "release"] {
        if is_missing(event, key)
            && let Some(at) = tags.iter().position(|(name, _)| name == key)
        {
            event.set(key, tags.remove(at).1);
        }
    }
    if !tags.is_empty() {
        event.set("tags", Value::Object(tags));
    }
}

fn pair<'a>(pair: Value<'a>) -> Option<(Cow<'a, str>, Value<'a>)> {
    let (key, value) = match pair {
        Value::Array(items) => <[Value<'a>; 2]>::try_from(items).ok()?.into(),
        mut object => (object.remove("key")?, object.remove("value")?),
    };
    match key {
        Value::String(name) => Some((name, value)),
        _ => None,
    }
}

/// A list of texts. The oldest clients grouped by a checksum of their own.
fn fingerprint(event: &mut Value<'_>) {
    let checksum = event.remove("checksum");
    let parts = match event.remove("fingerprint") {
        Some(Value::Array(parts)) => parts,
        Some(single @ (Value::String(_) | Value::Number(_))) => vec![single],
        _ => checksum.into_iter().collect(),
    };
    let mut parts: Vec<_> = parts
        .into_iter()
        .filter(|part| *part != Value::Null)
        .collect();
    for part in &mut parts {
        if !matches!(part, Value::String(_)) {
            *part = Value::from(template::text(part));
        }
    }
    if !parts.is_empty() {
        event.set("fingerprint", Value::Array(parts));
    }
}

/// The SDK's name and version, from the request if the event does not say: `raven-js/3.27.2`.
fn sdk(event: &mut Value<'_>, client: &str) {
    if event.path(&["sdk", "name"]).is_some() {
        return;
    }
    let client = client.split_whitespace().next().unwrap_or_default();
    let (name, version) = client.split_once('/').unwrap_or((client, ""));
    if name.is_empty() {
        return;
    }
    let mut named = match event.remove("sdk") {
        Some(sdk @ Value::Object(_)) => sdk,
        _ => Value::Object(Vec::new()),
    };
    named.set("name", Value::from(name.to_owned()));
    named.set("version", Value::from(version.to_owned()));
    event.set("sdk", named);
}

fn is_missing(event: &Value<'_>, key: &str) -> bool {
    match event.get(key) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(_) => false,
    }
}

fn move_member<'a>(event: &mut Value<'a>, from: &str, to: &'a str) {
    if let Some(value) = event.remove(from) {
        event.set(to, value);
    }
}

#[cfg(test)]
mod tests;
