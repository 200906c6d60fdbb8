//! Which game may speak to players: the one of the highest epoch that any of our threads has seen, if dbfront granted
//! it (reliability E5). Knows no socket.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use proto::epoch::LinkKey;

/// See the module. All threads of a gateway share one.
#[derive(Debug, Default)]
pub struct Epochs {
    highest: AtomicU64,
    key: Option<LinkKey>,
}

/// Why a game is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EpochFault {
    /// It cannot show that dbfront granted it.
    #[error("EPOCH_UNPROVEN: dbfront did not grant epoch {epoch}, or has another link.key")]
    Unproven {
        /// As it says.
        epoch: u64,
    },
    /// Another game has taken over since.
    #[error("FENCED: epoch {epoch} is over, {highest} was seen")]
    Over {
        /// Its.
        epoch: u64,
        /// The other's.
        highest: u64,
    },
}

impl Epochs {
    /// None was seen. Without a key nothing has to be proven.
    #[must_use]
    pub fn new(key: Option<LinkKey>) -> Self {
        Self { highest: AtomicU64::new(0), key }
    }

    /// A game says that it writes in this epoch.
    ///
    /// # Errors
    /// See [`EpochFault`].
    pub fn greet(&self, epoch: u64, proof: &[u8]) -> Result<(), EpochFault> {
        if self.key.as_ref().is_some_and(|key| !key.is_proof(epoch, proof)) {
            return Err(EpochFault::Unproven { epoch });
        }
        self.highest.fetch_max(epoch, Relaxed);
        self.holds(epoch)
    }

    /// Whether a game that was believed still is.
    ///
    /// # Errors
    /// [`EpochFault::Over`].
    pub fn holds(&self, epoch: u64) -> Result<(), EpochFault> {
        let highest = self.highest.load(Relaxed);
        if epoch < highest { Err(EpochFault::Over { epoch, highest }) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_highest_epoch_that_was_proven_is_believed() {
        let key = LinkKey::new([3; 32]);
        let epochs = Epochs::new(Some(key.clone()));
        assert_eq!(epochs.greet(4, &key.prove(4)), Ok(()));
        assert_eq!(epochs.greet(9, &key.prove(4)), Err(EpochFault::Unproven { epoch: 9 }));
        assert_eq!(epochs.holds(4), Ok(()), "who proves nothing ends nobody");
        assert_eq!(epochs.greet(5, &key.prove(5)), Ok(()));
        assert_eq!(epochs.holds(4), Err(EpochFault::Over { epoch: 4, highest: 5 }));
        assert_eq!(epochs.greet(4, &key.prove(4)), Err(EpochFault::Over { epoch: 4, highest: 5 }));
        assert_eq!(Epochs::default().greet(1, &[]), Ok(()), "without a key");
    }
}
