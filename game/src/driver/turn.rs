//! The logic thread: events in, one turn, output out. All that happens in this process happens here, in
//! the order of [`Turns::run`].

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use crossbeam_channel::never;
use proto::{
    close::CloseReason,
    handshake,
    ids::{Epoch, LinkId, Lsn},
    limits::LINK_DOWN_LATEST_BYTES,
    link::{KindRule, LinkWelcome},
    link_io::{Op, Record, take_record},
};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    calls::{Calls, Reply},
    clock,
    hasher::Hasher,
    input::{Batch, Inbox, Input, StoreUp},
    links::Links,
    outbox::Outbox,
    stopping::{Stopping, Verdict},
    store,
};
use crate::{
    Ready,
    error::Error,
    logic::{
        event::{Event, HashJob, HashJobId, HashResult, Now, TurnOut},
        world::World,
    },
    metrics::{DriverFigures, Metrics, State},
};

/// A gateway thread as the logic thread knows it.
struct GatewayLink {
    link: LinkId,
    outbox: Arc<Outbox>,
    /// What the world was told of its backlog.
    is_full: bool,
    _place: OwnedSemaphorePermit,
}

/// Where the process is in its life; each state holds what only it needs.
enum Phase {
    /// Until the world is loaded.
    Loading { ready: Box<dyn FnOnce(Ready) + Send> },
    /// Until gateways may connect.
    Opening { ready: Box<dyn FnOnce(Ready) + Send> },
    /// Players play.
    Serving,
    /// Asked to stop.
    Stopping(Stopping),
}

/// What the thread is made of.
pub(super) struct Parts {
    pub(super) world: World,
    pub(super) inbox: Inbox,
    pub(super) links: Links,
    pub(super) hasher: Hasher,
    pub(super) metrics: Arc<Metrics>,
    pub(super) kinds: Vec<KindRule>,
    pub(super) instance: u64,
    /// For the words of an error.
    pub(super) game_link: PathBuf,
    pub(super) ready: Box<dyn FnOnce(Ready) + Send>,
}

/// The logic thread.
pub(super) struct Turns {
    world: World,
    inbox: Inbox,
    links: Links,
    hasher: Hasher,
    metrics: Arc<Metrics>,
    welcome: LinkWelcome,
    game_link: PathBuf,
    phase: Option<Phase>,
    gateways: Vec<GatewayLink>,
    calls: Calls,
    out: TurnOut,
    /// Results that are known at once, for the next turn.
    replies: Vec<Reply>,
    hashes_refused: Vec<HashJobId>,
    first: Option<Input>,
    /// The world was told something after its turn: the next begins at once.
    is_due: bool,
    turn_began: Instant,
    turn_bytes: usize,
    figures: DriverFigures,
}

impl Turns {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts { world, inbox, links, hasher, metrics, kinds, instance, game_link, ready } = parts;
        Self {
            world,
            inbox,
            links,
            hasher,
            metrics,
            welcome: LinkWelcome {
                instance,
                build: handshake::BUILD.to_owned(),
                kinds,
                ..LinkWelcome::default()
            },
            game_link,
            phase: Some(Phase::Loading { ready }),
            gateways: Vec::new(),
            calls: Calls::default(),
            out: TurnOut::default(),
            replies: Vec::new(),
            hashes_refused: Vec::new(),
            first: None,
            is_due: false,
            turn_began: clock::instant(),
            turn_bytes: 0,
            figures: DriverFigures::default(),
        }
    }

    /// Turn after turn, until there is a reason to end.
    pub(super) fn run(mut self) -> Result<(), Error> {
        loop {
            self.wait();
            let now = clock::now();
            self.begin(now);
            self.take_known(now);
            self.take_inputs(now)?;
            self.world.end_turn(now, &mut self.out);
            self.send_out(now)?;
            if let Verdict::Done(end) = self.advance(now) {
                return end;
            }
            self.publish();
        }
    }

    /// Idle: until something comes or is due. Busy: not sooner than 1 ms after the last turn began, so that
    /// one turn, one write and one sync carry what many small ones would.
    fn wait(&mut self) {
        let spaced = self.turn_began + TURN_SPACING;
        if BUSY_BYTES <= self.turn_bytes {
            pass_time_until(spaced);
        }
        if std::mem::take(&mut self.is_due) || !self.replies.is_empty() || !self.hashes_refused.is_empty() {
            return;
        }
        let Some(deadline) = self.next_deadline() else {
            self.first = self.inbox.inputs.recv().ok();
            return;
        };
        self.first = self.inbox.inputs.recv_deadline(deadline).ok();
        if self.first.is_none() {
            pass_time_until(spaced);
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let stopping = match &self.phase {
            Some(Phase::Stopping(stopping)) => Some(stopping.next_deadline(clock::instant())),
            _ => None,
        };
        [self.world.next_deadline(), self.calls.next_deadline(), stopping].into_iter().flatten().min()
    }

    fn begin(&mut self, now: Now) {
        self.turn_began = now.instant;
        self.turn_bytes = 0;
        self.figures.turns += 1;
    }

    /// What was clear at the end of the last turn, and what ran out since.
    fn take_known(&mut self, now: Now) {
        self.calls.expire(now.instant, &mut self.replies);
        for (tag, result) in self.replies.drain(..) {
            self.world.on_event(Event::Rows { tag, result }, now);
        }
        for job in self.hashes_refused.drain(..) {
            self.world.on_event(Event::HashDone { job, result: HashResult::Failed }, now);
        }
    }

    fn take_inputs(&mut self, now: Now) -> Result<(), Error> {
        let mut next = self.first.take().or_else(|| self.inbox.inputs.try_recv().ok());
        while let Some(input) = next {
            self.take(input, now)?;
            next = if self.turn_bytes < TURN_BYTES_MAX { self.inbox.inputs.try_recv().ok() } else { None };
        }
        Ok(())
    }

    fn take(&mut self, input: Input, now: Now) -> Result<(), Error> {
        match input {
            Input::Gateway(link, batch) => self.take_gateway(link, batch, now),
            Input::Store(batch) => return self.take_store(batch, now),
            Input::Hash(job, result) => self.world.on_event(Event::HashDone { job, result }, now),
            Input::LinkUp(up) => {
                let (link, thread) = (up.link, up.thread);
                self.gateways.push(GatewayLink { link, outbox: up.outbox, is_full: false, _place: up.place });
                self.world.on_event(Event::LinkUp { link, thread }, now);
            }
            Input::LinkDown(link) => {
                self.gateways.retain(|gateway| gateway.link != link);
                self.out.links.retain(|(known, _)| *known != link);
                self.world.on_event(Event::LinkDown { link }, now);
            }
            Input::LinkDrained(link) => self.tell_backlog(link, now),
            Input::StoreUp(up) => self.take_store_up(up, now),
            Input::StoreDown => {
                self.calls.down(&mut self.replies);
                self.take_known(now);
                self.world.on_event(Event::StoreDown, now);
            }
            Input::Refused(refusal) => {
                return Err(Error::Refused { code: refusal.code, detail: refusal.detail });
            }
            Input::Listening(listening) => self.take_listening(listening)?,
            Input::Stop => self.stop(now),
            Input::Ended(part) => return Err(Error::Panicked { part }),
        }
        Ok(())
    }

    fn take_gateway(&mut self, link: LinkId, batch: Batch, now: Now) {
        self.turn_bytes += batch.bytes.len();
        self.figures.bytes_in += batch.bytes.len() as u64;
        // Once we stop, and on a link that is about to be cut, nothing is executed any more.
        let is_open = self.gateways.iter().any(|gateway| gateway.link == link && !gateway.outbox.is_cut());
        if is_open && !matches!(self.phase, Some(Phase::Stopping(_))) {
            each_record(&batch.bytes, |record| {
                self.world.on_event(Event::GatewayRecord { link, record }, now);
            });
        }
        self.inbox.recycle(batch.bytes);
    }

    fn take_store(&mut self, batch: Batch, now: Now) -> Result<(), Error> {
        let mut refused = None;
        each_record(&batch.bytes, |record| match record.op {
            Op::Durable => self.world.on_event(Event::Durable(Lsn(record.a)), now),
            Op::Applied => self.world.on_event(Event::Applied(Lsn(record.a)), now),
            Op::Reply => {
                if let Some((tag, result)) = self.calls.on_reply(&record, now.instant) {
                    self.world.on_event(Event::Rows { tag, result }, now);
                }
            }
            _ => refused = Some(String::from_utf8_lossy(record.payload).into_owned()),
        });
        self.inbox.recycle(batch.bytes);
        let Some(refused) = refused else { return Ok(()) };
        let (name, detail) = refused.split_once(' ').unwrap_or((&refused, ""));
        match store::refusal(name, detail) {
            Some(refusal) => Err(Error::Refused { code: refusal.code, detail: refusal.detail }),
            None => {
                tracing::warn!(event = "store.refused", name, detail);
                Ok(())
            }
        }
    }

    fn take_store_up(&mut self, up: StoreUp, now: Now) {
        self.calls.up(up.outbox);
        self.welcome.epoch = up.epoch;
        self.metrics.set_epoch(up.epoch);
        let (epoch, durable, applied) = (Epoch(up.epoch), Lsn(up.durable), Lsn(up.applied));
        self.world.on_event(Event::StoreUp { epoch, durable, applied, line: up.line }, now);
    }

    fn take_listening(&mut self, listening: std::io::Result<()>) -> Result<(), Error> {
        if let Err(source) = listening {
            return Err(Error::Listen { path: self.game_link.clone(), source });
        }
        self.phase = match self.phase.take() {
            Some(Phase::Opening { ready }) => {
                let accounts_loaded = self.world.figures().accounts_loaded;
                tracing::info!(event = "game.ready", accounts_loaded, epoch = self.welcome.epoch);
                self.metrics.set_state(State::Ready);
                ready(Ready { accounts_loaded, epoch: self.welcome.epoch });
                Some(Phase::Serving)
            }
            other => other,
        };
        Ok(())
    }

    fn stop(&mut self, now: Now) {
        if !matches!(self.phase, Some(Phase::Stopping(_))) {
            tracing::info!(event = "game.stopping");
            self.phase = Some(Phase::Stopping(Stopping::new(now.instant)));
        }
    }

    fn send_out(&mut self, now: Now) -> Result<(), Error> {
        if let Some(stop) = self.out.stop.take() {
            return Err(stop.into());
        }
        self.calls.send(&self.out.turns, &mut self.out.reads, now.instant, &mut self.replies);
        for gateway in &self.gateways {
            if self.out.cut.contains(&gateway.link) {
                tracing::warn!(event = "link.cut", link = %gateway.link);
                gateway.outbox.cut();
                self.figures.links_cut += 1;
            }
        }
        for index in 0..self.out.links.len() {
            let (link, bytes) = &mut self.out.links[index];
            let link = *link;
            if bytes.is_empty() {
                continue;
            }
            self.figures.bytes_out += bytes.len() as u64;
            if let Some(gateway) = self.gateways.iter().find(|gateway| gateway.link == link) {
                gateway.outbox.push(bytes);
            }
            self.tell_backlog(link, now);
        }
        for job in self.out.hashes.drain(..) {
            if let Err(HashJob::Make { id, .. } | HashJob::Verify { id, .. }) = self.hasher.offer(job) {
                self.figures.hashes_refused += 1;
                self.hashes_refused.push(id);
            }
        }
        self.out.clear();
        Ok(())
    }

    /// Tells the world when a link's backlog crossed the bound for latest-wins output.
    fn tell_backlog(&mut self, link: LinkId, now: Now) {
        let Some(gateway) = self.gateways.iter_mut().find(|gateway| gateway.link == link) else { return };
        let bytes = gateway.outbox.backlog();
        let is_full = LINK_DOWN_LATEST_BYTES < bytes;
        if gateway.is_full != is_full {
            gateway.is_full = is_full;
            self.is_due = true;
            self.world.on_event(Event::LinkBacklog { link, bytes }, now);
        }
    }

    /// From one phase to the next, after the turn's output left.
    fn advance(&mut self, now: Now) -> Verdict {
        match &mut self.phase {
            Some(Phase::Stopping(stopping)) => {
                let backlog = self.gateways.iter().map(|gateway| gateway.outbox.backlog()).sum();
                let verdict = stopping.after_turn(now.instant, &self.world.figures(), backlog);
                if matches!(verdict, Verdict::CloseClients) {
                    self.world.close_all(CloseReason::Stopping, now);
                }
                verdict
            }
            Some(Phase::Loading { .. }) if self.world.is_ready() => {
                if let Some(Phase::Loading { ready }) = self.phase.take() {
                    self.phase = Some(Phase::Opening { ready });
                }
                self.links.listen(self.welcome.clone());
                Verdict::GoOn
            }
            _ => Verdict::GoOn,
        }
    }

    fn publish(&mut self) {
        let state = match &self.phase {
            Some(Phase::Stopping(_)) => State::Stopping,
            _ if !self.calls.is_up() => State::WaitingForDbfront,
            Some(Phase::Serving) => State::Ready,
            _ => State::Loading,
        };
        self.metrics.set_state(state);
        let took = clock::instant().saturating_duration_since(self.turn_began);
        let figures = &mut self.figures;
        figures.turn_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        figures.turn_us_max = figures.turn_us_max.max(figures.turn_us);
        figures.links = self.gateways.len() as u64;
        figures.links_backlog_bytes =
            self.gateways.iter().map(|gateway| gateway.outbox.backlog() as u64).sum();
        figures.reads_in_flight = self.calls.in_flight() as u64;
        figures.hashes_waiting = self.hasher.waiting() as u64;
        self.metrics.publish(&self.world.figures(), figures);
    }
}

/// The records of a batch, without the driver's own.
fn each_record(bytes: &[u8], mut take: impl FnMut(Record<'_>)) {
    let mut rest = bytes;
    while let Ok(Some((record, used))) = take_record(rest) {
        rest = &rest[used..];
        if !matches!(record.op, Op::Ping | Op::Pong) {
            take(record);
        }
    }
}

/// Lets input gather without waking for each piece of it.
fn pass_time_until(moment: Instant) {
    // Nothing ever comes on this channel: its deadline is the event.
    let _never = never::<()>().recv_deadline(moment);
}

/// Between the beginnings of two turns under load.
const TURN_SPACING: Duration = Duration::from_millis(1);
/// A turn that took in as much was one under load.
const BUSY_BYTES: usize = 16 * 1024;
/// What one turn takes in before it ends; the rest waits for the next.
const TURN_BYTES_MAX: usize = 4 * 1024 * 1024;
