//! What is near an issue: others of the same type or with much the same words, and the pages where it happens.

use clickhouse::Row;
use serde::Deserialize;

use super::Issue;
use super::facets::newest;
use super::overview::{Families, Latest};
use super::place::numbers;
use crate::issues::IssueId;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// Issues or pages that are shown.
const ROWS_MAX: u32 = 8;

/// Groups among which they are looked for, as several may be one issue.
const GROUPS_MAX: u32 = 64;

/// Another issue with the same type of exception, or with a message alike.
pub struct Similar {
    pub id: IssueId,
    pub latest: Latest,
    pub events: u64,
}

#[derive(Row, Deserialize)]
struct BusyRow {
    group_id: u64,
    events: u64,
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
    /// Issues like this one, and the pages where it happens.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn around(
        &self,
        issue: &Issue,
        now: Timestamp,
    ) -> Result<(Vec<Similar>, Vec<PageUse>), StoreError> {
        tokio::try_join!(self.similar(issue, now), self.pages_of(issue, now))
    }

    /// Issues of the same project that have events of the same type, or without a type with much the same words, the
    /// busiest first, as their last event shows them.
    async fn similar(&self, issue: &Issue, now: Timestamp) -> Result<Vec<Similar>, StoreError> {
        let projects = [issue.project.get()];
        let (merges, partitions) = self.merges_and_partitions(&projects, now).await?;
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
        .sql(" GROUP BY group_id")
        .then(having_its_words(&issue.latest))
        .sql(" ORDER BY events DESC, group_id LIMIT ")
        .bind(GROUPS_MAX);
        let groups = busiest.query(&self.client);
        let groups = self.fetch_rows::<BusyRow>(groups).await?;
        let mut issues: Vec<(IssueId, u64)> = Vec::new();
        for BusyRow { group_id, events } in groups {
            let root = merges.root(IssueId::new(group_id));
            match issues.iter_mut().find(|(id, _)| *id == root) {
                Some((_, all)) => *all += events,
                None => issues.push((root, events)),
            }
        }
        issues.sort_by_key(|(_, events)| std::cmp::Reverse(*events));
        issues.truncate(ROWS_MAX as usize);
        // Texts are dear: only those of the few that are shown are read.
        let shown: Vec<IssueId> = issues.iter().map(|(id, _)| *id).collect();
        let families = Families::new(&projects, &shown, &merges);
        let expiries = partitions.since(Timestamp::from_seconds(0));
        let texts = self.latest(&families, &expiries).await?;
        let similar = issues.into_iter().filter_map(|(id, events)| {
            let text = texts.iter().find(|text| text.issue == id.get())?;
            Some(Similar {
                id,
                latest: text.columns(),
                events,
            })
        });
        Ok(similar.collect())
    }

    /// The pages of the newest events, with how often they were viewed meanwhile.
    async fn pages_of(&self, issue: &Issue, now: Timestamp) -> Result<Vec<PageUse>, StoreError> {
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

/// Without a type the words decide: of all that two texts have, at least half must be in both. Numbers are none.
fn having_its_words(latest: &Latest) -> Statement {
    if !latest.exception_type.is_empty() {
        return Statement::default();
    }
    let words = |text: Statement| {
        Statement::new("arrayDistinct(arrayFilter(word -> NOT match(word, '[0-9]'), splitByNonAlpha(lowerUTF8(")
            .then(text)
            .sql("))))")
    };
    let own = match latest.message.as_str() {
        "" => latest.exception_value.as_str(),
        message => message,
    };
    Statement::new(" HAVING 2 * length(arrayIntersect(")
        .then(words(Statement::new("any(if(message = '', exception_value, message))")))
        .sql(" AS theirs, ")
        .then(words(Statement::new("").bind(own)))
        .sql(" AS ours) AS common) >= length(arrayDistinct(arrayConcat(theirs, ours))) AND notEmpty(common)")
}

/// Newest events whose page is looked for: it stands only in the payload, which is large.
const PAGE_EVENTS_MAX: u32 = 500;
