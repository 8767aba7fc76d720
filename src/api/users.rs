//! People for programs: list, invite, change, keep out. Links are in the answer that makes them and nowhere else.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Body, Caller, Refusal, read_grant, refused, require};
use crate::app::App;
use crate::ledger::Actor;
use crate::outcome::Reason;
use crate::registry::{Email, TokenPurpose, User};

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/users", get(list).post(invite))
        .route("/api/v1/users/{user}", get(show).patch(change))
        .route("/api/v1/users/{user}/invitation", post(invite_again))
}

fn describe(user: &User) -> Value {
    json!({
        "id": user.id.to_string(),
        "email": user.email.as_str(),
        "role": user.grant.role.name(),
        "projects": user.grant.scope.numbers(),
        "state": user.state(),
        "created_at": user.created_at,
    })
}

async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_manage_people())?;
    let users: Vec<_> = app.users().iter().map(|user| describe(user)).collect();
    Ok(Json(json!({ "users": users })).into_response())
}

#[derive(Deserialize)]
struct NewUser {
    email: String,
    role: String,
    #[serde(default)]
    projects: Vec<u32>,
}

async fn invite(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<NewUser>,
) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_manage_people())?;
    let email: Result<Email, _> = new.email.parse();
    let email = email.map_err(|_| refused(&app, Reason::FormInvalid))?;
    let grant = read_grant(&app, &new.role, &new.projects)?;
    let actor = Actor::of(&caller.access);
    let added = app.add_user(email, grant, actor).await;
    let user = added.map_err(|reason| refused(&app, reason))?;
    with_link(&app, &user, actor).await
}

/// The user with a new link to choose a password on.
async fn with_link(app: &App, user: &User, actor: Actor) -> Result<Response, Refusal> {
    let link = app.invite(user, actor).await;
    let link = link.map_err(|reason| refused(app, reason))?;
    let mut body = describe(user);
    body["invitation"] = link.into();
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

fn find(app: &App, caller: &Caller, id: &str) -> Result<Arc<User>, Refusal> {
    require(app, caller.grant.may_manage_people())?;
    let user = id.parse().ok().and_then(|id| app.user(id));
    user.ok_or_else(|| refused(app, Reason::UnknownRoute))
}

async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let user = find(&app, &caller, &id)?;
    Ok(Json(describe(&user)).into_response())
}

#[derive(Deserialize)]
struct Change {
    role: Option<String>,
    projects: Option<Vec<u32>>,
    disabled: Option<bool>,
}

async fn change(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
    Body(change): Body<Change>,
) -> Result<Response, Refusal> {
    let user = find(&app, &caller, &id)?;
    // Nobody locks themselves out.
    let is_session = caller.access.purpose == TokenPurpose::Session;
    require(&app, !(is_session && caller.access.user == Some(user.id)))?;
    let role = change.role.as_deref().unwrap_or(user.grant.role.name());
    let projects = change
        .projects
        .unwrap_or_else(|| user.grant.scope.numbers());
    let changed = User {
        grant: read_grant(&app, role, &projects)?,
        is_disabled: change.disabled.unwrap_or(user.is_disabled),
        ..User::clone(&user)
    };
    let written = app.change_user(&changed, Actor::of(&caller.access)).await;
    written.map_err(|reason| refused(&app, reason))?;
    Ok(Json(describe(&changed)).into_response())
}

async fn invite_again(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let user = find(&app, &caller, &id)?;
    require(&app, !user.is_disabled)?;
    with_link(&app, &user, Actor::of(&caller.access)).await
}
