//! What privacy officers look at: claims with their checks here; the live probe, the inventory, deletions, and the words
//! for a privacy notice beside it. For officers and administrators.

mod deletions;
mod inventory;
mod ledger;
mod notice;
mod probe;
mod reports;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use http::StatusCode;

use super::language::{Language, texts};
use super::layout::{Layout, Section};
use super::{page, refusal, when};
use crate::access::{OwnForm, SignedIn};
use crate::app::App;
use crate::evidence::{Claim, Finding};
use crate::ledger::Actor;
use crate::outcome::Reason;
use crate::registry::{Grant, TokenPurpose};

texts! {
    /// What these pages have in common.
    OfficerTexts {
        sections = "Parts of the evidence" | "Teile der Nachweise";
        evidence = "Claims" | "Aussagen";
        probe = "Live probe" | "Live-Probe";
        inventory = "What is stored" | "Was gespeichert ist";
        deletions = "Deletions" | "Löschungen";
        ledger = "Ledger" | "Hauptbuch";
        reports = "Reports" | "Berichte";
        notice = "Notice and record" | "Hinweis und Verzeichnis";
        busy = "Another run is under way or just ended. Try again in a moment." | "Gerade läuft oder endete ein anderer Durchlauf. Versuchen Sie es gleich noch einmal.";
    }
}

texts! {
    EvidenceTexts {
        title = "Evidence" | "Nachweise";
        hint = "Each claim with the check behind it. Do not believe it: run it again, here or with your own client." | "Jede Aussage mit der Prüfung dahinter. Glauben Sie es nicht: Prüfen Sie selbst, hier oder mit Ihrem eigenen Programm.";
        run_all = "Run all checks" | "Alle Prüfungen ausführen";
        run_again = "Run again" | "Noch einmal";
        is_true = "True" | "Stimmt";
        is_false = "Not true" | "Stimmt nicht";
        not_run = "Not checked yet" | "Noch nicht geprüft";
        all_true = "Every claim was true when it was checked." | "Jede Aussage stimmte, als sie geprüft wurde.";
        some_false = "Not true:" | "Stimmt nicht:";
        some_open = "Not checked since the server started:" | "Seit dem Start des Servers nicht geprüft:";
        statement = "Show the check" | "Prüfung zeigen";
        checked = "Checked" | "Geprüft";
        took = "took" | "Dauer";
        access = "Who has access" | "Wer Zugang hat";
        person = "Person" | "Person";
        role = "Role" | "Rolle";
        projects = "Projects" | "Projekte";
        until = "Until" | "Bis";
        token = "Token" | "Token";
        elsewhere = "The same from a terminal:" | "Dasselbe im Terminal:";
        sql_hint = "Run it with any token of an officer: POST /api/v1/sql. That way hides rows whose time is up; counts of parts it shows." | "Ausführbar mit jedem Token der Rolle Datenschutz: POST /api/v1/sql. Dort sind abgelaufene Zeilen unsichtbar, Teile werden gezählt.";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/officer", get(show))
        .route("/officer/checks", post(run_all))
        .route("/officer/checks/{name}", post(run_one))
        .merge(probe::routes())
        .merge(inventory::routes())
        .merge(deletions::routes())
        .merge(ledger::routes())
        .merge(reports::routes())
        .merge(notice::routes())
}

/// What every page of the section has.
struct Frame {
    o: &'static OfficerTexts,
    here: &'static str,
    form_token: String,
}

impl Frame {
    /// For a reader who may see evidence.
    fn open(app: &App, reader: &SignedIn, here: &'static str) -> Result<Self, Response> {
        if !reader.grant.may_query() {
            return Err(refusal(app, reader.language, Reason::RoleInsufficient));
        }
        Ok(Self {
            o: OfficerTexts::of(reader.language),
            here,
            form_token: reader.form_token(),
        })
    }
}

#[derive(Template)]
#[template(path = "officer.html")]
struct EvidencePage {
    frame: Frame,
    layout: Layout,
    t: &'static EvidenceTexts,
    claims: Vec<ClaimRow>,
    failed: Vec<ClaimLink>,
    open: Vec<ClaimLink>,
    busy: bool,
    access: Vec<AccessRow>,
}

struct ClaimLink {
    name: &'static str,
}

struct ClaimRow {
    name: &'static str,
    claim: String,
    /// `good`, `error` or empty, with its words.
    badge: &'static str,
    state: &'static str,
    detail: String,
    query: String,
    checked: String,
}

struct AccessRow {
    who: String,
    role: &'static str,
    projects: String,
    until: String,
}

impl ClaimRow {
    fn of(claim: Claim, finding: Option<&Finding>, language: Language) -> Self {
        let t = EvidenceTexts::of(language);
        let (badge, state) = match finding {
            Some(finding) if finding.is_true => ("good", t.is_true),
            Some(_) => ("error", t.is_false),
            None => ("", t.not_run),
        };
        let checked = finding.map(|finding| {
            let (at, millis) = (
                when::minute(finding.checked_at.datetime()),
                finding.took.as_millis(),
            );
            format!("{} {at} UTC, {} {millis} ms", t.checked, t.took)
        });
        Self {
            name: claim.name(),
            claim: claim.words().of(language).to_owned(),
            badge,
            state,
            detail: finding
                .map(|finding| finding.detail.of(language).to_owned())
                .unwrap_or_default(),
            query: finding
                .map(|finding| finding.query.clone())
                .unwrap_or_default(),
            checked: checked.unwrap_or_default(),
        }
    }
}

/// Everybody who may sign in and every program's token.
fn access_rows(app: &App, language: Language) -> Vec<AccessRow> {
    let describe = |grant: &Grant| super::people::describe(app, grant, language);
    let users = app
        .users()
        .into_iter()
        .filter(|user| !user.is_disabled)
        .map(|user| {
            let grant = describe(&user.grant);
            AccessRow {
                who: user.email.as_str().to_owned(),
                role: grant.role,
                projects: grant.projects,
                until: String::new(),
            }
        });
    let tokens = app
        .api_tokens()
        .into_iter()
        .filter(|token| token.purpose == TokenPurpose::Api);
    let tokens = tokens.map(|token| {
        let grant = describe(&token.grant);
        AccessRow {
            who: format!("{} {}", EvidenceTexts::of(language).token, token.name),
            role: grant.role,
            projects: grant.projects,
            until: when::day(token.expires_at),
        }
    });
    users.chain(tokens).collect()
}

fn evidence_page(app: &App, reader: &SignedIn, busy: bool) -> Result<EvidencePage, Response> {
    let frame = Frame::open(app, reader, "evidence")?;
    let findings = app.evidence.findings();
    let finding = |claim: Claim| findings.iter().find(|finding| finding.claim == claim);
    let links = |wanted: fn(Option<&Finding>) -> bool| {
        let claims = Claim::ALL.iter().filter(|claim| wanted(finding(**claim)));
        claims
            .map(|claim| ClaimLink { name: claim.name() })
            .collect()
    };
    Ok(EvidencePage {
        t: EvidenceTexts::of(reader.language),
        claims: Claim::ALL
            .iter()
            .map(|claim| ClaimRow::of(*claim, finding(*claim), reader.language))
            .collect(),
        failed: links(|finding| finding.is_some_and(|finding| !finding.is_true)),
        open: links(|finding| finding.is_none()),
        busy,
        access: access_rows(app, reader.language),
        layout: Layout::signed_in(reader, Section::Officer),
        frame,
    })
}

async fn show(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    match evidence_page(&app, &reader, false) {
        Ok(template) => page(StatusCode::OK, &template),
        Err(answer) => answer,
    }
}

async fn run_all(State(app): State<Arc<App>>, OwnForm { reader, .. }: OwnForm) -> Response {
    examine(&app, &reader, Claim::ALL, "/officer").await
}

async fn run_one(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    OwnForm { reader, .. }: OwnForm,
) -> Response {
    match Claim::from_name(&name) {
        Some(claim) => examine(&app, &reader, &[claim], &format!("/officer#{claim}")).await,
        None => refusal(&app, reader.language, Reason::UnknownRoute),
    }
}

async fn examine(app: &App, reader: &SignedIn, claims: &[Claim], next: &str) -> Response {
    if !reader.grant.may_query() {
        return refusal(app, reader.language, Reason::RoleInsufficient);
    }
    if app
        .evidence
        .examine(app, claims, Actor::of(&reader.access))
        .await
        .is_ok()
    {
        return Redirect::to(next).into_response();
    }
    match evidence_page(app, reader, true) {
        Ok(template) => page(StatusCode::TOO_MANY_REQUESTS, &template),
        Err(answer) => answer,
    }
}
