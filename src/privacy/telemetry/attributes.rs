//! Attributes of log lines and spans, `{"key": {"value": …, "type": …}}` or plain values, without those that name
//! a person, a device or a session.
//! <https://develop.sentry.dev/sdk/telemetry/attributes/>

use std::borrow::Cow;

use crate::json::Value;
use crate::limits::ATTRIBUTES_MAX;
use crate::privacy::crash::cut;
use crate::privacy::crash::facts::scalar;
use crate::privacy::ip::IpMask;
use crate::privacy::sender::parse_hop;

/// The application's own word about its user: becomes needles for the scrubber, and is not stored.
const USER: [(&str, &str); 5] = [
    ("user.id", "id"),
    ("user.name", "username"),
    ("user.username", "username"),
    ("user.email", "email"),
    ("user.full_name", "name"),
];

/// Addresses, which are masked.
const ADDRESSES: [&str; 2] = ["client.address", "network.peer.address"];

/// What is not stored, nor anything below it.
const DROPPED: [&str; 14] = [
    "user",
    "enduser",
    "session",
    "device.id",
    "device.name",
    "host.id",
    "host.ip",
    "host.mac",
    "host.name",
    "server.address",
    "user_agent.original",
    "sentry.replay_id",
    "sentry._internal",
    "sentry.user",
];

/// The attributes of one line or span.
pub(super) struct Attributes<'v>(Vec<(Cow<'v, str>, Value<'v>)>);

impl<'v> Attributes<'v> {
    /// Takes the values out of their types.
    pub fn of(value: Option<Value<'v>>) -> Self {
        let Some(Value::Object(mut members)) = value else {
            return Self(Vec::new());
        };
        members.truncate(ATTRIBUTES_MAX);
        for (_, value) in &mut members {
            if let Some(inner) = value.remove("value") {
                *value = inner;
            }
        }
        Self(members)
    }

    /// Removes an attribute that has a column of its own.
    pub fn take(&mut self, key: &str) -> Option<Value<'v>> {
        let at = self.0.iter().position(|(name, _)| name == key)?;
        Some(self.0.remove(at).1)
    }

    /// Removes the user, in the shape in which a crash event names one.
    pub fn take_user(&mut self) -> Option<Value<'v>> {
        let parts: Vec<_> = USER
            .into_iter()
            .filter_map(|(key, part)| Some((Cow::Borrowed(part), self.take(key)?)))
            .collect();
        (!parts.is_empty()).then_some(Value::Object(parts))
    }

    /// Whether they state that their person consented: `mayfly.consent`.
    pub fn take_consent(&mut self) -> bool {
        self.take("mayfly.consent") == Some(Value::Bool(true))
    }

    /// What may be stored once it is scrubbed.
    pub fn into_value(mut self, mask: IpMask) -> Option<Value<'v>> {
        self.0.retain(|(key, _)| !is_dropped(key));
        for (key, value) in &mut self.0 {
            if ADDRESSES.contains(&key.as_ref()) {
                let address = value.as_str().and_then(parse_hop);
                *value = address.map_or(Value::Null, |whole| {
                    Value::from(mask.mask(whole).to_string())
                });
            }
        }
        (!self.0.is_empty()).then_some(Value::Object(self.0))
    }
}

fn is_dropped(key: &str) -> bool {
    DROPPED.iter().any(|dropped| {
        let (start, rest) = match key.split_at_checked(dropped.len()) {
            Some(parts) => parts,
            None => return false,
        };
        start.eq_ignore_ascii_case(dropped) && (rest.is_empty() || rest.starts_with('.'))
    })
}

/// Scrubbed attributes as the pairs of a column.
pub(super) fn pairs<'t>(tree: &'t Value<'_>) -> Vec<(&'t str, Cow<'t, str>)> {
    let members = tree.get("attributes").and_then(Value::as_object);
    let pair = |(key, value): &'t (Cow<'_, str>, Value<'_>)| {
        let text = match value {
            Value::Null => return None,
            Value::Array(_) | Value::Object(_) => Cow::Owned(json_text(value)),
            _ => scalar(value)?,
        };
        let text = match text {
            Cow::Borrowed(text) => Cow::Borrowed(cut(text)),
            Cow::Owned(text) => Cow::Owned(cut(&text).to_owned()),
        };
        Some((cut(key), text))
    };
    members
        .unwrap_or_default()
        .iter()
        .filter_map(pair)
        .collect()
}

fn json_text(value: &Value<'_>) -> String {
    let mut text = Vec::new();
    value.write(&mut text);
    // Written by serde_json, hence UTF-8.
    String::from_utf8(text).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_devices_and_sessions_are_left_out() {
        for key in [
            "user.email",
            "User.id",
            "session.id",
            "server.address",
            "host.name",
            "user",
        ] {
            assert!(is_dropped(key), "{key}");
        }
        for key in ["username_length", "server.port", "host.arch", "sessions"] {
            assert!(!is_dropped(key), "{key}");
        }
    }

    #[test]
    fn values_leave_their_types_and_addresses_are_masked() {
        let text = r#"{"client.address":{"value":"203.0.113.77","type":"string"},"n":{"value":7,"type":"integer"},
            "network.peer.address":"nonsense","list":{"value":["a","b"],"type":"string[]"},"user.id":{"value":"4711"}}"#;
        let mut attributes = Attributes::of(serde_json::from_str(text).ok());
        let user = attributes.take_user();
        assert!(user.is_some_and(|user| user.str_at("id") == Some("4711")));
        let value = attributes.into_value(IpMask::default()).unwrap();
        let tree = Value::Object(vec![("attributes".into(), value)]);
        let pairs = pairs(&tree);
        let expected = [
            ("client.address", "203.0.113.0"),
            ("n", "7"),
            ("list", r#"["a","b"]"#),
        ];
        assert_eq!(
            pairs,
            expected.map(|(key, text)| (key, Cow::Borrowed(text)))
        );
    }
}
