//! What accounts have outside a room that is without a server. Knows no room.

use std::collections::{BTreeMap, BTreeSet};

use proto::{ids::AccountId, limits::GOLD_MAX};

use crate::{
    logic::rooms::bank::{Bank, NOT_ENOUGH_GOLD, WALLET_FULL, WEALTH_FROZEN},
    room::{Deal, Refusal},
};

/// See the module. Says no for the reasons and by the names for which the server does.
#[derive(Clone, Debug, Default)]
pub(super) struct Wallets {
    pub(super) gold: BTreeMap<AccountId, i64>,
    pub(super) frozen: BTreeSet<AccountId>,
}

impl Wallets {
    /// What it has.
    pub(super) fn of(&self, account: AccountId) -> i64 {
        self.gold.get(&account).copied().unwrap_or(GOLD)
    }

    /// All of it, or nothing.
    fn give(&mut self, shares: &[(AccountId, i64)]) -> Result<(), Refusal> {
        if shares.iter().any(|(account, gold)| *gold != 0 && GOLD_MAX - gold < self.of(*account)) {
            return Err(Refusal(WALLET_FULL));
        }
        for (account, gold) in shares {
            self.gold.insert(*account, self.of(*account) + gold);
        }
        Ok(())
    }
}

impl Bank for Wallets {
    fn deal(&mut self, deal: &Deal, stakes: &BTreeMap<AccountId, i64>) -> Result<(), Refusal> {
        match deal {
            Deal::Stake { member, .. } if self.frozen.contains(member) => Err(Refusal(WEALTH_FROZEN)),
            Deal::Stake { member, gold } => {
                let (has, held) = (self.of(*member), stakes.get(member).copied().unwrap_or(0));
                if has < *gold || GOLD_MAX - gold < held {
                    return Err(Refusal(NOT_ENOUGH_GOLD));
                }
                self.gold.insert(*member, has - gold);
                Ok(())
            }
            Deal::Refund { member, gold } => self.give(&[(*member, *gold)]),
            Deal::Settle { shares } => self.give(shares),
        }
    }
}

/// In a wallet that nobody set.
const GOLD: i64 = 1_000;
