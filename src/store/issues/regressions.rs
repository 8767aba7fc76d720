//! Which resolved issues have come back, added to their trails by Mayfly itself: with the event that brought them back, whoever
//! sees it first and whenever that is.

use clickhouse::Row;
use serde::Deserialize;

use super::Actor;
use super::place::{Partitions, few_rows, numbers, of_projects};
use super::standing::Merges;
use super::woken::{is_next, watched};
use crate::issues::IssueId;
use crate::issues::decision::{ActivityKind, Trace};
use crate::registry::ProjectId;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

#[derive(Row, Deserialize)]
struct Resolved {
    project: u32,
    issue: u64,
    /// Whether it waits for a release.
    waits: bool,
}

/// The event that brought an issue back.
#[derive(Row, Deserialize)]
struct Reopener {
    release: String,
    /// In milliseconds since 1970.
    at: i64,
}

impl Store {
    /// Adds to the trails which issues have come back by events since `since`, unless that is there already: all issues of the
    /// projects, or some of them. Returns which.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn notice_regressions(
        &self,
        projects: &[u32],
        among: Option<&[IssueId]>,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<IssueId>, StoreError> {
        // What two see at the same time is noted once.
        let _one_by_one = self.deciding.lock().await;
        let (merges, partitions) = self.merges_and_partitions(projects, now).await?;
        let expiries = partitions.since(since);
        if expiries.is_empty() {
            return Ok(Vec::new());
        }
        let pairs = merges.pairs(projects, now);
        let found = with_events(projects, among, &pairs, since, &expiries);
        let mut found = self.fetch_rows::<Resolved>(few_rows(&found, self)).await?;
        if found.iter().any(|issue| issue.waits) {
            let one = among.and_then(|among| match among {
                [one] => Some(*one),
                _ => None,
            });
            let woken = self.woken(projects, one, &merges, &partitions, now).await?;
            found.retain(|row| !row.waits || woken.contains(&row.issue));
        }
        let mut noticed = Vec::new();
        for Resolved { project, issue, .. } in found {
            let reopener = self.reopener(project, issue, &merges, &partitions, now);
            let Some(Reopener { release, at }) = reopener.await? else {
                continue;
            };
            let issue = IssueId::new(issue);
            let trace = Trace {
                kind: ActivityKind::Regressed,
                detail: release,
            };
            let (trail, at) = ([(issue, trace)], Timestamp::from_millis(at).min(now));
            self.write_trail(ProjectId::new(project), &trail, &Actor::mayfly(), at)
                .await?;
            noticed.push(issue);
        }
        Ok(noticed)
    }

    /// The first event that an issue's decision did not allow for.
    async fn reopener(
        &self,
        project: u32,
        issue: u64,
        merges: &Merges,
        partitions: &Partitions,
        now: Timestamp,
    ) -> Result<Option<Reopener>, StoreError> {
        let pairs = merges.pairs(&[project], now);
        let all = partitions.since(Timestamp::from_seconds(0));
        let first = watched(&[project], vec![issue], &pairs, now)
            .sql(
                "SELECT toString(e.release) AS release, toUnixTimestamp64Milli(e.received_at) AS at FROM error_events AS e
                INNER JOIN watched AS w ON w.project_id = e.project_id AND w.group_id = e.group_id
                WHERE (e.project_id, e.group_id) IN (SELECT project_id, group_id FROM watched)
                    AND e.received_at > w.changed_at AND e.expires_at IN ",
            )
            .bind(&all[..])
            .sql(" AND (w.status = 'resolved' OR w.status = 'resolved_in_next_release' AND ")
            .sql(&is_next("toString(e.release)"))
            .sql(") ORDER BY e.received_at LIMIT 1");
        let rows = self.fetch_rows(first.query(&self.client)).await?;
        Ok(rows.into_iter().next())
    }
}

/// Resolved issues that have events since they were resolved, some of them since `since`, and no word of it in their trail.
fn with_events(
    projects: &[u32],
    among: Option<&[IssueId]>,
    pairs: &Statement,
    since: Timestamp,
    expiries: &[u32],
) -> Statement {
    let resolved = Statement::new(
        "SELECT project_id, group_id, status, changed_at FROM issue_states FINAL
        WHERE merged_into = 0 AND status IN ('resolved', 'resolved_in_next_release') AND ",
    )
    .then(of_projects(projects));
    let resolved = match among {
        None => resolved,
        Some(among) => resolved.sql(" AND group_id IN ").bind(numbers(among)),
    };
    Statement::new("WITH quiet AS (SELECT s.project_id AS project_id, s.group_id AS issue, s.status AS status, s.changed_at AS changed_at FROM (")
        .then(resolved)
        .sql(
            ") AS s LEFT JOIN (SELECT project_id, group_id, max(issue_activity.at) AS noted FROM issue_activity WHERE kind = 'regressed' AND ",
        )
        .then(of_projects(projects))
        .sql(
            " GROUP BY project_id, group_id) AS n ON n.project_id = s.project_id AND n.group_id = s.group_id
            WHERE n.noted <= s.changed_at), members AS (
            SELECT project_id, issue AS group_id, issue, status, changed_at FROM quiet
            UNION ALL SELECT q.project_id, p.group_id, q.issue, q.status, q.changed_at FROM (",
        )
        .then(pairs.clone())
        .sql(
            ") AS p INNER JOIN quiet AS q ON q.project_id = p.project_id AND q.issue = p.merged_into)
            SELECT DISTINCT m.project_id AS project, m.issue AS issue, m.status = 'resolved_in_next_release' AS waits
            FROM issue_days AS d INNER JOIN members AS m ON m.project_id = d.project_id AND m.group_id = d.group_id
            WHERE (d.project_id, d.group_id) IN (SELECT project_id, group_id FROM members)
                AND d.last_seen > m.changed_at AND d.last_seen > fromUnixTimestamp64Milli(",
        )
        .bind(since.millis())
        .sql(") AND d.expires_at IN ")
        .bind(expiries)
}
