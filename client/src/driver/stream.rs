//! One connection on a tokio socket, without a task of its own: the caller polls [`Stream::next`] and
//! queues commands in between. What is queued between two polls leaves as one frame.

#[cfg(test)]
mod tests;

use std::{cell::RefCell, io, time::Duration};

use proto::{client::LoggedIn, deflate::Inflater};
use socket2::{SockRef, TcpKeepalive};
use tokio::{io::Interest, net::TcpStream, time::timeout_at};

use crate::{
    driver::{clock, error::Error, options::Options},
    logic::{
        connection::{Connection, Opening},
        session::{CommandError, Session, Traffic},
        transport::Flow,
        types::{Event, Login},
    },
};

/// A connected client. Dropping it closes the socket.
#[derive(Debug)]
pub struct Stream {
    socket: TcpStream,
    connection: Connection,
    /// Bytes for the socket that it did not take yet; from `out_sent` on.
    out: Vec<u8>,
    out_sent: usize,
    /// The server has paused: it does not read, and nothing is written to it.
    is_held: bool,
    /// Why nothing more comes; told once the events before it are taken.
    end: Option<Error>,
    wire: Wire,
    login_timeout: Duration,
}

/// Bytes on the socket, transport included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wire {
    /// Received.
    pub bytes_in: u64,
    /// Sent.
    pub bytes_out: u64,
}

impl Stream {
    /// Connects and waits for the welcome.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::ConnectTimeout`], trust and transport errors, and whatever ends a
    /// connection.
    pub async fn connect(options: &Options) -> Result<Self, Error> {
        let limit = options.connect_timeout;
        match tokio::time::timeout(limit, Self::greet(options)).await {
            Ok(result) => result,
            Err(_) => Err(Error::ConnectTimeout { server: options.server.clone(), ms: millis(limit) }),
        }
    }

    async fn greet(options: &Options) -> Result<Self, Error> {
        let socket = TcpStream::connect(&options.server)
            .await
            .map_err(|cause| Error::Unreachable { server: options.server.clone(), cause: cause.into() })?;
        socket.set_nodelay(true)?;
        watch_over(&socket)?;
        let opening = Opening {
            kind: options.transport,
            host: options.host().to_owned(),
            tls: options.tls_for(socket.peer_addr()?)?,
            name: options.name.clone(),
        };
        let connection = Connection::new(&opening, clock::now())?;
        let mut stream = Self {
            socket,
            connection,
            out: Vec::new(),
            out_sent: 0,
            is_held: false,
            end: None,
            wire: Wire::default(),
            login_timeout: options.login_timeout,
        };
        match stream.next().await? {
            Event::Welcomed(_) => Ok(stream),
            Event::Closed(closed) => Err(Error::Closed(closed)),
            // The session lets nothing else come before the welcome.
            Event::LoginQueued { .. }
            | Event::LoginRefused { .. }
            | Event::LoggedIn(_)
            | Event::Resumed(_)
            | Event::ResumeRefused { .. }
            | Event::Reset(_)
            | Event::Reconnect { .. }
            | Event::Answered { .. }
            | Event::Push(_)
            | Event::Paused => Err(Error::Gone),
        }
    }

    /// Waits for the next event; sends what is queued and answers pings meanwhile. Cancel-safe.
    ///
    /// # Errors
    /// Why the connection ended, after all events before it, again and again.
    pub async fn next(&mut self) -> Result<Event, Error> {
        loop {
            if let Some(event) = self.take_event() {
                return Ok(event);
            }
            if let Some(end) = &self.end {
                return Err(end.clone());
            }
            if let Err(error) = self.advance().await {
                self.end = Some(error);
            }
        }
    }

    /// The next event that has come already, without waiting.
    pub fn take_event(&mut self) -> Option<Event> {
        let event = self.connection.session.take_event()?;
        if let Event::Closed(closed) = &event {
            self.end = Some(Error::Closed(closed.clone()));
        }
        Some(event)
    }

    /// Asks to come in and waits for the outcome. A password may wait in the server's queue.
    ///
    /// # Errors
    /// [`Error::LoginRefused`] (another try may follow), [`Error::LoginTimeout`], or whatever ends a
    /// connection.
    pub async fn login(&mut self, login: &Login) -> Result<LoggedIn, Error> {
        self.connection.session.login(login)?;
        let limit = self.login_timeout;
        match tokio::time::timeout(limit, self.login_reply()).await {
            Ok(result) => result,
            Err(_) => Err(Error::LoginTimeout { ms: millis(limit) }),
        }
    }

    async fn login_reply(&mut self) -> Result<LoggedIn, Error> {
        loop {
            match self.next().await? {
                // A game that died right after the login tells of it by a reset.
                Event::LoggedIn(logged_in) | Event::Reset(logged_in) => return Ok(logged_in),
                Event::LoginRefused { name, detail, retry_after_ms } => {
                    return Err(Error::LoginRefused { name, detail, retry_after_ms });
                }
                Event::Closed(closed) => return Err(Error::Closed(closed)),
                Event::LoginQueued { .. }
                | Event::Paused
                | Event::Welcomed(_)
                | Event::Resumed(_)
                | Event::ResumeRefused { .. }
                | Event::Reconnect { .. }
                | Event::Answered { .. }
                | Event::Push(_) => {}
            }
        }
    }

    /// Queues a command; it leaves with the next poll of [`Self::next`].
    ///
    /// # Errors
    /// See [`CommandError`].
    pub fn command(&mut self, kind: u32, body: &[u8]) -> Result<u64, CommandError> {
        self.connection.session.command(kind, body)
    }

    /// The conversation, to look at or to queue more in.
    pub fn session(&mut self) -> &mut Session {
        &mut self.connection.session
    }

    /// Frames and packets received.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.connection.session.traffic()
    }

    /// Bytes on the socket.
    #[must_use]
    pub fn wire(&self) -> Wire {
        self.wire
    }

    /// One wait: until the socket is ready or a ping is due, and what then can be done at once.
    async fn advance(&mut self) -> Result<(), Error> {
        if let Err(error) = self.write() {
            // The server may have said why before it hung up.
            while self.read().is_ok_and(|count| count > 0) {}
            return Err(error);
        }
        let interest = if self.out.is_empty() || self.is_held {
            Interest::READABLE
        } else {
            Interest::READABLE.add(Interest::WRITABLE)
        };
        let deadline = self.connection.deadline().into();
        let Ok(ready) = timeout_at(deadline, self.socket.ready(interest)).await else {
            return Ok(self.connection.on_time(clock::now())?);
        };
        let ready = ready?;
        if ready.is_readable() || ready.is_read_closed() {
            self.read()?;
        }
        Ok(())
    }

    /// Reads once what is there; 0 if nothing is.
    fn read(&mut self) -> Result<usize, Error> {
        let mut buffer = [0; READ_BYTES];
        match self.socket.try_read(&mut buffer) {
            Ok(0) => Err(Error::Gone),
            Ok(count) => {
                self.wire.bytes_in += count as u64;
                let now = clock::now();
                let flow = INFLATER
                    .with_borrow_mut(|inflater| self.connection.receive(&buffer[..count], inflater, now))?;
                match flow {
                    Flow::More => Ok(count),
                    Flow::End => Err(Error::Gone),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Hands the socket what it takes now; while the server is paused nothing. A frame that was begun goes on after it.
    fn write(&mut self) -> Result<(), Error> {
        let is_held = self.connection.session.is_paused();
        if self.is_held != is_held {
            self.is_held = is_held;
            be_patient(&self.socket, is_held)?;
        }
        if is_held {
            return Ok(());
        }
        loop {
            if self.out.is_empty() {
                self.connection.send(&mut self.out)?;
            }
            if self.out.is_empty() {
                return Ok(());
            }
            while self.out_sent < self.out.len() {
                match self.socket.try_write(&self.out[self.out_sent..]) {
                    Ok(count) => {
                        self.out_sent += count;
                        self.wire.bytes_out += count as u64;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                    Err(error) => return Err(error.into()),
                }
            }
            // What was queued meanwhile waits for nothing else.
            self.out.clear();
            self.out_sent = 0;
        }
    }
}

/// An established socket with nothing to send never times out by itself, and one whose peer does not take what was
/// sent hardly ever.
fn watch_over(socket: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(socket);
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_IDLE).with_interval(KEEPALIVE_INTERVAL);
    socket.set_tcp_keepalive(&keepalive)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED_MAX))?;
    Ok(())
}

/// What left before the pause may wait for it to end: a server that does not read closes its window, and the system would
/// count that as death, however well each of its probes is answered. Pings tell as well whether the server lives.
fn be_patient(socket: &TcpStream, is_patient: bool) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    SockRef::from(socket).set_tcp_user_timeout((!is_patient).then_some(UNACKNOWLEDGED_MAX))?;
    #[cfg(not(target_os = "linux"))]
    let (_, _) = (socket, is_patient);
    Ok(())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

thread_local! {
    /// About 40 KiB, so one a thread and not one a connection.
    static INFLATER: RefCell<Inflater> = RefCell::new(Inflater::default());
}

const KEEPALIVE_IDLE: Duration = Duration::from_secs(15);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);
/// Bytes that the other end's system has not taken for so long: the connection is dead.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(20);
const READ_BYTES: usize = 16 * 1024;
