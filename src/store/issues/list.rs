//! Lists of issues, page by page.

use clickhouse::Row;
use serde::Deserialize;

use super::Issue;
use super::filter::Filter;
use super::standing::Merges;
use crate::issues::search::Search;
use crate::issues::{IssueId, Sort, Status};
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// A list by newest event first looks at this many days before it looks at all. Most pages are full by then, with a
/// fifteenth of the rows.
const NEWEST_DAYS: i64 = 2;
const DAY_SECONDS: i64 = 86_400;

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
pub(super) struct Found {
    pub project: u32,
    pub issue: u64,
    sort_key: i64,
    pub status: String,
    pub regressed: bool,
}

impl Found {
    pub fn status(&self) -> Status {
        let named = |status: &&Status| status.name() == self.status;
        let status = Status::ALL.iter().find(named);
        status.copied().unwrap_or(Status::Unresolved)
    }
}

/// Which rows of `issue_days` are looked at.
enum Extent<'a> {
    All,
    /// Those of this moment and later, in which every issue is found that has events since.
    Since(Timestamp),
    /// Those of one issue.
    Issue(&'a [IssueId]),
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
        let merges = self.merges(request.projects, now).await?;
        let woken = self.woken(request.projects, None, &merges, now).await?;
        let filter = Filter::new(request.search, request.me);
        let begin = request
            .after
            .map_or(now, |cursor| Timestamp::from_millis(cursor.value));
        let is_newest_first =
            request.sort == Sort::LastSeen && !filter.needs_totals && filter.events.is_none();
        let mut found = Vec::new();
        if is_newest_first {
            let since = Timestamp::from_seconds(begin.seconds() - (NEWEST_DAYS - 1) * DAY_SECONDS);
            let statement = find(
                request,
                &filter,
                &merges,
                &woken,
                &Extent::Since(since),
                now,
            );
            found = self
                .fetch_rows::<Found>(statement.query(&self.client))
                .await?;
        }
        if found.len() <= request.rows_max as usize {
            let statement = find(request, &filter, &merges, &woken, &Extent::All, now);
            found = self
                .fetch_rows::<Found>(statement.query(&self.client))
                .await?;
        }
        let has_more = found.len() > request.rows_max as usize;
        found.truncate(request.rows_max as usize);
        let next = found.last().filter(|_| has_more).map(|last| Cursor {
            value: last.sort_key,
            tie: last.issue,
        });
        let issues = self.overviews(&found, &merges, now).await?;
        Ok(Listed { issues, next })
    }

    /// One issue, by the number of any of its groups; `None` if none of its events is left.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn issue(
        &self,
        projects: &[u32],
        id: IssueId,
        now: Timestamp,
    ) -> Result<Option<Issue>, StoreError> {
        let merges = self.merges(projects, now).await?;
        let root = merges.root(id);
        let woken = self.woken(projects, Some(root), &merges, now).await?;
        let members = merges.members(root);
        let request = Request {
            projects,
            search: &Search::default(),
            me: "",
            sort: Sort::LastSeen,
            after: None,
            rows_max: 1,
        };
        let filter = Filter::new(request.search, request.me);
        let extent = Extent::Issue(&members);
        let statement = find(&request, &filter, &merges, &woken, &extent, now);
        let found = self
            .fetch_rows::<Found>(statement.query(&self.client))
            .await?;
        let issues = self.overviews(&found, &merges, now).await?;
        Ok(issues.into_iter().next())
    }
}

/// Issues in order, with their status now.
fn find(
    request: &Request<'_>,
    filter: &Filter,
    merges: &Merges,
    woken: &[u64],
    extent: &Extent<'_>,
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
        .sql(" AS sort_key, status, regressed FROM (SELECT i.*, s.assignee AS assignee, has(")
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
        .sql(") AS i LEFT JOIN (SELECT * FROM issue_states FINAL WHERE project_id IN ")
        .bind(request.projects)
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
    extent: &Extent<'_>,
    now: Timestamp,
) -> Statement {
    // Visitors are as dear as all other counts together.
    let (state, merged, final_count) = match request.sort {
        Sort::Visitors => (
            ", uniqMergeState(visitors) AS v",
            ", uniqMerge(v) AS visitors",
            ", uniqMerge(visitors) AS visitors",
        ),
        _ => ("", "", ""),
    };
    let is_alone = merges.is_empty();
    let groups = Statement::new("SELECT project_id, group_id")
        .sql(if is_alone { " AS id" } else { "" })
        .sql(
            ", sum(d.events) AS events, toUnixTimestamp64Milli(min(d.first_seen)) AS first_seen,
            toUnixTimestamp64Milli(max(d.last_seen)) AS last_seen",
        )
        .sql(if is_alone { final_count } else { state })
        .then(matched(request, filter, now))
        .sql(" AS matched FROM issue_days AS d WHERE project_id IN ")
        .bind(request.projects)
        .sql(" AND expires_at > ")
        .bind(now.datetime());
    let groups = match extent {
        Extent::All => groups,
        Extent::Since(time) => groups
            .sql(" AND day >= toDate(toDateTime(")
            .bind(time.datetime())
            .sql(", 'UTC'))"),
        Extent::Issue(members) => {
            let members: Vec<u64> = members.iter().map(|member| member.get()).collect();
            groups.sql(" AND group_id IN ").bind(members)
        }
    };
    let groups = groups.sql(" GROUP BY project_id, group_id");
    if is_alone {
        return groups;
    }
    Statement::new(
        "SELECT g.project_id AS project_id, if(m.merged_into = 0, g.group_id, m.merged_into) AS id,
            sum(g.events) AS events, min(g.first_seen) AS first_seen, max(g.last_seen) AS last_seen",
    )
    .sql(merged)
    .sql(", max(g.matched) AS matched FROM (")
    .then(groups)
    .sql(") AS g LEFT JOIN (")
    .then(merges.pairs(request.projects, now))
    .sql(") AS m ON m.project_id = g.project_id AND m.group_id = g.group_id GROUP BY project_id, id")
}

/// Whether a group has an event as it is searched for.
fn matched(request: &Request<'_>, filter: &Filter, now: Timestamp) -> Statement {
    match &filter.events {
        None => Statement::new(", true"),
        Some(conditions) => {
            Statement::new(", group_id IN (SELECT group_id FROM error_events WHERE project_id IN ")
                .bind(request.projects)
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
