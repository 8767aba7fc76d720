//! Whether what stands behind a key is a value, or an expression, a type or the words of a sentence.

use std::ops::Range;
use std::sync::LazyLock;

use super::class::{byte, is_word};
use super::keys::{self, KeyClass, Reach};
use super::lexicon::Lexicon;
use super::rule::{Rule, placeholder_end};

/// Longest value that is compared with words and shapes of programming languages.
const WORD_BYTES_MAX: usize = 48;
/// Shortest value behind an everyday word that counts as a secret.
const SECRET_BYTES_MIN: usize = 6;
/// Digits of the shortest and longest PIN.
const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

/// Values that hold no secret, types included.
static EMPTY_WORDS: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    let mut lexicon = Lexicon::new();
    lexicon.add(
        "none null nil true false undefined str string int bool boolean bytes any object optional text varchar not \
         required missing invalid expired empty new self this await is unset nan number char byte function u8 u16 u32 \
         u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 float double long short void unit option error failed ok \
         basic bearer lambda return default if for omit include",
        (),
    );
    lexicon
});

/// How a value stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// To the end of the line behind the name of a header.
    Header,
    /// In quotes, or behind a key in quotes.
    Quoted,
    /// `key=value`
    Assigned,
    /// `key = value`, as source code is written.
    AssignedWide,
    /// `key: value`
    Told,
}

/// False for the words of programming languages that stand for nothing.
pub(super) fn word_has_meaning(text: &[u8]) -> bool {
    EMPTY_WORDS.find(text).is_none()
}

/// True if the value has to go: it is not empty, scrubbed already, a template, an expression, a sentence.
pub(super) fn is_value(
    bytes: &[u8],
    value: &Range<usize>,
    key: &[u8],
    class: KeyClass,
    manner: Manner,
) -> bool {
    let text = &bytes[value.clone()];
    if text.len() < 2 || is_scrubbed(text) {
        return false;
    }
    if text.len() > WORD_BYTES_MAX {
        return true;
    }
    let kinds = Kinds::of(text);
    if kinds.lack(WORDY) || is_masked(text) || !kinds.lack(FILLED_IN) && is_template(text) {
        return false;
    }
    let password = class.rule == Rule::Password && class.reach == Reach::Whole;
    if manner == Manner::Header {
        return !is_expression(bytes, value, kinds);
    }
    if manner == Manner::Quoted {
        let word = !password && !word_has_meaning(text);
        let likely = class.reach == Reach::Whole || class.rule != Rule::Token || text.len() >= 4;
        let label = ends_with(key, text)
            || keys::same(key, text)
            || !kinds.lack(SPACE) && is_label(text, class);
        return likely && !word && !label;
    }
    if !word_has_meaning(text)
        || key.eq_ignore_ascii_case(text)
        || text.ends_with(b":")
        || is_expression(bytes, value, kinds)
    {
        return false;
    }
    let secret = looks_secret(text, class, kinds);
    match manner {
        Manner::Told => {
            let named = class.rule == Rule::User && class.reach == Reach::Whole;
            (class.reach == Reach::Whole || secret) && (named || !is_sentence(bytes, value))
        }
        Manner::AssignedWide => {
            let may_be_password = password && !text.contains(&b'_');
            let word = kinds.are_only(LETTER | UNDERSCORE | DOT) && !may_be_password;
            secret && class.rule != Rule::User
                || !word && (class.reach == Reach::Whole || !is_small_number(text, kinds))
        }
        _ => class.reach == Reach::Whole || !is_small_number(text, kinds) || secret,
    }
}

/// Which kinds of bytes a value has: one bit for each.
#[derive(Clone, Copy)]
struct Kinds(u16);

const DIGIT: u16 = 1;
const SMALL: u16 = 1 << 1;
const CAPITAL: u16 = 1 << 2;
const LETTER: u16 = SMALL | CAPITAL;
/// Beyond ASCII.
const HIGH: u16 = 1 << 3;
const WORDY: u16 = DIGIT | LETTER | HIGH;
const UNDERSCORE: u16 = 1 << 4;
const DOT: u16 = 1 << 5;
const COLON: u16 = 1 << 6;
const HYPHEN: u16 = 1 << 7;
const BRACKET: u16 = 1 << 8;
const SLASH: u16 = 1 << 9;
const EQUALS: u16 = 1 << 10;
/// What templates begin with.
const FILLED_IN: u16 = 1 << 11;
const OTHER: u16 = 1 << 12;
const SPACE: u16 = 1 << 13;

static KINDS: [u16; 256] = {
    let mut kinds = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' => SMALL,
            b'A'..=b'Z' => CAPITAL,
            0x80.. => HIGH,
            b'_' => UNDERSCORE,
            b'.' => DOT,
            b':' => COLON,
            b'-' => HYPHEN,
            b'(' => BRACKET,
            b'/' => SLASH,
            b'=' => EQUALS,
            b' ' => SPACE,
            b'%' | b'$' | b'{' | b'<' | b'#' => FILLED_IN,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
};

impl Kinds {
    fn of(text: &[u8]) -> Self {
        Self(text.iter().fold(0, |kinds, &b| kinds | KINDS[b as usize]))
    }

    /// True if there is no byte of these kinds.
    fn lack(self, kinds: u16) -> bool {
        self.0 & kinds == 0
    }

    /// True if there is no byte of another kind.
    fn are_only(self, kinds: u16) -> bool {
        self.0 & !kinds == 0
    }
}

/// True if nothing but placeholders and signs is left.
fn is_scrubbed(text: &[u8]) -> bool {
    let mut at = 0;
    let mut placeholders = 0;
    while at < text.len() {
        match placeholder_end(text, at) {
            Some(end) => {
                at = end;
                placeholders += 1;
            }
            None if is_word(text[at]) => return false,
            None => at += 1,
        }
    }
    placeholders > 0
}

/// `GEN_EMAIL: "email"`: the value only says the key again.
fn ends_with(key: &[u8], text: &[u8]) -> bool {
    let tail = key.len().checked_sub(text.len()).map(|at| &key[at..]);
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(text))
}

/// `Current password`, `There is an account with this address.`: what a form says. Names have capitals, passphrases do not
/// speak of passwords.
fn is_label(text: &[u8], class: KeyClass) -> bool {
    let mut words = text.split(|&b| b == b' ').filter(|word| !word.is_empty());
    let letters = |b: &u8| b.is_ascii_alphabetic() || b",.'?!-".contains(b) || *b >= 0x80;
    if words.clone().count() < 2 || !text.iter().all(|b| *b == b' ' || letters(b)) {
        return false;
    }
    let says_so = |word: &[u8]| {
        keys::classify(word)
            .is_some_and(|said| said.rule == class.rule && said.reach == Reach::Whole)
    };
    match class.rule {
        Rule::Password | Rule::Credentials => words.any(says_so),
        Rule::User | Rule::Email | Rule::Token => {
            let small = |word: &[u8]| word[0].is_ascii_lowercase() && word.len() > 2;
            words.skip(1).any(small)
        }
        _ => false,
    }
}

/// `****`, `xxxx`, `0000`: scrubbed by somebody else, or a sample.
fn is_masked(text: &[u8]) -> bool {
    let all = |set: &[u8]| text.iter().all(|b| set.contains(b));
    all(b"xX") || all(b"0")
}

/// `${password}`, `{token}`, `<secret>`, `%s`: to be filled in.
fn is_template(text: &[u8]) -> bool {
    const WHOLE: [&[u8]; 8] = [b"%d", b"%r", b"%v", b"%q", b"%@", b"%p", b"$1", b"$2"];
    let (first, last) = (text[0], text[text.len() - 1]);
    let has = |pair: &[u8; 2]| text.windows(2).any(|two| two == pair);
    let percent = match text {
        b"%s" => true,
        [b'%', b'(', .., b')', b's'] => true,
        _ => text
            .windows(3)
            .any(|three| matches!(three, b" %s" | b"%s ")),
    };
    let braces = || text.contains(&b'}') && (has(b"${") || has(b"#{") || has(b"{{"));
    percent
        || matches!((first, last), (b'<', b'>') | (b'{', b'}'))
        || WHOLE.contains(&text)
        || braces()
}

/// A name in a program, perhaps with a path before it, and what goes on behind it: `get_pass(`, `Option<`,
/// `crate::Token`, `args.user`, `c_int`.
fn is_expression(bytes: &[u8], value: &Range<usize>, kinds: Kinds) -> bool {
    const POINTERS: [&[u8]; 6] = [b"*mut ", b"*const ", b"&mut ", b"&'", b"&self", b"&str"];
    let text = &bytes[value.clone()];
    let name_len = if kinds.are_only(NAME) {
        text.len()
    } else {
        let in_name = |b: &&u8| KINDS[**b as usize] & NAME != 0;
        text.iter().take_while(in_name).count()
    };
    let name = &text[..name_len];
    let path = !kinds.lack(COLON) && name.windows(2).any(|pair| pair == b"::");
    let underscore = text[0] == b'_' && kinds.are_only(SMALL | DIGIT | UNDERSCORE);
    let pointer = matches!(text[0], b'*' | b'&')
        && POINTERS
            .iter()
            .any(|prefix| bytes[value.start..].starts_with(prefix));
    path || is_call(bytes, value.start, name) || underscore || pointer || text.starts_with(b"c_")
}

/// True if the colon at the end of a value is the text's: `Kennwort=x7!q: refused`. Behind a word of a program it
/// may be part of what is written there: `Token: error: unexpected`.
pub(super) fn ends_before_colon(text: &[u8], manner: Manner) -> bool {
    let Some(text) = text.strip_suffix(b":") else {
        return false;
    };
    let word = Kinds::of(text).are_only(LETTER | UNDERSCORE | DOT) && is_wordy(text);
    manner == Manner::Assigned || !word
}

/// What names in programs are made of.
const NAME: u16 = DIGIT | LETTER | UNDERSCORE | DOT | COLON;

/// True if what follows the name that starts at `start` makes it a call, an index, a type with parameters.
fn is_call(bytes: &[u8], start: usize, name: &[u8]) -> bool {
    let at = |i: usize| byte(bytes, start + name.len() + i);
    let opens = match at(0) {
        b'(' | b'[' => true,
        b'<' => at(1).is_ascii_alphabetic() || at(1) == b'&',
        b'!' => matches!(at(1), b'(' | b'[' | b'{'),
        _ => false,
    };
    if !opens || name.len() < 3 || !is_wordy(name) {
        return false;
    }
    let kinds = Kinds::of(name);
    kinds.lack(DIGIT) || !kinds.lack(UNDERSCORE | DOT) && !at(1).is_ascii_digit()
}

/// Written in one of the ways of programs: `snake_case`, `camelCase`, `Camel`, not `xKqZ`.
fn is_wordy(name: &[u8]) -> bool {
    let upper = name.iter().filter(|b| b.is_ascii_uppercase()).count();
    upper * 3 <= name.len()
}

/// What stands behind an everyday word is a secret if nobody would write it as a word.
fn looks_secret(text: &[u8], class: KeyClass, kinds: Kinds) -> bool {
    let letters = !kinds.lack(LETTER);
    match class.rule {
        Rule::Password if kinds.are_only(DIGIT) => PIN_DIGITS.contains(&text.len()),
        Rule::Cookie if !kinds.lack(EQUALS) => true,
        Rule::User => letters && kinds.lack(BRACKET | SLASH),
        _ => {
            let mixed = text.len() >= SECRET_BYTES_MIN
                && letters
                && !kinds.lack(DIGIT)
                && kinds.lack(BRACKET);
            mixed || text.len() >= 20 && letters && kinds.lack(DOT)
        }
    }
}

fn is_small_number(text: &[u8], kinds: Kinds) -> bool {
    text.len() < SECRET_BYTES_MIN && kinds.are_only(DIGIT | DOT | HYPHEN)
}

/// `Password: must be longer than`: a word, followed by a small one.
fn is_sentence(bytes: &[u8], value: &Range<usize>) -> bool {
    let text = &bytes[value.clone()];
    let small = |b: &u8| b.is_ascii_lowercase();
    if !text[1..].iter().all(small)
        || !text[0].is_ascii_alphabetic()
        || byte(bytes, value.end) != b' '
    {
        return false;
    }
    let next = &bytes[value.end + 1..];
    let length = next.iter().take(24).take_while(|b| is_word(**b)).count();
    length > 1 && next[..length].iter().all(small)
}
