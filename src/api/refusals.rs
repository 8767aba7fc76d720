//! What was refused, for programs.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::caller::{Caller, Refusal, refused};
use crate::app::App;
use crate::outcome::Reason;
use crate::registry::ProjectId;
use crate::time::Timestamp;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/api/v1/projects/{project}/refusals", get(list))
}

/// `GET /api/v1/projects/{id}/refusals`: of as long as the project keeps anything, the most first.
async fn list(
    State(app): State<Arc<App>>,
    Path(project): Path<String>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let id = project.parse().ok().map(ProjectId::new);
    let visible = id.filter(|id| caller.grant.may_see_arrivals(*id));
    let known = visible.and_then(|id| app.known_project(id));
    let project = known.ok_or_else(|| refused(&app, Reason::ProjectUnknown))?;
    let counts = app
        .store
        .refusals(&[project.id.get()], Timestamp::now())
        .await;
    let counts = counts.map_err(|_| refused(&app, Reason::StoreAway))?;
    let refusals = counts.iter().map(|count| {
        json!({
            "source": count.source,
            "kind": count.category,
            "reason": count.reason,
            "sdk": count.sdk,
            "count": count.quantity,
            "last_hour": Timestamp::from_seconds(count.last_hour.into()).rfc3339(),
        })
    });
    let refusals: Vec<_> = refusals.collect();
    Ok(Json(json!({ "refusals": refusals })).into_response())
}
