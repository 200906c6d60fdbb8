//! The thread that serves game, as `dbfront::driver::{links, door, desk, peer}`: greets, takes turns and calls,
//! tells what became durable and applied.

use std::{collections::VecDeque, mem, time::Duration};

use bytes::Bytes;
use dbfront::{
    driver::messages::{Event, TO_JOURNAL_MAX, ToJournal},
    logic::{
        intake::{Greeting, Intake, PresentWriter, Refusal},
        overlay::Overlay,
        reads::{Call, Found, Outcome, Reads},
    },
};
use proto::{
    handshake::BUILD,
    ids::{Epoch, Lsn},
    limits::{CALL_MS_MAX, LINK_PROTOCOL_MAX},
    link::{LinkHello, LinkWelcome},
    link_io::{LinkBuf, Op},
    prescan::Budget,
    rpc::CallId,
    wire,
};

use super::{Ended, journalling::Journalling, peer::Peer, reading::Reading};
use crate::sim::{
    around::Around,
    lie::Lie,
    wire::{End, Read},
};

/// See the module.
#[derive(Debug)]
pub(super) struct Desk {
    intake: Intake,
    overlay: Overlay,
    reads: Reads,
    outcomes: Vec<Outcome>,
    applied: Lsn,
    instance: u64,
    guests: Vec<Peer>,
    writer: Option<Writer>,
    granting: Option<(Epoch, Writer)>,
}

#[derive(Debug)]
struct Writer {
    peer: Peer,
    instance: u64,
}

enum Cut {
    Lost(&'static str),
    Refused { lsn: Lsn, refusal: Refusal },
}

impl Desk {
    pub(super) fn new(intake: Intake, overlay: Overlay, applied: Lsn, instance: u64) -> Self {
        Self {
            intake,
            overlay,
            reads: Reads::default(),
            outcomes: Vec::new(),
            applied,
            instance,
            guests: Vec::new(),
            writer: None,
            granting: None,
        }
    }

    pub(super) fn is_settled(&self, last: Lsn) -> bool {
        self.intake.durable_lsn() == last && self.intake.received_lsn() == last && self.applied == last
    }

    /// One round of the loop.
    pub(super) fn step(
        &mut self,
        journalling: &mut Journalling,
        reading: &mut Reading,
        events: &mut VecDeque<Event>,
        around: &mut Around,
    ) -> Result<bool, Ended> {
        let mut did = false;
        let some = around.dice.share(events.len());
        for event in events.drain(..some) {
            did = true;
            self.event(event, reading, around);
        }
        if let Some(link) = around.wires.accept() {
            did = true;
            self.guests.push(Peer::new(link, around.clock.now()));
        }
        did |= self.hear_guests(journalling, around);
        did |= self.hear_writer(journalling, reading, around);
        self.tick(reading, around);
        Ok(did)
    }

    fn hear_guests(&mut self, journalling: &mut Journalling, around: &mut Around) -> bool {
        let now = around.clock.now();
        for mut peer in mem::take(&mut self.guests) {
            let is_over = match around.wires.read(peer.link, End::Front) {
                Read::Bytes(bytes) => {
                    peer.input.push(&bytes);
                    peer.heard_at = now;
                    false
                }
                Read::Nothing => GREETING <= now.saturating_duration_since(peer.heard_at),
                Read::End => true,
            };
            let hello = match peer.input.next() {
                Ok(Some(record)) if record.op == Op::Hello => {
                    Some(wire::decode::<LinkHello>(record.payload, Budget::LINK))
                }
                Ok(None) => None,
                _ => Some(Err(wire::DecodeError::Message("hello"))),
            };
            match hello {
                Some(Ok(hello)) => {
                    self.guest(peer, &hello, journalling, around);
                    return true;
                }
                Some(Err(_)) => peer.part(around),
                None if is_over => peer.part(around),
                None => self.guests.push(peer),
            }
        }
        false
    }

    fn guest(
        &mut self,
        mut peer: Peer,
        hello: &LinkHello,
        journalling: &mut Journalling,
        around: &mut Around,
    ) {
        let now = around.clock.now();
        self.feel_for_writer(around);
        let writer = self.writer.as_ref().or(self.granting.as_ref().map(|(_, writer)| writer));
        let present = writer.map(|writer| PresentWriter {
            instance: writer.instance,
            is_silent: LEASE <= now.saturating_duration_since(writer.peer.heard_at),
        });
        let is_open = around.lie == Some(Lie::FenceIsOpen) && hello.epoch != 0;
        let greeted = self.intake.greet(hello, present);
        match if is_open { Ok(Greeting::Continue) } else { greeted } {
            Err(refusal) => {
                around.tell("dbfront", format_args!("refuses a game: {}", refusal.code()));
                let welcome = LinkWelcome {
                    refused: refusal.code().to_owned(),
                    detail: refusal.to_string(),
                    ..self.welcome()
                };
                peer.put(Op::Welcome, 0, 0, &wire::encode(&welcome));
                peer.part(around);
            }
            Ok(Greeting::Continue) => {
                self.part_with_writer(self.intake.epoch(), hello.instance, around);
                self.seat(Writer { peer, instance: hello.instance }, around);
            }
            Ok(Greeting::Grant { epoch }) => {
                let before = self.intake.epoch();
                self.intake.granted(epoch, hello.instance);
                around.truth.granted = epoch;
                self.part_with_writer(before, hello.instance, around);
                journalling.turns.push_back(ToJournal::Epoch { epoch, instance: hello.instance });
                self.overlay.new_writer();
                self.granting = Some((epoch, Writer { peer, instance: hello.instance }));
            }
        }
    }

    fn feel_for_writer(&mut self, around: &mut Around) {
        if let Some(writer) = &mut self.writer {
            writer.peer.put(Op::Ping, 0, 0, &[]);
        }
        self.flush(around);
    }

    fn part_with_writer(&mut self, its: Epoch, by: u64, around: &mut Around) {
        if let Some((_, writer)) = self.granting.take() {
            around.wires.close(writer.peer.link, End::Front);
        }
        let refusal = self.intake.replaces(its, by);
        self.cut(Cut::Refused { lsn: Lsn(0), refusal }, around);
    }

    fn seat(&mut self, writer: Writer, around: &mut Around) {
        let welcome = self.welcome();
        let (epoch, durable, applied) = (welcome.epoch, welcome.durable, welcome.applied);
        around.tell("dbfront", format_args!("welcomes epoch {epoch} at {durable}, applied {applied}"));
        around.truth.acked(Lsn(durable));
        let writer = self.writer.insert(writer);
        writer.peer.put(Op::Welcome, 0, 0, &wire::encode(&welcome));
    }

    fn welcome(&self) -> LinkWelcome {
        LinkWelcome {
            protocol: LINK_PROTOCOL_MAX,
            instance: self.instance,
            build: BUILD.to_owned(),
            epoch: self.intake.epoch().0,
            durable: self.intake.durable_lsn().0,
            applied: self.applied.0,
            ..LinkWelcome::default()
        }
    }

    fn wants_input(&self, around: &Around) -> bool {
        self.overlay.has_room() && self.overlay.unsettled_bytes() <= around.layout.overlay_bytes
    }

    fn hear_writer(
        &mut self,
        journalling: &mut Journalling,
        reading: &mut Reading,
        around: &mut Around,
    ) -> bool {
        let Some(mut writer) = self.writer.take() else { return false };
        let now = around.clock.now();
        let wants_input = self.wants_input(around);
        let read = if wants_input { around.wires.read(writer.peer.link, End::Front) } else { Read::Nothing };
        let result = match read {
            Read::Bytes(bytes) => {
                writer.peer.heard_at = now;
                writer.peer.input.push(&bytes);
                self.take_records(&mut writer.peer, journalling, reading, around).map(|()| true)
            }
            Read::Nothing => {
                self.take_records(&mut writer.peer, journalling, reading, around).map(|()| false)
            }
            Read::End => Err(Cut::Lost("ended")),
        };
        self.writer = Some(writer);
        match result {
            Ok(did) => {
                self.flush(around);
                did
            }
            Err(cut) => {
                self.cut(cut, around);
                true
            }
        }
    }

    fn take_records(
        &mut self,
        peer: &mut Peer,
        journalling: &mut Journalling,
        reading: &mut Reading,
        around: &mut Around,
    ) -> Result<(), Cut> {
        let mut input = mem::take(&mut peer.input);
        let result = self.take_from(&mut input, peer, journalling, reading, around);
        peer.input = input;
        result
    }

    fn take_from(
        &mut self,
        input: &mut LinkBuf,
        peer: &mut Peer,
        journalling: &mut Journalling,
        reading: &mut Reading,
        around: &mut Around,
    ) -> Result<(), Cut> {
        let now = around.clock.now();
        while let Some(record) = input.next().map_err(|_| Cut::Lost("speaks something else"))? {
            match record.op {
                Op::Turn => {
                    let (first, epoch) = (Lsn(record.a), Epoch(record.b));
                    self.turn(peer, (first, epoch), record.payload, journalling, around)?;
                }
                Op::Call => {
                    let deadline = now + Duration::from_millis(record.b.min(CALL_MS_MAX));
                    let call = Call { id: CallId(record.a), deadline, payload: record.payload };
                    let received = self.intake.received_lsn();
                    self.reads.call(&mut self.overlay, received, call, &mut self.outcomes);
                    self.settle_calls(Some(peer), reading);
                }
                Op::Cancel => self.reads.cancel(CallId(record.a)),
                Op::Ping => peer.put(Op::Pong, record.a, 0, &[]),
                Op::Pong | Op::Reply => {}
                _ => return Err(Cut::Lost("speaks something else")),
            }
        }
        Ok(())
    }

    fn turn(
        &mut self,
        peer: &mut Peer,
        (first, epoch): (Lsn, Epoch),
        payload: &[u8],
        journalling: &mut Journalling,
        around: &mut Around,
    ) -> Result<(), Cut> {
        let refused = |refusal| Cut::Refused { lsn: first, refusal };
        if TO_JOURNAL_MAX <= journalling.turns.len() {
            return Err(refused(Refusal::PipelineFull));
        }
        if around.lie == Some(Lie::TurnIsLost) && around.dice.below(60) == 0 {
            return Ok(());
        }
        let epoch = if around.lie == Some(Lie::FenceIsOpen) { self.intake.epoch() } else { epoch };
        let accepted = self.intake.turn(&mut self.overlay, first, epoch, payload).map_err(refused)?;
        let Some(accepted) = accepted else {
            peer.put(Op::Durable, self.intake.durable_lsn().0, 0, &[]);
            return Ok(());
        };
        if around.lie == Some(Lie::OverlayIsForgotten) {
            // As if everything that was received were in the database.
            self.overlay.applied(self.intake.received_lsn());
        }
        self.overlay.tend();
        if around.lie == Some(Lie::AckOnReceipt) {
            let received = self.intake.received_lsn();
            around.truth.acked(received);
            peer.put(Op::Durable, received.0, 0, &[]);
        }
        journalling.turns.push_back(ToJournal::Turn {
            first: accepted.first,
            count: accepted.count,
            epoch,
            body: Bytes::copy_from_slice(payload),
            changes: accepted.changes,
        });
        Ok(())
    }

    fn settle_calls(&mut self, mut peer: Option<&mut Peer>, reading: &mut Reading) {
        while let Some(outcome) = self.outcomes.pop() {
            match outcome {
                Outcome::Reply { call, result } => {
                    let (code, payload) = match &result {
                        Ok(payload) => (0, payload.as_slice()),
                        Err(failure) => (*failure as u64, &[][..]),
                    };
                    if let Some(peer) = &mut peer {
                        peer.put(Op::Reply, call.0, code, payload);
                    }
                }
                Outcome::Ask(ask) => reading.asks.push_back(ask),
            }
        }
    }

    fn found(&mut self, id: u64, found: Found) {
        let received = self.intake.received_lsn();
        self.reads.found(&mut self.overlay, received, id, found, &mut self.outcomes);
    }

    fn event(&mut self, event: Event, reading: &mut Reading, around: &mut Around) {
        match event {
            Event::Durable(lsn) => {
                self.intake.durable(lsn);
                if self.writer.is_some() {
                    around.truth.acked(lsn);
                }
                self.put(Op::Durable, lsn);
            }
            Event::Applied(lsn) => {
                self.applied = lsn;
                self.overlay.applied(lsn);
                self.put(Op::Applied, lsn);
            }
            Event::Amended | Event::NotAmended => {}
            Event::EpochBegun(epoch) => {
                if let Some((_, writer)) = self.granting.take_if(|(granting, _)| *granting == epoch) {
                    self.seat(writer, around);
                }
            }
            Event::Read { id, found } => {
                self.found(id, found);
                let mut writer = self.writer.take();
                self.settle_calls(writer.as_mut().map(|writer| &mut writer.peer), reading);
                self.writer = writer;
            }
        }
    }

    fn put(&mut self, op: Op, lsn: Lsn) {
        if let Some(writer) = &mut self.writer {
            writer.peer.put(op, lsn.0, 0, &[]);
        }
    }

    fn tick(&mut self, reading: &mut Reading, around: &mut Around) {
        let now = around.clock.now();
        self.overlay.tend();
        let (cold, (disk, _)) = (self.overlay.hits().cold, self.overlay.spilled());
        around.tiers = (around.tiers.0.max(cold), around.tiers.1.max(disk));
        self.reads.expire(now, &mut self.outcomes);
        let mut writer = self.writer.take();
        self.settle_calls(writer.as_mut().map(|writer| &mut writer.peer), reading);
        self.writer = writer;
        let wants_input = self.wants_input(around);
        let Some(writer) = &mut self.writer else { return };
        if !wants_input {
            writer.peer.heard_at = now;
        }
        if SILENCE <= now.saturating_duration_since(writer.peer.heard_at) {
            return self.cut(Cut::Lost("silent"), around);
        }
        if IDLE <= now.saturating_duration_since(writer.peer.sent_at) {
            writer.peer.put(Op::Ping, 0, 0, &[]);
        }
        self.flush(around);
    }

    fn flush(&mut self, around: &mut Around) {
        if let Some(writer) = &mut self.writer
            && !writer.peer.flush(around)
        {
            self.cut(Cut::Lost("failed"), around);
        }
    }

    fn cut(&mut self, cut: Cut, around: &mut Around) {
        let Some(mut writer) = self.writer.take() else { return };
        self.reads.link_lost();
        match cut {
            Cut::Lost(why) => {
                around.tell("dbfront", format_args!("its link is down: {why}"));
                around.wires.close(writer.peer.link, End::Front);
            }
            Cut::Refused { lsn, refusal } => {
                let code = refusal.code();
                around.tell("dbfront", format_args!("cuts its link: {code}, {refusal}"));
                writer.peer.put(Op::Refused, lsn.0, 0, format!("{code} {refusal}").as_bytes());
                writer.peer.part(around);
            }
        }
    }

    /// The process ends and says why.
    pub(super) fn close(&mut self, named: Option<(&str, &str)>, around: &mut Around) {
        let Some(mut writer) = self.writer.take() else { return };
        if let Some((code, text)) = named {
            writer.peer.put(Op::Refused, 0, 0, format!("{code} {text}").as_bytes());
        }
        writer.peer.part(around);
    }

    /// The process is gone, and its sockets with it.
    pub(super) fn drop_links(&mut self, around: &mut Around, is_power_lost: bool) {
        let peers = mem::take(&mut self.guests).into_iter();
        let peers = peers.chain(self.writer.take().map(|writer| writer.peer));
        for peer in peers.chain(self.granting.take().map(|(_, writer)| writer.peer)) {
            if is_power_lost {
                around.wires.cut(peer.link, 0, 0);
            } else {
                around.wires.close(peer.link, End::Front);
            }
        }
    }
}

const LEASE: Duration = Duration::from_secs(10);
const IDLE: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(15);
const GREETING: Duration = Duration::from_secs(5);
