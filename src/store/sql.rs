//! One reading statement of an officer or admin, run for them under limits.
//!
//! Whether it only reads is decided twice, and never by looking at its text: by the engine's own parser, which names the
//! kind of statement, and by ClickHouse's `readonly` setting.

use clickhouse::query::BytesCursor;

use super::{Store, StoreError};
use crate::limits::{SQL_MEMORY_BYTES_MAX, SQL_RESULT_ROWS_MAX, SQL_SECONDS_MAX};

/// What the engine's parser calls statements that read.
const READING: &[&str] = &[
    "SelectWithUnionQuery",
    "SelectQuery",
    "SelectIntersectExceptQuery",
    "Explain",
    "DescribeQuery",
    "ShowTables",
    "ShowColumns",
    "ShowIndexes",
    "ShowFunctions",
    "ShowCreateTableQuery",
    "ExistsTableQuery",
];

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
    pub async fn read_sql(&self, statement: &str, format: &str) -> Result<BytesCursor, SqlError> {
        self.require_reading(statement).await?;
        let query = self
            .client
            .query(&escape_placeholders(statement))
            .with_setting("readonly", "1")
            .with_setting("max_execution_time", SQL_SECONDS_MAX.to_string())
            .with_setting("max_memory_usage", SQL_MEMORY_BYTES_MAX.to_string())
            .with_setting("max_result_rows", SQL_RESULT_ROWS_MAX.to_string())
            .with_setting("result_overflow_mode", "throw");
        Ok(query.fetch_bytes(format)?)
    }

    /// Lets the engine parse the statement without running it. Its tree starts with the kind of statement.
    async fn require_reading(&self, statement: &str) -> Result<(), SqlError> {
        let explained = format!("EXPLAIN AST {}", escape_placeholders(statement));
        let query = self.client.query(&explained).with_setting("readonly", "1");
        let mut cursor = query.fetch_bytes("TabSeparatedRaw")?;
        let tree = cursor.collect().await?;
        let tree = String::from_utf8_lossy(&tree);
        let kind = tree.split_whitespace().next().unwrap_or_default();
        // `SELECT … INTO OUTFILE` parses as a SELECT with a file name in its tree.
        let writes_file = tree.lines().skip(1).any(|line| line.contains("outfile"));
        if READING.contains(&kind) && !writes_file {
            Ok(())
        } else {
            Err(SqlError::NotReading)
        }
    }
}

/// The client crate takes `?` for a placeholder; doubled it stands for itself.
fn escape_placeholders(statement: &str) -> String {
    statement.replace('?', "??")
}
