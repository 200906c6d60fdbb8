//! What one client may send at which stage: each frame is inflated and its packets are checked here, and
//! whole checked frames go into the batch for game. Bodies are read by game alone.

mod stage;
#[cfg(test)]
mod tests;

use proto::{
    close::CloseReason,
    deflate::{InflateError, Inflater},
    frame::Header,
    ids::AccountId,
    kinds::{Lane, PING, PONG, RESET_TAKEN},
    limits::{CLIENT_FRAME_BYTES_MAX, HELLO_BYTES_MAX},
    link_io::{Op, RECORD_HEADER_BYTES, Record, Seat, close_record, put_header},
    packet::{Packet, PacketError, Packets, take_bytes},
    turn::TxnId,
    wire,
};

use stage::is_keepalive;
pub use stage::{Greeted, Kept, Login, Stage};

use super::{
    admission::Address,
    bill::Bill,
    bucket::{Bucket, Rate},
    kind_table::KindTable,
    link_batch::LinkBatch,
    probes::Probes,
    stopwatch::Stopwatch,
    tally::Tally,
    transport::{FrameSink, TransportKind},
};

/// One client's place in the protocol.
#[derive(Debug)]
pub struct Session {
    /// See [`Stage`].
    pub stage: Stage,
    /// Its packet budget.
    pub bucket: Bucket,
    /// Where it comes from.
    pub address: Address,
    /// Its port.
    pub port: u16,
    /// As whom game admitted it; 0: not yet.
    pub account: u64,
    /// With which claim to that account's session.
    pub seat: Seat,
    /// What it speaks; `Raw` until that is known.
    pub transport: TransportKind,
}

/// What all sessions of a thread use in turn.
#[derive(Debug, Default)]
pub struct Desk {
    /// What game's welcome told.
    pub kinds: KindTable,
    /// Whole checked frames, on their way to game.
    pub batch: LinkBatch,
    /// Counts.
    pub tally: Tally,
    /// What each kind of packet costs.
    pub bill: Bill,
    /// Commands that are timed.
    pub probes: Probes,
    /// By what.
    pub watch: Stopwatch,
    /// Commands that came, for the log, while it is wanted.
    pub ops: Option<Vec<TxnId>>,
    inflater: Inflater,
    inflated: Vec<u8>,
    /// A frame of so many bytes meets a bug.
    #[cfg(test)]
    pub(super) breaks_at: Option<usize>,
}

impl Desk {
    /// Forgets what a panic may have left half done.
    pub fn renew(&mut self) {
        (self.inflater, self.inflated) = (Inflater::default(), Vec::new());
    }
}

/// One session while bytes of it arrive.
#[derive(Debug)]
pub struct Inbound<'a> {
    /// Whose bytes.
    pub session: &'a mut Session,
    /// Its number on the link.
    pub id: u64,
    /// How fast its budget fills.
    pub rate: Rate,
    /// Shared with the other sessions.
    pub desk: &'a mut Desk,
    /// Packets that the gateway itself answers with.
    pub answers: &'a mut Vec<u8>,
}

impl FrameSink for Inbound<'_> {
    fn on_transport(&mut self, kind: TransportKind) {
        self.session.transport = kind;
    }

    fn frame_max(&self) -> usize {
        match self.session.stage {
            Stage::TurnedAway(_) | Stage::ExpectHello => HELLO_BYTES_MAX,
            Stage::BeforeLogin(_) | Stage::Admitted | Stage::Parked { .. } | Stage::Reseated { .. } => {
                CLIENT_FRAME_BYTES_MAX
            }
        }
    }

    fn on_frame(&mut self, header: Header, body: &[u8]) -> Result<(), CloseReason> {
        self.desk.tally.frames_in += 1;
        #[cfg(test)]
        assert_ne!(self.desk.breaks_at, Some(body.len()), "what a test breaks");
        if let Stage::TurnedAway(reason) = self.session.stage {
            return Err(reason);
        }
        if !self.desk.batch.is_open() {
            return Err(CloseReason::GameAway);
        }
        if header.lane != Lane::MustArrive {
            return Err(CloseReason::BadFrame);
        }
        if !header.deflated {
            return self.on_packets(body);
        }
        let mut inflated = std::mem::take(&mut self.desk.inflated);
        let result = self
            .desk
            .inflater
            .inflate(body, self.frame_max(), &mut inflated)
            .map_err(|error| match error {
                InflateError::TooLarge { .. } => CloseReason::FrameTooLarge,
                InflateError::Short(_) | InflateError::Mismatch => CloseReason::BadDeflate,
            })
            .and_then(|()| self.on_packets(&inflated));
        self.desk.inflated = inflated;
        result
    }

    fn on_overhead(&mut self, cost: u64) {
        self.session.bucket.spend(cost);
    }

    fn is_paused(&self) -> bool {
        self.session.bucket.is_in_debt() || self.desk.batch.is_full()
    }
}

impl Inbound<'_> {
    /// Checks every packet before anything is passed on, so that a frame counts whole or not at all.
    fn on_packets(&mut self, packets: &[u8]) -> Result<(), CloseReason> {
        if packets.is_empty() {
            return Err(CloseReason::BadFrame);
        }
        let mut stage = self.session.stage;
        let Dropped { count: dropped, bytes } = match stage {
            Stage::Reseated { .. } => drop_to_reset(packets, &mut stage, &self.desk.kinds)?,
            _ => Dropped::default(),
        };
        let (all, packets) = (packets, &packets[bytes..]);
        let (mut count, mut keepalives, mut for_game, mut command) = (0, dropped, 0, 0);
        for packet in Packets::new(packets) {
            let packet = packet.map_err(|error| error.reason())?;
            let rule = self.desk.kinds.rule(packet.kind).ok_or(CloseReason::UnknownKind)?;
            if packet.body.len() > rule.body_max {
                return Err(CloseReason::BodyTooLarge);
            }
            stage = stage.after(packet.kind, rule.before_login)?;
            count += 1;
            keepalives += u64::from(is_keepalive(packet.kind));
            for_game += u64::from(is_for_game(&packet));
            command = command.max(packet.cseq);
        }
        let cost = dropped + count + all.len() as u64 / 1024;
        self.session.bucket.spend(cost);
        if !self.session.stage.is_opened() {
            let from = u64::from(self.session.port) << 8 | self.session.transport as u64;
            self.desk.batch.put(Op::Opened, self.id, from, &self.session.address);
        }
        self.session.stage = stage;
        if self.desk.ops.is_some() {
            self.note_commands(packets);
        }
        if command != 0 && self.desk.probes.wants() {
            self.desk.probes.ask(self.id, command, self.desk.watch.ns());
        }
        if keepalives != 0 {
            self.answer_pings(all);
        }
        if for_game == 0 {
            return Ok(());
        }
        if for_game == count {
            self.desk.batch.put(Op::Packets, self.id, 0, packets);
        } else {
            self.relay_some(packets);
        }
        Ok(())
    }

    /// A command of an account has a number, which follows it through all processes.
    fn note_commands(&mut self, packets: &[u8]) {
        let account = AccountId(self.session.account);
        let commands = Packets::new(packets).flatten().filter(|packet| packet.cseq != 0);
        let ops = commands.map(|packet| TxnId { account, cseq: packet.cseq });
        if let Some(noted) = &mut self.desk.ops {
            noted.extend(ops);
        }
    }

    fn answer_pings(&mut self, packets: &[u8]) {
        for packet in Packets::new(packets).flatten().filter(|packet| packet.kind == PING) {
            wire::put_plain(self.answers, PONG, packet.body);
        }
    }

    fn relay_some(&mut self, packets: &[u8]) {
        let out = self.desk.batch.buffer();
        let start = out.len();
        put_header(out, Record::new(Op::Packets, self.id, 0, &[]), 0);
        for packet in Packets::new(packets).flatten().filter(is_for_game) {
            Packet::put(&packet, out);
        }
        debug_assert!(out.len() > start + RECORD_HEADER_BYTES);
        close_record(out, start);
    }
}

/// The front of a frame that game must not hear.
#[derive(Clone, Copy, Debug, Default)]
struct Dropped {
    count: u64,
    bytes: usize,
}

/// What a client says before it has taken its last reset was meant for a game that is gone: it is read as packets, and no
/// further, for its kinds may be unknown to the game of now. Only what is answered or acted on is held to its bound.
fn drop_to_reset(packets: &[u8], stage: &mut Stage, kinds: &KindTable) -> Result<Dropped, CloseReason> {
    let mut rest = packets;
    let mut dropped = Dropped::default();
    while !rest.is_empty() && matches!(stage, Stage::Reseated { .. }) {
        let packet = take_bytes(&mut rest).and_then(Packet::decode).map_err(PacketError::reason)?;
        dropped.count += 1;
        let is_ours = is_keepalive(packet.kind) || packet.kind == RESET_TAKEN;
        if is_ours && kinds.rule(packet.kind).is_none_or(|rule| rule.body_max < packet.body.len()) {
            return Err(CloseReason::BodyTooLarge);
        }
        if packet.kind == RESET_TAKEN {
            *stage = stage.after_reset_taken()?;
        }
    }
    dropped.bytes = packets.len() - rest.len();
    Ok(dropped)
}

/// The gateway keeps pings and pongs to itself, but for the count that one may bring.
fn is_for_game(packet: &Packet<'_>) -> bool {
    !is_keepalive(packet.kind) || packet.ack != 0
}
