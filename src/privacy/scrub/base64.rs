//! Text inside base64: bodies of basic authentication, JSON that was packed twice.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::scan::Setting;
use super::span::Span;

/// Levels of base64 inside base64.
const DEPTH_MAX: usize = 2;
/// Longest blob that is decoded, in bytes.
const BLOB_BYTES_MAX: usize = 256 << 10;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const PLAIN: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const FOR_URLS: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// The run of base64 at `start`, if it hides something that has to go: then all of it goes.
pub(super) fn blob(bytes: &[u8], start: usize, setting: Setting<'_>) -> Option<Span> {
    if setting.depth >= DEPTH_MAX || !starts_as_text(bytes.get(start..start + 4)?) {
        return None;
    }
    let rest = &bytes[start..bytes.len().min(start + BLOB_BYTES_MAX)];
    let in_alphabet = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
    let length = rest.iter().take_while(in_alphabet).count();
    let padding = rest[length..]
        .iter()
        .take(2)
        .take_while(|b| **b == b'=')
        .count();
    let text = &rest[..length];
    let engine = if text.iter().any(|b| matches!(b, b'-' | b'_')) {
        FOR_URLS
    } else {
        PLAIN
    };
    let decoded = engine.decode(text).ok()?;
    let inner = std::str::from_utf8(&decoded).ok()?;
    if inner
        .chars()
        .any(|c| c.is_control() && !c.is_ascii_whitespace())
    {
        return None;
    }
    let inside = Setting {
        depth: setting.depth + 1,
        cue: None,
        ..setting
    };
    let rule = match super::pass(inner.as_bytes(), inside) {
        Some(pass) => pass.spans.first()?.rule,
        None => super::Rule::Limit,
    };
    Some(Span::new(start, start + length + padding, rule))
}

/// True if the first three decoded bytes are printable ASCII: most identifiers fail here.
fn starts_as_text(head: &[u8]) -> bool {
    let value = |b: u8| match b {
        b'A'..=b'Z' => u32::from(b - b'A'),
        b'a'..=b'z' => u32::from(b - b'a') + 26,
        b'0'..=b'9' => u32::from(b - b'0') + 52,
        b'+' | b'-' => 62,
        _ => 63,
    };
    let packed = head.iter().fold(0, |packed, &b| packed << 6 | value(b));
    packed.to_be_bytes()[1..]
        .iter()
        .all(|b| matches!(b, b' '..=b'~' | b'\n' | b'\r' | b'\t'))
}
