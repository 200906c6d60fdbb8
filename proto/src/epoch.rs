//! What is proven by keys: an epoch that dbfront grants, game carries and a gateway believes (reliability E5), and what
//! game itself said once and is shown again. Knows no file.

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

    /// What game seals with, which proves no epoch: it must not be able to.
    #[must_use]
    pub fn seal_key(&self) -> SealKey {
        SealKey(blake3::derive_key("ding 2026-11-21 what game says of logins", &self.0))
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

/// With what game seals what it says of logins, so that it need not remember it: tickets, places in the queue.
#[derive(Clone, PartialEq, Eq)]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// Bytes of a seal.
    pub const SEAL_BYTES: usize = 32;

    /// Of random bytes that game alone has.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self(blake3::derive_key("ding 2026-11-21 what one game says of logins", &seed))
    }

    /// Proves that this was said, of that kind of thing.
    #[must_use]
    pub fn seal(&self, kind: SealKind, said: &[u8]) -> [u8; Self::SEAL_BYTES] {
        *self.mac(kind, said).as_bytes()
    }

    /// Whether that is the seal. Takes as long for a wrong one.
    #[must_use]
    pub fn is_seal(&self, kind: SealKind, said: &[u8], seal: &[u8]) -> bool {
        <[u8; Self::SEAL_BYTES]>::try_from(seal)
            .is_ok_and(|seal| self.mac(kind, said) == blake3::Hash::from_bytes(seal))
    }

    fn mac(&self, kind: SealKind, said: &[u8]) -> blake3::Hash {
        blake3::Hasher::new_keyed(&self.0).update(kind.tag()).update(said).finalize()
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SealKey")
    }
}

/// What is sealed: a seal of one kind is none of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealKind {
    /// Logs in without a password.
    Ticket,
    /// Stands in the login queue.
    Place,
    /// Is itself what a guest comes back with.
    GuestSecret,
}

impl SealKind {
    /// All of one length, so that none begins what another ends.
    fn tag(self) -> &'static [u8; 8] {
        match self {
            Self::Ticket => b"ticket..",
            Self::Place => b"place...",
            Self::GuestSecret => b"guest...",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_of_one_key_one_kind_and_every_byte_and_proves_no_epoch() {
        let link = LinkKey::new([1; 32]);
        let key = link.seal_key();
        assert_eq!(key, LinkKey::new([1; 32]).seal_key(), "the same after a restart");
        let seal = key.seal(SealKind::Ticket, b"ana");
        assert!(key.is_seal(SealKind::Ticket, b"ana", &seal));
        assert!(!key.is_seal(SealKind::Place, b"ana", &seal));
        assert!(!key.is_seal(SealKind::Ticket, b"anb", &seal));
        assert!(!key.is_seal(SealKind::Ticket, b"ana", &seal[..31]));
        assert!(!SealKey::new([1; 32]).is_seal(SealKind::Ticket, b"ana", &seal));
        assert!(!LinkKey::new(key.0).is_proof(7, &link.prove(7)));
        assert_eq!(format!("{key:?}"), "SealKey");
    }

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
