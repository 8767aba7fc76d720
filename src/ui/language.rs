//! English and German. A page declares its words in a `texts!` block, both languages side by side, so that none can be
//! forgotten. The browser's preference counts until somebody uses the switch; that is remembered for 30 days.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};
use http::request::Parts;

use crate::limits::COOKIE_SECONDS_MAX;

const COOKIE_NAME: &str = "mayfly_language";

/// A language of the pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// The code that `lang` attributes and the cookie use.
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// The language with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::English, Self::German]
            .into_iter()
            .find(|language| language.code() == code)
    }

    /// The one that somebody chose, or else the first that the browser accepts; English if it accepts neither.
    pub fn of(headers: &HeaderMap) -> Self {
        chosen(headers)
            .or_else(|| accepted(headers))
            .unwrap_or_default()
    }

    /// For `Set-Cookie`.
    pub fn cookie(self) -> String {
        format!(
            "{COOKIE_NAME}={}; Path=/; Max-Age={COOKIE_SECONDS_MAX}; HttpOnly; SameSite=Lax",
            self.code()
        )
    }
}

fn chosen(headers: &HeaderMap) -> Option<Language> {
    let lines = headers.get_all(COOKIE).iter();
    lines
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .find_map(|pair| {
            Language::from_code(pair.trim().strip_prefix(COOKIE_NAME)?.strip_prefix('=')?)
        })
}

fn accepted(headers: &HeaderMap) -> Option<Language> {
    let ranges = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    ranges
        .split(',')
        .find_map(|range| Language::from_code(range.trim().get(..2)?.to_ascii_lowercase().as_str()))
}

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// Declares the words of a page: `texts! { Words { save = "Save" | "Speichern"; } }`. `Words::of(language)` has them as
/// fields, for a template's `t.save`.
macro_rules! texts {
    ($(#[$meta:meta])* $name:ident { $($word:ident = $english:literal | $german:literal;)* }) => {
        $(#[$meta])*
        pub(crate) struct $name { $(pub $word: &'static str,)* }

        impl $name {
            /// All words in one language.
            pub const fn of(language: $crate::ui::language::Language) -> &'static Self {
                match language {
                    $crate::ui::language::Language::English => &$name { $($word: $english,)* },
                    $crate::ui::language::Language::German => &$name { $($word: $german,)* },
                }
            }
        }
    };
}
pub(crate) use texts;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(http::HeaderName, &'static str)]) -> &'static str {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, http::HeaderValue::from_static(value));
        }
        Language::of(&headers).code()
    }

    #[test]
    fn the_first_known_language_counts() {
        assert_eq!(
            of(&[(ACCEPT_LANGUAGE, "fr-FR, de-AT;q=0.8, en;q=0.5")]),
            "de"
        );
        assert_eq!(of(&[(ACCEPT_LANGUAGE, "en-GB,de")]), "en");
        assert_eq!(of(&[(ACCEPT_LANGUAGE, "fr")]), "en");
    }

    #[test]
    fn the_switch_outweighs_the_browser() {
        let cookie = (COOKIE, "a=b; mayfly_language=de");
        assert_eq!(of(&[(ACCEPT_LANGUAGE, "en"), cookie]), "de");
        let unknown = (COOKIE, "mayfly_language=tlh");
        assert_eq!(of(&[(ACCEPT_LANGUAGE, "de"), unknown]), "de");
        assert!(
            Language::German
                .cookie()
                .starts_with("mayfly_language=de; ")
        );
    }
}
