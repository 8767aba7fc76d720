//! Sentry's envelope: a header line, then items of a header line and a payload each.
//! <https://develop.sentry.dev/sdk/data-model/envelopes/>
//!
//! The framer is tolerant: unknown item types, header keys and values it cannot read never cost the envelope, and an item
//! that cannot be cut out costs only what stands behind it.

use super::{auth, items};
use crate::json::{self, Value};
use crate::limits::ENVELOPE_ITEMS_MAX;
use crate::outcome::{Kind, Reason};
use crate::privacy::EventId;
use crate::registry::{ProjectId, PublicKey};
use crate::time::Timestamp;

/// A framed envelope. Payloads are not looked into.
#[derive(Default)]
pub struct Envelope<'a> {
    pub event_id: Option<EventId>,
    /// Key and project of a tunnelled envelope.
    pub dsn: Option<(PublicKey, ProjectId)>,
    /// The client's clock when it sent.
    pub sent_at: Option<Timestamp>,
    pub items: Vec<EnvelopeItem<'a>>,
    /// What the item was that could not be cut out; nothing behind it was read.
    pub broken: Option<Kind>,
}

/// One item of an envelope.
pub struct EnvelopeItem<'a> {
    pub kind: Kind,
    pub payload: &'a [u8],
}

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl<'a> Envelope<'a> {
    /// Cuts an envelope into its items. If the body is not whole, its last item counts as broken.
    ///
    /// # Errors
    /// [`Reason::BodyEmpty`], [`Reason::EnvelopeInvalid`] if its header is no JSON object, [`Reason::EnvelopeTooLong`], or
    /// [`Reason::EventRepeated`] if it holds two events: they would have one id.
    pub fn read(body: &'a [u8], is_whole: bool) -> Result<Self, Reason> {
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        let (header, mut rest) = split_line(body.trim_ascii_start());
        if header.is_empty() {
            return Err(Reason::BodyEmpty);
        }
        let mut scratch = Vec::new();
        let header = parse_header(header, &mut scratch).ok_or(Reason::EnvelopeInvalid)?;
        let mut envelope = Self {
            event_id: header.str_at("event_id").and_then(EventId::parse),
            dsn: header.str_at("dsn").and_then(auth::parse_dsn),
            sent_at: header.str_at("sent_at").and_then(Timestamp::parse),
            items: Vec::new(),
            broken: None,
        };
        let mut has_event = false;
        loop {
            rest = rest.trim_ascii_start();
            if rest.is_empty() {
                return Ok(envelope);
            }
            if envelope.items.len() == ENVELOPE_ITEMS_MAX {
                return Err(Reason::EnvelopeTooLong);
            }
            let item;
            (item, rest) = match read_item(rest, is_whole) {
                Ok(read) => read,
                Err(kind) => {
                    envelope.broken = Some(kind);
                    return Ok(envelope);
                }
            };
            if item.kind == Kind::Error && std::mem::replace(&mut has_event, true) {
                return Err(Reason::EventRepeated);
            }
            envelope.items.push(item);
        }
    }
}

/// The first item and what stands behind it, or what kind of item it is that cannot be cut out.
fn read_item(text: &[u8], is_whole: bool) -> Result<(EnvelopeItem<'_>, &[u8]), Kind> {
    let (header, rest) = split_line(text);
    let mut scratch = Vec::new();
    let header = parse_header(header, &mut scratch).ok_or(Kind::UnknownItem)?;
    let kind = header.str_at("type").map_or(Kind::UnknownItem, items::kind);
    let Some(length) = header.get("length").and_then(as_length) else {
        if !is_whole && !rest.contains(&b'\n') {
            return Err(kind);
        }
        let (payload, rest) = split_line(rest);
        return Ok((EnvelopeItem { kind, payload }, rest));
    };
    let (payload, rest) = rest.split_at_checked(length).ok_or(kind)?;
    // After a payload of stated length comes a line break or the end.
    let rest = match rest {
        [] => rest,
        [b'\n', rest @ ..] | [b'\r', b'\n', rest @ ..] => rest,
        _ => return Err(kind),
    };
    Ok((EnvelopeItem { kind, payload }, rest))
}

fn as_length(value: &Value<'_>) -> Option<usize> {
    match value {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok(),
        Value::String(digits) => digits.parse().ok(),
        _ => None,
    }
}

fn parse_header<'h>(line: &'h [u8], scratch: &'h mut Vec<u8>) -> Option<Value<'h>> {
    json::parse(line, scratch)
        .ok()
        .filter(|header| matches!(header, Value::Object(_)))
}

fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b'\n', text) {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &[]),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Kinds and payloads of the items, and the kind of the one that is broken.
    type Framed<'a> = Result<(Vec<(Kind, &'a [u8])>, Option<Kind>), Reason>;

    fn framed(text: &[u8]) -> Framed<'_> {
        let envelope = Envelope::read(text, true)?;
        let items = envelope
            .items
            .iter()
            .map(|item| (item.kind, item.payload))
            .collect();
        Ok((items, envelope.broken))
    }

    fn items(text: &[u8]) -> Vec<(Kind, &[u8])> {
        match framed(text) {
            Ok((items, None)) => items,
            _ => panic!("framed whole"),
        }
    }

    #[test]
    fn payloads_with_and_without_length() {
        let text = b"{}\n{\"type\":\"event\",\"length\":4}\n{\n}\n\n{\"type\":\"session\"}\n{}\n";
        assert_eq!(
            items(text),
            [(Kind::Error, &b"{\n}\n"[..]), (Kind::Session, b"{}")]
        );
        assert_eq!(
            items(b"{}\n{\"type\":\"event\"}\n{}"),
            [(Kind::Error, &b"{}"[..])]
        );
        assert_eq!(
            items(b"{}\n{\"type\":\"attachment\",\"length\":0}"),
            [(Kind::Attachment, &b""[..])]
        );
        assert_eq!(
            items(b"{}\n{\"type\":\"event\",\"length\":\"2\"}\n{}"),
            [(Kind::Error, &b"{}"[..])]
        );
    }

    #[test]
    fn unknown_types_and_keys_are_kept_apart() {
        let text = b"{\"x\":1}\n{\"type\":\"nonsense\",\"y\":[]}\nabc\n{\"type\":\"event\"}\n{}";
        assert_eq!(
            items(text),
            [(Kind::UnknownItem, &b"abc"[..]), (Kind::Error, b"{}")]
        );
        assert_eq!(items(b"{}"), []);
        assert_eq!(items(b"{}\r\n\n\n"), []);
        assert_eq!(items(b"\xef\xbb\xbf\n {}\n"), []);
    }

    #[test]
    fn a_broken_item_costs_itself_and_what_stands_behind_it() {
        let good = (Kind::Error, &b"{}"[..]);
        let event = "{}\n{\"type\":\"event\"}\n{}\n";
        for (broken, kind) in [
            ("[]\n{}", Kind::UnknownItem),
            ("garbage", Kind::UnknownItem),
            ("{\"type\":\"session\",\"length\":9}\n{}", Kind::Session),
            ("{\"type\":\"session\",\"length\":1}\n{}", Kind::Session),
        ] {
            let text = format!("{event}{broken}\n");
            assert_eq!(
                framed(text.as_bytes()),
                Ok((vec![good], Some(kind))),
                "{broken}"
            );
        }
    }

    #[test]
    fn of_a_body_that_is_not_whole_the_last_item_is_broken() {
        let text = b"{}\n{\"type\":\"session\"}\n{}\n{\"type\":\"event\"}\n{\"a\":1";
        let envelope = Envelope::read(text, false).unwrap_or_default();
        assert_eq!(envelope.items.len(), 1);
        assert_eq!(envelope.broken, Some(Kind::Error));
    }

    #[test]
    fn refusals() {
        assert_eq!(framed(b" \n"), Err(Reason::BodyEmpty));
        assert_eq!(framed(b"garbage"), Err(Reason::EnvelopeInvalid));
        let item = &b"{\"type\":\"session\"}\n{}\n"[..];
        let long = [&b"{}\n"[..], &item.repeat(ENVELOPE_ITEMS_MAX + 1)].concat();
        assert_eq!(framed(&long), Err(Reason::EnvelopeTooLong));
        let two = b"{}\n{\"type\":\"event\"}\n{}\n{\"type\":\"event\"}\n{}\n";
        assert_eq!(framed(two), Err(Reason::EventRepeated));
    }

    #[test]
    fn the_header_names_event_dsn_and_clock() {
        let text = b"{\"event_id\":\"0041ab98-2cb9-4566-912b-6befc573088d\",\
            \"dsn\":\"https://0123456789abcdef0123456789abcdef@example.org/42\",\
            \"sent_at\":\"2026-11-22T03:53:07.500Z\"}";
        let envelope = Envelope::read(text, true).unwrap_or_default();
        assert!(envelope.event_id.is_some());
        assert_eq!(envelope.dsn.map(|(_, project)| project.get()), Some(42));
        assert_eq!(
            envelope.sent_at.map(Timestamp::millis),
            Some(1_795_319_587_500)
        );
        let odd = Envelope::read(b"{\"event_id\":7,\"dsn\":\"x\",\"sent_at\":[]}", true);
        let odd = odd.unwrap_or_default();
        assert!(odd.event_id.is_none() && odd.dsn.is_none() && odd.sent_at.is_none());
    }

    /// An item as a client writes it: with a length and any bytes, or without and on one line.
    #[derive(Clone, Debug)]
    struct Written {
        kind: &'static str,
        stated: bool,
        payload: Vec<u8>,
    }

    fn written() -> impl Strategy<Value = Written> {
        let kinds = [
            "session",
            "attachment",
            "client_report",
            "log",
            "something_new",
        ];
        let kind = proptest::sample::select(kinds.to_vec());
        let any_bytes = proptest::collection::vec(any::<u8>(), 0..60);
        (kind, any::<bool>(), any_bytes).prop_map(|(kind, stated, mut payload)| {
            if !stated {
                payload.retain(|&byte| byte != b'\n');
            }
            Written {
                kind,
                stated,
                payload,
            }
        })
    }

    fn write(items: &[Written], ends_with_break: bool) -> Vec<u8> {
        let mut text = b"{}".to_vec();
        for item in items {
            let length = match item.stated {
                true => format!(",\"length\":{}", item.payload.len()),
                false => String::new(),
            };
            text.extend(format!("\n{{\"type\":\"{}\"{length}}}\n", item.kind).bytes());
            text.extend(&item.payload);
        }
        if ends_with_break {
            text.push(b'\n');
        }
        text
    }

    proptest! {
        #[test]
        fn every_item_is_cut_byte_by_byte(
            written in proptest::collection::vec(written(), 0..8),
            ends_with_break: bool,
        ) {
            let text = write(&written, ends_with_break);
            let expected: Vec<_> = written
                .iter()
                .map(|item| (items::kind(item.kind), item.payload.as_slice()))
                .collect();
            prop_assert_eq!(framed(&text), Ok((expected, None)));
        }

        #[test]
        fn a_cut_body_keeps_every_item_before_the_cut(
            written in proptest::collection::vec(written(), 1..8),
            cut: prop::sample::Index,
        ) {
            let text = write(&written, true);
            let text = &text[..cut.index(text.len())];
            if let Ok((items, _)) = framed(text) {
                // Only an item without a length can lose its end unnoticed.
                let whole = items.len().saturating_sub(1);
                for (item, written) in items[..whole].iter().zip(&written) {
                    prop_assert_eq!(item.1, written.payload.as_slice());
                }
            }
        }

        #[test]
        fn anything_may_come(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = framed(&bytes);
            let _ = framed(&[b"{}\n{\"type\":\"event\",\"length\":7}\n", &bytes[..]].concat());
        }
    }
}
