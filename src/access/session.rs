//! Sessions: a token in a cookie, in the table `tokens`, so that it can be withdrawn.

use http::HeaderMap;
use http::header::COOKIE;

use crate::app::App;
use crate::ledger::{Action, Actor};
use crate::limits::SESSION_SECONDS_MAX;
use crate::outcome::Reason;
use crate::registry::{TokenPurpose, User};
use crate::store::people::NewToken;
use crate::time::Timestamp;

const SESSION_COOKIE: &str = "mayfly_session";

/// The secret in the session's cookie.
pub(super) fn session(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
}

/// Opens a session on a `device` (browser and system, coarse) and gives its cookie, for `Set-Cookie`.
///
/// # Errors
/// [`Reason::StoreAway`] if it cannot be kept.
pub(crate) async fn open_session(
    app: &App,
    user: &User,
    device: String,
    now: Timestamp,
) -> Result<String, Reason> {
    let new = NewToken {
        purpose: TokenPurpose::Session,
        name: device,
        user: Some(user.id),
        grant: user.grant.clone(),
        ends: Timestamp::from_seconds(now.seconds() + SESSION_SECONDS_MAX),
    };
    let token = app.store.add_token(new, now).await;
    let token = token.map_err(|_| Reason::StoreAway)?;
    let actor = Actor::User(user.id);
    app.record(actor, Action::SignedIn, String::new(), String::new())
        .await;
    Ok(cookie(app, token.reveal(), SESSION_SECONDS_MAX))
}

/// For programs' tokens that somebody signs in with: the cookie holds the token itself, which ends when it ends.
pub(crate) fn cookie_with_token(app: &App, token: &str, expires_at: u32, now: Timestamp) -> String {
    let left = i64::from(expires_at) - now.seconds();
    cookie(app, token, left.min(SESSION_SECONDS_MAX))
}

/// Takes the cookie away.
pub(crate) fn no_cookie(app: &App) -> String {
    cookie(app, "", 0)
}

fn cookie(app: &App, value: &str, seconds: i64) -> String {
    let secure = match app.public_url.starts_with("https:") {
        true => "; Secure",
        false => "",
    };
    format!("{SESSION_COOKIE}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(
            COOKIE,
            http::HeaderValue::from_static("a=b; mayfly_session=t; c=d"),
        );
        assert_eq!(session(&headers), Some("t"));
    }
}
