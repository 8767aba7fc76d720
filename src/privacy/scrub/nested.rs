//! Text inside text: percent signs of URLs, entities of HTML, backslashes of JSON and source code.
//!
//! One level is taken off at a time. The result remembers where each byte came from, so that what is
//! found in it can be removed from the original.

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
/// `None` if there was nothing to decode.
pub(super) fn decode(bytes: &[u8], origin: Option<&[u32]>) -> Option<View> {
    let place = |at: usize| origin.map_or(u32::try_from(at).unwrap_or(u32::MAX), |o| o[at]);
    let mut view = View {
        bytes: Vec::with_capacity(bytes.len()),
        origin: Vec::with_capacity(bytes.len() + 1),
    };
    let mut decoded = false;
    let mut at = 0;
    while at < bytes.len() {
        let plain = memchr::memchr3(b'%', b'&', b'\\', &bytes[at..]).unwrap_or(bytes.len() - at);
        view.bytes.extend_from_slice(&bytes[at..at + plain]);
        match origin {
            Some(origin) => view.origin.extend_from_slice(&origin[at..at + plain]),
            None => view.origin.extend((at..at + plain).map(place)),
        }
        at += plain;
        if at == bytes.len() {
            break;
        }
        let (width, char) = match bytes[at] {
            b'%' => percent(&bytes[at..]),
            b'&' => entity(&bytes[at..]),
            _ => backslash(&bytes[at..]),
        }
        .unwrap_or((0, Decoded::Byte(bytes[at])));
        decoded |= width > 0;
        let mut buffer = [0; 4];
        let text = match &char {
            Decoded::Byte(byte) => std::slice::from_ref(byte),
            Decoded::Char(char) => char.encode_utf8(&mut buffer).as_bytes(),
        };
        view.bytes.extend_from_slice(text);
        view.origin
            .extend(std::iter::repeat_n(place(at), text.len()));
        at += width.max(1);
    }
    view.origin.push(place(bytes.len()));
    decoded.then_some(view)
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
