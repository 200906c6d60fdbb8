//! A place in the login queue as it travels: sealed, so that whoever lost its connection can show it, to this game or to
//! the next. Knows no queue.

use proto::{
    epoch::{SealKey, SealKind},
    limits::QUEUE_PLACE_BYTES_MAX,
};

use super::queue::Order;

/// What it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) order: Order,
    /// When it was told, milliseconds since 1970.
    pub(crate) told_ms: u64,
}

impl Place {
    /// Bytes of one.
    pub(crate) const BYTES: usize = SAID_BYTES + SealKey::SEAL_BYTES;

    /// For whoever comes from that block of addresses. The block is sealed and does not travel.
    pub(crate) fn seal(&self, key: &SealKey, block: u128) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[0] = VERSION;
        bytes[1..9].copy_from_slice(&self.order.0.to_le_bytes());
        bytes[9..SAID_BYTES].copy_from_slice(&self.told_ms.to_le_bytes());
        let (said, seal) = bytes.split_at_mut(SAID_BYTES);
        seal.copy_from_slice(&key.seal(SealKind::Place, &with_block(said, block)));
        bytes
    }

    /// The one that travelled, if its seal is right.
    pub(crate) fn open(bytes: &[u8], key: &SealKey, block: u128) -> Option<Self> {
        let (said, seal) = bytes.split_first_chunk::<SAID_BYTES>()?;
        if !key.is_seal(SealKind::Place, &with_block(said, block), seal) {
            return None;
        }
        let (&[version], rest) = said.split_first_chunk()?;
        let (order, rest) = rest.split_first_chunk()?;
        let told_ms = u64::from_le_bytes(*rest.first_chunk()?);
        (version == VERSION).then_some(Self { order: Order(u64::from_le_bytes(*order)), told_ms })
    }
}

fn with_block(said: &[u8], block: u128) -> [u8; SAID_BYTES + 16] {
    let mut whole = [0; SAID_BYTES + 16];
    whole[..SAID_BYTES].copy_from_slice(said);
    whole[SAID_BYTES..].copy_from_slice(&block.to_le_bytes());
    whole
}

/// Of the bytes that follow; another one is sealed by another build.
const VERSION: u8 = 1;
const SAID_BYTES: usize = 1 + 8 + 8;
const _: () = assert!(Place::BYTES <= QUEUE_PLACE_BYTES_MAX);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_of_one_key_one_block_of_addresses_and_every_byte() {
        let (key, place) = (SealKey::new([1; 32]), Place { order: Order(7), told_ms: 9 });
        let bytes = place.seal(&key, 5);
        assert_eq!(Place::open(&bytes, &key, 5), Some(place));
        assert_eq!(Place::open(&bytes, &key, 6), None);
        assert_eq!(Place::open(&bytes, &SealKey::new([2; 32]), 5), None);
        for at in 0..bytes.len() {
            let mut changed = bytes;
            changed[at] ^= 1;
            assert_eq!(Place::open(&changed, &key, 5), None, "byte {at}");
            assert_eq!(Place::open(&bytes[..at], &key, 5), None, "{at} bytes");
        }
    }
}
