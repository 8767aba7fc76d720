//! The language of the search field: `is:unresolved release:1.2 browser:[Firefox,Safari] !level:info "text"`.
//!
//! Words that trackers of this kind have in common mean here what they mean there. Any other `key:value` is a tag.
//! A query that cannot be understood is answered with a [`Problem`]: a fixed name and the place, nothing else.

mod parse;
mod value;

use crate::outcome::names;
use crate::time::Timestamp;
pub use parse::parse;

/// What somebody searches for: all terms must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    pub terms: Vec<Term>,
}

/// One condition, or its opposite.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    pub negated: bool,
    pub condition: Condition,
}

/// What an issue is asked for. Fields, tags and texts are asked of its events: one event must have them all.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    Is(Is),
    /// Assigned to one of these users; `me` is whoever asks.
    Assigned(Vec<String>),
    /// One of the patterns matches.
    Matches(Subject, Vec<Pattern>),
    /// There is any value.
    Has(Subject),
    /// First or last event within a time.
    Seen(Seen, Period),
    /// Number of events.
    Count(Comparison, u64),
    /// The release of the first event.
    FirstRelease(Vec<Pattern>),
    /// Occurs in type, value, both as a title shows them, message, culprit or transaction.
    Text(Pattern),
}

/// What a term compares.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    Field(Field),
    /// A tag of this name.
    Tag(String),
}

/// A text to compare with, letters of either case being equal.
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    Exact(String),
    /// With `%` for any text, as SQL's `ILIKE` reads it; what stands for itself is escaped.
    Like(String),
}

names! {
    /// States that `is:` asks for.
    Is {
        Unresolved = "unresolved",
        Resolved = "resolved",
        Ignored = "ignored",
        /// Resolved once, and back.
        Regressed = "regressed",
        Assigned = "assigned",
        Unassigned = "unassigned",
        /// Nothing caught it.
        Unhandled = "unhandled",
    }
}

names! {
    /// Fields of events, by the names that a query uses.
    Field {
        Release = "release",
        Environment = "environment",
        Browser = "browser",
        System = "os",
        Device = "device",
        Level = "level",
        Platform = "platform",
        Country = "country",
        Type = "type",
        Value = "value",
        Message = "message",
        Culprit = "culprit",
        Transaction = "transaction",
        Logger = "logger",
        Sdk = "sdk",
        Event = "event",
    }
}

/// Which of an issue's two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    First,
    Last,
}

/// From (inclusive) until (exclusive); `None` is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    pub from: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// How a number is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

names! {
    /// Why a query cannot be understood.
    ProblemKind {
        TooLong = "query_too_long",
        TooManyTerms = "too_many_terms",
        QuoteOpen = "quote_not_closed",
        ListOpen = "list_not_closed",
        ListEmpty = "list_empty",
        ValueMissing = "value_missing",
        StateUnknown = "state_unknown",
        NumberInvalid = "number_invalid",
        TimeInvalid = "time_invalid",
        ComparisonUnsupported = "comparison_unsupported",
        OperatorUnsupported = "operator_unsupported",
        /// Other trackers know it.
        KeyUnsupported = "key_unsupported",
    }
}

/// What is wrong with a query, and where: in characters from its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    pub kind: ProblemKind,
    pub position: usize,
    pub length: usize,
}

impl Search {
    /// Whether anything says which states are wanted.
    pub fn names_a_state(&self) -> bool {
        let is_state = |term: &Term| matches!(term.condition, Condition::Is(_));
        self.terms.iter().any(is_state)
    }
}

impl Field {
    /// The field with this name, or a name that other trackers use for it.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = match name {
            "env" => "environment",
            "system" | "os.name" => "os",
            "browser.name" => "browser",
            "device.class" => "device",
            "error.type" => "type",
            "error.value" => "value",
            "geo.country_code" => "country",
            "sdk.name" => "sdk",
            "id" | "event.id" | "event_id" => "event",
            other => other,
        };
        Self::ALL.iter().copied().find(|field| field.name() == name)
    }
}
