//! Keyed hashes of identifiers that clients send (tracker ids, user ids). They let a person who holds the
//! identifier ask for what belongs to it; nobody can go the other way.

use ring::{hkdf, hmac};
use zeroize::Zeroizing;

use crate::registry::ProjectId;

/// 32 random bytes that never leave the data directory. ClickHouse never sees them.
pub struct MasterSecret(Zeroizing<[u8; 32]>);

/// The key of one project, derived from the master secret.
#[derive(Clone)]
pub struct ProjectSecret(hmac::Key);

/// A key that goes into password hashes, so that they are worth nothing without the secret's file.
pub struct Pepper(Zeroizing<[u8; 32]>);

impl Pepper {
    /// The key itself.
    pub(crate) fn reveal(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl MasterSecret {
    /// Wraps the bytes of the secret's file.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key of one project (HKDF-SHA256, RFC 5869).
    pub fn for_project(&self, project: ProjectId) -> ProjectSecret {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"mayfly project pseudonyms v1");
        let number = project.get().to_be_bytes();
        let info = [number.as_slice()];
        let key = salt
            .extract(self.0.as_slice())
            .expand(&info, hmac::HMAC_SHA256)
            .map(hmac::Key::from)
            // HKDF refuses only more than 255 blocks of output; this asks for one.
            .unwrap_or_else(|_| hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice()));
        ProjectSecret(key)
    }

    /// The key that goes into password hashes (HKDF-SHA256, RFC 5869).
    pub fn for_passwords(&self) -> Pepper {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"mayfly passwords v1");
        let mut key = Zeroizing::new([0; 32]);
        let expanded = salt.extract(self.0.as_slice());
        // HKDF refuses only more than 255 blocks of output; this asks for one.
        if let Ok(output) = expanded.expand(&[], hkdf::HKDF_SHA256) {
            let _ = output.fill(key.as_mut_slice());
        }
        Pepper(key)
    }
}

/// Which identifier of a person is hashed, so that equal texts of different kinds do not meet.
#[derive(Clone, Copy)]
pub(super) enum Identifier {
    /// Matomo's `_id` or `cid`: a browser.
    Browser,
    /// Matomo's `uid`, Sentry's `user.id`: a person with an account.
    User,
    /// The number of an order.
    Order,
}

impl ProjectSecret {
    /// A pseudonym that is the same for the same identifier in the same project, and never zero.
    /// Empty identifiers have none: zero.
    pub(super) fn pseudonym(&self, kind: Identifier, id: &str) -> u64 {
        if id.is_empty() {
            return 0;
        }
        let mut context = hmac::Context::with_key(&self.0);
        context.update(&[kind as u8]);
        context.update(id.as_bytes());
        leading_u64(context.sign().as_ref()).max(1)
    }
}

/// The first eight bytes as a number.
pub(super) fn leading_u64(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .take(8)
        .fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depends_on_secret_project_kind_and_id() {
        let master = MasterSecret::new([7; 32]);
        let one = master.for_project(ProjectId::new(1));
        let two = master.for_project(ProjectId::new(2));
        let base = one.pseudonym(Identifier::User, "4711");
        assert_eq!(
            base,
            master
                .for_project(ProjectId::new(1))
                .pseudonym(Identifier::User, "4711")
        );
        assert_ne!(base, one.pseudonym(Identifier::Browser, "4711"));
        assert_ne!(base, one.pseudonym(Identifier::User, "4712"));
        assert_ne!(base, two.pseudonym(Identifier::User, "4711"));
        let other = MasterSecret::new([8; 32]).for_project(ProjectId::new(1));
        assert_ne!(base, other.pseudonym(Identifier::User, "4711"));
        assert_eq!(one.pseudonym(Identifier::User, ""), 0);
    }
}
