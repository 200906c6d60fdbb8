//! What one player must have, to the last coin: every change of its wallet is told to it, one version
//! each, and so is what it has after. Knows no packets and no other player.

#[cfg(test)]
mod tests;

use proto::client::Wallet;

use crate::logic::world::Finding;

/// The model of one wallet.
#[derive(Clone, Debug, Default)]
pub struct WalletModel {
    /// What it must hold; nothing before the first word about it.
    known: Option<Wallet>,
    /// A connection died: payments may have come in unheard.
    after_gap: bool,
    /// A payment's fate stayed unknown: amounts cannot be checked any more.
    inexact: bool,
    lsn_last: u64,
    start_gold: i64,
}

impl WalletModel {
    /// Gold that this player certainly has.
    #[must_use]
    pub fn gold(&self) -> i64 {
        self.known.as_ref().map_or(0, |wallet| wallet.gold)
    }

    /// Gold at the first word about it.
    #[must_use]
    pub fn start_gold(&self) -> i64 {
        self.start_gold
    }

    /// Whether every change is known.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.known.is_some() && !self.inexact
    }

    /// The connection died.
    pub fn gap(&mut self) {
        self.after_gap = true;
    }

    /// A payment of which nobody can tell.
    pub fn lose_track(&mut self) {
        self.inexact = true;
    }

    /// A payment without an answer that a later login called done.
    pub fn happened(&mut self, amount: i64) {
        if let Some(known) = &mut self.known {
            known.gold -= amount;
            known.ver += 1;
        }
    }

    /// An answer to reading the wallet.
    ///
    /// # Errors
    /// A [`Finding`] when it is not what it must be; the model then goes on from what was told.
    pub fn read(&mut self, wallet: Wallet) -> Result<(), Finding> {
        self.step(wallet, 0, 0)
    }

    /// An answer to paying `amount`.
    ///
    /// # Errors
    /// See [`Self::read`].
    pub fn paid_out(&mut self, wallet: Option<Wallet>, amount: i64, lsn: u64) -> Result<(), Finding> {
        self.change(wallet, -amount, lsn)
    }

    /// News of `amount` that came in.
    ///
    /// # Errors
    /// See [`Self::read`].
    pub fn paid_in(&mut self, wallet: Option<Wallet>, amount: i64, lsn: u64) -> Result<(), Finding> {
        self.change(wallet, amount, lsn)
    }

    /// A deal that changes the wallet by `change`, at this place in the journal; one of nothing leaves it as it is, and
    /// need not tell of it.
    ///
    /// # Errors
    /// See [`Self::read`].
    pub fn dealt(&mut self, wallet: Option<Wallet>, change: i64, lsn: u64) -> Result<(), Finding> {
        if change != 0 {
            return self.change(wallet, change, lsn);
        }
        self.passed(lsn)?;
        wallet.map_or(Ok(()), |wallet| self.step(wallet, 0, 0))
    }

    /// Whether this is what it must hold after a change that nobody heard; 0: none.
    #[must_use]
    pub fn fits(&self, told: &Wallet, change: i64) -> bool {
        let Some(known) = &self.known else { return true };
        known.gold.saturating_add(change) == told.gold && known.ver + u64::from(change != 0) == told.ver
    }

    fn change(&mut self, wallet: Option<Wallet>, change: i64, lsn: u64) -> Result<(), Finding> {
        let Some(wallet) = wallet else {
            return Err(Finding::new("wallet_absent", format!("lsn {lsn}: no wallet in the message")));
        };
        self.passed(lsn)?;
        self.step(wallet, change, 1)
    }

    /// Changes are told in the order of the journal.
    fn passed(&mut self, lsn: u64) -> Result<(), Finding> {
        let last = self.lsn_last;
        if lsn <= last {
            return Err(Finding::new("lsn_repeated", format!("lsn {lsn} after {last}")));
        }
        self.lsn_last = lsn;
        Ok(())
    }

    /// Compares `told` with what is known and `changes` (0 or 1) of `change` gold; goes on from `told`.
    fn step(&mut self, told: Wallet, change: i64, changes: u64) -> Result<(), Finding> {
        let before = Wallet { gold: told.gold.saturating_sub(change), ver: told.ver.saturating_sub(changes) };
        let after_gap = std::mem::take(&mut self.after_gap);
        let Some(known) = self.known.replace(told) else {
            self.start_gold = before.gold;
            return Ok(());
        };
        if self.inexact {
            return Ok(());
        }
        if after_gap && before.ver > known.ver && before.gold > known.gold {
            // Somebody paid, unheard.
            return Ok(());
        }
        let detail = || {
            format!(
                "had {} (ver {}), {change:+}, told {} (ver {})",
                known.gold, known.ver, told.gold, told.ver
            )
        };
        if before.ver != known.ver {
            return Err(Finding::new("wallet_ver", detail()));
        }
        if before.gold != known.gold {
            return Err(Finding::new("wallet_gold", detail()));
        }
        Ok(())
    }
}
