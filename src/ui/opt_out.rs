//! The opt-out: a script for pages of any site, and a page that can stand in a frame, both also under Matomo's addresses.
//!
//! The script keeps the choice on the site's own origin. The page needs no script: it keeps the choice in a cookie of this
//! server, partitioned by the site around a frame where the browser does that, and tells the page around it.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use super::language::{Language, texts};
use super::{page, refusal};
use crate::access::StrangersForm;
use crate::app::App;
use crate::intake::OptOut;
use crate::intake::headers::Headers;
use crate::outcome::Reason;
use crate::registry::ObjectionScope;

static SCRIPT: &str = include_str!("assets/opt-out.js");

/// Like every page's, but for the frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors *";

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/opt-out.js", get(script))
        .route("/opt-out", get(show).post(choose))
        .route("/index.php", get(as_matomo))
}

texts! {
    OptOutTexts {
        title = "Your choice" | "Ihre Wahl";
        intro = "You decide whether your visits are counted and whether errors that you run into are reported. Your choice is kept in a cookie for 30 days." | "Sie entscheiden, ob Ihre Besuche gezählt und ob Fehler gemeldet werden, auf die Sie stoßen. Ihre Wahl wird 30 Tage lang in einem Cookie behalten.";
        analytics_in = "Your visits are counted, anonymously." | "Ihre Besuche werden anonym gezählt.";
        analytics_out = "Your visits are not counted." | "Ihre Besuche werden nicht gezählt.";
        errors_in = "Errors are reported, without your data." | "Fehler werden ohne Ihre Daten gemeldet.";
        errors_out = "Errors are not reported." | "Fehler werden nicht gemeldet.";
        opt_out_analytics = "Do not count my visits" | "Meine Besuche nicht zählen";
        opt_in_analytics = "Count my visits" | "Meine Besuche zählen";
        opt_out_errors = "Do not report errors" | "Keine Fehler melden";
        opt_in_errors = "Report errors" | "Fehler melden";
        lost = "Your browser did not keep this choice. Please make it on the site itself." | "Ihr Browser hat diese Wahl nicht behalten. Bitte treffen Sie sie auf der Seite selbst.";
        limits = "Some browsers keep this cookie only for the site around this page, or not at all. The choice on the site itself always holds." | "Manche Browser behalten dieses Cookie nur für die Seite rundherum oder gar nicht. Die Wahl auf der Seite selbst gilt immer.";
    }
}

#[derive(Template)]
#[template(path = "opt_out.html")]
struct OptOutPage {
    language: Language,
    t: &'static OptOutTexts,
    choice: OptOut,
    /// What was just chosen.
    chosen: Option<Chosen>,
}

/// A choice that was just made.
struct Chosen {
    scope: ObjectionScope,
    is_out: bool,
}

impl OptOutPage {
    /// Whether the browser did not keep what was just chosen.
    fn is_lost(&self) -> bool {
        let kept = |chosen: &Chosen| self.choice.with(chosen.scope, chosen.is_out) == self.choice;
        self.chosen.as_ref().is_some_and(|chosen| !kept(chosen))
    }
}

/// What Matomo's addresses ask for. Others of its parameters are the script's own business.
#[derive(Default, Deserialize)]
struct Asked {
    #[serde(default)]
    module: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    language: String,
    /// Set after a choice.
    #[serde(default)]
    scope: String,
    #[serde(default)]
    choice: String,
}

async fn script() -> Response {
    let headers = [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, SCRIPT).into_response()
}

/// `index.php?module=CoreAdminHome&action=optOut` and `…&action=optOutJS`.
async fn as_matomo(
    State(app): State<Arc<App>>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
) -> Response {
    match (asked.module.as_str(), asked.action.as_str()) {
        ("CoreAdminHome", "optOutJS") => script().await,
        ("CoreAdminHome", "optOut") => opt_out_page(&headers, &asked),
        _ => refusal(&app, Language::of(&headers), Reason::UnknownRoute),
    }
}

async fn show(Query(asked): Query<Asked>, headers: HeaderMap) -> Response {
    opt_out_page(&headers, &asked)
}

fn opt_out_page(headers: &HeaderMap, asked: &Asked) -> Response {
    let language = Language::from_code(&asked.language).unwrap_or_else(|| Language::of(headers));
    let chosen = ObjectionScope::from_name(&asked.scope).map(|scope| Chosen {
        scope,
        is_out: asked.choice == "out",
    });
    let template = OptOutPage {
        language,
        t: OptOutTexts::of(language),
        choice: OptOut::of(&Headers::of(headers)),
        chosen,
    };
    let mut answer = page(StatusCode::OK, &template);
    let policy = HeaderValue::from_static(POLICY);
    answer.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    answer
}

async fn choose(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    StrangersForm(fields): StrangersForm,
) -> Response {
    let language = Language::from_code(fields.text("language")).unwrap_or_default();
    let scope = ObjectionScope::from_name(fields.text("scope"));
    let Some(scope) = scope else {
        return refusal(&app, language, Reason::FormInvalid);
    };
    let is_out = fields.text("choice") == "out";
    let choice = OptOut::of(&Headers::of(&headers)).with(scope, is_out);
    let back = format!(
        "/opt-out?language={}&scope={}&choice={}",
        language.code(),
        scope.name(),
        if is_out { "out" } else { "in" }
    );
    let is_secure = app.public_url.starts_with("https:");
    (
        [(SET_COOKIE, choice.cookie(is_secure))],
        Redirect::to(&back),
    )
        .into_response()
}
