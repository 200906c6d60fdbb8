//! Trades wired to connections: who asks whom, who is told what, and how long a question waits. What may be done in
//! a trade is [`super::goods::trade`]'s, what changes hands is [`super::commands::goods`]'s.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use proto::{
    client::{
        TradeAccept, TradeAnswer, TradeAsk, TradeAsked, TradeBegun, TradeCancel, TradeCanceled, TradeItem,
        TradeOffer, TradeSide, TradeState,
    },
    ids::AccountId,
    kinds::{self, Lane},
    packet::Packet,
    wire,
};

use super::{
    commands::{
        chat::people,
        goods::{asking_name, exchange, offer_of},
    },
    delivery::ConnKey,
    event::Now,
    goods::{
        offer::Offer,
        refusal::Refusal,
        trade::{Accept, Stage, Trade, Trader, Trades, Who},
    },
    outputs::{Audience, Outputs},
    release::Step,
    switches,
    tx::{Call, Halt, decode},
    world::World,
};

/// All trades that go on, and which of them wait for an answer.
#[derive(Debug, Default)]
pub(crate) struct Trading {
    trades: Trades,
    /// Until when, and who asked. Ids grow with time and all wait equally long, so the first is due first.
    waiting: BTreeMap<u64, (Instant, u64)>,
}

impl Trading {
    /// Items of a character that nothing else may happen to.
    pub(crate) fn locked(&self, character: u64) -> Vec<u64> {
        self.trades.locked(character)
    }

    /// All trades that go on.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<&Trade> {
        self.trades.iter().collect()
    }

    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.waiting.values().next().map(|(at, _)| *at)
    }

    /// The trade that a character is in, if it is the one that is meant.
    fn meant(&self, character: u64, id: u64) -> Result<(&Trade, Who), Refusal> {
        self.trades.of(character).filter(|(trade, _)| trade.id == id).ok_or(Refusal::NoTrade)
    }

    fn cancel(&mut self, character: u64) -> Option<Trade> {
        let trade = self.trades.cancel(character).ok()?;
        self.waiting.remove(&trade.id);
        Some(trade)
    }
}

impl World {
    /// `trade_ask`.
    pub(super) fn trade_ask(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let TradeAsk { character } = decode(call.body)?;
        let asker = self.trader(call.account)?;
        if character == asker.character {
            return Err(Refusal::OwnTrade.into());
        }
        let account = self.roaming.player_of(character).ok_or(Refusal::TheyAreAway)?;
        if self.is_dead(account) {
            return Err(Halt::Reject("they_are_dead"));
        }
        if !self.is_within_reach([call.account, account]) {
            return Err(Refusal::TooFar.into());
        }
        let name = self.in_tx(key, None, now, |tx| {
            switches::may_move_wealth(tx.cache, &[call.account.0, account.0])?;
            people::must_not_be_blocked(tx, account, call.account)?;
            asking_name(tx, asker)
        })?;
        let trade = self.trading.trades.ask(asker, Trader { account, character })?.id;
        self.trading.waiting.insert(trade, (now.instant + ANSWER_WITHIN, asker.character));
        let answer_within_ms = u32::try_from(ANSWER_WITHIN.as_millis()).unwrap_or(u32::MAX);
        let asked = TradeAsked { trade, character: asker.character, name, answer_within_ms };
        self.outputs.push(Audience::Account(account), Lane::MustArrive, false, |bytes| {
            wire::put(bytes, Packet { kind: kinds::TRADE_ASKED, ..Packet::default() }, &asked);
        });
        self.outputs.answer_ok(call.cseq, &wire::encode(&TradeBegun { trade, answer_within_ms }));
        self.commit_command(key, call, now)
    }

    /// `trade_answer`.
    pub(super) fn trade_answer(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let TradeAnswer { trade, yes } = decode(call.body)?;
        let Trader { character, .. } = self.trader(call.account)?;
        let (asked, who) = self.trading.meant(character, trade)?;
        if (&asked.stage, who) != (&Stage::Asked, Who::Asked) {
            return Err(Refusal::NothingToAnswer.into());
        }
        self.in_tx(key, None, now, |_| Ok(()))?;
        if yes {
            let trade = self.trading.trades.open(character)?;
            self.trading.waiting.remove(&trade.id);
            show(&mut self.outputs, trade);
        } else {
            self.end_trade(character, "refused");
        }
        self.commit_command(key, call, now)
    }

    /// `trade_offer`.
    pub(super) fn trade_offer(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let offer: TradeOffer = decode(call.body)?;
        let Trader { character, .. } = self.trader(call.account)?;
        let (trade, _) = self.trading.meant(character, offer.trade)?;
        if trade.stage == Stage::Asked {
            return Err(Refusal::TradeNotOpen.into());
        }
        let offer = self.in_tx(key, None, now, |tx| offer_of(tx, call, &offer))?;
        show(&mut self.outputs, self.trading.trades.offer(character, offer)?);
        self.commit_command(key, call, now)
    }

    /// `trade_accept`. The second one makes the trade, or takes both back if it cannot be made.
    pub(super) fn trade_accept(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let TradeAccept { trade, revision, hash } = decode(call.body)?;
        let Trader { character, .. } = self.trader(call.account)?;
        let (meant, _) = self.trading.meant(character, trade)?;
        if !self.is_within_reach(meant.traders.map(|trader| trader.account)) {
            return Err(Refusal::TooFar.into());
        }
        let (trade, comes_to) = self.trading.trades.check_accept(character, revision, &hash)?;
        if comes_to == Accept::First {
            self.in_tx(key, None, now, |_| Ok(()))?;
            show(&mut self.outputs, self.trading.trades.accept(character, revision, &hash)?);
            return self.commit_command(key, call, now);
        }
        let trade = trade.clone();
        let made = self.in_tx(key, None, now, |tx| exchange(tx, call, &trade));
        let made = made.and_then(|()| self.commit_command(key, call, now));
        match made {
            Ok(()) => drop(self.trading.trades.done(character)),
            Err(Halt::Reject(_)) => {
                self.outputs.clear();
                show(&mut self.outputs, self.trading.trades.take_back(character)?);
                self.deliver(None, None);
            }
            // Rows that are not in memory, or no room in the pipeline: it stays as it is, to be tried again.
            Err(_) => {}
        }
        made
    }

    /// `trade_cancel`.
    pub(super) fn trade_cancel(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let TradeCancel { trade } = decode(call.body)?;
        let Trader { character, .. } = self.trader(call.account)?;
        self.trading.meant(character, trade)?;
        self.in_tx(key, None, now, |_| Ok(()))?;
        self.end_trade(character, "canceled");
        self.commit_command(key, call, now)
    }

    /// Ends the trade that a character is in, if it is in one, and tells both sides that are still there. Nothing
    /// has changed hands.
    pub(super) fn end_trade(&mut self, character: u64, reason: &str) {
        let Some(Trade { id, traders, .. }) = self.trading.cancel(character) else { return };
        let mut bytes = Vec::new();
        let canceled = TradeCanceled { trade: id, reason: reason.to_owned() };
        wire::put(&mut bytes, Packet { kind: kinds::TRADE_CANCELED, ..Packet::default() }, &canceled);
        for trader in traders {
            if let Some(to) = self.online.get(&trader.account).copied() {
                self.delivery.step(Step::Send { to, lane: Lane::MustArrive, is_answer: false }, &bytes);
            }
        }
    }

    /// Ends the trade of a character that has gone too far away from the other one.
    pub(super) fn end_stretched_trade(&mut self, character: u64) {
        let Some((trade, _)) = self.trading.trades.of(character) else { return };
        if !self.is_within_reach(trade.traders.map(|trader| trader.account)) {
            self.end_trade(character, Refusal::TooFar.code());
        }
    }

    /// Whether two who are in the world stand near enough to trade.
    fn is_within_reach(&self, [a, b]: [AccountId; 2]) -> bool {
        let (Some(a), Some(b)) = (self.place_of(a), self.place_of(b)) else { return false };
        a.is_within(REACH_MM, b)
    }

    /// Ends those that nobody has answered in time.
    pub(super) fn trades_due(&mut self, now: Now) {
        while let Some((at, asker)) = self.trading.waiting.values().next().copied()
            && at <= now.instant
        {
            self.end_trade(asker, "no_answer");
        }
    }

    /// Who trades for an account: the character that it plays, its connection there.
    fn trader(&self, account: AccountId) -> Result<Trader, Halt> {
        let character = self.roaming.who(account).filter(|_| self.roaming.is_played(account));
        let character = character.ok_or(Halt::Reject("not_in_world"))?;
        if self.is_dead(account) {
            return Err(Halt::Reject("character_dead"));
        }
        Ok(Trader { account, character })
    }
}

/// Shows both sides what lies on the table.
fn show(outputs: &mut Outputs, trade: &Trade) {
    let (Stage::Open(table), Some(hash)) = (&trade.stage, trade.hash()) else { return };
    let side = |who: Who| {
        let offer: &Offer = &table.offers[who as usize];
        let item = |thing: &super::goods::offer::Thing| TradeItem {
            id: thing.item,
            kind: thing.kind,
            quantity: thing.quantity,
        };
        Some(TradeSide {
            character: trade.traders[who as usize].character,
            gold: offer.gold(),
            items: offer.things().iter().map(item).collect(),
            accepted: table.accepted == Some(who),
        })
    };
    let state = TradeState {
        trade: trade.id,
        revision: table.revision,
        hash: hash.0.to_vec().into(),
        asker: side(Who::Asker),
        asked: side(Who::Asked),
    };
    for trader in &trade.traders {
        outputs.push(Audience::Account(trader.account), Lane::MustArrive, false, |bytes| {
            wire::put(bytes, Packet { kind: kinds::TRADE_STATE, ..Packet::default() }, &state);
        });
    }
}

/// Why a trade ends whose character leaves the world or loses its connection.
pub(super) const LEFT: &str = "left";
/// How far apart two may stand who trade: no further than from a shop.
const REACH_MM: i64 = 20_000;
/// Why a trade ends whose character dies.
pub(super) const DIED: &str = "died";
/// How long a question waits for its answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
