//! What a player of the market is told without having asked.

use proto::{
    client::{MoveRefused, TradeAsked, TradeCanceled, TradeDone, TradeState},
    kinds::{DIED, MOVE_REFUSED},
    prescan::Budget,
    wire::decode,
};

use client::Push;

use crate::logic::{
    deal::DealKind,
    market::fair::End,
    payment::PaymentOutcome,
    player::Player,
    world::{Finding, World},
};

impl Player {
    /// News for a player of the market.
    pub(in crate::logic::player) fn on_market_push(&mut self, push: Push, world: &mut World) {
        let Some(market) = &mut self.market else { return };
        match push {
            Push::BagChanged(news) => market.bag.hear(news),
            Push::MailCame(came) => market.mail_came(&came),
            Push::TradeAsked(asked) => self.on_trade_asked(&asked, world),
            Push::TradeState(shown) => self.on_trade_state(shown, world),
            Push::TradeDone(done) => self.on_trade_done(done, world),
            Push::TradeCanceled(canceled) => self.on_trade_canceled(&canceled, world),
            Push::Other { kind: DIED, .. } => market.is_dead = true,
            Push::Other { kind: MOVE_REFUSED, body, .. } => {
                let told = match decode::<MoveRefused>(&body, Budget::CLIENT) {
                    Ok(refused) if refused.reason == DEAD => Ok(()),
                    Ok(refused) => market.way.as_mut().map_or(Ok(()), |way| way.refused(&refused)),
                    Err(error) => Err(Finding::new("cell_garbled", error.to_string())),
                };
                world.check(self.id, told);
            }
            Push::Chat(_)
            | Push::ChatNear(_)
            | Push::ChatPrivate(_)
            | Push::Paid(_)
            | Push::StaffSaid(_)
            | Push::Asked(_)
            | Push::AskOver(_)
            | Push::RoomMember(_)
            | Push::RoomLeft(_)
            | Push::RoomBack(_)
            | Push::RoomMatched(_)
            | Push::ReplaySaid(_)
            | Push::ReplayEnded(_)
            | Push::LevelUp(_)
            | Push::Hit(_)
            | Push::Died(_)
            | Push::Looted(_)
            | Push::Progress(_)
            | Push::Other { .. }
            | Push::Room { .. } => {}
        }
        self.show_stall(world);
    }

    fn on_trade_asked(&mut self, asked: &TradeAsked, world: &mut World) {
        let Some(market) = &mut self.market else { return };
        if market.haggle.as_ref().is_some_and(|haggle| !haggle.is_asking()) {
            let detail = format!("trade {} in the middle of another", asked.trade);
            return world.found(self.id, Finding::new("trade_asked", detail));
        }
        // A question of its own that is on its way will be refused: one trade at a time.
        market.asked(asked, &mut self.rng);
    }

    fn on_trade_state(&mut self, shown: TradeState, world: &mut World) {
        let Some(haggle) = self.market.as_mut().and_then(|market| market.haggle.as_mut()) else {
            let detail = format!("trade {} is shown to who is in none", shown.trade);
            return world.found(self.id, Finding::new("trade_state", detail));
        };
        if haggle.open().is_none() {
            world.fair.figures.tables_opened += 1;
            world.fair.begins(self.id);
        }
        let told = haggle.show(shown);
        world.check(self.id, told);
    }

    fn on_trade_done(&mut self, done: TradeDone, world: &mut World) {
        let Some(market) = &mut self.market else { return };
        let haggle = market.haggle.take();
        let made = haggle.as_ref().filter(|haggle| haggle.trade == done.trade && haggle.may_be_made());
        let deal = made.and_then(|haggle| haggle.deal(DealKind::TradeDone, PaymentOutcome::Ok));
        let (Some(mut deal), Some(haggle)) = (deal, haggle) else {
            market.is_lost = true;
            let detail = format!("trade {} is done, and was not accepted here", done.trade);
            return world.found(self.id, Finding::new("trade_done", detail));
        };
        deal.lsn = done.lsn;
        let told = [
            market.bag.dealt(&deal.change()),
            self.wallet.dealt(done.wallet, deal.gold(), done.lsn),
            world.fair.ended(self.id, haggle.hash(), End::Done(Some(done.lsn))),
        ];
        for told in told {
            world.check(self.id, told);
        }
        self.log_deal(deal, world);
    }

    fn on_trade_canceled(&mut self, canceled: &TradeCanceled, world: &mut World) {
        let Some(market) = &mut self.market else { return };
        if market.haggle.as_ref().is_none_or(|haggle| haggle.trade != canceled.trade) {
            let detail = format!("trade {} ends, which was not", canceled.trade);
            return world.found(self.id, Finding::new("trade_canceled", detail));
        }
        if let Some(haggle) = market.haggle.take().filter(|haggle| haggle.open().is_some()) {
            let told = world.fair.ended(self.id, haggle.hash(), End::Undone);
            world.check(self.id, told);
        }
        world.fair.canceled(&canceled.reason);
    }
}

/// The reason of what the dead may not do.
pub(super) const DEAD: &str = "character_dead";
