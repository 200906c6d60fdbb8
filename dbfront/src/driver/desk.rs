//! Where game is served: it owns the intake, the overlay, all calls and the writer's link, and does at once
//! whatever an event asks for. It never waits for the journal, a database or a socket. Rows that wait for the database
//! and have no room in memory it writes to a disk and reads from there itself, a bounded part at a time and unsynced.

mod amend;
mod looks;
mod warm;

use std::{
    mem,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use bytes::Bytes;
use crossbeam_channel::Sender;
use proto::{
    epoch::LinkKey,
    handshake::BUILD,
    ids::{Epoch, Lsn},
    limits::{CALL_MS_MAX, LINK_PROTOCOL_MAX},
    link::LinkWelcome,
    link_io::{LinkBuf, Op},
    rpc::CallId,
    wire,
};

pub use self::amend::{AmendOrder, Refused};
use self::{amend::Amending, warm::Coming};
use super::{
    door::Guest,
    messages::{Event, ToJournal},
    ops::Ops,
    peer::{Heard, Peer},
    watch::{Told, Watch},
};
use crate::{
    logic::{
        intake::{Greeting, Intake, PresentWriter, Refusal},
        overlay::Overlay,
        reads::{Ask, Call, Found, Outcome, Reads},
    },
    metrics::Metrics,
};

/// See the module.
pub struct Desk {
    intake: Intake,
    overlay: Overlay,
    reads: Reads,
    outcomes: Vec<Outcome>,
    ops: Ops,
    watch: Watch,
    applied: Lsn,
    to_journal: Sender<ToJournal>,
    to_reader: Sender<Ask>,
    metrics: Arc<Metrics>,
    link_key: Option<LinkKey>,
    /// Random, of this process life.
    instance: u64,
    /// Rows cannot leave memory, which was said.
    troubled: bool,
    /// All rows of running matches are in memory.
    keeps: bool,
    writer: Option<Writer>,
    /// Becomes the writer when its epoch is durable.
    granting: Option<(Epoch, Writer)>,
    parting: Vec<Peer>,
    /// Game and journal contradict each other.
    stop: Option<Refusal>,
    /// A replacement is on its way to the journal, or there.
    amending: Option<Amending>,
    /// Rows that were saved.
    coming: Option<Coming>,
}

/// What a desk works with.
pub struct DeskParts {
    /// Who writes, and what is journalled.
    pub intake: Intake,
    /// Rows as of the last record received.
    pub overlay: Overlay,
    /// How much room there is.
    pub watch: Watch,
    /// Everything up to here is in the database.
    pub applied: Lsn,
    /// Turns to journal.
    pub to_journal: Sender<ToJournal>,
    /// Questions to the database.
    pub to_reader: Sender<Ask>,
    /// Figures.
    pub metrics: Arc<Metrics>,
    /// Proves epochs to gateways.
    pub link_key: Option<LinkKey>,
    /// Random, of this process life.
    pub instance: u64,
}

struct Writer {
    peer: Peer,
    instance: u64,
}

/// Why the writer's link ends.
enum Cut {
    /// The writer closed it, between two records: it stops, or its supervisor says why it did not mean to.
    Ended,
    /// It is gone, or speaks something else.
    Lost(&'static str),
    /// With a word.
    Refused { lsn: Lsn, refusal: Refusal },
}

impl From<Refusal> for Cut {
    fn from(refusal: Refusal) -> Self {
        Self::Refused { lsn: Lsn(0), refusal }
    }
}

impl Desk {
    /// Nobody is here yet.
    #[must_use]
    pub fn new(parts: DeskParts) -> Self {
        Self {
            intake: parts.intake,
            overlay: parts.overlay,
            reads: Reads::default(),
            outcomes: Vec::new(),
            ops: Ops::default(),
            watch: parts.watch,
            applied: parts.applied,
            to_journal: parts.to_journal,
            to_reader: parts.to_reader,
            metrics: parts.metrics,
            link_key: parts.link_key,
            instance: parts.instance,
            troubled: false,
            keeps: true,
            writer: None,
            granting: None,
            parting: Vec::new(),
            stop: None,
            amending: None,
            coming: None,
        }
    }

    /// Somebody has greeted.
    pub fn guest(&mut self, guest: Guest, now: Instant) {
        let Guest { mut peer, hello } = guest;
        if self.amending.is_some() {
            // All begins anew in a moment: whoever is not answered comes again.
            return;
        }
        self.feel_for_writer(now);
        let writer = self.writer.as_ref().or(self.granting.as_ref().map(|(_, writer)| writer));
        let present = writer.map(|writer| PresentWriter {
            instance: writer.instance,
            is_silent: LEASE <= writer.peer.silence(now),
        });
        match self.intake.greet(&hello, present) {
            Err(refusal) => {
                self.note(&refusal);
                tracing::warn!(event = "link.refused", code = refusal.code(), %refusal);
                self.metrics.refusals.fetch_add(1, Relaxed);
                let welcome = LinkWelcome {
                    refused: refusal.code().to_owned(),
                    detail: refusal.to_string(),
                    ..self.welcome()
                };
                peer.put(Op::Welcome, 0, 0, &wire::encode(&welcome));
                self.parting.push(peer);
            }
            Ok(Greeting::Continue) => {
                self.part_with_writer(self.intake.epoch(), hello.instance);
                self.seat(Writer { peer, instance: hello.instance });
            }
            Ok(Greeting::Grant { epoch }) => {
                let before = self.intake.epoch();
                let order = ToJournal::Epoch { epoch, instance: hello.instance };
                if self.to_journal.try_send(order).is_err() {
                    // So full that its writer is far beyond its bound; whoever comes now tries again.
                    return;
                }
                self.intake.granted(epoch, hello.instance);
                self.part_with_writer(before, hello.instance);
                self.overlay.new_writer();
                self.granting = Some((epoch, Writer { peer, instance: hello.instance }));
            }
        }
    }

    /// A writer that died while it was not read is not known to be gone: the socket refuses a write.
    fn feel_for_writer(&mut self, now: Instant) {
        if let Some(writer) = &mut self.writer {
            writer.peer.put(Op::Ping, 0, 0, &[]);
        }
        self.flush(now);
    }

    /// The one before, if it is still there, is told why.
    fn part_with_writer(&mut self, its: Epoch, by: u64) {
        self.granting = None;
        self.cut(self.intake.replaces(its, by).into());
    }

    fn seat(&mut self, writer: Writer) {
        let welcome = self.welcome();
        tracing::info!(
            event = "link.up",
            epoch = welcome.epoch,
            durable = welcome.durable,
            applied = welcome.applied
        );
        let writer = self.writer.insert(writer);
        writer.peer.put(Op::Welcome, 0, 0, &wire::encode(&welcome));
        // Who comes takes it that all is well.
        if self.watch.told() != Told::default() {
            looks::tell(&mut writer.peer, self.watch.told());
        }
        self.metrics.epoch.store(welcome.epoch, Relaxed);
        self.metrics.writers.store(1, Relaxed);
    }

    fn proof(&self) -> Vec<u8> {
        let epoch = self.intake.epoch().0;
        self.link_key.as_ref().map(|key| key.prove(epoch).to_vec()).unwrap_or_default()
    }

    fn welcome(&self) -> LinkWelcome {
        LinkWelcome {
            protocol: LINK_PROTOCOL_MAX,
            instance: self.instance,
            build: BUILD.to_owned(),
            epoch: self.intake.epoch().0,
            epoch_mac: self.proof().into(),
            durable: self.intake.durable_lsn().0,
            applied: self.applied.0,
            ..LinkWelcome::default()
        }
    }

    /// Whether the writer should be read: not while more rows wait for the database than there is room
    /// for.
    #[must_use]
    pub fn wants_input(&self) -> bool {
        self.overlay.has_room()
    }

    /// The writer's link, to wait for.
    #[must_use]
    pub fn peer(&self) -> Option<&Peer> {
        self.writer.as_ref().map(|writer| &writer.peer)
    }

    /// The writer's link can be read or written.
    pub fn serve(&mut self, scratch: &mut [u8], now: Instant) {
        let Some(mut writer) = self.writer.take() else { return };
        let heard = if self.wants_input() { writer.peer.read(scratch, now) } else { Ok(Heard::Some) };
        let result = match heard {
            Ok(Heard::Some) => self.take_records(&mut writer.peer, now),
            Ok(Heard::End) if writer.peer.input.waiting_bytes() == 0 => Err(Cut::Ended),
            Ok(Heard::End) => Err(Cut::Lost("ended within a record")),
            Err(_) => Err(Cut::Lost("failed")),
        };
        self.writer = Some(writer);
        self.metrics.lsn_received.store(self.intake.received_lsn().0, Relaxed);
        match result {
            Ok(()) => self.flush(now),
            Err(cut) => self.cut(cut),
        }
    }

    fn take_records(&mut self, peer: &mut Peer, now: Instant) -> Result<(), Cut> {
        let mut input = mem::take(&mut peer.input);
        let result = self.take_from(&mut input, peer, now);
        peer.input = input;
        result
    }

    fn take_from(&mut self, input: &mut LinkBuf, peer: &mut Peer, now: Instant) -> Result<(), Cut> {
        while let Some(record) = input.next().map_err(|_| STRANGE)? {
            match record.op {
                Op::Turn => self.turn(peer, Lsn(record.a), Epoch(record.b), record.payload)?,
                Op::Call => {
                    let deadline = now + Duration::from_millis(record.b.min(CALL_MS_MAX));
                    let call = Call { id: CallId(record.a), deadline, payload: record.payload };
                    let received = self.intake.received_lsn();
                    self.reads.call(&mut self.overlay, received, call, &mut self.outcomes);
                    self.settle_calls(Some(peer));
                }
                Op::Cancel => self.reads.cancel(CallId(record.a)),
                Op::Ping => peer.put(Op::Pong, record.a, 0, &[]),
                // Nothing is asked of game.
                Op::Pong | Op::Reply => {}
                _ => return Err(STRANGE),
            }
        }
        Ok(())
    }

    fn turn(&mut self, peer: &mut Peer, first: Lsn, epoch: Epoch, payload: &[u8]) -> Result<(), Cut> {
        // Looked at first: what intake took has to be journalled. Only this thread fills the channel.
        if self.to_journal.is_full() {
            return Err(Cut::Refused { lsn: first, refusal: Refusal::PipelineFull });
        }
        let accepted = self
            .intake
            .turn(&mut self.overlay, first, epoch, payload)
            .map_err(|refusal| Cut::Refused { lsn: first, refusal })?;
        let Some(accepted) = accepted else {
            // Sent again: what of it is durable is acknowledged again, the rest will be.
            peer.put(Op::Durable, self.intake.durable_lsn().0, 0, &[]);
            return Ok(());
        };
        if self.overlay.broken().is_some() {
            // What could not be read back was not compared: this process ends before it is journalled.
            return Err(Cut::Lost("cannot be compared any more"));
        }
        self.overlay.accepted(&accepted.changes);
        self.overlay.tend();
        self.ops.received(first, accepted.first, payload);
        self.watch.taken(self.intake.received_lsn(), payload.len());
        let turn = ToJournal::Turn {
            first: accepted.first,
            count: accepted.count,
            epoch,
            body: Bytes::copy_from_slice(payload),
            changes: accepted.changes,
        };
        // Without its receiver the process ends in a moment, and game is to hear by which name: the link stays.
        let _ = self.to_journal.try_send(turn);
        Ok(())
    }

    /// Sends out what the calls came to.
    fn settle_calls(&mut self, mut peer: Option<&mut Peer>) {
        while let Some(outcome) = self.outcomes.pop() {
            if self.overlay.broken().is_some() {
                // It would be an answer of which nobody knows whether it is true.
                continue;
            }
            match outcome {
                Outcome::Reply { call, result } => {
                    self.metrics.reads.fetch_add(1, Relaxed);
                    let (code, payload) = match &result {
                        Ok(payload) => (0, payload.as_slice()),
                        Err(failure) => (*failure as u64, &[][..]),
                    };
                    if let Some(peer) = &mut peer {
                        peer.put(Op::Reply, call.0, code, payload);
                    }
                }
                Outcome::Ask(ask) => {
                    self.metrics.reads_of_store.fetch_add(1, Relaxed);
                    let id = ask.id;
                    if self.to_reader.try_send(ask).is_err() {
                        self.found(id, None);
                    }
                }
            }
        }
    }

    fn found(&mut self, id: u64, found: Found) {
        let received = self.intake.received_lsn();
        self.reads.found(&mut self.overlay, received, id, found, &mut self.outcomes);
    }

    /// Another thread has something to say.
    pub fn event(&mut self, event: Event) {
        match event {
            Event::Durable(lsn) => {
                self.intake.durable(lsn);
                self.ops.durable(lsn);
                self.put(Op::Durable, lsn.0);
            }
            Event::Amended => self.amended(),
            Event::NotAmended => self.not_amended(),
            Event::Applied(lsn) => {
                self.applied = lsn;
                self.ops.applied(lsn);
                self.watch.applied(lsn);
                self.overlay.applied(lsn);
                self.put(Op::Applied, lsn.0);
            }
            Event::EpochBegun(epoch) => {
                if let Some((_, writer)) = self.granting.take_if(|(granting, _)| *granting == epoch) {
                    self.seat(writer);
                }
            }
            Event::Read { id, found } => {
                self.found(id, found);
                self.with_writer(Self::settle_calls);
            }
        }
    }

    fn put(&mut self, op: Op, lsn: u64) {
        if let Some(writer) = &mut self.writer {
            writer.peer.put(op, lsn, 0, &[]);
        }
    }

    fn with_writer(&mut self, work: impl FnOnce(&mut Self, Option<&mut Peer>)) {
        let mut writer = self.writer.take();
        work(self, writer.as_mut().map(|writer| &mut writer.peer));
        self.writer = writer;
    }

    /// Some time has passed.
    pub fn tick(&mut self, now: Instant) {
        self.metrics.beat.turn(now);
        self.look_at_warming(now);
        self.overlay.tend();
        self.reads.expire(now, &mut self.outcomes);
        self.with_writer(Self::settle_calls);
        self.show();
        self.complain();
        self.look(now);
        let wants_input = self.wants_input();
        let Some(writer) = &mut self.writer else { return };
        if !wants_input {
            writer.peer.excuse(now);
        }
        if SILENCE <= writer.peer.silence(now) {
            return self.cut(Cut::Lost("silent"));
        }
        if IDLE <= writer.peer.idle(now) {
            writer.peer.put(Op::Ping, 0, 0, &[]);
        }
        self.flush(now);
    }

    /// Writes what waits for the writer.
    pub fn flush(&mut self, now: Instant) {
        if let Some(writer) = &mut self.writer
            && writer.peer.flush(now).is_err()
        {
            self.cut(Cut::Lost("failed, or does not read"));
        }
    }

    fn cut(&mut self, cut: Cut) {
        let Some(mut writer) = self.writer.take() else { return };
        self.metrics.writers.store(0, Relaxed);
        self.reads.link_lost();
        match cut {
            Cut::Ended => tracing::info!(event = "link.down", why = "ended"),
            Cut::Lost(why) => tracing::warn!(event = "link.down", why),
            Cut::Refused { lsn, refusal } => {
                let code = refusal.code();
                self.note(&refusal);
                tracing::error!(event = "link.cut", code, %refusal);
                self.metrics.refusals.fetch_add(1, Relaxed);
                writer.peer.put(Op::Refused, lsn.0, 0, format!("{code} {refusal}").as_bytes());
                self.parting.push(writer.peer);
            }
        }
    }

    /// Nothing more is journalled or read: the threads that wait for it end when they have done what they have. A backup
    /// ends while the rest is applied, or a stop would take the time of both.
    pub fn finish(&mut self) {
        self.metrics.backups.close();
        self.to_journal = crossbeam_channel::bounded(0).0;
        self.to_reader = crossbeam_channel::bounded(0).0;
    }

    /// A replacement is in force: everything is to be read again from the journal.
    #[must_use]
    pub fn is_amended(&self) -> bool {
        matches!(self.amending, Some(Amending::Done))
    }

    /// The process ends: tells the writer why, if it is for a reason, and gives up its link.
    pub fn close(&mut self, named: Option<(&str, &str)>) {
        let Some(mut writer) = self.writer.take() else { return };
        if let Some((code, text)) = named {
            writer.peer.put(Op::Refused, 0, 0, format!("{code} {text}").as_bytes());
        }
        self.parting.push(writer.peer);
    }

    /// Links that have their last words to deliver.
    pub fn take_parting(&mut self) -> Vec<Peer> {
        mem::take(&mut self.parting)
    }
}

const STRANGE: Cut = Cut::Lost("speaks something else");
/// A writer that was silent for so long may be replaced.
const LEASE: Duration = Duration::from_secs(10);
/// A link without anything to send gets a ping after this.
const IDLE: Duration = Duration::from_secs(5);
/// A link that was silent for so long is dead.
const SILENCE: Duration = Duration::from_secs(15);
