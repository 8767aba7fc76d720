//! What the server keeps for evidence: the configuration, the newest log lines, and what the last run came to.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::probe::{self, ProbeReport};
use super::{Claim, Finding, LogMemory, Practice, Subject, run};
use crate::app::App;
use crate::ledger::{Action, Actor};
use crate::limits::{EVIDENCE_WAIT, PROBE_PAUSE};
use crate::store::StoreError;
use crate::time::Timestamp;

/// One run at a time, and what the last ones found.
pub struct EvidenceRoom {
    pub practice: Practice,
    pub log: LogMemory,
    /// Held by whoever runs; the time of the last probe is in it.
    running: tokio::sync::Mutex<Option<Instant>>,
    findings: Mutex<BTreeMap<Claim, Finding>>,
    probe: Mutex<Option<ProbeReport>>,
}

/// Why nothing was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    #[error("another run is under way; ask again in a moment")]
    Running,
    #[error("the last probe was a moment ago; ask again in a moment")]
    TooSoon,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EvidenceRoom {
    /// Nothing was examined yet.
    pub fn new(practice: Practice, log: LogMemory) -> Self {
        Self {
            practice,
            log,
            running: tokio::sync::Mutex::default(),
            findings: Mutex::default(),
            probe: Mutex::default(),
        }
    }

    /// Runs these checks, one after the other, and remembers what they came to.
    ///
    /// # Errors
    /// [`Busy::Running`] if others are examined for too long.
    pub async fn examine(
        &self,
        app: &App,
        claims: &[Claim],
        actor: Actor,
    ) -> Result<Vec<Finding>, Busy> {
        let waiting = tokio::time::timeout(EVIDENCE_WAIT, self.running.lock());
        let _running = waiting.await.map_err(|_| Busy::Running)?;
        let mut findings = Vec::new();
        for &claim in claims {
            let now = Timestamp::now();
            let subject = Subject {
                store: &app.store,
                practice: &self.practice,
                salts: Some(app.door().forget_visitors(now)),
                directory_mode: None,
                now,
            };
            let finding = run(&subject, claim).await;
            self.known().insert(claim, finding.clone());
            findings.push(finding);
        }
        let object = match claims {
            [claim] => format!("claim:{claim}"),
            _ => String::new(),
        };
        let untrue = findings.iter().filter(|finding| !finding.is_true).count();
        app.record(actor, Action::EvidenceRun, object, untrue.to_string())
            .await;
        Ok(findings)
    }

    /// Sends a probe and remembers its report.
    ///
    /// # Errors
    /// [`Busy`] if something runs already, the last probe was a moment ago, or ClickHouse does not answer.
    pub async fn probe(&self, app: &App, actor: Actor) -> Result<ProbeReport, Busy> {
        let mut last = self.running.try_lock().map_err(|_| Busy::Running)?;
        if last.is_some_and(|last| last.elapsed() < PROBE_PAUSE) {
            return Err(Busy::TooSoon);
        }
        let report = probe::run(app).await?;
        let result = match report.is_clean() {
            true => "ok",
            false => "failed",
        };
        app.record(actor, Action::ProbeSent, String::new(), result.to_owned())
            .await;
        *last = Some(Instant::now());
        *self.probe.lock().unwrap_or_else(PoisonError::into_inner) = Some(report.clone());
        Ok(report)
    }

    /// What the last run of each check came to, in the order of the claims.
    pub fn findings(&self) -> Vec<Finding> {
        self.known().values().cloned().collect()
    }

    /// The last probe since the start.
    pub fn last_probe(&self) -> Option<ProbeReport> {
        self.probe
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<Claim, Finding>> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
