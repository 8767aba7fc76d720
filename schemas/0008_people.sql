-- People who sign in, and what tokens and sessions have to do with them. Small; the newest version of a row counts.

CREATE TABLE users
(
    id              UUID                    COMMENT 'Random number of the user. Stands for the person wherever the address is not needed.',
    email           String                  COMMENT 'Address that an operator signs in with, as its owner wrote it. Personal data of an operator, never of a visitor; stored here alone and given for this purpose.',
    role            LowCardinality(String)  COMMENT 'admin, developer or officer. Not personal.',
    project_ids     Array(UInt32)           COMMENT 'Projects that the user is limited to; empty for all. Not personal.',
    password_hash   String                  COMMENT 'argon2id hash of the password with its salt and parameters; empty until the invitation is accepted. The password itself is stored nowhere.',
    created_at      DateTime('UTC')         COMMENT 'When the user was added. Not personal.',
    disabled        Bool                    COMMENT 'Whether the user may no longer sign in. Not personal.',
    version         UInt64                  COMMENT 'Milliseconds of the last change; the highest counts. Not personal.'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Operators who may sign in: developers, privacy officers, administrators.';

ALTER TABLE tokens
    ADD COLUMN IF NOT EXISTS project_ids Array(UInt32) DEFAULT if(project_id = 0, [], [project_id]) COMMENT 'Projects that the token is limited to; empty for all. Not personal.' AFTER project_id,
    ADD COLUMN IF NOT EXISTS name String COMMENT 'What its maker calls it; names a program, not a person. For a session the browser and system, coarse; empty for invitations.' AFTER purpose,
    ADD COLUMN IF NOT EXISTS user_id Nullable(UUID) COMMENT 'User whose session or invitation it is, or who made the token; a random number.' AFTER name,
    MODIFY COLUMN purpose COMMENT 'api for programs, session for a signed-in browser, invitation for somebody who has yet to choose a password. Not personal.',
    MODIFY COLUMN project_id COMMENT 'Zero. The first version named one project here; project_ids counts.';
