//! What developers look at and decide about issues, on pages and over the API alike. Decisions are written to ClickHouse;
//! they and who was shown which event also go into the ledger.

use super::App;
use crate::issues::IssueId;
use crate::issues::decision::{ActivityKind, Decision};
use crate::ledger::{Action, Actor};
use crate::privacy::Raw;
use crate::registry::{Access, ProjectId};
use crate::store::{StoreError, issues};
use crate::time::Timestamp;

impl App {
    /// Carries out a decision about issues of one project.
    ///
    /// # Errors
    /// If ClickHouse does not answer; a decision about several issues may then have reached some of them.
    pub async fn decide_issues(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        decision: &Decision,
        access: &Access,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let actor = issues::Actor::of(access);
        let decided = self.store.decide(project, issues, decision, &actor, now);
        for (issue, kind) in decided.await? {
            self.record_issue(issue, kind, access).await;
        }
        Ok(())
    }

    /// Adds a comment to an issue's trail, without what is personal in it.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn comment_on_issue(
        &self,
        project: ProjectId,
        issue: IssueId,
        comment: &Raw<&str>,
        access: &Access,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let scrubbed = self.door().comment(comment);
        let actor = issues::Actor::of(access);
        let written = self.store.comment(project, issue, scrubbed, &actor, now);
        written.await?;
        self.record_issue(issue, ActivityKind::Commented, access)
            .await;
        Ok(())
    }

    /// Notes that somebody is shown all that is stored of one event.
    pub async fn show_event(&self, project: u32, event_id: &str, access: &Access) {
        let (object, detail) = (format!("event:{event_id}"), format!("project:{project}"));
        self.record(Actor::of(access), Action::EventShown, object, detail)
            .await;
    }

    async fn record_issue(&self, issue: IssueId, kind: ActivityKind, access: &Access) {
        let (object, detail) = (format!("issue:{issue}"), kind.name().to_owned());
        self.record(Actor::of(access), Action::IssueChanged, object, detail)
            .await;
    }
}
