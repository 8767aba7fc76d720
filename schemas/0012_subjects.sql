-- What visitors ask of their own data: receipts, objections, and a place for their pseudonyms while a request is worked on.

CREATE TABLE subject_receipts
(
    id              UUID                    COMMENT 'Random number of the receipt, told to whoever asked. Stands for the request, not for a person.',
    given_at        DateTime('UTC')         COMMENT 'When the request was done. Not personal.',
    project_id      UInt32                  COMMENT 'Project that it was about. Not personal.',
    kind            LowCardinality(String)  COMMENT 'export, erase, object or withdraw. Not personal.',
    tables          Array(LowCardinality(String)) COMMENT 'Tables that had rows. Not personal.',
    rows            UInt64                  COMMENT 'Rows that were handed out or deleted, in all tables. A count.',
    spool_rows      UInt64                  COMMENT 'Rows that were deleted before they reached a table. A count.',
    rows_left       UInt64                  COMMENT 'Proof of an erasure: rows that a query still found afterwards. Zero.',
    parts_left      UInt64                  COMMENT 'Proof of an erasure: parts on disk from before it, counted afterwards. Zero.',
    spool_files_left UInt64                 COMMENT 'Proof of an erasure: files of the spool that still held the pseudonym, searched afterwards. Zero.'
)
ENGINE = MergeTree
ORDER BY (given_at, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What visitors asked for and got, as counts. Who they were is not kept, not even as a pseudonym.';

CREATE TABLE objections
(
    project_id      UInt32                  COMMENT 'Project that must not count somebody. Not personal.',
    key             UInt64                  COMMENT 'Keyed hash of the id whose holder objected; the key is not in this database. Kept so that the objection can be honoured.',
    scope           LowCardinality(String)  COMMENT 'analytics or errors. Not personal.',
    expires_at      DateTime('UTC')         COMMENT 'When the objection is forgotten: 13 months after it was made or repeated. Not personal.',
    version         UInt64                  COMMENT 'Milliseconds at which it was made; the highest counts. Not personal.'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (project_id, key, scope)
TTL expires_at
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 1
COMMENT 'Who must not be counted, as keyed hashes that nothing else is stored with.';

CREATE TABLE subject_keys
(
    request         UUID                    COMMENT 'Random number of the request. Not personal.',
    held_at         DateTime('UTC')         COMMENT 'When the request began. What is left of one that was cut off goes after an hour. Not personal.',
    key             UInt64                  COMMENT 'Keyed hash of the id that was presented. In memory, for as long as the request is worked on.'
)
ENGINE = Memory
COMMENT 'Pseudonyms of requests at work, so that no statement and no log of changes names one. Never on disk.';

CREATE TABLE roll_up_repairs
(
    request         UUID                    COMMENT 'Random number of the erasure. Not personal.',
    due_at          DateTime('UTC')         COMMENT 'From when the server sees to it if whoever asked has not. Not personal.',
    project_id      UInt32                  COMMENT 'Project of the issue. Not personal.',
    group_id        UInt64                  COMMENT 'Issue from which events are erased. Not personal.',
    partition       UInt32                  COMMENT 'Partition of the roll-ups that is to be counted anew. Not personal.'
)
ENGINE = MergeTree
ORDER BY (request, partition)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, old_parts_lifetime = 1
COMMENT 'What is to be counted anew without the events that are being erased. Written down before they go, empty afterwards.';
