//! From a raw Sentry event to a storable crash report.

pub(in crate::privacy) mod clock;
mod event_id;
pub(in crate::privacy) mod facts;
mod normal;
mod template;

use std::borrow::Cow;

use super::door::{Door, Sender};
use super::evidence;
use super::grouping;
use super::ip::MaskedIp;
use super::pseudonym::Identifier;
use super::raw::Raw;
use super::row::{row, skip_text};
use super::scrub::Findings;
use super::sealed::{Sealed, Shape};
use super::sender::parse_hop;
use crate::intake::headers::Header;
use crate::json::{self, Unread, Value};
use crate::limits::{ERROR_COLUMN_BYTES_MAX, ERROR_TAGS_MAX};
use crate::outcome::{Kind, Reason};
use crate::registry::{ObjectionScope, Project, ProjectId};
use crate::settings::{Consent, Keep};
use crate::time::Timestamp;

pub use event_id::EventId;
use facts::Facts;

row! {
    /// A row of `error_events`; the columns are explained in `schemas/`.
    ErrorEvent<'a> {
        project_id: u32,
        received_at: i64,
        expires_at: u32,
        occurred_at: i64,
        client_ip: String,
        country: &'a str,
        event_id: [u8; 32],
        group_id: u64,
        grouping_version: u8,
        grouping_basis: &'static str,
        grouping_key: String,
        group_previous: u64,
        user_key: u64,
        level: &'static str,
        platform: &'static str,
        exception_type: &'a str,
        exception_value: &'a str,
        message: &'a str,
        culprit: &'a str,
        unhandled: u8,
        release: &'a str,
        environment: &'a str,
        transaction: &'a str,
        logger: &'a str,
        sdk_name: &'a str,
        sdk_version: &'a str,
        browser: &'a str,
        browser_major: u16,
        system: &'a str,
        device: &'static str,
        tags: Vec<(&'a str, Cow<'a, str>)>,
        scrubbed: Vec<(&'static str, u16)>,
        remarks: Vec<(String, &'static str, u16)>,
        payload: String,
    }
}

/// What a request says about its event, outside it.
#[derive(Clone, Copy, Default)]
pub struct Envelope<'a> {
    /// Wins over the id in the event.
    pub event_id: Option<EventId>,
    /// The client's clock when it sent.
    pub sent_at: Option<Timestamp>,
    /// Name and version of the SDK, e.g. `raven-js/3.27.2`, for events that do not say.
    pub client: &'a str,
    /// Whether consent was stated or is not needed, whatever the event says.
    pub has_consent: bool,
}

impl ErrorEvent<'_> {
    /// Project and digits of the event id of an encoded row that was found in the spool, or nothing if the row was written by
    /// a version whose columns began otherwise.
    pub fn identity(columns: &[String], row: &[u8]) -> Option<(ProjectId, [u8; 32])> {
        let through_id = ErrorEvent::COLUMNS
            .iter()
            .position(|&name| name == "event_id")?;
        let as_now = ErrorEvent::COLUMNS.get(..=through_id)?;
        if columns.get(..=through_id)? != as_now {
            return None;
        }
        let (project, rest) = row.split_first_chunk()?;
        // received_at, expires_at, occurred_at
        let rest = rest.get(8 + 4 + 8..)?;
        let rest = skip_text(skip_text(rest)?)?;
        Some((
            ProjectId::new(u32::from_le_bytes(*project)),
            *rest.first_chunk()?,
        ))
    }
}

impl Door {
    /// Seals one crash event and names the id under which it is stored.
    ///
    /// # Errors
    /// [`Reason::EventInvalid`] if the text is no JSON object, [`Reason::Objected`] if the affected person objected,
    /// [`Reason::ConsentMissing`] or [`Reason::RegionExcluded`] by the rules of where they are.
    pub fn crash(
        &self,
        event: &Raw<&[u8]>,
        envelope: &Raw<Envelope<'_>>,
        project: &Project,
        sender: &Sender<'_>,
        now: Timestamp,
    ) -> Result<(EventId, Sealed), Reason> {
        let mut scratch = Vec::new();
        let envelope = envelope.look();
        let mut event = match json::parse(event.look(), &mut scratch) {
            Ok(event @ Value::Object(_)) => event,
            Err(Unread::TooManyValues) => return Err(Reason::EventTooLarge),
            _ => return Err(Reason::EventInvalid),
        };
        normal::normalise(&mut event, envelope.client);
        let event_id = envelope
            .event_id
            .or_else(|| event.str_at("event_id").and_then(EventId::parse))
            .unwrap_or_else(EventId::random);
        let address = self.affected_address(&event, sender);
        let rules = self.rules(project, address.unwrap_or(sender.address));
        if rules.errors == Keep::Nothing {
            return Err(Reason::RegionExcluded);
        }
        let has_consent = take_consent(&mut event) || envelope.has_consent;
        if rules.consent == Consent::RequiredForAll && !has_consent {
            return Err(Reason::ConsentMissing);
        }
        let mut user_key =
            affected_user(&event).map_or(0, |id| project.secret.pseudonym(Identifier::User, &id));
        if project.objections.holds(ObjectionScope::Errors, user_key) {
            return Err(Reason::Objected);
        }
        let agent = self.user_agents.agent(&affected_agent(&event, sender));

        let mut findings = Findings::default();
        let pseudonym =
            |id: &str| format!("{:016x}", project.secret.pseudonym(Identifier::User, id));
        self.scrubber_of(project)
            .event(&mut event, &pseudonym, &mut findings);
        event.set("event_id", Value::from(event_id.to_string()));
        let mut client_ip = address;
        if rules.errors == Keep::Coarse {
            // Not before: the scrubber looks for the user's own words everywhere else.
            event.remove("user");
            user_key = 0;
            client_ip = address.map(MaskedIp::coarsened);
        }
        if let Some(corrected) = clock::corrected(&event, envelope.sent_at, now) {
            let corrected = clock::clamped(Some(corrected), now);
            event.set("timestamp", Value::from(corrected.to_rfc3339()));
        }

        let facts = Facts::of(&event);
        let grouping = grouping::group(project.id, &event, &facts);
        let retention = rules.retention.min(project.errors_retention());
        let expires_at = retention.expires_at(now);
        let occurred_at = clock::clamped(facts.occurred_at(), now);
        let culprit = facts.culprit(&grouping.culprit);
        let sdk = |key| {
            event
                .path(&["sdk", key])
                .and_then(Value::as_str)
                .unwrap_or("")
        };
        let (browser, browser_version) = facts.context("browser").unwrap_or((&agent.browser, ""));
        let (system, _) = facts.context("os").unwrap_or((&agent.system, ""));
        let mut tags = facts.tags();
        tags.truncate(ERROR_TAGS_MAX);
        let mut payload = Vec::with_capacity(8 * 1024);
        event.write(&mut payload);
        let row = ErrorEvent {
            project_id: project.id.get(),
            received_at: now.millis(),
            expires_at,
            occurred_at: occurred_at.millis(),
            client_ip: client_ip.map_or_else(String::new, |address| address.to_string()),
            country: address.map_or("", |address| self.place(address).country),
            event_id: event_id.digits(),
            group_id: grouping.id,
            grouping_version: grouping.version,
            grouping_basis: grouping.basis,
            grouping_key: grouping.key,
            group_previous: grouping.previous.unwrap_or(0),
            user_key,
            level: facts.level(),
            platform: facts.platform(),
            exception_type: cut(facts.exception_type()),
            exception_value: cut(facts.exception_value()),
            message: cut(facts.message()),
            culprit: cut(culprit),
            unhandled: u8::from(facts.unhandled()),
            release: cut(facts.text("release").unwrap_or("")),
            environment: cut(facts.text("environment").unwrap_or("production")),
            transaction: cut(facts.text("transaction").unwrap_or("")),
            logger: cut(facts.text("logger").unwrap_or("")),
            sdk_name: cut(sdk("name")),
            sdk_version: cut(sdk("version")),
            browser: cut(browser),
            browser_major: major(browser_version).unwrap_or(agent.browser_major),
            system: cut(system),
            device: agent.device,
            tags,
            scrubbed: evidence::counts(&findings),
            remarks: evidence::remarks(&findings),
            // Written by serde_json, hence UTF-8.
            payload: String::from_utf8(payload).unwrap_or_default(),
        };
        let mut bytes = Vec::with_capacity(row.payload.len() + 1024);
        row.encode(&mut bytes);
        Ok((
            event_id,
            Sealed::new(Shape::ErrorEvent, Kind::Error, expires_at, bytes),
        ))
    }

    /// The masked address of whoever was affected: the event's own word, else the sender's, unless the client
    /// asks not to infer it.
    fn affected_address(&self, event: &Value<'_>, sender: &Sender<'_>) -> Option<MaskedIp> {
        let stated = event.path(&["user", "ip_address"]).and_then(Value::as_str);
        let infer = event
            .path(&["sdk", "settings", "infer_ip"])
            .and_then(Value::as_str);
        match stated.and_then(parse_hop) {
            Some(address) => Some(self.mask.mask(address)),
            None if infer == Some("never") => None,
            None => Some(sender.address),
        }
    }
}

/// What the application calls the affected person: the first of id, user name and e-mail.
pub(in crate::privacy) fn affected_user<'e>(event: &'e Value<'_>) -> Option<Cow<'e, str>> {
    person(event.get("user")?)
}

/// The same of a `user` by itself.
pub(in crate::privacy) fn person<'e>(user: &'e Value<'_>) -> Option<Cow<'e, str>> {
    ["id", "username", "email"]
        .into_iter()
        .find_map(|key| match user.get(key)? {
            Value::String(text) if !text.is_empty() => Some(Cow::Borrowed(text.as_ref())),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            _ => None,
        })
}

/// Whether an event or item states that its person consented: `contexts.mayfly.consent`, which nobody needs afterwards.
pub(in crate::privacy) fn take_consent(event: &mut Value<'_>) -> bool {
    let contexts = event.get_mut("contexts");
    let stated = contexts.and_then(|contexts| contexts.remove("mayfly"));
    stated.is_some_and(|stated| stated.get("consent") == Some(&Value::Bool(true)))
}

/// The browser that the event names, else the one that sent it.
fn affected_agent<'e>(event: &'e Value<'_>, sender: &'e Sender<'_>) -> Cow<'e, str> {
    let is_agent = |name: &str| name.eq_ignore_ascii_case("user-agent");
    let named = match event.path(&["request", "headers"]) {
        Some(Value::Object(members)) => members
            .iter()
            .find(|(name, _)| is_agent(name))
            .and_then(|(_, value)| value.as_str()),
        Some(Value::Array(pairs)) => pairs.iter().find_map(|pair| match pair.as_array()? {
            [name, value] if is_agent(name.as_str()?) => value.as_str(),
            _ => None,
        }),
        _ => None,
    };
    let from_browser = event.str_at("platform") == Some("javascript");
    Cow::Borrowed(named.unwrap_or(if from_browser {
        sender.header(Header::UserAgent)
    } else {
        ""
    }))
}

fn major(version: &str) -> Option<u16> {
    version.split('.').next()?.parse().ok()
}

/// Cuts what has been scrubbed to a column's length.
pub(in crate::privacy) fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(ERROR_COLUMN_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_affected_person_is_named_by_the_first_id() {
        let user = |text: &str| {
            let event: Value<'_> = serde_json::from_str(text).unwrap();
            affected_user(&event).map(Cow::into_owned)
        };
        assert_eq!(
            user(r#"{"user":{"id":4711,"email":"a@example.org"}}"#).as_deref(),
            Some("4711")
        );
        assert_eq!(
            user(r#"{"user":{"id":"","username":"jdoe"}}"#).as_deref(),
            Some("jdoe")
        );
        assert_eq!(user(r#"{"user":null}"#), None);
    }
}
