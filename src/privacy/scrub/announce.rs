//! What the words of a text announce: a telephone number, a date of birth, a position.

use std::sync::LazyLock;

use super::card;
use super::class::{byte, letters_start, word_at};
use super::cues::Cue;
use super::date;
use super::keys;
use super::lexicon::Lexicon;
use super::name;
use super::national_id;
use super::phone;
use super::place;
use super::rule::Rule;
use super::scan::Scan;
use super::span::Span;
use super::value::Mode;

/// Words between a cue and what it announces, at most.
const FILLERS_MAX: usize = 3;

impl Scan<'_> {
    /// Keeps a cue in mind and looks for what it announces right behind `end`.
    pub fn announce(&mut self, cue: Cue, end: usize) -> Option<usize> {
        self.cue = Some((cue, end));
        if let Cue::Card | Cue::Mac | Cue::Email | Cue::Version | Cue::Thing = cue {
            return None;
        }
        let Some(span) = self.announced(cue, end) else {
            return self.wait();
        };
        self.found.pending |= !stands_behind(&self.bytes[end..span.start]);
        Some(self.push(span))
    }

    /// What the cue that ends at `end` has announced.
    fn announced(&mut self, cue: Cue, end: usize) -> Option<Span> {
        let bytes = self.bytes;
        let at = behind_cue(bytes, end);
        match cue {
            Cue::Phone => phone::announced(bytes, at, false),
            Cue::Call => phone::announced(bytes, at, true),
            Cue::BirthDate => date::announced(bytes, at),
            Cue::Plate => name::plate(bytes, at),
            Cue::Bic => name::bank(bytes, at),
            Cue::Imei => imei(bytes, at),
            Cue::NationalId
                if bytes[end..at.max(end)]
                    .iter()
                    .any(|b| b.is_ascii_alphabetic() || matches!(b, b':' | b'='))
                    || self.is_specific_id(end) =>
            {
                national_id::announced(bytes, at).map(|end| Span::new(at, end, Rule::NationalId))
            }
            Cue::Coordinates => {
                let digits = at + usize::from(byte(bytes, at) == b'-');
                let Some([first, second]) = place::pair(bytes, digits, true) else {
                    return place::announced(bytes, at);
                };
                self.push(first);
                Some(second)
            }
            Cue::Name if self.setting.mode == Mode::Prose => name::capitalised(bytes, at, 2)
                .map(|range| Span::new(range.start, range.end, Rule::Name)),
            _ => None,
        }
    }

    /// True if the cue that ends at `end` names such a number itself, as `SSN` does and `tax` does not.
    fn is_specific_id(&self, end: usize) -> bool {
        const SPECIFIC: [&str; 12] = [
            "ssn",
            "nino",
            "pesel",
            "bsn",
            "nir",
            "dni",
            "nie",
            "nif",
            "ahv",
            "svnr",
            "steuerid",
            "steuernummer",
        ];
        let start = letters_start(self.bytes, end, keys::KEY_BYTES_MAX);
        SPECIFIC
            .iter()
            .any(|word| self.bytes[start..end].eq_ignore_ascii_case(word.as_bytes()))
    }
}

/// Where the thing announced by the cue that ends at `end` may start.
pub(super) fn behind_cue(bytes: &[u8], end: usize) -> usize {
    const REACH_BYTES: usize = 32;
    let limit = bytes.len().min(end + REACH_BYTES);
    let mut at = end;
    let mut fillers = 0;
    while at < limit {
        let b = bytes[at];
        if matches!(
            b,
            b' ' | b':' | b'=' | b'"' | b'\'' | b'\\' | b'#' | b'>' | b'*'
        ) || matches!(b, b'.' | b'-' | b'/' | b'[' | b'(')
            && !byte(bytes, at + 1).is_ascii_digit()
        {
            at += 1;
            continue;
        }
        if b == 0xC2 && byte(bytes, at + 1) == 0xA0 {
            at += 2;
            continue;
        }
        let word = bytes[at..limit]
            .iter()
            .take_while(|b| b.is_ascii_alphabetic())
            .count();
        if at == end
            || fillers == FILLERS_MAX
            || FILLERS.find(&bytes[at..at + word]).is_none()
            || word_at(bytes, at + word)
        {
            break;
        }
        fillers += 1;
        at += word;
    }
    at
}

/// True if nothing stands between a cue and what it has announced but signs as between a key and its value.
fn stands_behind(between: &[u8]) -> bool {
    let quote = |b: &u8| matches!(b, b'"' | b'\'');
    let between = &between[usize::from(between.first().is_some_and(quote))..];
    let between = &between[..between.len() - usize::from(between.last().is_some_and(quote))];
    let sign = |b: &&u8| matches!(b, b':' | b'=');
    between.iter().all(|b| b" :=".contains(b)) && between.iter().filter(sign).count() <= 1
}

/// Words between a cue and what it announces: "phone number is".
static FILLERS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    let mut lexicon = Lexicon::new();
    lexicon.add(
        "number no nr nummer is was ist lautet unter under code on am at the my me us to id date datum of mich mir plate \
         back bin ich an",
        (),
    );
    lexicon
});

/// The serial number of a mobile device at `start`: fifteen digits with a Luhn check, in groups or not.
fn imei(bytes: &[u8], start: usize) -> Option<Span> {
    const IMEI_DIGITS: usize = 15;
    let mut digits = Vec::with_capacity(IMEI_DIGITS);
    let mut at = start;
    while digits.len() < IMEI_DIGITS {
        match byte(bytes, at) {
            b @ b'0'..=b'9' => digits.push(b - b'0'),
            b' ' | b'-' | b'/' if byte(bytes, at + 1).is_ascii_digit() && at > start => {}
            _ => return None,
        }
        at += 1;
    }
    (card::passes_luhn(&digits) && !word_at(bytes, at)).then(|| Span::new(start, at, Rule::Imei))
}
