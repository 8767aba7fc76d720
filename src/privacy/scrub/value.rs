//! The value behind a key inside running text: `key=value`, `key: value`, `"key": "value"`, `Header: value`.

use std::ops::Range;

use super::class::{before, byte, is_word};
use super::keys::{KeyClass, Reach};
use super::rule::{Rule, placeholder_end};

/// How text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Log lines, messages, URLs.
    Prose,
    /// Source code: what stands behind a key without quotes is an expression.
    Code,
}

/// Longest value that is compared with words of programming languages.
const WORD_BYTES_MAX: usize = 32;

/// Values that hold no secret.
#[rustfmt::skip]
const EMPTY_WORDS: [&str; 34] = [
    "none", "null", "nil", "true", "false", "undefined", "str", "string", "int", "bool", "boolean",
    "bytes", "any", "object", "optional", "text", "varchar", "not", "required", "missing",
    "invalid", "expired", "empty", "new", "self", "this", "await", "is", "unset", "nan", "number",
    "char", "byte", "function",
];

/// A key in running text.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub place: Range<usize>,
    pub class: KeyClass,
    /// It stands in quotes, as in JSON.
    pub quoted: bool,
}

/// The range of the value behind `key` and the sign (`=` or `:`) at `sign`, if it has to go.
pub(super) fn behind(bytes: &[u8], key: &Key, sign: usize, mode: Mode) -> Option<Range<usize>> {
    let (class, quoted_key) = (key.class, key.quoted);
    let is_colon = bytes[sign] == b':';
    let header = is_colon && !quoted_key && is_header(&bytes[key.place.clone()]);
    let mut at = sign + 1;
    // `=>` of Ruby and PHP
    if !is_colon && byte(bytes, at) == b'>' {
        at += 1;
    } else if byte(bytes, at) == b'=' || is_colon && byte(bytes, at) == b':' {
        return None;
    }
    let spaced = skip_spaces(bytes, &mut at);
    let quotes = opening_quote(bytes, at);
    if let Some(open) = quotes {
        return quoted(bytes, open).filter(|value| holds_something(bytes, value, class, true));
    }
    if let b'{' | b'[' = byte(bytes, at)
        && placeholder_end(bytes, at).is_none()
    {
        return quoted_key.then(|| at..bracket_end(bytes, at));
    }
    let parameter = !is_colon && matches!(before(bytes, key.place.start), b'?' | b'&');
    if mode == Mode::Code && !header && !parameter {
        return None;
    }
    let end = if header {
        line_end(bytes, at)
    } else {
        bare_end(bytes, at)
    };
    let value = at..end;
    if !holds_something(bytes, &value, class, false) {
        return None;
    }
    let ambiguous = class.reach == Reach::Likely;
    if is_colon && !quoted_key && ambiguous && !looks_secret(&bytes[value.clone()], class) {
        return None;
    }
    if ambiguous
        && !is_colon
        && is_small_number(&bytes[value.clone()])
        && class.rule != Rule::Password
    {
        return None;
    }
    if is_colon && spaced && !ambiguous && is_sentence(bytes, &value) {
        return None;
    }
    Some(value)
}

/// Headers whose values go on to the end of the line.
fn is_header(key: &[u8]) -> bool {
    const HEADERS: [&str; 4] = [
        "cookie",
        "set-cookie",
        "authorization",
        "proxy-authorization",
    ];
    HEADERS
        .iter()
        .any(|header| key.eq_ignore_ascii_case(header.as_bytes()))
}

fn skip_spaces(bytes: &[u8], at: &mut usize) -> bool {
    let from = *at;
    while *at < from + 4 && matches!(bytes.get(*at), Some(b' ' | b'\t')) {
        *at += 1;
    }
    *at > from
}

/// Position of the quotation mark that opens a value, behind a string prefix (`b'`, `u"`) and the
/// backslashes of an escaped one.
fn opening_quote(bytes: &[u8], at: usize) -> Option<usize> {
    let mut quote = at;
    if matches!(byte(bytes, quote), b'b' | b'u' | b'r' | b'f' | b'@')
        && matches!(byte(bytes, quote + 1), b'"' | b'\'')
    {
        quote += 1;
    }
    while quote < at + 8 && byte(bytes, quote) == b'\\' {
        quote += 1;
    }
    matches!(byte(bytes, quote), b'"' | b'\'' | b'`').then_some(quote)
}

/// What stands between the quotation mark at `open` and its partner; to the end if the text was cut off.
fn quoted(bytes: &[u8], open: usize) -> Option<Range<usize>> {
    let mark = bytes[open];
    let escapes = bytes[..open]
        .iter()
        .rev()
        .take(8)
        .take_while(|&&b| b == b'\\')
        .count();
    let start = open + 1;
    let mut at = start;
    loop {
        let Some(step) = memchr::memchr2(mark, b'\n', &bytes[at..]) else {
            return Some(start..bytes.len());
        };
        at += step;
        if bytes[at] == b'\n' && mark != b'`' {
            return Some(start..at);
        }
        let backslashes = bytes[start..at]
            .iter()
            .rev()
            .take_while(|&&b| b == b'\\')
            .count();
        if bytes[at] == mark
            && backslashes <= escapes
            && (backslashes == escapes || backslashes % 2 == 0)
        {
            return Some(start..at - backslashes);
        }
        at += 1;
    }
}

/// End of the container that opens at `at`, or of the text.
fn bracket_end(bytes: &[u8], at: usize) -> usize {
    let mut depth = 0usize;
    for (i, &b) in bytes[at..].iter().enumerate() {
        match b {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + i + 1;
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    let stops = |b: &u8| matches!(b, b'\n' | b'\r' | b'"' | b'\'' | b'`');
    let mut end = at
        + bytes[at..]
            .iter()
            .position(stops)
            .unwrap_or(bytes.len() - at);
    // A newline that is written out in escaped text.
    if let Some(newline) = memchr::memmem::find(&bytes[at..end], b"\\n") {
        end = at + newline;
    }
    while end > at && matches!(bytes[end - 1], b'\\' | b' ') {
        end -= 1;
    }
    end
}

/// End of a value without quotes. Punctuation ends it only where the text clearly goes on with something else.
fn bare_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while end < bytes.len() {
        match bytes[end] {
            b'[' if let Some(after) = placeholder_end(bytes, end) => end = after,
            b if b.is_ascii_whitespace() => break,
            b'&' | b'"' | b'\'' | b'<' | b'>' | b'`' => break,
            b',' | b';' | b')' | b']' | b'}' | b'|' | b'.' if goes_on(bytes, end + 1) => break,
            _ => end += 1,
        }
    }
    // A backslash before a quotation mark or a letter of an escape: `\"`, `\n`.
    while end > at && bytes[end - 1] == b'\\' {
        end -= 1;
    }
    end
}

/// True if what starts at `at` is the end, a space, a closing mark or the next key.
fn goes_on(bytes: &[u8], at: usize) -> bool {
    let next = byte(bytes, at);
    if next.is_ascii_whitespace() || b"\"'`)]},;|".contains(&next) {
        return true;
    }
    let key = bytes[at..]
        .iter()
        .take(40)
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_' || **b == b'-')
        .count();
    key > 1 && matches!(byte(bytes, at + key), b'=' | b':')
}

/// True unless the value is empty, scrubbed already, a template or a word of a programming language.
fn holds_something(bytes: &[u8], value: &Range<usize>, class: KeyClass, quoted: bool) -> bool {
    let text = &bytes[value.clone()];
    if text.is_empty() || placeholder_end(bytes, value.start) == Some(value.end) {
        return false;
    }
    if text.len() > WORD_BYTES_MAX {
        return true;
    }
    let all = |set: &[u8]| text.iter().all(|b| set.contains(b));
    if all(b"*") || all(b"xX") || all(b"-.") || all(b"(){}[]<>?!:;,/\\|") || all(b"0") {
        return false;
    }
    let word = EMPTY_WORDS
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word.as_bytes()));
    if word && !(quoted && class.rule == Rule::Password) {
        return false;
    }
    let inside = |open: u8, close: u8| text[0] == open && text[text.len() - 1] == close;
    let template = inside(b'<', b'>')
        || inside(b'{', b'}')
        || text.starts_with(b"${")
        || text.starts_with(b"%(")
        || matches!(
            text,
            b"%s" | b"%d" | b"%r" | b"%v" | b"%q" | b"%@" | b"%p" | b"?" | b"$1" | b"$2" | b"$3"
        );
    let call = !quoted
        && text.ends_with(b")")
        && text.first().is_some_and(u8::is_ascii_alphabetic)
        && text.contains(&b'(');
    !template && !call
}

/// What stands behind an everyday word is a secret if nobody would write it as a word.
fn looks_secret(text: &[u8], class: KeyClass) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    match class.rule {
        Rule::Password if digits == text.len() => (4..=8).contains(&digits),
        Rule::Cookie if text.contains(&b'=') => true,
        Rule::User => {
            !text.is_empty() && letters > 0 && !text.contains(&b'(') && !text.contains(&b'/')
        }
        _ => {
            text.len() >= 6 && digits > 0 && letters > 0 && !text.contains(&b'(')
                || text.len() >= 20 && letters > 0 && !text.contains(&b'.')
        }
    }
}

fn is_small_number(text: &[u8]) -> bool {
    text.len() < 6
        && text
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
}

/// `Password: must be longer than`: a word in small letters, followed by more of them.
fn is_sentence(bytes: &[u8], value: &Range<usize>) -> bool {
    let lower = |range: Range<usize>| bytes[range].iter().all(u8::is_ascii_lowercase);
    if !lower(value.clone()) || byte(bytes, value.end) != b' ' {
        return false;
    }
    let next = value.end + 1;
    let length = bytes[next.min(bytes.len())..]
        .iter()
        .take_while(|b| is_word(**b))
        .count();
    length > 1 && lower(next..next + length)
}

/// The key that ends right before the sign at `sign`: where it ends and whether it stands in quotes.
pub(super) fn key_end(bytes: &[u8], sign: usize) -> (usize, bool) {
    let mut end = sign;
    while end > 0 && sign - end < 2 && before(bytes, end) == b' ' {
        end -= 1;
    }
    let mut quoted = false;
    if matches!(before(bytes, end), b'"' | b'\'' | b'`') {
        quoted = true;
        end -= 1;
        while end > 0 && sign - end < 8 && before(bytes, end) == b'\\' {
            end -= 1;
        }
    } else if before(bytes, end) == b']' {
        // `params[password]=`, `_POST["password"] =`
        end -= 1;
        if matches!(before(bytes, end), b'"' | b'\'') {
            end -= 1;
        }
    }
    (end, quoted)
}
