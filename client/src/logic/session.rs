//! One connection's conversation with a server: hello, login, commands and their answers, pushes, pings.
//! Every way in which the server may break the protocol ends in a named [`crate::Violation`]. Time comes
//! in as an argument; knows no sockets and no transport.

mod carry;
mod errors;
mod kinds;
mod play;
mod pushes;
mod receive;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::{
    client::{Hello, LoginPassword, LoginSecret, LoginTicket, QueuePlace, Register, Resume},
    frame::FrameBuf,
    kinds::{
        Class, HELLO, LOGIN_GUEST, LOGIN_PASSWORD, LOGIN_SECRET, LOGIN_TICKET, LOGOUT, PING, QUEUE_PLACE,
        REGISTER, RESUME,
    },
    limits::{CLIENT_PROTOCOL, HELLO_BYTES_MAX, PING_IDLE_MS, SILENCE_DROP_MS},
    packet::Packet,
    wire::encode,
};

pub use self::{
    carry::Carry,
    errors::{CommandError, Silent},
};
use crate::logic::{
    packets::PacketsOut,
    session::{
        kinds::KindTable,
        play::{Play, Voice},
    },
    types::{Event, Login},
    window::Window,
};

/// A conversation from hello to close.
#[derive(Debug)]
pub struct Session {
    stage: Stage,
    kinds: KindTable,
    frames: FrameBuf,
    /// Content of a deflated frame, while it is read.
    inflated: Vec<u8>,
    out: PacketsOut,
    /// How many `reset_taken` wait in it, in front of all else.
    takings: usize,
    events: VecDeque<Event>,
    heard_at: Instant,
    pings: Pings,
    traffic: Traffic,
}

impl Session {
    /// A new conversation; the hello is ready to be sent. `name` is for the operator's eyes, cut after
    /// 64 bytes.
    #[must_use]
    pub fn new(name: &str, now: Instant) -> Self {
        let mut session = Self {
            stage: Stage::Greeting,
            kinds: KindTable::default(),
            frames: FrameBuf::default(),
            inflated: Vec::new(),
            out: PacketsOut::default(),
            takings: 0,
            events: VecDeque::new(),
            heard_at: now,
            pings: Pings::default(),
            traffic: Traffic::default(),
        };
        let client = name[..name.floor_char_boundary(CLIENT_NAME_BYTES_MAX)].to_owned();
        session.put_message(HELLO, 0, &encode(&Hello { protocol: CLIENT_PROTOCOL, client }));
        session
    }

    /// Asks to come in.
    ///
    /// # Errors
    /// [`CommandError::OutOfTurn`] before the welcome, during another login, after one.
    pub fn login(&mut self, login: &Login) -> Result<(), CommandError> {
        let Stage::Welcomed = self.stage else {
            return Err(CommandError::OutOfTurn { stage: self.stage.name() });
        };
        let text = |secret: &[u8]| String::from_utf8_lossy(secret).into_owned();
        let (kind, body) = match login {
            Login::Guest => (LOGIN_GUEST, Vec::new()),
            Login::Secret { account, secret } => {
                let secret = secret.0.clone().into();
                (LOGIN_SECRET, encode(&LoginSecret { account: *account, secret }))
            }
            Login::Ticket(ticket) => (LOGIN_TICKET, encode(&LoginTicket { ticket: ticket.0.clone().into() })),
            Login::Register { name, password } => {
                (REGISTER, encode(&Register { name: name.clone(), password: text(&password.0) }))
            }
            Login::Password { name, password } => {
                (LOGIN_PASSWORD, encode(&LoginPassword { name: name.clone(), password: text(&password.0) }))
            }
        };
        self.kinds.check_body(kind, &[Class::Control], body.len())?;
        self.put_message(kind, 0, &body);
        self.stage = Stage::LoggingIn { is_guest: matches!(login, Login::Guest) };
        Ok(())
    }

    /// Asks to go on with a session of an earlier connection. The outcome comes as an event; after
    /// [`Event::ResumeRefused`] a login may follow.
    ///
    /// # Errors
    /// [`CommandError::OutOfTurn`] as for a login.
    pub fn resume(&mut self, carry: Carry) -> Result<(), CommandError> {
        let Stage::Welcomed = self.stage else {
            return Err(CommandError::OutOfTurn { stage: self.stage.name() });
        };
        let resume = Resume {
            session: carry.seat.session.clone(),
            token: carry.seat.token.0.clone().into(),
            received: carry.received,
        };
        self.put_message(RESUME, 0, &encode(&resume));
        self.stage = Stage::Resuming(carry);
        Ok(())
    }

    /// Asks for the place in the queue that an earlier connection had; to be followed by a login. `place` is
    /// that of [`Event::LoginQueued`], at most 64 bytes.
    ///
    /// # Errors
    /// [`CommandError::OutOfTurn`] as for a login, [`CommandError::BodyTooLarge`].
    pub fn queue_place(&mut self, place: &[u8]) -> Result<(), CommandError> {
        let Stage::Welcomed = self.stage else {
            return Err(CommandError::OutOfTurn { stage: self.stage.name() });
        };
        let body = encode(&QueuePlace { place: place.to_vec().into() });
        self.kinds.check_body(QUEUE_PLACE, &[Class::Control], body.len())?;
        self.put_message(QUEUE_PLACE, 0, &body);
        Ok(())
    }

    /// Queues a command; its answer comes as an event with the returned number.
    ///
    /// While the server is paused a command gets its number and goes no further: after the reset, which is to
    /// come, it was not executed. After a resume the numbers above `cseq_last` are given out once more, for the
    /// commands that had them never arrived: they are to be queued again first, in order.
    ///
    /// # Errors
    /// See [`CommandError`]; nothing was queued and no number used. [`CommandError::OutOfTurn`] also from the
    /// moment a reset or a resume came until its event is taken.
    pub fn command(&mut self, kind: u32, body: &[u8]) -> Result<u64, CommandError> {
        let stage = self.stage.name();
        let Stage::Playing(play) = &mut self.stage else {
            return Err(CommandError::OutOfTurn { stage });
        };
        if play.voice == Voice::Changed {
            return Err(CommandError::OutOfTurn { stage });
        }
        self.kinds.check_body(kind, &[Class::Command], body.len())?;
        let cseq = play.window.issue().ok_or(CommandError::WindowFull)?;
        if play.voice == Voice::Heard {
            self.put_message(kind, cseq, body);
        }
        Ok(cseq)
    }

    /// Queues a signal: no answer, the newest wins. While the server is paused it is dropped.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub fn signal(&mut self, kind: u32, body: &[u8]) -> Result<(), CommandError> {
        let Stage::Playing(play) = &self.stage else {
            return Err(CommandError::OutOfTurn { stage: self.stage.name() });
        };
        let is_heard = play.voice != Voice::Paused;
        self.kinds.check_body(kind, &[Class::Signal], body.len())?;
        if self.out.bytes() > SIGNALS_BYTES_MAX {
            return Err(CommandError::SignalsFull);
        }
        if is_heard {
            self.put_message(kind, 0, body);
        }
        Ok(())
    }

    /// Queues the goodbye; the server closes.
    ///
    /// # Errors
    /// [`CommandError::OutOfTurn`], also while the server is paused.
    pub fn logout(&mut self) -> Result<(), CommandError> {
        match &self.stage {
            Stage::Playing(play) if play.voice != Voice::Paused => {
                self.put_message(LOGOUT, 0, &[]);
                Ok(())
            }
            _ => Err(CommandError::OutOfTurn { stage: self.stage.name() }),
        }
    }

    /// Whether another command may be queued now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.playing().is_some_and(|play| play.voice != Voice::Changed && play.window.has_room())
    }

    /// The commands of this session; nothing before a login.
    #[must_use]
    pub fn window(&self) -> Option<&Window> {
        self.playing().map(|play| &play.window)
    }

    /// Packets of lane 0 received in this session so far, over all its connections; nothing before a login.
    #[must_use]
    pub fn received(&self) -> Option<u64> {
        self.playing().map(|play| play.received)
    }

    /// Packets that the last resume promised to send again and that have not come yet.
    #[must_use]
    pub fn missing(&self) -> u32 {
        self.playing().map_or(0, Play::missing)
    }

    /// Whether the server has paused: it keeps the socket and does not read it.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.playing().is_some_and(|play| play.voice == Voice::Paused)
    }

    /// What to go on with on another connection when this one has died; nothing without a login, or if the
    /// server keeps no sessions.
    #[must_use]
    pub fn carry(&self) -> Option<Carry> {
        match &self.stage {
            Stage::Playing(play) => play.carry(),
            Stage::Resuming(carry) => Some(carry.clone()),
            Stage::Closed(carry) => carry.clone(),
            Stage::Greeting | Stage::Welcomed | Stage::LoggingIn { .. } => None,
        }
    }

    /// The next frame to send, header included.
    pub fn take_frame(&mut self) -> Option<Vec<u8>> {
        if self.playing().is_some_and(Play::is_telling_due) {
            self.put_ping();
        }
        let frame = self.out.take_frame()?;
        self.takings = 0;
        Some(frame)
    }

    /// Whether a frame waits to be sent.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.out.is_empty() || self.playing().is_some_and(Play::is_telling_due)
    }

    /// The next thing that happened.
    pub fn take_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front();
        if let (Some(Event::Reset(_) | Event::Resumed(_)), Stage::Playing(play)) = (&event, &mut self.stage)
            && play.voice == Voice::Changed
        {
            play.voice = Voice::Heard;
        }
        event
    }

    /// When [`Self::on_time`] wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        let silence = self.heard_at + if self.pings.is_waiting() { SILENCE_DROP } else { PING_IDLE };
        self.playing().and_then(Play::tell_at).map_or(silence, |tell_at| tell_at.min(silence))
    }

    /// Sends a ping, to be sure of the server or to tell it what came, or gives up.
    ///
    /// # Errors
    /// [`Silent`]: nothing was heard for 45 s.
    pub fn on_time(&mut self, now: Instant) -> Result<(), Silent> {
        let silence = now.saturating_duration_since(self.heard_at);
        if silence >= SILENCE_DROP {
            return Err(Silent);
        }
        let tells = self.playing().and_then(Play::tell_at).is_some_and(|tell_at| tell_at <= now);
        if tells || silence >= PING_IDLE && !self.pings.is_waiting() {
            self.put_ping();
        }
        Ok(())
    }

    /// Frames and packets received so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    fn playing(&self) -> Option<&Play> {
        match &self.stage {
            Stage::Playing(play) => Some(play),
            Stage::Greeting
            | Stage::Welcomed
            | Stage::LoggingIn { .. }
            | Stage::Resuming(_)
            | Stage::Closed(_) => None,
        }
    }

    fn put_ping(&mut self) {
        self.pings.sent += 1;
        let body = self.pings.sent.to_le_bytes();
        self.put_message(PING, 0, &body);
    }

    fn put_message(&mut self, kind: u32, cseq: u64, body: &[u8]) {
        let ack = match &mut self.stage {
            Stage::Playing(play) => play.tell(),
            Stage::Greeting
            | Stage::Welcomed
            | Stage::LoggingIn { .. }
            | Stage::Resuming(_)
            | Stage::Closed(_) => 0,
        };
        self.out.put(&Packet { kind, cseq, re: 0, ack, body });
    }
}

/// What this side knows of the conversation.
#[derive(Debug)]
enum Stage {
    /// The hello is on its way.
    Greeting,
    /// Welcomed, without an account.
    Welcomed,
    /// A login is on its way.
    LoggingIn { is_guest: bool },
    /// A resume is on its way.
    Resuming(Carry),
    /// In.
    Playing(Play),
    /// The server sent its last packet.
    Closed(Option<Carry>),
}

impl Stage {
    fn name(&self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Welcomed => "welcomed",
            Self::LoggingIn { .. } => "logging_in",
            Self::Resuming(_) => "resuming",
            Self::Playing(play) => match play.voice {
                Voice::Heard => "playing",
                Voice::Paused => "paused",
                Voice::Changed => "coming_back",
            },
            Self::Closed(_) => "closed",
        }
    }
}

/// Each ping has its number for a body, and pongs come in the order of pings.
#[derive(Debug, Default)]
struct Pings {
    sent: u64,
    answered: u64,
    /// Up to here they were sent before a reset: a pong may come or not.
    void: u64,
}

impl Pings {
    fn is_waiting(&self) -> bool {
        self.answered.max(self.void) < self.sent
    }

    /// Takes a pong; false if it answers none of those that wait, or not the first of them.
    fn answer(&mut self, body: &[u8]) -> bool {
        let Ok(number) = <[u8; 8]>::try_from(body).map(u64::from_le_bytes) else { return false };
        let next = self.answered.max(self.void) + 1;
        let is_right = self.answered < number && number <= next.min(self.sent);
        if is_right {
            self.answered = number;
        }
        is_right
    }
}

/// What came in, after the transport.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Frames.
    pub frames: u64,
    /// Of them deflated.
    pub frames_deflated: u64,
    /// Bytes of frame bodies as sent.
    pub body_bytes: u64,
    /// Bytes of frame bodies, inflated.
    pub content_bytes: u64,
    /// Packets.
    pub packets: u64,
}

const CLIENT_NAME_BYTES_MAX: usize = 64;
/// Bytes not yet sent from which signals are refused.
const SIGNALS_BYTES_MAX: usize = 64 * 1024;
const PING_IDLE: Duration = Duration::from_millis(PING_IDLE_MS as u64);
const SILENCE_DROP: Duration = Duration::from_millis(SILENCE_DROP_MS as u64);

const _: () = assert!(CLIENT_NAME_BYTES_MAX + 32 <= HELLO_BYTES_MAX);
