//! Reports as the running server makes them: checks first, then the report, its signature, and a line in the ledger.

use std::sync::Arc;

use super::{Breach, Busy, Claim, EvidenceRoom, Report, Signed, Subject, assessment, breach};
use crate::app::App;
use crate::ledger::{Action, Actor};
use crate::limits::REPORT_LEDGER_LINES_MAX;
use crate::store::StoreError;
use crate::time::Timestamp;

impl EvidenceRoom {
    /// Runs every check and signs what they came to.
    ///
    /// # Errors
    /// [`Busy`] if others are examined for too long, or ClickHouse does not answer.
    pub async fn assessment(&self, app: &App, actor: Actor) -> Result<Signed, Busy> {
        let findings = self.examine(app, Claim::ALL, actor).await?;
        let probe = self.last_probe();
        let subject = self.subject(app);
        let report = assessment(&subject, &findings, probe.as_ref()).await?;
        Ok(sign(app, report, actor).await)
    }

    /// Runs every check and signs what could be reached in that time.
    ///
    /// # Errors
    /// See [`EvidenceRoom::assessment`].
    pub async fn breach(&self, app: &App, time: Breach, actor: Actor) -> Result<Signed, Busy> {
        let findings = self.examine(app, Claim::ALL, actor).await?;
        let ledger = Arc::clone(&app.ledger);
        let read = move || ledger.newest(REPORT_LEDGER_LINES_MAX);
        let lines = tokio::task::spawn_blocking(read).await;
        let Ok(Ok(lines)) = lines else {
            return Err(StoreError::Unexpected.into());
        };
        let report = breach(&self.subject(app), time, &findings, &lines).await?;
        Ok(sign(app, report, actor).await)
    }

    fn subject<'a>(&'a self, app: &'a App) -> Subject<'a> {
        let now = Timestamp::now();
        Subject {
            store: &app.store,
            practice: &self.practice,
            salts: Some(app.door().forget_visitors(now)),
            directory_mode: None,
            now,
        }
    }
}

async fn sign(app: &App, report: Report, actor: Actor) -> Signed {
    let kind = report.kind.clone();
    let signed = report.sign(&app.ledger);
    let beginning = signed.sha256[..16].to_owned();
    app.record(actor, Action::ReportSigned, kind, beginning)
        .await;
    signed
}
