//! Text inside text: percent signs of URLs, entities of HTML, backslashes of JSON and source code.
//!
//! One level is taken off at a time. The result remembers where each byte came from, so that what is
//! found in it can be removed from the original.

use std::ops::Range;

/// Levels of encoding that are taken off. Text that is encoded more often is not kept.
pub(super) const LEVELS_MAX: usize = 5;

/// A decoded text and the place of each of its bytes in the original, plus the original's end.
pub(super) struct View {
    pub bytes: Vec<u8>,
    pub origin: Vec<u32>,
}

impl View {
    /// The range of the original that became `start..end`.
    pub fn original(&self, start: usize, end: usize) -> (usize, usize) {
        (self.origin[start] as usize, self.origin[end] as usize)
    }
}

/// Takes one level of escapes off. `origin` tells where the bytes come from if they are themselves decoded.
/// Lines without escapes are left out: they have been looked at already. `None` if there was nothing to decode.
pub(super) fn decode(bytes: &[u8], origin: Option<&[u32]>) -> Option<View> {
    let mut view = View {
        bytes: Vec::new(),
        origin: Vec::new(),
    };
    let mut decoded = false;
    let mut at = 0;
    while let Some(escape) = memchr::memchr3(b'%', b'&', b'\\', &bytes[at..]) {
        let start = memchr::memrchr(b'\n', &bytes[at..at + escape]).map_or(at, |n| at + n + 1);
        let end = memchr::memchr(b'\n', &bytes[at + escape..])
            .map_or(bytes.len(), |n| at + escape + n + 1);
        decoded |= decode_line(bytes, start..end, origin, &mut view);
        at = end;
    }
    view.origin.push(place(bytes.len(), origin));
    decoded.then_some(view)
}

fn place(at: usize, origin: Option<&[u32]>) -> u32 {
    origin.map_or(u32::try_from(at).unwrap_or(u32::MAX), |origin| origin[at])
}

/// Appends a line without its escapes; true if it had any.
fn decode_line(bytes: &[u8], line: Range<usize>, origin: Option<&[u32]>, view: &mut View) -> bool {
    let mut decoded = false;
    let mut at = line.start;
    while at < line.end {
        let rest = &bytes[at..line.end];
        let plain = memchr::memchr3(b'%', b'&', b'\\', rest).unwrap_or(rest.len());
        view.bytes.extend_from_slice(&rest[..plain]);
        match origin {
            Some(origin) => view.origin.extend_from_slice(&origin[at..at + plain]),
            None => view
                .origin
                .extend((at..at + plain).map(|at| place(at, None))),
        }
        at += plain;
        if at == line.end {
            break;
        }
        let rest = &bytes[at..line.end];
        let (width, char) = match rest[0] {
            b'%' => percent(rest),
            b'&' => entity(rest),
            _ => backslash(rest),
        }
        .unwrap_or((0, Decoded::Byte(rest[0])));
        decoded |= width > 0;
        let mut buffer = [0; 4];
        let text = match &char {
            Decoded::Byte(byte) => std::slice::from_ref(byte),
            Decoded::Char(char) => char.encode_utf8(&mut buffer).as_bytes(),
        };
        view.bytes.extend_from_slice(text);
        view.origin
            .extend(std::iter::repeat_n(place(at, origin), text.len()));
        at += width.max(1);
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
    /// `&#x10FFFF;`
    const ENTITY_BYTES_MAX: usize = 10;
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
        let once = decode(text, None).unwrap();
        assert_eq!(once.bytes, b"a%40b@@c");
        let twice = decode(&once.bytes, Some(&once.origin)).unwrap();
        assert_eq!(twice.bytes, b"a@b@@c");
        assert_eq!(twice.original(1, 2), (1, 6));
        assert_eq!(twice.original(5, 6), (18, 19));
        assert!(decode(&twice.bytes, Some(&twice.origin)).is_none());
    }
}
