//! Projects, people, and what opens which door: the words that every room shares.

mod grant;
mod objections;
mod token;
mod user;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};

use crate::limits::NAME_BYTES_MAX;
use crate::privacy::{ProjectPolicy, ProjectSecret};
use crate::retention::Retention;
use crate::settings::Settings;
pub use grant::{Grant, Scope};
pub use objections::{ObjectionScope, Objections};
pub use token::{Access, Token, TokenHash, TokenPurpose};
pub use user::{Email, NotAnEmail, User, UserId};

/// Number of a project; Matomo's `idsite`, the last part of a DSN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProjectId(u32);

impl ProjectId {
    /// Wraps a number.
    pub const fn new(id: u32) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for ProjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The public part of a DSN: 32 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

/// The text is no public key.
#[derive(Debug, thiserror::Error)]
#[error("a public key has 32 hexadecimal digits")]
pub struct NotAPublicKey;

impl PublicKey {
    /// A new random key.
    pub fn random(random: &SystemRandom) -> Self {
        Self(random_hex(random))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        // Holds only ASCII digits and letters, see `FromStr`.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for PublicKey {
    type Err = NotAPublicKey;

    fn from_str(text: &str) -> Result<Self, NotAPublicKey> {
        let mut digits: [u8; 32] = text.as_bytes().try_into().map_err(|_| NotAPublicKey)?;
        digits.make_ascii_lowercase();
        if digits.iter().all(u8::is_ascii_hexdigit) {
            Ok(Self(digits))
        } else {
            Err(NotAPublicKey)
        }
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A project as intake sees it.
pub struct Project {
    /// Its number.
    pub id: ProjectId,
    /// Its name, for people.
    pub name: String,
    /// The keys that crash reports may present, newest first.
    pub keys: Vec<PublicKey>,
    /// How long its rows are kept.
    pub retention: Retention,
    /// What its pseudonyms are made with.
    pub secret: ProjectSecret,
    /// What its operator set …
    pub settings: Settings,
    /// … made ready for the hot path.
    pub policy: Arc<ProjectPolicy>,
    /// Who must not be counted.
    pub objections: Arc<Objections>,
}

impl Project {
    /// How long its page views are kept.
    pub fn analytics_retention(&self) -> Retention {
        self.settings
            .retention
            .analytics_hours
            .within(self.retention)
    }

    /// How long its crash reports are kept.
    pub fn errors_retention(&self) -> Retention {
        self.settings.retention.errors_hours.within(self.retention)
    }

    /// How long all else that SDKs and browsers report is kept.
    pub fn telemetry_retention(&self) -> Retention {
        let own = self.settings.retention.telemetry_hours;
        own.within(self.retention)
    }

    /// Whether a project may be called that.
    pub fn is_name(name: &str) -> bool {
        !name.trim().is_empty() && name.len() <= NAME_BYTES_MAX && !name.contains(char::is_control)
    }
}

/// Who may do what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Errors and analytics of their projects.
    Developer,
    /// Evidence, and SQL over what is stored.
    Officer,
}

impl Role {
    /// The name that commands and tables use.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Admin => "admin",
            Role::Developer => "developer",
            Role::Officer => "officer",
        }
    }

    /// The role with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Role::Admin, Role::Developer, Role::Officer]
            .into_iter()
            .find(|role| role.name() == name)
    }
}

/// 16 random bytes as 32 hexadecimal digits.
fn random_hex(random: &SystemRandom) -> [u8; 32] {
    let mut bytes = [0u8; 16];
    // The kernel's generator does not fail once it has started.
    let _ = random.fill(&mut bytes);
    let mut digits = [0u8; 32];
    for (pair, byte) in digits.chunks_exact_mut(2).zip(bytes) {
        for (digit, value) in pair.iter_mut().zip([byte >> 4, byte & 0xf]) {
            *digit = b"0123456789abcdef"[usize::from(value)];
        }
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_keys_are_32_hex_digits() {
        assert!(
            "0123456789abcdef0123456789ABCDEF"
                .parse::<PublicKey>()
                .is_ok()
        );
        assert!(
            "0123456789abcdef0123456789abcde"
                .parse::<PublicKey>()
                .is_err()
        );
        assert!(
            "g123456789abcdef0123456789abcdef"
                .parse::<PublicKey>()
                .is_err()
        );
        let random = SystemRandom::new();
        assert_ne!(PublicKey::random(&random), PublicKey::random(&random));
    }
}
