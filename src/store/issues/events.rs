//! Events of an issue, and single events.

use clickhouse::Row;
use serde::Deserialize;

use super::list::Cursor;
use super::place::{few_rows, numbers, of_projects};
use super::{Issue, title};
use crate::privacy::EventId;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// An event as lists show it: columns of `error_events`.
#[derive(Row, Deserialize)]
pub struct EventRow {
    pub event_id: String,
    pub group_id: u64,
    /// Milliseconds since 1970.
    pub received_at: i64,
    /// For the cursor: events of one millisecond are told apart by their ids.
    tie: u64,
    pub exception_type: String,
    pub exception_value: String,
    pub message: String,
    pub culprit: String,
    pub level: String,
    pub release: String,
    pub environment: String,
    pub browser: String,
    pub browser_major: u16,
    pub system: String,
    pub country: String,
}

/// A whole event.
#[derive(Row, Deserialize)]
pub struct Event {
    pub project_id: u32,
    pub group_id: u64,
    pub event_id: String,
    /// Milliseconds since 1970.
    pub received_at: i64,
    /// Milliseconds since 1970.
    pub occurred_at: i64,
    tie: u64,
    pub client_ip: String,
    pub country: String,
    pub browser: String,
    pub browser_major: u16,
    pub system: String,
    pub device: String,
    pub exception_type: String,
    pub exception_value: String,
    pub message: String,
    pub culprit: String,
    /// What decided the group: `fingerprint`, `stack`, `exception`, `template` or `message`.
    pub grouping_basis: String,
    /// What the crashes of the group have in common.
    pub grouping_key: String,
    /// Path, rule, count.
    pub remarks: Vec<(String, String, u16)>,
    pub payload: String,
}

const TIE: &str = "sipHash64(event_id) AS tie";

const ROW: &str = "toString(event_id) AS event_id, group_id, toUnixTimestamp64Milli(received_at) AS received_at,
    toString(exception_type) AS exception_type, exception_value, message, culprit, toString(level) AS level,
    toString(release) AS release, toString(environment) AS environment, toString(browser) AS browser, browser_major,
    toString(system) AS system, toString(country) AS country";

const WHOLE: &str = "project_id, group_id, toString(event_id) AS event_id,
    toUnixTimestamp64Milli(received_at) AS received_at, toUnixTimestamp64Milli(occurred_at) AS occurred_at,
    client_ip, toString(country) AS country, toString(browser) AS browser, browser_major, toString(system) AS system,
    toString(device) AS device, toString(exception_type) AS exception_type, exception_value, message, culprit,
    toString(grouping_basis) AS grouping_basis, grouping_key,
    arrayMap(remark -> (remark.path, toString(remark.rule), remark.count), error_events.remarks) AS remarks, payload";

/// Which way from a place in the list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Older,
    Newer,
}

impl Event {
    /// What broke, in one line, else where; empty if neither is known.
    pub fn title(&self) -> String {
        title(
            &self.exception_type,
            &self.exception_value,
            &self.message,
            &self.culprit,
        )
    }

    /// Where it stands among the events of its issue.
    pub const fn place(&self) -> Cursor {
        Cursor {
            value: self.received_at,
            tie: self.tie,
        }
    }
}

impl EventRow {
    /// Where it stands among the events of its issue.
    pub const fn place(&self) -> Cursor {
        Cursor {
            value: self.received_at,
            tie: self.tie,
        }
    }
}

impl Store {
    /// Events of an issue next to `from`: the newest, or those on one side of a place, the nearest first.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn events_of(
        &self,
        issue: &Issue,
        from: Option<(Side, Cursor)>,
        rows_max: u32,
        now: Timestamp,
    ) -> Result<Vec<EventRow>, StoreError> {
        let expiries = expiries(issue, from, rows_max, now);
        let statement = Statement::new("SELECT ")
            .sql(ROW)
            .sql(", ")
            .sql(TIE)
            .sql(" FROM error_events WHERE ")
            .then(of_issue(issue))
            .sql(" AND expires_at IN ")
            .bind(expiries.as_slice());
        let statement = beside(statement, from).bind(rows_max);
        self.fetch_rows(few_rows(&statement, self)).await
    }

    /// The id of the event of an issue that is next to a place.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn neighbour(
        &self,
        issue: &Issue,
        side: Side,
        place: Cursor,
        now: Timestamp,
    ) -> Result<Option<String>, StoreError> {
        let from = Some((side, place));
        let expiries = expiries(issue, from, 1, now);
        let statement = Statement::new("SELECT event_id FROM (SELECT event_id, ")
            .sql(TIE)
            .sql(" FROM error_events WHERE ")
            .then(of_issue(issue))
            .sql(" AND expires_at IN ")
            .bind(expiries.as_slice());
        let statement = beside(statement, from).bind(1u32).sql(")");
        let text = self.fetch_text(few_rows(&statement, self)).await?;
        let id = text.trim();
        Ok((!id.is_empty()).then(|| id.to_owned()))
    }

    /// One event of these projects; `None` if there is none, or no longer.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn event(
        &self,
        projects: &[u32],
        id: EventId,
        now: Timestamp,
    ) -> Result<Option<Event>, StoreError> {
        self.one_event(of_projects(projects), &id.to_string(), now)
            .await
    }

    /// One event of an issue, which is found without looking at those of others; the newest without looking at earlier days.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn event_of(
        &self,
        issue: &Issue,
        id: Option<EventId>,
        now: Timestamp,
    ) -> Result<Option<Event>, StoreError> {
        let of_issue = of_issue(issue);
        let Some(id) = id else {
            let expiries = expiries(issue, None, 1, now);
            let newest = of_issue.sql(" AND expires_at IN ").bind(&*expiries);
            return self.one_event(newest, &issue.latest.event_id, now).await;
        };
        self.one_event(of_issue, &id.to_string(), now).await
    }

    async fn one_event(
        &self,
        place: Statement,
        id: &str,
        now: Timestamp,
    ) -> Result<Option<Event>, StoreError> {
        let statement = Statement::new("SELECT ")
            .sql(WHOLE)
            .sql(", ")
            .sql(TIE)
            .sql(" FROM error_events WHERE ")
            .then(place)
            .sql(" AND expires_at > ")
            .bind(now.datetime())
            .sql(" AND error_events.event_id = ")
            .bind(id)
            .sql(" ORDER BY received_at DESC LIMIT 1");
        let query = statement
            .query(&self.client)
            .with_setting("max_threads", "1");
        let rows = self.fetch_rows::<Event>(query).await?;
        Ok(rows.into_iter().next())
    }
}

/// Ends a statement so that it finds the events next to `from`, the nearest first, as many as follow.
fn beside(statement: Statement, from: Option<(Side, Cursor)>) -> Statement {
    let Some((side, place)) = from else {
        return statement.sql(" ORDER BY received_at DESC, tie DESC LIMIT ");
    };
    let (sign, order) = match side {
        Side::Older => (" < ", " ORDER BY received_at DESC, tie DESC LIMIT "),
        Side::Newer => (" > ", " ORDER BY received_at, tie LIMIT "),
    };
    statement
        .sql(" AND (toUnixTimestamp64Milli(error_events.received_at), tie)")
        .sql(sign)
        .sql("(")
        .bind(place.value)
        .sql(", ")
        .bind(place.tie)
        .sql(")")
        .sql(order)
}

/// The rows of an issue.
pub(super) fn of_issue(issue: &Issue) -> Statement {
    Statement::new("project_id = ")
        .bind(issue.project.get())
        .sql(" AND group_id IN ")
        .bind(numbers(&issue.members))
}

/// When the nearest `rows_max` events expire: the partitions that have to be looked at.
pub(super) fn expiries(
    issue: &Issue,
    from: Option<(Side, Cursor)>,
    rows_max: u32,
    now: Timestamp,
) -> Vec<u32> {
    const DAY_MILLIS: i64 = 86_400_000;
    let day = |place: Cursor| u16::try_from(place.value.div_euclid(DAY_MILLIS)).unwrap_or(u16::MAX);
    let mut buckets = issue.buckets.clone();
    match from {
        Some((Side::Newer, place)) => buckets.retain(|bucket| bucket.day >= day(place)),
        Some((Side::Older, place)) => {
            buckets.retain(|bucket| bucket.day <= day(place));
            buckets.reverse();
        }
        None => buckets.reverse(),
    }
    let (mut wanted, mut seen, mut last_day) = (Vec::new(), 0, None);
    let first_day = buckets.first().map(|bucket| bucket.day);
    for bucket in buckets {
        if seen >= u64::from(rows_max) && last_day != Some(bucket.day) {
            break;
        }
        // Of the first day, which events are on the right side is not known.
        seen += if from.is_some() && first_day == Some(bucket.day) {
            0
        } else {
            bucket.events
        };
        last_day = Some(bucket.day);
        if bucket.expires_at > now.datetime() {
            wanted.push(bucket.expires_at);
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted
}
