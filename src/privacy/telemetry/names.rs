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
    let mut rest = text.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let begins_word = !(before.is_alphanumeric() || before == '_' || before == '$');
        if c == '\'' {
            // A doubled quote does not end the text: it reads as two texts side by side, and both go.
            let mut escaped = false;
            for inside in rest.by_ref() {
                match inside {
                    '\'' if !escaped => break,
                    '\\' => escaped = !escaped,
                    _ => escaped = false,
                }
            }
            if before != '?' {
                out.push('?');
            }
            before = '?';
        } else if c.is_ascii_digit() && begins_word {
            while rest.next_if(|c| c.is_alphanumeric() || *c == '.').is_some() {}
            out.push('?');
            before = '?';
        } else {
            out.push(c);
            before = c;
        }
    }
    out
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
