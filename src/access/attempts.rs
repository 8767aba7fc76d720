//! How often somebody may try: to sign in, per account and per masked address, or to ask for a visitor's data. Counts are kept in memory under a random
//! hash; neither accounts nor addresses are.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use crate::limits::{
    ATTEMPTS_REMEMBERED_MAX, ATTEMPTS_WINDOW, SIGN_INS_PER_ACCOUNT_MAX, SIGN_INS_PER_ADDRESS_MAX,
};
use crate::outcome::Reason;
use crate::privacy::ip::MaskedIp;
use crate::time::Timestamp;

/// Attempts of late.
#[derive(Default)]
pub struct Attempts {
    hasher: RandomState,
    windows: Mutex<HashMap<u64, Window>>,
}

#[derive(Clone, Copy)]
struct Window {
    begun: Timestamp,
    count: u32,
}

impl Attempts {
    /// Counts an attempt, before anything is verified, so that many at once count as many.
    ///
    /// # Errors
    /// [`Reason::AttemptsExceeded`] if there were too many for this account or from this address, which does not tell
    /// whether the account exists.
    pub fn begin(&self, account: &str, address: MaskedIp, now: Timestamp) -> Result<(), Reason> {
        self.count(self.account(account), SIGN_INS_PER_ACCOUNT_MAX, now)?;
        self.count(self.address(address), SIGN_INS_PER_ADDRESS_MAX, now)
    }

    /// Counts an attempt from an address alone, of which there may be `limit`.
    ///
    /// # Errors
    /// [`Reason::AttemptsExceeded`] if there were too many.
    pub fn begin_from(&self, address: MaskedIp, limit: u32, now: Timestamp) -> Result<(), Reason> {
        self.count(self.address(address), limit, now)
    }

    fn count(&self, key: u64, limit: u32, now: Timestamp) -> Result<(), Reason> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut windows, key, now);
        let fresh = Window {
            begun: now,
            count: 0,
        };
        let window = windows.entry(key).or_insert(fresh);
        if now.since(window.begun) >= ATTEMPTS_WINDOW {
            *window = fresh;
        }
        if window.count >= limit {
            return Err(Reason::AttemptsExceeded);
        }
        window.count += 1;
        Ok(())
    }

    /// The attempt succeeded: it does not count, and the account begins anew.
    pub fn succeeded(&self, account: &str, address: MaskedIp) {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        windows.remove(&self.account(account));
        if let Some(window) = windows.get_mut(&self.address(address)) {
            window.count = window.count.saturating_sub(1);
        }
    }

    fn account(&self, account: &str) -> u64 {
        self.hasher.hash_one(account.trim().to_lowercase())
    }

    fn address(&self, address: MaskedIp) -> u64 {
        self.hasher.hash_one(address)
    }
}

/// At the limit of memory the oldest window is forgotten.
fn make_room(windows: &mut HashMap<u64, Window>, key: u64, now: Timestamp) {
    if windows.len() < ATTEMPTS_REMEMBERED_MAX || windows.contains_key(&key) {
        return;
    }
    windows.retain(|_, window| now.since(window.begun) < ATTEMPTS_WINDOW);
    if windows.len() >= ATTEMPTS_REMEMBERED_MAX
        && let Some(oldest) = windows.iter().min_by_key(|(_, window)| window.begun)
    {
        let oldest = *oldest.0;
        windows.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::ip::IpMask;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    fn address(number: u8) -> MaskedIp {
        IpMask::default().mask(format!("203.0.{number}.7").parse().unwrap())
    }

    #[test]
    fn an_account_is_tried_so_often_and_no_more() {
        let attempts = Attempts::default();
        for number in 0..SIGN_INS_PER_ACCOUNT_MAX {
            let from = address(u8::try_from(number).unwrap());
            assert_eq!(attempts.begin("jane@example.org", from, NOW), Ok(()));
        }
        let again = |account, now| attempts.begin(account, address(99), now);
        assert_eq!(
            again(" Jane@Example.org", NOW),
            Err(Reason::AttemptsExceeded)
        );
        assert_eq!(again("john@example.org", NOW), Ok(()));
        assert_eq!(again("jane@example.org", NOW.plus(ATTEMPTS_WINDOW)), Ok(()));
    }

    #[test]
    fn so_does_an_address() {
        let attempts = Attempts::default();
        for number in 0..SIGN_INS_PER_ADDRESS_MAX {
            assert_eq!(attempts.begin(&number.to_string(), address(1), NOW), Ok(()));
        }
        assert_eq!(
            attempts.begin("x", address(1), NOW),
            Err(Reason::AttemptsExceeded)
        );
        assert_eq!(attempts.begin("x", address(2), NOW), Ok(()));
    }

    #[test]
    fn success_begins_anew() {
        let attempts = Attempts::default();
        for _ in 0..10 * SIGN_INS_PER_ADDRESS_MAX {
            assert_eq!(attempts.begin("jane", address(1), NOW), Ok(()));
            attempts.succeeded("jane", address(1));
        }
    }

    #[test]
    fn memory_is_bounded() {
        let attempts = Attempts::default();
        for number in 0..ATTEMPTS_REMEMBERED_MAX + 10 {
            let from = address(u8::try_from(number % 200).unwrap());
            let _ = attempts.begin(&number.to_string(), from, NOW);
        }
        assert!(attempts.windows.lock().unwrap().len() <= ATTEMPTS_REMEMBERED_MAX);
    }
}
