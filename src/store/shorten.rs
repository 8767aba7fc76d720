//! A shorter retention holds for what is stored already.
//!
//! The moment at which a row expires is also its partition, which cannot be changed. So rows that a project may no longer
//! keep are deleted by a mutation, which rewrites their parts without them, and get a receipt like all deletions.

use super::registry::ListedProject;
use super::retention::{Planned, Receipt, expiring_tables};
use super::{Store, StoreError};
use crate::limits::RETENTION_HOURS_MAX;
use crate::retention::Retention;
use crate::time::Timestamp;

/// What operators did to an issue; nothing that a visitor sent.
const OF_OPERATORS: &str = "issue_activity";

/// When the oldest content of a row was received, as an expression; of counts the end of their hour.
pub(crate) fn age_of(table: &str) -> &'static str {
    match table {
        "sessions" | "outcomes" => "hour + INTERVAL 1 HOUR",
        "issue_days" | "release_days" => "first_seen",
        OF_OPERATORS => "at",
        _ => "received_at",
    }
}

impl ListedProject {
    /// The longest time that anything a visitor sent is kept, in hours.
    pub fn hours_max(&self) -> u32 {
        let kinds = ["analytics_events", "error_events", "logs"];
        let hours = kinds.map(|table| self.hours_in(table));
        hours.into_iter().max().unwrap_or(self.retention_hours)
    }

    /// How many hours its rows in `table` are kept.
    pub fn hours_in(&self, table: &str) -> u32 {
        let whole = Retention::try_from(self.retention_hours).unwrap_or_default();
        let retention = &self.settings.retention;
        let own = match table {
            OF_OPERATORS => return RETENTION_HOURS_MAX,
            "analytics_events" => retention.analytics_hours,
            "error_events" | "issue_days" | "release_days" => retention.errors_hours,
            _ => retention.telemetry_hours,
        };
        own.within(whole).hours()
    }
}

impl Store {
    /// Deletes what projects keep for a shorter time than they did when it came, with a receipt for each project and table.
    ///
    /// # Errors
    /// If ClickHouse does not answer; what was not deleted is found again the next time.
    pub async fn enforce_shorter_retention(
        &self,
        now: Timestamp,
    ) -> Result<Vec<Receipt>, StoreError> {
        let mut receipts = Vec::new();
        for project in self.projects().await? {
            for table in expiring_tables() {
                if project.hours_in(table) < project.retention_hours
                    && let Some(receipt) = self.shorten(&project, table, now).await?
                {
                    receipts.push(receipt);
                }
            }
        }
        Ok(receipts)
    }

    async fn shorten(
        &self,
        project: &ListedProject,
        table: &'static str,
        now: Timestamp,
    ) -> Result<Option<Receipt>, StoreError> {
        let (id, hours) = (project.id, project.hours_in(table));
        let before = now.datetime().saturating_sub(hours * 3_600);
        let past = format!(
            "project_id = {id} AND {} < toDateTime({before}, 'UTC')",
            age_of(table)
        );
        let left = format!("SELECT count() FROM {table} WHERE {past}");
        let rows = self.number(&left).await?;
        if rows == 0 {
            return Ok(None);
        }
        self.change(&format!("ALTER TABLE {table} DELETE WHERE {past}"))
            .await?;
        // The parts from before the mutation hold the rows until they leave the disk.
        let outdated = format!(
            "SELECT count() FROM system.parts WHERE database = '{}' AND table = '{table}' AND NOT active AND rows > 0
                AND modification_time <= toDateTime({})",
            self.database,
            now.datetime()
        );
        let receipt = Receipt {
            planned: Planned {
                table,
                partition_id: format!("project {id}, older than {hours} h"),
                rows,
                bytes: 0,
            },
            parts_left: self.parts_gone(table, &outdated).await?,
            rows_left: self.number(&left).await?,
        };
        self.keep_receipt(&receipt, now).await?;
        Ok(Some(receipt))
    }
}
