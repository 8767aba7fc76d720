//! Text inside text: percent signs of URLs, entities of HTML, backslashes of JSON and source code.
//!
//! One level is taken off at a time. The result remembers where each byte came from, so that what is
//! found in it can be removed from the original.

use std::ops::Range;

/// Levels of encoding that are taken off. Text that is encoded more often is not kept.
pub(super) const LEVELS_MAX: usize = 5;

/// Bytes of the longest entity: `&#x10FFFF;`
const ENTITY_BYTES_MAX: usize = 10;

/// True if an escape sequence may begin with the first byte, by the look of the next.
pub(super) fn may_begin(text: &[u8]) -> bool {
    let is_hex = |at: usize| text.get(at).is_some_and(u8::is_ascii_hexdigit);
    match text {
        [b'%', ..] => is_hex(1) && is_hex(2),
        [b'&', rest @ ..] => {
            let inner = |b: &&u8| b.is_ascii_alphanumeric() || **b == b'#';
            let length = rest.iter().take(ENTITY_BYTES_MAX).take_while(inner).count();
            length > 1 && rest.get(length) == Some(&b';')
        }
        [b'\\', next, ..] => b"ux\"'/ntr".contains(next),
        _ => false,
    }
}

/// A decoded text that knows where its bytes come from.
pub(super) struct View {
    pub bytes: Vec<u8>,
    /// Where parts of the decoded text start, in it and in the original. Within a part, places advance alike.
    parts: Vec<(u32, u32)>,
}

impl View {
    /// The place of the original that became `at`; the end became the end.
    pub fn original(&self, at: usize) -> usize {
        let part = self
            .parts
            .partition_point(|&(start, _)| start as usize <= at);
        let (start, original) = self.parts[part.saturating_sub(1)];
        original as usize + at - start as usize
    }

    /// The next byte of the decoded text comes from `original`.
    fn goes_on_from(&mut self, original: usize) {
        // No text is as long as 4 GiB.
        self.parts.push((self.bytes.len() as u32, original as u32));
    }
}

/// Takes one level of escapes off. Lines without escapes are left out: they have been looked at already.
/// `None` if there was nothing to decode.
pub(super) fn decode(bytes: &[u8]) -> Option<View> {
    let mut view = View {
        bytes: Vec::new(),
        parts: Vec::new(),
    };
    let mut decoded = false;
    let mut at = 0;
    while let Some(escape) = memchr::memchr3(b'%', b'&', b'\\', &bytes[at..]) {
        let start = memchr::memrchr(b'\n', &bytes[at..at + escape]).map_or(at, |n| at + n + 1);
        let end = memchr::memchr(b'\n', &bytes[at + escape..])
            .map_or(bytes.len(), |n| at + escape + n + 1);
        view.bytes.reserve(end - start);
        decoded |= decode_line(bytes, start..end, &mut view);
        at = end;
    }
    view.goes_on_from(bytes.len());
    decoded.then_some(view)
}

/// Appends a line without its escapes; true if it had any.
fn decode_line(bytes: &[u8], line: Range<usize>, view: &mut View) -> bool {
    let mut decoded = false;
    let mut at = line.start;
    view.goes_on_from(at);
    while at < line.end {
        let rest = &bytes[at..line.end];
        // Escapes often follow each other.
        let plain = match rest[0] {
            b'%' | b'&' | b'\\' => 0,
            _ => memchr::memchr3(b'%', b'&', b'\\', rest).unwrap_or(rest.len()),
        };
        view.bytes.extend_from_slice(&rest[..plain]);
        at += plain;
        let rest = &bytes[at..line.end];
        let escape = match rest {
            [] => break,
            [b'%', ..] => percent(rest),
            [b'&', ..] => entity(rest),
            _ => backslash(rest),
        };
        let Some((width, char)) = escape else {
            view.bytes.push(rest[0]);
            at += 1;
            continue;
        };
        decoded = true;
        match char {
            Decoded::Byte(byte) => view.bytes.push(byte),
            Decoded::Char(char) => {
                let mut buffer = [0; 4];
                view.bytes
                    .extend_from_slice(char.encode_utf8(&mut buffer).as_bytes());
            }
        }
        at += width;
        view.goes_on_from(at);
    }
    decoded
}

enum Decoded {
    Byte(u8),
    Char(char),
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, &b| {
        Some(value << 4 | char::from(b).to_digit(16)?)
    })
}

fn percent(text: &[u8]) -> Option<(usize, Decoded)> {
    let byte = u8::try_from(hex(text.get(1..3)?)?).ok()?;
    Some((3, Decoded::Byte(byte)))
}

fn entity(text: &[u8]) -> Option<(usize, Decoded)> {
    let end = text
        .iter()
        .take(ENTITY_BYTES_MAX)
        .position(|&b| b == b';')?;
    let char = match &text[1..end] {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        b"commat" => '@',
        b"period" => '.',
        b"colon" => ':',
        b"equals" => '=',
        b"nbsp" => ' ',
        b"plus" => '+',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(hex(digits)?)?,
        [b'#', digits @ ..] => {
            let number = digits.iter().try_fold(0u32, |value, &b| {
                value
                    .checked_mul(10)?
                    .checked_add(char::from(b).to_digit(10)?)
            });
            char::from_u32(number?)?
        }
        _ => return None,
    };
    Some((end + 1, Decoded::Char(char)))
}

fn backslash(text: &[u8]) -> Option<(usize, Decoded)> {
    match text.get(1)? {
        b'u' => Some((6, Decoded::Char(char::from_u32(hex(text.get(2..6)?)?)?))),
        b'x' => Some((4, Decoded::Char(char::from_u32(hex(text.get(2..4)?)?)?))),
        b'n' => Some((2, Decoded::Byte(b'\n'))),
        b'r' => Some((2, Decoded::Byte(b'\r'))),
        b't' => Some((2, Decoded::Byte(b'\t'))),
        &mark @ (b'"' | b'\'' | b'/' | b'\\') => Some((2, Decoded::Byte(mark))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_knows_where_it_came_from() {
        let text = br"a%2540b\u0040&#64;c";
        let once = decode(text).unwrap();
        assert_eq!(once.bytes, b"a%40b@@c");
        assert_eq!((once.original(1), once.original(2)), (1, 4));
        assert_eq!((once.original(6), once.original(7)), (13, 18));
        let twice = decode(&once.bytes).unwrap();
        assert_eq!(twice.bytes, b"a@b@@c");
        let both = |at| once.original(twice.original(at));
        assert_eq!((both(1), both(2)), (1, 6));
        assert_eq!((both(5), both(6)), (18, 19));
        assert!(decode(&twice.bytes).is_none());
    }

    #[test]
    fn lines_without_escapes_are_left_out() {
        let view = decode(b"plain\na%41b\nplain\n%42").unwrap();
        assert_eq!(view.bytes, b"aAb\nB");
        assert_eq!(view.original(4), 18);
        assert_eq!(view.original(5), 21);
    }
}
