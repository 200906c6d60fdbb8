//! The way out: what was executed becomes durable, its answers leave, clients hear that we stop, unless they are left
//! to a successor. Knows figures and times only.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::{error::Error, logic::figures::WorldFigures};

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

/// What becomes of the clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Farewell {
    /// Each is told and closed.
    CloseClients,
    /// Gateways keep them, as after a crash, for another game to seat them again.
    HandOver,
}

/// How far a stop has come.
#[derive(Debug)]
pub(super) struct Stopping {
    farewell: Farewell,
    began: Instant,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Records and their answers are under way.
    Flushing,
    /// Goodbyes, or the last answers, are under way.
    Closing { since: Instant, unfinished: u64 },
}

impl Stopping {
    pub(super) fn new(farewell: Farewell, now: Instant) -> Self {
        Self { farewell, began: now, stage: Stage::Flushing }
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
                match self.farewell {
                    Farewell::CloseClients => Verdict::CloseClients,
                    // Nothing more is to be said: the answers may have left already.
                    Farewell::HandOver => self.after_turn(now, figures, backlog),
                }
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
