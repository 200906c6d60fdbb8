//! Plays stored matches again for whoever steps through them: in processes of their own at the back of the queue for
//! processors, few at a time, each with a bound of time and of what it says. A room that never ends, panics or takes all
//! memory ends its process alone. Knows no match.

use std::{
    ffi::OsString,
    io::Read,
    path::PathBuf,
    process::{Command, Stdio},
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use serde_json::{Map, Value, json};
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};

use super::refusal::{BUSY, GAME_AWAY, NOT_FOUND, REPLAY_FAILED, REPLAY_IS_SECRET, REPLAY_TOO_LONG, Refusal};

/// The way to them.
#[derive(Debug)]
pub(super) struct Player {
    /// Program and first arguments.
    command: Vec<OsString>,
    data: PathBuf,
    places: Arc<Semaphore>,
}

/// What a process said, and how it ended: its exit code, if it ended by itself.
type Said = (Vec<u8>, Option<i32>);

impl Player {
    pub(super) fn new(command: Vec<OsString>, data: PathBuf) -> Self {
        Self { command, data, places: Arc::new(Semaphore::new(PLACES)) }
    }

    /// Some steps of a match from this one on; without those of games with secrets if `public`.
    pub(super) async fn steps(&self, id: u64, from: u64, public: bool) -> Result<Value, Refusal> {
        let place = timeout(WAIT, Arc::clone(&self.places).acquire_owned()).await;
        let place = place.ok().and_then(Result::ok).ok_or(BUSY)?;
        let mut command = self.command(id, from, public).ok_or(REPLAY_FAILED)?;
        let (done, said) = oneshot::channel();
        let thread = thread::Builder::new().name("replay".to_owned());
        let spawned = thread.spawn(move || {
            // Of this thread, and of the process that it starts: whoever plays comes first.
            let _ = rustix::process::nice(NICE);
            // Whoever asked may be gone; the place is taken until the process is.
            let _ = done.send(run(&mut command));
            drop(place);
        });
        spawned.map_err(|_| BUSY)?;
        let said = said.await.map_err(|_| REPLAY_FAILED)?;
        document(said.ok_or(REPLAY_TOO_LONG)?)
    }

    fn command(&self, id: u64, from: u64, public: bool) -> Option<Command> {
        let (program, first) = self.command.split_first()?;
        let mut command = Command::new(program);
        command.args(first).arg(id.to_string()).arg("--data").arg(&self.data);
        command.arg("--steps").arg(from.to_string()).args(public.then_some("--public"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        Some(command)
    }
}

/// Until it has ended or its time has; nothing: it took too long or said too much, and is no more.
fn run(command: &mut Command) -> Option<Said> {
    let mut process = command.spawn().ok()?;
    let (done, said) = mpsc::channel();
    let reader = process.stdout.take().map(|out| {
        thread::spawn(move || {
            let mut text = Vec::new();
            let read = out.take(SAID_BYTES_MAX + 1).read_to_end(&mut text);
            let _ = done.send(read.map(|_| text));
        })
    });
    let text = said.recv_timeout(TIME_MAX).ok().and_then(Result::ok);
    let text = text.filter(|text| u64::try_from(text.len()).is_ok_and(|bytes| bytes <= SAID_BYTES_MAX));
    if text.is_none() {
        let _ = process.kill();
    }
    let status = process.wait().ok();
    let _ = reader.map(thread::JoinHandle::join);
    Some((text?, status.and_then(|status| status.code())))
}

/// Lines as one document.
fn document((text, code): Said) -> Result<Value, Refusal> {
    match code {
        Some(0) => {}
        Some(EXIT_FAILED) => return Err(NOT_FOUND.into()),
        Some(EXIT_UNAVAILABLE) => return Err(GAME_AWAY.into()),
        Some(_) => return Err(REPLAY_FAILED.into()),
        // The system ended it: it had all the time and memory that it may have.
        None => return Err(REPLAY_TOO_LONG.into()),
    }
    let mut steps = Vec::new();
    let mut document = Map::new();
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: Map<String, Value> = serde_json::from_slice(line).map_err(|_| REPLAY_FAILED)?;
        for (what, value) in line {
            match what.as_str() {
                "step" => steps.push(value),
                "refused" => return Err(REPLAY_IS_SECRET.into()),
                _ => drop(document.insert(what, value)),
            }
        }
    }
    document.insert("steps".to_owned(), json!(steps));
    Ok(Value::Object(document))
}

/// Of `ding replay`.
const EXIT_FAILED: i32 = 1;
const EXIT_UNAVAILABLE: i32 = 69;
const NICE: i32 = 15;
/// At a time: each has a core that nobody else wants, for seconds at most.
const PLACES: usize = 2;
/// For a place.
const WAIT: Duration = Duration::from_secs(5);
/// For one; of processor it has less.
const TIME_MAX: Duration = Duration::from_secs(20);
/// What one may say: a part is a megabyte, and a step more.
const SAID_BYTES_MAX: u64 = 2 * 1024 * 1024;
