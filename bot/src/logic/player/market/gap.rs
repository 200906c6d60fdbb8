//! What became of a player of the market's deals whose connection died: commands by the next login's word, a trade by
//! what its bag and its wallet are then.

use client::Fate;
use proto::client::{Bag, Wallet};

use crate::logic::{
    deal::{Deal, DealKind},
    market::{
        errand::{Dealing, Errand},
        fair::End,
        letters::Sending,
        merchant::Unresolved,
    },
    payment::PaymentOutcome,
    player::Player,
    world::{Finding, World},
};

impl Player {
    /// The connection is gone: whatever trade it was in is over, made or not.
    pub(in crate::logic::player) fn lose_market(&mut self, world: &mut World) {
        let Some(market) = &mut self.market else { return };
        if let Some(haggle) = market.haggle.take().filter(|haggle| haggle.may_be_made())
            && let Some(deal) = haggle.deal(DealKind::TradeDone, PaymentOutcome::Unknown)
        {
            market.unresolved = Some(Unresolved { deal, hash: haggle.hash().to_vec(), is_made: None });
        }
        market.lose(&mut world.fair);
    }

    /// A login told the fate of a command without an answer.
    pub(in crate::logic::player) fn settle_deal(&mut self, dealing: &Dealing, fate: Fate, world: &mut World) {
        let Some(market) = &mut self.market else { return };
        let outcome = PaymentOutcome::from(fate);
        let is_done = outcome.moved();
        match &dealing.errand {
            Errand::Send { number, .. } => match is_done {
                Some(true) => world.fair.letters.ended(self.id, *number, Sending::Sent),
                Some(false) => world.fair.letters.ended(self.id, *number, Sending::Void),
                None => {}
            },
            Errand::Take { letter } if is_done == Some(true) => {
                let taken = world.fair.letters.taken(&letter.subject);
                world.check(self.id, taken);
            }
            Errand::Delete { letter } if is_done == Some(true) => {
                world.fair.letters.deleted(self.id, &letter.subject);
                world.fair.figures.mails_deleted += 1;
            }
            Errand::Accept { makes: true, .. } => {
                if let Some(unresolved) = &mut market.unresolved {
                    unresolved.is_made = is_done;
                }
            }
            Errand::Probe { deed } if is_done == Some(true) => {
                let detail = format!("{}, told done: {:?}", deed.name(), dealing.deal);
                world.found(self.id, Finding::new("abuse_accepted", detail));
                self.lose_sight();
            }
            _ => {}
        }
        let Some(deal) = &dealing.deal else { return };
        world.fates.count(fate);
        let is_trade = deal.deed == DealKind::TradeAccept;
        if is_done == Some(true) && !is_trade && !matches!(dealing.errand, Errand::Probe { .. }) {
            self.happened(deal, world);
        }
        if is_done.is_none() {
            self.lose_sight();
        }
        self.log_deal(Deal { outcome, ..deal.clone() }, world);
    }

    /// It was done, and nobody heard it.
    fn happened(&mut self, deal: &Deal, world: &mut World) {
        if deal.gold() != 0 {
            self.wallet.happened(-deal.gold());
        }
        let told = self.market.as_mut().map_or(Ok(()), |market| market.bag.happened(&deal.change()));
        world.check(self.id, told);
        world.fair.dealt(deal);
    }

    /// An answer to reading the wallet.
    pub(in crate::logic::player) fn on_market_wallet(&mut self, wallet: Wallet, world: &mut World) {
        match &mut self.market {
            // Whether that is right is known together with the bag.
            Some(market) if market.unresolved.is_some() => market.wallet_told = Some(wallet),
            _ => {
                let told = self.wallet.read(wallet);
                world.check(self.id, told);
            }
        }
    }

    /// An answer to reading the bag.
    pub(super) fn on_bag(&mut self, bag: Bag, world: &mut World) {
        let Some(market) = &mut self.market else { return };
        let unresolved = market.unresolved.take();
        let told = market.wallet_told.take();
        if market.is_lost {
            return market.bag.adopt(bag);
        }
        if let (Some(unresolved), Some(told)) = (unresolved, told) {
            self.resolve(unresolved, &bag, told, world);
            let told = self.wallet.read(told);
            world.check(self.id, told);
        }
        let Some(market) = &mut self.market else { return };
        let told = market.bag.read(bag);
        world.fair.figures.looks += u64::from(told.is_ok());
        world.check(self.id, told);
    }

    /// Bag and wallet are those after the trade, or those without it: nothing in between.
    fn resolve(&mut self, unresolved: Unresolved, bag: &Bag, told: Wallet, world: &mut World) {
        let Some(market) = &mut self.market else { return };
        let Unresolved { mut deal, hash, is_made } = unresolved;
        let change = deal.change();
        let made = market.bag.fits(bag, Some(&change)) && self.wallet.fits(&told, deal.gold());
        let kept = market.bag.fits(bag, None) && self.wallet.fits(&told, 0);
        if made == kept || is_made.is_some_and(|is_made| is_made != made) {
            let detail =
                format!("made {made}, not made {kept}, told {is_made:?}: {deal:?}; {told:?}, {bag:?}");
            world.found(self.id, Finding::new("trade_half", detail));
        }
        if made {
            if deal.gold() != 0 {
                self.wallet.happened(-deal.gold());
            }
            let told = market.bag.happened(&change);
            world.check(self.id, told);
        }
        world.fair.figures.trades_unheard += 1;
        let end = if made { End::Done(None) } else { End::Undone };
        let told = world.fair.ended(self.id, &hash, end);
        world.check(self.id, told);
        deal.outcome = if made { PaymentOutcome::Happened } else { PaymentOutcome::DidNot };
        self.log_deal(deal, world);
    }

    /// It will not come back: nobody can tell what became of its last trade.
    pub(in crate::logic::player) fn give_up_market(&mut self, world: &mut World) {
        let unresolved = self.market.as_mut().and_then(|market| market.unresolved.take());
        if let Some(unresolved) = unresolved {
            self.log_deal(unresolved.deal, world);
        }
    }
}
