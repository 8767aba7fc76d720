//! One line of the ledger.

use std::fmt;

use ring::digest::{SHA256, digest};
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::registry::{Access, TokenHash, TokenPurpose, UserId};
use crate::time::Timestamp;

/// Hash that stands above the first entry.
pub(super) const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Who did something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// The program by itself.
    System,
    /// Somebody at the machine's command line.
    Command,
    /// Whoever holds the token, by its hash.
    Token(TokenHash),
    /// A person with an account.
    User(UserId),
    /// A visitor who presented an id of their own. Which one is not known here.
    Visitor,
}

impl Actor {
    /// Whoever is let in by a token or session.
    pub fn of(access: &Access) -> Self {
        match (access.purpose, access.user) {
            // The user of a program's token is who made it, not who acts.
            (TokenPurpose::Session, Some(user)) => Self::User(user),
            _ => Self::Token(access.hash),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Command => f.write_str("command"),
            Self::Token(hash) => write!(f, "token:{}", &hash.to_hex()[..12]),
            Self::User(number) => write!(f, "user:{number}"),
            Self::Visitor => f.write_str("visitor"),
        }
    }
}

/// What was done. A closed set of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    LedgerBegun,
    /// The detail is the version, and what the configuration says of privacy.
    ServerStarted,
    SignedIn,
    ProjectAdded,
    /// The detail names the settings that changed, and of those of the scrubber the level and how many rules there are.
    ProjectChanged,
    KeyAdded,
    KeyRevoked,
    /// The detail is the role.
    UserAdded,
    UserInvited,
    /// The detail is the role.
    UserChanged,
    UserDisabled,
    PasswordChanged,
    SessionsEnded,
    /// The detail is the role.
    TokenAdded,
    TokenRevoked,
    SqlRun,
    SignedOut,
    /// The object names a single check; the detail is how many claims were not true.
    EvidenceRun,
    /// The detail is `ok` or `failed`.
    ProbeSent,
    /// The object says what was taken along.
    Exported,
    /// The object is the kind of report, the detail the beginning of its hash.
    ReportSigned,
    /// Somebody saw all that is stored of one crash; the detail is its project.
    EventShown,
    /// The detail names what was decided.
    IssueChanged,
    /// The detail is the number of rows.
    RowsExpired,
    /// What is held about a visitor was shown; the detail is the number of rows.
    SubjectExported,
    /// The detail is the number of rows.
    SubjectErased,
    /// The detail names what the visitor objects to.
    SubjectObjected,
    /// The detail names what the visitor no longer objects to.
    ObjectionWithdrawn,
}

/// A line as written, without its seal. The order of the members is part of the format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Body {
    pub seq: u64,
    pub at: String,
    pub actor: String,
    pub action: Action,
    /// What it was done to, e.g. `project:2`; empty if that goes without saying.
    pub object: String,
    /// A fixed name or a number that belongs to it, e.g. the setting that was changed.
    pub detail: String,
    pub previous: String,
}

/// A line with its seal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    #[serde(flatten)]
    pub body: Body,
    pub hash: String,
    pub signature: String,
}

impl Body {
    fn hash(&self) -> [u8; 32] {
        let text = serde_json::to_vec(self).unwrap_or_default();
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, &text).as_ref());
        hash
    }

    pub fn sealed(self, key: &Ed25519KeyPair) -> Entry {
        let hash = self.hash();
        Entry {
            hash: to_hex(&hash),
            signature: to_hex(key.sign(&hash).as_ref()),
            body: self,
        }
    }
}

impl Entry {
    pub fn to_line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The entry on a line, if it is written exactly as [`Entry::to_line`] writes it.
    pub fn of_line(line: &str) -> Option<Self> {
        let entry: Self = serde_json::from_str(line).ok()?;
        (entry.to_line() == line).then_some(entry)
    }

    /// Whether hash and signature belong to what the line says.
    pub fn is_genuine(&self, public_key: &[u8]) -> bool {
        let hash = self.body.hash();
        to_hex(&hash) == self.hash && is_signed(public_key, &hash, &self.signature)
    }
}

/// The signed statement of what the newest line is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub seq: u64,
    pub hash: String,
    pub signature: String,
}

impl Head {
    pub fn of(entry: &Entry, key: &Ed25519KeyPair) -> Self {
        let (seq, hash) = (entry.body.seq, entry.hash.clone());
        let signature = to_hex(key.sign(&Self::statement(seq, &hash)).as_ref());
        Self {
            seq,
            hash,
            signature,
        }
    }

    /// The statement on a line, if it is written exactly as the program writes it.
    pub fn of_line(line: &str) -> Option<Self> {
        let head: Self = serde_json::from_str(line).ok()?;
        (serde_json::to_string(&head).ok()? == line).then_some(head)
    }

    pub fn is_genuine(&self, public_key: &[u8]) -> bool {
        let statement = Self::statement(self.seq, &self.hash);
        is_signed(public_key, &statement, &self.signature)
    }

    fn statement(seq: u64, hash: &str) -> Vec<u8> {
        format!("mayfly ledger head {seq} {hash}").into_bytes()
    }
}

/// Whether the holder of the key signed this message. Key and signature in hexadecimal digits.
pub fn is_signed_by(public_key: &str, message: &[u8], signature: &str) -> bool {
    from_hex(public_key).is_some_and(|key| is_signed(&key, message, signature))
}

fn is_signed(public_key: &[u8], message: &[u8], signature: &str) -> bool {
    from_hex(signature).is_some_and(|signature| {
        UnparsedPublicKey::new(&ED25519, public_key)
            .verify(message, &signature)
            .is_ok()
    })
}

pub(super) fn moment(at: Timestamp) -> String {
    at.to_rfc3339()
}

/// Lower-case hexadecimal digits.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Lower-case digits only: one spelling for one value.
pub(super) fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if digits.len() % 2 == 1 || !digits.bytes().all(is_digit) {
        return None;
    }
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).ok())
        .collect()
}
