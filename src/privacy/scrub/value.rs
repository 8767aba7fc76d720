//! The value behind a key inside running text: `key=value`, `key: value`, `"key": "value"`, `Header: value`.

use std::ops::Range;

use super::class::{CLASS, KEY, before, byte, is_word, letters_start, mark_len};
use super::keys::{KEY_BYTES_MAX, KeyClass};
use super::literal;
use super::plausible::{Manner, ends_before_colon, is_value};
use super::rule::{PLACEHOLDER_BYTES_MAX, Rule, placeholder_end};

/// How text is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Log lines, messages, URLs.
    Prose,
    /// Source code: what stands behind a key without quotes is an expression.
    Code,
}

/// Bytes of a value in source code that tell whether it is a secret.
const LITERAL_BYTES_MAX: usize = 128;

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
    let header = is_colon && !quoted_key && is_header(&bytes[key.place.clone()], mode);
    let mut at = sign + 1;
    // `=>` of Ruby and PHP
    if !is_colon && byte(bytes, at) == b'>' {
        at += 1;
    } else if byte(bytes, at) == b'=' || is_colon && byte(bytes, at) == b':' {
        return None;
    }
    let spaced = skip_spaces(bytes, &mut at) || before(bytes, sign) == b' ';
    let name = &bytes[key.place.clone()];
    if let Some(open) = opening_quote(bytes, at, quoted_key) {
        return quoted(bytes, open)
            .filter(|value| is_value(bytes, value, name, class, Manner::Quoted));
    }
    if let b'{' | b'[' = byte(bytes, at)
        && placeholder_end(bytes, at).is_none()
    {
        let secret = matches!(
            class.rule,
            Rule::Password | Rule::Token | Rule::Credentials | Rule::Cookie
        );
        return (quoted_key && secret && mode == Mode::Prose).then(|| at..bracket_end(bytes, at));
    }
    let parameter = !is_colon && matches!(before(bytes, key.place.start), b'?' | b'&');
    if mode == Mode::Code && !header && !parameter {
        // Nothing else than a secret is that long without a space; and no key behind it looks through all of it again.
        let near = &bytes[..bytes.len().min(at + LITERAL_BYTES_MAX)];
        let end = bare_end(near, at);
        let whole = end == at + LITERAL_BYTES_MAX;
        return match literal::is_secret(&bytes[at..end], class) {
            true if whole => Some(at..bare_end(bytes, at)),
            is_secret => is_secret.then_some(at..end),
        };
    }
    let mut value = at..if header {
        line_end(bytes, at)
    } else {
        bare_end(bytes, at)
    };
    let manner = match (quoted_key, is_colon, spaced) {
        _ if header => Manner::Header,
        (true, ..) | (_, true, _) => Manner::Told,
        (_, _, true) => Manner::AssignedWide,
        _ => Manner::Assigned,
    };
    if !header && ends_before_colon(&bytes[value.clone()], manner) {
        value.end -= 1;
    }
    is_value(bytes, &value, name, class, manner).then_some(value)
}

/// Headers whose values go on to the end of the line. Source code has variables of these names.
fn is_header(key: &[u8], mode: Mode) -> bool {
    const HEADERS: [&str; 4] = [
        "Cookie",
        "Set-Cookie",
        "Authorization",
        "Proxy-Authorization",
    ];
    HEADERS.iter().any(|header| match mode {
        Mode::Prose => key.eq_ignore_ascii_case(header.as_bytes()),
        Mode::Code => key == header.as_bytes(),
    })
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
fn opening_quote(bytes: &[u8], at: usize, quoted_key: bool) -> Option<usize> {
    let mut quote = at;
    if matches!(byte(bytes, quote), b'b' | b'u' | b'r' | b'f' | b'@')
        && matches!(byte(bytes, quote + 1), b'"' | b'\'')
    {
        quote += 1;
    }
    while quote < at + 8 && byte(bytes, quote) == b'\\' {
        quote += 1;
    }
    if !matches!(byte(bytes, quote), b'"' | b'\'' | b'`') {
        return None;
    }
    // `'Password: ', stream` and `"token=" + x`: this one closes.
    let next = byte(bytes, quote + 1);
    let closes =
        b",);]}:".contains(&next) || next == b' ' && b"+%,.)&=|".contains(&byte(bytes, quote + 2));
    (quoted_key || !closes).then_some(quote)
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
    let stops = |&i: &usize| match byte(bytes, i) {
        b'\n' | b'\r' | b'"' | b'\'' | b'`' => true,
        // A newline that is written out in escaped text.
        b'\\' => byte(bytes, i + 1) == b'n',
        b => b >= 0x80 && mark_len(bytes, i) > 0,
    };
    let mut end = (at..bytes.len()).find(stops).unwrap_or(bytes.len());
    while end > at && matches!(bytes[end - 1], b'\\' | b' ') {
        end -= 1;
    }
    end
}

/// Bytes at which a value without quotes may end.
static MAY_END: [bool; 256] = {
    let mut may_end = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let b = byte as u8;
        may_end[byte] = b.is_ascii_whitespace()
            || b >= 0x80
            || matches!(b, b'[' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'&')
            || matches!(b, b',' | b';' | b')' | b']' | b'}' | b'|' | b'.');
        byte += 1;
    }
    may_end
};

/// End of a value without quotes. Punctuation ends it only where the text clearly goes on with something else.
fn bare_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while end < bytes.len() {
        if !MAY_END[byte(bytes, end) as usize] {
            end += 1;
            continue;
        }
        match bytes[end] {
            b'[' if let Some(after) = placeholder_end(bytes, end) => end = after,
            b if b.is_ascii_whitespace() => break,
            b'"' | b'\'' | b'<' | b'>' | b'`' => break,
            // A password may hold an ampersand; the next parameter has a name.
            b'&' if goes_on(bytes, end + 1) || bytes[end..].starts_with(b"&amp;") => break,
            0x80.. if mark_len(bytes, end) > 0 => break,
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
    let closes = matches!(next, b'"' | b'\'' | b'`' | b')' | b']' | b'}');
    if closes || matches!(next, b',' | b';' | b':' | b'|') || next.is_ascii_whitespace() {
        return true;
    }
    let key = bytes[at..]
        .iter()
        .take(40)
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_' || **b == b'-')
        .count();
    key > 1 && matches!(byte(bytes, at + key), b'=' | b':')
}

/// True if a placeholder ends at `end`.
fn ends_placeholder(bytes: &[u8], end: usize) -> bool {
    let from = end.saturating_sub(PLACEHOLDER_BYTES_MAX);
    let open = bytes[from..end].iter().rposition(|&b| b == b'[');
    open.is_some_and(|open| placeholder_end(bytes, from + open) == Some(end))
}

/// End of the placeholder that stands in the place of the value behind the sign at `sign`.
pub(super) fn placeholder_behind(bytes: &[u8], sign: usize) -> Option<usize> {
    /// A space, a quotation mark, the backslashes before it.
    const SIGNS_MAX: usize = 6;
    let mut start = sign + 1;
    while start <= sign + SIGNS_MAX
        && matches!(byte(bytes, start), b' ' | b'"' | b'\'' | b'\\' | b'(')
    {
        start += 1;
    }
    let end = placeholder_end(bytes, start)?;
    let goes_on = is_word(byte(bytes, end));
    // The value of a header goes on behind a space.
    let header = byte(bytes, end) == b' '
        && key_before(bytes, sign).is_some_and(|(key, _)| is_header(&bytes[key], Mode::Prose));
    (!goes_on && !header).then_some(end)
}

/// True if a key of two letters or more may end right before `sign`.
pub(super) fn may_end_key(bytes: &[u8], sign: usize) -> bool {
    let last = before(bytes, sign);
    if CLASS[last as usize] & KEY == 0 {
        return matches!(last, b' ' | b'"' | b'\'' | b'`' | b']');
    }
    sign > 1 && CLASS[bytes[sign - 2] as usize] & KEY != 0
}

/// The key right before the sign at `sign`, and whether it stands in quotes.
pub(super) fn key_before(bytes: &[u8], sign: usize) -> Option<(Range<usize>, bool)> {
    let mut end = sign;
    while end > 0 && sign - end < 2 && bytes[end - 1] == b' ' {
        end -= 1;
    }
    let mut quoted = false;
    let last = before(bytes, end);
    if CLASS[last as usize] & KEY == 0 {
        match last {
            b'"' | b'\'' | b'`' => {
                quoted = last != b'`';
                end -= 1;
                while end > 0 && sign - end < 8 && bytes[end - 1] == b'\\' {
                    end -= 1;
                }
            }
            // `params[password]=`, `_POST["password"] =`, but not `[password]:` for what was a password.
            b']' if !ends_placeholder(bytes, end) => {
                end -= 1;
                if matches!(before(bytes, end), b'"' | b'\'') {
                    end -= 1;
                }
            }
            _ => return None,
        }
    }
    let from = end.saturating_sub(KEY_BYTES_MAX);
    let mut start = end;
    while start > from && CLASS[bytes[start - 1] as usize] & KEY != 0 {
        start -= 1;
    }
    // A quotation mark beyond ASCII is no part of it.
    start += mark_len(bytes, start);
    if start < end && !bytes[start].is_ascii() {
        start = letters_start(bytes, end, end - start);
    }
    // Nothing has a name that starts with a digit, such as the hour of a time.
    let place = start..end;
    (place.len() > 1 && !bytes[place.start].is_ascii_digit()).then_some((place, quoted))
}
