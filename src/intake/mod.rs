//! Wire formats: what Matomo trackers and Sentry SDKs send, and the answers they expect.
//!
//! Enters: requests whose content is sealed in [`Raw`](crate::privacy::Raw). Leaves: replies, and sealed rows for
//! the spool. Everything here is untrusted; nothing here can write a log or a file.

pub mod encoding;
pub(crate) mod form;
pub mod matomo;
mod origin;
pub mod sentry;

pub use origin::Origin;
