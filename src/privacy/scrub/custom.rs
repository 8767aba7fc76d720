//! A project's own rules and exceptions, compiled.

use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};

use super::Scrubber;
use super::findings::{Findings, Path};
use super::instead::Instead;
use super::keys;
use super::places::Place;
use super::policy::{
    CustomRule, ENTRY_BYTES_MAX, LIST_ENTRIES_MAX, Level, List, NAME_BYTES_MAX, PATTERN_BYTES_MAX,
    PATTERN_MEMORY_BYTES_MAX, Policy, PolicyError, RULES_MAX,
};
use super::rule::{Rule, placeholder_end};
use super::span::Span;
use crate::privacy::ip::IpMask;

/// Ready to be asked at every text, key and place.
#[derive(Debug, Default)]
pub(super) struct Custom {
    rules: Vec<OwnRule>,
    keys: Vec<String>,
    removed: Vec<Place>,
    kept_keys: Vec<String>,
    kept_places: Vec<Place>,
    kept_texts: Vec<String>,
    kept_patterns: Vec<Regex>,
}

#[derive(Debug)]
struct OwnRule {
    pattern: Regex,
    placeholder: String,
}

impl Custom {
    pub fn new(policy: &Policy) -> Result<Self, PolicyError> {
        let keep = &policy.keep;
        let count = policy.rules.len();
        if count > RULES_MAX {
            return Err(PolicyError::TooMany {
                list: List::Rules,
                count,
                max: RULES_MAX,
            });
        }
        for (list, entries, bytes_max) in [
            (List::Keys, &policy.keys, ENTRY_BYTES_MAX),
            (List::Remove, &policy.remove, ENTRY_BYTES_MAX),
            (List::KeepKeys, &keep.keys, ENTRY_BYTES_MAX),
            (List::KeepPaths, &keep.paths, ENTRY_BYTES_MAX),
            (List::KeepTexts, &keep.texts, ENTRY_BYTES_MAX),
            (List::KeepPatterns, &keep.patterns, PATTERN_BYTES_MAX),
        ] {
            check_list(list, entries, bytes_max)?;
        }
        let rules = own_rules(&policy.rules)?;
        refuse_personal(policy)?;
        Ok(Self {
            rules,
            keys: policy.keys.clone(),
            removed: places(List::Remove, &policy.remove)?,
            kept_keys: keep.keys.clone(),
            kept_places: places(List::KeepPaths, &keep.paths)?,
            kept_texts: keep.texts.clone(),
            kept_patterns: kept_patterns(&keep.patterns)?,
        })
    }

    /// Adds what the project's patterns find.
    pub fn find(&self, bytes: &[u8], spans: &mut Vec<Span>) {
        for (rule, number) in self.rules.iter().zip(0..) {
            let found = rule.pattern.find_iter(bytes).map(|found| found.range());
            let fresh = found.filter(|place| !place.is_empty() && !self.touches(bytes, place));
            spans.extend(fresh.map(|place| {
                let instead = Instead::Own(number);
                Span::with(place.start, place.end, Rule::Custom, instead)
            }));
        }
    }

    /// True if a match overlaps a placeholder: nothing is found in what was put there.
    fn touches(&self, bytes: &[u8], place: &std::ops::Range<usize>) -> bool {
        /// Of `[` and `]` with a name between them.
        const PLACEHOLDER_BYTES_MAX: usize = NAME_BYTES_MAX + 2;
        let from = place.start.saturating_sub(PLACEHOLDER_BYTES_MAX);
        let opens = memchr::memchr_iter(b'[', &bytes[from..place.end]);
        opens
            .filter_map(|at| self.placeholder_end(bytes, from + at))
            .any(|end| end > place.start)
    }

    fn placeholder_end(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let own = || {
            let mut texts = self.rules.iter().map(|rule| rule.placeholder.as_bytes());
            let text = texts.find(|text| bytes[at..].starts_with(text))?;
            Some(at + text.len())
        };
        placeholder_end(bytes, at).or_else(own)
    }

    /// What a rule leaves in the place of a match.
    pub fn placeholder(&self, number: u8) -> &str {
        let rule = self.rules.get(usize::from(number));
        rule.map_or(Rule::Custom.placeholder(), |rule| &rule.placeholder)
    }

    pub fn has_rules(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Takes out the findings that the project keeps. The floor cannot be kept.
    pub fn keep(&self, bytes: &[u8], spans: &mut Vec<Span>) {
        if self.kept_texts.is_empty() && self.kept_patterns.is_empty() {
            return;
        }
        let kept = |text: &[u8]| {
            self.kept_texts.iter().any(|known| known.as_bytes() == text)
                || self
                    .kept_patterns
                    .iter()
                    .any(|pattern| pattern.is_match(text))
        };
        spans.retain(|span| span.rule.is_floor() || !kept(&bytes[span.start..span.end]));
    }

    /// True if the value of a key has to go.
    pub fn takes_key(&self, key: &[u8]) -> bool {
        self.keys
            .iter()
            .any(|known| keys::same(known.as_bytes(), key))
    }

    /// True if what stands at a place has to go.
    pub fn takes_place(&self, path: &Path<'_>) -> bool {
        self.removed.iter().any(|place| place.fits(path))
    }

    /// True if the project wants the value of a key, or what stands at a place, left alone.
    pub fn keeps(&self, key: &str, path: &Path<'_>) -> bool {
        let same = |known: &String| keys::same(known.as_bytes(), key.as_bytes());
        self.kept_keys.iter().any(same) || self.keeps_place(path)
    }

    pub fn keeps_place(&self, path: &Path<'_>) -> bool {
        self.kept_places.iter().any(|place| place.fits(path))
    }
}

fn check_list(list: List, entries: &[String], bytes_max: usize) -> Result<(), PolicyError> {
    if entries.len() > LIST_ENTRIES_MAX {
        return Err(PolicyError::TooMany {
            list,
            count: entries.len(),
            max: LIST_ENTRIES_MAX,
        });
    }
    let fits = |entry: &String| (1..=bytes_max).contains(&entry.len());
    match entries.iter().position(|entry| !fits(entry)) {
        Some(index) => Err(PolicyError::Length {
            list,
            number: index + 1,
            max: bytes_max,
        }),
        None => Ok(()),
    }
}

/// A policy is stored in clear text and seen by everybody who may change it. It must not hold what it is there to remove,
/// nor ask in vain for what is never kept.
fn refuse_personal(policy: &Policy) -> Result<(), PolicyError> {
    let plain = Scrubber {
        level: Level::Strict,
        mask: IpMask::default(),
        custom: Arc::default(),
    };
    let finds = |text: &str, sought: fn(Rule) -> bool| {
        let mut findings = Findings::default();
        plain.text(text, &mut findings);
        findings.iter().any(|finding| sought(finding.rule))
    };
    let person = |rule| {
        matches!(
            rule,
            Rule::Email | Rule::Phone | Rule::Card | Rule::Iban | Rule::NationalId
        )
    };
    for rule in &policy.rules {
        if finds(&rule.pattern, person) || finds(&rule.pattern.replace('\\', ""), person) {
            let name = rule.name.clone();
            return Err(PolicyError::Personal { name });
        }
    }
    let kept = &policy.keep.texts;
    match kept.iter().position(|text| finds(text, Rule::is_floor)) {
        Some(index) => Err(PolicyError::KeepsFloor { number: index + 1 }),
        None => Ok(()),
    }
}

fn places(list: List, paths: &[String]) -> Result<Vec<Place>, PolicyError> {
    let place = |(index, path): (usize, &String)| {
        let number = index + 1;
        Place::parse(path).ok_or(PolicyError::Path { list, number })
    };
    paths.iter().enumerate().map(place).collect()
}

fn own_rules(rules: &[CustomRule]) -> Result<Vec<OwnRule>, PolicyError> {
    let mut own: Vec<OwnRule> = Vec::with_capacity(rules.len());
    for (index, rule) in rules.iter().enumerate() {
        let twice = rules[..index].iter().any(|other| other.name == rule.name);
        let bracketed = format!("[{}]", rule.name);
        let taken = placeholder_end(bracketed.as_bytes(), 0).is_some();
        if !is_name(&rule.name) || twice || taken {
            return Err(PolicyError::Name { number: index + 1 });
        }
        let placeholder = rule.placeholder.clone().unwrap_or(bracketed);
        let inner = placeholder
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        if !inner.is_some_and(is_name) {
            let name = rule.name.clone();
            return Err(PolicyError::Placeholder { name });
        }
        own.push(OwnRule {
            pattern: pattern_of(rule)?,
            placeholder,
        });
    }
    Ok(own)
}

fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain)
}

fn pattern_of(rule: &CustomRule) -> Result<Regex, PolicyError> {
    let name = rule.name.clone();
    if !(1..=PATTERN_BYTES_MAX).contains(&rule.pattern.len()) {
        return Err(PolicyError::PatternLength { name });
    }
    match compile(&rule.pattern) {
        // `.*` and the like would take every text.
        Ok(pattern) if pattern.is_match(b"") => Err(PolicyError::MatchesEverything { name }),
        Ok(pattern) => Ok(pattern),
        Err(regex::Error::CompiledTooBig(_)) => Err(PolicyError::PatternSize { name }),
        Err(_) => Err(PolicyError::Pattern { name }),
    }
}

fn kept_patterns(patterns: &[String]) -> Result<Vec<Regex>, PolicyError> {
    let whole = |(index, pattern): (usize, &String)| {
        // First by itself: `a)|(b` is no pattern, though it is one in brackets.
        compile(pattern)
            .and_then(|_| compile(&format!("^(?:{pattern})$")))
            .map_err(|_| PolicyError::KeepPattern { number: index + 1 })
    };
    patterns.iter().enumerate().map(whole).collect()
}

fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern)
        .size_limit(PATTERN_MEMORY_BYTES_MAX)
        .dfa_size_limit(PATTERN_MEMORY_BYTES_MAX)
        .build()
}
