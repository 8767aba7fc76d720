//! Mends JSON text that real SDKs send and a strict parser refuses. One pass, no recursion.

use super::DEPTH_MAX;

/// Rewrites `bytes` so that a strict parser accepts what is nearly JSON: invalid UTF-8 and lone surrogates
/// become U+FFFD, raw control characters are escaped, `NaN`, `Infinity` and numbers beyond `f64` become
/// `null`, and containers nested deeper than [`DEPTH_MAX`] become `null`.
pub fn repair(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let mut mender = Mender {
        rest: text.as_bytes(),
        out: Vec::with_capacity(bytes.len()),
        depth: 0,
    };
    mender.run();
    mender.out
}

struct Mender<'a> {
    rest: &'a [u8],
    out: Vec<u8>,
    depth: usize,
}

impl Mender<'_> {
    fn run(&mut self) {
        while let Some(&byte) = self.rest.first() {
            match byte {
                b'"' => self.string(),
                b'[' | b'{' => self.open(byte),
                b']' | b'}' => self.close(byte),
                b'N' | b'I' | b'-' | b'0'..=b'9' => self.number(),
                _ => self.copy(1),
            }
        }
    }

    /// True while inside a container that is too deep to be kept.
    fn muted(&self) -> bool {
        self.depth > DEPTH_MAX
    }

    fn open(&mut self, byte: u8) {
        self.depth += 1;
        if self.depth == DEPTH_MAX + 1 {
            self.out.extend_from_slice(b"null");
        } else if !self.muted() {
            self.out.push(byte);
        }
        self.rest = &self.rest[1..];
    }

    fn close(&mut self, byte: u8) {
        if !self.muted() {
            self.out.push(byte);
        }
        self.depth = self.depth.saturating_sub(1);
        self.rest = &self.rest[1..];
    }

    fn copy(&mut self, count: usize) {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        if !self.muted() {
            self.out.extend_from_slice(taken);
        }
        self.rest = rest;
    }

    fn emit(&mut self, text: &[u8], consumed: usize) {
        if !self.muted() {
            self.out.extend_from_slice(text);
        }
        self.rest = &self.rest[consumed.min(self.rest.len())..];
    }

    /// A number, or one of JavaScript's and Python's words for what is none.
    fn number(&mut self) {
        let length = self
            .rest
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'+' | b'.'))
            .count();
        let token = std::str::from_utf8(&self.rest[..length]).unwrap_or_default();
        match token {
            "NaN" | "-NaN" | "Infinity" | "-Infinity" => self.emit(b"null", length),
            _ if token.parse::<f64>().is_ok_and(|n| !n.is_finite()) => self.emit(b"null", length),
            _ => self.copy(length),
        }
    }

    fn string(&mut self) {
        self.copy(1);
        loop {
            let plain = self
                .rest
                .iter()
                .take_while(|&&b| b != b'"' && b != b'\\' && b >= 0x20)
                .count();
            self.copy(plain);
            match self.rest.first() {
                None => return,
                Some(b'"') => return self.copy(1),
                Some(b'\\') => self.escape(),
                Some(&control) => {
                    let escaped = format!("\\u{control:04x}");
                    self.emit(escaped.as_bytes(), 1);
                }
            }
        }
    }

    fn escape(&mut self) {
        match unicode_escape(self.rest) {
            Some(0xD800..=0xDBFF) => match self.rest.get(6..).and_then(unicode_escape) {
                Some(0xDC00..=0xDFFF) => self.copy(12),
                _ => self.emit("\u{fffd}".as_bytes(), 6),
            },
            Some(0xDC00..=0xDFFF) => self.emit("\u{fffd}".as_bytes(), 6),
            Some(_) => self.copy(6),
            None if matches!(
                self.rest.get(1),
                Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')
            ) =>
            {
                self.copy(2);
            }
            // A backslash that escapes nothing known stands for itself.
            None => self.emit(b"\\\\", 1),
        }
    }
}

/// The code unit of a `\uXXXX` at the start of `text`.
fn unicode_escape(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0u16, |unit, &digit| {
        Some(unit << 4 | u16::try_from(char::from(digit).to_digit(16)?).ok()?)
    })
}
