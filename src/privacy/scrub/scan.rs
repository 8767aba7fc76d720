//! One pass over the bytes of a text: skips what is plain, looks closely where something may begin.
//!
//! A text is a row of words (letters and digits) with signs between them. Filters of one bit for each
//! possible start say which words are worth a look, so that clean text costs a few cycles a byte.
//! What is done at words, rows of digits and signs is in `words`, `numbers` and `signs`.

use super::address;
use super::base64;
use super::blocks::{Blocks, Masks, Window};
use super::class::{CLASS, HEX, JOINT, LEAD, WORD, before, byte, letter_len, separator};
use super::cues::{self, Cue, Word};
use super::custom::Custom;
use super::lanes::BLOCK_BYTES;
use super::lexicon::{HEAD_BYTES, Lexicon, head};
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
    /// A key or cue has announced something that was not found: it may be once other finds are replaced.
    pub pending: bool,
}

/// Looks through `bytes` once.
pub(super) fn scan(bytes: &[u8], setting: Setting<'_>) -> Found {
    let mut scan = Scan {
        bytes,
        setting,
        cues: cues::dictionary(),
        cue: None,
        row_end: 0,
        groups_end: 0,
        base64: base64::Run::default(),
        found: Found {
            spans: Vec::new(),
            escapes: false,
            pending: false,
        },
    };
    scan.run();
    scan.found
}

pub(super) struct Scan<'t> {
    pub bytes: &'t [u8],
    pub setting: Setting<'t>,
    pub cues: &'static Lexicon<Word>,
    /// The last cue and where it ends.
    pub cue: Option<(Cue, usize)>,
    /// End of the row of digits that was looked at last.
    pub row_end: usize,
    /// End of the row of hexadecimal groups that is no IPv6 address.
    pub groups_end: usize,
    /// The run of base64 that was looked at last.
    pub base64: base64::Run,
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
        let mut masks = blocks.next();
        while let Some(base) = masks.base {
            let ahead = blocks.next();
            let hot = self.hot_words(base, &masks, &ahead);
            let mut events = masks.signs | masks.numbers | masks.pairs | hot;
            while events != 0 {
                let bit = events.trailing_zeros();
                events &= events - 1;
                let at = base + bit as usize;
                if at < resume {
                    continue;
                }
                #[cfg(test)]
                super::hostile_tests::step();
                let is = |mask: u64| mask >> bit & 1 == 1;
                resume = if is(masks.signs) {
                    self.sign(at)
                } else if is(masks.pairs)
                    && let Some(span) = self.mac_at(at)
                {
                    self.push(span)
                } else if is(hot)
                    && let Some(end) = self.hot_word(at, masks.window(&ahead, bit))
                {
                    end
                } else if is(masks.numbers) {
                    self.row(at)
                } else {
                    at + 1
                };
                if resume > at + 1 {
                    resume = self.go_on(resume);
                }
            }
            masks = ahead;
        }
    }

    /// Looks at what follows a find in the same row of digits, of which the masks only tell the start.
    fn go_on(&mut self, mut end: usize) -> usize {
        let bytes = self.bytes;
        while CLASS[byte(bytes, end) as usize] & JOINT != 0 && byte(bytes, end + 1).is_ascii_digit()
        {
            let after = self.row(end + 1);
            if after == end + 2 {
                break;
            }
            end = after;
        }
        end
    }

    /// Adds the value of a key or the like; returns where to go on: behind it, unless it may be the first group
    /// of a number in groups.
    pub fn push_value(&mut self, span: Span) -> usize {
        let Span { start, end, .. } = span;
        self.push(span);
        let grouped = before(self.bytes, end).is_ascii_digit()
            && separator(self.bytes, end) > 0
            && byte(self.bytes, end + 1).is_ascii_alphanumeric();
        if grouped { start } else { end }
    }

    /// Which of the words that start in a block may mean something.
    #[inline]
    fn hot_words(&self, base: usize, masks: &Masks, ahead: &Masks) -> u64 {
        let (cues, needles) = (self.cues, self.setting.needles);
        if needles.is_empty() {
            return self.words(base, masks, ahead, |start, length| {
                cues.may_hold(start, length)
            });
        }
        let digits = if needles.any_digits() {
            masks.digit_words
        } else {
            0
        };
        let known = |start, length| cues.may_hold(start, length) | needles.may_hold(start, length);
        self.words(base, masks, ahead, known) | digits
    }

    /// The words that start in a block and pass a filter, given their first letters and their length.
    #[inline]
    fn words(
        &self,
        base: usize,
        masks: &Masks,
        ahead: &Masks,
        passes: impl Fn([u8; HEAD_BYTES], u32) -> u64,
    ) -> u64 {
        let rest = &self.bytes[base..];
        let mut hot = masks.odd_words;
        let mut starts = masks.words;
        let length = |bit: usize| (!(masks.word >> bit)).trailing_zeros();
        // One word after the other without a branch: how each looks is hard to predict.
        if let Some(text) = rest.first_chunk::<{ BLOCK_BYTES + HEAD_BYTES }>() {
            while starts != 0 {
                let bit = starts.trailing_zeros() as usize % BLOCK_BYTES;
                starts &= starts - 1;
                let start = [text[bit], text[bit + 1], text[bit + 2], text[bit + 3]];
                hot |= passes(start, length(bit)) << bit;
            }
        }
        // Near the end of the text.
        while starts != 0 {
            let bit = starts.trailing_zeros() as usize;
            starts &= starts - 1;
            hot |= passes(head(&rest[bit..]), length(bit)) << bit;
        }
        // The last one may go on in the next block.
        let last = BLOCK_BYTES as u32 - masks.word.leading_ones();
        if ahead.word & 1 == 1 && masks.words & 1u64.unbounded_shl(last) != 0 {
            let length = (!masks.window(ahead, last).word).trailing_zeros();
            hot |= passes(head(&self.bytes[base + last as usize..]), length) << last;
        }
        hot
    }

    /// Looks at the word that starts at `at`; returns where to go on if something was found.
    fn hot_word(&mut self, at: usize, window: Window) -> Option<usize> {
        let length = (!window.word).trailing_zeros() as usize;
        if length < BLOCK_BYTES {
            let digits = window.digit << (BLOCK_BYTES - length);
            return self.word(at, at + length, digits != 0);
        }
        let end = self.word_end(at);
        let digits = self.bytes[at..end].iter().any(u8::is_ascii_digit);
        self.word(at, end, digits)
    }

    /// End of the word at `start`.
    fn word_end(&self, start: usize) -> usize {
        let (bytes, mut end) = (self.bytes, start);
        while end < bytes.len() {
            let class = CLASS[bytes[end] as usize];
            if class & WORD == 0 || class & LEAD != 0 && letter_len(bytes, end) == 0 {
                break;
            }
            end += 1;
        }
        end
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

    /// True if the line of `at` holds the last cue.
    pub fn cue_is_on_line(&self, at: usize) -> bool {
        let line = |end: usize| memchr::memchr(b'\n', &self.bytes[end.min(at)..at]).is_none();
        self.cue.is_some_and(|(_, end)| line(end))
    }

    /// What has been announced is not there.
    pub fn wait<T>(&mut self) -> Option<T> {
        self.found.pending = true;
        None
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
