//! Sentry's envelope: a header line, then items of a header line and a payload each.
//! <https://develop.sentry.dev/sdk/data-model/envelopes/>
//!
//! The framer is tolerant: unknown item types, header keys and values it cannot read never cost the envelope.

use crate::intake::sentry::auth;
use crate::json::{self, Value};
use crate::limits::ENVELOPE_ITEMS_MAX;
use crate::outcome::{Kind, Reason};
use crate::privacy::EventId;
use crate::registry::{ProjectId, PublicKey};

/// A framed envelope. Payloads are not looked into.
pub struct Envelope<'a> {
    pub event_id: Option<EventId>,
    /// Key and project of a tunnelled envelope.
    pub dsn: Option<(PublicKey, ProjectId)>,
    pub items: Vec<EnvelopeItem<'a>>,
}

/// One item of an envelope.
pub struct EnvelopeItem<'a> {
    pub kind: Kind,
    pub payload: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Cuts an envelope into its items.
    ///
    /// # Errors
    /// [`Reason::BodyEmpty`], [`Reason::EnvelopeTooLong`], or [`Reason::EnvelopeInvalid`] if a header is no JSON object
    /// or an item ends after the body.
    pub fn read(body: &'a [u8]) -> Result<Self, Reason> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Err(Reason::BodyEmpty);
        }
        let (header, mut rest) = split_line(body);
        let mut scratch = Vec::new();
        let header = parse_header(header, &mut scratch)?;
        let mut envelope = Self {
            event_id: header.str_at("event_id").and_then(EventId::parse),
            dsn: header.str_at("dsn").and_then(auth::parse_dsn),
            items: Vec::new(),
        };
        loop {
            rest = rest.trim_ascii_start();
            if rest.is_empty() {
                return Ok(envelope);
            }
            if envelope.items.len() == ENVELOPE_ITEMS_MAX {
                return Err(Reason::EnvelopeTooLong);
            }
            let (item, remaining) = read_item(rest)?;
            envelope.items.push(item);
            rest = remaining;
        }
    }
}

fn read_item(text: &[u8]) -> Result<(EnvelopeItem<'_>, &[u8]), Reason> {
    let (header, rest) = split_line(text);
    let mut scratch = Vec::new();
    let header = parse_header(header, &mut scratch)?;
    let kind = header.str_at("type").map_or(Kind::UnknownItem, item_kind);
    let length = match header.get("length") {
        Some(Value::Number(number)) => number.as_u64().and_then(|n| usize::try_from(n).ok()),
        _ => None,
    };
    let (payload, rest) = match length {
        Some(length) => rest
            .split_at_checked(length)
            .ok_or(Reason::EnvelopeInvalid)?,
        None => split_line(rest),
    };
    match (length, rest) {
        // After a payload of stated length comes a line break or the end.
        (Some(_), [b'\n', rest @ ..]) => Ok((EnvelopeItem { kind, payload }, rest)),
        (Some(_), [b'\r', b'\n', rest @ ..]) => Ok((EnvelopeItem { kind, payload }, rest)),
        (Some(_), [_, ..]) => Err(Reason::EnvelopeInvalid),
        _ => Ok((EnvelopeItem { kind, payload }, rest)),
    }
}

fn parse_header<'h>(line: &'h [u8], scratch: &'h mut Vec<u8>) -> Result<Value<'h>, Reason> {
    match json::parse(line, scratch) {
        Ok(header @ Value::Object(_)) => Ok(header),
        _ => Err(Reason::EnvelopeInvalid),
    }
}

fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', text) {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &[]),
    }
}

fn item_kind(name: &str) -> Kind {
    match name {
        "event" => Kind::Error,
        "transaction" => Kind::Transaction,
        "session" => Kind::Session,
        "sessions" => Kind::Sessions,
        "attachment" => Kind::Attachment,
        "user_report" => Kind::UserReport,
        "feedback" => Kind::Feedback,
        "client_report" => Kind::ClientReport,
        "check_in" => Kind::CheckIn,
        "log" => Kind::Log,
        "span" => Kind::Span,
        "profile" => Kind::Profile,
        "profile_chunk" => Kind::ProfileChunk,
        "replay_event" => Kind::ReplayEvent,
        "replay_recording" => Kind::ReplayRecording,
        "replay_video" => Kind::ReplayVideo,
        "metric_buckets" | "statsd" => Kind::MetricBuckets,
        "trace_metric" => Kind::TraceMetric,
        "security" | "raw_security" | "nel" => Kind::Security,
        _ => Kind::UnknownItem,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Framed<'a> = Result<Vec<(Kind, &'a [u8])>, Reason>;

    fn items(text: &[u8]) -> Framed<'_> {
        let envelope = Envelope::read(text)?;
        Ok(envelope
            .items
            .iter()
            .map(|item| (item.kind, item.payload))
            .collect())
    }

    #[test]
    fn payloads_with_and_without_length() {
        let text = b"{}\n{\"type\":\"event\",\"length\":4}\n{\n}\n\n{\"type\":\"session\"}\n{}\n";
        assert_eq!(
            items(text),
            Ok(vec![(Kind::Error, &b"{\n}\n"[..]), (Kind::Session, b"{}")])
        );
        assert_eq!(
            items(b"{}\n{\"type\":\"event\"}\n{}"),
            Ok(vec![(Kind::Error, &b"{}"[..])])
        );
        assert_eq!(
            items(b"{}\n{\"type\":\"attachment\",\"length\":0}"),
            Ok(vec![(Kind::Attachment, &b""[..])])
        );
    }

    #[test]
    fn unknown_types_and_keys_are_kept_apart() {
        let text = b"{\"x\":1}\n{\"type\":\"nonsense\",\"y\":[]}\nabc\n{\"type\":\"event\"}\n{}";
        assert_eq!(
            items(text),
            Ok(vec![(Kind::UnknownItem, &b"abc"[..]), (Kind::Error, b"{}")])
        );
        assert_eq!(items(b"{}"), Ok(vec![]));
        assert_eq!(items(b"{}\r\n\n\n"), Ok(vec![]));
    }

    #[test]
    fn refusals() {
        assert_eq!(items(b" \n"), Err(Reason::BodyEmpty));
        assert_eq!(items(b"garbage"), Err(Reason::EnvelopeInvalid));
        assert_eq!(items(b"{}\n[]\n{}"), Err(Reason::EnvelopeInvalid));
        assert_eq!(
            items(b"{}\n{\"type\":\"event\",\"length\":9}\n{}"),
            Err(Reason::EnvelopeInvalid)
        );
        assert_eq!(
            items(b"{}\n{\"type\":\"event\",\"length\":1}\n{}"),
            Err(Reason::EnvelopeInvalid)
        );
        let long = [
            &b"{}\n"[..],
            &b"{\"type\":\"log\"}\n{}\n".repeat(ENVELOPE_ITEMS_MAX + 1),
        ]
        .concat();
        assert_eq!(items(&long), Err(Reason::EnvelopeTooLong));
    }

    #[test]
    fn the_header_names_event_and_dsn() {
        let text = b"{\"event_id\":\"0041ab98-2cb9-4566-912b-6befc573088d\",\
            \"dsn\":\"https://0123456789abcdef0123456789abcdef@example.org/42\"}";
        let envelope = Envelope::read(text).unwrap_or_else(|_| panic!("framed"));
        assert!(envelope.event_id.is_some());
        assert_eq!(envelope.dsn.map(|(_, project)| project.get()), Some(42));
        let odd =
            Envelope::read(b"{\"event_id\":7,\"dsn\":\"x\"}").unwrap_or_else(|_| panic!("framed"));
        assert!(odd.event_id.is_none() && odd.dsn.is_none());
    }
}
