//! One pass over the bytes of a text: skips what is plain, looks closely where something may begin.
//!
//! A text is a row of words (letters and digits) with signs between them. Each word is measured once;
//! its classes say which detectors are worth asking, so that clean text costs a few cycles a byte.

use std::ops::Range;

use super::address::{self, Dotted};
use super::card;
use super::class::{
    CLASS, DIGIT, HEX, HIGH, LEAD, LOWER, SIGN, UPPER, WORD, before, byte, letter_len,
};
use super::credential;
use super::cues::{Cue, Cues, Word};
use super::email;
use super::iban;
use super::keys::{self, KeyClass, Reach};
use super::path;
use super::rule::{Rule, placeholder_end};
use super::span::Span;
use super::value::{self, Mode};
use crate::privacy::ip::IpMask;

/// How far a cue reaches, in bytes.
const CUE_REACH_BYTES: usize = 32;

/// What the detectors need to know besides the text.
#[derive(Clone, Copy)]
pub(super) struct Setting {
    pub mask: IpMask,
    pub mode: Mode,
    /// What the key of the text announces.
    pub cue: Option<Cue>,
}

/// What a pass has found.
pub(super) struct Found {
    pub spans: Vec<Span>,
    /// The text holds escape sequences: percent signs, entities, backslashes.
    pub escapes: bool,
}

/// Looks through `bytes` once.
pub(super) fn scan(bytes: &[u8], setting: Setting) -> Found {
    let mut scan = Scan {
        bytes,
        setting,
        cues: Cues::new(),
        cue: setting.cue.map(|cue| (cue, 0)),
        key: 0..0,
        found: Found {
            spans: Vec::new(),
            escapes: false,
        },
    };
    scan.run();
    scan.found
}

pub(super) struct Scan<'t> {
    pub bytes: &'t [u8],
    pub setting: Setting,
    cues: Cues,
    /// The last cue and where it ends.
    cue: Option<(Cue, usize)>,
    /// The last identifier: words joined by `_` and `-`.
    key: Range<usize>,
    found: Found,
}

impl Scan<'_> {
    fn run(&mut self) {
        let bytes = self.bytes;
        let mut at = 0;
        while at < bytes.len() {
            let class = CLASS[bytes[at] as usize];
            if class & WORD != 0 {
                at = self.word(at);
            } else if class & SIGN != 0 {
                at = self.sign(at);
            } else if class & LEAD != 0 {
                at = if letter_len(bytes, at) > 0 {
                    self.word(at)
                } else {
                    at + 1
                };
                while at < bytes.len() && bytes[at] & 0xC0 == 0x80 {
                    at += 1;
                }
            } else {
                at += 1;
            }
        }
    }

    /// Handles the word that starts at `start`; returns where to go on.
    fn word(&mut self, start: usize) -> usize {
        let bytes = self.bytes;
        let (mut any, mut all, mut end) = (0, u8::MAX, start);
        while end < bytes.len() {
            let class = CLASS[bytes[end] as usize];
            if class & WORD != 0 {
                any |= class;
                all &= class;
                end += 1;
            } else if class & LEAD != 0 && letter_len(bytes, end) > 0 {
                any |= HIGH;
                all = 0;
                end += letter_len(bytes, end);
            } else {
                break;
            }
        }
        let joined =
            start > 0 && self.key.end == start - 1 && matches!(bytes[start - 1], b'_' | b'-');
        if !joined {
            self.key.start = start;
        }
        self.key.end = end;
        let resume = if any & (LOWER | UPPER | HIGH) == 0 {
            self.number(start, end)
        } else if any & DIGIT != 0 {
            self.mixed(start, end, all & HEX != 0)
        } else {
            self.plain_word(start, end)
        };
        resume.unwrap_or(end)
    }

    /// A word without digits.
    fn plain_word(&mut self, start: usize, end: usize) -> Option<usize> {
        let bytes = self.bytes;
        if let Some(span) = credential::known_token(bytes, start) {
            return Some(self.push(span));
        }
        if end - start == 2
            && byte(bytes, end) == b'-'
            && let Some(span) = self.mac_at(start)
        {
            return Some(self.push(span));
        }
        let meaning = self.cues.find(&bytes[start..end])?;
        match meaning {
            Word::Cue(Cue::Bic) if self.has_cue(Cue::Bic, start) => {}
            Word::Cue(cue) => self.cue = Some((cue, end)),
            Word::At => {}
            Word::Home => {
                if let Some(span) = path::home(bytes, start, end) {
                    return Some(self.push(span));
                }
            }
            Word::Scheme => {
                if let Some(span) = credential::after_scheme(bytes, end) {
                    return Some(self.push(span));
                }
            }
            Word::Begin => {
                if let Some(span) = credential::private_key(bytes, start) {
                    return Some(self.push(span));
                }
            }
            Word::Title | Word::Deed | Word::Device => {}
        }
        None
    }

    /// A word of letters and digits.
    fn mixed(&mut self, start: usize, end: usize, hex: bool) -> Option<usize> {
        let bytes = self.bytes;
        if hex {
            if end - start == 2
                && matches!(byte(bytes, end), b':' | b'-')
                && let Some(span) = self.mac_at(start)
            {
                return Some(self.push(span));
            }
            if end - start == 4
                && byte(bytes, end) == b'.'
                && let Some(span) = address::mac_dotted(bytes, start)
            {
                return Some(self.push(span));
            }
            if end - start == 8
                && let Some(end) = uuid_end(bytes, start)
            {
                return Some(end);
            }
        }
        if end - start >= 4
            && iban::may_start(bytes, start)
            && let Some(end) = iban::starting_at(bytes, start)
        {
            self.cue = Some((Cue::Bic, end));
            return Some(self.push(Span::new(start, end, Rule::Iban)));
        }
        if let Some(span) = credential::known_token(bytes, start) {
            return Some(self.push(span));
        }
        None
    }

    /// A word of digits.
    fn number(&mut self, start: usize, end: usize) -> Option<usize> {
        let bytes = self.bytes;
        let length = end - start;
        let next = byte(bytes, end);
        if length <= 3 && next == b'.' && !starts_inside_number(bytes, start) {
            let version = self.has_cue(Cue::Version, start);
            match address::ipv4(bytes, start, self.setting.mask, version) {
                Some(Dotted::Address(_, Some(span))) => return Some(self.push(span)),
                Some(Dotted::Address(end, None) | Dotted::Version(end)) => return Some(end),
                None => {}
            }
        }
        if length == 2
            && matches!(next, b':' | b'-')
            && let Some(span) = self.mac_at(start)
        {
            return Some(self.push(span));
        }
        if length == 8
            && next == b'-'
            && let Some(end) = uuid_end(bytes, start)
        {
            return Some(end);
        }
        if length >= card::CARD_DIGITS_MIN || length == 4 {
            let cue = self.has_cue(Cue::Card, start);
            if let Some(end) = card::starting_at(bytes, &(start..end), cue)
                && card::stands_alone(bytes, start, end)
            {
                return Some(self.push(Span::new(start, end, Rule::Card)));
            }
        }
        None
    }

    /// One of the bytes of class [`SIGN`].
    fn sign(&mut self, at: usize) -> usize {
        let bytes = self.bytes;
        match bytes[at] {
            b'@' => {
                if let Some(range) = email::around(bytes, at) {
                    return self.push(Span::new(range.start, range.end, Rule::Email));
                }
            }
            b':' => return self.colon(at),
            b'=' => return self.assignment(at).unwrap_or(at + 1),
            b'[' => {
                if let Some(end) = placeholder_end(bytes, at) {
                    return end;
                }
            }
            b'%' => self.found.escapes |= is_hex(bytes, at + 1) && is_hex(bytes, at + 2),
            b'&' => self.found.escapes |= matches!(byte(bytes, at + 1), b'#' | b'a'..=b'z'),
            b'\\' => {
                self.found.escapes |= matches!(
                    byte(bytes, at + 1),
                    b'u' | b'x' | b'"' | b'/' | b'n' | b't' | b'r'
                )
            }
            _ => {}
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
        if is_hex(bytes, at + 1) || byte(bytes, at + 1) == b':' {
            match address::ipv6(bytes, at, self.setting.mask) {
                Some((_, Some(span))) => return self.push(span),
                Some((end, None)) => return end,
                None => {}
            }
        }
        if before(bytes, at) == b':' || byte(bytes, at + 1) == b':' {
            return at + 1;
        }
        if self.key.end == at
            && let Some(span) = credential::bot_token(bytes, self.key.start, at)
        {
            return self.push(span);
        }
        self.assignment(at).unwrap_or(at + 1)
    }

    /// The value behind the `=` or `:` at `at`, if its key announces one that has to go.
    fn assignment(&mut self, at: usize) -> Option<usize> {
        let (key_end, quoted) = value::key_end(self.bytes, at);
        if self.key.end != key_end || self.key.is_empty() {
            return None;
        }
        let class = keys::classify(&self.bytes[self.key.clone()])?;
        if class.reach == Reach::Hint {
            return self.hint(class, at);
        }
        let key = value::Key {
            place: self.key.clone(),
            class,
            quoted,
        };
        let range = value::behind(self.bytes, &key, at, self.setting.mode);
        match range {
            Some(range) => Some(self.push(Span::new(range.start, range.end, class.rule))),
            None => self.hint(class, at),
        }
    }

    /// Keeps in mind what a key has announced.
    fn hint(&mut self, class: KeyClass, at: usize) -> Option<usize> {
        if let Some(cue) = cue_of(class.rule) {
            self.cue = Some((cue, at + 1));
        }
        None
    }

    fn mac_at(&self, start: usize) -> Option<Span> {
        address::mac(self.bytes, start, self.has_cue(Cue::Mac, start))
    }

    /// True if the text right before `at` has announced `cue`.
    pub(super) fn has_cue(&self, cue: Cue, at: usize) -> bool {
        self.cue
            .is_some_and(|(known, end)| known == cue && at.saturating_sub(end) <= CUE_REACH_BYTES)
    }

    /// Adds a span; returns its end.
    fn push(&mut self, span: Span) -> usize {
        let end = span.end;
        self.found.spans.push(span);
        end
    }
}

/// The cue that a key of this rule gives.
pub(super) fn cue_of(rule: Rule) -> Option<Cue> {
    Some(match rule {
        Rule::Phone => Cue::Phone,
        Rule::Card => Cue::Card,
        Rule::BirthDate => Cue::BirthDate,
        Rule::Coordinates => Cue::Coordinates,
        Rule::Imei => Cue::Imei,
        Rule::Plate => Cue::Plate,
        Rule::NationalId => Cue::NationalId,
        Rule::Bic | Rule::Iban => Cue::Bic,
        Rule::Mac => Cue::Mac,
        Rule::Email => Cue::Email,
        _ => return None,
    })
}

fn is_hex(bytes: &[u8], at: usize) -> bool {
    CLASS[byte(bytes, at) as usize] & HEX != 0
}

/// True if the number at `start` is the tail of one with dots: `1.2.3.4.5`.
fn starts_inside_number(bytes: &[u8], start: usize) -> bool {
    before(bytes, start) == b'.' && start >= 2 && bytes[start - 2].is_ascii_digit()
}

/// End of the UUID that starts at `start`, which is left alone whole.
fn uuid_end(bytes: &[u8], start: usize) -> Option<usize> {
    const UUID_BYTES: usize = 36;
    let text = bytes.get(start..start + UUID_BYTES)?;
    let shape = text.iter().enumerate().all(|(i, &b)| match i {
        8 | 13 | 18 | 23 => b == b'-',
        _ => CLASS[b as usize] & HEX != 0,
    });
    (shape && !byte(bytes, start + UUID_BYTES).is_ascii_alphanumeric())
        .then_some(start + UUID_BYTES)
}
