//! International bank account numbers, compact and in groups.

use super::class::{byte, separator};

/// Characters of the longest IBAN (ISO 13616), and of the shortest in use (Norway).
const IBAN_CHARS_MAX: usize = 34;

/// Country and length, from the SWIFT registry.
#[rustfmt::skip]
const LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22),
    (b"BH", 22), (b"BI", 27), (b"BR", 29), (b"BY", 28), (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24),
    (b"DE", 22), (b"DJ", 27), (b"DK", 18), (b"DO", 28), (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18),
    (b"FK", 18), (b"FO", 18), (b"FR", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23), (b"GL", 18), (b"GR", 27),
    (b"GT", 28), (b"HN", 28), (b"HR", 21), (b"HU", 28), (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26),
    (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20),
    (b"LU", 20), (b"LV", 21), (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MK", 19), (b"MN", 20),
    (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NI", 28), (b"NL", 18), (b"NO", 15), (b"OM", 23), (b"PK", 24),
    (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22), (b"RU", 33), (b"SA", 24),
    (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27), (b"SO", 23), (b"ST", 25),
    (b"SV", 28), (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20),
    (b"YE", 30),
];

/// True if a word may start an IBAN: two letters, two digits.
pub(super) fn may_start(bytes: &[u8], start: usize) -> bool {
    byte(bytes, start).is_ascii_alphabetic()
        && byte(bytes, start + 1).is_ascii_alphabetic()
        && byte(bytes, start + 2).is_ascii_digit()
        && byte(bytes, start + 3).is_ascii_digit()
}

/// End of the IBAN that starts at `start`.
pub(super) fn starting_at(bytes: &[u8], start: usize) -> Option<usize> {
    let country = [
        byte(bytes, start).to_ascii_uppercase(),
        byte(bytes, start + 1).to_ascii_uppercase(),
    ];
    let length = LENGTHS.iter().find(|(code, _)| **code == country)?.1;
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
    let known = LENGTHS.iter().any(|(c, _)| **c == country)
        || [b"US", b"CA", b"AU", b"JP", b"CN"].contains(&&country);
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
