//! Who must not be counted, as keyed hashes of the ids that they hold.

use std::collections::HashSet;

/// What somebody can object to, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObjectionScope {
    /// Page views and whatever else trackers send.
    Analytics,
    /// Crash reports and what is said about them.
    Errors,
}

impl ObjectionScope {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Analytics, Self::Errors];

    /// The name that the table and the API use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Analytics => "analytics",
            Self::Errors => "errors",
        }
    }

    /// The scope of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// The objections to one project.
#[derive(Debug, Default)]
pub struct Objections(HashSet<(ObjectionScope, u64)>);

impl Objections {
    /// Takes one in.
    pub fn add(&mut self, scope: ObjectionScope, key: u64) {
        self.0.insert((scope, key));
    }

    /// Whether the holder of the id behind `key` objected. Nobody is behind zero.
    pub fn holds(&self, scope: ObjectionScope, key: u64) -> bool {
        key != 0 && !self.0.is_empty() && self.0.contains(&(scope, key))
    }
}
