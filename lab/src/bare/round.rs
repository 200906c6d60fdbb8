//! The loop that all bare servers share: edge-triggered, reads until a short read, and after each round
//! one write for every connection that has something to say.

use std::{
    io::{ErrorKind, Read, Write},
    net::SocketAddr,
    os::fd::{AsFd, AsRawFd, OwnedFd},
};

use mio::{
    Events, Interest, Poll, Token,
    net::{TcpListener, TcpStream},
    unix::SourceFd,
};

use super::wire::Cut;
use crate::error::Error;

/// What one bare server does with bytes.
pub trait Server {
    /// Bytes of connection `from` (its index in `conns`).
    ///
    /// # Errors
    /// A message that makes no sense: the run is void.
    fn on_bytes(&mut self, from: usize, input: &[u8], conns: &mut Conns) -> Result<(), &'static str>;

    /// All reads of a round are done; writes follow.
    fn on_round(&mut self, conns: &mut Conns);
}

/// Connections by index; a freed index is used again.
#[derive(Default)]
pub struct Conns {
    slots: Vec<Option<Conn>>,
    touched: Vec<usize>,
}

impl Conns {
    /// Bytes for a connection; nothing if it has gone.
    pub fn out(&mut self, index: usize) -> Option<&mut Vec<u8>> {
        let conn = self.slots.get_mut(index)?.as_mut()?;
        if !conn.touched {
            conn.touched = true;
            self.touched.push(index);
        }
        Some(&mut conn.out)
    }

    /// The incoming half of a connection, lent out while its messages are handled.
    pub fn take_cut(&mut self, index: usize) -> Cut {
        self.slots
            .get_mut(index)
            .and_then(Option::as_mut)
            .map(|conn| std::mem::take(&mut conn.cut))
            .unwrap_or_default()
    }

    /// Gives it back.
    pub fn return_cut(&mut self, index: usize, cut: Cut) {
        if let Some(conn) = self.slots.get_mut(index).and_then(Option::as_mut) {
            conn.cut = cut;
        }
    }

    /// Every index that was ever used.
    #[must_use]
    pub fn indexes(&self) -> std::ops::Range<usize> {
        0..self.slots.len()
    }

    fn insert(&mut self, stream: TcpStream) -> usize {
        let conn = Some(Conn { stream, cut: Cut::default(), out: Vec::new(), sent: 0, touched: false });
        if let Some(index) = self.slots.iter().position(Option::is_none) {
            self.slots[index] = conn;
            index
        } else {
            self.slots.push(conn);
            self.slots.len() - 1
        }
    }
}

struct Conn {
    stream: TcpStream,
    cut: Cut,
    out: Vec<u8>,
    sent: usize,
    touched: bool,
}

/// Serves until `stop`. With a backend, connection 0 is the one to it.
///
/// # Errors
/// A failed system call on the listener or the backend, or a message without sense.
pub(super) fn serve(
    mut listener: TcpListener,
    stop: &OwnedFd,
    backend: Option<SocketAddr>,
    server: &mut impl Server,
) -> Result<(), Error> {
    let mut poll = Poll::new().map_err(Error::io("making a poll"))?;
    let registry = poll.registry();
    let add = "registering with a poll";
    registry.register(&mut listener, LISTENER, Interest::READABLE).map_err(Error::io(add))?;
    let raw = stop.as_fd().as_raw_fd();
    registry.register(&mut SourceFd(&raw), STOP, Interest::READABLE).map_err(Error::io(add))?;
    let mut conns = Conns::default();
    if let Some(backend) = backend {
        // Blocking: the backend listens already, and nobody is served before it is there.
        let stream = std::net::TcpStream::connect(backend).map_err(Error::io("connecting to the backend"))?;
        stream.set_nonblocking(true).map_err(Error::io("setting a socket"))?;
        admit(&poll, TcpStream::from_std(stream), &mut conns)?;
    }
    let mut events = Events::with_capacity(EVENTS);
    let mut scratch = vec![0; SCRATCH_BYTES];
    loop {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result.map_err(Error::io("polling"))?,
        }
        for event in &events {
            match event.token() {
                STOP => return Ok(()),
                LISTENER => accept_all(&poll, &listener, &mut conns)?,
                Token(index) => {
                    if event.is_writable() {
                        conns.out(index);
                    }
                    if event.is_readable() || event.is_read_closed() {
                        read(index, &mut conns, &mut scratch, event.is_read_closed(), server)?;
                    }
                }
            }
        }
        server.on_round(&mut conns);
        write_touched(&mut conns);
    }
}

fn accept_all(poll: &Poll, listener: &TcpListener, conns: &mut Conns) -> Result<(), Error> {
    loop {
        match listener.accept() {
            Ok((stream, _)) => admit(poll, stream, conns)?,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(source) => return Err(Error::Io { what: "accepting", source }),
        }
    }
}

fn admit(poll: &Poll, mut stream: TcpStream, conns: &mut Conns) -> Result<(), Error> {
    stream.set_nodelay(true).map_err(Error::io("setting a socket"))?;
    // The index must be known before the stream is registered; insert registers nothing.
    let free = conns.slots.iter().position(Option::is_none).unwrap_or(conns.slots.len());
    poll.registry()
        .register(&mut stream, Token(free), Interest::READABLE | Interest::WRITABLE)
        .map_err(Error::io("registering with a poll"))?;
    let index = conns.insert(stream);
    assert_eq!(index, free);
    Ok(())
}

fn read(
    index: usize,
    conns: &mut Conns,
    scratch: &mut [u8],
    closed: bool,
    server: &mut impl Server,
) -> Result<(), Error> {
    loop {
        let Some(Some(conn)) = conns.slots.get_mut(index) else { return Ok(()) };
        match conn.stream.read(scratch) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // A reference has no policy: whoever closes or fails is forgotten.
            Ok(0) | Err(_) => {
                conns.slots[index] = None;
                return Ok(());
            }
            Ok(bytes) => {
                server
                    .on_bytes(index, &scratch[..bytes], conns)
                    .map_err(|what| Error::Usage(format!("connection {index} sent {what}")))?;
                if bytes < scratch.len() && !closed {
                    return Ok(());
                }
            }
        }
    }
}

fn write_touched(conns: &mut Conns) {
    let mut touched = std::mem::take(&mut conns.touched);
    for &index in &touched {
        let Some(Some(conn)) = conns.slots.get_mut(index) else { continue };
        conn.touched = false;
        if !flush(conn) {
            conns.slots[index] = None;
        }
    }
    touched.clear();
    conns.touched = touched;
}

/// False when the connection is gone.
fn flush(conn: &mut Conn) -> bool {
    while conn.sent < conn.out.len() {
        match conn.stream.write(&conn.out[conn.sent..]) {
            Ok(0) => return false,
            Ok(bytes) => conn.sent += bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return false,
        }
    }
    conn.out.clear();
    conn.sent = 0;
    true
}

const LISTENER: Token = Token(usize::MAX - 1);
const STOP: Token = Token(usize::MAX - 2);
const EVENTS: usize = 1_024;
const SCRATCH_BYTES: usize = 64 * 1024;
