//! Which crashes are the same bug.
//!
//! Enters: a scrubbed event. Leaves: a [`Grouping`]: a number that all events of one bug share, and a readable
//! reason. Deliberately not here: anything that was not scrubbed, line numbers, releases, who was affected, merging
//! and splitting by hand (that works on the number).
//!
//! The first of these that an event has decides:
//!
//! 1. `fingerprint`: the client's own word, variables expanded ([`fingerprint`]).
//! 2. `stack`: type of the exception, its innermost frames of the application, and the causes ([`stack`]). The names of
//!    files and functions lose what differs between builds, browsers and compilers ([`place`], [`language`]). A stack
//!    that says little (minified, without names, of the reporter instead of the crash) is joined by the message.
//! 3. `exception`: type and message without what varies ([`message`]).
//! 4. `template`: the logged message before its arguments were filled in, with its logger.
//! 5. `message`: the message without what varies, with its logger.

mod fingerprint;
mod first_rules;
mod frame;
mod key;
mod language;
mod message;
mod place;
mod reason;
mod stack;

#[cfg(test)]
mod corpus;

use super::crash::facts::Facts;
use crate::json::Value;
use crate::registry::ProjectId;
use frame::Frame;
use key::Key;
use language::Language;
use reason::Reason;

/// Part of every number. Raise it whenever an event may get another number than before, keep the algorithm that it
/// replaces as the one behind [`Grouping::previous`], and drop the one before that.
const RULES_VERSION: u8 = 2;

/// Why an event belongs where it belongs.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Grouping {
    /// Shared by all events of one bug in one project.
    pub id: u64,
    /// Version of the rules that made `id`.
    pub version: u8,
    /// What decided: `fingerprint`, `stack`, `exception`, `template` or `message`.
    pub basis: &'static str,
    /// What the events of the group have in common, readable, at most [`GROUPING_KEY_BYTES_MAX`] bytes.
    ///
    /// [`GROUPING_KEY_BYTES_MAX`]: crate::limits::GROUPING_KEY_BYTES_MAX
    pub key: String,
    /// Where it broke: the innermost call of the application, empty without a stack.
    pub culprit: String,
    /// The event's number under the rules before these, so that a group that began under them is found again.
    pub previous: Option<u64>,
}

/// The group of a scrubbed event.
pub(super) fn group(project: ProjectId, event: &Value<'_>, facts: &Facts<'_>) -> Grouping {
    let mut key = Key::new(RULES_VERSION, project);
    let reason = Reason::of(event, facts);
    let basis = if fingerprint::write(event, facts, &reason, &mut key) {
        "fingerprint"
    } else {
        reason.write(&mut key);
        reason.basis()
    };
    let (id, key) = key.finish();
    Grouping {
        id,
        version: RULES_VERSION,
        basis,
        key,
        culprit: reason.culprit().unwrap_or_default(),
        previous: Some(first_rules::group_id(project, event, facts)),
    }
}

/// Which frames of a stack, the innermost first, are the application's own, as groups are made: the client's word counts
/// only where nothing better is known. If none is, the one that says most stands for them: there must be something to
/// look at.
pub(crate) fn own_frames<'e>(platform: &str, frames: &[&'e Value<'e>]) -> Vec<bool> {
    let language = Language::of_platform(platform);
    let read: Vec<Frame<'e>> = frames
        .iter()
        .map(|frame| Frame::read(frame, language))
        .collect();
    let (mut chosen, own) = stack::judged(&read);
    if !own {
        let innermost = chosen.iter().position(|chosen| *chosen);
        chosen.fill(false);
        if let Some(innermost) = innermost {
            chosen[innermost] = true;
        }
    }
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_culprit_is_in_the_frames_that_make_the_group() {
        for (platform, frames, culprit, own) in [
            (
                "rust",
                r#"[{"function":"shop::cart::total","in_app":true},
                {"function":"core::panicking::panic","in_app":true},
                {"function":"sentry_panic::PanicIntegration::event_from_panic_info","in_app":true}]"#,
                "? in shop::cart::total",
                [false, false, true],
            ),
            (
                "javascript",
                r#"[{"function":"pay","filename":"https://example.org/cart.js","in_app":true},
                {"function":"Array.forEach","filename":"<anonymous>","in_app":true},
                {"function":"commitRoot","filename":"/node_modules/react-dom/index.js","in_app":true}]"#,
                "https://example.org/cart.js in pay",
                [false, false, true],
            ),
            (
                "native",
                r#"[{"function":"main"},{"function":"total","package":"/srv/shop"},{"function":"__pthread_kill"}]"#,
                "? in total",
                [false, true, false],
            ),
            (
                "python",
                r#"[{"function":"a","module":"x","in_app":false},{"function":"b","module":"y","in_app":false},
                {"function":"c","module":"z","in_app":false}]"#,
                "z in c",
                [true, false, false],
            ),
        ] {
            let event = format!(
                r#"{{"platform":"{platform}","exception":[{{"type":"E","stacktrace":{{"frames":{frames}}}}}]}}"#
            );
            let event: Value<'_> = serde_json::from_str(&event).unwrap();
            let facts = Facts::of(&event);
            assert_eq!(group(ProjectId::new(1), &event, &facts).culprit, culprit);
            let frames: Vec<_> = facts.frames().iter().rev().collect();
            assert_eq!(own_frames(platform, &frames), own, "{platform}");
        }
    }
}
