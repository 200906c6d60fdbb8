//! One player's connections, from the first to the last goodbye. How it comes in and comes back is the client library's
//! to say, see [`Lasting`]; here that is performed and measured.

use std::{
    mem,
    rc::Rc,
    time::{Duration, Instant},
};

use client::{
    Error as ClientError, Login, Stream, TransportKind,
    logic::lasting::{Cut, Insist, Lasting, Next, Step, Terms},
};
use tokio::{
    sync::watch,
    time::{sleep_until, timeout},
};

use crate::{
    driver::{clock, course::Shared},
    logic::{
        census::Standing,
        player::{Order, Phase, Player},
        stats::Deed,
        world::{Finding, World},
    },
};

/// Plays player `id` from `begin` on until it is checked or gives up.
pub(super) async fn live(shared: Rc<Shared>, id: u32, begin: Instant, phase: watch::Receiver<Phase>) {
    sleep_until(begin.into()).await;
    let player = Player::new(id, &shared.options);
    let (first, then) = logins(&shared, id);
    let lasting = lasting(&shared, id, first);
    let coming = Some((Deed::Login, begin));
    let mut life = Life { shared: shared.clone(), id, player, phase, lasting, coming, then };
    life.live().await;
    shared.changed.notify_one();
}

pub(super) struct Life {
    pub(super) shared: Rc<Shared>,
    pub(super) id: u32,
    pub(super) player: Player,
    phase: watch::Receiver<Phase>,
    /// Who it is to the server, and how it comes in and back.
    pub(super) lasting: Lasting,
    /// It is not in: what coming in is counted as, and since when it is wanted.
    pub(super) coming: Option<(Deed, Instant)>,
    /// What it has to come in by once it is in by something else.
    then: Option<Login>,
}

/// How a connection ended.
enum Ended {
    /// Everything was checked.
    Checked,
    /// It is registered: now the way that is to be tested, by password.
    Registered(Login),
    /// So that it may come back.
    Cut(Cut),
    /// So that it may not.
    Over,
}

impl Life {
    async fn live(&mut self) {
        loop {
            let next = match Stream::connect(&self.reach()).await {
                Ok(mut stream) => {
                    let ended = self.serve(&mut stream).await;
                    if let Ended::Checked = ended {
                        return self.leave(stream).await;
                    }
                    self.add_traffic(&stream);
                    self.ended(ended, &mut stream)
                }
                Err(error) => {
                    self.on_error(&error);
                    error.cut().map_or(Next::Over, |cut| self.lasting.ended(&cut, None, clock::now()))
                }
            };
            let now = clock::now();
            match next {
                Next::Connect { after } if now + after < self.last_chance(now) => {
                    sleep_until((now + after).into()).await;
                }
                Next::Connect { .. } | Next::Over => {
                    let mut world = self.shared.world.borrow_mut();
                    world.pass(now);
                    return self.player.give_up(now, &mut world);
                }
            }
        }
    }

    /// Comes in over this connection; sends, hears and checks until its end or that of the run.
    async fn serve(&mut self, stream: &mut Stream) -> Ended {
        let answer_limit = self.shared.options.answer_limit;
        if let Some((deed, _)) = self.coming {
            self.shared.world.borrow_mut().stats.sent(deed);
        }
        let mut step = self.lasting.connected(stream.session(), clock::now());
        loop {
            match step {
                Step::Stay => {}
                Step::Leave(cut) => return Ended::Cut(cut),
                Step::Over { name, detail } => {
                    self.on_error(&ClientError::LoginRefused { name, detail, retry_after_ms: 0 });
                    return Ended::Over;
                }
            }
            if self.coming.is_none()
                && let Some(login) = self.then.take()
            {
                return Ended::Registered(login);
            }
            let phase = *self.phase.borrow_and_update();
            if let Phase::Play { lasts, .. } = phase {
                self.player.plays_for(lasts);
            }
            let can_play = self.coming.is_none() && !stream.session().is_paused();
            if can_play && self.send(stream, phase).is_err() {
                return Ended::Cut(Cut::Broken);
            }
            if self.player.is_checked() {
                let mut world = self.shared.world.borrow_mut();
                self.player.still_missing(stream.session().missing(), &mut world);
                world.census.advance(self.id, Standing::Done);
                self.shared.changed.notify_one();
                return Ended::Checked;
            }
            let wake = self.player.wake_at(phase, answer_limit, stream.session().has_room());
            let wakes = [wake.filter(|_| can_play), self.lasting.deadline(stream.session())];
            let wake = wakes.into_iter().flatten().min();
            let wake_at = wake.unwrap_or_else(clock::now).into();
            step = tokio::select! {
                // What has come is taken first; what is due to be sent is looked at every time round.
                biased;
                event = stream.next() => match event {
                    Ok(event) => self.hear(event, stream, phase),
                    Err(error) => {
                        self.on_error(&error);
                        return error.cut().map_or(Ended::Over, Ended::Cut);
                    }
                },
                () = sleep_until(wake_at), if wake.is_some() => {
                    self.lasting.on_time(stream.session(), clock::now())
                }
                // The sender lives as long as the run, which waits for this player.
                _ = self.phase.changed() => Step::Stay,
            };
        }
    }

    /// Sends all that is due.
    fn send(&mut self, stream: &mut Stream, phase: Phase) -> Result<(), ()> {
        let now = clock::now();
        let shared = self.shared.clone();
        let mut world = shared.world.borrow_mut();
        world.pass(now);
        let drained = world.census.count(Standing::Drained);
        while stream.session().has_room()
            && let Some(order) = self.player.next_order(phase, now, &mut world)
        {
            if order.is_signal() {
                let left = self.lasting.signal(order.kind, &order.body, stream.session());
                left.map_err(|error| world.error(&error.into()))?;
            } else {
                self.command(order, stream, phase, now, &mut world)?;
            }
        }
        if world.census.count(Standing::Drained) != drained {
            shared.changed.notify_one();
        }
        let limit = shared.options.answer_limit;
        if let Some(cseq) = self.player.overdue(limit, now) {
            self.player.missing(cseq, limit, &mut world);
            return Err(());
        }
        Ok(())
    }

    fn command(
        &mut self,
        mut order: Order,
        stream: &mut Stream,
        phase: Phase,
        now: Instant,
        world: &mut World,
    ) -> Result<(), ()> {
        let asked = self.lasting.command(order.kind, mem::take(&mut order.body), Insist::No);
        let id = asked.map_err(|error| world.error(&error.into()))?;
        self.lasting.flush(stream.session(), now);
        let Some(cseq) = self.lasting.number(id) else {
            // It is told why.
            self.hand_on(phase, now, world);
            return Err(());
        };
        self.player.sent(cseq, order, world);
        Ok(())
    }

    pub(super) fn on_error(&self, error: &ClientError) {
        let mut world = self.shared.world.borrow_mut();
        world.error(error);
        if let ClientError::Violation(violation) = error {
            world.found(self.id, Finding::new(violation.code(), violation.to_string()));
        }
    }

    /// What is next after a connection that ended so.
    fn ended(&mut self, ended: Ended, stream: &mut Stream) -> Next {
        let now = clock::now();
        match ended {
            Ended::Cut(cut) => {
                if self.coming.is_none() {
                    let mut world = self.shared.world.borrow_mut();
                    self.player.pause(now, &mut world);
                    world.comebacks.sockets_lost += u64::from(cut != Cut::Moved);
                    self.coming = Some((Deed::Reconnect, now));
                }
                self.lasting.ended(&cut, Some(stream.session()), now)
            }
            Ended::Registered(login) => {
                self.lasting = lasting(&self.shared, self.id, login);
                self.coming = Some((Deed::Login, now));
                Next::Connect { after: Duration::ZERO }
            }
            Ended::Checked | Ended::Over => Next::Over,
        }
    }

    /// Says goodbye.
    async fn leave(&mut self, mut stream: Stream) {
        let goodbye = async {
            if self.lasting.logout(Some(stream.session())).is_ok() {
                while stream.next().await.is_ok() {}
            }
        };
        // A server that does not close costs this player a moment, not the run.
        let _ = timeout(GOODBYE_LIMIT, goodbye).await;
        self.add_traffic(&stream);
    }

    fn add_traffic(&self, stream: &Stream) {
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

    /// When a player stops trying: so long after play is over, or after it was in, if that is later.
    fn last_chance(&self, now: Instant) -> Instant {
        let options = &self.shared.options;
        let lost_at = self.coming.map_or(now, |(_, since)| since);
        let over_at = match *self.phase.borrow() {
            Phase::Play { since, lasts } => since + lasts,
            Phase::Enter | Phase::Check => lost_at,
        };
        over_at.max(lost_at) + options.reconnect_limit
    }
}

/// What a player comes in by first, and what it has to come in by after that.
fn logins(shared: &Shared, id: u32) -> (Login, Option<Login>) {
    if !shared.options.password_login {
        return (Login::Guest, None);
    }
    let world = shared.world.borrow();
    let name = world.name('b', id);
    let password: client::Secret = format!("{:016x}-{id}", world.run).as_str().into();
    let then = Login::Password { name: name.clone(), password: password.clone() };
    (Login::Register { name, password }, Some(then))
}

/// Somebody who comes in by `login`. The way back to where it was is among what a player asks and judges itself, and
/// how long it tries depends on how far the run is.
fn lasting(shared: &Shared, id: u32, login: Login) -> Lasting {
    let terms = Terms { reconnect: shared.options.reconnect, go_back: false, away_max: Duration::MAX };
    // Waiting times must not follow the schedule's generator.
    let seed = (shared.options.seed ^ WAITS_SEED).wrapping_add(id.into());
    Lasting::entering(terms, seed, login)
}

const WAITS_SEED: u64 = 0x6261_636b_6f66_6620;
const GOODBYE_LIMIT: Duration = Duration::from_secs(5);
