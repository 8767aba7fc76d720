//! From a change in JSON to decisions about an issue.

use serde::Deserialize;

use crate::issues::decision::{Decided, Decision};
use crate::issues::{IssueId, Status};
use crate::limits::COMMENT_BYTES_MAX;
use crate::registry::UserId;
use crate::store::issues::Issue;
use crate::time::Timestamp;

/// What somebody decides about an issue. Every member is optional; those that are there are carried out in this order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    pub status: Option<String>,
    /// With `resolved`.
    #[serde(default)]
    pub in_next_release: bool,
    /// With `ignored`: a time.
    pub until: Option<String>,
    /// With `ignored`: after so many more events.
    pub events: Option<u64>,
    /// A user's number; empty for nobody.
    pub assignee: Option<String>,
    /// The issue that this one is to be part of.
    pub merge_into: Option<String>,
    /// A group that is to be an issue by itself again.
    pub split: Option<String>,
    pub comment: Option<String>,
}

/// Each decision, and the group that it is about.
pub(super) fn decisions(
    change: &Change,
    issue: &Issue,
    target: Option<&Issue>,
) -> Result<Vec<(IssueId, Decision)>, &'static str> {
    let mut decisions = Vec::new();
    if let Some(status) = &change.status {
        decisions.push((issue.id, status_decision(status, change)?));
    }
    match change.assignee.as_deref() {
        None => {}
        Some("") => decisions.push((issue.id, Decision::Unassign)),
        Some(user) => match user.parse::<UserId>() {
            Ok(user) => decisions.push((issue.id, Decision::Assign(user.to_string()))),
            Err(_) => return Err("assignee is the number of a user"),
        },
    }
    if let Some(target) = target {
        if target.project != issue.project || target.id == issue.id {
            return Err("issues are merged with others of the same project");
        }
        decisions.push((issue.id, Decision::MergeInto(target.id)));
    }
    if let Some(group) = &change.split {
        let group = group
            .parse::<IssueId>()
            .map_err(|_| "split names a group of this issue")?;
        if !issue.merged.contains(&group) {
            return Err("split names a group of this issue");
        }
        decisions.push((group, Decision::Split));
    }
    let length = change.comment.as_ref().map_or(1, String::len);
    if length == 0 || length > COMMENT_BYTES_MAX {
        return Err("a comment has at most 4096 bytes and is not empty");
    }
    Ok(decisions)
}

fn status_decision(status: &str, change: &Change) -> Result<Decision, &'static str> {
    let until = match &change.until {
        None => None,
        Some(text) => Some(Timestamp::parse_rfc3339(text).ok_or("until is a time as in RFC 3339")?),
    };
    if status == Decided::ResolvedInNextRelease.name() {
        return Ok(Decision::ResolveInNextRelease);
    }
    let status = Status::ALL.iter().find(|known| known.name() == status);
    match status.ok_or("status is resolved, ignored or unresolved")? {
        Status::Resolved if change.in_next_release => Ok(Decision::ResolveInNextRelease),
        Status::Resolved => Ok(Decision::Resolve),
        Status::Ignored => Ok(Decision::Ignore {
            until,
            events: change.events.filter(|events| *events > 0),
        }),
        Status::Unresolved => Ok(Decision::Reopen),
    }
}
