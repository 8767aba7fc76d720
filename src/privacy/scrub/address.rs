//! Network addresses: IPv4, IPv6 in every spelling, hardware addresses.
//!
//! A run of characters is taken whole and parsed; nothing is cut in half. What is loopback or unspecified
//! says nothing about anybody and stays, and so do four-part versions.
#![expect(
    clippy::disallowed_types,
    reason = "reads the addresses that are in texts, to mask them"
)]

use std::net::{Ipv4Addr, Ipv6Addr};

use super::class::{CLASS, DIGIT, HEX, before, byte, word_at, word_before};
use super::instead::Instead;
use super::rule::Rule;
use super::span::Span;
use crate::privacy::ip::IpMask;

/// Longest spelling of an IPv6 address, with a dotted tail: 8 x 4 digits would be 39.
const IPV6_BYTES_MAX: usize = 45;

/// A dotted quad: the address and its end.
fn quad(bytes: &[u8], start: usize) -> Option<(Ipv4Addr, usize)> {
    let mut octets = [0u8; 4];
    let mut at = start;
    for (i, octet) in octets.iter_mut().enumerate() {
        if i > 0 {
            if byte(bytes, at) != b'.' {
                return None;
            }
            at += 1;
        }
        let from = at;
        let mut value = 0u16;
        while at < from + 3 && byte(bytes, at).is_ascii_digit() {
            value = value * 10 + u16::from(bytes[at] - b'0');
            at += 1;
        }
        if at == from {
            return None;
        }
        *octet = u8::try_from(value).ok()?;
    }
    let next = byte(bytes, at);
    let goes_on =
        word_at(bytes, at) || next == b'_' || next == b'.' && byte(bytes, at + 1).is_ascii_digit();
    (!goes_on).then_some((Ipv4Addr::from(octets), at))
}

/// What is at a number that is followed by a dot.
pub(super) enum Dotted {
    /// An address: where it ends, and what has to be done unless it is masked already or nobody's.
    Address(usize, Option<Span>),
    /// A version of four parts.
    Version(usize),
}

/// The IPv4 address that starts with the number at `start`. `after_version` tells that the text before
/// announces a version.
pub(super) fn ipv4(
    bytes: &[u8],
    start: usize,
    mask: IpMask,
    after_version: bool,
) -> Option<Dotted> {
    let (address, end) = quad(bytes, start)?;
    if after_version || is_version(bytes, start, end) {
        return Some(Dotted::Version(end));
    }
    if is_nobodys(address) {
        return Some(Dotted::Address(end, None));
    }
    let masked = mask.v4(address);
    let instead = Instead::Octets(masked.octets());
    let span = Span::with(start, end, Rule::Ipv4, instead);
    // With leading zeros it is written anew.
    let changed = masked != address || end - start != written_len(address);
    Some(Dotted::Address(end, changed.then_some(span)))
}

/// Bytes of the address as it is usually written.
fn written_len(address: Ipv4Addr) -> usize {
    let digits = |octet: u8| 1 + usize::from(octet > 9) + usize::from(octet > 99);
    3 + address.octets().map(digits).iter().sum::<usize>()
}

/// Loopback, "this network" and network masks.
fn is_nobodys(address: Ipv4Addr) -> bool {
    address.is_loopback() || matches!(address.octets()[0], 0 | 255)
}

/// What stands right around a quad that makes it a version: `Chrome/120.0.0.0`, `lib-1.2.3.4.jar`, `>=1.2.3.4`.
fn is_version(bytes: &[u8], start: usize, end: usize) -> bool {
    let (previous, next) = (before(bytes, start), byte(bytes, end));
    if next == b'-' && byte(bytes, end + 1).is_ascii_alphabetic() {
        return true;
    }
    match previous {
        b'-' | b'_' => {
            let word = before(bytes, start - 1);
            // ip-... and addr_... are glued on as well, but a library's name is more likely.
            word.is_ascii_alphabetic() && matches!(next, b'.' | b'/' | b'-' | b'_')
        }
        b'=' => matches!(before(bytes, start - 1), b'=' | b'>' | b'<' | b'~' | b'!'),
        b'^' | b'~' => true,
        b'/' if next != b':' => is_product(bytes, start - 1),
        _ => false,
    }
}

/// True for the name of a product before the slash, as in a user agent: starts after a space and has a capital.
fn is_product(bytes: &[u8], slash: usize) -> bool {
    /// Longest product name that is looked for.
    const PRODUCT_BYTES_MAX: usize = 32;
    let from = slash.saturating_sub(PRODUCT_BYTES_MAX);
    let name = bytes[from..slash]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || **b == b'_')
        .count();
    let start = slash - name;
    let capital = bytes[start..slash].iter().any(u8::is_ascii_uppercase);
    capital
        && matches!(
            before(bytes, start),
            b' ' | b'\n' | b'(' | b'"' | b'\'' | b';' | b'+' | b'='
        )
}

/// The IPv6 address around the colon at `colon`: where the run ends, and what has to be done.
pub(super) fn ipv6(bytes: &[u8], colon: usize, mask: IpMask) -> Option<(usize, Option<Span>)> {
    let in_run = |b: u8| CLASS[b as usize] & HEX != 0 || b == b':' || b == b'.';
    let mut start = colon;
    while start > 0 && colon - start < 5 && CLASS[bytes[start - 1] as usize] & HEX != 0 {
        start -= 1;
    }
    let previous = before(bytes, start);
    if colon - start > 4 || previous == b':' || previous == b'_' || word_before(bytes, start) {
        return None;
    }
    let limit = bytes.len().min(start + IPV6_BYTES_MAX + 1);
    let run = bytes[start..limit]
        .iter()
        .take_while(|&&b| in_run(b))
        .count();
    let mut end = start + run;
    while end > start
        && (bytes[end - 1] == b'.' || bytes[end - 1] == b':' && before(bytes, end - 1) != b':')
    {
        end -= 1;
    }
    // A single colon before the address belongs to a key: `addr:2001:db8::1`.
    if bytes[start] == b':' && byte(bytes, start + 1) != b':' {
        return None;
    }
    if end - start < 2 || word_at(bytes, end) || byte(bytes, end) == b'_' || run > IPV6_BYTES_MAX {
        return None;
    }
    // Loopback is written in logs all the time.
    if let b"::" | b"::1" = &bytes[start..end] {
        return Some((end, None));
    }
    // Times of day have two colons.
    let colons = bytes[start..end].iter().filter(|&&b| b == b':').count();
    if !(6..=8).contains(&colons) && !bytes[start..end].windows(2).any(|pair| pair == b"::") {
        return None;
    }
    let text = std::str::from_utf8(&bytes[start..end]).ok()?;
    let (address, end) = parse(text).map(|(address, length)| (address, start + length))?;
    // ::1, and slices of programs: `x[::2]`
    if address.to_bits() <= 0xffff {
        return Some((end, None));
    }
    let digits = text.bytes().any(|b| CLASS[b as usize] & DIGIT != 0);
    // C++ namespaces of letters a to f: `fed::bad`.
    if !digits && colons < 3 {
        return None;
    }
    let zone = zone_end(bytes, end, address);
    let masked = mask.v6(address);
    let unchanged = zone == end && masked == address;
    let instead = Instead::Segments {
        segments: masked.segments(),
        // Before another colon the short form would run into it.
        in_full: byte(bytes, zone) == b':',
    };
    let span = Span::with(start, zone, Rule::Ipv6, instead);
    Some((zone, (!unchanged).then_some(span)))
}

/// The address at the start of the text; a ninth group is a port that was written without brackets.
fn parse(text: &str) -> Option<(Ipv6Addr, usize)> {
    if let Ok(address) = text.parse() {
        return Some((address, text.len()));
    }
    let (head, port) = text.rsplit_once(':')?;
    let is_port = (1..=5).contains(&port.len()) && port.bytes().all(|b| b.is_ascii_digit());
    if !is_port || head.contains("::") {
        return None;
    }
    head.parse().ok().map(|address| (address, head.len()))
}

/// Link-local addresses may name the interface: `fe80::1%eth0`, in URLs `%25eth0`.
fn zone_end(bytes: &[u8], end: usize, address: Ipv6Addr) -> usize {
    if byte(bytes, end) != b'%' || !address.is_unicast_link_local() {
        return end;
    }
    let name = bytes[end + 1..]
        .iter()
        .take(16)
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    end + 1 + name
}

/// The hardware address that starts with the two hexadecimal digits at `start`: six pairs, joined by
/// colons or hyphens. `cue` allows a hyphenated one without letters.
pub(super) fn mac(bytes: &[u8], start: usize, cue: bool) -> Option<Span> {
    const MAC_BYTES: usize = 17;
    let text = bytes.get(start..start + MAC_BYTES)?;
    let joint = text[2];
    if joint != b':' && joint != b'-' || before(bytes, start) == joint {
        return None;
    }
    let shape = text.iter().enumerate().all(|(i, &b)| {
        if i % 3 == 2 {
            b == joint
        } else {
            CLASS[b as usize] & HEX != 0
        }
    });
    let next = byte(bytes, start + MAC_BYTES);
    if !shape
        || word_at(bytes, start + MAC_BYTES)
        || next == joint && word_at(bytes, start + MAC_BYTES + 1)
    {
        return None;
    }
    let letters = text.iter().any(u8::is_ascii_alphabetic);
    let plain = text.iter().all(|b| matches!(b, b'0' | b':' | b'-'))
        || text.iter().all(|b| matches!(b, b'f' | b'F' | b':' | b'-'));
    (!plain && (letters || cue || joint == b':'))
        .then(|| Span::new(start, start + MAC_BYTES, Rule::Mac))
}

/// Three groups of four hexadecimal digits joined by dots, as some switches print it.
pub(super) fn mac_dotted(bytes: &[u8], start: usize) -> Option<Span> {
    const MAC_BYTES: usize = 14;
    let text = bytes.get(start..start + MAC_BYTES)?;
    let shape = text.iter().enumerate().all(|(i, &b)| {
        if i % 5 == 4 {
            b == b'.'
        } else {
            CLASS[b as usize] & HEX != 0
        }
    });
    let free =
        !word_at(bytes, start + MAC_BYTES) && !matches!(before(bytes, start), b'.' | b'-' | b'_');
    let mixed = text.iter().any(u8::is_ascii_digit) && text.iter().any(u8::is_ascii_alphabetic);
    (shape && free && mixed).then(|| Span::new(start, start + MAC_BYTES, Rule::Mac))
}

#[cfg(test)]
mod tests {
    use super::super::custom::Custom;
    use super::*;

    fn written(span: Span) -> String {
        let mut out = String::new();
        span.instead.write(span.rule, &Custom::default(), &mut out);
        out
    }

    fn v4(text: &str) -> Option<String> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        match ipv4(text.as_bytes(), start, IpMask::default(), false)? {
            Dotted::Address(_, span) => span.map(written),
            Dotted::Version(_) => None,
        }
    }

    fn v6(text: &str) -> Option<String> {
        let colon = text.find(':')?;
        ipv6(text.as_bytes(), colon, IpMask::default())?
            .1
            .map(written)
    }

    #[test]
    fn quads() {
        assert_eq!(v4("203.0.113.77").as_deref(), Some("203.0.113.0"));
        assert_eq!(v4("from 203.0.113.77:8080").as_deref(), Some("203.0.113.0"));
        assert_eq!(v4("peer /203.0.113.77").as_deref(), Some("203.0.113.0"));
        for text in [
            "203.0.113.0",
            "127.0.0.1",
            "0.0.0.0",
            "Mozilla (X) Chrome/120.0.1.2",
            "lib-1.2.3.4.jar",
            "1.2.3.4.5",
            "1.2.3.400",
            "x>=1.2.3.4",
            "1.2.3.4-beta",
            "1.2.3",
        ] {
            assert_eq!(v4(text), None, "{text}");
        }
    }

    #[test]
    fn every_spelling_of_v6_and_never_half() {
        assert_eq!(v6("2001:db8::1").as_deref(), Some("2001:db8::"));
        assert_eq!(
            v6("[2001:DB8:A1B2:C3D4:e5f6:1:2:3]:443").as_deref(),
            Some("2001:db8:a1b2:c3d4::")
        );
        assert_eq!(
            v6("::ffff:192.0.2.128").as_deref(),
            Some("::ffff:192.0.2.0")
        );
        assert_eq!(v6("fe80::1%eth0").as_deref(), Some("fe80::"));
        assert_eq!(
            v6("2001:db8::1: refused").as_deref(),
            Some("2001:db8:0:0:0:0:0:0")
        );
        for text in [
            "std::__1::tree",
            "fed::bad",
            "::1",
            "::",
            "12:30:45",
            "a::b",
            "2001:db8::",
            "crate::de::x",
        ] {
            assert_eq!(v6(text), None, "{text}");
        }
    }

    #[test]
    fn hardware_addresses() {
        assert!(mac(b"00:1a:2b:3c:4d:5e", 0, false).is_some());
        assert!(mac(b"00-1A-2B-3C-4D-5E.", 0, false).is_some());
        assert!(mac(b"00:11:22:33:44:55", 0, false).is_some());
        assert!(mac(b"20-11-22-03-40-55", 0, false).is_none());
        assert!(mac(b"00:1a:2b:3c:4d:5e:6f", 0, false).is_none());
        assert!(mac_dotted(b"001a.2b3c.4d5e", 0).is_some());
    }
}
