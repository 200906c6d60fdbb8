//! The way out: what was executed becomes durable, its answers leave, clients hear that we stop. Knows
//! figures and times only.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::{error::Error, logic::event::WorldFigures};

/// What to do after a turn.
#[derive(Debug)]
pub(super) enum Verdict {
    /// Another turn.
    GoOn,
    /// Another turn, in which each connection is closed.
    CloseClients,
    /// End.
    Done(Result<(), Error>),
}

/// How far a stop has come.
#[derive(Debug)]
pub(super) struct Stopping {
    began: Instant,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Records and their answers are under way.
    Flushing,
    /// Goodbyes are under way.
    Closing { since: Instant, unfinished: u64 },
}

impl Stopping {
    pub(super) fn new(now: Instant) -> Self {
        Self { began: now, stage: Stage::Flushing }
    }

    /// When to look again without any event.
    pub(super) fn next_deadline(&self, now: Instant) -> Instant {
        match self.stage {
            Stage::Flushing => self.began + FLUSH_MAX,
            // A link's task says nothing when its last byte has left.
            Stage::Closing { .. } => now + LOOK_AGAIN,
        }
    }

    /// `backlog` is what gateway links have not taken yet.
    pub(super) fn after_turn(&mut self, now: Instant, figures: &WorldFigures, backlog: usize) -> Verdict {
        // Not by what was told to be durable: a journal that lost some of that is to have it again.
        let records = figures.inflight_records;
        match self.stage {
            Stage::Flushing => {
                let is_late = self.began + FLUSH_MAX <= now;
                if !is_late && (0 < records || 0 < figures.release_bytes) {
                    return Verdict::GoOn;
                }
                self.stage = Stage::Closing { since: now, unfinished: records };
                Verdict::CloseClients
            }
            Stage::Closing { since, unfinished } => {
                if 0 < backlog && now < since + CLOSE_MAX {
                    return Verdict::GoOn;
                }
                let waited_s = FLUSH_MAX.as_secs();
                Verdict::Done(match unfinished {
                    0 => Ok(()),
                    records => Err(Error::StopUnfinished { records, waited_s }),
                })
            }
        }
    }
}

/// From the request until every record has to be durable.
const FLUSH_MAX: Duration = Duration::from_secs(10);
/// For goodbyes on the links.
const CLOSE_MAX: Duration = Duration::from_secs(2);
const LOOK_AGAIN: Duration = Duration::from_millis(5);
