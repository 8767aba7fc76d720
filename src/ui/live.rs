//! The start page: what arrived lately, as it was stored, and how to connect a widget.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use http::StatusCode;

use super::language::{Language, texts};
use super::layout::{Layout, Section};
use super::page;
use crate::access::SignedIn;
use crate::app::App;
use crate::outcome::{Balance, Kind};
use crate::registry::{Grant, Scope};
use crate::snippets::Snippets;
use crate::store::StoreError;
use crate::store::recent::{RecentCrash, RecentHit};
use crate::time::Timestamp;

texts! {
    LiveTexts {
        title = "What arrived" | "Was ankam";
        hint = "The newest of the last 24 hours, as they are stored. Refreshes by itself." | "Das Neueste der letzten 24 Stunden, so wie es gespeichert ist. Aktualisiert sich selbst.";
        page_views = "Page views" | "Seitenaufrufe";
        crash_reports = "Crash reports" | "Fehlerberichte";
        received = "received" | "empfangen";
        stored = "stored" | "gespeichert";
        waiting = "on the way" | "unterwegs";
        refused = "refused" | "abgelehnt";
        since_start = "since the start of the server" | "seit dem Start des Servers";
        stored_lately = "stored in the last 24 hours" | "gespeichert in den letzten 24 Stunden";
        nothing_yet = "Nothing yet. Paste a snippet from below into a page or an SDK." | "Noch nichts. Fügen Sie unten stehenden Code in eine Seite oder ein SDK ein.";
        store_away = "ClickHouse does not answer. Events wait safely in the spool." | "ClickHouse antwortet nicht. Ereignisse warten sicher in der Ablage.";
        server_away = "Mayfly does not answer. This page keeps asking." | "Mayfly antwortet nicht. Diese Seite fragt weiter.";
        while_watching = "new while you watch" | "neu, während Sie zusehen";
        time = "Time (UTC)" | "Zeit (UTC)";
        project = "Project" | "Projekt";
        kind = "Kind" | "Art";
        page_view = "Page view" | "Seitenaufruf";
        event = "Event" | "Ereignis";
        ping = "Ping" | "Ping";
        download = "Download" | "Download";
        outlink = "Outlink" | "Ausgehender Link";
        search = "Search" | "Suche";
        content = "Content" | "Inhalt";
        goal = "Goal" | "Ziel";
        order = "Order" | "Bestellung";
        cart = "Cart" | "Warenkorb";
        more_sdks = "Other SDKs, and a test" | "Andere SDKs, und ein Test";
        all_projects = "All projects" | "Alle Projekte";
        what = "What" | "Was";
        address = "Address" | "Adresse";
        country = "Country" | "Land";
        browser = "Browser, system" | "Browser, System";
        level = "Level" | "Stufe";
        error = "Error" | "Fehler";
        place = "Place" | "Ort";
        release = "Release" | "Version";
        removed = "Removed" | "Entfernt";
        removed_hint = "personal data removed before storing" | "personenbezogene Angaben vor dem Speichern entfernt";
        connect = "Connect a widget" | "Ein Widget verbinden";
        for_pages = "For web pages (Matomo tracker)" | "Für Webseiten (Matomo-Tracker)";
        for_sdks = "For Sentry SDKs (DSN)" | "Für Sentry-SDKs (DSN)";
    }
}

impl LiveTexts {
    /// What people call a hit of this `kind`, as stored.
    pub fn kind_name<'a>(&self, kind: &'a str) -> &'a str {
        match kind {
            "pageview" => self.page_view,
            "event" => self.event,
            "ping" => self.ping,
            "download" => self.download,
            "outlink" => self.outlink,
            "search" => self.search,
            "content_impression" | "content_interaction" => self.content,
            "goal" => self.goal,
            "order" => self.order,
            "cart" => self.cart,
            other => other,
        }
    }
}

/// Projects whose snippets the start page shows.
const CARDS_MAX: usize = 2;

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(home))
        .route("/live", get(live))
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    layout: Layout,
    t: &'static LiveTexts,
    projects: Vec<ProjectCard>,
    has_more_projects: bool,
    arrivals: Arrivals,
}

struct ProjectCard {
    id: u32,
    name: String,
    snippets: Snippets,
}

#[derive(Template)]
#[template(path = "arrivals.html")]
struct Arrivals {
    t: &'static LiveTexts,
    tiles: Vec<Tile>,
    hits: Vec<RecentHit>,
    crashes: Vec<RecentCrash>,
    store_answers: bool,
}

/// How much of one kind arrived.
struct Tile {
    name: &'static str,
    count: u64,
    caption: String,
    /// What became of it. Counted for the whole server, so only for those who may see all of it.
    balance: Option<Balance>,
}

async fn home(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    let projects = app.projects().into_iter();
    let connectable = projects.filter(|project| reader.grant.may_connect(project.id));
    let mut cards = connectable.filter_map(|project| {
        Some(ProjectCard {
            id: project.id.get(),
            name: project.name.clone(),
            snippets: Snippets::new(&app.public_url, project.id, *project.keys.first()?),
        })
    });
    let template = HomePage {
        layout: Layout::signed_in(&reader, Section::Live),
        t: LiveTexts::of(reader.language),
        projects: cards.by_ref().take(CARDS_MAX).collect(),
        has_more_projects: cards.next().is_some(),
        arrivals: arrivals(&app, &reader.grant, reader.language).await,
    };
    page(StatusCode::OK, &template)
}

/// The part of the start page that changes; the page's script asks for it every two seconds.
async fn live(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    page(
        StatusCode::OK,
        &arrivals(&app, &reader.grant, reader.language).await,
    )
}

async fn arrivals(app: &App, grant: &Grant, language: Language) -> Arrivals {
    let now = Timestamp::now();
    let t = LiveTexts::of(language);
    let (hits, crashes, tiles) = tokio::join!(
        app.store.recent_hits(&grant.scope, now),
        app.store.recent_crashes(&grant.scope, now),
        tiles(app, grant, t, now)
    );
    Arrivals {
        t,
        store_answers: hits.is_ok() && crashes.is_ok() && tiles.is_ok(),
        tiles: tiles.unwrap_or_default(),
        hits: hits.unwrap_or_default(),
        crashes: crashes.unwrap_or_default(),
    }
}

async fn tiles(
    app: &App,
    grant: &Grant,
    t: &'static LiveTexts,
    now: Timestamp,
) -> Result<Vec<Tile>, StoreError> {
    if grant.scope == Scope::All {
        let tile = |(name, kind)| {
            let balance = app.outcomes.balance(kind);
            Tile {
                name,
                count: balance.received,
                caption: format!("{} {}", t.received, t.since_start),
                balance: Some(balance),
            }
        };
        let kinds = [
            (t.page_views, Kind::Analytics),
            (t.crash_reports, Kind::Error),
        ];
        return Ok(kinds.map(tile).into());
    }
    let (hits, crashes) = app.store.recent_counts(&grant.scope, now).await?;
    let tile = |(name, count)| Tile {
        name,
        count,
        caption: t.stored_lately.to_owned(),
        balance: None,
    };
    Ok([(t.page_views, hits), (t.crash_reports, crashes)]
        .map(tile)
        .into())
}
