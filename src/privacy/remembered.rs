//! What was made of a text is remembered under a random hash of it, never under the text itself: the same pages, browsers and
//! titles come again and again, and taking an address apart takes ten times as long as finding what was left of it.
//!
//! The hash is SipHash-1-3 of 128 bits under a key that is made at the start and written nowhere, so that nobody can make two
//! texts meet or say which texts were seen. What is remembered has passed the room: it could be stored as it is.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::{Arc, PoisonError, RwLock};

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::intake::form::Written;

/// Results by the hash of what they were made of. The least recently used half makes room.
pub(super) struct Remembered<T> {
    hasher: SipHasher13,
    entries_max: usize,
    known: RwLock<Generations<T>>,
}

/// What was asked for since the last change of generations, and between the two last ones.
struct Generations<T> {
    young: HashMap<u128, Arc<T>, Hashed>,
    old: HashMap<u128, Arc<T>, Hashed>,
}

impl<T> Remembered<T> {
    /// Remembers no more than `entries_max` results.
    pub fn new(entries_max: usize) -> Self {
        let random = RandomState::new();
        Self {
            hasher: SipHasher13::new_with_keys(random.hash_one(0), random.hash_one(1)),
            entries_max,
            known: RwLock::new(Generations {
                young: HashMap::default(),
                old: HashMap::default(),
            }),
        }
    }

    /// What `make` made of these texts under this number, or makes of them now. They need not be decoded to be known again.
    pub fn recall<const N: usize>(
        &self,
        number: u64,
        texts: [Written<'_>; N],
        make: impl FnOnce() -> T,
    ) -> Arc<T> {
        let key = self.key(number, texts);
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.young.get(&key) {
            return Arc::clone(found);
        }
        let old = known.old.get(&key).map(Arc::clone);
        drop(known);
        let found = old.unwrap_or_else(|| Arc::new(make()));
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.young.len() >= self.entries_max / 2 {
            known.old = std::mem::take(&mut known.young);
        }
        known.young.insert(key, Arc::clone(&found));
        found
    }

    /// Each text with its length, so that no two different lists hash the same bytes.
    fn key<const N: usize>(&self, number: u64, texts: [Written<'_>; N]) -> u128 {
        let mut hasher = self.hasher;
        hasher.write_u64(number);
        for Written { text, is_escaped } in texts {
            hasher.write_usize(text.len() << 1 | usize::from(is_escaped));
            if !text.is_empty() {
                hasher.write(text.as_bytes());
            }
        }
        hasher.finish128().as_u128()
    }
}

/// The keys are hashes already.
#[derive(Clone, Copy, Default)]
pub(super) struct Hashed(u64);

impl BuildHasher for Hashed {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        Self(0)
    }
}

impl Hasher for Hashed {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, hash: u128) {
        self.0 = hash as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn made_once_for_each_list_of_texts() {
        let known = Remembered::new(100);
        let made = Cell::new(0);
        let ask = |number, texts: [&str; 2]| {
            let make = || {
                made.set(made.get() + 1);
                format!("{number} {texts:?}")
            };
            assert_eq!(
                *known.recall(number, texts.map(Written::plain), make),
                format!("{number} {texts:?}")
            );
        };
        for _ in 0..3 {
            ask(1, ["ab", "c"]);
            ask(1, ["a", "bc"]);
            ask(1, ["", "abc"]);
            ask(2, ["ab", "c"]);
        }
        assert_eq!(made.get(), 4);
    }

    #[test]
    fn what_is_written_alike_may_read_otherwise() {
        let known = Remembered::new(10);
        let escaped = Written {
            text: "a%20b",
            is_escaped: true,
        };
        known.recall(0, [escaped], || "a b");
        let plain = known.recall(0, [Written::plain("a%20b")], || "a%20b");
        assert_eq!(*plain, "a%20b");
    }

    #[test]
    fn what_is_asked_for_stays_and_the_rest_makes_room() {
        let known = Remembered::new(10);
        let made = Cell::new(0);
        for other in 0..1_000 {
            let always = [Written::plain("always")];
            known.recall(0, always, || made.set(made.get() + 1));
            known.recall(0, [Written::plain(&other.to_string())], || ());
        }
        assert_eq!(made.get(), 1);
        let generations = known.known.read().unwrap();
        assert!(generations.young.len() + generations.old.len() <= 10);
    }
}
