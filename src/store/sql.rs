//! One reading statement of an officer or admin, run for them under limits.
//!
//! Whether it only reads is never decided by looking at its text. ClickHouse's `readonly` setting refuses what writes,
//! and the embedded engine's own parser names the kind of statement first: as a library it would also write files
//! (`INTO OUTFILE`), which a server does not do.

use clickhouse::query::BytesCursor;

use super::retention::expiring_tables;
use super::{Store, StoreError};
use crate::limits::{SQL_MEMORY_BYTES_MAX, SQL_RESULT_ROWS_MAX, SQL_SECONDS_MAX};
use crate::time::Timestamp;

/// What the engine's parser says of a statement; see `engine`.
#[derive(serde::Deserialize)]
struct Judgement {
    reads_only: bool,
}

/// Why a statement was not run.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// It writes, or is more than one statement.
    #[error("only one reading statement is allowed")]
    NotReading,
    /// ClickHouse's own words about the asker's own statement.
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<clickhouse::error::Error> for SqlError {
    fn from(error: clickhouse::error::Error) -> Self {
        match error {
            clickhouse::error::Error::BadResponse(text) => Self::Refused(text),
            other => Self::Store(other.into()),
        }
    }
}

impl Store {
    /// Runs `statement` and streams its result in `format`.
    ///
    /// # Errors
    /// [`SqlError`] if it does not only read, or ClickHouse refuses it.
    pub async fn read_sql(
        &self,
        statement: &str,
        format: &str,
        now: Timestamp,
    ) -> Result<BytesCursor, SqlError> {
        self.require_reading(statement).await?;
        // A row past its time is invisible even before its bytes are gone. `readonly` keeps statements from undoing it.
        let in_time = format!("expires_at > toDateTime({})", now.datetime());
        let mut filters: Vec<String> = expiring_tables()
            .map(|table| format!("'{table}':'{in_time}'"))
            .collect();
        // Operators' addresses are for signing in, not for reading.
        filters.push("'users':'0'".to_owned());
        let query = self
            .client
            .query(&escape_placeholders(statement))
            .with_setting("readonly", "1")
            .with_setting(
                "additional_table_filters",
                format!("{{{}}}", filters.join(",")),
            )
            .with_setting("max_execution_time", SQL_SECONDS_MAX.to_string())
            .with_setting("max_memory_usage", SQL_MEMORY_BYTES_MAX.to_string())
            .with_setting("max_result_rows", SQL_RESULT_ROWS_MAX.to_string())
            .with_setting("result_overflow_mode", "throw");
        Ok(query.fetch_bytes(format)?)
    }

    /// Lets the embedded engine's parser judge the statement without running it.
    async fn require_reading(&self, statement: &str) -> Result<(), SqlError> {
        if !self.is_embedded() {
            return Ok(());
        }
        let query = self
            .client
            .query(&escape_placeholders(statement))
            .with_setting("mayfly_classify", "1");
        let answer = query.fetch_bytes("JSONEachRow")?.collect().await?;
        let judgement: Judgement =
            serde_json::from_slice(&answer).map_err(|_| StoreError::Unexpected)?;
        if judgement.reads_only {
            Ok(())
        } else {
            Err(SqlError::NotReading)
        }
    }
}

/// The client crate takes `?` for a placeholder; doubled it stands for itself.
pub(super) fn escape_placeholders(statement: &str) -> String {
    statement.replace('?', "??")
}
