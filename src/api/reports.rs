//! Signed reports for programs: the self-assessment and the breach report.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use http::header::CONTENT_TYPE;
use serde::Deserialize;

use super::caller::{Body, Caller, Refusal, refused, require};
use super::evidence::wait;
use crate::app::App;
use crate::evidence::{Breach, Busy, Signed};
use crate::ledger::Actor;
use crate::outcome::Reason;
use crate::time::Timestamp;
use crate::ui::Language;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/evidence/assessment", post(assessment))
        .route("/api/v1/evidence/breach", post(breach))
}

#[derive(Deserialize)]
struct Form {
    /// `json` or `html`.
    format: Option<String>,
    lang: Option<String>,
}

#[derive(Deserialize)]
struct Period {
    since: String,
    until: Option<String>,
}

/// `POST /api/v1/evidence/assessment`: runs every check and signs the result.
async fn assessment(
    State(app): State<Arc<App>>,
    Query(form): Query<Form>,
    caller: Caller,
) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_query())?;
    let actor = Actor::of(&caller.access);
    let signed = app.evidence.assessment(&app, actor).await;
    hand_out(&app, &form, signed)
}

/// `POST /api/v1/evidence/breach`: what could be reached since when, signed.
async fn breach(
    State(app): State<Arc<App>>,
    Query(form): Query<Form>,
    caller: Caller,
    Body(period): Body<Period>,
) -> Result<Response, Refusal> {
    require(&app, caller.grant.may_query())?;
    let now = Timestamp::now();
    let since = Timestamp::parse(&period.since);
    let until = period
        .until
        .map_or(Some(now), |text| Timestamp::parse(&text));
    let (Some(since), Some(until)) = (since, until) else {
        return Err(refused(&app, Reason::FormInvalid));
    };
    let (actor, time) = (Actor::of(&caller.access), Breach { since, until });
    let signed = app.evidence.breach(&app, time, actor).await;
    hand_out(&app, &form, signed)
}

fn hand_out(app: &App, form: &Form, signed: Result<Signed, Busy>) -> Result<Response, Refusal> {
    let signed = signed.map_err(|busy| wait(app, busy))?;
    let code = form.lang.as_deref().unwrap_or("en");
    let language = Language::from_code(code).unwrap_or_default();
    if form.format.as_deref() != Some("html") {
        let headers = [(CONTENT_TYPE, "application/json; charset=utf-8")];
        return Ok((headers, signed.to_json()).into_response());
    }
    let page = signed.to_html(language);
    let page = page.map_err(|_| refused(app, Reason::FormInvalid))?;
    Ok(([(CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response())
}
