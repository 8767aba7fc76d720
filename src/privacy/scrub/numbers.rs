//! What the scanner does at a row of digits.

use super::address::{self, Dotted};
use super::announce::behind_cue;
use super::card;
use super::class::{CLASS, HEX, JOINT, before, byte, separator, word_at};
use super::cues::Cue;
use super::national_id::{self, Context};
use super::phone;
use super::place;
use super::rule::Rule;
use super::scan::Scan;
use super::span::Span;

impl Scan<'_> {
    /// Handles the row of digits and joints at `start`, number by number; returns where to go on.
    pub fn row(&mut self, start: usize) -> usize {
        let bytes = self.bytes;
        // The colons in the row may be those of an IPv6 address, so nothing is skipped without a finding.
        let mut resume = start + 1;
        if start < self.row_end {
            return resume;
        }
        let mut at = time_end(bytes, start).unwrap_or(start);
        while byte(bytes, at).is_ascii_digit() {
            let end = at + digits_len(bytes, at);
            match self.number(at, end, byte(bytes, end)) {
                Some(after) => (resume, at) = (after, after),
                None => at = end,
            }
            if CLASS[byte(bytes, at) as usize] & JOINT == 0 {
                break;
            }
            at += 1;
        }
        self.row_end = at;
        resume
    }

    /// The number `start..end`, followed by the byte `next`.
    fn number(&mut self, start: usize, end: usize, next: u8) -> Option<usize> {
        let bytes = self.bytes;
        let length = end - start;
        if length <= 3 && next == b'.' && !starts_inside_number(bytes, start) {
            let version = self.has_cue(Cue::Version, start) && self.cue_is_on_line(start);
            match address::ipv4(bytes, start, self.setting.mask, version) {
                Some(Dotted::Address(_, Some(span))) => return Some(self.push(span)),
                Some(Dotted::Address(end, None) | Dotted::Version(end)) => return Some(end),
                None => {}
            }
            if let Some([first, second]) = place::pair(bytes, start, false) {
                self.push(first);
                return Some(self.push(second));
            }
        }
        if length <= 4
            && next == b'.'
            && let Some(span) = address::mac_dotted(bytes, start)
        {
            return Some(self.push(span));
        }
        if before(bytes, start) == b'+'
            && let Some(span) = phone::international(bytes, start)
        {
            return Some(self.push(span));
        }
        if !word_at(bytes, end) && (length >= card::CARD_DIGITS_MIN || length == 4) {
            let cue = self.has_cue(Cue::Card, start);
            if let Some(end) = card::starting_at(bytes, &(start..end), cue)
                && card::stands_alone(bytes, start, end)
                && !inside_uuid(bytes, start)
            {
                return Some(self.push(Span::new(start, end, Rule::Card)));
            }
        }
        let next = end + separator(bytes, end);
        let next_len = digits_len(bytes, next);
        if !may_be_known(length, next_len, word_at(bytes, end), byte(bytes, start))
            // 1 85 05 78 006 084 91
            || length == 1 && digits_len(bytes, next + next_len + 1) != 2
        {
            return None;
        }
        let context = if self.has_cue(Cue::NationalId, start) {
            Context::Announced
        } else if self
            .cue
            .is_some_and(|(cue, end)| cue == Cue::Thing && behind_cue(bytes, end) == start)
        {
            Context::Otherwise
        } else {
            Context::Neutral
        };
        if let Some(end) = national_id::starting_at(bytes, start, context)
            && !inside_uuid(bytes, start)
        {
            return Some(self.push(Span::new(start, end, Rule::NationalId)));
        }
        if length == 2
            && let Some((start, end)) = national_id::british_grouped(bytes, start)
        {
            return Some(self.push(Span::new(start, end, Rule::NationalId)));
        }
        let span = phone::unmistakable(bytes, start).filter(|_| context != Context::Otherwise)?;
        (!inside_uuid(bytes, start)).then(|| self.push(span))
    }
}

/// Digits from `start` on.
fn digits_len(bytes: &[u8], start: usize) -> usize {
    bytes.get(start..).map_or(0, |rest| {
        rest.iter().take_while(|b| b.is_ascii_digit()).count()
    })
}

/// True if a group of so many digits may start a person's number or a telephone number, given the length of
/// the group behind it.
fn may_be_known(length: usize, next_len: usize, letter_follows: bool, first: u8) -> bool {
    match length {
        1 => next_len == 2,
        // 06 12 34 56 78, 86 095 742 719, 65 170839 J 003, AB 12 34 56 C
        2 => matches!(next_len, 2 | 3 | 6),
        // 123-45-6789, 756.9217.0769.85, 555-234-4567, 030/901820
        3 => matches!(next_len, 2..=4) || first == b'0',
        4 => matches!(next_len, 2 | 6) || first == b'0',
        5 | 6 => letter_follows || first == b'0',
        7..=15 => true,
        _ => false,
    }
}

/// True if the number at `start` is the tail of one with dots: `1.2.3.4.5`.
fn starts_inside_number(bytes: &[u8], start: usize) -> bool {
    before(bytes, start) == b'.' && start >= 2 && bytes[start - 2].is_ascii_digit()
}

/// True for the groups of a UUID.
fn inside_uuid(bytes: &[u8], at: usize) -> bool {
    /// Where the groups start, counted from the start.
    const GROUPS: [usize; 5] = [0, 9, 14, 19, 24];
    const UUID_BYTES: usize = 36;
    GROUPS.iter().any(|offset| {
        let text = at
            .checked_sub(*offset)
            .and_then(|start| bytes.get(start..start + UUID_BYTES));
        text.is_some_and(|text| {
            text.iter().enumerate().all(|(i, &b)| match i {
                8 | 13 | 18 | 23 => b == b'-',
                _ => CLASS[b as usize] & HEX != 0,
            })
        })
    })
}

/// End of the date, with or without a time of day, that starts at `start`: `2026-11-22 03:40:46.123`.
fn time_end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = bytes.get(start..start + 10)?;
    let joint = rest[4];
    let century = matches!(rest[..2], [b'1', b'9'] | [b'2', b'0']);
    let date = matches!(joint, b'-' | b'/' | b'.') && rest[7] == joint && century;
    let digits = [2, 3, 5, 6, 8, 9].iter().all(|&i| rest[i].is_ascii_digit());
    if !date || !digits || byte(bytes, start + 10).is_ascii_digit() {
        return None;
    }
    let mut end = start + 10;
    let time = bytes.get(end + 1..end + 9).is_some_and(|time| {
        time.iter().enumerate().all(|(i, b)| {
            if i % 3 == 2 {
                *b == b':'
            } else {
                b.is_ascii_digit()
            }
        })
    });
    if time && matches!(bytes[end], b' ' | b'T') {
        end += 9;
        if matches!(byte(bytes, end), b'.' | b',') {
            let fraction = bytes[end + 1..]
                .iter()
                .take(9)
                .take_while(|b| b.is_ascii_digit())
                .count();
            end += 1 + fraction;
        }
    }
    // A joint and more digits go on behind it.
    if CLASS[byte(bytes, end) as usize] & JOINT != 0 && byte(bytes, end + 1).is_ascii_digit() {
        end += 1;
    }
    Some(end)
}
