//! Who a crash report is for: the public key, wherever the client put it.

use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sentry_types::{Auth, Dsn};

use crate::outcome::Reason;
use crate::registry::{ProjectId, PublicKey};

/// The key in `X-Sentry-Auth`, `Authorization: Sentry …` or `Authorization: Basic …`, in this order.
///
/// # Errors
/// [`Reason::KeyMalformed`] if there is one of another form than ours.
pub fn key_in_headers(headers: &HeaderMap) -> Result<Option<PublicKey>, Reason> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let sentry = text("x-sentry-auth").or(text(AUTHORIZATION.as_str()));
    if let Some(auth) = sentry.and_then(|header| Auth::from_str(header).ok()) {
        return parse_key(auth.public_key()).map(Some);
    }
    text(AUTHORIZATION.as_str())
        .and_then(basic_user)
        .map(|user| parse_key(&user))
        .transpose()
}

/// The key in the query string: `?sentry_key=…`.
///
/// # Errors
/// [`Reason::KeyMalformed`] if there is one of another form than ours.
pub fn key_in_query(query: &str) -> Result<Option<PublicKey>, Reason> {
    match Auth::from_querystring(query.as_bytes()) {
        Ok(auth) => parse_key(auth.public_key()).map(Some),
        Err(_) => Ok(None),
    }
}

/// Key and project of the DSN that tunnelled envelopes carry in their header.
pub fn parse_dsn(text: &str) -> Option<(PublicKey, ProjectId)> {
    let dsn = Dsn::from_str(text).ok()?;
    let project = dsn.project_id().value().parse().ok()?;
    Some((dsn.public_key().parse().ok()?, ProjectId::new(project)))
}

fn parse_key(text: &str) -> Result<PublicKey, Reason> {
    text.parse().map_err(|_| Reason::KeyMalformed)
}

fn basic_user(header: &str) -> Option<String> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded.trim()).ok()?).ok()?;
    Some(decoded.split(':').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn in_header(name: &'static str, value: &str) -> Result<Option<PublicKey>, Reason> {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        key_in_headers(&headers)
    }

    #[test]
    fn every_place_of_a_key() {
        let key = Ok(Some(KEY.parse().unwrap()));
        let sentry = format!("Sentry sentry_version=7, sentry_key={KEY}, sentry_client=x/1");
        assert_eq!(in_header("x-sentry-auth", &sentry), key);
        assert_eq!(in_header("authorization", &sentry), key);
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{KEY}:")));
        assert_eq!(in_header("authorization", &basic), key);
        assert_eq!(
            key_in_query(&format!("sentry_version=7&sentry_key={KEY}")),
            key
        );
        let dsn = parse_dsn(&format!("https://{KEY}@example.org/42"));
        assert_eq!(dsn, Some((KEY.parse().unwrap(), ProjectId::new(42))));
    }

    #[test]
    fn no_key_and_bad_keys() {
        assert_eq!(in_header("authorization", "Bearer x"), Ok(None));
        assert_eq!(key_in_query("a=b"), Ok(None));
        assert_eq!(
            in_header("x-sentry-auth", "Sentry sentry_key=abc"),
            Err(Reason::KeyMalformed)
        );
    }
}
