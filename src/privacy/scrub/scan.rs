//! One pass over the bytes of a text: skips what is plain, looks closely where something may begin.
//!
//! A text is a row of words (letters and digits) with signs between them. Filters of one bit for each
//! possible start say which words are worth a look, so that clean text costs a few cycles a byte.
//! What is done at words, rows of digits and signs is in `words`, `numbers` and `signs`.

use super::address;
use super::blocks::{BLOCK_BYTES, Blocks};
use super::class::{CLASS, HEX, LEAD, WORD, byte, letter_len};
use super::credential;
use super::cues::{Cue, Cues};
use super::custom::Custom;
use super::needles::Needles;
use super::rule::Rule;
use super::span::Span;
use super::value::Mode;
use crate::privacy::ip::IpMask;

/// How far a cue reaches, in bytes.
const CUE_REACH_BYTES: usize = 32;
/// Words of this length may be base64.
pub(super) const BASE64_BYTES_MIN: usize = 16;

/// What the detectors need to know besides the text.
#[derive(Clone, Copy)]
pub(super) struct Setting<'s> {
    pub mask: IpMask,
    pub mode: Mode,
    /// What the key of the text announces.
    pub cue: Option<Cue>,
    /// Names that identify the person elsewhere in the same event.
    pub needles: &'s Needles,
    /// The project's own rules.
    pub custom: &'s Custom,
    /// The project wants this text kept as far as it may.
    pub floor_only: bool,
    /// Levels of text inside text that are around this one.
    pub depth: usize,
}

/// What a pass has found.
pub(super) struct Found {
    pub spans: Vec<Span>,
    /// The text holds escape sequences: percent signs, entities, backslashes.
    pub escapes: bool,
}

/// Looks through `bytes` once.
pub(super) fn scan(bytes: &[u8], setting: Setting<'_>) -> Found {
    let mut scan = Scan {
        bytes,
        setting,
        cues: Cues::new(),
        cue: None,
        row_end: 0,
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
    pub setting: Setting<'t>,
    pub cues: Cues,
    /// The last cue and where it ends.
    pub cue: Option<(Cue, usize)>,
    /// End of the row of digits that was looked at last.
    pub row_end: usize,
    pub found: Found,
}

impl Scan<'_> {
    fn run(&mut self) {
        let mut blocks = Blocks::new(self.bytes);
        let mut resume = self
            .setting
            .cue
            .and_then(|cue| self.announce(cue, 0))
            .unwrap_or(0);
        for base in (0..self.bytes.len()).step_by(BLOCK_BYTES) {
            let masks = blocks.next(base);
            let mut hot = self.hot_words(base, masks.words, masks.word);
            if self.setting.needles.any_digits() {
                hot |= masks.digit_words;
            }
            let mut events = masks.signs | masks.numbers | masks.pairs | hot;
            while events != 0 {
                let bit = events.trailing_zeros();
                events &= events - 1;
                let at = base + bit as usize;
                if at < resume {
                    continue;
                }
                resume = if masks.signs >> bit & 1 == 1 {
                    self.sign(at)
                } else if masks.pairs >> bit & 1 == 1
                    && let Some(span) = self.mac_at(at)
                {
                    self.push(span)
                } else if hot >> bit & 1 == 1
                    && let Some(end) = self.word(at)
                {
                    end
                } else if masks.numbers >> bit & 1 == 1 {
                    self.row(at)
                } else {
                    at + 1
                };
            }
        }
    }

    /// Which of the words that start in a block with a letter may mean something. No branches in here.
    #[inline]
    fn hot_words(&self, base: usize, mut starts: u64, word: u64) -> u64 {
        let mut hot = 0;
        while starts != 0 {
            let bit = starts.trailing_zeros();
            starts &= starts - 1;
            let at = base + bit as usize;
            let mut length = (!(word >> bit)).trailing_zeros() as usize;
            if bit as usize + length == BLOCK_BYTES {
                // The one word that goes on in the next block.
                length = self.word_len(at);
            }
            let start = four_bytes(self.bytes, at);
            let [first, second, third, fourth] = start;
            let last = byte(self.bytes, at + length - 1);
            let digits = third.is_ascii_digit() & fourth.is_ascii_digit();
            let long = length >= BASE64_BYTES_MIN;
            hot |= (self.cues.may_hold(first, second, last, length)
                | credential::may_start(start)
                | self.setting.needles.may_start(first, second)
                | u64::from(digits | long))
                << bit;
        }
        hot
    }

    /// Bytes of the word at `start`.
    pub fn word_len(&self, start: usize) -> usize {
        let (bytes, mut end) = (self.bytes, start);
        while end < bytes.len() {
            let class = CLASS[bytes[end] as usize];
            if class & WORD == 0 || class & LEAD != 0 && letter_len(bytes, end) == 0 {
                break;
            }
            end += 1;
        }
        end - start
    }

    fn mac_at(&self, start: usize) -> Option<Span> {
        address::mac(self.bytes, start, self.has_cue(Cue::Mac, start))
    }

    /// True if the text right before `at` has announced `cue`.
    pub fn has_cue(&self, cue: Cue, at: usize) -> bool {
        let near = |end: usize| at.saturating_sub(end) <= CUE_REACH_BYTES;
        self.cue
            .is_some_and(|(known, end)| known == cue && near(end))
    }

    /// Adds a span; returns its end.
    pub fn push(&mut self, span: Span) -> usize {
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
        Rule::Name => Cue::Name,
        _ => return None,
    })
}

pub(super) fn is_hex(bytes: &[u8], at: usize) -> bool {
    CLASS[byte(bytes, at) as usize] & HEX != 0
}

/// The four bytes at `at`, with zeros beyond the end.
#[inline]
fn four_bytes(bytes: &[u8], at: usize) -> [u8; 4] {
    match bytes[at..].first_chunk() {
        Some(four) => *four,
        None => std::array::from_fn(|i| bytes.get(at + i).copied().unwrap_or(0)),
    }
}
