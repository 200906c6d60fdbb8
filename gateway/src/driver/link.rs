//! One I/O thread's link to game: connects, greets, reads records, writes the batch, connects again.

use std::{
    io::{self, ErrorKind, Read, Write},
    path::PathBuf,
    sync::Arc,
};

use mio::{Interest, Registry, Token, net::UnixStream};
use proto::{
    handshake::{self, Role},
    link::LinkWelcome,
    link_io::{LinkBuf, Op, Record},
    prescan::Budget,
    rpc::Failure,
    wire,
};

use crate::logic::{
    epochs::{EpochFault, Epochs},
    hub::Hub,
    telling::Telling,
};

/// See the module.
#[derive(Debug)]
pub struct Link {
    path: PathBuf,
    token: Token,
    thread: u32,
    instance: u64,
    epochs: Arc<Epochs>,
    state: State,
    pause_ms: u64,
    input: LinkBuf,
    /// Bytes may be there to read.
    is_readable: bool,
    /// The other end has ended: only a read of nothing is the end.
    is_hung_up: bool,
    /// The socket takes no more until it says so.
    is_blocked: bool,
    /// It is asked to say so. Not while it takes everything: a Unix socket would say so each time game
    /// reads, and cost a turn each time.
    is_write_watched: bool,
    /// Why it was refused: a game that refuses us does so at every attempt.
    refusals: Telling,
}

#[derive(Debug)]
enum State {
    Down { retry_ms: u64 },
    Greeting { socket: UnixStream, until_ms: u64 },
    Up { socket: UnixStream, epoch: u64, heard_ms: u64, pinged_ms: u64 },
}

/// Why a link was lost.
#[derive(Debug, thiserror::Error)]
enum Lost {
    #[error("game closed it")]
    Closed,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("game was silent")]
    Silent,
    #[error(transparent)]
    Epoch(#[from] EpochFault),
    #[error("game refuses: {0}")]
    Refused(String),
    #[error("game does not keep to the link's rules: {0}")]
    Rules(String),
}

impl Link {
    /// Not connected; the first attempt is due at once.
    #[must_use]
    pub fn new(path: PathBuf, token: Token, thread: u32, instance: u64, epochs: Arc<Epochs>) -> Self {
        Self {
            path,
            token,
            thread,
            instance,
            epochs,
            state: State::Down { retry_ms: 0 },
            pause_ms: PAUSE_MS_FIRST,
            input: LinkBuf::default(),
            is_readable: false,
            is_hung_up: false,
            is_blocked: false,
            is_write_watched: false,
            refusals: Telling::default(),
        }
    }

    /// Whose it is: the gateway's thread.
    #[must_use]
    pub fn thread(&self) -> usize {
        self.thread as usize
    }

    /// Game answered the greeting.
    #[must_use]
    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Up { .. })
    }

    /// What the system says about the socket.
    pub fn ready(&mut self, is_readable: bool, is_writable: bool, is_hung_up: bool) {
        self.is_readable |= is_readable || is_hung_up;
        self.is_hung_up |= is_hung_up;
        if is_writable {
            self.is_blocked = false;
        }
    }

    /// Bytes may be left from the last turn.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.is_readable && !matches!(self.state, State::Down { .. })
    }

    /// When to call [`Link::run_timers`] next.
    #[must_use]
    pub fn next_ms(&self) -> u64 {
        match self.state {
            State::Down { retry_ms } => retry_ms,
            State::Greeting { until_ms, .. } => until_ms,
            State::Up { heard_ms, pinged_ms, .. } => {
                (heard_ms.max(pinged_ms) + PING_IDLE_MS).min(heard_ms + SILENCE_MS)
            }
        }
    }

    /// This thread was away for so long: what game said meanwhile is still to be read.
    pub fn slept(&mut self, now_ms: u64, away_ms: u64) {
        match &mut self.state {
            State::Down { .. } => {}
            State::Greeting { until_ms, .. } => *until_ms += away_ms,
            State::Up { heard_ms, .. } => *heard_ms = now_ms,
        }
    }

    /// Connects, pings, gives up.
    pub fn run_timers(&mut self, now_ms: u64, registry: &Registry, hub: &mut Hub) {
        let result = match &mut self.state {
            State::Down { retry_ms } if *retry_ms <= now_ms => self.connect(now_ms, registry),
            State::Down { .. } => Ok(()),
            State::Greeting { until_ms, .. } if *until_ms <= now_ms => Err(Lost::Silent),
            State::Greeting { .. } => Ok(()),
            State::Up { heard_ms, .. } if *heard_ms + SILENCE_MS <= now_ms => Err(Lost::Silent),
            State::Up { epoch, heard_ms, pinged_ms, .. } => {
                if (*heard_ms).max(*pinged_ms) + PING_IDLE_MS <= now_ms {
                    *pinged_ms = now_ms;
                    hub.batch().put(Op::Ping, now_ms, 0, &[]);
                }
                // Another thread may have met the one that took over.
                self.epochs.holds(*epoch).map_err(Lost::from)
            }
        };
        self.lose_if(result, now_ms, hub);
    }

    /// Reads and applies what game says, up to a turn's share.
    pub fn read(&mut self, now_ms: u64, scratch: &mut [u8], hub: &mut Hub) {
        if self.is_readable() {
            let result = self.read_records(now_ms, scratch, hub);
            hub.end_batch(now_ms);
            self.lose_if(result, now_ms, hub);
        }
    }

    /// Writes the batch: one write, unless the socket takes it in parts.
    pub fn write(&mut self, now_ms: u64, registry: &Registry, hub: &mut Hub) {
        let State::Up { socket, .. } = &mut self.state else { return };
        let batch = hub.batch();
        let mut result = Ok(());
        while !batch.waiting().is_empty() && !self.is_blocked {
            match socket.write(batch.waiting()) {
                Ok(0) => result = Err(Lost::Closed),
                Ok(taken) => batch.consume(taken),
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_blocked = true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => result = Err(error.into()),
            }
            if result.is_err() {
                break;
            }
        }
        if self.is_blocked != self.is_write_watched && result.is_ok() {
            self.is_write_watched = self.is_blocked;
            let also = self.is_blocked.then_some(Interest::WRITABLE);
            let interest = also.map_or(Interest::READABLE, |also| Interest::READABLE | also);
            result = registry.reregister(socket, self.token, interest).map_err(Lost::from);
        }
        self.lose_if(result, now_ms, hub);
    }

    fn connect(&mut self, now_ms: u64, registry: &Registry) -> Result<(), Lost> {
        let mut socket = UnixStream::connect(&self.path)?;
        registry.register(&mut socket, self.token, Interest::READABLE)?;
        let mut hello = handshake::hello(Role::Gateway, self.instance);
        hello.thread = self.thread;
        let mut greeting = Vec::new();
        Record::new(Op::Hello, 0, 0, &wire::encode(&hello)).put(&mut greeting);
        // An empty socket buffer takes a greeting whole; one that does not belongs to no game of ours.
        socket.write_all(&greeting)?;
        self.input = LinkBuf::default();
        (self.is_readable, self.is_hung_up) = (true, false);
        (self.is_blocked, self.is_write_watched) = (false, false);
        self.state = State::Greeting { socket, until_ms: now_ms + GREETING_MS };
        Ok(())
    }

    fn read_records(&mut self, now_ms: u64, scratch: &mut [u8], hub: &mut Hub) -> Result<(), Lost> {
        let mut budget = READ_BYTES_PER_TURN;
        while self.is_readable && 0 < budget {
            let (State::Greeting { socket, .. } | State::Up { socket, .. }) = &mut self.state else {
                return Ok(());
            };
            match socket.read(scratch) {
                Ok(0) => return Err(Lost::Closed),
                Ok(bytes) => {
                    // A short read has emptied the socket, but an end that was announced with those bytes
                    // is not announced again.
                    self.is_readable = bytes == scratch.len() || self.is_hung_up;
                    budget = budget.saturating_sub(bytes);
                    self.input.push(&scratch[..bytes]);
                    self.apply_records(now_ms, hub)?;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.is_readable = false,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn apply_records(&mut self, now_ms: u64, hub: &mut Hub) -> Result<(), Lost> {
        while let Some(record) = self.input.next().map_err(|error| Lost::Rules(error.to_string()))? {
            match (&mut self.state, record.op) {
                (State::Up { heard_ms, .. }, op) => {
                    *heard_ms = now_ms;
                    match op {
                        Op::Ping => hub.batch().put(Op::Pong, record.a, record.b, &[]),
                        // Nothing is served here yet; the next build of game may ask all the same.
                        Op::Call => hub.batch().put(Op::Reply, record.a, Failure::BadRequest as u64, &[]),
                        // Of a call that nobody made, or that was answered when it came.
                        Op::Pong | Op::Reply | Op::Cancel => {}
                        _ => hub.apply(record, now_ms).map_err(|fault| Lost::Rules(fault.to_string()))?,
                    }
                }
                (State::Greeting { .. }, Op::Welcome) => {
                    let welcome: LinkWelcome = wire::decode(record.payload, Budget::LINK)
                        .map_err(|error| Lost::Rules(error.to_string()))?;
                    self.welcomed(now_ms, &welcome, hub)?;
                }
                (State::Greeting { .. } | State::Down { .. }, op) => {
                    return Err(Lost::Rules(format!("{op:?} before the welcome")));
                }
            }
        }
        Ok(())
    }

    fn welcomed(&mut self, now_ms: u64, welcome: &LinkWelcome, hub: &mut Hub) -> Result<(), Lost> {
        if !welcome.refused.is_empty() {
            return Err(Lost::Refused(format!("{} {}", welcome.refused, welcome.detail)));
        }
        self.epochs.greet(welcome.epoch, &welcome.epoch_mac)?;
        let before = std::mem::replace(&mut self.state, State::Down { retry_ms: now_ms });
        if let State::Greeting { socket, .. } = before {
            self.state = State::Up { socket, epoch: welcome.epoch, heard_ms: now_ms, pinged_ms: now_ms };
        }
        self.pause_ms = PAUSE_MS_FIRST;
        self.refusals.forget();
        tracing::info!(event = "link.up", thread = self.thread, epoch = welcome.epoch);
        hub.link_up(now_ms, welcome.protocol, &welcome.kinds);
        Ok(())
    }

    fn lose_if(&mut self, result: Result<(), Lost>, now_ms: u64, hub: &mut Hub) {
        let Err(lost) = result else { return };
        if self.is_up() {
            tracing::warn!(event = "link.lost", thread = self.thread, why = %lost);
            let parked = hub.link_down(now_ms);
            if 0 < parked {
                tracing::warn!(event = "clients.parked", thread = self.thread, n = parked);
            }
        } else if matches!(lost, Lost::Refused(_) | Lost::Rules(_) | Lost::Epoch(_))
            && self.refusals.is_due(now_ms, &lost.to_string())
        {
            tracing::error!(event = "link.refused", thread = self.thread, why = %lost);
        }
        self.state = State::Down { retry_ms: now_ms + self.pause_ms };
        self.pause_ms = (self.pause_ms * 2).min(PAUSE_MS_MAX);
    }
}

const PAUSE_MS_FIRST: u64 = 50;
const PAUSE_MS_MAX: u64 = 1_000;
const GREETING_MS: u64 = 5_000;
const PING_IDLE_MS: u64 = 5_000;
const SILENCE_MS: u64 = 15_000;
const READ_BYTES_PER_TURN: usize = 4 * 1024 * 1024;
