//! What was done to an event: where, by which rule, how often. Never a value, never a length.

use serde::Serialize;

use super::rule::Rule;
use crate::json::Value;

/// Distinct places kept for one event. Beyond it only the counts by rule grow.
pub const PLACES_MAX: usize = 200;
/// Longest path kept, in bytes. Keys are the client's, scrubbed like any text.
pub const PATH_BYTES_MAX: usize = 200;

/// One kind of finding at one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Keys and indexes joined by dots, e.g. `exception.values.0.value`; empty for a bare text.
    pub path: String,
    pub rule: Rule,
    pub count: u32,
}

/// List of findings, bounded in number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    places: Vec<Finding>,
    counts: [u32; Rule::ALL.len()],
    /// The last of the places of each rule: most often the next finding of the rule is there, too.
    last: [u8; Rule::ALL.len()],
}

const _: () = assert!(PLACES_MAX <= 1 << u8::BITS);

impl Findings {
    /// The findings with their places, in the order in which they were made.
    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.places.iter()
    }

    /// True if more places were found than are kept.
    pub fn is_overflowing(&self) -> bool {
        let kept: u64 = self.places.iter().map(|place| u64::from(place.count)).sum();
        kept < self.counts.iter().map(|&count| u64::from(count)).sum()
    }

    /// True if nothing was found.
    pub fn is_empty(&self) -> bool {
        self.counts == [0; Rule::ALL.len()]
    }

    /// Every rule that found something, with its total.
    pub fn by_rule(&self) -> impl Iterator<Item = (Rule, u32)> {
        Rule::ALL
            .into_iter()
            .zip(self.counts)
            .filter(|&(_, count)| count > 0)
    }

    /// How often `rule` found something.
    pub fn count(&self, rule: Rule) -> u32 {
        self.counts[rule as usize]
    }

    /// The places as a JSON array of `{"path", "rule", "count"}`, as stored and shown.
    pub fn to_json(&self) -> Value<'static> {
        let place = |finding: &Finding| {
            Value::Object(vec![
                ("path".into(), Value::from(finding.path.clone())),
                ("rule".into(), Value::from(finding.rule.name())),
                ("count".into(), Value::Number(finding.count.into())),
            ])
        };
        Value::Array(self.places.iter().map(place).collect())
    }

    /// With those of another text.
    pub(in crate::privacy) fn extend(&mut self, others: &Self) {
        for Finding { path, rule, count } in &others.places {
            self.add_at(path.clone(), *rule, *count);
        }
    }

    pub(super) fn add(&mut self, path: &Path<'_>, rule: Rule, count: u32) {
        self.add_at(path.to_text(), rule, count);
    }

    fn add_at(&mut self, path: String, rule: Rule, count: u32) {
        let total = &mut self.counts[rule as usize];
        *total = total.saturating_add(count);
        let last = &mut self.last[rule as usize];
        // Two empty paths are not compared: vector instructions that are told to read nothing at no valid address take
        // 100 ns for it.
        let same_path =
            |other: &str| other.len() == path.len() && (path.is_empty() || other == path);
        let is_same = |place: &Finding| place.rule == rule && same_path(&place.path);
        let known = match self.places.get(usize::from(*last)) {
            Some(place) if is_same(place) => Some(usize::from(*last)),
            _ => self.places.iter().position(is_same),
        };
        let place = known.unwrap_or(self.places.len());
        match self.places.get_mut(place) {
            Some(known) => known.count = known.count.saturating_add(count),
            None if place < PLACES_MAX => self.places.push(Finding { path, rule, count }),
            None => return,
        }
        *last = place as u8;
    }
}

fn push_number(number: usize, text: &mut String) {
    if number >= 10 {
        push_number(number / 10, text);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Where a walk is. A chain on the stack: nothing is written down until something is found.
#[derive(Clone, Copy)]
pub(super) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl Path<'_> {
    fn to_text(self) -> String {
        if let Path::Root = self {
            return String::new();
        }
        let mut text = String::with_capacity(PATH_BYTES_MAX / 2);
        self.write(&mut text);
        text
    }

    fn write(&self, text: &mut String) {
        let parent = match self {
            Path::Root => return,
            Path::Key(parent, _) | Path::Index(parent, _) => parent,
        };
        parent.write(text);
        if text.len() >= PATH_BYTES_MAX {
            return;
        }
        if !text.is_empty() {
            text.push('.');
        }
        match self {
            Path::Root => {}
            Path::Key(_, key) => {
                let room = PATH_BYTES_MAX.saturating_sub(text.len());
                text.push_str(&key[..key.floor_char_boundary(room)]);
            }
            Path::Index(_, index) => {
                push_number(*index, text);
            }
        }
    }
}
