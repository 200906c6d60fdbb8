//! One player's connections, from the first to the last goodbye.

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use client::{Error as ClientError, Event, Login, Stream, TransportKind};
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
        stats::{Deed, Ending},
        world::Finding,
    },
};

/// Plays player `id` from `begin` on until it is checked or gives up.
pub(super) async fn live(shared: Rc<Shared>, id: u32, begin: Instant, phase: watch::Receiver<Phase>) {
    sleep_until(begin.into()).await;
    let mut rng = ChaCha8Rng::seed_from_u64(shared.options.seed ^ BACKOFF_SEED);
    rng.set_stream(id.into());
    let player = Player::new(id, &shared.options);
    let mut life = Life { id, player, phase, rng, has_registered: false, shared: shared.clone() };
    life.live(begin).await;
    shared.changed.notify_one();
}

struct Life {
    shared: Rc<Shared>,
    id: u32,
    player: Player,
    phase: watch::Receiver<Phase>,
    rng: ChaCha8Rng,
    /// A registration was sent, so the name may exist although no answer came.
    has_registered: bool,
}

/// How a connection ended.
enum Ended {
    /// Everything was checked.
    Checked(Stream),
    /// It died or broke.
    Lost(Stream),
}

impl Life {
    async fn live(&mut self, begin: Instant) {
        let (mut deed, mut due, mut attempts) = (Deed::Login, begin, 0);
        loop {
            match self.enter(deed, due).await {
                Ok(stream) => match self.play(stream).await {
                    Ended::Checked(stream) => return self.leave(stream).await,
                    Ended::Lost(stream) => {
                        self.lose(&stream);
                        (deed, due, attempts) = (Deed::Reconnect, clock::now(), 0);
                    }
                },
                Err(error) => self.on_error(&error),
            }
            let is_late = clock::now() >= self.last_chance(due);
            if !self.shared.options.reconnect || is_late {
                let (now, mut world) = (clock::now(), self.shared.world.borrow_mut());
                world.pass(now);
                return self.player.give_up(now, &mut world);
            }
            sleep_until((clock::now() + self.backoff(attempts)).into()).await;
            attempts += 1;
        }
    }

    /// Connects and logs in; `due` is when that was wanted.
    async fn enter(&mut self, deed: Deed, due: Instant) -> Result<Stream, ClientError> {
        loop {
            let mut stream = Stream::connect(&self.reach()).await?;
            let login = self.player.login().cloned().unwrap_or_else(|| self.first_login());
            let reply = stream.login(&login).await;
            self.shared.world.borrow_mut().stats.sent(deed);
            let reply = reply.inspect_err(|error| self.on_refusal(error, &stream))?;
            let mut world = self.shared.world.borrow_mut();
            let now = clock::now();
            world.pass(now);
            world.stats.ended(deed, Ending::Ok, now.saturating_duration_since(due));
            let is_new_name = matches!(login, Login::Register { .. });
            self.player.logged_in(login, &reply, now, &mut world);
            if deed == Deed::Reconnect {
                world.reconnects += 1;
            }
            if !is_new_name {
                return Ok(stream);
            }
            // Registered: now the way that is to be tested, by password.
            world.add_traffic(stream.traffic(), stream.wire());
        }
    }

    fn first_login(&mut self) -> Login {
        if !self.shared.options.password_login {
            return Login::Guest;
        }
        let run = self.shared.world.borrow().run;
        let name = format!("b{:06x}{:05}", run & 0x00ff_ffff, self.id);
        let password = format!("{run:016x}-{}", self.id).as_str().into();
        if std::mem::replace(&mut self.has_registered, true) {
            Login::Password { name, password }
        } else {
            Login::Register { name, password }
        }
    }

    /// Sends, hears and checks until the end of the connection or of the run.
    async fn play(&mut self, mut stream: Stream) -> Ended {
        let answer_limit = self.shared.options.answer_limit;
        loop {
            let phase = *self.phase.borrow_and_update();
            if self.send(&mut stream, phase).is_err() {
                return Ended::Lost(stream);
            }
            if self.player.is_checked() {
                self.shared.world.borrow_mut().census.advance(self.id, Standing::Done);
                self.shared.changed.notify_one();
                return Ended::Checked(stream);
            }
            let wake = self.player.wake_at(phase, answer_limit, stream.session().has_room());
            let wake_at = wake.unwrap_or_else(clock::now).into();
            tokio::select! {
                // What has come is taken first; what is due to be sent is looked at every time round.
                biased;
                event = stream.next() => match event {
                    Ok(event) => self.on_events(event, &mut stream, phase),
                    Err(error) => {
                        self.on_error(&error);
                        return Ended::Lost(stream);
                    }
                },
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
                // The end itself follows, with its reason.
                Event::Closed(_)
                | Event::Paused
                | Event::Welcomed(_)
                | Event::LoginQueued { .. }
                | Event::LoginRefused { .. }
                | Event::LoggedIn(_)
                | Event::Resumed(_)
                | Event::ResumeRefused { .. }
                | Event::Reset(_)
                | Event::Reconnect { .. } => {}
            }
            next = stream.take_event();
        }
        if world.census.count(Standing::Settled) != settled {
            self.shared.changed.notify_one();
        }
    }

    fn on_refusal(&mut self, error: &ClientError, stream: &Stream) {
        let mut world = self.shared.world.borrow_mut();
        world.add_traffic(stream.traffic(), stream.wire());
        if let ClientError::LoginRefused { name, .. } = error
            && name == BAD_CREDENTIALS
        {
            // The registration whose answer was lost did not happen.
            self.has_registered = false;
        }
    }

    fn on_error(&self, error: &ClientError) {
        let mut world = self.shared.world.borrow_mut();
        world.error(error);
        if let ClientError::Violation(violation) = error {
            world.found(self.id, Finding::new(violation.code(), violation.to_string()));
        }
    }

    fn lose(&mut self, stream: &Stream) {
        let mut world = self.shared.world.borrow_mut();
        world.add_traffic(stream.traffic(), stream.wire());
        self.player.disconnected(&mut world);
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

    fn reach(&self) -> client::Options {
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

const BACKOFF_MS_FIRST: u64 = 500;
/// Lower than a game's client would use: a tester wants to know when the server is back.
const BACKOFF_MS_MAX: u64 = 4_000;
/// Waiting times must not follow the schedule's generator.
const BACKOFF_SEED: u64 = 0x6261_636b_6f66_6620;
const GOODBYE_LIMIT: Duration = Duration::from_secs(5);
const BAD_CREDENTIALS: &str = "bad_credentials";
