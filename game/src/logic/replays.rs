//! Matches that are over: which somebody has played, all that one heard, and one played again for somebody who looks on.
//! Their rows are in no cache: they are read past it, and a few matches stay on a shelf for a while. Knows no file and no
//! database, and no match that is running.

mod again;
mod reading;
mod shelf;
mod watching;

use std::collections::BTreeSet;

use proto::{
    client::{ReplayFetch, ReplayInfo, ReplayList, ReplayListed, ReplayPart, ReplayStop, ReplayWatch},
    limits::{REPLAY_PAGE_MAX, REPLAY_SPEED_MAX},
    tables::ReplayPlayerRow,
    wire,
};

pub(crate) use self::{shelf::Shelf, watching::Watching};
use super::{
    delivery::ConnKey,
    event::Now,
    rooms::watch::{ROOM_SLOW, ROOM_STUCK},
    tx::{Call, Halt, decode},
    world::World,
};
use crate::registry::Registered;

/// Matches that were read, and who watches one.
#[derive(Default)]
pub(crate) struct Replays {
    shelf: Shelf,
    pub(super) watching: Watching,
    /// That ended an earlier process.
    stuck: BTreeSet<u64>,
}

impl Replays {
    /// None is played again of those that ended an earlier process.
    pub(super) fn without(stuck: BTreeSet<u64>) -> Self {
        Self { stuck, ..Self::default() }
    }
}

impl World {
    /// The command `replay_list`.
    pub(super) fn replay_list(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let ReplayList { account, before } = decode(call.body)?;
        let of = if account == 0 { call.account.0 } else { account };
        self.in_tx(key, None, now, |tx| {
            let rows = tx.set::<ReplayPlayerRow>(of)?;
            let mut wanted = rows.into_iter().rev().filter(|row| before == 0 || row.replay < before);
            let replays = wanted.by_ref().take(REPLAY_PAGE_MAX).map(info).collect();
            let more = wanted.next().is_some();
            tx.answer(call, &wire::encode(&ReplayListed { replays, more }));
            Ok(())
        })?;
        self.commit_command(key, call, now)
    }

    /// The command `replay_fetch`.
    pub(super) fn replay_fetch(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let ReplayFetch { replay, part } = decode(call.body)?;
        let stored = self.stored_replay(call.account, replay, now)?;
        // Its inputs and its seed tell what each had; what it said to all told nobody.
        let has_secrets = |kind: &Registered| kind.name == stored.row().kind && kind.has_secrets;
        if self.registry.rooms().iter().any(has_secrets) {
            return Err(Halt::Reject("replay_is_secret"));
        }
        let body = stored.part(part).ok_or(Halt::Reject("no_such_part"))?.into();
        let told = ReplayPart { parts: stored.parts(), bytes: stored.bytes() as u64, body };
        self.answer_with(key, call, &wire::encode(&told), now)
    }

    /// The command `replay_watch`.
    pub(super) fn replay_watch(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let ReplayWatch { replay, speed, from_ms } = decode(call.body)?;
        if !(1..=REPLAY_SPEED_MAX).contains(&speed) {
            return Err(Halt::Reject("bad_speed"));
        }
        self.replays.watching.may_begin(call.account)?;
        let stored = self.stored_replay(call.account, replay, now)?;
        match stored.row().outcome.as_str() {
            // Played again it ended a process, though it had not before: by the rules of a later version.
            _ if self.replays.stuck.contains(&replay) => return Err(Halt::Reject("replay_is_stuck")),
            // What it heard last ended a process, and would end this one.
            ROOM_STUCK => return Err(Halt::Reject("replay_is_stuck")),
            // That took the server's time once, and would for whoever wants to see it again.
            ROOM_SLOW => return Err(Halt::Reject("replay_is_slow")),
            _ => {}
        }
        let again = self.open_again(stored)?;
        self.answer_with(key, call, &[], now)?;
        self.begin_watching(key, again, watching::Pace { speed, from_ms }, now);
        Ok(())
    }

    /// The command `replay_stop`.
    pub(super) fn replay_stop(&mut self, key: ConnKey, call: &Call<'_>, now: Now) -> Result<(), Halt> {
        let ReplayStop {} = decode(call.body)?;
        if !self.stop_watching(call.account) {
            return Err(Halt::Reject("not_watching"));
        }
        self.answer_with(key, call, &[], now)
    }
}

fn info(row: ReplayPlayerRow) -> ReplayInfo {
    let ReplayPlayerRow { account: _, replay, kind, ended_ms, outcome, place } = row;
    ReplayInfo { replay, kind, ended_ms, outcome, place }
}
