//! The ledger: who did what to the installation, in a file that nobody can bend unnoticed.
//!
//! Enters: actions of operators and of the program itself, as fixed names and numbers. Leaves: one line for each, chained by hashes
//! and signed. Deliberately not here: visitors, content of events, statements, addresses, names, e-mails: an actor is the number
//! of an account or the first digits of a token's hash.
//!
//! ```text
//! {"ledger":1,"public_key":"…"}
//! {"seq":1,"at":"…","actor":"command","action":"project_added","object":"project:2","previous":"…","hash":"…","signature":"…"}
//! ```
//! `hash` is the SHA-256 of the line's members before it, `previous` that of the line above, `signature` Ed25519 over the hash. What
//! the newest line is stands, signed, in a file beside it (`….head`), so that lines cannot be cut off. An exported ledger has that statement as its last line.

mod entry;
mod file;
mod read;
mod verify;

pub use entry::{Action, Actor, is_signed_by, to_hex};
pub use file::{Ledger, LedgerError, fingerprint_of};
pub use read::Line;
pub use verify::{Verified, VerifyError, verification_json, verify};
