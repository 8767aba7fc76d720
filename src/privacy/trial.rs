//! The scrubber on trial: what would be stored of a text. Nothing leaves this room but the result.

use super::door::Door;
use super::raw::Raw;
use super::scrub::{Findings, Rule, Wishes};
use crate::json::{self, Value};

/// What became of a text.
pub struct Trial {
    /// As it would be stored; JSON with indentation.
    pub clean: String,
    pub kind: TrialKind,
    pub findings: Findings,
}

/// What a text was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrialKind {
    Text,
    /// A list or another document.
    Json,
    /// A crash report: its structure is known.
    Event,
}

impl Door {
    /// Scrubs a text, or a JSON document (an object is taken for a crash report), as `wishes` say.
    pub fn trial(&self, text: &Raw<&str>, wishes: &Wishes) -> Trial {
        let scrubber = self.scrubber_with(wishes);
        let text = *text.look();
        let mut findings = Findings::default();
        let mut scratch = Vec::new();
        let container = matches!(text.trim_start().as_bytes().first(), Some(b'{' | b'['));
        let parsed = container.then(|| json::parse(text.as_bytes(), &mut scratch));
        let (clean, kind) = match parsed {
            Some(Ok(mut event @ Value::Object(_))) => {
                // The pseudonym would only tempt to look somebody up.
                let pseudonym = |_: &str| Rule::Pseudonym.placeholder().to_owned();
                scrubber.event(&mut event, &pseudonym, &mut findings);
                (indented(&event), TrialKind::Event)
            }
            Some(Ok(mut value)) => {
                scrubber.json(&mut value, &mut findings);
                (indented(&value), TrialKind::Json)
            }
            _ => {
                let clean = scrubber.text(text, &mut findings).into_owned();
                (clean, TrialKind::Text)
            }
        };
        Trial {
            clean,
            kind,
            findings,
        }
    }
}

fn indented(value: &Value<'_>) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::door::Materials;
    use super::super::scrub::{Level, Policy, Scrubber};
    use super::*;
    use crate::time::Timestamp;

    fn trial(text: &str, level: Level) -> Trial {
        let scrubber = Scrubber::new(&Policy::default()).unwrap();
        let now = Timestamp::from_seconds(1_800_000_000);
        let door = Door::new(Materials::without_lists(scrubber), now);
        door.trial(&Raw::new(text), &Wishes::at(level))
    }

    #[test]
    fn what_it_is_taken_for() {
        let text = trial("mail jane@example.org", Level::Strict);
        assert_eq!((&*text.clean, text.kind), ("mail [email]", TrialKind::Text));
        assert_eq!(
            trial("{mail jane@example.org", Level::Strict).kind,
            TrialKind::Text
        );
        let list = trial(r#"["203.0.113.7"]"#, Level::Strict);
        assert_eq!(
            (&*list.clean, list.kind),
            ("[\n  \"203.0.113.0\"\n]", TrialKind::Json)
        );
        let event = r#"{"user":{"id":"7"},"request":{"data":"x=1"}}"#;
        let strict = trial(event, Level::Strict);
        assert_eq!(strict.kind, TrialKind::Event);
        assert!(strict.clean.contains("[user]") && !strict.clean.contains("x=1"));
        assert!(trial(event, Level::Balanced).clean.contains("x=1"));
        assert!(
            strict
                .findings
                .iter()
                .any(|finding| finding.rule == Rule::Dropped)
        );
    }
}
