-- Issues: crashes that are the same bug. What is counted follows the events and expires with them; what people decide
-- about an issue is kept as versions of a row.

-- One row for each issue, day and moment of expiry. An issue list reads this instead of every event. It holds the same
-- partitions as error_events, so that both are dropped together. A page looks for some 25 issues among 100,000:
-- the small granules keep that to a few thousand rows.
CREATE TABLE issue_days
(
    project_id      UInt32                  COMMENT 'Project that crashed. Not personal.',
    group_id        UInt64                  COMMENT 'Hash of what makes crashes the same bug, computed from scrubbed text. Not personal.',
    expires_at      DateTime('UTC')         COMMENT 'When the counted events must be gone, and this row with them. Not personal.',
    day             Date                    COMMENT 'Day on which the counted events arrived. Not personal.',
    events          SimpleAggregateFunction(sum, UInt64) COMMENT 'Number of events. Not personal.',
    visitors        AggregateFunction(uniq, UInt64) COMMENT 'Hashes of the pseudonyms that were affected, for counting them only.',
    first_seen      SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'When the first of them arrived. Not personal.',
    last_seen       SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When the last of them arrived. Not personal.',
    latest          AggregateFunction(argMax, Tuple(event_id FixedString(32), level LowCardinality(String), exception_type LowCardinality(String), exception_value String, message String, culprit String, release LowCardinality(String), platform LowCardinality(String)), DateTime64(3, 'UTC')) COMMENT 'Columns of the last of them, as in error_events: scrubbed.',
    INDEX by_day day TYPE minmax GRANULARITY 8192
)
ENGINE = AggregatingMergeTree
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, group_id, day)
TTL expires_at
SETTINGS
    index_granularity = 128,
    min_bytes_for_wide_part = 1000000,
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1
COMMENT 'Crashes counted by issue and day.';

-- Events of before. Cut off and begun again, this counts none twice.
TRUNCATE TABLE issue_days;
INSERT INTO issue_days
SELECT
    project_id, group_id, expires_at, toDate(received_at) AS day,
    count() AS events,
    uniqState(if(user_key != 0, user_key, cityHash64(client_ip, browser, browser_major, system, device))) AS visitors,
    min(received_at) AS first_seen,
    max(received_at) AS last_seen,
    argMaxState(
        (event_id, level, exception_type, exception_value, message, culprit, release, platform), received_at) AS latest
FROM error_events
GROUP BY project_id, group_id, expires_at, day
SETTINGS max_partitions_per_insert_block = 0, max_threads = 1, max_insert_threads = 1, max_block_size = 65536;

CREATE MATERIALIZED VIEW issue_days_of_events TO issue_days AS
SELECT
    project_id, group_id, expires_at, toDate(received_at) AS day,
    count() AS events,
    uniqState(if(user_key != 0, user_key, cityHash64(client_ip, browser, browser_major, system, device))) AS visitors,
    min(received_at) AS first_seen,
    max(received_at) AS last_seen,
    argMaxState(
        (event_id, level, exception_type, exception_value, message, culprit, release, platform), received_at) AS latest
FROM error_events
GROUP BY project_id, group_id, expires_at, day
COMMENT 'Fills issue_days.';

-- One row for each release, environment and moment of expiry.
CREATE TABLE release_days
(
    project_id      UInt32                  COMMENT 'Project that crashed. Not personal.',
    release         LowCardinality(String)  COMMENT 'Version of the application, as in error_events: scrubbed.',
    environment     LowCardinality(String)  COMMENT 'Environment of the application, as in error_events: scrubbed.',
    expires_at      DateTime('UTC')         COMMENT 'When the counted events must be gone, and this row with them. Not personal.',
    events          SimpleAggregateFunction(sum, UInt64) COMMENT 'Number of events. Not personal.',
    first_seen      SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'When the first of them arrived. Not personal.',
    last_seen       SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'When the last of them arrived. Not personal.'
)
ENGINE = AggregatingMergeTree
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, release, environment)
TTL expires_at
SETTINGS
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1
COMMENT 'Crashes counted by release and environment.';

TRUNCATE TABLE release_days;
INSERT INTO release_days
SELECT
    project_id, release, environment, expires_at, count() AS events,
    min(received_at) AS first_seen, max(received_at) AS last_seen
FROM error_events
GROUP BY project_id, release, environment, expires_at
SETTINGS max_partitions_per_insert_block = 0;

CREATE MATERIALIZED VIEW release_days_of_events TO release_days AS
SELECT
    project_id, release, environment, expires_at, count() AS events,
    min(received_at) AS first_seen, max(received_at) AS last_seen
FROM error_events
GROUP BY project_id, release, environment, expires_at
COMMENT 'Fills release_days.';

-- An event is looked for by its id alone.
ALTER TABLE error_events ADD INDEX IF NOT EXISTS by_event_id event_id TYPE bloom_filter(0.001) GRANULARITY 1;
ALTER TABLE error_events MATERIALIZE INDEX by_event_id;

CREATE TABLE issue_states
(
    project_id      UInt32                  COMMENT 'Project of the issue. Not personal.',
    group_id        UInt64                  COMMENT 'The issue. Not personal.',
    status          LowCardinality(String)  COMMENT 'What was decided: unresolved, resolved, resolved_in_next_release or ignored. Not personal.',
    changed_at      DateTime64(3, 'UTC')    COMMENT 'When the status was decided. Not personal.',
    ignored_until   DateTime('UTC')         COMMENT 'When it stops being ignored; 1970 for never. Not personal.',
    ignored_events  UInt64                  COMMENT 'After how many more events it stops being ignored; 0 for never. Not personal.',
    release         LowCardinality(String)  COMMENT 'The newest release at that time, scrubbed as in error_events.',
    known_releases  Array(LowCardinality(String)) COMMENT 'The releases that were known at that time, scrubbed as in error_events.',
    assignee        LowCardinality(String)  COMMENT 'Number of the user who takes care of it, empty for nobody. No visitor is meant.',
    merged_into     UInt64                  COMMENT 'The issue that this one is shown as, 0 for itself. Not personal.',
    version         UInt64                  COMMENT 'Milliseconds of the last change; the highest counts. Not personal.'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project_id, group_id)
TTL toDateTime(intDiv(version, 1000)) + INTERVAL 400 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What was decided about an issue. Forgotten 400 days after the last one.';

CREATE TABLE issue_activity
(
    project_id      UInt32                  COMMENT 'Project of the issue. Not personal.',
    group_id        UInt64                  COMMENT 'The issue. Not personal.',
    at              DateTime64(3, 'UTC')    COMMENT 'When it happened. Not personal.',
    expires_at      DateTime('UTC')         COMMENT 'When the row must be gone, at most 30 days later. Not personal.',
    kind            LowCardinality(String)  COMMENT 'What happened: resolved, ignored, regressed, merged, commented and so on. Not personal.',
    actor           LowCardinality(String)  COMMENT 'Number of the user or token who did it, empty for Mayfly itself. No visitor is meant.',
    detail          String                  COMMENT 'A release, a number of an issue or user, a time; for a comment its text, scrubbed.' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, group_id, at, kind, actor)
TTL expires_at
SETTINGS
    ttl_only_drop_parts = 1,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1
COMMENT 'The trail of each issue: who changed what when, and comments.';
