//! Which parameters of an address are kept.

use std::ops::ControlFlow;

use super::parameters::is_never_kept;
use crate::intake::form::{self, decode};
use crate::settings::{UrlMode, UrlSettings};

/// A project's choice. It can keep less than the lists of [`parameters`](super::parameters) allow, never more.
#[derive(Default)]
pub(in crate::privacy) struct UrlPolicy {
    mode: UrlMode,
    named: Vec<String>,
    search: Vec<String>,
}

impl UrlPolicy {
    /// Makes settings ready.
    pub fn new(settings: &UrlSettings) -> Self {
        let lower = |names: &[String]| names.iter().map(|name| name.to_lowercase()).collect();
        Self {
            mode: settings.mode,
            named: lower(&settings.parameters),
            search: lower(&settings.search_parameters.0),
        }
    }

    /// Whether a parameter of this name is kept.
    pub fn keeps(&self, name: &str) -> bool {
        if is_never_kept(name) {
            return false;
        }
        let is_named = match self.named.as_slice() {
            [] => false,
            named => {
                let lower = name.to_lowercase();
                named.iter().any(|pattern| matches(pattern, &lower))
            }
        };
        is_named == (self.mode == UrlMode::Allow)
    }

    /// What was searched for on the site, if the address says so.
    pub fn searched(&self, url: &str) -> Option<String> {
        let (_, query) = url.split('#').next()?.split_once('?')?;
        let keyword = form::each_pair(query, |pair| {
            let (name, value) = (decode(pair.name()), pair.value());
            let lower = || name.chars().flat_map(char::to_lowercase);
            let is_listed = |known: &String| known.chars().eq(lower());
            match !value.text.is_empty() && self.search.iter().any(is_listed) {
                true => ControlFlow::Break(value),
                false => ControlFlow::Continue(()),
            }
        });
        let keyword = keyword.break_value()?.plain_text().trim().to_owned();
        (!keyword.is_empty()).then_some(keyword)
    }
}

/// Whether `name` is `pattern`, in which `*` stands for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(tail) = name.strip_prefix(head) else {
        return false;
    };
    let mut ends = (0..=tail.len()).filter(|&at| tail.is_char_boundary(at));
    rest.is_empty() || ends.any(|at| matches(rest, &tail[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn policy(mode: &str, parameters: &str) -> UrlPolicy {
        let settings = Settings::default()
            .with("urls.mode", mode)
            .and_then(|s| s.with("urls.parameters", parameters))
            .unwrap();
        UrlPolicy::new(&settings.urls)
    }

    #[test]
    fn exclude_and_allow() {
        let exclude = policy("exclude", "ref*,promo");
        assert!(exclude.keeps("page") && !exclude.keeps("Referral") && !exclude.keeps("promo"));
        let allow = policy("allow", "page, sort, email");
        assert!(allow.keeps("Page") && !allow.keeps("other"));
        assert!(!allow.keeps("email"), "the lists hold in both modes");
    }

    #[test]
    fn stars() {
        for (pattern, name, expected) in [
            ("a*", "a", true),
            ("a*c", "abc", true),
            ("a*c", "abd", false),
            ("*id", "orderid", true),
            ("ä*", "äö", true),
            ("abc", "ab", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn site_searches_are_found_in_the_address() {
        let policy = UrlPolicy::new(&UrlSettings::default());
        let searched = |url| policy.searched(url);
        assert_eq!(
            searched("https://example.org/?Q=red+shoes").as_deref(),
            Some("red shoes")
        );
        assert_eq!(
            searched("https://example.org/?q=&search=a").as_deref(),
            Some("a")
        );
        assert_eq!(searched("https://example.org/#?q=a"), None);
    }
}
