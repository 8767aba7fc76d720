//! Roll-ups of crashes follow erasures: `issue_days` and `release_days` hold what was counted from events that are erased, and
//! the columns of an issue's last event. Both are counted anew from the events that are left.
//!
//! What is to be counted anew is written down before the events go, so that a crash in between is made good later. A partition is
//! replaced in one step by one that was built beside it; nothing is inserted meanwhile, as it would not be counted. Several
//! servers on one ClickHouse do not wait for each other here.

use super::subjects::HeldKeys;
use super::{Store, StoreError};
use crate::limits::{ERASURE_TIMEOUT, ROLL_UP_WAIT};
use crate::privacy::Table;
use crate::time::Timestamp;

const ROLL_UP_INTERVAL: std::time::Duration = std::time::Duration::from_millis(500);

/// A table that a materialized view fills from `error_events`.
struct RollUp {
    table: &'static str,
    /// Says how it is counted.
    view: &'static str,
    /// Which of its rows an erased event may have been counted into.
    key: &'static str,
}

const ROLL_UPS: [RollUp; 2] = [
    RollUp {
        table: "issue_days",
        view: "issue_days_of_events",
        key: "project_id, group_id",
    },
    RollUp {
        table: "release_days",
        view: "release_days_of_events",
        key: "project_id",
    },
];

/// Who counts anew after an erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recount {
    /// This process: nobody else inserts.
    Here,
    /// The server that is running beside it; it is waited for.
    ByServer,
}

impl Store {
    /// Writes down what has to be counted anew once the events of whoever holds `keys` are gone.
    pub(super) async fn plan_recount(&self, keys: &HeldKeys<'_>) -> Result<(), StoreError> {
        let due_at = keys
            .until()
            .datetime()
            .saturating_add(2 * ERASURE_TIMEOUT.as_secs() as u32);
        self.execute(&format!(
            "INSERT INTO roll_up_repairs (request, due_at, project_id, group_id, partition)
            SELECT DISTINCT toUUID('{}'), {due_at}, project_id, group_id, toUnixTimestamp(expires_at) FROM error_events WHERE {}",
            keys.request(),
            keys.condition(Table::ErrorEvents)
        ))
        .await
    }

    /// Counts anew what was planned. Returns how many parts from before are left on disk, or for a server that has not done it
    /// in time how many partitions are to be counted anew.
    pub(super) async fn recount(
        &self,
        keys: &HeldKeys<'_>,
        who: Recount,
    ) -> Result<u64, StoreError> {
        let planned = format!("request = '{}'", keys.request());
        if who == Recount::Here {
            return self.recount_where(&planned).await;
        }
        self.execute(&format!(
            "INSERT INTO roll_up_repairs (request, due_at, project_id, group_id, partition)
            SELECT request, 0, project_id, group_id, partition FROM roll_up_repairs WHERE {planned}"
        ))
        .await?;
        let begun = tokio::time::Instant::now();
        loop {
            let left = format!("SELECT uniq(partition) FROM roll_up_repairs WHERE {planned}");
            match self.number(&left).await? {
                left if left == 0 || begun.elapsed() >= ROLL_UP_WAIT => return Ok(left),
                _ => tokio::time::sleep(ROLL_UP_INTERVAL).await,
            }
        }
    }

    /// Counts anew what nobody has seen to: after an erasure beside the server, or one that was cut off.
    ///
    /// # Errors
    /// If ClickHouse does not answer; it is due again the next time.
    pub async fn recount_due(&self, now: Timestamp) -> Result<(), StoreError> {
        let due = format!("due_at <= {}", now.datetime());
        let requests = format!("SELECT DISTINCT request FROM roll_up_repairs WHERE {due}");
        let requests = self.fetch_text(self.client.query(&requests)).await?;
        for request in requests.lines() {
            self.recount_where(&format!("request = '{request}'"))
                .await?;
        }
        Ok(())
    }

    async fn recount_where(&self, planned: &str) -> Result<u64, StoreError> {
        let partitions = format!("SELECT DISTINCT partition FROM roll_up_repairs WHERE {planned}");
        let partitions = self.fetch_text(self.client.query(&partitions)).await?;
        let mut parts_left = 0;
        for partition in partitions.lines() {
            for roll_up in &ROLL_UPS {
                parts_left += self.recount_partition(roll_up, partition).await?;
            }
        }
        if !partitions.is_empty() && parts_left == 0 {
            self.change(&format!(
                "ALTER TABLE roll_up_repairs DELETE WHERE {planned}"
            ))
            .await?;
        }
        Ok(parts_left)
    }

    /// Builds a partition beside the table and puts it in the old one's place. Returns the old one's parts that are left.
    async fn recount_partition(
        &self,
        roll_up: &RollUp,
        partition: &str,
    ) -> Result<u64, StoreError> {
        let RollUp { table, key, .. } = roll_up;
        let beside = format!("{table}_recounted");
        let affected = format!(
            "expires_at = {partition} AND ({key}) IN (SELECT {key} FROM {}.roll_up_repairs WHERE partition = {partition})",
            self.database
        );
        let unaffected =
            format!("SELECT * FROM {table} WHERE expires_at = {partition} AND NOT ({affected})");
        let counting = self.counting(roll_up, &affected).await?;
        let place = format!(
            "database = '{}' AND table = '{table}' AND partition_id = '{partition}' AND rows > 0",
            self.database
        );
        let nothing_is_inserted = self.inserting.lock().await;
        self.execute(&format!("DROP TABLE IF EXISTS {beside} SYNC"))
            .await?;
        self.execute(&format!("CREATE TABLE {beside} AS {table}"))
            .await?;
        for rows in [unaffected, counting] {
            let columns = self.columns(&rows).await?;
            self.change(&format!(
                "INSERT INTO {beside} ({columns}) {rows} SETTINGS insert_deduplicate = 0"
            ))
            .await?;
        }
        let replace = match self
            .number(&format!("SELECT count() FROM {beside}"))
            .await?
        {
            0 => format!("ALTER TABLE {table} DROP PARTITION ID '{partition}'"),
            _ => format!("ALTER TABLE {table} REPLACE PARTITION ID '{partition}' FROM {beside}"),
        };
        self.execute(&replace).await?;
        // Parts get rising numbers; those from before have lower ones than the first that took their place.
        let first_new = self
            .number(&format!(
                "SELECT if(count() = 0, toInt64(9223372036854775807), min(min_block_number))
                FROM system.parts WHERE active AND {place}"
            ))
            .await?;
        self.execute(&format!("DROP TABLE {beside} SYNC")).await?;
        drop(nothing_is_inserted);
        let old = format!(
            "SELECT count() FROM system.parts WHERE {place} AND max_block_number < {first_new}"
        );
        self.parts_gone(table, &old).await
    }

    /// The view's own statement, for the rows of `error_events` that are `affected`.
    async fn counting(&self, roll_up: &RollUp, affected: &str) -> Result<String, StoreError> {
        let query =
            "SELECT as_select FROM system.tables WHERE database = ? AND name = ? FORMAT TSVRaw";
        let query = self.client.query(query).bind(&self.database);
        let statement = self.fetch_text(query.bind(roll_up.view)).await?;
        let all = format!("FROM {}.error_events", self.database);
        match statement.split_once(&all) {
            Some((columns, grouping)) => Ok(format!(
                "{columns} FROM (SELECT * {all} WHERE {affected}) {grouping}"
            )),
            None => Err(StoreError::Unexpected),
        }
    }

    /// The names of a statement's columns: a view fills its table by them, whatever their order.
    async fn columns(&self, statement: &str) -> Result<String, StoreError> {
        let described = format!("DESCRIBE TABLE ({statement})");
        let described = self.fetch_text(self.client.query(&described)).await?;
        let names = described.lines().filter_map(|line| line.split('\t').next());
        Ok(names.collect::<Vec<_>>().join(", "))
    }
}
