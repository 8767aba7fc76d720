//! Words to take away: the paragraph for a privacy notice, and the record of processing activities.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;

use super::Frame;
use super::inventory::longest_retention;
use crate::access::SignedIn;
use crate::app::App;
use crate::evidence::{notice, record};
use crate::ui::language::{Language, texts};
use crate::ui::layout::{Layout, Section};
use crate::ui::page;

texts! {
    NoticeTexts {
        title = "Notice and record" | "Hinweis und Verzeichnis";
        hint = "Made from the running configuration. If a setting changes, so do these words." | "Aus der laufenden Konfiguration erzeugt. Ändert sich eine Einstellung, ändern sich diese Worte.";
        notice = "For your privacy notice" | "Für Ihre Datenschutzerklärung";
        record = "Record of processing activities (Art. 30 GDPR)" | "Verzeichnis von Verarbeitungstätigkeiten (Art. 30 DSGVO)";
        part = "Part" | "Angabe";
        content = "Content" | "Inhalt";
        advice = "A help for those who write it, no legal advice." | "Eine Hilfe für alle, die es schreiben, keine Rechtsberatung.";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/officer/notice", get(show))
}

#[derive(Template)]
#[template(path = "officer_notice.html")]
struct NoticePage {
    frame: Frame,
    layout: Layout,
    t: &'static NoticeTexts,
    /// In each language, the reader's first.
    notices: Vec<Paragraphs>,
    record: Vec<(String, String)>,
}

struct Paragraphs {
    code: &'static str,
    name: &'static str,
    text: String,
}

async fn show(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    let frame = match Frame::open(&app, &reader, "notice") {
        Ok(frame) => frame,
        Err(answer) => return answer,
    };
    let (practice, hours) = (&app.evidence.practice, longest_retention(&app));
    let paragraphs = |language: Language| {
        let words = notice(practice, hours);
        let texts: Vec<_> = words.iter().map(|words| words.of(language)).collect();
        Paragraphs {
            code: language.code(),
            name: match language {
                Language::English => "English",
                Language::German => "Deutsch",
            },
            text: texts.join(" "),
        }
    };
    let layout = Layout::signed_in(&reader, Section::Officer);
    let other = layout.other_language();
    let in_words = |words: &crate::evidence::Words| words.of(reader.language).to_owned();
    let template = NoticePage {
        frame,
        t: NoticeTexts::of(reader.language),
        notices: vec![paragraphs(reader.language), paragraphs(other)],
        record: record(practice, hours)
            .iter()
            .map(|(heading, content)| (in_words(heading), in_words(content)))
            .collect(),
        layout,
    };
    page(StatusCode::OK, &template)
}
