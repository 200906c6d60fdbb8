//! The proof of an epoch: dbfront grants it, game carries it, a gateway believes it (reliability E5). Knows no file.

use std::fmt;

/// What dbfront and gateways share, and nobody else has.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkKey([u8; 32]);

impl LinkKey {
    /// Of random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Proves that this epoch was granted.
    #[must_use]
    pub fn prove(&self, epoch: u64) -> [u8; 32] {
        *self.mac(epoch).as_bytes()
    }

    /// Whether that is the proof. Takes as long for a wrong one.
    #[must_use]
    pub fn is_proof(&self, epoch: u64, proof: &[u8]) -> bool {
        <[u8; 32]>::try_from(proof).is_ok_and(|proof| self.mac(epoch) == blake3::Hash::from_bytes(proof))
    }

    fn mac(&self, epoch: u64) -> blake3::Hash {
        let mut said = *b"ding epoch ........";
        said[11..].copy_from_slice(&epoch.to_le_bytes());
        blake3::keyed_hash(&self.0, &said)
    }
}

impl fmt::Debug for LinkKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("LinkKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_of_one_epoch_and_one_key_and_the_key_is_never_shown() {
        let (key, other) = (LinkKey::new([1; 32]), LinkKey::new([2; 32]));
        let proof = key.prove(7);
        assert!(key.is_proof(7, &proof));
        assert!(!key.is_proof(8, &proof) && !other.is_proof(7, &proof));
        assert!(!key.is_proof(7, &[]) && !key.is_proof(7, &proof[..31]));
        assert_eq!(format!("{key:?}"), "LinkKey");
    }
}
