//! Trades of two characters (reliability A6): asked, then open, then done or canceled. Every change clears both
//! accepts and raises the revision; an accept names revision and hash. A call changes a trade whole, or not at all.
//! Knows no rows: whether somebody has what he offers, and that it changes hands, is decided outside, and
//! [`Trades::done`] says so.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use proto::ids::AccountId;

use super::{
    offer::{self, Offer, OfferHash},
    refusal::Refusal,
};

/// Trades at a time.
pub const TRADES_MAX: usize = 100_000;

/// Who trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Trader {
    /// Whose gold it is.
    pub account: AccountId,
    /// Whose things.
    pub character: u64,
}

/// Which side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// Who asked.
    Asker = 0,
    /// Who was asked.
    Asked = 1,
}

impl Who {
    /// The one across the table.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Asker => Self::Asked,
            Self::Asked => Self::Asker,
        }
    }
}

/// How far a trade is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Waits for an answer.
    Asked,
    /// Offers are made.
    Open(Table),
}

/// What lies on the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// Grows with every change.
    pub revision: u32,
    /// By [`Who`].
    pub offers: [Offer; 2],
    /// Who has accepted exactly this. Never both: then it is done.
    pub accepted: Option<Who>,
}

/// One trade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trade {
    /// Never used again while the process lives.
    pub id: u64,
    /// By [`Who`].
    pub traders: [Trader; 2],
    /// How far it is.
    pub stage: Stage,
}

impl Trade {
    /// What an accept has to name; none while it is not open.
    #[must_use]
    pub fn hash(&self) -> Option<OfferHash> {
        let Stage::Open(table) = &self.stage else { return None };
        let [asker, asked] = &self.traders;
        let sides = [(asker.character, &table.offers[0]), (asked.character, &table.offers[1])];
        Some(offer::hash(self.id, table.revision, sides))
    }
}

/// What an accept comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// Waits for the other's.
    First,
    /// Both want exactly this: it can be done.
    Both,
}

/// All trades that go on.
#[derive(Debug, Default)]
pub struct Trades {
    trades: BTreeMap<u64, Trade>,
    /// One at a time each.
    of: HashMap<u64, (u64, Who)>,
    last: u64,
}

impl Trades {
    /// The trade that a character is in, and its side.
    #[must_use]
    pub fn of(&self, character: u64) -> Option<(&Trade, Who)> {
        let (id, who) = self.of.get(&character)?;
        Some((self.trades.get(id)?, *who))
    }

    /// Those that go on, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Trade> {
        self.trades.values()
    }

    /// Trades that go on.
    #[must_use]
    pub fn len(&self) -> usize {
        self.trades.len()
    }

    /// Nobody trades.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.trades.is_empty()
    }

    /// Items of a character that nothing else may happen to.
    #[must_use]
    pub fn locked(&self, character: u64) -> Vec<u64> {
        match self.of(character) {
            Some((Trade { stage: Stage::Open(table), .. }, who)) => {
                table.offers[who as usize].things().iter().map(|thing| thing.item).collect()
            }
            _ => Vec::new(),
        }
    }

    /// One asks another.
    ///
    /// # Errors
    /// The same account, either trades already, too many trades.
    pub fn ask(&mut self, asker: Trader, asked: Trader) -> Result<&Trade, Refusal> {
        if asker.account == asked.account || asker.character == asked.character {
            return Err(Refusal::OwnTrade);
        }
        if self.of.contains_key(&asker.character) {
            return Err(Refusal::InTrade);
        }
        if self.of.contains_key(&asked.character) {
            return Err(Refusal::TheyTrade);
        }
        if TRADES_MAX <= self.trades.len() {
            return Err(Refusal::TooManyTrades);
        }
        self.last += 1;
        let id = self.last;
        self.of.insert(asker.character, (id, Who::Asker));
        self.of.insert(asked.character, (id, Who::Asked));
        Ok(self.trades.entry(id).or_insert(Trade { id, traders: [asker, asked], stage: Stage::Asked }))
    }

    /// Whoever was asked says yes. (A no is a [`Trades::cancel`].)
    ///
    /// # Errors
    /// No trade, not the one who was asked, answered already.
    pub fn open(&mut self, character: u64) -> Result<&Trade, Refusal> {
        let (trade, who) = self.own(character)?;
        match (&trade.stage, who) {
            (Stage::Asked, Who::Asked) => trade.stage = Stage::Open(Table::default()),
            (Stage::Asked, Who::Asker) | (Stage::Open(_), _) => return Err(Refusal::NothingToAnswer),
        }
        Ok(trade)
    }

    /// One side offers this instead of what it offered before. Both accepts are void, also if nothing differs.
    ///
    /// # Errors
    /// No trade, not open.
    pub fn offer(&mut self, character: u64, offer: Offer) -> Result<&Trade, Refusal> {
        let (trade, who) = self.own(character)?;
        let Stage::Open(table) = &mut trade.stage else { return Err(Refusal::TradeNotOpen) };
        // Nobody makes four thousand million offers, and a number that came twice could name two offers.
        table.revision = table.revision.checked_add(1).ok_or(Refusal::TooManyTrades)?;
        table.offers[who as usize] = offer;
        table.accepted = None;
        Ok(trade)
    }

    /// What an accept would come to. Changes nothing.
    ///
    /// # Errors
    /// No trade, not open, nothing offered, accepted already, another revision or hash.
    pub fn check_accept(
        &self,
        character: u64,
        revision: u32,
        hash: &[u8],
    ) -> Result<(&Trade, Accept), Refusal> {
        let (trade, who) = self.of(character).ok_or(Refusal::NoTrade)?;
        let Stage::Open(table) = &trade.stage else { return Err(Refusal::TradeNotOpen) };
        let exact = trade.hash().is_some_and(|exact| exact.0 == hash);
        if !exact || table.revision != revision {
            return Err(Refusal::OfferChanged);
        }
        if table.offers.iter().all(Offer::is_empty) {
            return Err(Refusal::NothingOffered);
        }
        match table.accepted {
            None => Ok((trade, Accept::First)),
            Some(first) if first == who => Err(Refusal::AlreadyAccepted),
            Some(_) => Ok((trade, Accept::Both)),
        }
    }

    /// The first accept, as [`Trades::check_accept`] found it.
    ///
    /// # Errors
    /// As there; and the other has accepted already: it would be done.
    pub fn accept(&mut self, character: u64, revision: u32, hash: &[u8]) -> Result<&Trade, Refusal> {
        if self.check_accept(character, revision, hash)?.1 == Accept::Both {
            return Err(Refusal::AlreadyAccepted);
        }
        let (trade, who) = self.own(character)?;
        if let Stage::Open(table) = &mut trade.stage {
            table.accepted = Some(who);
        }
        Ok(trade)
    }

    /// What both have accepted could not be done: nobody has accepted it any more. The offers stay.
    ///
    /// # Errors
    /// No trade, not open.
    pub fn take_back(&mut self, character: u64) -> Result<&Trade, Refusal> {
        let (trade, _) = self.own(character)?;
        let Stage::Open(table) = &mut trade.stage else { return Err(Refusal::TradeNotOpen) };
        table.accepted = None;
        Ok(trade)
    }

    /// Everything has changed hands: the trade is over.
    ///
    /// # Errors
    /// No trade.
    pub fn done(&mut self, character: u64) -> Result<Trade, Refusal> {
        self.cancel(character)
    }

    /// The trade is over, and nothing has happened. Also for whoever leaves, dies or is gone.
    ///
    /// # Errors
    /// No trade.
    pub fn cancel(&mut self, character: u64) -> Result<Trade, Refusal> {
        let (id, _) = self.of.get(&character).ok_or(Refusal::NoTrade)?;
        let trade = self.trades.remove(id).ok_or(Refusal::NoTrade)?;
        for trader in &trade.traders {
            self.of.remove(&trader.character);
        }
        Ok(trade)
    }

    fn own(&mut self, character: u64) -> Result<(&mut Trade, Who), Refusal> {
        let (id, who) = *self.of.get(&character).ok_or(Refusal::NoTrade)?;
        Ok((self.trades.get_mut(&id).ok_or(Refusal::NoTrade)?, who))
    }
}
