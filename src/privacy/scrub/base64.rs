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
/// Words of one run that are taken for the start of a blob: `/` and `-` are signs of base64 and of much else. What holds
/// more of them is not kept; without this limit a run would be decoded as often as it has words.
const STARTS_MAX: u32 = 4;
/// Bytes that tell whether text is hidden here, a multiple of four.
const PROBE_BYTES: usize = 32;

/// The run of base64 that was looked at last.
#[derive(Default)]
pub(super) struct Run {
    end: usize,
    starts: u32,
}

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const PLAIN: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const FOR_URLS: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// The base64 from `start` on, if it hides something that has to go: then all of it goes.
pub(super) fn blob(
    bytes: &[u8],
    start: usize,
    setting: Setting<'_>,
    run: &mut Run,
) -> Option<Span> {
    if setting.depth >= DEPTH_MAX || !starts_as_text(bytes.get(start..start + 4)?) {
        return None;
    }
    let rest = &bytes[start..bytes.len().min(start + BLOB_BYTES_MAX)];
    let in_alphabet = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_');
    let probe = rest
        .iter()
        .take(PROBE_BYTES)
        .take_while(in_alphabet)
        .count();
    decoded(&rest[..probe])?;
    if start >= run.end {
        let length = rest.iter().take_while(in_alphabet).count();
        *run = Run {
            end: start + length,
            starts: 0,
        };
    }
    run.starts += 1;
    let length = (run.end - start).min(rest.len());
    let padding = rest[length..].iter().take(2).take_while(|b| **b == b'=');
    let end = start + length + padding.count();
    if run.starts > STARTS_MAX {
        return Some(Span::new(start, end, super::Rule::Limit));
    }
    let text = decoded(&rest[..length])?;
    let inside = Setting {
        depth: setting.depth + 1,
        cue: None,
        ..setting
    };
    let rule = match super::pass(text.as_bytes(), inside) {
        Some(pass) => pass.spans.first()?.rule,
        None => super::Rule::Limit,
    };
    Some(Span::new(start, end, rule))
}

/// The text that is hidden in base64; the start of one may break off inside a character.
fn decoded(text: &[u8]) -> Option<String> {
    #[cfg(test)]
    text.iter().for_each(|_| super::hostile_tests::step());
    let engine = match text.iter().any(|b| matches!(b, b'-' | b'_')) {
        true => FOR_URLS,
        false => PLAIN,
    };
    let decoded = String::from_utf8(engine.decode(text).ok()?);
    let text = match decoded {
        Ok(text) => text,
        Err(error) if error.utf8_error().error_len().is_none() => {
            let valid = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            String::from_utf8(bytes).ok()?
        }
        Err(_) => return None,
    };
    let plain = |c: char| !c.is_control() || c.is_ascii_whitespace();
    text.chars().all(plain).then_some(text)
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
