-- Every kind of action of a Matomo tracker, and where visitors come from.

ALTER TABLE analytics_events
    MODIFY COLUMN kind LowCardinality(String) COMMENT 'pageview, event, download, outlink, search, content_impression, content_interaction, goal, order, cart or ping. Not personal.';

ALTER TABLE analytics_events
    ADD COLUMN IF NOT EXISTS occurred_at DateTime64(3, 'UTC') DEFAULT received_at COMMENT 'When it happened: receipt, or the earlier time that a tracker states. Never later than receipt.' CODEC(Delta, ZSTD) AFTER received_at,
    ADD COLUMN IF NOT EXISTS day Date DEFAULT toDate(occurred_at) COMMENT 'Calendar day in the zone of the project. Not personal.' CODEC(ZSTD) AFTER occurred_at,
    ADD COLUMN IF NOT EXISTS local_hour UInt8 DEFAULT 255 COMMENT 'Hour of the day at the visitor, 255 if unknown. Minutes are not kept.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS opens_visit Bool COMMENT 'Whether the tracker said that a new visit begins. Not personal.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS region LowCardinality(String) COMMENT 'Region of the masked address, or as a token holder states it. Empty if the database has none.',
    ADD COLUMN IF NOT EXISTS city LowCardinality(String) COMMENT 'City of the masked address, or as a token holder states it. Empty if the database has none.',
    ADD COLUMN IF NOT EXISTS latitude Nullable(Float32) COMMENT 'Latitude that a token holder states, coarsened to a tenth of a degree (about 11 km).' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS longitude Nullable(Float32) COMMENT 'Longitude that a token holder states, coarsened to a tenth of a degree.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS channel LowCardinality(String) COMMENT 'How the visitor came: direct, internal, search, social, ai_assistant, email, campaign, paid or website. Not personal.',
    ADD COLUMN IF NOT EXISTS referrer_name LowCardinality(String) COMMENT 'Name of the referring search engine, network or service, from Mayfly''s own list. Not personal.',
    ADD COLUMN IF NOT EXISTS campaign_name LowCardinality(String) COMMENT 'Name of the campaign that the page''s address states, scrubbed.',
    ADD COLUMN IF NOT EXISTS campaign_keyword LowCardinality(String) COMMENT 'Keyword of the campaign, scrubbed.',
    ADD COLUMN IF NOT EXISTS campaign_source LowCardinality(String) COMMENT 'Source of the campaign, scrubbed.',
    ADD COLUMN IF NOT EXISTS campaign_medium LowCardinality(String) COMMENT 'Medium of the campaign, scrubbed.',
    ADD COLUMN IF NOT EXISTS campaign_content LowCardinality(String) COMMENT 'Content of the campaign, scrubbed.',
    ADD COLUMN IF NOT EXISTS campaign_id LowCardinality(String) COMMENT 'Number of the campaign, scrubbed.',
    ADD COLUMN IF NOT EXISTS campaign_group LowCardinality(String) COMMENT 'Group of the campaign, scrubbed.',
    ADD COLUMN IF NOT EXISTS campaign_placement LowCardinality(String) COMMENT 'Placement of the campaign, scrubbed.',
    ADD COLUMN IF NOT EXISTS engine LowCardinality(String) COMMENT 'Engine of the browser, e.g. Gecko. Shared by many.',
    ADD COLUMN IF NOT EXISTS system_version LowCardinality(String) COMMENT 'Major version of the operating system. Shared by many.',
    ADD COLUMN IF NOT EXISTS model LowCardinality(String) COMMENT 'Model of the device; only if the project asks for it.',
    ADD COLUMN IF NOT EXISTS target_host LowCardinality(String) COMMENT 'Host of an outlink or download.',
    ADD COLUMN IF NOT EXISTS target_path String COMMENT 'Path of an outlink or download, scrubbed.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS target_query String COMMENT 'Query of an outlink or download without click ids, sessions, tokens; values scrubbed.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS search_keyword String COMMENT 'What was searched for on the site, scrubbed.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS search_category LowCardinality(String) COMMENT 'Category that was searched in, scrubbed.',
    ADD COLUMN IF NOT EXISTS search_count Nullable(UInt32) COMMENT 'How many results were shown. Not personal.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS content_name LowCardinality(String) COMMENT 'Name of a content block, scrubbed.',
    ADD COLUMN IF NOT EXISTS content_piece LowCardinality(String) COMMENT 'What the content block showed, scrubbed.',
    ADD COLUMN IF NOT EXISTS content_target LowCardinality(String) COMMENT 'Where the content block leads, scrubbed.',
    ADD COLUMN IF NOT EXISTS content_interaction LowCardinality(String) COMMENT 'What was done with the content block, scrubbed.',
    ADD COLUMN IF NOT EXISTS goal_id UInt32 COMMENT 'Number of the goal that was reached, 0 if none. Not personal.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS revenue Float64 COMMENT 'Revenue of a goal, order or cart. A number without context.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS order_key UInt64 COMMENT 'Keyed hash of the order''s number, 0 if none. Tells orders apart; the number itself is not kept.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS order_subtotal Float64 COMMENT 'Revenue of an order without shipping. A number without context.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS order_tax Float64 COMMENT 'Tax of an order. A number without context.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS order_shipping Float64 COMMENT 'Shipping of an order. A number without context.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS order_discount Float64 COMMENT 'Discount of an order. A number without context.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS items Array(Tuple(sku String, name String, categories Array(String), price Float64, quantity UInt32)) COMMENT 'Products of an order or cart, scrubbed.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS product_sku LowCardinality(String) COMMENT 'Product that was looked at, scrubbed.',
    ADD COLUMN IF NOT EXISTS product_name LowCardinality(String) COMMENT 'Name of the product that was looked at, scrubbed.',
    ADD COLUMN IF NOT EXISTS product_categories Array(LowCardinality(String)) COMMENT 'Categories of the product or category page that was looked at, scrubbed.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS product_price Float64 COMMENT 'Price of the product that was looked at. A number without context.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS dimensions Map(UInt16, String) COMMENT 'Custom dimensions that the site set, scrubbed.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS page_variables Map(String, String) COMMENT 'Custom variables of the action, scrubbed.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS visit_variables Map(String, String) COMMENT 'Custom variables of the visit, scrubbed.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS timing_network UInt32 COMMENT 'Milliseconds to connect, 0 if not measured. Not personal.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS timing_server UInt32 COMMENT 'Milliseconds that the site''s server took, 0 if not measured. Not personal.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS timing_transfer UInt32 COMMENT 'Milliseconds of the transfer, 0 if not measured. Not personal.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS timing_dom_processing UInt32 COMMENT 'Milliseconds until the page could be used, 0 if not measured. Not personal.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS timing_dom_completion UInt32 COMMENT 'Milliseconds until the page was complete, 0 if not measured. Not personal.' CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS timing_on_load UInt32 COMMENT 'Milliseconds of the page''s load handlers, 0 if not measured. Not personal.' CODEC(ZSTD);

-- Every action with the number of its visit. A visit ends after 30 minutes without an action, at midnight in the project's zone,
-- when another campaign leads to the site, or when the tracker says so. What begins with a ping is no visit until an action follows.
CREATE VIEW actions AS
SELECT
    *,
    sum(begins_visit) OVER (PARTITION BY project_id, visitor_id ORDER BY occurred_at, received_at ROWS UNBOUNDED PRECEDING) AS visit_number
FROM
(
    SELECT
        *,
        occurred_at > addSeconds(previous_at, 1800)
        OR day != previous_day
        OR opens_visit
        OR (campaign_name != '' AND campaign_name != known_campaign) AS begins_visit
    FROM
    (
        SELECT
            *,
            lagInFrame(occurred_at, 1, toDateTime64(0, 3, 'UTC')) OVER before AS previous_at,
            lagInFrame(day, 1, toDate(0)) OVER before AS previous_day,
            anyLastIf(campaign_name, campaign_name != '') OVER (PARTITION BY project_id, visitor_id ORDER BY occurred_at, received_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS known_campaign
        FROM analytics_events
        WHERE expires_at > now()
        WINDOW before AS (PARTITION BY project_id, visitor_id ORDER BY occurred_at, received_at ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)
    )
)
COMMENT 'What visitors did, with the number of the visit that it belongs to.';

-- Computed from stored actions, so late ones and those of bulk requests fall into place.
CREATE VIEW visits AS
SELECT
    project_id,
    visitor_id,
    visit_number,
    minIf(a.occurred_at, a.kind != 'ping') AS started_at,
    max(a.occurred_at) AS ended_at,
    dateDiff('second', started_at, ended_at) AS seconds,
    any(a.day) AS day,
    countIf(a.kind = 'pageview') AS pageviews,
    countIf(a.kind = 'event') AS events,
    countIf(a.kind = 'download') AS downloads,
    countIf(a.kind = 'outlink') AS outlinks,
    countIf(a.kind = 'search' OR a.search_keyword != '') AS searches,
    countIf(a.kind IN ('goal', 'order')) AS conversions,
    sumIf(a.revenue, a.kind IN ('goal', 'order')) AS revenue,
    countIf(a.kind != 'ping') AS actions,
    CAST(actions = 1, 'Bool') AS bounced,
    argMinIf(a.path, a.occurred_at, a.kind = 'pageview') AS entry_path,
    argMaxIf(a.path, a.occurred_at, a.kind = 'pageview') AS exit_path,
    argMinIf(a.channel, a.occurred_at, a.channel != 'internal') AS channel,
    argMinIf(a.referrer_host, a.occurred_at, a.channel != 'internal') AS referrer_host,
    argMinIf(a.referrer_name, a.occurred_at, a.channel != 'internal') AS referrer_name,
    argMinIf(a.campaign_name, a.occurred_at, a.campaign_name != '') AS campaign_name,
    any(a.country) AS country,
    any(a.browser) AS browser,
    any(a.system) AS system,
    any(a.device) AS device
FROM actions AS a
GROUP BY project_id, visitor_id, visit_number
HAVING actions > 0
COMMENT 'Visits as Matomo defines them: 30 minutes, midnight, a new campaign.';

-- How long a page was looked at: until the next action or ping of the visit. The last page of a visit without a ping has no end.
CREATE VIEW page_times AS
SELECT project_id, visitor_id, visit_number, occurred_at, host, path, seconds
FROM
(
    SELECT
        project_id, visitor_id, visit_number, occurred_at, host, path, kind,
        leadInFrame(toNullable(occurred_at), 1, NULL) OVER after AS next_at,
        dateDiff('second', occurred_at, next_at) AS seconds
    FROM actions
    WINDOW after AS (PARTITION BY project_id, visitor_id, visit_number ORDER BY occurred_at, received_at ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
)
WHERE kind = 'pageview'
COMMENT 'Seconds that each page was looked at.';
