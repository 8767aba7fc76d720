//! Visitors ask for their own data. Knowing an id that cannot be guessed is the proof of being its holder; whoever answers
//! requests for others presents a token.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Extension, Json, Router};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::{Map, json};

use super::caller::{Body, Refusal, refused};
use crate::access::{access, is_same_origin, token};
use crate::app::App;
use crate::ledger::Actor;
use crate::limits::{SUBJECT_EXPORT_ROWS_MAX, SUBJECT_REQUESTS_PER_ADDRESS_MAX};
use crate::outcome::Reason;
use crate::privacy::ip::MaskedIp;
use crate::privacy::{Raw, Subject};
use crate::registry::{ObjectionScope, Project, ProjectId};
use crate::store::subjects::Held;
use crate::subjects;
use crate::time::Timestamp;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/subjects/export", post(export).options(preflight))
        .route("/api/v1/subjects/erase", post(erase).options(preflight))
        .route("/api/v1/subjects/object", post(object).options(preflight))
        .layer(axum::middleware::map_response(open_to_pages))
}

/// Pages of any origin may ask, without cookies: what opens the answer is the id.
async fn open_to_pages(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

async fn preflight() -> Response {
    let headers = [
        (ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "content-type, authorization"),
        (ACCESS_CONTROL_MAX_AGE, "86400"),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

#[derive(Deserialize)]
struct Asked {
    project: u32,
    id: String,
    /// What an objection is to; both if it does not say.
    #[serde(default)]
    scopes: Vec<String>,
    /// Takes an objection back.
    #[serde(default)]
    withdraw: bool,
}

/// About whom is asked, and by whom, if they may.
async fn subject(
    app: &App,
    headers: &HeaderMap,
    address: MaskedIp,
    project: u32,
    id: String,
) -> Result<(Subject, Actor), Reason> {
    let id = Raw::new(id);
    let project = ProjectId::new(project);
    if let Some(actor) = answering_for_others(app, headers, project).await? {
        let project = app.project(project).await?;
        return Ok((Subject::of(&project.secret, project.id, &id)?, actor));
    }
    let now = Timestamp::now();
    app.subject_requests
        .begin_from(address, SUBJECT_REQUESTS_PER_ADDRESS_MAX, now)?;
    let project: Arc<Project> = app.project(project).await?;
    let subject = Subject::of(&project.secret, project.id, &id)?;
    match (project.settings.self_service.0, subject.is_hard_to_guess()) {
        (false, _) => Err(Reason::TokenMissing),
        (true, false) => Err(Reason::IdGuessable),
        (true, true) => Ok((subject, Actor::Visitor)),
    }
}

/// Whose token or session allows to ask for others. A session that does not is as good as none: its holder may ask for
/// themselves.
async fn answering_for_others(
    app: &App,
    headers: &HeaderMap,
    project: ProjectId,
) -> Result<Option<Actor>, Reason> {
    let access = access(app, headers).await?;
    let may = access
        .as_ref()
        .is_some_and(|access| access.grant.may_answer_subjects(project));
    match (token(headers).is_some(), access.is_some()) {
        (true, false) => Err(Reason::TokenMissing),
        (true, true) if !may => Err(Reason::RoleInsufficient),
        _ => Ok(access
            .filter(|_| may && is_same_origin(headers))
            .map(|access| Actor::of(&access))),
    }
}

async fn export(
    State(app): State<Arc<App>>,
    Extension(address): Extension<MaskedIp>,
    headers: HeaderMap,
    Body(asked): Body<Asked>,
) -> Result<Response, Refusal> {
    let subject = subject(&app, &headers, address, asked.project, asked.id).await;
    let (subject, actor) = subject.map_err(|reason| refused(&app, reason))?;
    let export = subjects::export(&app, &subject, actor).await;
    let export = export.map_err(|reason| refused(&app, reason))?;
    let is_whole = |held: &Held| held.rows.len() < SUBJECT_EXPORT_ROWS_MAX;
    let is_complete = export.is_spool_clear && export.held.iter().all(is_whole);
    let mut tables = Map::new();
    for held in &export.held {
        let rows = serde_json::to_value(&held.rows).unwrap_or_default();
        tables.insert(held.table.name().to_owned(), rows);
    }
    let body = json!({
        "receipt": export.receipt.to_json(),
        "rows": export.receipt.rows,
        "complete": is_complete,
        "tables": tables,
        "objections": objections(&app, &subject),
    });
    Ok(Json(body).into_response())
}

fn objections(app: &App, subject: &Subject) -> Vec<&'static str> {
    let project = app.known_project(subject.project());
    let holds = |scope: &ObjectionScope| {
        let any = |project: &Arc<Project>| {
            let mut keys = subject.keys().into_iter();
            keys.any(|key| project.objections.holds(*scope, key))
        };
        project.as_ref().is_some_and(any)
    };
    let scopes = ObjectionScope::ALL.into_iter().filter(holds);
    scopes.map(ObjectionScope::name).collect()
}

async fn erase(
    State(app): State<Arc<App>>,
    Extension(address): Extension<MaskedIp>,
    headers: HeaderMap,
    Body(asked): Body<Asked>,
) -> Result<Response, Refusal> {
    let subject = subject(&app, &headers, address, asked.project, asked.id).await;
    let (subject, actor) = subject.map_err(|reason| refused(&app, reason))?;
    let receipt = subjects::erase(&app, subject, actor).await;
    let receipt = receipt.map_err(|reason| refused(&app, reason))?;
    let deleted = receipt.rows + receipt.spool_rows;
    Ok(Json(json!({ "receipt": receipt.to_json(), "deleted": deleted })).into_response())
}

async fn object(
    State(app): State<Arc<App>>,
    Extension(address): Extension<MaskedIp>,
    headers: HeaderMap,
    Body(asked): Body<Asked>,
) -> Result<Response, Refusal> {
    let named = asked.scopes.iter();
    let scopes: Option<Vec<_>> = named.map(|name| ObjectionScope::from_name(name)).collect();
    let mut scopes = scopes.ok_or_else(|| refused(&app, Reason::FormInvalid))?;
    if scopes.is_empty() {
        scopes.extend(ObjectionScope::ALL);
    }
    let subject = subject(&app, &headers, address, asked.project, asked.id).await;
    let (subject, actor) = subject.map_err(|reason| refused(&app, reason))?;
    let done = subjects::object(&app, &subject, &scopes, !asked.withdraw, actor).await;
    let stated = done.map_err(|reason| refused(&app, reason))?;
    // It holds here at once, and on other servers within seconds.
    let refreshed = app.refresh_registry().await;
    refreshed.map_err(|_| refused(&app, Reason::StoreAway))?;
    let body = json!({ "receipt": stated.receipt.to_json(), "objections": objections(&app, &subject), "until": stated.until });
    Ok(Json(body).into_response())
}
