//! What a player of the market makes of answers that say no, and whether they may.

use std::time::Instant;

use crate::logic::{
    deal::Deal,
    market::{
        errand::{Dealing, Errand},
        letters::Sending,
    },
    payment::PaymentOutcome,
    player::{Ask, Phase, Player, market::pushes::DEAD},
    world::{Finding, World},
};

impl Player {
    pub(super) fn on_refused(
        &mut self,
        cseq: u64,
        dealing: Dealing,
        code: String,
        phase: Phase,
        world: &mut World,
    ) {
        let Dealing { errand, deal, trade, codes } = dealing;
        let is_named = codes.contains(&code.as_str());
        let Some(market) = &mut self.market else { return };
        if code == NO_TRADE
            && let Some(haggle) = market.haggle.as_mut().filter(|haggle| haggle.trade == trade)
        {
            // How it ended waits for what was done before it.
            haggle.over();
        }
        // Who dies hears of it later than of a refusal.
        let mut is_right = is_named || code == DEAD || code == THEY_ARE_DEAD;
        match &errand {
            Errand::Probe { .. } if is_named => world.fair.figures.probes_refused += 1,
            Errand::Send { number, to } => {
                is_right &= world.fair.letters.may_be_full(*to);
                world.fair.letters.ended(self.id, *number, Sending::Void);
            }
            Errand::Ask { .. } if market.haggle.as_ref().is_some_and(|haggle| haggle.is_asking()) => {
                market.haggle = None;
            }
            Errand::Offer => {
                if let Some(haggle) = &mut market.haggle {
                    haggle.offer_refused();
                }
            }
            Errand::Accept { revision, .. } => {
                if let Some(haggle) = &mut market.haggle {
                    haggle.accept_refused(*revision);
                }
            }
            Errand::Bag => self.asks.bag = Ask::Had,
            Errand::Letters { .. } => self.asks.letters = Ask::Had,
            Errand::Leave => self.asks.map = Ask::Had,
            // It lives already.
            Errand::Respawn => market.is_dead = false,
            _ => {}
        }
        if !is_right {
            let deed = errand.deed(deal.as_ref()).name();
            let detail = format!("{deed}, command {cseq}: {code}, not one of {codes:?}; {deal:?}");
            world.found(self.id, Finding::new("refused_wrongly", detail));
        }
        if let Some(deal) = deal {
            self.log_deal(Deal { outcome: PaymentOutcome::Rejected, code, ..deal }, world);
        }
        self.came_in(phase, world);
    }

    pub(super) fn on_put_off(&mut self, dealing: Dealing, after_ms: u32, now: Instant, world: &mut World) {
        self.ask_again(after_ms, now);
        let Dealing { errand, deal, .. } = dealing;
        let Some(market) = &mut self.market else { return };
        match errand {
            Errand::Bag => self.asks.bag = Ask::Wanted,
            Errand::Letters { .. } if self.asks.letters == Ask::Waiting => self.asks.letters = Ask::Wanted,
            Errand::Letters { .. } => market.has_mail = true,
            Errand::Leave => self.asks.map = Ask::Wanted,
            Errand::Send { number, .. } => world.fair.letters.ended(self.id, number, Sending::Void),
            Errand::Take { letter } => market.put_back(*letter),
            Errand::Delete { .. } => market.has_mail = true,
            Errand::Ask { .. } if market.haggle.as_ref().is_some_and(|haggle| haggle.is_asking()) => {
                market.haggle = None;
            }
            Errand::Offer => {
                if let Some(haggle) = &mut market.haggle {
                    haggle.offer_put_off();
                }
            }
            Errand::Accept { .. } => {
                if let Some(haggle) = &mut market.haggle {
                    haggle.accept_put_off();
                }
            }
            Errand::Respawn
            | Errand::Ask { .. }
            | Errand::Answer
            | Errand::Cancel
            | Errand::Shop
            | Errand::Wares { .. }
            | Errand::Probe { .. } => {}
        }
        if let Some(deal) = deal {
            self.log_deal(Deal { outcome: PaymentOutcome::RetryLater, ..deal }, world);
        }
    }
}

const THEY_ARE_DEAD: &str = "they_are_dead";
const NO_TRADE: &str = "no_trade";
