//! Visitors without cookies.
//!
//! A visitor is a random number that is held in memory, found by a keyed hash (SipHash-2-4, 128 bits) of project, masked address,
//! user agent and language under a random salt. The hash stays in memory as well. The salt rotates every few hours and is never written;
//! its predecessor is kept only for one visit's idle time, so that a rotation does not split visits.
//! Once the salt is gone nobody, the operator included, can connect a number with a browser.
//! A restart forgets all visitors; that is the price of writing nothing down.

#![expect(
    clippy::disallowed_types,
    reason = "hashes the octets of an address that is masked already"
)]

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use ring::rand::{SecureRandom, SystemRandom};
use siphasher::sip128::{Hasher128, SipHasher24};

use super::ip::MaskedIp;
use super::remembered::Hashed;
use crate::limits::{VISIT_IDLE_SECONDS, VISITORS_MAX};
use crate::registry::ProjectId;
use crate::time::Timestamp;

/// Independent parts of the table, so that threads rarely wait for each other.
const SHARDS: usize = 16;

/// The visitors of the last hours, in memory only.
pub struct Visitors {
    rotation: Duration,
    random: SystemRandom,
    salts: RwLock<Salts>,
    shards: [Mutex<HashMap<u128, Seen, Hashed>>; SHARDS],
}

struct Salts {
    current: SipHasher24,
    since: Timestamp,
    previous: Option<SipHasher24>,
    rotations: u64,
}

#[derive(Clone, Copy)]
struct Seen {
    visitor: u64,
    last: Timestamp,
    hits_this_minute: u32,
}

/// What may be known of the salts: numbers, from which none can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SaltAges {
    /// Which salt it is, counted from the start of the program.
    pub number: u64,
    pub current_seconds: u64,
    /// Whether its predecessor is still held, so that a rotation does not split visits.
    pub holds_previous: bool,
    pub rotation_seconds: u64,
}

/// A visitor at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sighting {
    pub visitor: u64,
    /// Hits since the clock's last full minute, this one included.
    pub hits_this_minute: u32,
}

/// A visitor of a project, within one salt's life.
pub(super) struct Traits<'a> {
    pub project: ProjectId,
    pub recognised_by: Recognised<'a>,
}

/// What a visitor is recognised by.
pub(super) enum Recognised<'a> {
    /// An id that the tracker or the site's own server states.
    ById(&'a str),
    /// What every browser tells about itself.
    ByTraits {
        address: MaskedIp,
        user_agent: &'a str,
        language: &'a str,
    },
}

impl Traits<'_> {
    /// Each input of any length with its length, so that no two different inputs hash the same bytes.
    fn hash(&self, salt: SipHasher24) -> u128 {
        let mut hash = salt;
        hash.write_u32(self.project.get());
        let mut update = |input: &[u8]| {
            hash.write_usize(input.len());
            hash.write(input);
        };
        match &self.recognised_by {
            Recognised::ById(id) => update(id.as_bytes()),
            Recognised::ByTraits {
                address,
                user_agent,
                language,
            } => {
                match address.address() {
                    IpAddr::V4(v4) => update(&v4.octets()),
                    IpAddr::V6(v6) => update(&v6.octets()),
                }
                update(user_agent.as_bytes());
                update(language.as_bytes());
            }
        }
        hash.finish128().as_u128()
    }
}

impl Visitors {
    /// An empty table whose salt changes every `rotation`.
    pub fn new(rotation: Duration, now: Timestamp) -> Self {
        let random = SystemRandom::new();
        Self {
            rotation,
            salts: RwLock::new(Salts {
                current: fresh_salt(&random),
                since: now,
                previous: None,
                rotations: 0,
            }),
            random,
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }

    /// Replaces a salt whose time is up and forgets its predecessor, also while nobody visits.
    pub fn forget(&self, now: Timestamp) -> SaltAges {
        let salts = self.rotated(now);
        SaltAges {
            number: salts.rotations + 1,
            current_seconds: now.since(salts.since).as_secs(),
            holds_previous: salts.previous.is_some(),
            rotation_seconds: self.rotation.as_secs(),
        }
    }

    /// The visitor with these traits, new if there is none.
    pub(super) fn sighting(&self, traits: &Traits<'_>, now: Timestamp) -> Sighting {
        let salts = self.rotated(now);
        let key = traits.hash(salts.current);
        if let Some(known) = self.touch(key, now) {
            return known;
        }
        let earlier = salts.previous.and_then(|previous| {
            let old_key = traits.hash(previous);
            self.shard(old_key)
                .remove(&old_key)
                .filter(|seen| !is_idle(*seen, now))
        });
        drop(salts);
        let visitor = earlier.map_or_else(|| self.random_number(), |seen| seen.visitor);
        let fresh = Seen {
            visitor,
            last: now,
            hits_this_minute: 1,
        };
        self.remember(key, fresh).sighting()
    }

    fn touch(&self, key: u128, now: Timestamp) -> Option<Sighting> {
        let mut shard = self.shard(key);
        let seen = shard.get_mut(&key)?;
        seen.hits_this_minute = match seen.last.seconds() / 60 == now.seconds() / 60 {
            true => seen.hits_this_minute.saturating_add(1),
            false => 1,
        };
        seen.last = now;
        Some(seen.sighting())
    }

    /// Remembers a visitor, unless another thread was first: then that one counts.
    fn remember(&self, key: u128, seen: Seen) -> Seen {
        let mut shard = self.shard(key);
        if shard.len() >= VISITORS_MAX / SHARDS {
            shard.retain(|_, old| !is_idle(*old, seen.last));
        }
        if shard.len() < VISITORS_MAX / SHARDS {
            *shard.entry(key).or_insert(seen)
        } else {
            seen
        }
    }

    /// The salts of this moment: a new one if its predecessor's time is up.
    fn rotated(&self, now: Timestamp) -> RwLockReadGuard<'_, Salts> {
        let salts = self.salts.read().unwrap_or_else(PoisonError::into_inner);
        let age = now.since(salts.since);
        let due = age >= self.rotation;
        let forget = salts.previous.is_some() && age.as_secs() > VISIT_IDLE_SECONDS;
        if !due && !forget {
            return salts;
        }
        drop(salts);
        let mut salts = self.salts.write().unwrap_or_else(PoisonError::into_inner);
        if now.since(salts.since) >= self.rotation {
            let fresh = fresh_salt(&self.random);
            salts.previous = Some(std::mem::replace(&mut salts.current, fresh));
            salts.since = now;
            salts.rotations += 1;
        } else {
            salts.previous = None;
        }
        drop(salts);
        for shard in &self.shards {
            let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|_, seen| !is_idle(*seen, now));
        }
        self.salts.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn shard(&self, key: u128) -> std::sync::MutexGuard<'_, HashMap<u128, Seen, Hashed>> {
        self.shards[(key >> 64) as usize % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn random_number(&self) -> u64 {
        let mut bytes = [0u8; 8];
        // The kernel's generator does not fail once it has started; zero then means "unknown visitor".
        let _ = self.random.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

impl Seen {
    const fn sighting(self) -> Sighting {
        Sighting {
            visitor: self.visitor,
            hits_this_minute: self.hits_this_minute,
        }
    }
}

fn is_idle(seen: Seen, now: Timestamp) -> bool {
    now.since(seen.last).as_secs() > VISIT_IDLE_SECONDS
}

fn fresh_salt(random: &SystemRandom) -> SipHasher24 {
    let mut salt = [0; 16];
    // The kernel's generator does not fail once it has started. Without it there is no anonymity; a salt of which nobody knows
    // any bit of the standard library's own randomness is the safe way out.
    if random.fill(&mut salt).is_err() {
        let (state, other) = (RandomState::new(), RandomState::new());
        return SipHasher24::new_with_keys(state.hash_one(0), other.hash_one(1));
    }
    SipHasher24::new_with_key(&salt)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::ip::IpMask;

    const HOUR: Duration = Duration::from_secs(3_600);
    const MINUTE: Duration = Duration::from_secs(60);

    fn traits<'a>(user_agent: &'a str, language: &'a str) -> Traits<'a> {
        Traits {
            project: ProjectId::new(1),
            recognised_by: Recognised::ByTraits {
                address: IpMask::default().mask("203.0.113.77".parse().unwrap()),
                user_agent,
                language,
            },
        }
    }

    #[test]
    fn the_same_browser_is_the_same_visitor() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let visitors = Visitors::new(4 * HOUR, start);
        let first = visitors.sighting(&traits("agent", "de"), start).visitor;
        assert_eq!(
            first,
            visitors
                .sighting(&traits("agent", "de"), start.plus(20 * MINUTE))
                .visitor
        );
        assert_ne!(
            first,
            visitors.sighting(&traits("agent", "en"), start).visitor
        );
        assert_ne!(
            first,
            visitors.sighting(&traits("agen", "tde"), start).visitor
        );
        let again = visitors.sighting(&traits("agent", "de"), start.plus(20 * MINUTE));
        assert_eq!(again.hits_this_minute, 2);
        let elsewhere = Traits {
            project: ProjectId::new(2),
            ..traits("agent", "de")
        };
        assert_ne!(first, visitors.sighting(&elsewhere, start).visitor);
    }

    #[test]
    fn a_visit_survives_the_rotation_and_the_visitor_does_not() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let visitors = Visitors::new(4 * HOUR, start);
        let before = start.plus(4 * HOUR - MINUTE);
        let first = visitors.sighting(&traits("agent", "de"), before).visitor;
        assert_eq!(
            first,
            visitors
                .sighting(&traits("agent", "de"), start.plus(4 * HOUR + MINUTE))
                .visitor
        );

        let other = visitors
            .sighting(&traits("other", "de"), start.plus(4 * HOUR + MINUTE))
            .visitor;
        let next_day = start.plus(9 * HOUR);
        assert_ne!(
            other,
            visitors.sighting(&traits("other", "de"), next_day).visitor
        );
    }

    #[test]
    fn the_predecessor_is_forgotten_after_one_visit() {
        let start = Timestamp::from_seconds(1_800_000_000);
        let visitors = Visitors::new(4 * HOUR, start);
        visitors.sighting(&traits("agent", "de"), start);
        visitors.sighting(&traits("agent", "de"), start.plus(4 * HOUR));
        assert!(visitors.salts.read().unwrap().previous.is_some());
        visitors.sighting(&traits("agent", "de"), start.plus(5 * HOUR));
        assert!(visitors.salts.read().unwrap().previous.is_none());
        assert_eq!(visitors.salts.read().unwrap().rotations, 1);
    }
}
