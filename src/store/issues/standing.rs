//! What cannot be read off an issue's own row: which groups are shown as one, and which issues their events have
//! brought back.

use std::collections::HashMap;

use clickhouse::Row;
use serde::Deserialize;

use crate::issues::IssueId;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// Groups that are shown as part of another one.
#[derive(Default)]
pub struct Merges {
    /// From a group to the issue it is shown as.
    into: HashMap<u64, u64>,
}

impl Merges {
    /// The issue that a group is shown as.
    pub fn root(&self, group: IssueId) -> IssueId {
        IssueId::new(*self.into.get(&group.get()).unwrap_or(&group.get()))
    }

    /// All groups of an issue, its own first.
    pub fn members(&self, issue: IssueId) -> Vec<IssueId> {
        let root = issue.get();
        let merged = self.into.iter().filter(|(_, into)| **into == root);
        let mut merged: Vec<u64> = merged.map(|(group, _)| *group).collect();
        merged.sort_unstable();
        let all = std::iter::once(root).chain(merged);
        all.map(IssueId::new).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.into.is_empty()
    }
}

#[derive(Row, Deserialize)]
struct MergeRow {
    group_id: u64,
    merged_into: u64,
}

/// Numbers of a release, so that 1.10 is newer than 1.9. Empty if it does not begin with a number.
const NUMBERS: &str = "arrayMap(n -> toUInt64OrZero(n), splitByChar('.',
    extract(substring({release}, position({release}, '@') + 1), '^v{0,1}([0-9]+([.][0-9]+)*)')))";

impl Store {
    /// The merged groups of these projects.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn merges(&self, projects: &[u32]) -> Result<Merges, StoreError> {
        let statement = Statement::new(
            "SELECT group_id, merged_into FROM issue_states FINAL WHERE merged_into != 0 AND project_id IN ",
        );
        let rows = self
            .fetch_rows::<MergeRow>(statement.bind(projects).query(&self.client))
            .await?;
        let into = rows.into_iter().map(|row| (row.group_id, row.merged_into));
        Ok(Merges {
            into: into.collect(),
        })
    }

    /// Issues that were ignored until more events came, or resolved in the next release, and whose events have
    /// brought them back.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub(super) async fn woken(
        &self,
        projects: &[u32],
        now: Timestamp,
    ) -> Result<Vec<u64>, StoreError> {
        let numbers = |release: &str| NUMBERS.replace("{release}", release);
        let sleeping = "SELECT project_id, group_id AS issue, status, changed_at, ignored_events, release, known_releases
            FROM issue_states FINAL
            WHERE merged_into = 0 AND (status = 'resolved_in_next_release' OR (status = 'ignored' AND ignored_events > 0))
                AND project_id IN ";
        let members =
            "SELECT project_id, group_id, if(merged_into = 0, group_id, merged_into) AS issue
            FROM issue_states FINAL WHERE project_id IN ";
        let statement = Statement::new("WITH sleeping AS (")
            .sql(sleeping)
            .bind(projects)
            .sql("), members AS (")
            .sql(members)
            .bind(projects)
            .sql(
                "), watched AS (
                    SELECT m.project_id AS project_id, m.group_id AS group_id, s.issue AS issue, s.status AS status,
                        s.changed_at AS changed_at, s.ignored_events AS ignored_events,
                        s.release AS old_release, s.known_releases AS known_releases
                    FROM members AS m INNER JOIN sleeping AS s ON s.project_id = m.project_id AND s.issue = m.issue
                )
                SELECT w.issue FROM error_events AS e
                INNER JOIN watched AS w ON w.project_id = e.project_id AND w.group_id = e.group_id
                WHERE (e.project_id, e.group_id) IN (SELECT project_id, group_id FROM watched)
                    AND e.received_at > w.changed_at AND e.expires_at > ",
            )
            .bind(now.datetime())
            .sql(" GROUP BY w.issue HAVING any(w.ignored_events > 0 AND w.status = 'ignored') AND count() >= any(w.ignored_events)
                OR any(w.status = 'resolved_in_next_release') AND countIf(e.release != '' AND NOT has(w.known_releases, e.release) AND NOT (")
            .sql(&numbers("e.release"))
            .sql(" < ")
            .sql(&numbers("w.old_release"))
            .sql(")) > 0");
        let query = statement.query(&self.client);
        let text = self.fetch_text(query).await?;
        let ids = text.lines().map(|line| line.parse().ok());
        ids.collect::<Option<_>>().ok_or(StoreError::Unexpected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_merged_group_is_shown_as_its_issue() {
        let [a, b, c] = [1, 2, 3].map(IssueId::new);
        let merges = Merges {
            into: [(3, 1), (2, 1)].into(),
        };
        assert_eq!((merges.root(b), merges.root(a)), (a, a));
        assert_eq!(merges.members(a), [a, b, c]);
        assert_eq!(merges.members(IssueId::new(9)), [IssueId::new(9)]);
    }
}
