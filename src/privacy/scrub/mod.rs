//! Finds personal data and secrets in telemetry and takes them out, leaving the rest readable.
//!
//! Enters: any text or JSON tree that a client sent. Leaves: the same with each find replaced by a typed
//! placeholder (`[email]`), addresses masked, positions coarsened; and a list of path, rule, count. Deliberately
//! not here: the values or lengths of what was found, I/O, logging, time, randomness. Nothing is guessed by
//! statistics; each rule is a shape with a check or a cue. What cannot be looked at within the limits is
//! not kept.

mod address;
mod announce;
mod base64;
mod blocks;
mod card;
mod class;
mod credential;
mod cues;
mod custom;
mod date;
mod email;
mod event;
mod findings;
mod iban;
mod instead;
mod keys;
mod lanes;
mod lexicon;
mod literal;
mod login;
mod name;
mod national_id;
mod needles;
mod nested;
mod numbers;
mod path;
mod phone;
mod place;
mod places;
mod plausible;
mod policy;
mod protocol;
mod rule;
mod scan;
mod signs;
mod span;
mod url;
mod value;
mod walk;
mod words;

use std::borrow::Cow;
use std::sync::Arc;

pub use findings::{Finding, Findings, PATH_BYTES_MAX, PLACES_MAX};
pub use policy::{CustomRule, Keep, Level, List, Policy, PolicyError, Wishes};
pub use rule::Rule;

use crate::json::Value;
use crate::privacy::ip::IpMask;
use custom::Custom;
use findings::Path;
use needles::NO_NEEDLES;
use scan::{Found, Setting};
use span::Span;
use value::Mode;

/// Longest text that is looked at, in bytes. A longer one is not kept.
pub const TEXT_BYTES_MAX: usize = 2 << 20;
/// Passes until nothing more is found. A text that is still not clean is not kept.
const PASSES_MAX: usize = 4;

/// A policy made ready. Built once, shared by all threads.
#[derive(Debug)]
pub struct Scrubber {
    level: Level,
    mask: IpMask,
    custom: Arc<Custom>,
}

impl Scrubber {
    /// Makes a policy ready.
    ///
    /// # Errors
    /// [`PolicyError`] names the entry that cannot be used.
    pub fn new(policy: &Policy) -> Result<Self, PolicyError> {
        policy.compile()
    }

    /// The same for the events of one project, with its own rules, and at its level if it names one.
    pub fn for_project(&self, wishes: &Wishes) -> Self {
        Self {
            level: wishes.level.unwrap_or(self.level),
            mask: self.mask,
            custom: Arc::clone(&wishes.custom),
        }
    }

    /// Scrubs one free text. Borrowed when nothing was found.
    pub fn text<'a>(&self, text: &'a str, findings: &mut Findings) -> Cow<'a, str> {
        self.clean(text, self.prose(), &Path::Root, findings)
            .map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// Scrubs a text that is the value of `key`: a query parameter, a dimension, a header.
    pub fn value_of<'a>(&self, key: &str, text: &'a str, findings: &mut Findings) -> Cow<'a, str> {
        let mut value = Value::String(Cow::Borrowed(text));
        walk::Walk::new(self, findings).keyed(key, &mut value, &Path::Root);
        match value {
            Value::String(text) => text,
            _ => Cow::Borrowed(""),
        }
    }

    /// Scrubs any JSON tree, keys included.
    pub fn json(&self, value: &mut Value<'_>, findings: &mut Findings) {
        walk::Walk::new(self, findings).value(value, &Path::Root);
    }

    /// Scrubs a Sentry event, or the payload of another kind of item, knowing its structure. `pseudonym` turns the
    /// user's own id into the keyed hash that is stored.
    pub fn event(
        &self,
        event: &mut Value<'_>,
        pseudonym: &dyn Fn(&str) -> String,
        findings: &mut Findings,
    ) {
        event::scrub(self, event, pseudonym, findings);
    }

    /// Scrubs the path of a page's URL; segments that look like identifiers become `[id]`.
    pub fn url_path<'a>(&self, path: &'a str, findings: &mut Findings) -> Cow<'a, str> {
        let templated = url::template(path, findings);
        match self.clean(&templated, self.prose(), &Path::Root, findings) {
            // What had hidden a segment may be gone: the `#` of `&#64;` is no fragment's.
            Some(clean) => Cow::Owned(url::template(&clean, findings).into_owned()),
            None => templated,
        }
    }

    fn prose(&self) -> Setting<'_> {
        Setting {
            mask: self.mask,
            mode: Mode::Prose,
            cue: None,
            needles: &NO_NEEDLES,
            custom: &self.custom,
            floor_only: false,
            depth: 0,
        }
    }

    /// The text without what was found, `None` if that was nothing.
    fn clean(
        &self,
        text: &str,
        setting: Setting<'_>,
        path: &Path<'_>,
        findings: &mut Findings,
    ) -> Option<String> {
        if text.len() > TEXT_BYTES_MAX {
            findings.add(path, Rule::Limit, 1);
            return Some(Rule::Limit.placeholder().to_owned());
        }
        let mut clean: Option<String> = None;
        for _ in 0..PASSES_MAX {
            let current = clean.as_deref().unwrap_or(text);
            let Some(pass) = pass(current.as_bytes(), setting) else {
                break;
            };
            if pass.spans.is_empty() {
                return clean;
            }
            record(&pass.spans, path, findings);
            clean = Some(span::replace(current, &pass.spans, setting.custom));
            if pass.settled {
                return clean;
            }
        }
        findings.add(path, Rule::Limit, 1);
        Some(Rule::Limit.placeholder().to_owned())
    }
}

/// What was found on all levels of a text.
struct Pass {
    /// Sorted and apart from each other.
    spans: Vec<Span>,
    /// Nothing more would be found once these are replaced.
    settled: bool,
}

/// Looks through a text on every level of encoding. `None` if it is encoded too often.
fn pass(bytes: &[u8], setting: Setting<'_>) -> Option<Pass> {
    let Found {
        mut spans,
        mut escapes,
        mut pending,
    } = level(bytes, setting);
    let mut views: Vec<nested::View> = Vec::new();
    while escapes {
        let Some(view) = nested::decode(views.last().map_or(bytes, |view| &view.bytes)) else {
            break;
        };
        if views.len() == nested::LEVELS_MAX {
            return None;
        }
        views.push(view);
        let inner = level(&views[views.len() - 1].bytes, setting);
        let original = |at| views.iter().rev().fold(at, |at, view| view.original(at));
        spans.extend(inner.spans.into_iter().map(|span| Span {
            start: original(span.start),
            end: original(span.end),
            ..span
        }));
        escapes = inner.escapes;
        pending |= inner.pending;
    }
    let united = span::unite(&mut spans);
    let settled =
        !united && !pending && !setting.custom.has_rules() && span::stand_apart(bytes, &spans);
    Some(Pass { spans, settled })
}

/// Looks through a text on one level.
fn level(bytes: &[u8], setting: Setting<'_>) -> Found {
    let mut found = scan::scan(bytes, setting);
    if setting.floor_only {
        found.spans.retain(|span| span.rule.is_floor());
    } else {
        setting.custom.find(bytes, &mut found.spans);
    }
    setting.custom.keep(bytes, &mut found.spans);
    found
}

fn record(spans: &[Span], path: &Path<'_>, findings: &mut Findings) {
    let mut counts = [0u32; Rule::ALL.len()];
    for span in spans {
        counts[span.rule as usize] += 1;
    }
    for span in spans {
        let count = std::mem::take(&mut counts[span.rule as usize]);
        if count > 0 {
            findings.add(path, span.rule, count);
        }
    }
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod policy_tests;
#[cfg(test)]
mod tests;
