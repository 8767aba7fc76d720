//! The `Origin` of a cross-site request: scheme and host of a page, never a path or a person.

use http::HeaderValue;

use crate::intake::headers::{Header, Headers};

/// A well-formed `Origin` header, to be named back in a CORS answer.
pub struct Origin(HeaderValue);

/// What a host and its port may be written with.
const HOST_BYTES: [bool; 256] = {
    let mut bytes = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let is_sign = matches!(byte as u8, b'.' | b'-' | b':' | b'[' | b']' | b'_');
        bytes[byte] = is_sign || (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    bytes
};

impl Origin {
    /// The origin of a request, if it has one worth naming.
    pub fn of(headers: &Headers<'_>) -> Option<Self> {
        let value = headers.get(Header::Origin)?;
        let bytes = value.as_bytes();
        let colon = bytes.iter().position(|byte| *byte == b':')?;
        let (scheme, behind) = bytes.split_at(colon);
        let host = behind.strip_prefix(b"://")?;
        let is_host = |byte: &u8| HOST_BYTES[usize::from(*byte)];
        let is_named = !host.is_empty() && scheme.iter().chain(host).all(is_host);
        is_named.then(|| Self(value.clone()))
    }

    /// Whether it is `pattern`: an origin, a host, or `*.` and a host whose subdomains are meant. Lower case.
    pub fn matches(&self, pattern: &str) -> bool {
        let origin = self.0.to_str().unwrap_or_default().to_ascii_lowercase();
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        match pattern.strip_prefix("*.") {
            Some(parent) => host
                .strip_suffix(parent)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
            None => pattern == "*" || pattern == origin || pattern == host,
        }
    }

    /// For `Access-Control-Allow-Origin`.
    pub fn into_header(self) -> HeaderValue {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    #[test]
    fn patterns() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "origin",
            HeaderValue::from_static("https://Shop.example.org"),
        );
        let origin = Origin::of(&Headers::of(&headers)).unwrap();
        for pattern in [
            "*",
            "https://shop.example.org",
            "shop.example.org",
            "*.example.org",
        ] {
            assert!(origin.matches(pattern), "{pattern}");
        }
        for pattern in ["http://shop.example.org", "*.ample.org", "example.org"] {
            assert!(!origin.matches(pattern), "{pattern}");
        }
    }

    #[test]
    fn only_scheme_and_host_are_named_back() {
        let named = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("origin", HeaderValue::from_static(text));
            Origin::of(&Headers::of(&headers)).is_some()
        };
        assert!(named("https://shop.example.org") && named("http://[::1]:8080"));
        assert!(!named("null") && !named("https://example.org/jane") && !named("https://"));
    }
}
