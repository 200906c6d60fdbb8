//! What the players of a market know of each other without asking the server: who stands where and is free, both ends
//! of each trade, letters, and what came into the world and left it. It is what makes the check of a whole run exact.
//! Knows no server.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::{
    logic::{
        atlas::Point,
        deal::{Deal, DealKind},
        market::{
            letters::Letters,
            way::{FAR_MM, NEAR_MM},
        },
        stats::{bounded, count},
        world::Finding,
    },
    report::MarketFigures,
};

/// One player, as the others know it.
#[derive(Clone, Debug, Default)]
pub struct Stall {
    /// The character, and its name.
    pub character: u64,
    /// See `character`.
    pub name: String,
    /// Where it stands; nothing while it is not in the world.
    pub at: Option<Point>,
    /// Neither in a trade nor on its way.
    pub is_free: bool,
    /// Some item of its, 0 for none.
    pub item: u64,
    /// Some letter of its, 0 for none.
    pub mail: u64,
    /// A trade of its, 0 for none.
    pub trade: u64,
}

/// What one side says of a trade that both could have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was made; its place in the journal, if that was heard.
    Done(Option<u64>),
    /// It was not.
    Undone,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Fair {
    stalls: Vec<Stall>,
    /// All letters.
    pub letters: Letters,
    /// Figures for the report.
    pub figures: MarketFigures,
    /// Trades of which one side has told, by their hash.
    ends: FxHashMap<Vec<u8>, (u32, End)>,
    /// Of each kind: what shops gave less what they took.
    issued: BTreeMap<u32, i64>,
    /// Of each kind, in bags and letters at the end.
    held: BTreeMap<u32, i64>,
    /// What shops gave for things.
    pub gold_issued: i64,
    /// What shops took for things.
    pub gold_sunk: i64,
    /// In letters that were not taken.
    pub gold_in_letters: i64,
}

impl Fair {
    /// For so many players of a run that is named so.
    #[must_use]
    pub fn new(players: u32, run: u64) -> Self {
        let stalls = vec![Stall::default(); players as usize];
        Self { stalls, letters: Letters::new(run), ..Self::default() }
    }

    /// A player's own entry.
    pub fn stall(&mut self, player: u32) -> &mut Stall {
        &mut self.stalls[player as usize]
    }

    /// What is known of a player.
    #[must_use]
    pub fn look(&self, player: u32) -> Option<&Stall> {
        self.stalls.get(player as usize)
    }

    /// The player whose character this is.
    #[must_use]
    pub fn player(&self, character: u64) -> Option<u32> {
        let at = self.stalls.iter().position(|stall| stall.character == character)?;
        u32::try_from(at).ok()
    }

    /// The first one from `wish` on who is free and stands near enough to trade.
    #[must_use]
    pub fn partner(&self, wish: u32, myself: u32) -> Option<u32> {
        let here = self.look(myself)?.at?;
        self.find(wish, myself, |stall| {
            stall.is_free && stall.at.is_some_and(|at| at.is_within(here, NEAR_MM))
        })
    }

    /// The first one from `wish` on who stands too far away to trade, and stays there.
    #[must_use]
    pub fn stranger(&self, wish: u32, myself: u32) -> Option<u32> {
        let here = self.look(myself)?.at?;
        self.find(wish, myself, |stall| {
            stall.is_free && stall.at.is_some_and(|at| !at.is_within(here, FAR_MM))
        })
    }

    /// The first one from `wish` on who has a character, in the world or not.
    #[must_use]
    pub fn anybody(&self, wish: u32, myself: u32) -> Option<u32> {
        self.find(wish, myself, |stall| stall.character != 0)
    }

    /// The first one from `wish` on, round and round, but not `myself`.
    pub fn find(&self, wish: u32, myself: u32, is_it: impl Fn(&Stall) -> bool) -> Option<u32> {
        let count = u32::try_from(self.stalls.len()).ok()?;
        let others = (0..count).map(|step| (wish % count + step) % count).filter(|&player| player != myself);
        others.into_iter().find(|&player| is_it(&self.stalls[player as usize]))
    }

    /// A deal between a player and the world is done.
    pub fn dealt(&mut self, deal: &Deal) {
        let figures = &mut self.figures;
        match deal.deed {
            DealKind::ShopBuy => {
                self.gold_sunk += deal.gold_out;
                figures.shop_bought += 1;
                figures.shop_gold_out += deal.gold_out;
                for thing in &deal.gets {
                    figures.shop_items_bought += u64::from(thing.quantity);
                    *self.issued.entry(thing.kind).or_default() += i64::from(thing.quantity);
                }
            }
            DealKind::ShopSell => {
                self.gold_issued += deal.gold_in;
                figures.shop_sold += 1;
                figures.shop_gold_in += deal.gold_in;
                for thing in &deal.gives {
                    figures.shop_items_sold += u64::from(thing.quantity);
                    *self.issued.entry(thing.kind).or_default() -= i64::from(thing.quantity);
                }
            }
            DealKind::MailSend => {
                figures.mails_sent += 1;
                figures.mail_gold_sent += deal.gold_out;
            }
            DealKind::MailTake => {
                figures.mails_taken += 1;
                figures.mail_gold_taken += deal.gold_in;
            }
            DealKind::MailDelete
            | DealKind::Pay
            | DealKind::TradeAccept
            | DealKind::TradeDone
            | DealKind::Held => {}
        }
    }

    /// A player begins another trade: what it says of an older one that was not made needs no second word. (Trades are
    /// numbered from 1 again when the game process starts anew, so that a later one might be called the same.)
    pub fn begins(&mut self, player: u32) {
        self.ends.retain(|_, (told_by, end)| *told_by != player || *end != End::Undone);
    }

    /// One side says what became of a trade that both had accepted, or may have.
    ///
    /// # Errors
    /// A [`Finding`]: the other side says otherwise.
    pub fn ended(&mut self, player: u32, hash: &[u8], end: End) -> Result<(), Finding> {
        let Some((other, before)) = self.ends.remove(hash) else {
            if let End::Done(_) = end {
                self.figures.trades_done += 1;
            }
            self.ends.insert(hash.to_vec(), (player, end));
            return Ok(());
        };
        let is_same = match (before, end) {
            (End::Undone, End::Undone) => return Ok(()),
            (End::Done(Some(before)), End::Done(Some(now))) => before == now,
            (End::Done(_), End::Done(_)) => true,
            (End::Done(_), End::Undone) | (End::Undone, End::Done(_)) => false,
        };
        if is_same && other != player {
            return Ok(());
        }
        Err(Finding::new("trade_differs", format!("player {other} says {before:?}, player {player} {end:?}")))
    }

    /// A trade is over, and nothing has changed hands.
    pub fn canceled(&mut self, reason: &str) {
        count(&mut self.figures.trades_canceled, bounded(reason));
    }

    /// Things of one kind that a player has at the end, in its bag or in a letter.
    pub fn hold(&mut self, kind: u32, quantity: u32) {
        *self.held.entry(kind).or_default() += i64::from(quantity);
    }

    /// At the end, all players checked: what does not add up, with the player who noticed.
    #[must_use]
    pub fn judge(&self) -> Vec<(u32, Finding)> {
        let mut found = self.letters.judge();
        for (player, end) in self.ends.values() {
            if let End::Done(lsn) = end {
                found.push((*player, Finding::new("trade_one_sided", format!("lsn {lsn:?}"))));
            }
        }
        for (kind, held) in &self.held {
            if self.issued.get(kind).copied().unwrap_or(0) != *held {
                let issued = self.issued.get(kind);
                let detail = format!("{held} of kind {kind} are there, {issued:?} came from shops");
                found.push((0, Finding::new("goods_not_conserved", detail)));
            }
        }
        for (kind, issued) in self.issued.iter().filter(|(kind, _)| !self.held.contains_key(*kind)) {
            if *issued != 0 {
                let detail = format!("none of kind {kind} is there, {issued} came from shops");
                found.push((0, Finding::new("goods_not_conserved", detail)));
            }
        }
        found
    }
}
