//! Evidence for programs: the checks, the live probe, the inventory, the receipts of deletions.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::caller::{Caller, Refusal, refused, require};
use super::problem;
use crate::app::App;
use crate::evidence::{Busy, Claim, Inventory, as_json};
use crate::ledger::{Action, Actor, verification_json, verify};
use crate::outcome::Reason;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/evidence", get(checks))
        .route("/api/v1/evidence/probe", post(probe))
        .route("/api/v1/evidence/inventory", get(inventory))
        .route("/api/v1/evidence/deletions", get(deletions))
        .route("/api/v1/ledger", get(ledger))
        .route("/api/v1/ledger/verification", get(verification))
}

/// `GET /api/v1/evidence`: every check, run now.
async fn checks(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_query())?;
    let findings = app
        .evidence
        .examine(&app, Claim::ALL, Actor::of(&caller.access))
        .await;
    let findings = findings.map_err(|busy| wait(&app, busy))?;
    Ok(Json(as_json(&findings)).into_response())
}

/// `POST /api/v1/evidence/probe`: sends made-up people and looks for them.
async fn probe(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_query())?;
    let report = app.evidence.probe(&app, Actor::of(&caller.access)).await;
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
    let plans = app.store.coming_deletions().await;
    let plans = plans.map_err(|_| refused(&app, Reason::StoreAway))?;
    let actor = Actor::of(&caller.access);
    app.record(
        actor,
        Action::Exported,
        "deletions".to_owned(),
        String::new(),
    )
    .await;
    Ok(Json(serde_json::json!({ "plans": plans, "receipts": receipts })).into_response())
}

/// `GET /api/v1/ledger`: the whole ledger as a file that `mayfly ledger verify` takes.
async fn ledger(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_query())?;
    let actor = Actor::of(&caller.access);
    app.record(actor, Action::Exported, "ledger".to_owned(), String::new())
        .await;
    let ledger = Arc::clone(&app.ledger);
    let exported = tokio::task::spawn_blocking(move || ledger.export()).await;
    let Ok(Ok(text)) = exported else {
        return Err(refused(&app, Reason::StoreAway));
    };
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (
            CONTENT_DISPOSITION,
            "attachment; filename=\"mayfly-ledger.jsonl\"",
        ),
    ];
    Ok((headers, text).into_response())
}

/// `GET /api/v1/ledger/verification`: whether anything in the ledger was changed, moved or removed.
async fn verification(State(app): State<Arc<App>>, caller: Caller) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_query())?;
    let path = app.ledger.path().to_owned();
    let verified = tokio::task::spawn_blocking(move || verify(&path)).await;
    let verified = verified.map_err(|_| refused(&app, Reason::StoreAway))?;
    Ok(Json(verification_json(&verified)).into_response())
}

/// The answer if something else is under way.
pub(super) fn wait(app: &App, busy: Busy) -> Refusal {
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
