//! Where the player was by its own commands: in a room, in the world with a character; and the way back there
//! after a login or a reset, step by step. Knows no numbers of commands.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::{
    client::{RoomJoin, RoomJoined, RoomMatched},
    kinds::{CHAR_ENTER, CHAR_LEAVE, ROOM_CREATE, ROOM_JOIN, ROOM_LEAVE},
    wire::{decode, encode},
};

use crate::logic::{echo::FROM_SERVER, types::Outcome};

#[derive(Debug, Default)]
pub(super) struct Whereabouts {
    room: Option<Seat>,
    character: Option<Vec<u8>>,
    steps: VecDeque<Step>,
    step: Pace,
}

/// In a room.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seat {
    /// To be taken again, by this command; the room of this number is gone with its server, 0: its number is not known.
    Taken { join: Vec<u8>, room: u64 },
    /// The server keeps it, in the room of this number.
    Kept(u64),
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
    /// A command of the player's happened. `result`: of its answer, empty if that was lost.
    pub(super) fn happened(&mut self, kind: u32, body: &[u8], result: &[u8]) {
        match kind {
            ROOM_JOIN => {
                let RoomJoined { room, keeps, .. } = joined(result);
                self.room =
                    Some(if keeps { Seat::Kept(room) } else { Seat::Taken { join: body.to_vec(), room } });
            }
            ROOM_CREATE => {
                let RoomJoined { room, name, player, keeps, .. } = joined(result);
                self.sits(room, name, !player, keeps);
            }
            ROOM_LEAVE => self.room = None,
            CHAR_ENTER => self.character = Some(body.to_vec()),
            CHAR_LEAVE => self.character = None,
            _ => {}
        }
    }

    /// The server seated it in a new room.
    pub(super) fn matched(&mut self, matched: &RoomMatched) {
        self.sits(matched.room, matched.name.clone(), false, matched.keeps);
    }

    /// The server keeps its seat in the room of this number; 0: it keeps none, and what becomes of a seat that is to be
    /// taken again is for [`Self::go_back`] to say. The room in which it kept one before, if that is over.
    pub(super) fn kept(&mut self, room: u64) -> Option<u64> {
        let before = match self.room {
            Some(Seat::Kept(before)) => Some(before),
            Some(Seat::Taken { .. }) | None => None,
        };
        if room != 0 {
            self.room = Some(Seat::Kept(room));
        } else if before.is_some() {
            self.room = None;
        }
        before.filter(|before| *before != room)
    }

    fn sits(&mut self, room: u64, name: String, spectate: bool, keeps: bool) {
        self.room = if keeps {
            Some(Seat::Kept(room))
        } else {
            // Without a name its answer was lost, and with it which room it is.
            (!name.is_empty()).then(|| Seat::Taken { join: encode(&RoomJoin { room: name, spectate }), room })
        };
    }

    /// The server is another one: the room in which nobody keeps the player's seat, and which is no more.
    pub(super) fn restarted(&mut self) -> Option<u64> {
        match &mut self.room {
            // A room of the same name is another one.
            Some(Seat::Taken { room, .. }) => Some(std::mem::take(room)).filter(|room| *room != 0),
            Some(Seat::Kept(_)) | None => None,
        }
    }

    /// The server put it out of its room.
    pub(super) fn put_out(&mut self) {
        self.room = None;
    }

    /// It is nowhere but in a seat that is kept, and does not want back.
    pub(super) fn forget(&mut self) {
        let room = self.room.take().filter(|room| matches!(room, Seat::Kept(_)));
        *self = Self { room, ..Self::default() };
    }

    /// It is nowhere but in a seat that is kept, and wants back to where it was.
    pub(super) fn go_back(&mut self) {
        self.step = Pace::Due;
        let enter = self.character.clone().map(|body| Step { kind: CHAR_ENTER, body });
        let join = match &self.room {
            Some(Seat::Taken { join, .. }) => Some(Step { kind: ROOM_JOIN, body: join.clone() }),
            Some(Seat::Kept(_)) | None => None,
        };
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
            Outcome::Ok(result) => self.happened(step.kind, &step.body, result),
        }
        Some((step.kind, outcome))
    }
}

fn joined(result: &[u8]) -> RoomJoined {
    decode(result, FROM_SERVER).unwrap_or_default()
}

const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(5);
