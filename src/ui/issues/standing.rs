//! How an issue stands and what happened to it, in words.

use super::words;
use crate::issues::Status;
use crate::issues::decision::{ActivityKind, Decided};
use crate::store::issues::Issue;
use crate::time::Timestamp;
use crate::ui::{Language, when};

/// The status, and what would end it.
pub(super) fn standing(issue: &Issue, language: Language) -> String {
    let status = words::status(issue.status, language);
    let waits = match issue.status {
        Status::Unresolved => None,
        Status::Resolved => (issue.state.decided == Decided::ResolvedInNextRelease).then(|| {
            let t = words::IssueTexts::of(language);
            t.in_next_release.to_owned()
        }),
        Status::Ignored => match (issue.state.ignored_until, issue.state.ignored_events) {
            (Some(until), _) => Some(until_time(until, language)),
            (None, Some(events)) => Some(until_events(events, language)),
            (None, None) => None,
        },
    };
    match waits {
        Some(waits) => format!("{status} {waits}"),
        None => status.to_owned(),
    }
}

/// What an entry of the trail says beside its kind; `detail` as [`State::after`](crate::issues::decision::State::after)
/// wrote it.
pub(super) fn detail(kind: ActivityKind, detail: &str, language: Language) -> String {
    let ignored = || {
        let until = detail
            .strip_prefix("until ")
            .and_then(Timestamp::parse_rfc3339);
        let events = detail.strip_suffix(" events").and_then(|n| n.parse().ok());
        until
            .map(|until| until_time(until, language))
            .or_else(|| events.map(|events| until_events(events, language)))
    };
    match kind {
        ActivityKind::Ignored => ignored().unwrap_or_default(),
        _ => detail.to_owned(),
    }
}

fn until_time(until: Timestamp, language: Language) -> String {
    let minute = when::minute(until.datetime());
    match language {
        Language::English => format!("until {minute} UTC"),
        Language::German => format!("bis {minute} UTC"),
    }
}

fn until_events(events: u64, language: Language) -> String {
    let events = words::grouped(events, language);
    match language {
        Language::English => format!("until {events} more events"),
        Language::German => format!("bis {events} weitere Ereignisse kommen"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issues::decision::{Decision, KnownReleases, State};

    #[test]
    fn what_was_ignored_says_until_when() {
        let now = Timestamp::from_seconds(1_800_000_059);
        for (until, events, english, german) in [
            (
                Some(now),
                None,
                "until 2027-01-15 08:00 UTC",
                "bis 2027-01-15 08:00 UTC",
            ),
            (
                None,
                Some(1_000),
                "until 1,000 more events",
                "bis 1.000 weitere Ereignisse kommen",
            ),
            (None, None, "", ""),
        ] {
            let decision = Decision::Ignore { until, events };
            let none = KnownReleases::default();
            let trace = State::default().after(&decision, &none, now).1;
            let said = |language| detail(trace.kind, &trace.detail, language);
            assert_eq!(
                (said(Language::English), said(Language::German)),
                (english.into(), german.into())
            );
        }
    }
}
