//! Names and descriptions of operations without the data in them: what a route was called with, what a statement
//! looked for.

use crate::privacy::scrub::{Findings, Scrubber};
use crate::privacy::url;

/// `GET https://api.example.org/users/42?full=1` becomes `GET api.example.org/users/[id]`: paths are
/// templated, queries go. Other names stay for the scrubber.
pub(super) fn operation(name: &str, scrubber: &Scrubber, findings: &mut Findings) -> String {
    let (method, address) = match name.split_once(' ') {
        Some((method, rest)) if is_method(method) => (method, rest),
        _ => ("", name),
    };
    let is_address = address.starts_with('/') || address.contains("://");
    if !is_address || address.contains(char::is_whitespace) {
        return name.to_owned();
    }
    let clean = url::clean_place(address, scrubber, findings);
    let space = if method.is_empty() { "" } else { " " };
    format!("{method}{space}{}{}", clean.host, clean.path)
}

fn is_method(word: &str) -> bool {
    (3..=7).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A database statement with `?` in the place of its texts and numbers.
pub(super) fn statement(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let begins_word = !out.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        let end = match first {
            '\'' | '"' => quoted_end(rest, first),
            '0'..='9' if begins_word => number_end(rest),
            _ => first.len_utf8(),
        };
        let (piece, behind) = rest.split_at(end);
        rest = behind;
        let is_literal = match first {
            '\'' => true,
            // In most dialects these are names of columns; what no name looks like is a text.
            '"' => !piece.trim_matches('"').chars().all(is_name),
            _ => end > first.len_utf8() || first.is_ascii_digit() && begins_word,
        };
        match is_literal {
            // A doubled quote inside a text reads as two texts side by side.
            true if first == '\'' && out.ends_with('?') => {}
            true => out.push('?'),
            false => out.push_str(piece),
        }
    }
    out
}

/// Behind the closing quote, or the end of the text. A backslash protects what follows it.
fn quoted_end(text: &str, quote: char) -> usize {
    let mut is_protected = false;
    let closing = text.char_indices().skip(1).find(|&(_, c)| {
        let closes = c == quote && !is_protected;
        is_protected = c == '\\' && !is_protected;
        closes
    });
    closing.map_or(text.len(), |(at, quote)| at + quote.len_utf8())
}

fn number_end(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '.')
        .unwrap_or(text.len())
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || "_$.".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::scrub::Policy;

    #[test]
    fn routes_are_templated_and_lose_their_queries() {
        let scrubber = Scrubber::new(&Policy::default()).unwrap();
        for (name, expected) in [
            (
                "GET https://api.example.org/users/4711?mail=jane%40example.org",
                "GET api.example.org/users/[id]",
            ),
            ("/cart/0041ab982cb94566912b6befc573088d#top", "/cart/[id]"),
            ("POST /orders/{id}/pay", "POST /orders/[id]/pay"),
            ("shop.views.total", "shop.views.total"),
            ("render / of the page", "render / of the page"),
        ] {
            let operation = operation(name, &scrubber, &mut Findings::default());
            assert_eq!(operation, expected);
        }
    }

    #[test]
    fn statements_lose_their_literals() {
        for (text, expected) in [
            (
                "SELECT * FROM users WHERE mail = 'jane@example.org' AND age > 42.5",
                "SELECT * FROM users WHERE mail = ? AND age > ?",
            ),
            (
                "SELECT \"t1\".\"a_2\" FROM t1 LIMIT 10",
                "SELECT \"t1\".\"a_2\" FROM t1 LIMIT ?",
            ),
            ("VALUES ('O''Hara', 'it\\'s', 0xFF)", "VALUES (?, ?, ?)"),
            (
                "WHERE id = $1 AND name = 'open",
                "WHERE id = $1 AND name = ?",
            ),
        ] {
            assert_eq!(statement(text), expected);
        }
    }
}
