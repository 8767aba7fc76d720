//! What was refused, by project, SDK and reason: counts in the table `outcomes`, beside those that clients report.

use std::sync::Arc;

use clickhouse::Row;
use serde::Deserialize;

use super::statement::Statement;
use super::{Store, StoreError};
use crate::outcome::Refusal;
use crate::registry::Project;
use crate::time::Timestamp;

/// Refusals, or what clients discarded, since the oldest that is kept.
#[derive(Row, Deserialize)]
pub struct RefusalCount {
    pub project_id: u32,
    /// `server`, or `client` for what an SDK discarded by itself.
    pub source: String,
    /// Name of a kind; a client's own word for it, from a closed set.
    pub category: String,
    pub reason: String,
    pub sdk: String,
    pub quantity: u64,
    /// Seconds since 1970: the beginning of the hour in which it happened last.
    pub last_hour: u32,
}

const ROWS_MAX: u32 = 500;

impl Store {
    /// Adds refusals of these projects, received until `now`.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn write_refusals(
        &self,
        refusals: &[(Arc<Project>, Refusal, u64)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let hour = now.datetime() - now.datetime() % 3_600;
        let rows = refusals.iter().map(|(project, refusal, count)| {
            Statement::default()
                .bind(project.id.get())
                .sql(", ")
                .bind(hour)
                .sql(", ")
                .bind(project.retention.expires_at(now))
                .sql(", 'server', ")
                .bind(refusal.kind.name())
                .sql(", ")
                .bind(refusal.reason.name())
                .sql(", ")
                .bind(refusal.sdk.name())
                .sql(", ")
                .bind(*count)
        });
        let Some(rows) = Statement::joined(rows, ", ") else {
            return Ok(());
        };
        let insert = Statement::new(
            "INSERT INTO outcomes (project_id, hour, expires_at, source, category, reason, sdk, quantity) VALUES ",
        );
        let query = insert.then(rows).query(&self.client);
        // Projects have many different retentions.
        let query = query.with_setting("max_partitions_per_insert_block", "0");
        Ok(query.execute().await?)
    }

    /// What was refused of these projects, the most first.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn refusals(
        &self,
        projects: &[u32],
        now: Timestamp,
    ) -> Result<Vec<RefusalCount>, StoreError> {
        let statement = Statement::new(
            "SELECT project_id, toString(source) AS source, toString(category) AS category, toString(reason) AS reason,
                toString(sdk) AS sdk, sum(o.quantity) AS quantity, toUnixTimestamp(max(hour)) AS last_hour
            FROM outcomes AS o WHERE project_id IN ",
        )
        .bind(projects)
        .sql(" AND expires_at > ")
        .bind(now.datetime())
        .sql(
            " GROUP BY project_id, source, category, reason, sdk
            ORDER BY quantity DESC, project_id, source, category, reason, sdk LIMIT ",
        )
        .bind(ROWS_MAX);
        self.fetch_rows(statement.query(&self.client)).await
    }
}
