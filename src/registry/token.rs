//! Tokens of programs, sessions of browsers, invitations: one mechanism, a secret that is stored as a hash.

use ring::digest;
use ring::rand::SystemRandom;

use super::{Grant, UserId, random_hex};
use crate::outcome::names;

/// A secret that opens the read side, shown once: `mfly_` and 32 hexadecimal digits.
pub struct Token(String);

impl Token {
    /// A new random token (128 bits).
    pub fn random(random: &SystemRandom) -> Self {
        let digits: [u8; 32] = random_hex(random);
        Self(format!("mfly_{}", String::from_utf8_lossy(&digits)))
    }

    /// The secret itself, to be shown to its owner once.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is stored instead.
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

/// SHA-256 of a token. Enough for a secret of 128 random bits: there is nothing to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash([u8; 32]);

impl TokenHash {
    /// Hashes what a client presents.
    pub fn of(presented: &str) -> Self {
        let mut hash = [0; 32];
        hash.copy_from_slice(digest::digest(&digest::SHA256, presented.as_bytes()).as_ref());
        Self(hash)
    }

    /// Reads what [`Self::to_hex`] wrote.
    pub fn from_hex(digits: &str) -> Option<Self> {
        let mut hash = [0; 32];
        if digits.len() != 2 * hash.len() {
            return None;
        }
        for (byte, pair) in hash.iter_mut().zip(digits.as_bytes().chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(hash))
    }

    /// 64 hexadecimal digits, as stored.
    pub fn to_hex(self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

names! {
    /// What a token is for.
    TokenPurpose {
        /// Programs that read.
        Api = "api",
        /// A signed-in browser.
        Session = "session",
        /// A person who has yet to choose a password.
        Invitation = "invitation",
    }
}

/// A token as it is stored: everything but the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub hash: TokenHash,
    pub purpose: TokenPurpose,
    /// What its maker calls it; for a session its browser and system, empty for invitations.
    pub name: String,
    /// Whose session or invitation it is, or who made a program's token.
    pub user: Option<UserId>,
    pub grant: Grant,
    /// Seconds since 1970.
    pub created_at: u32,
    /// Seconds since 1970.
    pub expires_at: u32,
}

impl Access {
    /// Digits of its number, see [`Self::id`].
    const ID_DIGITS: usize = 16;

    /// A number to name it by, which opens nothing: the start of its hash.
    pub fn id(&self) -> String {
        let mut digits = self.hash.to_hex();
        digits.truncate(Self::ID_DIGITS);
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_what_its_owner_presents() {
        let token = Token::random(&SystemRandom::new());
        assert_eq!(token.reveal().len(), 5 + 32);
        assert_eq!(TokenHash::of(token.reveal()), token.hash());
        let digits = token.hash().to_hex();
        assert_eq!(digits.len(), 64);
        assert_eq!(TokenHash::from_hex(&digits), Some(token.hash()));
        assert_eq!(TokenHash::from_hex(&digits[1..]), None);
        assert_eq!(TokenHash::from_hex(&"é".repeat(32)), None);
    }
}
