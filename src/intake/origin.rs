//! The `Origin` of a cross-site request: scheme and host of a page, never a path or a person.

use http::{HeaderMap, HeaderValue};

/// A well-formed `Origin` header, to be named back in a CORS answer.
pub struct Origin(HeaderValue);

impl Origin {
    /// The origin of a request, if it has one worth naming.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(http::header::ORIGIN)?;
        let (_, behind_scheme) = value.to_str().ok()?.split_once(':')?;
        let host = behind_scheme.strip_prefix("//")?;
        let is_host = |byte: u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'[' | b']' | b'_')
        };
        (!host.is_empty() && host.bytes().all(is_host)).then(|| Self(value.clone()))
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
    use super::*;

    #[test]
    fn patterns() {
        let mut headers = HeaderMap::new();
        headers.insert(
            "origin",
            HeaderValue::from_static("https://Shop.example.org"),
        );
        let origin = Origin::of(&headers).unwrap();
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
            Origin::of(&headers).is_some()
        };
        assert!(named("https://shop.example.org") && named("http://[::1]:8080"));
        assert!(!named("null") && !named("https://example.org/jane") && !named("https://"));
    }
}
