//! Tokens and keys that are known by their look, and credentials inside URLs.

use super::class::{before, byte, word_at};
use super::rule::{Rule, placeholder_end};
use super::span::Span;

/// A vendor's prefix and the least number of characters after it.
#[rustfmt::skip]
const PREFIXES: &[(&str, usize)] = &[
    ("AKIA", 16), ("ASIA", 16), ("AIza", 30), ("ya29.", 20), ("ghp_", 30), ("gho_", 30), ("ghu_", 30), ("ghs_", 30),
    ("ghr_", 30), ("github_pat_", 22), ("glpat-", 16), ("gldt-", 16), ("glrt-", 16), ("sk_live_", 8), ("sk_test_", 8),
    ("rk_live_", 8), ("rk_test_", 8), ("pk_live_", 8), ("whsec_", 16), ("xoxa-", 10), ("xoxb-", 10), ("xoxe-", 10),
    ("xoxo-", 10), ("xoxp-", 10), ("xoxr-", 10), ("xoxs-", 10), ("xapp-", 10), ("SG.", 32), ("npm_", 30), ("pypi-", 32),
    ("hf_", 24), ("dop_v1_", 32), ("doo_v1_", 32), ("dor_v1_", 32), ("shpat_", 24), ("shpss_", 24), ("shpca_", 24),
    ("shppa_", 24), ("sk-ant-", 20), ("sk-proj-", 20), ("sk-", 32), ("dckr_pat_", 20), ("figd_", 20), ("lin_api_", 24),
    ("sq0atp-", 20), ("sq0csp-", 20), ("hvs.", 20), ("glsa_", 24), ("sntrys_", 24), ("sntryu_", 24), ("nfp_", 24),
    ("rubygems_", 32), ("xkeysib-", 32), ("LTAI", 16), ("EAAC", 40), ("key-", 32), ("tfp_", 24), ("ATATT3", 24),
    ("PMAK-", 32), ("secret_", 32), ("dapi", 32), ("cfpat_", 24), ("gsk_", 32), ("r8_", 32), ("pat-na1-", 24),
    ("eyJ", 24), ("AGE-SECRET-KEY-1", 32), ("dp.pt.", 24), ("oy2", 40), ("phx_", 24),
];

/// One bit for the first four bytes of every prefix: turns nearly every word away.
static FILTER: [u64; FILTER_BITS / 64] = {
    let mut filter = [0; FILTER_BITS / 64];
    let mut i = 0;
    while i < PREFIXES.len() {
        let prefix = PREFIXES[i].0.as_bytes();
        // Prefixes of three bytes go on with any byte of a token.
        let mut fourth = 0;
        while fourth < 128u8 {
            let fits = if prefix.len() > 3 {
                prefix[3] == fourth
            } else {
                in_token(fourth)
            };
            if fits {
                let bit = filter_bit([prefix[0], prefix[1], prefix[2], fourth]);
                filter[bit / 64] |= 1 << (bit % 64);
            }
            fourth += 1;
        }
        i += 1;
    }
    filter
};

const FILTER_BITS: usize = 1 << 15;

const fn filter_bit(start: [u8; 4]) -> usize {
    (u32::from_le_bytes(start).wrapping_mul(0x9E37_79B1) >> 17) as usize
}

const fn in_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+')
}

/// The prefixes of the vendors.
pub(super) fn prefixes() -> impl Iterator<Item = &'static str> {
    PREFIXES.iter().map(|(prefix, _)| *prefix)
}

/// 1 if a token of a known vendor may start with these bytes, else 0.
#[inline]
fn may_start(start: [u8; 4]) -> u64 {
    let bit = filter_bit(start);
    FILTER[bit / 64] >> (bit % 64) & 1
}

/// The token of a known vendor, or JWT, that starts with the word at `start`.
#[inline]
pub(super) fn known_token(bytes: &[u8], start: usize) -> Option<Span> {
    let head = bytes[start..].first_chunk()?;
    if may_start(*head) == 0 {
        None
    } else {
        prefixed_token(bytes, start)
    }
}

fn prefixed_token(bytes: &[u8], start: usize) -> Option<Span> {
    let rest = &bytes[start..];
    let (prefix, least) = PREFIXES
        .iter()
        .filter(|(prefix, _)| prefix.as_bytes()[0] == rest[0])
        .find(|(prefix, _)| rest.starts_with(prefix.as_bytes()))?;
    let dots = matches!(*prefix, "eyJ" | "SG." | "ya29." | "hvs." | "dp.pt.");
    let tail = &rest[prefix.len()..];
    let length = tail
        .iter()
        .take_while(|b| in_token(**b) || dots && matches!(b, b'.' | b'/'))
        .count();
    if length < *least || !looks_random(&tail[..length]) {
        return None;
    }
    let mut end = start + prefix.len() + length;
    // The full stop of a sentence.
    while before(bytes, end) == b'.' {
        end -= 1;
    }
    while byte(bytes, end) == b'=' && end < bytes.len() {
        end += 1;
    }
    Some(Span::new(start, end, Rule::Token))
}

/// Letters with digits, or both cases mixed: no identifier that a person wrote.
fn looks_random(text: &[u8]) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let upper = text.iter().filter(|b| b.is_ascii_uppercase()).count();
    let lower = text.iter().filter(|b| b.is_ascii_lowercase()).count();
    digits >= 2 || upper >= 3 && lower >= 3 || lower == 0 && upper >= 8
}

/// What follows `Bearer` or `Basic`, the word that ends at `end`.
pub(super) fn after_scheme(bytes: &[u8], end: usize) -> Option<Span> {
    const TOKEN_BYTES_MIN: usize = 6;
    let mut start = end;
    while start < end + 2 && matches!(byte(bytes, start), b' ' | b'+') && start < bytes.len() {
        start += 1;
    }
    if start == end || placeholder_end(bytes, start).is_some() {
        return None;
    }
    let in_token = |b: &&u8| {
        let sign = matches!(b, b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'=' | b'%');
        b.is_ascii_alphanumeric() || sign
    };
    let length = bytes[start..].iter().take_while(in_token).count();
    let token = bytes[start..start + length].trim_ascii_end();
    let token = token.strip_suffix(b".").unwrap_or(token);
    // "Basic authentication", "bearer token": words of a sentence.
    let secret = token.iter().any(u8::is_ascii_digit)
        || token.iter().any(|b| b"=+".contains(b))
        || token.len() >= 8 && token[1..].iter().any(u8::is_ascii_uppercase)
        || token.len() >= 20;
    (token.len() >= TOKEN_BYTES_MIN && secret)
        .then(|| Span::new(start, start + token.len(), Rule::Token))
}

/// A PEM block whose word BEGIN starts at `start`: from the first hyphen to the last, or to the end of
/// the text if it was cut off.
pub(super) fn private_key(bytes: &[u8], start: usize) -> Option<Span> {
    const LABEL_BYTES_MAX: usize = 64;
    let open = start.checked_sub(5)?;
    if &bytes[open..start] != b"-----" {
        return None;
    }
    // Nothing but what labels are made of: what takes the place of another find never completes one.
    let space = |b: u8| matches!(b, b' ' | b'+');
    let in_label = |b: &&u8| b.is_ascii_alphanumeric() || space(**b);
    let label = bytes[start..].iter().take(LABEL_BYTES_MAX);
    let label_end = start + label.take_while(in_label).count();
    let label = &bytes[start..label_end];
    let same = |(&a, &b): (&u8, &u8)| a == b || space(a) && space(b);
    let ends_with = |tail: &[u8]| {
        label.len() >= tail.len() && label.iter().rev().zip(tail.iter().rev()).all(same)
    };
    if !(ends_with(b"PRIVATE KEY") || ends_with(b"PRIVATE KEY BLOCK"))
        || byte(bytes, label_end) != b'-'
    {
        return None;
    }
    let rest = &bytes[label_end..];
    let end = memchr::memmem::find(rest, b"-----END").map_or(bytes.len(), |at| {
        let after = label_end + at + 8;
        let label = bytes[after..]
            .iter()
            .take(LABEL_BYTES_MAX)
            .position(|&b| b == b'-')
            .unwrap_or(0);
        let dashes = bytes[after + label..]
            .iter()
            .take(5)
            .take_while(|&&b| b == b'-')
            .count();
        after + label + dashes
    });
    Some(Span::new(open, end, Rule::PrivateKey))
}

/// User name and password of the URL whose `://` has its colon at `colon`.
pub(super) fn user_info(bytes: &[u8], colon: usize) -> Option<Span> {
    /// Longest part before the host that is looked for, and how much of it may follow a slash.
    const USER_INFO_BYTES_MAX: usize = 512;
    const BEHIND_SLASH_BYTES_MAX: usize = 64;
    if bytes.get(colon + 1..colon + 3)? != b"//" {
        return None;
    }
    let start = colon + 3;
    let rest = &bytes[start..bytes.len().min(start + USER_INFO_BYTES_MAX)];
    let stops = |b: &u8| b.is_ascii_whitespace() || b"\"'<>`\\".contains(b);
    let ends = |b: &u8| stops(b) || b"/?#,".contains(b);
    let authority = &rest[..rest.iter().position(ends).unwrap_or(rest.len())];
    let sign = authority.iter().rposition(|&b| b == b'@').or_else(|| {
        // A password with a slash in it: what looks like a port is none.
        let colon = authority.iter().position(|&b| b == b':')?;
        if authority[colon + 1..].iter().all(u8::is_ascii_digit) {
            return None;
        }
        let tail = rest[authority.len()..].iter().take(BEHIND_SLASH_BYTES_MAX);
        let sign = tail.take_while(|b| !stops(b)).position(|&b| b == b'@')?;
        Some(authority.len() + sign)
    })?;
    let end = start + sign;
    let filled_in = rest.starts_with(b"{") && rest[..sign].ends_with(b"}");
    if sign == 0 || filled_in || placeholder_end(bytes, start) == Some(end) {
        return None;
    }
    Some(Span::new(start, end, Rule::Credentials))
}

/// The token of a Telegram bot, whose numeric part ends with the colon at `colon`.
pub(super) fn bot_token(bytes: &[u8], colon: usize) -> Option<Span> {
    let digits = bytes[..colon]
        .iter()
        .rev()
        .take(11)
        .take_while(|b| b.is_ascii_digit())
        .count();
    let number = colon - digits;
    let tail = &bytes[colon + 1..];
    let length = tail
        .iter()
        .take(36)
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        .count();
    let whole = (8..=10).contains(&digits) && length == 35 && !word_at(bytes, colon + 36);
    (whole && looks_random(&tail[..length]))
        .then(|| Span::new(number, colon + 1 + length, Rule::Token))
}
