//! One player's connections, from the first to the last goodbye.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use client::{
    Error as ClientError, Event, Stream, TransportKind,
    logic::lasting::{Way, Ways},
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};
use tokio::{
    sync::watch,
    time::{sleep_until, timeout},
};

use crate::{
    driver::{clock, course::Shared},
    logic::{
        census::Standing,
        player::{Phase, Player},
        stats::Deed,
        world::Finding,
    },
};

/// Plays player `id` from `begin` on until it is checked or gives up.
pub(super) async fn live(shared: Rc<Shared>, id: u32, begin: Instant, phase: watch::Receiver<Phase>) {
    sleep_until(begin.into()).await;
    let mut rng = ChaCha8Rng::seed_from_u64(shared.options.seed ^ BACKOFF_SEED);
    rng.set_stream(id.into());
    let player = Player::new(id, &shared.options);
    let mut life = Life {
        id,
        player,
        phase,
        rng,
        ways: Ways::default(),
        is_between: false,
        has_registered: false,
        move_at: None,
        shared: shared.clone(),
    };
    life.live(begin).await;
    shared.changed.notify_one();
}

pub(super) struct Life {
    pub(super) shared: Rc<Shared>,
    pub(super) id: u32,
    pub(super) player: Player,
    phase: watch::Receiver<Phase>,
    rng: ChaCha8Rng,
    /// How it comes back.
    pub(super) ways: Ways,
    /// Its connection died, and its session may go on.
    is_between: bool,
    /// A registration was sent, so the name may exist although no answer came.
    pub(super) has_registered: bool,
    /// The gateway wants it to come by another, then.
    move_at: Option<Instant>,
}

/// How a connection ended.
enum Ended {
    /// Everything was checked.
    Checked,
    /// It died, or its server said why it closes.
    Lost(ClientError),
    /// What came over it, or did not, was wrong: nothing goes on from there.
    Broken,
    /// The gateway wants it to come by another.
    Moved,
}

impl Life {
    async fn live(&mut self, begin: Instant) {
        let (mut deed, mut due, mut attempts) = (Deed::Login, begin, 0);
        loop {
            let mut pause = match self.enter(deed, due).await {
                Ok(mut stream) => {
                    let ended = self.play(&mut stream).await;
                    (deed, due, attempts) = (Deed::Reconnect, clock::now(), 0);
                    let asked = match &ended {
                        Ended::Checked => return self.leave(stream).await,
                        Ended::Moved => None,
                        Ended::Broken => Some(Duration::ZERO),
                        Ended::Lost(error) => Some(retry_after(error)),
                    };
                    self.lose(&mut stream, &ended, due);
                    asked
                }
                Err(error) => {
                    self.on_error(&error);
                    Some(retry_after(&error))
                }
            };
            let is_late = clock::now() >= self.last_chance(due);
            if !self.shared.options.reconnect || is_late {
                self.fall();
                let (now, mut world) = (clock::now(), self.shared.world.borrow_mut());
                world.pass(now);
                return self.player.give_up(now, &mut world);
            }
            if let Some(asked) = pause.take() {
                sleep_until((clock::now() + asked + self.backoff(attempts)).into()).await;
                attempts += 1;
            }
        }
    }

    /// Sends, hears and checks until the end of the connection or of the run.
    async fn play(&mut self, stream: &mut Stream) -> Ended {
        let answer_limit = self.shared.options.answer_limit;
        loop {
            let phase = *self.phase.borrow_and_update();
            let is_paused = stream.session().is_paused();
            if !is_paused && self.send(stream, phase).is_err() {
                return Ended::Broken;
            }
            if self.player.is_checked() {
                let mut world = self.shared.world.borrow_mut();
                self.player.still_missing(stream.session().missing(), &mut world);
                world.census.advance(self.id, Standing::Done);
                self.shared.changed.notify_one();
                return Ended::Checked;
            }
            let wake = self.player.wake_at(phase, answer_limit, stream.session().has_room());
            let wake = wake.filter(|_| !is_paused);
            let wake_at = wake.unwrap_or_else(clock::now).into();
            let (moves, move_at) = (self.move_at.is_some(), self.move_at.unwrap_or_else(clock::now));
            tokio::select! {
                // What has come is taken first; what is due to be sent is looked at every time round.
                biased;
                event = stream.next() => match event {
                    Ok(event) => self.on_events(event, stream, phase),
                    Err(error) => {
                        self.on_error(&error);
                        let is_broken = matches!(error, ClientError::Violation(_));
                        return if is_broken { Ended::Broken } else { Ended::Lost(error) };
                    }
                },
                () = sleep_until(move_at.into()), if moves => return Ended::Moved,
                () = sleep_until(wake_at), if wake.is_some() => {}
                // The sender lives as long as the run, which waits for this player.
                _ = self.phase.changed() => {}
            }
        }
    }

    /// Queues all that is due.
    fn send(&mut self, stream: &mut Stream, phase: Phase) -> Result<(), ()> {
        let now = clock::now();
        let mut world = self.shared.world.borrow_mut();
        world.pass(now);
        let drained = world.census.count(Standing::Drained);
        while stream.session().has_room()
            && let Some(order) = self.player.next_order(phase, now, &mut world)
        {
            let left = if order.is_signal() {
                stream.session().signal(order.kind, &order.body)
            } else {
                let cseq = stream.command(order.kind, &order.body);
                cseq.map(|cseq| self.player.sent(cseq, order, &mut world))
            };
            if let Err(error) = left {
                world.error(&error.into());
                return Err(());
            }
        }
        if world.census.count(Standing::Drained) != drained {
            self.shared.changed.notify_one();
        }
        let limit = self.shared.options.answer_limit;
        if let Some(cseq) = self.player.overdue(limit, now) {
            self.player.missing(cseq, limit, &mut world);
            return Err(());
        }
        Ok(())
    }

    fn on_events(&mut self, first: Event, stream: &mut Stream, phase: Phase) {
        let now = clock::now();
        let mut world = self.shared.world.borrow_mut();
        world.pass(now);
        let settled = world.census.count(Standing::Settled);
        let mut next = Some(first);
        while let Some(event) = next {
            match event {
                Event::Answered { cseq, outcome } => {
                    self.player.on_answer(cseq, outcome, phase, now, &mut world);
                }
                Event::Push(push) => self.player.on_push(push, now, &mut world),
                Event::Paused => {
                    world.comebacks.pauses += 1;
                    self.player.pause(now, &mut world);
                }
                Event::Reset(reset) => {
                    self.ways.reset(&reset, now);
                    self.player.pause(now, &mut world);
                    self.player.reset(&reset, now, &mut world);
                }
                Event::Reconnect { within_ms } => {
                    world.comebacks.moves += 1;
                    let within = self.rng.next_u64() % (u64::from(within_ms) + 1);
                    self.move_at = self.shared.options.reconnect.then(|| now + Duration::from_millis(within));
                }
                // The end itself follows, with its reason.
                Event::Closed(_)
                | Event::Welcomed(_)
                | Event::LoginQueued { .. }
                | Event::LoginRefused { .. }
                | Event::LoggedIn(_)
                | Event::Resumed(_)
                | Event::ResumeRefused { .. } => {}
            }
            next = stream.take_event();
        }
        if world.census.count(Standing::Settled) != settled {
            self.shared.changed.notify_one();
        }
    }

    pub(super) fn on_error(&self, error: &ClientError) {
        let mut world = self.shared.world.borrow_mut();
        world.error(error);
        if let ClientError::Violation(violation) = error {
            world.found(self.id, Finding::new(violation.code(), violation.to_string()));
        }
    }

    /// The connection ended so.
    fn lose(&mut self, stream: &mut Stream, ended: &Ended, now: Instant) {
        self.move_at = None;
        let can_go_on = match ended {
            Ended::Lost(_) | Ended::Moved => true,
            Ended::Broken | Ended::Checked => false,
        };
        self.ways.lost(stream.session().carry(), now);
        if !can_go_on || !self.shared.options.reconnect {
            self.ways.forget_session();
        }
        self.player.pause(now, &mut self.shared.world.borrow_mut());
        self.is_between = true;
        if !matches!(self.ways.best(now), Some(Way::Resume(_))) {
            self.fall();
        }
        let mut world = self.shared.world.borrow_mut();
        world.add_traffic(stream.traffic(), stream.wire());
        if !matches!(ended, Ended::Moved) {
            world.comebacks.sockets_lost += 1;
        }
    }

    /// The session does not go on: whatever the player knew of the server is over.
    pub(super) fn fall(&mut self) {
        if std::mem::take(&mut self.is_between) {
            self.player.disconnected(&mut self.shared.world.borrow_mut());
        }
    }

    /// The session goes on.
    pub(super) fn go_on(&mut self) {
        self.is_between = false;
    }

    /// Says goodbye.
    async fn leave(&self, mut stream: Stream) {
        let goodbye = async {
            if stream.session().logout().is_ok() {
                while stream.next().await.is_ok() {}
            }
        };
        // A server that does not close costs this player a moment, not the run.
        let _ = timeout(GOODBYE_LIMIT, goodbye).await;
        self.shared.world.borrow_mut().add_traffic(stream.traffic(), stream.wire());
    }

    pub(super) fn reach(&self) -> client::Options {
        let options = &self.shared.options;
        let index = self.id as usize % options.transports.len().max(1);
        client::Options {
            transport: options.transports.get(index).copied().unwrap_or(TransportKind::Tcp),
            tls: options.tls.clone(),
            name: concat!("ding-bot ", env!("CARGO_PKG_VERSION")).to_owned(),
            ..client::Options::new(options.server.as_str())
        }
    }

    /// When a player that lost its connection at `lost_at` stops trying.
    fn last_chance(&self, lost_at: Instant) -> Instant {
        let options = &self.shared.options;
        let over_at = match *self.phase.borrow() {
            Phase::Play { since } => since + options.duration,
            Phase::Enter | Phase::Check => lost_at,
        };
        over_at.max(lost_at) + options.reconnect_limit
    }

    /// Full jitter: anything from nothing to a bound that doubles.
    fn backoff(&mut self, attempts: u32) -> Duration {
        let bound = BACKOFF_MS_FIRST.saturating_mul(1 << attempts.min(16)).min(BACKOFF_MS_MAX);
        Duration::from_millis(self.rng.next_u64() % bound)
    }
}

/// How long the server asks to stay away.
fn retry_after(error: &ClientError) -> Duration {
    match error {
        ClientError::Closed(closed) => Duration::from_millis(closed.retry_after_ms.into()).min(ASKED_MAX),
        _ => Duration::ZERO,
    }
}

const BACKOFF_MS_FIRST: u64 = 500;
/// Lower than a game's client would use: a tester wants to know when the server is back.
const BACKOFF_MS_MAX: u64 = 4_000;
/// Waiting times must not follow the schedule's generator.
const BACKOFF_SEED: u64 = 0x6261_636b_6f66_6620;
/// More is not a wait but the end of a run.
const ASKED_MAX: Duration = Duration::from_secs(30);
const GOODBYE_LIMIT: Duration = Duration::from_secs(5);
