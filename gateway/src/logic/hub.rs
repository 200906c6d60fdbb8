//! One I/O thread's clients: the door through which bytes, records and time come in. Closes, timers and
//! frames to write are collected here and done by the driver at their place in the turn. Knows no sockets.

mod apply;
mod client;
mod flush;
mod half_done;
mod leaving;
mod outlet;
mod parking;
#[cfg(test)]
mod tests;
mod timers;

use std::panic::{AssertUnwindSafe, catch_unwind};

use proto::{close::CloseReason, kinds::Lane, link_io::Op, turn::TxnId, wire};
use slotmap::SlotMap;

pub use apply::LinkFault;
pub use client::{Client, Life};
pub use flush::Flush;
pub use parking::Reseated;

use super::{
    ConnKey,
    admission::Address,
    bill::{Bill, RowId, Sent},
    bucket::Rate,
    chance::Chance,
    encoder::Encoder,
    groups::Groups,
    limits::{CLOSING_MS, ClientLimits, RETRY_AFTER_MS},
    link_batch::LinkBatch,
    outbox::Offer,
    session::{Desk, Inbound, Stage},
    stopwatch::Stopwatch,
    survey::{Outboxes, Survey},
    tally::Tally,
    transport::{Setup, TransportKind},
};
use apply::Gathering;
use leaving::Leaving;
use outlet::Outlet;
use parking::Parking;

/// See the module.
#[derive(Debug)]
pub struct Hub {
    setup: Setup,
    rate: Rate,
    outlet: Outlet,
    clients: SlotMap<ConnKey, Client>,
    groups: Groups,
    encoder: Encoder,
    desk: Desk,
    gathering: Gathering,
    answers: Vec<u8>,
    /// Clients that may be read again.
    resumed: Vec<ConnKey>,
    /// Clients that are not half done any more: game admitted them, or lets them wait their turn.
    admitted: Vec<ConnKey>,
    /// Clients that are half done again.
    relapsed: Vec<ConnKey>,
    /// Clients whose socket goes at the end of the turn.
    ended: Vec<ConnKey>,
    half_done: half_done::HalfDone,
    parking: Parking,
    leaving: Option<Leaving>,
    chance: Chance,
    survey: Survey,
}

/// Whether a client's socket is to be read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Yes.
    Now,
    /// Yes, and what it says no longer matters.
    Discard,
    /// When the link to game has room again: ask then.
    LinkFull,
    /// When its budget is back: it will be among the resumed.
    OverRate,
    /// When game has its seat for it: it will be among the resumed. If it hangs up meanwhile it is gone.
    Parked,
    /// No more.
    Never,
}

impl Hub {
    /// Without clients and without a link.
    #[must_use]
    pub fn new(limits: ClientLimits, setup: Setup) -> Self {
        Self {
            setup,
            rate: Rate { per_s: limits.packets_per_s, burst: limits.packets_burst },
            outlet: Outlet::new(limits),
            clients: SlotMap::with_key(),
            groups: Groups::default(),
            encoder: Encoder::default(),
            desk: Desk::default(),
            gathering: Gathering::default(),
            answers: Vec::new(),
            resumed: Vec::new(),
            admitted: Vec::new(),
            relapsed: Vec::new(),
            ended: Vec::new(),
            half_done: half_done::HalfDone::default(),
            parking: Parking::default(),
            leaving: None,
            chance: Chance::new(0),
            survey: Survey::default(),
        }
    }

    /// The seed of all that is left to chance.
    pub fn set_seed(&mut self, seed: u64) {
        self.chance = Chance::new(seed);
    }

    /// The packet budget of every client from now on; what one has saved up beyond it goes when it is looked at next.
    pub fn set_rate(&mut self, rate: Rate) {
        self.rate = rate;
        for (key, client) in &mut self.clients {
            // Who waits for its budget may wait for less time now.
            if client.is_over_rate && client.life == Life::Open {
                self.outlet.arm(key, client, rate);
            }
        }
    }

    /// What new TLS connections get.
    pub fn set_tls(&mut self, tls: Option<std::sync::Arc<rustls::ServerConfig>>) {
        self.setup.tls = tls;
    }

    /// A client came. One that is turned away stays only to be told.
    pub fn open(
        &mut self,
        now_ms: u64,
        address: Address,
        port: u16,
        turned_away: Option<CloseReason>,
    ) -> ConnKey {
        let stage = turned_away.map_or(Stage::ExpectHello, Stage::TurnedAway);
        let client = Client::new(now_ms, address, port, stage, self.rate);
        let key = self.clients.insert(client);
        self.desk.tally.opened += 1;
        self.survey.come();
        if turned_away.is_none() {
            self.remember_half_done(key);
        }
        self.arm(key);
        key
    }

    /// Bytes came from a client; without bytes: it goes on after a pause.
    pub fn receive(&mut self, key: ConnKey, now_ms: u64, bytes: &[u8]) {
        let Some(client) = self.clients.get_mut(key).filter(|client| client.life == Life::Open) else {
            return;
        };
        client.heard_ms = now_ms;
        client.session.bucket.fill(self.rate, now_ms);
        self.desk.tally.bytes_in += bytes.len() as u64;
        let batch_bytes = self.desk.batch.buffer().len();
        let spoken = client.session.transport;
        let mut sink = Inbound {
            session: &mut client.session,
            id: key.id(),
            rate: self.rate,
            desk: &mut self.desk,
            answers: &mut self.answers,
        };
        let received =
            catch_unwind(AssertUnwindSafe(|| client.transport.receive(bytes, &self.setup, &mut sink)));
        let Ok(result) = received else {
            return self.break_off(key, batch_bytes);
        };
        self.survey.speaks(spoken, client.session.transport);
        client.is_over_rate = client.session.bucket.is_in_debt();
        client.is_held = client.is_over_rate || self.desk.batch.is_full();
        let is_over_rate = client.is_over_rate;
        let wire_bytes = client.transport.wire().waiting().len();
        if 0 < wire_bytes {
            self.touch(key);
        }
        if !self.answers.is_empty() {
            let mut answers = std::mem::take(&mut self.answers);
            self.send(key, now_ms, Lane::Control, &answers);
            answers.clear();
            self.answers = answers;
            self.close_overwhelmed(now_ms);
        }
        if is_over_rate {
            self.desk.tally.throttled += 1;
            self.arm(key);
        }
        if let Err(reason) = result {
            self.close(key, now_ms, reason);
        } else if self.outlet.bounds.hard_bytes < wire_bytes {
            // Answers of the transport itself pile up: it asks and does not read.
            self.close(key, now_ms, CloseReason::TooSlow);
        }
    }

    /// A bug of ours met this client's bytes: what they left half done goes, and the connection with it.
    /// The process holds thousands of others.
    fn break_off(&mut self, key: ConnKey, batch_bytes: usize) {
        self.desk.batch.buffer().truncate(batch_bytes);
        self.desk.renew();
        self.answers.clear();
        self.hung_up(key, CloseReason::Internal);
    }

    /// Whether to read this client's socket. Goes on with what a pause held back first.
    pub fn reading(&mut self, key: ConnKey, now_ms: u64) -> Reading {
        let is_full = self.desk.batch.is_full();
        let Some(client) = self.clients.get_mut(key) else {
            return Reading::Never;
        };
        match client.life {
            Life::Open if client.session.stage.is_parked() => Reading::Parked,
            Life::Open if is_full => Reading::LinkFull,
            Life::Open if client.is_held => {
                self.receive(key, now_ms, &[]);
                let client = &self.clients[key];
                match client.life {
                    Life::Open if client.is_over_rate => Reading::OverRate,
                    Life::Open if client.is_held => Reading::LinkFull,
                    Life::Open => Reading::Now,
                    Life::Closing { .. } | Life::Parting { .. } | Life::Ended => Reading::Never,
                }
            }
            Life::Open => Reading::Now,
            Life::Parting { .. } => Reading::Discard,
            Life::Closing { .. } | Life::Ended => Reading::Never,
        }
    }

    /// Bytes of a parting client were read and dropped.
    pub fn discard(&mut self, key: ConnKey, bytes: usize) {
        if let Some(client) = self.clients.get_mut(key)
            && let Life::Parting { left_bytes, .. } = &mut client.life
        {
            *left_bytes = left_bytes.saturating_sub(bytes);
            if *left_bytes == 0 {
                self.end(key);
            }
        }
    }

    /// The socket ended or failed: nothing can be said any more.
    pub fn hung_up(&mut self, key: ConnKey, reason: CloseReason) {
        if self.clients.get(key).is_some_and(|client| client.life == Life::Open) {
            self.leave_game(key, reason);
        }
        self.end(key);
    }

    /// Says why and closes, once what waits is written.
    pub fn close(&mut self, key: ConnKey, now_ms: u64, reason: CloseReason) {
        let Some(client) = self.clients.get(key).filter(|client| client.life == Life::Open) else {
            return;
        };
        // Whoever said goodbye in the transport's words gets them back, if there are any.
        let can_hear = client.has_wire() || (reason != CloseReason::Gone && client.transport.can_send());
        if !can_hear {
            return self.hung_up(key, reason);
        }
        if client.transport.can_send() {
            let retry_after_ms = match reason {
                CloseReason::ServerFull => RETRY_AFTER_MS,
                CloseReason::GameAway | CloseReason::Stopping => self.return_after_ms(),
                _ => 0,
            };
            let mut packets = Vec::new();
            wire::put_close(&mut packets, reason, retry_after_ms);
            if reason == CloseReason::TooSlow {
                let lost = &mut self.desk.tally.lost;
                self.clients[key].outbox.abandon(&mut self.outlet.pool, lost);
            }
            self.send(key, now_ms, Lane::Control, &packets);
        }
        self.leave_game(key, reason);
        self.clients[key].life = Life::Closing { until_ms: now_ms + CLOSING_MS };
        self.arm(key);
        self.touch(key);
    }

    /// Closes everyone.
    pub fn close_all(&mut self, now_ms: u64, reason: CloseReason) {
        let keys: Vec<ConnKey> = self.clients.keys().collect();
        for key in keys {
            self.close(key, now_ms, reason);
        }
    }

    /// What waits for the link.
    pub fn batch(&mut self) -> &mut LinkBatch {
        &mut self.desk.batch
    }

    /// Whether commands that come are noted for [`Self::take_ops`].
    pub fn note_ops(&mut self, is_on: bool) {
        self.desk.ops = is_on.then(Vec::new);
    }

    /// The commands that came since this was last taken.
    pub fn take_ops(&mut self) -> impl Iterator<Item = TxnId> {
        self.desk.ops.iter_mut().flat_map(|noted| noted.drain(..))
    }

    /// By what it is told how long things take.
    pub fn set_watch(&mut self, watch: Stopwatch) {
        self.desk.watch = watch;
        self.desk.bill.set_watch(watch);
        self.encoder.set_watch(watch);
    }

    /// What each kind of packet cost since this was last told.
    pub fn bill(&mut self) -> &mut Bill {
        &mut self.desk.bill
    }

    /// Connections by what they speak, in the order of `TransportKind::ALL`.
    #[must_use]
    pub fn transports(&self) -> [usize; TransportKind::ALL.len()] {
        self.survey.transports()
    }

    /// Looks into every outbox: not for each turn.
    #[must_use]
    pub fn outboxes(&self) -> Outboxes {
        Outboxes::of(self.clients.values().map(|client| client.outbox.waiting_bytes()))
    }

    /// What was counted since this was last taken.
    pub fn tally(&mut self) -> &mut Tally {
        &mut self.desk.tally
    }

    /// One client.
    #[must_use]
    pub fn client(&self, key: ConnKey) -> Option<&Client> {
        self.clients.get(key)
    }

    /// Something that came from it may wait in its transport, or its socket.
    #[must_use]
    pub fn is_held(&self, key: ConnKey) -> bool {
        self.clients.get(key).is_some_and(|client| client.is_held)
    }

    /// Groups with members here.
    #[must_use]
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// Clients, closing ones too.
    #[must_use]
    pub fn len(&self) -> usize {
        self.clients.len()
    }

    /// Nobody is here.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clients.is_empty()
    }

    /// Clients that may be read again.
    pub fn take_resumed(&mut self, into: &mut Vec<ConnKey>) {
        into.append(&mut self.resumed);
    }

    /// Clients that are half done again; to be taken before those that are not any more.
    pub fn take_relapsed(&mut self, into: &mut Vec<ConnKey>) {
        into.append(&mut self.relapsed);
    }

    /// Clients that are not half done any more.
    pub fn take_admitted(&mut self, into: &mut Vec<ConnKey>) {
        into.append(&mut self.admitted);
    }

    /// Forgets the clients whose end has come, and names each, so that its socket goes too.
    pub fn take_ended(&mut self, mut on_ended: impl FnMut(ConnKey, &Client)) {
        for key in std::mem::take(&mut self.ended) {
            if let Some(mut client) = self.clients.remove(key) {
                self.outlet.deadlines.disarm(key, &mut client.armed_ms);
                self.survey.go(client.session.transport);
                on_ended(key, &client);
            }
        }
    }

    /// Puts packets for one client into its outbox as one frame.
    fn send(&mut self, key: ConnKey, now_ms: u64, lane: Lane, packets: &[u8]) {
        let Some(client) = self.clients.get_mut(key) else { return };
        if !client.transport.can_send() {
            return;
        }
        let Desk { tally, bill, .. } = &mut self.desk;
        let (by, timing) = (bill.open(packets), bill.begin(false));
        let frame = self.encoder.frame(lane, packets, usize::MAX, &mut client.pace, tally);
        let frame_bytes = frame.len();
        let offer = Offer { frame, shared: None, lane, group: None, expires_ms: 0 };
        let is_taken = self.outlet.offer((key, client), offer, by, now_ms, tally);
        bill.charge(Sent { frame_bytes, receivers: is_taken.into() }, timing);
    }

    fn close_overwhelmed(&mut self, now_ms: u64) {
        for key in std::mem::take(&mut self.outlet.overwhelmed) {
            self.close(key, now_ms, CloseReason::TooSlow);
        }
    }

    /// Tells game, counts, and takes it out of its groups. The client keeps its slot until its socket goes.
    fn leave_game(&mut self, key: ConnKey, reason: CloseReason) {
        let Some(client) = self.clients.get_mut(key) else { return };
        self.groups.forget(key);
        self.parking.leave(client.session.stage);
        self.desk.probes.forget(key.id());
        if client.session.stage.is_opened() {
            self.desk.batch.put(Op::Closed, key.id(), reason as u64, &[]);
        }
        self.desk.tally.close(reason);
    }

    fn end(&mut self, key: ConnKey) {
        if let Some(client) = self.clients.get_mut(key)
            && client.life != Life::Ended
        {
            client.life = Life::Ended;
            client.outbox.end(&mut self.outlet.pool, &mut self.desk.tally.lost);
            self.outlet.deadlines.disarm(key, &mut client.armed_ms);
            self.ended.push(key);
        }
    }

    fn touch(&mut self, key: ConnKey) {
        if let Some(client) = self.clients.get_mut(key) {
            self.outlet.touch(key, client, RowId::TRANSPORT);
        }
    }

    /// Makes sure that this client is looked at when its next deadline comes.
    fn arm(&mut self, key: ConnKey) {
        if let Some(client) = self.clients.get_mut(key) {
            self.outlet.arm(key, client, self.rate);
        }
    }
}
