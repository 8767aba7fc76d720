//! The read API for programs: JSON and SQL under `/api/v1/`.

mod caller;
mod change;
mod evidence;
mod issue_json;
mod issues;
mod projects;
mod refusals;
mod reports;
mod subjects;
mod tokens;
mod users;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use clickhouse::query::BytesCursor;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde::Deserialize;

use crate::app::App;
use crate::ledger::{Action, Actor};
use crate::limits::SQL_STATEMENT_BYTES_MAX;
use crate::outcome::Reason;
use crate::server::reply::OUTCOME;
use crate::store::sql::SqlError;
use crate::time::Timestamp;
use caller::Caller;

/// The description of this API.
static OPENAPI: &str = include_str!("openapi.json");

pub(crate) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/api/v1/openapi.json", get(openapi))
        .route(
            "/api/v1/sql",
            post(sql).layer(axum::extract::DefaultBodyLimit::max(
                SQL_STATEMENT_BYTES_MAX,
            )),
        )
        .merge(evidence::routes())
        .merge(reports::routes())
        .merge(issues::routes())
        .merge(refusals::routes())
        .merge(projects::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(subjects::routes())
}

async fn openapi() -> Response {
    ([(CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

#[derive(Deserialize)]
struct SqlOptions {
    default_format: Option<String>,
}

/// `POST /api/v1/sql`: one reading statement in the body, its result in any format of ClickHouse.
async fn sql(
    State(app): State<Arc<App>>,
    Query(options): Query<SqlOptions>,
    caller: Caller,
    statement: Bytes,
) -> Response {
    if !caller.grant.may_query() {
        return problem(
            &app,
            StatusCode::FORBIDDEN,
            Reason::RoleInsufficient,
            "SQL is for officers and admins of all projects",
        );
    }
    let Ok(statement) = std::str::from_utf8(&statement) else {
        return problem(
            &app,
            StatusCode::BAD_REQUEST,
            Reason::StatementRefused,
            "the statement is not UTF-8",
        );
    };
    let format = options.default_format.as_deref().unwrap_or("JSON");
    if !format.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return problem(
            &app,
            StatusCode::BAD_REQUEST,
            Reason::StatementRefused,
            "a format's name has letters and digits only",
        );
    }
    let actor = Actor::of(&caller.access);
    app.record(actor, Action::SqlRun, String::new(), String::new())
        .await;
    match app
        .store
        .read_sql(statement, format, Timestamp::now())
        .await
    {
        Ok(mut cursor) => {
            // The first piece tells whether the statement runs at all.
            match cursor.next().await {
                Ok(first) => stream(first, cursor, content_type(format)),
                Err(error) => refused(&app, &SqlError::from(error)),
            }
        }
        Err(error) => refused(&app, &error),
    }
}

/// Breaking the body off is how HTTP says that a result is incomplete.
fn stream(first: Option<Bytes>, rest: BytesCursor, content_type: &'static str) -> Response {
    let pieces = stream::iter(first.map(Ok)).chain(rest);
    ([(CONTENT_TYPE, content_type)], Body::from_stream(pieces)).into_response()
}

fn refused(app: &App, error: &SqlError) -> Response {
    let (status, reason) = match error {
        SqlError::NotReading => (StatusCode::FORBIDDEN, Reason::StatementRefused),
        SqlError::Refused(_) => (StatusCode::BAD_REQUEST, Reason::StatementRefused),
        SqlError::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, Reason::StoreAway),
    };
    problem(app, status, reason, &error.to_string())
}

fn problem(app: &App, status: StatusCode, reason: Reason, detail: &str) -> Response {
    app.refuse_request(reason);
    let body = axum::Json(serde_json::json!({ "name": reason.name(), "detail": detail }));
    (status, [(OUTCOME, reason.name())], body).into_response()
}

fn content_type(format: &str) -> &'static str {
    match format {
        "JSON" | "JSONCompact" | "JSONStrings" | "JSONColumns" | "JSONObjectEachRow" => {
            "application/json; charset=utf-8"
        }
        "JSONEachRow" | "JSONLines" | "NDJSON" => "application/x-ndjson; charset=utf-8",
        "CSV" | "CSVWithNames" | "CSVWithNamesAndTypes" => "text/csv; charset=utf-8",
        "TabSeparated" | "TSV" | "TabSeparatedWithNames" | "TSVWithNames" => {
            "text/tab-separated-values; charset=utf-8"
        }
        _ if format.starts_with("Pretty") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
