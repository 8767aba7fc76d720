//! Pages for people: plain HTML from the server, German and English, everything served by Mayfly itself under a strict
//! content security policy.
//!
//! A page is a handler that asks for [`SignedIn`](crate::access::SignedIn), a template with a field `layout`, and a
//! `texts!` block with its words.

mod account;
mod assets;
mod escape;
mod issues;
mod language;
mod layout;
mod live;
mod officer;
mod opt_out;
mod people;
mod privacy;
mod projects;
mod refusal;
mod refused;
mod scrub;
mod sign_in;
mod when;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::post;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERER, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, StatusCode};

use crate::access::StrangersForm;
use crate::app::App;
pub(crate) use assets::tracker_script;
pub(crate) use language::Language;
pub(crate) use refusal::{not_found, refusal};
pub(crate) use sign_in::sign_in_page;

/// Everything comes from this server; nothing is inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/language", post(choose_language))
        .merge(live::routes())
        .merge(sign_in::routes())
        .merge(account::routes())
        .merge(people::routes())
        .merge(projects::routes())
        .merge(opt_out::routes())
        .merge(privacy::routes())
        .merge(scrub::routes())
        .merge(issues::routes())
        .merge(officer::routes())
        .merge(refused::routes())
        .merge(assets::routes())
}

/// The language switch: back to the page that it was on.
async fn choose_language(headers: HeaderMap, StrangersForm(fields): StrangersForm) -> Response {
    let chosen = Language::from_code(fields.text("language")).unwrap_or_default();
    let back = Redirect::to(came_from(&headers));
    ([(SET_COOKIE, chosen.cookie())], back).into_response()
}

/// Path and query of our own page that sent a form, `/` if that is not known.
pub(crate) fn came_from(headers: &HeaderMap) -> &str {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let ours = |referrer: &'_ str, host: &str| -> Option<usize> {
        let (scheme, rest) = referrer.split_once("://")?;
        let path = rest.strip_prefix(host)?;
        path.starts_with('/')
            .then_some(scheme.len() + 3 + host.len())
    };
    let Some((referrer, host)) = text(REFERER).zip(text(HOST)) else {
        return "/";
    };
    match ours(referrer, host) {
        Some(start) if !referrer[start..].starts_with("//") => &referrer[start..],
        _ => "/",
    }
}

/// A rendered page with the headers that every page has.
pub(crate) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let headers = [
                (CONTENT_SECURITY_POLICY, POLICY),
                (CACHE_CONTROL, "no-store"),
                // Our own forms say where they came from; other sites learn nothing.
                (REFERRER_POLICY, "same-origin"),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (status, headers, Html(html)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_are_gone_back_to() {
        let back = |referrer: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, http::HeaderValue::from_static("a.example:8080"));
            headers.insert(REFERER, http::HeaderValue::from_static(referrer));
            came_from(&headers).to_owned()
        };
        assert_eq!(
            back("http://a.example:8080/issues?query=x"),
            "/issues?query=x"
        );
        assert_eq!(back("https://a.example:8080/"), "/");
        for elsewhere in [
            "https://b.example/issues",
            "http://a.example:8080.b.example/issues",
            "http://a.example:8080//b.example/",
            "a.example:8080/issues",
        ] {
            assert_eq!(back(elsewhere), "/", "{elsewhere}");
        }
        assert_eq!(came_from(&HeaderMap::new()), "/");
    }
}
