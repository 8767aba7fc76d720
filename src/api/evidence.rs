//! Evidence for programs: the checks, the live probe, the inventory, the receipts of deletions.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;

use super::caller::{Caller, refused, require};
use super::problem;
use crate::app::App;
use crate::evidence::{Busy, Claim, Inventory, as_json};
use crate::outcome::Reason;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/evidence", get(checks))
        .route("/api/v1/evidence/probe", post(probe))
        .route("/api/v1/evidence/inventory", get(inventory))
        .route("/api/v1/evidence/deletions", get(deletions))
}

/// `GET /api/v1/evidence`: every check, run now.
async fn checks(State(app): State<Arc<App>>, caller: Caller) -> Response {
    if let Err(answer) = require(&app, caller.grant.may_query()) {
        return answer;
    }
    match app.evidence.examine(&app, Claim::ALL).await {
        Ok(findings) => Json(as_json(&findings)).into_response(),
        Err(busy) => wait(&app, busy),
    }
}

/// `POST /api/v1/evidence/probe`: sends made-up people and looks for them.
async fn probe(State(app): State<Arc<App>>, caller: Caller) -> Response {
    if let Err(answer) = require(&app, caller.grant.may_query()) {
        return answer;
    }
    match app.evidence.probe(&app).await {
        Ok(report) => Json(report.to_json()).into_response(),
        Err(busy) => wait(&app, busy),
    }
}

/// `GET /api/v1/evidence/inventory`: what is stored, and why it is not personal.
async fn inventory(State(app): State<Arc<App>>, caller: Caller) -> Response {
    if let Err(answer) = require(&app, caller.grant.may_query()) {
        return answer;
    }
    match Inventory::of(&app.store).await {
        Ok(inventory) => Json(inventory.to_json()).into_response(),
        Err(_) => refused(&app, Reason::StoreAway),
    }
}

/// `GET /api/v1/evidence/deletions`: the receipts, the newest first.
async fn deletions(State(app): State<Arc<App>>, caller: Caller) -> Response {
    if let Err(answer) = require(&app, caller.grant.may_query()) {
        return answer;
    }
    match app.store.receipts().await {
        Ok(receipts) => Json(serde_json::json!({ "receipts": receipts })).into_response(),
        Err(_) => refused(&app, Reason::StoreAway),
    }
}

fn wait(app: &App, busy: Busy) -> Response {
    match busy {
        Busy::Store(_) => refused(app, Reason::StoreAway),
        Busy::Running | Busy::TooSoon => problem(
            app,
            StatusCode::TOO_MANY_REQUESTS,
            Reason::RateLimited,
            &busy.to_string(),
        ),
    }
}
