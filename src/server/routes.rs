//! Every route on one page.

#![expect(
    clippy::disallowed_types,
    reason = "hands the peer's address on in its letterbox"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Either;
use tower::ServiceExt;

use super::{Incoming, Reply, incoming, metrics, reply};
use crate::app::App;
use crate::intake::{matomo, sentry};
use crate::outcome::Reason;
use crate::privacy::Raw;
use crate::registry::ProjectId;
use crate::{api, ui};

/// Where a request goes.
enum Route {
    // Widgets
    Track,
    TrackerScript,
    Envelope(ProjectId),
    Store(ProjectId),
    Security(ProjectId),
    // Operators
    Healthz,
    Metrics,
    // People and programs that read
    Pages,
}

impl Route {
    fn of(method: &Method, path: &str, has_query: bool) -> Self {
        match path {
            "/matomo.php" | "/piwik.php" => Self::Track,
            "/js/" | "/js/index.php" | "/js/tracker.php" => {
                if has_query || method == Method::POST {
                    Self::Track
                } else {
                    Self::TrackerScript
                }
            }
            "/matomo.js" | "/piwik.js" => Self::TrackerScript,
            "/healthz" => Self::Healthz,
            "/metrics" => Self::Metrics,
            _ => Self::of_project(path).unwrap_or(Self::Pages),
        }
    }

    /// `/api/{project}/{endpoint}/`, with or without the last slash.
    fn of_project(path: &str) -> Option<Self> {
        let (project, endpoint) = path.strip_prefix("/api/")?.split_once('/')?;
        let project = ProjectId::new(project.parse().ok()?);
        match endpoint.trim_end_matches('/') {
            "envelope" => Some(Self::Envelope(project)),
            "store" => Some(Self::Store(project)),
            "security" | "csp-report" => Some(Self::Security(project)),
            _ => None,
        }
    }
}

/// What the read side serves: pages for people, JSON and SQL for programs.
pub(super) fn pages(app: &Arc<App>) -> Router {
    Router::new()
        .merge(ui::routes())
        .merge(api::routes())
        .fallback(ui::not_found)
        .with_state(Arc::clone(app))
}

/// Answers one request.
pub(super) async fn answer(
    app: &Arc<App>,
    pages: &Router,
    peer: &Arc<Raw<SocketAddr>>,
    request: Request<hyper::body::Incoming>,
) -> Reply {
    let has_query = request.uri().query().is_some_and(|query| !query.is_empty());
    let route = Route::of(request.method(), request.uri().path(), has_query);
    match route {
        Route::Track => match *request.method() {
            Method::OPTIONS => tracking_preflight(),
            Method::GET | Method::POST => match Incoming::receive(request, peer).await {
                Ok(request) => matomo::accept(app, &request).await,
                Err(reason) => refuse(app, reason),
            },
            _ => refuse(app, Reason::MethodNotAllowed),
        },
        Route::Envelope(project) => match receive_report(app, request, peer).await {
            Ok(request) => sentry::accept_envelope(app, project, &request).await,
            Err(answer) => answer,
        },
        Route::Store(project) => match receive_report(app, request, peer).await {
            Ok(request) => sentry::accept_store(app, project, &request).await,
            Err(answer) => answer,
        },
        Route::Security(project) => match receive_report(app, request, peer).await {
            Ok(request) => sentry::accept_security(app, project, &request).await,
            Err(answer) => answer,
        },
        Route::TrackerScript => ui::tracker_script(request.headers()),
        Route::Healthz => metrics::liveness(app),
        Route::Metrics => metrics::scrape(app),
        Route::Pages => {
            // Bodies of the read side are small, and have the same limits of size and time as all others.
            let (mut parts, body) = request.into_parts();
            let headers = Raw::new(parts.headers.clone());
            parts
                .extensions
                .insert(app.door.sender(peer, &headers).address);
            let body = match incoming::collect(body).await {
                Ok(body) => body,
                Err(reason) => return refuse(app, reason),
            };
            let request = Request::from_parts(parts, axum::body::Body::from(body));
            let answer = pages.clone().oneshot(request).await;
            // The router's own error type has no values.
            answer
                .unwrap_or_else(|never| match never {})
                .map(Either::Right)
        }
    }
}

/// Crash reports come by POST; browsers ask first.
async fn receive_report(
    app: &App,
    request: Request<hyper::body::Incoming>,
    peer: &Arc<Raw<SocketAddr>>,
) -> Result<Incoming, Reply> {
    let refused = |reason| {
        app.refuse_request(reason);
        sentry::refused(reason)
    };
    match *request.method() {
        Method::OPTIONS => Err(sentry::preflight()),
        Method::POST => Incoming::receive(request, peer).await.map_err(refused),
        _ => Err(refused(Reason::MethodNotAllowed)),
    }
}

fn refuse(app: &App, reason: Reason) -> Reply {
    app.refuse_request(reason);
    reply::refusal(
        reply::status(reason, StatusCode::BAD_REQUEST),
        reason,
        reason.name(),
    )
}

fn tracking_preflight() -> Reply {
    let mut answer = reply::empty(StatusCode::NO_CONTENT);
    let headers = answer.headers_mut();
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST"),
    );
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("*"));
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    answer
}
