//! Dbfront's process: what its driver does around the logic, one small step at a time and on one thread. Where the
//! real threads wait for each other, here a step is not taken yet.

mod desk;
mod journalling;
mod peer;
mod reading;
mod start;
mod storing;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use self::{desk::Desk, journalling::Journalling, reading::Reading, start::Starting, storing::Storing};
use super::{
    around::Around,
    fault::FaultKind,
    truth::{Wrong, wrong},
};
use dbfront::{driver::messages::Event, logic::frame::Identity};
use proto::ids::Lsn;

/// See the module.
#[derive(Debug)]
pub(super) struct Front {
    identity: Identity,
    state: State,
    /// Faults that had struck when this process began.
    before: Before,
}

#[derive(Debug)]
enum State {
    Down { until: Instant },
    Starting(Box<Starting>),
    Up(Box<Up>),
}

/// All threads of a process that serves.
#[derive(Debug)]
struct Up {
    desk: Desk,
    journalling: Journalling,
    storing: Storing,
    reading: Reading,
    events: VecDeque<Event>,
}

/// Why a step was the last one of its process.
#[derive(Debug)]
pub(super) enum Ended {
    /// By its name.
    Stop(&'static str, String),
    /// The run has failed.
    Wrong(Wrong),
}

impl From<Wrong> for Ended {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

/// What a step can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Desk,
    Journal,
    Store,
    Reader,
}

#[derive(Clone, Copy, Debug, Default)]
struct Before {
    disk: u64,
    cursor: u64,
}

impl Before {
    fn of(around: &Around) -> Self {
        let faults = &around.faults;
        Self {
            disk: faults.struck(FaultKind::DiskIo) + faults.struck(FaultKind::DiskFull),
            cursor: faults.struck(FaultKind::StoreWentBack) + faults.struck(FaultKind::StoreUsurped),
        }
    }
}

impl Front {
    /// Not started yet.
    pub(super) fn new(identity: Identity, now: Instant) -> Self {
        Self { identity, state: State::Down { until: now }, before: Before::default() }
    }

    pub(super) fn is_down(&self) -> bool {
        matches!(self.state, State::Down { .. })
    }

    /// The oldest record that its journal can give.
    pub(super) fn oldest(&self) -> Option<Lsn> {
        match &self.state {
            State::Up(up) => Some(up.journalling.journal.oldest_lsn()),
            _ => None,
        }
    }

    /// Whether all that came is durable and applied.
    pub(super) fn is_settled(&self, last: Lsn) -> bool {
        match &self.state {
            State::Up(up) => up.desk.is_settled(last) && up.journalling.is_idle() && up.events.is_empty(),
            _ => false,
        }
    }

    /// One step of one thread. Says whether there was anything to do.
    pub(super) fn step(&mut self, part: Part, around: &mut Around) -> Result<bool, Wrong> {
        let stepped = match &mut self.state {
            State::Down { until } if *until <= around.clock.now() => {
                self.before = Before::of(around);
                self.state = State::Starting(Box::default());
                around.tell("dbfront", format_args!("starts"));
                Ok(true)
            }
            State::Down { .. } => return Ok(false),
            State::Starting(starting) => match starting.step(self.identity, around) {
                Ok(None) => Ok(true),
                Ok(Some(up)) => {
                    self.state = State::Up(up);
                    around.wires.listen(true);
                    Ok(true)
                }
                Err(ended) => Err(ended),
            },
            State::Up(up) => up.step(part, around),
        };
        if let Some(is_power_lost) = around.platter.died() {
            // Whatever the step came to, nobody saw it.
            around.tell(
                "dbfront",
                format_args!("ends inside a call{}", if is_power_lost { ", without power" } else { "" }),
            );
            self.end(around, is_power_lost);
            return Ok(true);
        }
        match stepped {
            Ok(did) => Ok(did),
            Err(Ended::Wrong(wrong)) => Err(wrong),
            Err(Ended::Stop(code, detail)) => {
                around.tell("dbfront", format_args!("stops: {code} ({detail})"));
                if self.allowed(code, &detail, around)? {
                    around.loud = Some(code);
                }
                if let State::Up(up) = &mut self.state {
                    up.desk.close(Some((code, &detail)), around);
                }
                self.end(around, false);
                Ok(true)
            }
        }
    }

    /// A stop must have its fault. Says whether only a person finds a way from there.
    fn allowed(&self, code: &'static str, detail: &str, around: &Around) -> Result<bool, Wrong> {
        let now = Before::of(around);
        match code {
            "JOURNAL_FAILED" | "JOURNAL_FULL" if self.before.disk < now.disk => Ok(false),
            "DB_FENCED" if self.before.cursor < now.cursor => Ok(false),
            // What it went back to may be older than what is kept.
            "JOURNAL_TOO_SHORT" | "MISSING_SEGMENT" if 0 < around.faults.struck(FaultKind::StoreWentBack) => {
                Ok(true)
            }
            // Whatever the name: it did not go on as if nothing were missing.
            _ if 0 < around.faults.lied() => Ok(true),
            _ => wrong("stop", format!("dbfront stopped by {code} without a reason: {detail}")),
        }
    }

    /// The process is killed from outside.
    pub(super) fn kill(&mut self, around: &mut Around, is_power_lost: bool) {
        if self.is_down() {
            if is_power_lost {
                let seed = around.dice.below(4);
                around.platter.after_power_loss(if seed == 0 { 0 } else { around.dice.long() | 1 });
            }
            return;
        }
        let how = if is_power_lost { "loses power" } else { "is killed" };
        around.tell("dbfront", format_args!("{how}"));
        self.end(around, is_power_lost);
    }

    fn end(&mut self, around: &mut Around, is_power_lost: bool) {
        around.wires.listen(false);
        if let State::Up(up) = &mut self.state {
            up.desk.drop_links(around, is_power_lost);
        }
        if is_power_lost {
            // Seed 0 keeps nothing that was not synced.
            let seed = if around.dice.below(4) == 0 { 0 } else { around.dice.long() | 1 };
            around.platter.after_power_loss(seed);
        } else {
            around.platter.after_kill();
        }
        let pause =
            Duration::from_millis(if around.dice.below(8) == 0 { 2_000 } else { around.dice.within(2, 60) });
        self.state = State::Down { until: around.clock.now() + pause };
    }
}

impl Up {
    fn step(&mut self, part: Part, around: &mut Around) -> Result<bool, Ended> {
        match part {
            Part::Desk => self.desk.step(&mut self.journalling, &mut self.reading, &mut self.events, around),
            Part::Journal => self.journalling.step(&mut self.storing, &mut self.events, around),
            Part::Store => {
                self.storing.step(&mut self.journalling, &mut self.reading, &mut self.events, around)
            }
            Part::Reader => self.reading.step(&mut self.events, around),
        }
    }
}
