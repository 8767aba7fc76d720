//! Errors of scripts that a Matomo tracker reports: events of `enableJSErrorTracking()` and the parameters `cra…` of crash
//! analytics. They become crash events and take the way of those.

use crate::intake::matomo::{Hit, Param, SCRIPT_ERRORS};
use crate::json::Value;
use crate::outcome::Reason;
use crate::privacy::door::{Door, Sender};
use crate::privacy::pseudonym::Identifier;
use crate::privacy::{Envelope, Raw, Sealed};
use crate::registry::{ObjectionScope, Project};
use crate::time::Timestamp;

/// What names whoever met the error, the first first.
const IDS: [Param; 3] = [Param::UserId, Param::ForcedVisitorId, Param::VisitorId];
/// Lines of a stack that are read.
const FRAMES_MAX: usize = 100;

impl Door {
    /// Seals the error of a script as a crash event. Whoever objects to either is left out.
    pub(super) fn script_error(
        &self,
        hit: &Hit<'_>,
        project: &Project,
        sender: &Sender<'_>,
        now: Timestamp,
    ) -> Result<Sealed, Reason> {
        let ids = IDS.into_iter().filter_map(|param| hit.get(param));
        let mut keys = ids.map(|id| project.secret.pseudonym(Identifier::User, id));
        let objected = |key, scope| project.objections.holds(scope, key);
        if keys.any(|key| {
            ObjectionScope::ALL
                .iter()
                .any(|scope| objected(key, *scope))
        }) {
            return Err(Reason::Objected);
        }
        let mut event = Vec::with_capacity(1024);
        crash_event(hit, super::way::page_address(hit, sender)).write(&mut event);
        let event = Raw::new(event.as_slice());
        // A hit states it in a way of its own, and was asked.
        let envelope = Envelope {
            has_consent: true,
            ..Envelope::default()
        };
        self.crash(&event, &Raw::new(envelope), project, sender, now)
            .map(|(_, sealed)| sealed)
    }
}

/// The hit in the shape that Sentry's clients send.
fn crash_event<'h>(hit: &'h Hit<'_>, page: &'h str) -> Value<'h> {
    let is_event = hit.get(Param::EventCategory) == Some(SCRIPT_ERRORS);
    let message = match is_event {
        true => hit.text(Param::EventName),
        false => hit.text(Param::CrashMessage),
    };
    let (kind, value) = match hit.text(Param::CrashType) {
        "" => type_and_value(message),
        kind => (kind, message),
    };
    let mut frames: Vec<_> = frames(hit.text(Param::CrashStack)).collect();
    if frames.is_empty() {
        frames.extend(match is_event {
            true => frame("", hit.text(Param::EventAction)),
            false => Some(stated_frame(hit)),
        });
    }
    // The innermost call comes last.
    frames.reverse();
    let exception = object([
        ("type", kind.into()),
        ("value", value.into()),
        (
            "mechanism",
            object([("type", "onerror".into()), ("handled", Value::Bool(false))]),
        ),
        ("stacktrace", object([("frames", Value::Array(frames))])),
    ]);
    object([
        ("platform", "javascript".into()),
        ("logger", hit.text(Param::CrashCategory).into()),
        (
            "exception",
            object([("values", Value::Array(vec![exception]))]),
        ),
        ("request", object([("url", page.into())])),
        ("user", object([("id", affected(hit).into())])),
        ("sdk", object([("name", "matomo.js".into())])),
    ])
}

/// The account, else the browser, so that its holder can ask for the report and object to it.
fn affected<'h>(hit: &'h Hit<'_>) -> &'h str {
    let mut ids = IDS.into_iter().filter_map(|param| hit.get(param));
    ids.find(|id| !id.is_empty()).unwrap_or("")
}

fn object<'h, const N: usize>(members: [(&'h str, Value<'h>); N]) -> Value<'h> {
    let is_given = |value: &Value<'_>| value.as_str() != Some("");
    Value::Object(
        members
            .into_iter()
            .filter(|(_, value)| is_given(value))
            .map(|(key, value)| (key.into(), value))
            .collect(),
    )
}

/// `Uncaught TypeError: x is undefined` into `TypeError` and `x is undefined`.
fn type_and_value(message: &str) -> (&str, &str) {
    let message = message.strip_prefix("Uncaught ").unwrap_or(message);
    let is_type = |name: &str| {
        (name.ends_with("Error") || name.ends_with("Exception"))
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    match message.split_once(": ") {
        Some((kind, value)) if is_type(kind) => (kind, value),
        _ => ("Error", message),
    }
}

/// The calls of a stack as browsers print it, innermost first.
fn frames(stack: &str) -> impl Iterator<Item = Value<'_>> {
    stack.lines().filter_map(frame_of_line).take(FRAMES_MAX)
}

/// `    at pay (https://example.org/shop.js:10:5)` or `pay@https://example.org/shop.js:10:5`.
fn frame_of_line(line: &str) -> Option<Value<'_>> {
    let line = line.trim();
    if let Some(call) = line.strip_prefix("at ") {
        return match call.rsplit_once(" (") {
            Some((function, place)) => frame(function, place.trim_end_matches(')')),
            None => frame("", call),
        };
    }
    let (function, place) = line.split_once('@')?;
    frame(function, place)
}

/// A frame whose place ends with `:line` or `:line:column`.
fn frame<'h>(function: &'h str, place: &'h str) -> Option<Value<'h>> {
    let (rest, last) = place.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    let (file, line, column) = match rest
        .rsplit_once(':')
        .map(|(file, line)| (file, line.parse::<u32>()))
    {
        Some((file, Ok(line))) => (file, line, Some(last)),
        _ => (rest, last, None),
    };
    Some(call(function, file, Some(line), column))
}

fn stated_frame<'h>(hit: &'h Hit<'_>) -> Value<'h> {
    let number = |param| hit.integer(param).and_then(|n| u32::try_from(n).ok());
    call(
        "",
        hit.text(Param::CrashSource),
        number(Param::CrashLine),
        number(Param::CrashColumn),
    )
}

fn call<'h>(function: &'h str, file: &'h str, line: Option<u32>, column: Option<u32>) -> Value<'h> {
    let number = |n: Option<u32>| n.map_or(Value::Null, |n| Value::Number(n.into()));
    object([
        ("function", function.into()),
        ("filename", file.into()),
        ("lineno", number(line)),
        ("colno", number(column)),
        ("in_app", Value::Bool(true)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames_of(query: &str) -> Vec<(String, String, String)> {
        let hit = Hit::read(query, "");
        let event = crash_event(&hit, "");
        let values = event
            .path(&["exception", "values"])
            .and_then(Value::as_array)
            .unwrap();
        let frames = values[0]
            .path(&["stacktrace", "frames"])
            .and_then(Value::as_array)
            .unwrap();
        let text = |frame: &Value<'_>, key| super::super::commerce::scalar(frame.get(key));
        frames
            .iter()
            .map(|frame| {
                (
                    text(frame, "function"),
                    text(frame, "filename"),
                    text(frame, "lineno"),
                )
            })
            .collect()
    }

    fn own(function: &str, file: &str, line: &str) -> (String, String, String) {
        (function.to_owned(), file.to_owned(), line.to_owned())
    }

    #[test]
    fn types_are_found_in_messages() {
        assert_eq!(
            type_and_value("Uncaught TypeError: x is undefined"),
            ("TypeError", "x is undefined")
        );
        assert_eq!(type_and_value("Script error."), ("Error", "Script error."));
        assert_eq!(type_and_value("Note: odd"), ("Error", "Note: odd"));
    }

    #[test]
    fn an_event_names_the_place_in_its_action() {
        let query = "e_c=JavaScript+Errors&e_a=https://example.org/a.js:10:5&e_n=x";
        assert_eq!(
            frames_of(query),
            [own("", "https://example.org/a.js", "10")]
        );
    }

    #[test]
    fn stacks_of_both_families_of_browsers() {
        let expected = [
            own("", "https://example.org/a.js", "9"),
            own("pay", "https://example.org/a.js", "1"),
        ];
        let chrome =
            "Error: x%0A at pay (https://example.org/a.js:1:2)%0A at https://example.org/a.js:9:9";
        assert_eq!(frames_of(&format!("cra=x&cra_st={chrome}")), expected);
        let firefox = "pay@https://example.org/a.js:1:2%0A@https://example.org/a.js:9:9";
        assert_eq!(frames_of(&format!("cra=x&cra_st={firefox}")), expected);
        assert_eq!(
            frames_of("cra=x&cra_ru=https://example.org/a.js&cra_rl=7"),
            [own("", "https://example.org/a.js", "7")]
        );
    }
}
