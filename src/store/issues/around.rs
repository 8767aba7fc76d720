//! What is near an issue: others of the same type, and the pages where it happens.

use clickhouse::Row;
use serde::Deserialize;

use super::Issue;
use super::facets::newest;
use super::place::{few_rows, numbers};
use crate::issues::IssueId;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// Issues or pages that are shown.
const ROWS_MAX: u32 = 8;

/// Another issue with the same type of exception.
pub struct Similar {
    group_id: u64,
    pub title: String,
    pub culprit: String,
    pub events: u64,
}

#[derive(Row, Deserialize)]
struct BusyRow {
    group_id: u64,
    events: u64,
}

#[derive(Row, Deserialize)]
struct TextRow {
    group_id: u64,
    title: String,
    culprit: String,
}

impl Similar {
    /// Its number.
    pub const fn id(&self) -> IssueId {
        IssueId::new(self.group_id)
    }
}

/// A page where an issue happens.
#[derive(Row, Deserialize)]
pub struct PageUse {
    /// Host and path, as page views have them.
    pub page: String,
    pub crashes: u64,
    /// Page views of it since the day on which the issue was first seen: the view comes before the crash.
    pub views: u64,
    /// Visitors among them.
    pub visitors: u64,
}

impl Store {
    /// Issues of the same project that have events of the same type, the busiest first, in words of their last event.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn similar(&self, issue: &Issue, now: Timestamp) -> Result<Vec<Similar>, StoreError> {
        if issue.latest.exception_type.is_empty() {
            return Ok(Vec::new());
        }
        let busiest = Statement::new(
            "SELECT group_id, count() AS events FROM error_events WHERE project_id = ",
        )
        .bind(issue.project.get())
        .sql(" AND expires_at > ")
        .bind(now.datetime())
        .sql(" AND exception_type = ")
        .bind(issue.latest.exception_type.as_str())
        .sql(" AND group_id NOT IN ")
        .bind(numbers(&issue.members))
        .sql(" GROUP BY group_id ORDER BY events DESC, group_id LIMIT ")
        .bind(ROWS_MAX);
        let busiest = busiest.query(&self.client);
        let busiest = self.fetch_rows::<BusyRow>(busiest).await?;
        // Texts are dear: only those of the few that are shown are read.
        let shown: Vec<u64> = busiest.iter().map(|row| row.group_id).collect();
        let texts = Statement::new(
            "SELECT group_id, tupleElement(argMaxMerge(d.latest) AS last, 'exception_value') AS title,
                last.culprit AS culprit FROM issue_days AS d WHERE project_id = ",
        )
        .bind(issue.project.get())
        .sql(" AND expires_at > ")
        .bind(now.datetime())
        .sql(" AND group_id IN ")
        .bind(shown)
        .sql(" GROUP BY group_id");
        let texts = self.fetch_rows::<TextRow>(few_rows(&texts, self)).await?;
        let similar = busiest
            .into_iter()
            .filter_map(|BusyRow { group_id, events }| {
                let text = texts.iter().find(|text| text.group_id == group_id)?;
                Some(Similar {
                    group_id,
                    title: text.title.clone(),
                    culprit: text.culprit.clone(),
                    events,
                })
            });
        Ok(similar.collect())
    }

    /// The pages of the newest events, with how often they were viewed meanwhile.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn pages_of(
        &self,
        issue: &Issue,
        now: Timestamp,
    ) -> Result<Vec<PageUse>, StoreError> {
        let statement = Statement::new(
            "SELECT c.page AS page, c.crashes AS crashes, v.views AS views, v.visitors AS visitors FROM (
                SELECT concat(netloc(url), path(url)) AS page, count() AS crashes FROM (
                    SELECT JSONExtractString(payload, 'request', 'url') AS url FROM error_events WHERE ",
        )
        .then(newest(issue, PAGE_EVENTS_MAX, now))
        .sql(") WHERE url != '' GROUP BY page ORDER BY crashes DESC, page LIMIT ")
        .bind(ROWS_MAX)
        .sql(
            ") AS c LEFT JOIN (
                SELECT concat(host, path) AS page, count() AS views, uniq(visitor_id) AS visitors
                FROM analytics_events WHERE kind = 'pageview' AND project_id = ",
        )
        .bind(issue.project.get())
        .sql(" AND expires_at > ")
        .bind(now.datetime())
        .sql(" AND received_at >= toStartOfDay(fromUnixTimestamp64Milli(")
        .bind(issue.first_seen.millis())
        .sql(", 'UTC')) GROUP BY page) AS v ON v.page = c.page ORDER BY crashes DESC, page");
        self.fetch_rows(statement.query(&self.client)).await
    }
}

/// Newest events whose page is looked for: it stands only in the payload, which is large.
const PAGE_EVENTS_MAX: u32 = 500;
