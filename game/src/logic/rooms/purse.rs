//! Gold between the wallets of the world and one room's pot, as part of the unit of work of what the room heard. Wallets
//! of whoever has a seat or a stake are in memory, pinned. Knows no record and no room.

use std::collections::BTreeMap;

use proto::{
    ids::{AccountId, Lsn},
    limits::GOLD_MAX,
    link::Flow,
    tables::{LedgerRow, Reason, WalletRow},
};

use super::bank::{Bank, NOT_ENOUGH_GOLD, WALLET_FULL};
use crate::{
    logic::{
        cache::Cached as _,
        held::Cache,
        switches::{self, WEALTH_FROZEN},
        work::Work,
    },
    room::{Deal, Refusal},
};

/// Of what a movement of gold is a part, for its line in the ledger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Purpose {
    /// The record that will have it.
    pub(crate) lsn: Lsn,
    /// The holder that the pot is.
    pub(crate) room: u64,
    /// Whose command is at hand, and its number; 0: nobody's.
    pub(crate) caller: AccountId,
    pub(crate) cseq: u64,
    pub(crate) wall_ms: u64,
}

/// See the module.
pub(crate) struct Purse<'a> {
    pub(crate) cache: &'a Cache,
    pub(crate) work: &'a mut Work,
    pub(crate) purpose: Purpose,
    /// Something was moved.
    pub(crate) has_dealt: bool,
}

impl Purse<'_> {
    fn wallet(&self, account: AccountId) -> Result<WalletRow, Refusal> {
        let changed = self.work.change::<WalletRow>(&account.0).and_then(|change| change.row());
        let held = || WalletRow::table(self.cache).find(&account.0).map(|held| &held.row);
        changed.or_else(held).cloned().ok_or(Refusal(NOT_ENOUGH_GOLD))
    }

    /// Into a wallet, out of the pot.
    fn give(&mut self, to: AccountId, gold: i64, reason: Reason) -> Result<(), Refusal> {
        if gold == 0 {
            return Ok(());
        }
        let wallet = self.wallet(to).map_err(|_| Refusal(WALLET_FULL))?;
        if GOLD_MAX - gold < wallet.gold {
            return Err(Refusal(WALLET_FULL));
        }
        self.work.put(WalletRow { gold: wallet.gold + gold, ..wallet });
        self.note(self.purpose.room, to.0, gold, reason);
        Ok(())
    }

    /// Out of the world, out of the pot.
    pub(crate) fn keep(&mut self, gold: i64) {
        if gold != 0 {
            self.work.flows.push(Flow { reason: Reason::RoomFee as u32, amount: -gold });
            self.note(self.purpose.room, 0, gold, Reason::RoomFee);
            self.has_dealt = true;
        }
    }

    fn note(&mut self, from: u64, to: u64, amount: i64, reason: Reason) {
        let Purpose { lsn, caller, cseq, wall_ms, .. } = self.purpose;
        let cseq = if from == caller.0 { cseq } else { 0 };
        self.work.append(&LedgerRow {
            lsn: lsn.0,
            n: self.work.appended(),
            from_account: from,
            to_account: to,
            amount,
            reason: reason as u32,
            cseq,
            wall_ms,
        });
        self.has_dealt = true;
    }

    fn settle(&mut self, shares: &[(AccountId, i64)], pot: i64) -> Result<(), Refusal> {
        let is_full = |(account, gold): &(AccountId, i64)| {
            *gold != 0 && self.wallet(*account).map_or(true, |wallet| GOLD_MAX - gold < wallet.gold)
        };
        // Before anything is moved: of a settlement all of it happens.
        if shares.iter().any(is_full) {
            return Err(Refusal(WALLET_FULL));
        }
        for (account, gold) in shares {
            self.give(*account, *gold, Reason::RoomSettle)?;
        }
        self.keep(pot - shares.iter().map(|(_, gold)| gold).sum::<i64>());
        Ok(())
    }
}

impl Bank for Purse<'_> {
    fn deal(&mut self, deal: &Deal, stakes: &BTreeMap<AccountId, i64>) -> Result<(), Refusal> {
        match deal {
            Deal::Stake { member, gold } => {
                if switches::may_move_wealth(self.cache, &[member.0]).is_err() {
                    return Err(Refusal(WEALTH_FROZEN));
                }
                let wallet = self.wallet(*member)?;
                let held = stakes.get(member).copied().unwrap_or(0);
                if wallet.gold < *gold || GOLD_MAX - gold < held {
                    return Err(Refusal(NOT_ENOUGH_GOLD));
                }
                self.work.put(WalletRow { gold: wallet.gold - gold, ..wallet });
                self.note(member.0, self.purpose.room, *gold, Reason::RoomStake);
                Ok(())
            }
            Deal::Refund { member, gold } => self.give(*member, *gold, Reason::RoomRefund),
            Deal::Settle { shares } => self.settle(shares, stakes.values().sum()),
        }
    }
}

/// Of a room that a crash leaves nothing of: gold in it would be lost.
pub(crate) struct NoGold;

impl Bank for NoGold {
    fn deal(&mut self, _deal: &Deal, _stakes: &BTreeMap<AccountId, i64>) -> Result<(), Refusal> {
        Err(Refusal("not_durable"))
    }
}
