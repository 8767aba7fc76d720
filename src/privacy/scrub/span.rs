//! Parts of a text that have to go, and the text without them.

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

/// Sorts the spans and unites those that overlap; the longer one names the result.
pub(super) fn unite(spans: &mut Vec<Span>) {
    if spans.len() < 2 {
        return;
    }
    let order = |span: &Span| (span.start, std::cmp::Reverse(span.end));
    if !spans.is_sorted_by_key(order) {
        spans.sort_by_key(order);
    }
    let mut kept = 0;
    for next in 1..spans.len() {
        if spans[next].start >= spans[kept].end {
            kept += 1;
            spans.swap(kept, next);
            continue;
        }
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
}

/// The text with every span replaced. The spans must be sorted and apart from each other.
pub(super) fn replace(text: &str, spans: &[Span]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        let start = text.floor_char_boundary(span.start.max(from));
        out.push_str(&text[from..start.max(from)]);
        span.instead.write(span.rule, &mut out);
        from = text.ceil_char_boundary(span.end);
    }
    out.push_str(&text[from.min(text.len())..]);
    out
}
