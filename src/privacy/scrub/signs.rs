//! What the scanner does at a sign: `@`, `:`, `=`, and those that begin an escape sequence.

use std::ops::Range;

use super::address;
use super::announce::behind_cue;
use super::card;
use super::class::{CLASS, HEX, before, byte, is_word, letters_start};
use super::credential;
use super::date;
use super::email;
use super::iban;
use super::keys::{self, KeyClass, Reach};
use super::name;
use super::national_id::{self, Context};
use super::nested;
use super::phone;
use super::rule::{Rule, placeholder_end};
use super::scan::{Scan, cue_of, is_hex};
use super::span::Span;
use super::value::{self, Mode};

impl Scan<'_> {
    /// Handles the sign at `at`; returns where to go on.
    pub fn sign(&mut self, at: usize) -> usize {
        let bytes = self.bytes;
        match bytes[at] {
            b'@' if is_word(byte(bytes, at + 1)) => {
                if let Some(range) = email::around(bytes, at) {
                    return self.push(Span::new(range.start, range.end, Rule::Email));
                }
            }
            b'@' => {}
            b':' => return self.colon(at),
            b'=' if byte(bytes, at + 1) != b'=' => {
                return self.assignment(at).unwrap_or(at + 1);
            }
            b'=' => {}
            b'<' => return self.tag(at).unwrap_or(at + 1),
            // A number behind a plus sign is looked at however short its row is.
            b'+' if byte(bytes, at + 1).is_ascii_digit() => {
                let end = self.row(at + 1);
                return if end == at + 2 { at + 1 } else { end };
            }
            b'+' => {}
            _ => self.found.escapes = self.found.escapes || nested::may_begin(&bytes[at..]),
        }
        at + 1
    }

    fn colon(&mut self, at: usize) -> usize {
        let bytes = self.bytes;
        if byte(bytes, at + 1) == b'/'
            && let Some(span) = credential::user_info(bytes, at)
        {
            return self.push(span) + 1;
        }
        let next = byte(bytes, at + 1);
        // No address goes on behind `std` or `line`.
        let letter = matches!(before(bytes, at), b'g'..=b'z' | b'G'..=b'Z');
        if !letter && at >= self.groups_end && (is_hex(bytes, at + 1) || next == b':') {
            match address::ipv6(bytes, at, self.setting.mask) {
                Some((_, Some(span))) => return self.push(span),
                Some((end, None)) => return end,
                None => {
                    let in_run = |b: &&u8| CLASS[**b as usize] & HEX != 0 || **b == b':';
                    self.groups_end = at + bytes[at..].iter().take_while(in_run).count();
                }
            }
        }
        if next == b':' {
            // The second of two colons begins no address and belongs to no key.
            return at + 1 + usize::from(byte(bytes, at + 2) != b'/');
        }
        if before(bytes, at) == b':' {
            return at + 1;
        }
        if before(bytes, at).is_ascii_digit()
            && let Some(span) = credential::bot_token(bytes, at)
        {
            return self.push(span);
        }
        self.assignment(at).unwrap_or(at + 1)
    }

    /// The text of an XML element whose name announces that it has to go: `<password>...</password>`.
    fn tag(&mut self, at: usize) -> Option<usize> {
        const TEXT_BYTES_MAX: usize = 4096;
        let rest = &self.bytes[at + 1..];
        let in_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let length = rest
            .iter()
            .take(keys::KEY_BYTES_MAX)
            .take_while(in_name)
            .count();
        if length < 2 || byte(rest, length) != b'>' {
            return None;
        }
        let name = &rest[..length];
        let class = keys::classify(name).filter(|class| class.reach != Reach::Hint)?;
        self.found.pending = true;
        let text = &rest[length + 1..];
        let end = text.iter().take(TEXT_BYTES_MAX).position(|b| *b == b'<')?;
        let closes = text[end..]
            .strip_prefix(b"</")
            .is_some_and(|close| close.starts_with(name));
        let start = at + 2 + length;
        let scrubbed = placeholder_end(self.bytes, start) == Some(start + end);
        (closes && end > 0 && !scrubbed)
            .then(|| self.push(Span::new(start, start + end, class.rule)))
    }

    /// The value behind the `=` or `:` at `at`, if its key announces one that has to go.
    fn assignment(&mut self, at: usize) -> Option<usize> {
        if !value::may_end_key(self.bytes, at) {
            return None;
        }
        if let Some(end) = value::placeholder_behind(self.bytes, at) {
            return Some(end);
        }
        let (place, quoted) = value::key_before(self.bytes, at)?;
        let pair = self.class_of_pair(&place).filter(|_| !quoted);
        let class = pair.or_else(|| self.class_of(&self.bytes[place.clone()]))?;
        let name_end = place.end;
        if class.reach == Reach::Hint {
            return self.hint(class, name_end, at);
        }
        let key = value::Key {
            place,
            class,
            quoted,
        };
        let range = value::behind(self.bytes, &key, at, self.setting.mode);
        let start = range
            .as_ref()
            .map_or_else(|| behind_cue(self.bytes, at + 1), |range| range.start);
        let end = match (self.extent(class.rule, start), range) {
            (Some(extent), Some(range)) => extent.max(range.end),
            (Some(end), None) if class.rule != Rule::User => end,
            (None, Some(range)) => range.end,
            _ => {
                self.found.pending = true;
                return self.hint(class, name_end, at);
            }
        };
        Some(self.push_value(Span::new(start, end, class.rule)))
    }

    /// What a key announces together with the word before it.
    fn class_of_pair(&self, key: &Range<usize>) -> Option<KeyClass> {
        const WORD_BYTES_MAX: usize = 16;
        let bytes = self.bytes;
        let end = key.start.checked_sub(1).filter(|&at| bytes[at] == b' ')?;
        let start = letters_start(bytes, end, WORD_BYTES_MAX);
        (start < end && self.setting.mode == Mode::Prose)
            .then(|| keys::classify_pair(&bytes[start..end], &bytes[key.clone()]))?
    }

    fn class_of(&self, key: &[u8]) -> Option<KeyClass> {
        let custom = || {
            let own = !self.setting.floor_only && self.setting.custom.takes_key(key);
            own.then_some(KeyClass {
                rule: Rule::Custom,
                reach: Reach::Whole,
            })
        };
        keys::classify(key).or_else(custom)
    }

    /// Where a value of this kind ends that may hold spaces.
    fn extent(&self, rule: Rule, start: usize) -> Option<usize> {
        let bytes = self.bytes;
        match rule {
            Rule::Phone => phone::announced(bytes, start, false).map(|span| span.end),
            Rule::Name | Rule::User => name::capitalised(bytes, start, 1).map(|name| name.end),
            Rule::BirthDate => date::announced(bytes, start).map(|span| span.end),
            Rule::Plate => name::plate(bytes, start).map(|span| span.end),
            Rule::Iban => iban::starting_at(bytes, start),
            Rule::NationalId => national_id::starting_at(bytes, start, Context::Announced),
            Rule::Card => {
                let digits = bytes[start..]
                    .iter()
                    .take_while(|b| b.is_ascii_digit())
                    .count();
                card::starting_at(bytes, &(start..start + digits), true)
            }
            _ => None,
        }
    }

    /// The key that ends at `name_end`, before the sign at `at`, announces something by its shape.
    fn hint(&mut self, class: KeyClass, name_end: usize, at: usize) -> Option<usize> {
        let cue = cue_of(class.rule)?;
        // As a word of the text it may have done so already.
        if self.cue == Some((cue, name_end)) {
            self.cue = Some((cue, at + 1));
            return None;
        }
        self.announce(cue, at + 1)
    }
}
