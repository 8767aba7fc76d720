//! The client's address: found behind trusted proxies, and masked in the same breath.
#![expect(
    clippy::disallowed_types,
    reason = "the one place that sees whole addresses"
)]

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::ip::{IpMask, MaskedIp};
use super::raw::Raw;
use crate::intake::headers::{Header, Headers};

/// Networks whose word about the client's address is believed.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(pub Vec<IpNet>);

impl TrustedProxies {
    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// Hops of a forwarding header that are looked at, from the right.
const HOPS_MAX: usize = 32;

/// The masked address of whoever sent the request: the TCP peer, or right to left through `Forwarded`
/// (RFC 7239) or `X-Forwarded-For` as far as the peers are trusted proxies.
pub fn masked_sender(
    peer: &Raw<SocketAddr>,
    headers: &Raw<Headers<'_>>,
    trusted: &TrustedProxies,
    mask: IpMask,
) -> MaskedIp {
    let mut sender = peer.look().ip();
    if !trusted.trusts(sender) {
        return mask.mask(sender);
    }
    let headers = headers.look();
    let (header, address_of): (Header, fn(&str) -> Option<&str>) =
        match headers.get(Header::Forwarded) {
            Some(_) => (Header::Forwarded, forwarded_for),
            None => (Header::ForwardedFor, |hop| Some(hop)),
        };
    let lines = headers.lines(header).rev();
    for hop in lines.flat_map(hops).take(HOPS_MAX) {
        // An unreadable hop ("unknown", "_hidden") ends the chain: what stands left of it proves nothing.
        let Some(address) = address_of(hop.trim_ascii()).and_then(parse_hop) else {
            break;
        };
        sender = address;
        if !trusted.trusts(sender) {
            break;
        }
    }
    mask.mask(sender)
}

/// The hops of a line, from the right.
fn hops(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let comma = line.bytes().rposition(|byte| byte == b',');
        rest = comma.map(|at| &line[..at]);
        Some(comma.map_or(line, |at| &line[at + 1..]))
    })
}

/// The address of an element of `Forwarded`: `for=192.0.2.60;proto=http`.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("for")
            .then(|| value.trim().trim_matches('"'))
    })
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`, `fe80::1%eth0`.
pub(super) fn parse_hop(hop: &str) -> Option<IpAddr> {
    if let Ok(address) = hop.parse() {
        return Some(address);
    }
    let address = match hop.strip_prefix('[') {
        Some(bracketed) => bracketed.split_once(']')?.0,
        None if hop.matches(':').count() == 1 => hop.split_once(':')?.0,
        None => hop,
    };
    let without_zone = address
        .split_once('%')
        .map_or(address, |(address, _)| address);
    without_zone.parse().ok()
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    fn sender(peer: &str, headers: &[(&'static str, &str)]) -> String {
        let trusted = TrustedProxies(vec![
            "127.0.0.0/8".parse().unwrap(),
            "::1/128".parse().unwrap(),
            "10.0.0.0/8".parse().unwrap(),
        ]);
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let peer = Raw::new(peer.parse().unwrap());
        masked_sender(
            &peer,
            &Raw::new(Headers::of(&map)),
            &trusted,
            IpMask::default(),
        )
        .to_string()
    }

    #[test]
    fn the_peer_counts_unless_it_is_a_trusted_proxy() {
        assert_eq!(sender("198.51.100.9:1", &[]), "198.51.100.0");
        let spoofed = [("x-forwarded-for", "203.0.113.77")];
        assert_eq!(sender("198.51.100.9:1", &spoofed), "198.51.100.0");
        assert_eq!(sender("127.0.0.1:1", &spoofed), "203.0.113.0");
        assert_eq!(sender("[::1]:1", &spoofed), "203.0.113.0");
        assert_eq!(sender("[::ffff:127.0.0.1]:1", &spoofed), "203.0.113.0");
    }

    #[test]
    fn right_to_left_as_far_as_trusted() {
        let chain = [("x-forwarded-for", "192.0.2.1, 203.0.113.77, 10.0.0.2")];
        assert_eq!(sender("127.0.0.1:1", &chain), "203.0.113.0");
        let two_lines = [
            ("x-forwarded-for", "203.0.113.77"),
            ("x-forwarded-for", "10.0.0.2"),
        ];
        assert_eq!(sender("127.0.0.1:1", &two_lines), "203.0.113.0");
        assert_eq!(
            sender("127.0.0.1:1", &[("x-forwarded-for", "10.0.0.9")]),
            "10.0.0.0"
        );
        assert_eq!(
            sender("127.0.0.1:1", &[("x-forwarded-for", "203.0.113.7, junk")]),
            "127.0.0.0"
        );
    }

    #[test]
    fn every_spelling_of_a_hop() {
        for (hop, masked) in [
            ("203.0.113.77:4711", "203.0.113.0"),
            ("2001:db8:1:2:3::4", "2001:db8:1:2::"),
            ("[2001:db8:1:2:3::4]", "2001:db8:1:2::"),
            ("[2001:db8:1:2:3::4]:443", "2001:db8:1:2::"),
            ("fe80::1:2%eth0", "fe80::"),
            ("::ffff:203.0.113.77", "203.0.113.0"),
        ] {
            assert_eq!(sender("127.0.0.1:1", &[("x-forwarded-for", hop)]), masked);
        }
    }

    #[test]
    fn forwarded_comes_before_x_forwarded_for() {
        let both = [
            (
                "forwarded",
                r#"for=192.0.2.60;proto=http, For="[2001:db8:cafe:1::17]:4711""#,
            ),
            ("x-forwarded-for", "203.0.113.77"),
        ];
        assert_eq!(sender("127.0.0.1:1", &both), "2001:db8:cafe:1::");
    }
}
