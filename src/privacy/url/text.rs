//! Free texts that hold addresses: titles, event names, searches. The address in them is cleaned like a page's.

use std::borrow::Cow;

use super::{CleanUrl, UrlPolicy, clean};
use crate::privacy::scrub::{Findings, Scrubber};

/// Scrubs a text; addresses in it lose what addresses of pages lose.
pub(in crate::privacy) fn clean_text<'a>(
    text: &'a str,
    policy: &UrlPolicy,
    scrubber: &Scrubber,
    findings: &mut Findings,
) -> Cow<'a, str> {
    let mut cleaned = String::new();
    let mut rest = text;
    while let Some((start, end)) = next_address(rest) {
        cleaned.push_str(&scrubber.text(&rest[..start], findings));
        let address = &rest[start..end];
        let CleanUrl { host, path, query } = clean(address, policy, scrubber, findings);
        if let Some((scheme, _)) = address.split_once("://") {
            cleaned.push_str(scheme);
            cleaned.push_str("://");
        }
        cleaned.extend([&*host, &*path]);
        if !query.is_empty() {
            cleaned.extend(["?", &query]);
        }
        rest = &rest[end..];
    }
    if rest.len() == text.len() {
        return scrubber.text(text, findings);
    }
    cleaned.push_str(&scrubber.text(rest, findings));
    Cow::Owned(cleaned)
}

/// Where the next address with parameters begins and ends: `https://…?…`, or a text that starts with `/…?`. An address without
/// parameters is left to the scrubber, which knows paths.
fn next_address(text: &str) -> Option<(usize, usize)> {
    if !text.contains('?') {
        return None;
    }
    let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`');
    let end_of = |start: usize| text[start..].find(ends).map_or(text.len(), |n| start + n);
    if text.starts_with('/') && text[..end_of(0)].contains('?') {
        return Some((0, end_of(0)));
    }
    let mut from = 0;
    while let Some(at) = text[from..].find("://") {
        let at = from + at;
        let scheme = text[..at].bytes().rev();
        let start = at - scheme.take_while(u8::is_ascii_alphabetic).count();
        let end = end_of(at);
        if start < at && text[at..end].contains('?') {
            return Some((start, end));
        }
        from = end.max(at + 3);
        if from >= text.len() {
            break;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::scrub::Policy;

    fn cleaned(text: &str) -> String {
        let scrubber = Scrubber::new(&Policy::default()).unwrap();
        let policy = UrlPolicy::default();
        clean_text(text, &policy, &scrubber, &mut Findings::default()).into_owned()
    }

    #[test]
    fn addresses_in_texts_lose_what_pages_lose() {
        assert_eq!(
            cleaned("Search https://example.org/find?q=shoes&first_name=Jane#x now"),
            "Search https://example.org/find?q=shoes now"
        );
        assert_eq!(cleaned("/checkout?step=2&gclid=1"), "/checkout?step=2");
        assert_eq!(
            cleaned("a https://example.org/1?gclid=1 b https://example.org/2?ok=1"),
            "a https://example.org/1 b https://example.org/2?ok=1"
        );
    }

    #[test]
    fn other_texts_are_only_scrubbed() {
        assert_eq!(cleaned("Is it? Yes: http://"), "Is it? Yes: http://");
        assert_eq!(cleaned("Ask jane@example.org?"), "Ask [email]?");
        assert!(matches!(
            clean_text(
                "plain",
                &UrlPolicy::default(),
                &Scrubber::new(&Policy::default()).unwrap(),
                &mut Findings::default()
            ),
            Cow::Borrowed("plain")
        ));
    }
}
