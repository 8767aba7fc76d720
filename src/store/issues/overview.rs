//! An issue as lists show it.

use clickhouse::Row;
use serde::Deserialize;

use super::list::Found;
use super::place::{few_rows, of_projects};
use super::standing::Merges;
use crate::issues::decision::State;
use crate::issues::{IssueId, Status};
use crate::registry::ProjectId;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// An issue, with its counts and how it stands.
pub struct Issue {
    pub id: IssueId,
    pub project: ProjectId,
    /// The groups that it is made of, its own first.
    pub members: Vec<IssueId>,
    /// Those that somebody merged into it.
    pub merged: Vec<IssueId>,
    pub status: Status,
    /// Resolved once, and back.
    pub is_regressed: bool,
    pub state: State,
    pub events: u64,
    pub visitors: u64,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// Its events by day, ascending, without days of none.
    pub buckets: Vec<Bucket>,
    pub latest: Latest,
}

/// Events of one day that expire together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Days since 1970.
    pub day: u16,
    /// Seconds since 1970.
    pub expires_at: u32,
    pub events: u64,
}

/// Columns of an issue's last event.
#[derive(Clone, Deserialize)]
pub struct Latest {
    pub event_id: String,
    pub level: String,
    pub exception_type: String,
    pub exception_value: String,
    pub message: String,
    pub culprit: String,
    pub release: String,
    pub platform: String,
}

#[derive(Row, Deserialize)]
struct CountRow {
    issue: u64,
    events: u64,
    visitors: u64,
    first_seen: i64,
    last_seen: i64,
    buckets: Vec<(u16, u32, u64)>,
    /// When the last event expires: the partition that it is in.
    latest_expires_at: u32,
}

#[derive(Row, Deserialize)]
struct LatestRow {
    issue: u64,
    event_id: String,
    level: String,
    exception_type: String,
    exception_value: String,
    message: String,
    culprit: String,
    release: String,
    platform: String,
}

const COUNTS: &str = "
    uniqCombinedMerge(14)(d.visitors) AS visitors, sum(d.events) AS events,
    toUnixTimestamp64Milli(min(d.first_seen)) AS first_seen, toUnixTimestamp64Milli(max(d.last_seen)) AS last_seen,
    arraySort(groupArray((toUInt16(toDate(d.last_seen)), toUInt32(d.expires_at), d.events))) AS buckets,
    toUnixTimestamp(argMax(d.expires_at, d.last_seen)) AS latest_expires_at";

const LATEST: &str = "
    toString(tupleElement(argMaxMerge(d.latest) AS l, 'event_id')) AS event_id, toString(l.level) AS level, toString(l.exception_type) AS exception_type,
    l.exception_value AS exception_value, l.message AS message, l.culprit AS culprit,
    toString(l.release) AS release, toString(l.platform) AS platform";

impl Latest {
    /// What broke, in one line.
    pub fn title(&self) -> String {
        title(&self.exception_type, &self.exception_value, &self.message)
    }
}

/// What broke, in one line.
pub fn title(kind: &str, value: &str, message: &str) -> String {
    let first_line = |text: &str| text.lines().next().unwrap_or_default().to_owned();
    match (kind, value) {
        ("", "") => first_line(message),
        ("", value) => first_line(value),
        (kind, "") => kind.to_owned(),
        (kind, value) => format!("{kind}: {}", first_line(value)),
    }
}

impl Store {
    /// Everything about the issues that were `found`, in the same order.
    pub(super) async fn overviews(
        &self,
        found: &[Found],
        merges: &Merges,
        now: Timestamp,
    ) -> Result<Vec<Issue>, StoreError> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let mut projects: Vec<u32> = found.iter().map(|found| found.project).collect();
        projects.sort_unstable();
        projects.dedup();
        let issues: Vec<u64> = found.iter().map(|found| found.issue).collect();
        let families = found.iter().map(|found| {
            let members = merges.members(IssueId::new(found.issue));
            members
                .into_iter()
                .map(|member| (member.get(), found.issue))
        });
        let (members, roots): (Vec<u64>, Vec<u64>) = families.flatten().unzip();
        let of_issues = |columns: &str| {
            Statement::new("SELECT transform(group_id, ")
                .bind(members.clone())
                .sql("::Array(UInt64), ")
                .bind(roots.clone())
                .sql("::Array(UInt64), group_id) AS issue,")
                .sql(columns)
                .sql(" FROM issue_days AS d WHERE ")
                .then(of_projects(&projects))
                .sql(" AND group_id IN ")
                .bind(members.clone())
        };
        let query = |statement: Statement| few_rows(&statement.sql(" GROUP BY issue"), self);
        let counts = of_issues(COUNTS)
            .sql(" AND expires_at > ")
            .bind(now.datetime());
        let (rows, states) = tokio::try_join!(
            self.fetch_rows::<CountRow>(query(counts)),
            self.states(&projects, &issues)
        )?;
        // The texts of events are dear to read. Those of the last ones are in one partition or two.
        let mut expiries: Vec<u32> = rows.iter().map(|row| row.latest_expires_at).collect();
        expiries.sort_unstable();
        expiries.dedup();
        let latest = of_issues(LATEST)
            .sql(" AND expires_at IN ")
            .bind(expiries.as_slice());
        let latest = self.fetch_rows::<LatestRow>(query(latest)).await?;
        let issue = |found: &Found| {
            let row = rows.iter().find(|row| row.issue == found.issue)?;
            let latest = latest.iter().find(|latest| latest.issue == found.issue)?;
            let id = IssueId::new(found.issue);
            let members = merges.members(id);
            let by_hand = members.iter().filter(|member| merges.is_by_hand(**member));
            Some(Issue {
                id,
                project: ProjectId::new(found.project),
                merged: by_hand.copied().collect(),
                members,
                status: found.status(),
                is_regressed: found.regressed,
                state: states.get(&id).cloned().unwrap_or_default(),
                events: row.events,
                visitors: row.visitors,
                first_seen: Timestamp::from_millis(row.first_seen),
                last_seen: Timestamp::from_millis(row.last_seen),
                buckets: row.buckets(),
                latest: latest.columns(),
            })
        };
        Ok(found.iter().filter_map(issue).collect())
    }
}

impl CountRow {
    /// Parts that have not been merged yet, and merged groups, have several rows for a day.
    fn buckets(&self) -> Vec<Bucket> {
        let mut buckets: Vec<Bucket> = Vec::new();
        for &(day, expires_at, events) in &self.buckets {
            match buckets.last_mut() {
                Some(last) if last.day == day && last.expires_at == expires_at => {
                    last.events += events;
                }
                _ => buckets.push(Bucket {
                    day,
                    expires_at,
                    events,
                }),
            }
        }
        buckets
    }
}

impl LatestRow {
    fn columns(&self) -> Latest {
        Latest {
            event_id: self.event_id.clone(),
            level: self.level.clone(),
            exception_type: self.exception_type.clone(),
            exception_value: self.exception_value.clone(),
            message: self.message.clone(),
            culprit: self.culprit.clone(),
            release: self.release.clone(),
            platform: self.platform.clone(),
        }
    }
}
