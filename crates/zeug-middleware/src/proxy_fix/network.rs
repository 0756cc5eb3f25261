//! Owns a network of addresses in the notation `address/prefix`. It resolves no name.

use std::net::IpAddr;

/// The addresses that share their first bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    address: IpAddr,
    bits: u32,
}

impl Network {
    /// The network in `10.0.0.0/8` or `::1`; bits behind the prefix do not count.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) if bits.bytes().all(|byte| byte.is_ascii_digit()) => bits.parse().ok()?,
            Some(_) => return None,
        };
        (bits <= most).then_some(Self { address, bits })
    }

    /// Whether the address is one of the network's. An IPv4 address within IPv6, as sockets for both give it, counts as IPv4.
    pub(super) fn contains(self, address: IpAddr) -> bool {
        let same = |left: u128, right: u128, width: u32| match self.bits {
            0 => true,
            bits => (left ^ right) >> (width - bits) == 0,
        };
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(left), IpAddr::V4(right)) => {
                same(left.to_bits().into(), right.to_bits().into(), 32)
            }
            (IpAddr::V6(left), IpAddr::V6(right)) => same(left.to_bits(), right.to_bits(), 128),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Network;

    #[test]
    fn networks_contain_their_addresses() {
        let contains = |network: &str, address: &str| {
            Network::parse(network).is_some_and(|network| {
                address
                    .parse()
                    .is_ok_and(|address| network.contains(address))
            })
        };
        for (network, address) in [
            ("10.0.0.0/8", "10.255.0.1"),
            ("10.1.2.3", "10.1.2.3"),
            ("0.0.0.0/0", "8.8.8.8"),
            ("::/0", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1"),
            ("127.0.0.1", "::ffff:127.0.0.1"),
            ("192.168.1.128/25", "192.168.1.200"),
        ] {
            assert!(contains(network, address), "{network} {address}");
        }
        for (network, address) in [
            ("10.0.0.0/8", "11.0.0.1"),
            ("10.1.2.3", "10.1.2.4"),
            ("0.0.0.0/0", "::1"),
            ("192.168.1.128/25", "192.168.1.127"),
            ("10.0.0.0/33", "10.0.0.0"),
            ("10.0.0.0/+8", "10.0.0.0"),
            ("10.0.0.0/", "10.0.0.0"),
            ("localhost", "127.0.0.1"),
        ] {
            assert!(!contains(network, address), "{network} {address}");
        }
    }
}
