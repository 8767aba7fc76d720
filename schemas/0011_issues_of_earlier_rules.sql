-- An update may group by other rules. For as long as events of the old ones are kept, both are shown as one issue.

ALTER TABLE issue_days
    ADD COLUMN IF NOT EXISTS previous SimpleAggregateFunction(max, UInt64) COMMENT 'The group under the rules before these, 0 if there were none. Not personal.' AFTER events;

ALTER TABLE issue_days_of_events MODIFY QUERY
SELECT
    project_id, group_id, expires_at, toDate(received_at) AS day,
    count() AS events,
    max(group_previous) AS previous,
    uniqState(if(user_key != 0, user_key, cityHash64(client_ip, browser, browser_major, system, device))) AS visitors,
    min(received_at) AS first_seen,
    max(received_at) AS last_seen,
    argMaxState(
        (event_id, level, exception_type, exception_value, message, culprit, release, platform), received_at) AS latest
FROM error_events
GROUP BY project_id, group_id, expires_at, day;

ALTER TABLE release_days
    ADD COLUMN IF NOT EXISTS grouping_version UInt8 COMMENT 'Version of the rules that grouped the events. Not personal.',
    MODIFY ORDER BY (project_id, release, environment, grouping_version);

ALTER TABLE release_days_of_events MODIFY QUERY
SELECT
    project_id, release, environment, grouping_version, expires_at, count() AS events,
    min(received_at) AS first_seen, max(received_at) AS last_seen
FROM error_events
GROUP BY project_id, release, environment, grouping_version, expires_at;
