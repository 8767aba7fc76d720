//! Every limit of the program on one page, its unit in its name. What a setting can change is in
//! `config/mayfly.toml` instead; nothing there can exceed what stands here.

use std::time::Duration;

/// The ceiling of the promise: no row outlives its receipt by more than this. No setting exceeds it.
pub const RETENTION_HOURS_MAX: u32 = 30 * 24;
/// The shortest retention that can be set.
pub const RETENTION_HOURS_MIN: u32 = 1;

/// A request's head: request line and headers together.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
pub const HEADERS_MAX: usize = 100;
/// A client that has not finished its head by then is cut off; so is one that sends nothing.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How finely the server measures for how long connections keep it waiting.
pub const TICK: Duration = Duration::from_millis(100);
/// A body that has not arrived by then is refused.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// What one request may carry over the wire.
pub const BODY_WIRE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// What is read and thrown away of a body that is too large, before the connection is closed.
pub const BODY_DRAINED_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Bodies of all requests together, as sent and unpacked. Past it they are refused with 503.
pub const BODIES_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The part of it that bodies larger than [`LARGE_BODY_BYTES`] leave to all others.
pub const BODIES_BYTES_FOR_SMALL: usize = 16 * 1024 * 1024;
/// While memory is short, a body that takes longer than this is given up.
pub const BODY_PATIENCE_MIN: Duration = Duration::from_secs(1);
/// A body above this is read by threads of lower priority: it takes milliseconds, which the others need not wait.
pub const LARGE_BODY_BYTES: usize = 128 * 1024;
/// Requests with large bodies that are read at the same time, where there are cores enough: half of them do that. Two on two
/// cores read no more than one, as both wait for the same memory, and leave no core to whoever answers.
pub const LARGE_BODIES_AT_ONCE_MAX: usize = 4;
/// Requests with large bodies that wait for it; further ones are refused with 503.
pub const LARGE_BODIES_WAITING_MAX: usize = 32;
/// What one request may unpack to; a compression bomb stops here.
pub const BODY_UNPACKED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Open connections. For a further one, those that have kept the server waiting longest are closed …
pub const CONNECTIONS_MAX: usize = 12_000;
/// … those that have been answered before as if they had waited this much less …
pub const KEEP_ALIVE_GRACE: Duration = Duration::from_secs(1);
/// … and so many at once, since looking for them means looking at all. So many overdue ones are closed with each [`TICK`].
pub const CONNECTIONS_CLOSED_AT_ONCE: usize = 128;
/// Connections that wait in the kernel to be accepted, if it allows so many (`net.core.somaxconn`).
pub const CONNECTIONS_QUEUED_MAX: i32 = 8_192;
/// File descriptors that connections leave to everything else.
pub const FILES_FOR_OTHERS: usize = 256;
/// A client that takes no byte of its answer for this long is cut off by the kernel.
pub const ANSWER_STALLED_MAX: Duration = Duration::from_secs(30);
/// Requests that wait on one connection and are answered before all others have their turn.
pub const ANSWERS_IN_A_ROW_MAX: u32 = 4;
/// How long, and how much, is read of a client that is still sending when its connection is closed, so that it hears why.
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(2);
pub const LINGER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// After a stop signal, open requests get this long.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(8);

/// Requests of one Matomo bulk body.
pub const BULK_HITS_MAX: usize = 1_000;
/// Values of its JSON: a hundred parameters for each hit, where trackers send forty.
pub const BULK_VALUES_MAX: u32 = 100_000;
/// Parameters of one hit; further ones are not looked at.
pub const HIT_PARAMETERS_MAX: usize = 256;
/// Custom dimensions of one hit.
pub const HIT_DIMENSIONS_MAX: usize = 100;
/// Custom variables of one hit and scope.
pub const HIT_VARIABLES_MAX: usize = 50;
/// Products of one order or cart.
pub const ORDER_ITEMS_MAX: usize = 500;
/// What a hit states may lie this long back without a token (Matomo's 24 hours).
pub const HIT_AGE_WITHOUT_TOKEN_SECONDS_MAX: u64 = 86_400;
/// What is looked at of one value of a hit. A longer one loses its last word, which may be half an identifier.
pub const HIT_VALUE_BYTES_MAX: usize = 8 * 1024;
/// A cleaned path, query, title or event name is cut here (Matomo's `page_maximum_length`): after scrubbing, never before.
pub const HIT_COLUMN_BYTES_MAX: usize = 1_024;

/// Values of one JSON document, a tree of 11 MB: enough for [`LOGS_MAX`] lines of [`ATTRIBUTES_MAX`] attributes. A body of
/// zeros would make a tree of 200 MB.
pub const JSON_VALUES_MAX: u32 = 350_000;
/// Items of one Sentry envelope.
pub const ENVELOPE_ITEMS_MAX: usize = 500;
/// One crash event, unpacked.
pub const ERROR_EVENT_BYTES_MAX: usize = 1024 * 1024;
/// One item of an envelope, by its type. The sizes and numbers are those of Sentry's own front door.
pub const TRANSACTION_BYTES_MAX: usize = 1024 * 1024;
pub const FEEDBACK_BYTES_MAX: usize = 1024 * 1024;
pub const SECURITY_REPORT_BYTES_MAX: usize = 1024 * 1024;
pub const CHECK_IN_BYTES_MAX: usize = 100 * 1024;
pub const CLIENT_REPORT_BYTES_MAX: usize = 100 * 1024;
pub const SESSIONS_BYTES_MAX: usize = 10 * 1024 * 1024;
pub const SPANS_BYTES_MAX: usize = 10 * 1024 * 1024;
pub const LOGS_BYTES_MAX: usize = 12 * 1024 * 1024;
pub const SESSIONS_PER_ENVELOPE_MAX: u16 = 100;
pub const CLIENT_REPORTS_PER_ENVELOPE_MAX: u16 = 100;
pub const SPAN_ITEMS_PER_ENVELOPE_MAX: u16 = 25;
/// Name of a monitor, in a check-in by URL.
pub const MONITOR_SLUG_BYTES_MAX: usize = 50;
/// Seconds for which SDKs are asked not to send again what is refused on principle.
pub const REFUSED_KINDS_PAUSE_SECONDS: u32 = 24 * 60 * 60;
/// A client's clock is believed if it differs from ours by no more than this; requests may take that long.
pub const CLOCK_DRIFT_MIN: Duration = Duration::from_secs(60);
/// Ids of crash events that are remembered, so that one sent twice is stored once: 8 bytes each, in tables that are filled
/// to 86 % at most, together 32 MiB.
pub const EVENT_IDS_REMEMBERED_MAX: usize = 3_600_000;
/// A queryable column cut from a crash event; the payload keeps the whole.
pub const ERROR_COLUMN_BYTES_MAX: usize = 1_024;
/// The readable reason why crashes are one group.
pub const GROUPING_KEY_BYTES_MAX: usize = 512;
/// Tags of a crash event that become queryable.
pub const ERROR_TAGS_MAX: usize = 100;

/// Log lines of one item.
pub const LOGS_MAX: usize = 1_000;
/// A log line's text is cut here, after scrubbing.
pub const LOG_BODY_BYTES_MAX: usize = 8 * 1024;
/// Attributes of a log line or span; further ones are not looked at.
pub const ATTRIBUTES_MAX: usize = 100;
/// Spans of one transaction or of one item of spans.
pub const SPANS_MAX: usize = 1_000;
/// Buckets of one item of aggregated sessions.
pub const SESSION_BUCKETS_MAX: usize = 100;
/// Sessions remembered at a time, so that an update is not counted twice …
pub const SESSIONS_REMEMBERED_MAX: usize = 200_000;
/// … and for how long at most.
pub const SESSION_MEMORY_HOURS: u64 = 24;
/// Counts of one client's report.
pub const CLIENT_REPORT_COUNTS_MAX: usize = 100;
/// Reports of one body.
pub const SECURITY_REPORTS_MAX: usize = 100;

/// A user agent string longer than this is cut before it is looked at.
pub const USER_AGENT_BYTES_MAX: usize = 1_024;
/// Distinct user agents remembered as parsed.
pub const USER_AGENT_CACHE_MAX: usize = 10_000;
/// Pages with their titles and referrers of which is remembered what is kept of them (7 MB) …
pub const WAYS_REMEMBERED_MAX: usize = 8_192;
/// … and ids of browsers and people, whose pseudonyms are remembered (2 MB).
pub const PSEUDONYMS_REMEMBERED_MAX: usize = 32_768;
/// Visitors remembered at a time; further ones count as new on each view.
pub const VISITORS_MAX: usize = 1_000_000;
/// A visit ends after this long without an action.
pub const VISIT_IDLE_SECONDS: u64 = 30 * 60;

/// Hosts of the lists of referrer spam together; longer lists are refused at the start.
pub const SPAM_HOSTS_MAX: usize = 200_000;
/// Labels of a referrer's host that are looked at, from the right.
pub const SPAM_HOST_LABELS_MAX: usize = 8;
/// Networks of a list of data centres; a longer one is refused at the start.
pub const NETWORKS_MAX: usize = 500_000;

/// Projects and keys, each by category, whose consumption is remembered at a time (14 MB). Idle ones make room; if none
/// is idle, further ones go unlimited: memory stays bounded, and nobody loses events because of others.
pub const QUOTA_COUNTERS_MAX: usize = 65_536;

/// Sealed rows waiting for the next commit. Past it requests are refused with 503.
pub const SPOOL_PENDING_BYTES_MAX: usize = 32 * 1024 * 1024;
/// Rows are committed when the threads that bring them have run out of work, or when there are so many …
pub const COMMIT_ROWS_GATHERED_MAX: u64 = 32;
/// … or this long after the first came.
pub const COMMIT_GATHERED_TIME_MAX: Duration = Duration::from_millis(1);
/// One frame of the spool; a longer length field is damage.
pub const SPOOL_FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;
/// A segment is closed and handed to the store at this size …
pub const SEGMENT_BYTES_MAX: u64 = 24 * 1024 * 1024;
/// … or this many rows …
pub const SEGMENT_ROWS_MAX: u64 = 100_000;
/// … or this age, so that an acknowledged event is queryable within a second …
pub const SEGMENT_AGE_MAX: Duration = Duration::from_millis(400);
/// … unless it has so many rows by then. Under such load it is handed over at this age.
pub const SEGMENT_ROWS_OF_LOAD: u64 = 1_000;
pub const SEGMENT_AGE_UNDER_LOAD_MAX: Duration = Duration::from_secs(2);
/// What may wait for ClickHouse without any haste: three segments, the one that it takes and those it will take next.
pub const BACKLOG_BYTES: u64 = 3 * SEGMENT_BYTES_MAX;
/// Beyond that, commits wait a millisecond for so many bytes more …
pub const BACKLOG_BYTES_A_MILLISECOND: u64 = 4 * 1024 * 1024;
/// … and never longer.
pub const HELD_BACK_MAX: Duration = Duration::from_millis(20);

/// One insert into ClickHouse, from first byte to acknowledgement.
pub const INSERT_TIMEOUT: Duration = Duration::from_secs(60);
/// Waits between attempts while ClickHouse is away grow up to this.
pub const STORE_BACKOFF_MAX: Duration = Duration::from_secs(5);

/// A statement sent to `POST /api/v1/sql`.
pub const SQL_STATEMENT_BYTES_MAX: usize = 64 * 1024;
pub const SQL_SECONDS_MAX: u64 = 30;
pub const SQL_MEMORY_BYTES_MAX: u64 = 1024 * 1024 * 1024;
pub const SQL_RESULT_ROWS_MAX: u64 = 100_000;

/// Different refusals (project, SDK, kind, reason) that are counted between two writings.
pub const REFUSALS_MAX: usize = 10_000;
/// Refusals are written this often.
pub const REFUSALS_INTERVAL: Duration = Duration::from_secs(3);

/// A body of the read API that is no SQL.
pub const API_BODY_BYTES_MAX: usize = 64 * 1024;
/// A query of the issue list.
pub const SEARCH_BYTES_MAX: usize = 1_000;
pub const SEARCH_TERMS_MAX: usize = 30;
/// Values of one term, `[a,b]`.
pub const SEARCH_VALUES_MAX: usize = 50;
/// Issues or events of one page.
pub const PAGE_ROWS_MAX: u32 = 100;
pub const PAGE_ROWS_DEFAULT: u32 = 25;
/// Newest events of an issue that its distributions are made of.
pub const FACET_EVENTS_MAX: u32 = 10_000;
/// Entries of an issue's trail that are shown.
pub const ACTIVITY_ROWS_MAX: u32 = 200;
/// Releases that a decision remembers as known, those that appeared last.
pub const KNOWN_RELEASES_MAX: u32 = 200;
/// A comment on an issue.
pub const COMMENT_BYTES_MAX: usize = 4 * 1024;
/// Issues that one decision is about.
pub const DECISION_ISSUES_MAX: usize = 1_000;

/// Nothing that a page leaves in a browser stays longer.
pub const COOKIE_SECONDS_MAX: i64 = 30 * 86_400;
/// A signed-in browser is asked to sign in again after this.
pub const SESSION_SECONDS_MAX: i64 = COOKIE_SECONDS_MAX;
/// An invitation that was not accepted by then is void.
pub const INVITATION_SECONDS_MAX: i64 = 7 * 86_400;
/// Attempts are counted for this long: to sign in, …
pub const ATTEMPTS_WINDOW: Duration = Duration::from_secs(15 * 60);
/// … for one account …
pub const SIGN_INS_PER_ACCOUNT_MAX: u32 = 10;
/// … and from one masked address, behind which a whole office may be.
pub const SIGN_INS_PER_ADDRESS_MAX: u32 = 50;
/// Accounts and addresses whose attempts are remembered.
pub const ATTEMPTS_REMEMBERED_MAX: usize = 10_000;
/// What one password hash costs: argon2id as RFC 9106 recommends where memory is short (64 MiB, 3 passes, 4 lanes).
pub const PASSWORD_HASH_MEMORY_KIB: u32 = 64 * 1024;
pub const PASSWORD_HASH_PASSES: u32 = 3;
pub const PASSWORD_HASH_LANES: u32 = 4;
/// Passwords that are hashed at the same time; the others wait …
pub const PASSWORD_HASHES_AT_ONCE_MAX: usize = 2;
/// … for this long.
pub const PASSWORD_HASH_WAIT: Duration = Duration::from_secs(5);
/// NIST SP 800-63B asks for 15 where a password is all there is, 8 beside a second factor; 12 lies between.
pub const PASSWORD_CHARACTERS_MIN: usize = 12;
pub const PASSWORD_BYTES_MAX: usize = 1_024;
/// An id that a visitor presents.
pub const SUBJECT_ID_BYTES_MAX: usize = 256;
/// Requests of visitors about their own data, from one masked address within [`ATTEMPTS_WINDOW`].
pub const SUBJECT_REQUESTS_PER_ADDRESS_MAX: u32 = 60;
/// Rows of one table in an answer to a visitor.
pub const SUBJECT_EXPORT_ROWS_MAX: usize = 50_000;
/// How long an erasure may rewrite tables.
pub const ERASURE_TIMEOUT: Duration = Duration::from_secs(300);
/// How long a visitor's request waits for rows on their way through the spool.
pub const SUBJECT_SPOOL_WAIT: Duration = Duration::from_secs(10);
/// How long a command waits for the running server to count anew what an erasure takes away. The server looks every 5 s.
pub const ROLL_UP_WAIT: Duration = Duration::from_secs(60);
/// Objections that are honoured at a time (16 MB in memory); no further ones are taken.
pub const OBJECTIONS_MAX: usize = 250_000;
/// An objection is forgotten after this, 13 months: as long as the longest id that a tracker leaves in a browser.
pub const OBJECTION_SECONDS_MAX: i64 = 395 * 86_400;
/// A program's token works for at most this long.
pub const TOKEN_DAYS_MAX: u32 = 3_650;
pub const TOKEN_DAYS_DEFAULT: u32 = 365;
/// How long the server waits for its own answer to a test event, …
pub const FRONT_DOOR_TIMEOUT: Duration = Duration::from_secs(5);
/// An answer of the server to itself: the metrics are the longest.
pub const FRONT_DOOR_ANSWER_BYTES_MAX: usize = 4 * 1024 * 1024;
/// … and then for the row to be stored, before it asks to look again.
pub const TEST_EVENT_WAIT: Duration = Duration::from_secs(4);
/// Fields of one form; further ones are not looked at.
pub const FORM_FIELDS_MAX: usize = 1_000;
/// Text that somebody tries the scrubber on: scrubbed in about 2 ms.
pub const SCRUB_PAGE_BYTES_MAX: usize = 256 * 1024;
/// One setting of a project, as text.
pub const SETTING_BYTES_MAX: usize = 16 * 1024;
/// Entries of one list among a project's settings.
pub const SETTING_LIST_MAX: usize = 500;
/// Lines of the ledger that a breach report counts, the newest.
pub const REPORT_LEDGER_LINES_MAX: usize = 10_000;
/// One line of the ledger is far shorter; its end is looked for within this.
pub const LEDGER_LINE_BYTES_MAX: u64 = 16 * 1024;
/// Names of projects and tokens.
pub const NAME_BYTES_MAX: usize = 200;
/// An e-mail address to sign in with (RFC 5321 allows 254).
pub const EMAIL_BYTES_MAX: usize = 254;

/// One check of the evidence is broken off after this, and says how much it has seen.
pub const EVIDENCE_SECONDS_MAX: u64 = 60;
pub const EVIDENCE_MEMORY_BYTES_MAX: u64 = 768 * 1024 * 1024;
/// Finds of one rule and table that are judged again by the scrubber.
pub const EVIDENCE_CANDIDATES_MAX: usize = 200;
/// Who asks for evidence while others do waits this long.
pub const EVIDENCE_WAIT: Duration = Duration::from_secs(30);
/// Live probes are at least this far apart.
pub const PROBE_PAUSE: Duration = Duration::from_secs(5);
/// How long a live probe waits until what it sent is stored.
pub const PROBE_STORED_WAIT: Duration = Duration::from_secs(20);
/// Files that a live probe reads; what it has not read by then it says.
pub const PROBE_FILES_TIME_MAX: Duration = Duration::from_secs(60);
/// The newest log lines of the server, which a live probe searches.
pub const LOG_MEMORY_BYTES_MAX: usize = 256 * 1024;
