//! The closed set of things that are found, with the fixed texts that stand for them.

use std::sync::LazyLock;

use serde::Serialize;

use super::lexicon::Lexicon;

/// What was found. Its name and placeholder are fixed texts: neither says anything about the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// E-mail address, in any encoding.
    Email,
    /// IPv4 address: its trailing octets are masked.
    Ipv4,
    /// IPv6 address: its trailing part is masked.
    Ipv6,
    /// Hardware address of a network interface.
    Mac,
    /// Telephone or fax number.
    Phone,
    /// Payment card number that passes the Luhn check.
    Card,
    /// Bank account number that passes ISO 7064 mod 97-10.
    Iban,
    /// Bank identifier beside an account or a cue.
    Bic,
    /// Tax, social-insurance or identity number of a person.
    NationalId,
    /// Date of birth.
    BirthDate,
    /// Geographic position: coarsened to a tenth of a degree (about 11 km).
    Coordinates,
    /// Serial number of a mobile device.
    Imei,
    /// Vehicle registration plate.
    Plate,
    /// API key, access token, JWT or other bearer of rights.
    Token,
    /// Password or passphrase.
    Password,
    /// User name and password inside a URL or connection string, or a basic-auth header.
    Credentials,
    /// Cookie or session value.
    Cookie,
    /// PEM block of a private key.
    PrivateKey,
    /// Name of a person.
    Name,
    /// Login or account name, also in the path of a home directory.
    User,
    /// Name that somebody gave to a device or a host.
    Device,
    /// Postal address.
    Address,
    /// The user's own id, replaced by a keyed hash.
    Pseudonym,
    /// Identifier-like segment of a page's path.
    Id,
    /// Found by a rule of the project's own.
    Custom,
    /// Left out because the policy keeps no such part.
    Dropped,
    /// Reduced to its structure because a limit was reached.
    Limit,
}

impl Rule {
    /// Every rule.
    pub const ALL: [Rule; 27] = [
        Rule::Email,
        Rule::Ipv4,
        Rule::Ipv6,
        Rule::Mac,
        Rule::Phone,
        Rule::Card,
        Rule::Iban,
        Rule::Bic,
        Rule::NationalId,
        Rule::BirthDate,
        Rule::Coordinates,
        Rule::Imei,
        Rule::Plate,
        Rule::Token,
        Rule::Password,
        Rule::Credentials,
        Rule::Cookie,
        Rule::PrivateKey,
        Rule::Name,
        Rule::User,
        Rule::Device,
        Rule::Address,
        Rule::Pseudonym,
        Rule::Id,
        Rule::Custom,
        Rule::Dropped,
        Rule::Limit,
    ];

    /// True for what no policy can switch off: addresses, cards and accounts, credentials.
    pub fn is_floor(self) -> bool {
        matches!(
            self,
            Rule::Email
                | Rule::Ipv4
                | Rule::Ipv6
                | Rule::Card
                | Rule::Iban
                | Rule::Token
                | Rule::Password
                | Rule::Credentials
                | Rule::Cookie
                | Rule::PrivateKey
                | Rule::Dropped
                | Rule::Limit
        )
    }

    /// Fixed name, as stored and counted.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Email => "email",
            Rule::Ipv4 => "ipv4",
            Rule::Ipv6 => "ipv6",
            Rule::Mac => "mac",
            Rule::Phone => "phone",
            Rule::Card => "card",
            Rule::Iban => "iban",
            Rule::Bic => "bic",
            Rule::NationalId => "national_id",
            Rule::BirthDate => "birth_date",
            Rule::Coordinates => "coordinates",
            Rule::Imei => "imei",
            Rule::Plate => "plate",
            Rule::Token => "token",
            Rule::Password => "password",
            Rule::Credentials => "credentials",
            Rule::Cookie => "cookie",
            Rule::PrivateKey => "private_key",
            Rule::Name => "name",
            Rule::User => "user",
            Rule::Device => "device",
            Rule::Address => "address",
            Rule::Pseudonym => "pseudonym",
            Rule::Id => "id",
            Rule::Custom => "custom",
            Rule::Dropped => "dropped",
            Rule::Limit => "limit",
        }
    }

    /// What stands in the text afterwards.
    pub fn placeholder(self) -> &'static str {
        match self {
            Rule::Email => "[email]",
            Rule::Ipv4 | Rule::Ipv6 => "[ip]",
            Rule::Mac => "[mac]",
            Rule::Phone => "[phone]",
            Rule::Card => "[card]",
            Rule::Iban => "[iban]",
            Rule::Bic => "[bic]",
            Rule::NationalId => "[national-id]",
            Rule::BirthDate => "[birth-date]",
            Rule::Coordinates => "[coordinates]",
            Rule::Imei => "[imei]",
            Rule::Plate => "[plate]",
            Rule::Token => "[token]",
            Rule::Password => "[password]",
            Rule::Credentials => "[credentials]",
            Rule::Cookie => "[cookie]",
            Rule::PrivateKey => "[private-key]",
            Rule::Name => "[name]",
            Rule::User | Rule::Pseudonym => "[user]",
            Rule::Device => "[device]",
            Rule::Address => "[address]",
            Rule::Id => "[id]",
            Rule::Custom => "[custom]",
            Rule::Dropped => "[dropped]",
            Rule::Limit => "[removed]",
        }
    }

    /// A pattern (RE2) that finds such values in stored columns, for the rules whose values have a shape
    /// that a pattern can see. It matches neither a placeholder nor a masked address. Check digits are
    /// beyond a pattern, so a match is a candidate to look at, no proof.
    pub fn engine_pattern(self) -> Option<&'static str> {
        Some(match self {
            Rule::Email => {
                r"(?i)[a-z0-9._%+-]{1,64}(?:@|%40|&#64;)(?:[a-z0-9-]{1,63}\.)+(?:[a-z]{2,24}|xn--[a-z0-9-]+)\b"
            }
            // The last octet of a masked address is zero, loopback is kept; a letter or slash before
            // the first octet makes it a version.
            Rule::Ipv4 => concat!(
                r"(?:^|[^0-9A-Za-z./_-])",
                r"(?:[1-9]|[1-9][0-9]|1[013-9][0-9]|12[0-689]|2[0-4][0-9]|25[0-5])",
                r"(?:\.(?:[0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])){2}",
                r"\.(?:[1-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5])",
                r"(?:$|[^0-9A-Za-z.-])"
            ),
            // More than the four groups that a masked address keeps.
            Rule::Ipv6 => {
                r"(?i)(?:^|[^0-9a-z:])(?:[0-9a-f]{1,4}:){5,7}(?::?[0-9a-f]{1,4})(?:$|[^0-9a-z:])"
            }
            Rule::Mac => r"(?i)(?:^|[^0-9a-z:-])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?:$|[^0-9a-z:-])",
            Rule::Phone => {
                r"(?:^|[^0-9A-Za-z+])\+[1-9][0-9]{0,2}[ ./-]?\(?[0-9](?:[ ./()-]{0,2}[0-9]){6,12}(?:$|[^0-9A-Za-z])"
            }
            Rule::Card => concat!(
                r"(?:^|[^0-9A-Za-z.-])(?:",
                r"(?:4[0-9]{3}|5[1-5][0-9]{2}|2[2-7][0-9]{2}|6011|65[0-9]{2}|35[0-9]{2})(?:[ -]?[0-9]{4}){3}",
                r"|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5}",
                r")(?:$|[^0-9A-Za-z.-])"
            ),
            Rule::Iban => r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",
            Rule::NationalId => {
                r"\b(?:756\.[0-9]{4}\.[0-9]{4}\.[0-9]{2}|[A-Z]{6}[0-9]{2}[ABCDEHLMPRST][0-9]{2}[A-Z][0-9]{3}[A-Z])\b"
            }
            Rule::Token => concat!(
                r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}",
                r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
                r"|\bgh[opsru]_[A-Za-z0-9]{36}",
                r"|\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}",
                r"|\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
                r"|\bglpat-[A-Za-z0-9_-]{20}"
            ),
            Rule::Credentials => r"://[^/\s:@\[\]]+:[^/\s@\[\]]+@",
            Rule::PrivateKey => "-----BEGIN [A-Z ]*PRIVATE KEY-----",
            Rule::User => {
                r"(?:/home/|/Users/|[A-Za-z]:[\\/]+Users[\\/]+)[A-Za-z][a-z]+[._-][A-Za-z][a-z]+[\\/]"
            }
            _ => return None,
        })
    }
}

/// Longest placeholder: `[national-id]`, `[private-key]`, `[credentials]`, `[coordinates]`.
pub(super) const PLACEHOLDER_BYTES_MAX: usize = 13;

/// What stands between the brackets of placeholders. Words that other scrubbers leave count in any case.
static INNERS: LazyLock<Lexicon<Inner>> = LazyLock::new(|| {
    let mut lexicon = Lexicon::new();
    for rule in Rule::ALL {
        let placeholder = rule.placeholder();
        lexicon.add(&placeholder[1..placeholder.len() - 1], Inner::Ours);
    }
    lexicon.add("filtered redacted", Inner::Others);
    lexicon
});

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inner {
    Ours,
    Others,
}

/// The end of the placeholder that starts at `at`, if one does. Words that other scrubbers leave
/// (`[Filtered]`, `[REDACTED]`) count as well.
#[inline]
pub(super) fn placeholder_end(bytes: &[u8], at: usize) -> Option<usize> {
    match bytes.get(at) {
        Some(b'[') => inner_end(bytes, at + 1).map(|end| end + 1),
        _ => None,
    }
}

fn inner_end(bytes: &[u8], start: usize) -> Option<usize> {
    let rest = &bytes[start..];
    let length = rest
        .iter()
        .take(PLACEHOLDER_BYTES_MAX - 1)
        .position(|&b| b == b']')?;
    let inner = &rest[..length];
    let known = match INNERS.find(inner)? {
        Inner::Ours => !inner.iter().any(u8::is_ascii_uppercase),
        Inner::Others => true,
    };
    known.then_some(start + length)
}
