//! Passwords: argon2id, off the async threads, a few at a time.

use std::sync::Arc;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::limits::{
    PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN, PASSWORD_HASH_LANES, PASSWORD_HASH_MEMORY_KIB,
    PASSWORD_HASH_PASSES, PASSWORD_HASH_WAIT, PASSWORD_HASHES_AT_ONCE_MAX,
};
use crate::outcome::Reason;
use crate::privacy::Pepper;

/// What nobody's password hashes to: it is verified against when there is no account, so that an answer takes as long.
const NOBODY: &str = "$argon2id$v=19$m=65536,t=3,p=4$bm9ib2R5J3Mgc2FsdA$\
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// A password as somebody typed it. Overwritten when dropped; it has no `Debug` and no `Display`.
pub struct Password(Zeroizing<String>);

/// The text cannot be chosen as a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    #[error("a password has at least {PASSWORD_CHARACTERS_MIN} characters")]
    TooShort,
    #[error("a password has at most {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
}

impl Password {
    /// A password to be checked.
    pub fn typed(text: &str) -> Self {
        let end = text.floor_char_boundary(PASSWORD_BYTES_MAX + 1);
        Self(Zeroizing::new(text[..end].to_owned()))
    }

    /// A password to be kept. Length is all that counts: rules about kinds of characters make passwords worse.
    ///
    /// # Errors
    /// [`PasswordError`] if it is too short or too long.
    pub fn chosen(text: &str) -> Result<Self, PasswordError> {
        if text.chars().count() < PASSWORD_CHARACTERS_MIN {
            return Err(PasswordError::TooShort);
        }
        if text.len() > PASSWORD_BYTES_MAX {
            return Err(PasswordError::TooLong);
        }
        Ok(Self::typed(text))
    }

    /// Its argon2id hash in PHC form, with salt and parameters, made with the installation's own `pepper`: officers may read
    /// tables, and a hash alone must be worth nothing. Takes about 0.1 s; see [`Passwords`] for a server.
    ///
    /// # Errors
    /// If the memory for it is not there.
    pub fn hash(&self, pepper: &Pepper) -> Result<String, HashError> {
        let params = Params::new(
            PASSWORD_HASH_MEMORY_KIB,
            PASSWORD_HASH_PASSES,
            PASSWORD_HASH_LANES,
            None,
        );
        let argon2 = argon2(pepper, params.map_err(|_| HashError)?)?;
        let hash = argon2.hash_password(self.0.as_bytes());
        Ok(hash.map_err(|_| HashError)?.to_string())
    }

    fn matches(&self, hash: &str, pepper: &Pepper) -> bool {
        // The parameters that count are in the hash.
        let argon2 = argon2(pepper, Params::default());
        argon2.is_ok_and(|argon2| argon2.verify_password(self.0.as_bytes(), hash).is_ok())
    }
}

fn argon2(pepper: &Pepper, params: Params) -> Result<Argon2<'_>, HashError> {
    Argon2::new_with_secret(pepper.reveal(), Algorithm::Argon2id, Version::V0x13, params)
        .map_err(|_| HashError)
}

/// A password could not be hashed.
#[derive(Debug, thiserror::Error)]
#[error("the password cannot be hashed: no memory or no randomness")]
pub struct HashError;

/// Hashes and verifies, at most [`PASSWORD_HASHES_AT_ONCE_MAX`] at a time.
pub struct Passwords {
    pepper: Arc<Pepper>,
    permits: Arc<Semaphore>,
}

impl Passwords {
    /// For an installation with this key.
    pub fn new(pepper: Pepper) -> Self {
        Self {
            pepper: Arc::new(pepper),
            permits: Arc::new(Semaphore::new(PASSWORD_HASHES_AT_ONCE_MAX)),
        }
    }

    /// The hash of a password, to be stored.
    ///
    /// # Errors
    /// [`Reason::Busy`] if too many others wait.
    pub async fn hash(&self, password: Password) -> Result<String, Reason> {
        let hash = self.take_turn(move |pepper| password.hash(pepper)).await?;
        hash.map_err(|_| Reason::Busy)
    }

    /// Whether `password` is the one that `hash` was made of. Without a hash it takes as long and says no.
    ///
    /// # Errors
    /// [`Reason::Busy`] if too many others wait.
    pub async fn matches(&self, password: Password, hash: Option<String>) -> Result<bool, Reason> {
        let verify = move |pepper: &Pepper| match hash {
            Some(hash) => password.matches(&hash, pepper),
            None => {
                let _ = password.matches(NOBODY, pepper);
                false
            }
        };
        self.take_turn(verify).await
    }

    async fn take_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Pepper) -> T + Send + 'static,
    ) -> Result<T, Reason> {
        let waiting = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::time::timeout(PASSWORD_HASH_WAIT, waiting).await;
        let Ok(Ok(permit)) = permit else {
            return Err(Reason::Busy);
        };
        // The permit goes along: a client that hangs up does not make room for another hash.
        let pepper = Arc::clone(&self.pepper);
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&pepper);
            drop(permit);
            done
        });
        done.await.map_err(|_| Reason::Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::MasterSecret;

    fn pepper(seed: u8) -> Pepper {
        MasterSecret::new([seed; 32]).for_passwords()
    }

    #[test]
    fn a_password_is_verified_with_the_parameters_in_its_hash() {
        let hash = Password::chosen("correct horse battery")
            .unwrap()
            .hash(&pepper(1))
            .unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=65536,t=3,p=4$"),
            "{hash}"
        );
        assert!(Password::typed("correct horse battery").matches(&hash, &pepper(1)));
        assert!(!Password::typed("correct horse batterY").matches(&hash, &pepper(1)));
        assert!(!Password::typed("correct horse battery").matches(&hash, &pepper(2)));
        assert!(!Password::typed("correct horse battery").matches("damaged", &pepper(1)));
    }

    /// Otherwise an unknown account would be refused at once.
    #[test]
    fn nobody_costs_as_much_as_somebody() {
        let hash = Password::typed("x").hash(&pepper(1)).unwrap();
        let parameters = |hash: &str| hash.rsplitn(3, '$').last().map(str::to_owned);
        assert_eq!(parameters(NOBODY), parameters(&hash));
        let lengths = |hash: &str| hash.split('$').map(str::len).collect::<Vec<_>>();
        assert_eq!(lengths(NOBODY).len(), lengths(&hash).len());
        assert!(argon2::password_hash::phc::PasswordHash::new(NOBODY).is_ok());
    }

    #[test]
    fn only_length_counts() {
        let chosen = |text: &str| Password::chosen(text).err();
        assert_eq!(chosen("eleven char"), Some(PasswordError::TooShort));
        assert_eq!(chosen("zwölf Zeiche"), None);
        assert_eq!(
            chosen(&"a".repeat(PASSWORD_BYTES_MAX + 1)),
            Some(PasswordError::TooLong)
        );
    }

    #[tokio::test]
    async fn turns_are_taken() {
        let passwords = Passwords::new(pepper(1));
        let hash = passwords
            .hash(Password::typed("some password"))
            .await
            .unwrap();
        let check = |text: &str, hash| passwords.matches(Password::typed(text), hash);
        assert_eq!(check("some password", Some(hash.clone())).await, Ok(true));
        assert_eq!(check("another", Some(hash)).await, Ok(false));
        assert_eq!(check("some password", None).await, Ok(false));
    }
}
