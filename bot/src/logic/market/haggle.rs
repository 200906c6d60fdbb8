//! One trade from its question to its end, as one side sees it: what to do next, and whether what is shown can be.
//! Knows no bag and no wallet.

mod table;
#[cfg(test)]
mod tests;

use proto::client::TradeState;
use rand_core::Rng;

use self::table::{is_empty, offer_of, sides};
use crate::logic::{
    deal::{Deal, DealKind, Thing},
    payment::PaymentOutcome,
    world::Finding,
};

/// What one side lays on the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Gold.
    pub gold: i64,
    /// Items, whole, in order of ids.
    pub things: Vec<Thing>,
}

impl Offer {
    /// Neither gold nor things.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.gold == 0 && self.things.is_empty()
    }
}

/// What a side means to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Says yes when asked.
    pub agrees: bool,
    /// Offers to make.
    pub offers: u8,
    /// Makes the last offer only when the other side has accepted, which takes that back. Only who asked does so:
    /// two would wait for each other.
    pub waits: bool,
    /// Accepts something else first, which must be refused.
    pub errs: bool,
    /// Goes away instead of accepting.
    pub leaves: bool,
}

impl Plan {
    /// Any plan. `asker`: of who asks.
    #[must_use]
    pub fn draw(asker: bool, rng: &mut impl Rng) -> Self {
        let mut one_in = |count: u32| rng.next_u32().is_multiple_of(count);
        let waits = asker && one_in(4);
        let offers = if waits || one_in(4) { 2 } else { 1 };
        Self { agrees: !one_in(16), offers, waits, errs: one_in(8), leaves: one_in(24) }
    }
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing: it is the other side's turn.
    Wait,
    /// Say yes or no.
    Answer(bool),
    /// Lay something on the table.
    Offer,
    /// Accept what is shown.
    Accept,
    /// Accept something else, to be refused.
    AcceptOther,
    /// Go away.
    Cancel,
}

/// How far a trade is.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// The question is on its way.
    Asking,
    /// It waits for the other's answer.
    Waiting,
    /// It waits for the own answer.
    Questioned,
    /// Offers are made.
    Open(Box<Open>),
}

/// What is shown, and what was done about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Open {
    /// The last one.
    pub shown: TradeState,
    /// The revision that was accepted last, or is being accepted.
    accepted: Option<u32>,
    /// An accept of this revision was refused: another one must follow.
    stale: Option<u32>,
    /// What lies on the own side, or is about to; and what lay there before.
    offered: [Offer; 2],
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Haggle {
    /// 0 while the question is on its way.
    pub trade: u64,
    /// The own character.
    me: u64,
    /// The other one.
    pub with: u64,
    is_own: bool,
    /// There is no such trade any more: how it ended is about to be told.
    is_over: bool,
    plan: Plan,
    stage: Stage,
}

impl Haggle {
    /// A question to somebody is on its way.
    #[must_use]
    pub fn ask(me: u64, with: u64, plan: Plan) -> Self {
        Self { trade: 0, me, with, is_own: true, is_over: false, plan, stage: Stage::Asking }
    }

    /// Somebody asks.
    #[must_use]
    pub fn asked(trade: u64, me: u64, with: u64, plan: Plan) -> Self {
        Self { trade, me, with, is_own: false, is_over: false, plan, stage: Stage::Questioned }
    }

    /// The question has arrived.
    pub fn begun(&mut self, trade: u64) {
        if self.stage == Stage::Asking {
            self.trade = trade;
            self.stage = Stage::Waiting;
        }
    }

    /// Whether the own question is still on its way.
    #[must_use]
    pub fn is_asking(&self) -> bool {
        self.stage == Stage::Asking
    }

    /// The server knows it no more; how it ended is still on its way.
    pub fn over(&mut self) {
        self.is_over = true;
    }

    /// Whether it is known to be over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether this side asked.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.is_own
    }

    /// The table, once it is open.
    #[must_use]
    pub fn open(&self) -> Option<&Open> {
        match &self.stage {
            Stage::Open(open) => Some(open),
            Stage::Asking | Stage::Waiting | Stage::Questioned => None,
        }
    }

    /// What to do next.
    #[must_use]
    pub fn next(&self) -> Step {
        let open = match &self.stage {
            _ if self.is_over => return Step::Wait,
            Stage::Asking | Stage::Waiting => return Step::Wait,
            Stage::Questioned => return Step::Answer(self.plan.agrees),
            Stage::Open(open) => open,
        };
        let Some((mine, theirs)) = sides(&open.shown, self.me) else { return Step::Wait };
        let revision = open.shown.revision;
        let has_to_wait = self.plan.waits && self.plan.offers == 1 && !theirs.accepted;
        match self.plan {
            Plan { offers: 1.., .. } if has_to_wait => Step::Wait,
            Plan { offers: 1.., .. } => Step::Offer,
            Plan { leaves: true, .. } => Step::Cancel,
            _ if open.accepted == Some(revision) || open.stale == Some(revision) => Step::Wait,
            _ if is_empty(mine) && is_empty(theirs) => Step::Wait,
            Plan { errs: true, .. } => Step::AcceptOther,
            _ => Step::Accept,
        }
    }

    /// The own answer was sent: it is not given twice.
    pub fn answered(&mut self) {
        if self.stage == Stage::Questioned {
            self.stage = Stage::Waiting;
        }
    }

    /// An offer was sent.
    pub fn offer(&mut self, offer: Offer) {
        self.plan.offers = self.plan.offers.saturating_sub(1);
        if let Stage::Open(open) = &mut self.stage {
            open.offered = [offer, std::mem::take(&mut open.offered[0])];
        }
    }

    /// An offer was not taken.
    pub fn offer_refused(&mut self) {
        if let Stage::Open(open) = &mut self.stage {
            open.offered.swap(0, 1);
        }
    }

    /// An offer was put off: it is made again.
    pub fn offer_put_off(&mut self) {
        self.plan.offers += 1;
        self.offer_refused();
    }

    /// An accept of what is shown was sent.
    pub fn accept(&mut self) {
        if let Stage::Open(open) = &mut self.stage {
            open.accepted = Some(open.shown.revision);
        }
    }

    /// The accept of something else was sent: once is enough.
    pub fn erred(&mut self) {
        self.plan.errs = false;
    }

    /// An accept was refused: what it named is no more. Before another one, something else must be shown.
    pub fn accept_refused(&mut self, revision: u32) {
        if let Stage::Open(open) = &mut self.stage {
            open.accepted = open.accepted.filter(|accepted| *accepted != revision);
            open.stale = Some(revision);
        }
    }

    /// An accept was put off: it may be sent again.
    pub fn accept_put_off(&mut self) {
        if let Stage::Open(open) = &mut self.stage {
            open.accepted = None;
        }
    }

    /// The table is shown.
    ///
    /// # Errors
    /// A [`Finding`]: it cannot look so.
    pub fn show(&mut self, shown: TradeState) -> Result<(), Finding> {
        let judged = self.judge(&shown);
        match &mut self.stage {
            Stage::Open(open) => {
                let is_mine =
                    |shown: &TradeState| sides(shown, self.me).is_some_and(|(mine, _)| mine.accepted);
                if is_mine(&open.shown) && !is_mine(&shown) {
                    // It could not be made, or something else lies there.
                    open.accepted = None;
                }
                open.shown = shown;
            }
            Stage::Asking | Stage::Waiting | Stage::Questioned => {
                self.stage = Stage::Open(Box::new(Open { shown, ..Open::default() }));
            }
        }
        judged.map_err(|detail| Finding::new("trade_state", format!("trade {}: {detail}", self.trade)))
    }

    /// What a done trade changes for this side; nothing while it was not open. As it is shown.
    #[must_use]
    pub fn deal(&self, deed: DealKind, outcome: PaymentOutcome) -> Option<Deal> {
        let open = self.open()?;
        let (mine, theirs) = sides(&open.shown, self.me)?;
        Some(Deal {
            with: self.with,
            trade: self.trade,
            revision: open.shown.revision,
            gold_out: mine.gold,
            gold_in: theirs.gold,
            gives: offer_of(mine).things,
            gets: offer_of(theirs).things,
            ..Deal::new(deed, outcome)
        })
    }

    /// Names what is shown.
    #[must_use]
    pub fn hash(&self) -> &[u8] {
        self.open().map_or(&[], |open| &open.shown.hash)
    }

    /// This side has accepted what is shown, or is about to: it may be made without anything more from here.
    #[must_use]
    pub fn may_be_made(&self) -> bool {
        self.open().is_some_and(|open| open.accepted == Some(open.shown.revision))
    }

    /// The other side has accepted what is shown: the own accept makes it.
    #[must_use]
    pub fn other_accepted(&self) -> bool {
        let shown = self.open().and_then(|open| sides(&open.shown, self.me));
        shown.is_some_and(|(_, theirs)| theirs.accepted)
    }

    /// What must stay in bag and wallet as long as the trade is open.
    pub fn reserved(&self) -> Offer {
        self.open().map_or_else(Offer::default, |open| open.offered[0].clone())
    }
}
