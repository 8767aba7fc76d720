-- Why crashes are the same bug, and what they were called under the rules before.

ALTER TABLE error_events
    ADD COLUMN IF NOT EXISTS grouping_version UInt8 COMMENT 'Version of the rules that made group_id. Not personal.' CODEC(ZSTD) AFTER group_id,
    ADD COLUMN IF NOT EXISTS grouping_basis LowCardinality(String) COMMENT 'What decided the group: fingerprint, stack, exception, template or message. Not personal.' AFTER grouping_version,
    ADD COLUMN IF NOT EXISTS grouping_key String COMMENT 'What the crashes of the group have in common, readable. Scrubbed.' CODEC(ZSTD) AFTER grouping_basis,
    ADD COLUMN IF NOT EXISTS group_previous UInt64 COMMENT 'The group under the rules before these, 0 if there were none, so that older crashes of the bug are found. Not personal.' CODEC(ZSTD) AFTER grouping_key;
