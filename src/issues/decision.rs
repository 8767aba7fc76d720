//! What people decide about an issue, as a state that each decision turns into the next one. Pure: time and releases are
//! arguments. Whether a resolved issue has come back is not kept here; whoever reads compares the state with the events.

use super::IssueId;
use crate::outcome::names;
use crate::time::Timestamp;

names! {
    /// What was decided last.
    Decided {
        Unresolved = "unresolved",
        Resolved = "resolved",
        /// An event of a release that was not known then brings it back; others do not.
        ResolvedInNextRelease = "resolved_in_next_release",
        Ignored = "ignored",
    }
}

names! {
    /// Entries of an issue's trail.
    ActivityKind {
        Resolved = "resolved",
        ResolvedInNextRelease = "resolved_in_next_release",
        Ignored = "ignored",
        Reopened = "reopened",
        /// Mayfly saw it come back.
        Regressed = "regressed",
        Assigned = "assigned",
        Unassigned = "unassigned",
        Merged = "merged",
        Split = "split",
        Commented = "commented",
    }
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Resolve,
    ResolveInNextRelease,
    /// Until a time, until so many more events, or for good.
    Ignore {
        until: Option<Timestamp>,
        events: Option<u64>,
    },
    Reopen,
    /// To a user's number.
    Assign(String),
    Unassign,
    /// Shown as part of another issue.
    MergeInto(IssueId),
    /// Shown by itself again.
    Split,
}

impl Decision {
    /// Whether an issue that came back is no longer one that has, so that its trail must say so before.
    pub const fn ends_regression(&self) -> bool {
        matches!(
            self,
            Self::Resolve | Self::ResolveInNextRelease | Self::Ignore { .. } | Self::Reopen
        )
    }
}

/// What was decided about one issue so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    pub decided: Decided,
    /// When the status was decided.
    pub changed_at: Timestamp,
    pub ignored_until: Option<Timestamp>,
    pub ignored_events: Option<u64>,
    /// The newest release of its package when it was resolved.
    pub release: String,
    pub known_releases: Vec<String>,
    /// A user's number, empty for nobody.
    pub assignee: String,
    pub merged_into: Option<IssueId>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            decided: Decided::Unresolved,
            changed_at: Timestamp::from_seconds(0),
            ignored_until: None,
            ignored_events: None,
            release: String::new(),
            known_releases: Vec::new(),
            assignee: String::new(),
            merged_into: None,
        }
    }
}

/// An entry of the trail, without who and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    pub kind: ActivityKind,
    /// A release, a number, a time; empty if there is nothing to say.
    pub detail: String,
}

/// The releases of a project when something is decided about an issue.
#[derive(Default)]
pub struct KnownReleases<'a> {
    /// The one that appeared last first.
    all: &'a [String],
    /// The newest of a package in which the issue was seen; the newest of all if it was seen in none.
    newest: &'a str,
}

impl<'a> KnownReleases<'a> {
    /// From `all`, the one that appeared last first, and those in which the issue was seen.
    pub fn new<'i>(all: &'a [String], of_issue: impl Iterator<Item = &'i str>) -> Self {
        let packages: Vec<&str> = of_issue
            .filter(|release| !release.is_empty())
            .map(package)
            .collect();
        let of_its_package = |release: &&String| packages.contains(&package(release));
        let newest = all.iter().find(of_its_package).or(all.first());
        Self {
            all,
            newest: newest.map_or("", String::as_str),
        }
    }
}

/// `shop` of `shop@1.2`; empty where a release is a version alone.
fn package(release: &str) -> &str {
    release.rsplit_once('@').map_or("", |(package, _)| package)
}

impl State {
    /// Whether it takes more than the last event to say if events have ended it.
    pub const fn waits_for_events(&self) -> bool {
        match self.decided {
            Decided::ResolvedInNextRelease => true,
            Decided::Ignored => self.ignored_events.is_some(),
            Decided::Resolved | Decided::Unresolved => false,
        }
    }

    /// The state after `decision`, and what the trail says.
    pub fn after(
        &self,
        decision: &Decision,
        releases: &KnownReleases<'_>,
        now: Timestamp,
    ) -> (Self, Trace) {
        let decided = |decided| Self {
            decided,
            changed_at: now,
            assignee: self.assignee.clone(),
            merged_into: self.merged_into,
            ..Self::default()
        };
        let newest = releases.newest.to_owned();
        match decision {
            Decision::Resolve => {
                let state = Self {
                    release: newest.clone(),
                    ..decided(Decided::Resolved)
                };
                (state, trace(ActivityKind::Resolved, newest))
            }
            Decision::ResolveInNextRelease => {
                let state = Self {
                    release: newest.clone(),
                    known_releases: releases.all.to_vec(),
                    ..decided(Decided::ResolvedInNextRelease)
                };
                (state, trace(ActivityKind::ResolvedInNextRelease, newest))
            }
            Decision::Ignore { until, events } => {
                let state = Self {
                    ignored_until: *until,
                    ignored_events: *events,
                    ..decided(Decided::Ignored)
                };
                let detail = match (until, events) {
                    (Some(until), _) => format!("until {}", until.rfc3339()),
                    (None, Some(events)) => format!("{events} events"),
                    (None, None) => String::new(),
                };
                (state, trace(ActivityKind::Ignored, detail))
            }
            Decision::Reopen => (
                decided(Decided::Unresolved),
                trace(ActivityKind::Reopened, String::new()),
            ),
            Decision::Assign(user) => {
                let state = Self {
                    assignee: user.clone(),
                    ..self.clone()
                };
                (state, trace(ActivityKind::Assigned, user.clone()))
            }
            Decision::Unassign => {
                let state = Self {
                    assignee: String::new(),
                    ..self.clone()
                };
                (state, trace(ActivityKind::Unassigned, String::new()))
            }
            Decision::MergeInto(target) => {
                let state = Self {
                    merged_into: Some(*target),
                    ..self.clone()
                };
                (state, trace(ActivityKind::Merged, target.to_string()))
            }
            Decision::Split => {
                let state = Self {
                    merged_into: None,
                    ..self.clone()
                };
                (state, trace(ActivityKind::Split, String::new()))
            }
        }
    }
}

fn trace(kind: ActivityKind, detail: String) -> Trace {
    Trace { kind, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_795_374_000);

    fn after(state: &State, decision: Decision) -> State {
        let all = ["admin@5.0", "shop@1.3", "shop@1.2"].map(str::to_owned);
        let releases = KnownReleases::new(&all, ["", "shop@1.2"].into_iter());
        state.after(&decision, &releases, NOW).0
    }

    #[test]
    fn a_status_forgets_what_belonged_to_the_one_before() {
        let until = Some(NOW);
        let ignored = after(
            &State::default(),
            Decision::Ignore {
                until,
                events: Some(3),
            },
        );
        assert_eq!(
            (ignored.ignored_until, ignored.ignored_events),
            (until, Some(3))
        );
        let resolved = after(&ignored, Decision::ResolveInNextRelease);
        assert_eq!(
            (resolved.ignored_until, resolved.ignored_events),
            (None, None)
        );
        assert_eq!(resolved.release, "shop@1.3");
        assert_eq!(resolved.known_releases.len(), 3);
        let reopened = after(&resolved, Decision::Reopen);
        assert_eq!(reopened.decided, Decided::Unresolved);
        assert!(reopened.known_releases.is_empty() && reopened.changed_at == NOW);
    }

    #[test]
    fn who_takes_care_and_what_belongs_together_outlive_a_status() {
        let target = IssueId::new(7);
        let assigned = after(&State::default(), Decision::Assign("u1".to_owned()));
        let merged = after(&assigned, Decision::MergeInto(target));
        let resolved = after(&merged, Decision::Resolve);
        assert_eq!(
            (resolved.assignee.as_str(), resolved.merged_into),
            ("u1", Some(target))
        );
        let split = after(&resolved, Decision::Split);
        assert_eq!(
            (split.merged_into, split.decided),
            (None, Decided::Resolved)
        );
        assert_eq!(split.changed_at, resolved.changed_at);
    }

    #[test]
    fn the_trail_says_what_was_decided() {
        let trail = |decision: Decision| {
            let none = KnownReleases::default();
            State::default().after(&decision, &none, NOW).1.detail
        };
        let ignore = |until, events| Decision::Ignore { until, events };
        assert_eq!(
            trail(ignore(Some(NOW), None)),
            "until 2026-11-22T19:00:00.000Z"
        );
        assert_eq!(trail(ignore(None, Some(10))), "10 events");
        assert_eq!(trail(Decision::MergeInto(IssueId::new(7))), "7");
    }
}
