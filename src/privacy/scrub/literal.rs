//! Whether what stands behind a key in source code, without quotes, is a secret that was written down there
//! (`DB_PASSWORD=Tr0ub4dor&3` of a script, `token: 8a7f3c2b91` of a settings file) or part of the program.

use super::keys::{KeyClass, Reach};
use super::rule::{Rule, placeholder_end};

/// Shortest such secret. Shorter ones look like names in programs.
const SECRET_BYTES_MIN: usize = 6;
/// Shortest that has no more than letters and digits.
const PLAIN_SECRET_BYTES_MIN: usize = 8;

/// True if `text`, the value of a key of this class, is a literal that nobody would write as a name or expression.
pub(super) fn is_secret(text: &[u8], class: KeyClass) -> bool {
    let secret = matches!(
        class.rule,
        Rule::Password | Rule::Token | Rule::Credentials | Rule::Cookie
    );
    if !secret || text.len() < SECRET_BYTES_MIN || placeholder_end(text, 0).is_some() {
        return false;
    }
    let digits = text.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = text.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if digits == text.len() {
        // `pin = 17` counts something, `password=12345678` does not.
        return class.reach == Reach::Whole;
    }
    // Calls, indexes, paths, templates.
    let program = text.iter().any(|b| b"()[]{}<>\"'`,;:\\".contains(b)) || text.contains(&b'.');
    if program || digits == 0 || letters == 0 || is_number(text) {
        return false;
    }
    let between = digit_groups_between_letters(text);
    if text.iter().all(u8::is_ascii_alphanumeric) {
        return text.len() >= PLAIN_SECRET_BYTES_MIN
            && between.max(leading_group(text)) > 0
            && digit_groups(text) > 1;
    }
    // `P@ssw0rd`, but not `$HOME`, `!done2`, `a1 != b`.
    let inner = &text[1..];
    let marked = inner.iter().any(|b| b"!@~".contains(b));
    let joined = inner.iter().any(|b| b"$#%^&*+=/?".contains(b));
    marked && text[0] != b'@' || joined && between > 0 && text.len() >= PLAIN_SECRET_BYTES_MIN
}

/// `0x7f3c`, `1_000u64`, `10ms`, `1e5`
fn is_number(text: &[u8]) -> bool {
    let digits = |b: &&u8| b.is_ascii_digit() || **b == b'_';
    let whole = text.iter().take_while(digits).count();
    let suffix = &text[whole..];
    let size = suffix.iter().skip(1).all(u8::is_ascii_digit);
    let unit = suffix.len() <= 3 && suffix.iter().all(u8::is_ascii_alphabetic);
    let radix = whole == 1 && matches!(text[..2], [b'0', b'x' | b'b' | b'o']);
    whole > 0 && (size || unit || radix)
}

fn digit_groups(text: &[u8]) -> usize {
    let groups = text.split(|b| !b.is_ascii_digit());
    groups.filter(|group| !group.is_empty()).count()
}

/// 1 if it starts with digits: no name does.
fn leading_group(text: &[u8]) -> usize {
    usize::from(text[0].is_ascii_digit())
}

/// Groups of digits with a letter at either side: two in `Tr0ub4dor`.
fn digit_groups_between_letters(text: &[u8]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while let Some(step) = text[at..].iter().position(u8::is_ascii_digit) {
        let start = at + step;
        let length = text[start..]
            .iter()
            .take_while(|b| b.is_ascii_digit())
            .count();
        at = start + length;
        let letter = |i: usize| text.get(i).is_some_and(u8::is_ascii_alphabetic);
        count += usize::from(start > 0 && letter(start - 1) && letter(at));
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> bool {
        let class = KeyClass {
            rule: Rule::Password,
            reach: Reach::Whole,
        };
        is_secret(text.as_bytes(), class)
    }

    #[test]
    fn literals() {
        for text in [
            "Tr0ub4dor&3",
            "s3cr3t!x",
            "P@ssw0rd",
            "8a7f3c2b91",
            "a8f5f167f44f4964",
            "12345678",
            "hunter2!",
            "xK9dPq2vRt",
        ] {
            assert!(secret(text), "{text}");
        }
    }

    #[test]
    fn names_and_expressions() {
        for text in [
            "user_password",
            "getpass2",
            "sha256sum",
            "oauth2token",
            "args.password1",
            "get_pass(1)",
            "0x7f3c2b",
            "1000u64",
            "10ms",
            "None",
            "$PASSWORD1",
            "password",
            "x1+y2",
            "[token]",
            "i32",
        ] {
            assert!(!secret(text), "{text}");
        }
    }
}
