//! Who reads: tokens of programs, sessions of browsers, and the one-time link of the first start.
//!
//! A session is a token in a cookie: one mechanism, stored as a hash, with role and expiry.

mod form;
mod signed_in;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, SET_COOKIE};
use http::{HeaderMap, StatusCode};
use ring::rand::SystemRandom;

use crate::app::App;
use crate::limits::SESSION_SECONDS_MAX;
use crate::outcome::Reason;
use crate::registry::{Access, Grant, Role, Scope, Token, TokenHash, TokenPurpose};
use crate::store::people::NewToken;
use crate::time::Timestamp;
use crate::ui::{self, Language};
pub(crate) use form::{OwnForm, StrangersForm};
pub(crate) use signed_in::SignedIn;

const SESSION_COOKIE: &str = "mayfly_session";

/// The link that the first start prints. It works once, and only until the program stops.
pub struct SetupLink(Mutex<Option<Token>>);

impl SetupLink {
    /// A new link.
    pub fn new() -> Self {
        Self(Mutex::new(Some(Token::random(&SystemRandom::new()))))
    }

    /// The code in the link, while it has not been used.
    pub fn code(&self) -> Option<String> {
        let link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        link.as_ref().map(|token| token.reveal().to_owned())
    }

    fn matches(&self, code: &str) -> bool {
        let link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Comparing hashes tells nothing about the code, however long it takes.
        link.as_ref()
            .is_some_and(|token| token.hash() == TokenHash::of(code))
    }

    fn redeem(&self, code: &str) -> bool {
        let mut link = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        link.take_if(|token| token.hash() == TokenHash::of(code))
            .is_some()
    }
}

impl Default for SetupLink {
    fn default() -> Self {
        Self::new()
    }
}

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/setup/{code}", get(show_setup).post(use_setup))
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
}

/// What the request's token or session allows.
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
    if bearer(headers).is_some() {
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
    bearer(headers).or_else(|| session(headers))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

fn session(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(SESSION_COOKIE)?.strip_prefix('='))
}

/// The link is only shown here and used by the button: programs that follow links must not use it up.
async fn show_setup(
    State(app): State<Arc<App>>,
    Path(code): Path<String>,
    language: Language,
) -> Response {
    if app.setup.matches(&code) {
        ui::setup_page(language, &code)
    } else {
        Redirect::to("/").into_response()
    }
}

async fn use_setup(
    State(app): State<Arc<App>>,
    Path(code): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !is_same_origin(&headers) || !app.setup.redeem(&code) {
        return Redirect::to("/").into_response();
    }
    let grant = Grant {
        role: Role::Admin,
        scope: Scope::All,
    };
    open_session(&app, grant).await
}

async fn sign_in(
    State(app): State<Arc<App>>,
    language: Language,
    StrangersForm(fields): StrangersForm,
) -> Response {
    let token = TokenHash::of(fields.text("token"));
    match app.access(token, Timestamp::now()).await {
        Ok(Some(access)) => open_session(&app, access.grant.clone()).await,
        Ok(None) => ui::sign_in_page(language, StatusCode::FORBIDDEN, true),
        Err(reason) => ui::refusal(&app, language, reason),
    }
}

async fn open_session(app: &App, grant: Grant) -> Response {
    let now = Timestamp::now();
    let new = NewToken {
        purpose: TokenPurpose::Session,
        name: String::new(),
        user: None,
        grant,
        ends: Timestamp::from_seconds(now.seconds() + SESSION_SECONDS_MAX),
    };
    let opened = app.store.add_token(new, now).await;
    match opened {
        Ok(token) => {
            let secure = if app.public_url.starts_with("https:") {
                "; Secure"
            } else {
                ""
            };
            let cookie = format!(
                "{SESSION_COOKIE}={}; Path=/; Max-Age={SESSION_SECONDS_MAX}; HttpOnly; SameSite=Lax{secure}",
                token.reveal()
            );
            ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
        }
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn sign_out(State(app): State<Arc<App>>, form: OwnForm) -> Response {
    // If ClickHouse is away the cookie still goes; the session ends by its expiry.
    let _ = app
        .store
        .revoke_token(&form.reader.access, Timestamp::now())
        .await;
    let _ = app.refresh_registry().await;
    let cookie = format!("{SESSION_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    ([(SET_COOKIE, cookie)], Redirect::to("/")).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setup_link_works_once() {
        let link = SetupLink::new();
        let code = link.code().unwrap();
        assert!(!link.redeem("guess"));
        assert!(link.matches(&code) && link.redeem(&code));
        assert!(!link.redeem(&code) && link.code().is_none());
    }

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
