//! Deletion that happens and is proven: plan, drop, verify, receipt.
//!
//! A partition holds the rows that expire together, so it is dropped whole. ClickHouse's own TTL is only the backstop:
//! it acts in merges, when it gets round to it.

use std::time::Duration;

use super::{Store, StoreError};
use crate::privacy::Table;
use crate::registry::ProjectId;
use crate::time::Timestamp;

/// Dropped parts leave the disk within `old_parts_lifetime` (1 s); proof is sought for this long.
const PROOF_ATTEMPTS: u32 = 40;
const PROOF_INTERVAL: Duration = Duration::from_millis(500);

/// Receipts that are listed at a time; SQL has all of them.
const RECEIPTS_MAX: u32 = 1_000;
/// Moments at which something expires that are listed at a time.
const PLANS_MAX: u32 = 60;

/// What expires at one moment.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, clickhouse::Row)]
pub struct ComingDeletion {
    /// Seconds since 1970.
    pub expires_at: u32,
    pub tables: u64,
    pub rows: u64,
    pub bytes: u64,
}

/// What the store itself derives from sealed rows or writes beside them. Same promise, same partitions.
const DERIVED: &[&str] = &["issue_days", "release_days", "issue_activity"];

/// Every table whose rows expire: it has a column `expires_at` and is partitioned by it.
pub fn expiring_tables() -> impl Iterator<Item = &'static str> {
    let sealed = Table::ALL.iter().map(|table| table.name());
    sealed.chain(DERIVED.iter().copied())
}

/// A partition whose rows have all expired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub table: &'static str,
    pub partition_id: String,
    pub rows: u64,
    pub bytes: u64,
}

/// What was planned, and what is left of it. Zero is the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub planned: Planned,
    /// Parts on disk, active, inactive or detached.
    pub parts_left: u64,
    /// Rows that a query still finds.
    pub rows_left: u64,
}

/// A receipt as it is kept.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize, clickhouse::Row)]
pub struct KeptReceipt {
    /// Seconds since 1970.
    pub deleted_at: u32,
    pub table_name: String,
    pub partition_id: String,
    pub rows: u64,
    pub bytes: u64,
    pub parts_left: u64,
    pub rows_left: u64,
}

impl Receipt {
    /// Whether nothing is left.
    pub const fn is_proven(&self) -> bool {
        self.parts_left == 0 && self.rows_left == 0
    }
}

impl Store {
    /// Deletes everything whose time is up at `now` and keeps a receipt for each partition.
    ///
    /// # Errors
    /// If ClickHouse does not answer; what was not deleted is planned again the next time.
    pub async fn enforce_retention(&self, now: Timestamp) -> Result<Vec<Receipt>, StoreError> {
        let mut receipts = Vec::new();
        let mut failed = None;
        // One partition that cannot be dropped does not keep the others.
        for planned in self.plan_deletions(now).await? {
            match self.delete_partition(planned, now).await {
                Ok(receipt) => receipts.push(receipt),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(receipts), Err)
    }

    /// Drops one partition, proves that nothing is left of it, and keeps the receipt.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn delete_partition(
        &self,
        planned: Planned,
        now: Timestamp,
    ) -> Result<Receipt, StoreError> {
        self.drop_partition(&planned).await?;
        let receipt = self.prove(planned).await?;
        self.keep_receipt(&receipt, now).await?;
        Ok(receipt)
    }

    /// The partitions that hold rows of a probe and of nobody else.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn plan_probe_deletion(&self, probe: ProjectId) -> Result<Vec<Planned>, StoreError> {
        let mut plan = Vec::new();
        for table in expiring_tables() {
            let statement = format!(
                "SELECT _partition_id, count() FROM {table} GROUP BY _partition_id
                HAVING countIf(project_id = {probe}) = count() AND count() > 0"
            );
            for row in self.evidence(&statement).await? {
                let [partition_id, rows] = row.try_into().map_err(|_| StoreError::Unexpected)?;
                plan.push(Planned {
                    table,
                    partition_id,
                    rows: rows.parse().map_err(|_| StoreError::Unexpected)?,
                    bytes: 0,
                });
            }
        }
        Ok(plan)
    }

    /// Every expired partition of every table, whether its parts are active, inactive or detached.
    async fn plan_deletions(&self, now: Timestamp) -> Result<Vec<Planned>, StoreError> {
        let mut plan = Vec::new();
        for table in expiring_tables() {
            let query = "
                SELECT partition_id, sum(part_rows), sum(part_bytes)
                FROM
                (
                    SELECT partition_id, if(active, rows, 0) AS part_rows, bytes_on_disk AS part_bytes
                    FROM system.parts WHERE database = ? AND table = ?
                    UNION ALL
                    SELECT assumeNotNull(partition_id), 0, bytes_on_disk
                    FROM system.detached_parts
                    WHERE database = ? AND table = ? AND partition_id IS NOT NULL
                )
                WHERE toUInt32OrZero(partition_id) <= ?
                GROUP BY partition_id ORDER BY partition_id";
            let query = self
                .client
                .query(query)
                .bind(&self.database)
                .bind(table)
                .bind(&self.database)
                .bind(table)
                .bind(now.datetime());
            for line in self.fetch_text(query).await?.lines() {
                let mut fields = line.split('\t');
                let mut next = || fields.next().ok_or(StoreError::Unexpected);
                plan.push(Planned {
                    table,
                    partition_id: next()?.to_owned(),
                    rows: next()?.parse().map_err(|_| StoreError::Unexpected)?,
                    bytes: next()?.parse().map_err(|_| StoreError::Unexpected)?,
                });
            }
        }
        Ok(plan)
    }

    async fn drop_partition(&self, planned: &Planned) -> Result<(), StoreError> {
        let Planned {
            table,
            partition_id,
            ..
        } = planned;
        self.execute(&format!(
            "ALTER TABLE {table} DROP PARTITION ID '{partition_id}'"
        ))
        .await?;
        self.execute(&format!(
            "ALTER TABLE {table} DROP DETACHED PARTITION ID '{partition_id}' SETTINGS allow_drop_detached = 1"
        ))
        .await
    }

    /// Counts what is left until it is nothing, or long enough to say that it is not.
    async fn prove(&self, planned: Planned) -> Result<Receipt, StoreError> {
        let mut receipt = Receipt {
            planned,
            parts_left: 0,
            rows_left: 0,
        };
        for _ in 0..PROOF_ATTEMPTS {
            let Planned {
                table,
                partition_id,
                ..
            } = &receipt.planned;
            let query = format!(
                "SELECT
                    (SELECT count() FROM system.parts
                        WHERE database = ? AND table = ? AND partition_id = ? AND rows > 0)
                    + (SELECT count() FROM system.detached_parts
                        WHERE database = ? AND table = ? AND partition_id = ?),
                    (SELECT count() FROM {} WHERE toUnixTimestamp(expires_at) = ?)",
                table
            );
            let query = self
                .client
                .query(&query)
                .bind(&self.database)
                .bind(table)
                .bind(partition_id)
                .bind(&self.database)
                .bind(table)
                .bind(partition_id)
                .bind(partition_id.parse::<u32>().unwrap_or(0));
            let text = self.fetch_text(query).await?;
            let (parts, rows) = text.trim().split_once('\t').ok_or(StoreError::Unexpected)?;
            receipt.parts_left = parts.parse().map_err(|_| StoreError::Unexpected)?;
            receipt.rows_left = rows.parse().map_err(|_| StoreError::Unexpected)?;
            if receipt.is_proven() {
                break;
            }
            tokio::time::sleep(PROOF_INTERVAL).await;
        }
        Ok(receipt)
    }

    pub(super) async fn keep_receipt(
        &self,
        receipt: &Receipt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Receipt {
            planned,
            parts_left,
            rows_left,
        } = receipt;
        self.execute(&format!(
            "INSERT INTO deletion_receipts VALUES ({}, '{}', '{}', {}, {}, {parts_left}, {rows_left})",
            now.datetime(),
            planned.table,
            planned.partition_id,
            planned.rows,
            planned.bytes,
        ))
        .await
    }

    /// The newest receipts first, at most [`RECEIPTS_MAX`].
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn receipts(&self) -> Result<Vec<KeptReceipt>, StoreError> {
        let query = "SELECT toUnixTimestamp(deleted_at) AS deleted_at, toString(table_name) AS table_name, partition_id,
                rows, bytes, parts_left, rows_left
            FROM deletion_receipts ORDER BY deletion_receipts.deleted_at DESC, table_name LIMIT ?";
        self.fetch_rows(self.client.query(query).bind(RECEIPTS_MAX))
            .await
    }

    /// What expires next: the moment, tables, rows and bytes of each, the soonest first, at most [`PLANS_MAX`].
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn coming_deletions(&self) -> Result<Vec<ComingDeletion>, StoreError> {
        let names: Vec<_> = expiring_tables().collect();
        let query = "SELECT toUInt32OrZero(partition_id) AS expires_at, uniqExact(table) AS tables, sum(rows) AS rows,
                sum(bytes_on_disk) AS bytes
            FROM system.parts WHERE database = ? AND active AND has(?, table)
            GROUP BY expires_at HAVING expires_at > 0 ORDER BY expires_at LIMIT ?";
        let query = self.client.query(query).bind(&self.database).bind(names);
        self.fetch_rows(query.bind(PLANS_MAX)).await
    }

    /// Rows whose time is up and that are still on disk, over all tables. Zero is the promise.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn overdue_rows(&self, now: Timestamp) -> Result<u64, StoreError> {
        Ok(self
            .plan_deletions(now)
            .await?
            .iter()
            .map(|planned| planned.rows)
            .sum())
    }
}
