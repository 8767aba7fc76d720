//! How an issue's events are spread: over releases, environments, browsers, tags, pages and hours. Asked of its newest
//! events, so that an issue with millions opens as fast as one with ten.

use clickhouse::Row;
use serde::Deserialize;

use super::Issue;
use super::events::{expiries, of_issue};
use crate::limits::FACET_EVENTS_MAX;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// A value of a field or tag, and how often it occurs.
#[derive(Row, Deserialize)]
pub struct Facet {
    /// A field by its search name, or a tag with `tag.` before it.
    pub name: String,
    pub value: String,
    pub events: u64,
}

/// A release in which an issue occurs.
#[derive(Row, Deserialize)]
pub struct ReleaseUse {
    pub release: String,
    pub events: u64,
    /// Milliseconds since 1970.
    pub first_seen: i64,
    /// Milliseconds since 1970.
    pub last_seen: i64,
}

const FIELDS: &str = "[('release', toString(release)), ('environment', toString(environment)),
    ('level', toString(level)), ('browser', if(browser = '', '', concat(browser, ' ', toString(browser_major)))),
    ('os', toString(system)), ('device', toString(device)), ('country', toString(country)),
    ('transaction', transaction), ('logger', toString(logger)),
    ('sdk', if(sdk_name = '', '', concat(sdk_name, ' ', sdk_version)))]";

/// Values of each field or tag that are shown.
const VALUES_MAX: u32 = 5;
/// Fields and tags that are shown, times [`VALUES_MAX`].
const FACETS_MAX: u32 = 200;

impl Store {
    /// The commonest values of each field and tag, the field's commonest first.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn facets(&self, issue: &Issue, now: Timestamp) -> Result<Vec<Facet>, StoreError> {
        let statement = Statement::new(
            "SELECT pair.1 AS name, pair.2 AS value, count() AS events FROM (
                SELECT arrayJoin(arrayConcat(fields, arrayMap(
                    (name, value) -> (concat('tag.', name), value), mapKeys(tags), mapValues(tags)))) AS pair
                FROM (SELECT received_at, tags, ",
        )
        .sql(FIELDS)
        .sql(" AS fields FROM error_events WHERE ")
        .then(newest(issue, FACET_EVENTS_MAX, now))
        .sql(")) WHERE value != '' GROUP BY name, value ORDER BY name, events DESC, value LIMIT ")
        .bind(VALUES_MAX)
        .sql(" BY name LIMIT ")
        .bind(FACETS_MAX);
        let query = statement
            .query(&self.client)
            .with_setting("max_threads", "1");
        self.fetch_rows(query).await
    }

    /// The releases in which an issue occurs, the newest first.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn releases_of(
        &self,
        issue: &Issue,
        now: Timestamp,
    ) -> Result<Vec<ReleaseUse>, StoreError> {
        const RELEASES_MAX: u32 = 20;
        let statement = Statement::new(
            "SELECT toString(release) AS release, count() AS events,
                toUnixTimestamp64Milli(min(received_at)) AS first_seen,
                toUnixTimestamp64Milli(max(received_at)) AS last_seen
            FROM (SELECT release, received_at FROM error_events WHERE release != '' AND ",
        )
        .then(newest(issue, FACET_EVENTS_MAX, now))
        .sql(") GROUP BY release ORDER BY first_seen DESC LIMIT ")
        .bind(RELEASES_MAX);
        let query = statement
            .query(&self.client)
            .with_setting("max_threads", "1");
        self.fetch_rows(query).await
    }
}

/// The newest events of an issue.
pub(super) fn newest(issue: &Issue, rows_max: u32, now: Timestamp) -> Statement {
    let expiries = expiries(issue, None, rows_max, now);
    of_issue(issue)
        .sql(" AND expires_at IN ")
        .bind(expiries.as_slice())
        .sql(" ORDER BY received_at DESC LIMIT ")
        .bind(rows_max)
}
