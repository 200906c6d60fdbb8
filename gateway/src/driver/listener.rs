//! The listening socket of one I/O thread: all threads of a gateway share the port, and nobody else.

#[cfg(test)]
mod tests;

use std::{
    fs::File,
    io::{self, ErrorKind},
    net::SocketAddr,
    time::Duration,
};

use mio::{Interest, Registry, Token, net::TcpListener, net::TcpStream};
use socket2::{Domain, Protocol, Socket, TcpKeepalive, Type};

/// A port that is taken, and not listened to yet: clients come when game is there.
#[derive(Debug)]
pub struct Bound(Socket);

impl Bound {
    /// Takes the port, together with whoever has taken it this way.
    ///
    /// # Errors
    /// What the system says.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = stream(address)?;
        socket.set_reuse_port(true)?;
        socket.bind(&address.into())?;
        Ok(Self(socket))
    }

    /// Whether somebody listens there already. A shared port would hand each of two servers a half of the
    /// clients, and neither would notice.
    ///
    /// # Errors
    /// [`ErrorKind::AddrInUse`] if so; whatever else the system says.
    pub fn probe(address: SocketAddr) -> io::Result<()> {
        stream(address)?.bind(&address.into())
    }

    /// With the port that the system chose, if it was to choose.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()?.as_socket().ok_or_else(|| ErrorKind::Unsupported.into())
    }

    /// Begins to listen.
    ///
    /// # Errors
    /// What the system says.
    pub fn listen(self, registry: &Registry, token: Token) -> io::Result<Listener> {
        notice_the_dead(&self.0)?;
        self.0.listen(BACKLOG)?;
        let mut socket = TcpListener::from_std(self.0.into());
        registry.register(&mut socket, token, Interest::READABLE)?;
        Ok(Listener {
            socket,
            spare: spare(),
            is_waiting: true,
            paused_until_ms: 0,
            refused: 0,
            told_ms: None,
        })
    }
}

/// See the module.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    /// A descriptor to give up when there is none left, so that a client can be accepted and closed
    /// instead of waiting, and waking us, for ever.
    spare: Option<File>,
    /// Clients may be waiting.
    is_waiting: bool,
    paused_until_ms: u64,
    /// Clients closed for want of a descriptor since the log was told.
    refused: u64,
    told_ms: Option<u64>,
}

impl Listener {
    /// The system says that clients wait.
    pub fn ready(&mut self) {
        self.is_waiting = true;
    }

    /// Nobody waits.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        !self.is_waiting
    }

    /// When to try again, if clients may be waiting.
    #[must_use]
    pub fn next_ms(&self) -> Option<u64> {
        self.is_waiting.then_some(self.paused_until_ms)
    }

    /// Accepts who waits, up to a turn's share.
    pub fn accept(&mut self, now_ms: u64, mut on_client: impl FnMut(TcpStream, SocketAddr)) {
        if !self.is_waiting || now_ms < self.paused_until_ms {
            return;
        }
        for _ in 0..ACCEPTS_PER_TURN {
            match self.socket.accept() {
                Ok((socket, address)) => on_client(socket, address),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.is_waiting = false;
                    return;
                }
                Err(error) if is_exhausted(&error) => {
                    self.refuse_one();
                    self.paused_until_ms = now_ms + EXHAUSTED_PAUSE_MS;
                    if self.told_ms.is_none_or(|told_ms| told_ms + TELL_EVERY_MS <= now_ms) {
                        tracing::warn!(event = "accept.exhausted", %error, refused = self.refused);
                        (self.refused, self.told_ms) = (0, Some(now_ms));
                    }
                    return;
                }
                // The client gave up before it was accepted; the next may not have.
                Err(_) => {}
            }
        }
    }

    fn refuse_one(&mut self) {
        self.spare = None;
        self.refused += u64::from(self.socket.accept().is_ok());
        self.spare = spare();
    }
}

/// A socket that may take an address on which connections of the past linger.
fn stream(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    Ok(socket)
}

/// Sockets that this one accepts inherit what is set here (tcp(7)): each is asked whether its peer lives when it is
/// idle, also while it is not read, and is given up when bytes for it stay without an acknowledgment, or its window
/// closed. An established socket does neither by itself (Cloudflare, "When TCP sockets refuse to die").
fn notice_the_dead(listener: &Socket) -> io::Result<()> {
    let keepalive =
        TcpKeepalive::new().with_time(ALIVE_IDLE).with_interval(ALIVE_INTERVAL).with_retries(ALIVE_PROBES);
    listener.set_tcp_keepalive(&keepalive)?;
    listener.set_tcp_user_timeout(Some(UNACKNOWLEDGED_MAX))
}

fn spare() -> Option<File> {
    File::open("/dev/null").ok()
}

/// No descriptor or no memory for a socket is left.
fn is_exhausted(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(ENFILE | EMFILE | ENOBUFS | ENOMEM))
}

const ENOMEM: i32 = 12;
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;
const ENOBUFS: i32 = 105;
/// Connections that the system keeps for us between two turns.
const BACKLOG: i32 = 4_096;
const ACCEPTS_PER_TURN: usize = 64;
const EXHAUSTED_PAUSE_MS: u64 = 100;
/// Whoever holds all descriptors must not fill the log as well.
const TELL_EVERY_MS: u64 = 10_000;
/// The system gives a connection up when what was sent stays without an acknowledgment for so long (reliability §3).
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(20);
/// It asks a silent peer for a sign of life after this, and so often, until it gives up: after
/// [`UNACKNOWLEDGED_MAX`] even if probes are left.
const ALIVE_IDLE: Duration = Duration::from_secs(15);
const ALIVE_INTERVAL: Duration = Duration::from_secs(5);
const ALIVE_PROBES: u32 = 3;
