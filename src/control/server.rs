//! Answers on a control socket, on threads of its own: a role that is busy still says so.

use std::{
    io::{self, Write},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use proto::{
    handshake::{BUILD, Role as Peer, negotiate},
    limits::STAFF_BYTES_MAX,
    link::{
        BillResponse, ControlRequest, ControlResponse, LinkHello, LinkWelcome, SettingsResponse,
        control_request::What, staff_request,
    },
    link_io::{LinkBuf, Op, Record},
    prescan::Budget,
    rpc::{CallId, Failure, Responder},
    wire,
};

use super::{OwnedRecord, read_record};
use crate::{
    accept::{Door, OpenDoor},
    clock, log,
    reading::{Reading, Wrong},
    roles::Live,
    staff::maintenance,
    stop::Stopper,
};

/// What the socket answers from.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The role's figures.
    pub live: Live,
    /// Ends the role.
    pub stopper: Stopper,
    /// When the process began.
    pub started: Instant,
    /// The data folder: what outlasts the process and is not the world's.
    pub data: PathBuf,
    /// What it goes by.
    pub reading: Reading,
}

impl Subject {
    /// Reads the settings again and goes by what can be changed.
    ///
    /// # Errors
    /// A stable name, and what is wrong.
    pub fn read_again(&self, patience: Duration) -> Result<SettingsResponse, Wrong> {
        self.reading.again(|config| self.live.go_by(config, patience))
    }
}

/// Answers one request until its deadline; the last is the peer's user.
pub type Answer = Arc<dyn Fn(ControlRequest, Instant, u32) -> Result<ControlResponse, Failure> + Send + Sync>;

/// Answers for a role, see [`listen_with`].
///
/// # Errors
/// The socket cannot be made.
pub fn listen(path: &Path, subject: Subject) -> io::Result<OpenDoor> {
    listen_with(path, Arc::new(move |request, deadline, peer| answer(request, deadline, peer, &subject)))
}

/// Listens at `path`, mode 0600, in a thread that ends with the door or the process. A socket file left by a process
/// that is gone is replaced; the caller holds the lock that goes with it.
///
/// # Errors
/// The socket cannot be made.
pub fn listen_with(path: &Path, answer: Answer) -> io::Result<OpenDoor> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) | Ok(()) => (),
    }
    // The folder around it is private, so nobody can come in before the mode is set.
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    let handle = listener.try_clone()?.into();
    let accept = move || listener.accept().map(|(socket, _)| socket);
    // However a peer ends, it is the peer's loss only.
    OpenDoor::open(DOOR, handle, accept, move |socket| drop(serve(socket, &answer)))
}

/// One peer: its greeting, then calls until it leaves or is silent.
fn serve(mut socket: UnixStream, answer: &Answer) -> io::Result<()> {
    socket.set_read_timeout(Some(SILENCE_MAX))?;
    socket.set_write_timeout(Some(SILENCE_MAX))?;
    let mut buffer = LinkBuf::default();
    // The system's word for who it is; a name is only the peer's own.
    let peer = rustix::net::sockopt::socket_peercred(&socket)?.uid.as_raw();
    let greeting = read_record(&mut socket, &mut buffer)?;
    if greeting.op != Op::Hello {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let hello: LinkHello = wire::decode(&greeting.payload, Budget::CLIENT)
        .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
    let mut welcome = LinkWelcome { build: BUILD.to_owned(), ..LinkWelcome::default() };
    match negotiate(&hello, Peer::Control) {
        Ok(protocol) => welcome.protocol = protocol,
        Err(error) => {
            welcome.refused = error.code().to_owned();
            welcome.detail = error.to_string();
        }
    }
    send(&mut socket, Op::Welcome, 0, 0, &wire::encode(&welcome))?;
    if !welcome.refused.is_empty() {
        return Ok(());
    }
    let mut calls = Responder::default();
    loop {
        let OwnedRecord { op, a, b, payload } = read_record(&mut socket, &mut buffer)?;
        match op {
            Op::Ping => send(&mut socket, Op::Pong, a, 0, &[])?,
            Op::Call => {
                let now = clock::now();
                let deadline = now + Duration::from_millis(b.min(DEADLINE_MS_MAX));
                let request = || wire::decode(&payload, Budget::CONTROL).map_err(|_| Failure::BadRequest);
                let begun = calls.begin(CallId(a), deadline, ());
                let answer = begun.and_then(|()| answer(request()?, deadline, peer));
                let is_in_time = calls.finish(CallId(a), clock::now());
                match if is_in_time { answer } else { Err(Failure::Deadline) } {
                    Ok(response) => send(&mut socket, Op::Reply, a, 0, &wire::encode(&response))?,
                    Err(failure) => send(&mut socket, Op::Reply, a, failure as u64, &[])?,
                }
            }
            // Calls are answered one by one: what is canceled has had its answer. Nothing is asked of who asks.
            Op::Pong | Op::Cancel | Op::Reply => {}
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
}

fn answer(
    request: ControlRequest,
    deadline: Instant,
    peer: u32,
    subject: &Subject,
) -> Result<ControlResponse, Failure> {
    let live = &subject.live;
    let mut said = ControlResponse::default();
    match request.what {
        Some(What::Status(_)) => {}
        Some(What::Stop(_)) => subject.stopper.stop("control"),
        Some(What::Staff(mut request)) => {
            request.by = signed(&request.by, peer);
            let left = deadline.saturating_duration_since(clock::now());
            let maintenance = match &request.what {
                Some(staff_request::What::Maintenance(wish)) => Some(wish.clone()),
                _ => None,
            };
            let mut told = live.staff(request, left.mul_f32(STAFF_SHARE)).ok_or(Failure::BadRequest)?;
            // Whoever asked: the next start is to begin as this process was told to go on.
            if let Some(wish) = maintenance.filter(|_| told.error.is_empty())
                && let Err(error) = maintenance::write(&subject.data, wish.on, &wish.reason)
            {
                tracing::error!(event = "maintenance.not_kept", error = %error);
                NOT_KEPT.clone_into(&mut told.error);
            }
            said.staff = Some(told);
        }
        Some(What::Reload(_)) => {
            let left = deadline.saturating_duration_since(clock::now());
            match live.reload(left.mul_f32(STAFF_SHARE)).ok_or(Failure::BadRequest)? {
                Ok(found) => said.detail = found,
                Err((code, text)) => (said.error, said.detail) = (code.to_owned(), text),
            }
        }
        Some(What::Backup(request)) => {
            let left = deadline.saturating_duration_since(clock::now());
            match live.backup(&request, left.mul_f32(STAFF_SHARE)).ok_or(Failure::BadRequest)? {
                Ok(standing) => said.backup = Some(standing),
                Err(stop) => (said.error, said.detail) = (stop.name, stop.text),
            }
        }
        Some(What::Poison(request)) => {
            let left = deadline.saturating_duration_since(clock::now()).mul_f32(STAFF_SHARE);
            let done = live.poison(request, |name| signed(name, peer), left).ok_or(Failure::BadRequest)?;
            match done {
                Ok(told) => said.poison = Some(told),
                Err((code, text)) => (said.error, said.detail) = (code.to_owned(), text),
            }
        }
        Some(What::Log(request)) => {
            let lines_max = usize::try_from(request.lines_max).unwrap_or(usize::MAX);
            said.log = Some(log::tail(request.after, lines_max));
            // Who asks for lines, each second, needs no figures.
            return Ok(said);
        }
        Some(What::LogLevel(request)) => {
            let by = signed(&request.by, peer);
            match log::raise(&request.level, Duration::from_millis(request.for_ms), &by) {
                Ok(()) => said.log = Some(log::tail(u64::MAX, 1)),
                Err(code) => said.error = code.to_owned(),
            }
        }
        Some(What::Bill(_)) => {
            let lines = live.bill().ok_or(Failure::BadRequest)?;
            said.bill = Some(BillResponse { lines });
        }
        Some(What::Database(_)) => {
            said.database = Some(live.database().ok_or(Failure::BadRequest)?);
        }
        Some(What::Books(request)) => {
            let left = deadline.saturating_duration_since(clock::now()).mul_f32(STAFF_SHARE);
            match live.books(&request, left).ok_or(Failure::BadRequest)? {
                Ok(told) => said.books = Some(told),
                Err((code, text)) => (said.error, said.detail) = (code.to_owned(), text),
            }
        }
        Some(What::Settings(request)) => {
            let left = deadline.saturating_duration_since(clock::now()).mul_f32(STAFF_SHARE);
            let told = if request.reload { subject.read_again(left) } else { Ok(subject.reading.told()) };
            match told {
                Ok(told) => said.settings = Some(told),
                Err((code, text)) => (said.error, said.detail) = (code.to_owned(), text),
            }
        }
        Some(What::Restart(_)) | None => return Err(Failure::BadRequest),
    }
    let up = clock::now().saturating_duration_since(subject.started);
    Ok(ControlResponse {
        role: live.role().name().to_owned(),
        ready: live.is_ready(),
        state: live.state(),
        figures: live.figures(),
        version: BUILD.to_owned(),
        pid: std::process::id(),
        up_ms: u64::try_from(up.as_millis()).unwrap_or(u64::MAX),
        ..said
    })
}

/// Who asks, for the staff log: the name as it was given, and the user for sure.
pub(super) fn signed(name: &str, user: u32) -> String {
    let user = format!("uid {user}");
    let name: String = name.chars().filter(|c| !c.is_control()).collect();
    let room = STAFF_BYTES_MAX.saturating_sub(user.len() + " ()".len());
    match &name[..name.floor_char_boundary(room)] {
        "" => user,
        name => format!("{name} ({user})"),
    }
}

fn send(socket: &mut UnixStream, op: Op, a: u64, b: u64, payload: &[u8]) -> io::Result<()> {
    let mut bytes = Vec::new();
    Record::new(op, a, b, payload).put(&mut bytes);
    socket.write_all(&bytes)
}

/// It is so in the running game, and would not be after its next start.
pub(crate) const NOT_KEPT: &str = "not_kept";
/// The console alone may have eleven links to game, and looks at each process beside them.
const DOOR: Door = Door { name: "control", peers_max: 16 };
/// A peer that neither asks nor takes its answer for so long is closed.
const SILENCE_MAX: Duration = Duration::from_secs(30);
const DEADLINE_MS_MAX: u64 = 60_000;
/// Of the asker's time: the rest is for the answer's way, so that it says what became of the request.
pub(crate) const STAFF_SHARE: f32 = 0.8;
