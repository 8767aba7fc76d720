//! A project's own rules and exceptions, compiled.

use regex::bytes::{Regex, RegexBuilder};

use super::findings::Path;
use super::keys;
use super::policy::{CUSTOM_RULES_MAX, LIST_ENTRIES_MAX, PATTERN_BYTES_MAX, Policy, PolicyError};
use super::rule::Rule;
use super::span::Span;

/// Memory of one compiled pattern, in bytes: what keeps matching fast.
const PATTERN_MEMORY_BYTES_MAX: usize = 1 << 20;

/// Ready to be asked at every text, key and place.
#[derive(Debug, Default)]
pub(super) struct Custom {
    patterns: Vec<Regex>,
    keys: Vec<String>,
    paths: Vec<PathPattern>,
    allowed_keys: Vec<String>,
    allowed_paths: Vec<PathPattern>,
    allowed_texts: Vec<String>,
}

impl Custom {
    pub fn new(policy: &Policy) -> Result<Self, PolicyError> {
        if policy.rules.len() > CUSTOM_RULES_MAX {
            return Err(PolicyError::TooManyRules {
                count: policy.rules.len(),
            });
        }
        let allow = &policy.allow;
        let lists = policy
            .rules
            .iter()
            .flat_map(|rule| [&rule.keys, &rule.paths]);
        for list in lists.chain([&allow.keys, &allow.paths, &allow.texts]) {
            if list.len() > LIST_ENTRIES_MAX {
                return Err(PolicyError::ListTooLong { count: list.len() });
            }
        }
        let mut custom = Self {
            allowed_keys: allow.keys.clone(),
            allowed_paths: allow
                .paths
                .iter()
                .map(|path| PathPattern::new(path))
                .collect(),
            allowed_texts: allow.texts.clone(),
            ..Self::default()
        };
        for (index, rule) in policy.rules.iter().enumerate() {
            let number = index + 1;
            if rule.pattern.is_none() && rule.keys.is_empty() && rule.paths.is_empty() {
                return Err(PolicyError::Empty { rule: number });
            }
            if let Some(pattern) = &rule.pattern {
                custom.patterns.push(compile(pattern, number)?);
            }
            custom.keys.extend(rule.keys.iter().cloned());
            custom
                .paths
                .extend(rule.paths.iter().map(|path| PathPattern::new(path)));
        }
        Ok(custom)
    }

    /// Adds what the project's patterns find.
    pub fn find(&self, bytes: &[u8], spans: &mut Vec<Span>) {
        for pattern in &self.patterns {
            let found = pattern.find_iter(bytes).filter(|found| !found.is_empty());
            let fresh = found.filter(|found| !is_placeholder(found.as_bytes()));
            spans.extend(fresh.map(|found| Span::new(found.start(), found.end(), Rule::Custom)));
        }
    }

    pub fn has_patterns(&self) -> bool {
        !self.patterns.is_empty()
    }

    /// Takes out the findings that the project allows. The floor cannot be allowed.
    pub fn allow(&self, bytes: &[u8], spans: &mut Vec<Span>) {
        if !self.allowed_texts.is_empty() {
            let allowed = |span: &Span| {
                self.allowed_texts
                    .iter()
                    .any(|text| text.as_bytes() == &bytes[span.start..span.end])
            };
            spans.retain(|span| span.rule.is_floor() || !allowed(span));
        }
    }

    pub fn takes_key(&self, key: &[u8]) -> bool {
        self.keys
            .iter()
            .any(|known| keys::same(known.as_bytes(), key))
    }

    pub fn takes_place(&self, path: &Path<'_>) -> bool {
        self.paths.iter().any(|pattern| pattern.fits(path))
    }

    pub fn allows(&self, key: &str, path: &Path<'_>) -> bool {
        self.allowed_keys
            .iter()
            .any(|known| keys::same(known.as_bytes(), key.as_bytes()))
            || self.allowed_paths.iter().any(|pattern| pattern.fits(path))
    }
}

fn compile(pattern: &str, rule: usize) -> Result<Regex, PolicyError> {
    if pattern.len() > PATTERN_BYTES_MAX {
        return Err(PolicyError::Pattern { rule });
    }
    let regex = RegexBuilder::new(pattern)
        .size_limit(PATTERN_MEMORY_BYTES_MAX)
        .dfa_size_limit(PATTERN_MEMORY_BYTES_MAX)
        .build()
        .map_err(|_| PolicyError::Pattern { rule })?;
    // `.*` and the like would take every text.
    if regex.is_match(b"") {
        Err(PolicyError::MatchesEverything { rule })
    } else {
        Ok(regex)
    }
}

fn is_placeholder(text: &[u8]) -> bool {
    super::rule::placeholder_end(text, 0) == Some(text.len())
}

/// A place with `*` for one step and `**` for any number of them.
#[derive(Debug)]
struct PathPattern(Vec<String>);

impl PathPattern {
    fn new(text: &str) -> Self {
        Self(text.split('.').map(str::to_owned).collect())
    }

    fn fits(&self, path: &Path<'_>) -> bool {
        let steps = path.steps();
        fits(&self.0, &steps)
    }
}

/// Matching from the left; `**` is tried once for every step, so the cost is bounded by their product.
fn fits(pattern: &[String], steps: &[String]) -> bool {
    let mut possible = vec![false; steps.len() + 1];
    possible[0] = true;
    for part in pattern {
        let mut next = vec![false; steps.len() + 1];
        if part == "**" {
            let first = possible.iter().position(|&p| p).unwrap_or(possible.len());
            next[first..].fill(true);
        } else {
            for (i, step) in steps.iter().enumerate() {
                next[i + 1] = possible[i] && (part == "*" || part == step);
            }
        }
        possible = next;
    }
    possible[steps.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path_fits(pattern: &str, path: &str) -> bool {
        let steps: Vec<String> = path.split('.').map(str::to_owned).collect();
        fits(&PathPattern::new(pattern).0, &steps)
    }

    #[test]
    fn places() {
        assert!(path_fits("contexts.order.*", "contexts.order.iban"));
        assert!(path_fits("**.note", "extra.a.b.note"));
        assert!(path_fits("extra.**", "extra.a.b"));
        assert!(!path_fits("contexts.order.*", "contexts.order"));
        assert!(!path_fits("tags.*", "extra.plan"));
    }
}
