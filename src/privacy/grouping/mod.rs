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
use key::Key;
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
        previous: Some(first_rules::group_id(project, event, facts)),
    }
}
