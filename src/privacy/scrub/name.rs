//! Names of people, where a cue says that one follows, and of their devices and cars.

use std::ops::Range;
use std::sync::LazyLock;

use super::class::{before, byte, char_at, letters_start, word_at};
use super::iban;
use super::lexicon::{Lexicon, packed, packed_words};
use super::rule::Rule;
use super::span::Span;

/// Words that a name has at most, particles included.
const WORDS_MAX: usize = 5;

/// Small words inside names, and titles before them.
#[rustfmt::skip]
const PARTICLES: [u64; 39] = packed_words([
    "von", "van", "de", "der", "den", "zu", "zur", "la", "le", "du", "da", "di", "del", "della", "el", "al", "bin", "ibn",
    "und", "and", "ter", "ten", "dos", "das", "y", "e", "het",
    "die", "los", "las", "vom", "zum", "af", "av", "op", "do", "Ó", "Ní", "Uí",
]);
const TITLES: [u64; 12] = packed_words([
    "dr", "prof", "med", "ing", "dipl", "mag", "phil", "jur", "sir", "lady", "herrn", "frau",
]);

/// Capitalised words that follow a cue and are no names.
static NO_NAMES: LazyLock<Lexicon<()>> = LazyLock::new(|| {
    let mut lexicon = Lexicon::new();
    lexicon.add(
        "sir madam customer customers user users team all everyone damen herren kunde kunden kundin nutzer \
         support administrator admin the this is not error exception null none unknown invalid visual studio \
         google chrome mobile safari firefox windows mac linux server client main thread worker pool service \
         manager default test red hat internet explorer microsoft edge apple android samsung browser web app \
         page new http https json sie world there welt zusammen leute folks guys file",
        (),
    );
    lexicon
});

/// The capitalised words from `start` on that make a name of at least `least` words.
pub(super) fn capitalised(bytes: &[u8], start: usize, least: usize) -> Option<Range<usize>> {
    let (mut at, mut end, mut words, mut count) = (start, start, 0, 0);
    let mut first = None;
    while count < WORDS_MAX {
        let word = word_end(bytes, at);
        if word == at {
            break;
        }
        let text = &bytes[at..word];
        let small = packed(text);
        let title = small.is_some_and(|word| TITLES.contains(&word));
        if title || small.is_some_and(|word| PARTICLES.contains(&word)) {
            // Belongs to the name only if one follows.
        } else if is_capitalised(bytes, at, word)
            && (words > 0 && least == 1 || NO_NAMES.find(text).is_none())
        {
            words += 1;
            end = word;
        } else {
            break;
        }
        first.get_or_insert(at);
        count += 1;
        at = word;
        if byte(bytes, at) == b'.' && (title || text.len() <= 2) {
            if !title {
                end = at + 1;
            }
            at += 1;
        }
        if byte(bytes, at) == b',' && words == 1 && byte(bytes, at + 1) == b' ' && least > 1 {
            // Schmidt, Anna
            at += 1;
        }
        if byte(bytes, at) == b' ' || byte(bytes, at) == b'+' {
            at += 1;
        } else if bytes[at.min(bytes.len())..].starts_with("\u{a0}".as_bytes()) {
            at += 2;
        } else {
            break;
        }
    }
    (words >= least).then_some(first?..end)
}

/// End of the word at `at`: letters with hyphens and apostrophes inside.
fn word_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at;
    while end < bytes.len() {
        let b = bytes[end];
        let width = match b {
            b'a'..=b'z' | b'A'..=b'Z' => 1,
            b'-' | b'\''
                if end > at
                    && word_at(bytes, end + 1)
                    && !byte(bytes, end + 1).is_ascii_digit() =>
            {
                1
            }
            0x80.. => char_at(bytes, end)
                .filter(|c| c.is_alphabetic() || *c == '\u{2019}')
                .map_or(0, char::len_utf8),
            _ => 0,
        };
        if width == 0 {
            break;
        }
        end += width;
    }
    end
}

/// A capital, then small letters; or an initial. `McDonald` passes, `HTTP` and `camelCase` do not.
fn is_capitalised(bytes: &[u8], start: usize, end: usize) -> bool {
    let Ok(word) = std::str::from_utf8(&bytes[start..end]) else {
        return false;
    };
    let mut chars = word.chars();
    let Some(first) = chars.next() else {
        return false;
    };
    // Scripts without capitals.
    if first.is_alphabetic() && !first.is_lowercase() && !first.is_uppercase() {
        return true;
    }
    let initial = word.chars().count() == 1 && byte(bytes, end) == b'.';
    let follows = byte(bytes, end);
    let code = follows == b'('
        || follows == b'_'
        || follows == b':' && byte(bytes, end + 1) == b':'
        || follows == b'.' && word_at(bytes, end + 1);
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    let humps = word.split(['-', '\'', '\u{2019}']).count()
        + usize::from(word.starts_with("Mc") || word.starts_with("Mac"));
    first.is_uppercase()
        && !code
        && (initial
            || chars.any(char::is_lowercase)
                && capitals <= humps.max(1) + 1
                && (capitals <= humps || word.len() > 5 && humps > 1))
}

/// The device that somebody named after themselves, whose kind is the word `start..end`: `Anna's iPhone`,
/// `iPhone von Anna`, `Annas-MacBook-Pro`.
pub(super) fn device(bytes: &[u8], start: usize, end: usize) -> Option<Span> {
    let model_end = model_end(bytes, end);
    let joint = before(bytes, start);
    if !matches!(joint, b' ' | b'-' | b'_') {
        return None;
    }
    // Anna's Apple Watch
    let maker = bytes[..start - 1]
        .strip_suffix(b"Apple")
        .unwrap_or_default();
    let kind = if maker.ends_with(&[joint]) {
        maker.len()
    } else {
        start
    };
    let owner = owner_start(bytes, kind - 1, &bytes[start..end])?;
    Some(Span::new(owner, model_end, Rule::Device))
}

/// The device behind its kind: `iPhone von Anna`.
pub(super) fn device_of(bytes: &[u8], start: usize, end: usize) -> Option<Span> {
    let model = model_end(bytes, end);
    let rest = &bytes[model..];
    let link = [&b" von "[..], b" de ", b" of ", b" di ", b" van "]
        .into_iter()
        .find(|link| rest.starts_with(link))?;
    let name = capitalised(bytes, model + link.len(), 1)?;
    Some(Span::new(start, name.end, Rule::Device))
}

/// `Pro`, `15`, `Air.local` behind the kind of device.
fn model_end(bytes: &[u8], end: usize) -> usize {
    let mut at = end;
    for part in [
        &b"-Pro"[..],
        b" Pro",
        b"-Air",
        b" Air",
        b" Max",
        b"-Mini",
        b" Mini",
        b"-mini",
        b" mini",
        b".local",
        b".fritz.box",
        b".lan",
    ] {
        if bytes[at..].starts_with(part) {
            at += part.len();
        }
    }
    at
}

/// Longest name before the kind of a device, in bytes.
const OWNER_BYTES_MAX: usize = 40;

/// Kinds of device that are named after their owner from the beginning.
const NAMED_KINDS: [u64; 6] =
    packed_words(["iphone", "ipad", "ipod", "macbook", "imac", "airpods"]);
/// Words that end as a possessive does and stand before a device.
const NO_OWNERS: [u64; 22] = packed_words([
    "this", "his", "has", "was", "its", "apps", "users", "devices", "windows", "settings",
    "photos", "does", "less", "plus", "unless", "previous", "various", "yes", "always", "perhaps",
    "across", "versus",
]);

/// Start of the possessive before a `kind` of device that ends at `end`: `Anna's`, `Anna’s`, `Annas` before a hyphen or
/// a device that bears its owner's name.
fn owner_start(bytes: &[u8], end: usize, kind: &[u8]) -> Option<usize> {
    let hyphen = matches!(byte(bytes, end), b'-' | b'_');
    let named = || packed(kind).is_some_and(|kind| NAMED_KINDS.contains(&kind));
    let stem = [
        &b"'s"[..],
        "\u{2019}s".as_bytes(),
        b"-s",
        b"s'",
        "s\u{2019}".as_bytes(),
    ]
    .into_iter()
    .find(|ending| bytes[..end].ends_with(ending))
    .map(|ending| end - ending.len());
    let stem = match stem {
        Some(stem) => stem,
        None if hyphen || named() => end,
        None => return None,
    };
    let start = letters_start(bytes, stem, OWNER_BYTES_MAX);
    let length = stem - start;
    let possessive = stem < end || before(bytes, end) == b's';
    let other = packed(&bytes[start..end]).is_some_and(|word| NO_OWNERS.contains(&word));
    (length > 1 && possessive && !other && is_capitalised(bytes, start, stem)).then_some(start)
}

/// The registration plate that a cue has announced at `start`: letters and digits in groups.
pub(super) fn plate(bytes: &[u8], start: usize) -> Option<Span> {
    const PLATE_BYTES_MAX: usize = 12;
    let mut end = start;
    let (mut letters, mut digits) = (0, 0);
    while end < start + PLATE_BYTES_MAX {
        match byte(bytes, end) {
            b'A'..=b'Z' => letters += 1,
            b'0'..=b'9' => digits += 1,
            0xC3 if matches!(byte(bytes, end + 1), 0x84 | 0x96 | 0x9C) => {
                letters += 1;
                end += 1;
            }
            // Behind a space no digit follows another: that is the next number.
            b' ' if before(bytes, end).is_ascii_digit()
                && byte(bytes, end + 1).is_ascii_digit() =>
            {
                break;
            }
            b' ' | b'-' | b':'
                if end > start && matches!(byte(bytes, end + 1), b'A'..=b'Z' | b'0'..=b'9') => {}
            _ => break,
        }
        end += 1;
    }
    (letters >= 1 && (1..=6).contains(&digits) && letters + digits >= 4 && !word_at(bytes, end))
        .then(|| Span::new(start, end, Rule::Plate))
}

/// The bank identifier that a cue has announced at `start`.
pub(super) fn bank(bytes: &[u8], start: usize) -> Option<Span> {
    let length = bytes[start..]
        .iter()
        .take(12)
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    iban::bic(bytes, start, start + length).map(|end| Span::new(start, end, Rule::Bic))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str, least: usize) -> Option<&str> {
        capitalised(text.as_bytes(), 0, least).map(|range| &text[range])
    }

    #[test]
    fn names() {
        assert_eq!(name("Müller hat", 1), Some("Müller"));
        assert_eq!(
            name("Dr. Anna-Lena Schmidt is", 1),
            Some("Dr. Anna-Lena Schmidt")
        );
        assert_eq!(
            name("Ludwig van Beethoven, ", 2),
            Some("Ludwig van Beethoven")
        );
        assert_eq!(name("O'Brien", 1), Some("O'Brien"));
        assert_eq!(name("Schmidt, Anna (x)", 2), Some("Schmidt, Anna"));
        assert_eq!(name("Ronald McDonald", 2), Some("Ronald McDonald"));
        for text in [
            "Customer",
            "is",
            "main",
            "HTTP Error",
            "Foo::Bar x",
            "Visual Studio",
            "PaymentService failed",
        ] {
            assert_eq!(name(text, 2), None, "{text}");
        }
    }

    #[test]
    fn devices() {
        for (text, kind) in [
            ("Anna's iPhone", "iPhone"),
            ("Anna’s MacBook Pro", "MacBook"),
            ("Annas-MacBook-Pro.local", "MacBook"),
            ("Annas-Mac-mini.local", "Mac"),
            ("Annas iPhone", "iPhone"),
            ("Anna’s Apple Watch", "Watch"),
        ] {
            let start = text.find(kind).unwrap();
            let span = device(text.as_bytes(), start, start + kind.len());
            assert_eq!(
                span.map(|s| (s.start, s.end)),
                Some((0, text.len())),
                "{text}"
            );
        }
        assert!(device(b"Apple iPhone", 6, 12).is_none());
        assert!(device(b" iPhone/om", 1, 7).is_none());
        assert!(device(b"Settings iPhone", 9, 15).is_none());
        assert!(device_of("iPhone von Anna".as_bytes(), 0, 6).is_some());
    }

    #[test]
    fn plates() {
        assert_eq!(plate(b"M-AB 1234 on", 0).map(|s| s.end), Some(9));
        assert_eq!(plate("LÖ-W 12".as_bytes(), 0).map(|s| s.end), Some(8));
        assert_eq!(
            plate("TÜ-KK 3009 3 tries".as_bytes(), 0).map(|s| s.end),
            Some(11)
        );
        assert!(plate(b"ABC", 0).is_none());
    }
}
