//! What arrived lately, for the live page.

use clickhouse::Row;
use clickhouse::query::Query;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{QUESTION_TIMEOUT, Store, StoreError};
use crate::registry::{ProjectId, Scope};
use crate::time::Timestamp;

/// Rows of each kind that the live page shows.
const RECENT_ROWS: u8 = 20;

/// A hit that arrived.
#[derive(Row, Deserialize)]
pub struct RecentHit {
    pub time: String,
    pub project_id: u32,
    pub kind: String,
    pub what: String,
    pub client_ip: String,
    pub country: String,
    pub browser: String,
    pub system: String,
    pub scrubbed: u64,
}

/// A crash that arrived.
#[derive(Row, Deserialize)]
pub struct RecentCrash {
    pub time: String,
    pub project_id: u32,
    pub level: String,
    pub title: String,
    pub culprit: String,
    pub release: String,
    pub client_ip: String,
    pub scrubbed: u64,
}

/// A row that somebody waits for.
pub enum WantedRow {
    Hit { title: String },
    Crash { event_id: String },
}

const HITS: &str = "
    SELECT formatDateTime(received_at, '%F %T') AS time, project_id, kind,
        multiIf(
            kind = 'event', concat(event_category, ' · ', event_action, ' · ', event_name),
            kind = 'ping' OR title = '', concat(host, path),
            concat(host, path, ' — ', title)) AS what,
        client_ip, country, browser, system,
        toUInt64(arraySum(mapValues(scrubbed))) AS scrubbed
    FROM analytics_events";

const CRASHES: &str = "
    SELECT formatDateTime(received_at, '%F %T') AS time, project_id, level,
        if(exception_type = '', message, concat(exception_type, ': ', exception_value)) AS title,
        culprit, release, client_ip,
        toUInt64(arraySum(mapValues(scrubbed))) AS scrubbed
    FROM error_events";

impl Store {
    /// The newest hits of the last day, of the projects in `scope`.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn recent_hits(
        &self,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Vec<RecentHit>, StoreError> {
        Ok(self.recent(HITS, scope, now).fetch_all().await?)
    }

    /// The newest crashes of the last day, of the projects in `scope`.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn recent_crashes(
        &self,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<Vec<RecentCrash>, StoreError> {
        Ok(self.recent(CRASHES, scope, now).fetch_all().await?)
    }

    /// How many hits and crashes of the last day are stored, of the projects in `scope`.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn recent_counts(
        &self,
        scope: &Scope,
        now: Timestamp,
    ) -> Result<(u64, u64), StoreError> {
        let count = async |table: &str| {
            let query = format!(
                "SELECT count() FROM {table} WHERE expires_at > ? AND received_at > toDateTime(?) - INTERVAL 1 DAY
                    AND (empty(?) OR has(?, project_id))"
            );
            let query = self.client.query(&query).bind(now.datetime());
            let query = query.bind(now.datetime()).bind(scope.numbers());
            let text = self.fetch_text(query.bind(scope.numbers())).await?;
            text.trim().parse().map_err(|_| StoreError::Unexpected)
        };
        Ok((
            count("analytics_events").await?,
            count("error_events").await?,
        ))
    }

    /// One stored row as it is, column by column: the hit with this title, or the crash with this number. None while it
    /// has not arrived.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn stored_row(
        &self,
        project: ProjectId,
        row: &WantedRow,
        now: Timestamp,
    ) -> Result<Option<Map<String, Value>>, StoreError> {
        let (table, column, value) = match row {
            WantedRow::Hit { title } => ("analytics_events", "title", title),
            WantedRow::Crash { event_id } => ("error_events", "event_id", event_id),
        };
        let query = format!(
            "SELECT * FROM {table} WHERE project_id = ? AND {column} = ? AND expires_at > ? LIMIT 1"
        );
        let query = self.client.query(&query).bind(project.get()).bind(value);
        let reading = async {
            let mut cursor = query.bind(now.datetime()).fetch_bytes("JSONEachRow")?;
            Ok::<_, StoreError>(cursor.collect().await?)
        };
        let reading = tokio::time::timeout(QUESTION_TIMEOUT, reading).await;
        let line = reading.map_err(|_| StoreError::TimedOut)??;
        if line.is_empty() {
            return Ok(None);
        }
        let row = serde_json::from_slice(&line);
        row.map(Some).map_err(|_| StoreError::Unexpected)
    }

    fn recent(&self, select: &str, scope: &Scope, now: Timestamp) -> Query {
        let numbers = scope.numbers();
        let query = format!(
            "{select} WHERE expires_at > ? AND received_at > toDateTime(?) - INTERVAL 1 DAY
                AND (empty(?) OR has(?, project_id))
            ORDER BY received_at DESC LIMIT ?"
        );
        let query = self
            .client
            .query(&query)
            .bind(now.datetime())
            .bind(now.datetime());
        query.bind(&numbers).bind(&numbers).bind(RECENT_ROWS)
    }
}
