//! A player whose connection died, or whose server did: on with the session as if nothing had been, or anew as after a
//! login. Knows no sockets, and not how it comes back.

use std::{mem, time::Instant};

use client::Fate;
use proto::client::LoggedIn;

use crate::logic::{
    player::{Asks, Player, Sent},
    world::{Finding, World},
};

impl Player {
    /// From now on it cannot play. What is on its way waits.
    pub fn pause(&mut self, now: Instant, world: &mut World) {
        if self.identity.is_some() {
            self.pause_since.get_or_insert(now);
            world.talk.away(self.id);
        }
    }

    /// It heard something, and plays.
    pub(super) fn play_on(&mut self, now: Instant, world: &mut World) {
        if let Some(since) = self.pause_since.take() {
            world.comebacks.played_on(now.saturating_duration_since(since));
        }
    }

    /// The session goes on; the server sends so many packets again.
    pub fn resumed(&mut self, missed: u32, now: Instant, world: &mut World) {
        self.heard_since = Some(now);
        world.comebacks.resumed(missed);
        world.talk.back(self.id);
        self.walk.resumed();
        self.walk.begin(now);
        if let Some(way) = self.market.as_mut().and_then(|market| market.way.as_mut()) {
            way.resumed();
        }
    }

    /// The session does not go on: whatever the player knew of the server is over. Commands on their way wait for their
    /// fates.
    pub fn disconnected(&mut self, world: &mut World) {
        if !mem::take(&mut self.stands) {
            return;
        }
        self.asks = Asks::new(self.scenario);
        self.walk.lose(&mut world.atlas);
        if let Some(seat) = &mut self.seat {
            seat.interrupted();
        }
        world.talk.lose(self.id);
        self.respawn_at = None;
        self.has_stranger |= self.scenario.mingles();
        self.lose_market(world);
        self.listens = false;
        if self.market.is_none() {
            self.wallet.gap();
        }
        world.board.gap(self.id);
    }

    /// Command `cseq` of the session's last life will have no answer; a login or a reset told what became of it.
    pub fn settled(&mut self, cseq: u64, fate: Fate, now: Instant, world: &mut World) {
        if let Some(sent) = self.pending.remove(&cseq) {
            self.settle(cseq, &sent, fate, now, world);
        }
    }

    /// Game came back without its memory, over the same connection or over the next; [`Self::disconnected`] and fates
    /// came before.
    pub fn reset(&mut self, reply: &LoggedIn, now: Instant, world: &mut World) {
        world.comebacks.resets += 1;
        let before = self.identity.as_ref().map(|before| before.session_gen);
        if let Some(before) = before.filter(|before| reply.session_gen < *before) {
            let detail = format!("reset to session {} after {before}", reply.session_gen);
            world.found(self.id, Finding::new("session_gen", detail));
        }
        self.begin_anew(reply, now, world);
    }

    /// A connection ended that had promised to send so many more packets again. Only a connection that ended well
    /// owes them.
    pub fn still_missing(&mut self, missing: u32, world: &mut World) {
        if missing > 0 {
            let detail = format!("{missing} packets of the last resume");
            world.found(self.id, Finding::new("resent_missing", detail));
        }
    }

    /// From when on an answer to it can be asked for.
    pub(super) fn asked_at(&self, sent: &Sent) -> Instant {
        self.heard_since.map_or(sent.at, |since| since.max(sent.at))
    }
}
