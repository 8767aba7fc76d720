//! Who a request is for and what sent it: the public key, wherever the client put it, and the client's word about itself.

use std::str::FromStr;
use std::time::UNIX_EPOCH;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sentry_types::{Auth, Dsn, ParseAuthError};

use crate::outcome::Reason;
use crate::registry::{ProjectId, PublicKey};
use crate::time::Timestamp;

/// The newest protocol that is spoken. Clients state theirs as `sentry_version`.
const PROTOCOL_VERSION: u16 = 7;

/// What a request says about itself outside its body.
#[derive(Default)]
pub struct Credentials {
    /// Of several places that name a key all must name the same one.
    pub key: Option<PublicKey>,
    /// Name and version of the SDK, e.g. `raven-js/3.27.2`; empty if it does not say.
    pub client: String,
    /// The client's clock when it sent, if it says.
    pub sent_at: Option<Timestamp>,
}

impl Credentials {
    /// Reads `X-Sentry-Auth: Sentry …`, `Authorization: Sentry …`, `Authorization: Basic …` and `?sentry_key=…`.
    ///
    /// # Errors
    /// [`Reason::KeyMalformed`] if a key has another form than ours, [`Reason::KeyMismatch`] if there are two,
    /// [`Reason::ProtocolUnsupported`] if the client speaks a newer protocol.
    pub fn read(headers: &HeaderMap, query: &str) -> Result<Self, Reason> {
        let mut found = Self::default();
        for name in ["x-sentry-auth", AUTHORIZATION.as_str()] {
            let values = headers.get_all(name).iter();
            for header in values.filter_map(|value| value.to_str().ok()) {
                found.add(Auth::from_str(header))?;
                // Some other party's user name is no key of ours.
                if let Some(key) = basic_user(header).and_then(|user| user.parse().ok()) {
                    found.add_key(key)?;
                }
            }
        }
        if query.contains("sentry_") {
            found.add(Auth::from_querystring(query.as_bytes()))?;
        }
        Ok(found)
    }

    fn add(&mut self, auth: Result<Auth, ParseAuthError>) -> Result<(), Reason> {
        let auth = match auth {
            Ok(auth) if auth.version() <= PROTOCOL_VERSION => auth,
            Ok(_) | Err(ParseAuthError::InvalidVersion) => return Err(Reason::ProtocolUnsupported),
            Err(ParseAuthError::NonSentryAuth | ParseAuthError::MissingPublicKey) => return Ok(()),
        };
        self.add_key(parse_key(auth.public_key())?)?;
        if self.client.is_empty() {
            auth.client_agent()
                .unwrap_or_default()
                .clone_into(&mut self.client);
        }
        let since_epoch = auth
            .timestamp()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        self.sent_at = self
            .sent_at
            .or(since_epoch.map(|elapsed| Timestamp::from_millis(0).plus(elapsed)));
        Ok(())
    }

    /// Adds the key of one more place.
    ///
    /// # Errors
    /// [`Reason::KeyMismatch`] if another place named another key.
    pub fn add_key(&mut self, key: PublicKey) -> Result<(), Reason> {
        match self.key.replace(key) {
            Some(earlier) if earlier != key => Err(Reason::KeyMismatch),
            _ => Ok(()),
        }
    }
}

/// Key and project of the DSN that tunnelled envelopes carry in their header.
pub fn parse_dsn(text: &str) -> Option<(PublicKey, ProjectId)> {
    let dsn = Dsn::from_str(text).ok()?;
    let project = dsn.project_id().value().parse().ok()?;
    Some((dsn.public_key().parse().ok()?, ProjectId::new(project)))
}

/// A key that stands in the path or in a list of credentials.
///
/// # Errors
/// [`Reason::KeyMalformed`] if it has another form than ours.
pub fn parse_key(text: &str) -> Result<PublicKey, Reason> {
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
    const OTHER: &str = "00000000000000000000000000000001";

    fn read(headers: &[(&'static str, &str)], query: &str) -> Result<Credentials, Reason> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        Credentials::read(&map, query)
    }

    fn key(headers: &[(&'static str, &str)], query: &str) -> Result<Option<PublicKey>, Reason> {
        read(headers, query).map(|found| found.key)
    }

    fn sentry(key: &str) -> String {
        format!(
            "Sentry sentry_version=7, sentry_key={key}, sentry_client=raven-js/3.27.2, sentry_timestamp=1795319587.5"
        )
    }

    #[test]
    fn every_place_of_a_key() {
        let found = Ok(Some(KEY.parse().unwrap()));
        let sentry = sentry(KEY);
        assert_eq!(key(&[("x-sentry-auth", &sentry)], ""), found);
        assert_eq!(key(&[("authorization", &sentry)], ""), found);
        let basic = format!("Basic {}", BASE64_STANDARD.encode(format!("{KEY}:")));
        assert_eq!(key(&[("authorization", &basic)], ""), found);
        let query = format!("sentry_version=7&sentry_key={KEY}");
        assert_eq!(key(&[], &query), found);
        let dsn = parse_dsn(&format!("https://{KEY}@example.org/42"));
        assert_eq!(dsn, Some((KEY.parse().unwrap(), ProjectId::new(42))));
        let everywhere = [("x-sentry-auth", &*sentry), ("authorization", &basic)];
        assert_eq!(key(&everywhere, &query), found);
    }

    #[test]
    fn what_the_client_says_of_itself() {
        let found = read(&[("x-sentry-auth", &sentry(KEY))], "").unwrap_or_default();
        assert_eq!(found.client, "raven-js/3.27.2");
        assert_eq!(
            found.sent_at.map(Timestamp::millis),
            Some(1_795_319_587_500)
        );
        let query = format!("sentry_client=raven-js%2F1.0&sentry_key={KEY}");
        assert_eq!(read(&[], &query).unwrap_or_default().client, "raven-js/1.0");
    }

    #[test]
    fn no_key_and_bad_keys() {
        assert_eq!(key(&[("authorization", "Bearer x")], "a=b"), Ok(None));
        let visitor = format!("Basic {}", BASE64_STANDARD.encode("jane:secret"));
        assert_eq!(key(&[("authorization", &visitor)], ""), Ok(None));
        let bad = [("x-sentry-auth", "Sentry sentry_key=abc")];
        assert_eq!(key(&bad, ""), Err(Reason::KeyMalformed));
        let two = key(
            &[("x-sentry-auth", &sentry(KEY))],
            &format!("sentry_key={OTHER}"),
        );
        assert_eq!(two, Err(Reason::KeyMismatch));
        for version in ["8", "x", "99999999"] {
            let query = format!("sentry_version={version}&sentry_key={KEY}");
            assert_eq!(key(&[], &query), Err(Reason::ProtocolUnsupported));
        }
        assert!(key(&[], &format!("sentry_version=2.0&sentry_key={KEY}")).is_ok());
    }
}
