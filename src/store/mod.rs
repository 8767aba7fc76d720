//! The store: the only room that talks to ClickHouse.
//!
//! Enters: segments of the spool, and questions of the read side. Leaves: rows, counts, receipts. It reaches ClickHouse
//! over HTTP only, through the `clickhouse` crate, whatever stands behind it: the embedded engine on a private socket,
//! or a server. Deliberately not here: raw values; nothing in this room could make or read one.

mod connect;
pub mod event_ids;
pub mod evidence;
pub mod insert;
pub mod issues;
pub mod migrate;
pub mod objections;
pub mod people;
pub mod recent;
pub mod refusals;
pub mod registry;
pub mod retention;
pub mod roll_ups;
pub(crate) mod shorten;
pub mod sql;
mod statement;
pub mod subjects;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

pub use connect::Endpoint;

/// A connection to ClickHouse, with the database chosen. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    client: clickhouse::Client,
    /// Names no database, which may not exist yet, and no settings, which an old server may not know.
    bare: clickhouse::Client,
    database: String,
    /// Held while a batch is inserted, and while roll-ups are counted anew.
    inserting: Arc<Mutex<()>>,
    /// Held while somebody's decision about issues is carried out.
    deciding: Arc<Mutex<()>>,
    endpoint: Endpoint,
}

/// ClickHouse did not do what was asked. Carries ClickHouse's error number, never its text, which may quote data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Nobody answers.
    #[error("ClickHouse cannot be reached")]
    Unreachable,
    /// It took too long; whether it happened is unknown.
    #[error("ClickHouse did not answer in time")]
    TimedOut,
    /// It said no.
    #[error("ClickHouse refused with error {0} (see system.errors for its name)")]
    Refused(u32),
    /// It said something that is no answer to the question.
    #[error("ClickHouse gave an answer that does not fit the question")]
    Unexpected,
}

impl From<clickhouse::error::Error> for StoreError {
    fn from(error: clickhouse::error::Error) -> Self {
        use clickhouse::error::Error;
        match error {
            Error::Network(_) => Self::Unreachable,
            Error::TimedOut => Self::TimedOut,
            Error::BadResponse(text) => {
                let number = text.split("Code: ").nth(1).and_then(|rest| {
                    rest.split(|c: char| !c.is_ascii_digit())
                        .next()?
                        .parse()
                        .ok()
                });
                number.map_or(Self::Unexpected, Self::Refused)
            }
            _ => Self::Unexpected,
        }
    }
}

/// How long a question of the read side or of administration may take.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(60);

impl Store {
    /// Runs a statement that returns nothing.
    pub(crate) async fn execute(&self, statement: &str) -> Result<(), StoreError> {
        let running = self.client.query(statement).execute();
        tokio::time::timeout(QUESTION_TIMEOUT, running)
            .await
            .map_err(|_| StoreError::TimedOut)??;
        Ok(())
    }

    /// Runs a query and collects its few rows as tab-separated text.
    pub(crate) async fn fetch_text(
        &self,
        query: clickhouse::query::Query,
    ) -> Result<String, StoreError> {
        let reading = async {
            let mut cursor = query.fetch_bytes("TabSeparated")?;
            let bytes = cursor.collect().await?;
            Ok(String::from_utf8_lossy(&bytes).into_owned())
        };
        tokio::time::timeout(QUESTION_TIMEOUT, reading)
            .await
            .map_err(|_| StoreError::TimedOut)?
    }

    /// Runs a query and collects its few rows.
    pub(crate) async fn fetch_rows<T: clickhouse::RowOwned + clickhouse::RowRead>(
        &self,
        query: clickhouse::query::Query,
    ) -> Result<Vec<T>, StoreError> {
        let rows = tokio::time::timeout(QUESTION_TIMEOUT, query.fetch_all::<T>()).await;
        Ok(rows.map_err(|_| StoreError::TimedOut)??)
    }

    /// The crate's client, for typed rows.
    pub(crate) const fn client(&self) -> &clickhouse::Client {
        &self.client
    }

    /// The version that ClickHouse states, in a format that even old servers know.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn version(&self) -> Result<String, StoreError> {
        let text = self.fetch_text(self.bare.query("SELECT version()")).await?;
        Ok(text.trim().to_owned())
    }

    /// By how many seconds ClickHouse's clock is ahead of `now`.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn clock_drift_seconds(
        &self,
        now: crate::time::Timestamp,
    ) -> Result<i64, StoreError> {
        let text = self
            .fetch_text(self.bare.query("SELECT toUnixTimestamp(now())"))
            .await?;
        let theirs: i64 = text.trim().parse().map_err(|_| StoreError::Unexpected)?;
        Ok(theirs - now.seconds())
    }
}
