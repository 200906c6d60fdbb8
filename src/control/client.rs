//! Asks one role over its control socket.

use std::{
    io::{self, Write},
    os::unix::net::UnixStream,
    path::Path,
    time::Duration,
};

use proto::{
    handshake::{self, Role as Peer},
    link::{ControlRequest, ControlResponse, LinkWelcome, StatusRequest, StopRequest, control_request::What},
    link_io::{LinkBuf, Op, Record},
    prescan::Budget,
    rpc::{CallId, Caller, Failure},
    wire,
};

use super::read_record;
use crate::clock;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// How are you?
    Status,
    /// Stop, with nothing lost.
    Stop,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens.
    #[error("not running")]
    NotRunning,
    /// Somebody listens but says nothing.
    #[error("does not answer")]
    Silent,
    /// The role refused the greeting.
    #[error("refused: {0}")]
    Refused(String),
    /// The role refused the question.
    #[error("refused: {0}")]
    Failed(Failure),
    /// Not the bytes of a role.
    #[error("answered with something else")]
    Garbage,
    /// The socket failed.
    #[error("{0}")]
    Io(io::Error),
}

/// Asks once and waits for the answer, bounded.
///
/// # Errors
/// See [`AskError`].
pub fn ask(path: &Path, question: Question) -> Result<ControlResponse, AskError> {
    let what = match question {
        Question::Status => What::Status(StatusRequest {}),
        Question::Stop => What::Stop(StopRequest {}),
    };
    call(path, what, PATIENCE)
}

/// One request of the closed list, with so much time for its answer.
///
/// # Errors
/// See [`AskError`].
pub fn call(path: &Path, what: What, patience: Duration) -> Result<ControlResponse, AskError> {
    let mut socket = UnixStream::connect(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => AskError::NotRunning,
        _ => AskError::Io(error),
    })?;
    socket.set_read_timeout(Some(patience)).map_err(AskError::Io)?;
    socket.set_write_timeout(Some(PATIENCE)).map_err(AskError::Io)?;

    let mut caller = Caller::new(1);
    let id = caller.begin(clock::now() + patience, ()).map_err(|()| AskError::Silent)?;
    let request = wire::encode(&ControlRequest { what: Some(what) });
    let patience_ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let hello = wire::encode(&handshake::hello(Peer::Control, u64::from(std::process::id())));
    Record::new(Op::Hello, 0, 0, &hello).put(&mut bytes);
    Record::new(Op::Call, id.0, patience_ms, &request).put(&mut bytes);
    socket.write_all(&bytes).map_err(named)?;

    let mut buffer = LinkBuf::default();
    let first = read_record(&mut socket, &mut buffer).map_err(named)?;
    let welcome: LinkWelcome = match first.op {
        Op::Welcome => wire::decode(&first.payload, Budget::LINK).map_err(|_| AskError::Garbage)?,
        _ => return Err(AskError::Garbage),
    };
    if !welcome.refused.is_empty() {
        return Err(AskError::Refused(format!("{} ({})", welcome.refused, welcome.detail)));
    }
    loop {
        let record = read_record(&mut socket, &mut buffer).map_err(named)?;
        if record.op != Op::Reply || caller.finish(CallId(record.a)).is_none() {
            continue;
        }
        return match Failure::from_code(record.b) {
            Some(failure) => Err(AskError::Failed(failure)),
            None => wire::decode(&record.payload, Budget::LINK).map_err(|_| AskError::Garbage),
        };
    }
}

fn named(error: io::Error) -> AskError {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => AskError::Silent,
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => {
            AskError::NotRunning
        }
        io::ErrorKind::InvalidData => AskError::Garbage,
        _ => AskError::Io(error),
    }
}

/// For what a role answers at once.
const PATIENCE: Duration = Duration::from_secs(3);
