//! The way of a crash report and whatever else an SDK sends: find the key, cut the envelope, seal its items, spool, answer
//! as Sentry does.

mod auth;
mod batch;
mod cron;
mod envelope;
mod items;
mod reply;
mod store;

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};

use crate::app::App;
use crate::intake::Origin;
use crate::intake::headers::Headers;
use crate::outcome::{Item, Kind, Reason, Sdk};
use crate::privacy::{self, Raw};
use crate::registry::{Project, ProjectId, PublicKey};
use crate::server::{Incoming, Reply};
use auth::Credentials;
use batch::Batch;
use cron::CheckIn;
use envelope::Envelope;

pub use reply::{Methods, preflight};

/// An opening for the fuzz targets in `fuzz/`: cuts an envelope into its items, and says how many there are.
#[cfg(feature = "fuzzing")]
pub fn frame(body: &[u8], is_whole: bool) -> Option<usize> {
    Envelope::read(body, is_whole)
        .ok()
        .map(|envelope| envelope.items.len())
}

/// Answers `POST /api/{project}/envelope/`.
pub async fn accept_envelope(
    app: &Arc<App>,
    project: Option<ProjectId>,
    request: &Incoming,
) -> Reply {
    let is_whole = request.cut().is_none();
    let envelope = match request
        .body()
        .try_map(|body| Envelope::read(body, is_whole))
    {
        Ok(envelope) => envelope,
        // What there was of a body that is too large may end in the middle of the header.
        Err(reason) => {
            return refuse_from(app, project, request, request.cut().unwrap_or(reason));
        }
    };
    let dsn = envelope.ask(|envelope| envelope.dsn);
    let of_dsn = dsn.map(|(_, project)| project);
    let (project, credentials) = match authorise(app, project, request, dsn).await {
        Ok(authorised) => authorised,
        Err(reason) => return refuse_from(app, project.or(of_dsn), request, reason),
    };
    let context = credentials
        .as_ref()
        .zip(envelope.as_ref())
        .map(|(credentials, envelope)| privacy::Envelope {
            event_id: envelope.event_id,
            sent_at: envelope.sent_at.or(credentials.sent_at),
            client: &credentials.client,
            has_consent: false,
        });
    let key = credentials.ask(|found| found.key);
    let mut batch = Batch::new(app, &project, request, context, key);
    let broken = envelope.ask(|envelope| envelope.broken);
    for item in envelope.map(|envelope| envelope.items).each() {
        let kind = item.ask(|item| item.kind);
        batch.add(kind, &item.map(|item| item.payload));
    }
    if let Some(kind) = broken {
        batch.refuse(kind, request.cut().unwrap_or(Reason::EnvelopeInvalid));
    }
    batch.finish().await
}

/// Answers `/api/{project}/store/` and `/api/store/`: by POST with the event as body, by GET with the event in the query,
/// for which old browsers get a picture.
pub async fn accept_store(app: &Arc<App>, project: Option<ProjectId>, request: &Incoming) -> Reply {
    let (project, credentials) = match authorise(app, project, request, None).await {
        Ok(authorised) => authorised,
        Err(reason) => return refuse_from(app, project, request, reason),
    };
    let is_picture = request.method() == Method::GET;
    let event = match is_picture {
        true => request.query().try_map(store::event_in_query),
        false => request.body().try_map(store::event_text),
    };
    let event = match event {
        Ok(event) => event,
        Err(reason) => return refuse_from(app, Some(project.id), request, reason),
    };
    let mut batch = batch_of(app, &project, request, &credentials);
    batch.add(Kind::Error, &event.as_ref().map(Vec::as_slice));
    let answer = batch.finish().await;
    match is_picture && answer.status() == StatusCode::OK {
        true => reply::pixel(),
        false => answer,
    }
}

/// Answers `POST /api/{project}/security/`, `/csp-report/` and `/nel/`: what browsers report by themselves.
pub async fn accept_security(
    app: &Arc<App>,
    project: Option<ProjectId>,
    request: &Incoming,
) -> Reply {
    if !request.headers().ask(is_report) {
        return refuse_from(app, project, request, Reason::ContentTypeUnsupported);
    }
    match authorise(app, project, request, None).await {
        Ok((project, credentials)) => {
            let mut batch = batch_of(app, &project, request, &credentials);
            batch.add(Kind::Security, &request.body());
            batch.finish().await
        }
        Err(reason) => refuse_from(app, project, request, reason),
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

/// Answers `/api/{project}/cron/{slug}/` and `/api/{project}/cron/{slug}/{key}/`.
pub async fn accept_check_in(
    app: &Arc<App>,
    project: Option<ProjectId>,
    request: &Incoming,
) -> Reply {
    let parts = request.path().zip(request.query()).zip(request.body());
    let check_in = parts.try_map(|((path, query), body)| CheckIn::read(path, query, body));
    let check_in = match check_in {
        Ok(check_in) => check_in,
        Err(reason) => return refuse_from(app, project, request, reason),
    };
    // A key in the path is as good as one in a DSN.
    let key = check_in.ask(|check_in| check_in.key);
    let stated = key.zip(project);
    let (project, credentials) = match authorise(app, project, request, stated).await {
        Ok(authorised) => authorised,
        Err(reason) => return refuse_from(app, project, request, reason),
    };
    let mut batch = batch_of(app, &project, request, &credentials);
    let payload = check_in
        .as_ref()
        .map(|check_in| check_in.payload.as_slice());
    batch.add(Kind::CheckIn, &payload);
    let mut answer = batch.finish().await;
    if answer.status() == StatusCode::OK {
        *answer.status_mut() = StatusCode::ACCEPTED;
    }
    answer
}

/// Answers the routes of what is not taken, whoever sends it: counted and refused.
pub fn refuse_kind(app: &App, kind: Kind) -> Reply {
    Item::received(&app.outcomes, kind).drop_for(Reason::ItemUnsupported);
    let mut answer = reply::refused(Reason::ItemUnsupported);
    if items::is_refused(kind) {
        reply::pause_refused_kinds(&mut answer);
    }
    answer
}

/// The project that the request's key opens, and what else the request says of itself. `stated` is what it says in other
/// places than headers and query; wherever a key stands, it must be the same.
async fn authorise(
    app: &App,
    project: Option<ProjectId>,
    request: &Incoming,
    stated: Option<(PublicKey, ProjectId)>,
) -> Result<(Arc<Project>, Raw<Credentials>), Reason> {
    let headers = request.headers().as_ref().zip(request.query());
    let mut credentials = headers.try_map(|(headers, query)| Credentials::read(headers, query))?;
    if let Some((key, stated_project)) = stated {
        credentials = credentials.try_map(|mut found| found.add_key(key).map(|()| found))?;
        if project.is_some_and(|project| project != stated_project) {
            return Err(Reason::KeyMismatch);
        }
    }
    let key = credentials
        .ask(|found| found.key)
        .ok_or(Reason::KeyMissing)?;
    let project = match project {
        Some(project) => app.project_with_key(project, key).await?,
        None => app.project_of_key(key).await?,
    };
    if !project
        .policy
        .admits(|| request.headers().ask(|all| Origin::of(&Headers::of(all))))
    {
        return Err(Reason::OriginForbidden);
    }
    Ok((project, credentials))
}

/// A batch of what came without an envelope.
fn batch_of<'a>(
    app: &'a Arc<App>,
    project: &'a Project,
    request: &'a Incoming,
    credentials: &'a Raw<Credentials>,
) -> Batch<'a> {
    let context = credentials.as_ref().map(|found| privacy::Envelope {
        event_id: None,
        sent_at: found.sent_at,
        client: &found.client,
        has_consent: false,
    });
    let key = credentials.ask(|found| found.key);
    Batch::new(app, project, request, context, key)
}

/// Counts and refuses a request of a project, which hears of it.
fn refuse_from(app: &App, project: Option<ProjectId>, request: &Incoming, reason: Reason) -> Reply {
    let Some(project) = project else {
        return refuse(app, reason);
    };
    let headers = request.headers().as_ref().zip(request.query());
    let sdk = headers.ask(|(headers, query)| {
        let found = Credentials::read(headers, query).unwrap_or_default();
        Sdk::of_client(&found.client)
    });
    app.refuse_request_of(project, sdk, reason);
    reply::refused(reason)
}

/// Counts and refuses a request that could not be received whole.
pub fn refuse_unread(app: &App, project: Option<ProjectId>, reason: Reason) -> Reply {
    match project {
        Some(project) => app.refuse_request_of(project, Sdk::Unnamed, reason),
        None => app.refuse_request(reason),
    }
    reply::refused(reason)
}

/// Counts and refuses a request that cannot be taken apart into items.
pub fn refuse(app: &App, reason: Reason) -> Reply {
    app.refuse_request(reason);
    reply::refused(reason)
}

/// Counts and refuses a request whose method its route does not have.
pub fn refuse_method(app: &App, allowed: Methods) -> Reply {
    app.refuse_request(Reason::MethodNotAllowed);
    reply::method_not_allowed(allowed)
}
