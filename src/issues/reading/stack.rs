//! Exceptions and their stack traces: what was thrown first, the innermost call first, frames of libraries in a row
//! taken together.

use super::Pairs;
use super::shape::{list_at, pairs_at, text_at, words};
use crate::json::Value;
use crate::privacy::own_frames;

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
    /// Class or module, unless function or file say it.
    pub module: String,
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

    /// The function with its class or module.
    pub fn name(&self) -> String {
        match self.module.as_str() {
            "" => self.function.clone(),
            module => format!("{module}.{}", self.function),
        }
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

/// What was thrown and its causes. If none of it has a trace, the event's own or that of the thread that crashed is
/// shown with what was thrown, or alone.
pub(super) fn exceptions(event: &Value<'_>) -> Vec<Exception> {
    let platform = event.str_at("platform").unwrap_or_default();
    let mut thrown: Vec<Exception> = list_at(event, "exception")
        .iter()
        .rev()
        .filter_map(|value| exception(value, platform))
        .collect();
    if thrown.iter().any(|thrown| !thrown.runs.is_empty()) {
        return thrown;
    }
    let threads = list_at(event, "threads");
    let has_crashed = |thread: &&Value<'_>| thread.get("crashed") == Some(&Value::Bool(true));
    // Of several threads none of which crashed, none is where something was thrown.
    let any = threads
        .first()
        .filter(|_| thrown.is_empty() || threads.len() == 1);
    let crashed = threads.iter().find(has_crashed).or(any);
    let holders = std::iter::once(event).chain(crashed);
    let trace = holders
        .map(|holder| runs(holder, platform))
        .find(|runs| !runs.is_empty());
    match (thrown.first_mut(), trace) {
        (Some(thrown), Some(trace)) => thrown.runs = trace,
        (None, Some(runs)) => thrown.push(Exception {
            kind: String::new(),
            value: String::new(),
            module: String::new(),
            mechanism: String::new(),
            handled: None,
            runs,
        }),
        (_, None) => {}
    }
    thrown
}

fn exception(value: &Value<'_>, platform: &str) -> Option<Exception> {
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
        runs: runs(value, platform),
    };
    let is_empty = read.kind.is_empty() && read.value.is_empty() && read.runs.is_empty();
    (!is_empty).then_some(read)
}

/// Whose a frame is, is decided as it is for groups: what is open is what made the group.
fn runs(holder: &Value<'_>, platform: &str) -> Vec<Run> {
    let frames = holder
        .path(&["stacktrace", "frames"])
        .and_then(Value::as_array);
    let frames = frames.unwrap_or_default().iter().rev().take(FRAMES_MAX);
    let frames: Vec<&Value<'_>> = frames.collect();
    let own = own_frames(platform, &frames);
    let mut runs = Vec::new();
    for (value, is_own) in frames.into_iter().zip(own) {
        let frame = frame(value, is_own);
        match (frame.is_own, runs.last_mut()) {
            (true, _) => runs.push(Run::Own(frame)),
            (false, Some(Run::Library(run))) => run.push(frame),
            (false, _) => runs.push(Run::Library(vec![frame])),
        }
    }
    runs
}

fn frame(frame: &Value<'_>, is_own: bool) -> Frame {
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
        module: match text("module") {
            module if is_told(&module, &text("function"), &place) => String::new(),
            module => module,
        },
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
        is_own,
    }
}

/// Whether `shop.cart` is known from `shop.cart.total` or `/srv/shop/cart.py`. A class of Java is not known from its file.
fn is_told(module: &str, function: &str, place: &str) -> bool {
    let stem = place.rsplit_once('.').map_or(place, |(stem, _)| stem);
    let of_file = stem.replace(['/', '\\'], ".");
    place == module || function.starts_with(module) || of_file.ends_with(module)
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
            "stacktrace":{"frames":[{"function":"main","in_app":true},{"function":"a","in_app":false},{"function":"b","in_app":false},
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
    fn an_exception_without_a_trace_has_that_of_the_crashed_thread() {
        let read = read(
            r#"{"exception":[{"type":"Cause"},{"type":"SIGABRT"}],"threads":[{"id":1,"stacktrace":{"frames":[{"function":"wait"}]}},
            {"crashed":true,"stacktrace":{"frames":[{"function":"total"}]}}]}"#,
        );
        let [Run::Own(frame)] = read[0].runs.as_slice() else {
            panic!()
        };
        assert_eq!(
            (read[0].kind.as_str(), frame.function.as_str()),
            ("SIGABRT", "total")
        );
        assert!(read.len() == 2 && read[1].runs.is_empty());
    }

    #[test]
    fn what_is_open_is_what_made_the_group() {
        let read = read(
            r#"{"platform":"native","exception":[{"type":"SIGABRT","stacktrace":{"frames":[
            {"function":"total","package":"/srv/shop"},{"function":"abort"},{"function":"__pthread_kill"}]}}]}"#,
        );
        let [Run::Library(machinery), Run::Own(total)] = read[0].runs.as_slice() else {
            panic!()
        };
        assert_eq!((machinery.len(), total.function.as_str()), (2, "total"));
    }

    #[test]
    fn the_class_is_shown_where_the_file_does_not_say_it() {
        for (frame, name, spot) in [
            (
                r#"{"function":"run","module":"org.example.shop.Service","filename":"Service.java","lineno":33}"#,
                "org.example.shop.Service.run",
                "Service.java:33",
            ),
            (
                r#"{"function":"run","module":"shop.cart","filename":"shop/cart.py"}"#,
                "run",
                "shop/cart.py",
            ),
            (
                r#"{"function":"shop.cart.run","module":"shop.cart","filename":"a.go"}"#,
                "shop.cart.run",
                "a.go",
            ),
            (r#"{"function":"run","module":"m"}"#, "run", "m"),
        ] {
            let read = super::frame(&serde_json::from_str(frame).unwrap(), true);
            assert_eq!((read.name().as_str(), read.spot().as_str()), (name, spot));
        }
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
