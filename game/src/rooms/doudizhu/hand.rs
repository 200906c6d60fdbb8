//! One hand: who bids, who plays what upon what, and when it is won. Knows no accounts, gold, time or
//! packets.

use rand_chacha::{ChaCha8Rng, rand_core::Rng as _};
use serde::{Deserialize, Serialize};

use super::{
    cards::{self, Card},
    combos::{Combo, classify},
    plays,
};
use crate::room::Refusal;

/// Of the three, in the order of play, from 0.
pub type SeatIndex = usize;

/// See the module.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hand {
    /// What each has, in order.
    hands: [Vec<Card>; SEATS],
    /// Three cards for whoever becomes the landlord; they have them then, and all have seen them.
    bottom: Vec<Card>,
    /// Whose turn it is.
    turn: SeatIndex,
    stage: Stage,
}

/// How far it is.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Stage {
    /// Each says once how much it is worth to them.
    Bidding {
        /// Who began.
        first: SeatIndex,
        /// What was said, of the seats from there on.
        bids: Vec<u32>,
    },
    /// Until somebody has no cards.
    Playing(Playing),
}

/// A hand that has a landlord.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Playing {
    /// Plays alone.
    pub landlord: SeatIndex,
    /// Their bid.
    pub points: u32,
    /// What is to be beaten.
    pub lead: Option<Lead>,
    /// And the rocket.
    pub bombs: u32,
    /// How often each has played, not passed.
    pub plays: [u32; SEATS],
    /// What everybody has seen, in its order.
    pub played: Vec<Card>,
}

/// The last combination.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Lead {
    /// Whose.
    pub seat: SeatIndex,
    /// In order.
    pub cards: Vec<Card>,
}

/// What a bid led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bidden {
    /// The next one bids.
    Next,
    /// Somebody is the landlord, and leads.
    Landlord,
    /// Nobody wants to be.
    Nobody,
}

/// What whoever is not there does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AutoMove {
    /// Bids nothing.
    Bid,
    /// Leads its lowest card.
    Play(Vec<Card>),
    /// Whatever it could beat.
    Pass,
}

impl Hand {
    /// 17 cards each, 3 at the bottom, and somebody begins to bid.
    pub fn deal(rng: &mut ChaCha8Rng) -> Self {
        let mut deck: Vec<Card> = cards::deck().collect();
        for at in (1..deck.len()).rev() {
            deck.swap(at, below(rng, at + 1));
        }
        let first = below(rng, SEATS);
        let bottom = sorted(deck.split_off(SEATS * HAND_CARDS));
        let hands = [0, 1, 2].map(|seat| sorted(deck[seat * HAND_CARDS..][..HAND_CARDS].to_vec()));
        Self { hands, bottom, turn: first, stage: Stage::Bidding { first, bids: Vec::new() } }
    }

    /// Whose turn it is.
    #[must_use]
    pub fn turn(&self) -> SeatIndex {
        self.turn
    }

    /// How far it is.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// What a seat holds: for nobody else's eyes.
    #[must_use]
    pub fn cards_of(&self, seat: SeatIndex) -> &[Card] {
        &self.hands[seat]
    }

    /// The three cards, once all may see them.
    #[must_use]
    pub fn bottom(&self) -> &[Card] {
        match self.stage {
            Stage::Bidding { .. } => &[],
            Stage::Playing(_) => &self.bottom,
        }
    }

    /// The landlord's part of it, once there is one.
    #[must_use]
    pub fn playing(&self) -> Option<&Playing> {
        match &self.stage {
            Stage::Bidding { .. } => None,
            Stage::Playing(playing) => Some(playing),
        }
    }

    /// A seat says what the hand is worth to it.
    ///
    /// # Errors
    /// `not_bidding`, `not_your_turn`, `bad_bid`, `bid_too_low`.
    pub fn bid(&mut self, seat: SeatIndex, points: u32) -> Result<Bidden, Refusal> {
        let Stage::Bidding { first, bids } = &mut self.stage else { return Err(Refusal("not_bidding")) };
        if seat != self.turn {
            return Err(Refusal("not_your_turn"));
        }
        if BID_MAX < points {
            return Err(Refusal("bad_bid"));
        }
        let highest = bids.iter().copied().max().unwrap_or(0);
        if points != 0 && points <= highest {
            return Err(Refusal("bid_too_low"));
        }
        bids.push(points);
        self.turn = next(seat);
        let highest = highest.max(points);
        if highest < BID_MAX && bids.len() < SEATS {
            return Ok(Bidden::Next);
        }
        let Some(at) = bids.iter().position(|bid| *bid == highest && 0 < highest) else {
            return Ok(Bidden::Nobody);
        };
        let landlord = (*first + at) % SEATS;
        self.hands[landlord].extend(&self.bottom);
        self.hands[landlord].sort_unstable();
        self.turn = landlord;
        self.stage = Stage::Playing(Playing {
            landlord,
            points: highest,
            lead: None,
            bombs: 0,
            plays: [0; SEATS],
            played: Vec::new(),
        });
        Ok(Bidden::Landlord)
    }

    /// A seat plays cards, given in order; true: it has won.
    ///
    /// # Errors
    /// `not_playing`, `not_your_turn`, `cards_not_held`, `no_combination`, `does_not_beat`.
    pub fn play(&mut self, seat: SeatIndex, cards: &[Card]) -> Result<bool, Refusal> {
        let playing = playing_mut(&mut self.stage)?;
        if seat != self.turn {
            return Err(Refusal("not_your_turn"));
        }
        let held = &mut self.hands[seat];
        if !cards.iter().all(|card| held.binary_search(card).is_ok()) {
            return Err(Refusal("cards_not_held"));
        }
        let combo = classify(&cards::counts(cards)).ok_or(Refusal("no_combination"))?;
        if playing.to_beat().is_some_and(|lead| !combo.beats(lead)) {
            return Err(Refusal("does_not_beat"));
        }
        held.retain(|card| !cards.contains(card));
        playing.bombs += u32::from(combo.is_bomb());
        playing.plays[seat] += 1;
        playing.played.extend(cards);
        playing.lead = Some(Lead { seat, cards: cards.to_vec() });
        let has_won = held.is_empty();
        self.turn = next(seat);
        Ok(has_won)
    }

    /// A seat plays nothing. When both others have, the one before them leads anew.
    ///
    /// # Errors
    /// `not_playing`, `not_your_turn`, `must_lead`.
    pub fn pass(&mut self, seat: SeatIndex) -> Result<(), Refusal> {
        let playing = playing_mut(&mut self.stage)?;
        if seat != self.turn {
            return Err(Refusal("not_your_turn"));
        }
        let Some(lead) = &playing.lead else { return Err(Refusal("must_lead")) };
        self.turn = next(seat);
        if lead.seat == self.turn {
            playing.lead = None;
        }
        Ok(())
    }

    /// What whose turn it is may play, at most so many, the lowest first.
    ///
    /// # Errors
    /// `not_playing`, `not_your_turn`.
    pub fn hint(&self, seat: SeatIndex, most: usize) -> Result<Vec<Vec<Card>>, Refusal> {
        let playing = self.playing().ok_or(Refusal("not_playing"))?;
        if seat != self.turn {
            return Err(Refusal("not_your_turn"));
        }
        let held = &self.hands[seat];
        let found = plays::plays(&cards::counts(held), playing.to_beat());
        Ok(found.iter().take(most).map(|(_, counts)| plays::take(held, counts)).collect())
    }

    /// What is done for whose turn it is if they do nothing.
    #[must_use]
    pub fn auto_move(&self) -> AutoMove {
        match &self.stage {
            Stage::Bidding { .. } => AutoMove::Bid,
            Stage::Playing(Playing { lead: Some(_), .. }) => AutoMove::Pass,
            Stage::Playing(_) => AutoMove::Play(self.hands[self.turn].iter().take(1).copied().collect()),
        }
    }
}

impl Playing {
    /// What is to be beaten.
    #[must_use]
    pub fn to_beat(&self) -> Option<Combo> {
        self.lead.as_ref().and_then(|lead| classify(&cards::counts(&lead.cards)))
    }

    /// One side has not played at all: neither of the two, or the landlord after its first.
    #[must_use]
    pub fn is_spring(&self, landlord_won: bool) -> bool {
        if landlord_won {
            (0..SEATS).all(|seat| seat == self.landlord || self.plays[seat] == 0)
        } else {
            self.plays[self.landlord] <= 1
        }
    }

    /// Bid and bombs so far.
    #[must_use]
    pub fn factor(&self) -> u32 {
        // There are 14 bombs.
        self.points << self.bombs
    }
}

fn playing_mut(stage: &mut Stage) -> Result<&mut Playing, Refusal> {
    match stage {
        Stage::Bidding { .. } => Err(Refusal("not_playing")),
        Stage::Playing(playing) => Ok(playing),
    }
}

/// Who comes after.
fn next(seat: SeatIndex) -> SeatIndex {
    (seat + 1) % SEATS
}

/// A number below `end`, each as likely as the others but for a part in 2⁵⁰.
fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    let wide = u128::from(rng.next_u64()) * u128::try_from(end).unwrap_or(1);
    usize::try_from(wide >> 64).expect("less than a usize")
}

fn sorted(mut cards: Vec<Card>) -> Vec<Card> {
    cards.sort_unstable();
    cards
}

/// Players.
pub const SEATS: usize = 3;
/// At first; the landlord has three more.
const HAND_CARDS: usize = 17;
const BID_MAX: u32 = 3;
