//! What has been counted of which session, so that a session's later updates are not counted again.
//!
//! SDKs send a session's whole state again with every update. Counting needs to know what was said before, but nothing
//! about a single session may be stored; so it is remembered here, in memory only: a hash of the session's random id
//! under a key of this process, and six bits. A restart forgets it, and another server does not know it: a session
//! that lives on across either may count once more as errored. What was refused at the spool counts as said.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::limits::{SESSION_MEMORY_HOURS, SESSIONS_REMEMBERED_MAX};
use crate::registry::ProjectId;
use crate::time::Timestamp;

const LIFE: Duration = Duration::from_secs(SESSION_MEMORY_HOURS * 3_600 / 2);

/// Facts of a session, each of which counts once: a set of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::privacy) struct Facts(u8);

impl Facts {
    pub const STARTED: Self = Self(1);
    pub const EXITED: Self = Self(1 << 1);
    pub const ERRORED: Self = Self(1 << 2);
    pub const UNHANDLED: Self = Self(1 << 3);
    pub const CRASHED: Self = Self(1 << 4);
    pub const ABNORMAL: Self = Self(1 << 5);

    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// The sessions of the last hours, in two generations: when the younger is full or old, the elder is forgotten.
pub(in crate::privacy) struct SessionMemory {
    key: RandomState,
    generations: Mutex<Generations>,
}

struct Generations {
    young: HashMap<u64, Facts>,
    old: HashMap<u64, Facts>,
    since: Timestamp,
}

impl SessionMemory {
    pub fn new(now: Timestamp) -> Self {
        Self {
            key: RandomState::new(),
            generations: Mutex::new(Generations {
                young: HashMap::new(),
                old: HashMap::new(),
                since: now,
            }),
        }
    }

    /// Those of `facts` that were not known of the session, which are known from now on.
    pub fn news(&self, project: ProjectId, session: &str, facts: Facts, now: Timestamp) -> Facts {
        let id = self.key.hash_one((project.get(), session));
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        generations.age(now);
        let in_old = generations.old.get(&id).copied().unwrap_or_default();
        let known = generations.young.entry(id).or_insert(in_old);
        let news = facts.without(*known);
        *known = known.with(facts);
        news
    }
}

impl Generations {
    fn age(&mut self, now: Timestamp) {
        if self.young.len() >= SESSIONS_REMEMBERED_MAX / 2 || now.since(self.since) >= LIFE {
            self.old = std::mem::take(&mut self.young);
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_is_news_once() {
        let now = Timestamp::from_seconds(1_800_000_000);
        let memory = SessionMemory::new(now);
        let news =
            |project, session, facts| memory.news(ProjectId::new(project), session, facts, now);
        let both = Facts::STARTED.with(Facts::ERRORED);
        assert_eq!(news(1, "a", Facts::STARTED), Facts::STARTED);
        assert_eq!(news(1, "a", both), Facts::ERRORED);
        assert!(news(1, "a", both).is_empty());
        assert_eq!(news(1, "b", both), both);
        assert_eq!(news(2, "a", both), both);
    }

    #[test]
    fn sessions_are_forgotten_by_age_and_by_number() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let memory = SessionMemory::new(start);
        let news =
            |session: &str, now| memory.news(ProjectId::new(1), session, Facts::STARTED, now);
        news("a", start);
        assert!(news("a", start.plus(LIFE)).is_empty(), "one generation on");
        assert!(
            news("a", start.plus(2 * LIFE)).is_empty(),
            "carried over when seen"
        );
        news("b", start.plus(2 * LIFE));
        news("c", start.plus(3 * LIFE));
        assert!(!news("b", start.plus(4 * LIFE)).is_empty());

        for number in 0..2 * SESSIONS_REMEMBERED_MAX {
            news(&number.to_string(), start.plus(4 * LIFE));
        }
        let generations = memory.generations.lock().unwrap();
        assert!(generations.young.len() + generations.old.len() <= SESSIONS_REMEMBERED_MAX);
    }
}
