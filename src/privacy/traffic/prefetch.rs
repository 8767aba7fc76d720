//! Pages that a browser loads before anybody asks for them.

use http::{HeaderMap, HeaderName};

use crate::privacy::headers::{PURPOSE, SEC_PURPOSE, X_MOZ, X_PURPOSE};

/// Names and words of past and present browsers. `Sec-Purpose` is the standard (Fetch), also as `prefetch;prerender`;
/// `Purpose` is what Chrome and Safari sent before it, `X-Purpose` older Safari for its Top Sites, `X-Moz` older Firefox.
/// Matomo knows the last two only.
const SIGNS: [(HeaderName, &[&str]); 4] = [
    (SEC_PURPOSE, &["prefetch", "prerender"]),
    (PURPOSE, &["prefetch", "preview", "prerender"]),
    (X_PURPOSE, &["preview", "instant"]),
    (X_MOZ, &["prefetch"]),
];

/// Whether the browser says that nobody is looking yet. If somebody looks later, the page is counted then: trackers
/// send again, or wait in the first place.
pub(super) fn is_prefetch(headers: &HeaderMap) -> bool {
    SIGNS.iter().any(|(name, words)| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split([';', ',']))
            .any(|part| {
                words
                    .iter()
                    .any(|word| part.trim().eq_ignore_ascii_case(word))
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
