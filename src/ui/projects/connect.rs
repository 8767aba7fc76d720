//! How to connect a widget to a project: one SDK at a time, with the project's own values filled in.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;
use serde::Deserialize;

use super::{Head, find};
use crate::access::SignedIn;
use crate::app::App;
use crate::snippets::{Guide, Place, Snippets, Topic};
use crate::ui::language::texts;
use crate::ui::layout::{Layout, Section};
use crate::ui::{page, refusal};

texts! {
    ConnectTexts {
        crashes = "Crash reports" | "Fehlerberichte";
        page_views = "Page views" | "Seitenaufrufe";
        terminal = "In a terminal" | "Im Terminal";
        program = "As early as possible in the program" | "So früh wie möglich im Programm";
        in_page = "In the HTML of every page" | "Im HTML jeder Seite";
        dsn = "DSN" | "DSN";
        dsn_hint = "All that an unchanged Sentry SDK needs." | "Alles, was ein unverändertes Sentry-SDK braucht.";
        no_key = "The project has no key. Add one in its settings." | "Das Projekt hat keinen Schlüssel. Fügen Sie in den Einstellungen einen hinzu.";
        choose = "Choose what you build with" | "Wählen Sie, womit Sie bauen";
        try_it = "Try it" | "Ausprobieren";
        try_hint = "Mayfly sends a real request through its own front door and shows the row as it was stored." | "Mayfly schickt eine echte Anfrage durch die eigene Tür und zeigt die Zeile, wie sie gespeichert wurde.";
        try_crash = "Send a test error" | "Testfehler senden";
        try_hit = "Send a test page view" | "Testaufruf senden";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/projects/{id}", get(show))
}

#[derive(Template)]
#[template(path = "connect.html")]
struct ConnectPage {
    layout: Layout,
    head: Head,
    t: &'static ConnectTexts,
    form_token: String,
    dsn: Option<String>,
    topics: Vec<TopicWays>,
    chosen: Option<Guide>,
}

/// The guides of one topic, as links.
struct TopicWays {
    name: &'static str,
    ways: Vec<Way>,
}

struct Way {
    id: &'static str,
    name: &'static str,
    is_here: bool,
}

impl ConnectPage {
    /// What a step's place is called.
    const fn place(&self, place: &Place) -> &'static str {
        match place {
            Place::Terminal => self.t.terminal,
            Place::Program => self.t.program,
            Place::Page => self.t.in_page,
            Place::File(name) => name,
        }
    }
}

#[derive(Deserialize)]
struct Choice {
    sdk: Option<String>,
}

async fn show(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    Query(choice): Query<Choice>,
    reader: SignedIn,
) -> Response {
    let may = |id| reader.grant.may_connect(id);
    let project = match find(&app, &id, may).await {
        Ok(project) => project,
        Err(reason) => return refusal(&app, reader.language, reason),
    };
    let t = ConnectTexts::of(reader.language);
    let url = &app.public_url;
    let key = project.keys.first();
    let mut guides = key.map_or_else(Vec::new, |key| Guide::all(url, project.id, *key));
    let wanted = choice.sdk.as_deref().unwrap_or_default();
    let here = guides
        .iter()
        .position(|guide| guide.id == wanted)
        .unwrap_or(0);
    let ways = |topic| {
        let of_topic = guides
            .iter()
            .enumerate()
            .filter(move |(_, guide)| guide.topic == topic);
        of_topic.map(|(index, guide)| Way {
            id: guide.id,
            name: guide.name,
            is_here: index == here,
        })
    };
    let topics = [
        (t.crashes, Topic::Crashes),
        (t.page_views, Topic::PageViews),
    ];
    let topics = topics.map(|(name, topic)| TopicWays {
        name,
        ways: ways(topic).collect(),
    });
    let template = ConnectPage {
        layout: Layout::signed_in(&reader, Section::Projects),
        head: Head::of(&project, &reader, "connect"),
        t,
        form_token: reader.form_token(),
        dsn: key.map(|key| Snippets::new(url, project.id, *key).dsn),
        topics: topics.into(),
        chosen: (here < guides.len()).then(|| guides.swap_remove(here)),
    };
    page(StatusCode::OK, &template)
}
