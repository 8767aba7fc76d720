//! JSON as clients send it: borrowed where possible, order kept, and tolerant.
//!
//! Enters: bytes of a client. Leaves: a [`Value`] tree whose unescaped strings still point into those
//! bytes (a 7 KB crash event parses with a fraction of `serde_json::Value`'s allocations).
//! The parser is serde_json's. What it refuses but SDKs really send (lone surrogates, `NaN`,
//! raw control characters, numbers beyond `f64`, invalid UTF-8, nesting beyond [`DEPTH_MAX`]) is mended by
//! [`repair`] first: a malformed value never costs the event around it.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::limits::JSON_VALUES_MAX;

mod repair;
mod write;

pub use repair::repair;

/// Arrays and objects nested deeper than this are replaced by `null`.
pub const DEPTH_MAX: usize = 100;

/// A JSON value. Objects keep the order of their members and duplicate keys; look-ups find the last.
#[derive(Clone, PartialEq)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Number(serde_json::Number),
    String(Cow<'a, str>),
    Array(Vec<Value<'a>>),
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

/// Why bytes were not read. Says nothing about what they are.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Unread {
    /// No JSON, not even after [`repair`].
    #[error("not valid JSON")]
    NotJson,
    #[error("more values than are read")]
    TooManyValues,
}

/// Parses one JSON document of at most [`JSON_VALUES_MAX`] values; `scratch` holds the mended text if mending was needed.
///
/// # Errors
/// [`Unread`] if the text has no JSON shape at all, or more values.
pub fn parse<'a>(bytes: &'a [u8], scratch: &'a mut Vec<u8>) -> Result<Value<'a>, Unread> {
    parse_within(JSON_VALUES_MAX, bytes, scratch)
}

/// Parses one JSON document of at most `values_max` values.
///
/// # Errors
/// [`Unread`] if the text has no JSON shape at all, or more values.
pub fn parse_within<'a>(
    values_max: u32,
    bytes: &'a [u8],
    scratch: &'a mut Vec<u8>,
) -> Result<Value<'a>, Unread> {
    // Checked as a whole, which is faster than string by string.
    if let Ok(text) = std::str::from_utf8(bytes) {
        match read(serde_json::Deserializer::from_str(text), values_max) {
            // Mending does not make it shorter.
            Err(Unread::NotJson) => {}
            read => return read,
        }
    }
    *scratch = repair(bytes);
    read(serde_json::Deserializer::from_slice(scratch), values_max)
}

fn read<'de, R: serde_json::de::Read<'de>>(
    mut text: serde_json::Deserializer<R>,
    values_max: u32,
) -> Result<Value<'de>, Unread> {
    let left = Cell::new(values_max);
    let value = Counted(&left).deserialize(&mut text);
    value
        .and_then(|value| text.end().map(|()| value))
        .map_err(|_| match left.get() {
            0 => Unread::TooManyValues,
            _ => Unread::NotJson,
        })
}

impl<'a> Value<'a> {
    /// The member `key` of an object.
    pub fn get(&self, key: &str) -> Option<&Value<'a>> {
        match self {
            Value::Object(members) => members.iter().rev().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The member `key` of an object, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value<'a>> {
        match self {
            Value::Object(members) => members
                .iter_mut()
                .rev()
                .find(|(k, _)| k == key)
                .map(|(_, v)| v),
            _ => None,
        }
    }

    /// Follows object keys, e.g. `["contexts", "os", "name"]`.
    pub fn path(&self, keys: &[&str]) -> Option<&Value<'a>> {
        keys.iter().try_fold(self, |value, key| value.get(key))
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The text of the string member `key`.
    pub fn str_at(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Value::as_str)
    }

    /// The elements of an array.
    pub fn as_array(&self) -> Option<&[Value<'a>]> {
        match self {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The members of an object.
    pub fn as_object(&self) -> Option<&[(Cow<'a, str>, Value<'a>)]> {
        match self {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Removes every member `key` of an object and returns the last.
    pub fn remove(&mut self, key: &str) -> Option<Value<'a>> {
        let Value::Object(members) = self else {
            return None;
        };
        let mut removed = None;
        // In one pass: somebody may repeat a key a hundred thousand times.
        members.retain_mut(|(k, value)| {
            let is_kept = k != key;
            if !is_kept {
                removed = Some(std::mem::replace(value, Value::Null));
            }
            is_kept
        });
        removed
    }

    /// Sets the member `key` of an object, replacing every earlier one. No effect on other values.
    pub fn set(&mut self, key: &'a str, value: Value<'a>) {
        self.remove(key);
        if let Value::Object(members) = self {
            members.push((Cow::Borrowed(key), value));
        }
    }

    /// Appends the compact JSON text.
    pub fn write(&self, out: &mut Vec<u8>) {
        write::write(self, out);
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::String(Cow::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::String(Cow::Owned(text))
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(b) => serializer.serialize_bool(*b),
            Value::Number(n) => n.serialize(serializer),
            Value::String(s) => serializer.serialize_str(s),
            Value::Array(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Value::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Counted(&Cell::new(JSON_VALUES_MAX)).deserialize(deserializer)
    }
}

/// Reads a value while so many are left.
#[derive(Clone, Copy)]
struct Counted<'c>(&'c Cell<u32>);

impl<'de> DeserializeSeed<'de> for Counted<'_> {
    type Value = Value<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value<'de>, D::Error> {
        let Some(left) = self.0.get().checked_sub(1) else {
            return Err(D::Error::custom("too many values"));
        };
        self.0.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Counted<'_> {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Self::Value, E> {
        Ok(Value::Number(n.into()))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Self::Value, E> {
        Ok(Value::Number(n.into()))
    }

    fn visit_f64<E>(self, n: f64) -> Result<Self::Value, E> {
        Ok(serde_json::Number::from_f64(n).map_or(Value::Null, Value::Number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Value::String(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            members.push((key, map.next_value_seed(self)?));
        }
        Ok(Value::Object(members))
    }
}

/// An object key, borrowed unless it has escapes (serde's own `Cow` never borrows).
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(text: &[u8]) -> String {
        let mut scratch = Vec::new();
        let mut out = Vec::new();
        match parse(text, &mut scratch) {
            Ok(value) => value.write(&mut out),
            Err(_) => return "not json".to_owned(),
        }
        String::from_utf8(out).unwrap_or_default()
    }

    #[test]
    fn keeps_order_and_duplicates_and_finds_the_last() {
        let text = br#"{"b":1,"a":[true,null,-2,1.5,"x\ny"],"b":2}"#;
        assert_eq!(round_trip(text).as_bytes(), text);
        let value: Value = serde_json::from_slice(text).unwrap();
        assert!(value.get("b") == Some(&Value::Number(2.into())));
    }

    #[test]
    fn borrows_plain_strings_and_keys() {
        let value: Value = serde_json::from_slice(br#"{"key":"plain"}"#).unwrap();
        let Value::Object(members) = value else {
            panic!("an object")
        };
        assert!(matches!(members[0].0, Cow::Borrowed(_)));
        assert!(matches!(members[0].1, Value::String(Cow::Borrowed(_))));
    }

    #[test]
    fn mends_what_sdks_really_send() {
        assert_eq!(
            round_trip(br#"{"a":NaN,"b":-Infinity,"c":1e999}"#),
            r#"{"a":null,"b":null,"c":null}"#
        );
        assert_eq!(
            round_trip(br#"["\ud800x","\ud83d\ude00"]"#),
            "[\"\u{fffd}x\",\"\u{1f600}\"]"
        );
        assert_eq!(round_trip(b"[\"a\nb\xff\"]"), "[\"a\\nb\u{fffd}\"]");
        assert_eq!(
            round_trip(br#"{"NaN":"Infinity"}"#),
            r#"{"NaN":"Infinity"}"#
        );
    }

    #[test]
    fn nesting_is_cut_at_the_limit() {
        let bomb = [vec![b'['; 5_000], vec![b']'; 5_000]].concat();
        let cut = round_trip(&bomb);
        assert_eq!(
            cut,
            format!("{}null{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX))
        );
        assert_eq!(round_trip(&b"{\"a\":".repeat(50_000)), "not json");
    }

    #[test]
    fn values_are_counted() {
        let list = |count: u32| format!("[{}0]", "0,".repeat(count as usize - 2));
        let mut scratch = Vec::new();
        assert!(parse(list(JSON_VALUES_MAX).as_bytes(), &mut scratch).is_ok());
        assert!(parse(list(JSON_VALUES_MAX + 1).as_bytes(), &mut scratch).is_err());
        assert!(scratch.is_empty());
        let odd = list(JSON_VALUES_MAX + 1).replace("[0,", "[NaN,");
        assert!(parse(odd.as_bytes(), &mut scratch).is_err());
    }

    #[test]
    fn removes_every_member_of_a_name() {
        let mut value: Value = serde_json::from_str(r#"{"a":1,"b":2,"a":3,"c":4,"a":5}"#).unwrap();
        assert!(value.remove("a") == Some(Value::Number(5.into())));
        assert!(value.remove("a").is_none());
        let mut out = Vec::new();
        value.write(&mut out);
        assert_eq!(out, br#"{"b":2,"c":4}"#);
    }

    #[test]
    fn refuses_what_is_no_json() {
        for text in [
            &b""[..],
            b"abc",
            b"{",
            b"[1,",
            b"{\"a\"}",
            b"\"",
            b"1 2",
            b"\\u",
        ] {
            assert_eq!(round_trip(text), "not json");
        }
    }
}
