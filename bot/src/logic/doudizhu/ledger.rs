//! What one player has been told of a hand, and whether that may be: cards are one's own, played, or the
//! three at the bottom, and no others; plays are legal; what is paid is what was played for. Knows no
//! commands and no time.

use std::collections::BTreeSet;

use proto::client::{
    DoudizhuBade, DoudizhuDealt, DoudizhuLandlord, DoudizhuOver, DoudizhuPhase, DoudizhuPlayed, DoudizhuTable,
};

use super::finder::Figure;
use crate::logic::world::Finding;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    deal: u32,
    /// The own seat, from 1; 0: none.
    you: u32,
    /// All that were the own in this deal.
    own: BTreeSet<u8>,
    held: BTreeSet<u8>,
    played: BTreeSet<u8>,
    bottom: BTreeSet<u8>,
    cards: [u32; 3],
    /// From 1; 0: there is none.
    landlord: u32,
    /// The highest bid.
    bid: u32,
    lead: Option<(u32, Vec<u8>)>,
    factor: u32,
    bombs: u32,
    plays: [u32; 3],
    /// Nothing of it was missed.
    is_whole: bool,
}

impl Ledger {
    /// The own cards, in order.
    #[must_use]
    pub fn hand(&self) -> Vec<u8> {
        self.held.iter().copied().collect()
    }

    /// There is a landlord.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.landlord != 0
    }

    /// The highest bid so far.
    #[must_use]
    pub fn bid(&self) -> u32 {
        self.bid
    }

    /// What is to be beaten, and whose it is.
    #[must_use]
    pub fn lead(&self) -> Option<(u32, Figure)> {
        let (seat, cards) = self.lead.as_ref()?;
        Some((*seat, Figure::of(cards)?))
    }

    /// Plays with me: neither of us is the landlord.
    #[must_use]
    pub fn is_friend(&self, seat: u32) -> bool {
        seat != self.landlord && self.you != self.landlord
    }

    /// All of it, as to somebody who knows nothing.
    ///
    /// # Errors
    /// Cards that are not for this player.
    pub fn table(&mut self, table: &DoudizhuTable) -> Result<(), Finding> {
        let before = std::mem::take(self);
        self.deal = table.deal;
        self.you = table.you;
        self.held = set(&table.hand)?;
        self.played = set(&table.played)?;
        self.bottom = set(&table.bottom)?;
        self.landlord = table.landlord;
        self.factor = table.factor;
        self.bid = table.bids.iter().copied().max().unwrap_or(0);
        self.lead = (table.lead != 0).then(|| (table.lead, table.lead_cards.to_vec()));
        self.cards = seats(table.seats.iter().map(|seat| seat.cards));
        self.own = self.held.clone();
        self.is_whole = self.played.is_empty();
        let seat_cards = self.cards_of(self.you);
        must("hidden_card", seat_cards == len(&self.held), || {
            format!("{} of {seat_cards} own cards", self.held.len())
        })?;
        if before.deal == self.deal && before.you == self.you && before.deal != 0 {
            let mut may = before.own;
            if self.landlord == self.you {
                may.extend(&self.bottom);
            }
            let is_own = self.held.is_subset(&may);
            must("hidden_card", is_own, || format!("{:?} of {may:?}", self.held))?;
            self.own = may;
        }
        let is_bidding = table.phase() != DoudizhuPhase::DoudizhuPlaying;
        let is_empty = self.bottom.is_empty() && self.played.is_empty();
        must("hidden_card", !is_bidding || is_empty, || format!("{:?} while bidding", self.bottom))?;
        let lead = set(&table.lead_cards)?;
        must("hidden_card", lead.is_subset(&self.played), || format!("{lead:?} was not played"))?;
        let both = self.held.intersection(&self.played).next();
        must("hidden_card", both.is_none(), || format!("{both:?} is held and played"))
    }

    /// A hand begins.
    ///
    /// # Errors
    /// It is not one hand of cards.
    pub fn dealt(&mut self, dealt: &DoudizhuDealt, you: u32) -> Result<(), Finding> {
        let held = set(&dealt.hand)?;
        *self = Self {
            deal: dealt.deal,
            you,
            own: held.clone(),
            held,
            cards: [17; 3],
            is_whole: true,
            ..Self::default()
        };
        must("hidden_card", len(&self.own) == 17, || format!("{} cards are dealt", self.own.len()))
    }

    /// Somebody says what it is worth.
    ///
    /// # Errors
    /// They may not.
    pub fn bade(&mut self, bade: &DoudizhuBade) -> Result<(), Finding> {
        let may = bade.points == 0 || (self.bid < bade.points && bade.points <= 3);
        let before = self.bid;
        self.bid = self.bid.max(bade.points);
        must("play_illegal", may, || format!("a bid of {} after {before}", bade.points))
    }

    /// There is a landlord.
    ///
    /// # Errors
    /// The three cards are others than can be.
    pub fn landlord(&mut self, landlord: &DoudizhuLandlord) -> Result<(), Finding> {
        let bottom = set(&landlord.bottom)?;
        let is_new = bottom.is_disjoint(&self.own);
        (self.landlord, self.factor, self.bottom) = (landlord.seat, landlord.points, bottom);
        if let Some(cards) = self.cards_mut(landlord.seat) {
            *cards += 3;
        }
        if landlord.seat == self.you {
            self.own.extend(&self.bottom);
            self.held.extend(&self.bottom);
        }
        must("hidden_card", is_new && self.bottom.len() == 3, || format!("{:?} at the bottom", self.bottom))?;
        must("play_illegal", landlord.points == self.bid, || format!("{landlord:?} after {}", self.bid))
    }

    /// Somebody has played, or passed.
    ///
    /// # Errors
    /// They may not, or cannot have these cards.
    pub fn played(&mut self, played: &DoudizhuPlayed) -> Result<(), Finding> {
        let (seat, cards) = (played.seat, set(&played.cards)?);
        if cards.is_empty() {
            let may = self.lead.as_ref().is_some_and(|(of, _)| *of != seat);
            if self.lead.as_ref().is_some_and(|(of, _)| *of == seat % 3 + 1) {
                self.lead = None;
            }
            return must("play_illegal", may, || format!("{seat} passes where it has to lead"));
        }
        let is_own = seat == self.you;
        let may_be_theirs = if is_own {
            cards.is_subset(&self.held)
        } else {
            let is_of_landlord = seat == self.landlord || cards.is_disjoint(&self.bottom);
            cards.is_disjoint(&self.own) && cards.is_disjoint(&self.played) && is_of_landlord
        };
        let figure = Figure::of(&played.cards);
        let lead = self.lead();
        let is_legal = figure.is_some_and(|ours| lead.is_none_or(|(_, theirs)| ours.beats(theirs)));
        if is_own {
            self.held.retain(|card| !cards.contains(card));
        }
        let left = self.cards_mut(seat).map(|left| {
            *left = left.saturating_sub(len(&cards));
            *left
        });
        self.played.extend(&cards);
        if let Some(Figure::Bomb(_)) = figure {
            self.factor = self.factor.saturating_mul(2);
            self.bombs += 1;
        }
        if let Some(plays) = (seat as usize).checked_sub(1).and_then(|at| self.plays.get_mut(at)) {
            *plays += 1;
        }
        self.lead = Some((seat, played.cards.to_vec()));
        must("hidden_card", may_be_theirs, || format!("{seat} plays {cards:?}"))?;
        must("play_illegal", is_legal, || format!("{cards:?} upon {lead:?}"))?;
        let (factor, is_right) =
            (self.factor, left == Some(played.cards_left) && played.factor == self.factor);
        must("play_miscounted", is_right, || format!("{played:?}, {left:?} left and {factor} times the base"))
    }

    /// It is over: what each has won, by the rules.
    ///
    /// # Errors
    /// It is something else.
    pub fn over(&self, over: &DoudizhuOver, base: i64, cap: u32) -> Result<(), Finding> {
        let wrong = |what: &str| Finding::new("settlement", format!("{what}: {over:?}"));
        if over.landlord == 0 {
            let is_right = self.landlord == 0 && over.change.is_empty();
            return if is_right { Ok(()) } else { Err(wrong("nobody bade")) };
        }
        let winner = (1..=3).find(|seat| self.cards_of(*seat) == 0);
        if over.landlord != self.landlord
            || winner.map(|seat| seat == self.landlord) != Some(over.landlord_won)
        {
            return Err(wrong(&format!("{winner:?} won, {} is the landlord", self.landlord)));
        }
        let landlord = self.landlord_at().ok_or_else(|| wrong("no such seat"))?;
        let spring = if over.landlord_won {
            (0..3).all(|seat| seat == landlord || self.plays[seat] == 0)
        } else {
            self.plays[landlord] <= 1
        };
        if self.is_whole && (over.spring, over.bombs) != (spring, self.bombs) {
            return Err(wrong(&format!("spring {spring}, {} bombs", self.bombs)));
        }
        let factor = self.factor.saturating_mul(1 + u32::from(over.spring)).min(cap / 2);
        let each = base * i64::from(factor) * if over.landlord_won { -1 } else { 1 };
        let mut change = [each; 3];
        change[landlord] = -2 * each;
        if over.factor == factor && over.change == change {
            Ok(())
        } else {
            Err(wrong(&format!("{change:?} is right")))
        }
    }

    /// From 0.
    fn landlord_at(&self) -> Option<usize> {
        (self.landlord as usize).checked_sub(1).filter(|at| *at < self.plays.len())
    }

    fn cards_of(&self, seat: u32) -> u32 {
        (seat as usize).checked_sub(1).and_then(|at| self.cards.get(at)).copied().unwrap_or(0)
    }

    fn cards_mut(&mut self, seat: u32) -> Option<&mut u32> {
        (seat as usize).checked_sub(1).and_then(|at| self.cards.get_mut(at))
    }
}

/// Each once, and a card.
fn set(cards: &[u8]) -> Result<BTreeSet<u8>, Finding> {
    let found: BTreeSet<u8> = cards.iter().copied().collect();
    let is_right = found.len() == cards.len() && found.last().is_none_or(|last| *last < 54);
    if is_right { Ok(found) } else { Err(Finding::new("room_garbled", format!("cards {cards:?}"))) }
}

fn seats(cards: impl Iterator<Item = u32>) -> [u32; 3] {
    let mut of = [0; 3];
    of.iter_mut().zip(cards).for_each(|(of, cards)| *of = cards);
    of
}

fn len(cards: &BTreeSet<u8>) -> u32 {
    u32::try_from(cards.len()).unwrap_or(u32::MAX)
}

fn must(code: &'static str, is: bool, detail: impl FnOnce() -> String) -> Result<(), Finding> {
    if is { Ok(()) } else { Err(Finding::new(code, detail())) }
}
