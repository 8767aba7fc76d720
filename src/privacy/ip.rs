//! Masks addresses. Everything after the front door (geography, visitors, limits, storage) sees the result only.

#![expect(
    clippy::disallowed_types,
    reason = "takes whole addresses and gives masked ones"
)]

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Deserialize;

/// How much of an address is zeroed: 1 to 4 trailing octets of IPv4 and the matching part of IPv6.
///
/// | level | IPv4 kept | IPv6 kept |
/// |---|---|---|
/// | 1 | /24 | /64 |
/// | 2 | /16 | /48 |
/// | 3 | /8 | /24 |
/// | 4 | nothing | nothing |
///
/// There is no level 0: the last octet is always masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u8")]
pub struct IpMask(u8);

/// The level is not between 1 and 4.
#[derive(Debug, thiserror::Error)]
#[error("between 1 and 4 octets of an address can be masked, never fewer than 1")]
pub struct MaskLevelOutOfRange;

impl TryFrom<u8> for IpMask {
    type Error = MaskLevelOutOfRange;

    fn try_from(octets: u8) -> Result<Self, Self::Error> {
        if (1..=4).contains(&octets) {
            Ok(Self(octets))
        } else {
            Err(MaskLevelOutOfRange)
        }
    }
}

impl Default for IpMask {
    fn default() -> Self {
        Self(1)
    }
}

impl IpMask {
    /// What is left where people are not to be told apart.
    pub const COARSE: Self = Self(2);

    /// Number of IPv4 octets that are zeroed.
    pub fn octets(self) -> u8 {
        self.0
    }

    /// Zeroes the trailing octets.
    pub fn v4(self, address: Ipv4Addr) -> Ipv4Addr {
        let kept_bits = 32 - 8 * u32::from(self.0);
        Ipv4Addr::from_bits(address.to_bits() & leading_ones_32(kept_bits))
    }

    /// Zeroes the trailing part, and the trailing octets of an IPv4 address embedded in it
    /// (mapped, compatible, NAT64, 6to4, Teredo).
    pub fn v6(self, address: Ipv6Addr) -> Ipv6Addr {
        let bits = address.to_bits();
        let Some(embedding) = Embedding::of(bits) else {
            let kept_bits = match self.0 {
                1 => 64,
                2 => 48,
                3 => 24,
                _ => 0,
            };
            return Ipv6Addr::from_bits(bits & leading_ones_128(kept_bits));
        };
        let embedded = (bits >> embedding.shift) as u32 ^ embedding.obscured_by;
        let masked = self.v4(Ipv4Addr::from_bits(embedded)).to_bits() ^ embedding.obscured_by;
        Ipv6Addr::from_bits(bits & embedding.prefix_kept | u128::from(masked) << embedding.shift)
    }

    /// Masks an address; IPv4-mapped IPv6 becomes IPv4.
    pub fn mask(self, address: IpAddr) -> MaskedIp {
        match address.to_canonical() {
            IpAddr::V4(v4) => MaskedIp(IpAddr::V4(self.v4(v4))),
            IpAddr::V6(v6) => MaskedIp(IpAddr::V6(self.v6(v6))),
        }
    }
}

/// An address after masking. Only [`IpMask::mask`] makes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MaskedIp(IpAddr);

impl MaskedIp {
    /// The masked address, for look-ups in networks and databases.
    pub fn address(self) -> IpAddr {
        self.0
    }

    /// The masked address, if it is one of IPv4.
    pub(super) fn octets_v4(self) -> Option<[u8; 4]> {
        match self.0 {
            IpAddr::V4(address) => Some(address.octets()),
            IpAddr::V6(_) => None,
        }
    }
}

impl fmt::Display for MaskedIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl MaskedIp {
    /// With at least as much masked as [`IpMask::COARSE`] does.
    pub fn coarsened(self) -> Self {
        IpMask::COARSE.mask(self.0)
    }
}

/// Where an IPv6 address carries an IPv4 one.
struct Embedding {
    /// Distance of the embedded address from the low end, in bits.
    shift: u32,
    /// Teredo stores the client's address inverted.
    obscured_by: u32,
    /// The bits that say which kind of embedding it is. All else, such as a Teredo port, is zeroed.
    prefix_kept: u128,
}

impl Embedding {
    fn of(bits: u128) -> Option<Self> {
        let plain = |shift, prefix_bits| Self {
            shift,
            obscured_by: 0,
            prefix_kept: leading_ones_128(prefix_bits),
        };
        match bits {
            // ::a.b.c.d (and ::1) and ::ffff:a.b.c.d
            _ if bits >> 32 == 0 || bits >> 32 == 0xffff => Some(plain(0, 96)),
            // NAT64, RFC 6052: 64:ff9b::/96
            _ if bits >> 32 == 0x0064_ff9b << 64 => Some(plain(0, 96)),
            // 6to4, RFC 3056: 2002:a.b.c.d::/48
            _ if bits >> 112 == 0x2002 => Some(plain(80, 16)),
            // Teredo, RFC 4380: 2001:0::/32, client address inverted in the low 32 bits. The server's
            // address in the middle is no visitor's but narrows the search, so it goes as well.
            _ if bits >> 96 == 0x2001_0000 => Some(Self {
                shift: 0,
                obscured_by: u32::MAX,
                prefix_kept: leading_ones_128(32),
            }),
            _ => None,
        }
    }
}

fn leading_ones_32(count: u32) -> u32 {
    u32::MAX.checked_shl(32 - count).unwrap_or(0)
}

fn leading_ones_128(count: u32) -> u128 {
    u128::MAX.checked_shl(128 - count).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(octets: u8, address: &str) -> String {
        let mask = IpMask::try_from(octets).unwrap();
        mask.mask(address.parse().unwrap()).to_string()
    }

    #[test]
    fn level_zero_does_not_exist() {
        assert!(IpMask::try_from(0).is_err());
        assert!(IpMask::try_from(5).is_err());
        assert_eq!(IpMask::default().octets(), 1);
    }

    #[test]
    fn ipv4_by_level() {
        assert_eq!(masked(1, "203.0.113.77"), "203.0.113.0");
        assert_eq!(masked(2, "203.0.113.77"), "203.0.0.0");
        assert_eq!(masked(3, "203.0.113.77"), "203.0.0.0");
        assert_eq!(masked(3, "203.7.113.77"), "203.0.0.0");
        assert_eq!(masked(4, "203.0.113.77"), "0.0.0.0");
    }

    #[test]
    fn ipv6_by_level() {
        let address = "2001:db8:a1b2:c3d4:e5f6:1:2:3";
        assert_eq!(masked(1, address), "2001:db8:a1b2:c3d4::");
        assert_eq!(masked(2, address), "2001:db8:a1b2::");
        assert_eq!(masked(3, address), "2001:d00::");
        assert_eq!(masked(4, address), "::");
        assert_eq!(masked(1, "fe80::1234:5678:9abc:def0"), "fe80::");
    }

    #[test]
    fn embedded_ipv4_is_masked_inside() {
        assert_eq!(masked(1, "::ffff:203.0.113.77"), "203.0.113.0");
        assert_eq!(masked(1, "::203.0.113.77"), "::cb00:7100");
        assert_eq!(masked(1, "64:ff9b::203.0.113.77"), "64:ff9b::cb00:7100");
        assert_eq!(masked(1, "2002:cb00:714d:1:2:3:4:5"), "2002:cb00:7100::");
        assert_eq!(masked(2, "2002:cb00:714d:1:2:3:4:5"), "2002:cb00::");
        // Teredo with client 203.0.113.77 (inverted 34ff:8eb2), port and server gone.
        assert_eq!(
            masked(1, "2001:0:4136:e378:8000:63bf:34ff:8eb2"),
            "2001::34ff:8eff"
        );
        assert_eq!(
            masked(4, "2001:0:4136:e378:8000:63bf:34ff:8eb2"),
            "2001::ffff:ffff"
        );
    }

    #[test]
    fn loopback_loses_its_last_octet_too() {
        assert_eq!(masked(1, "127.0.0.1"), "127.0.0.0");
        assert_eq!(masked(1, "::1"), "::");
    }

    #[test]
    fn masking_twice_changes_nothing() {
        for octets in 1..=4 {
            for address in ["203.0.113.77", "2001:db8::1", "2002:cb00:714d::1", "::1"] {
                let once = masked(octets, address);
                assert_eq!(masked(octets, &once), once);
            }
        }
    }
}
