//! The checks behind the claims.

mod access;
mod addresses;
mod configuration;
mod directory;
mod identifiers;
mod ledger;
mod retention;
mod schema;
mod visitors;

pub(super) use configuration::presets_met;

use std::time::{Duration, Instant};

use super::{Claim, Practice, Words};
use crate::privacy::SaltAges;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// What is examined.
pub struct Subject<'a> {
    pub store: &'a Store,
    pub practice: &'a Practice,
    /// What the server's memory says of its salts; none if no server runs in this process.
    pub salts: Option<SaltAges>,
    /// Permissions of the data directory as they were found, before this process touched it.
    pub directory_mode: Option<u32>,
    pub now: Timestamp,
}

/// What a check came to.
#[derive(Clone, Debug)]
pub struct Finding {
    pub claim: Claim,
    pub is_true: bool,
    /// With numbers.
    pub detail: Words,
    /// The statement or command that anybody can run again.
    pub query: String,
    pub checked_at: Timestamp,
    pub took: Duration,
}

/// What a check says of itself.
struct Verdict {
    is_true: bool,
    detail: Words,
    query: String,
}

impl Verdict {
    fn new(is_true: bool, query: impl Into<String>, detail: Words) -> Self {
        Self {
            is_true,
            detail,
            query: query.into(),
        }
    }
}

/// Runs every check, one after the other.
pub async fn run_all(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for &claim in Claim::ALL {
        findings.push(run(subject, claim).await);
    }
    findings
}

/// Runs one check. What cannot be checked counts as not true.
pub async fn run(subject: &Subject<'_>, claim: Claim) -> Finding {
    let begun = Instant::now();
    let verdict = match claim {
        Claim::Addresses => addresses::columns(subject).await,
        Claim::AddressTexts => identifiers::addresses(subject).await,
        Claim::Identifiers => identifiers::others(subject).await,
        Claim::OldestRows => retention::oldest_rows(subject).await,
        Claim::OverdueRows => retention::overdue_rows(subject).await,
        Claim::Spool => Ok(retention::spool(subject)),
        Claim::Receipts => retention::receipts(subject).await,
        Claim::Schema => schema::tables(subject).await,
        Claim::EngineLogs => schema::engine_logs(subject).await,
        Claim::VisitorIds => visitors::salts(subject).await,
        Claim::Connections => Ok(configuration::connections(subject.practice)),
        Claim::DataDirectory => Ok(directory::permissions(subject)),
        Claim::Configuration => configuration::presets(subject).await,
        Claim::Access => access::accounts(subject).await,
        Claim::Ledger => Ok(ledger::whole(subject).await),
    };
    let verdict = verdict.unwrap_or_else(|error: StoreError| {
        let english = format!("It could not be checked: {error}.");
        let german = format!("Es ließ sich nicht prüfen: {error}.");
        Verdict::new(false, "", Words::new(english, german))
    });
    Finding {
        claim,
        is_true: verdict.is_true,
        detail: verdict.detail,
        query: verdict.query,
        checked_at: subject.now,
        took: begun.elapsed(),
    }
}

/// A number of an answer.
pub(super) fn number(row: &[String], index: usize) -> Result<u64, StoreError> {
    let text = row.get(index).ok_or(StoreError::Unexpected)?;
    text.parse().map_err(|_| StoreError::Unexpected)
}

/// A text as a literal of SQL.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
