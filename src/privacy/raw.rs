//! The letterbox: anyone may post a value into it, only the privacy room can open it.

use crate::intake::encoding::Encoding;
use crate::intake::seen::Fingerprint;
use crate::intake::{OptOut, Origin};
use crate::outcome::{Kind, Reason, Sdk};
use crate::privacy::{EventId, HitKind};
use crate::registry::{ProjectId, PublicKey, TokenHash};

/// A value as it came from the wire.
///
/// It has no `Debug`, `Display`, `Clone`, `Serialize` or `Deref`, so it cannot reach a log, an error text or
/// a disk. Wire formats are read *inside* it ([`Raw::map`], [`Raw::try_map`]); what may be looked at from outside
/// is [`Plain`].
pub struct Raw<T>(T);

/// What may be said about a raw value outside the privacy room: decisions and names, never content.
/// Implemented here only.
pub trait Plain: sealed::Plain {}
impl<T: sealed::Plain> Plain for T {}

mod sealed {
    pub trait Plain {}
}

macro_rules! plain {
    ($($type:ty),*) => { $(impl sealed::Plain for $type {})* };
}
plain!(
    (),
    bool,
    u64,
    usize,
    Kind,
    Reason,
    Sdk,
    HitKind,
    EventId,
    ProjectId,
    PublicKey,
    TokenHash,
    Fingerprint,
    Encoding,
    OptOut,
    Origin
);
impl<T: sealed::Plain> sealed::Plain for Option<T> {}
impl<T: sealed::Plain> sealed::Plain for Result<T, Reason> {}
impl<A: sealed::Plain, B: sealed::Plain> sealed::Plain for (A, B) {}

impl<T> Raw<T> {
    /// Posts a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Reads on inside the letterbox.
    pub fn map<U>(self, read: impl FnOnce(T) -> U) -> Raw<U> {
        Raw(read(self.0))
    }

    /// Reads on inside the letterbox. A refusal comes out by its fixed name.
    pub fn try_map<U>(self, read: impl FnOnce(T) -> Result<U, Reason>) -> Result<Raw<U>, Reason> {
        read(self.0).map(Raw)
    }

    /// Asks something that may be known outside.
    pub fn ask<P: Plain>(&self, question: impl FnOnce(&T) -> P) -> P {
        question(&self.0)
    }

    /// The same value, borrowed.
    pub const fn as_ref(&self) -> Raw<&T> {
        Raw(&self.0)
    }

    /// Two letters in one envelope.
    pub fn zip<U>(self, other: Raw<U>) -> Raw<(T, U)> {
        Raw((self.0, other.0))
    }

    /// A look at the value itself.
    pub(in crate::privacy) const fn look(&self) -> &T {
        &self.0
    }
}

impl<T> Raw<Vec<T>> {
    /// The values, each in a letterbox of its own.
    pub fn each(self) -> impl ExactSizeIterator<Item = Raw<T>> {
        self.0.into_iter().map(Raw)
    }
}

// The promise of this file, kept by the compiler.
#[cfg(test)]
mod promise {
    use bytes::Bytes;
    use http::HeaderMap;
    use static_assertions::assert_not_impl_any;

    use super::*;

    assert_not_impl_any!(Raw<Bytes>: std::fmt::Debug, std::fmt::Display, Clone, Copy, AsRef<[u8]>);
    assert_not_impl_any!(Raw<Bytes>: std::ops::Deref, serde::Serialize, PartialEq, std::hash::Hash);
    assert_not_impl_any!(Raw<HeaderMap>: std::fmt::Debug, Clone, Default, std::ops::Deref);
    assert_not_impl_any!(crate::privacy::Sealed: Default, serde::de::DeserializeOwned, Clone);
    assert_not_impl_any!(String: Plain);
    assert_not_impl_any!(&'static str: Plain);
    assert_not_impl_any!(Bytes: Plain);
}
