//! What a player sends next: questions after a login, then its schedule, then the last check.

use std::time::{Duration, Instant};

use client::echo;
use proto::{
    client::{ChatSay, Pay, RoomJoin},
    kinds::{CHAT_SAY, PAY, ROOM_JOIN, WALLET_READ},
    wire::encode,
};
use rand_core::Rng as _;

use crate::logic::{
    census::Standing,
    chat::Line,
    player::{Ask, Asks, Order, Phase, Player, Sent, What},
    schedule::Action,
    world::World,
};

impl Player {
    /// The next command to send at `now`, if there is one.
    pub fn next_order(&mut self, phase: Phase, now: Instant, world: &mut World) -> Option<Order> {
        if self.asks.after.is_some_and(|after| now < after) {
            return None;
        }
        self.asks.after = None;
        if let Some(order) = self.next_question(now, world) {
            return Some(order);
        }
        if !self.is_settled() {
            return None;
        }
        if self.market.is_some() {
            return self.next_deal(phase, now, world);
        }
        if self.seat.is_some() {
            return self.next_in_game(phase, now, world);
        }
        match phase {
            Phase::Enter => None,
            Phase::Play { since, .. } => {
                let elapsed = now.saturating_duration_since(since);
                if elapsed >= self.duration + LATE_MAX {
                    self.drop_rest(world);
                }
                if let Some(order) = self.respawn(now) {
                    return Some(order);
                }
                while let Some((at, action)) = self.schedule.take(elapsed) {
                    if let Some(order) = self.act(action, since + at, now, world) {
                        return Some(order);
                    }
                }
                if elapsed >= self.duration {
                    self.over = true;
                    let is_seen = self.walk.is_told() || self.duration + UNSEEN_MAX <= elapsed;
                    if self.pending.is_empty() && is_seen {
                        world.census.advance(self.id, Standing::Drained);
                    }
                }
                None
            }
            Phase::Check if self.checking || !self.pending.is_empty() => None,
            Phase::Check => {
                self.asks.wallet = Ask::Wanted;
                self.checking = true;
                self.next_question(now, world)
            }
        }
    }

    /// The order left as command `cseq`.
    pub fn sent(&mut self, cseq: u64, order: Order, world: &mut World) {
        let Some(mut sent) = order.sent else { return };
        let sent_us = world.micros(sent.at);
        Self::numbered(&mut sent, cseq, sent_us);
        world.stats.sent(sent.what.deed());
        self.pending.insert(cseq, sent);
    }

    /// When there may be something to send or to complain about, without any event before it.
    /// `has_room`: whether the connection takes another command.
    #[must_use]
    pub fn wake_at(&self, phase: Phase, answer_limit: Duration, has_room: bool) -> Option<Instant> {
        let overdue = self.pending.first_key_value().map(|(_, sent)| self.asked_at(sent) + answer_limit);
        let play = match phase {
            // Who has to pause wakes up when that is over.
            _ if self.market.is_some() => {
                self.market_wake_at(phase, has_room).filter(|_| self.asks.after.is_none())
            }
            Phase::Play { since, .. } if self.seat.is_some() => self.game_wake_at(since, has_room),
            Phase::Play { since, .. } if has_room && self.is_settled() && !self.over => {
                let next = since + self.schedule.peek().map_or(self.duration, |(at, _)| at);
                Some(self.respawn_at.map_or(next, |at| at.min(next)))
            }
            Phase::Play { since, .. } if self.over && !self.walk.is_told() => {
                Some(since + self.duration + UNSEEN_MAX)
            }
            Phase::Play { .. } | Phase::Enter | Phase::Check => None,
        };
        [overdue, self.asks.after, play].into_iter().flatten().min()
    }

    /// Whether play can begin or go on.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let Asks { wallet, room, map, bag, letters, .. } = self.asks;
        self.identity.is_some() && [wallet, room, map, bag, letters].iter().all(|ask| *ask == Ask::Had)
    }

    /// Whether the last check is done.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        self.checking && self.is_settled() && self.pending.is_empty()
    }

    pub(super) fn next_question(&mut self, now: Instant, world: &World) -> Option<Order> {
        if self.asks.wallet == Ask::Wanted {
            self.asks.wallet = Ask::Waiting;
            return Some(order(WALLET_READ, Vec::new(), What::Wallet, now, now));
        }
        if self.asks.room == Ask::Wanted {
            self.asks.room = Ask::Waiting;
            let body = encode(&RoomJoin { room: echo::ROOM.to_owned(), ..RoomJoin::default() });
            return Some(order(ROOM_JOIN, body, What::Join, now, now));
        }
        if self.market.is_some() {
            return self.market_question(now, world);
        }
        if self.asks.map == Ask::Wanted {
            self.asks.map = Ask::Waiting;
            let (kind, body, what) = self.map_question(world);
            return Some(order(kind, body, what, now, now));
        }
        None
    }

    fn act(&mut self, action: Action, due: Instant, now: Instant, world: &mut World) -> Option<Order> {
        Some(match action {
            Action::Move => return self.step(due, world),
            Action::Near => return self.say_near(due, now, world),
            Action::Private => return self.whisper(due, now, world),
            Action::Strike => return self.strike(due, now),
            // Of the market alone.
            Action::Trade | Action::Mail | Action::Shop | Action::Probe | Action::Look => return None,
            Action::Pay => self.pay(due, now, world),
            Action::Chat => {
                let number = world.board.next_line(self.id);
                let text = Line { run: world.run, player: self.id, number }.text();
                order(CHAT_SAY, encode(&ChatSay { text }), What::Chat { number }, due, now)
            }
            Action::Echo => {
                let mut bytes = vec![0; self.echo_bytes];
                self.rng.fill_bytes(&mut bytes);
                order(echo::ECHO, bytes.clone(), What::Echo { bytes }, due, now)
            }
        })
    }

    fn pay(&mut self, due: Instant, now: Instant, world: &World) -> Order {
        let wish = self.rng.next_u32();
        let amount = i64::from(self.rng.next_u32() % AMOUNT_MAX + 1);
        // Without anybody else a player pays itself, and is refused.
        let myself = self.identity.as_ref().map_or(0, |identity| identity.account);
        let (to, others) = world.board.payee(wish, self.id).map_or((myself, false), |(_, to)| (to, true));
        let on_its_way: i64 = self.pending.values().map(|sent| sent.what.gold()).sum();
        let afford = others && self.wallet.is_exact() && self.wallet.gold() - on_its_way >= amount;
        let what = What::Pay { to, amount, afford };
        order(PAY, encode(&Pay { to, amount }), what, due, now)
    }
}

impl What {
    fn gold(&self) -> i64 {
        match self {
            Self::Pay { amount, .. } => *amount,
            Self::Wallet
            | Self::Join
            | Self::Characters
            | Self::Create
            | Self::Enter
            | Self::Market(_)
            | Self::Chat { .. }
            | Self::Echo { .. }
            | Self::Near
            | Self::Private { .. }
            | Self::Attack
            | Self::Respawn
            | Self::Game(_) => 0,
        }
    }
}

pub(super) fn order(kind: u32, body: Vec<u8>, what: What, due: Instant, now: Instant) -> Order {
    let sent = Sent { what, due, at: now };
    Order { kind, body, sent: Some(sent) }
}

/// After the end, how long what was meant to leave before it may still leave.
pub(super) const LATE_MAX: Duration = Duration::from_secs(1);
/// After the end, how long its player waits to see its last move.
const UNSEEN_MAX: Duration = Duration::from_secs(5);
/// Of one payment.
const AMOUNT_MAX: u32 = 5;
