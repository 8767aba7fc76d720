//! The ledger: who did what, the key's fingerprint, and the file to take along.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;

use super::Frame;
use crate::access::SignedIn;
use crate::app::App;
use crate::ledger::{Line, Verified, VerifyError, verify};
use crate::outcome::Reason;
use crate::ui::language::{Language, texts};
use crate::ui::layout::{Layout, Section};
use crate::ui::{page, refusal};

/// Entries that are shown; the file has all of them.
const SHOWN: usize = 200;

texts! {
    LedgerTexts {
        title = "Ledger" | "Hauptbuch";
        hint = "Who did what to this installation. Each line holds the hash of the one above and is signed, so nothing can be changed, moved or removed unnoticed. People and programs appear as numbers; visitors do not appear at all." | "Wer an dieser Installation was getan hat. Jede Zeile enthält den Hash der vorigen und ist unterschrieben; nichts lässt sich unbemerkt ändern, verschieben oder entfernen. Personen und Programme stehen als Nummern darin, Besucher gar nicht.";
        whole = "The ledger is whole. Entries:" | "Das Hauptbuch ist unversehrt. Einträge:";
        not_whole = "The ledger is not whole:" | "Das Hauptbuch ist nicht unversehrt:";
        key = "Fingerprint of the key" | "Fingerabdruck des Schlüssels";
        key_hint = "The server printed it at its first start. Write it down elsewhere: it tells this ledger from a forged one." | "Der Server hat ihn beim ersten Start ausgegeben. Notieren Sie ihn anderswo: Er unterscheidet dieses Hauptbuch von einem gefälschten.";
        take = "Take it along" | "Mitnehmen";
        take_hint = "Verify it anywhere, with the program alone:" | "Überall prüfbar, nur mit dem Programm:";
        newest = "The newest entries" | "Die neuesten Einträge";
        number = "No." | "Nr.";
        at = "When (UTC)" | "Wann (UTC)";
        actor = "Who" | "Wer";
        action = "What" | "Was";
        object = "To what" | "Woran";
        detail = "Detail" | "Angabe";
        system = "the server" | "der Server";
        command = "somebody at the command line" | "jemand an der Befehlszeile";
        visitor = "a visitor" | "ein Besucher";
        ledger_begun = "began the ledger" | "begann das Hauptbuch";
        server_started = "started" | "startete";
        signed_in = "signed in" | "meldete sich an";
        signed_out = "signed out" | "meldete sich ab";
        project_added = "added a project" | "legte ein Projekt an";
        project_changed = "changed a project" | "änderte ein Projekt";
        key_added = "added a key" | "legte einen Schlüssel an";
        key_revoked = "revoked a key" | "zog einen Schlüssel zurück";
        user_added = "added a person" | "nahm eine Person auf";
        user_invited = "invited a person" | "lud eine Person ein";
        user_changed = "changed a person's role" | "änderte die Rolle einer Person";
        user_disabled = "shut a person out" | "schloss eine Person aus";
        password_changed = "changed the password" | "änderte das Passwort";
        sessions_ended = "ended sessions" | "beendete Sitzungen";
        token_added = "added a token" | "legte ein Token an";
        token_revoked = "revoked a token" | "zog ein Token zurück";
        sql_run = "ran SQL" | "führte SQL aus";
        evidence_run = "ran checks; not true:" | "führte Prüfungen aus; nicht wahr:";
        probe_sent = "sent a live probe" | "sandte eine Live-Probe";
        exported = "took along" | "nahm mit";
        report_signed = "signed a report" | "unterschrieb einen Bericht";
        rows_expired = "deleted rows" | "löschte Zeilen";
        event_shown = "looked at a single crash" | "sah einen einzelnen Fehlerbericht an";
        issue_changed = "decided about an issue" | "entschied über einen Fehler";
        subject_exported = "was shown what is held about a visitor" | "bekam gezeigt, was über einen Besucher vorliegt";
        subject_erased = "erased a visitor's rows" | "löschte Zeilen eines Besuchers";
        subject_objected = "noted an objection" | "vermerkte einen Widerspruch";
        objection_withdrawn = "withdrew an objection" | "nahm einen Widerspruch zurück";
    }
}

impl LedgerTexts {
    /// An action in words; its name if it has none.
    fn action<'a>(&'a self, name: &'a str) -> &'a str {
        match name {
            "ledger_begun" => self.ledger_begun,
            "server_started" => self.server_started,
            "signed_in" => self.signed_in,
            "signed_out" => self.signed_out,
            "project_added" => self.project_added,
            "project_changed" => self.project_changed,
            "key_added" => self.key_added,
            "key_revoked" => self.key_revoked,
            "user_added" => self.user_added,
            "user_invited" => self.user_invited,
            "user_changed" => self.user_changed,
            "user_disabled" => self.user_disabled,
            "password_changed" => self.password_changed,
            "sessions_ended" => self.sessions_ended,
            "token_added" => self.token_added,
            "token_revoked" => self.token_revoked,
            "sql_run" => self.sql_run,
            "evidence_run" => self.evidence_run,
            "probe_sent" => self.probe_sent,
            "exported" => self.exported,
            "report_signed" => self.report_signed,
            "rows_expired" => self.rows_expired,
            "event_shown" => self.event_shown,
            "issue_changed" => self.issue_changed,
            "subject_exported" => self.subject_exported,
            "subject_erased" => self.subject_erased,
            "subject_objected" => self.subject_objected,
            "objection_withdrawn" => self.objection_withdrawn,
            name => name,
        }
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/officer/ledger", get(show))
}

#[derive(Template)]
#[template(path = "officer_ledger.html")]
struct LedgerPage {
    frame: Frame,
    layout: Layout,
    t: &'static LedgerTexts,
    fingerprint: String,
    verified: Result<Verified, VerifyError>,
    rows: Vec<Row>,
}

struct Row {
    seq: u64,
    at: String,
    who: String,
    what: String,
    object: String,
    detail: String,
}

impl Row {
    fn of(line: Line, app: &App, language: Language) -> Self {
        let t = LedgerTexts::of(language);
        let mut at = line.at.replace('T', " ");
        at.truncate("2026-11-22 19:30:00".len());
        Self {
            seq: line.seq,
            at,
            who: who(&line.actor, app, t),
            what: t.action(&line.action).to_owned(),
            object: who(&line.object, app, t),
            detail: line.detail,
        }
    }
}

/// A number of the ledger with the person whom it means now; other things as they are written.
fn who(written: &str, app: &App, t: &LedgerTexts) -> String {
    match written {
        "system" => t.system.to_owned(),
        "command" => t.command.to_owned(),
        "visitor" => t.visitor.to_owned(),
        other => {
            let number = other.strip_prefix("user:").and_then(|id| id.parse().ok());
            let user = number.and_then(|id| app.user(id));
            user.map_or_else(|| other.to_owned(), |user| user.email.as_str().to_owned())
        }
    }
}

async fn show(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    let frame = match Frame::open(&app, &reader, "ledger") {
        Ok(frame) => frame,
        Err(answer) => return answer,
    };
    let ledger = Arc::clone(&app.ledger);
    let reading =
        tokio::task::spawn_blocking(move || (verify(ledger.path()), ledger.newest(SHOWN))).await;
    let Ok((verified, Ok(lines))) = reading else {
        return refusal(&app, reader.language, Reason::StoreAway);
    };
    let template = LedgerPage {
        frame,
        layout: Layout::signed_in(&reader, Section::Officer),
        t: LedgerTexts::of(reader.language),
        fingerprint: app.ledger.fingerprint(),
        verified,
        rows: lines
            .into_iter()
            .map(|line| Row::of(line, &app, reader.language))
            .collect(),
    };
    page(StatusCode::OK, &template)
}
