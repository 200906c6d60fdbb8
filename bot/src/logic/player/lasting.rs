//! A player whose connection died, or whose server did: on with the session as if nothing had been, or anew as after a
//! login. Knows no sockets.

use std::time::Instant;

use proto::client::{LoggedIn, Resumed};

use crate::logic::{
    player::{Player, Sent},
    world::{Finding, World},
};

/// A command that leaves once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// The number that it had, and is to have.
    pub cseq: u64,
    /// Its kind.
    pub kind: u32,
    /// Its body.
    pub body: Vec<u8>,
}

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

    /// The session goes on. What never arrived is to leave once more, in order.
    pub fn resumed(&mut self, resumed: &Resumed, now: Instant, world: &mut World) -> Vec<Again> {
        self.heard_since = Some(now);
        world.comebacks.resumed(resumed);
        world.talk.back(self.id);
        self.walk.resumed();
        if let Some(way) = self.market.as_mut().and_then(|market| market.way.as_mut()) {
            way.resumed();
        }
        let unarrived = self.pending.range(resumed.cseq_last.saturating_add(1)..);
        let again =
            |(cseq, sent): (&u64, &Sent)| Again { cseq: *cseq, kind: sent.kind, body: sent.body.clone() };
        unarrived.map(again).collect()
    }

    /// A command that left once more has got another number.
    pub fn renumbered(&mut self, again: &Again, cseq: u64, world: &mut World) {
        let detail = format!("command {} left once more as {cseq}", again.cseq);
        world.found(self.id, Finding::new("resumed_elsewhere", detail));
    }

    /// Game came back without its memory, over the same connection or over the next.
    pub fn reset(&mut self, reply: &LoggedIn, now: Instant, world: &mut World) {
        world.comebacks.resets += 1;
        self.disconnected(world);
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
