//! The logic thread: events in, one turn, output out. All that happens in this process happens here, in
//! the order of [`Turns::run`].

mod intake;
mod times;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use crossbeam_channel::never;
use proto::{
    close::CloseReason,
    handshake,
    ids::LinkId,
    link::{KindRule, LinkWelcome},
};
use tokio::sync::OwnedSemaphorePermit;

use self::times::Times;
use super::{
    askers::Askers,
    bundles::Bundles,
    calls::{Calls, Reply},
    clock,
    hasher::Hasher,
    input::{Inbox, Input},
    links::Links,
    outbox::{self, Outbox},
    stopping::{Stopping, Verdict},
    watchdog::Notes,
};
use crate::{
    Ready,
    error::Error,
    failpoint::point,
    logic::{
        event::{ABANDONED, BrokenRoom, Diverged, Event, HashJob, HashJobId, Now, TURN_COUNTS_MAX, TurnOut},
        ops::OpNote,
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

/// Where the process is in its life.
enum Phase {
    /// Until the world is loaded.
    Loading,
    /// Until gateways may connect.
    Opening,
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
    /// Told to dbfront when it is found again.
    pub(super) held_from: Arc<AtomicU64>,
    /// For the words of an error.
    pub(super) game_link: PathBuf,
    pub(super) ready: Box<dyn FnOnce(Ready) + Send>,
    /// Of rooms that an earlier process could not end.
    pub(super) notes: Notes,
    pub(super) bundles: Bundles,
}

/// The logic thread.
pub(super) struct Turns {
    world: World,
    inbox: Inbox,
    links: Links,
    hasher: Hasher,
    metrics: Arc<Metrics>,
    welcome: LinkWelcome,
    held_from: Arc<AtomicU64>,
    game_link: PathBuf,
    phase: Phase,
    /// Called once, on the way from opening to serving.
    ready: Option<Box<dyn FnOnce(Ready) + Send>>,
    gateways: Vec<GatewayLink>,
    calls: Calls,
    askers: Askers,
    notes: Notes,
    bundles: Bundles,
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
    times: Times,
}

impl Turns {
    pub(super) fn new(parts: Parts) -> Self {
        let Parts {
            world,
            inbox,
            links,
            hasher,
            metrics,
            kinds,
            instance,
            held_from,
            game_link,
            ready,
            notes,
            bundles,
        } = parts;
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
            held_from,
            game_link,
            phase: Phase::Loading,
            ready: Some(ready),
            gateways: Vec::new(),
            calls: Calls::default(),
            askers: Askers::default(),
            notes,
            bundles,
            out: TurnOut::default(),
            replies: Vec::new(),
            hashes_refused: Vec::new(),
            first: None,
            is_due: false,
            turn_began: clock::instant(),
            turn_bytes: 0,
            figures: DriverFigures::default(),
            times: Times::default(),
        }
    }

    /// Turn after turn, until there is a reason to end.
    pub(super) fn run(mut self) -> Result<(), Error> {
        self.publish();
        loop {
            self.wait();
            // The level may be raised while this runs.
            self.world.note_ops(tracing::enabled!(tracing::Level::DEBUG));
            let now = clock::now();
            self.begin(now);
            self.take_known(now);
            self.take_inputs(now)?;
            self.world.end_turn(now, &mut self.out);
            point!("turn.closed", if !self.out.turns.is_empty());
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
        // With nothing to do it turns all the same: whoever asks whether it lives looks at its last turn.
        let idle = clock::instant() + IDLE_MAX;
        let deadline = self.next_deadline().map_or(idle, |deadline| deadline.min(idle));
        self.first = self.inbox.inputs.recv_deadline(deadline).ok();
        if self.first.is_none() {
            pass_time_until(spaced);
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let stopping = match &self.phase {
            Phase::Stopping(stopping) => Some(stopping.next_deadline(clock::instant())),
            _ => None,
        };
        [self.world.next_deadline(), self.calls.next_deadline(), stopping].into_iter().flatten().min()
    }

    fn begin(&mut self, now: Now) {
        let away = now.instant.saturating_duration_since(self.turn_began);
        if SLEPT_MIN <= away {
            tracing::warn!(
                event = "game.slept",
                away_ms = u64::try_from(away.as_millis()).unwrap_or(u64::MAX)
            );
            self.world.on_event(Event::Slept { away }, now);
        } else if TURN_COUNTS_MAX < away {
            self.world.on_event(Event::Stalled { away }, now);
        }
        self.turn_began = now.instant;
        self.turn_bytes = 0;
        self.figures.turns += 1;
        self.tell_times(now);
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
                point!("reply.write");
                point!("reply.half", after gateway.outbox.push(&mut bytes[..bytes.len() / 2].to_vec()));
                gateway.outbox.push(bytes);
                point!("reply.written");
            }
            self.tell_backlog(link, now);
        }
        for job in self.out.hashes.drain(..) {
            if let Err(HashJob::Make { id, .. } | HashJob::Verify { id, .. }) = self.hasher.offer(job) {
                self.hashes_refused.push(id);
            }
        }
        for (id, response) in self.out.staff.drain(..) {
            self.askers.answer(id, response);
        }
        self.askers.reloaded();
        for OpNote { op, lsn, is_released } in self.out.ops.drain(..) {
            if is_released {
                tracing::debug!(event = "op.released", op = %op, lsn = lsn.0);
            } else {
                tracing::debug!(event = "op.executed", op = %op, lsn = lsn.0);
            }
        }
        for BrokenRoom { room, kind, name, detail, bundle } in self.out.broken.drain(..) {
            if name == ABANDONED {
                tracing::info!(event = "room.abandoned", room = room.0, kind);
                continue;
            }
            let why = detail.lines().next().unwrap_or_default();
            tracing::error!(event = "room.broken", room = room.0, kind, name, why);
            if bundle.is_some_and(|bundle| !self.bundles.offer(room, bundle)) {
                tracing::warn!(event = "room.bundle_dropped", room = room.0);
            }
        }
        for Diverged { room, kind, input, field } in self.out.diverged.drain(..) {
            tracing::error!(event = "room.diverged", room = room.0, kind, input, field);
        }
        for room in self.out.released.drain(..) {
            // Kept, it only makes the next start look for a room that is closed.
            let is_put_away = self.notes.put_away(room).is_ok();
            tracing::info!(event = "room.released", room = room.0, is_put_away);
        }
        for account in &self.out.guessed {
            tracing::warn!(event = "resume.guessed", account = account.0);
        }
        self.out.clear();
        Ok(())
    }

    /// Tells the world when a link's backlog crossed the bound for latest-wins output.
    fn tell_backlog(&mut self, link: LinkId, now: Now) {
        let Some(gateway) = self.gateways.iter_mut().find(|gateway| gateway.link == link) else { return };
        let bytes = gateway.outbox.backlog();
        let is_full = outbox::is_full(gateway.is_full, bytes);
        if gateway.is_full != is_full {
            gateway.is_full = is_full;
            self.is_due = true;
            self.world.on_event(Event::LinkBacklog { link, bytes }, now);
        }
    }

    /// From one phase to the next, after the turn's output left.
    fn advance(&mut self, now: Now) -> Verdict {
        match &mut self.phase {
            Phase::Stopping(stopping) => {
                let backlog = self.gateways.iter().map(|gateway| gateway.outbox.backlog()).sum();
                let verdict = stopping.after_turn(now.instant, &self.world.figures(), backlog);
                if matches!(verdict, Verdict::CloseClients) {
                    self.world.close_all(CloseReason::Stopping, now);
                }
                verdict
            }
            Phase::Loading if self.world.is_ready() => {
                self.phase = Phase::Opening;
                self.links.listen(self.welcome.clone());
                Verdict::GoOn
            }
            Phase::Loading | Phase::Opening | Phase::Serving => Verdict::GoOn,
        }
    }

    fn publish(&mut self) {
        let state = match &self.phase {
            Phase::Stopping(_) => State::Stopping,
            _ if !self.calls.is_up() => State::WaitingForDbfront,
            Phase::Serving => State::Ready,
            _ => State::Loading,
        };
        self.metrics.set_state(state);
        self.held_from.store(self.world.held_from().map_or(0, |lsn| lsn.0), Relaxed);
        let now = clock::instant();
        let took = now.saturating_duration_since(self.turn_began);
        self.metrics.turned(now, took, &self.world);
        self.times.note(took);
        let figures = &mut self.figures;
        figures.turn_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        figures.turn_us_max = figures.turn_us_max.max(figures.turn_us);
        figures.links = self.gateways.len() as u64;
        figures.links_backlog_bytes =
            self.gateways.iter().map(|gateway| gateway.outbox.backlog() as u64).sum();
        figures.reads_in_flight = self.calls.in_flight() as u64;
        self.metrics.publish(&self.world.figures(), figures);
    }
}

/// Lets input gather without waking for each piece of it.
fn pass_time_until(moment: Instant) {
    // Nothing ever comes on this channel: its deadline is the event.
    let _never = never::<()>().recv_deadline(moment);
}

/// Between the beginnings of two turns under load.
const TURN_SPACING: Duration = Duration::from_millis(1);
/// The longest pause between two turns.
const IDLE_MAX: Duration = Duration::from_secs(1);
/// So long without a turn is none of a thread at work.
const SLEPT_MIN: Duration = Duration::from_secs(5);
/// A turn that took in as much was one under load.
const BUSY_BYTES: usize = 16 * 1024;

const _: () = {
    // Whoever has nothing to do has not stalled.
    assert!(IDLE_MAX.as_millis() < TURN_COUNTS_MAX.as_millis());
    assert!(TURN_COUNTS_MAX.as_millis() < SLEPT_MIN.as_millis());
};
