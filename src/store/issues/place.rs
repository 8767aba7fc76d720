//! Where rows are: conditions and settings by which ClickHouse finds a few among millions, and which partitions hold
//! events at all. The latter is asked once for a page.

use clickhouse::Row;
use clickhouse::query::Query;
use serde::Deserialize;

use crate::issues::IssueId;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// The partitions in which some projects have events.
pub(super) struct Partitions {
    all: Vec<PartitionRow>,
}

#[derive(Row, Deserialize)]
struct PartitionRow {
    /// Seconds since 1970.
    expires_at: u32,
    /// When the first of its events arrived, in milliseconds since 1970.
    oldest: i64,
    /// When the last of its events arrived, in milliseconds since 1970.
    newest: i64,
    events: u64,
    grouping_versions: Vec<u8>,
}

impl Partitions {
    /// When the newest event arrived; 1970 if there is none.
    pub fn newest(&self) -> Timestamp {
        let newest = self.all.iter().map(|partition| partition.newest).max();
        Timestamp::from_millis(newest.unwrap_or(0))
    }

    /// How many events arrived since a moment, at most.
    pub fn events_since(&self, time: Timestamp) -> u64 {
        self.newer(time).map(|partition| partition.events).sum()
    }

    /// When those expire that have events of this moment or later.
    pub fn since(&self, time: Timestamp) -> Vec<u32> {
        let newer = self.newer(time);
        newer.map(|partition| partition.expires_at).collect()
    }

    /// When those expire that can have events between two moments, in milliseconds since 1970. What has arrived since the
    /// partitions were asked for is in the newest one.
    pub fn between(&self, from: i64, until: i64) -> Vec<u32> {
        let from = from.min(self.newest().millis());
        let overlaps = |each: &&PartitionRow| each.oldest <= until && each.newest >= from;
        let overlapping = self.all.iter().filter(overlaps);
        overlapping.map(|partition| partition.expires_at).collect()
    }

    /// Those with an event of this moment or later.
    fn newer(&self, time: Timestamp) -> impl Iterator<Item = &PartitionRow> {
        let has_newer = move |partition: &&PartitionRow| partition.newest >= time.millis();
        self.all.iter().filter(has_newer)
    }

    /// Whether there are events of several versions of the rules of grouping: for 30 days after an update at most.
    pub fn rules_changed(&self) -> bool {
        let mut versions = self.all.iter().flat_map(|each| &each.grouping_versions);
        let first = versions.next();
        versions.any(|version| Some(version) != first)
    }
}

impl Store {
    pub(super) async fn partitions(
        &self,
        projects: &[u32],
        now: Timestamp,
    ) -> Result<Partitions, StoreError> {
        let statement = Statement::new(
            "SELECT toUnixTimestamp(expires_at) AS expires_at, toUnixTimestamp64Milli(min(d.first_seen)) AS oldest,
                toUnixTimestamp64Milli(max(d.last_seen)) AS newest, sum(d.events) AS events, groupUniqArray(grouping_version) AS grouping_versions FROM release_days AS d WHERE ",
        )
        .then(of_projects(projects))
        .sql(" AND d.expires_at > ")
        .bind(now.datetime())
        .sql(" GROUP BY expires_at");
        let all = self.fetch_rows(few_rows(&statement, self)).await?;
        Ok(Partitions { all })
    }
}

/// One project is compared instead of looked for in a list, which takes half of the time in each index.
pub(super) fn of_projects(projects: &[u32]) -> Statement {
    match projects {
        [one] => Statement::new("project_id = ").bind(*one),
        several => Statement::new("project_id IN ").bind(several),
    }
}

/// Numbers of issues or groups, to be bound to a statement.
pub(super) fn numbers(issues: &[IssueId]) -> Vec<u64> {
    issues.iter().map(|issue| issue.get()).collect()
}

/// For a few granules of many parts: handing them to threads, or reading them column by column, takes longer than
/// reading them.
pub(super) fn few_rows(statement: &Statement, store: &Store) -> Query {
    statement
        .query(&store.client)
        .with_setting("max_threads", "1")
        .with_setting("optimize_move_to_prewhere", "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_partitions_say_about_a_project() {
        let partition = |expires_at, newest, grouping_versions| PartitionRow {
            expires_at,
            oldest: newest - 1_500,
            newest,
            events: 10,
            grouping_versions,
        };
        let mut partitions = Partitions { all: Vec::new() };
        assert_eq!(partitions.newest(), Timestamp::from_millis(0));
        assert!(!partitions.rules_changed());
        partitions.all.push(partition(100, 5_000, vec![1]));
        partitions.all.push(partition(200, 7_000, vec![1]));
        assert!(!partitions.rules_changed());
        partitions.all.push(partition(300, 6_000, vec![1, 2]));
        assert!(partitions.rules_changed());
        assert_eq!(partitions.events_since(Timestamp::from_millis(6_000)), 20);
        assert_eq!(partitions.newest(), Timestamp::from_millis(7_000));
        assert_eq!(partitions.since(Timestamp::from_millis(6_000)), [200, 300]);
        assert_eq!(partitions.between(5_000, 5_400), [100, 300]);
        assert_eq!(partitions.between(6_500, 6_500), [200]);
        assert_eq!(partitions.between(9_000, 9_000), [200]);
    }
}
