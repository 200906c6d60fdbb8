//! The check of everything about gold and things, which is `ding audit`: a process of its own, at the back of the queue for
//! processors, that reads the database as it stands at one record. One at a time; its last answer stays until the next.
//! Knows no rule.

use std::{
    ffi::OsString,
    io::Read as _,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    clock,
    refusal::{Refusal, STORE_FAILED},
};

/// See the module. When this is dropped, what runs ends.
#[derive(Debug)]
pub(super) struct Checker {
    command: Vec<OsString>,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    running: Option<Running>,
    last: Option<Value>,
}

#[derive(Debug)]
struct Running {
    began: Instant,
    began_ms: u64,
    by: String,
    child: Option<Child>,
}

impl Checker {
    /// The program and its arguments; nothing: there is no check.
    pub(super) fn new(command: Vec<OsString>) -> Self {
        Self { command, state: Arc::default() }
    }

    /// Begins one.
    pub(super) fn begin(&self, by: &str) -> Result<(), Refusal> {
        let Some((program, arguments)) = self.command.split_first() else {
            let text = "this console has no program that checks: run `ding audit`";
            return Err(Refusal::new(StatusCode::CONFLICT, "no_check", text));
        };
        {
            let state = &mut *whole(&self.state);
            if state.running.is_some() {
                let text = "a check is running: its answer will be for everybody";
                return Err(Refusal::new(StatusCode::CONFLICT, "check_running", text));
            }
            let (began, began_ms) = (clock::now(), clock::wall_ms());
            state.running = Some(Running { began, began_ms, by: by.to_owned(), child: None });
        }
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let state = Arc::clone(&self.state);
        let work = move || {
            // Of this thread, and of the process that it starts.
            let _ = rustix::process::nice(NICE);
            let said = run(&mut command, &state);
            finish(&state, said);
        };
        if let Err(error) = thread::Builder::new().name("check".to_owned()).spawn(work) {
            tracing::error!(event = "console.check_failed", text = error.to_string());
            whole(&self.state).running = None;
            return Err(STORE_FAILED.into());
        }
        Ok(())
    }

    /// What runs and what came of the last one. One that takes longer than anybody waits is ended.
    pub(super) fn look(&self) -> Value {
        let state = &mut *whole(&self.state);
        let running = state.running.as_mut().map(|running| {
            if TAKES_MAX < clock::now().saturating_duration_since(running.began) {
                end(running);
            }
            json!({ "began_ms": running.began_ms, "by": running.by })
        });
        json!({ "possible": !self.command.is_empty(), "running": running, "last": state.last })
    }
}

impl Drop for Checker {
    fn drop(&mut self) {
        if let Some(running) = &mut whole(&self.state).running {
            end(running);
        }
    }
}

fn end(running: &mut Running) {
    if let Some(child) = &mut running.child {
        // Fails only where it has ended already.
        let _ = child.kill();
    }
}

fn whole(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Every change leaves it whole.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Its answer, or why there is none.
fn run(command: &mut Command, state: &Mutex<State>) -> Result<Value, String> {
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    if let Some(running) = &mut whole(state).running {
        running.child = Some(child);
    }
    let mut said = Vec::new();
    if let Some(out) = out {
        out.take(SAID_BYTES_MAX).read_to_end(&mut said).map_err(|error| error.to_string())?;
    }
    let mut words = Vec::new();
    if let Some(err) = err {
        err.take(WORDS_BYTES_MAX).read_to_end(&mut words).map_err(|error| error.to_string())?;
    }
    match serde_json::from_slice(&said) {
        Ok(Value::Object(answer)) => Ok(Value::Object(answer)),
        _ => Err(match String::from_utf8_lossy(&words).trim() {
            "" => "it ended without an answer".to_owned(),
            words => words.to_owned(),
        }),
    }
}

fn finish(state: &Mutex<State>, said: Result<Value, String>) {
    let state = &mut *whole(state);
    let Some(mut running) = state.running.take() else { return };
    if let Some(child) = &mut running.child {
        // Its pipes ended, and so did it, or does now.
        let _ = child.kill();
        let _ = child.wait();
    }
    let took = clock::now().saturating_duration_since(running.began);
    let (answer, error) = match said {
        Ok(answer) => (answer, Value::Null),
        Err(error) => (Value::Null, error.into()),
    };
    state.last = Some(json!({
        "began_ms": running.began_ms,
        "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "by": running.by,
        "answer": answer,
        "error": error,
    }));
}

const NICE: i32 = 15;
const TAKES_MAX: Duration = Duration::from_secs(3_600);
/// Some hundred findings.
const SAID_BYTES_MAX: u64 = 4 << 20;
const WORDS_BYTES_MAX: u64 = 4 << 10;
