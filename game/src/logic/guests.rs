//! How many guest accounts an address may make in an hour. Knows no connection.

use core::net::{IpAddr, Ipv6Addr};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Counts new guests by address; an IPv6 address counts as its /64.
#[derive(Debug, Default)]
pub(crate) struct GuestLimit {
    /// Randomly keyed: clients choose their addresses.
    seen: HashMap<u128, Hour>,
}

/// Guests since a moment.
#[derive(Clone, Copy, Debug)]
struct Hour {
    since: Instant,
    guests: u32,
}

impl GuestLimit {
    /// Addresses remembered at a time. When even sweeping leaves no room, newcomers are refused.
    const ADDRESSES_MAX: usize = 65_536;
    const HOUR: Duration = Duration::from_secs(3_600);

    /// One more guest from this address (IPv6, IPv4 mapped), if it may.
    ///
    /// # Errors
    /// It may not: for so long.
    pub(crate) fn admit(&mut self, address: [u8; 16], per_hour: u32, now: Instant) -> Result<(), Duration> {
        let key = key(address);
        if !self.seen.contains_key(&key) && Self::ADDRESSES_MAX <= self.seen.len() {
            self.seen.retain(|_, hour| now.saturating_duration_since(hour.since) < Self::HOUR);
            if Self::ADDRESSES_MAX <= self.seen.len() {
                return Err(Self::HOUR);
            }
        }
        let hour = self.seen.entry(key).or_insert(Hour { since: now, guests: 0 });
        if Self::HOUR <= now.saturating_duration_since(hour.since) {
            *hour = Hour { since: now, guests: 0 };
        }
        if per_hour <= hour.guests {
            return Err((hour.since + Self::HOUR).saturating_duration_since(now));
        }
        hour.guests += 1;
        Ok(())
    }
}

/// Whether an address (IPv6, IPv4 mapped) is this machine itself.
pub(crate) fn is_loopback(address: [u8; 16]) -> bool {
    match Ipv6Addr::from(address).to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_loopback(),
    }
}

/// The block of addresses that one household or school has: IPv4 /24, IPv6 /64.
pub(crate) fn address_block(address: [u8; 16]) -> u128 {
    let of_one = key(address);
    match Ipv6Addr::from(address).to_ipv4_mapped() {
        Some(_) => of_one >> 8 << 8,
        None => of_one,
    }
}

fn key(address: [u8; 16]) -> u128 {
    let whole = u128::from_be_bytes(address);
    match Ipv6Addr::from(address).to_ipv4_mapped() {
        Some(_) => whole,
        None => whole >> 64 << 64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(last: u8) -> [u8; 16] {
        core::net::Ipv4Addr::new(203, 0, 113, last).to_ipv6_mapped().octets()
    }

    #[test]
    fn an_address_makes_so_many_guests_an_hour_and_no_more() {
        let start = crate::logic::testing::start();
        let mut limit = GuestLimit::default();
        assert!((0..3).all(|_| limit.admit(v4(1), 3, start).is_ok()));
        let later = start + Duration::from_secs(600);
        assert_eq!(limit.admit(v4(1), 3, later), Err(GuestLimit::HOUR - Duration::from_secs(600)));
        assert!(limit.admit(v4(2), 3, start).is_ok());
        assert!(limit.admit(v4(1), 3, start + GuestLimit::HOUR).is_ok());
    }

    #[test]
    fn a_whole_ipv6_network_counts_as_one() {
        let start = crate::logic::testing::start();
        let mut limit = GuestLimit::default();
        let mut address = [0x20; 16];
        assert!(limit.admit(address, 1, start).is_ok());
        address[15] = 1;
        assert!(limit.admit(address, 1, start).is_err());
        address[7] = 1;
        assert!(limit.admit(address, 1, start).is_ok());
    }

    #[test]
    fn loopback_is_told_apart_in_both_families() {
        assert!(is_loopback(core::net::Ipv4Addr::LOCALHOST.to_ipv6_mapped().octets()));
        assert!(is_loopback(Ipv6Addr::LOCALHOST.octets()));
        assert!(!is_loopback(v4(1)));
    }
}
