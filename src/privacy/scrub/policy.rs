//! What a project wants scrubbed, as it stands in its settings. No policy can switch off the floor:
//! addresses, cards and accounts, credentials.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Scrubber;
use super::custom::Custom;
use crate::privacy::ip::IpMask;

/// Rules a project may add.
pub const RULES_MAX: usize = 50;
/// Entries of one list of a policy.
pub const LIST_ENTRIES_MAX: usize = 200;
/// Length of one entry of a list, in bytes.
pub const ENTRY_BYTES_MAX: usize = 200;
/// Length of one pattern, in bytes.
pub const PATTERN_BYTES_MAX: usize = 1000;
/// Memory of one compiled pattern, in bytes: what keeps matching fast.
pub const PATTERN_MEMORY_BYTES_MAX: usize = 1 << 20;
/// Length of a rule's name, in bytes.
pub const NAME_BYTES_MAX: usize = 11;
/// Steps of one path.
pub const PATH_STEPS_MAX: usize = 32;

/// A project's wishes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    pub level: Level,
    /// How much of an address is masked, 1 to 4 octets.
    pub ip: IpMask,
    /// What else has to go wherever it stands.
    pub rules: Vec<CustomRule>,
    /// Names of keys whose values go, compared without case and separators.
    pub keys: Vec<String>,
    /// Places whose values go, e.g. `extra.order.*`; `*` is one step, `**` any number.
    pub remove: Vec<String>,
    pub keep: Keep,
}

/// How much of an event is kept at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Frame variables, request bodies, cookies and unknown headers are dropped whole; the rest is scrubbed.
    #[default]
    Strict,
    /// They are scrubbed and kept.
    Balanced,
}

/// A rule of a project's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomRule {
    /// Small letters, digits and hyphens.
    pub name: String,
    /// Regular expression, matched in linear time over every text.
    pub pattern: String,
    /// What stands in the place of a match; the name in square brackets if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
}

/// What is left alone. Has no effect on addresses, cards and accounts, credentials.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Keep {
    /// Names of keys whose values are kept, compared without case and separators.
    pub keys: Vec<String>,
    /// Places whose values are kept, e.g. `tags.plan` or `request.headers.x-trace`.
    pub paths: Vec<String>,
    /// Exact texts that are kept wherever they occur, e.g. the number of a hotline.
    pub texts: Vec<String>,
    /// Regular expressions; what matches one as a whole is kept.
    pub patterns: Vec<String>,
}

impl Policy {
    /// Makes the policy ready to be used.
    ///
    /// # Errors
    /// [`PolicyError`] names the entry that cannot be used, and the limit if it is beyond one.
    pub fn compile(&self) -> Result<Scrubber, PolicyError> {
        Ok(Scrubber {
            level: self.level,
            mask: self.ip,
            custom: Arc::new(Custom::new(self)?),
        })
    }
}

/// What one project wishes, made ready. Built once for each change of its settings.
#[derive(Debug, Default)]
pub struct Wishes {
    pub(super) level: Option<Level>,
    pub(super) custom: Arc<Custom>,
}

impl Wishes {
    /// The rules and exceptions of `policy`, at `level`, or at the server's if that is `None`.
    ///
    /// # Errors
    /// See [`Policy::compile`].
    pub fn new(level: Option<Level>, policy: &Policy) -> Result<Self, PolicyError> {
        let custom = Arc::new(Custom::new(policy)?);
        Ok(Self { level, custom })
    }

    /// A level, and no rules of one's own.
    pub fn at(level: Level) -> Self {
        Self {
            level: Some(level),
            custom: Arc::default(),
        }
    }
}

/// The lists of a policy, as errors name them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    Rules,
    Keys,
    Remove,
    KeepKeys,
    KeepPaths,
    KeepTexts,
    KeepPatterns,
}

impl std::fmt::Display for List {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            List::Rules => "rules",
            List::Keys => "keys",
            List::Remove => "remove",
            List::KeepKeys => "keep.keys",
            List::KeepPaths => "keep.paths",
            List::KeepTexts => "keep.texts",
            List::KeepPatterns => "keep.patterns",
        })
    }
}

/// Why a policy cannot be used. Names the list and the number of the entry in it, counted from 1, and the name of
/// a rule; it says nothing about events.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PolicyError {
    #[error("`{list}` has {count} entries, more than {max}")]
    TooMany {
        list: List,
        count: usize,
        max: usize,
    },
    #[error("entry {number} of `{list}` is empty or longer than {max} bytes")]
    Length {
        list: List,
        number: usize,
        max: usize,
    },
    #[error(
        "rule {number} needs a name of 1 to {NAME_BYTES_MAX} small letters, digits and hyphens \
         that no other rule and no placeholder of Mayfly's own has"
    )]
    Name { number: usize },
    #[error(
        "the placeholder of rule `{name}` is not 1 to {NAME_BYTES_MAX} small letters, digits and hyphens in square brackets"
    )]
    Placeholder { name: String },
    #[error("the pattern of rule `{name}` is empty or longer than {PATTERN_BYTES_MAX} bytes")]
    PatternLength { name: String },
    #[error("the pattern of rule `{name}` is no regular expression")]
    Pattern { name: String },
    #[error(
        "the pattern of rule `{name}` needs more than {PATTERN_MEMORY_BYTES_MAX} bytes of memory"
    )]
    PatternSize { name: String },
    #[error("the pattern of rule `{name}` matches the empty text, and so every text")]
    MatchesEverything { name: String },
    #[error(
        "entry {number} of `keep.patterns` is no regular expression or needs more than {PATTERN_MEMORY_BYTES_MAX} bytes of memory"
    )]
    KeepPattern { number: usize },
    #[error("entry {number} of `{list}` is no path of 1 to {PATH_STEPS_MAX} steps")]
    Path { list: List, number: usize },
    #[error(
        "entry {number} of `keep.texts` holds an address, a card, an account or a credential: those are never kept"
    )]
    KeepsFloor { number: usize },
    #[error(
        "the pattern of rule `{name}` holds a person's data; write what such data looks like instead"
    )]
    Personal { name: String },
}
