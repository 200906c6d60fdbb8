//! Game's end of the link to dbfront, as `game::driver::{store, pump, calls}`: found, greeted, kept, found again. What
//! game says of itself and when it comes again is game's own.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use game::logic::{
    claim::{Claim, Refusal, refusal},
    event::{Read, ReadTag, Turn},
};
use proto::{
    ids::{Epoch, Lsn},
    link::{LinkWelcome, ReadRequest, ReadResponse},
    link_io::{LinkBuf, Op, Record},
    prescan::Budget,
    rpc::{CallId, Caller, Failure},
    wire,
};

use super::End;
use crate::sim::{
    around::Around,
    wire::{self as wires, LinkNo},
};

/// What the link told.
#[derive(Debug)]
pub(super) enum Heard {
    Up { epoch: Epoch, durable: Lsn, applied: Lsn },
    Down,
    Durable(Lsn),
    Applied(Lsn),
    Rows(ReadTag, Result<ReadResponse, Failure>),
    Refused(Refusal),
}

/// See the module.
#[derive(Debug)]
pub(super) struct Link {
    claim: Claim,
    state: State,
    caller: Caller<Option<ReadTag>>,
    releases: VecDeque<ReadRequest>,
    replies: Vec<(ReadTag, Result<ReadResponse, Failure>)>,
}

#[derive(Debug)]
enum State {
    /// Tried again then.
    Away {
        again_at: Option<Instant>,
    },
    Open {
        number: LinkNo,
        input: LinkBuf,
        is_welcome: bool,
        heard_at: Instant,
        sent_at: Instant,
    },
}

impl Link {
    pub(super) fn new(instance: u64) -> Self {
        Self {
            claim: Claim::new(instance, false),
            state: State::Away { again_at: None },
            caller: Caller::default(),
            releases: VecDeque::new(),
            replies: Vec::new(),
        }
    }

    pub(super) fn number(&self) -> Option<LinkNo> {
        match &self.state {
            State::Open { number, .. } => Some(*number),
            State::Away { .. } => None,
        }
    }

    /// What is known without a word from dbfront: calls that ended by themselves.
    pub(super) fn known(&mut self, now: Instant) -> Vec<(ReadTag, Result<ReadResponse, Failure>)> {
        for (_, tag) in self.caller.expire(now) {
            self.replies.extend(tag.map(|tag| (tag, Err(Failure::Deadline))));
        }
        std::mem::take(&mut self.replies)
    }

    /// Keeps the link, and says what came over it. `held_from` is the first record that could be sent again.
    pub(super) fn hear(&mut self, held_from: Option<Lsn>, around: &mut Around) -> Result<Vec<Heard>, End> {
        let now = around.clock.now();
        let mut heard = Vec::new();
        let (number, read) = match &mut self.state {
            State::Away { again_at: Some(at) } if now < *at => return Ok(heard),
            State::Away { .. } => {
                self.open(held_from, around);
                return Ok(heard);
            }
            State::Open { number, heard_at, .. } => {
                let read = around.wires.read(*number, wires::End::Game);
                let is_silent = SILENCE <= now.saturating_duration_since(*heard_at);
                (*number, if is_silent && read == wires::Read::Nothing { wires::Read::End } else { read })
            }
        };
        match read {
            wires::Read::Nothing => {}
            wires::Read::End => self.lost(number, &mut heard, around),
            wires::Read::Bytes(bytes) => {
                if let State::Open { input, heard_at, .. } = &mut self.state {
                    *heard_at = now;
                    input.push(&bytes);
                }
                self.records(number, &mut heard, around)?;
            }
        }
        self.ping(around);
        Ok(heard)
    }

    fn open(&mut self, held_from: Option<Lsn>, around: &mut Around) {
        let now = around.clock.now();
        let Some(number) = around.wires.connect() else {
            self.claim.failed();
            self.rest(around);
            return;
        };
        let hello = self.claim.hello(held_from);
        let mut bytes = Vec::new();
        Record::new(Op::Hello, 0, 0, &wire::encode(&hello)).put(&mut bytes);
        around.wires.write(number, wires::End::Game, &bytes);
        let input = LinkBuf::default();
        self.state = State::Open { number, input, is_welcome: false, heard_at: now, sent_at: now };
    }

    fn rest(&mut self, around: &mut Around) {
        let random = u32::try_from(around.dice.below(1 << 32)).unwrap_or_default();
        self.state = State::Away { again_at: Some(around.clock.now() + self.claim.pause(random)) };
    }

    fn lost(&mut self, number: LinkNo, heard: &mut Vec<Heard>, around: &mut Around) {
        around.wires.close(number, wires::End::Game);
        let was_up = matches!(self.state, State::Open { is_welcome: true, .. });
        if !was_up {
            self.claim.failed();
        }
        self.rest(around);
        if was_up {
            around.tell("game", format_args!("its link is down"));
            self.releases.clear();
            for (_, tag) in self.caller.lose() {
                heard.extend(tag.map(|tag| Heard::Rows(tag, Err(Failure::LinkLost))));
            }
            heard.push(Heard::Down);
        }
    }

    fn records(&mut self, number: LinkNo, heard: &mut Vec<Heard>, around: &mut Around) -> Result<(), End> {
        let now = around.clock.now();
        let State::Open { input, .. } = &mut self.state else { return Ok(()) };
        let mut input = std::mem::take(input);
        let mut refused = None;
        loop {
            let State::Open { is_welcome, .. } = &mut self.state else { return Ok(()) };
            let record = match input.next() {
                Ok(Some(record)) => record,
                Ok(None) => break,
                Err(error) => return Err(End::Stop("GARBAGE".to_owned(), error.to_string())),
            };
            match (record.op, *is_welcome) {
                (Op::Welcome, false) => {
                    let Ok(welcome) = wire::decode::<LinkWelcome>(record.payload, Budget::LINK) else {
                        return Err(End::Stop("GARBAGE".to_owned(), "a welcome".to_owned()));
                    };
                    if !welcome.refused.is_empty() {
                        return self.refused(number, &welcome, around);
                    }
                    *is_welcome = true;
                    self.claim.welcomed(&welcome);
                    let (epoch, durable) = (Epoch(welcome.epoch), Lsn(welcome.durable));
                    heard.push(Heard::Up { epoch, durable, applied: Lsn(welcome.applied) });
                }
                (Op::Ping, true) => {
                    let mut bytes = Vec::new();
                    Record::new(Op::Pong, record.a, 0, &[]).put(&mut bytes);
                    around.wires.write(number, wires::End::Game, &bytes);
                }
                (Op::Pong, true) => {}
                (Op::Durable, true) => {
                    self.claim.durable(Lsn(record.a));
                    heard.push(Heard::Durable(Lsn(record.a)));
                }
                (Op::Applied, true) => heard.push(Heard::Applied(Lsn(record.a))),
                (Op::Reply, true) => {
                    let tag = self.caller.finish(CallId(record.a));
                    let result = match Failure::from_code(record.b) {
                        Some(failure) => Err(failure),
                        None => wire::decode(record.payload, Budget::LINK).map_err(|_| Failure::BadRequest),
                    };
                    heard.extend(tag.flatten().map(|tag| Heard::Rows(tag, result)));
                }
                (Op::Refused, true) => {
                    let text = String::from_utf8_lossy(record.payload).into_owned();
                    let (code, detail) = text.split_once(' ').unwrap_or((&text, ""));
                    refused = refusal(code, detail).map(Heard::Refused).or(refused);
                }
                (op, _) => return Err(End::Stop("OUT_OF_PLACE".to_owned(), format!("{op:?}"))),
            }
        }
        if let State::Open { input: place, .. } = &mut self.state {
            *place = input;
        }
        heard.extend(refused);
        self.send_releases(now, around);
        Ok(())
    }

    fn refused(&mut self, number: LinkNo, welcome: &LinkWelcome, around: &mut Around) -> Result<(), End> {
        around.wires.close(number, wires::End::Game);
        let stop = refusal(&welcome.refused, &welcome.detail).filter(|refusal| !self.claim.waits(refusal));
        self.claim.failed();
        self.rest(around);
        stop.map_or(Ok(()), |refusal| Err(refusal.into()))
    }

    fn is_up(&self) -> bool {
        matches!(self.state, State::Open { is_welcome: true, .. })
    }

    /// Sends a turn's share.
    pub(super) fn send(&mut self, turns: &[Turn], reads: &mut Vec<Read>, now: Instant, around: &mut Around) {
        let (true, Some(number)) = (self.is_up(), self.number()) else {
            let lost = reads.drain(..).filter_map(|read| Some((read.tag?, Err(Failure::LinkLost))));
            self.replies.extend(lost);
            return;
        };
        let mut bytes = Vec::new();
        for turn in turns {
            Record::new(Op::Turn, turn.lsn_first.0, turn.epoch.0, &turn.bytes).put(&mut bytes);
        }
        for read in reads.drain(..) {
            match (self.caller.begin(read.deadline, read.tag), read.tag) {
                (Ok(id), _) => put_call(&mut bytes, id, &read.request, read.deadline, now),
                (Err(_full), Some(tag)) => self.replies.push((tag, Err(Failure::Busy))),
                (Err(_full), None) => self.releases.push_back(read.request),
            }
        }
        self.write(number, &bytes, around);
    }

    fn send_releases(&mut self, now: Instant, around: &mut Around) {
        let Some(number) = self.number() else { return };
        let mut bytes = Vec::new();
        while let Some(request) = self.releases.pop_front() {
            let deadline = now + RELEASE_DEADLINE;
            let Ok(id) = self.caller.begin(deadline, None) else {
                self.releases.push_front(request);
                break;
            };
            put_call(&mut bytes, id, &request, deadline, now);
        }
        self.write(number, &bytes, around);
    }

    fn write(&mut self, number: LinkNo, bytes: &[u8], around: &mut Around) {
        if bytes.is_empty() {
            return;
        }
        if let State::Open { sent_at, .. } = &mut self.state {
            *sent_at = around.clock.now();
        }
        // A write in vain is found out by the read.
        around.wires.write(number, wires::End::Game, bytes);
    }

    fn ping(&mut self, around: &mut Around) {
        let now = around.clock.now();
        if let State::Open { number, is_welcome: true, sent_at, .. } = &self.state
            && PING_IDLE <= now.saturating_duration_since(*sent_at)
        {
            let number = *number;
            let mut bytes = Vec::new();
            Record::new(Op::Ping, 0, 0, &[]).put(&mut bytes);
            self.write(number, &bytes, around);
        }
    }
}

fn put_call(out: &mut Vec<u8>, id: CallId, request: &ReadRequest, deadline: Instant, now: Instant) {
    let left_ms = u64::try_from(deadline.saturating_duration_since(now).as_millis()).unwrap_or(u64::MAX);
    Record::new(Op::Call, id.0, left_ms, &wire::encode(request)).put(out);
}

const RELEASE_DEADLINE: Duration = Duration::from_secs(10);
const PING_IDLE: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(15);
