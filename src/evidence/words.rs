//! The same in English and German, where the text is made from numbers.

use crate::ui::Language;

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    pub english: String,
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
