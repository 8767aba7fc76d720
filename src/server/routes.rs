//! Every route on one page.

use std::sync::Arc;

use axum::Router;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ALLOW,
};
use http::{HeaderValue, Method, Request, StatusCode};
use http_body::Body as _;
use http_body_util::Either;
use tower::ServiceExt;

use super::connections::{Connection, Streamed};
use super::incoming::Received;
use super::{Incoming, Reply, metrics, reply};
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

/// What reads a request that has arrived.
#[derive(Clone, Copy)]
enum Reader {
    Hits,
    Report(Report, Option<ProjectId>),
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

impl Reader {
    /// Whether the start of a body that is too large is of use.
    const fn reads_a_start(self) -> bool {
        matches!(
            self,
            Self::Report(Report::Envelope | Report::Refused(_) | Report::Nowhere, _)
        )
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
    connection: &Arc<Connection>,
    request: Request<hyper::body::Incoming>,
) -> Reply {
    let has_query = request.uri().query().is_some_and(|query| !query.is_empty());
    let route = Route::of(request.method(), request.uri().path(), has_query);
    match route {
        Route::Track => match *request.method() {
            Method::OPTIONS => tracking_preflight(),
            Method::GET | Method::POST => read(app, Reader::Hits, request, connection).await,
            _ => refuse(app, Reason::MethodNotAllowed),
        },
        Route::Report(report, project) => {
            let methods = report.methods();
            let reader = Reader::Report(report, project);
            match *request.method() {
                Method::OPTIONS => sentry::preflight(methods),
                Method::POST => read(app, reader, request, connection).await,
                Method::GET if methods == Methods::GetOrPost => {
                    read(app, reader, request, connection).await
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
        // In boxes: each connection has room for the largest answer from its first request on.
        Route::Pages => Box::pin(show(app, pages, connection, request)).await,
    }
}

/// A page of the read side. Bodies there are small, and have the same limits of size and time as all others.
async fn show(
    app: &Arc<App>,
    pages: &Router,
    connection: &Arc<Connection>,
    request: Request<hyper::body::Incoming>,
) -> Reply {
    let (mut parts, body) = request.into_parts();
    let headers = Raw::new(parts.headers.clone());
    parts
        .extensions
        .insert(app.door().sender(&connection.peer, &headers).address);
    let received = match Received::collect(app, body, connection).await {
        Ok(Received {
            cut: Some(reason), ..
        })
        | Err(reason) => return refuse(app, reason),
        Ok(received) => received,
    };
    let request = Request::from_parts(parts, axum::body::Body::from(received.bytes));
    let answer = pages.clone().oneshot(request).await;
    // The router's own error type has no values.
    answer
        .unwrap_or_else(|never| match never {})
        .map(|body| Either::Right(Streamed::new(body, Arc::clone(connection))))
}

/// Receives a request and hands it to its reader.
async fn read(
    app: &Arc<App>,
    reader: Reader,
    request: Request<hyper::body::Incoming>,
    connection: &Arc<Connection>,
) -> Reply {
    let (head, body) = request.into_parts();
    let request = match body.is_end_stream() {
        true => Ok(Incoming::without_body(app, head, connection)),
        false => Incoming::receive(app, head, body, connection).await,
    };
    let read = match request {
        Ok(request) if request.is_large() => Box::pin(read_slowly(app, reader, request)).await,
        Ok(request) => read_whole(app, reader, &request).await,
        Err(reason) => Err(reason),
    };
    read.unwrap_or_else(|reason| match reader {
        Reader::Hits => refuse(app, reason),
        Reader::Report(_, project) => sentry::refuse_unread(app, project, reason),
    })
}

/// Unpacks and reads a large request where nobody else waits for it.
async fn read_slowly(
    app: &Arc<App>,
    reader: Reader,
    mut request: Incoming,
) -> Result<Reply, Reason> {
    let own = Arc::clone(app);
    let reading = async move {
        request.unpack()?;
        read_whole(&own, reader, &request).await
    };
    app.slow_lane.run(reading).await?
}

async fn read_whole(app: &Arc<App>, reader: Reader, request: &Incoming) -> Result<Reply, Reason> {
    if let Some(cut) = request.cut()
        && !reader.reads_a_start()
    {
        return Err(cut);
    }
    Ok(match reader {
        Reader::Hits => matomo::accept(app, request).await,
        Reader::Report(report, project) => {
            Box::pin(read_report(app, report, project, request)).await
        }
    })
}

async fn read_report(
    app: &Arc<App>,
    report: Report,
    project: Option<ProjectId>,
    request: &Incoming,
) -> Reply {
    match report {
        Report::Envelope => sentry::accept_envelope(app, project, request).await,
        Report::Store => sentry::accept_store(app, project, request).await,
        Report::Security => sentry::accept_security(app, project, request).await,
        Report::CheckIn => sentry::accept_check_in(app, project, request).await,
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
