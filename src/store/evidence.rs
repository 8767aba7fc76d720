//! Questions whose answers are evidence: the statement that an officer is shown is the one that is run, over everything
//! that is stored, expired rows included.

use std::time::Duration;

use super::sql::escape_placeholders;
use super::{Endpoint, Store, StoreError};
use crate::limits::{EVIDENCE_MEMORY_BYTES_MAX, EVIDENCE_SECONDS_MAX};

/// A column of a table that keeps rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredColumn {
    pub table: String,
    pub name: String,
    /// ClickHouse's type, e.g. `Map(LowCardinality(String), String)`.
    pub kind: String,
    pub comment: String,
}

impl StoredColumn {
    /// Whether it can hold text.
    pub fn is_text(&self) -> bool {
        self.kind.contains("String") || self.kind.contains("JSON")
    }

    /// Whether its comment declares it to hold data of operators, who gave it to sign in.
    pub fn is_of_operators(&self) -> bool {
        self.comment.contains("Personal data of an operator")
    }

    /// An expression that is its whole content as one text.
    pub fn as_text(&self) -> String {
        match self.kind.starts_with("AggregateFunction(") {
            // Half of a computation, e.g. the newest of some rows: its result is what it holds.
            true => format!("ifNull(toString(finalizeAggregation(`{}`)), '')", self.name),
            false => format!("ifNull(toString(`{}`), '')", self.name),
        }
    }
}

/// A table that keeps rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTable {
    pub name: String,
    pub comment: String,
    /// E.g. `toUnixTimestamp(expires_at)`; empty for none.
    pub partition_key: String,
    pub has_ttl: bool,
    pub rows: u64,
    pub bytes: u64,
}

impl Store {
    /// Runs a statement as it is shown, over everything, and returns its rows as texts. What takes longer than
    /// [`EVIDENCE_SECONDS_MAX`] is broken off and says how far it came.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn evidence(&self, statement: &str) -> Result<Vec<Vec<String>>, StoreError> {
        let query = self
            .client
            .query(&escape_placeholders(statement))
            .with_setting("readonly", "1")
            .with_setting("max_execution_time", EVIDENCE_SECONDS_MAX.to_string())
            .with_setting("timeout_overflow_mode", "break")
            .with_setting("max_memory_usage", EVIDENCE_MEMORY_BYTES_MAX.to_string())
            // Intake goes on meanwhile.
            .with_setting("max_threads", "2");
        let reading = async {
            let mut cursor = query.fetch_bytes("JSONCompactStringsEachRow")?;
            Ok::<_, StoreError>(cursor.collect().await?)
        };
        let limit = Duration::from_secs(2 * EVIDENCE_SECONDS_MAX);
        let reading = tokio::time::timeout(limit, reading).await;
        let bytes = reading.map_err(|_| StoreError::TimedOut)??;
        let lines = bytes.split(|&byte| byte == b'\n');
        let rows = lines
            .filter(|line| !line.is_empty())
            .map(serde_json::from_slice);
        rows.collect::<Result<_, _>>()
            .map_err(|_| StoreError::Unexpected)
    }

    /// Every table of Mayfly's database that keeps rows, by name.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn stored_tables(&self) -> Result<Vec<StoredTable>, StoreError> {
        let statement = format!(
            "SELECT name, comment, partition_key, position(create_table_query, ' TTL ') > 0, ifNull(total_rows, 0), \
             ifNull(total_bytes, 0) FROM system.tables \
             WHERE database = '{}' AND engine NOT LIKE '%View' ORDER BY name",
            self.database
        );
        let read = |row: Vec<String>| {
            let [name, comment, partition_key, has_ttl, rows, bytes] = row.try_into().ok()?;
            Some(StoredTable {
                name,
                comment,
                partition_key,
                has_ttl: has_ttl == "1",
                rows: rows.parse().ok()?,
                bytes: bytes.parse().ok()?,
            })
        };
        let rows = self.evidence(&statement).await?.into_iter().map(read);
        rows.collect::<Option<_>>().ok_or(StoreError::Unexpected)
    }

    /// Every column of those tables, in their order.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn stored_columns(&self) -> Result<Vec<StoredColumn>, StoreError> {
        let statement = format!(
            "SELECT table, name, type, comment FROM system.columns WHERE database = '{0}' \
             AND default_kind NOT IN ('ALIAS', 'EPHEMERAL') AND table IN \
             (SELECT name FROM system.tables WHERE database = '{0}' AND engine NOT LIKE '%View') \
             ORDER BY table, position",
            self.database
        );
        let read = |row: Vec<String>| {
            let [table, name, kind, comment] = row.try_into().ok()?;
            Some(StoredColumn {
                table,
                name,
                kind,
                comment,
            })
        };
        let rows = self.evidence(&statement).await?.into_iter().map(read);
        rows.collect::<Option<_>>().ok_or(StoreError::Unexpected)
    }

    /// Name of Mayfly's database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Whether the engine is Mayfly's own.
    pub const fn is_embedded(&self) -> bool {
        matches!(self.endpoint, Endpoint::Socket(_))
    }
}
