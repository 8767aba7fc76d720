//! The `Origin` of a cross-site request: scheme and host of a page, never a path or a person.

use http::{HeaderMap, HeaderValue};

/// A well-formed `Origin` header, to be named back in a CORS answer.
pub struct Origin(HeaderValue);

impl Origin {
    /// The origin of a request, if it has one worth naming.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let value = headers.get(http::header::ORIGIN)?;
        let host = value.to_str().ok()?.split_once("://")?.1;
        let is_host = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
        (!host.is_empty() && host.bytes().all(is_host)).then(|| Self(value.clone()))
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
