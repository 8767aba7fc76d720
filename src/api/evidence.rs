//! Evidence for programs: the checks, the live probe, the inventory, the receipts of deletions.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;

use super::caller::{Caller, Refusal, refused, require};
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
async fn checks(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_query())?;
    let findings = app.evidence.examine(&app, Claim::ALL).await;
    let findings = findings.map_err(|busy| wait(&app, busy))?;
    Ok(Json(as_json(&findings)).into_response())
}

/// `POST /api/v1/evidence/probe`: sends made-up people and looks for them.
async fn probe(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_query())?;
    let report = app.evidence.probe(&app).await;
    let report = report.map_err(|busy| wait(&app, busy))?;
    Ok(Json(report.to_json()).into_response())
}

/// `GET /api/v1/evidence/inventory`: what is stored, and why it is not personal.
async fn inventory(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_query())?;
    let inventory = Inventory::of(&app.store).await;
    let inventory = inventory.map_err(|_| refused(&app, Reason::StoreAway))?;
    Ok(Json(inventory.to_json()).into_response())
}

/// `GET /api/v1/evidence/deletions`: the receipts, the newest first.
async fn deletions(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_query())?;
    let receipts = app.store.receipts().await;
    let receipts = receipts.map_err(|_| refused(&app, Reason::StoreAway))?;
    Ok(Json(serde_json::json!({ "receipts": receipts })).into_response())
}

fn wait(app: &App, busy: Busy) -> Refusal {
    match busy {
        Busy::Store(_) => refused(app, Reason::StoreAway),
        Busy::Running | Busy::TooSoon => problem(
            app,
            StatusCode::TOO_MANY_REQUESTS,
            Reason::RateLimited,
            &busy.to_string(),
        )
        .into(),
    }
}
