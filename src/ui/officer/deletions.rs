//! What goes next, and the receipts of what is gone.

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
use crate::outcome::Reason;
use crate::store::retention::{ComingDeletion, KeptReceipt};
use crate::ui::language::texts;
use crate::ui::layout::{Layout, Section};
use crate::ui::{page, refusal, when};

texts! {
    DeletionTexts {
        title = "Deletions" | "Löschungen";
        hint = "Rows that expire together lie together and are deleted as a whole. Afterwards what is left is counted: rows, and parts on disk, inactive and detached ones included. Zero is the proof." | "Zeilen, die zusammen verfallen, liegen zusammen und werden als Ganzes gelöscht. Danach wird gezählt, was übrig ist: Zeilen und Teile auf der Platte, auch inaktive und abgehängte. Null ist der Beweis.";
        plan = "What goes next" | "Was als Nächstes geht";
        no_plan = "Nothing is stored that could expire." | "Es ist nichts gespeichert, was verfallen könnte.";
        receipts = "Receipts" | "Belege";
        no_receipt = "Nothing has expired yet." | "Noch ist nichts verfallen.";
        expires = "Expires (UTC)" | "Verfällt (UTC)";
        deleted_at = "Deleted (UTC)" | "Gelöscht (UTC)";
        table = "Table" | "Tabelle";
        tables = "Tables" | "Tabellen";
        expired = "Expired (UTC)" | "Verfallen (UTC)";
        rows = "Rows" | "Zeilen";
        bytes = "Bytes" | "Byte";
        project = "Project" | "Projekt";
        older_than = "older than" | "älter als";
        left = "Left" | "Übrig";
        export = "As JSON" | "Als JSON";
    }
}

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/officer/deletions", get(show))
}

#[derive(Template)]
#[template(path = "officer_deletions.html")]
struct DeletionsPage {
    frame: Frame,
    layout: Layout,
    t: &'static DeletionTexts,
    plans: Vec<Plan>,
    receipts: Vec<Proof>,
}

/// What expires at one moment.
struct Plan {
    at: String,
    deletion: ComingDeletion,
}

/// A receipt, in words.
struct Proof {
    at: String,
    expired: String,
    left: u64,
    receipt: KeptReceipt,
}

impl Plan {
    fn of(deletion: ComingDeletion) -> Self {
        Self {
            at: when::minute(deletion.expires_at),
            deletion,
        }
    }
}

impl Proof {
    fn of(receipt: KeptReceipt, t: &DeletionTexts) -> Self {
        // The moment at which a partition's rows expire is its name.
        let expired = match receipt.partition_id.parse() {
            Ok(moment) => when::minute(moment),
            // After a project's retention became shorter: whose, and how old.
            Err(_) => receipt
                .partition_id
                .replace("project", t.project)
                .replace("older than", t.older_than),
        };
        Self {
            at: when::minute(receipt.deleted_at),
            expired,
            left: receipt.parts_left + receipt.rows_left,
            receipt,
        }
    }
}

async fn show(State(app): State<Arc<App>>, reader: SignedIn) -> Response {
    let frame = match Frame::open(&app, &reader, "deletions") {
        Ok(frame) => frame,
        Err(answer) => return answer,
    };
    let (plans, receipts) = tokio::join!(app.store.coming_deletions(), app.store.receipts());
    let (Ok(plans), Ok(receipts)) = (plans, receipts) else {
        return refusal(&app, reader.language, Reason::StoreAway);
    };
    let t = DeletionTexts::of(reader.language);
    let template = DeletionsPage {
        frame,
        layout: Layout::signed_in(&reader, Section::Officer),
        t,
        plans: plans.into_iter().map(Plan::of).collect(),
        receipts: receipts
            .into_iter()
            .map(|receipt| Proof::of(receipt, t))
            .collect(),
    };
    page(StatusCode::OK, &template)
}
