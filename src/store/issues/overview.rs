//! What is known of an issue at a glance, as lists and its page show it.

use clickhouse::Row;
use serde::Deserialize;

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
pub(super) struct CountRow {
    pub issue: u64,
    project: u32,
    events: u64,
    visitors: u64,
    first_seen: i64,
    last_seen: i64,
    buckets: Vec<(u16, u32, u64)>,
    /// When the last event expires: the partition that it is in.
    pub latest_expires_at: u32,
}

#[derive(Row, Deserialize)]
pub(super) struct LatestRow {
    pub issue: u64,
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
    any(d.project_id) AS project, sum(d.events) AS events, uniqCombinedMerge(14)(d.visitors) AS visitors,
    toUnixTimestamp64Milli(min(d.first_seen)) AS first_seen, toUnixTimestamp64Milli(max(d.last_seen)) AS last_seen,
    arraySort(groupArray((toUInt16(toDate(d.last_seen)), toUInt32(d.expires_at), d.events))) AS buckets,
    toUnixTimestamp(argMax(d.expires_at, d.last_seen)) AS latest_expires_at";

const LATEST: &str = "
    toString(tupleElement(argMaxMerge(d.latest) AS l, 'event_id')) AS event_id, toString(l.level) AS level, toString(l.exception_type) AS exception_type,
    l.exception_value AS exception_value, l.message AS message, l.culprit AS culprit,
    toString(l.release) AS release, toString(l.platform) AS platform";

impl Latest {
    /// What broke, in one line, else where; empty if neither is known.
    pub fn title(&self) -> String {
        title(
            &self.exception_type,
            &self.exception_value,
            &self.message,
            &self.culprit,
        )
    }
}

/// What broke, in one line, else where; empty if neither is known.
pub fn title(kind: &str, value: &str, message: &str, culprit: &str) -> String {
    match (kind.trim(), first_line(value)) {
        ("", "") => [first_line(message), first_line(culprit)]
            .into_iter()
            .find(|line| !line.is_empty())
            .unwrap_or_default()
            .to_owned(),
        ("", value) => value.to_owned(),
        (kind, "") => kind.to_owned(),
        (kind, value) => format!("{kind}: {value}"),
    }
}

/// The first line that says anything.
fn first_line(text: &str) -> &str {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// Issues, each with the groups that it is made of.
pub(super) struct Families {
    projects: Vec<u32>,
    /// Of each member its issue, at the same place.
    roots: Vec<u64>,
    members: Vec<u64>,
}

impl Families {
    pub fn new(projects: &[u32], issues: &[IssueId], merges: &Merges) -> Self {
        let families = issues.iter().map(|issue| {
            let members = merges.members(*issue);
            members
                .into_iter()
                .map(|member| (issue.get(), member.get()))
        });
        let (roots, members) = families.flatten().unzip();
        Self {
            projects: projects.to_vec(),
            roots,
            members,
        }
    }

    /// Columns of their rows, taken together by issue.
    fn select(&self, columns: &str, extent: Statement) -> Statement {
        Statement::new("SELECT transform(group_id, ")
            .bind(self.members.clone())
            .sql("::Array(UInt64), ")
            .bind(self.roots.clone())
            .sql("::Array(UInt64), group_id) AS issue,")
            .sql(columns)
            .sql(" FROM issue_days AS d WHERE ")
            .then(of_projects(&self.projects))
            .sql(" AND group_id IN ")
            .bind(self.members.clone())
            .sql(" AND expires_at ")
            .then(extent)
            .sql(" GROUP BY issue")
    }
}

impl Store {
    /// What was counted of these issues.
    pub(super) async fn counts(
        &self,
        families: &Families,
        now: Timestamp,
    ) -> Result<Vec<CountRow>, StoreError> {
        let extent = Statement::new("> ").bind(now.datetime());
        let statement = families.select(COUNTS, extent);
        self.fetch_rows(few_rows(&statement, self)).await
    }

    /// The last events of these issues, which are among those that expire then: their texts are dear to read.
    pub(super) async fn latest(
        &self,
        families: &Families,
        expiries: &[u32],
    ) -> Result<Vec<LatestRow>, StoreError> {
        let extent = Statement::new("IN ").bind(expiries);
        let statement = families.select(LATEST, extent);
        self.fetch_rows(few_rows(&statement, self)).await
    }
}

impl Issue {
    /// Puts together what was asked one beside the other.
    pub(super) fn new(
        counts: &CountRow,
        latest: &LatestRow,
        state: State,
        (status, is_regressed): (Status, bool),
        merges: &Merges,
    ) -> Self {
        let id = IssueId::new(counts.issue);
        let members = merges.members(id);
        let by_hand = members.iter().filter(|member| merges.is_by_hand(**member));
        Self {
            id,
            project: ProjectId::new(counts.project),
            merged: by_hand.copied().collect(),
            members,
            status,
            is_regressed,
            state,
            events: counts.events,
            visitors: counts.visitors,
            first_seen: Timestamp::from_millis(counts.first_seen),
            last_seen: counts.last_seen(),
            buckets: counts.buckets(),
            latest: latest.columns(),
        }
    }
}

impl CountRow {
    pub fn last_seen(&self) -> Timestamp {
        Timestamp::from_millis(self.last_seen)
    }

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
    pub fn columns(&self) -> Latest {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_line_that_says_anything() {
        for (kind, value, message, culprit, expected) in [
            ("E", "\n a\nb", "", "", "E: a"),
            ("E", " ", "m", "", "E"),
            ("", "", "\r\n\nlost\n", "c", "lost"),
            ("", "", "", "shop in total", "shop in total"),
            ("", "", "", "", ""),
        ] {
            let latest = Latest {
                event_id: String::new(),
                level: String::new(),
                exception_type: kind.to_owned(),
                exception_value: value.to_owned(),
                message: message.to_owned(),
                culprit: culprit.to_owned(),
                release: String::new(),
                platform: String::new(),
            };
            assert_eq!(latest.title(), expected);
        }
    }
}
