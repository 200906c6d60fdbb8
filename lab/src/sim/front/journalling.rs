//! The thread that writes the journal, as `dbfront::driver::journal_thread`: append what gathered, commit, and only
//! then tell. Each of these is a step, so that a crash comes between any two.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use dbfront::{
    driver::messages::{Event, ToJournal},
    logic::{
        decode::Frame,
        journal::{Journal, JournalError, Keep, TurnFrame},
    },
};
use proto::ids::Lsn;

use super::{Ended, storing::Storing};
use crate::sim::{around::Around, platter::Platter};

/// See the module.
#[derive(Debug)]
pub(super) struct Journalling {
    pub(super) journal: Journal<Platter>,
    pub(super) turns: VecDeque<ToJournal>,
    frames: Vec<Frame>,
    pub(super) applied: Lsn,
    quiet_since: Instant,
    sweep_at: Instant,
}

impl Journalling {
    pub(super) fn new(journal: Journal<Platter>, applied: Lsn, around: &Around) -> Self {
        let now = around.clock.now();
        let (turns, frames) = (VecDeque::new(), Vec::new());
        Self { journal, turns, frames, applied, quiet_since: now, sweep_at: now + SWEEP }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.turns.is_empty() && self.frames.is_empty()
    }

    pub(super) fn step(
        &mut self,
        storing: &mut Storing,
        events: &mut VecDeque<Event>,
        around: &mut Around,
    ) -> Result<bool, Ended> {
        let now = around.clock.now();
        let is_group_closed = around.dice.below(3) == 0
            || self.turns.is_empty()
            || matches!(self.turns.front(), Some(ToJournal::Epoch { .. }));
        if !self.frames.is_empty() && is_group_closed {
            self.quiet_since = now;
            return self.commit(storing, events, around);
        }
        if let Some(next) = self.turns.pop_front() {
            self.quiet_since = now;
            return self.take(next, events, around);
        }
        if self.sweep_at <= now {
            self.sweep_at = now + SWEEP;
            let gone = self.journal.unlink_settled(self.keep(around)).map_err(|error| stop(&error))?;
            if gone.segments != 0 {
                around.tell("dbfront", format_args!("{} old segments go", gone.segments));
            }
            return Ok(true);
        }
        if self.journal.wants_mark() && self.quiet_since + MARK_AFTER <= now {
            return match self.journal.mark(around.clock.front_wall_ms()) {
                Ok(marked) => {
                    if marked {
                        around.truth.proven(self.journal.durable());
                    }
                    Ok(marked)
                }
                Err(JournalError::Full { .. }) => Ok(false),
                Err(error) => Err(stop(&error)),
            };
        }
        Ok(false)
    }

    fn take(
        &mut self,
        next: ToJournal,
        events: &mut VecDeque<Event>,
        around: &mut Around,
    ) -> Result<bool, Ended> {
        let wall_ms = around.clock.front_wall_ms();
        let done = match &next {
            ToJournal::Turn { first, count, epoch, body, changes } => {
                let turn = TurnFrame { first_lsn: *first, count: *count, epoch: *epoch, wall_ms, body };
                self.journal.append(&turn).map(|at| {
                    let (chain, changes) = (at.chain.0, changes.clone().into());
                    let (first, last, epoch, bytes) = (*first, at.last_lsn, *epoch, body.len());
                    self.frames.push(Frame { first, last, epoch, chain, bytes, changes });
                })
            }
            ToJournal::Amend(amendment) => {
                self.journal.amend(amendment, wall_ms).map(|()| events.push_back(Event::Amended))
            }
            ToJournal::Epoch { epoch, instance } => self
                .journal
                .begin_epoch(*epoch, *instance, wall_ms)
                .map(|()| events.push_back(Event::EpochBegun(*epoch))),
        };
        match done {
            Ok(()) => Ok(true),
            Err(JournalError::Full { .. }) => {
                self.turns.push_front(next);
                Ok(true)
            }
            Err(error) => Err(stop(&error)),
        }
    }

    fn commit(
        &mut self,
        storing: &mut Storing,
        events: &mut VecDeque<Event>,
        around: &mut Around,
    ) -> Result<bool, Ended> {
        let before = self.journal.durable();
        let durable = match self.journal.commit() {
            Ok(durable) => durable.lsn(),
            Err(JournalError::Full { .. }) => return Ok(true),
            Err(error) => return Err(stop(&error)),
        };
        // Each of its frames says what was durable when it was written.
        around.truth.proven(before);
        around.tell("dbfront", format_args!("{durable} is durable"));
        events.push_back(Event::Durable(durable));
        self.frames.drain(..).for_each(|frame| storing.backlog.offer(frame));
        match self.journal.prepare(self.keep(around)) {
            Ok(_) | Err(JournalError::Full { .. }) => Ok(true),
            Err(error) => Err(stop(&error)),
        }
    }

    fn keep(&self, around: &Around) -> Keep {
        Keep { applied: self.applied, pinned_from: None, now_ms: around.clock.front_wall_ms() }
    }
}

fn stop(error: &JournalError) -> Ended {
    Ended::Stop(error.code(), error.to_string())
}

const MARK_AFTER: Duration = Duration::from_millis(50);
const SWEEP: Duration = Duration::from_secs(30);
