//! What people ask about all gold and things: sums by hour, where gold lies, who has most, where a sum or an item went.
//! Each asker has a connection of its own and one snapshot for all of its questions, so that an answer is of one record
//! and nobody who applies or reads waits for it.

mod following;
mod naming;

use std::collections::BTreeSet;

use proto::ids::Lsn;

pub use self::{
    following::{Ended, Followed, Wish, follow},
    naming::who,
};
use super::{
    StoreError,
    hours::{HourKey, HourSum},
};
use crate::logic::trail::Line;

/// One snapshot. It ends when this is dropped.
pub trait Books: Send {
    /// The record that it is of.
    fn lsn(&self) -> Lsn;

    /// Sums of the hours that began then or later, at most so many, in the order of their keys.
    ///
    /// # Errors
    /// See [`StoreError`]. After any of them this must be dropped.
    fn hours(&mut self, since_ms: i64, rows_max: u32) -> Result<Vec<(HourKey, HourSum)>, StoreError>;

    /// What came into the world before then, less what left it.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn gold_before(&mut self, until_ms: i64) -> Result<i128, StoreError>;

    /// Where all gold lies.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn stock(&mut self) -> Result<Stock, StoreError>;

    /// Who has most, first.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn richest(&mut self, rows_max: u32) -> Result<Vec<Rich>, StoreError>;

    /// Lines of the ledger after this one, in their order.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn gold_lines(&mut self, after: Place, rows_max: u32) -> Result<Vec<Line>, StoreError>;

    /// The same of lines by which one of these gives, up to a record.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn gold_lines_of(
        &mut self,
        givers: &BTreeSet<u64>,
        after: Place,
        to_lsn: u64,
        rows_max: u32,
    ) -> Result<Vec<Line>, StoreError>;

    /// Lines of one item after this one, in their order.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn item_lines(&mut self, item: u64, after: Place, rows_max: u32) -> Result<Vec<Line>, StoreError>;

    /// Lines of one record by which things became other items, in their order.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn arranged_lines(&mut self, lsn: u64) -> Result<Vec<Line>, StoreError>;

    /// Which of these are accounts, with their names; empty: a guest.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn accounts(&mut self, ids: &BTreeSet<u64>) -> Result<Vec<Holder>, StoreError>;

    /// Which of these are characters, with their accounts and names.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn characters(&mut self, ids: &BTreeSet<u64>) -> Result<Vec<Holder>, StoreError>;
}

/// A line of a log: record, and which of its lines.
pub type Place = (u64, u32);

/// So much gold, at so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pile {
    /// All together.
    pub gold: i128,
    /// Rows.
    pub holders: u64,
}

/// Where all gold lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stock {
    /// Of accounts.
    pub wallets: Pile,
    /// In letters.
    pub letters: Pile,
    /// Stakes in the pots of matches.
    pub pots: Pile,
}

/// A wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rich {
    /// Whose.
    pub account: u64,
    /// As shown; empty: a guest.
    pub name: String,
    /// In it.
    pub gold: i64,
}

/// Who held something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// As in the log.
    pub id: u64,
    /// What it is.
    pub what: HolderKind,
    /// As shown; empty: a guest, or nobody knows.
    pub name: String,
    /// Whose account it is of; 0: nobody's, or nobody knows.
    pub account: u64,
}

/// What a holder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HolderKind {
    /// An account.
    Account,
    /// A character.
    Character,
    /// A letter.
    Letter,
    /// A match.
    Match,
    /// It is gone, and no line says what it was.
    Gone,
}

impl HolderKind {
    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Character => "character",
            Self::Letter => "letter",
            Self::Match => "match",
            Self::Gone => "gone",
        }
    }
}

/// Ids that one statement names.
pub(super) const IDS_MAX: usize = 256;

/// Numbers as SQL spells them.
pub(super) fn listed(ids: &[u64]) -> String {
    ids.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}
