//! Clean strings as frames of a stack trace hold them: this program's own lines, paths, functions and modules.

use std::path::Path;

use mayfly::json;
use mayfly::privacy::scrub::{Findings, Scrubber};

/// Rooms whose sources hold samples of personal data.
const WITH_SAMPLES: [&str; 1] = ["privacy/scrub"];

/// What samples are made of: a line with one is not clean.
const SAMPLES: [&str; 7] = [
    "example.",
    "192.0.2.",
    "198.51.100.",
    "203.0.113.",
    "2001:",
    "fe80:",
    "+49 30 901820",
];

/// A string of a frame.
pub struct Clean {
    /// The frame's member that holds it.
    key: &'static str,
    pub text: String,
}

impl Clean {
    /// What the scrubber makes of it, if that is something else.
    pub fn changed(&self, scrubber: &Scrubber) -> Option<String> {
        let text = serde_json::to_string(&self.text).expect("a text");
        let event = format!(
            r#"{{"stacktrace":{{"frames":[{{"{}":{text}}}]}}}}"#,
            self.key
        );
        let mut scratch = Vec::new();
        let mut tree = json::parse(event.as_bytes(), &mut scratch).ok()?;
        scrubber.event(&mut tree, &|_| String::new(), &mut Findings::default());
        let after = serde_json::to_string(&tree).expect("a tree");
        (after != event).then_some(after)
    }
}

/// Every line of code, path, function and module, without the tests.
pub fn strings() -> Vec<Clean> {
    let mut strings = Vec::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    collect(&sources, &sources, &mut strings);
    strings
}

fn collect(directory: &Path, sources: &Path, strings: &mut Vec<Clean>) {
    for entry in std::fs::read_dir(directory).expect("the sources") {
        let path = entry.expect("an entry").path();
        let name = path.strip_prefix(sources).expect("below the sources");
        let name = name.to_str().expect("a name").to_owned();
        if WITH_SAMPLES.iter().any(|room| name.contains(room)) || name.contains("tests") {
            continue;
        }
        if path.is_dir() {
            collect(&path, sources, strings);
        } else if name.ends_with(".rs") || name.ends_with(".js") {
            let text = std::fs::read_to_string(&path).expect("a source");
            add(&name, &text, strings);
        }
    }
}

fn add(name: &str, text: &str, strings: &mut Vec<Clean>) {
    let mut push = |key, text: String| strings.push(Clean { key, text });
    push("abs_path", format!("/srv/build/mayfly/src/{name}"));
    let module = name.trim_end_matches(".rs").replace('/', "::");
    push("module", format!("mayfly::{module}"));
    // What follows holds samples.
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let clean = |line: &&str| {
        !line.trim().is_empty() && !SAMPLES.iter().any(|sample| line.contains(sample))
    };
    for line in code.lines().filter(clean) {
        push("context_line", line.to_owned());
        let function = line
            .split_once("fn ")
            .and_then(|(_, rest)| rest.split(['(', '<']).next());
        if let Some(function) = function {
            push(
                "function",
                format!("mayfly::{module}::{function}::{{{{closure}}}}"),
            );
        }
    }
}
