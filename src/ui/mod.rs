//! Pages for people: plain HTML from the server, German and English, everything served by Mayfly itself under a strict
//! content security policy.

mod assets;
mod language;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::access;
use crate::app::App;
use crate::outcome::{Balance, Kind, Reason};
use crate::snippets::Snippets;
use crate::store::recent::{RecentCrash, RecentHit};
use crate::store::registry::Grant;
use crate::time::Timestamp;
pub(crate) use assets::tracker_script;
use language::Texts;

/// Everything comes from this server; nothing is inline.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home))
        .route("/live", get(live))
        .merge(assets::routes())
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    t: &'static Texts,
    projects: Vec<ProjectCard>,
    arrivals: Arrivals,
}

struct ProjectCard {
    id: u32,
    name: String,
    snippets: Snippets,
}

#[derive(Template)]
#[template(path = "arrivals.html")]
struct Arrivals {
    t: &'static Texts,
    balances: Vec<(&'static str, Balance)>,
    hits: Vec<RecentHit>,
    crashes: Vec<RecentCrash>,
    store_answers: bool,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    t: &'static Texts,
    failed: bool,
}

#[derive(Template)]
#[template(path = "setup.html")]
struct SetupPage<'a> {
    t: &'static Texts,
    code: &'a str,
}

#[derive(Template)]
#[template(path = "not_found.html")]
struct NotFoundPage {
    t: &'static Texts,
}

async fn home(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let grant = match access::grant(&app, &headers).await {
        Ok(Some(grant)) => grant,
        Ok(None) => return sign_in_page(&headers, StatusCode::OK, false),
        Err(_) => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
    };
    let t = Texts::of(&headers);
    let visible = |id| grant.project.is_none_or(|only| only == id);
    let projects = app
        .projects()
        .into_iter()
        .filter(|project| visible(project.id));
    let cards = projects.filter_map(|project| {
        Some(ProjectCard {
            id: project.id.get(),
            name: project.name.clone(),
            snippets: Snippets::new(&app.public_url, project.id, *project.keys.first()?),
        })
    });
    let projects = cards.collect();
    page(
        StatusCode::OK,
        &HomePage {
            t,
            projects,
            arrivals: arrivals(&app, grant, t).await,
        },
    )
}

/// The part of the home page that changes; the page's script asks for it every two seconds.
async fn live(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    match access::grant(&app, &headers).await {
        Ok(Some(grant)) => page(
            StatusCode::OK,
            &arrivals(&app, grant, Texts::of(&headers)).await,
        ),
        Ok(None) => page(
            StatusCode::UNAUTHORIZED,
            &NotFoundPage {
                t: Texts::of(&headers),
            },
        ),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn arrivals(app: &App, grant: Grant, t: &'static Texts) -> Arrivals {
    let now = Timestamp::now();
    let (hits, crashes) = tokio::join!(
        app.store.recent_hits(grant.project, now),
        app.store.recent_crashes(grant.project, now)
    );
    let stored = [
        (t.page_views, Kind::Analytics),
        (t.crash_reports, Kind::Error),
    ];
    Arrivals {
        t,
        balances: stored
            .map(|(name, kind)| (name, app.outcomes.balance(kind)))
            .into(),
        store_answers: hits.is_ok() && crashes.is_ok(),
        hits: hits.unwrap_or_default(),
        crashes: crashes.unwrap_or_default(),
    }
}

/// The page that asks for a token.
pub(crate) fn sign_in_page(headers: &HeaderMap, status: StatusCode, failed: bool) -> Response {
    page(
        status,
        &SignInPage {
            t: Texts::of(headers),
            failed,
        },
    )
}

/// The page behind the one-time link.
pub(crate) fn setup_page(headers: &HeaderMap, code: &str) -> Response {
    page(
        StatusCode::OK,
        &SetupPage {
            t: Texts::of(headers),
            code,
        },
    )
}

/// Any other address.
pub(crate) async fn not_found(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    app.refuse_request(Reason::UnknownRoute);
    let mut answer = page(
        StatusCode::NOT_FOUND,
        &NotFoundPage {
            t: Texts::of(&headers),
        },
    );
    answer.headers_mut().insert(
        "x-mayfly-outcome",
        HeaderValue::from_static(Reason::UnknownRoute.name()),
    );
    answer
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => {
            let headers = [
                (CONTENT_SECURITY_POLICY, POLICY),
                (CACHE_CONTROL, "no-store"),
                (REFERRER_POLICY, "no-referrer"),
                (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            ];
            (status, headers, Html(html)).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
