//! The load engine as a crowd of walkers: guests, each with a character that walks about its place ten times
//! a second. One in eight is a watcher: every move that it sees must be one that was sent, and is timed. If all
//! were, the load engine would take the cores that it measures.

pub mod cell;
pub mod march;
pub mod plan;
pub mod seen;
pub mod steps;
#[cfg(test)]
mod tests;

use std::time::Instant;

use proto::{
    client::{CharCreate, CharEnter, Character, Entered, Move, MoveRefused},
    frame::{FrameBuf, Header},
    kinds,
    limits::{CLIENT_PROTOCOL, SERVER_FRAME_BYTES_MAX},
    packet::{Packet, Packets},
    prescan::Budget,
    wire::{self, AnswerRef},
};

use super::{
    Codec, Received,
    ding::{Wrong, in_frame, kind},
    inflated::Inflated,
};
use crate::{
    clock,
    error::{Error, LoadError},
};
use cell::CellRef;
use plan::{CELL_MM, Plan, Point};
use seen::{Others, Seen, others};
use steps::{SEQS, Steps};

/// The codec.
pub struct Walkers {
    crowd: Crowd,
    inflated: Inflated,
}

/// All walkers.
struct Crowd {
    plan: Plan,
    columns: u32,
    walkers: Vec<Walker>,
    /// Walker by avatar.
    by_avatar: Vec<u32>,
    since: Instant,
    /// When the next move was meant to leave, microseconds.
    due_us: u32,
    seen: Seen,
}

#[derive(Default)]
struct Walker {
    avatar: u32,
    /// Where the server has it.
    cell: u32,
    steps: Steps,
    sent: Vec<Sent>,
}

/// A move on its way.
#[derive(Clone, Copy, Default)]
struct Sent {
    at: Point,
    due_us: u32,
    left_us: u32,
}

/// One connection.
#[derive(Default)]
pub struct State {
    frames: FrameBuf,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Greeting,
    LoggingIn,
    Creating,
    Entering,
    Ready,
}

impl Walkers {
    /// For a server that plays by this map.
    ///
    /// # Errors
    /// No histogram of such bounds.
    pub fn new(plan: Plan) -> Result<Self, Error> {
        let columns = plan.columns();
        let crowd = Crowd {
            plan,
            columns,
            walkers: Vec::new(),
            by_avatar: Vec::new(),
            since: clock::now(),
            due_us: 0,
            seen: Seen::new()?,
        };
        Ok(Self { crowd, inflated: Inflated::default() })
    }

    /// When the moves that are asked for from now on were meant to leave.
    pub fn due(&mut self, due: Instant) {
        self.crowd.due_us = self.crowd.us(due);
    }

    /// Gives everybody a place to go to.
    pub fn spread(&mut self) {
        let walkers = &mut self.crowd.walkers;
        let at: Vec<Point> = walkers.iter().map(|walker| walker.steps.at()).collect();
        for (walker, place) in walkers.iter_mut().zip(self.crowd.plan.assign(&at)) {
            walker.steps.go_to(place);
        }
    }

    /// Whether everybody has come to its place.
    #[must_use]
    pub fn are_there(&self) -> bool {
        self.crowd.walkers.iter().all(|walker| walker.steps.is_there())
    }

    /// Begins to count.
    pub fn count(&mut self) {
        self.crowd.seen.reset();
    }

    /// What was seen.
    #[must_use]
    pub fn seen(&self) -> &Seen {
        &self.crowd.seen
    }

    /// Who is around whom, now.
    #[must_use]
    pub fn others(&self) -> Others {
        let columns = self.crowd.columns;
        let mut cells = vec![0; (columns * columns) as usize];
        for walker in &self.crowd.walkers {
            if let Some(count) = cells.get_mut(walker.cell as usize) {
                *count += 1;
            }
        }
        others(&cells, columns)
    }
}

impl Codec for Walkers {
    type State = State;

    fn open(&mut self, index: usize, _state: &mut State, out: &mut Vec<u8>) {
        self.crowd.walkers.resize_with(index + 1, Walker::default);
        let hello = proto::client::Hello { protocol: CLIENT_PROTOCOL, client: "lab".to_owned() };
        in_frame(out, |out| wire::put(out, kind(kinds::HELLO), &hello));
    }

    fn is_ready(&self, state: &State) -> bool {
        state.phase == Phase::Ready
    }

    fn request(&mut self, index: usize, _state: &mut State, count: u32, out: &mut Vec<u8>) {
        for _ in 0..count {
            let step = self.crowd.step(index);
            in_frame(out, |out| wire::put(out, kind(kinds::MOVE), &step));
        }
    }

    fn receive(
        &mut self,
        index: usize,
        state: &mut State,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Received, LoadError> {
        let Self { crowd, inflated } = self;
        let State { frames, phase } = state;
        let now_us = crowd.us(clock::now());
        frames
            .feed(input, SERVER_FRAME_BYTES_MAX, |header: Header, body| {
                let body = if header.deflated {
                    inflated.inflate(body).map_err(|error| Wrong(error.to_string()))?
                } else {
                    body
                };
                for packet in Packets::new(body) {
                    crowd.take(index, phase, packet?, now_us, out)?;
                }
                Ok(())
            })
            .map_err(|wrong: Wrong| wrong.of(index))?;
        Ok(Received::default())
    }
}

impl Crowd {
    fn us(&self, at: Instant) -> u32 {
        // A run lasts minutes; this many microseconds are more than an hour.
        u32::try_from(at.saturating_duration_since(self.since).as_micros()).unwrap_or(u32::MAX)
    }

    fn take(
        &mut self,
        index: usize,
        phase: &mut Phase,
        packet: Packet<'_>,
        now_us: u32,
        out: &mut Vec<u8>,
    ) -> Result<(), Wrong> {
        match (*phase, packet.kind) {
            (_, kinds::CELL_STATE) => return self.hear(index, packet.body, now_us),
            (_, kinds::PING) => in_frame(out, |out| wire::put_plain(out, kinds::PONG, packet.body)),
            (_, kinds::CLOSE) => return Err(Wrong::closed(packet.body)),
            (Phase::Greeting, kinds::WELCOME) => {
                *phase = Phase::LoggingIn;
                in_frame(out, |out| kind(kinds::LOGIN_GUEST).put(out));
            }
            // A thousand at once wait their turn; a disk that others use may be slow.
            (Phase::LoggingIn, kinds::LOGIN_QUEUED) | (_, kinds::NOTICE) => {}
            (Phase::LoggingIn, kinds::LOGGED_IN) => {
                *phase = Phase::Creating;
                let create = CharCreate { name: format!("walker{index:06}") };
                let head = Packet { kind: kinds::CHAR_CREATE, cseq: 1, ..Packet::default() };
                in_frame(out, |out| wire::put(out, head, &create));
            }
            (Phase::Creating, kinds::ANSWER) => {
                *phase = Phase::Entering;
                let character: Character = wire::decode(answered(packet)?, Budget::CLIENT)?;
                let head = Packet { kind: kinds::CHAR_ENTER, cseq: 2, ..Packet::default() };
                in_frame(out, |out| wire::put(out, head, &CharEnter { character: character.id }));
            }
            (Phase::Entering, kinds::ANSWER) => {
                *phase = Phase::Ready;
                let entered: Entered = wire::decode(answered(packet)?, Budget::CLIENT)?;
                self.enter(index, &entered)?;
            }
            (Phase::Ready, kinds::MOVE_REFUSED) => {
                let refused: MoveRefused = wire::decode(packet.body, Budget::CLIENT)?;
                return Err(Wrong(format!("move {} was refused: {}", refused.seq, refused.reason)));
            }
            (phase, kind) => return Err(Wrong(format!("a packet of kind {kind} while {phase:?}"))),
        }
        Ok(())
    }

    fn enter(&mut self, index: usize, entered: &Entered) -> Result<(), Wrong> {
        let Some(facts) = &entered.map else { return Err(Wrong("no map".to_owned())) };
        let is_planned = facts.columns == self.columns && i32::try_from(facts.cell_mm) == Ok(CELL_MM);
        if !is_planned || AVATARS_MAX < facts.avatar {
            return Err(Wrong(format!("another map than was planned: {facts:?}")));
        }
        let at = Point { x_mm: facts.x_mm, y_mm: facts.y_mm };
        let column_row =
            [at.x_mm, at.y_mm].map(|mm| u32::try_from(mm / CELL_MM).unwrap_or(0).min(self.columns - 1));
        self.walkers[index] = Walker {
            avatar: facts.avatar,
            cell: column_row[0] + column_row[1] * self.columns,
            steps: Steps::new(at, self.plan.edge_mm(), index as u64),
            sent: vec![Sent::default(); SEQS.cast_unsigned() as usize],
        };
        let slot = facts.avatar as usize;
        if self.by_avatar.len() <= slot {
            self.by_avatar.resize(slot + 1, NOBODY);
        }
        self.by_avatar[slot] = u32::try_from(index).unwrap_or(NOBODY);
        Ok(())
    }

    fn step(&mut self, index: usize) -> Move {
        let left_us = self.us(clock::now());
        let walker = &mut self.walkers[index];
        let (seq, at) = walker.steps.advance();
        walker.sent[Steps::slot(at)] = Sent { at, due_us: self.due_us, left_us };
        self.seen.moves += 1;
        self.seen.late.saturating_record(u64::from(left_us.saturating_sub(self.due_us)));
        Move { seq, x_mm: at.x_mm, y_mm: at.y_mm }
    }

    fn hear(&mut self, index: usize, body: &[u8], now_us: u32) -> Result<(), Wrong> {
        let cell = CellRef::read(body)?;
        let Self { walkers, by_avatar, seen, columns, .. } = self;
        let own = walkers[index].avatar;
        if own == 0 {
            // Snapshots come before the answer that says who it is.
            return Ok(());
        }
        if walkers[index].cell != cell.cell && cell.has_appeared(own)? {
            walkers[index].cell = cell.cell;
        }
        seen.tick(cell.tick);
        if !index.is_multiple_of(WATCHER_EACH) {
            return Ok(());
        }
        let mut false_move = None;
        cell.each_moved(*columns, |avatar, at| {
            let mover = by_avatar.get(avatar as usize).and_then(|index| walkers.get(*index as usize));
            let Some(mover) = mover else { return false_move = Some((avatar, at)) };
            let sent = mover.sent[Steps::slot(at)];
            if sent.at != at {
                seen.unknown += 1;
            } else if avatar != own {
                seen.meant.saturating_record(u64::from(now_us.saturating_sub(sent.due_us)));
                seen.left.saturating_record(u64::from(now_us.saturating_sub(sent.left_us)));
            }
        })?;
        match false_move {
            Some((avatar, at)) => Err(Wrong(format!("avatar {avatar}, which is nobody's, moved to {at:?}"))),
            None => Ok(()),
        }
    }
}

/// The result of an answer, which must be OK.
fn answered(packet: Packet<'_>) -> Result<&[u8], Wrong> {
    let answer = AnswerRef::decode(packet.body)?;
    if answer.status != 0 {
        let error = String::from_utf8_lossy(answer.error);
        return Err(Wrong(format!("command {} got status {}: {error}", packet.re, answer.status)));
    }
    Ok(answer.result)
}

/// Every so manieth walker watches.
pub const WATCHER_EACH: usize = 8;
const NOBODY: u32 = u32::MAX;
/// Avatars are numbered from 1, and a bench's server is new.
const AVATARS_MAX: u32 = 1 << 20;
