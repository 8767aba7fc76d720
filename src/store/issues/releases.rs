//! Releases and environments of whole projects.

use clickhouse::Row;
use serde::Deserialize;

use super::place::{few_rows, of_projects};
use crate::limits::KNOWN_RELEASES_MAX;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

#[derive(Row, Deserialize)]
struct Name {
    name: String,
}

impl Store {
    /// The releases of these projects, the one that appeared last first.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn releases(
        &self,
        projects: &[u32],
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        self.names("release", "min(first_seen) DESC", projects, now)
            .await
    }

    /// The environments of these projects, the busiest first.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn environments(
        &self,
        projects: &[u32],
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        self.names("environment", "sum(events) DESC", projects, now)
            .await
    }

    async fn names(
        &self,
        column: &str,
        order: &str,
        projects: &[u32],
        now: Timestamp,
    ) -> Result<Vec<String>, StoreError> {
        let statement = Statement::new("SELECT toString(")
            .sql(column)
            .sql(") AS name FROM release_days WHERE name != '' AND ")
            .then(of_projects(projects))
            .sql(" AND expires_at > ")
            .bind(now.datetime())
            .sql(" GROUP BY name ORDER BY ")
            .sql(order)
            .sql(", name LIMIT ")
            .bind(KNOWN_RELEASES_MAX);
        let rows = self.fetch_rows::<Name>(few_rows(&statement, self)).await?;
        Ok(rows.into_iter().map(|row| row.name).collect())
    }
}
