//! Which crash events and orders are stored already, so that one that is sent again is answered and not stored again.
//!
//! Enters: ids of events and orders. What is kept of them is a 64-bit hash under a key of this process, in memory only: for as long as
//! the retention's ceiling, and of the newest [`EVENT_IDS_REMEMBERED_MAX`]. Several servers do not share it.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::limits::{EVENT_IDS_REMEMBERED_MAX, RETENTION_HOURS_MAX};
use crate::privacy::EventId;
use crate::registry::ProjectId;
use crate::time::Timestamp;

/// A generation is closed after this: no id is forgotten within the retention unless there are too many.
const GENERATION_AGE_MAX: Duration = Duration::from_secs(RETENTION_HOURS_MAX as u64 * 3_600);
const GENERATION_IDS_MAX: usize = EVENT_IDS_REMEMBERED_MAX / 2;

/// The memory of event ids. Shared by all requests.
pub struct Seen {
    keyed: RandomState,
    memory: Mutex<Memory>,
}

/// One event or order of one project.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint(u64);

struct Memory {
    /// Ids of events that are on their way to the disk, and who to ask for the end of it.
    on_the_way: HashMap<Fingerprint, watch::Receiver<()>>,
    young: Generation,
    /// Filled up or aged; the next one replaces it. What ClickHouse knew at the start is here.
    old: Generation,
}

/// What is known of an event.
pub enum Sighting {
    /// It is new. The claim must be settled.
    New(Claim),
    /// It is stored.
    Stored,
    /// Another request is storing it: wait, and ask again.
    OnTheWay(Arrival),
}

/// The end of another request's attempt to store an event.
pub struct Arrival(watch::Receiver<()>);

impl Arrival {
    /// Waits until the attempt has succeeded or failed.
    pub async fn over(mut self) {
        // The sender never sends; it is dropped when the attempt is over.
        let _ = self.0.changed().await;
    }
}

/// The right to store an event. One that is dropped unsettled forgets it.
pub struct Claim {
    seen: Arc<Seen>,
    fingerprint: Fingerprint,
    now: Timestamp,
    is_stored: bool,
    _over: watch::Sender<()>,
}

impl Claim {
    /// The event is durable.
    pub fn stored(mut self) {
        self.is_stored = true;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let mut memory = self.seen.lock();
        memory.on_the_way.remove(&self.fingerprint);
        if self.is_stored {
            memory.remember(self.fingerprint, self.now);
        }
    }
}

impl Seen {
    /// An empty memory.
    pub fn new(now: Timestamp) -> Self {
        let memory = Memory {
            on_the_way: HashMap::new(),
            young: Generation::new(now),
            old: Generation::new(now),
        };
        Self {
            keyed: RandomState::new(),
            memory: Mutex::new(memory),
        }
    }

    /// What an event is remembered by.
    pub fn event(&self, project: ProjectId, event: EventId) -> Fingerprint {
        self.fingerprint((project, event.digits()))
    }

    /// What an order with this number is remembered by.
    pub fn order(&self, project: ProjectId, number: &str) -> Fingerprint {
        self.fingerprint((project, number))
    }

    /// Claims an event or order for storing, if nobody else has.
    pub fn claim(self: &Arc<Self>, fingerprint: Fingerprint, now: Timestamp) -> Sighting {
        let mut memory = self.lock();
        if memory.young.contains(fingerprint) || memory.old.contains(fingerprint) {
            return Sighting::Stored;
        }
        if let Some(over) = memory.on_the_way.get(&fingerprint) {
            return Sighting::OnTheWay(Arrival(over.clone()));
        }
        let (sender, receiver) = watch::channel(());
        memory.on_the_way.insert(fingerprint, receiver);
        Sighting::New(Claim {
            seen: Arc::clone(self),
            fingerprint,
            now,
            is_stored: false,
            _over: sender,
        })
    }

    /// Remembers an event that was stored before the start, if there is room. `digits` are those of its id.
    pub fn recall(&self, project: ProjectId, digits: [u8; 32]) -> bool {
        let fingerprint = self.fingerprint((project, digits));
        let mut memory = self.lock();
        let has_room = memory.old.len < GENERATION_IDS_MAX;
        if has_room {
            memory.old.insert(fingerprint);
        }
        has_room
    }

    /// How many events are remembered.
    pub fn count(&self) -> usize {
        let memory = self.lock();
        memory.young.len + memory.old.len
    }

    fn fingerprint(&self, of: impl Hash) -> Fingerprint {
        // Zero marks a free place of the table.
        Fingerprint(self.keyed.hash_one(of).max(1))
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    fn remember(&mut self, fingerprint: Fingerprint, now: Timestamp) {
        let is_aged = now.since(self.young.begun_at) >= GENERATION_AGE_MAX;
        if is_aged || self.young.len == GENERATION_IDS_MAX {
            self.old = std::mem::replace(&mut self.young, Generation::new(now));
        }
        self.young.insert(fingerprint);
    }
}

/// A set of fingerprints: a table of places, each taken by the first fingerprint that wants it or a place before it.
struct Generation {
    /// A power of two of them, at most seven of eight taken.
    places: Vec<u64>,
    len: usize,
    begun_at: Timestamp,
}

const PLACES_MIN: usize = 1 << 10;

impl Generation {
    fn new(now: Timestamp) -> Self {
        Self {
            places: vec![0; PLACES_MIN],
            len: 0,
            begun_at: now,
        }
    }

    fn contains(&self, fingerprint: Fingerprint) -> bool {
        self.places[self.place_of(fingerprint)] == fingerprint.0
    }

    fn insert(&mut self, fingerprint: Fingerprint) {
        if (self.len + 1) * 8 > self.places.len() * 7 {
            let larger = vec![0; self.places.len() * 2];
            let taken = std::mem::replace(&mut self.places, larger);
            for fingerprint in taken.into_iter().filter(|&place| place != 0) {
                let place = self.place_of(Fingerprint(fingerprint));
                self.places[place] = fingerprint;
            }
        }
        let place = self.place_of(fingerprint);
        self.len += usize::from(self.places[place] == 0);
        self.places[place] = fingerprint.0;
    }

    /// The place where a fingerprint is, or where it would be put. There is always a free one.
    fn place_of(&self, fingerprint: Fingerprint) -> usize {
        let mask = self.places.len() - 1;
        let mut place = fingerprint.0 as usize & mask;
        while self.places[place] != 0 && self.places[place] != fingerprint.0 {
            place = (place + 1) & mask;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn project(id: u32) -> ProjectId {
        ProjectId::new(id)
    }

    fn new(seen: &Arc<Seen>, project: ProjectId, id: EventId) -> Option<Claim> {
        match seen.claim(seen.event(project, id), NOW) {
            Sighting::New(claim) => Some(claim),
            _ => None,
        }
    }

    #[test]
    fn an_event_is_new_until_it_is_stored() {
        let seen = Arc::new(Seen::new(NOW));
        let id = EventId::random();
        drop(new(&seen, project(1), id).expect("never seen"));
        let claim = new(&seen, project(1), id).expect("the first attempt failed");
        assert!(matches!(
            seen.claim(seen.event(project(1), id), NOW),
            Sighting::OnTheWay(_)
        ));
        claim.stored();
        assert!(matches!(
            seen.claim(seen.event(project(1), id), NOW),
            Sighting::Stored
        ));
        assert!(new(&seen, project(2), id).is_some(), "another project's");
        assert_eq!(seen.count(), 1);
    }

    #[test]
    fn what_was_stored_before_the_start_is_known() {
        let seen = Arc::new(Seen::new(NOW));
        let id = EventId::random();
        assert!(seen.recall(project(1), id.digits()));
        assert!(matches!(
            seen.claim(seen.event(project(1), id), NOW),
            Sighting::Stored
        ));
    }

    #[tokio::test]
    async fn of_many_equal_requests_at_once_one_stores() {
        let seen = Arc::new(Seen::new(NOW));
        let id = EventId::random();
        let attempts = (0..50).map(|number| {
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                loop {
                    match seen.claim(seen.event(project(1), id), NOW) {
                        Sighting::Stored => return 0,
                        Sighting::OnTheWay(arrival) => arrival.over().await,
                        Sighting::New(claim) => {
                            tokio::task::yield_now().await;
                            // The first attempts fail; somebody else takes over.
                            if number >= 3 {
                                claim.stored();
                                return 1;
                            }
                            return 0;
                        }
                    }
                }
            })
        });
        let attempts: Vec<_> = attempts.collect();
        let mut stored = 0;
        for attempt in attempts {
            stored += attempt.await.unwrap();
        }
        assert_eq!(stored, 1);
    }

    #[test]
    fn the_oldest_are_forgotten_first_and_memory_is_bounded() {
        let mut memory = Memory {
            on_the_way: HashMap::new(),
            young: Generation::new(NOW),
            old: Generation::new(NOW),
        };
        // An odd multiplier visits every number once.
        let fingerprint =
            |number: u64| Fingerprint((number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let count = EVENT_IDS_REMEMBERED_MAX as u64 + GENERATION_IDS_MAX as u64 / 2;
        (0..count).for_each(|number| memory.remember(fingerprint(number), NOW));
        let known = |number| {
            memory.young.contains(fingerprint(number)) || memory.old.contains(fingerprint(number))
        };
        assert!(known(count - 1) && known(count - GENERATION_IDS_MAX as u64));
        assert!(!known(0) && !known(count));
        let bytes = 8 * (memory.young.places.len() + memory.old.places.len());
        assert!(bytes <= 32 << 20, "{bytes} bytes");
    }

    #[test]
    fn ids_are_forgotten_with_age() {
        let mut memory = Memory {
            on_the_way: HashMap::new(),
            young: Generation::new(NOW),
            old: Generation::new(NOW),
        };
        let known = |memory: &Memory| {
            memory.young.contains(Fingerprint(7)) || memory.old.contains(Fingerprint(7))
        };
        memory.remember(Fingerprint(7), NOW);
        memory.remember(Fingerprint(8), NOW.plus(GENERATION_AGE_MAX));
        assert!(known(&memory));
        memory.remember(Fingerprint(9), NOW.plus(2 * GENERATION_AGE_MAX));
        assert!(!known(&memory));
    }
}
