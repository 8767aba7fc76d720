//! The rules of version 1, unchanged, so that groups which began under them are found again.
//!
//! The client's fingerprint decides, else the stack trace (in-app frames, no line numbers), else type and
//! parameterised message.

use std::borrow::Cow;

use ring::digest::{Context, SHA256};

use crate::json::Value;
use crate::privacy::crash::facts::Facts;
use crate::privacy::pseudonym::leading_u64;
use crate::registry::ProjectId;

const RULES_VERSION: u8 = 1;
/// Innermost frames that a key looks at.
const FRAMES_MAX: usize = 30;
/// Bytes of one part of a client's fingerprint.
const PART_BYTES_MAX: usize = 256;
/// The client's word for "as you would have grouped it".
const DEFAULT_PART: &str = "{{ default }}";

/// The group of a scrubbed event.
pub(super) fn group_id(project: ProjectId, event: &Value<'_>, facts: &Facts<'_>) -> u64 {
    let mut key = Key(Context::new(&SHA256));
    key.part(&[RULES_VERSION]);
    key.part(&project.get().to_be_bytes());
    match event.get("fingerprint").and_then(Value::as_array) {
        Some(parts) if !parts.is_empty() => {
            for part in parts.iter().map(fingerprint_part) {
                if is_default(&part) {
                    key.automatic(event, facts);
                } else {
                    key.part(part[..part.floor_char_boundary(PART_BYTES_MAX)].as_bytes());
                }
            }
        }
        _ => key.automatic(event, facts),
    }
    leading_u64(key.0.finish().as_ref())
}

/// A digest over length-prefixed parts.
struct Key(Context);

impl Key {
    fn part(&mut self, bytes: &[u8]) {
        self.0.update(&(bytes.len() as u64).to_be_bytes());
        self.0.update(bytes);
    }

    fn automatic(&mut self, event: &Value<'_>, facts: &Facts<'_>) {
        let tokens = frame_tokens(facts.frames());
        if tokens.is_empty() {
            self.part(facts.exception_type().as_bytes());
            let text = match facts.exception_value() {
                "" => message_template(event).unwrap_or(facts.message()),
                value => value,
            };
            self.part(parameterised(first_lines(text)).as_bytes());
        } else {
            for exception in facts.exceptions() {
                self.part(exception.str_at("type").unwrap_or("").as_bytes());
            }
            for token in tokens {
                self.part(token.as_bytes());
            }
        }
    }
}

fn fingerprint_part<'a>(part: &'a Value<'_>) -> Cow<'a, str> {
    match part {
        Value::String(text) => Cow::Borrowed(text),
        other => {
            let mut text = Vec::new();
            other.write(&mut text);
            Cow::Owned(String::from_utf8_lossy(&text).into_owned())
        }
    }
}

fn is_default(part: &str) -> bool {
    part == DEFAULT_PART || part == "{{default}}"
}

fn message_template<'a>(event: &'a Value<'_>) -> Option<&'a str> {
    event.path(&["logentry", "message"]).and_then(Value::as_str)
}

/// `module:function` of the frames that are the application's own, or of all if none is.
fn frame_tokens(frames: &[Value<'_>]) -> Vec<String> {
    let in_app = |frame: &&Value<'_>| frame.get("in_app") == Some(&Value::Bool(true));
    let own: Vec<_> = frames.iter().filter(in_app).collect();
    let chosen = if own.is_empty() {
        frames.iter().collect()
    } else {
        own
    };
    let mut tokens: Vec<String> = chosen
        .into_iter()
        .map(frame_token)
        .filter(|token| token != ":")
        .collect();
    tokens.dedup();
    let surplus = tokens.len().saturating_sub(FRAMES_MAX);
    tokens.split_off(surplus)
}

fn frame_token(frame: &Value<'_>) -> String {
    let place = match frame.str_at("module").filter(|module| !module.is_empty()) {
        Some(module) => module.to_owned(),
        None => file_token(
            frame
                .str_at("filename")
                .or(frame.str_at("abs_path"))
                .unwrap_or(""),
        ),
    };
    format!(
        "{place}:{}",
        function_token(frame.str_at("function").unwrap_or(""))
    )
}

/// `app.3f9c2e1d.js` and `app.77aa00bc.js` are the same file of two builds.
fn file_token(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let segment = |text: &str| {
        let is_hash = text.len() >= 8
            && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            && text.bytes().any(|byte| byte.is_ascii_digit());
        if is_hash {
            "*".to_owned()
        } else {
            text.to_lowercase()
        }
    };
    name.split('.')
        .map(|part| part.split('-').map(segment).collect::<Vec<_>>().join("-"))
        .collect::<Vec<_>>()
        .join(".")
}

fn function_token(function: &str) -> &str {
    const NAMELESS: &[&str] = &[
        "",
        "?",
        "<anonymous>",
        "Anonymous function",
        "anonymous",
        "eval",
        "[native code]",
    ];
    // Rust's `::h0123456789abcdef`, C++ parameters.
    let function = match function.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            name
        }
        _ => function,
    };
    let function = function.split('(').next().unwrap_or_default();
    // `Object.onClick` and `onClick` are one function in different browsers.
    let last = match function.rsplit_once('.') {
        Some((_, last)) if !last.is_empty() => last,
        _ => function,
    };
    if NAMELESS.contains(&last) { "" } else { last }
}

/// The first two lines that are not empty: what follows is usually data.
fn first_lines(text: &str) -> String {
    text.lines()
        .filter(|line| !line.trim().is_empty())
        .take(2)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Words with digits or placeholders become `*`: ids, dates, addresses, counts.
fn parameterised(text: String) -> String {
    text.split(char::is_whitespace)
        .map(|word| {
            let varies = word
                .bytes()
                .any(|byte| byte.is_ascii_digit() || byte == b'[');
            if varies { "*" } else { word }
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that version 1 gave.
    #[test]
    fn numbers_stay_as_they_were() {
        for (event, id) in [
            (STACK, 9_218_752_502_136_940_145),
            (
                r#"{"exception":[{"type":"Timeout","value":"order 4711 took 30s"}]}"#,
                17_604_870_471_741_307_752,
            ),
            (
                r#"{"fingerprint":["db",1,"{{ default }}"],"message":"lost"}"#,
                15_253_244_392_952_984_089,
            ),
        ] {
            let event: Value<'_> = serde_json::from_str(event).unwrap();
            assert_eq!(group_id(ProjectId::new(1), &event, &Facts::of(&event)), id);
        }
    }

    const STACK: &str = r#"{"exception":[{"type":"TypeError","value":"x","stacktrace":{"frames":[
        {"filename":"https://example.org/app.3f9c2e1d.js","function":"Object.onClick","lineno":7,"in_app":true},
        {"filename":"https://example.org/app.3f9c2e1d.js","function":"total","in_app":true}]}}]}"#;
}
