-- A page of issues looks for 25 of perhaps 100,000 in each of thirty partitions. Granules of 32 rows, and blocks of compression that
-- hold some of them instead of hundreds, let it read a third of what it read. The counts are made anew from the events,
-- which are kept exactly as long; cut off and begun again, this counts none twice.

DROP TABLE IF EXISTS issue_days_of_events SYNC;
DROP TABLE IF EXISTS issue_days SYNC;

CREATE TABLE issue_days
(
    project_id      UInt32                  COMMENT 'Project that crashed. Not personal.',
    group_id        UInt64                  COMMENT 'Hash of what makes crashes the same bug, computed from scrubbed text. Not personal.',
    expires_at      DateTime('UTC')         COMMENT 'When the counted events must be gone, and this row with them. Not personal.',
    day             Date                    COMMENT 'Day on which the counted events arrived. Not personal.',
    events          SimpleAggregateFunction(sum, UInt64) COMMENT 'Number of events. Not personal.',
    previous        SimpleAggregateFunction(max, UInt64) COMMENT 'The group under the rules before these, 0 if there were none. Not personal.',
    visitors        AggregateFunction(uniqCombined(14), UInt64) COMMENT 'Hashes of the pseudonyms that were affected, and of many only a sketch, for counting them only.',
    first_seen      SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'When the first of them arrived. Not personal.',
    last_seen       SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When the last of them arrived. Not personal.',
    releases        SimpleAggregateFunction(groupUniqArrayArray(20), Array(String)) COMMENT 'Releases that they came from, at most 20, as in error_events: scrubbed.',
    latest          AggregateFunction(argMax, Tuple(event_id FixedString(32), level LowCardinality(String), exception_type LowCardinality(String), exception_value String, message String, culprit String, release LowCardinality(String), platform LowCardinality(String)), DateTime64(3, 'UTC')) COMMENT 'Columns of the last of them, as in error_events: scrubbed.'
)
ENGINE = AggregatingMergeTree
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, group_id, day)
TTL expires_at
SETTINGS
    index_granularity = 32,
    min_compress_block_size = 4096,
    min_bytes_for_wide_part = 1000000,
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1
COMMENT 'Crashes counted by issue and day.';

-- In the order of the events, so that one issue after the other is counted, not millions at once in memory.
INSERT INTO issue_days (project_id, group_id, expires_at, day, events, previous, visitors, first_seen, last_seen, releases, latest)
SELECT
    project_id, group_id, expires_at, toDate(received_at) AS day,
    count() AS events,
    max(group_previous) AS previous,
    uniqCombinedState(14)(if(user_key != 0, user_key, cityHash64(client_ip, browser, browser_major, system, device))) AS visitors,
    min(received_at) AS first_seen,
    max(received_at) AS last_seen,
    groupUniqArray(20)(release) AS releases,
    argMaxState(
        (event_id, level, exception_type, exception_value, message, culprit, release, platform), received_at) AS latest
FROM error_events
GROUP BY project_id, group_id, expires_at, day
SETTINGS optimize_aggregation_in_order = 1, max_partitions_per_insert_block = 0, max_threads = 1, max_insert_threads = 1,
    max_block_size = 65536, min_insert_block_size_rows = 262144;

CREATE MATERIALIZED VIEW issue_days_of_events TO issue_days AS
SELECT
    project_id, group_id, expires_at, toDate(received_at) AS day,
    count() AS events,
    max(group_previous) AS previous,
    uniqCombinedState(14)(if(user_key != 0, user_key, cityHash64(client_ip, browser, browser_major, system, device))) AS visitors,
    min(received_at) AS first_seen,
    max(received_at) AS last_seen,
    groupUniqArray(20)(release) AS releases,
    argMaxState(
        (event_id, level, exception_type, exception_value, message, culprit, release, platform), received_at) AS latest
FROM error_events
GROUP BY project_id, group_id, expires_at, day
COMMENT 'Fills issue_days.';
