//! The scrubber to try: a text or a JSON document goes in, and what would be stored of it comes out, explained.
//!
//! What is pasted is read once in memory. It is not stored, not logged, and not even shown again.

mod marked;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde::Deserialize;

use super::language::texts;
use super::layout::{Layout, Section};
use super::{page, refusal};
use crate::access::{OwnForm, SignedIn};
use crate::app::App;
use crate::limits::SCRUB_PAGE_BYTES_MAX;
use crate::outcome::Reason;
use crate::privacy::scrub::{Finding, Level, Wishes};
use crate::privacy::{Raw, Trial, TrialKind};
use crate::registry::ProjectId;
use marked::Marked;

texts! {
    ScrubTexts {
        title = "Try the scrubber" | "Bereinigung ausprobieren";
        hint = "Paste a log line, a message or a whole crash report in JSON, and see what would be stored of it. Nothing that you paste is stored or logged." | "Fügen Sie eine Protokollzeile, eine Meldung oder einen ganzen Fehlerbericht als JSON ein und sehen Sie, was davon gespeichert würde. Nichts davon wird gespeichert oder protokolliert.";
        text = "Text or JSON" | "Text oder JSON";
        policy = "Policy" | "Regeln";
        strict = "strict" | "streng";
        balanced = "balanced" | "ausgewogen";
        of_project = "of the project" | "des Projekts";
        scrub = "Scrub" | "Bereinigen";
        result = "What would be stored" | "Was gespeichert würde";
        as_text = "Read as text." | "Gelesen als Text.";
        as_json = "Read as JSON." | "Gelesen als JSON.";
        as_event = "Read as a crash report. Its user is replaced by a number of the project's own, here [user]." | "Gelesen als Fehlerbericht. Die betroffene Person wird durch eine Nummer des Projekts ersetzt, hier [user].";
        found = "What was found" | "Was gefunden wurde";
        nothing = "Nothing personal was found. Everything would be stored as it is." | "Nichts Persönliches wurde gefunden. Alles würde gespeichert, wie es ist.";
        rule = "Rule" | "Regel";
        why = "What it does" | "Was sie tut";
        place = "Place" | "Stelle";
        times = "Times" | "Anzahl";
        in_text = "in the text" | "im Text";
        more = "More places were found than are listed." | "Es gab mehr Fundstellen, als hier stehen.";
        too_long = "This is too long to try. At most 256 KiB." | "Das ist zu lang zum Ausprobieren. Höchstens 256 KiB.";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/scrub", get(show).post(scrub))
}

#[derive(Template)]
#[template(path = "scrub.html")]
struct ScrubPage {
    layout: Layout,
    t: &'static ScrubTexts,
    form_token: String,
    /// Value and words of each policy that can be chosen.
    policies: Vec<(String, String)>,
    chosen: String,
    failed: Option<&'static str>,
    result: Option<Shown>,
}

struct Shown {
    trial: Trial,
    kind: &'static str,
    rows: Vec<Row>,
}

struct Row {
    rule: &'static str,
    why: &'static str,
    place: String,
    count: u32,
}

impl ScrubPage {
    fn new(app: &App, reader: &SignedIn, chosen: &str) -> Self {
        let t = ScrubTexts::of(reader.language);
        let mut policies = vec![
            ("strict".to_owned(), t.strict.to_owned()),
            ("balanced".to_owned(), t.balanced.to_owned()),
        ];
        let projects = app.projects().into_iter();
        let seen = projects.filter(|project| reader.grant.may_see_arrivals(project.id));
        policies.extend(seen.map(|project| {
            let words = format!("{} {} · {}", t.of_project, project.id, project.name);
            (project.id.to_string(), words)
        }));
        Self {
            layout: Layout::signed_in(reader, Section::Scrub),
            t,
            form_token: reader.form_token(),
            policies,
            chosen: chosen.to_owned(),
            failed: None,
            result: None,
        }
    }

    fn marked<'a>(&self, text: &'a str) -> Marked<'a> {
        Marked::new(text, self.layout.language)
    }
}

#[derive(Deserialize)]
struct Chosen {
    policy: Option<String>,
}

async fn show(
    State(app): State<Arc<App>>,
    Query(Chosen { policy }): Query<Chosen>,
    reader: SignedIn,
) -> Response {
    let chosen = policy.unwrap_or_default();
    page(StatusCode::OK, &ScrubPage::new(&app, &reader, &chosen))
}

async fn scrub(State(app): State<Arc<App>>, OwnForm { reader, fields }: OwnForm) -> Response {
    let chosen = fields.text("policy");
    let mut template = ScrubPage::new(&app, &reader, chosen);
    // What is on the list is allowed.
    if !template.policies.iter().any(|(value, _)| value == chosen) {
        return refusal(&app, reader.language, Reason::FormInvalid);
    }
    let text = fields.verbatim("text");
    if text.len() > SCRUB_PAGE_BYTES_MAX {
        app.refuse_request(Reason::TextTooLong);
        template.failed = Some(template.t.too_long);
        return page(StatusCode::PAYLOAD_TOO_LARGE, &template);
    }
    let project = chosen.parse().ok().map(ProjectId::new);
    let project = project.and_then(|id| app.known_project(id));
    let trial = match (&project, chosen) {
        (Some(project), _) => app
            .door()
            .trial(&Raw::new(text), project.policy.scrubbing()),
        (None, "balanced") => app
            .door()
            .trial(&Raw::new(text), &Wishes::at(Level::Balanced)),
        (None, _) => app
            .door()
            .trial(&Raw::new(text), &Wishes::at(Level::Strict)),
    };
    template.result = Some(shown(trial, template.t, &reader));
    page(StatusCode::OK, &template)
}

fn shown(trial: Trial, t: &'static ScrubTexts, reader: &SignedIn) -> Shown {
    let kind = match trial.kind {
        TrialKind::Text => t.as_text,
        TrialKind::Json => t.as_json,
        TrialKind::Event => t.as_event,
    };
    let row = |finding: &Finding| Row {
        rule: words::name(finding.rule, reader.language),
        why: words::explained(finding.rule, reader.language),
        place: finding.path.clone(),
        count: finding.count,
    };
    let rows = trial.findings.iter().map(row).collect();
    Shown { trial, kind, rows }
}
