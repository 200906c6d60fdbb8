//! A quick match becomes a room: it opens, and all its players are seated in one step, or none of them. What the room says
//! meanwhile is kept until they are, and then reaches each in its order.

use proto::{
    client::{RoomLeft, RoomMatched},
    ids::{AccountId, RoomId},
    kinds::{self, Lane},
    limits::ROOM_STATE_BYTES_MAX,
    packet::Packet,
    room::input::What,
    wire,
};

use super::calling::{Failed, subject};
use crate::{
    logic::{
        delivery::ConnKey,
        event::Now,
        lobby::matching::Match,
        outputs::Outputs,
        release::Step,
        rooms::{
            run::{Broken, RoomRun, Stopped, match_players},
            watch::{Calling, Lasts, Subject},
        },
        running::session,
        tx::Halt,
        world::World,
    },
    room::{Opening, Refusal},
};

/// Why a match has no room.
pub(in crate::logic) enum Unmatched {
    /// Not now: the same players may have one later.
    Later,
    /// This player cannot be seated, and is told why; the others can.
    Without(AccountId, &'static str),
    /// No room opens for such a match.
    Never(&'static str),
}

impl World {
    /// How many a match with these options has, if rooms of this kind take them: opens one that is nobody's.
    ///
    /// # Errors
    /// The kind's refusal, or the name of what it broke by.
    pub(in crate::logic) fn try_options(&mut self, kind: usize, options: &[u8]) -> Result<usize, Halt> {
        let registered = &self.registry.rooms()[kind];
        let subject = Subject { lasts: Lasts::No, ..subject(RoomId(0), registered, 0) };
        let opening = Opening { number: 0, options };
        let opened = self.watch.hear(&subject, &Calling::Open(options), || {
            let run = RoomRun::open(registered, &opening, [0; 32])?;
            Ok((run, match_players(registered, options).map_err(Stopped::Closed)?))
        });
        match opened {
            Ok((run, players)) => {
                self.watch.again(&subject, &Calling::Drop, || drop(run));
                players.ok_or(Halt::Reject("no_quick_match"))
            }
            Err(Stopped::Refused(Refusal(name))) => Err(Halt::Reject(name)),
            Err(Stopped::Closed(Broken { name, .. })) => {
                self.figures.panics += u64::from(name == "room_failed");
                Err(Halt::Reject(name))
            }
        }
    }

    /// Opens a room for those who were brought together, and seats them.
    ///
    /// # Errors
    /// See [`Unmatched`]: nobody is seated then.
    pub(in crate::logic) fn open_match(&mut self, made: &Match, now: Now) -> Result<(), Unmatched> {
        let Match { wish, players, .. } = made;
        let registered = &self.registry.rooms()[wish.kind];
        let (kind, is_durable) = (registered.name, registered.is_durable());
        // Each comes in with a record, and if one is refused the others leave with one.
        let records = 2 * players.len();
        let has_room = || self.pipeline.has_room_for(records, ROOM_STATE_BYTES_MAX + records * SEAT_BYTES);
        if is_durable && (!has_room() || self.durable_rooms_may_begin(now).is_err()) {
            return Err(Unmatched::Later);
        }
        let number = self.hosting.index.lowest_free(wish.kind);
        let id = self.room_open(wish.kind, number, &wish.options, now).map_err(|halt| match halt {
            Halt::Reject(name) => Unmatched::Never(name),
            Halt::Later { .. } | Halt::Barred(_) | Halt::Miss | Halt::Hash(_) => Unmatched::Later,
        })?;
        let mut said: Vec<Outputs> = Vec::with_capacity(players.len());
        for (at, player) in players.iter().enumerate() {
            match self.seat_in_room(id, player.account, (player.rating, true), None, now) {
                Ok(()) => said.push(self.keep_said(id)),
                Err(Failed::Broken(name)) => return Err(Unmatched::Never(name)),
                Err(Failed::Refused(Refusal(name))) => {
                    for seated in &players[..at] {
                        self.hosting.unseat(seated.account, id);
                        self.tell_room(id, What::Leave(seated.account.0), None, now);
                    }
                    self.close_if_empty(id, now);
                    return Err(Unmatched::Without(player.account, name));
                }
            }
            if self.is_over(id) {
                break;
            }
        }
        let matched = RoomMatched {
            room: id.0,
            name: super::seats::name(kind, number),
            kind: kind.to_owned(),
            members: u32::try_from(said.len()).unwrap_or(u32::MAX),
            keeps: is_durable,
        };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::ROOM_MATCHED, ..Packet::default() }, &matched);
        let (seated, late) = players.split_at(said.len());
        for (player, said) in seated.iter().zip(said) {
            self.let_in(player.account, id, (&bytes, said));
        }
        if self.is_over(id) {
            self.close_finished(id, now);
            // It ended before they came.
            for key in
                late.iter().filter_map(|player| self.online.get(&player.account).copied()).collect::<Vec<_>>()
            {
                self.tell_unmatched(key, "finished");
            }
            return Ok(());
        }
        let here: Vec<(ConnKey, AccountId)> =
            seated.iter().filter_map(|it| Some((*self.online.get(&it.account)?, it.account))).collect();
        for (key, account) in &here {
            self.show_matched(*key, *account, id, now);
        }
        for (key, account) in here {
            // Whoever came in while its connection was gone is told when it is back, and its room knows.
            if session(&mut self.conns, key).is_none_or(|session| session.away.is_some()) {
                self.room_away(account, Some(id), now);
            }
        }
        self.arrange(id, now);
        Ok(())
    }

    /// What a room said when somebody was seated, for when all are: until then nobody hears it. What it asks is shown to
    /// each with all the rest.
    fn keep_said(&mut self, id: RoomId) -> Outputs {
        self.hosting.effects.asks.clear();
        self.hosting.effects.asks_over.clear();
        self.take_kicks(id);
        std::mem::take(&mut self.outputs)
    }

    fn is_over(&self, id: RoomId) -> bool {
        self.hosting.rooms.get(&id).is_some_and(|hosted| hosted.run.outcome().is_some())
    }

    /// One who was seated is told so and hears the room from now on: what it said when this one and those after it were
    /// seated, as whoever comes in alone does.
    fn let_in(&mut self, account: AccountId, id: RoomId, (matched, said): (&[u8], Outputs)) {
        let Some(groups) = self.hosting.rooms.get(&id).map(|hosted| hosted.groups) else { return };
        if let Some(key) = self.online.get(&account).copied() {
            self.delivery.step(Step::Send { to: key, lane: Lane::MustArrive, is_answer: false }, matched);
            self.hear_room(key, account, id, groups);
        }
        self.outputs = said;
        self.deliver(None, Some(groups));
        self.outputs.clear();
    }

    /// It sees all of its room, as it is now that all are seated.
    fn show_matched(&mut self, key: ConnKey, account: AccountId, id: RoomId, now: Now) {
        let Some(groups) = self.hosting.rooms.get(&id).map(|hosted| hosted.groups) else { return };
        self.show_room(key, account, id, now);
        self.refresh(key, groups.latest_wins, now);
    }

    /// Tells somebody that it waits no more, and why no match was made.
    pub(in crate::logic) fn tell_unmatched(&mut self, key: ConnKey, reason: &'static str) {
        let mut bytes = Vec::new();
        let left = RoomLeft { room: 0, reason: reason.to_owned() };
        wire::put(&mut bytes, Packet { kind: kinds::ROOM_LEFT, ..Packet::default() }, &left);
        self.delivery.step(Step::Send { to: key, lane: Lane::MustArrive, is_answer: false }, &bytes);
    }
}

/// Of the record with which somebody comes into a room or leaves it, besides the room's state.
const SEAT_BYTES: usize = 4 * 1_024;
