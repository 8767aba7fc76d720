//! Walks a JSON tree: every text is scrubbed, keys as well; a key that announces a secret loses its value.

use std::borrow::Cow;

use super::Scrubber;
use super::cues::Cue;
use super::findings::{Findings, Path};
use super::keys::{self, KeyClass, Reach};
use super::needles::{NO_NEEDLES, Needles};
use super::protocol::{is_protocol, is_structural, is_version_key};
use super::rule::{Rule, placeholder_end};
use super::scan::{Setting, cue_of};
use super::value::Mode;
use crate::json::Value;

/// Texts of one tree that are looked at. Those beyond are not kept.
pub(super) const TEXTS_MAX: usize = 200_000;
/// Numbers below this have fewer digits than any identifier that is looked for without a cue.
const NUMBER_MIN: u64 = 100_000_000_000;

/// A shorter key of nothing but letters and underscores can hold nothing of any shape.
const PLAIN_KEY_BYTES: usize = 16;

pub(super) struct Walk<'w> {
    pub scrubber: &'w Scrubber,
    pub findings: &'w mut Findings,
    pub mode: Mode,
    pub needles: &'w Needles,
    /// The object around is about a person: its `name` is one's name.
    person: bool,
    /// The project wants this part kept as far as it may.
    floor_only: bool,
    texts_left: usize,
}

impl<'w> Walk<'w> {
    pub fn new(scrubber: &'w Scrubber, findings: &'w mut Findings) -> Self {
        Self {
            scrubber,
            findings,
            mode: Mode::Prose,
            needles: &NO_NEEDLES,
            person: false,
            floor_only: false,
            texts_left: TEXTS_MAX,
        }
    }

    /// Any value without a key of its own.
    pub fn value(&mut self, value: &mut Value<'_>, path: &Path<'_>) {
        match value {
            Value::String(text) => self.text(text, None, path),
            Value::Array(items) => self.items(items, path),
            Value::Object(members) => self.members(members, path),
            Value::Number(_) => self.number(value, None, path),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn members(&mut self, members: &mut [(Cow<'_, str>, Value<'_>)], path: &Path<'_>) {
        // As some SDKs send tags.
        if let [(first, Value::String(key)), (second, value)] = members
            && first == "key"
            && second == "value"
        {
            return self.pair(key, value, path);
        }
        for (key, value) in members {
            self.member(key, value, path);
        }
    }

    /// One member: the key's own text first, then the value by what the key announces.
    pub fn member(&mut self, key: &mut Cow<'_, str>, value: &mut Value<'_>, path: &Path<'_>) {
        let class = if is_protocol(key) {
            None
        } else {
            let (class, length) = (classify(key), key.len());
            self.key(key, path);
            classify_changed(class, key, length)
        };
        self.classified(key, class, value, &Path::Key(path, key));
    }

    /// A key may hold an address or a token as well.
    pub fn key(&mut self, key: &mut Cow<'_, str>, path: &Path<'_>) {
        let plain = key.len() < PLAIN_KEY_BYTES
            && key.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_');
        if plain && !self.needles.may_be_in_key(key) {
            return;
        }
        let setting = self.setting(None);
        if let Some(clean) = self.scrubber.clean(key, setting, path, self.findings) {
            *key = Cow::Owned(clean);
        }
    }

    /// A value whose key is known but not part of the tree.
    pub fn keyed(&mut self, key: &str, value: &mut Value<'_>, path: &Path<'_>) {
        self.classified(key, classify(key), value, path);
    }

    fn classified(
        &mut self,
        key: &str,
        class: Option<KeyClass>,
        value: &mut Value<'_>,
        path: &Path<'_>,
    ) {
        if let Value::String(text) = value
            && is_structural(key, text)
        {
            return;
        }
        // {"value": ..., "type": ...} of log attributes: the key announces the inner value.
        if let Value::Object(members) = value
            && members.len() <= 3
            && ["type", "value"]
                .iter()
                .all(|part| members.iter().any(|(name, _)| name == part))
        {
            for (name, inner) in members {
                match name.as_ref() {
                    "value" => self.classified(key, class, inner, path),
                    _ => self.member(name, inner, path),
                }
            }
            return;
        }
        let class = match key {
            // Browsers, threads and packages have names and ids, too.
            "name" | "Name" | "id" if self.person => {
                let rule = if key == "id" { Rule::User } else { Rule::Name };
                Some(KeyClass {
                    rule,
                    reach: Reach::Whole,
                })
            }
            "name" | "Name" => None,
            _ => class,
        };
        let custom = &self.scrubber.custom;
        if custom.keeps(key, path) && !class.is_some_and(|class| class.rule.is_floor()) {
            let outer = std::mem::replace(&mut self.floor_only, true);
            self.value(value, path);
            self.floor_only = outer;
            return;
        }
        if !self.floor_only && (custom.takes_key(key.as_bytes()) || custom.takes_place(path)) {
            return self.replace(value, Rule::Custom, path);
        }
        let Some(class) = class else {
            return match value {
                Value::String(text) if is_version_key(key) => self.version(text, path),
                _ => self.value(value, path),
            };
        };
        let kept = self.floor_only && !class.rule.is_floor();
        if class.reach != Reach::Hint && !kept && takes_whole(class, value) {
            return self.replace(value, class.rule, path);
        }
        let outer = self.person;
        self.person |= matches!(class.rule, Rule::User | Rule::Name);
        match value {
            Value::String(text) => self.text(text, Some(class.rule), path),
            Value::Number(_) => self.number(value, Some(class.rule), path),
            _ => self.value(value, path),
        }
        self.person = outer;
    }

    /// True if the project wants what stands at a place gone; then it is.
    pub fn takes(&mut self, value: &mut Value<'_>, path: &Path<'_>) -> bool {
        let takes = self.scrubber.custom.takes_place(path);
        if takes {
            self.replace(value, Rule::Custom, path);
        }
        takes
    }

    /// Puts the rule's placeholder in the place of a value, unless it is empty or there already.
    pub fn replace(&mut self, value: &mut Value<'_>, rule: Rule, path: &Path<'_>) {
        let empty = match value {
            Value::Null => true,
            Value::String(text) => text.is_empty() || text == rule.placeholder(),
            _ => false,
        };
        if !empty {
            *value = Value::from(rule.placeholder());
            self.findings.add(path, rule, 1);
        }
    }

    fn items(&mut self, items: &mut [Value<'_>], path: &Path<'_>) {
        // ["key", "value"], as headers, cookies and tags are sent.
        if let [Value::String(key), value] = items {
            return self.pair(key, value, path);
        }
        for (index, item) in items.iter_mut().enumerate() {
            self.value(item, &Path::Index(path, index));
        }
    }

    /// A key and its value that are no member.
    fn pair(&mut self, key: &mut Cow<'_, str>, value: &mut Value<'_>, path: &Path<'_>) {
        let (class, length) = (classify(key), key.len());
        self.text(key, None, &Path::Key(path, "key"));
        let class = classify_changed(class, key, length);
        self.classified(key, class, value, &Path::Key(path, key));
    }

    fn text(&mut self, text: &mut Cow<'_, str>, rule: Option<Rule>, path: &Path<'_>) {
        if text.is_empty() {
            return;
        }
        self.texts_left = self.texts_left.saturating_sub(1);
        if self.texts_left == 0 {
            self.findings.add(path, Rule::Limit, 1);
            *text = Cow::Borrowed(Rule::Limit.placeholder());
            return;
        }
        let setting = self.setting(rule.and_then(cue_of));
        if let Some(clean) = self.scrubber.clean(text, setting, path, self.findings) {
            *text = Cow::Owned(clean);
        }
    }

    /// A text that is known to be a version.
    pub fn version(&mut self, text: &mut Cow<'_, str>, path: &Path<'_>) {
        let setting = self.setting(Some(Cue::Version));
        if let Some(clean) = self.scrubber.clean(text, setting, path, self.findings) {
            *text = Cow::Owned(clean);
        }
    }

    /// Numbers are looked at as text: a card number may be one.
    fn number(&mut self, value: &mut Value<'_>, rule: Option<Rule>, path: &Path<'_>) {
        let Value::Number(number) = value else { return };
        if rule.is_none() && number.as_u64().is_none_or(|n| n < NUMBER_MIN) {
            return;
        }
        let text = number.to_string();
        let setting = self.setting(rule.and_then(cue_of));
        if let Some(clean) = self.scrubber.clean(&text, setting, path, self.findings) {
            *value = match clean.parse::<serde_json::Number>() {
                Ok(coarse) => Value::Number(coarse),
                Err(_) => Value::from(clean),
            };
        }
    }

    fn setting(&self, cue: Option<Cue>) -> Setting<'w> {
        Setting {
            mode: self.mode,
            cue,
            needles: self.needles,
            floor_only: self.floor_only,
            ..self.scrubber.prose()
        }
    }
}

/// What a key announces. A key that was scrubbed itself announces nothing.
fn classify(key: &str) -> Option<KeyClass> {
    let scrubbed = || {
        let mut marks = memchr::memchr_iter(b'[', key.as_bytes());
        marks.any(|at| placeholder_end(key.as_bytes(), at).is_some())
    };
    if is_protocol(key) {
        return None;
    }
    keys::classify(key.as_bytes()).filter(|_| !scrubbed())
}

/// What a key announces that had `length` bytes until it was scrubbed, and announced `before`. It may have been too long for a
/// name, or its words may be others now; whoever reads it next sees these.
fn classify_changed(before: Option<KeyClass>, key: &str, length: usize) -> Option<KeyClass> {
    let whole = before.is_some_and(|class| class.reach == Reach::Whole);
    if whole || key.len() == length {
        before
    } else {
        classify(key).or(before)
    }
}

/// True if a value under such a key goes whole.
fn takes_whole(class: KeyClass, value: &Value<'_>) -> bool {
    let secret = matches!(
        class.rule,
        Rule::Password | Rule::Token | Rule::Credentials | Rule::Cookie
    );
    match value {
        Value::Null | Value::Bool(_) => false,
        Value::String(text) => {
            let text = text.trim();
            let empty = matches!(
                text,
                "" | "None" | "null" | "undefined" | "''" | "\"\"" | "[]" | "{}" | "localhost"
            );
            !empty && placeholder_end(text.as_bytes(), 0) != Some(text.len())
        }
        Value::Number(_) => class.reach == Reach::Whole || secret,
        Value::Array(items) => secret && !items.is_empty(),
        Value::Object(members) => secret && !members.is_empty(),
    }
}
