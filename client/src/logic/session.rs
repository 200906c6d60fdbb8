//! One connection's conversation with a server: hello, login, commands and their answers, pushes, pings.
//! Every way in which the server may break the protocol ends in a named [`crate::Violation`]. Time comes
//! in as an argument; knows no sockets and no transport.

mod kinds;
mod pushes;
mod receive;
#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use proto::{
    client::{Hello, LoginPassword, LoginSecret, Register},
    frame::FrameBuf,
    kinds::{Class, HELLO, LOGIN_GUEST, LOGIN_PASSWORD, LOGIN_SECRET, LOGOUT, PING, REGISTER},
    limits::{CLIENT_PROTOCOL, HELLO_BYTES_MAX, PING_IDLE_MS, SILENCE_DROP_MS},
    packet::Packet,
    wire::encode,
};

use crate::logic::{
    packets::PacketsOut,
    session::kinds::KindTable,
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

    /// Queues a command; its answer comes as an event with the returned number.
    ///
    /// # Errors
    /// See [`CommandError`]; nothing was queued and no number used.
    pub fn command(&mut self, kind: u32, body: &[u8]) -> Result<u64, CommandError> {
        let stage = self.stage.name();
        let Stage::Playing(play) = &mut self.stage else {
            return Err(CommandError::OutOfTurn { stage });
        };
        self.kinds.check_body(kind, &[Class::Command], body.len())?;
        let cseq = play.window.issue().ok_or(CommandError::WindowFull)?;
        self.put_message(kind, cseq, body);
        Ok(cseq)
    }

    /// Queues a signal: no answer, the newest wins.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub fn signal(&mut self, kind: u32, body: &[u8]) -> Result<(), CommandError> {
        let Stage::Playing(_) = self.stage else {
            return Err(CommandError::OutOfTurn { stage: self.stage.name() });
        };
        self.kinds.check_body(kind, &[Class::Signal], body.len())?;
        if self.out.bytes() > SIGNALS_BYTES_MAX {
            return Err(CommandError::SignalsFull);
        }
        self.put_message(kind, 0, body);
        Ok(())
    }

    /// Queues the goodbye; the server closes.
    ///
    /// # Errors
    /// [`CommandError::OutOfTurn`].
    pub fn logout(&mut self) -> Result<(), CommandError> {
        let Stage::Playing(_) = self.stage else {
            return Err(CommandError::OutOfTurn { stage: self.stage.name() });
        };
        self.put_message(LOGOUT, 0, &[]);
        Ok(())
    }

    /// Whether another command may be queued now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        matches!(&self.stage, Stage::Playing(play) if play.window.has_room())
    }

    /// The commands of this session; nothing before a login.
    #[must_use]
    pub fn window(&self) -> Option<&Window> {
        match &self.stage {
            Stage::Playing(play) => Some(&play.window),
            Stage::Greeting | Stage::Welcomed | Stage::LoggingIn { .. } | Stage::Closed => None,
        }
    }

    /// The next frame to send, header included.
    pub fn take_frame(&mut self) -> Option<Vec<u8>> {
        self.out.take_frame()
    }

    /// Whether a frame waits to be sent.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.out.is_empty()
    }

    /// The next thing that happened.
    pub fn take_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// When [`Self::on_time`] wants to be called.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.heard_at + if self.pings.waiting { SILENCE_DROP } else { PING_IDLE }
    }

    /// Sends a ping, or gives up.
    ///
    /// # Errors
    /// [`Silent`]: nothing was heard for 45 s.
    pub fn on_time(&mut self, now: Instant) -> Result<(), Silent> {
        let silence = now.saturating_duration_since(self.heard_at);
        if silence >= SILENCE_DROP {
            return Err(Silent);
        }
        if silence >= PING_IDLE && !self.pings.waiting {
            self.pings.sent += 1;
            self.pings.waiting = true;
            let body = self.pings.sent.to_le_bytes();
            self.out.put(&Packet { kind: PING, body: &body, ..Packet::default() });
        }
        Ok(())
    }

    /// Frames and packets received so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.traffic
    }

    fn put_message(&mut self, kind: u32, cseq: u64, body: &[u8]) {
        let ack = match &self.stage {
            Stage::Playing(play) => play.received,
            Stage::Greeting | Stage::Welcomed | Stage::LoggingIn { .. } | Stage::Closed => 0,
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
    /// Logged in.
    Playing(Play),
    /// The server sent its last packet.
    Closed,
}

impl Stage {
    fn name(&self) -> &'static str {
        match self {
            Self::Greeting => "greeting",
            Self::Welcomed => "welcomed",
            Self::LoggingIn { .. } => "logging_in",
            Self::Playing(_) => "playing",
            Self::Closed => "closed",
        }
    }
}

#[derive(Debug)]
struct Play {
    window: Window,
    /// Must-arrive packets of this session so far: what `ack` tells.
    received: u64,
}

#[derive(Debug, Default)]
struct Pings {
    sent: u64,
    /// The last one has no pong yet.
    waiting: bool,
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

/// Why a command was not queued: the caller's doing, the connection lives on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// Not at this stage.
    #[error("not possible while {stage}")]
    OutOfTurn {
        /// The connection's.
        stage: &'static str,
    },
    /// The oldest command without an answer is 64 back.
    #[error("64 commands without an answer")]
    WindowFull,
    /// The socket takes no more, and signals wait; the next will be newer.
    #[error("signals wait to be sent")]
    SignalsFull,
    /// A kind that the server does not take, or not as this.
    #[error("the server takes no such command or signal: kind {kind}")]
    UnknownKind {
        /// As given.
        kind: u32,
    },
    /// A body above the kind's bound.
    #[error("kind {kind} takes a body of at most {max} bytes, not {bytes}")]
    BodyTooLarge {
        /// As given.
        kind: u32,
        /// As given.
        bytes: usize,
        /// The server's bound.
        max: usize,
    },
}

impl CommandError {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfTurn { .. } => "command.out_of_turn",
            Self::WindowFull => "command.window_full",
            Self::SignalsFull => "command.signals_full",
            Self::UnknownKind { .. } => "command.unknown_kind",
            Self::BodyTooLarge { .. } => "command.body_too_large",
        }
    }
}

/// Nothing was heard for 45 s, not even a pong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server is silent")]
pub struct Silent;

const CLIENT_NAME_BYTES_MAX: usize = 64;
/// Bytes not yet sent from which signals are refused.
const SIGNALS_BYTES_MAX: usize = 64 * 1024;
const PING_IDLE: Duration = Duration::from_millis(PING_IDLE_MS as u64);
const SILENCE_DROP: Duration = Duration::from_millis(SILENCE_DROP_MS as u64);

const _: () = assert!(CLIENT_NAME_BYTES_MAX + 32 <= HELLO_BYTES_MAX);
