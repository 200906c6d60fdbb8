//! One control socket, called: connected, greeted, and asked. Knows no request's meaning.

use std::{
    io,
    path::Path,
    time::{Duration, Instant},
};

use calls::{GreetError, Limits, Nothing, Peer};
use proto::{
    handshake::{self, Role},
    link::{ControlRequest, ControlResponse, control_request::What},
    prescan::Budget,
    rpc::Failure,
    wire,
};
use tokio::{net::UnixStream, time::timeout};

use super::clock;

/// Why there is no answer, in the words of `ding status`.
#[derive(Debug, thiserror::Error)]
pub(super) enum Away {
    #[error("not running")]
    NotRunning,
    #[error("does not answer")]
    Silent,
    /// After it was asked.
    #[error("ended before it answered")]
    Lost,
    #[error("refused: {0}")]
    Refused(String),
    #[error("refused: {0}")]
    Failed(Failure),
    #[error("answered with something else")]
    Garbage,
    #[error("{0}")]
    Io(io::Error),
}

/// An open link; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct Talk(Peer);

impl Drop for Talk {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Talk {
    /// Connects and greets, within a time.
    pub(super) async fn open(socket: &Path, patience: Duration) -> Result<Self, Away> {
        timeout(patience, Self::greet(socket)).await.unwrap_or(Err(Away::Silent))
    }

    async fn greet(socket: &Path) -> Result<Self, Away> {
        let mut stream = UnixStream::connect(socket).await.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Away::NotRunning,
            _ => Away::Io(error),
        })?;
        let hello = handshake::hello(Role::Control, u64::from(std::process::id()));
        let (_, early) = calls::greet(&mut stream, &hello).await.map_err(|error| match error {
            GreetError::Refused(code, text) => Away::Refused(format!("{code} ({text})")),
            GreetError::Version(version) => Away::Refused(format!("speaks version {version} of the link")),
            GreetError::Silent => Away::Silent,
            GreetError::Garbage => Away::Garbage,
            GreetError::Io(error) => of_stream(error),
        })?;
        let (peer, link) = calls::open(stream, early, Limits::default(), Nothing);
        tokio::spawn(link);
        Ok(Self(peer))
    }

    /// Asks once.
    pub(super) async fn ask(&self, what: What, patience: Duration) -> Result<ControlResponse, Away> {
        let request = wire::encode(&ControlRequest { what: Some(what) });
        let deadline: Instant = clock::now() + patience;
        let reply = self.0.call(&request, deadline).await.map_err(|failure| match failure {
            Failure::Deadline => Away::Silent,
            Failure::LinkLost => Away::Lost,
            other => Away::Failed(other),
        })?;
        wire::decode(&reply, Budget::LINK).map_err(|_| Away::Garbage)
    }
}

fn of_stream(error: io::Error) -> Away {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
            Away::NotRunning
        }
        _ => Away::Io(error),
    }
}
