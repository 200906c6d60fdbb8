//! The connections of a load and the one loop that reads and writes them. Knows no protocol.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::SocketAddr,
    time::Duration,
};

use mio::{Events, Interest, Poll, Token, net::TcpStream};

use super::{Codec, Received};
use crate::{clock, error::LoadError};

/// Connections that speak through one codec.
pub struct Pool<C: Codec> {
    poll: Poll,
    events: Events,
    conns: Vec<Conn<C::State>>,
    codec: C,
    scratch: Box<[u8]>,
}

/// One connection as a driver sees it while its read is being handled.
pub struct Touched<'a, C: Codec> {
    /// Which.
    pub index: usize,
    /// What its read brought.
    pub received: Received,
    codec: &'a mut C,
    state: &'a mut C::State,
    out: &'a mut Vec<u8>,
}

impl<C: Codec> Touched<'_, C> {
    /// Adds requests; they leave in this turn's one write.
    pub fn request(&mut self, count: u32) {
        self.codec.request(self.index, self.state, count, self.out);
    }
}

impl<C: Codec> Pool<C> {
    /// Connects `count` times, a few at a time, and waits until the codec calls each one ready.
    ///
    /// # Errors
    /// The first that fails, or [`LoadError::Missing`] when none becomes ready for [`PATIENCE`].
    pub fn open(addr: SocketAddr, count: usize, codec: C) -> Result<Self, LoadError> {
        let mut pool = Self {
            poll: Poll::new()?,
            events: Events::with_capacity(EVENTS),
            conns: Vec::with_capacity(count),
            codec,
            scratch: vec![0; SCRATCH_BYTES].into_boxed_slice(),
        };
        let mut ready = 0;
        let mut progress_at = clock::now();
        while ready < count {
            while pool.conns.len() < count && pool.conns.len() < ready + OPENING_MAX {
                pool.connect(addr)?;
            }
            pool.turn(TURN_WAIT, |_| {})?;
            let now_ready = pool.conns.iter().filter(|conn| pool.codec.is_ready(&conn.state)).count();
            if now_ready > ready {
                ready = now_ready;
                progress_at = clock::now();
            } else if progress_at.elapsed() > PATIENCE {
                return Err(LoadError::Missing {
                    missing: (count - ready) as u64,
                    seconds: PATIENCE.as_secs(),
                });
            }
        }
        Ok(pool)
    }

    fn connect(&mut self, addr: SocketAddr) -> Result<(), LoadError> {
        let index = self.conns.len();
        let mut stream = TcpStream::connect(addr)?;
        self.poll.registry().register(&mut stream, Token(index), Interest::READABLE | Interest::WRITABLE)?;
        // Nothing to delay: every write holds all that there is to say.
        stream.set_nodelay(true)?;
        let mut conn = Conn { stream, out: Vec::new(), sent: 0, state: C::State::default() };
        self.codec.open(index, &mut conn.state, &mut conn.out);
        self.conns.push(conn);
        Ok(())
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.conns.len()
    }

    /// True for a pool of nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.conns.is_empty()
    }

    /// The codec, for what it learnt.
    pub fn codec(&mut self) -> &mut C {
        &mut self.codec
    }

    /// Sends requests outside a turn: how a run begins.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn request(&mut self, index: usize, count: u32) -> Result<(), LoadError> {
        let conn = &mut self.conns[index];
        self.codec.request(index, &mut conn.state, count, &mut conn.out);
        conn.flush(index)
    }

    /// Waits once, reads every connection that has something, lets `on` answer, writes each once.
    ///
    /// # Errors
    /// See [`LoadError`].
    pub fn turn(&mut self, wait: Duration, mut on: impl FnMut(&mut Touched<'_, C>)) -> Result<(), LoadError> {
        let Self { poll, events, conns, codec, scratch } = self;
        match poll.poll(events, Some(wait)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            result => result?,
        }
        for event in events.iter() {
            let index = event.token().0;
            let conn = &mut conns[index];
            if event.is_readable() || event.is_read_closed() {
                let received = conn.read(index, codec, scratch, event.is_read_closed())?;
                if received != Received::default() {
                    let (state, out) = (&mut conn.state, &mut conn.out);
                    on(&mut Touched { index, received, codec, state, out });
                }
            }
            conn.flush(index)?;
        }
        Ok(())
    }
}

struct Conn<S> {
    stream: TcpStream,
    out: Vec<u8>,
    /// Bytes of `out` that the socket took.
    sent: usize,
    state: S,
}

impl<S> Conn<S> {
    /// Reads until a short read; to the end when the peer has closed.
    fn read<C: Codec<State = S>>(
        &mut self,
        index: usize,
        codec: &mut C,
        scratch: &mut [u8],
        closed: bool,
    ) -> Result<Received, LoadError> {
        let mut total = Received::default();
        loop {
            let bytes = match self.stream.read(scratch) {
                Ok(0) => return Err(LoadError::Closed { index, reason: "end of stream".to_owned() }),
                Ok(bytes) => bytes,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(total),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error.into()),
            };
            let received = codec.receive(index, &mut self.state, &scratch[..bytes], &mut self.out)?;
            total.answers += received.answers;
            for (sum, heard) in total.heard.iter_mut().zip(received.heard) {
                *sum += heard;
            }
            if bytes < scratch.len() && !closed {
                return Ok(total);
            }
        }
    }

    fn flush(&mut self, index: usize) -> Result<(), LoadError> {
        while self.sent < self.out.len() {
            match self.stream.write(&self.out[self.sent..]) {
                Ok(0) => return Err(LoadError::Closed { index, reason: "writes nothing".to_owned() }),
                Ok(bytes) => self.sent += bytes,
                Err(error) if is_later(&error) => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.out.clear();
        self.sent = 0;
        Ok(())
    }
}

/// Not connected yet, or full: an event will tell.
fn is_later(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected)
}

/// Without any progress for so long, a load gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// One wait of a loop that also looks at the clock.
pub const TURN_WAIT: Duration = Duration::from_millis(100);
/// Connections that are being opened at once.
const OPENING_MAX: usize = 64;
const EVENTS: usize = 1_024;
const SCRATCH_BYTES: usize = 64 * 1024;
