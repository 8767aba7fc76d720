//! Exceptions and their stack traces: what was thrown first, the innermost call first, frames of libraries in a row
//! taken together.

use super::Pairs;
use super::shape::{list_at, pairs_at, text_at, words};
use crate::json::Value;

/// Frames of one trace that are laid out, the innermost.
const FRAMES_MAX: usize = 200;

/// Something that was thrown, or a thread's trace without it.
pub struct Exception {
    pub kind: String,
    pub value: String,
    pub module: String,
    /// How it was caught, e.g. `onunhandledrejection`.
    pub mechanism: String,
    pub handled: Option<bool>,
    /// The innermost call first.
    pub runs: Vec<Run>,
}

/// Frames of the application one by one, those of libraries between them as a whole.
pub enum Run {
    Own(Frame),
    Library(Vec<Frame>),
}

/// A call.
pub struct Frame {
    pub function: String,
    /// Module or file.
    pub place: String,
    /// Where the file was loaded from, if that says more than `place`.
    pub origin: String,
    pub line: String,
    pub column: String,
    pub source: Vec<Line>,
    pub variables: Pairs,
    pub is_own: bool,
}

/// A line of source.
pub struct Line {
    /// `None` if the event does not say.
    pub number: Option<u64>,
    pub text: String,
    /// Whether it happened here.
    pub is_here: bool,
}

impl Frame {
    /// Whether there is anything to unfold.
    pub fn has_details(&self) -> bool {
        !self.source.is_empty() || !self.variables.is_empty() || !self.origin.is_empty()
    }

    /// `file:line:column`, as far as known.
    pub fn spot(&self) -> String {
        let parts = [&self.place, &self.line, &self.column];
        let known: Vec<&str> = parts
            .iter()
            .map(|part| part.as_str())
            .filter(|part| !part.is_empty())
            .collect();
        known.join(":")
    }
}

/// What was thrown and its causes; without that, the event's own trace or that of the thread that crashed.
pub(super) fn exceptions(event: &Value<'_>) -> Vec<Exception> {
    let thrown: Vec<Exception> = list_at(event, "exception")
        .iter()
        .rev()
        .filter_map(exception)
        .collect();
    if !thrown.is_empty() {
        return thrown;
    }
    let threads = list_at(event, "threads");
    let has_crashed = |thread: &&Value<'_>| thread.get("crashed") == Some(&Value::Bool(true));
    let crashed = threads.iter().find(has_crashed).or(threads.first());
    let holders = std::iter::once(event).chain(crashed);
    let traces = holders.map(runs).filter(|runs| !runs.is_empty());
    let nameless = |runs| Exception {
        kind: String::new(),
        value: String::new(),
        module: String::new(),
        mechanism: String::new(),
        handled: None,
        runs,
    };
    traces.take(1).map(nameless).collect()
}

fn exception(value: &Value<'_>) -> Option<Exception> {
    let mechanism = value.get("mechanism");
    let read = Exception {
        kind: text_at(value, "type"),
        value: text_at(value, "value"),
        module: text_at(value, "module"),
        mechanism: mechanism.map_or_else(String::new, |mechanism| text_at(mechanism, "type")),
        handled: match mechanism.and_then(|mechanism| mechanism.get("handled")) {
            Some(Value::Bool(handled)) => Some(*handled),
            _ => None,
        },
        runs: runs(value),
    };
    let is_empty = read.kind.is_empty() && read.value.is_empty() && read.runs.is_empty();
    (!is_empty).then_some(read)
}

/// If no frame is the application's own, the innermost counts as such: there must be something to look at.
fn runs(holder: &Value<'_>) -> Vec<Run> {
    let frames = holder
        .path(&["stacktrace", "frames"])
        .and_then(Value::as_array);
    let frames = frames.unwrap_or_default().iter().rev().take(FRAMES_MAX);
    let mut frames: Vec<Frame> = frames.map(frame).collect();
    if !frames.iter().any(|frame| frame.is_own)
        && let Some(innermost) = frames.first_mut()
    {
        innermost.is_own = true;
    }
    let mut runs = Vec::new();
    for frame in frames {
        match (frame.is_own, runs.last_mut()) {
            (true, _) => runs.push(Run::Own(frame)),
            (false, Some(Run::Library(run))) => run.push(frame),
            (false, _) => runs.push(Run::Library(vec![frame])),
        }
    }
    runs
}

fn frame(frame: &Value<'_>) -> Frame {
    let text = |key| text_at(frame, key);
    let file = [text("filename"), text("abs_path"), text("package")]
        .into_iter()
        .find(|name| !name.is_empty());
    let file = file.unwrap_or_default();
    let module = text("module");
    let place = if module.is_empty() || !file.is_empty() {
        file
    } else {
        module
    };
    let path = text("abs_path");
    Frame {
        function: match text("function") {
            name if name.is_empty() => "?".to_owned(),
            name => name,
        },
        origin: if path == place { String::new() } else { path },
        place,
        line: text("lineno"),
        column: text("colno"),
        source: source(frame),
        variables: pairs_at(frame, "vars"),
        is_own: frame.get("in_app") == Some(&Value::Bool(true)),
    }
}

fn source(frame: &Value<'_>) -> Vec<Line> {
    let Some(here) = frame.str_at("context_line") else {
        return Vec::new();
    };
    let around = |key: &str| -> Vec<String> {
        let lines = frame.get(key).and_then(Value::as_array);
        lines.unwrap_or_default().iter().map(words).collect()
    };
    let (before, after) = (around("pre_context"), around("post_context"));
    let number = match frame.get("lineno") {
        Some(Value::Number(number)) => number.as_u64(),
        _ => None,
    };
    let first = number.and_then(|number| number.checked_sub(before.len() as u64));
    let place = before.len();
    let lines = before.into_iter().chain([here.to_owned()]).chain(after);
    let line = |(index, text)| Line {
        number: first.map(|first| first + index as u64),
        text,
        is_here: index == place,
    };
    lines.enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(event: &str) -> Vec<Exception> {
        exceptions(&serde_json::from_str::<Value<'_>>(event).unwrap())
    }

    #[test]
    fn the_innermost_call_comes_first_and_libraries_are_taken_together() {
        let read = read(
            r#"{"exception":{"values":[{"type":"Cause"},{"type":"E","value":"v","mechanism":{"type":"m","handled":false},
            "stacktrace":{"frames":[{"function":"main","in_app":true},{"function":"a"},{"function":"b"},
            {"function":"f","filename":"x.py","abs_path":"/srv/x.py","lineno":9,"in_app":true,
             "pre_context":["1","2"],"context_line":"3","post_context":["4"]}]}}]}}"#,
        );
        assert_eq!(
            (read[0].kind.as_str(), read[1].kind.as_str()),
            ("E", "Cause")
        );
        assert_eq!(
            (read[0].mechanism.as_str(), read[0].handled),
            ("m", Some(false))
        );
        let [Run::Own(f), Run::Library(between), Run::Own(main)] = read[0].runs.as_slice() else {
            panic!()
        };
        assert_eq!(
            (f.spot().as_str(), f.origin.as_str(), main.function.as_str()),
            ("x.py:9", "/srv/x.py", "main")
        );
        assert_eq!((between.len(), between[0].function.as_str()), (2, "b"));
        let lines: Vec<_> = f
            .source
            .iter()
            .map(|line| (line.number, line.is_here))
            .collect();
        assert_eq!(
            lines,
            [
                (Some(7), false),
                (Some(8), false),
                (Some(9), true),
                (Some(10), false)
            ]
        );
    }

    #[test]
    fn without_exceptions_the_crashed_thread_is_shown() {
        let read = read(
            r#"{"threads":{"values":[{"id":1},{"crashed":true,"stacktrace":{"frames":[{"module":"m","function":""}]}}]}}"#,
        );
        let [Run::Own(frame)] = read[0].runs.as_slice() else {
            panic!()
        };
        assert_eq!((frame.function.as_str(), frame.place.as_str()), ("?", "m"));
    }
}
