//! E-mail addresses: plain, international, and written out as " at ".

use std::ops::Range;

use super::class::{before, byte, is_word, letter_len};
use super::lexicon::{packed, packed_words};
use super::rule::Rule;
use super::span::Span;

/// RFC 5321: longest local part and domain, in bytes. Doubled, since characters may be escaped.
const LOCAL_BYTES_MAX: usize = 128;
const DOMAIN_BYTES_MAX: usize = 255;

/// Endings of file names that are no top-level domain: `icon@2x.png`, `chunk@a1b2.js`.
const FILE_ENDINGS: [u64; 40] = packed_words([
    "png", "jpg", "jpeg", "gif", "webp", "svg", "ico", "js", "jsx", "ts", "tsx", "mjs", "cjs",
    "css", "scss", "less", "map", "json", "html", "htm", "php", "java", "class", "jar", "kt",
    "cpp", "hpp", "vue", "dll", "exe", "swift", "yaml", "yml", "xml", "txt", "lock", "log", "gz",
    "dylib", "node",
]);

/// Words before the sign that make it something else: Kotlin labels, a git remote.
const NO_LOCALS: [&str; 7] = ["this", "super", "return", "break", "continue", "git", "hg"];

/// The address around the `@` at `at`.
pub(super) fn around(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let end = domain_end(bytes, at + 1)?;
    let start = local_start(bytes, at);
    let local = &bytes[start..at];
    let domain = &bytes[at + 1..end];
    if local.is_empty() || is_other(local, domain, byte(bytes, end)) {
        return None;
    }
    Some(start..end)
}

fn is_other(local: &[u8], domain: &[u8], next: u8) -> bool {
    let known = NO_LOCALS.iter().any(|word| word.as_bytes() == local);
    let remote =
        !local.starts_with(b"g") && !local.starts_with(b"h") || matches!(next, b':' | b'/');
    if known && remote {
        return true;
    }
    let mut labels = domain.split(|&b| b == b'.');
    let numeric = |label: Option<&[u8]>| {
        label.is_some_and(|l| !l.is_empty() && l.iter().all(u8::is_ascii_digit))
    };
    // package@1.2.3-beta.4
    if numeric(labels.next()) && numeric(labels.next()) {
        return true;
    }
    let top = domain.rsplit(|&b| b == b'.').next().unwrap_or_default();
    let file = is_file_ending(top);
    // malloc@libc.so.6
    file || domain.starts_with(b"lib") && top == b"so"
}

/// True for what the names of files end with.
pub(super) fn is_file_ending(word: &[u8]) -> bool {
    packed(word).is_some_and(|word| FILE_ENDINGS.contains(&word))
}

/// End of the domain that starts at `start`: at least two labels, the last one of letters.
pub(super) fn domain_end(bytes: &[u8], start: usize) -> Option<usize> {
    let limit = bytes.len().min(start + DOMAIN_BYTES_MAX);
    let (mut at, mut label, mut end) = (start, start, None);
    loop {
        let b = if at < limit { bytes[at] } else { b' ' };
        if b.is_ascii_alphanumeric() || b == b'-' && at > label {
            at += 1;
            continue;
        }
        let letter = if b >= 0x80 { letter_len(bytes, at) } else { 0 };
        if letter > 0 {
            at += letter;
            continue;
        }
        let mut last = at;
        while last > label && bytes[last - 1] == b'-' {
            last -= 1;
        }
        if label > start && is_top(&bytes[label..last]) {
            end = Some(last);
        }
        if b != b'.' || at == label {
            return end;
        }
        at += 1;
        label = at;
    }
}

/// The address written out around the word `at` in `start..end`: `jane (at) example (dot) org`, `jane at example dot org`.
/// Without brackets or a spoken dot it takes a `cue`, since stack traces are full of ` at java.lang.Thread`.
pub(super) fn spelled_out(bytes: &[u8], start: usize, end: usize, cue: bool) -> Option<Span> {
    let bracket = |b: u8| matches!(b, b'(' | b'[' | b'{' | b'<');
    let bracketed =
        bracket(before(bytes, start)) && matches!(byte(bytes, end), b')' | b']' | b'}' | b'>');
    let (mut left, mut right) = if bracketed {
        (start - 1, end + 1)
    } else {
        (start, end)
    };
    let spaced = before(bytes, left) == b' ' || byte(bytes, right) == b' ';
    let spaced_apart = before(bytes, left) == b' ' && byte(bytes, right) == b' ';
    if !(bracketed || spaced_apart) {
        return None;
    }
    if spaced {
        left -= usize::from(before(bytes, left) == b' ');
        right += usize::from(byte(bytes, right) == b' ');
    }
    // ` at ` in the indented lines of a stack trace.
    if !may_end_local(before(bytes, left)) {
        return None;
    }
    let (domain_end, dots_spoken) = spoken_domain_end(bytes, right)?;
    if !(bracketed || dots_spoken || cue && byte(bytes, domain_end) != b'(') {
        return None;
    }
    let local = local_start(bytes, left);
    (local < left).then(|| Span::new(local, domain_end, Rule::Email))
}

/// End of a domain whose dots may be written as `dot`, and whether one is.
fn spoken_domain_end(bytes: &[u8], start: usize) -> Option<(usize, bool)> {
    const LABELS_MAX: usize = 6;
    let label_len = |at: usize| {
        bytes.get(at..).map_or(0, |rest| {
            rest.iter()
                .take(63)
                .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
                .count()
        })
    };
    let mut at = start + label_len(start);
    let mut spoken = false;
    let mut labels = 1;
    let mut last = start;
    while at > start && labels < LABELS_MAX {
        let rest = &bytes[at..];
        let dots = [
            &b" dot "[..],
            b" (dot) ",
            b"(dot)",
            b" [dot] ",
            b"[dot]",
            b" {dot} ",
            b" punkt ",
            b" (punkt) ",
            b"(punkt)",
            b"[punkt]",
            b" [punkt] ",
            b" DOT ",
            b" [.] ",
            b"[.]",
            b"(.)",
        ];
        let may_be_dot = matches!(rest.first(), Some(b' ' | b'(' | b'['));
        let dot = dots
            .into_iter()
            .find(|dot| may_be_dot && rest.starts_with(dot));
        let width = dot.map_or(usize::from(byte(bytes, at) == b'.'), <[u8]>::len);
        let label = label_len(at + width);
        if width == 0 || label == 0 {
            break;
        }
        spoken |= dot.is_some();
        last = at + width;
        at = last + label;
        labels += 1;
    }
    (labels > 1 && is_top(&bytes[last..at])).then_some((at, spoken))
}

fn is_top(label: &[u8]) -> bool {
    let letters = label.len() >= 2 && label.iter().all(|b| b.is_ascii_alphabetic() || *b >= 0x80);
    letters && label.len() <= 63 || label.len() > 4 && label[..4].eq_ignore_ascii_case(b"xn--")
}

/// What the part before the sign is made of, a closing quotation mark included.
fn may_end_local(b: u8) -> bool {
    let sign = matches!(b, b'.' | b'_' | b'-' | b'+' | b'%' | b'"' | b'!' | b'#');
    is_word(b) || sign || matches!(b, b'$' | b'*' | b'^' | b'~')
}

fn local_start(bytes: &[u8], at: usize) -> usize {
    if before(bytes, at) == b'"' && at >= 2 && bytes[at - 2] != b'\\' {
        let from = at.saturating_sub(LOCAL_BYTES_MAX);
        if let Some(open) = bytes[from..at - 1].iter().rposition(|&b| b == b'"') {
            let inner = &bytes[from + open + 1..at - 1];
            if !inner.is_empty() && !inner.iter().any(|b| matches!(b, b':' | b',' | b'{' | b'}')) {
                return from + open;
            }
        }
    }
    let from = at.saturating_sub(LOCAL_BYTES_MAX);
    let mut start = at;
    while start > from {
        let b = bytes[start - 1];
        // O'Brien, but not the quote around a Python string, b'...
        let apostrophe = b == b'\''
            && start >= 3
            && [bytes[start - 3], bytes[start - 2], bytes[start]]
                .into_iter()
                .all(is_word);
        if !(may_end_local(b) && b != b'"' || apostrophe) {
            break;
        }
        start -= 1;
    }
    // Quotation marks and spaces beyond ASCII end it, and it starts with a letter or digit.
    let mut scan = start;
    while scan < at {
        let width = match bytes[scan] {
            0x80.. => letter_len(bytes, scan),
            b => usize::from(b.is_ascii_alphanumeric() || b == b'_' || scan > start),
        };
        scan += width.max(1);
        if width == 0 {
            start = scan;
        }
    }
    start.min(at)
}
