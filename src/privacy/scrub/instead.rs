//! What stands in the place of something that was found.

use super::custom::Custom;
use super::rule::Rule;

/// Kept small and without allocations: a text may have thousands of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instead {
    /// The placeholder of the rule.
    Placeholder,
    /// The placeholder of a rule of the project's own.
    Own(u8),
    /// A masked IPv4 address.
    Octets([u8; 4]),
    /// A masked IPv6 address; `in_full` has no double colon.
    Segments { segments: [u16; 8], in_full: bool },
    /// A number with one decimal.
    Decimal {
        sign: Option<char>,
        whole: u16,
        tenths: u8,
    },
}

impl Instead {
    /// Appends the text.
    pub fn write(self, rule: Rule, custom: &Custom, out: &mut String) {
        match self {
            Self::Placeholder => out.push_str(rule.placeholder()),
            Self::Own(number) => out.push_str(custom.placeholder(number)),
            Self::Octets(octets) => push_octets(octets, out),
            Self::Segments { segments, in_full } => push_segments(segments, in_full, out),
            Self::Decimal {
                sign,
                whole,
                tenths,
            } => {
                out.extend(sign);
                push_decimal(whole, out);
                out.push('.');
                push_decimal(u16::from(tenths), out);
            }
        }
    }
}

fn push_decimal(number: u16, out: &mut String) {
    if number >= 10 {
        push_decimal(number / 10, out);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

fn push_octets(octets: [u8; 4], out: &mut String) {
    for (i, octet) in octets.into_iter().enumerate() {
        if i > 0 {
            out.push('.');
        }
        push_decimal(u16::from(octet), out);
    }
}

/// RFC 5952: small letters, no leading zeros, two colons for the first of the longest rows of zeros.
fn push_segments(segments: [u16; 8], in_full: bool, out: &mut String) {
    let zeros_from = |start: usize| segments[start..].iter().take_while(|&&s| s == 0).count();
    let gap = (0..8).rev().max_by_key(|&start| zeros_from(start));
    let (start, length) = match gap {
        Some(start) if !in_full && zeros_from(start) > 1 => (start, zeros_from(start)),
        _ => (8, 0),
    };
    // A mapped IPv4 address is written as one.
    if !in_full && segments[..6] == [0, 0, 0, 0, 0, 0xffff] {
        out.push_str("::ffff:");
        let [a, b] = segments[6].to_be_bytes();
        let [c, d] = segments[7].to_be_bytes();
        return push_octets([a, b, c, d], out);
    }
    for (i, segment) in segments.into_iter().enumerate() {
        if i == start {
            out.push_str("::");
        }
        if (start..start + length).contains(&i) {
            continue;
        }
        if i > 0 && i != start + length {
            out.push(':');
        }
        push_hexadecimal(segment, out);
    }
}

fn push_hexadecimal(number: u16, out: &mut String) {
    if number >= 16 {
        push_hexadecimal(number / 16, out);
    }
    out.extend(char::from_digit(u32::from(number % 16), 16));
}

#[cfg(test)]
mod tests {
    #![expect(
        clippy::disallowed_types,
        reason = "compares with the library's way of writing addresses"
    )]

    use std::net::Ipv6Addr;

    use super::*;

    fn written(instead: Instead) -> String {
        let mut out = String::new();
        instead.write(Rule::Ipv6, &Custom::default(), &mut out);
        out
    }

    #[test]
    fn addresses_are_written_as_the_library_does() {
        for text in [
            "::",
            "2001:db8::",
            "2001:db8:a1b2:c3d4::",
            "::ffff:192.0.2.0",
            "64:ff9b::c000:200",
            "1:0:0:2::",
            "1:2:3:4:5:6:7:0",
            "fe80::",
            "::1:0:0:0",
        ] {
            let segments = text.parse::<Ipv6Addr>().unwrap().segments();
            let short = Instead::Segments {
                segments,
                in_full: false,
            };
            assert_eq!(written(short), text);
        }
        let segments = [0x2001, 0xdb8, 0, 0, 0, 0, 0, 0];
        let full = Instead::Segments {
            segments,
            in_full: true,
        };
        assert_eq!(written(full), "2001:db8:0:0:0:0:0:0");
        assert_eq!(written(Instead::Octets([203, 0, 113, 0])), "203.0.113.0");
    }

    #[test]
    fn positions() {
        let west = Instead::Decimal {
            sign: Some('-'),
            whole: 120,
            tenths: 5,
        };
        assert_eq!(written(west), "-120.5");
    }
}
