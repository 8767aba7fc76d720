-- Page views, events and pings. One partition holds the rows that expire together and is dropped as a whole.

CREATE TABLE analytics_events
(
    project_id      UInt32                  COMMENT 'Project that was visited. Not personal.',
    received_at     DateTime64(3, 'UTC')    COMMENT 'When the server received the hit. The client''s clock is not kept.' CODEC(Delta, ZSTD),
    expires_at      DateTime('UTC')         COMMENT 'When the row must be gone, at most 30 days after receipt. Not personal.' CODEC(ZSTD),
    kind            LowCardinality(String)  COMMENT 'pageview, event or ping. Not personal.',
    client_ip       String                  COMMENT 'Address with at least the last octet zeroed (IPv6: the last 64 bits), masked before anything else was done with it.' CODEC(ZSTD),
    country         LowCardinality(String)  COMMENT 'Country of the masked address, looked up locally. Two letters.',
    visitor_id      UInt64                  COMMENT 'Random number of a visitor, held in memory for some hours under a salt that is never written. Cannot be recomputed by anyone.' CODEC(ZSTD),
    browser_key     UInt64                  COMMENT 'Keyed hash of the tracker''s own visitor id, 0 if none. Lets its holder ask for erasure; the key is not in this database.' CODEC(ZSTD),
    user_key        UInt64                  COMMENT 'Keyed hash of the user id that the site set, 0 if none. Lets its holder ask for erasure; the key is not in this database.' CODEC(ZSTD),
    host            LowCardinality(String)  COMMENT 'Host of the page. User info removed.',
    path            String                  COMMENT 'Path of the page, scrubbed; identifier-like segments replaced by their kind.' CODEC(ZSTD),
    query           String                  COMMENT 'Query of the page without click ids, sessions, tokens; values scrubbed.' CODEC(ZSTD),
    title           String                  COMMENT 'Title of the page, scrubbed.' CODEC(ZSTD),
    referrer_host   LowCardinality(String)  COMMENT 'Host of the referring page.',
    referrer_path   String                  COMMENT 'Path of the referring page, scrubbed. Its query, and so what was searched for, is not kept.' CODEC(ZSTD),
    event_category  LowCardinality(String)  COMMENT 'Category of an event, scrubbed.',
    event_action    LowCardinality(String)  COMMENT 'Action of an event, scrubbed.',
    event_name      String                  COMMENT 'Name of an event, scrubbed.' CODEC(ZSTD),
    event_value     Float64                 COMMENT 'Value of an event. A number without context.' CODEC(ZSTD),
    pageview_id     String                  COMMENT 'Six letters that tie events to their page view; new on every view.' CODEC(ZSTD),
    browser         LowCardinality(String)  COMMENT 'Browser family. The user agent string is not kept.',
    browser_major   UInt16                  COMMENT 'Major version of the browser. Minor versions are not kept.' CODEC(ZSTD),
    system          LowCardinality(String)  COMMENT 'Operating system family, without version.',
    device          LowCardinality(String)  COMMENT 'Class of device: desktop, smartphone, tablet, tv, bot. No model.',
    screen          LowCardinality(String)  COMMENT 'Screen resolution. Shared by many.',
    language        LowCardinality(String)  COMMENT 'First language of the browser, without region. The full list is not kept.',
    scrubbed        Map(LowCardinality(String), UInt16) COMMENT 'How often each scrubbing rule removed something from this hit. Counts only.' CODEC(ZSTD)
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
COMMENT 'What visitors did, without who they were.';

-- 30 minutes without an action end a visit. Computed from stored actions, so late ones fall into place.
CREATE VIEW visits AS
SELECT
    project_id,
    visitor_id,
    visit_number,
    min(received_at) AS started_at,
    max(received_at) AS ended_at,
    countIf(kind = 'pageview') AS pageviews,
    countIf(kind = 'event') AS events,
    argMinIf(path, received_at, kind = 'pageview') AS entry_path,
    argMaxIf(path, received_at, kind = 'pageview') AS exit_path,
    argMin(referrer_host, received_at) AS referrer_host,
    any(country) AS country
FROM
(
    SELECT
        *,
        sum(opens_visit) OVER (PARTITION BY project_id, visitor_id ORDER BY received_at ROWS UNBOUNDED PRECEDING) AS visit_number
    FROM
    (
        SELECT
            project_id, visitor_id, received_at, kind, path, referrer_host, country,
            received_at > addSeconds(lagInFrame(received_at, 1, toDateTime64(0, 3, 'UTC'))
                OVER (PARTITION BY project_id, visitor_id ORDER BY received_at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW), 1800) AS opens_visit
        FROM analytics_events
        WHERE expires_at > now()
    )
)
GROUP BY project_id, visitor_id, visit_number
HAVING pageviews + events > 0
COMMENT 'Visits: actions of one visitor with less than 30 minutes between them.';
