//! What the stored rows say, and where everybody stands: what the models judge by.

use std::{collections::BTreeMap, time::Instant};

use proto::{
    ids::AccountId,
    tables::{CharacterRow, ChatBlockRow, ItemRow, MailRow, Place, WalletRow},
};

use crate::logic::testing::Play;

/// See the module.
#[derive(Clone, Copy)]
pub(super) struct Look<'a>(pub(super) &'a Play);

impl Look<'_> {
    pub(super) fn now(&self) -> Instant {
        self.0.now.instant
    }

    pub(super) fn gold(&self, account: u64) -> i64 {
        self.0.store.gold(account)
    }

    /// An item, if this holder has it.
    pub(super) fn item(&self, holder: u64, id: u64) -> Option<ItemRow> {
        self.0.store.item(holder, id)
    }

    /// Items of a character that it does not wear.
    pub(super) fn in_bag(&self, character: u64) -> usize {
        let is_its = |row: &ItemRow| row.holder == character && row.place == Place::Bag as u32;
        self.0.store.rows().into_iter().filter(is_its).count()
    }

    /// Characters that can still be had, of all accounts; without their hit points, which come back with time.
    pub(super) fn characters(&self) -> Vec<CharacterRow> {
        let grace_ms = u64::try_from(self.0.config.character_grace.as_millis()).unwrap();
        let wall_ms = self.0.now.wall_ms;
        let is_there = |row: &CharacterRow| row.deleted_ms.is_none_or(|at| wall_ms < at + grace_ms);
        let rows = self.0.store.rows().into_iter().filter(is_there);
        rows.map(|row| CharacterRow { hp: 0, ..row }).collect()
    }

    pub(super) fn is_dead(&self, account: u64) -> bool {
        self.0.world.is_dead(AccountId(account))
    }

    pub(super) fn has_blocked(&self, by: u64, whom: u64) -> bool {
        let rows = self.0.store.rows::<ChatBlockRow>();
        rows.iter().any(|row| (row.account, row.blocked) == (by, whom))
    }

    /// Too far apart to trade.
    pub(super) fn are_apart(&self, a: u64, b: u64) -> bool {
        let [a, b] = [a, b].map(|account| self.0.world.place_of(AccountId(account)));
        let (Some(a), Some(b)) = (a, b) else { return false };
        let square = |mm: i64| i128::from(mm) * i128::from(mm);
        square(20_000) < square(a.x_mm - b.x_mm) + square(a.y_mm - b.y_mm)
    }

    pub(super) fn goods(&self) -> Goods {
        let store = &self.0.store;
        Goods {
            items: store.rows::<ItemRow>().into_iter().map(|row| (row.id, row)).collect(),
            gold: store.rows::<WalletRow>().into_iter().map(|row| (row.account, row.gold)).collect(),
            letters: store.rows::<MailRow>().into_iter().map(|row| (row.id, row)).collect(),
        }
    }
}

/// Who has what.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Goods {
    pub(super) items: BTreeMap<u64, ItemRow>,
    pub(super) gold: BTreeMap<u64, i64>,
    pub(super) letters: BTreeMap<u64, MailRow>,
}
