//! What visitors may ask of their own data: to see it, to have it erased, to object, and to take that back.
//!
//! Enters: a [`Subject`], made in the privacy room from an id that was presented. Leaves: rows as they are stored, and
//! receipts that hold counts. Deliberately not here: who may ask (`api`), and any memory of who did; what an erasure must
//! remember to be carried out, it remembers in memory.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::time::Instant;
use uuid::Uuid;

use crate::app::App;
use crate::ledger::{Action, Actor};
use crate::limits::SUBJECT_SPOOL_WAIT;
use crate::outcome::Reason;
use crate::privacy::Subject;
use crate::registry::{ObjectionScope, ProjectId};
use crate::store::insert::Erasure;
use crate::store::roll_ups::Recount;
use crate::store::subjects::{Held, SubjectReceipt};
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// How often the spool is looked at while rows are on their way through it.
const SPOOL_INTERVAL: std::time::Duration = std::time::Duration::from_millis(50);

/// What is held about somebody.
pub struct Export {
    pub held: Vec<Held>,
    /// Rows may still be on their way into the tables.
    pub is_spool_clear: bool,
    pub receipt: SubjectReceipt,
}

impl SubjectReceipt {
    fn new(project: ProjectId, kind: &'static str) -> Self {
        Self {
            id: Uuid::new_v4(),
            project,
            kind,
            tables: Vec::new(),
            rows: 0,
            spool_rows: 0,
            rows_left: 0,
            parts_left: 0,
            spool_files_left: 0,
        }
    }

    /// For whoever asked.
    pub fn to_json(&self) -> Value {
        let mut described = json!({
            "id": self.id.to_string(),
            "project": self.project,
            "kind": self.kind,
            "tables": self.tables,
        });
        if self.kind == "erase" {
            described["proof"] = json!({
                "proven": self.is_proven(),
                "rows_left": self.rows_left,
                "parts_left": self.parts_left,
                "spool_files_left": self.spool_files_left,
            });
        }
        described
    }

    /// The project, as the ledger names it.
    pub fn object(&self) -> String {
        format!("project:{}", self.project)
    }

    /// Whether nothing is left of what was to be erased.
    pub const fn is_proven(&self) -> bool {
        self.rows_left == 0 && self.parts_left == 0 && self.spool_files_left == 0
    }
}

/// Everything that is held about `subject` in the tables.
///
/// # Errors
/// If ClickHouse does not answer.
pub async fn read(
    store: &Store,
    subject: &Subject,
    is_spool_clear: bool,
    now: Timestamp,
) -> Result<Export, StoreError> {
    let keys = store.hold_keys(subject, now).await?;
    let held = store.held(&keys).await;
    // What cannot be let go now is gone when ClickHouse is restarted.
    let _ = store.let_go(keys).await;
    let held = held?;
    let mut receipt = SubjectReceipt::new(subject.project(), "export");
    receipt.tables = held.iter().map(|held| held.table.name()).collect();
    receipt.rows = held.iter().map(|held| held.rows.len() as u64).sum();
    store.keep_subject_receipt(&receipt, now).await?;
    Ok(Export {
        held,
        is_spool_clear,
        receipt,
    })
}

/// Deletes everything that the tables hold about `subject`, and proves it. `spool_rows` went before; `search` counts the files
/// of the spool that still hold a pseudonym. `who` counts anew what was counted from the rows.
///
/// # Errors
/// If ClickHouse does not answer; what is gone by then stays gone.
pub async fn delete(
    store: &Store,
    subject: &Subject,
    who: Recount,
    spool_rows: u64,
    search: impl FnOnce() -> std::io::Result<u64>,
    now: Timestamp,
) -> Result<SubjectReceipt, StoreError> {
    let keys = store.hold_keys(subject, now).await?;
    let erased = store.erase(&keys, who).await;
    let _ = store.let_go(keys).await;
    let erased = erased?;
    let receipt = SubjectReceipt {
        tables: erased.tables,
        rows: erased.rows,
        spool_rows,
        rows_left: erased.rows_left,
        parts_left: erased.parts_left,
        // What cannot be searched is not proven to be clear.
        spool_files_left: search().unwrap_or(1),
        ..SubjectReceipt::new(subject.project(), "erase")
    };
    store.keep_subject_receipt(&receipt, now).await?;
    Ok(receipt)
}

/// Everything that is held about `subject`, what waits in the spool included.
///
/// # Errors
/// [`Reason::StoreAway`], or [`Reason::Draining`].
pub async fn export(app: &App, subject: &Subject, actor: Actor) -> Result<Export, Reason> {
    let now = Timestamp::now();
    app.spool.hand_over().await?;
    let begun = Instant::now();
    let is_clear = || matches!(app.spool.files_with(subject, now), Ok(0));
    while !is_clear() && begun.elapsed() < SUBJECT_SPOOL_WAIT {
        tokio::time::sleep(SPOOL_INTERVAL).await;
    }
    let export = read(&app.store, subject, is_clear(), now).await;
    let export = export.map_err(|_| Reason::StoreAway)?;
    let (object, rows) = (export.receipt.object(), export.receipt.rows.to_string());
    app.record(actor, Action::SubjectExported, object, rows)
        .await;
    Ok(export)
}

/// Erases everything that is held about `subject`: first what waits in the spool, then what the tables hold. It is carried out
/// to the end even if nobody waits for the answer.
///
/// # Errors
/// [`Reason::StoreAway`] if ClickHouse or the inserter does not answer in time, or [`Reason::Draining`]. What the spool held
/// is gone then, or goes as soon as the inserter is free; the tables are to be asked again.
pub async fn erase(
    app: &Arc<App>,
    subject: Subject,
    actor: Actor,
) -> Result<SubjectReceipt, Reason> {
    let app = Arc::clone(app);
    let erasing = tokio::spawn(async move {
        let _one_at_a_time = app.erasing.lock().await;
        let now = Timestamp::now();
        app.spool.hand_over().await?;
        let spool_rows = erase_from_spool(&app, &subject).await?;
        let search = || app.spool.files_with(&subject, now);
        let receipt = delete(&app.store, &subject, Recount::Here, spool_rows, search, now).await;
        let receipt = receipt.map_err(|_| Reason::StoreAway)?;
        let rows = (receipt.rows + receipt.spool_rows).to_string();
        app.record(actor, Action::SubjectErased, receipt.object(), rows)
            .await;
        Ok(receipt)
    });
    erasing.await.unwrap_or(Err(Reason::StoreAway))
}

async fn erase_from_spool(app: &App, subject: &Subject) -> Result<u64, Reason> {
    let (done, erased) = oneshot::channel();
    let erasure = Erasure {
        subject: subject.clone(),
        done,
    };
    let asking = app.erasures.send(erasure);
    let asked = tokio::time::timeout(SUBJECT_SPOOL_WAIT, asking).await;
    asked
        .map_err(|_| Reason::StoreAway)?
        .map_err(|_| Reason::Draining)?;
    let erased = tokio::time::timeout(SUBJECT_SPOOL_WAIT, erased).await;
    let rows = erased
        .map_err(|_| Reason::StoreAway)?
        .map_err(|_| Reason::Draining)?;
    let quarantined = app.spool.erase_quarantined(subject);
    rows.and_then(|rows| quarantined.map(|()| rows))
        .map_err(|_| Reason::SpoolFailed)
}

/// An objection, or its end.
pub struct Stated {
    pub receipt: SubjectReceipt,
    /// When an objection is forgotten, in seconds since 1970.
    pub until: Option<u32>,
    scopes: String,
}

impl Stated {
    /// For the ledger: what was done, and to which scopes.
    pub fn entry(&self) -> (Action, &str) {
        match self.until {
            Some(_) => (Action::SubjectObjected, &self.scopes),
            None => (Action::ObjectionWithdrawn, &self.scopes),
        }
    }
}

/// Remembers that `subject` objects to `scopes`, or forgets it. Every server follows within seconds.
///
/// # Errors
/// [`Reason::RateLimited`] if too many objections are remembered, or [`Reason::StoreAway`].
pub async fn state(
    store: &Store,
    subject: &Subject,
    scopes: &[ObjectionScope],
    is_objection: bool,
    now: Timestamp,
) -> Result<Stated, Reason> {
    let away = |_| Reason::StoreAway;
    let keys = store.hold_keys(subject, now).await.map_err(away)?;
    let result = match is_objection {
        true => store.object(&keys, scopes, now).await.map(Some),
        false => {
            let withdrawn = store.withdraw_objections(&keys, scopes).await;
            withdrawn.map(|()| None).map_err(away)
        }
    };
    let _ = store.let_go(keys).await;
    let until = result?;
    let kind = if is_objection { "object" } else { "withdraw" };
    let receipt = SubjectReceipt::new(subject.project(), kind);
    let kept = store.keep_subject_receipt(&receipt, now).await;
    kept.map_err(away)?;
    let names: Vec<_> = scopes.iter().map(|scope| scope.name()).collect();
    Ok(Stated {
        receipt,
        until,
        scopes: names.join(","),
    })
}

/// The same, written into the ledger.
///
/// # Errors
/// As [`state`].
pub async fn object(
    app: &App,
    subject: &Subject,
    scopes: &[ObjectionScope],
    is_objection: bool,
    actor: Actor,
) -> Result<Stated, Reason> {
    let now = Timestamp::now();
    let stated = state(&app.store, subject, scopes, is_objection, now).await?;
    let (action, scopes) = stated.entry();
    app.record(actor, action, stated.receipt.object(), scopes.to_owned())
        .await;
    Ok(stated)
}
