//! Which addresses may be dialled.
//!
//! A name says nothing about where it leads: an allowed name can resolve to
//! 127.0.0.1, to a cloud's metadata service, or to another address at the
//! second look-up than at the first. So the rule is about the address that is
//! dialled, and the connector applies it to what it dials, after resolution.
//!
//! What must stay true: for requests to the world only global unicast addresses
//! pass, and none that carries an IPv4 address inside; for a sandbox on this
//! machine only this machine's own addresses pass.
//!
//! Source of the ranges: IANA's special-purpose address registries (RFC 6890).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How far a request may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reach {
    /// The public internet.
    World,
    /// A sandbox on this machine: the connection's own origin, or storage that
    /// this sandbox named.
    ThisMachine,
}

impl Reach {
    /// Whether a request of this reach may dial the address.
    #[must_use]
    pub fn permits(self, address: IpAddr) -> bool {
        match self {
            Self::World => is_global(address),
            Self::ThisMachine => address.is_loopback(),
        }
    }
}

fn is_global(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_global_v4(address),
        IpAddr::V6(address) => is_global_v6(address),
    }
}

/// The IPv4 ranges that are not for the world, as network and prefix length.
const SPECIAL_V4: [(Ipv4Addr, u32); 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),          // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),         // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),      // carrier-grade NAT
    (Ipv4Addr::new(127, 0, 0, 0), 8),        // loopback
    (Ipv4Addr::new(168, 63, 129, 16), 32),   // Azure's host service
    (Ipv4Addr::new(169, 254, 0, 0), 16),     // link-local, metadata services
    (Ipv4Addr::new(172, 16, 0, 0), 12),      // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),       // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),       // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),     // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),     // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),      // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24),    // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),     // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),        // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),        // reserved
    (Ipv4Addr::new(255, 255, 255, 255), 32), // broadcast
];

fn is_global_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    !SPECIAL_V4.iter().any(|(network, length)| {
        let mask = u32::MAX << (32 - length);
        bits & mask == u32::from(*network) & mask
    })
}

/// The ranges within `2000::/3` that are not for the world.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments, among them Teredo (2001::/32), which carries an
    // IPv4 address, and ORCHID.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),     // 6to4, carries an IPv4 address
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),     // documentation
];

fn is_global_v6(address: Ipv6Addr) -> bool {
    // Everything assigned for global unicast lies in 2000::/3. Outside of it are
    // ::, ::1, mapped and compatible IPv4, NAT64 (64:ff9b::/96, 64:ff9b:1::/48),
    // discard (100::/64), segment routing (5f00::/16), unique-local, link-local,
    // site-local and multicast.
    let bits = u128::from(address);
    if bits >> 125 != 1 {
        return false;
    }
    // ISATAP carries an IPv4 address in its interface identifier.
    let identifier = (bits & u128::from(u64::MAX)) >> 32;
    if identifier == 0x0000_5efe || identifier == 0x0200_5efe {
        return false;
    }
    !SPECIAL_V6.iter().any(|(network, length)| {
        let mask = u128::MAX << (128 - length);
        bits & mask == u128::from(*network) & mask
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_world_is_only_global_unicast() {
        let denied = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:8.8.8.8",
            "::ffff:0:8.8.8.8",
            "64:ff9b::7f00:1",
            "64:ff9b::808:808",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:0:7f00:1::",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2606:4700::5efe:a00:1",
            "2606:4700::200:5efe:a00:1",
        ];
        for text in denied {
            let address: IpAddr = text.parse().unwrap();
            assert!(!Reach::World.permits(address), "{text}");
        }
        let permitted = [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "128.0.0.1",
            "168.63.129.17",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450:4001::8a",
            "2001:200::1",
        ];
        for text in permitted {
            let address: IpAddr = text.parse().unwrap();
            assert!(Reach::World.permits(address), "{text}");
        }
    }

    #[test]
    fn the_sandboxs_reach_ends_at_this_machine() {
        for text in ["127.0.0.1", "127.3.2.1", "::1"] {
            assert!(Reach::ThisMachine.permits(text.parse().unwrap()), "{text}");
        }
        for text in [
            "1.1.1.1",
            "10.0.0.1",
            "169.254.169.254",
            "::ffff:127.0.0.1",
            "0.0.0.0",
        ] {
            assert!(!Reach::ThisMachine.permits(text.parse().unwrap()), "{text}");
        }
    }
}
