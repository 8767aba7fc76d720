-- Crash reports. One partition holds the rows that expire together and is dropped as a whole.

CREATE TABLE error_events
(
    project_id      UInt32                  COMMENT 'Project that crashed. Not personal.',
    received_at     DateTime64(3, 'UTC')    COMMENT 'When the server received the event. Not personal.' CODEC(Delta, ZSTD),
    expires_at      DateTime('UTC')         COMMENT 'When the row must be gone, at most 30 days after receipt. Not personal.' CODEC(ZSTD),
    occurred_at     DateTime64(3, 'UTC')    COMMENT 'When the client says it happened, never later than receipt. Not personal.' CODEC(Delta, ZSTD),
    client_ip       String                  COMMENT 'Address with at least the last octet zeroed (IPv6: the last 64 bits), masked before anything else was done with it. Empty if the client asked for none.' CODEC(ZSTD),
    country         LowCardinality(String)  COMMENT 'Country of the masked address, looked up locally. Two letters.',
    event_id        FixedString(32)         COMMENT 'Random id of the event, made by the SDK. Not personal.' CODEC(ZSTD),
    group_id        UInt64                  COMMENT 'Hash of what makes crashes the same bug, computed from scrubbed text. Not personal.' CODEC(ZSTD),
    user_key        UInt64                  COMMENT 'Keyed hash of the user id that the application set, 0 if none. Counts affected users and lets its holder ask for erasure; the key is not in this database.' CODEC(ZSTD),
    level           LowCardinality(String)  COMMENT 'fatal, error, warning, info or debug. Not personal.',
    platform        LowCardinality(String)  COMMENT 'Platform of the SDK. Not personal.',
    exception_type  LowCardinality(String)  COMMENT 'Type of what was thrown, scrubbed.',
    exception_value String                  COMMENT 'Message of what was thrown, scrubbed.' CODEC(ZSTD),
    message         String                  COMMENT 'Logged message, scrubbed.' CODEC(ZSTD),
    culprit         String                  COMMENT 'Where it happened: transaction, or function of the innermost frame of the application. Scrubbed.' CODEC(ZSTD),
    unhandled       Bool                    COMMENT 'Whether nothing caught it. Not personal.',
    release         LowCardinality(String)  COMMENT 'Version of the application. Scrubbed.',
    environment     LowCardinality(String)  COMMENT 'Environment of the application, e.g. production. Scrubbed.',
    transaction     String                  COMMENT 'Name of the route or task, scrubbed.' CODEC(ZSTD),
    logger          LowCardinality(String)  COMMENT 'Name of the logger, scrubbed.',
    sdk_name        LowCardinality(String)  COMMENT 'Name of the SDK. Not personal.',
    sdk_version     LowCardinality(String)  COMMENT 'Version of the SDK. Not personal.',
    browser         LowCardinality(String)  COMMENT 'Browser family. The user agent string is not kept in a column.',
    browser_major   UInt16                  COMMENT 'Major version of the browser.' CODEC(ZSTD),
    system          LowCardinality(String)  COMMENT 'Operating system family.',
    device          LowCardinality(String)  COMMENT 'Class of device: desktop, smartphone, tablet, tv, bot. No model.',
    tags            Map(LowCardinality(String), String) COMMENT 'Tags that the application set, scrubbed.' CODEC(ZSTD),
    scrubbed        Map(LowCardinality(String), UInt16) COMMENT 'How often each scrubbing rule removed something from this event. Counts only.' CODEC(ZSTD),
    remarks         Array(Tuple(path String, rule LowCardinality(String), count UInt16)) COMMENT 'Where which rule removed something. Names places, never values or lengths.' CODEC(ZSTD),
    payload         String                  COMMENT 'The event as JSON, scrubbed before it was written anywhere.' CODEC(ZSTD(3))
)
ENGINE = MergeTree
PARTITION BY toUnixTimestamp(expires_at)
ORDER BY (project_id, group_id, received_at)
TTL expires_at
SETTINGS
    ttl_only_drop_parts = 1,
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    min_rows_to_fsync_after_merge = 1,
    old_parts_lifetime = 1,
    merge_max_block_size = 4096
COMMENT 'What broke, without whom it broke for.';
