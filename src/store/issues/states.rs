//! What was decided about issues, and the trail of it. Rows are only added; the newest version counts.

use std::collections::HashMap;

use clickhouse::Row;
use serde::Deserialize;

use super::place::{few_rows, numbers, of_projects};
use super::standing::Merges;
use crate::issues::IssueId;
use crate::issues::decision::{ActivityKind, Decided, Decision, KnownReleases, State, Trace};
use crate::limits::ACTIVITY_ROWS_MAX;
use crate::registry::{Access, ProjectId, TokenPurpose};
use crate::retention::Retention;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// Who did something: a user, a program's token, or Mayfly itself. Kept as a number, never as a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor(String);

impl Actor {
    /// Mayfly itself.
    pub const fn mayfly() -> Self {
        Self(String::new())
    }

    /// Somebody with an account, or a program with a token, which is named by the start of its hash: that opens nothing.
    pub fn of(access: &Access) -> Self {
        const DIGITS: usize = 16;
        match (access.purpose, access.user) {
            // The user of a program's token is who made it, not who acts.
            (TokenPurpose::Session, Some(user)) => Self(user.to_string()),
            _ => Self(access.hash.to_hex()[..DIGITS].to_owned()),
        }
    }
}

/// An entry of an issue's trail.
pub struct Activity {
    pub issue: IssueId,
    pub at: Timestamp,
    pub kind: ActivityKind,
    /// A user's number, the start of a token's hash, or empty for Mayfly itself.
    pub actor: String,
    pub detail: String,
}

#[derive(Row, Deserialize)]
struct StateRow {
    group_id: u64,
    status: String,
    changed_at: i64,
    ignored_until: u32,
    ignored_events: u64,
    release: String,
    known_releases: Vec<String>,
    assignee: String,
    merged_into: u64,
    version: u64,
}

#[derive(Row, Deserialize)]
struct KeptRow {
    group_id: u64,
    kept: Vec<String>,
}

#[derive(Row, Deserialize)]
struct ActivityRow {
    group_id: u64,
    at: i64,
    kind: String,
    actor: String,
    detail: String,
}

impl StateRow {
    fn state(&self) -> State {
        let decided = Decided::ALL
            .iter()
            .find(|decided| decided.name() == self.status);
        State {
            decided: decided.copied().unwrap_or(Decided::Unresolved),
            changed_at: Timestamp::from_millis(self.changed_at),
            ignored_until: (self.ignored_until != 0)
                .then(|| Timestamp::from_seconds(self.ignored_until.into())),
            ignored_events: Some(self.ignored_events).filter(|events| *events != 0),
            release: self.release.clone(),
            known_releases: self.known_releases.clone(),
            assignee: self.assignee.clone(),
            merged_into: Some(self.merged_into)
                .filter(|id| *id != 0)
                .map(IssueId::new),
        }
    }
}

impl Store {
    /// What was decided about these issues; nothing about those that are missing.
    pub(super) async fn states(
        &self,
        projects: &[u32],
        issues: &[IssueId],
    ) -> Result<HashMap<IssueId, State>, StoreError> {
        let rows = self.state_rows(projects, &numbers(issues)).await?;
        let states = rows
            .iter()
            .map(|row| (IssueId::new(row.group_id), row.state()));
        Ok(states.collect())
    }

    async fn state_rows(
        &self,
        projects: &[u32],
        issues: &[u64],
    ) -> Result<Vec<StateRow>, StoreError> {
        let statement = Statement::new(
            "SELECT group_id, toString(status) AS status, toUnixTimestamp64Milli(changed_at) AS changed_at,
                toUnixTimestamp(ignored_until) AS ignored_until, ignored_events, toString(release) AS release,
                arrayMap(known -> toString(known), known_releases) AS known_releases,
                toString(assignee) AS assignee, merged_into, version
            FROM issue_states FINAL WHERE ",
        )
        .then(of_projects(projects))
        .sql(" AND group_id IN ")
        .bind(issues.to_vec());
        self.fetch_rows(few_rows(&statement, self)).await
    }

    /// Carries out a decision about issues of one project and adds it to their trail. Returns what happened to which, or `None` and
    /// changes nothing if one of them is no issue of the project.
    ///
    /// # Errors
    /// If ClickHouse does not answer; a decision about several issues may then have reached some of them.
    pub async fn decide(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        decision: &Decision,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<Option<Vec<(IssueId, ActivityKind)>>, StoreError> {
        // A state is read, changed and written as a whole: what is decided at the same time follows.
        let _one_by_one = self.deciding.lock().await;
        let merges = self.merges(&[project.get()], now).await?;
        let Some(kept) = self.kept(project, issues, &merges, now).await? else {
            return Ok(None);
        };
        // Whoever decides may look at a list from before somebody merged what is on it.
        let (decision, mut groups) = match decision {
            Decision::MergeInto(target) => {
                let target = merges.root(*target);
                let families = issues.iter().map(|issue| merges.root(*issue));
                let mut groups: Vec<_> = families.flat_map(|root| merges.members(root)).collect();
                groups.retain(|group| merges.root(*group) != target);
                (Decision::MergeInto(target), groups)
            }
            Decision::Split => (Decision::Split, issues.to_vec()),
            other => {
                let roots = issues.iter().map(|issue| merges.root(*issue));
                (other.clone(), roots.collect())
            }
        };
        groups.sort_unstable();
        groups.dedup();
        let releases = match decision {
            Decision::Resolve | Decision::ResolveInNextRelease => {
                self.releases(&[project.get()], now).await?
            }
            _ => Vec::new(),
        };
        let rows = self.state_rows(&[project.get()], &numbers(&groups)).await?;
        let mut changed = Vec::new();
        let mut trail = Vec::new();
        for group in groups {
            let row = rows.iter().find(|row| row.group_id == group.get());
            let before = row.map(StateRow::state).unwrap_or_default();
            let own = merges.members(group).into_iter();
            let own = own.filter_map(|member| kept.get(&member)).flatten();
            let known = KnownReleases::new(&releases, own.map(String::as_str));
            let (after, trace) = before.after(&decision, &known, now);
            changed.push((group, after, row.map_or(0, |row| row.version)));
            trail.push((group, trace));
        }
        self.write_states(project, &changed, now).await?;
        self.write_trail(project, &trail, actor, now).await?;
        let kinds = trail.into_iter().map(|(group, trace)| (group, trace.kind));
        Ok(Some(kinds.collect()))
    }

    /// Adds a comment to an issue's trail. The text has passed the scrubber. Returns whether there is such an issue.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn comment(
        &self,
        project: ProjectId,
        issue: IssueId,
        scrubbed: String,
        actor: &Actor,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let merges = self.merges(&[project.get()], now).await?;
        let kept = self.kept(project, &[issue], &merges, now).await?;
        if kept.is_none() {
            return Ok(false);
        }
        let trace = Trace {
            kind: ActivityKind::Commented,
            detail: scrubbed,
        };
        self.write_trail(project, &[(merges.root(issue), trace)], actor, now)
            .await?;
        Ok(true)
    }

    /// Releases of the groups of these issues, as far as events of them are kept; `None` if one of the issues has no event in
    /// the project.
    async fn kept(
        &self,
        project: ProjectId,
        issues: &[IssueId],
        merges: &Merges,
        now: Timestamp,
    ) -> Result<Option<HashMap<IssueId, Vec<String>>>, StoreError> {
        let family = |issue: &IssueId| merges.members(merges.root(*issue));
        let groups: Vec<IssueId> = issues.iter().flat_map(family).collect();
        let statement = Statement::new(
            "SELECT group_id, arrayMap(release -> toString(release), groupUniqArrayArray(d.releases)) AS kept
            FROM issue_days AS d WHERE project_id = ",
        )
        .bind(project.get())
        .sql(" AND group_id IN ")
        .bind(numbers(&groups))
        .sql(" AND expires_at > ")
        .bind(now.datetime())
        .sql(" GROUP BY group_id");
        let rows: Vec<KeptRow> = self.fetch_rows(few_rows(&statement, self)).await?;
        let kept: HashMap<IssueId, Vec<String>> = rows
            .into_iter()
            .map(|row| (IssueId::new(row.group_id), row.kept))
            .collect();
        let is_kept = |issue| family(issue).iter().any(|group| kept.contains_key(group));
        Ok(issues.iter().all(is_kept).then_some(kept))
    }

    /// The trail of an issue and of what was merged into it, newest first.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn trail(
        &self,
        project: ProjectId,
        members: &[IssueId],
        now: Timestamp,
    ) -> Result<Vec<Activity>, StoreError> {
        let statement = Statement::new(
            "SELECT group_id, toUnixTimestamp64Milli(at) AS at, toString(kind) AS kind, toString(actor) AS actor, detail
            FROM issue_activity FINAL WHERE project_id = ",
        )
        .bind(project.get())
        .sql(" AND group_id IN ")
        .bind(numbers(members))
        .sql(" AND expires_at > ")
        .bind(now.datetime())
        .sql(" ORDER BY issue_activity.at DESC LIMIT ")
        .bind(ACTIVITY_ROWS_MAX);
        let rows = self
            .fetch_rows::<ActivityRow>(statement.query(&self.client))
            .await?;
        let entry = |row: ActivityRow| {
            let kind = ActivityKind::ALL
                .iter()
                .find(|kind| kind.name() == row.kind);
            Some(Activity {
                issue: IssueId::new(row.group_id),
                at: Timestamp::from_millis(row.at),
                kind: *kind?,
                actor: row.actor,
                detail: row.detail,
            })
        };
        Ok(rows.into_iter().filter_map(entry).collect())
    }

    async fn write_states(
        &self,
        project: ProjectId,
        states: &[(IssueId, State, u64)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = states.iter().map(|(group, state, version)| {
            // Two changes within a millisecond are still two.
            let version = (*version + 1).max(u64::try_from(now.millis()).unwrap_or(0));
            Statement::default()
                .bind(project.get())
                .sql(", ")
                .bind(group.get())
                .sql(", ")
                .bind(state.decided.name())
                .sql(", fromUnixTimestamp64Milli(")
                .bind(state.changed_at.millis())
                .sql("), ")
                .bind(state.ignored_until.map_or(0, Timestamp::datetime))
                .sql(", ")
                .bind(state.ignored_events.unwrap_or(0))
                .sql(", ")
                .bind(state.release.as_str())
                .sql(", ")
                .bind(state.known_releases.clone())
                .sql(", ")
                .bind(state.assignee.as_str())
                .sql(", ")
                .bind(state.merged_into.map_or(0, IssueId::get))
                .sql(", ")
                .bind(version)
        });
        let Some(rows) = Statement::joined(rows, ", ") else {
            return Ok(());
        };
        let insert = Statement::new(
            "INSERT INTO issue_states (project_id, group_id, status, changed_at, ignored_until, ignored_events, release,
                known_releases, assignee, merged_into, version) VALUES ",
        );
        Ok(insert.then(rows).query(&self.client).execute().await?)
    }

    pub(super) async fn write_trail(
        &self,
        project: ProjectId,
        trail: &[(IssueId, Trace)],
        actor: &Actor,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let expires_at = Retention::default().expires_at(now);
        let rows = trail.iter().map(|(group, trace)| {
            Statement::default()
                .bind(project.get())
                .sql(", ")
                .bind(group.get())
                .sql(", fromUnixTimestamp64Milli(")
                .bind(now.millis())
                .sql("), ")
                .bind(expires_at)
                .sql(", ")
                .bind(trace.kind.name())
                .sql(", ")
                .bind(actor.0.as_str())
                .sql(", ")
                .bind(trace.detail.as_str())
        });
        let Some(rows) = Statement::joined(rows, ", ") else {
            return Ok(());
        };
        let insert = Statement::new(
            "INSERT INTO issue_activity (project_id, group_id, at, expires_at, kind, actor, detail) VALUES ",
        );
        Ok(insert.then(rows).query(&self.client).execute().await?)
    }
}
