//! Access tokens for programs: list, make, withdraw. A token is in the answer that makes it and nowhere else.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Body, Caller, Refusal, read_grant, refused, require};
use crate::app::App;
use crate::ledger::Actor;
use crate::limits::{NAME_BYTES_MAX, TOKEN_DAYS_DEFAULT, TOKEN_DAYS_MAX};
use crate::outcome::Reason;
use crate::registry::{Access, TokenPurpose};
use crate::store::people::NewToken;
use crate::time::Timestamp;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/tokens", get(list).post(make))
        .route("/api/v1/tokens/{token}", delete(revoke))
}

fn describe(token: &Access) -> Value {
    json!({
        "id": token.id(),
        "name": token.name,
        "role": token.grant.role.name(),
        "projects": token.grant.scope.numbers(),
        "created_at": token.created_at,
        "expires_at": token.expires_at,
    })
}

async fn list(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_manage_people())?;
    let tokens: Vec<_> = app
        .api_tokens()
        .iter()
        .map(|token| describe(token))
        .collect();
    Ok(Json(json!({ "tokens": tokens })).into_response())
}

#[derive(Deserialize)]
struct New {
    name: String,
    role: String,
    #[serde(default)]
    projects: Vec<u32>,
    days: Option<u32>,
}

async fn make(
    State(app): State<Arc<App>>,
    caller: Caller,
    Body(new): Body<New>,
) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_manage_people())?;
    let grant = read_grant(&app, &new.role, &new.projects)?;
    let name = new.name.trim();
    let days = new.days.unwrap_or(TOKEN_DAYS_DEFAULT);
    let is_named = !name.is_empty() && name.len() <= NAME_BYTES_MAX;
    if !is_named || !(1..=TOKEN_DAYS_MAX).contains(&days) {
        return Err(refused(&app, Reason::FormInvalid));
    }
    let now = Timestamp::now();
    let is_session = caller.access.purpose == TokenPurpose::Session;
    let new = NewToken {
        purpose: TokenPurpose::Api,
        name: name.to_owned(),
        user: caller.access.user.filter(|_| is_session),
        grant,
        ends: Timestamp::from_seconds(now.seconds() + i64::from(days) * 86_400),
    };
    let added = app.add_token(new, Actor::of(&caller.access)).await;
    let token = added.map_err(|reason| refused(&app, reason))?;
    let access = app.access(token.hash(), now).await;
    let access = access.map_err(|reason| refused(&app, reason))?;
    let access = access.ok_or_else(|| refused(&app, Reason::StoreAway))?;
    let mut body = describe(&access);
    body["token"] = token.reveal().into();
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

async fn revoke(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_manage_people())?;
    let tokens = app.api_tokens();
    let token = tokens.iter().find(|token| token.id() == id);
    let token = token.ok_or_else(|| refused(&app, Reason::UnknownRoute))?;
    let revoked = app.revoke_token(token, Actor::of(&caller.access)).await;
    revoked.map_err(|reason| refused(&app, reason))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
