//! User names in the paths of home directories.

use std::ops::Range;
use std::sync::LazyLock;

use super::class::{before, byte};
use super::lexicon::Lexicon;
use super::rule::{Rule, placeholder_end};
use super::span::Span;

/// Longest user name that is looked for, in bytes.
const USER_BYTES_MAX: usize = 104;

/// Accounts that belong to nobody: build machines, containers, shared directories.
static NOBODYS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    let mut lexicon = Lexicon::new();
    lexicon.add(
        "shared public default runner runneradmin ubuntu vagrant circleci travis jenkins distiller app node root user \
         users www-data git gitlab-runner builder containeradministrator vsts site me admin postgres anonymous",
        (),
    );
    lexicon
});

/// True if the word `start..end` stands between slashes.
pub(super) fn is_directory(bytes: &[u8], start: usize, end: usize) -> bool {
    matches!(before(bytes, start), b'/' | b'\\') && matches!(byte(bytes, end), b'/' | b'\\')
}

/// The user name behind the directory `start..end` (`home`, `Users`), as in `/home/anna/` or `C:\Users\Anna\`.
pub(super) fn home(bytes: &[u8], start: usize, end: usize) -> Option<Span> {
    let next = byte(bytes, end);
    let is_users = end - start == 5;
    // `/users/` in small letters is a page or a table, unless on a drive.
    let drive = drive_before(bytes, start);
    if is_users && bytes[start] == b'u' && !drive {
        return None;
    }
    let name = segment(bytes, end, drive || next == b'\\')?;
    let text = &bytes[name.clone()];
    let generic = is_nobodys(text) || placeholder_end(bytes, name.start) == Some(name.end);
    // A page of a web site: `https://example.org/home/start`.
    let web = !is_users && path_is_of_url(bytes, start);
    (!generic && !web).then(|| Span::new(name.start, name.end, Rule::User))
}

/// True for an account that belongs to nobody in particular.
pub(super) fn is_nobodys(name: &[u8]) -> bool {
    const TWO_WORDS: [&[u8]; 2] = [b"all users", b"default user"];
    NOBODYS.find(name).is_some()
        || TWO_WORDS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
}

/// True behind `C:\` or `C:/`, however often the backslash is escaped.
fn drive_before(bytes: &[u8], start: usize) -> bool {
    let mut at = start;
    while at > 0 && start - at < 8 && matches!(bytes[at - 1], b'/' | b'\\') {
        at -= 1;
    }
    before(bytes, at) == b':' && at >= 2 && bytes[at - 2].is_ascii_alphabetic()
}

/// The path segment behind the slashes at `at`. On Windows it may hold spaces if another segment follows.
fn segment(bytes: &[u8], at: usize, windows: bool) -> Option<Range<usize>> {
    let mut start = at;
    while start < at + 8 && matches!(byte(bytes, start), b'/' | b'\\') {
        start += 1;
    }
    let limit = bytes.len().min(start + USER_BYTES_MAX);
    let ends = |b: &u8| {
        let sign = matches!(
            b,
            b'"' | b'\'' | b'`' | b'<' | b'>' | b'|' | b':' | b';' | b',' | b'?' | b'*'
        );
        sign || matches!(b, b'/' | b'\\' | b'(' | b')' | b'&' | b'#') || b.is_ascii_control()
    };
    let whole = bytes[start..limit]
        .iter()
        .position(ends)
        .map_or(limit, |n| start + n);
    let followed = matches!(byte(bytes, whole), b'/' | b'\\');
    let end = if windows && followed {
        whole
    } else {
        bytes[start..whole]
            .iter()
            .position(|b| matches!(b, b' ' | b'[' | b']' | b'{' | b'}' | b'$'))
            .map_or(whole, |n| start + n)
    };
    // Escapes and the full stop of a sentence.
    let mut end = end;
    while end > start && matches!(bytes[end - 1], b'.' | b'\\') {
        end -= 1;
    }
    (end > start).then_some(start..end)
}

/// True if a path that goes on at `start` belongs to a URL of a web site, and not to its query.
fn path_is_of_url(bytes: &[u8], start: usize) -> bool {
    /// How far back a scheme is looked for.
    const URL_BYTES_MAX: usize = 256;
    let text = &bytes[start.saturating_sub(URL_BYTES_MAX)..start];
    let space = memchr::memrchr3(b' ', b'\n', b'\t', text);
    let quote = memchr::memrchr3(b'"', b'\'', b'\r', text);
    let token = &text[space.max(quote).map_or(0, |at| at + 1)..];
    let in_query = memchr::memchr3(b'?', b'=', b'&', token).is_some();
    let is_scheme = |at: usize| token[at..].starts_with(b"://");
    let scheme = memchr::memchr_iter(b':', token).find(|&at| is_scheme(at));
    !in_query && scheme.is_some_and(|at| !token[..at].ends_with(b"file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(text: &str) -> Option<&str> {
        let start = ["home", "Users", "users"]
            .iter()
            .find_map(|word| text.find(word))?;
        let length = if text[start..].starts_with("home") {
            4
        } else {
            5
        };
        home(text.as_bytes(), start, start + length).map(|span| &text[span.start..span.end])
    }

    #[test]
    fn home_directories_of_all_systems() {
        assert_eq!(user("/home/anna/app.py"), Some("anna"));
        assert_eq!(user("at /Users/anna.schmidt/x.js:1"), Some("anna.schmidt"));
        assert_eq!(user(r"C:\Users\Anna Schmidt\AppData"), Some("Anna Schmidt"));
        assert_eq!(user(r"C:\\Users\\anna\\x"), Some("anna"));
        assert_eq!(user("file:///home/anna/x"), Some("anna"));
        assert_eq!(user("cd /home/anna failed"), Some("anna"));
    }

    #[test]
    fn what_belongs_to_nobody() {
        for text in [
            "/home/runner/work",
            "/Users/Shared/x",
            "https://example.org/home/start",
            "/api/users/list",
            "/home/[user]/x",
        ] {
            assert_eq!(user(text), None, "{text}");
        }
    }
}
