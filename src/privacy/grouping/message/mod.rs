//! A message without what varies from event to event.
//!
//! Numbers, identifiers, addresses, dates, durations, URLs, paths, quoted texts, values of `key=value` and the
//! scrubber's placeholders become `*`; lists of them become one. What programmers write stays: words, code in
//! backticks, names such as `UTF-8`, and the short codes behind `status`, `errno` and the like.

mod engines;
mod words;

use crate::privacy::scrub::Rule;
use words::Word;

/// Lines that count. What follows mostly is data.
const LINES_MAX: usize = 2;
/// What is looked at of a text.
const TEXT_BYTES_MAX: usize = 2048;
/// Bytes of the result.
const BYTES_MAX: usize = 300;
/// Longest quoted text, in bytes. Behind it the quote is an apostrophe.
const QUOTED_BYTES_MAX: usize = 200;

/// `text` without what varies. Of a script's error of the type `script`, what engines say in different words is said in
/// one.
pub(super) fn parameterised(text: &str, script: Option<&str>) -> String {
    let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
    if let Some(known) = script.and_then(|kind| of_engine(kind, text)) {
        return known;
    }
    let plain = written(text, true);
    // Nothing is left of `'price'`: then the quoted is the message.
    if plain.bytes().any(|b| b.is_ascii_alphabetic() || b >= 0x80) {
        plain
    } else {
        written(text, false)
    }
}

/// What an engine of JavaScript means by an error of this type, in words that are the same for all; `None` if they are
/// not known.
pub(super) fn of_engine(kind: &str, text: &str) -> Option<String> {
    engines::common(kind, &text[..text.floor_char_boundary(TEXT_BYTES_MAX)])
}

fn written(text: &str, quoted_varies: bool) -> String {
    let mut out = Out {
        text: String::with_capacity(text.len().min(BYTES_MAX)),
    };
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    for line in lines.take(LINES_MAX) {
        out.space();
        out.line(line, quoted_varies);
        if out.text.len() > BYTES_MAX {
            break;
        }
    }
    let end = out.text.floor_char_boundary(BYTES_MAX);
    out.text.truncate(end);
    let end = out.text.trim_end().len();
    out.text.truncate(end);
    out.text
}

struct Out {
    text: String,
}

impl Out {
    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    /// One star for a list of things that vary.
    fn star(&mut self) {
        let list = self
            .text
            .trim_end_matches([' ', ',', ':', '-', '/', '.', 'T']);
        if list.ends_with('*') {
            let end = list.len();
            self.text.truncate(end);
        } else {
            self.text.push('*');
        }
    }

    fn line(&mut self, line: &str, quoted_varies: bool) {
        let mut rest = line;
        let mut previous = "";
        while let Some(c) = rest.chars().next() {
            if c.is_whitespace() {
                self.space();
                rest = &rest[c.len_utf8()..];
            } else if let Some(length) = placeholder(rest) {
                self.star();
                rest = &rest[length..];
            } else if let Some((inside, length)) = self.quoted(rest, c) {
                if quoted_varies && words::is_code(inside) {
                    self.text.push_str(&rest[..length]);
                } else if quoted_varies {
                    self.star();
                } else {
                    self.line(inside, true);
                }
                rest = &rest[length..];
            } else if let Some(length) = url(rest) {
                self.star();
                rest = &rest[length..];
            } else if words::is_part(c) {
                let end = rest.find(|c| !words::is_part(c)).unwrap_or(rest.len());
                let word = rest[..end].trim_end_matches(['.', ':', '?', '!', '-', '/']);
                let word = if word.is_empty() { &rest[..end] } else { word };
                self.word(word, previous);
                self.text.push_str(&rest[word.len()..end]);
                previous = word;
                rest = &rest[end..];
            } else {
                self.text.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }

    fn word(&mut self, word: &str, previous: &str) {
        if self.text.ends_with('=') && !self.text.ends_with("==") {
            return self.star();
        }
        match words::classify(word, previous, self.text.ends_with(['*', ' '])) {
            Word::Written => self.text.push_str(word),
            Word::Varies => self.star(),
            // `Cart@1a2b3c`: the class stays.
            Word::VariesFrom(at) => {
                self.text.push_str(&word[..at]);
                self.star();
            }
            Word::Route => {
                for (at, segment) in word.split('/').enumerate() {
                    if at > 0 {
                        self.text.push('/');
                    }
                    if words::varies_in_route(segment) {
                        self.text.push('*');
                    } else {
                        self.text.push_str(segment);
                    }
                }
            }
        }
    }

    /// The text inside of quotes at the start of `rest`, and the length of it all. An apostrophe is no quote.
    fn quoted<'t>(&self, rest: &'t str, open: char) -> Option<(&'t str, usize)> {
        let close = match open {
            '"' | '\'' => open,
            '“' | '„' => '”',
            '‘' => '’',
            '«' => '»',
            _ => return None,
        };
        if open == '\'' && self.text.ends_with(|c: char| c.is_alphanumeric()) {
            return None;
        }
        let inside = &rest[open.len_utf8()..];
        let seen = &inside[..inside.floor_char_boundary(QUOTED_BYTES_MAX)];
        let end = seen.char_indices().find_map(|(at, c)| {
            let behind = seen[at + c.len_utf8()..].chars().next();
            let apostrophe = open == '\'' && behind.is_some_and(char::is_alphanumeric);
            let closes = c == close || (open == '„' && c == '“');
            (closes && !apostrophe).then_some((at, c.len_utf8()))
        });
        let (at, length) = end?;
        Some((&inside[..at], open.len_utf8() + at + length))
    }
}

/// The length of a placeholder of the scrubber, or of the identifiers in the template of a URL.
fn placeholder(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('[')?;
    let end = inside.bytes().take(24).position(|b| b == b']')?;
    let text = &rest[..end + 2];
    Rule::ALL
        .iter()
        .any(|rule| rule.placeholder() == text)
        .then_some(text.len())
}

/// The length of a URL, up to a space, a quote or a closing bracket of the sentence.
fn url(rest: &str) -> Option<usize> {
    /// Longest name of a scheme, with `://`.
    const SCHEME_BYTES_MAX: usize = 24;
    let head = &rest[..rest.floor_char_boundary(SCHEME_BYTES_MAX)];
    let scheme = head.find("://").filter(|at| *at > 0)?;
    let named = rest[..scheme]
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    let end = rest
        .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | ')'))
        .unwrap_or(rest.len());
    named.then(|| rest[..end].trim_end_matches(['.', ',', ':', ';']).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_varies_becomes_a_star() {
        for (text, expected) in [
            ("order 4711 took 30s", "order * took *"),
            ("order 7 took 1h30m", "order * took *"),
            ("no cart 0a1b2c3d-0011-2233-4455-66778899aabb", "no cart *"),
            ("at 2026-11-22T03:53:07.500Z", "at *"),
            ("at Sun, 22 Nov 2026 03:53:07 GMT", "at *"),
            ("at Nov 22, 2026, 3:53 PM", "at *"),
            ("bad pointer 0x7fff5fbff8a0", "bad pointer *"),
            ("connect to 192.0.2.0:5432 failed", "connect to * failed"),
            ("connect to [2001:db8::1]:5432", "connect to [*]*"),
            ("GET https://example.org/a?b=c failed", "GET * failed"),
            ("cannot open /srv/shop/uploads/chair.png", "cannot open *"),
            (r"cannot open C:\shop\chair.png", "cannot open *"),
            (
                "GET /api/orders/4711/items: not found",
                "GET /api/orders/*/items: not found",
            ),
            ("user [email] is gone", "user * is gone"),
            ("file 'chair blue.png' is gone", "file * is gone"),
            ("file “chair” is gone", "file * is gone"),
            ("ids 1, 2, 3 are gone", "ids * are gone"),
            ("ids [1, 2] are gone", "ids [*] are gone"),
            ("timeout host=db user=anna", "timeout host=* user=*"),
            ("Cart@1a2b3c4d is closed", "Cart@* is closed"),
            ("<Cart object at 0x7f00aa>", "<Cart object at *>"),
            ("sku_4711 is sold out", "* is sold out"),
            ("first\n\nsecond 2\nthird", "first second *"),
        ] {
            assert_eq!(parameterised(text, None), expected, "{text}");
        }
    }

    #[test]
    fn what_programmers_write_stays() {
        for text in [
            "no such table: carts",
            "don't panic, it's fine",
            "called `Option::unwrap()` on a `None` value",
            "Request failed with status code 404",
            "exit code 137",
            "invalid UTF-8 in S3Client",
            "shop.cart.Total is null",
            "a == b",
            "[cart] is empty",
            "%s left %(name)s {}",
            "violates unique constraint \"stock_pkey\"",
            "return value of \"shop.Order.address()\" is null",
            "Minified React error #418",
        ] {
            assert_eq!(parameterised(text, None), text);
        }
        assert_eq!(parameterised("'price'", None), "'price'".replace('\'', ""));
    }
}
