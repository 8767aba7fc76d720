//! One issue, and how it stands.

use super::Issue;
use super::overview::Families;
use crate::issues::decision::{Decided, State};
use crate::issues::{IssueId, Status};
use crate::store::{Store, StoreError};
use crate::time::Timestamp;

impl Store {
    /// One issue, by the number of any of its groups; `None` if none of its events is left.
    ///
    /// # Errors
    /// If ClickHouse does not answer.
    pub async fn issue(
        &self,
        projects: &[u32],
        id: IssueId,
        now: Timestamp,
    ) -> Result<Option<Issue>, StoreError> {
        let (merges, partitions) = self.merges_and_partitions(projects, now).await?;
        let root = merges.root(id);
        let families = Families::new(projects, &[root], &merges);
        let stands = async {
            let mut states = self.states(projects, &[root]).await?;
            let state = states.remove(&root).unwrap_or_default();
            let woken = match state.waits_for_events() {
                true => {
                    self.woken(projects, Some(root), &merges, &partitions, now)
                        .await?
                }
                false => Vec::new(),
            };
            Ok((state, !woken.is_empty()))
        };
        let (counts, (state, is_woken)) = tokio::try_join!(self.counts(&families, now), stands)?;
        let Some(counts) = counts.first() else {
            return Ok(None);
        };
        let latest = self.latest(&families, &[counts.latest_expires_at]).await?;
        let standing = standing(&state, counts.last_seen(), is_woken, now);
        let latest = latest.first();
        Ok(latest.map(|latest| Issue::new(counts, latest, state, standing, &merges)))
    }
}

/// The status of an issue, and whether it was resolved once and is back: as lists compute it of many.
fn standing(state: &State, last_seen: Timestamp, is_woken: bool, now: Timestamp) -> (Status, bool) {
    let is_asleep =
        |until: Option<Timestamp>| until.is_none_or(|until| until.datetime() > now.datetime());
    match state.decided {
        Decided::Resolved if last_seen > state.changed_at => (Status::Unresolved, true),
        Decided::ResolvedInNextRelease if is_woken => (Status::Unresolved, true),
        Decided::Resolved | Decided::ResolvedInNextRelease => (Status::Resolved, false),
        Decided::Ignored if !is_woken && is_asleep(state.ignored_until) => (Status::Ignored, false),
        Decided::Ignored | Decided::Unresolved => (Status::Unresolved, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decided_holds_until_events_or_time_end_it() {
        let second = Timestamp::from_seconds;
        let stands = |decided, until, last_seen, is_woken| {
            let state = State {
                decided,
                changed_at: second(100),
                ignored_until: until,
                ..State::default()
            };
            standing(&state, second(last_seen), is_woken, second(200))
        };
        let open = (Status::Unresolved, false);
        let regressed = (Status::Unresolved, true);
        let resolved = (Status::Resolved, false);
        let ignored = (Status::Ignored, false);
        assert_eq!(stands(Decided::Unresolved, None, 150, false), open);
        assert_eq!(stands(Decided::Resolved, None, 100, false), resolved);
        assert_eq!(stands(Decided::Resolved, None, 101, false), regressed);
        let next = Decided::ResolvedInNextRelease;
        assert_eq!(stands(next, None, 150, false), resolved);
        assert_eq!(stands(next, None, 150, true), regressed);
        assert_eq!(stands(Decided::Ignored, None, 150, false), ignored);
        assert_eq!(stands(Decided::Ignored, None, 150, true), open);
        let until = |time| stands(Decided::Ignored, Some(second(time)), 150, false);
        assert_eq!((until(201), until(200)), (ignored, open));
    }
}
