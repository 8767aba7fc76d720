//! Which groups are shown as one issue.
//!
//! Groups are together because somebody merged them, or because the rules of grouping changed: for as long as events of
//! the old rules are kept, a group of the new rules is shown as the issue that its bug was before.

use std::collections::{HashMap, HashSet};

use clickhouse::Row;
use serde::Deserialize;

use super::place::{Partitions, few_rows, of_projects};
use crate::issues::IssueId;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// Groups that are shown as part of another one.
#[derive(Default)]
pub struct Merges {
    /// From a group to the issue it is shown as.
    into: HashMap<u64, u64>,
    /// Those that the change of rules brought together.
    by_rules: HashSet<u64>,
    /// From an issue to the groups that are shown as it, without its own.
    families: HashMap<u64, Vec<u64>>,
    /// Whether events of several versions of the rules are kept.
    rules_changed: bool,
}

impl Merges {
    fn new(into: HashMap<u64, u64>, by_rules: HashSet<u64>, rules_changed: bool) -> Self {
        let mut merges = Self {
            into,
            by_rules,
            families: HashMap::new(),
            rules_changed,
        };
        let mut groups: Vec<u64> = merges.into.keys().copied().collect();
        groups.sort_unstable();
        for group in groups {
            let root = merges.root(IssueId::new(group)).get();
            merges.families.entry(root).or_default().push(group);
        }
        merges
    }

    /// The issue that a group is shown as.
    pub fn root(&self, group: IssueId) -> IssueId {
        let into = |group: u64| self.into.get(&group).copied();
        // A group of new rules may lead to an old one that was merged into a third.
        let next = into(group.get()).map_or(group.get(), |next| into(next).unwrap_or(next));
        IssueId::new(next)
    }

    /// All groups of an issue, its own first.
    pub fn members(&self, issue: IssueId) -> Vec<IssueId> {
        let others = self
            .families
            .get(&issue.get())
            .map_or(&[][..], Vec::as_slice);
        let others = others.iter().copied().map(IssueId::new);
        std::iter::once(issue).chain(others).collect()
    }

    /// Whether somebody merged a group, and may split it off again.
    pub fn is_by_hand(&self, group: IssueId) -> bool {
        self.into.contains_key(&group.get()) && !self.by_rules.contains(&group.get())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.into.is_empty()
    }

    /// `project_id, group_id, merged_into` of every group that is shown as another one.
    pub(super) fn pairs(&self, projects: &[u32], now: Timestamp) -> Statement {
        if !self.rules_changed {
            return by_hand(projects);
        }
        // What is merged by hand or by rules may lead to a group that is merged the other way.
        let then = |first: Statement, into: &str, second: Statement| {
            Statement::new("SELECT f.project_id, f.group_id, if(s.into = 0, f.into, s.into) AS merged_into FROM (SELECT project_id, group_id, ")
                .sql(into)
                .sql(" AS into FROM (")
                .then(first)
                .sql(")) AS f LEFT JOIN (")
                .then(second)
                .sql(") AS s ON s.project_id = f.project_id AND s.group_id = f.into")
        };
        let by_rules = || {
            Statement::new("SELECT project_id, group_id, previous AS into FROM (")
                .then(by_rules(projects, now))
                .sql(")")
        };
        let merged = Statement::new("SELECT project_id, group_id, merged_into AS into FROM (")
            .then(by_hand(projects))
            .sql(")");
        then(by_hand(projects), "merged_into", by_rules())
            .sql(" UNION ALL ")
            .then(then(by_rules(), "into", merged))
    }
}

/// What somebody merged. A group is never merged into one that is merged itself.
fn by_hand(projects: &[u32]) -> Statement {
    Statement::new(
        "SELECT project_id, group_id, merged_into FROM issue_states FINAL WHERE merged_into != 0 AND ",
    )
    .then(of_projects(projects))
}

/// Groups of new rules whose bug has an issue under the old ones: events of it, or a decision about it.
fn by_rules(projects: &[u32], now: Timestamp) -> Statement {
    Statement::new("SELECT project_id, group_id, any(d.previous) AS previous FROM issue_days AS d WHERE project_id IN ")
        .bind(projects)
        .sql(" AND expires_at > ")
        .bind(now.datetime())
        .sql(" AND d.previous != 0 AND d.previous != group_id AND (project_id, d.previous) IN (
            SELECT project_id, group_id FROM issue_days WHERE project_id IN ")
        .bind(projects)
        .sql(" AND expires_at > ")
        .bind(now.datetime())
        .sql(" UNION ALL SELECT project_id, group_id FROM issue_states WHERE project_id IN ")
        .bind(projects)
        .sql(") AND (project_id, group_id) NOT IN (SELECT project_id, group_id FROM (")
        .then(by_hand(projects))
        .sql(")) GROUP BY project_id, group_id")
}

#[derive(Row, Deserialize)]
struct MergeRow {
    group_id: u64,
    merged_into: u64,
}

#[derive(Row, Deserialize)]
struct SuccessionRow {
    group_id: u64,
    previous: u64,
}

impl Store {
    /// The groups of these projects that are shown as others.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn merges(&self, projects: &[u32], now: Timestamp) -> Result<Merges, StoreError> {
        let (merges, _) = self.merges_and_partitions(projects, now).await?;
        Ok(merges)
    }

    pub(super) async fn merges_and_partitions(
        &self,
        projects: &[u32],
        now: Timestamp,
    ) -> Result<(Merges, Partitions), StoreError> {
        let merged = Statement::new("SELECT group_id, merged_into FROM (")
            .then(by_hand(projects))
            .sql(")");
        let (rows, partitions) = tokio::try_join!(
            self.fetch_rows::<MergeRow>(few_rows(&merged, self)),
            self.partitions(projects, now)
        )?;
        let rules_changed = partitions.rules_changed();
        let merged = rows.into_iter().map(|row| (row.group_id, row.merged_into));
        let mut into: HashMap<u64, u64> = merged.collect();
        let mut by_rules_changed = HashSet::new();
        if rules_changed {
            let successions = Statement::new("SELECT group_id, previous FROM (")
                .then(by_rules(projects, now))
                .sql(")");
            let rows = self
                .fetch_rows::<SuccessionRow>(successions.query(&self.client))
                .await?;
            for SuccessionRow { group_id, previous } in rows {
                into.insert(group_id, previous);
                by_rules_changed.insert(group_id);
            }
        }
        let merges = Merges::new(into, by_rules_changed, rules_changed);
        Ok((merges, partitions))
    }

    /// Hands what was decided about issues of old rules on to the groups of the new ones, so that it outlives the old
    /// events. What was merged stays merged: into what the new rules make of the same issue. Can be repeated.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn hand_decisions_on(
        &self,
        projects: &[u32],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !self.partitions(projects, now).await?.rules_changed() {
            return Ok(());
        }
        const COLUMNS: &str = "INSERT INTO issue_states (project_id, group_id, status, changed_at, ignored_until, ignored_events,
            release, known_releases, assignee, merged_into, version) ";
        let decided = Statement::new(COLUMNS)
            .sql(
                "SELECT p.project_id, p.group_id, s.status, s.changed_at, s.ignored_until, s.ignored_events, s.release,
                    s.known_releases, s.assignee, s.merged_into, s.version FROM (",
            )
            .then(by_rules(projects, now))
            .sql(") AS p INNER JOIN (SELECT * FROM issue_states FINAL WHERE project_id IN ")
            .bind(projects)
            .sql(
                ") AS s ON s.project_id = p.project_id AND s.group_id = p.previous
                LEFT JOIN (SELECT project_id, group_id, version FROM issue_states FINAL WHERE project_id IN ",
            )
            .bind(projects)
            .sql(
                ") AS own ON own.project_id = p.project_id AND own.group_id = p.group_id WHERE own.version < s.version",
            );
        let merged = Statement::new(COLUMNS)
            .sql(
                "SELECT s.project_id, s.group_id, s.status, s.changed_at, s.ignored_until, s.ignored_events, s.release,
                    s.known_releases, s.assignee, heir.into, s.version + 1 FROM
                (SELECT * FROM issue_states FINAL WHERE merged_into != 0 AND project_id IN ",
            )
            .bind(projects)
            .sql(") AS s INNER JOIN (SELECT project_id, previous, min(p.group_id) AS into FROM (")
            .then(by_rules(projects, now))
            .sql(
                ") AS p GROUP BY project_id, previous) AS heir ON heir.project_id = s.project_id
                    AND heir.previous = s.merged_into WHERE s.group_id != heir.into",
            );
        decided.query(&self.client).execute().await?;
        Ok(merged.query(&self.client).execute().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merged_group_is_shown_as_its_issue() {
        let [a, b, c, d] = [1, 2, 3, 4].map(IssueId::new);
        // 4 is what newer rules make of 3.
        let merges = Merges::new([(3, 1), (2, 1), (4, 3)].into(), [4].into(), true);
        assert_eq!((merges.root(b), merges.root(d), merges.root(a)), (a, a, a));
        assert_eq!(merges.members(a), [a, b, c, d]);
        assert!(merges.is_by_hand(c) && !merges.is_by_hand(d) && !merges.is_by_hand(a));
        assert_eq!(merges.members(IssueId::new(9)), [IssueId::new(9)]);
    }
}
