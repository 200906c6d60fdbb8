//! The load engine as Ding's clients: guests that log in, join the room `echo` or pay each other, and
//! compare every byte that comes back.

#[cfg(test)]
mod tests;

use proto::{
    client::{LoggedIn, Pay, PayResult, RoomJoin},
    frame::{FrameBuf, FrameError, Header},
    kinds::{self, Lane},
    limits::{
        CLIENT_FRAME_BYTES_MAX, CLIENT_PROTOCOL, FRAME_HEADER_BYTES, SERVER_FRAME_BYTES_MAX, UNANSWERED_MAX,
    },
    packet::{Packet, PacketError, Packets, take_bytes, take_varint},
    prescan::Budget,
    wire::{self, AnswerRef, DecodeError},
};

use super::{
    Codec, PAYLOAD_BYTES, PUBLISHERS, Published, Received, bare::sender, inflated::Inflated, payload,
};
use crate::error::LoadError;

/// What the clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Play {
    /// `echo` in the room of that name.
    Echo,
    /// `echo_all` there.
    Fan,
    /// One gold at a time to somebody else.
    Pay,
}

/// The codec of a real gateway.
pub struct Ding {
    play: Play,
    world: World,
    inflated: Inflated,
}

/// What all connections know together.
#[derive(Default)]
struct World {
    /// Account by connection, 0 before login.
    accounts: Vec<u64>,
    /// Gold by connection, as last told.
    gold: Vec<i64>,
    random: u64,
    published: Published,
}

/// One connection.
#[derive(Default)]
pub struct State {
    frames: FrameBuf,
    talk: Talk,
}

#[derive(Default)]
struct Talk {
    phase: Phase,
    /// The last command that was sent.
    cseq: u64,
    /// Unanswered commands, by number modulo 64.
    unanswered: u64,
    /// The last message of each publisher.
    heard: [u64; PUBLISHERS],
    /// The payment that was answered last.
    lsn: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Greeting,
    LoggingIn,
    Joining,
    Ready,
}

impl Ding {
    /// For a server that is ready.
    #[must_use]
    pub fn new(play: Play) -> Self {
        Self { play, world: World::default(), inflated: Inflated::default() }
    }
}

impl Codec for Ding {
    type State = State;

    fn open(&mut self, index: usize, _state: &mut State, out: &mut Vec<u8>) {
        self.world.accounts.resize(index + 1, 0);
        self.world.gold.resize(index + 1, START_GOLD);
        let hello = proto::client::Hello { protocol: CLIENT_PROTOCOL, client: "lab".to_owned() };
        in_frame(out, |out| wire::put(out, kind(kinds::HELLO), &hello));
    }

    fn is_ready(&self, state: &State) -> bool {
        state.talk.phase == Phase::Ready
    }

    fn request(&mut self, index: usize, state: &mut State, count: u32, out: &mut Vec<u8>) {
        let Self { play, world, .. } = self;
        in_frame(out, |out| {
            for _ in 0..count {
                let cseq = state.talk.next();
                match play {
                    Play::Echo => {
                        let body = payload(sender(index), cseq);
                        Packet { kind: ECHO, cseq, body: &body, ..Packet::default() }.put(out);
                    }
                    Play::Fan => {
                        let body = world.published.publish(index, cseq);
                        Packet { kind: ECHO_ALL, cseq, body, ..Packet::default() }.put(out);
                    }
                    Play::Pay => {
                        let pay = Pay { to: world.payee(index), amount: 1 };
                        wire::put(out, Packet { kind: kinds::PAY, cseq, ..Packet::default() }, &pay);
                    }
                }
            }
        });
    }

    fn receive(
        &mut self,
        index: usize,
        state: &mut State,
        input: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<Received, LoadError> {
        let Self { play, world, inflated } = self;
        let State { frames, talk } = state;
        let mut received = Received::default();
        frames
            .feed(input, SERVER_FRAME_BYTES_MAX, |header: Header, body| {
                let body = if header.deflated {
                    inflated.inflate(body).map_err(|error| Wrong(error.to_string()))?
                } else {
                    body
                };
                for packet in Packets::new(body) {
                    talk.take(*play, world, index, packet?, &mut received, out)?;
                }
                Ok(())
            })
            .map_err(|wrong: Wrong| wrong.of(index))?;
        Ok(received)
    }
}

impl Talk {
    /// The next command's number.
    ///
    /// # Panics
    /// If as many commands wait as a client may have: a depth that no server may be asked for.
    fn next(&mut self) -> u64 {
        self.cseq += 1;
        let bit = 1 << (self.cseq % 64);
        assert_eq!(self.unanswered & bit, 0, "a depth above {UNANSWERED_MAX}");
        self.unanswered |= bit;
        self.cseq
    }

    fn take(
        &mut self,
        play: Play,
        world: &mut World,
        index: usize,
        packet: Packet<'_>,
        received: &mut Received,
        out: &mut Vec<u8>,
    ) -> Result<(), Wrong> {
        match (self.phase, packet.kind) {
            (_, kinds::PING) => in_frame(out, |out| wire::put_plain(out, kinds::PONG, packet.body)),
            (_, kinds::CLOSE) => return Err(Wrong::closed(packet.body)),
            (Phase::Greeting, kinds::WELCOME) => {
                self.phase = Phase::LoggingIn;
                in_frame(out, |out| kind(kinds::LOGIN_GUEST).put(out));
            }
            // A thousand at once wait their turn; a disk that others use may be slow.
            (Phase::LoggingIn, kinds::LOGIN_QUEUED) | (_, kinds::NOTICE) => {}
            (Phase::LoggingIn, kinds::LOGGED_IN) => {
                let login: LoggedIn = wire::decode(packet.body, Budget::LINK)?;
                world.accounts[index] = login.account;
                self.cseq = login.cseq_last;
                if play == Play::Pay {
                    self.phase = Phase::Ready;
                } else {
                    self.phase = Phase::Joining;
                    let join = RoomJoin { room: ROOM.to_owned(), ..RoomJoin::default() };
                    let cseq = self.next();
                    let head = Packet { kind: kinds::ROOM_JOIN, cseq, ..Packet::default() };
                    in_frame(out, |out| wire::put(out, head, &join));
                }
            }
            (Phase::Joining, kinds::ANSWER) => {
                self.answered(packet)?;
                // Both publishers number from here on; the numbers before are not heard.
                self.heard = [self.cseq; PUBLISHERS];
                self.phase = Phase::Ready;
            }
            (Phase::Ready, kinds::ANSWER) => {
                let result = self.answered(packet)?;
                self.check_result(play, world, index, packet.re, result)?;
                received.answers += 1;
            }
            (Phase::Ready, ECHO_HEARD) if play == Play::Fan => {
                let publisher = self.hear(world, packet.body)?;
                received.heard[publisher] += 1;
            }
            (Phase::Ready, kinds::PAID) => {
                let paid: proto::client::Paid = wire::decode(packet.body, Budget::LINK)?;
                world.gold[index] = paid.wallet.unwrap_or_default().gold;
            }
            (phase, kind) => return Err(Wrong(format!("a packet of kind {kind} while {phase:?}"))),
        }
        Ok(())
    }

    /// Matches an answer with its command; it must be OK.
    fn answered<'a>(&mut self, packet: Packet<'a>) -> Result<&'a [u8], Wrong> {
        let re = packet.re;
        let bit = 1 << (re % 64);
        let is_recent = re <= self.cseq && self.cseq - re < 64;
        if !is_recent || self.unanswered & bit == 0 {
            return Err(Wrong(format!("an answer to command {re}, which does not wait for one")));
        }
        self.unanswered &= !bit;
        let answer = AnswerRef::decode(packet.body)?;
        if answer.status != 0 {
            let error = String::from_utf8_lossy(answer.error);
            return Err(Wrong(format!("command {re} got status {}: {error}", answer.status)));
        }
        Ok(answer.result)
    }

    fn check_result(
        &mut self,
        play: Play,
        world: &mut World,
        index: usize,
        re: u64,
        result: &[u8],
    ) -> Result<(), Wrong> {
        match play {
            Play::Echo if result == payload(sender(index), re) => Ok(()),
            Play::Echo => Err(Wrong(format!("other bytes came back for command {re}"))),
            Play::Fan => Ok(()),
            Play::Pay => {
                let paid: PayResult = wire::decode(result, Budget::LINK)?;
                if paid.lsn <= self.lsn {
                    return Err(Wrong(format!("payment {} after {}", paid.lsn, self.lsn)));
                }
                self.lsn = paid.lsn;
                world.gold[index] = paid.wallet.unwrap_or_default().gold;
                Ok(())
            }
        }
    }

    /// Which publisher said it, when it is its next message and every byte is right.
    fn hear(&mut self, world: &World, mut body: &[u8]) -> Result<usize, Wrong> {
        let mut from = 0;
        let mut said: &[u8] = &[];
        while !body.is_empty() {
            match take_varint(&mut body)? {
                0x08 => from = take_varint(&mut body)?,
                0x12 => said = take_bytes(&mut body)?,
                field => return Err(Wrong(format!("field {field} in what was heard"))),
            }
        }
        let Some((publisher, number)) = world.published.read(said) else {
            return Err(Wrong("other bytes were heard than were said".to_owned()));
        };
        let last = &mut self.heard[publisher];
        if world.accounts[publisher] != from || number != *last + 1 {
            return Err(Wrong(format!("message {number} of {publisher}, account {from}, after {last}")));
        }
        *last = number;
        Ok(publisher)
    }
}

impl World {
    /// The poorer one of two others: no wallet runs dry however long the clients pay.
    fn payee(&mut self, payer: usize) -> u64 {
        let one = self.other(payer);
        let two = self.other(payer);
        self.accounts[if self.gold[two] < self.gold[one] { two } else { one }]
    }

    fn other(&mut self, index: usize) -> usize {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let others = self.accounts.len() - 1;
        let step = usize::try_from(self.random >> 33).unwrap_or(0) % others.max(1);
        (index + 1 + step) % self.accounts.len()
    }
}

/// What was wrong with a packet, before the connection's number is known.
pub(super) struct Wrong(pub(super) String);

impl Wrong {
    /// With the connection's number.
    pub(super) fn of(self, index: usize) -> LoadError {
        match self.0.strip_prefix(CLOSED) {
            Some(reason) => LoadError::Closed { index, reason: reason.to_owned() },
            None => LoadError::WrongReply { index, what: self.0 },
        }
    }

    /// The server said goodbye with this body.
    pub(super) fn closed(body: &[u8]) -> Self {
        match wire::decode::<proto::client::Close>(body, Budget::LINK) {
            Ok(close) => Self(format!("{CLOSED}{}", close.name)),
            Err(error) => error.into(),
        }
    }
}

impl From<FrameError> for Wrong {
    fn from(error: FrameError) -> Self {
        Self(error.to_string())
    }
}

impl From<PacketError> for Wrong {
    fn from(error: PacketError) -> Self {
        Self(error.to_string())
    }
}

impl From<DecodeError> for Wrong {
    fn from(error: DecodeError) -> Self {
        Self(error.to_string())
    }
}

pub(super) fn kind(kind: u32) -> Packet<'static> {
    Packet { kind, ..Packet::default() }
}

/// Puts what `fill` writes into one frame.
pub(super) fn in_frame(out: &mut Vec<u8>, fill: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; FRAME_HEADER_BYTES]);
    fill(out);
    let body_bytes = out.len() - start - FRAME_HEADER_BYTES;
    let header = Header { body_bytes, deflated: false, lane: Lane::MustArrive };
    out[start..start + FRAME_HEADER_BYTES].copy_from_slice(&header.encode());
}

const ROOM: &str = "echo";
const ECHO: u32 = game::rooms::echo::ECHO;
const ECHO_ALL: u32 = game::rooms::echo::ECHO_ALL;
const ECHO_HEARD: u32 = game::rooms::echo::ECHO_HEARD;
/// What a new account has; the first answer corrects it.
const START_GOLD: i64 = 1_000;
const CLOSED: &str = "closed: ";

// A full depth fits one frame of a client.
const _: () = assert!(UNANSWERED_MAX * (PAYLOAD_BYTES + 32) <= CLIENT_FRAME_BYTES_MAX);
