//! Every route on one page.

#![expect(
    clippy::disallowed_types,
    reason = "hands the peer's address on in its letterbox"
)]

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW,
};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Either;
use tower::ServiceExt;

use super::{Incoming, Reply, incoming, metrics, reply};
use crate::app::App;
use crate::intake::sentry::Methods;
use crate::intake::{matomo, sentry};
use crate::outcome::{Kind, Reason};
use crate::privacy::Raw;
use crate::registry::ProjectId;
use crate::{api, ui};

/// Where a request goes.
enum Route {
    // Widgets
    Track,
    TrackerScript,
    Report(Report, Option<ProjectId>),
    // Operators
    Healthz,
    Metrics,
    // People and programs that read
    Pages,
}

/// What an SDK reports to `/api/{project}/…`.
#[derive(Clone, Copy)]
enum Report {
    Envelope,
    Store,
    Security,
    CheckIn,
    /// Minidumps, Unreal Engine's reports, attachments, uploads, and what has no place here.
    Refused(Kind),
    /// What stands in the project's place is no number.
    Nowhere,
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

    /// `/api/{project}/{endpoint}/`, with or without the last slash. The oldest clients name no project.
    fn of_project(path: &str) -> Option<Self> {
        let path = path.strip_prefix("/api/")?.trim_end_matches('/');
        if path == "store" {
            return Some(Self::Report(Report::Store, None));
        }
        let (project, endpoint) = path.split_once('/')?;
        let mut parts = endpoint.split('/');
        let report = match (parts.next()?, parts.next(), parts.next()) {
            ("envelope", None, _) => Report::Envelope,
            ("store", None, _) => Report::Store,
            ("security" | "csp-report" | "nel", None, _) => Report::Security,
            ("cron", Some(_), _) => Report::CheckIn,
            ("minidump" | "upload", None, _)
            | ("unreal", Some(_), None)
            | ("events", Some(_), Some("attachments")) => Report::Refused(Kind::Attachment),
            ("feedback", None, _) => Report::Refused(Kind::Feedback),
            ("integration", Some(_), _) => Report::Refused(Kind::UnknownItem),
            _ => return None,
        };
        Some(match project.parse() {
            Ok(number) => Self::Report(report, Some(ProjectId::new(number))),
            Err(_) => Self::Report(Report::Nowhere, None),
        })
    }
}

impl Report {
    const fn methods(self) -> Methods {
        match self {
            Report::Store | Report::CheckIn => Methods::GetOrPost,
            Report::Envelope | Report::Security | Report::Refused(_) | Report::Nowhere => {
                Methods::Post
            }
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
        Route::Report(report, project) => {
            let methods = report.methods();
            match *request.method() {
                Method::OPTIONS => sentry::preflight(methods),
                Method::POST => accept_report(app, report, project, request, peer).await,
                Method::GET if methods == Methods::GetOrPost => {
                    accept_report(app, report, project, request, peer).await
                }
                _ => sentry::refuse_method(app, methods),
            }
        }
        Route::TrackerScript | Route::Healthz | Route::Metrics
            if !matches!(*request.method(), Method::GET | Method::HEAD) =>
        {
            let mut answer = refuse(app, Reason::MethodNotAllowed);
            let allowed = HeaderValue::from_static("GET, HEAD");
            answer.headers_mut().insert(ALLOW, allowed);
            answer
        }
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

async fn accept_report(
    app: &Arc<App>,
    report: Report,
    project: Option<ProjectId>,
    request: Request<hyper::body::Incoming>,
    peer: &Arc<Raw<SocketAddr>>,
) -> Reply {
    let received = match report {
        Report::Envelope | Report::Refused(_) | Report::Nowhere => {
            Incoming::receive_start(request, peer).await
        }
        Report::Store | Report::Security | Report::CheckIn => {
            Incoming::receive(request, peer).await
        }
    };
    let request = match received {
        Ok(request) => request,
        Err(reason) => return sentry::refuse_unread(app, project, reason),
    };
    match report {
        Report::Envelope => sentry::accept_envelope(app, project, &request).await,
        Report::Store => sentry::accept_store(app, project, &request).await,
        Report::Security => sentry::accept_security(app, project, &request).await,
        Report::CheckIn => sentry::accept_check_in(app, project, &request).await,
        Report::Refused(kind) => sentry::refuse_kind(app, kind),
        Report::Nowhere => sentry::refuse(app, Reason::ProjectMissing),
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
