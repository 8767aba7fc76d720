//! Issues and events as JSON. Numbers of issues are text, times are RFC 3339 in UTC.

use serde::Serialize;
use serde_json::{Value, json};

use crate::issues::IssueId;
use crate::issues::decision::Decided;
use crate::store::issues::{Activity, Event, EventRow, Issue, PageUse, Similar, Spread, title};
use crate::time::Timestamp;

/// An issue as lists have it.
#[derive(Serialize)]
pub(super) struct IssueJson {
    id: IssueId,
    project: u32,
    title: String,
    culprit: String,
    level: String,
    platform: String,
    status: &'static str,
    regressed: bool,
    in_next_release: bool,
    ignored_until: Option<String>,
    ignored_events: Option<u64>,
    assignee: Option<String>,
    count: u64,
    visitors: u64,
    first_seen: String,
    last_seen: String,
    release: String,
    latest_event: String,
    merged: Vec<IssueId>,
}

impl IssueJson {
    pub fn new(issue: &Issue) -> Self {
        let state = &issue.state;
        let latest = &issue.latest;
        Self {
            id: issue.id,
            project: issue.project.get(),
            title: latest.title(),
            culprit: latest.culprit.clone(),
            level: latest.level.clone(),
            platform: latest.platform.clone(),
            status: issue.status.name(),
            regressed: issue.is_regressed,
            in_next_release: state.decided == Decided::ResolvedInNextRelease && !issue.is_regressed,
            ignored_until: state.ignored_until.map(Timestamp::rfc3339),
            ignored_events: state.ignored_events,
            assignee: Some(state.assignee.clone()).filter(|user| !user.is_empty()),
            count: issue.events,
            visitors: issue.visitors,
            first_seen: issue.first_seen.rfc3339(),
            last_seen: issue.last_seen.rfc3339(),
            release: latest.release.clone(),
            latest_event: latest.event_id.clone(),
            merged: issue.merged.clone(),
        }
    }
}

/// An issue with what only its own page has.
pub(super) fn whole(issue: &Issue, trail: &[Activity], spread: &Spread) -> Value {
    let mut distribution = serde_json::Map::new();
    for facet in &spread.facets {
        let values = distribution.entry(&facet.name).or_insert_with(|| json!([]));
        if let Value::Array(values) = values {
            values.push(json!({ "value": facet.value, "count": facet.events }));
        }
    }
    let mut whole = json!(IssueJson::new(issue));
    whole["days"] = issue
        .buckets
        .iter()
        .map(|bucket| {
            let day = Timestamp::from_seconds(i64::from(bucket.day) * 86_400).rfc3339();
            json!({ "day": &day[..10], "count": bucket.events })
        })
        .collect();
    whole["distribution"] = Value::Object(distribution);
    whole["releases"] = spread
        .releases
        .iter()
        .map(|used| {
            json!({
                "release": used.release,
                "count": used.events,
                "first_seen": Timestamp::from_millis(used.first_seen).rfc3339(),
                "last_seen": Timestamp::from_millis(used.last_seen).rfc3339(),
            })
        })
        .collect();
    whole["activity"] = trail
        .iter()
        .map(|entry| {
            json!({
                "at": entry.at.rfc3339(),
                "kind": entry.kind.name(),
                "actor": entry.actor,
                "detail": entry.detail,
                "issue": entry.issue,
            })
        })
        .collect();
    whole
}

/// An event as lists have it.
pub(super) fn event_row(row: &EventRow) -> Value {
    json!({
        "event_id": row.event_id,
        "received_at": Timestamp::from_millis(row.received_at).rfc3339(),
        "title": title(&row.exception_type, &row.exception_value, &row.message, &row.culprit),
        "level": row.level,
        "release": row.release,
        "environment": row.environment,
        "browser": row.browser,
        "browser_major": row.browser_major,
        "os": row.system,
        "country": row.country,
    })
}

/// What Mayfly itself says about an event.
pub(super) fn about(event: &Event, issue: IssueId) -> Value {
    let remarks = event
        .remarks
        .iter()
        .map(|(path, rule, count)| json!({ "path": path, "rule": rule, "count": count }));
    json!({
        "project": event.project_id,
        "issue": issue,
        "received_at": Timestamp::from_millis(event.received_at).rfc3339(),
        "occurred_at": Timestamp::from_millis(event.occurred_at).rfc3339(),
        "client_ip": event.client_ip,
        "country": event.country,
        "grouping": { "basis": event.grouping_basis, "key": event.grouping_key },
        "remarks": remarks.collect::<Vec<_>>(),
    })
}

/// An issue that is like another one.
pub(super) fn similar(similar: &Similar) -> Value {
    json!({
        "id": similar.id.to_string(),
        "title": similar.latest.title(),
        "culprit": similar.latest.culprit,
        "count": similar.events,
    })
}

/// A page where an issue happens.
pub(super) fn page_use(used: &PageUse) -> Value {
    json!({
        "page": used.page,
        "crashes": used.crashes,
        "views": used.views,
        "visitors": used.visitors,
    })
}
