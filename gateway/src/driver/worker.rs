//! One I/O thread: its poll, its sockets, and the order of its turn.

use std::{
    io::ErrorKind,
    net::Shutdown,
    os::unix::net::UnixStream as StdUnixStream,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, net::UnixStream};
use proto::close::CloseReason;
use slotmap::SecondaryMap;

use super::{
    certificate::Certificate,
    clock::Clock,
    link::Link,
    listener::{Bound, Listener},
    orders::Orders,
    socket::{Left, Socket, mapped, queue, read_client},
};
use crate::{
    config::Live,
    error::Error,
    logic::{
        ConnKey,
        admission::{Admission, Arrival},
        bucket::Rate,
        hub::{Flush, Hub, Reseated},
        limits::{CLOSING_MS, LEAVE_MS_MAX, TURNED_AWAY_MAX},
        naps::Naps,
    },
    metrics::{Gauges, Metrics},
};

/// What all threads of the process share.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) admission: Mutex<Admission>,
    pub(super) certificate: Option<Certificate>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) orders: Orders,
    /// Called by each thread once, when it listens.
    pub(super) on_listening: Box<dyn Fn() + Send + Sync>,
}

/// What a thread watches beside its clients and its link: each says by its end what is to be done.
pub(super) struct Watched {
    /// Stop: the command line's, and the process's own for a failed thread.
    pub(super) stops: [StdUnixStream; 2],
    /// Leave.
    pub(super) leave: StdUnixStream,
}

/// See the module.
pub(super) struct Worker {
    shared: Arc<Shared>,
    poll: Poll,
    events: Events,
    /// Held so that their events come.
    watched: Vec<UnixStream>,
    bound: Option<Bound>,
    listener: Option<Listener>,
    link: Link,
    hub: Hub,
    sockets: SecondaryMap<ConnKey, Socket>,
    turned_away: usize,
    /// Sockets that may hold bytes, each once.
    readable: Vec<ConnKey>,
    scratch: Vec<u8>,
    keys: Vec<ConnKey>,
    gauges: Gauges,
    surveyed: Option<Instant>,
    naps: Naps,
    certificate_ms: u64,
    /// Up to which order of limits this goes by them.
    limits_seen: u64,
    /// Set when it is to leave: then it stops, whoever is left.
    leaves_at_ms: Option<u64>,
    /// Set by a stop: then the thread ends, whoever is left.
    stops_at_ms: Option<u64>,
}

impl Worker {
    pub(super) fn new(
        shared: Arc<Shared>,
        bound: Bound,
        hub: Hub,
        link: Link,
        watched: Watched,
    ) -> Result<Self, Error> {
        let poll = Poll::new().map_err(|source| Error::Io { what: "cannot poll", source })?;
        let Watched { stops: [stop, halted], leave } = watched;
        let mut watched = Vec::new();
        for (end, token) in [(stop, STOP), (halted, STOP), (leave, LEAVE)] {
            let mut end = UnixStream::from_std(end);
            poll.registry()
                .register(&mut end, token, Interest::READABLE)
                .map_err(|source| Error::Io { what: "cannot watch for a stop", source })?;
            watched.push(end);
        }
        Ok(Self {
            shared,
            poll,
            events: Events::with_capacity(EVENTS_PER_TURN),
            watched,
            bound: Some(bound),
            listener: None,
            link,
            hub,
            sockets: SecondaryMap::new(),
            turned_away: 0,
            readable: Vec::new(),
            scratch: vec![0; SCRATCH_BYTES],
            keys: Vec::new(),
            gauges: Gauges::default(),
            surveyed: None,
            naps: Naps::default(),
            certificate_ms: 0,
            limits_seen: 0,
            leaves_at_ms: None,
            stops_at_ms: None,
        })
    }

    /// Turns until stopped.
    pub(super) fn run(mut self) -> Result<(), Error> {
        loop {
            self.wait()?;
            let began = self.shared.clock.now();
            let now_ms = self.shared.clock.ms_at(began);
            if let Some(away_ms) = self.naps.turn(now_ms) {
                tracing::warn!(event = "thread.slept", thread = self.link.thread(), away_ms);
                self.hub.slept(now_ms, away_ms);
                self.link.slept(now_ms, away_ms);
            }
            self.take_limits();
            self.sort_events(now_ms);
            self.accept(now_ms);
            self.read_clients(now_ms);
            self.link.read(now_ms, &mut self.scratch, &mut self.hub);
            self.run_timers(now_ms);
            self.begin_to_listen()?;
            self.flush_clients(now_ms);
            self.link.write(now_ms, self.poll.registry(), &mut self.hub);
            self.drop_ended();
            self.report(began);
            if self.has_ended(now_ms) {
                return Ok(());
            }
        }
    }

    fn wait(&mut self) -> Result<(), Error> {
        let now_ms = self.shared.clock.now_ms();
        let is_link_full = self.hub.batch().is_full();
        let is_busy = self.link.is_readable() || self.hub.has_touched();
        let timeout_ms = if is_busy || (!self.readable.is_empty() && !is_link_full) {
            0
        } else {
            let mut next_ms = self.link.next_ms().min(self.hub.next_deadline_ms().unwrap_or(u64::MAX));
            next_ms = next_ms.min(self.stops_at_ms.or(self.leaves_at_ms).unwrap_or(u64::MAX));
            next_ms = next_ms.min(self.listener.as_ref().and_then(Listener::next_ms).unwrap_or(u64::MAX));
            if self.shared.certificate.is_some() {
                next_ms = next_ms.min(self.certificate_ms);
            }
            // With nothing to do it turns all the same: whoever asks whether it lives looks at its last turn.
            next_ms.saturating_sub(now_ms).min(IDLE_MS_MAX)
        };
        match self.poll.poll(&mut self.events, Some(Duration::from_millis(timeout_ms))) {
            Err(source) if source.kind() != ErrorKind::Interrupted => {
                Err(Error::Io { what: "cannot poll", source })
            }
            _ => Ok(()),
        }
    }

    fn take_limits(&mut self) {
        let Some(live) = self.shared.orders.limits_since(&mut self.limits_seen) else { return };
        let Live { max_connections, max_per_address, max_new_per_address_per_s, .. } = live;
        // All threads say the same of what they share.
        lock(&self.shared.admission).set_limits(max_connections, max_per_address, max_new_per_address_per_s);
        self.hub.set_rate(Rate { per_s: live.packets_per_s, burst: live.packets_burst });
    }

    fn sort_events(&mut self, now_ms: u64) {
        let (mut is_stopped, mut is_left) = (false, false);
        for event in &self.events {
            let is_hung_up = event.is_read_closed() || event.is_error();
            let is_readable = event.is_readable() || is_hung_up;
            match event.token() {
                LISTENER => {
                    if let Some(listener) = &mut self.listener {
                        listener.ready();
                    }
                }
                LINK => self.link.ready(is_readable, event.is_writable(), is_hung_up),
                STOP => is_stopped = true,
                LEAVE => is_left = true,
                Token(id) => {
                    let key = ConnKey::from_id(id as u64);
                    let Some(socket) = self.sockets.get_mut(key) else { continue };
                    socket.is_hung_up |= is_hung_up;
                    if is_readable && !socket.is_queued {
                        socket.is_queued = true;
                        self.readable.push(key);
                    }
                    if event.is_writable() {
                        self.hub.writable(key);
                    }
                }
            }
        }
        if is_stopped {
            self.stop(now_ms);
        } else if is_left {
            self.leave(now_ms);
        }
    }

    fn stop(&mut self, now_ms: u64) {
        if self.stops_at_ms.is_none() {
            self.shared.metrics.set_stopping();
            (self.bound, self.listener) = (None, None);
            self.stops_at_ms = Some(now_ms + CLOSING_MS);
            self.hub.close_all(now_ms, CloseReason::Stopping);
        }
    }

    /// Whoever waits in the listener's queue is accepted still, to be told; a closed listener would cut them off.
    fn leave(&mut self, now_ms: u64) {
        if self.stops_at_ms.or(self.leaves_at_ms).is_none() {
            self.shared.metrics.set_leaving();
            self.bound = None;
            if let Some(listener) = &mut self.listener {
                listener.ready();
            }
            self.leaves_at_ms = Some(now_ms + LEAVE_MS_MAX);
            self.hub.leave(now_ms);
        }
    }

    /// The turn that was taken was the last.
    fn has_ended(&mut self, now_ms: u64) -> bool {
        if self.leaves_at_ms.is_some_and(|at_ms| at_ms <= now_ms) {
            self.stop(now_ms);
        }
        let is_deserted = self.hub.is_empty() && self.listener.is_none();
        match (self.stops_at_ms, self.leaves_at_ms) {
            (Some(at_ms), _) => at_ms <= now_ms || is_deserted,
            (None, Some(_)) => is_deserted,
            (None, None) => false,
        }
    }

    fn accept(&mut self, now_ms: u64) {
        let Some(listener) = &mut self.listener else { return };
        let (shared, hub, registry) = (&self.shared, &mut self.hub, self.poll.registry());
        let (sockets, turned_away) = (&mut self.sockets, &mut self.turned_away);
        let is_leaving = self.leaves_at_ms.is_some();
        listener.accept(now_ms, |mut stream, from| {
            let address = mapped(from);
            let arrival = if is_leaving {
                Err(CloseReason::Stopping)
            } else {
                lock(&shared.admission).arrive(&address, now_ms)
            };
            let refused = match arrival {
                Ok(Arrival::Free) => None,
                Ok(Arrival::Crowded) if make_room(now_ms, shared, hub, sockets, turned_away) => None,
                Ok(Arrival::Crowded) => {
                    lock(&shared.admission).leave(&address, false);
                    Some(CloseReason::ServerFull)
                }
                Err(reason) => Some(reason),
            };
            let is_counted = refused.is_none();
            if !is_counted && *turned_away >= TURNED_AWAY_MAX {
                hub.tally().opened += 1;
                hub.tally().close(refused.unwrap_or(CloseReason::ServerFull));
                return;
            }
            *turned_away += usize::from(!is_counted);
            let key = hub.open(now_ms, address, from.port(), refused);
            let token = Token(usize::try_from(key.id()).unwrap_or(usize::MAX));
            // A small answer must not wait for the next one; where this fails it only waits.
            drop(stream.set_nodelay(true));
            let is_registered =
                registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE).is_ok();
            sockets.insert(key, Socket { stream, address, is_counted, is_queued: false, is_hung_up: false });
            if !is_registered {
                hub.hung_up(key, CloseReason::Io);
            }
        });
        if is_leaving && listener.is_drained() {
            self.listener = None;
        }
    }

    fn read_clients(&mut self, now_ms: u64) {
        if self.hub.batch().is_full() {
            return;
        }
        std::mem::swap(&mut self.readable, &mut self.keys);
        let keys = std::mem::take(&mut self.keys);
        for &key in &keys {
            if let Some(socket) = self.sockets.get_mut(key) {
                socket.is_queued = false;
                if read_client(key, socket, now_ms, &mut self.scratch, &mut self.hub) == Left::Bytes {
                    queue(&mut self.sockets, &mut self.readable, key);
                }
            }
        }
        self.keys = keys;
        self.keys.clear();
    }

    fn run_timers(&mut self, now_ms: u64) {
        self.hub.run_timers(now_ms);
        self.hub.take_resumed(&mut self.keys);
        for key in self.keys.drain(..) {
            queue(&mut self.sockets, &mut self.readable, key);
        }
        self.link.run_timers(now_ms, self.poll.registry(), &mut self.hub);
        if let Some(certificate) = &self.shared.certificate
            && self.certificate_ms <= now_ms
        {
            self.certificate_ms = now_ms + CERTIFICATE_MS;
            self.hub.set_tls(Some(certificate.current()));
        }
    }

    /// Clients are let in when game is there for the first time.
    fn begin_to_listen(&mut self) -> Result<(), Error> {
        if self.link.is_up()
            && let Some(bound) = self.bound.take()
        {
            let listener = bound
                .listen(self.poll.registry(), LISTENER)
                .map_err(|source| Error::Io { what: "cannot listen", source })?;
            self.listener = Some(listener);
            (self.shared.on_listening)();
        }
        Ok(())
    }

    fn flush_clients(&mut self, now_ms: u64) {
        self.hub.take_touched(FLUSHES_PER_TURN, &mut self.keys);
        let mut keys = std::mem::take(&mut self.keys);
        for key in keys.drain(..) {
            let Some(socket) = self.sockets.get_mut(key) else { continue };
            match self.hub.flush(key, now_ms, &mut socket.stream) {
                Flush::Done => {}
                Flush::ShutWrite => {
                    // A socket that cannot be shut is gone, and its next read says so.
                    drop(socket.stream.shutdown(Shutdown::Write));
                    queue(&mut self.sockets, &mut self.readable, key);
                }
            }
        }
        self.keys = keys;
    }

    fn drop_ended(&mut self) {
        let mut keys = std::mem::take(&mut self.keys);
        // In this order: one that is both was counted before.
        self.hub.take_relapsed(&mut keys);
        let relapsed = keys.len();
        self.hub.take_admitted(&mut keys);
        for (nth, key) in keys.drain(..).enumerate() {
            let Some(socket) = self.sockets.get(key).filter(|socket| socket.is_counted) else { continue };
            let mut admission = lock(&self.shared.admission);
            if nth < relapsed {
                admission.relapse(&socket.address);
            } else {
                admission.admit(&socket.address);
            }
        }
        self.keys = keys;
        self.hub.take_ended(|key, client| {
            let Some(socket) = self.sockets.remove(key) else { return };
            if socket.is_counted {
                lock(&self.shared.admission).leave(&socket.address, client.is_on_its_way());
            } else {
                self.turned_away -= 1;
            }
        });
    }

    fn report(&mut self, began: Instant) {
        let took = self.shared.clock.now().saturating_duration_since(began);
        self.shared.metrics.turned(self.link.thread(), began, took);
        for op in self.hub.take_ops() {
            tracing::debug!(event = "op.received", op = %op);
        }
        // The level may be raised while this runs.
        self.hub.note_ops(tracing::enabled!(tracing::Level::DEBUG));
        self.shared.metrics.add(self.hub.tally());
        if let Some(Reseated { clients, longest_ms }) = self.hub.take_reseated() {
            tracing::info!(event = "clients.reseated", thread = self.link.thread(), n = clients, longest_ms);
        }
        let mut outboxes = self.gauges.outboxes;
        if self.surveyed.is_none_or(|at| SURVEY <= began.saturating_duration_since(at)) {
            self.surveyed = Some(began);
            outboxes = self.hub.outboxes();
            self.shared.metrics.charge(self.hub.bill());
        }
        let now = Gauges {
            connections: self.hub.len(),
            parked: self.hub.parked(),
            groups: self.hub.groups(),
            link_bytes_waiting: self.hub.batch().waiting().len(),
            transports: self.hub.transports(),
            outboxes,
            is_serving: self.listener.is_some() && self.link.is_up(),
        };
        self.shared.metrics.show(&mut self.gauges, now);
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.metrics.show(&mut self.gauges, Gauges::default());
        for end in &mut self.watched {
            drop(self.poll.registry().deregister(end));
        }
    }
}

/// Closes the oldest of this thread's clients that have not logged in; false: there is none. It gives up its
/// place at once, however long its goodbye takes; with many of those under way it goes without.
fn make_room(
    now_ms: u64,
    shared: &Shared,
    hub: &mut Hub,
    sockets: &mut SecondaryMap<ConnKey, Socket>,
    turned_away: &mut usize,
) -> bool {
    let Some(key) = hub.take_oldest_half_done() else { return false };
    if let Some(socket) = sockets.get_mut(key)
        && std::mem::take(&mut socket.is_counted)
    {
        lock(&shared.admission).leave(&socket.address, false);
        *turned_away += 1;
    }
    if *turned_away <= TURNED_AWAY_MAX {
        hub.close(key, now_ms, CloseReason::CrowdedOut);
    } else {
        hub.hung_up(key, CloseReason::CrowdedOut);
    }
    true
}

fn lock(admission: &Mutex<Admission>) -> MutexGuard<'_, Admission> {
    admission.lock().unwrap_or_else(PoisonError::into_inner)
}

// Tokens of connections carry a generation, so they begin at 2³².
const LISTENER: Token = Token(0);
pub(super) const LINK: Token = Token(1);
const STOP: Token = Token(2);
const LEAVE: Token = Token(3);
const EVENTS_PER_TURN: usize = 1_024;
/// The thread's read buffer, for link and clients in turn.
const SCRATCH_BYTES: usize = 256 * 1024;
/// Clients that are written to in one turn: thousands at once would keep others from being heard. The rest comes
/// in the next.
const FLUSHES_PER_TURN: usize = 1_024;
/// The longest pause between two turns.
const IDLE_MS_MAX: u64 = 1_000;
/// How often every outbox is looked into, and the bill told.
const SURVEY: Duration = Duration::from_millis(900);
/// How often the certificate's files are looked at.
const CERTIFICATE_MS: u64 = 1_000;
