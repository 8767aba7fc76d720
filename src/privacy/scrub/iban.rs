//! International bank account numbers, compact and in groups.

use super::class::{byte, separator};

/// Characters of the longest IBAN (ISO 13616), and of the shortest in use (Norway).
const IBAN_CHARS_MAX: usize = 34;

/// Country and length, from the SWIFT registry.
#[rustfmt::skip]
const COUNTRIES: &[(&str, u8)] = &[
    ("AD", 24), ("AE", 23), ("AL", 28), ("AT", 20), ("AZ", 28), ("BA", 20), ("BE", 16), ("BG", 22), ("BH", 22),
    ("BI", 27), ("BR", 29), ("BY", 28), ("CH", 21), ("CR", 22), ("CY", 28), ("CZ", 24), ("DE", 22), ("DJ", 27),
    ("DK", 18), ("DO", 28), ("EE", 20), ("EG", 29), ("ES", 24), ("FI", 18), ("FK", 18), ("FO", 18), ("FR", 27),
    ("GB", 22), ("GE", 22), ("GI", 23), ("GL", 18), ("GR", 27), ("GT", 28), ("HN", 28), ("HR", 21), ("HU", 28),
    ("IE", 22), ("IL", 23), ("IQ", 23), ("IS", 26), ("IT", 27), ("JO", 30), ("KW", 30), ("KZ", 20), ("LB", 28),
    ("LC", 32), ("LI", 21), ("LT", 20), ("LU", 20), ("LV", 21), ("LY", 25), ("MC", 27), ("MD", 24), ("ME", 22),
    ("MK", 19), ("MN", 20), ("MR", 27), ("MT", 31), ("MU", 30), ("NI", 28), ("NL", 18), ("NO", 15), ("OM", 23),
    ("PK", 24), ("PL", 28), ("PS", 29), ("PT", 25), ("QA", 29), ("RO", 24), ("RS", 22), ("RU", 33), ("SA", 24),
    ("SC", 31), ("SD", 18), ("SE", 24), ("SI", 19), ("SK", 24), ("SM", 27), ("SO", 23), ("ST", 25), ("SV", 28),
    ("TL", 23), ("TN", 24), ("TR", 26), ("UA", 29), ("VA", 22), ("VG", 24), ("XK", 20), ("YE", 30),
];

/// The lengths by country, 0 if it has no IBAN.
static LENGTHS: [u8; LETTERS * LETTERS] = {
    let mut lengths = [0; LETTERS * LETTERS];
    let mut i = 0;
    while i < COUNTRIES.len() {
        let code = COUNTRIES[i].0.as_bytes();
        lengths[place(code[0], code[1])] = COUNTRIES[i].1;
        i += 1;
    }
    lengths
};

const LETTERS: usize = 26;

const fn place(first: u8, second: u8) -> usize {
    (first - b'A') as usize * LETTERS + (second - b'A') as usize
}

/// Length of the IBANs of a country.
fn length(code: [u8; 2]) -> Option<usize> {
    let [first, second] = code.map(|b| b.to_ascii_uppercase());
    if !first.is_ascii_uppercase() || !second.is_ascii_uppercase() {
        return None;
    }
    Some(usize::from(LENGTHS[place(first, second)])).filter(|&length| length > 0)
}

/// True if a word may start an IBAN: two letters, two digits.
pub(super) fn may_start(bytes: &[u8], start: usize) -> bool {
    byte(bytes, start).is_ascii_alphabetic()
        && byte(bytes, start + 1).is_ascii_alphabetic()
        && byte(bytes, start + 2).is_ascii_digit()
        && byte(bytes, start + 3).is_ascii_digit()
}

/// End of the IBAN that starts at `start`.
pub(super) fn starting_at(bytes: &[u8], start: usize) -> Option<usize> {
    let length = length([byte(bytes, start), byte(bytes, start + 1)])?;
    let mut chars = [0u8; IBAN_CHARS_MAX];
    let mut at = start;
    for slot in chars.iter_mut().take(length) {
        if !byte(bytes, at).is_ascii_alphanumeric() {
            at += Some(separator(bytes, at)).filter(|&width| width > 0)?;
        }
        let b = byte(bytes, at);
        if !b.is_ascii_alphanumeric() {
            return None;
        }
        *slot = b.to_ascii_uppercase();
        at += 1;
    }
    let ends = !byte(bytes, at).is_ascii_alphanumeric();
    (ends && passes_mod_97(&chars[..length])).then_some(at)
}

/// ISO 7064 mod 97-10 over the number with its first four characters moved to the end.
fn passes_mod_97(chars: &[u8]) -> bool {
    let rotated = chars[4..].iter().chain(&chars[..4]);
    let remainder = rotated.fold(0u32, |rest, &b| {
        if b.is_ascii_digit() {
            (rest * 10 + u32::from(b - b'0')) % 97
        } else {
            (rest * 100 + u32::from(b - b'A') + 10) % 97
        }
    });
    remainder == 1
}

/// End of the bank identifier code (ISO 9362) that starts at `start`: bank, country, place, branch.
pub(super) fn bic(bytes: &[u8], start: usize, end: usize) -> Option<usize> {
    let code = bytes.get(start..end)?;
    let shape = matches!(code.len(), 8 | 11)
        && code[..6].iter().all(u8::is_ascii_alphabetic)
        && code[6..].iter().all(u8::is_ascii_alphanumeric);
    let upper = code.iter().all(|b| !b.is_ascii_lowercase());
    let country = [code.get(4).copied()?, code.get(5).copied()?];
    let known =
        length(country).is_some() || [b"US", b"CA", b"AU", b"JP", b"CN"].contains(&&country);
    (shape && upper && known).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Option<&str> {
        starting_at(text.as_bytes(), 0).map(|end| &text[..end])
    }

    #[test]
    fn compact_and_grouped() {
        for iban in [
            "DE89370400440532013000",
            "DE89 3704 0044 0532 0130 00",
            "GB82-WEST-1234-5698-7654-32",
            "de89370400440532013000",
            "FR14 2004 1010 0505 0001 3M02 606",
            "DE89+3704+0044+0532+0130+00",
        ] {
            assert_eq!(found(iban), Some(iban), "{iban}");
        }
        assert_eq!(
            found("DE89 3704 0044 0532 0130 00 EUR"),
            Some("DE89 3704 0044 0532 0130 00")
        );
    }

    #[test]
    fn a_wrong_check_digit_is_no_iban() {
        for text in [
            "DE88370400440532013000",
            "XX89370400440532013000",
            "DE8937040044053201300",
            "DE89 3704",
        ] {
            assert_eq!(found(text), None, "{text}");
        }
    }

    #[test]
    fn bank_identifiers() {
        assert_eq!(bic(b"COBADEFFXXX", 0, 11), Some(11));
        assert_eq!(bic(b"COBADEFF", 0, 8), Some(8));
        assert_eq!(bic(b"Filename", 0, 8), None);
        assert_eq!(bic(b"INTERNAL", 0, 8), None);
    }
}
