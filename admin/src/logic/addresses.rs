//! Addresses as staff types them, whole or only how they begin. Knows no connection.

use std::net::{IpAddr, Ipv4Addr};

/// The bytes with which such addresses begin, as sixteen, IPv4 mapped: of `192.0.2.7`, `192.0.2.` (or `192.0.`), `192.0.2.0/24`,
/// `2001:db8::1` and `2001:db8::/32`. Nothing: it is none of these.
#[must_use]
pub fn block(text: &str) -> Option<Vec<u8>> {
    if let Some((address, bits)) = text.split_once('/') {
        let (address, bits): (IpAddr, usize) = (address.parse().ok()?, bits.parse().ok()?);
        let bits = bits + if address.is_ipv4() { MAPPED_BITS } else { 0 };
        return (bits <= 128 && bits.is_multiple_of(8)).then(|| sixteen(address)[..bits / 8].to_vec());
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(sixteen(address).to_vec());
    }
    let begun = text.strip_suffix('.')?;
    let parts: Option<Vec<u8>> = begun.split('.').map(|part| part.parse().ok()).collect();
    let parts = parts.filter(|parts| (1..=3).contains(&parts.len()))?;
    let mut bytes = sixteen(IpAddr::V4(Ipv4Addr::UNSPECIFIED))[..MAPPED_BITS / 8].to_vec();
    bytes.extend(parts);
    Some(bytes)
}

fn sixteen(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

/// Before the bits of an IPv4 address.
const MAPPED_BITS: usize = 96;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_addresses_and_beginnings_of_them_are_understood_and_names_are_not() {
        let mapped = |rest: &[u8]| {
            let mut bytes = [[0; 10].as_slice(), &[255, 255]].concat();
            bytes.extend(rest);
            Some(bytes)
        };
        assert_eq!(block("192.0.2.7"), mapped(&[192, 0, 2, 7]));
        assert_eq!(block("192.0.2."), mapped(&[192, 0, 2]));
        assert_eq!(block("10."), mapped(&[10]));
        assert_eq!(block("192.0.2.0/24"), mapped(&[192, 0, 2]));
        assert_eq!(block("2001:db8::/32"), Some(vec![0x20, 0x01, 0x0d, 0xb8]));
        assert_eq!(block("::1").map(|bytes| bytes.len()), Some(16));
        for text in ["", "ana", "1.2.3.4.", "300.", "1..", "192.0.2.0/33", "192.0.2.0/23", "Ana.", "7"] {
            assert_eq!(block(text), None, "{text}");
        }
    }
}
