//! People who sign in. Their e-mail addresses are personal data of operators, given by them for this; they are kept in
//! the table `users` and nowhere else.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::Grant;
use crate::limits::EMAIL_BYTES_MAX;

/// A random number that stands for a person wherever the address is not needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(Uuid);

impl UserId {
    /// A new number.
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for UserId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        text.parse().map(Self)
    }
}

/// An address to sign in with, as its owner wrote it. It has no `Debug` or `Display`: it must not reach a log.
#[derive(Clone)]
pub struct Email(String);

/// The text is no e-mail address.
#[derive(Debug, thiserror::Error)]
#[error("an e-mail address has the form name@host and at most {EMAIL_BYTES_MAX} bytes")]
pub struct NotAnEmail;

impl Email {
    /// The address, for pages and lists that administrators read.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `typed` is this address. Case does not count: people do not remember how they wrote it.
    pub fn is(&self, typed: &str) -> bool {
        self.0.to_lowercase() == typed.trim().to_lowercase()
    }
}

impl FromStr for Email {
    type Err = NotAnEmail;

    /// Only what would break elsewhere is refused; whether mail arrives there cannot be seen from the spelling.
    fn from_str(text: &str) -> Result<Self, NotAnEmail> {
        let text = text.trim();
        let is_odd = |c: char| c.is_whitespace() || c.is_control();
        match text.rsplit_once('@') {
            Some((name, host)) if !name.is_empty() && !host.is_empty() => {}
            _ => return Err(NotAnEmail),
        }
        if text.len() > EMAIL_BYTES_MAX || text.contains(is_odd) {
            return Err(NotAnEmail);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Somebody who may sign in.
#[derive(Clone)]
pub struct User {
    pub id: UserId,
    pub email: Email,
    pub grant: Grant,
    /// argon2id in PHC form; none until the invitation is accepted.
    pub password_hash: Option<String>,
    /// Seconds since 1970.
    pub created_at: u32,
    pub is_disabled: bool,
}

impl User {
    /// `active`, `invited` (has not chosen a password yet) or `disabled`.
    pub const fn state(&self) -> &'static str {
        match (self.is_disabled, &self.password_hash) {
            (true, _) => "disabled",
            (false, None) => "invited",
            (false, Some(_)) => "active",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_kept_as_written_and_found_in_any_case() {
        let email: Email = " Jane.Doe@Example.org ".parse().unwrap();
        assert_eq!(email.as_str(), "Jane.Doe@Example.org");
        assert!(email.is("jane.doe@example.ORG ") && !email.is("jane@example.org"));
        for wrong in [
            "",
            "jane",
            "@example.org",
            "jane@",
            "a b@example.org",
            "a@b\tc",
        ] {
            assert!(wrong.parse::<Email>().is_err(), "{wrong}");
        }
        assert!(
            format!("{}@x", "a".repeat(EMAIL_BYTES_MAX))
                .parse::<Email>()
                .is_err()
        );
    }
}
