//! Where the player was by its own commands: in a room, in the world with a character; and the way back there
//! after a login or a reset, step by step. Knows no numbers of commands.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::kinds::{CHAR_ENTER, CHAR_LEAVE, ROOM_JOIN, ROOM_LEAVE};

use crate::logic::types::Outcome;

#[derive(Debug, Default)]
pub(super) struct Whereabouts {
    room: Option<Vec<u8>>,
    character: Option<Vec<u8>>,
    steps: VecDeque<Step>,
    step: Pace,
}

#[derive(Clone, Debug)]
struct Step {
    kind: u32,
    body: Vec<u8>,
}

/// How far the first step is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Pace {
    /// To be sent.
    #[default]
    Due,
    /// Sent.
    Asked,
    /// To be sent again then.
    At(Instant),
}

impl Whereabouts {
    /// A command of the player's happened.
    pub(super) fn happened(&mut self, kind: u32, body: &[u8]) {
        match kind {
            ROOM_JOIN => self.room = Some(body.to_vec()),
            ROOM_LEAVE => self.room = None,
            CHAR_ENTER => self.character = Some(body.to_vec()),
            CHAR_LEAVE => self.character = None,
            _ => {}
        }
    }

    /// The server put it out of its room.
    pub(super) fn put_out(&mut self) {
        self.room = None;
    }

    /// It is nowhere, and does not want back.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// It is nowhere, and wants back to where it was.
    pub(super) fn go_back(&mut self) {
        self.step = Pace::Due;
        let enter = self.character.clone().map(|body| Step { kind: CHAR_ENTER, body });
        let join = self.room.clone().map(|body| Step { kind: ROOM_JOIN, body });
        self.steps = enter.into_iter().chain(join).collect();
    }

    /// Whether it is on its way.
    pub(super) fn is_on_way(&self) -> bool {
        !self.steps.is_empty()
    }

    /// The next step, if it is to be taken now.
    pub(super) fn next(&mut self, now: Instant) -> Option<(u32, Vec<u8>)> {
        let step = self.steps.front()?;
        let is_due = match self.step {
            Pace::Due => true,
            Pace::Asked => false,
            Pace::At(at) => at <= now,
        };
        is_due.then(|| {
            self.step = Pace::Asked;
            (step.kind, step.body.clone())
        })
    }

    /// When [`Self::next`] has something that it had not before.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.step {
            Pace::At(at) if self.is_on_way() => Some(at),
            Pace::Due | Pace::Asked | Pace::At(_) => None,
        }
    }

    /// The step got this answer; what the program is to be told of it.
    pub(super) fn answered(&mut self, outcome: Outcome, now: Instant) -> Option<(u32, Outcome)> {
        let step = self.steps.pop_front()?;
        self.step = Pace::Due;
        match &outcome {
            Outcome::RetryLater { after_ms, .. } => {
                let after = Duration::from_millis((*after_ms).into()).clamp(RETRY_MIN, RETRY_MAX);
                self.step = Pace::At(now + after);
                self.steps.push_front(step);
                return None;
            }
            Outcome::Rejected(_) => match step.kind {
                ROOM_JOIN => self.room = None,
                _ => self.character = None,
            },
            Outcome::Ok(_) => self.happened(step.kind, &step.body),
        }
        Some((step.kind, outcome))
    }
}

const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(5);
