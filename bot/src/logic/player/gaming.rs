//! A player of games among its commands: what its [`Seat`] wants is sent, and what comes of it is told to the seat. What is
//! played is the business of [`crate::logic::games`].

use std::time::{Duration, Instant};

use client::{Outcome, Push};

use crate::logic::{
    census::Standing,
    games::{Errand, Mood},
    player::{Ask, Order, Phase, Player, What, order},
    stats::Deed,
    world::World,
};

impl Player {
    /// What a player of games sends next.
    pub(super) fn next_in_game(&mut self, phase: Phase, now: Instant, world: &mut World) -> Option<Order> {
        let since = match phase {
            Phase::Enter => return None,
            Phase::Play { since, .. } => since,
            Phase::Check if self.checking || !self.pending.is_empty() => return None,
            Phase::Check => {
                self.asks.wallet = Ask::Wanted;
                self.checking = true;
                return self.next_question(now, world);
            }
        };
        let elapsed = now.saturating_duration_since(since);
        let mood = if self.duration <= elapsed { Mood::Hurry } else { Mood::Play };
        let seat = self.seat.as_mut()?;
        if let Some(todo) = seat.next(mood, now, &mut self.rng, &mut world.parlor) {
            let Some(errand) = todo.errand else {
                return Some(Order { kind: todo.kind, body: todo.body, sent: None });
            };
            return Some(order(todo.kind, todo.body, What::Game(errand), now, now));
        }
        let is_late = self.duration + END_LIMIT <= elapsed;
        if mood == Mood::Hurry && (seat.is_free() || is_late) && self.pending.is_empty() {
            if !seat.is_free() {
                world.gold_untold();
            }
            self.over = true;
            world.census.advance(self.id, Standing::Drained);
        }
        None
    }

    /// When its seat may have something to do.
    pub(super) fn game_wake_at(&self, since: Instant, has_room: bool) -> Option<Instant> {
        if !has_room || !self.is_settled() || self.over {
            return None;
        }
        let seat = self.seat.as_ref()?;
        let end = match seat.mood() {
            Mood::Play => Some(since + self.duration),
            // An answer wakes it up as well.
            Mood::Hurry => self.pending.is_empty().then_some(since + self.duration + END_LIMIT),
        };
        [seat.wake_at(), end].into_iter().flatten().min()
    }

    /// News for a player of games.
    pub(super) fn on_game_push(&mut self, push: &Push, now: Instant, world: &mut World) {
        let Some(seat) = &mut self.seat else { return };
        let told = seat.hear(push, now, &mut world.parlor);
        world.check(self.id, told);
    }

    /// The answer to what its seat wanted.
    pub(super) fn on_game_answer(
        &mut self,
        errand: Errand,
        outcome: &Outcome,
        now: Instant,
        world: &mut World,
    ) {
        let Some(seat) = &mut self.seat else { return };
        let told = seat.answered(errand, outcome, now, &mut world.parlor);
        world.check(self.id, told);
    }
}

impl Errand {
    /// What it is measured as.
    pub(super) fn deed(self) -> Deed {
        match self {
            Self::Match | Self::Cancel => Deed::RoomMatch,
            Self::Create | Self::Join | Self::Leave => Deed::RoomEnter,
            Self::Count => Deed::Wallet,
            Self::Act(_) => Deed::Play,
        }
    }
}

/// After the end of play, how long a match may take to be ended by the rules.
const END_LIMIT: Duration = Duration::from_secs(30);
