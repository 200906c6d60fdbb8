//! One player over many connections: who it is, how and when it comes back, which of its commands are sent again
//! and what became of the others. Sessions, events and a time come in; what to tell and to do comes out. Knows no
//! sockets and no clock.
//!
//! A driver connects, hands in the welcomed session ([`Lasting::connected`]) and every event of it
//! ([`Lasting::on_event`]), and when the connection has ended asks when to connect again ([`Lasting::ended`]).
//! After each call it hands [`Lasting::take_told`] to whoever waits.

mod commands;
mod entering;
mod news;
mod pauses;
#[cfg(test)]
mod tests;
mod ways;
mod whereabouts;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::{
    client::{BindName, LoggedIn, RoomLeft},
    kinds::BIND_NAME,
    wire::decode,
};

pub use self::{
    commands::{CommandId, Insist},
    news::{Cut, News, Next, Step, Told},
    pauses::Pauses,
    ways::{Way, Ways},
};
use crate::logic::{
    echo::FROM_SERVER,
    fate::{Fate, Sequence},
    lasting::{
        commands::{Command, Commands, Owner},
        entering::{RESTARTED, Refusal},
        whereabouts::Whereabouts,
    },
    session::{CommandError, Session},
    types::{Event, Login, Outcome, Push},
};

/// How a player lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Whether it comes back at all.
    pub reconnect: bool,
    /// Whether it goes back to the room and the character it had.
    pub go_back: bool,
    /// How long it tries to come back.
    pub away_max: Duration,
}

/// A player that outlives its connections.
#[derive(Debug)]
pub struct Lasting {
    terms: Terms,
    pauses: Pauses,
    ways: Ways,
    commands: Commands,
    whereabouts: Whereabouts,
    stage: Stage,
    away_since: Option<Instant>,
    /// The server asked for another connection, to be made then.
    move_at: Option<Instant>,
    goodbye: Goodbye,
    told: VecDeque<Told>,
}

#[derive(Debug)]
enum Stage {
    /// Nobody has logged in yet.
    Outside,
    /// The first login; `again`: it was sent over an earlier connection too; `insist`: a refusal for now is none.
    Entering { login: Login, again: bool, insist: bool },
    /// Without a connection, or with one that is not welcomed yet.
    Away,
    /// On its way back in.
    Returning(Way),
    /// In.
    In,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Goodbye {
    No,
    /// To be said as soon as it can be.
    Wanted,
    Said,
}

impl Lasting {
    /// A player that has not logged in. `seed` is for waiting times and differs from client to client.
    #[must_use]
    pub fn new(terms: Terms, seed: u64) -> Self {
        Self {
            terms,
            pauses: Pauses::new(seed),
            ways: Ways::default(),
            commands: Commands::default(),
            whereabouts: Whereabouts::default(),
            stage: Stage::Outside,
            away_since: None,
            move_at: None,
            goodbye: Goodbye::No,
            told: VecDeque::new(),
        }
    }

    /// A player that logs in by itself as soon as there is a connection. One that cannot be made, and a login that is
    /// refused for now, are tried again as when it comes back; a refusal that is final is a [`Step::Over`].
    #[must_use]
    pub fn entering(terms: Terms, seed: u64, login: Login) -> Self {
        Self { stage: Stage::Entering { login, again: false, insist: true }, ..Self::new(terms, seed) }
    }

    /// A connection was welcomed: comes in, if there is a way. Without one the end is named.
    #[must_use]
    pub fn connected(&mut self, session: &mut Session, now: Instant) -> Step {
        match &self.stage {
            Stage::Outside | Stage::In => Step::Stay,
            Stage::Entering { login, .. } => {
                let login = login.clone();
                self.enter(&login, session, now);
                Step::Stay
            }
            Stage::Away | Stage::Returning(_) => self.come_back(session, now),
        }
    }

    /// The first login.
    ///
    /// # Errors
    /// [`CommandError::OutOfTurn`] if there was one.
    pub fn login(&mut self, login: Login, session: &mut Session) -> Result<(), CommandError> {
        let Stage::Outside = self.stage else {
            return Err(CommandError::OutOfTurn { stage: self.stage.name() });
        };
        session.login(&login)?;
        self.stage = Stage::Entering { login, again: false, insist: false };
        Ok(())
    }

    /// Whether another command is taken: at most 64 have neither answer nor fate.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.commands.has_room()
    }

    /// Takes a command, to be sent now or when the player is in again; [`Self::flush`] sends it.
    ///
    /// # Errors
    /// [`CommandError::OutOfTurn`] before the first login succeeded, [`CommandError::WindowFull`].
    pub fn command(&mut self, kind: u32, body: Vec<u8>, insist: Insist) -> Result<CommandId, CommandError> {
        if let Stage::Outside | Stage::Entering { .. } = self.stage {
            return Err(CommandError::OutOfTurn { stage: self.stage.name() });
        }
        self.commands.ask(kind, body, insist).ok_or(CommandError::WindowFull)
    }

    /// The number with which a command is on its way: none before it was sent, and none any more once its answer or
    /// its fate was told.
    #[must_use]
    pub fn number(&self, id: CommandId) -> Option<u64> {
        self.commands.number(id)
    }

    /// Sends a signal, if the player is in; drops it while it is away.
    ///
    /// # Errors
    /// See [`Session::signal`].
    pub fn signal(&mut self, kind: u32, body: &[u8], session: &mut Session) -> Result<(), CommandError> {
        match self.stage {
            Stage::Away | Stage::Returning(_) => Ok(()),
            Stage::Outside | Stage::Entering { .. } | Stage::In => session.signal(kind, body),
        }
    }

    /// Says goodbye, now or when the player is in again.
    ///
    /// # Errors
    /// [`CommandError::OutOfTurn`] before the first login succeeded.
    pub fn logout(&mut self, session: Option<&mut Session>) -> Result<(), CommandError> {
        if let Stage::Outside | Stage::Entering { .. } = self.stage {
            return Err(CommandError::OutOfTurn { stage: self.stage.name() });
        }
        self.goodbye = Goodbye::Wanted;
        if let Some(session) = session {
            self.say_goodbye(session);
        }
        Ok(())
    }

    /// Sends what can be sent. To be called after commands were taken.
    pub fn flush(&mut self, session: &mut Session, now: Instant) {
        let Stage::In = self.stage else { return };
        while !session.is_paused() && session.has_room() {
            let on_way = self.whereabouts.is_on_way();
            let step = || {
                let (kind, body) = self.whereabouts.next(now)?;
                Some(Command { owner: Owner::WayBack, kind, body, insist: Insist::No, left_as: None })
            };
            let Some(command) = self.commands.next(on_way).or_else(step) else { break };
            self.send(command, session, now);
        }
        self.say_goodbye(session);
    }

    /// What the session told. [`Self::flush`] is included.
    pub fn on_event(&mut self, event: Event, session: &mut Session, now: Instant) -> Step {
        let step = self.take(event, session, now);
        self.flush(session, now);
        step
    }

    /// When [`Self::on_time`] wants to be called; nothing if it does not.
    #[must_use]
    pub fn deadline(&self, session: &Session) -> Option<Instant> {
        let can_walk = matches!(self.stage, Stage::In) && !session.is_paused();
        let step_at = self.whereabouts.deadline().filter(|_| can_walk);
        // A gateway keeps whoever is paused; elsewhere nobody knows the session.
        let move_at = self.move_at.filter(|_| !session.is_paused());
        [move_at, step_at].into_iter().flatten().min()
    }

    /// A moment that was waited for has come. [`Self::flush`] is included.
    pub fn on_time(&mut self, session: &mut Session, now: Instant) -> Step {
        if !session.is_paused() && self.move_at.take_if(|at| *at <= now).is_some() {
            return Step::Leave(Cut::Moved);
        }
        self.flush(session, now);
        Step::Stay
    }

    /// A connection ended, or could not be made (`session` is none).
    pub fn ended(&mut self, cut: &Cut, session: Option<&Session>, now: Instant) -> Next {
        self.move_at = None;
        let can_return = match self.stage {
            // Whoever is nobody yet has nothing to come back to, but may be asked to another door.
            Stage::Outside => *cut == Cut::Moved,
            Stage::Entering { .. } | Stage::Away | Stage::Returning(_) | Stage::In => true,
        };
        let since = *self.away_since.get_or_insert(now);
        let too_long = self.terms.away_max <= now.saturating_duration_since(since);
        if !can_return || !self.terms.reconnect || cut.is_final() || too_long || self.goodbye == Goodbye::Said
        {
            return Next::Over;
        }
        if let Stage::In = self.stage {
            let closed = match cut {
                Cut::Closed(closed) => Some(closed.clone()),
                Cut::Broken | Cut::Lost | Cut::Refused { .. } | Cut::Moved => None,
            };
            self.tell(News::Away { closed });
        }
        self.ways.lost(session.and_then(Session::carry), now);
        if let Cut::Broken = cut {
            // What is wrong with it would go on.
            self.ways.forget_session();
            self.pauses.mistake();
        }
        match &mut self.stage {
            Stage::Returning(_) | Stage::In => self.stage = Stage::Away,
            // It may have been done, unless its answer has come.
            Stage::Entering { again, .. } => {
                *again |= session.is_some() && !matches!(cut, Cut::Refused { .. });
            }
            Stage::Outside | Stage::Away => {}
        }
        let after = if *cut == Cut::Moved { Duration::ZERO } else { self.pauses.next(cut.retry_after()) };
        Next::Connect { after }
    }

    /// The next thing to hand on.
    pub fn take_told(&mut self) -> Option<Told> {
        self.told.pop_front()
    }

    /// All is over: the commands that will have no answer, with their numbers if they were sent.
    pub fn end(&mut self) -> Vec<(Option<u64>, CommandId)> {
        self.commands.end()
    }

    fn take(&mut self, event: Event, session: &mut Session, now: Instant) -> Step {
        match event {
            Event::Welcomed(_) | Event::Closed(_) => {}
            Event::LoginQueued { position, wait_ms, place } => {
                self.ways.queued(place, now);
                self.tell(News::LoginQueued { position, wait_ms });
            }
            Event::LoginRefused { name, detail, retry_after_ms } => {
                return self.on_login_refused(Refusal { name, detail, retry_after_ms }, session, now);
            }
            Event::LoggedIn(logged_in) => self.on_logged_in(logged_in, now),
            Event::Reset(logged_in) => self.on_reset(logged_in, now),
            Event::Resumed(resumed) => {
                self.came_in();
                self.ways.resumed();
                self.ways.ticket(&resumed.ticket, now);
                let sent_again = self.commands.resumed(resumed.cseq_last);
                self.tell(News::Resumed { missed: resumed.missed, sent_again });
            }
            Event::ResumeRefused { name } => {
                return self.on_resume_refused(name, session, now);
            }
            Event::Answered { cseq, outcome } => self.on_answer(cseq, outcome, now),
            Event::Push(push) => {
                match &push {
                    Push::RoomLeft(_) => self.whereabouts.put_out(),
                    Push::RoomMatched(matched) => self.whereabouts.matched(matched),
                    Push::RoomBack(back) => drop(self.whereabouts.kept(back.room)),
                    _ => {}
                }
                self.tell(News::Push(push));
            }
            Event::Paused => self.tell(News::Paused),
            Event::Reconnect { within_ms } => {
                if self.terms.reconnect {
                    self.move_at = Some(now + self.pauses.within(Duration::from_millis(within_ms.into())));
                }
            }
        }
        Step::Stay
    }

    /// Numbers begin anew, and the player is nowhere.
    fn begin_anew(&mut self, logged_in: &LoggedIn, news: News) {
        self.came_in();
        if self.goodbye == Goodbye::Said {
            // Whoever heard it is gone.
            self.goodbye = Goodbye::Wanted;
        }
        for (cseq, fate, command) in self.commands.settle(Sequence::of(logged_in)) {
            if fate == Fate::Happened {
                self.happened(&command, &[]);
            }
            if let Owner::Caller(id) = command.owner {
                self.told.push_back(Told::Fate { id, cseq, fate });
            }
        }
        let restarted = matches!(news, News::Reset(_)).then(|| self.whereabouts.restarted()).flatten();
        let over = self.whereabouts.kept(logged_in.room);
        if self.terms.go_back {
            self.whereabouts.go_back();
        } else {
            self.whereabouts.forget();
        }
        self.tell(news);
        if let Some(room) = over {
            self.tell(News::RoomGone { room });
        }
        if let Some(room) = restarted {
            self.tell(News::Push(Push::RoomLeft(RoomLeft { room, reason: RESTARTED.to_owned() })));
        }
    }

    fn came_in(&mut self) {
        self.stage = Stage::In;
        self.away_since = None;
        self.pauses.came_in();
    }

    fn on_answer(&mut self, cseq: u64, outcome: Outcome, now: Instant) {
        let Some(command) = self.commands.answered(cseq) else { return };
        match command.owner {
            Owner::WayBack => self.on_way_back(outcome, now),
            Owner::Caller(id) => {
                if let Outcome::Ok(result) = &outcome {
                    self.happened(&command, result);
                }
                self.told.push_back(Told::Answered { id, cseq, outcome });
            }
        }
    }

    fn on_way_back(&mut self, outcome: Outcome, now: Instant) {
        if let Some((kind, outcome)) = self.whereabouts.answered(outcome, now) {
            self.tell(News::WentBack { kind, outcome });
        }
    }

    /// Remembers what outlives a connection.
    fn happened(&mut self, command: &Command, result: &[u8]) {
        if command.kind == BIND_NAME
            && let Ok(BindName { name, password }) = decode(&command.body, FROM_SERVER)
        {
            self.ways.bound(name, password.as_str().into());
        }
        self.whereabouts.happened(command.kind, &command.body, result);
    }

    fn send(&mut self, command: Command, session: &mut Session, now: Instant) {
        match session.command(command.kind, &command.body) {
            Ok(cseq) => {
                debug_assert!(
                    command.left_as.is_none_or(|before| before == cseq),
                    "sent again as another command"
                );
                self.commands.sent(cseq, command);
            }
            Err(CommandError::OutOfTurn { .. } | CommandError::WindowFull | CommandError::SignalsFull) => {
                self.commands.put_back(command);
            }
            Err(error @ (CommandError::UnknownKind { .. } | CommandError::BodyTooLarge { .. })) => {
                match command.owner {
                    Owner::Caller(id) => self.told.push_back(Told::Unsendable { id, error }),
                    Owner::WayBack => self.on_way_back(Outcome::Rejected(error.code().to_owned()), now),
                }
            }
        }
    }

    fn say_goodbye(&mut self, session: &mut Session) {
        if let (Goodbye::Wanted, Stage::In) = (self.goodbye, &self.stage)
            && session.logout().is_ok()
        {
            self.goodbye = Goodbye::Said;
        }
    }

    fn tell(&mut self, news: News) {
        self.told.push_back(Told::News(news));
    }
}

impl Stage {
    fn name(&self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::Entering { .. } => "logging_in",
            Self::Away => "away",
            Self::Returning(_) => "coming_back",
            Self::In => "playing",
        }
    }
}
