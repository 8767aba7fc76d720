//! Rate limits and quotas: how much a project, and each of its keys, may send.
//!
//! Enters: who sends what, how many, and when. Leaves: yes, or for how long not to ask again. Two kinds of limit:
//! buckets that drain as time passes (a rate with a burst) and windows that end at a full hour or day in UTC. All that
//! apply are asked first and charged together, so a refused item costs nothing.
//! Not here: addresses and visitors; a limit never depends on who the sender is. Counters live in memory: a restart
//! forgets them, and each of several servers counts on its own.

mod bucket;
mod limits;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::limits::QUOTA_COUNTERS_MAX;
use crate::registry::{ProjectId, PublicKey};
use crate::time::Timestamp;

use bucket::{Bucket, Window};
pub use limits::{Category, Limits, Rates};

/// Whose limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Project,
    Key,
}

impl Scope {
    /// The name in `X-Sentry-Rate-Limits`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Key => "key",
        }
    }
}

/// Why an item is not taken now. If several limits are reached, the one that lasts longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// After this as many are taken, if nobody else sends. At least 1.
    pub retry_after_seconds: u32,
    /// Whose limit it is.
    pub scope: Scope,
}

impl Refused {
    const fn after(retry_after_seconds: u32, scope: Scope) -> Self {
        Self {
            retry_after_seconds,
            scope,
        }
    }

    /// As an element of `X-Sentry-Rate-Limits`, e.g. `60:error:project`. Several are joined by `, `.
    pub fn sentry_rate_limit(self, category: Category) -> String {
        let Self {
            retry_after_seconds,
            scope,
        } = self;
        format!("{retry_after_seconds}:{}:{}", category.name(), scope.name())
    }
}

/// Independent parts, so that threads rarely wait for each other. A project is in one part with all its keys.
const SHARDS: usize = 16;
/// A full part looks for idle counters no more often than this.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// What projects and keys have consumed lately.
#[derive(Default)]
pub struct Quotas {
    shards: [Mutex<Shard>; SHARDS],
}

#[derive(Default)]
struct Shard {
    projects: HashMap<Slot, Counters>,
    /// Of projects and their keys together.
    counters: usize,
    swept_at: Option<Timestamp>,
}

/// A project and a category in one number: hashing two would take half of the whole time.
type Slot = u64;

const fn slot(project: ProjectId, category: Category) -> Slot {
    (project.get() as u64) << 8 | category as u64
}

/// Of one project and category.
#[derive(Default)]
struct Counters {
    bucket: Bucket,
    hour: Window<3_600>,
    day: Window<86_400>,
    /// A project has few keys: going through them is faster than another hash.
    keys: Vec<(PublicKey, Bucket)>,
}

impl Quotas {
    /// Takes `count` items, all or none. More at once than a burst or a quota holds are never taken: count item by item
    /// what comes in batches. About 85 ns; 10 ns without limits. `key` is one that is known to be the project's.
    ///
    /// # Errors
    /// [`Refused`] if a limit is reached; nothing is consumed then.
    pub fn admit(
        &self,
        project: ProjectId,
        key: Option<PublicKey>,
        category: Category,
        count: u32,
        rates: &Rates,
        now: Timestamp,
    ) -> Result<(), Refused> {
        if *rates == Rates::UNLIMITED {
            return Ok(());
        }
        let key = key.filter(|_| rates.key_per_minute > 0);
        let shard = &self.shards[project.get() as usize % SHARDS];
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slot(project, category);
        if shard.is_full() && !shard.has_room(slot, key, now) {
            return Ok(());
        }
        shard.of(slot, key).admit(key, count, rates, now)
    }
}

impl Shard {
    /// The counters of a project, with one for the key.
    fn of(&mut self, slot: Slot, key: Option<PublicKey>) -> &mut Counters {
        let counters = self.projects.entry(slot).or_insert_with(|| {
            self.counters += 1;
            Counters::default()
        });
        if let Some(key) = key.filter(|key| !counters.knows(key)) {
            self.counters += 1;
            counters.keys.push((key, Bucket::default()));
        }
        counters
    }

    /// Whether one more project and key might not fit.
    fn is_full(&self) -> bool {
        self.counters + 2 > QUOTA_COUNTERS_MAX / SHARDS
    }

    /// Whether these are counted already, or idle ones could be forgotten for them.
    fn has_room(&mut self, slot: Slot, key: Option<PublicKey>, now: Timestamp) -> bool {
        let counters = self.projects.get(&slot);
        if counters.is_some_and(|counters| key.is_none_or(|key| counters.knows(&key))) {
            return true;
        }
        if self
            .swept_at
            .is_none_or(|swept_at| now.since(swept_at) >= SWEEP_INTERVAL)
        {
            self.swept_at = Some(now);
            self.projects.retain(|_, counters| counters.sweep(now));
            let keys = self.projects.values().map(|counters| counters.keys.len());
            self.counters = self.projects.len() + keys.sum::<usize>();
        }
        !self.is_full()
    }
}

impl Counters {
    fn knows(&self, key: &PublicKey) -> bool {
        self.keys.iter().any(|(known, _)| known == key)
    }

    /// All limits are asked before any is charged.
    fn admit(
        &mut self,
        key: Option<PublicKey>,
        count: u32,
        rates: &Rates,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let (of_project, of_key) = (rates.project(), rates.key());
        let bucket = self.bucket.wait_seconds(of_project, count, now);
        let hour = self.hour.wait_seconds(rates.per_hour, count, now);
        let day = self.day.wait_seconds(rates.per_day, count, now);
        let project_wait = bucket.max(hour).max(day);
        let mut key_bucket = key.and_then(|key| self.keys.iter_mut().find(|(k, _)| *k == key));
        let key_wait = key_bucket
            .as_ref()
            .map_or(0, |(_, bucket)| bucket.wait_seconds(of_key, count, now));
        if project_wait.max(key_wait) > 0 {
            return Err(if key_wait > project_wait {
                Refused::after(key_wait, Scope::Key)
            } else {
                Refused::after(project_wait, Scope::Project)
            });
        }

        self.bucket.charge(of_project, count, now);
        self.hour.charge(rates.per_hour, count, now);
        self.day.charge(rates.per_day, count, now);
        if let Some((_, bucket)) = &mut key_bucket {
            bucket.charge(of_key, count, now);
        }
        Ok(())
    }

    /// Forgets idle keys. Whether anything is left.
    fn sweep(&mut self, now: Timestamp) -> bool {
        self.keys.retain(|(_, bucket)| !bucket.is_idle(now));
        let is_idle = self.bucket.is_idle(now) && self.hour.is_idle(now) && self.day.is_idle(now);
        !is_idle || !self.keys.is_empty()
    }
}
