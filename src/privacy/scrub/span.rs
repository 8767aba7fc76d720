//! Parts of a text that have to go, and the text without them.

use super::class::is_word;
use super::custom::Custom;
use super::instead::Instead;
use super::rule::Rule;

/// Half-open range of bytes and what takes its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
    pub rule: Rule,
    pub instead: Instead,
}

impl Span {
    pub fn new(start: usize, end: usize, rule: Rule) -> Self {
        Self {
            start,
            end,
            rule,
            instead: Instead::Placeholder,
        }
    }

    /// A part that is made coarser instead of being taken out.
    pub fn with(start: usize, end: usize, rule: Rule, instead: Instead) -> Self {
        Self {
            start,
            end,
            rule,
            instead,
        }
    }

    fn len(&self) -> usize {
        self.end - self.start
    }
}

/// Sorts the spans and unites those that overlap; the longer one names the result. True if there were any
/// but for the same find on two levels of encoding.
pub(super) fn unite(spans: &mut Vec<Span>) -> bool {
    if spans.len() < 2 {
        return false;
    }
    let order = |span: &Span| (span.start, std::cmp::Reverse(span.end));
    if !spans.is_sorted_by_key(order) {
        spans.sort_by_key(order);
    }
    let (mut kept, mut united) = (0, false);
    for next in 1..spans.len() {
        if spans[next] == spans[kept] {
            continue;
        }
        if spans[next].start >= spans[kept].end {
            kept += 1;
            spans.swap(kept, next);
            continue;
        }
        united = true;
        let (start, end) = (spans[kept].start, spans[kept].end.max(spans[next].end));
        if spans[next].len() > spans[kept].len() {
            spans.swap(kept, next);
        }
        let longer = &mut spans[kept];
        if (longer.start, longer.end) != (start, end) {
            (longer.start, longer.end) = (start, end);
            longer.instead = Instead::Placeholder;
        }
    }
    spans.truncate(kept + 1);
    united
}

/// True if each span stands apart from what is around it, so that nothing new can be found beside its placeholder.
pub(super) fn stand_apart(bytes: &[u8], spans: &[Span]) -> bool {
    spans.iter().all(|span| {
        let start = bytes[..span.start].iter().rev().copied();
        let end = bytes[span.end.min(bytes.len())..].iter().copied();
        // The two slashes of a URL; colons may belong to an address.
        !bytes[..span.start].ends_with(b"//") && is_apart(start) && is_apart(end)
    })
}

/// True if signs follow that end everything, and no number behind them.
fn is_apart(mut bytes: impl Iterator<Item = u8>) -> bool {
    /// Signs between two groups of one number, at most.
    const SIGNS_MAX: usize = 5;
    let ends = |b: u8| {
        let closes = matches!(
            b,
            b'"' | b'\'' | b'`' | b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>'
        );
        let parts = matches!(b, b'=' | b'&' | b',' | b';' | b'|' | b'/');
        closes || parts || b.is_ascii_whitespace()
    };
    let Some(first) = bytes.next() else {
        return true;
    };
    let behind = bytes.take(SIGNS_MAX).find(|&b| is_word(b));
    ends(first) && behind.is_none_or(|b| !b.is_ascii_digit())
}

/// The text with every span replaced. The spans must be sorted and apart from each other.
pub(super) fn replace(text: &str, spans: &[Span], custom: &Custom) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        let start = text.floor_char_boundary(span.start.max(from));
        out.push_str(&text[from..start.max(from)]);
        span.instead.write(span.rule, custom, &mut out);
        from = text.ceil_char_boundary(span.end);
    }
    out.push_str(&text[from.min(text.len())..]);
    out
}
