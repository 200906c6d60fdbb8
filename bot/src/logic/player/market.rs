//! A player of the market among its commands: what it asks when it comes in, what it sends next, what it is told. What
//! it wants is its [`crate::logic::market::merchant::Merchant`]'s.

mod answers;
mod coming;
mod gap;
mod pushes;
mod refusals;
#[cfg(test)]
mod tests;

use std::time::Instant;

use proto::{
    kinds::{MOVE, RESPAWN},
    wire::encode,
};

use rand_core::Rng as _;

use crate::logic::{
    census::Standing,
    market::{
        errand::{Errand, Todo},
        probe::{self, Around},
        way::Way,
    },
    player::{Ask, LATE_MAX, Order, Phase, Player, Sent, What, order},
    schedule::Action,
    stats::Deed,
    world::World,
};

impl Player {
    /// What a player of the market sends next. One command at a time, so that what it has is known exactly whenever
    /// an answer comes; the others act meanwhile.
    pub(super) fn next_deal(&mut self, phase: Phase, now: Instant, world: &mut World) -> Option<Order> {
        let since = match phase {
            Phase::Enter => return None,
            Phase::Play { since, .. } => since,
            Phase::Check => return self.check_market(now, world),
        };
        let is_dead = self.market.as_ref().is_some_and(|market| market.is_dead);
        let way = self.market.as_mut().and_then(|market| market.way.as_mut()).filter(|_| !is_dead);
        if let Some(step) = way.and_then(|way| way.step(now)) {
            world.stats.sent(Deed::Move);
            self.show_stall(world);
            return Some(Order { kind: MOVE, body: encode(&step), sent: None });
        }
        let elapsed = now.saturating_duration_since(since);
        if self.duration + LATE_MAX <= elapsed {
            self.drop_rest(world);
        }
        if !self.pending.is_empty() {
            return None;
        }
        let ends = self.duration <= elapsed;
        if is_dead && !ends {
            let todo = Todo::plain(RESPAWN, Vec::new(), Errand::Respawn, &[]);
            return Some(self.deal(todo, now, now));
        }
        // Steps that a slow line brought all at once are refused, and heard of later than all this was planned.
        if self.market.as_ref().and_then(|market| market.way.as_ref()).is_some_and(Way::is_unproven) && !ends
        {
            self.asks.bag = Ask::Wanted;
            return self.next_question(now, world);
        }
        if let Some(todo) = self.err_at_table(world).filter(|_| !ends) {
            return Some(self.deal(todo, now, now));
        }
        let gold = self.gold_free();
        let market = self.market.as_mut()?;
        if let Some(todo) = market.trade(gold, ends, &mut self.rng) {
            return Some(self.deal(todo, now, now));
        }
        if let Some(todo) = (!ends).then(|| market.mail(&mut self.rng)).flatten() {
            return Some(self.deal(todo, now, now));
        }
        while let Some((at, action)) = self.schedule.take(elapsed) {
            if let Some(order) = self.act_on_market(action, since + at, now, world) {
                return Some(order);
            }
            // Nobody to trade with, nothing to sell: it is not made up for.
            if action != Action::Probe {
                world.stats.unsent(action.into(), 1);
            }
        }
        if ends {
            self.over = true;
            if self.market.as_ref().is_some_and(|market| market.haggle.is_none()) {
                world.census.advance(self.id, Standing::Drained);
            }
        }
        None
    }

    fn act_on_market(
        &mut self,
        action: Action,
        due: Instant,
        now: Instant,
        world: &mut World,
    ) -> Option<Order> {
        let gold = self.gold_free();
        let account = self.identity.as_ref()?.account;
        let market = self.market.as_mut()?;
        // While one waits for one's own answer, nothing else can be meant to leave.
        let due = market.free_since.map_or(due, |since| since.max(due));
        let todo = match action {
            Action::Trade => market.ask(gold, &mut self.rng, &mut world.fair),
            Action::Mail => market.send(gold, &mut self.rng, &mut world.fair),
            Action::Shop => market.shop(gold, &mut self.rng),
            Action::Probe => {
                let around = Around { merchant: market, player: self.id, account, gold, fair: &world.fair };
                probe::draw(&around, &mut self.rng)
            }
            Action::Look => {
                self.asks.wallet = Ask::Wanted;
                self.asks.bag = Ask::Wanted;
                return self.next_question(now, world);
            }
            Action::Pay
            | Action::Chat
            | Action::Echo
            | Action::Move
            | Action::Near
            | Action::Private
            | Action::Strike => None,
        };
        let order = self.deal(todo?, due, now);
        self.show_stall(world);
        Some(order)
    }

    /// Now and then something senseless at the table of a trade.
    fn err_at_table(&mut self, world: &World) -> Option<Todo> {
        let gold = self.gold_free();
        let account = self.identity.as_ref()?.account;
        let merchant = self.market.as_ref()?;
        merchant.haggle.as_ref().filter(|haggle| !haggle.is_over())?;
        if !self.rng.next_u32().is_multiple_of(ERR_ONE_IN) {
            return None;
        }
        let around = Around { merchant, player: self.id, account, gold, fair: &world.fair };
        probe::draw_at_table(&around, &mut self.rng)
    }

    /// Gold that is not on the table of a trade.
    fn gold_free(&self) -> i64 {
        let haggle = self.market.as_ref().and_then(|market| market.haggle.as_ref());
        self.wallet.gold() - haggle.map_or(0, |haggle| haggle.reserved().gold)
    }

    /// The order of something to do.
    fn deal(&mut self, todo: Todo, due: Instant, now: Instant) -> Order {
        let Todo { kind, body, mut dealing } = todo;
        if let Some(way) = self.market.as_mut().and_then(|market| market.way.as_mut()) {
            way.asks();
        }
        dealing.deal = dealing.deal.map(|deal| self.sign(deal));
        order(kind, body, What::Market(Box::new(dealing)), due, now)
    }

    /// Tells the others where it stands, and whether it is free.
    fn show_stall(&self, world: &mut World) {
        if let Some(market) = &self.market {
            market.show(&mut world.fair);
        }
    }

    /// What else wakes a player of the market up.
    pub(super) fn market_wake_at(&self, phase: Phase, has_room: bool) -> Option<Instant> {
        let market = self.market.as_ref()?;
        let Phase::Play { since, .. } = phase else { return None };
        if !self.is_settled() {
            return None;
        }
        let is_idle = self.pending.is_empty() && has_room && !self.over;
        let next = self.schedule.peek().map_or(self.duration, |(at, _)| at);
        let step = market.way.as_ref().filter(|_| !market.is_dead).and_then(Way::wake_at);
        [step, is_idle.then_some(since + next)].into_iter().flatten().min()
    }

    /// The deal of a command that was sent, with its number and time.
    pub(super) fn numbered(sent: &mut Sent, cseq: u64, sent_us: u64) {
        if let What::Market(dealing) = &mut sent.what
            && let Some(deal) = &mut dealing.deal
        {
            (deal.cseq, deal.sent_us) = (cseq, sent_us);
        }
    }
}

const ERR_ONE_IN: u32 = 16;
