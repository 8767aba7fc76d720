//! Issues for programs: lists, single issues, their events, and decisions.

use std::sync::Arc;

use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Deserialize;
use serde_json::json;

use super::caller::{Caller, Refusal, require};
use super::change::{Change, decisions};
use super::{issue_json, problem};
use crate::app::{App, Undecided};
use crate::issues::search::{self, Problem};
use crate::issues::{IssueId, Sort};
use crate::json;
use crate::limits::{API_BODY_BYTES_MAX, PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX};
use crate::outcome::Reason;
use crate::privacy::{EventId, Raw};
use crate::registry::{Access, ProjectId};
use crate::store::StoreError;
use crate::store::issues::{Cursor, Issue, Request, Side};
use crate::time::Timestamp;

pub(super) fn routes() -> Router<Arc<App>> {
    let router = Router::new()
        .route(
            "/api/v1/projects/{project}/issues",
            get(list).fallback(wrong_method),
        )
        .route(
            "/api/v1/issues/{issue}",
            get(show).put(change).fallback(wrong_method),
        )
        .route(
            "/api/v1/issues/{issue}/events",
            get(events).fallback(wrong_method),
        )
        .route(
            "/api/v1/issues/{issue}/around",
            get(around).fallback(wrong_method),
        )
        .route(
            "/api/v1/projects/{project}/assignees",
            get(assignees).fallback(wrong_method),
        )
        .route("/api/v1/events/{event}", get(event).fallback(wrong_method));
    router.layer(DefaultBodyLimit::max(API_BODY_BYTES_MAX))
}

async fn wrong_method(State(app): State<Arc<App>>) -> Response {
    let reason = Reason::MethodNotAllowed;
    problem(
        &app,
        StatusCode::METHOD_NOT_ALLOWED,
        reason,
        "this address knows other methods",
    )
}

/// Somebody who may handle errors, and of which projects.
struct Developer {
    access: Arc<Access>,
    projects: Vec<u32>,
}

impl Developer {
    fn of(app: &App, caller: Caller) -> Result<Self, Refusal> {
        let projects = app.projects().into_iter().map(|project| project.id);
        let handled = projects.filter(|project| caller.grant.may_handle_errors(*project));
        let projects: Vec<u32> = handled.map(ProjectId::get).collect();
        require(app, !projects.is_empty())?;
        Ok(Self {
            access: caller.access,
            projects,
        })
    }

    /// The issue with this number, if there is one and it is theirs.
    async fn issue(&self, app: &App, id: &str, now: Timestamp) -> Result<Issue, Refusal> {
        let Ok(id) = id.parse::<IssueId>() else {
            return Err(unknown(app, Reason::IssueUnknown));
        };
        let issue = app.store.issue(&self.projects, id, now).await;
        issue
            .map_err(|error| away(app, error))?
            .ok_or_else(|| unknown(app, Reason::IssueUnknown))
    }

    /// A project of theirs, by its number.
    fn project(&self, app: &App, id: &str) -> Result<ProjectId, Refusal> {
        let id = id.parse().ok().filter(|id| self.projects.contains(id));
        id.map(ProjectId::new)
            .ok_or_else(|| unknown(app, Reason::ProjectUnknown))
    }
}

#[derive(Deserialize)]
struct ListOptions {
    #[serde(default)]
    query: String,
    sort: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// `GET /api/v1/projects/{id}/issues`
async fn list(
    State(app): State<Arc<App>>,
    Path(project): Path<String>,
    Query(options): Query<ListOptions>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let developer = Developer::of(&app, caller)?;
    let now = Timestamp::now();
    let project = developer.project(&app, &project)?.get();
    let search = search::parse(&options.query, now).map_err(|error| not_understood(&app, error))?;
    let sort = match options.sort.as_deref() {
        None => Some(Sort::LastSeen),
        Some(name) => Sort::from_name(name),
    };
    let sort =
        sort.ok_or_else(|| invalid(&app, "sort is last_seen, first_seen, count or visitors"))?;
    let me = developer
        .access
        .user
        .map_or_else(String::new, |user| user.to_string());
    let request = Request {
        projects: &[project],
        search: &search,
        me: &me,
        sort,
        after: cursor_of(&app, options.cursor.as_deref(), sort)?,
        rows_max: rows_max(options.limit),
    };
    let listed = app.store.issues(&request, now).await;
    let listed = listed.map_err(|error| away(&app, error))?;
    let issues: Vec<_> = listed
        .issues
        .iter()
        .map(issue_json::IssueJson::new)
        .collect();
    let next = listed
        .next
        .map(|cursor| format!("{}-{cursor}", sort.name()));
    Ok(Json(json!({ "issues": issues, "next": next })).into_response())
}

/// `GET /api/v1/projects/{id}/assignees`: who may take care of its issues.
async fn assignees(
    State(app): State<Arc<App>>,
    Path(project): Path<String>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let developer = Developer::of(&app, caller)?;
    let project = developer.project(&app, &project)?;
    let carers = app.carers(project).into_iter();
    let carers: Vec<_> = carers
        .map(|user| json!({ "id": user.id.to_string(), "email": user.email.as_str() }))
        .collect();
    Ok(Json(json!({ "assignees": carers })).into_response())
}

/// `GET /api/v1/issues/{id}`
async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let now = Timestamp::now();
    let issue = Developer::of(&app, caller)?.issue(&app, &id, now).await?;
    whole(&app, &issue, now).await
}

async fn whole(app: &App, issue: &Issue, now: Timestamp) -> Result<Response, Refusal> {
    app.notice_regression(issue, now)
        .await
        .map_err(|error| away(app, error))?;
    let (trail, spread) = tokio::try_join!(
        app.store.trail(issue.project, &issue.members, now),
        app.store.spread(issue, now)
    )
    .map_err(|error| away(app, error))?;
    Ok(Json(issue_json::whole(issue, &trail, &spread)).into_response())
}

#[derive(Deserialize)]
struct PageOptions {
    cursor: Option<String>,
    limit: Option<u32>,
}

/// `GET /api/v1/issues/{id}/events`, newest first.
async fn events(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(options): Query<PageOptions>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let now = Timestamp::now();
    let issue = Developer::of(&app, caller)?.issue(&app, &id, now).await?;
    let from = cursor(&app, options.cursor.as_deref())?.map(|place| (Side::Older, place));
    let rows_max = rows_max(options.limit);
    let rows = app.store.events_of(&issue, from, rows_max + 1, now).await;
    let mut rows = rows.map_err(|error| away(&app, error))?;
    let has_more = rows.len() > rows_max as usize;
    rows.truncate(rows_max as usize);
    let next = rows
        .last()
        .filter(|_| has_more)
        .map(|row| row.place().to_string());
    let events: Vec<_> = rows.iter().map(issue_json::event_row).collect();
    Ok(Json(json!({ "events": events, "next": next })).into_response())
}

/// `GET /api/v1/issues/{id}/around`: issues like it, and the pages where it happens.
async fn around(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let now = Timestamp::now();
    let issue = Developer::of(&app, caller)?.issue(&app, &id, now).await?;
    let around = app.store.around(&issue, now).await;
    let (similar, pages) = around.map_err(|error| away(&app, error))?;
    let similar: Vec<_> = similar.iter().map(issue_json::similar).collect();
    let pages: Vec<_> = pages.iter().map(issue_json::page_use).collect();
    Ok(Json(json!({ "similar": similar, "pages": pages })).into_response())
}

/// `GET /api/v1/events/{id}`: the event as its SDK sent it, scrubbed; what Mayfly says about it is in `mayfly`.
async fn event(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Response, Refusal> {
    let developer = Developer::of(&app, caller)?;
    let now = Timestamp::now();
    let not_there = || unknown(&app, Reason::EventUnknown);
    let id = EventId::parse(&id).ok_or_else(not_there)?;
    let (event, merges) = tokio::try_join!(
        app.store.event(&developer.projects, id, now),
        app.store.merges(&developer.projects, now)
    )
    .map_err(|error| away(&app, error))?;
    let event = event.ok_or_else(not_there)?;
    app.show_event(event.project_id, &event.event_id, &developer.access)
        .await;
    let issue = merges.root(IssueId::new(event.group_id));
    let about = issue_json::about(&event, issue).to_string();
    let about = serde_json::from_str(&about).unwrap_or(json::Value::Null);
    let mut whole = serde_json::from_str(&event.payload).unwrap_or(json::Value::Object(Vec::new()));
    whole.set("mayfly", about);
    let mut body = Vec::new();
    whole.write(&mut body);
    Ok(([(CONTENT_TYPE, "application/json")], body).into_response())
}

/// `PUT /api/v1/issues/{id}`
async fn change(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    caller: Caller,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let developer = Developer::of(&app, caller)?;
    let now = Timestamp::now();
    let too_large = |_| {
        let (status, reason) = (StatusCode::PAYLOAD_TOO_LARGE, Reason::BodyTooLarge);
        problem(&app, status, reason, "the body is too large")
    };
    let body = body.map_err(too_large)?;
    let change: Change = serde_json::from_slice(&body)
        .map_err(|_| invalid(&app, "the body is not a change as described"))?;
    let issue = developer.issue(&app, &id, now).await?;
    let target = match &change.merge_into {
        None => None,
        Some(target) => Some(developer.issue(&app, target, now).await?),
    };
    let decisions =
        decisions(&change, &issue, target.as_ref()).map_err(|why| invalid(&app, why))?;
    let (project, access) = (issue.project, &developer.access);
    for (about, decision) in &decisions {
        let about = std::slice::from_ref(about);
        let decided = app.decide_issues(project, about, decision, access, now);
        decided.await.map_err(|why| undecided(&app, why))?;
    }
    if let Some(comment) = &change.comment {
        let comment = Raw::new(comment.as_str());
        let written = app.comment_on_issue(project, issue.id, &comment, access, now);
        written.await.map_err(|why| undecided(&app, why))?;
    }
    let issue = developer.issue(&app, &id, now).await?;
    whole(&app, &issue, now).await
}

fn rows_max(asked: Option<u32>) -> u32 {
    asked.unwrap_or(PAGE_ROWS_DEFAULT).clamp(1, PAGE_ROWS_MAX)
}

/// Where a page of events begins.
fn cursor(app: &App, text: Option<&str>) -> Result<Option<Cursor>, Refusal> {
    read_cursor(app, text, Cursor::parse)
}

/// Where a page of issues begins, which means nothing in another order.
fn cursor_of(app: &App, text: Option<&str>, sort: Sort) -> Result<Option<Cursor>, Refusal> {
    read_cursor(app, text, |text| {
        let (order, place) = text.split_once('-')?;
        (order == sort.name()).then(|| Cursor::parse(place))?
    })
}

fn read_cursor(
    app: &App,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Option<Cursor>,
) -> Result<Option<Cursor>, Refusal> {
    match text.filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => match parse(text) {
            Some(cursor) => Ok(Some(cursor)),
            None => Err(invalid(app, "cursor is what an earlier page gave as next")),
        },
    }
}

fn unknown(app: &App, reason: Reason) -> Refusal {
    problem(app, StatusCode::NOT_FOUND, reason, reason.name()).into()
}

fn invalid(app: &App, detail: &'static str) -> Refusal {
    problem(
        app,
        StatusCode::BAD_REQUEST,
        Reason::DecisionInvalid,
        detail,
    )
    .into()
}

fn away(app: &App, error: StoreError) -> Refusal {
    let status = StatusCode::SERVICE_UNAVAILABLE;
    problem(app, status, Reason::StoreAway, &error.to_string()).into()
}

fn undecided(app: &App, why: Undecided) -> Refusal {
    match why {
        Undecided::IssueUnknown => unknown(app, Reason::IssueUnknown),
        Undecided::AssigneeUnknown => invalid(
            app,
            "assignee is somebody who may handle errors of the project",
        ),
        Undecided::Store(error) => away(app, error),
    }
}

fn not_understood(app: &App, error: Problem) -> Refusal {
    app.refuse_request(Reason::QueryInvalid);
    let body = Json(json!({
        "name": Reason::QueryInvalid.name(),
        "detail": error.kind.name(),
        "position": error.position,
        "length": error.length,
    }));
    let outcome = [(crate::server::reply::OUTCOME, Reason::QueryInvalid.name())];
    let answer = (StatusCode::BAD_REQUEST, outcome, body);
    answer.into_response().into()
}
