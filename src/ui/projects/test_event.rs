//! Test events: a real request through the front door, and the row that became of it.

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::time::Instant;
use uuid::Uuid;

use super::{Head, find};
use crate::access::{OwnForm, SignedIn};
use crate::app::App;
use crate::limits::TEST_EVENT_WAIT;
use crate::outcome::Reason;
use crate::privacy::ip::MaskedIp;
use crate::registry::Project;
use crate::store::recent::WantedRow;
use crate::time::Timestamp;
use crate::ui::language::texts;
use crate::ui::layout::{Layout, Section};
use crate::ui::{page, refusal};

texts! {
    TestTexts {
        title = "Test event" | "Testereignis";
        stored = "It arrived and was stored. This is all that is known of it:" | "Es kam an und wurde gespeichert. Das ist alles, was davon bekannt ist:";
        waiting = "It was accepted and is on its way to ClickHouse. Reload this page in a moment." | "Es wurde angenommen und ist auf dem Weg zu ClickHouse. Laden Sie diese Seite gleich noch einmal.";
        refused = "The front door refused it with status" | "Die eigene Tür hat es abgelehnt, mit Status";
        unanswered = "The server did not answer itself." | "Der Server hat sich selbst nicht geantwortet.";
        column = "Column" | "Spalte";
        value = "Value" | "Wert";
        again = "Back to the project" | "Zurück zum Projekt";
    }
}

/// How often the table is asked for the row.
const ASK_INTERVAL: Duration = Duration::from_millis(150);
/// The page that a test event claims to come from.
const TEST_PAGE: &str = "https://test.example.org/mayfly";
const TEST_TITLE: &str = "Mayfly test";

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/projects/{id}/test/crash", post(send_crash))
        .route("/projects/{id}/test/hit", post(send_hit))
        .route("/projects/{id}/test/{kind}/{mark}", get(show))
}

#[derive(Template)]
#[template(path = "test_event.html")]
struct TestPage {
    layout: Layout,
    head: Head,
    t: &'static TestTexts,
    /// Column and value; none while it is on its way.
    row: Option<Vec<(String, String)>>,
    failed: Option<String>,
}

async fn send_crash(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    let project = match find(&app, &id, |id| reader.grant.may_connect(id)).await {
        Ok(project) => project,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    let Some(key) = project.keys.first() else {
        return refusal(&app, reader.language, Reason::KeyMissing);
    };
    let event_id = Uuid::new_v4().simple().to_string();
    let event = json!({
        "event_id": event_id,
        "platform": "javascript",
        "level": "error",
        "release": "mayfly-test@1.0.0",
        "environment": "test",
        "request": {"url": TEST_PAGE},
        "contexts": {"mayfly": {"consent": true}},
        "exception": {"values": [{
            "type": "MayflyTest",
            "value": "a test error, with an address that is taken out: jane.doe@example.org",
            "stacktrace": {"frames": [
                {"function": "sendTest", "filename": "test.js", "lineno": 1, "in_app": true}
            ]},
        }]},
    });
    let body = format!("{{}}\n{{\"type\":\"event\"}}\n{event}\n");
    let request = Request::post("/")
        .header(CONTENT_TYPE, "application/x-sentry-envelope")
        .body(Full::new(Bytes::from(body)));
    let path = format!("/api/{}/envelope/?sentry_key={key}", project.id);
    let next = format!("/projects/{}/test/crash/{event_id}", project.id);
    send(&app, &reader, &project, request, &path, &next).await
}

async fn send_hit(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Extension(address): Extension<MaskedIp>,
    headers: HeaderMap,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    let project = match find(&app, &id, |id| reader.grant.may_connect(id)).await {
        Ok(project) => project,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    let mark = mark();
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("idsite", &project.id.to_string())
        .append_pair("rec", "1")
        .append_pair("send_image", "0")
        .append_pair("url", TEST_PAGE)
        .append_pair("action_name", &title(&mark))
        // Whoever presses the button consents.
        .append_pair("consent", "1")
        .finish();
    // As the browser of whoever asked for it, so that the row looks like one of a visitor; the address is masked already.
    let agent = headers
        .get(USER_AGENT)
        .and_then(|agent| agent.to_str().ok());
    let request = Request::get("/")
        .header(USER_AGENT, agent.unwrap_or_default())
        .header("x-forwarded-for", address.to_string())
        .body(Full::default());
    let path = format!("/matomo.php?{query}");
    let next = format!("/projects/{}/test/hit/{mark}", project.id);
    send(&app, &reader, &project, request, &path, &next).await
}

/// Letters by which a test page view is found again; digits could look like a number of somebody's.
fn mark() -> String {
    let letters = Uuid::new_v4().simple().to_string();
    let letter = |digit: u8| char::from(b'a' + digit % 26);
    letters.bytes().take(10).map(letter).collect()
}

fn title(mark: &str) -> String {
    format!("{TEST_TITLE} {mark}")
}

async fn send(
    app: &App,
    reader: &SignedIn,
    project: &Project,
    request: Result<Request<Full<Bytes>>, http::Error>,
    path: &str,
    next: &str,
) -> Response {
    let t = TestTexts::of(reader.language);
    let Ok(request) = request else {
        return refusal(app, reader.language, Reason::FormInvalid);
    };
    let failed = match app.front_door.send(request, path).await {
        Ok(status) if status.is_success() => return Redirect::to(next).into_response(),
        Ok(status) => format!("{} {}.", t.refused, status.as_u16()),
        Err(_) => t.unanswered.to_owned(),
    };
    let template = TestPage {
        layout: Layout::signed_in(reader, Section::Projects),
        head: Head::of(project, reader, "test"),
        t,
        row: None,
        failed: Some(failed),
    };
    page(StatusCode::OK, &template)
}

async fn show(
    State(app): State<Arc<App>>,
    Path((id, kind, mark)): Path<(String, String, String)>,
    reader: SignedIn,
) -> Response {
    let project = match find(&app, &id, |id| reader.grant.may_connect(id)).await {
        Ok(project) => project,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    if mark.len() > 32 || !mark.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return refusal(&app, reader.language, Reason::UnknownRoute);
    }
    let wanted = match kind.as_str() {
        "hit" => WantedRow::Hit {
            title: title(&mark),
        },
        _ => WantedRow::Crash { event_id: mark },
    };
    let row = match wait_for(&app, &project, &wanted).await {
        Ok(row) => row,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    let template = TestPage {
        layout: Layout::signed_in(&reader, Section::Projects),
        head: Head::of(&project, &reader, "test"),
        t: TestTexts::of(reader.language),
        row,
        failed: None,
    };
    page(StatusCode::OK, &template)
}

/// The stored row's columns that hold something, as soon as it is there.
async fn wait_for(
    app: &App,
    project: &Project,
    wanted: &WantedRow,
) -> Result<Option<Vec<(String, String)>>, Reason> {
    let begun = Instant::now();
    loop {
        let row = app
            .store
            .stored_row(project.id, wanted, Timestamp::now())
            .await;
        if let Some(row) = row.map_err(|_| Reason::StoreAway)? {
            let told = row.into_iter().filter(|(_, value)| !is_empty(value));
            return Ok(Some(
                told.map(|(name, value)| (name, text(value))).collect(),
            ));
        }
        if begun.elapsed() >= TEST_EVENT_WAIT {
            return Ok(None);
        }
        tokio::time::sleep(ASK_INTERVAL).await;
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::Bool(_) => false,
    }
}

fn text(value: Value) -> String {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(&text) {
            // The payload is a document; it is easier to read with line breaks.
            Ok(document @ (Value::Object(_) | Value::Array(_))) => {
                serde_json::to_string_pretty(&document).unwrap_or(text)
            }
            _ => text,
        },
        other => other.to_string(),
    }
}
