//! How state and inputs of rooms are stored: a byte that says whether the rest is deflated, and the rest. Knows no row.

use proto::deflate::{Deflater, Inflater};

/// Makes and reads them, with one context for all rooms.
#[derive(Debug, Default)]
pub(crate) struct Packer {
    deflater: Deflater,
    inflater: Inflater,
}

impl Packer {
    /// As it is stored.
    pub(crate) fn pack(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut packed = vec![DEFLATED];
        if !self.deflater.deflate(bytes, &mut packed) {
            packed[0] = PLAIN;
            packed.extend_from_slice(bytes);
        }
        packed
    }

    /// What was stored, if that is what it is and no more than so many bytes.
    pub(crate) fn unpack(&mut self, packed: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
        match packed.split_first()? {
            (&PLAIN, bytes) => (bytes.len() <= bytes_max).then(|| bytes.to_vec()),
            (&DEFLATED, bytes) => {
                let mut unpacked = Vec::new();
                self.inflater.inflate(bytes, bytes_max, &mut unpacked).ok()?;
                Some(unpacked)
            }
            _ => None,
        }
    }
}

const PLAIN: u8 = 0;
const DEFLATED: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_and_what_is_not_does_not() {
        let mut packer = Packer::default();
        for bytes in [vec![], vec![7; 10], vec![7; 10_000]] {
            let packed = packer.pack(&bytes);
            assert!(packed.len() <= bytes.len() + 1);
            assert_eq!(packer.unpack(&packed, bytes.len()), Some(bytes.clone()));
            if !bytes.is_empty() {
                assert_eq!(packer.unpack(&packed, bytes.len() - 1), None);
            }
        }
        assert_eq!(packer.unpack(&[], 10), None);
        assert_eq!(packer.unpack(&[2, 0], 10), None);
        assert_eq!(packer.unpack(&[DEFLATED, 9, 0, 0, 0, 1], 10), None);
    }
}
