//! Bare references: the least a server of that shape must do, as processes of their own
//! (`ding lab-bare …`). Their figures are what the real ones are measured beside.

pub mod checksums;
pub mod disk;
mod echo;
mod fanout;
pub mod pingpong;
mod relay;
mod round;
pub mod sqlite;
#[cfg(test)]
mod tests;
pub mod upserts;
pub mod wire;

use std::{
    io::{Write, stdin, stdout},
    net::SocketAddr,
    os::fd::{AsFd, OwnedFd},
};

use mio::net::TcpListener;

pub use round::Server;

use crate::error::Error;

/// Which of the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bare {
    /// Answers records of a multiplexed stream: the relay's backend.
    Echo,
    /// All clients over one connection to the backend, batched writes both ways.
    Relay {
        /// Where [`Bare::Echo`] listens.
        backend: SocketAddr,
    },
    /// Every message of a round to every connection: joined once, one write each.
    Fanout,
}

impl Bare {
    /// Serves until `stop` is readable or at its end.
    ///
    /// # Errors
    /// A failed system call, or a client that does not speak [`wire`].
    pub fn serve(self, listener: TcpListener, stop: &OwnedFd) -> Result<(), Error> {
        match self {
            Self::Echo => round::serve(listener, stop, None, &mut echo::Echo),
            Self::Relay { backend } => round::serve(listener, stop, Some(backend), &mut relay::Relay),
            Self::Fanout => round::serve(listener, stop, None, &mut fanout::Fanout::default()),
        }
    }

    /// As `lab-bare` takes it.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub fn parse(args: &[String]) -> Result<Self, Error> {
        let words: Vec<&str> = args.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["echo"] => Ok(Self::Echo),
            ["fanout"] => Ok(Self::Fanout),
            ["relay", backend] => match backend.parse() {
                Ok(backend) => Ok(Self::Relay { backend }),
                Err(_) => Err(Error::Usage(format!("not an address: {backend}"))),
            },
            _ => Err(Error::Usage("lab-bare echo | relay BACKEND | fanout".to_owned())),
        }
    }
}

/// `ding lab-bare …`: serves on a free port of loopback, says `ready {"listen":"ADDR"}` on standard
/// output and ends with its standard input, so it never outlives whoever started it.
///
/// # Errors
/// See [`Bare::serve`].
pub fn bare_main(args: &[String]) -> Result<(), Error> {
    let bare = Bare::parse(args)?;
    let listener = listen()?;
    let addr = listener.local_addr().map_err(Error::io("reading a listener's address"))?;
    let mut out = stdout().lock();
    writeln!(out, "ready {{\"listen\":\"{addr}\"}}").map_err(Error::io("writing standard output"))?;
    drop(out);
    let stop = stdin().as_fd().try_clone_to_owned().map_err(Error::io("duplicating standard input"))?;
    bare.serve(listener, &stop)
}

/// A free port of loopback.
///
/// # Errors
/// [`Error::Io`].
pub fn listen() -> Result<TcpListener, Error> {
    TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).map_err(Error::io("listening on loopback"))
}
