//! Log messages that came as a template and its parameters: `user %s left` and `["4711"]`.

use crate::json::Value;

/// A longer message is not put together; template and parameters are kept anyway.
const MESSAGE_BYTES_MAX: usize = 8 * 1024;

/// The message, with `%s`, `%(name)s`, `{}`, `{0}` and `{name}` filled in, or nothing if it becomes too long.
pub(super) fn filled(template: &str, parameters: &Value<'_>) -> Option<String> {
    let mut message = String::with_capacity(template.len() + 64);
    let (mut rest, mut position) = (template, 0);
    while let Some(start) = rest.find(['%', '{']) {
        message.push_str(&rest[..start]);
        rest = &rest[start..];
        let (length, name) = placeholder(rest).unwrap_or((1, None));
        let (mark, behind) = rest.split_at(length);
        let parameter = match name {
            None => None,
            Some("") => {
                position += 1;
                parameter(parameters, position - 1)
            }
            Some(name) => match name.parse() {
                Ok(index) => parameter(parameters, index),
                Err(_) => parameters.get(name).map(text),
            },
        };
        match parameter {
            Some(text) => message.push_str(&text),
            None => message.push_str(mark),
        }
        rest = behind;
        if message.len() > MESSAGE_BYTES_MAX {
            return None;
        }
    }
    message.push_str(rest);
    (message.len() <= MESSAGE_BYTES_MAX).then_some(message)
}

/// Length of the mark at the start of `text`, and the name of its parameter; empty for the next one.
fn placeholder(text: &str) -> Option<(usize, Option<&str>)> {
    let is_name = |name: &str| {
        let mut characters = name.chars();
        characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
    };
    if let Some(rest) = text.strip_prefix("%(") {
        let (name, behind) = rest.split_once(')')?;
        let is_mark = is_name(name) && behind.starts_with(['s', 'd', 'r', 'i', 'f']);
        return is_mark.then_some((name.len() + 4, Some(name)));
    }
    if let Some(rest) = text.strip_prefix('%') {
        let is_mark = rest.starts_with(['s', 'd', 'r', 'i', 'f', 'x', 'o', 'j', 'O']);
        return is_mark.then_some((2, Some("")));
    }
    let (name, _) = text.strip_prefix('{')?.split_once('}')?;
    is_name(name).then_some((name.len() + 2, Some(name)))
}

fn parameter(parameters: &Value<'_>, index: usize) -> Option<String> {
    parameters.as_array()?.get(index).map(text)
}

/// A value as a logger would print it.
pub(super) fn text(value: &Value<'_>) -> String {
    match value {
        Value::String(text) => text.clone().into_owned(),
        other => {
            let mut json = Vec::new();
            other.write(&mut json);
            String::from_utf8(json).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(template: &str, parameters: &str) -> String {
        let parameters: Value<'_> = serde_json::from_str(parameters).unwrap();
        filled(template, &parameters).unwrap_or_else(|| "too long".to_owned())
    }

    #[test]
    fn every_style_of_placeholder() {
        assert_eq!(
            fill("user %s left after %d s", r#"["a",7]"#),
            "user a left after 7 s"
        );
        assert_eq!(
            fill("%(who)s and %(what)s", r#"{"who":"a"}"#),
            "a and %(what)s"
        );
        assert_eq!(
            fill("{} and {1} and {name}", r#"["a","b"]"#),
            "a and b and {name}"
        );
        assert_eq!(fill("{name}: {{x}}", r#"{"name":true}"#), "true: {{x}}");
        assert_eq!(fill("100 % {", r#"["a"]"#), "100 % {");
        assert_eq!(fill("%s %s", r#"["a"]"#), "a %s");
        assert_eq!(fill("%(ü)s {ü} %", r#"{"ü":1}"#), "%(ü)s {ü} %");
    }

    #[test]
    fn a_message_does_not_explode() {
        let parameters = format!(r#"{{"a":"{}"}}"#, "x".repeat(1_000));
        assert_eq!(fill(&"{a}".repeat(100_000), &parameters), "too long");
    }
}
