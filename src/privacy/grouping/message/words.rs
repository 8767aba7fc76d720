//! Which words of a message vary.

/// What becomes of a word.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It is part of the program.
    Written,
    Varies,
    /// From this byte on.
    VariesFrom(usize),
    /// A path of a web application: some of its segments vary.
    Route,
}

/// Names with digits in them. Lower case.
#[rustfmt::skip]
const NAMES: [&str; 32] = [
    "utf8", "utf-8", "utf16", "utf-16", "utf8mb4", "latin1", "iso-8859-1", "base64", "base64url", "md5", "sha1", "sha256",
    "sha-256", "sha512", "http2", "http3", "h2", "oauth2", "ipv4", "ipv6", "s3", "ec2", "k8s", "i18n", "x64", "x86",
    "x86_64", "arm64", "amd64", "int32", "int64", "float64",
];
/// Behind these stands a code of the program's own.
#[rustfmt::skip]
const BEFORE_CODES: [&str; 9] = ["status", "code", "errno", "http", "signal", "sqlstate", "exit", "error", "statuscode"];
/// Digits of such a code.
const CODE_DIGITS_MAX: usize = 3;
/// Roots of file systems; other paths are a web application's.
#[rustfmt::skip]
const ROOTS: [&str; 17] = [
    "/srv/", "/var/", "/home/", "/Users/", "/tmp/", "/usr/", "/opt/", "/etc/", "/mnt/", "/data/", "/proc/", "/dev/",
    "/root/", "/private/", "/run/", "/storage/", "/media/",
];
/// Words of dates and times.
#[rustfmt::skip]
const CALENDAR: [&str; 43] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "January", "February", "March",
    "April", "June", "July", "August", "September", "October", "November", "December", "Mon", "Tue", "Wed", "Thu", "Fri",
    "Sat", "Sun", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "AM", "PM", "GMT", "UTC",
    "CET", "CEST",
];

pub(super) fn is_part(c: char) -> bool {
    c.is_alphanumeric() || "_-./:@#+%\\~&?$!*".contains(c)
}

/// `previous`: the word before. `apart`: a space or a star stands before this word.
pub(super) fn classify(word: &str, previous: &str, apart: bool) -> Word {
    if word.starts_with('/') && word.len() > 1 {
        return path(word);
    }
    let drive = word.as_bytes().get(1) == Some(&b':') && word.as_bytes().get(2) == Some(&b'\\');
    if drive || word.starts_with("./") || word.starts_with("../") || word.starts_with("~/") {
        return Word::Varies;
    }
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    if let Some(at) = word.find('@') {
        // The identity of an object; anything else was an address.
        return if at > 0 && word[at + 1..].bytes().all(|b| b.is_ascii_hexdigit()) {
            Word::VariesFrom(at + 1)
        } else {
            Word::Varies
        };
    }
    if digits == 0 {
        let beside_number = previous.bytes().any(|b| b.is_ascii_digit())
            || matches!(word, "Mon" | "Tue" | "Wed" | "Thu" | "Fri" | "Sat" | "Sun");
        let calendar = apart && CALENDAR.contains(&word);
        let month = calendar && !matches!(word, "May" | "March" | "August");
        return if calendar && (beside_number || month) {
            Word::Varies
        } else {
            Word::Written
        };
    }
    if is_error_code(word, digits, previous) || is_name(word, digits) {
        return Word::Written;
    }
    Word::Varies
}

/// A segment of a web application's path.
pub(super) fn varies_in_route(segment: &str) -> bool {
    const WORD_BYTES_MAX: usize = 24;
    let version = segment.len() == 2 && segment.starts_with('v');
    segment.len() > WORD_BYTES_MAX || (segment.bytes().any(|b| b.is_ascii_digit()) && !version)
}

fn path(word: &str) -> Word {
    let base = word.rsplit('/').next().unwrap_or_default();
    let file = base
        .rsplit_once('.')
        .is_some_and(|(stem, extension)| !stem.is_empty() && (1..=5).contains(&extension.len()));
    if file || ROOTS.iter().any(|root| word.starts_with(root)) {
        Word::Varies
    } else {
        Word::Route
    }
}

/// Whether a quoted text was quoted from a program: `order_total`, `lineItems`, `shop.Order.address()`.
pub(super) fn is_code(quoted: &str) -> bool {
    let mut before = '\0';
    let hump = quoted.chars().any(|c| {
        let hump = before.is_ascii_lowercase() && c.is_ascii_uppercase();
        before = c;
        hump
    });
    let letters = |b: u8| b.is_ascii_alphabetic() || b"_.:$()".contains(&b);
    quoted.bytes().all(letters) && (hump || quoted.contains('_') || quoted.ends_with("()"))
}

/// `404` behind `status`, `#418` behind `error`.
fn is_error_code(word: &str, digits: usize, previous: &str) -> bool {
    let number = word.strip_prefix('#').unwrap_or(word);
    digits == number.len()
        && digits <= CODE_DIGITS_MAX
        && BEFORE_CODES
            .iter()
            .any(|before| previous.eq_ignore_ascii_case(before))
}

/// `UTF-8`, `S3Client`, `Base64Decoder`.
fn is_name(word: &str, digits: usize) -> bool {
    let mut letters = word.bytes();
    let class = digits <= 2
        && letters.next().is_some_and(|b| b.is_ascii_uppercase())
        && word.bytes().all(|b| b.is_ascii_alphanumeric())
        && word.bytes().any(|b| b.is_ascii_lowercase())
        && word.len() >= 6
        && word.ends_with(|c: char| c.is_ascii_lowercase());
    class || NAMES.iter().any(|name| word.eq_ignore_ascii_case(name))
}
