//! The ids of stored crash events, so that one that is sent again after a restart is recognised.

use clickhouse::query::BytesCursor;

use super::{Store, StoreError};
use crate::registry::ProjectId;
use crate::time::Timestamp;

/// A row of the answer: `UInt32`, `FixedString(32)`.
const ROW_BYTES: usize = 4 + 32;

/// A stream of ids.
pub struct EventIds {
    cursor: BytesCursor,
    /// The start of a row whose end has not come yet.
    begun: Vec<u8>,
}

impl Store {
    /// Project and id of every crash event received after `from`, until `to`, that is still to be seen at `now`; at most
    /// `limit` of them.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub fn event_ids(
        &self,
        from: Timestamp,
        to: Timestamp,
        limit: usize,
        now: Timestamp,
    ) -> Result<EventIds, StoreError> {
        let query = "SELECT project_id, event_id FROM error_events
            PREWHERE received_at > fromUnixTimestamp64Milli(?) AND received_at <= fromUnixTimestamp64Milli(?)
            WHERE expires_at > ? LIMIT ?";
        let query = self
            .client
            .query(query)
            .bind(from.millis())
            .bind(to.millis());
        let query = query.bind(now.datetime()).bind(limit);
        Ok(EventIds {
            cursor: query.fetch_bytes("RowBinary")?,
            begun: Vec::new(),
        })
    }
}

impl EventIds {
    /// Hands the next piece of the answer to `each`: project, and the digits of the event's id. False at the end.
    ///
    /// # Errors
    /// If ClickHouse does not go on.
    pub async fn next(
        &mut self,
        mut each: impl FnMut(ProjectId, [u8; 32]),
    ) -> Result<bool, StoreError> {
        let Some(piece) = self.cursor.next().await? else {
            return Ok(false);
        };
        self.begun.extend_from_slice(&piece);
        let rows = self.begun.chunks_exact(ROW_BYTES);
        let rest = rows.remainder().to_vec();
        for row in rows {
            if let Some((project, digits)) = row.split_first_chunk()
                && let Ok(digits) = digits.try_into()
            {
                each(ProjectId::new(u32::from_le_bytes(*project)), digits);
            }
        }
        self.begun = rest;
        Ok(true)
    }
}
