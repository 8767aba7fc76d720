//! Events of an issue, and single events.

use clickhouse::Row;
use serde::Deserialize;

use super::Issue;
use super::list::Cursor;
use crate::issues::IssueId;
use crate::privacy::EventId;
use crate::registry::ProjectId;
use crate::store::statement::Statement;
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

/// An event as lists show it: columns of `error_events`.
#[derive(Row, Deserialize)]
pub struct EventRow {
    pub event_id: String,
    pub group_id: u64,
    /// Milliseconds since 1970.
    pub received_at: i64,
    /// For the cursor: events of one millisecond are told apart by their ids.
    tie: u64,
    pub exception_type: String,
    pub exception_value: String,
    pub message: String,
    pub level: String,
    pub release: String,
    pub environment: String,
    pub browser: String,
    pub browser_major: u16,
    pub system: String,
    pub country: String,
}

/// A whole event.
#[derive(Row, Deserialize)]
pub struct Event {
    pub project_id: u32,
    pub group_id: u64,
    pub event_id: String,
    /// Milliseconds since 1970.
    pub received_at: i64,
    /// Milliseconds since 1970.
    pub occurred_at: i64,
    tie: u64,
    pub client_ip: String,
    pub country: String,
    pub browser: String,
    pub browser_major: u16,
    pub system: String,
    pub device: String,
    pub unhandled: bool,
    /// Path, rule, count.
    pub remarks: Vec<(String, String, u16)>,
    pub payload: String,
}

const TIE: &str = "sipHash64(event_id) AS tie";

const ROW: &str = "toString(event_id) AS event_id, group_id, toUnixTimestamp64Milli(received_at) AS received_at,
    toString(exception_type) AS exception_type, exception_value, message, toString(level) AS level,
    toString(release) AS release, toString(environment) AS environment, toString(browser) AS browser, browser_major,
    toString(system) AS system, toString(country) AS country";

const WHOLE: &str = "project_id, group_id, toString(event_id) AS event_id,
    toUnixTimestamp64Milli(received_at) AS received_at, toUnixTimestamp64Milli(occurred_at) AS occurred_at,
    client_ip, toString(country) AS country, toString(browser) AS browser, browser_major, toString(system) AS system,
    toString(device) AS device, unhandled, remarks, payload";
