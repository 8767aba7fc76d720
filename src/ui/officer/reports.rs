//! Reports to hand out: the self-assessment and the breach report, signed.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use super::Frame;
use crate::access::{Fields, OwnForm, SignedIn};
use crate::app::App;
use crate::evidence::{Breach, Busy, Signed};
use crate::ledger::Actor;
use crate::limits::REPORT_LEDGER_LINES_MAX;
use crate::outcome::Reason;
use crate::time::Timestamp;
use crate::ui::language::texts;
use crate::ui::layout::{Layout, Section};
use crate::ui::{page, refusal};

texts! {
    ReportTexts {
        title = "Reports" | "Berichte";
        hint = "To hand out. Each is signed with the key of the ledger, names its own time, and stands in the ledger. Whoever receives one can check it without this server." | "Zum Herausgeben. Jeder ist mit dem Schlüssel des Hauptbuchs unterschrieben, nennt seinen Zeitpunkt und steht im Hauptbuch. Wer ihn erhält, kann ihn ohne diesen Server prüfen.";
        assessment = "Self-assessment" | "Selbsteinschätzung";
        assessment_hint = "Every claim checked anew, the last live probe, the configuration beside the presets, retention, and the record of processing activities. At least once a year." | "Jede Aussage neu geprüft, die letzte Live-Probe, die Konfiguration neben den Vorlagen, Fristen und das Verzeichnis von Verarbeitungstätigkeiten. Mindestens einmal im Jahr.";
        last = "Last made:" | "Zuletzt erstellt:";
        never = "None was made yet." | "Noch wurde keine erstellt.";
        due = "A year has passed since the last one." | "Seit der letzten ist ein Jahr vergangen.";
        breach = "Breach report" | "Bericht über eine Datenpanne";
        breach_hint = "If somebody got in: what could be reached, which kinds of data, how many, since when, and what the ledger says of that time. The authority is told within 72 hours." | "Falls jemand eingedrungen ist: was erreichbar war, welche Arten von Daten, wie viel, seit wann, und was das Hauptbuch über diese Zeit sagt. Die Behörde erfährt es binnen 72 Stunden.";
        since = "Since (UTC)" | "Seit (UTC)";
        until = "Until (UTC), empty for now" | "Bis (UTC), leer für jetzt";
        as_page = "As a page" | "Als Seite";
        as_json = "As JSON" | "Als JSON";
        check = "Check a report" | "Einen Bericht prüfen";
        check_hint = "Any changed character is found. The fingerprint must be that of the ledger:" | "Jedes geänderte Zeichen wird gefunden. Der Fingerabdruck muss der des Hauptbuchs sein:";
        invalid = "Since when? For example 2026-11-22T19:30." | "Seit wann? Zum Beispiel 2026-11-22T19:30.";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/officer/reports", get(show))
        .route("/officer/reports/assessment", post(assessment))
        .route("/officer/reports/breach", post(breach))
}

#[derive(Template)]
#[template(path = "officer_reports.html")]
struct ReportsPage {
    frame: Frame,
    layout: Layout,
    t: &'static ReportTexts,
    last: Option<String>,
    is_due: bool,
    fingerprint: String,
    failed: Option<&'static str>,
}

/// When the last self-assessment was signed.
async fn last_assessment(app: &App) -> Option<String> {
    let ledger = Arc::clone(&app.ledger);
    let read = move || ledger.newest(REPORT_LEDGER_LINES_MAX);
    let lines = tokio::task::spawn_blocking(read).await.ok()?.ok()?;
    let mut lines = lines.into_iter();
    let made =
        lines.find(|line| line.action == "report_signed" && line.object == "self_assessment");
    made.map(|line| line.at)
}

async fn reports_page(app: &App, reader: &SignedIn, failed: Option<&'static str>) -> Response {
    let frame = match Frame::open(app, reader, "reports") {
        Ok(frame) => frame,
        Err(answer) => return answer,
    };
    let last = last_assessment(app).await;
    let year_ago = Timestamp::from_seconds(Timestamp::now().seconds() - 365 * 86_400);
    let template = ReportsPage {
        frame,
        layout: Layout::signed_in(reader, Section::Officer),
        t: ReportTexts::of(reader.language),
        is_due: last
            .as_ref()
            .is_none_or(|last| *last < year_ago.to_rfc3339()),
        last,
        fingerprint: app.ledger.fingerprint(),
        failed,
    };
    let status = match failed {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    };
    page(status, &template)
}

async fn show(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    reports_page(&app, &reader, None).await
}

async fn assessment(State(app): State<Arc<App>>, OwnForm { reader, fields }: OwnForm) -> Response {
    if !reader.grant.may_query() {
        return refusal(&app, reader.language, Reason::RoleInsufficient);
    }
    let actor = Actor::of(&reader.access);
    let signed = app.evidence.assessment(&app, actor).await;
    hand_out(&app, &reader, &fields, signed).await
}

async fn breach(State(app): State<Arc<App>>, OwnForm { reader, fields }: OwnForm) -> Response {
    if !reader.grant.may_query() {
        return refusal(&app, reader.language, Reason::RoleInsufficient);
    }
    let moment = |name| match fields.text(name) {
        "" => Some(Timestamp::now()),
        // What a browser's field for date and time sends has neither seconds nor a zone.
        text => Timestamp::parse(&format!("{text}:00Z")).or_else(|| Timestamp::parse(text)),
    };
    let since = Some("since").filter(|name| !fields.text(name).is_empty());
    let (Some(since), Some(until)) = (since.and_then(moment), moment("until")) else {
        let t = ReportTexts::of(reader.language);
        return reports_page(&app, &reader, Some(t.invalid)).await;
    };
    let actor = Actor::of(&reader.access);
    let signed = app
        .evidence
        .breach(&app, Breach { since, until }, actor)
        .await;
    hand_out(&app, &reader, &fields, signed).await
}

async fn hand_out(
    app: &App,
    reader: &SignedIn,
    fields: &Fields,
    signed: Result<Signed, Busy>,
) -> Response {
    let signed = match signed {
        Ok(signed) => signed,
        Err(Busy::Store(_)) => return refusal(app, reader.language, Reason::StoreAway),
        Err(Busy::Running | Busy::TooSoon) => {
            let busy = super::OfficerTexts::of(reader.language).busy;
            return reports_page(app, reader, Some(busy)).await;
        }
    };
    let (kind, day) = (&signed.report.kind, &signed.report.made_at[..10]);
    let (text, ending, content_type) = match fields.text("format") {
        "json" => (
            Ok(signed.to_json()),
            "json",
            "application/json; charset=utf-8",
        ),
        _ => (
            signed.to_html(reader.language),
            "html",
            "text/html; charset=utf-8",
        ),
    };
    let Ok(text) = text else {
        return refusal(app, reader.language, Reason::FormInvalid);
    };
    let name = format!("attachment; filename=\"mayfly-{kind}-{day}.{ending}\"");
    let headers = [
        (CONTENT_TYPE, content_type.to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    (headers, text).into_response()
}
