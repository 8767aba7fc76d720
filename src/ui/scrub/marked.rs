//! The result for a page: what stands in the place of something personal becomes a labelled mark.

use std::fmt;

use askama::filters::HtmlSafe;

use super::words;
use crate::privacy::scrub::Rule;
use crate::ui::Language;
use crate::ui::escape::escape;

/// Longest placeholder of a project's own, with its brackets.
const OWN_PLACEHOLDER_BYTES_MAX: usize = 13;

/// Text that escapes itself, with marks for what was replaced or masked.
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
        while let Some((start, length, rule)) = next_mark(rest) {
            escape(&rest[..start], f)?;
            let why = words::explained(rule, self.language);
            write!(f, r#"<mark class="gone" title="{why}">"#)?;
            let mark = &rest[start..start + length];
            escape(mark.trim_matches(['[', ']']), f)?;
            f.write_str("</mark>")?;
            rest = &rest[start + length..];
        }
        escape(rest, f)
    }
}

/// Start and length of the first mark, and the rule that left it.
fn next_mark(text: &str) -> Option<(usize, usize, Rule)> {
    let bytes = text.as_bytes();
    let is_inside = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-');
    let mark = |at: usize| {
        let begins = at == 0 || !is_inside(bytes[at - 1]);
        match bytes[at] {
            b'[' => placeholder(&text[at..]),
            b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' if begins => masked(&text[at..]),
            _ => None,
        }
        .map(|(length, rule)| (at, length, rule))
    };
    (0..bytes.len()).find_map(mark)
}

fn placeholder(text: &str) -> Option<(usize, Rule)> {
    if let Some(rule) = Rule::ALL
        .iter()
        .find(|rule| text.starts_with(rule.placeholder()))
    {
        return Some((rule.placeholder().len(), *rule));
    }
    let length = text
        .bytes()
        .take(OWN_PLACEHOLDER_BYTES_MAX)
        .position(|b| b == b']')?
        + 1;
    let inner = &text[1..length - 1];
    let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let own =
        inner.len() > 1 && inner.bytes().all(is_name) && !inner.bytes().all(|b| b.is_ascii_digit());
    own.then_some((length, Rule::Custom))
}

/// An address whose last part is gone: `203.0.113.0`, `2001:db8::`.
fn masked(text: &str) -> Option<(usize, Rule)> {
    let length = |allowed: fn(&u8) -> bool| text.bytes().take_while(allowed).count();
    let four = &text[..length(|b| b.is_ascii_digit() || *b == b'.')];
    if four.ends_with(".0") && four.split('.').count() == 4 {
        return Some((four.len(), Rule::Ipv4));
    }
    let six = &text[..length(|b| b.is_ascii_hexdigit() || *b == b':')];
    (six.len() > 4 && six.ends_with("::") && six.split(':').count() > 3)
        .then_some((six.len(), Rule::Ipv6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_marked_and_everything_else_escaped() {
        let marked = |text| {
            let text = Marked::new(text, Language::English).to_string();
            let titles = regex::Regex::new(r#" class="gone" title="[^"]+""#).unwrap();
            titles.replace_all(&text, "").into_owned()
        };
        assert_eq!(
            marked("<b> [email] from 203.0.113.0:80, 2001:db8:1::, [customer] & a[0] v1.2.3.0"),
            "&lt;b&gt; <mark>email</mark> from <mark>203.0.113.0</mark>:80, <mark>2001:db8:1::</mark>, \
             <mark>customer</mark> &amp; a[0] v1.2.3.0"
        );
        assert_eq!(
            marked("std::__1 a:: [] [ 1.2.3.4 [12]"),
            "std::__1 a:: [] [ 1.2.3.4 [12]"
        );
    }
}
