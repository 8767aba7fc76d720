//! Who reads: people with an account and a session, programs with a token, and the one-time link of the first start.
//!
//! Enters: secrets that browsers and programs present, forms that people fill in. Leaves: an [`Access`] with its grant,
//! a cookie, or a fixed reason. A session is a token in a cookie: one mechanism, stored as a hash, with role and expiry.
//! Deliberately not here: what a role may do ([`Grant`](crate::registry::Grant) decides), pages (`ui`), and any log.

mod account;
mod attempts;
mod form;
mod password;
mod session;
mod setup;
mod signed_in;

use std::sync::Arc;

use http::HeaderMap;
use http::header::{AUTHORIZATION, HOST, ORIGIN};

use crate::app::App;
use crate::outcome::Reason;
use crate::registry::{Access, TokenHash};
use crate::time::Timestamp;
pub(crate) use account::{accept_invitation, change_password, create_first_admin, sign_in};
pub use attempts::Attempts;
pub(crate) use form::{Fields, OwnForm, StrangersForm};
pub use password::{Password, PasswordError, Passwords};
pub(crate) use session::{cookie_with_token, no_cookie, open_session};
pub use setup::SetupLink;
pub(crate) use signed_in::SignedIn;

/// What the request's token or session opens.
///
/// # Errors
/// [`Reason::StoreAway`] if that cannot be known.
pub(crate) async fn access(app: &App, headers: &HeaderMap) -> Result<Option<Arc<Access>>, Reason> {
    match presented(headers) {
        Some(presented) => app.access(TokenHash::of(presented), Timestamp::now()).await,
        None => Ok(None),
    }
}

/// A request that changes something or runs SQL must come from our own pages, or from a program with a token.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if token(headers).is_some() {
        return true;
    }
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            origin.split_once("://").map(|(_, host)| host) == text(HOST.as_str())
        }
        (None, None) => true,
    }
}

fn presented(headers: &HeaderMap) -> Option<&str> {
    token(headers).or_else(|| session::session(headers))
}

/// The token that a program presents.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    bearer(headers.get(AUTHORIZATION)?.to_str().ok()?)
}

/// The token of an `Authorization` header.
pub(crate) fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_pages_cannot_act() {
        let headers = |pairs: &[(&'static str, &'static str)]| {
            pairs
                .iter()
                .fold(HeaderMap::new(), |mut map, (name, value)| {
                    map.insert(*name, http::HeaderValue::from_static(value));
                    map
                })
        };
        assert!(!is_same_origin(&headers(&[(
            "sec-fetch-site",
            "cross-site"
        )])));
        assert!(!is_same_origin(&headers(&[
            ("origin", "https://evil.example"),
            ("host", "a")
        ])));
        assert!(is_same_origin(&headers(&[
            ("origin", "https://a"),
            ("host", "a")
        ])));
        assert!(is_same_origin(&headers(&[("authorization", "Bearer x")])));
    }
}
