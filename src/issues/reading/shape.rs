//! The shapes that SDKs give to lists and maps.

use super::Pairs;
use crate::json::Value;

/// Entries of one list or map that are laid out; all of them are in the raw JSON.
const ENTRIES_MAX: usize = 500;

/// `key` as a list: `[…]`, `{"values":[…]}`, or a single object.
pub(super) fn list_at<'e>(holder: &'e Value<'_>, key: &str) -> &'e [Value<'e>] {
    let list: &[Value<'_>] = match holder.get(key) {
        Some(Value::Array(items)) => items,
        Some(single @ Value::Object(_)) => match single.get("values") {
            Some(values) => values.as_array().unwrap_or_default(),
            None => std::slice::from_ref(single),
        },
        _ => &[],
    };
    &list[..list.len().min(ENTRIES_MAX)]
}

/// `key` as names and values: a map, a list of pairs, or a list of `{"key":…,"value":…}`.
pub(super) fn pairs_at(holder: &Value<'_>, key: &str) -> Pairs {
    holder.get(key).map_or_else(Vec::new, pairs)
}

/// Names and values without those that say nothing.
pub(super) fn pairs(value: &Value<'_>) -> Pairs {
    let mut pairs: Pairs = match value {
        Value::Object(members) => {
            let members = members.iter().take(ENTRIES_MAX);
            members
                .map(|(name, value)| (name.to_string(), words(value)))
                .collect()
        }
        Value::Array(items) => items.iter().take(ENTRIES_MAX).filter_map(pair).collect(),
        _ => Vec::new(),
    };
    pairs.retain(|(_, value)| !value.is_empty());
    pairs
}

fn pair(item: &Value<'_>) -> Option<(String, String)> {
    match item.as_array() {
        Some([name, value]) => Some((words(name), words(value))),
        Some(_) => None,
        None => Some((words(item.get("key")?), words(item.get("value")?))),
    }
}

/// The member `key` as text.
pub(super) fn text_at(holder: &Value<'_>, key: &str) -> String {
    holder.get(key).map_or_else(String::new, words)
}

/// Any value as text: strings as they are, lists and maps as indented JSON, `null` as nothing.
pub(super) fn words(value: &Value<'_>) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.to_string(),
        Value::Bool(_) | Value::Number(_) => serde_json::to_string(value).unwrap_or_default(),
        Value::Array(_) | Value::Object(_) => {
            serde_json::to_string_pretty(value).unwrap_or_default()
        }
    }
}
