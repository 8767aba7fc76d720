-- What an operator sets for each project.

ALTER TABLE projects
    ADD COLUMN IF NOT EXISTS settings String DEFAULT '' COMMENT 'Settings of the project as JSON: time zone, origins, URL policy, limits, scrubbing. Holds rules, no data of visitors.' AFTER retention_hours;
