//! Logins without a key before them: `invalid user anna.schmidt from`, `session opened for user anna(uid=1000)`,
//! `logged in as anna.schmidt`, `--user anna.schmidt:secret`.

use std::ops::Range;

use super::class::byte;
use super::email;
use super::path;
use super::plausible::word_has_meaning;
use super::rule::Rule;
use super::span::Span;

/// Longest login that is looked for, in bytes.
const LOGIN_BYTES_MAX: usize = 64;

/// The login behind the word `user` at `start..end`, where the text around says that it is one.
pub(super) fn behind_user(bytes: &[u8], start: usize, end: usize) -> Option<Span> {
    if byte(bytes, end) != b' ' || end == bytes.len() {
        return None;
    }
    let said = &bytes[..start];
    if said.ends_with(b"--") {
        return option(bytes, end + 1);
    }
    let login = word(bytes, end + 1)?;
    let rest = &bytes[login.end..];
    let session = rest.starts_with(b"(uid=") || rest.starts_with(b" by (uid=");
    let named = [&b"for "[..], b"nvalid ", b"unknown ", b"authenticating "];
    let named = || named.into_iter().any(|word| said.ends_with(word));
    let is_one = session || is_followed_by_address(rest) || named() && is_dotted(bytes, &login);
    is_one.then(|| Span::new(login.start, login.end, Rule::User))
}

/// The login behind the word `logged` that ends at `end`.
pub(super) fn behind_logged(bytes: &[u8], end: usize) -> Option<Span> {
    const LINK: &[u8] = b" in as ";
    if !bytes[end..].starts_with(LINK) {
        return None;
    }
    let login = word(bytes, end + LINK.len()).filter(|login| is_dotted(bytes, login))?;
    Some(Span::new(login.start, login.end, Rule::User))
}

/// The value of `--user`, perhaps with a password behind a colon. Other programs have a flag of this name.
fn option(bytes: &[u8], start: usize) -> Option<Span> {
    let login = word(bytes, start)?;
    let ends = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'<');
    let rest = &bytes[login.end..];
    if rest.first() == Some(&b':') && rest.get(1).is_some_and(|b| !ends(b)) {
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        let end = login.end + length;
        return Some(Span::new(login.start, end, Rule::Credentials));
    }
    is_dotted(bytes, &login).then(|| Span::new(login.start, login.end, Rule::User))
}

/// The word at `start` if it may be somebody's login.
fn word(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    let rest = bytes.get(start..)?;
    let in_login = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    let length = rest
        .iter()
        .take(LOGIN_BYTES_MAX + 1)
        .take_while(in_login)
        .count();
    let text = rest[..length].trim_ascii_end();
    let text = text.strip_suffix(b".").unwrap_or(text);
    let fits = (2..=LOGIN_BYTES_MAX).contains(&text.len()) && text[0].is_ascii_alphabetic();
    (fits && word_has_meaning(text) && !path::is_nobodys(text)).then(|| start..start + text.len())
}

/// Two names with a dot between them, not those of a file, and nothing behind them that goes on.
fn is_dotted(bytes: &[u8], login: &Range<usize>) -> bool {
    let mut parts = bytes[login.clone()].rsplit(|&b| b == b'.');
    let last = parts.next().unwrap_or_default();
    let is_name = |part: &[u8]| part.len() > 1 && part[0].is_ascii_alphabetic();
    let names = parts.clone().count() > 0 && is_name(last) && parts.all(is_name);
    let goes_on = matches!(
        byte(bytes, login.end),
        b'@' | b'(' | b'[' | b'/' | b'\\' | b':' | b'='
    );
    names && !goes_on && !email::is_file_ending(last)
}

/// ` from 198.51.100.7`, ` from 2001:db8::1`
fn is_followed_by_address(rest: &[u8]) -> bool {
    let Some(address) = rest.strip_prefix(b" from ") else {
        return false;
    };
    let digits = address
        .iter()
        .take(5)
        .take_while(|b| b.is_ascii_hexdigit())
        .count();
    (1..=4).contains(&digits) && matches!(byte(address, digits), b'.' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, word: &str) -> Option<String> {
        let start = text.find(word)?;
        let end = start + word.len();
        let span = match word {
            "user" => behind_user(text.as_bytes(), start, end),
            _ => behind_logged(text.as_bytes(), end),
        };
        span.map(|span| text[span.start..span.end].to_owned())
    }

    #[test]
    fn logins_that_the_text_tells() {
        for (text, word, login) in [
            (
                "Invalid user oracle7 from 198.51.100.7 port 22",
                "user",
                "oracle7",
            ),
            ("session opened for user anna(uid=1000)", "user", "anna"),
            (
                "no such thing for user anna.schmidt.",
                "user",
                "anna.schmidt",
            ),
            ("curl --user anna:s3cret https://x", "user", "anna:s3cret"),
            ("run --user anna.schmidt", "user", "anna.schmidt"),
            ("logged in as anna.schmidt", "logged", "anna.schmidt"),
        ] {
            assert_eq!(found(text, word).as_deref(), Some(login), "{text}");
        }
    }

    #[test]
    fn words_that_are_none() {
        for (text, word) in [
            ("wait for user input from 3 sources", "user"),
            ("no file for user settings.json", "user"),
            ("invalid user agent", "user"),
            ("docker run --user 1000:1000 x", "user"),
            ("pip install --user requests", "user"),
            ("opened for user root(uid=0)", "user"),
            ("user anna.schmidt@example.org", "user"),
            ("for user model.save()", "user"),
            ("logged in as administrator", "logged"),
            ("logged in as a guest", "logged"),
        ] {
            assert_eq!(found(text, word), None, "{text}");
        }
    }
}
