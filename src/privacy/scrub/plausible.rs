//! Whether what stands behind a key is a value, or an expression, a type or the words of a sentence.

use std::ops::Range;
use std::sync::LazyLock;

use super::class::{byte, is_word};
use super::keys::{KeyClass, Reach};
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
         basic lambda return default if for",
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
    if text.len() < 2
        || placeholder_end(bytes, value.start) == Some(value.end)
        || !text.iter().any(|b| b.is_ascii_alphanumeric() || *b >= 0x80)
    {
        return false;
    }
    if text.len() > WORD_BYTES_MAX {
        return true;
    }
    if is_masked(text) || is_template(text) {
        return false;
    }
    let password = class.rule == Rule::Password && class.reach == Reach::Whole;
    if manner == Manner::Header {
        return !is_expression(bytes, value);
    }
    if manner == Manner::Quoted {
        let word = !password && !word_has_meaning(text);
        let likely = class.reach == Reach::Whole || class.rule != Rule::Token || text.len() >= 4;
        return likely && !word && !ends_with(key, text);
    }
    if !word_has_meaning(text) || key.eq_ignore_ascii_case(text) || is_expression(bytes, value) {
        return false;
    }
    let secret = looks_secret(text, class);
    match manner {
        Manner::Told => {
            let named = class.rule == Rule::User && class.reach == Reach::Whole;
            (class.reach == Reach::Whole || secret) && (named || !is_sentence(bytes, value))
        }
        Manner::AssignedWide => {
            let may_be_password = password && !text.contains(&b'_');
            let word = is_identifier(text) && !may_be_password;
            secret && class.rule != Rule::User
                || !word && (class.reach == Reach::Whole || !is_small_number(text))
        }
        _ => class.reach == Reach::Whole || !is_small_number(text) || secret,
    }
}

/// `GEN_EMAIL: "email"`: the value only says the key again.
fn ends_with(key: &[u8], text: &[u8]) -> bool {
    let tail = key.len().checked_sub(text.len()).map(|at| &key[at..]);
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(text))
}

/// `****`, `xxxx`, `0000`: scrubbed by somebody else, or a sample.
fn is_masked(text: &[u8]) -> bool {
    let all = |set: &[u8]| text.iter().all(|b| set.contains(b));
    all(b"xX") || all(b"0")
}

/// `${password}`, `{token}`, `<secret>`, `%s`: to be filled in.
fn is_template(text: &[u8]) -> bool {
    const WHOLE: [&[u8]; 9] = [
        b"%s", b"%d", b"%r", b"%v", b"%q", b"%@", b"%p", b"$1", b"$2",
    ];
    const INSIDE: [&[u8]; 5] = [b" %s", b"%s ", b"${", b"#{", b"{{"];
    if memchr::memchr3(b'%', b'$', b'{', text).is_none() && text[0] != b'<' {
        return false;
    }
    let inside = |open: u8, close: u8| text[0] == open && text[text.len() - 1] == close;
    inside(b'<', b'>')
        || inside(b'{', b'}')
        || text.starts_with(b"%(") && text.ends_with(b")s")
        || WHOLE.contains(&text)
        || INSIDE.iter().any(|part| {
            memchr::memmem::find(text, part).is_some()
                && text.contains(&b'}') | part.contains(&b'%')
        })
}

/// A name in a program, perhaps with a path before it, and what goes on behind it: `get_pass(`, `Option<`,
/// `crate::Token`, `args.user`, `c_int`.
fn is_expression(bytes: &[u8], value: &Range<usize>) -> bool {
    let text = &bytes[value.clone()];
    let in_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':');
    let name_len = text.iter().take_while(in_name).count();
    let name = &text[..name_len];
    let at = |i: usize| {
        text.get(i)
            .copied()
            .unwrap_or_else(|| byte(bytes, value.start + i))
    };
    let digits = name.iter().any(u8::is_ascii_digit);
    let path = name.windows(2).any(|pair| pair == b"::");
    let next = at(name_len + 1);
    let opens = matches!(at(name_len), b'(' | b'[')
        || at(name_len) == b'<' && (next.is_ascii_alphabetic() || next == b'&')
        || at(name_len) == b'!' && matches!(next, b'(' | b'[' | b'{');
    let call = name_len >= 3
        && opens
        && is_wordy(name)
        && (!digits || name.iter().any(|b| matches!(b, b'_' | b'.')) && !next.is_ascii_digit());
    let underscore = text.starts_with(b"_")
        && text
            .iter()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_');
    let pointer = [
        &b"*mut "[..],
        b"*const ",
        b"&mut ",
        b"&'",
        b"&self",
        b"&str",
    ]
    .into_iter()
    .any(|prefix| bytes[value.start..].starts_with(prefix));
    path || call || underscore || pointer || text.starts_with(b"c_") || text.ends_with(b":")
}

/// Written in one of the ways of programs: `snake_case`, `camelCase`, `Camel`, not `xKqZ`.
fn is_wordy(name: &[u8]) -> bool {
    let upper = name.iter().filter(|b| b.is_ascii_uppercase()).count();
    upper * 3 <= name.len()
}

fn is_identifier(text: &[u8]) -> bool {
    text.iter()
        .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.'))
}

/// What stands behind an everyday word is a secret if nobody would write it as a word.
fn looks_secret(text: &[u8], class: KeyClass) -> bool {
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    match class.rule {
        Rule::Password if digits == text.len() => PIN_DIGITS.contains(&digits),
        Rule::Cookie if text.contains(&b'=') => true,
        Rule::User => letters > 0 && !text.contains(&b'(') && !text.contains(&b'/'),
        _ => {
            let mixed = text.len() >= SECRET_BYTES_MIN
                && digits > 0
                && letters > 0
                && !text.contains(&b'(');
            mixed || text.len() >= 20 && letters > 0 && !text.contains(&b'.')
        }
    }
}

fn is_small_number(text: &[u8]) -> bool {
    text.len() < SECRET_BYTES_MIN
        && text
            .iter()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'))
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
