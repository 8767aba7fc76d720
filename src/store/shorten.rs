//! A shorter retention holds for what is stored already.
//!
//! The moment at which a row expires is also its partition, which cannot be changed. So rows that a project may no longer
//! keep are deleted by a mutation, which rewrites their parts without them, and get a receipt like all deletions.

use super::registry::ListedProject;
use super::retention::{PROOF_ATTEMPTS, PROOF_INTERVAL, Receipt};
use super::{Store, StoreError};
use crate::privacy::Table;
use crate::store::retention::Planned;
use crate::time::Timestamp;

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
            for &table in Table::ALL {
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
        table: Table,
        now: Timestamp,
    ) -> Result<Option<Receipt>, StoreError> {
        let (name, id, hours) = (table.name(), project.id, project.hours_in(table));
        let before = now.datetime().saturating_sub(hours * 3_600);
        let past = format!(
            "project_id = {id} AND {} < toDateTime({before}, 'UTC')",
            table.time_column()
        );
        let rows = self
            .count(&format!("SELECT count() FROM {name} WHERE {past}"))
            .await?;
        if rows == 0 {
            return Ok(None);
        }
        self.execute(&format!(
            "ALTER TABLE {name} DELETE WHERE {past} SETTINGS mutations_sync = 2"
        ))
        .await?;
        let mut receipt = Receipt {
            planned: Planned {
                table,
                partition_id: format!("project {id}, older than {hours} h"),
                rows,
                bytes: 0,
            },
            parts_left: 0,
            rows_left: 0,
        };
        // The parts from before the mutation hold the rows until they leave the disk.
        let outdated = format!(
            "SELECT count() FROM system.parts WHERE database = '{}' AND table = '{name}' AND NOT active AND rows > 0
                AND modification_time <= toDateTime({})",
            self.database,
            now.datetime()
        );
        for _ in 0..PROOF_ATTEMPTS {
            receipt.rows_left = self
                .count(&format!("SELECT count() FROM {name} WHERE {past}"))
                .await?;
            receipt.parts_left = self.count(&outdated).await?;
            if receipt.is_proven() {
                break;
            }
            tokio::time::sleep(PROOF_INTERVAL).await;
        }
        self.keep_receipt(&receipt, now).await?;
        Ok(Some(receipt))
    }

    async fn count(&self, statement: &str) -> Result<u64, StoreError> {
        let text = self.fetch_text(self.client.query(statement)).await?;
        text.trim().parse().map_err(|_| StoreError::Unexpected)
    }
}
