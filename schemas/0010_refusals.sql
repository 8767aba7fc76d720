-- What the server refused stands beside what the clients discarded themselves, and says which SDK had sent it.

ALTER TABLE outcomes
    ADD COLUMN IF NOT EXISTS sdk LowCardinality(String) COMMENT 'Family of the SDK that sent it, one of a closed set. Not personal.',
    MODIFY ORDER BY (project_id, hour, source, category, reason, sdk);
ALTER TABLE outcomes COMMENT COLUMN source 'Who says so: client, or server for what it refused. Not personal.';
