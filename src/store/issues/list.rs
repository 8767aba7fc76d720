//! Lists of issues, page by page.

use clickhouse::Row;
use serde::Deserialize;

use super::Issue;
use super::filter::Filter;
use super::overview::Families;
use super::place::{Partitions, of_projects};
use super::standing::Merges;
use crate::issues::search::Search;
use crate::issues::{IssueId, Sort, Status};
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// A list by newest event looks at the issues of these seconds before its first one, and at all only if they do not
/// fill the page. Of ten million events in thirty days a quarter of an hour has some 3,000.
const NEWEST_SECONDS: [i64; 2] = [900, 2 * 86_400];

/// What somebody wants to see.
pub struct Request<'a> {
    pub projects: &'a [u32],
    pub search: &'a Search,
    /// Number of the user who asks, for `assigned:me`; empty for a program.
    pub me: &'a str,
    pub sort: Sort,
    /// The last issue of the page before.
    pub after: Option<Cursor>,
    pub rows_max: u32,
}

/// A page of a list.
#[derive(Default)]
pub struct Listed {
    pub issues: Vec<Issue>,
    /// Where the next page begins, if there is one.
    pub next: Option<Cursor>,
}

/// A place in a list: what is sorted by, and a number that tells equal ones apart. Written as `value.number`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub(super) value: i64,
    pub(super) tie: u64,
}

impl Cursor {
    /// Reads what [`Self::to_string`](std::string::ToString) wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (value, tie) = text.split_once('.')?;
        Some(Self {
            value: value.parse().ok()?,
            tie: tie.parse().ok()?,
        })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.value, self.tie)
    }
}

/// An issue that was found, and how it stands.
#[derive(Row, Deserialize)]
struct Found {
    project: u32,
    issue: u64,
    sort_key: i64,
    last_seen: i64,
    status: String,
    regressed: bool,
}

impl Found {
    /// Its status, and whether it was resolved once and is back.
    fn standing(&self) -> (Status, bool) {
        let named = |status: &&Status| status.name() == self.status;
        let status = Status::ALL.iter().find(named);
        let status = status.copied().unwrap_or(Status::Unresolved);
        (status, self.regressed)
    }
}

/// Which rows of `issue_days` are looked at.
enum Extent {
    All,
    /// Those with an event of this moment or later, in which every issue is found that has events since, and when they
    /// expire.
    Since(Timestamp, Vec<u32>),
}

impl Store {
    /// One page of a list.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn issues(
        &self,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Result<Listed, StoreError> {
        let (merges, partitions) = self.merges_and_partitions(request.projects, now).await?;
        let woken = self.woken(request.projects, None, &merges, &partitions, now);
        let woken = woken.await?;
        let filter = Filter::new(request.search, request.projects, request.me);
        let mut extents = Vec::new();
        if request.sort == Sort::LastSeen && !filter.needs_totals && filter.events.is_none() {
            let newest = partitions.newest();
            let begin = request.after.map_or(newest, |cursor| {
                newest.min(Timestamp::from_millis(cursor.value))
            });
            let since = |seconds| Timestamp::from_seconds(begin.seconds() - seconds);
            let since = NEWEST_SECONDS.map(since);
            extents.extend(since.map(|time| Extent::Since(time, partitions.since(time))));
        }
        extents.push(Extent::All);
        let mut found = Vec::new();
        for extent in &extents {
            let statement = find(request, &filter, &merges, &woken, extent, now);
            found = self
                .fetch_rows::<Found>(statement.query(&self.client))
                .await?;
            if found.len() > request.rows_max as usize {
                break;
            }
        }
        let has_more = found.len() > request.rows_max as usize;
        found.truncate(request.rows_max as usize);
        let next = found.last().filter(|_| has_more).map(|last| Cursor {
            value: last.sort_key,
            tie: last.issue,
        });
        let issues = self.overviews(&found, &merges, &partitions, now).await?;
        Ok(Listed { issues, next })
    }

    /// Everything about the issues that were `found`, in the same order.
    async fn overviews(
        &self,
        found: &[Found],
        merges: &Merges,
        partitions: &Partitions,
        now: Timestamp,
    ) -> Result<Vec<Issue>, StoreError> {
        let last_seen = found.iter().map(|found| found.last_seen);
        let Some((oldest, newest)) = last_seen.clone().min().zip(last_seen.max()) else {
            return Ok(Vec::new());
        };
        let mut projects: Vec<u32> = found.iter().map(|found| found.project).collect();
        projects.sort_unstable();
        projects.dedup();
        let issues: Vec<IssueId> = found
            .iter()
            .map(|found| IssueId::new(found.issue))
            .collect();
        let families = Families::new(&projects, &issues, merges);
        let expiries = partitions.between(oldest, newest);
        let (counts, latest, mut states) = tokio::try_join!(
            self.counts(&families, now),
            self.latest(&families, &expiries),
            self.states(&projects, &issues)
        )?;
        let issue = |found: &Found| {
            let counts = counts.iter().find(|row| row.issue == found.issue)?;
            let latest = latest.iter().find(|row| row.issue == found.issue)?;
            let state = states.remove(&IssueId::new(found.issue));
            let state = state.unwrap_or_default();
            Some(Issue::new(counts, latest, state, found.standing(), merges))
        };
        Ok(found.iter().filter_map(issue).collect())
    }
}

/// Issues in order, with their status now.
fn find(
    request: &Request<'_>,
    filter: &Filter,
    merges: &Merges,
    woken: &[u64],
    extent: &Extent,
    now: Timestamp,
) -> Statement {
    let key = match request.sort {
        Sort::LastSeen => "last_seen",
        Sort::FirstSeen => "first_seen",
        Sort::Count => "toInt64(events)",
        Sort::Visitors => "toInt64(visitors)",
    };
    let mut found = Statement::new("SELECT project_id AS project, id AS issue, ")
        .sql(key)
        .sql(" AS sort_key, last_seen, status, regressed FROM (SELECT i.*, s.assignee AS assignee, has(")
        .bind(woken.to_vec())
        .sql(
            "::Array(UInt64), i.id) AS is_woken,
            (s.status = 'resolved' AND i.last_seen > toUnixTimestamp64Milli(s.changed_at))
                OR (s.status = 'resolved_in_next_release' AND is_woken) AS regressed,
            multiIf(
                regressed OR s.status = '', 'unresolved',
                s.status IN ('resolved', 'resolved_in_next_release'), 'resolved',
                s.status = 'ignored' AND NOT is_woken
                    AND (s.ignored_until = toDateTime(0) OR s.ignored_until > toDateTime(",
        )
        .bind(now.datetime())
        .sql(")), 'ignored', 'unresolved') AS status FROM (")
        .then(counted(request, filter, merges, extent, now))
        .sql(") AS i LEFT JOIN (
            SELECT project_id, group_id, status, changed_at, ignored_until, assignee FROM issue_states FINAL WHERE ")
        .then(of_projects(request.projects))
        .sql(") AS s ON s.project_id = i.project_id AND s.group_id = i.id) WHERE matched");
    if let Some(conditions) = &filter.issues {
        found = found.sql(" AND ").then(conditions.clone());
    }
    if let Some(cursor) = request.after {
        found = found
            .sql(" AND (sort_key, id) < (")
            .bind(cursor.value)
            .sql(", ")
            .bind(cursor.tie)
            .sql(")");
    }
    found
        .sql(" ORDER BY sort_key DESC, id DESC LIMIT ")
        .bind(request.rows_max + 1)
}

/// Issues with their counts, merged groups taken together.
fn counted(
    request: &Request<'_>,
    filter: &Filter,
    merges: &Merges,
    extent: &Extent,
    now: Timestamp,
) -> Statement {
    // Visitors are as dear as all other counts together.
    let (state, merged, final_count) = match request.sort {
        Sort::Visitors => (
            ", uniqCombinedMergeState(14)(visitors) AS v",
            ", uniqCombinedMerge(14)(v) AS visitors",
            ", uniqCombinedMerge(14)(visitors) AS visitors",
        ),
        _ => ("", "", ""),
    };
    let (totals, merged_totals) = match filter.needs_totals || request.sort != Sort::LastSeen {
        true => (
            ", sum(d.events) AS events, toUnixTimestamp64Milli(min(d.first_seen)) AS first_seen",
            ", sum(g.events) AS events, min(g.first_seen) AS first_seen",
        ),
        false => ("", ""),
    };
    let is_alone = merges.is_empty();
    // The number of a group is unique among all projects.
    let groups = Statement::new("SELECT any(d.project_id) AS project_id, d.group_id AS group_id")
        .sql(if is_alone { ", group_id AS id" } else { "" })
        .sql(", toUnixTimestamp64Milli(max(d.last_seen)) AS last_seen")
        .sql(totals)
        .sql(if is_alone { final_count } else { state })
        .then(matched(request, filter, now))
        .sql(" AS matched FROM issue_days AS d WHERE d.")
        .then(of_projects(request.projects))
        .sql(" AND d.expires_at > ")
        .bind(now.datetime());
    let groups = match extent {
        Extent::All => groups,
        Extent::Since(time, expiries) => groups
            .sql(" AND d.expires_at IN ")
            .bind(expiries.as_slice())
            .sql(" AND d.last_seen >= fromUnixTimestamp64Milli(")
            .bind(time.millis())
            .sql(", 'UTC')"),
    };
    let groups = groups.sql(" GROUP BY d.group_id");
    if is_alone {
        return groups;
    }
    Statement::new(
        "SELECT g.project_id AS project_id, if(m.merged_into = 0, g.group_id, m.merged_into) AS id,
            max(g.last_seen) AS last_seen",
    )
    .sql(merged_totals)
    .sql(merged)
    .sql(", max(g.matched) AS matched FROM (")
    .then(groups)
    .sql(") AS g LEFT JOIN (")
    .then(merges.pairs(request.projects, now))
    .sql(
        ") AS m ON m.project_id = g.project_id AND m.group_id = g.group_id GROUP BY project_id, id",
    )
}

/// Whether a group has an event as it is searched for.
fn matched(request: &Request<'_>, filter: &Filter, now: Timestamp) -> Statement {
    match &filter.events {
        None => Statement::new(", true"),
        Some(conditions) => {
            Statement::new(", d.group_id IN (SELECT group_id FROM error_events WHERE ")
                .then(of_projects(request.projects))
                .sql(" AND expires_at > ")
                .bind(now.datetime())
                .sql(" AND ")
                .then(conditions.clone())
                .sql(")")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back() {
        let cursor = Cursor {
            value: 1_795_374_000_000,
            tie: u64::MAX,
        };
        assert_eq!(Cursor::parse(&cursor.to_string()), Some(cursor));
        for wrong in ["", "1", "1.", "a.1", "1.-1", "1.2.3"] {
            assert_eq!(Cursor::parse(wrong), None);
        }
    }
}
