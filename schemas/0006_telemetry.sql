-- What Sentry SDKs and browsers send beside crash reports. One partition holds the rows that expire together and is dropped
-- as a whole. Counts (sessions, outcomes) are summed in merges: read them with sum().

CREATE TABLE sessions
(
    project_id          UInt32                  COMMENT 'Project that it was sent to. Not personal.',
    hour                DateTime('UTC')         COMMENT 'Hour in which the sessions began, by the client''s clock, never later than receipt. Not personal.' CODEC(Delta, ZSTD),
    expires_at          DateTime('UTC')         COMMENT 'When the row must be gone, at most 30 days after receipt. Not personal.' CODEC(ZSTD),
    release             LowCardinality(String)  COMMENT 'Version of the application. Scrubbed.',
    environment         LowCardinality(String)  COMMENT 'Environment of the application, e.g. production. Scrubbed.',
    started             UInt64                  COMMENT 'Sessions that began. A count.' CODEC(ZSTD),
    exited              UInt64                  COMMENT 'Sessions that ended normally, with or without errors. A count.' CODEC(ZSTD),
    errored             UInt64                  COMMENT 'Sessions with at least one error, those below included. A count.' CODEC(ZSTD),
    unhandled           UInt64                  COMMENT 'Sessions with an error that nothing caught. A count.' CODEC(ZSTD),
    crashed             UInt64                  COMMENT 'Sessions that a crash ended. A count.' CODEC(ZSTD),
    abnormal            UInt64                  COMMENT 'Sessions that ended without a word. A count.' CODEC(ZSTD),
    timed               UInt64                  COMMENT 'Ended sessions whose duration is known. A count.' CODEC(ZSTD),
    duration_ms         Float64                 COMMENT 'Their durations together, in milliseconds. A sum.' CODEC(ZSTD)
)
ENGINE = SummingMergeTree((started, exited, errored, unhandled, crashed, abnormal, timed, duration_ms))
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, hour, release, environment)
TTL expires_at
SETTINGS
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1,
    merge_max_block_size = 4096
COMMENT 'How many sessions went how, without any session.';

CREATE TABLE logs
(
    project_id          UInt32                  COMMENT 'Project that it was sent to. Not personal.',
    received_at         DateTime64(3, 'UTC')    COMMENT 'When the server received it. Not personal.' CODEC(Delta, ZSTD),
    expires_at          DateTime('UTC')         COMMENT 'When the row must be gone, at most 30 days after receipt. Not personal.' CODEC(ZSTD),
    occurred_at         DateTime64(3, 'UTC')    COMMENT 'When the client says it happened, never later than receipt. Not personal.' CODEC(Delta, ZSTD),
    level               LowCardinality(String)  COMMENT 'trace, debug, info, warn, error or fatal. Not personal.',
    body                String                  COMMENT 'What was logged, scrubbed.' CODEC(ZSTD(3)),
    trace_id            String                  COMMENT 'Random id of one operation, made by the SDK; ties its spans, logs and crashes together. 32 hexadecimal digits or empty.' CODEC(ZSTD),
    span_id             String                  COMMENT 'Random id of the span around it. 16 hexadecimal digits or empty.' CODEC(ZSTD),
    release             LowCardinality(String)  COMMENT 'Version of the application. Scrubbed.',
    environment         LowCardinality(String)  COMMENT 'Environment of the application, e.g. production. Scrubbed.',
    sdk_name            LowCardinality(String)  COMMENT 'Name of the SDK. Scrubbed.',
    sdk_version         LowCardinality(String)  COMMENT 'Version of the SDK. Scrubbed.',
    attributes          Map(LowCardinality(String), String) COMMENT 'Attributes of the line, scrubbed. Those of users, sessions, devices and hosts are left out, addresses are masked.' CODEC(ZSTD(3)),
    scrubbed            Map(LowCardinality(String), UInt16) COMMENT 'How often each scrubbing rule removed something from this line. Counts only.' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, occurred_at)
TTL expires_at
SETTINGS
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1,
    merge_max_block_size = 4096
COMMENT 'What applications log, without whom it was about.';

CREATE TABLE spans
(
    project_id          UInt32                  COMMENT 'Project that it was sent to. Not personal.',
    received_at         DateTime64(3, 'UTC')    COMMENT 'When the server received it. Not personal.' CODEC(Delta, ZSTD),
    expires_at          DateTime('UTC')         COMMENT 'When the row must be gone, at most 30 days after receipt. Not personal.' CODEC(ZSTD),
    started_at          DateTime64(3, 'UTC')    COMMENT 'When the client says it began, never later than receipt. Not personal.' CODEC(Delta, ZSTD),
    is_transaction      Bool                    COMMENT 'Whether it is the root of a transaction. Not personal.',
    name                LowCardinality(String)  COMMENT 'Name of the route, task or span, scrubbed; identifier-like parts of paths replaced by their kind.',
    op                  LowCardinality(String)  COMMENT 'Kind of operation, e.g. db.query. Scrubbed.',
    description         String                  COMMENT 'What was done, scrubbed: addresses without their query, statements without their literals.' CODEC(ZSTD),
    status              LowCardinality(String)  COMMENT 'How it ended, one of a closed set. Not personal.',
    duration_ms         Float64                 COMMENT 'How long it took, in milliseconds. Not personal.' CODEC(ZSTD),
    trace_id            String                  COMMENT 'Random id of one operation, made by the SDK; ties its spans, logs and crashes together. 32 hexadecimal digits or empty.' CODEC(ZSTD),
    span_id             String                  COMMENT 'Random id of the span. 16 hexadecimal digits.' CODEC(ZSTD),
    parent_span_id      String                  COMMENT 'Random id of the span around it. 16 hexadecimal digits or empty.' CODEC(ZSTD),
    release             LowCardinality(String)  COMMENT 'Version of the application. Scrubbed.',
    environment         LowCardinality(String)  COMMENT 'Environment of the application, e.g. production. Scrubbed.',
    sdk_name            LowCardinality(String)  COMMENT 'Name of the SDK. Scrubbed.',
    scrubbed            Map(LowCardinality(String), UInt16) COMMENT 'How often each scrubbing rule removed something from the item, stated with its first span. Counts only.' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, is_transaction, started_at)
TTL expires_at
SETTINGS
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1,
    merge_max_block_size = 4096
COMMENT 'What took how long, without for whom.';

CREATE TABLE feedback
(
    project_id          UInt32                  COMMENT 'Project that it was sent to. Not personal.',
    received_at         DateTime64(3, 'UTC')    COMMENT 'When the server received it. Not personal.' CODEC(Delta, ZSTD),
    expires_at          DateTime('UTC')         COMMENT 'When the row must be gone, at most 30 days after receipt. Not personal.' CODEC(ZSTD),
    event_id            String                  COMMENT 'Random id of the crash event that it is about. 32 hexadecimal digits or empty.' CODEC(ZSTD),
    user_key            UInt64                  COMMENT 'Keyed hash of the id or address of whoever wrote, 0 if none. Lets its holder ask for erasure; the key is not in this database.' CODEC(ZSTD),
    message             String                  COMMENT 'What was written, scrubbed, also of the writer''s own name and address.' CODEC(ZSTD),
    page_host           LowCardinality(String)  COMMENT 'Host of the page. User info removed.',
    page_path           String                  COMMENT 'Path of the page, scrubbed; identifier-like segments replaced by their kind. Its query is not kept.' CODEC(ZSTD),
    release             LowCardinality(String)  COMMENT 'Version of the application. Scrubbed.',
    environment         LowCardinality(String)  COMMENT 'Environment of the application, e.g. production. Scrubbed.',
    scrubbed            Map(LowCardinality(String), UInt16) COMMENT 'How often each scrubbing rule removed something from the item. Counts only.' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, received_at)
TTL expires_at
SETTINGS
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1,
    merge_max_block_size = 4096
COMMENT 'What people wrote about a crash or a page, without who wrote it.';

CREATE TABLE check_ins
(
    project_id          UInt32                  COMMENT 'Project that it was sent to. Not personal.',
    received_at         DateTime64(3, 'UTC')    COMMENT 'When the server received it. Not personal.' CODEC(Delta, ZSTD),
    expires_at          DateTime('UTC')         COMMENT 'When the row must be gone, at most 30 days after receipt. Not personal.' CODEC(ZSTD),
    monitor_slug        LowCardinality(String)  COMMENT 'Name of the job, given by the operator. Scrubbed.',
    status              LowCardinality(String)  COMMENT 'ok, error, in_progress, missed or timeout. Not personal.',
    check_in_id         String                  COMMENT 'Random id of one run, made by the SDK. 32 hexadecimal digits or empty.' CODEC(ZSTD),
    duration_ms         Float64                 COMMENT 'How long the run took, in milliseconds; 0 if not stated. Not personal.' CODEC(ZSTD),
    environment         LowCardinality(String)  COMMENT 'Environment of the application, e.g. production. Scrubbed.',
    release             LowCardinality(String)  COMMENT 'Version of the application. Scrubbed.',
    schedule            LowCardinality(String)  COMMENT 'When the job should run: a crontab or an interval, empty if not sent. Not personal.',
    timezone            LowCardinality(String)  COMMENT 'Time zone of the schedule, i.e. of the job. Not personal.',
    margin_minutes      UInt32                  COMMENT 'How late the job may check in. Not personal.' CODEC(ZSTD),
    runtime_minutes_max UInt32                  COMMENT 'How long the job may run. Not personal.' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, monitor_slug, received_at)
TTL expires_at
SETTINGS
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1,
    merge_max_block_size = 4096
COMMENT 'What scheduled jobs say of themselves.';

CREATE TABLE outcomes
(
    project_id          UInt32                  COMMENT 'Project that it was sent to. Not personal.',
    hour                DateTime('UTC')         COMMENT 'Hour of the report, by the client''s clock, never later than receipt. Not personal.' CODEC(Delta, ZSTD),
    expires_at          DateTime('UTC')         COMMENT 'When the row must be gone, at most 30 days after receipt. Not personal.' CODEC(ZSTD),
    source              LowCardinality(String)  COMMENT 'Who says so: client. Not personal.',
    category            LowCardinality(String)  COMMENT 'Kind of what was discarded, one of a closed set. Not personal.',
    reason              LowCardinality(String)  COMMENT 'Why it was discarded, one of a closed set. Not personal.',
    quantity            UInt64                  COMMENT 'How many were discarded. A count.' CODEC(ZSTD)
)
ENGINE = SummingMergeTree(quantity)
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, hour, source, category, reason)
TTL expires_at
SETTINGS
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1,
    merge_max_block_size = 4096
COMMENT 'What never arrived, as the clients count it.';

CREATE TABLE security_reports
(
    project_id          UInt32                  COMMENT 'Project that it was sent to. Not personal.',
    received_at         DateTime64(3, 'UTC')    COMMENT 'When the server received it. Not personal.' CODEC(Delta, ZSTD),
    expires_at          DateTime('UTC')         COMMENT 'When the row must be gone, at most 30 days after receipt. Not personal.' CODEC(ZSTD),
    kind                LowCardinality(String)  COMMENT 'Type of the report, one of a closed set. Not personal.',
    document_host       LowCardinality(String)  COMMENT 'Host of the page. User info removed.',
    document_path       String                  COMMENT 'Path of the page, scrubbed; identifier-like segments replaced by their kind. Its query is not kept.' CODEC(ZSTD),
    directive           LowCardinality(String)  COMMENT 'Directive or policy that was violated. Scrubbed. The policy itself is not kept.',
    disposition         LowCardinality(String)  COMMENT 'enforce or report. Not personal.',
    blocked             LowCardinality(String)  COMMENT 'Host, scheme or keyword of what was blocked. Its path is not kept.',
    source              String                  COMMENT 'Host and path of the script that caused it, cleaned like the page; of a browser extension its scheme only.' CODEC(ZSTD),
    line_number         UInt32                  COMMENT 'Line of the script. Not personal.' CODEC(ZSTD),
    column_number       UInt32                  COMMENT 'Column of the script. Not personal.' CODEC(ZSTD),
    reason              LowCardinality(String)  COMMENT 'Type of the network error, reason of the crash or id of the deprecated feature. Scrubbed.',
    message             String                  COMMENT 'The browser''s own words about a deprecation or intervention, scrubbed.' CODEC(ZSTD),
    phase               LowCardinality(String)  COMMENT 'Phase of the network error: dns, connection or application. Not personal.',
    method              LowCardinality(String)  COMMENT 'Method of the failed request. Not personal.',
    protocol            LowCardinality(String)  COMMENT 'Network protocol of the failed request. Not personal.',
    status_code         UInt16                  COMMENT 'Status of the page or the failed request, 0 if none. Not personal.' CODEC(ZSTD),
    elapsed_ms          UInt32                  COMMENT 'How long the failed request took. Not personal.' CODEC(ZSTD),
    browser             LowCardinality(String)  COMMENT 'Browser family. The user agent string is not kept.',
    browser_major       UInt16                  COMMENT 'Major version of the browser. Minor versions are not kept.' CODEC(ZSTD),
    scrubbed            Map(LowCardinality(String), UInt16) COMMENT 'How often each scrubbing rule removed something from this report. Counts only.' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, kind, received_at)
TTL expires_at
SETTINGS
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1,
    merge_max_block_size = 4096
COMMENT 'What browsers report about pages: violated policies, deprecations, crashes, network errors.';
