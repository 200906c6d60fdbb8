//! What a player of the market makes of the answers to its commands.

use std::time::Instant;

use bytes::Bytes;
use client::Outcome;
use proto::{
    client::{Bag, MailSent, MailTaken, Mails, Respawned, ShopDeal, ShopWares, TradeBegun, Wallet},
    prescan::Budget,
    wire::{DecodeError, decode},
};

use crate::logic::{
    atlas::Point,
    census::Standing,
    deal::{Deal, DealKind},
    market::{
        errand::{Dealing, Errand},
        letters::Sending,
    },
    payment::PaymentOutcome,
    player::{Ask, Order, Phase, Player},
    world::{Finding, World},
};

/// An answer that says done.
#[derive(Clone, Copy)]
struct Done {
    lsn: u64,
    wallet: Option<Wallet>,
    mail: u64,
}

impl Player {
    /// The answer to command `cseq`.
    pub(in crate::logic::player) fn on_dealt(
        &mut self,
        cseq: u64,
        dealing: Dealing,
        outcome: Outcome,
        phase: Phase,
        now: Instant,
        world: &mut World,
    ) {
        if let Some(market) = &mut self.market {
            market.free_since = Some(now);
            if let Some(way) = market.way.as_mut().filter(|_| !matches!(outcome, Outcome::RetryLater { .. }))
            {
                way.answered();
            }
        }
        match outcome {
            Outcome::Ok(result) => {
                if let Err(error) = self.on_done(dealing, &result, phase, now, world) {
                    self.lose_sight();
                    let detail = format!("command {cseq}: {error}");
                    world.found(self.id, Finding::new("answer_garbled", detail));
                }
            }
            Outcome::Rejected(code) => self.on_refused(cseq, dealing, code, phase, world),
            Outcome::RetryLater { after_ms, .. } => self.on_put_off(dealing, after_ms, now, world),
        }
        self.show_stall(world);
    }

    fn on_done(
        &mut self,
        dealing: Dealing,
        result: &Bytes,
        phase: Phase,
        now: Instant,
        world: &mut World,
    ) -> Result<(), DecodeError> {
        let Dealing { errand, deal, .. } = dealing;
        let Some(market) = &mut self.market else { return Ok(()) };
        match errand {
            Errand::Leave => self.on_left(&Outcome::Ok(Bytes::new()), now, world),
            Errand::Bag => {
                let bag: Bag = decode(result, Budget::CLIENT)?;
                self.asks.bag = Ask::Had;
                self.on_bag(bag, world);
                self.came_in(phase, world);
            }
            Errand::Respawn => {
                let Respawned { x_mm, y_mm, .. } = decode(result, Budget::CLIENT)?;
                market.respawned(Point { x_mm, y_mm });
            }
            Errand::Wares { shop } => {
                let ShopWares { wares, .. } = decode(result, Budget::CLIENT)?;
                market.wares.insert(shop, wares);
            }
            Errand::Letters { before } => {
                let page: Mails = decode(result, Budget::CLIENT)?;
                self.on_letters(before, page, phase, world);
            }
            Errand::Shop => {
                let ShopDeal { wallet, lsn } = decode(result, Budget::CLIENT)?;
                self.on_value(deal, Done { lsn, wallet, mail: 0 }, world);
            }
            Errand::Send { number, .. } => {
                let MailSent { mail, wallet, lsn } = decode(result, Budget::CLIENT)?;
                world.fair.letters.ended(self.id, number, Sending::Sent);
                self.on_value(deal, Done { lsn, wallet, mail }, world);
            }
            Errand::Take { letter } => {
                let MailTaken { wallet, lsn } = decode(result, Budget::CLIENT)?;
                let taken = world.fair.letters.taken(&letter.subject);
                world.check(self.id, taken);
                let mail = letter.id;
                market.emptied(*letter);
                self.on_value(deal, Done { lsn, wallet, mail }, world);
            }
            Errand::Delete { letter } => {
                world.fair.letters.deleted(self.id, &letter.subject);
                world.fair.figures.mails_deleted += 1;
                if let Some(deal) = deal {
                    self.log_deal(Deal { outcome: PaymentOutcome::Ok, ..deal }, world);
                }
            }
            Errand::Ask { mut haggle } => {
                let TradeBegun { trade, .. } = decode(result, Budget::CLIENT)?;
                haggle.begun(trade);
                // Somebody else may have asked meanwhile, and gone away again.
                if market.haggle.replace(*haggle).is_some_and(|other| !other.is_asking()) {
                    let detail = format!("trade {trade} begins in the middle of another");
                    world.found(self.id, Finding::new("trade_asked", detail));
                }
            }
            Errand::Answer => {
                if let Some(haggle) = &mut market.haggle {
                    haggle.answered();
                }
            }
            Errand::Offer | Errand::Cancel => {}
            Errand::Accept { makes, .. } => {
                // Whoever accepts second hears that it is done before this answer.
                if makes && market.haggle.as_ref().is_some_and(|haggle| haggle.may_be_made()) {
                    let detail = "both accepted, and it was not told to be done".to_owned();
                    world.found(self.id, Finding::new("trade_undone", detail));
                }
                if let Some(deal) = deal {
                    self.log_deal(Deal { outcome: PaymentOutcome::Ok, ..deal }, world);
                }
            }
            Errand::Probe { deed } => {
                self.lose_sight();
                let detail = format!("{}: {deal:?}", deed.name());
                world.found(self.id, Finding::new("abuse_accepted", detail));
            }
        }
        Ok(())
    }

    /// A deal of value is done: what the answer says must be what it changes.
    fn on_value(&mut self, deal: Option<Deal>, done: Done, world: &mut World) {
        let (Some(mut deal), Some(market)) = (deal, &mut self.market) else { return };
        let reserved = market.haggle.as_ref().map(|haggle| haggle.reserved().things).unwrap_or_default();
        if deal.gives.iter().any(|given| reserved.iter().any(|thing| thing.item == given.item)) {
            world.found(self.id, Finding::new("locked_item_gone", format!("{deal:?}")));
        }
        deal.lsn = done.lsn;
        deal.outcome = PaymentOutcome::Ok;
        deal.mail = done.mail;
        let bag = market.bag.dealt(&deal.change());
        let wallet = self.wallet.dealt(done.wallet, deal.gold(), done.lsn);
        world.check(self.id, bag);
        world.check(self.id, wallet);
        world.fair.dealt(&deal);
        self.log_deal(deal, world);
    }

    fn on_letters(&mut self, before: u64, page: Mails, phase: Phase, world: &mut World) {
        let Some(market) = &mut self.market else { return };
        for letter in &page.letters {
            let seen = world.fair.letters.seen(self.id, letter);
            world.check(self.id, seen);
        }
        let oldest = page.letters.last().map_or(0, |letter| letter.id);
        let is_ordered = page.letters.windows(2).all(|pair| pair[1].id < pair[0].id);
        let is_page = page.letters.iter().all(|letter| before == 0 || letter.id < before);
        if !is_ordered || !is_page || (page.more && oldest == 0) {
            let ids: Vec<u64> = page.letters.iter().map(|letter| letter.id).collect();
            world.found(self.id, Finding::new("mail_list", format!("before {before}: {ids:?}")));
        }
        if self.asks.letters != Ask::Waiting {
            market.has_mail |= page.more;
            return market.sort(&page.letters);
        }
        // All of them, page after page.
        market.listed.extend(page.letters);
        market.listed_before = oldest;
        if page.more && oldest != 0 {
            self.asks.letters = Ask::Wanted;
            return;
        }
        market.listed_before = 0;
        self.asks.letters = Ask::Had;
        if !self.checking {
            let letters = std::mem::take(&mut market.listed);
            market.sort(&letters);
        }
        self.came_in(phase, world);
    }

    /// All is known: play begins, goes on, or is judged.
    pub(super) fn came_in(&mut self, phase: Phase, world: &mut World) {
        if !self.is_settled() {
            return;
        }
        self.show_stall(world);
        world.census.advance(self.id, Standing::Settled);
        if phase == Phase::Check && self.checking {
            self.judge_market(world);
        }
    }

    /// Asks for everything once more, when everybody is drained.
    pub(super) fn check_market(&mut self, now: Instant, world: &mut World) -> Option<Order> {
        if self.checking || !self.pending.is_empty() {
            return None;
        }
        self.asks.wallet = Ask::Wanted;
        self.asks.bag = Ask::Wanted;
        self.asks.letters = Ask::Wanted;
        self.checking = true;
        self.next_question(now, world)
    }

    fn judge_market(&mut self, world: &mut World) {
        let gold = self.wallet.gold();
        let Some(market) = &mut self.market else { return };
        let listed = std::mem::take(&mut market.listed);
        if market.is_lost || !self.wallet.is_exact() {
            return world.gold_untold();
        }
        let mut held = Deal { gold_in: gold, ..Deal::new(DealKind::Held, PaymentOutcome::Ok) };
        for item in market.bag.items() {
            world.fair.hold(item.kind, item.quantity);
            held.gets.push(crate::logic::deal::Thing::whole(item));
        }
        for letter in &listed {
            world.fair.figures.mails_left += 1;
            world.fair.gold_in_letters += letter.gold;
            for item in &letter.items {
                world.fair.hold(item.kind, item.quantity);
            }
        }
        world.add_gold(self.wallet.start_gold(), gold);
        self.log_deal(held, world);
    }

    /// What it has is not to be judged from now on.
    pub(super) fn lose_sight(&mut self) {
        self.wallet.lose_track();
        if let Some(market) = &mut self.market {
            market.is_lost = true;
        }
    }

    /// Writes down what became of a deal.
    pub(super) fn log_deal(&self, deal: Deal, world: &mut World) {
        // A command's was signed when it was sent, in a life of the session that may be over.
        world.log_deal(if deal.account == 0 { self.sign(deal) } else { deal });
    }
}
