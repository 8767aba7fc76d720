//! The live probe's page: send, and see field by field what went in and what was kept.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use http::StatusCode;

use super::Frame;
use crate::access::{OwnForm, SignedIn};
use crate::app::App;
use crate::evidence::Busy;
use crate::evidence::probe::ProbeReport;
use crate::ledger::Actor;
use crate::outcome::Reason;
use crate::ui::language::texts;
use crate::ui::layout::{Layout, Section};
use crate::ui::{page, refusal, when};

texts! {
    ProbeTexts {
        title = "Live probe" | "Live-Probe";
        hint = "Sends made-up visitors and crashes through this server's own front door, each field full of unique marks, waits until they are stored, and looks for the marks in every file, every table, the log and the metrics. Then the probe is deleted." | "Schickt erfundene Besucher und Fehlerberichte durch die eigene Tür dieses Servers, jedes Feld voller einmaliger Merkmale, wartet, bis sie gespeichert sind, und sucht die Merkmale in jeder Datei, jeder Tabelle, dem Protokoll und den Metriken. Danach wird die Probe gelöscht.";
        send = "Send a probe" | "Probe senden";
        takes = "Takes some seconds." | "Dauert einige Sekunden.";
        clean = "Nothing personal was found anywhere." | "Nirgends wurde etwas Persönliches gefunden.";
        dirty = "The probe did not pass." | "Die Probe ist nicht bestanden.";
        not_stored = "Not everything that was sent was stored in time." | "Nicht alles Gesendete wurde rechtzeitig gespeichert.";
        where_searched = "Where was searched" | "Wo gesucht wurde";
        place = "Place" | "Ort";
        searched = "Searched" | "Durchsucht";
        result = "Result" | "Ergebnis";
        nothing = "nothing found" | "nichts gefunden";
        incomplete = "not everything could be searched" | "nicht alles konnte durchsucht werden";
        files = "files" | "Dateien";
        tables = "tables" | "Tabellen";
        rows = "rows" | "Zeilen";
        answers = "answers" | "Antworten";
        bytes = "bytes" | "Byte";
        fields = "Field by field" | "Feld für Feld";
        field = "Field" | "Feld";
        sent = "What went in" | "Was hineinging";
        kept = "What was kept" | "Was blieb";
        nothing_kept = "nothing" | "nichts";
        marks = "The marks" | "Die Merkmale";
        mark = "Mark" | "Merkmal";
        value = "As sent" | "Wie gesendet";
        deleted = "The probe was deleted again. Rows deleted, rows left:" | "Die Probe wurde wieder gelöscht. Zeilen gelöscht, übrig:";
        not_deleted = "The probe's own rows could not be deleted now; they expire within the hour." | "Die Zeilen der Probe konnten jetzt nicht gelöscht werden; sie verfallen innerhalb einer Stunde.";
        engine = "The log of the ClickHouse process goes to the server's standard error only and is not kept." | "Das Protokoll des ClickHouse-Prozesses geht nur an die Standardfehlerausgabe des Servers und wird nicht aufbewahrt.";
        never = "No probe was sent since the server started." | "Seit dem Start des Servers wurde keine Probe gesendet.";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/officer/probe", get(show).post(send))
}

#[derive(Template)]
#[template(path = "officer_probe.html")]
struct ProbePage {
    frame: Frame,
    layout: Layout,
    t: &'static ProbeTexts,
    report: Option<Shown>,
    busy: bool,
}

/// A report in words.
struct Shown {
    is_clean: bool,
    is_stored: bool,
    at: String,
    places: Vec<PlaceRow>,
    fields: Vec<FieldRow>,
    marks: Vec<(String, String)>,
    deletion: Option<(u64, u64)>,
}

struct PlaceRow {
    name: String,
    amount: String,
    found: String,
    badge: &'static str,
}

struct FieldRow {
    name: String,
    sent: String,
    kept: String,
}

impl Shown {
    fn of(report: &ProbeReport, reader: &SignedIn) -> Self {
        let t = ProbeTexts::of(reader.language);
        let words = |words: &crate::evidence::Words| words.of(reader.language).to_owned();
        let places = report.places.iter().map(|(place, searched)| {
            use crate::evidence::probe::Place;
            let (places, amount) = match place {
                Place::Files | Place::Spool => {
                    (format!("{} {}, ", searched.places, t.files), t.bytes)
                }
                Place::Tables => (format!("{} {}, ", searched.places, t.tables), t.rows),
                Place::Replies => (format!("{} {}, ", searched.places, t.answers), t.bytes),
                Place::Log | Place::Metrics => (String::new(), t.bytes),
            };
            let kinds = searched.found.iter().map(|kind| words(&kind.words()));
            let found = kinds.collect::<Vec<_>>().join(", ");
            let (found, badge) = match (found.is_empty(), searched.is_complete) {
                (false, _) => (found, "error"),
                (true, false) => (t.incomplete.to_owned(), "warning"),
                (true, true) => (t.nothing.to_owned(), "good"),
            };
            PlaceRow {
                name: words(&place.words()),
                amount: format!("{places}{} {amount}", searched.amount),
                found,
                badge,
            }
        });
        let fields = report.fields.iter().map(|field| FieldRow {
            name: words(&field.name),
            sent: field.sent.clone(),
            kept: field.kept.clone(),
        });
        let marks = report
            .markers
            .iter()
            .map(|marker| (words(&marker.kind.words()), marker.text.clone()));
        Self {
            is_clean: report.is_clean(),
            is_stored: report.is_stored,
            at: format!("{} UTC", when::minute(report.begun.datetime())),
            places: places.collect(),
            fields: fields.collect(),
            marks: marks.collect(),
            deletion: report
                .deletion
                .is_done
                .then_some((report.deletion.rows, report.deletion.left)),
        }
    }
}

fn probe_page(app: &App, reader: &SignedIn, busy: bool) -> Response {
    let frame = match Frame::open(app, reader, "probe") {
        Ok(frame) => frame,
        Err(answer) => return answer,
    };
    let template = ProbePage {
        frame,
        layout: Layout::signed_in(reader, Section::Officer),
        t: ProbeTexts::of(reader.language),
        report: app
            .evidence
            .last_probe()
            .map(|report| Shown::of(&report, reader)),
        busy,
    };
    let status = match busy {
        true => StatusCode::TOO_MANY_REQUESTS,
        false => StatusCode::OK,
    };
    page(status, &template)
}

async fn show(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    probe_page(&app, &reader, false)
}

async fn send(State(app): State<Arc<App>>, OwnForm { reader, .. }: OwnForm) -> Response {
    if !reader.grant.may_query() {
        return refusal(&app, reader.language, Reason::RoleInsufficient);
    }
    let actor = Actor::of(&reader.access);
    match app.evidence.probe(&app, actor).await {
        Ok(_) => Redirect::to("/officer/probe").into_response(),
        Err(Busy::Store(_)) => refusal(&app, reader.language, Reason::StoreAway),
        Err(Busy::Running | Busy::TooSoon) => probe_page(&app, &reader, true),
    }
}
