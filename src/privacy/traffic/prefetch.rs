//! Pages that a browser loads before anybody asks for them.

use crate::intake::headers::{Header, Headers};

/// Names and words of past and present browsers. `Sec-Purpose` is the standard (Fetch), also as `prefetch;prerender`;
/// `Purpose` is what Chrome and Safari sent before it, `X-Purpose` older Safari for its Top Sites, `X-Moz` older Firefox.
/// Matomo knows the last two only.
static SIGNS: [(Header, &[&str]); 4] = [
    (Header::SecPurpose, &["prefetch", "prerender"]),
    (Header::Purpose, &["prefetch", "preview", "prerender"]),
    (Header::XPurpose, &["preview", "instant"]),
    (Header::XMoz, &["prefetch"]),
];

/// Whether the browser says that nobody is looking yet. If somebody looks later, the page is counted then: trackers
/// send again, or wait in the first place.
pub(super) fn is_prefetch(headers: &Headers<'_>) -> bool {
    SIGNS.iter().any(|(sign, words)| {
        headers.any_line(*sign, |line| {
            line.split([';', ',']).any(|part| {
                let is_word = |word: &&str| part.trim().eq_ignore_ascii_case(word);
                words.iter().any(is_word)
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn says(name: &'static str, value: &'static str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        is_prefetch(&Headers::of(&headers))
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
        assert!(!says("accept", "prefetch"));
    }
}
