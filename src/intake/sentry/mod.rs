//! The way of a crash report and whatever else an SDK sends: find the key, cut the envelope, seal its items, spool, answer
//! as Sentry does.

mod auth;
mod batch;
mod envelope;
mod reply;
mod store;

use std::sync::Arc;

use http::HeaderMap;
use http::header::CONTENT_TYPE;

use crate::app::App;
use crate::outcome::{Kind, Reason};
use crate::registry::{Project, ProjectId, PublicKey};
use crate::server::{Incoming, Reply};
use batch::Batch;
use envelope::Envelope;

pub use reply::{preflight, refused};

/// Answers `POST /api/{project}/envelope/`.
pub async fn accept_envelope(app: &App, project: ProjectId, request: &Incoming) -> Reply {
    let envelope = match request.body().try_map(Envelope::read) {
        Ok(envelope) => envelope,
        Err(reason) => return refuse(app, reason),
    };
    let tunnelled = envelope.ask(|envelope| envelope.dsn.map(|(key, _)| key));
    if envelope.ask(|e| e.dsn.is_some_and(|(_, stated)| stated != project)) {
        return refuse(app, Reason::KeyMismatch);
    }
    let project = match authorise(app, project, request, tunnelled).await {
        Ok(project) => project,
        Err(reason) => return refuse(app, reason),
    };
    let stated = envelope.ask(|envelope| envelope.event_id);
    let mut batch = Batch::new(app, &project, request, stated);
    for item in envelope.map(|envelope| envelope.items).each() {
        let kind = item.ask(|item| item.kind);
        batch.add(kind, &item.map(|item| item.payload));
    }
    batch.finish().await
}

/// Answers `POST /api/{project}/store/`.
pub async fn accept_store(app: &App, project: ProjectId, request: &Incoming) -> Reply {
    let project = match authorise(app, project, request, None).await {
        Ok(project) => project,
        Err(reason) => return refuse(app, reason),
    };
    match request.body().try_map(store::event_text) {
        Ok(event) => {
            let mut batch = Batch::new(app, &project, request, None);
            batch.add(Kind::Error, &event.as_ref().map(Vec::as_slice));
            batch.finish().await
        }
        Err(reason) => refuse(app, reason),
    }
}

/// Answers `POST /api/{project}/security/`, `/csp-report/` and `/nel/`: what browsers report by themselves.
pub async fn accept_security(app: &App, project: ProjectId, request: &Incoming) -> Reply {
    if !request.headers().ask(is_report) {
        return refuse(app, Reason::ContentTypeUnsupported);
    }
    match authorise(app, project, request, None).await {
        Ok(project) => {
            let mut batch = Batch::new(app, &project, request, None);
            batch.add(Kind::Security, &request.body());
            batch.finish().await
        }
        Err(reason) => refuse(app, reason),
    }
}

/// The types of content that browsers send reports as.
fn is_report(headers: &HeaderMap) -> bool {
    let stated = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let name = stated.unwrap_or("").split(';').next().unwrap_or("").trim();
    [
        "application/csp-report",
        "application/json",
        "application/reports+json",
        "application/expect-ct-report+json",
        "application/expect-ct-report",
        "application/expect-staple-report",
    ]
    .iter()
    .any(|known| known.eq_ignore_ascii_case(name))
}

/// The project, if the request's key opens it. Of several keys the first counts.
async fn authorise(
    app: &App,
    id: ProjectId,
    request: &Incoming,
    tunnelled: Option<PublicKey>,
) -> Result<Arc<Project>, Reason> {
    let key = match request.headers().ask(auth::key_in_headers)? {
        Some(key) => Some(key),
        None => request.query().ask(|query| auth::key_in_query(query))?,
    };
    match (key, tunnelled) {
        (Some(key), Some(other)) if key != other => Err(Reason::KeyMismatch),
        (Some(key), _) | (None, Some(key)) => app.project_with_key(id, key).await,
        (None, None) => Err(Reason::KeyMissing),
    }
}

fn refuse(app: &App, reason: Reason) -> Reply {
    app.refuse_request(reason);
    reply::refused(reason)
}
