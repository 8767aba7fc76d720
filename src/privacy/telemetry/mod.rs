//! What Sentry SDKs send beside crash reports: sessions, logs, spans, feedback, check-ins, counts of what the
//! client itself discarded, and security reports of browsers.
//!
//! Enters: the payload of one item of an envelope. Leaves: [`Telemetry`], its rows and what was refused of it. Of
//! each item only the members that become columns are taken over, then scrubbed like a crash event, and only then
//! read. Deliberately not here: addresses of senders, ids of devices and sessions, user agent strings, tags,
//! request data, whole payloads.

mod attributes;
mod check_in;
mod client_report;
mod feedback;
mod log;
mod names;
mod security;
mod session;
mod session_memory;
mod span;

use std::borrow::Cow;

use super::crash::{affected_user, clock, facts, person, take_consent};
use super::door::{Door, Sender};
use super::evidence;
use super::pseudonym::Identifier;
use super::raw::Raw;
use super::region::Rules;
use super::scrub::Findings;
use super::sealed::{Sealed, Shape};
use crate::json::{self, Unread, Value};
use crate::outcome::{Kind, Reason};
use crate::registry::{ObjectionScope, Project};
use crate::settings::{Consent, Keep};
use crate::time::Timestamp;

pub use check_in::{CheckIn, CheckInRow};
pub use client_report::OutcomeRow;
pub use feedback::FeedbackRow;
pub use log::LogRow;
pub use security::SecurityRow;
pub use session::SessionRow;
pub(super) use session_memory::SessionMemory;
pub use span::SpanRow;

/// What all rows of one request share.
#[derive(Clone, Copy)]
pub struct Arrival<'a> {
    pub project: &'a Project,
    pub sender: &'a Sender<'a>,
    /// What holds for the sender in the project.
    pub rules: Rules,
    pub now: Timestamp,
}

impl Arrival<'_> {
    fn project_id(&self) -> u32 {
        self.project.id.get()
    }

    fn expires_at(&self) -> u32 {
        let own = self.project.telemetry_retention();
        self.rules.retention.min(own).expires_at(self.now)
    }

    /// The pseudonym to store, if any may be.
    fn user_key(&self, id: &str) -> u64 {
        match self.rules.errors {
            Keep::All => self.project.secret.pseudonym(Identifier::User, id),
            _ => 0,
        }
    }

    fn needs_consent(&self) -> bool {
        self.rules.consent == Consent::RequiredForAll
    }

    /// Whether whoever is called `id` objected.
    fn objected(&self, id: &str) -> bool {
        let key = self.project.secret.pseudonym(Identifier::User, id);
        self.project.objections.holds(ObjectionScope::Errors, key)
    }

    /// Why one line or span of `user` is left out, if it is.
    fn leaves_out(&self, user: Option<&Value<'_>>, has_consent: bool) -> Option<Reason> {
        if user.and_then(person).is_some_and(|id| self.objected(&id)) {
            return Some(Reason::Objected);
        }
        (self.needs_consent() && !has_consent).then_some(Reason::ConsentMissing)
    }

    /// A time that the client states, believed within the retention; without one, now.
    fn time(&self, stated: Option<&Value<'_>>) -> Timestamp {
        clock::clamped(stated.and_then(facts::time_of), self.now)
    }

    /// The same, as the start of its hour in seconds since 1970.
    fn hour(&self, stated: Option<&Value<'_>>) -> u32 {
        let second = self.time(stated).datetime();
        second - second % 3_600
    }
}

/// What one item became.
#[derive(Default)]
pub struct Telemetry {
    pub rows: Vec<Sealed>,
    /// Parts that are not stored, with their number.
    pub refused: Vec<(Kind, Reason, u64)>,
}

impl Telemetry {
    fn of_refused(kind: Kind, reason: Reason) -> Self {
        Self {
            rows: Vec::new(),
            refused: vec![(kind, reason, 1)],
        }
    }

    fn refuse(&mut self, kind: Kind, reason: Reason, count: usize) {
        if count > 0 {
            self.refused.push((kind, reason, count as u64));
        }
    }

    /// The first `max` parts; the others are refused.
    fn limited<T>(&mut self, kind: Kind, mut parts: Vec<T>, max: usize) -> Vec<T> {
        let beyond = parts.len().saturating_sub(max);
        self.refuse(kind, Reason::ItemBeyondLimit, beyond);
        parts.truncate(max);
        parts
    }

    /// Takes a row over, encoded by `encode`.
    fn store(
        &mut self,
        shape: Shape,
        kind: Kind,
        arrival: &Arrival<'_>,
        encode: impl FnOnce(&mut Vec<u8>),
    ) {
        let mut row = Vec::with_capacity(256);
        encode(&mut row);
        let sealed = Sealed::new(shape, kind, arrival.expires_at(), row);
        self.rows.push(sealed);
    }
}

type Seal = fn(&Door, Value<'_>, &Arrival<'_>, &mut Telemetry);

impl Door {
    /// Seals what an item of `kind` reports. Kinds that are not stored are refused by name.
    pub fn telemetry(&self, kind: Kind, payload: &Raw<&[u8]>, arrival: &Arrival<'_>) -> Telemetry {
        let seal: Seal = match kind {
            Kind::Session => Self::session,
            Kind::Sessions => Self::sessions,
            Kind::Log => Self::logs,
            Kind::Transaction => Self::transaction,
            Kind::Span => Self::spans,
            Kind::UserReport => Self::user_report,
            Kind::Feedback => Self::feedback,
            Kind::CheckIn => Self::check_in_item,
            Kind::ClientReport => Self::client_report,
            Kind::Security => Self::security_reports,
            _ => return Telemetry::of_refused(kind, Reason::ItemUnsupported),
        };
        let mut scratch = Vec::new();
        let mut telemetry = Telemetry::default();
        match json::parse(payload.look(), &mut scratch) {
            Ok(mut item) => {
                if let Some(reason) = left_out(kind, &mut item, arrival) {
                    return Telemetry::of_refused(kind, reason);
                }
                seal(self, item, arrival, &mut telemetry);
            }
            Err(Unread::TooManyValues) => {
                return Telemetry::of_refused(kind, Reason::ItemTooLarge);
            }
            Err(Unread::NotJson) => {}
        }
        // An item that says nothing is refused as a whole: whatever arrived has an outcome.
        if telemetry.rows.is_empty() && telemetry.refused.is_empty() {
            return Telemetry::of_refused(kind, Reason::ItemInvalid);
        }
        telemetry
    }

    /// Scrubs the members of an item that become columns, and counts what each rule removed. `release`,
    /// `environment`, `user`, `contexts` mean what they mean in a crash event: the user's own names and addresses
    /// are also taken out of every other text.
    fn scrub_members<'v>(
        &self,
        members: impl IntoIterator<Item = (&'static str, Option<Value<'v>>)>,
        arrival: &Arrival<'_>,
        mut findings: Findings,
    ) -> (Value<'v>, Vec<(&'static str, u16)>) {
        let given = members.into_iter().filter_map(|(key, value)| {
            let value = value.filter(|value| *value != Value::Null)?;
            Some((Cow::Borrowed(key), value))
        });
        let mut tree = Value::Object(given.collect());
        let secret = &arrival.project.secret;
        let pseudonym = |id: &str| format!("{:016x}", secret.pseudonym(Identifier::User, id));
        self.scrubber_of(arrival.project)
            .event(&mut tree, &pseudonym, &mut findings);
        (tree, evidence::counts(&findings))
    }
}

/// Why an item is left out as a whole, if it is. What machines say of themselves is nobody's.
fn left_out(kind: Kind, item: &mut Value<'_>, arrival: &Arrival<'_>) -> Option<Reason> {
    if matches!(kind, Kind::CheckIn | Kind::ClientReport) {
        return None;
    }
    if arrival.rules.errors == Keep::Nothing {
        return Some(Reason::RegionExcluded);
    }
    if named(item).is_some_and(|id| arrival.objected(&id)) {
        return Some(Reason::Objected);
    }
    // Each line and span is asked by itself.
    let asked_later = matches!(kind, Kind::Log | Kind::Span);
    let lacks_consent = arrival.needs_consent() && !asked_later && !take_consent(item);
    lacks_consent.then_some(Reason::ConsentMissing)
}

/// The person that an item names: as `user`, as a session's `did`, or as the address of a report.
fn named<'i>(item: &'i Value<'_>) -> Option<Cow<'i, str>> {
    let text = |path: &[&str]| item.path(path).and_then(Value::as_str).map(Cow::Borrowed);
    affected_user(item)
        .or_else(|| text(&["did"]))
        .or_else(|| text(&["email"]))
        .or_else(|| text(&["contexts", "feedback", "contact_email"]))
}

/// What an application calls its environment if it does not say.
fn environment<'t>(tree: &'t Value<'_>) -> &'t str {
    super::crash::cut(tree.str_at("environment").unwrap_or("production"))
}

/// The string member `key`, cut to a column's length, empty if there is none.
fn text<'t>(tree: &'t Value<'_>, key: &str) -> &'t str {
    super::crash::cut(tree.str_at(key).unwrap_or(""))
}

/// The string of a closed set that equals `text`.
fn one_of(set: &[&'static str], text: &str) -> Option<&'static str> {
    set.iter().copied().find(|name| *name == text)
}

/// A random id of `digits` hexadecimal digits, dashed or not, in lower case; anything else is none.
fn hex_id(value: Option<&Value<'_>>, digits: usize) -> String {
    let text = value.and_then(Value::as_str).unwrap_or("");
    let id: String = text.chars().filter(|&c| c != '-').collect();
    let is_id = id.len() == digits && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id {
        id.to_ascii_lowercase()
    } else {
        String::new()
    }
}

/// A number that is not negative, from seconds to milliseconds.
fn milliseconds(seconds: Option<&Value<'_>>) -> Option<f64> {
    match seconds {
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    }
    .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
    .map(|seconds| seconds * 1_000.0)
}

/// A count, at most `u32::MAX`.
fn count(value: Option<&Value<'_>>) -> u64 {
    let number = match value {
        Some(Value::Number(number)) => number.as_u64().unwrap_or(0),
        _ => 0,
    };
    number.min(u64::from(u32::MAX))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_random_ids_are_ids() {
        let id = |text: &'static str, digits| hex_id(Some(&Value::from(text)), digits);
        let digits = "4c4d8595b7a74eb698510d0e56465b92";
        assert_eq!(id("4C4D8595-b7a7-4eb6-9851-0d0e56465b92", 32), digits);
        assert_eq!(id("jane.doe@example.org", 16), "");
        assert_eq!(id("4c4d8595b7a74eb6", 32), "");
    }

    #[test]
    fn unknown_kinds_and_empty_items_are_refused_by_name() {
        let setting = testing::Setting::new();
        for (kind, payload, reason) in [
            (Kind::Attachment, vec![], Reason::ItemUnsupported),
            (Kind::Profile, b"{}".to_vec(), Reason::ItemUnsupported),
            (Kind::ReplayVideo, vec![0; 10], Reason::ItemUnsupported),
            (Kind::Log, b"{".to_vec(), Reason::ItemInvalid),
            (Kind::Log, b"[]".to_vec(), Reason::ItemInvalid),
            (Kind::Span, b"{\"items\":[]}".to_vec(), Reason::ItemInvalid),
        ] {
            let telemetry = setting.take(kind, &payload);
            assert!(telemetry.rows.is_empty());
            assert_eq!(telemetry.refused, [(kind, reason, 1)]);
        }
    }
}
