//! An event as Markdown, for a ticket or a chat.

use std::fmt::Write;

use super::{Exception, Frame, Reading, Run};

/// Steps before the crash that are told.
const STEPS_MAX: usize = 20;

/// `facts` stand below the title: name and value.
pub fn markdown(title: &str, facts: &[(&str, String)], reading: &Reading) -> String {
    let mut text = format!("## {title}\n\n");
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        // Writing into memory cannot fail, here and below.
        let _ = writeln!(text, "- **{name}:** {value}");
    }
    if !reading.message.is_empty() {
        let _ = write!(text, "\n{}\n", fenced(&reading.message));
    }
    for exception in &reading.exceptions {
        let _ = write!(text, "\n{}\n", fenced(&trace(exception)));
    }
    let steps = &reading.breadcrumbs[reading.breadcrumbs.len().saturating_sub(STEPS_MAX)..];
    if !steps.is_empty() {
        text.push('\n');
    }
    for step in steps {
        let data = step
            .data
            .iter()
            .map(|(name, value)| format!("{name}={value}"));
        let parts = [step.clock(), step.category.clone(), step.message.clone()];
        let parts: Vec<String> = parts
            .into_iter()
            .chain(data)
            .filter(|part| !part.is_empty())
            .collect();
        let _ = writeln!(text, "1. {}", parts.join(" · ").replace('\n', " "));
    }
    text
}

fn trace(exception: &Exception) -> String {
    let mut text = match (exception.kind.as_str(), exception.value.as_str()) {
        ("", value) => value.to_owned(),
        (kind, "") => kind.to_owned(),
        (kind, value) => format!("{kind}: {value}"),
    };
    for run in &exception.runs {
        match run {
            Run::Own(frame) => call(frame, &mut text),
            Run::Library(frames) => frames.iter().for_each(|frame| call(frame, &mut text)),
        }
    }
    text
}

fn call(frame: &Frame, text: &mut String) {
    let _ = write!(text, "\n  at {} ({})", frame.name(), frame.spot());
    let here = frame.source.iter().find(|line| line.is_here);
    if let Some(line) = here.filter(|_| frame.is_own) {
        let _ = write!(text, "\n     {}", line.text.trim());
    }
}

/// A block that no content can end.
fn fenced(content: &str) -> String {
    let longest = content.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{content}\n{fence}")
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn a_crash_reads_like_a_trace() {
        let reading = read(
            r#"{"exception":[{"type":"E","value":"a ``` b","stacktrace":{"frames":[
            {"function":"lib"},{"function":"f","filename":"x.py","lineno":9,"in_app":true,"context_line":"  go()"}]}}],
            "breadcrumbs":[{"timestamp":1795370671,"category":"ui","message":"click"}]}"#,
        );
        let text = markdown(
            "E: a",
            &[("Release", "1".to_owned()), ("Dist", String::new())],
            &reading,
        );
        let expected = "## E: a\n\n- **Release:** 1\n\n````\nE: a ``` b\n  at f (x.py:9)\n     go()\n  at lib ()\n````\n\n\
            1. 18:04:31 · ui · click\n";
        assert_eq!(text, expected);
    }
}
