//! When rooms go on and when they stand still. Durable ones stand still while what they do could reach nobody, their clock
//! with them: nobody loses time in which nothing can be done. Knows no game, and what a room hears only to keep it.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::{
    client::Notice,
    ids::Lsn,
    kinds::{self, Lane},
    level::Level,
    packet::Packet,
    room::input::What,
    wire,
};

use super::{DURABLE, Hosting, PASSING, seats::Change};
use crate::logic::{delivery::ConnKey, event::Now, tx::Halt, world::World};

/// Records that are not known to be durable, and since when. As many as the pipeline lets be under way, at most: each
/// entry has one of its own.
#[derive(Debug, Default)]
pub(super) struct Undurable(VecDeque<(Lsn, Instant)>);

impl Undurable {
    /// Up to this all were made by now.
    fn made(&mut self, lsn: Lsn, durable: Lsn, now: Instant) {
        if self.0.back().map_or(durable, |(last, _)| *last) < lsn {
            self.0.push_back((lsn, now));
        }
    }

    /// Up to this all are durable.
    fn durable(&mut self, lsn: Lsn) {
        while self.0.pop_front_if(|(last, _)| *last <= lsn).is_some() {}
    }

    /// When the oldest of them will have waited for too long.
    fn late_at(&self) -> Option<Instant> {
        self.0.front().map(|(_, since)| *since + LATE_AFTER)
    }

    fn wait_longer(&mut self, away: Duration) {
        self.0.iter_mut().for_each(|(_, since)| *since += away);
    }
}

impl Hosting {
    /// There was no turn for so long, and nobody could do anything: that is no time of any room. Nothing has happened
    /// since the last turn, so no clock goes back.
    pub(in crate::logic) fn wait_longer(&mut self, away: Duration) {
        self.clocks.iter_mut().for_each(|clock| clock.wait_longer(away));
        self.undurable.wait_longer(away);
        self.returned_until = self.returned_until.map(|until| until + away);
    }

    /// When durable rooms are to stand still, if nothing more becomes durable.
    pub(super) fn stands_at(&self) -> Option<Instant> {
        self.undurable.late_at().filter(|_| self.clocks[DURABLE].is_going())
    }
}

impl World {
    /// Whether what durable rooms hear by themselves may be executed: each may lead to a record.
    pub(super) fn durable_rooms_hear(&self) -> bool {
        self.durable_rooms_go() && self.scarcity.admits_anything().is_ok()
    }

    fn durable_rooms_go(&self) -> bool {
        self.hosting.clocks[DURABLE].is_going() && self.pipeline.is_up() && self.pipeline.has_room()
    }

    /// Whether what is said to durable rooms may be executed. At any pace of the database: their clocks go on, and who
    /// may not move would lose on time.
    ///
    /// # Errors
    /// RETRY_LATER.
    pub(super) fn durable_rooms_may(&self) -> Result<(), Halt> {
        if !self.durable_rooms_go() {
            return Err(Halt::Later { error: "store_busy", retry_after_ms: ROOMS_STAND_MS });
        }
        self.scarcity.is_below_red()
    }

    /// Whether somebody may begin to play in one: that can wait until the database keeps up.
    ///
    /// # Errors
    /// RETRY_LATER.
    pub(super) fn durable_rooms_may_begin(&mut self, now: Now) -> Result<(), Halt> {
        self.durable_rooms_may()?;
        self.scarcity.admits_value(now.instant)
    }

    /// Lets durable rooms go on, or makes them stand still, as there is room for what they do, and somebody who makes it
    /// durable.
    pub(in crate::logic) fn govern_rooms(&mut self, now: Now) {
        if !self.hosting.clocks[PASSING].is_going() {
            self.hosting.clocks[PASSING].go(0, now.instant);
        }
        self.hosting.undurable.durable(self.pipeline.durable());
        let is_late = self.hosting.undurable.late_at().is_some_and(|at| at <= now.instant);
        let may = self.is_ready()
            && self.scarcity.level() < Level::Red
            && self.pipeline.is_up()
            && !is_late
            && self.pipeline.has_room()
            && self.delivery.has_room();
        if may == self.hosting.clocks[DURABLE].is_going() {
            self.tell_late(now);
            return self.tell_standing(now);
        }
        if may {
            self.hosting.clocks[DURABLE].go(0, now.instant);
            let told = self.hosting.stands.take().is_some_and(|(_, is_told)| is_told);
            if told {
                self.tell_durable("rooms_go_on", "Matches go on.");
            }
            self.tell_late(now);
        } else {
            self.hosting.clocks[DURABLE].stop(now.instant);
            self.hosting.stands = Some((now.instant, false));
        }
    }

    /// At the end of a turn: what it made waits from now on.
    pub(in crate::logic) fn note_undurable(&mut self, now: Now) {
        let (made, durable) = (self.pipeline.made(), self.pipeline.durable());
        self.hosting.undurable.made(made, durable, now.instant);
    }

    /// Lets durable rooms hear what they missed of their members while they stood still, as far as there is room for it.
    fn tell_late(&mut self, now: Now) {
        while self.durable_rooms_hear()
            && let Some(((id, account), what)) = self.hosting.late.pop_first()
        {
            let change = if matches!(what, What::Leave(_)) { Change::Gone } else { Change::Is };
            if self.tell_room(id, what, None, now) {
                self.tell_member(id, account, change);
                self.close_if_empty(id, now);
            }
        }
    }

    /// A moment nobody notices; of more, members are told.
    fn tell_standing(&mut self, now: Now) {
        if let Some((since, is_told)) = &mut self.hosting.stands
            && !*is_told
            && STANDS_TOLD <= now.instant.saturating_duration_since(*since)
        {
            *is_told = true;
            self.tell_durable("rooms_stand_still", "Matches stand still for a moment.");
        }
    }

    fn tell_durable(&mut self, name: &str, text: &str) {
        let notice = Notice { name: name.to_owned(), text: text.to_owned() };
        let mut bytes = Vec::new();
        wire::put(&mut bytes, Packet { kind: kinds::NOTICE, ..Packet::default() }, &notice);
        let members: Vec<ConnKey> =
            self.hosting.seated.keys().filter_map(|account| self.online.get(account).copied()).collect();
        for key in members {
            self.delivery.send_now(key, Lane::Control, false, &bytes);
        }
    }
}

/// Rooms that stand still for so long say so.
const STANDS_TOLD: Duration = Duration::from_secs(1);
/// What is said to durable rooms while they stand still comes again after this.
const ROOMS_STAND_MS: u32 = 1_000;
/// A record that is not durable by then: what rooms say reaches nobody in time. Longer than syncs take that are slow.
const LATE_AFTER: Duration = Duration::from_secs(1);
