-- Projects, their keys, and access tokens. Small; the newest version of a row counts.

CREATE TABLE projects
(
    id              UInt32                  COMMENT 'Number of the project. Not personal.',
    name            String                  COMMENT 'Name given by the operator. Names a product, not a person.',
    retention_hours UInt16                  COMMENT 'How long rows of the project are kept, at most 720. Not personal.',
    created_at      DateTime('UTC')         COMMENT 'When the project was created. Not personal.',
    version         UInt64                  COMMENT 'Milliseconds of the last change; the highest counts. Not personal.'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Projects: what widgets report to.';

CREATE TABLE project_keys
(
    public_key      FixedString(32)         COMMENT 'Public part of a DSN; it stands in every page that uses it. Not personal.',
    project_id      UInt32                  COMMENT 'Project that the key belongs to. Not personal.',
    revoked         Bool                    COMMENT 'Whether the key has been withdrawn. Not personal.',
    created_at      DateTime('UTC')         COMMENT 'When the key was made. Not personal.',
    version         UInt64                  COMMENT 'Milliseconds of the last change; the highest counts. Not personal.'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY public_key
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Keys that crash reports present.';

CREATE TABLE tokens
(
    token_hash      FixedString(64)         COMMENT 'SHA-256 of an access token (128 random bits). The token itself is stored nowhere.',
    role            LowCardinality(String)  COMMENT 'admin, developer or officer. Not personal.',
    project_id      UInt32                  COMMENT 'Project that the token is limited to; 0 for all. Not personal.',
    purpose         LowCardinality(String)  COMMENT 'api for programs, session for a signed-in browser. Not personal.',
    created_at      DateTime('UTC')         COMMENT 'When the token was made. Not personal.',
    expires_at      DateTime('UTC')         COMMENT 'When the token stops working; sessions after 30 days at the latest. Not personal.',
    revoked         Bool                    COMMENT 'Whether the token has been withdrawn. Not personal.',
    version         UInt64                  COMMENT 'Milliseconds of the last change; the highest counts. Not personal.'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY token_hash
TTL expires_at
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Access to the read side, as hashes.';

CREATE TABLE deletion_receipts
(
    deleted_at      DateTime('UTC')         COMMENT 'When the deletion was carried out. Not personal.',
    table_name      LowCardinality(String)  COMMENT 'Table that rows were deleted from. Not personal.',
    partition_id    String                  COMMENT 'Partition that was dropped: the moment at which its rows expired. Not personal.',
    rows            UInt64                  COMMENT 'Rows that were planned for deletion. Not personal.',
    bytes           UInt64                  COMMENT 'Bytes on disk that were planned for deletion. Not personal.',
    parts_left      UInt64                  COMMENT 'Proof: parts of the partition, active, inactive or detached, counted afterwards. Zero.',
    rows_left       UInt64                  COMMENT 'Proof: rows of the partition, counted afterwards. Zero.'
)
ENGINE = MergeTree
ORDER BY (deleted_at, table_name)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'What was deleted, when, and the proof that it is gone. Holds counts only.';
