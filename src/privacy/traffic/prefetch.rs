//! Pages that a browser loads before anybody asks for them.

use http::{HeaderMap, HeaderName};

use crate::privacy::headers::{PURPOSE, SEC_PURPOSE, X_MOZ, X_PURPOSE};

/// Names and words of past and present browsers. `Sec-Purpose` is the standard (Fetch), also as `prefetch;prerender`;
/// `Purpose` is what Chrome and Safari sent before it, `X-Purpose` older Safari for its Top Sites, `X-Moz` older Firefox.
/// Matomo knows the last two only.
static SIGNS: [(HeaderName, &[&str]); 4] = [
    (SEC_PURPOSE, &["prefetch", "prerender"]),
    (PURPOSE, &["prefetch", "preview", "prerender"]),
    (X_PURPOSE, &["preview", "instant"]),
    (X_MOZ, &["prefetch"]),
];

/// Whether the browser says that nobody is looking yet. If somebody looks later, the page is counted then: trackers
/// send again, or wait in the first place.
pub(super) fn is_prefetch(headers: &HeaderMap) -> bool {
    headers.iter().any(|(name, value)| {
        let words = SIGNS.iter().find(|(sign, _)| sign == name);
        words.is_some_and(|(_, words)| {
            let parts = value.to_str().unwrap_or_default().split([';', ',']);
            let is_word = |part: &str| words.iter().any(|word| part.eq_ignore_ascii_case(word));
            parts.map(str::trim).any(is_word)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(name: &'static str, value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        is_prefetch(&headers)
    }

    #[test]
    fn every_dialect_is_understood() {
        assert!(says("sec-purpose", "prefetch"));
        assert!(says("sec-purpose", "prefetch;prerender"));
        assert!(says("sec-purpose", "prefetch; anonymous-client-ip"));
        assert!(says("purpose", "Preview"));
        assert!(says("x-purpose", "instant"));
        assert!(says("x-moz", "prefetch"));
    }

    #[test]
    fn other_purposes_are_visits() {
        assert!(!says("sec-purpose", "navigate"));
        assert!(!says("sec-purpose", "no-prefetch-here"));
        assert!(!says("x-purpose", "prefetch"));
        assert!(!says("sec-fetch-dest", "prefetch"));
        assert!(!is_prefetch(&HeaderMap::new()));
    }
}
