//! A player of Dou Dizhu: bids now and then, plays what it finds, and looks at every card that it is told.
//! Knows the rules from docs/PROTOCOL.md alone.

pub mod finder;
pub mod ledger;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use client::{
    Outcome,
    doudizhu::{AUTO, BID, DoudizhuPush, HINT, PASS, PLAY, read_body},
};
use proto::{
    client::{
        DoudizhuAuto, DoudizhuBid, DoudizhuHints, DoudizhuOptions, DoudizhuOver, DoudizhuPhase, DoudizhuPlay,
        DoudizhuSeat, DoudizhuSeated, DoudizhuTable, DoudizhuTurn,
    },
    prescan::Budget,
    wire::{decode, encode},
};
use rand_chacha::ChaCha8Rng;
use rand_core::Rng as _;

use self::{
    finder::{Figure, plays},
    ledger::Ledger,
};
use crate::logic::{
    games::{Act, Choices, End, Game, Mood},
    world::Finding,
};

/// See the module.
#[derive(Debug)]
pub struct DoudizhuPlayer {
    account: u64,
    think: Duration,
    /// As the room says; none: it has shown nothing yet.
    options: Option<DoudizhuOptions>,
    seats: Vec<DoudizhuSeat>,
    /// What is known of the hand under way.
    hand: Option<Ledger>,
    turn: Turn,
    /// When a room that says nothing more is given up.
    stuck_at: Option<Instant>,
    end: Option<End>,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    /// From 1; 0: nobody's.
    seat: u32,
    /// Counts turns: an answer belongs to the turn in which it was asked for.
    number: u64,
    /// What it wanted to do in this turn is on its way or done.
    is_done: bool,
    has_hinted: bool,
    /// When it has thought enough.
    think_until: Option<Instant>,
    /// In which turn the last command was sent.
    asked: u64,
}

impl Turn {
    fn pass_to(&mut self, seat: u32) {
        *self = Self { seat, number: self.number + 1, asked: self.asked, ..Self::default() };
    }
}

impl DoudizhuPlayer {
    /// With which rooms are opened.
    #[must_use]
    pub fn options(choices: Choices) -> Vec<u8> {
        let base = if choices.stake == 0 { 0 } else { (choices.stake / i64::from(CAP)).max(1) };
        encode(&DoudizhuOptions { free: base == 0, base, cap: CAP, turn_ms: TURN_MS })
    }

    /// In a room that has shown nothing yet.
    #[must_use]
    pub fn new(account: u64, choices: Choices) -> Self {
        Self {
            account,
            think: choices.think,
            options: None,
            seats: Vec::new(),
            hand: None,
            turn: Turn::default(),
            stuck_at: None,
            end: None,
        }
    }

    /// The own seat, from 1.
    fn you(&self) -> Option<u32> {
        let at = self.seats.iter().position(|seat| seat.account == self.account)?;
        u32::try_from(at + 1).ok()
    }

    fn base(&self) -> i64 {
        self.options.map_or(0, |options| options.base)
    }

    fn on_table(&mut self, table: &DoudizhuTable) -> Result<(), Finding> {
        self.options = table.options;
        self.seats.clone_from(&table.seats);
        let is_own = self.you() == Some(table.you);
        if !is_own {
            return Err(Finding::new("room_garbled", format!("{table:?} for {}", self.account)));
        }
        self.turn.pass_to(table.turn);
        if table.phase() == DoudizhuPhase::DoudizhuWaiting {
            self.hand = None;
            return Ok(());
        }
        self.hand.get_or_insert_default().table(table)
    }

    fn on_seated(&mut self, seated: DoudizhuSeated) -> Result<(), Finding> {
        let held = self.seats.len();
        let wrong = || Finding::new("room_garbled", format!("{seated:?} of {held}"));
        let at =
            (seated.seat as usize).checked_sub(1).filter(|at| *at < SEATS.min(held + 1)).ok_or_else(wrong)?;
        let is = seated.is.ok_or_else(wrong)?;
        if at == held {
            self.seats.push(is);
        } else if is.account == 0 {
            self.seats.remove(at);
        } else {
            self.seats[at] = is;
        }
        Ok(())
    }

    fn on_turn(&mut self, turn: DoudizhuTurn) {
        if self.turn.seat != turn.seat {
            self.turn.pass_to(turn.seat);
        }
    }

    /// The turn has come to its end, whoever is next.
    fn on_moved(&mut self, seat: u32) -> Result<(), Finding> {
        let before = self.turn.seat;
        self.turn.pass_to(0);
        if before == seat {
            Ok(())
        } else {
            Err(Finding::new("turn_wrong", format!("{seat} moves, it is {before}'s turn")))
        }
    }

    fn on_over(&mut self, over: &DoudizhuOver) -> Result<(), Finding> {
        let who = match (over.landlord, over.landlord_won) {
            (0, _) => "nobody",
            (_, true) => "landlord",
            (_, false) => "farmers",
        };
        let told = format!("{who} {} times, {:?}", over.factor, over.change);
        let gold = self.you().and_then(|you| over.change.get(you as usize - 1)).copied().unwrap_or(0);
        self.end = Some(End { told, gold });
        self.turn.pass_to(0);
        let cap = self.options.map_or(CAP, |options| options.cap);
        match &self.hand {
            Some(hand) => hand.over(over, self.base(), cap),
            None => Err(Finding::new("settlement", format!("{over:?} without a hand"))),
        }
    }

    fn bid(&self, highest: u32, mood: Mood, rng: &mut ChaCha8Rng) -> Act {
        let points = rng.next_u32() % 4;
        let points = if highest < points && mood == Mood::Play { points } else { 0 };
        act(BID, encode(&DoudizhuBid { points }))
    }

    /// The longest of what it may play if it leads, the lowest if it follows; bombs seldom, and little upon a
    /// friend.
    fn play(&self, hand: &Ledger, mood: Mood, rng: &mut ChaCha8Rng) -> Act {
        let lead = hand.lead();
        let may = plays(&hand.hand(), lead.map(|(_, figure)| figure));
        let chosen = match lead {
            None if mood == Mood::Hurry || one_in(rng, 2) => may.iter().max_by_key(|cards| cards.len()),
            None => may.get(usize::try_from(rng.next_u32()).unwrap_or(0) % may.len().max(1)),
            Some((seat, _)) => {
                let is_reluctant = hand.is_friend(seat) && !one_in(rng, 4);
                may.first().filter(|cards| {
                    let is_bomb = matches!(Figure::of(cards), Some(Figure::Bomb(_)));
                    !is_reluctant && (!is_bomb || mood == Mood::Hurry || one_in(rng, 3))
                })
            }
        };
        match chosen {
            Some(cards) => act(PLAY, encode(&DoudizhuPlay { cards: cards.clone().into() })),
            None => act(PASS, Vec::new()),
        }
    }
}

impl Game for DoudizhuPlayer {
    fn hear(&mut self, kind: u32, body: &[u8], now: Instant) -> Result<(), Finding> {
        self.stuck_at = Some(now + STUCK_AFTER);
        let garbled = |what: String| Finding::new("room_garbled", what);
        let read = read_body(kind, body).map_err(|violation| garbled(violation.to_string()))?;
        let push = read.ok_or_else(|| garbled(format!("kind {kind}")))?;
        must_be_all(&push, body)?;
        match push {
            DoudizhuPush::Table(table) => self.on_table(&table),
            // What comes before the table is in it.
            _ if self.options.is_none() => Ok(()),
            DoudizhuPush::Seated(seated) => self.on_seated(seated),
            DoudizhuPush::Turn(turn) => {
                self.on_turn(turn);
                Ok(())
            }
            DoudizhuPush::Dealt(dealt) => {
                self.turn.pass_to(dealt.first);
                let you = self.you().unwrap_or(0);
                self.hand.get_or_insert_default().dealt(&dealt, you)
            }
            DoudizhuPush::Bade(bade) => {
                self.on_moved(bade.seat)?;
                self.hand.as_mut().map_or(Ok(()), |hand| hand.bade(&bade))
            }
            DoudizhuPush::Landlord(landlord) => {
                self.hand.as_mut().map_or(Ok(()), |hand| hand.landlord(&landlord))
            }
            DoudizhuPush::Played(played) => {
                self.on_moved(played.seat)?;
                self.hand.as_mut().map_or(Ok(()), |hand| hand.played(&played))
            }
            DoudizhuPush::Over(over) => self.on_over(&over),
            DoudizhuPush::Delayed(_) => Ok(()),
        }
    }

    fn next(&mut self, mood: Mood, now: Instant, rng: &mut ChaCha8Rng) -> Option<Act> {
        if self.stuck_at.is_some_and(|at| at <= now) {
            self.stuck_at = None;
        }
        let is_own = self.end.is_none() && self.turn.seat != 0 && self.you() == Some(self.turn.seat);
        let hand = self.hand.as_ref().filter(|_| is_own && !self.turn.is_done)?;
        let think = match mood {
            Mood::Play => self.think.mul_f64(f64::from(rng.next_u32()) / f64::from(u32::MAX)),
            Mood::Hurry => Duration::ZERO,
        };
        let until = *self.turn.think_until.get_or_insert(now + think);
        if now < until && mood == Mood::Play {
            return None;
        }
        self.turn.asked = self.turn.number;
        if !self.turn.has_hinted && mood == Mood::Play {
            self.turn.has_hinted = true;
            if hand.is_playing() && one_in(rng, 16) {
                return Some(act(HINT, Vec::new()));
            }
            if one_in(rng, 64) {
                return Some(act(AUTO, encode(&DoudizhuAuto { on: true })));
            }
        }
        let act =
            if hand.is_playing() { self.play(hand, mood, rng) } else { self.bid(hand.bid(), mood, rng) };
        self.turn.is_done = true;
        Some(act)
    }

    fn wake_at(&self) -> Option<Instant> {
        let is_own = self.turn.seat != 0 && self.you() == Some(self.turn.seat) && !self.turn.is_done;
        let think = self.turn.think_until.filter(|_| is_own);
        think.or(self.stuck_at.filter(|_| self.hand.is_some() && self.end.is_none()))
    }

    fn answered(&mut self, kind: u32, outcome: &Outcome) -> Result<(), Finding> {
        let is_same_turn = self.turn.asked == self.turn.number;
        match outcome {
            Outcome::Ok(result) if kind == HINT => {
                let hint: DoudizhuHints = decode(result, Budget::CLIENT)
                    .map_err(|error| Finding::new("room_garbled", error.to_string()))?;
                let own = self.hand.as_ref().filter(|_| is_same_turn).map(Ledger::hand);
                let is_own = |own: &Vec<u8>| hint.plays.iter().flatten().all(|card| own.contains(card));
                if own.as_ref().is_none_or(is_own) {
                    return Ok(());
                }
                Err(Finding::new("hidden_card", format!("{hint:?} of {own:?}")))
            }
            Outcome::Ok(_) => Ok(()),
            // The server played meanwhile, or the hand was over.
            Outcome::Rejected(_) if !is_same_turn || self.end.is_some() => Ok(()),
            Outcome::Rejected(code) => {
                Err(Finding::new("room_refused", format!("{kind}: {code} in {:?}", self.turn)))
            }
            Outcome::RetryLater { .. } => {
                self.turn.is_done &= !is_same_turn;
                Ok(())
            }
        }
    }

    fn interrupted(&mut self) {
        self.options = None;
        self.turn.pass_to(0);
    }

    fn end(&self) -> Option<End> {
        self.end.clone()
    }

    fn may_bring(&self, gold: i64) -> bool {
        let Some(options) = self.options else { return true };
        let stake = options.base * i64::from(options.cap);
        gold == 0 || (options.base != 0 && gold % options.base == 0 && gold.abs() <= stake)
    }
}

/// A packet has nothing in it but what this client knows of.
fn must_be_all(push: &DoudizhuPush, body: &[u8]) -> Result<(), Finding> {
    let again = match push {
        DoudizhuPush::Table(table) => encode(table),
        DoudizhuPush::Seated(seated) => encode(seated),
        DoudizhuPush::Dealt(dealt) => encode(dealt),
        DoudizhuPush::Turn(turn) => encode(turn),
        DoudizhuPush::Bade(bade) => encode(bade),
        DoudizhuPush::Landlord(landlord) => encode(landlord),
        DoudizhuPush::Played(played) => encode(played),
        DoudizhuPush::Over(over) => encode(over),
        DoudizhuPush::Delayed(delayed) => encode(delayed),
    };
    if again == body { Ok(()) } else { Err(Finding::new("hidden_card", format!("more than {push:?}"))) }
}

fn act(kind: u32, body: Vec<u8>) -> Act {
    Act { kind, body, is_signal: false }
}

fn one_in(rng: &mut ChaCha8Rng, number: u32) -> bool {
    rng.next_u32().is_multiple_of(number)
}

const SEATS: usize = 3;
/// Of the multiplier.
const CAP: u32 = 12;
/// For a turn: a player whose line is dead keeps two others waiting.
const TURN_MS: u32 = 10_000;
/// Longer than any turn.
const STUCK_AFTER: Duration = Duration::from_secs(60);
