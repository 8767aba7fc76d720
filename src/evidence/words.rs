//! The same in English and German, where the text is made from numbers.

use serde::{Deserialize, Serialize};

use crate::ui::Language;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    #[serde(rename = "en")]
    pub english: String,
    #[serde(rename = "de")]
    pub german: String,
}

impl Words {
    /// Both texts.
    pub fn new(english: impl Into<String>, german: impl Into<String>) -> Self {
        Self {
            english: english.into(),
            german: german.into(),
        }
    }

    /// What is the same in both: a number, a name.
    pub fn same(text: impl ToString) -> Self {
        Self::new(text.to_string(), text.to_string())
    }

    /// The text in one language.
    pub(crate) fn of(&self, language: Language) -> &str {
        match language {
            Language::English => &self.english,
            Language::German => &self.german,
        }
    }

    /// Both, one sentence after the other.
    pub fn and(mut self, next: &Words) -> Self {
        for (own, next) in [
            (&mut self.english, &next.english),
            (&mut self.german, &next.german),
        ] {
            if !own.is_empty() && !next.is_empty() {
                own.push(' ');
            }
            own.push_str(next);
        }
        self
    }
}
