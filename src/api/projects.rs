//! Projects for programs: list, create, rename, origins, keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::caller::{Body, Caller, Refusal, refused, require, written};
use super::problem;
use crate::app::App;
use crate::ledger::Actor;
use crate::outcome::Reason;
use crate::registry::{Grant, Project, ProjectId};
use crate::retention::Retention;
use crate::settings::{Scrubbing, is_origin};
use crate::snippets::Snippets;
use crate::store::registry::ListedProject;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/projects", get(list).post(create))
        .route("/api/v1/projects/{project}", get(show).patch(change))
        .route("/api/v1/projects/{project}/keys", post(add_key))
        .route("/api/v1/projects/{project}/keys/{key}", delete(revoke_key))
}

fn describe(app: &App, project: &Project) -> Value {
    let key = project.keys.first();
    let dsn = key.map(|key| Snippets::new(&app.public_url, project.id, *key).dsn);
    let settings: serde_json::Map<_, _> = project
        .settings
        .list()
        .into_iter()
        .map(|(path, value)| (path, Value::from(value)))
        .collect();
    json!({
        "id": project.id,
        "name": project.name,
        "keys": project.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "dsn": dsn,
        "retention_hours": project.retention.hours(),
        "allowed_origins": project.settings.allowed_origins,
        "settings": settings,
        "scrubbing": project.settings.scrubbing,
    })
}

async fn list(State(app): State<Arc<App>>, caller: Caller) -> Response {
    let projects = app.projects().into_iter();
    let visible = projects.filter(|project| caller.grant.may_connect(project.id));
    let projects: Vec<_> = visible.map(|project| describe(&app, &project)).collect();
    Json(json!({ "projects": projects })).into_response()
}

#[derive(Deserialize)]
struct NewProject {
    name: String,
    retention_hours: Option<u32>,
}

async fn create(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewProject>,
) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_create_projects())?;
    let retention = match new.retention_hours {
        Some(hours) => Retention::try_from(hours).ok(),
        None => Some(app.default_retention),
    };
    let Some(retention) = retention.filter(|_| Project::is_name(&new.name)) else {
        return Err(refused(&app, Reason::FormInvalid));
    };
    let name = new.name.trim();
    let added = app.add_project(name, retention, Actor::of(&caller.access));
    let id = added.await.map_err(|reason| refused(&app, reason))?;
    let project = app.known_project(id);
    let project = project.ok_or_else(|| refused(&app, Reason::StoreAway))?;
    Ok((StatusCode::CREATED, Json(describe(&app, &project))).into_response())
}

async fn find(
    app: &App,
    id: &str,
    is_allowed: impl FnOnce(ProjectId) -> bool,
) -> Result<Arc<Project>, Refusal> {
    let unknown = |reason| refused(app, reason);
    let id = id.parse().map(ProjectId::new);
    let id = id.map_err(|_| unknown(Reason::ProjectUnknown))?;
    require(app, is_allowed(id))?;
    app.project(id).await.map_err(unknown)
}

fn may_manage(grant: &Grant) -> impl FnOnce(ProjectId) -> bool {
    |id| grant.may_manage_project(id)
}

async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let project = find(&app, &id, |id| caller.grant.may_connect(id)).await?;
    Ok(Json(describe(&app, &project)).into_response())
}

#[derive(Deserialize)]
struct Change {
    name: Option<String>,
    allowed_origins: Option<Vec<String>>,
    /// By path, e.g. `retention.analytics_hours`.
    #[serde(default)]
    settings: BTreeMap<String, Value>,
    /// Members that are stated replace the project's own.
    scrubbing: Option<Map<String, Value>>,
}

async fn change(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
    Body(change): Body<Change>,
) -> Result<Response, Refusal> {
    let project = find(&app, &id, may_manage(&caller.grant)).await?;
    let mut listed = ListedProject::from(&*project);
    let invalid = || refused(&app, Reason::FormInvalid);
    if let Some(name) = change.name {
        if !Project::is_name(&name) {
            return Err(invalid());
        }
        name.trim().clone_into(&mut listed.name);
    }
    if let Some(origins) = change.allowed_origins {
        let origins: Vec<_> = origins
            .iter()
            .map(|origin| origin.to_ascii_lowercase())
            .collect();
        if !origins.iter().all(|origin| is_origin(origin)) {
            return Err(invalid());
        }
        let settings = listed.settings.with("allowed_origins", &origins.join(","));
        listed.settings = settings.map_err(|_| invalid())?;
    }
    for (path, value) in &change.settings {
        if path == "allowed_origins" {
            return Err(invalid());
        }
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        listed.settings = listed.settings.with(path, &text).map_err(|_| invalid())?;
    }
    if let Some(stated) = change.scrubbing {
        listed.settings.scrubbing = scrubbing(&app, &listed.settings.scrubbing, stated)?;
    }
    let actor = Actor::of(&caller.access);
    let changed = app.change_project(&listed, actor).await;
    written(&app, changed).await?;
    let project = find(&app, &id, may_manage(&caller.grant)).await?;
    Ok(Json(describe(&app, &project)).into_response())
}

/// The wishes of a project with some of them replaced.
fn scrubbing(
    app: &App,
    known: &Scrubbing,
    stated: Map<String, Value>,
) -> Result<Scrubbing, Refusal> {
    let mut members = match json!(known) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    for (name, value) in stated {
        match (members.get_mut(&name), value) {
            (Some(Value::Object(inner)), Value::Object(stated)) => inner.extend(stated),
            (_, value) => _ = members.insert(name, value),
        }
    }
    let changed: Scrubbing = serde_json::from_value(Value::Object(members))
        .map_err(|_| refused(app, Reason::FormInvalid))?;
    match changed.wishes() {
        Ok(_) => Ok(changed),
        // Says which entry by its number or checked name, and repeats nothing else.
        Err(error) => Err(problem(
            app,
            StatusCode::UNPROCESSABLE_ENTITY,
            Reason::PolicyInvalid,
            &error.to_string(),
        )
        .into()),
    }
}

async fn add_key(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let project = find(&app, &id, may_manage(&caller.grant)).await?;
    let added = app.add_key(project.id, Actor::of(&caller.access)).await;
    let key = added.map_err(|reason| refused(&app, reason))?;
    let dsn = Snippets::new(&app.public_url, project.id, key).dsn;
    let body = json!({ "key": key.as_str(), "dsn": dsn });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

async fn revoke_key(
    State(app): State<Arc<App>>,
    Path((id, key)): Path<(String, String)>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let project = find(&app, &id, may_manage(&caller.grant)).await?;
    let key = key.parse().ok().filter(|key| project.keys.contains(key));
    let key = key.ok_or_else(|| refused(&app, Reason::KeyUnknown))?;
    // The last key stays: a project without one cannot report.
    if project.keys.len() == 1 {
        return Err(refused(&app, Reason::FormInvalid));
    }
    let actor = Actor::of(&caller.access);
    let revoked = app.revoke_key(project.id, key, actor).await;
    revoked.map_err(|reason| refused(&app, reason))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
