//! What arrived lately, for the live page.

use clickhouse::Row;
use serde::Deserialize;

use super::{Store, StoreError};
use crate::registry::ProjectId;
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

impl Store {
    /// The newest hits of one project, or of all.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn recent_hits(
        &self,
        project: Option<ProjectId>,
        now: Timestamp,
    ) -> Result<Vec<RecentHit>, StoreError> {
        let query = "SELECT formatDateTime(received_at, '%F %T') AS time, project_id, kind,
                multiIf(kind = 'event', concat(event_category, ' · ', event_action, ' · ', event_name), kind = 'ping', path,
                    title != '', concat(host, path, ' — ', title), concat(host, path)) AS what,
                client_ip, country, browser, system,
                toUInt64(arraySum(mapValues(scrubbed))) AS scrubbed
            FROM analytics_events
            WHERE expires_at > ? AND received_at > toDateTime(?) - INTERVAL 1 DAY AND (? = 0 OR project_id = ?)
            ORDER BY received_at DESC LIMIT ?";
        let id = project.map_or(0, ProjectId::get);
        Ok(self
            .client
            .query(query)
            .bind(now.datetime())
            .bind(now.datetime())
            .bind(id)
            .bind(id)
            .bind(RECENT_ROWS)
            .fetch_all()
            .await?)
    }

    /// The newest crashes of one project, or of all.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn recent_crashes(
        &self,
        project: Option<ProjectId>,
        now: Timestamp,
    ) -> Result<Vec<RecentCrash>, StoreError> {
        let query = "SELECT formatDateTime(received_at, '%F %T') AS time, project_id, level,
                if(exception_type = '', message, concat(exception_type, ': ', exception_value)) AS title,
                culprit, release, client_ip, toUInt64(arraySum(mapValues(scrubbed))) AS scrubbed
            FROM error_events
            WHERE expires_at > ? AND received_at > toDateTime(?) - INTERVAL 1 DAY AND (? = 0 OR project_id = ?)
            ORDER BY received_at DESC LIMIT ?";
        let id = project.map_or(0, ProjectId::get);
        Ok(self
            .client
            .query(query)
            .bind(now.datetime())
            .bind(now.datetime())
            .bind(id)
            .bind(id)
            .bind(RECENT_ROWS)
            .fetch_all()
            .await?)
    }
}
