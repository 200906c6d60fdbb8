//! What the players know of each other without asking the server: accounts, both ends of each payment,
//! lines said. It is what makes the check of a whole run exact. Knows no server.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry as MapEntry},
    ops::RangeInclusive,
};

use proto::limits::UNANSWERED_MAX;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::logic::world::Finding;

/// Shared by all players of a run.
#[derive(Debug, Default)]
pub struct Board {
    players: Vec<Entry>,
    accounts: FxHashMap<u64, u32>,
    /// Payments of which one end has told.
    halves: FxHashMap<u64, Half>,
    /// Ends that were not kept because too many were open.
    halves_dropped: u64,
    /// Lines that were refused or whose fate nobody knows: they may stay unheard.
    void: BTreeSet<(u32, u32)>,
    /// Those that were not kept because too many were.
    void_dropped: u64,
    /// Lines, by player and number, that somebody did not hear before a later one, and that were not told void.
    skipped: BTreeMap<(u32, u32), Skip>,
    skipped_dropped: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    /// 0 until the player has come in and knows its wallet.
    account: u64,
    /// Gold paid to it by players of this run, as their answers and fates tell.
    received: i64,
    /// A payment to it has an unknown fate.
    tainted: bool,
    /// Nobody is to pay it.
    takes_nothing: bool,
    /// A connection of it died.
    had_gap: bool,
    /// Number of the last line it sent, and of the last one answered OK.
    sent: u32,
    said: u32,
}

/// One payment as one end tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Payer's account.
    pub from: u64,
    /// Payee's account.
    pub to: u64,
    /// Gold.
    pub amount: i64,
}

#[derive(Clone, Copy, Debug)]
struct Half {
    transfer: Transfer,
    told_by: End,
}

/// Which end told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The payer's answer.
    Payer,
    /// The payee's news.
    Payee,
}

/// Who did not hear a line.
#[derive(Clone, Copy, Debug)]
struct Skip {
    listener: u32,
    /// And so many more.
    others: u32,
}

impl Board {
    /// For so many players.
    #[must_use]
    pub fn new(players: u32) -> Self {
        Self { players: vec![Entry::default(); players as usize], ..Self::default() }
    }

    /// A player knows its wallet and may be paid.
    pub fn enter(&mut self, player: u32, account: u64) {
        self.players[player as usize].account = account;
        self.accounts.insert(account, player);
    }

    /// Nobody pays this player.
    pub fn take_nothing(&mut self, player: u32) {
        self.players[player as usize].takes_nothing = true;
    }

    /// The account of a player who is in.
    #[must_use]
    pub fn account(&self, player: u32) -> Option<u64> {
        let entry = self.players.get(player as usize)?;
        (entry.account != 0).then_some(entry.account)
    }

    /// Whether this account plays in this run.
    #[must_use]
    pub fn plays(&self, account: u64) -> bool {
        self.accounts.contains_key(&account)
    }

    /// The first who is in from `wish` on, round and round, but not `myself`.
    #[must_use]
    pub fn payee(&self, wish: u32, myself: u32) -> Option<(u32, u64)> {
        let count = u32::try_from(self.players.len()).ok()?;
        let others = (0..count).map(|step| (wish % count + step) % count).filter(|&player| player != myself);
        let takes = |player: &u32| !self.players[*player as usize].takes_nothing;
        others.into_iter().filter(takes).find_map(|player| Some((player, self.account(player)?)))
    }

    /// A connection of the player died.
    pub fn gap(&mut self, player: u32) {
        self.players[player as usize].had_gap = true;
    }

    /// Gold that certainly moved to an account.
    pub fn moved(&mut self, to: u64, amount: i64) {
        if let Some(entry) = self.entry(to) {
            entry.received += amount;
        }
    }

    /// Gold to an account of which nobody knows whether it moved.
    pub fn taint(&mut self, to: u64) {
        if let Some(entry) = self.entry(to) {
            entry.tainted = true;
        }
    }

    /// What the player must have received; nothing if that cannot be told.
    #[must_use]
    pub fn received(&self, player: u32) -> Option<i64> {
        let entry = self.players.get(player as usize)?;
        (!entry.tainted).then_some(entry.received)
    }

    /// One end of a payment between two players of this run tells of it.
    ///
    /// # Errors
    /// A [`Finding`] when both ends told, and not the same.
    pub fn told(&mut self, lsn: u64, transfer: Transfer, told_by: End) -> Result<(), Finding> {
        let Some(other) = self.halves.remove(&lsn) else {
            if self.halves.len() < HALVES_MAX {
                self.halves.insert(lsn, Half { transfer, told_by });
            } else {
                self.halves_dropped += 1;
            }
            return Ok(());
        };
        if other.told_by == told_by {
            return Err(Finding::new(
                "lsn_shared",
                format!("lsn {lsn}: {:?} and {transfer:?}", other.transfer),
            ));
        }
        if other.transfer != transfer {
            let detail = format!("lsn {lsn}: one end {:?}, the other {transfer:?}", other.transfer);
            return Err(Finding::new("paid_differs", detail));
        }
        Ok(())
    }

    /// The number of the player's next line.
    pub fn next_line(&mut self, player: u32) -> u32 {
        let entry = &mut self.players[player as usize];
        entry.sent += 1;
        entry.sent
    }

    /// A line was answered OK: everyone who listens must hear it.
    pub fn said(&mut self, player: u32, number: u32) {
        let entry = &mut self.players[player as usize];
        entry.said = entry.said.max(number);
    }

    /// A line was refused, or nobody knows.
    pub fn void(&mut self, player: u32, number: u32) {
        self.skipped.remove(&(player, number));
        if self.void.len() < VOID_MAX {
            self.void.insert((player, number));
        } else {
            self.void_dropped += 1;
        }
    }

    /// For each player the number of the last line it sent, and of the last one that was said.
    pub fn lines(&self) -> impl Iterator<Item = (u32, u32)> {
        self.players.iter().map(|entry| (entry.sent, entry.said))
    }

    /// A listener did not hear these; judged at the end, when it is known which of them were said. However many did
    /// not hear a line, it is one.
    pub fn skipped(&mut self, listener: u32, speaker: u32, numbers: RangeInclusive<u32>) {
        let skipped_max = self.players.len() * UNANSWERED_MAX;
        for number in numbers.filter(|&number| !self.void.contains(&(speaker, number))) {
            let is_full = skipped_max <= self.skipped.len();
            match self.skipped.entry((speaker, number)) {
                MapEntry::Occupied(mut skip) => skip.get_mut().others += 1,
                MapEntry::Vacant(free) if !is_full => drop(free.insert(Skip { listener, others: 0 })),
                // Whose line has no answer yet may still be told void. More than all players can wait for are not
                // all such lines, so some of those that are kept are missing, and the rest need no place.
                MapEntry::Vacant(_) => {
                    self.skipped_dropped += 1;
                    return;
                }
            }
        }
    }

    /// At the end, all players drained: what does not add up, with the player who noticed.
    #[must_use]
    pub fn judge(&mut self) -> Vec<(u32, Finding)> {
        let mut findings = Vec::new();
        for ((speaker, number), Skip { listener, others }) in std::mem::take(&mut self.skipped) {
            let others = if others == 0 { String::new() } else { format!(", nor by {others} more") };
            let detail = format!("line {number} of player {speaker} was not heard{others}");
            findings.push((listener, Finding::new("chat_missing", detail)));
        }
        let mut halves: Vec<_> = std::mem::take(&mut self.halves).into_iter().collect();
        halves.sort_unstable_by_key(|&(lsn, _)| lsn);
        let gaps: FxHashSet<u64> =
            self.players.iter().filter(|entry| entry.had_gap).map(|entry| entry.account).collect();
        for (lsn, Half { transfer, told_by }) in halves {
            let (silent, noticed_by, code) = match told_by {
                End::Payer => (transfer.to, transfer.from, "paid_missing"),
                End::Payee => (transfer.from, transfer.to, "paid_from_nobody"),
            };
            if !gaps.contains(&silent)
                && let Some(&player) = self.accounts.get(&noticed_by)
            {
                findings.push((player, Finding::new(code, format!("lsn {lsn}: {transfer:?}"))));
            }
        }
        for (code, dropped) in [
            ("pairs_full", self.halves_dropped),
            ("skips_full", self.skipped_dropped),
            ("voids_full", self.void_dropped),
        ] {
            if dropped > 0 {
                findings.push((0, Finding::new(code, format!("{dropped} could not be checked"))));
            }
        }
        findings
    }

    fn entry(&mut self, account: u64) -> Option<&mut Entry> {
        let player = *self.accounts.get(&account)?;
        self.players.get_mut(player as usize)
    }
}

/// Payments of which only one end has told: at most what is in flight, and what died with connections.
const HALVES_MAX: usize = 1 << 20;
/// Lines told void that are kept.
const VOID_MAX: usize = 1 << 20;
