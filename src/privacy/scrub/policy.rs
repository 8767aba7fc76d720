//! What a project wants scrubbed. No policy can switch off the floor: addresses, cards, credentials.

use serde::Deserialize;

use crate::privacy::ip::IpMask;

/// Rules a project may add.
pub const CUSTOM_RULES_MAX: usize = 50;
/// Patterns, keys, paths and texts in one list of a policy.
pub const LIST_ENTRIES_MAX: usize = 200;
/// Length of one pattern, in bytes.
pub const PATTERN_BYTES_MAX: usize = 1000;

/// A project's wishes, read from its settings.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub level: Level,
    /// How much of an address is masked, 1 to 4 octets.
    pub ip: IpMask,
    pub rules: Vec<CustomRule>,
    pub allow: Allow,
}

/// How much of an event is kept at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Frame variables, request bodies, cookies and unknown headers are dropped whole; the rest is scrubbed.
    #[default]
    Strict,
    /// They are scrubbed and kept.
    Balanced,
}

/// A rule of a project's own. What it finds becomes `[custom]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CustomRule {
    /// Regular expression, matched in linear time over every text.
    pub pattern: Option<String>,
    /// Names of keys whose values go, compared without case and separators.
    pub keys: Vec<String>,
    /// Places whose values go, e.g. `contexts.order.*`; `*` is one step, `**` any number.
    pub paths: Vec<String>,
}

/// What is left alone. Has no effect on addresses, cards and credentials.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allow {
    /// Names of keys whose values are kept, compared without case and separators.
    pub keys: Vec<String>,
    /// Places whose values are kept, e.g. `tags.plan`.
    pub paths: Vec<String>,
    /// Exact texts that are kept wherever they occur, e.g. a product's name.
    pub texts: Vec<String>,
}

/// Why a policy cannot be used. Says which entry, not what it holds.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PolicyError {
    #[error("rule {rule} has a pattern that is no regular expression or too large")]
    Pattern { rule: usize },
    #[error("rule {rule} has a pattern that matches the empty text")]
    MatchesEverything { rule: usize },
    #[error("rule {rule} has no pattern, no keys and no paths")]
    Empty { rule: usize },
    #[error("a policy has at most {CUSTOM_RULES_MAX} rules, this one has {count}")]
    TooManyRules { count: usize },
    #[error("a list of a policy has at most {LIST_ENTRIES_MAX} entries, this one has {count}")]
    ListTooLong { count: usize },
}
