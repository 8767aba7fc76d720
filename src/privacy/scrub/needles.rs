//! What identifies the person of an event, to be taken out wherever else it stands in the same event.

use super::class::{byte, is_word, word_at};
use super::lexicon::{self, HEAD_BYTES, head};
use super::rule::Rule;
use super::value::Mode;

/// Names and ids of one event that are looked for.
const NEEDLES_MAX: usize = 12;
/// Shortest one, in bytes: shorter ones stand in too many other words.
const NEEDLE_BYTES_MIN: usize = 4;
const NEEDLE_BYTES_MAX: usize = 128;

/// Logins and local parts that belong to nobody in particular, and everyday words of programs.
#[rustfmt::skip]
const COMMON: [&str; 75] = [
    "admin", "administrator", "user", "users", "username", "test", "tester", "testing", "root", "guest", "demo", "info",
    "support", "mail", "email", "contact", "office", "hello", "system", "service", "server", "default", "anonymous", "unknown",
    "null", "none", "undefined", "true", "false", "nobody", "noreply", "no-reply", "sales", "team", "webmaster", "postmaster",
    "python", "node", "java", "ruby", "main", "error", "errors", "debug", "client", "customer", "account", "login", "name",
    "data", "value", "values", "code", "http", "https", "public", "private", "local", "localhost", "production", "staging",
    "development", "deploy", "build", "exception", "message", "object", "string", "function", "module", "example", "request",
    "self", "this", "docker",
];

struct Needle {
    text: Vec<u8>,
    rule: Rule,
    /// Part of a name: only with its capital, and never in source code.
    part: bool,
}

/// The names and ids of one event.
#[derive(Default)]
pub(super) struct Needles {
    list: Vec<Needle>,
    /// One bit for the first letters and the length of the first word of each.
    filter: u64,
    digits: bool,
}

/// None at all.
pub(super) static NO_NEEDLES: Needles = Needles {
    list: Vec::new(),
    filter: 0,
    digits: false,
};

impl Needles {
    /// A login, nickname or own id.
    pub fn add_login(&mut self, text: &str) {
        let text = text.trim();
        let id = text.bytes().all(|b| b.is_ascii_digit()) && text.len() < 6;
        if !id {
            self.add(text, Rule::User, false);
        }
    }

    /// An e-mail address: its local part. The address itself is found by its shape.
    pub fn add_email(&mut self, text: &str) {
        let local = text.trim().split('@').next().unwrap_or_default();
        self.add_login(local.split('+').next().unwrap_or_default());
    }

    /// A name, and each part of it.
    pub fn add_name(&mut self, text: &str) {
        let text = text.trim();
        self.add(text, Rule::Name, !text.contains(' '));
        for part in text.split([' ', ',']).filter(|part| *part != text) {
            if part.chars().next().is_some_and(char::is_uppercase) {
                self.add(part, Rule::Name, true);
            }
        }
    }

    fn add(&mut self, text: &str, rule: Rule, part: bool) {
        let fits = (NEEDLE_BYTES_MIN..=NEEDLE_BYTES_MAX).contains(&text.len());
        let common = COMMON.iter().any(|word| word.eq_ignore_ascii_case(text));
        let placeholder = text.starts_with('[') || !is_word(byte(text.as_bytes(), 0));
        if !fits || common || placeholder || self.list.len() == NEEDLES_MAX {
            return;
        }
        let text = text.as_bytes();
        let word = text.iter().take_while(|b| is_word(**b)).count();
        self.filter |= 1 << filter_bit(head(text), word as u32);
        self.digits |= text[0].is_ascii_digit();
        self.list.push(Needle {
            text: text.to_vec(),
            rule,
            part,
        });
    }

    /// 1 if one of them may begin with a word of this length that starts with these bytes, else 0.
    #[inline]
    pub fn may_hold(&self, start: [u8; HEAD_BYTES], length: u32) -> u64 {
        self.filter >> filter_bit(start, length) & 1
    }

    /// True if nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// True if one of them may begin with a word in a key of letters and underscores.
    pub fn may_be_in_key(&self, key: &str) -> bool {
        let starts = |word: &[u8]| self.may_hold(head(word), word.len() as u32) == 1;
        !self.is_empty() && key.as_bytes().split(|&b| b == b'_').any(starts)
    }

    /// True if one of them starts with a digit.
    pub fn any_digits(&self) -> bool {
        self.digits
    }

    /// The end of the one that stands at `start`, the start of a word.
    pub fn at(&self, bytes: &[u8], start: usize, mode: Mode) -> Option<(usize, Rule)> {
        let fits = |needle: &&Needle| {
            let end = start + needle.text.len();
            let Some(text) = bytes.get(start..end) else {
                return false;
            };
            let same = text
                .iter()
                .zip(&needle.text)
                .all(|(a, b)| a.eq_ignore_ascii_case(b) || is_joint(*a) && is_joint(*b));
            let exact = !needle.part || mode == Mode::Prose && text[0] == needle.text[0];
            same && exact && !word_at(bytes, end)
        };
        let longest = self
            .list
            .iter()
            .filter(fits)
            .max_by_key(|needle| needle.text.len())?;
        Some((start + longest.text.len(), longest.rule))
    }
}

#[inline]
fn filter_bit(start: [u8; HEAD_BYTES], length: u32) -> u32 {
    let letters = lexicon::letters(start, length);
    (letters ^ length << 26).wrapping_mul(0x9E37_79B1) >> 26
}

/// `anna schmidt`, `anna.schmidt` and `anna_schmidt` are the same.
fn is_joint(byte: u8) -> bool {
    matches!(byte, b' ' | b'.' | b'_' | b'-' | b'+')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_in_every_form() {
        let mut needles = Needles::default();
        needles.add_name("Anna Schmidt");
        needles.add_login("jdoe77");
        needles.add_email("erika.m@example.org");
        let at = |text: &str, mode| needles.at(text.as_bytes(), 0, mode).map(|(end, _)| end);
        assert_eq!(at("anna.schmidt x", Mode::Code), Some(12));
        assert_eq!(at("Schmidt!", Mode::Prose), Some(7));
        assert_eq!(at("schmidt", Mode::Prose), None);
        assert_eq!(at("Schmidt", Mode::Code), None);
        assert_eq!(at("JDOE77", Mode::Prose), Some(6));
        assert_eq!(at("jdoe777", Mode::Prose), None);
        assert_eq!(at("Erika.M", Mode::Prose), Some(7));
    }

    #[test]
    fn common_words_are_nobodys() {
        let mut needles = Needles::default();
        needles.add_login("admin");
        needles.add_login("4711");
        needles.add_email("info@example.org");
        needles.add_name("Test User");
        assert!(
            needles
                .list
                .iter()
                .all(|needle| needle.text == b"Test User")
        );
    }
}
