//! Stored text for a page: what the scrubber put in place of something personal becomes a labelled mark.

use std::fmt;

use askama::filters::HtmlSafe;

use crate::privacy::scrub::Rule;
use crate::ui::Language;
use crate::ui::escape::escape;

/// Text that escapes itself, with marks for what was removed.
pub(super) struct Marked<'a> {
    text: &'a str,
    language: Language,
}

impl<'a> Marked<'a> {
    pub const fn new(text: &'a str, language: Language) -> Self {
        Self { text, language }
    }
}

/// It writes no sign of the text that means something in HTML.
impl HtmlSafe for Marked<'_> {}

impl fmt::Display for Marked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.text;
        while let Some((start, rule)) = next_mark(rest) {
            escape(&rest[..start], f)?;
            let words = super::words::removed(rule, self.language);
            write!(f, r#"<span class="gone">{words}</span>"#)?;
            rest = &rest[start + rule.placeholder().len()..];
        }
        escape(rest, f)
    }
}

/// The first placeholder of the scrubber, and where it begins.
fn next_mark(text: &str) -> Option<(usize, Rule)> {
    let starts = text.match_indices('[').map(|(start, _)| start);
    let mark = |start: usize| {
        // `users[id]` is source text.
        let before = text[..start].chars().next_back();
        let is_index = before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ')' | ']'));
        let is_here = |rule: &&Rule| !is_index && text[start..].starts_with(rule.placeholder());
        Some((start, *Rule::ALL.iter().find(is_here)?))
    };
    starts.into_iter().find_map(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_removed_is_marked_and_everything_else_escaped() {
        let marked = |text| Marked::new(text, Language::English).to_string();
        assert_eq!(
            Marked::new("[email]", Language::German).to_string(),
            "<span class=\"gone\">E-Mail-Adresse entfernt</span>"
        );
        assert_eq!(
            marked("<b> [email] & a[0]"),
            "&lt;b&gt; <span class=\"gone\">e-mail address removed</span> &amp; a[0]"
        );
        assert_eq!(
            marked("[] [unknown] users[id] ["),
            "[] [unknown] users[id] ["
        );
    }
}
