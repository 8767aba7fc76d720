//! What the tables hold about somebody: shown, deleted, and the deletion proven.
//!
//! Statements name nobody. The pseudonyms stand in `subject_keys`, a table in memory, while a request is worked on, and
//! statements refer to them by the request's random number: ClickHouse writes the text of a deletion to disk and keeps it.

use std::time::Duration;

use serde_json::value::RawValue;
use uuid::Uuid;

use super::roll_ups::Recount;
use super::{Store, StoreError};
use crate::limits::{ERASURE_TIMEOUT, SUBJECT_EXPORT_ROWS_MAX};
use crate::privacy::{Subject, Table};
use crate::registry::ProjectId;
use crate::time::Timestamp;

/// Parts from before a deletion may leave the disk after `old_parts_lifetime` (1 s); proof is sought for this long.
const PROOF_ATTEMPTS: u32 = 40;
const PROOF_INTERVAL: Duration = Duration::from_millis(500);

/// Pseudonyms that ClickHouse holds in memory for one request. To be [let go](Store::let_go).
pub struct HeldKeys<'s> {
    request: Uuid,
    project: ProjectId,
    /// Rows received later are another request's.
    until: Timestamp,
    database: &'s str,
}

impl HeldKeys<'_> {
    /// The project that the pseudonyms are of.
    pub const fn project(&self) -> ProjectId {
        self.project
    }

    pub(super) const fn request(&self) -> Uuid {
        self.request
    }

    pub(super) const fn until(&self) -> Timestamp {
        self.until
    }

    /// A table with one column `key`, for a `FROM`. Deletions run later and without a database of their own.
    pub fn source(&self) -> String {
        format!(
            "(SELECT key FROM `{}`.subject_keys WHERE request = '{}')",
            self.database, self.request
        )
    }

    pub(super) fn condition(&self, table: Table) -> String {
        let source = self.source();
        let columns = table.pseudonym_columns();
        let mut any: Vec<_> = columns
            .map(|column| format!("{column} IN {source}"))
            .collect();
        if table == Table::Feedback {
            // Whoever met a crash wrote what is said of it, also without a name.
            any.push(format!(
                "event_id IN (SELECT toString(event_id) FROM `{}`.error_events WHERE {})",
                self.database,
                self.condition(Table::ErrorEvents)
            ));
        }
        format!(
            "project_id = {} AND received_at <= fromUnixTimestamp64Milli({}) AND ({})",
            self.project,
            self.until.millis(),
            any.join(" OR ")
        )
    }
}

/// The tables whose rows carry pseudonyms of people.
fn tables() -> impl Iterator<Item = Table> {
    let all = Table::ALL.iter().copied();
    all.filter(|table| table.pseudonym_columns().next().is_some())
}

/// What one table holds about somebody.
pub struct Held {
    pub table: Table,
    /// As JSON objects, at most [`SUBJECT_EXPORT_ROWS_MAX`].
    pub rows: Vec<Box<RawValue>>,
}

/// What was deleted, and what is left of it. Zero is the proof.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Names of the tables that had rows.
    pub tables: Vec<&'static str>,
    pub rows: u64,
    /// Rows that a query still finds.
    pub rows_left: u64,
    /// Parts on disk that were there before the deletion, active, inactive or detached.
    pub parts_left: u64,
}

/// What is kept of a request when it is done.
pub struct SubjectReceipt {
    pub id: Uuid,
    pub project: ProjectId,
    /// `export`, `erase`, `object` or `withdraw`.
    pub kind: &'static str,
    pub tables: Vec<&'static str>,
    pub rows: u64,
    pub spool_rows: u64,
    pub rows_left: u64,
    pub parts_left: u64,
    pub spool_files_left: u64,
}

impl Store {
    /// Hands ClickHouse the pseudonyms of `subject`, to be kept in memory until they are let go. The request is about rows
    /// received by `until`.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn hold_keys(
        &self,
        subject: &Subject,
        until: Timestamp,
    ) -> Result<HeldKeys<'_>, StoreError> {
        let request = Uuid::new_v4();
        let held_at = until.datetime();
        let values = subject
            .keys()
            .map(|key| format!("('{request}', {held_at}, {key})"));
        self.execute(&format!(
            "INSERT INTO subject_keys (request, held_at, key) VALUES {}",
            values.join(", ")
        ))
        .await?;
        Ok(HeldKeys {
            request,
            project: subject.project(),
            until,
            database: &self.database,
        })
    }

    /// Makes ClickHouse forget the pseudonyms.
    ///
    /// # Errors
    /// If ClickHouse does not answer; they are then gone when it is restarted.
    pub async fn let_go(&self, keys: HeldKeys<'_>) -> Result<(), StoreError> {
        self.change(&format!(
            "ALTER TABLE subject_keys DELETE WHERE request = '{}'",
            keys.request
        ))
        .await
    }

    /// Every row of every table that belongs to whoever holds `keys`, as it is stored.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn held(&self, keys: &HeldKeys<'_>) -> Result<Vec<Held>, StoreError> {
        let mut held = Vec::new();
        for table in tables() {
            let query = format!(
                "SELECT * FROM {} WHERE {} ORDER BY received_at LIMIT {SUBJECT_EXPORT_ROWS_MAX}",
                table.name(),
                keys.condition(table)
            );
            let query = self
                .client
                .query(&query)
                // Numbers of 64 bits lose digits where JSON is read as JavaScript reads it.
                .with_setting("output_format_json_quote_64bit_integers", "1");
            let reading = async {
                let mut cursor = query.fetch_bytes("JSONEachRow")?;
                Ok::<_, StoreError>(cursor.collect().await?)
            };
            let bytes = tokio::time::timeout(ERASURE_TIMEOUT, reading).await;
            let bytes = bytes.map_err(|_| StoreError::TimedOut)??;
            let text = std::str::from_utf8(&bytes).map_err(|_| StoreError::Unexpected)?;
            let rows = text
                .lines()
                .map(|line| RawValue::from_string(line.to_owned()));
            let rows: Result<Vec<_>, _> = rows.collect();
            let rows = rows.map_err(|_| StoreError::Unexpected)?;
            if !rows.is_empty() {
                held.push(Held { table, rows });
            }
        }
        Ok(held)
    }

    /// Deletes every row of every table that belongs to whoever holds `keys`, now, and proves it. What was counted from the rows
    /// is counted anew.
    ///
    /// # Errors
    /// If ClickHouse does not answer; what is gone by then stays gone.
    pub async fn erase(&self, keys: &HeldKeys<'_>, who: Recount) -> Result<Erased, StoreError> {
        let mut erased = Erased::default();
        self.plan_recount(keys).await?;
        // What refers to crashes goes before them.
        let mut tables: Vec<_> = tables().collect();
        tables.reverse();
        for table in tables {
            let rows = self.count(table, keys).await?;
            if rows == 0 {
                continue;
            }
            self.change(&format!(
                "ALTER TABLE {} DELETE WHERE {}",
                table.name(),
                keys.condition(table)
            ))
            .await?;
            erased.tables.push(table.name());
            erased.rows += rows;
            erased.parts_left += self.prove_parts_gone(table, keys).await?;
            erased.rows_left += self.count(table, keys).await?;
        }
        erased.tables.reverse();
        erased.parts_left += self.recount(keys, who).await?;
        Ok(erased)
    }

    /// Writes down that a request was done.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn keep_subject_receipt(
        &self,
        receipt: &SubjectReceipt,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO subject_receipts (id, given_at, project_id, kind, tables, rows, spool_rows,
            rows_left, parts_left, spool_files_left) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let query = self.client.query(insert).bind(receipt.id.to_string());
        let query = query.bind(now.datetime()).bind(receipt.project.get());
        let query = query.bind(receipt.kind).bind(&receipt.tables);
        let query = query.bind(receipt.rows).bind(receipt.spool_rows);
        let query = query.bind(receipt.rows_left).bind(receipt.parts_left);
        Ok(query.bind(receipt.spool_files_left).execute().await?)
    }

    /// Runs a change of rows to its end.
    pub(super) async fn change(&self, statement: &str) -> Result<(), StoreError> {
        let query = self.client.query(statement);
        let changing = query.with_setting("mutations_sync", "2").execute();
        let changed = tokio::time::timeout(ERASURE_TIMEOUT, changing).await;
        Ok(changed.map_err(|_| StoreError::TimedOut)??)
    }

    async fn count(&self, table: Table, keys: &HeldKeys<'_>) -> Result<u64, StoreError> {
        let query = format!(
            "SELECT count() FROM {} WHERE {}",
            table.name(),
            keys.condition(table)
        );
        self.number(&query).await
    }

    /// Waits until no part is left that the deletion has not been through, or long enough to say that there is.
    async fn prove_parts_gone(&self, table: Table, keys: &HeldKeys<'_>) -> Result<u64, StoreError> {
        let place = format!(
            "database = '{}' AND table = '{}'",
            self.database,
            table.name()
        );
        let query = format!(
            "SELECT
                (SELECT count() FROM system.parts WHERE {place} AND rows > 0 AND data_version <
                    (SELECT max(arrayMax(block_numbers.number)) FROM system.mutations
                        WHERE {place} AND position(command, '{}') > 0))
                + (SELECT count() FROM system.detached_parts WHERE {place})",
            keys.request
        );
        self.parts_gone(table.name(), &query).await
    }

    /// Waits until `query` counts no part of `table`, or long enough to say that there is one.
    pub(super) async fn parts_gone(&self, table: &str, query: &str) -> Result<u64, StoreError> {
        // By itself a table looks for old parts every half minute. Dropping a partition makes it look now; there is none of 1970.
        let look = format!("ALTER TABLE {table} DROP PARTITION ID '0'");
        let mut left = 0;
        for _ in 0..PROOF_ATTEMPTS {
            left = self.number(query).await?;
            if left == 0 {
                break;
            }
            tokio::time::sleep(PROOF_INTERVAL).await;
            self.execute(&look).await?;
        }
        Ok(left)
    }

    pub(super) async fn number(&self, query: &str) -> Result<u64, StoreError> {
        let text = self.fetch_text(self.client.query(query)).await?;
        text.trim().parse().map_err(|_| StoreError::Unexpected)
    }
}
