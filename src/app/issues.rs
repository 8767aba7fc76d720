//! What developers look at and decide about issues, on pages and over the API alike. Decisions are written to ClickHouse;
//! they and who was shown which event also go into the ledger.

use std::sync::Arc;

use super::App;
use crate::issues::IssueId;
use crate::issues::decision::{ActivityKind, Decision};
use crate::ledger::{Action, Actor};
use crate::privacy::Raw;
use crate::registry::{Access, ProjectId, User};
use crate::store::issues::Issue;
use crate::store::{StoreError, issues};
use crate::time::Timestamp;

/// Why a decision about issues was not carried out.
pub enum Undecided {
    /// One of them is no issue of the project.
    IssueUnknown,
    /// Nobody of that number may handle errors of the project.
    AssigneeUnknown,
    Store(StoreError),
}

impl From<StoreError> for Undecided {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl App {
    /// Carries out a decision about issues of one project.
    ///
    /// # Errors
    /// [`Undecided`]; if ClickHouse did not answer, a decision about several issues may have reached some of them.
    pub async fn decide_issues(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        decision: &Decision,
        access: &Access,
        now: Timestamp,
    ) -> Result<(), Undecided> {
        if let Decision::Assign(user) = decision {
            let user = user.parse().ok().and_then(|id| self.user(id));
            if !user.is_some_and(|user| may_care(&user, project)) {
                return Err(Undecided::AssigneeUnknown);
            }
        }
        if decision.ends_regression() {
            self.notice_regressions(
                &[project.get()],
                Some(issues),
                Timestamp::from_seconds(0),
                now,
            )
            .await?;
        }
        let actor = issues::Actor::of(access);
        let decided = self.store.decide(project, issues, decision, &actor, now);
        let decided = decided.await?.ok_or(Undecided::IssueUnknown)?;
        for (issue, kind) in decided {
            self.record_issue(issue, kind, Actor::of(access)).await;
        }
        Ok(())
    }

    /// Adds a comment to an issue's trail, without what is personal in it.
    ///
    /// # Errors
    /// [`Undecided`]
    pub async fn comment_on_issue(
        &self,
        project: ProjectId,
        issue: IssueId,
        comment: &Raw<&str>,
        access: &Access,
        now: Timestamp,
    ) -> Result<(), Undecided> {
        let scrubbed = self.door().comment(comment);
        let actor = issues::Actor::of(access);
        let written = self.store.comment(project, issue, scrubbed, &actor, now);
        if !written.await? {
            return Err(Undecided::IssueUnknown);
        }
        self.record_issue(issue, ActivityKind::Commented, Actor::of(access))
            .await;
        Ok(())
    }

    /// Everybody who may take care of issues of a project, by address.
    pub fn carers(&self, project: ProjectId) -> Vec<Arc<User>> {
        let mut users = self.users();
        users.retain(|user| may_care(user, project));
        users
    }

    /// Adds to trails and ledger which resolved issues have come back by events since `since`: all of the projects, or some.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn notice_regressions(
        &self,
        projects: &[u32],
        among: Option<&[IssueId]>,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let noticed = self.store.notice_regressions(projects, among, since, now);
        for issue in noticed.await? {
            self.record_issue(issue, ActivityKind::Regressed, Actor::System)
                .await;
        }
        Ok(())
    }

    /// The same for one issue that somebody looks at.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn notice_regression(&self, issue: &Issue, now: Timestamp) -> Result<(), StoreError> {
        if !issue.is_regressed {
            return Ok(());
        }
        let since = issue.state.changed_at;
        self.notice_regressions(&[issue.project.get()], Some(&[issue.id]), since, now)
            .await
    }

    /// Notes that somebody is shown all that is stored of one event.
    pub async fn show_event(&self, project: u32, event_id: &str, access: &Access) {
        let (object, detail) = (format!("event:{event_id}"), format!("project:{project}"));
        self.record(Actor::of(access), Action::EventShown, object, detail)
            .await;
    }

    async fn record_issue(&self, issue: IssueId, kind: ActivityKind, actor: Actor) {
        let (object, detail) = (format!("issue:{issue}"), kind.name().to_owned());
        self.record(actor, Action::IssueChanged, object, detail)
            .await;
    }
}

/// Whether somebody may take care of issues of a project.
fn may_care(user: &User, project: ProjectId) -> bool {
    !user.is_disabled && user.grant.may_handle_errors(project)
}
