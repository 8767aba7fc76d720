//! The client's own word on what belongs together.
//!
//! Parts are texts, numbers or truth values. `{{ default }}` stands for what Mayfly would have done without it, other
//! variables for a fact of the event, by the names that Sentry documents
//! (<https://docs.sentry.io/concepts/data-management/event-grouping/fingerprint-rules/#variables>).

use std::borrow::Cow;

use super::key::{Key, Part};
use super::reason::Reason;
use crate::json::Value;
use crate::privacy::crash::facts::Facts;

/// Parts that are looked at.
const PARTS_MAX: usize = 64;
/// Bytes of one part.
const PART_BYTES_MAX: usize = 256;

/// Writes the fingerprint. False if the event has none, or none that says more than "as you would".
pub(super) fn write(
    event: &Value<'_>,
    facts: &Facts<'_>,
    reason: &Reason<'_>,
    key: &mut Key,
) -> bool {
    let parts = match event.get("fingerprint") {
        Some(Value::Array(parts)) => parts.as_slice(),
        Some(single @ Value::String(_)) => std::slice::from_ref(single),
        _ => return false,
    };
    let parts = &parts[..parts.len().min(PARTS_MAX)];
    if parts.iter().all(says_nothing) {
        return false;
    }
    for (at, part) in parts.iter().enumerate() {
        let text = text(part);
        let resolved = match variable(&text) {
            Some("default") => {
                key.say(if at > 0 { " + " } else { "" });
                reason.write(key);
                continue;
            }
            Some(name) => fact(name, event, facts, reason).unwrap_or(Cow::Borrowed(text.as_ref())),
            // Some applications repeat the message, numbers and all.
            None if is_message(&text, facts) => Cow::Owned(parameterised(&text, facts, reason)),
            None => Cow::Borrowed(text.as_ref()),
        };
        let cut = &resolved[..resolved.floor_char_boundary(PART_BYTES_MAX)];
        key.part(Part::Fingerprint, " + ", cut);
    }
    true
}

fn says_nothing(part: &Value<'_>) -> bool {
    match part {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty() || variable(text) == Some("default"),
        _ => false,
    }
}

/// A number is the same as its text.
fn text<'e>(part: &'e Value<'_>) -> Cow<'e, str> {
    match part {
        Value::String(text) => Cow::Borrowed(text),
        other => {
            let mut text = Vec::new();
            other.write(&mut text);
            Cow::Owned(String::from_utf8_lossy(&text).into_owned())
        }
    }
}

/// `{{ name }}` → `name`.
fn variable(part: &str) -> Option<&str> {
    let name = part.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    (!name.contains(['{', '}', ' '])).then_some(name)
}

fn is_message(part: &str, facts: &Facts<'_>) -> bool {
    !part.is_empty() && (part == facts.exception_value() || part == facts.message())
}

/// A message without what varies, whether it was thrown or logged.
fn parameterised(text: &str, facts: &Facts<'_>, reason: &Reason<'_>) -> String {
    let is_thrown = text == facts.exception_value();
    let kind = if is_thrown {
        facts.exception_type()
    } else {
        ""
    };
    reason.parameterised(kind, text)
}

/// What a variable stands for, `None` if there is no such variable.
fn fact<'e>(
    name: &str,
    event: &'e Value<'_>,
    facts: &Facts<'e>,
    reason: &'e Reason<'_>,
) -> Option<Cow<'e, str>> {
    let text = |key| facts.text(key).unwrap_or("");
    let message = || match facts.message() {
        "" => facts.exception_value(),
        message => message,
    };
    let frame = |keys: [&str; 2]| {
        let own = |f: &&Value<'_>| f.get("in_app") == Some(&Value::Bool(true));
        let innermost = facts
            .frames()
            .iter()
            .rev()
            .find(own)
            .or(facts.frames().last());
        keys.iter()
            .find_map(|key| innermost.and_then(|frame| frame.str_at(key)))
            .unwrap_or("")
    };
    let fact = match name {
        "transaction" | "level" | "logger" | "release" | "environment" | "platform" => text(name),
        "type" | "error.type" => facts.exception_type(),
        "value" | "error.value" => {
            return Some(parameterised(facts.exception_value(), facts, reason).into());
        }
        "message" => return Some(parameterised(message(), facts, reason).into()),
        "raw_value" | "error.raw_value" => facts.exception_value(),
        "raw_message" => message(),
        "function" | "stack.function" => reason.function().unwrap_or(""),
        "module" | "stack.module" => frame(["module", "module"]),
        "path" | "abs_path" | "stack.abs_path" => frame(["abs_path", "filename"]),
        "filename" | "stack.filename" => frame(["filename", "abs_path"]),
        "package" | "stack.package" => {
            let package = frame(["package", "package"]);
            package.rsplit(['/', '\\']).next().unwrap_or(package)
        }
        "sdk" => event
            .path(&["sdk", "name"])
            .and_then(Value::as_str)
            .unwrap_or(""),
        _ => {
            let tag = name.strip_prefix("tags.")?;
            let tags = facts.tags().into_iter();
            return Some(
                tags.rev()
                    .find(|(key, _)| *key == tag)
                    .map_or("".into(), |(_, value)| value),
            );
        }
    };
    Some(Cow::Borrowed(fact))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::grouping::{Grouping, group};
    use crate::registry::ProjectId;

    fn grouped(fingerprint: &str, value: &str) -> Grouping {
        let text = format!(
            r#"{{"fingerprint":{fingerprint},"transaction":"/cart","tags":{{"region":"eu"}},
            "exception":[{{"type":"E","value":"{value}"}}]}}"#
        );
        let event: Value<'_> = serde_json::from_str(&text).unwrap();
        group(ProjectId::new(1), &event, &Facts::of(&event))
    }

    #[test]
    fn it_decides_alone() {
        let id = |fingerprint, value| grouped(fingerprint, value).id;
        assert_eq!(id(r#"["db"]"#, "a"), id(r#"["db"]"#, "b"));
        assert_eq!(id(r#"["db"]"#, "a"), id(r#""db""#, "b"));
        assert_eq!(id(r#"["db",1]"#, "a"), id(r#"["db","1"]"#, "a"));
        assert_ne!(id(r#"["db",1]"#, "a"), id(r#"["db",2]"#, "a"));
        assert_ne!(id(r#"["ab","c"]"#, "a"), id(r#"["a","bc"]"#, "a"));
    }

    #[test]
    fn the_default_is_what_would_have_been() {
        let id = |fingerprint, value| grouped(fingerprint, value).id;
        for nothing in [
            r#"["{{ default }}"]"#,
            r#"["{{default}}"]"#,
            "[]",
            "null",
            r#"[null,""]"#,
            "{}",
        ] {
            assert_eq!(id(nothing, "a"), id("null", "a"), "{nothing}");
            assert_eq!(grouped(nothing, "a").basis, "exception");
        }
        assert_ne!(
            id(r#"["{{ default }}","x"]"#, "a"),
            id(r#"["{{ default }}","x"]"#, "b")
        );
        assert_ne!(id(r#"["{{ default }}","x"]"#, "a"), id("null", "a"));
    }

    #[test]
    fn variables_are_expanded() {
        assert_eq!(
            grouped(r#"["{{ transaction }}","{{ type }}"]"#, "a").key,
            "/cart + E"
        );
        assert_eq!(
            grouped(r#"["{{ tags.region }}","{{ tags.none }}"]"#, "a").key,
            "eu + "
        );
        assert_eq!(grouped(r#"["{{ value }}"]"#, "order 7").key, "order *");
        assert_eq!(grouped(r#"["{{ raw_value }}"]"#, "order 7").key, "order 7");
        assert_eq!(grouped(r#"["order 7"]"#, "order 7").key, "order *");
        assert_eq!(grouped(r#"["{{ unheard }}"]"#, "a").key, "{{ unheard }}");
        assert_eq!(grouped(r#"["x","{{ default }}"]"#, "a").key, "x + E: a");
    }
}
