//! Issues: crashes that are the same bug, and what people decide about them.
//!
//! Enters: what somebody searches for, what somebody decides, and events as they are stored: scrubbed. Leaves: a
//! [`search::Search`] that the store translates, decisions as rows, and an event laid out for reading. Deliberately not
//! here: SQL (`store::issues`), words of a language (`ui`), and anything that a client sent before it was scrubbed.

pub mod decision;
pub mod reading;
pub mod search;

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::outcome::names;

/// Number of an issue: the `group_id` of its events. Written in decimal, and as text in JSON, since JavaScript's
/// numbers end at 2^53.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IssueId(u64);

impl IssueId {
    /// Wraps a number.
    pub const fn new(id: u64) -> Self {
        Self(id)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for IssueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for IssueId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl Serialize for IssueId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

names! {
    /// What an issue is to somebody who looks at it now.
    Status {
        Unresolved = "unresolved",
        Resolved = "resolved",
        Ignored = "ignored",
    }
}

names! {
    /// The orders of a list. Equal ones follow each other by their numbers.
    Sort {
        /// Newest event first.
        LastSeen = "last_seen",
        /// Newest issue first.
        FirstSeen = "first_seen",
        /// Most events first.
        Count = "count",
        /// Most affected visitors first.
        Visitors = "visitors",
    }
}

impl Sort {
    /// The order with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|sort| sort.name() == name)
    }
}
