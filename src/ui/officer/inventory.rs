//! What is stored, column by column, and the way of the data as a picture of the running configuration.

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
use crate::evidence::{Inventory, Practice};
use crate::outcome::Reason;
use crate::privacy::scrub::Level;
use crate::store::registry::ListedProject;
use crate::ui::language::{Language, texts};
use crate::ui::layout::{Layout, Section};
use crate::ui::{page, refusal};

texts! {
    InventoryTexts {
        title = "What is stored" | "Was gespeichert ist";
        hint = "Read from the tables themselves: every column says what it holds and why it is not personal. There is nothing else." | "Aus den Tabellen selbst gelesen: Jede Spalte sagt, was sie enthält und warum es nicht personenbezogen ist. Mehr gibt es nicht.";
        flow = "The way of the data" | "Der Weg der Daten";
        column = "Column" | "Spalte";
        kind = "Type" | "Typ";
        purpose = "What it holds" | "Was sie enthält";
        rows = "rows" | "Zeilen";
        bytes = "bytes" | "Byte";
        expires = "expires" | "verfällt";
        stays = "kept by the operator" | "vom Betreiber geführt";
        widgets = "Widgets" | "Widgets";
        widgets_what = "pages, apps" | "Seiten, Apps";
        mask = "Mask" | "Maskieren";
        scrub = "Scrub" | "Bereinigen";
        memory = "in memory" | "im Speicher";
        spool = "Spool" | "Ablage";
        spool_what = "seconds, on disk" | "Sekunden, auf Platte";
        inside = "inside, no network" | "innen, ohne Netz";
        deleted = "Deleted" | "Gelöscht";
        at_most = "at most" | "höchstens";
        days = "days" | "Tage";
        hours = "h" | "Std.";
        readers = "Pages, API, SQL" | "Seiten, API, SQL";
        readers_what = "by role" | "nach Rolle";
        octets = "octet(s) zeroed" | "Oktett(e) null";
        strict = "strict" | "streng";
        balanced = "balanced" | "ausgewogen";
        boundary = "Nothing that identifies a person gets past this line" | "Nichts, was eine Person kennzeichnet, kommt über diese Linie";
        picture = "Widgets send to Mayfly, which masks and scrubs in memory; only then rows go to the spool, to ClickHouse, to readers, and are deleted." | "Widgets senden an Mayfly; es maskiert und bereinigt im Speicher; erst dann gehen Zeilen in die Ablage, zu ClickHouse, zu Lesern, und werden gelöscht.";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/officer/inventory", get(show))
}

#[derive(Template)]
#[template(path = "officer_inventory.html")]
struct InventoryPage {
    frame: Frame,
    layout: Layout,
    t: &'static InventoryTexts,
    steps: Vec<Step>,
    inventory: Inventory,
}

/// A box of the picture, at its place.
struct Step {
    x: u32,
    name: &'static str,
    what: String,
}

/// Distance from box to box.
const STEP_WIDTH: u32 = 160;

fn steps(practice: &Practice, hours: u32, language: Language) -> Vec<Step> {
    let t = InventoryTexts::of(language);
    let level = match practice.scrubbing {
        Level::Strict => t.strict,
        Level::Balanced => t.balanced,
    };
    let retention = match hours {
        48.. => format!("{} {} {}", t.at_most, hours / 24, t.days),
        _ => format!("{} {hours} {}", t.at_most, t.hours),
    };
    let engine = practice
        .clickhouse
        .as_deref()
        .map_or(t.inside, |url| url.split("://").last().unwrap_or(url));
    let boxes = [
        (t.widgets, t.widgets_what.to_owned()),
        (t.mask, format!("{} {}", practice.masked_octets, t.octets)),
        (t.scrub, format!("{level}, {}", t.memory)),
        (t.spool, t.spool_what.to_owned()),
        ("ClickHouse", engine.to_owned()),
        (t.deleted, retention),
    ];
    let step = |(x, (name, what))| Step { x, name, what };
    (0..)
        .step_by(STEP_WIDTH as usize)
        .zip(boxes)
        .map(step)
        .collect()
}

/// The longest retention of any project.
pub(super) fn longest_retention(app: &App) -> u32 {
    let hours = app
        .projects()
        .into_iter()
        .map(|project| ListedProject::from(&*project).hours_max());
    hours.max().unwrap_or(app.evidence.practice.retention_hours)
}

async fn show(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    let frame = match Frame::open(&app, &reader, "inventory") {
        Ok(frame) => frame,
        Err(answer) => return answer,
    };
    let Ok(inventory) = Inventory::of(&app.store).await else {
        return refusal(&app, reader.language, Reason::StoreAway);
    };
    let template = InventoryPage {
        frame,
        layout: Layout::signed_in(&reader, Section::Officer),
        t: InventoryTexts::of(reader.language),
        steps: steps(
            &app.evidence.practice,
            longest_retention(&app),
            reader.language,
        ),
        inventory,
    };
    page(StatusCode::OK, &template)
}
