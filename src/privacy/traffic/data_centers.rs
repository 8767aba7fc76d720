//! Networks of data centres, looked up with addresses that are masked already.

#![expect(
    clippy::disallowed_types,
    reason = "compares the bits of an address that is masked already"
)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::limits::NETWORKS_MAX;
use crate::privacy::ip::{IpMask, MaskedIp};

/// Networks in which servers stand and people do not sit, as sorted ranges.
#[derive(Default)]
pub struct DataCenters {
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

/// The file is no usable list of networks.
#[derive(Debug, thiserror::Error)]
pub enum DataCentersError {
    /// A line is no network. Lines are counted from 1.
    #[error("line {0} of the list of data centres is no network such as 192.0.2.0/24")]
    Line(usize),
    /// More networks than memory is meant for.
    #[error("the list of data centres has more than {NETWORKS_MAX} networks")]
    TooLong,
}

impl DataCenters {
    /// Reads a network on each line; `#` begins a comment. Neighbours are joined; what is then still narrower than the
    /// mask is left out, for it would stand for neighbours that are not on the list.
    ///
    /// # Errors
    /// [`DataCentersError`] names the line.
    pub fn new(text: &str, mask: IpMask) -> Result<Self, DataCentersError> {
        let mut networks: Vec<IpNet> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let network = line.split('#').next().unwrap_or_default().trim();
            if network.is_empty() {
                continue;
            }
            if networks.len() >= NETWORKS_MAX {
                return Err(DataCentersError::TooLong);
            }
            let network = network
                .parse()
                .map_err(|_| DataCentersError::Line(index + 1))?;
            networks.push(network);
        }
        let v4_bits = mask.v4(Ipv4Addr::BROADCAST).to_bits().count_ones();
        let v6_bits = mask
            .v6(Ipv6Addr::from_bits(u128::MAX))
            .to_bits()
            .count_ones();
        let mut ranges = Self::default();
        for network in IpNet::aggregate(&networks) {
            match network {
                IpNet::V4(v4) if u32::from(v4.prefix_len()) <= v4_bits => {
                    ranges
                        .v4
                        .push((v4.network().to_bits(), v4.broadcast().to_bits()));
                }
                IpNet::V6(v6) if u32::from(v6.prefix_len()) <= v6_bits => {
                    ranges
                        .v6
                        .push((v6.network().to_bits(), v6.broadcast().to_bits()));
                }
                IpNet::V4(_) | IpNet::V6(_) => {}
            }
        }
        ranges.v4.sort_unstable();
        ranges.v6.sort_unstable();
        Ok(ranges)
    }

    /// How many ranges are known.
    pub fn ranges(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    /// Whether everybody behind a masked address is in a data centre.
    pub(super) fn contains(&self, address: MaskedIp) -> bool {
        match address.address() {
            IpAddr::V4(v4) => is_within(&self.v4, v4.to_bits()),
            IpAddr::V6(v6) => is_within(&self.v6, v6.to_bits()),
        }
    }
}

/// `ranges` are sorted and do not overlap.
fn is_within<T: Ord + Copy>(ranges: &[(T, T)], address: T) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= address);
    after > 0 && address <= ranges[after - 1].1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(list: &str, octets: u8, address: &str) -> bool {
        let mask = IpMask::try_from(octets).unwrap();
        let centers = DataCenters::new(list, mask).unwrap();
        centers.contains(mask.mask(address.parse().unwrap()))
    }

    #[test]
    fn ranges_are_found_by_the_masked_address() {
        let list =
            "# ours\n198.51.100.0/24\n203.0.112.0/23 # two\n\n2001:db8:1::/48\n192.0.2.0/24\n";
        for address in [
            "198.51.100.77",
            "203.0.113.77",
            "203.0.112.1",
            "192.0.2.255",
            "2001:db8:1:2::3",
        ] {
            assert!(within(list, 1, address), "{address}");
        }
        for address in [
            "198.51.99.255",
            "198.51.101.0",
            "203.0.114.0",
            "0.0.0.0",
            "255.255.255.255",
            "2001:db8:2::",
            "::",
        ] {
            assert!(!within(list, 1, address), "{address}");
        }
    }

    #[test]
    fn what_is_narrower_than_the_mask_does_not_count() {
        assert!(!within("203.0.113.0/25", 1, "203.0.113.77"));
        assert!(within(
            "203.0.113.0/25\n203.0.113.128/25",
            1,
            "203.0.113.77"
        ));
        assert!(!within("203.0.113.0/24", 2, "203.0.113.77"));
        assert!(within("203.0.0.0/16", 2, "203.0.113.77"));
        assert!(!within("2001:db8::1/128", 1, "2001:db8::1"));
        assert!(!within("2001:db8::/64", 2, "2001:db8::1"));
        assert!(!within("0.0.0.0/1\n::/1", 4, "10.0.0.1"));
    }

    #[test]
    fn a_wrong_line_is_named() {
        let error = |text| {
            DataCenters::new(text, IpMask::default())
                .err()
                .map(|e| e.to_string())
        };
        assert_eq!(error(""), None);
        let said = error("192.0.2.0/24\nexample.org").unwrap();
        assert!(said.starts_with("line 2 "), "{said}");
    }
}
