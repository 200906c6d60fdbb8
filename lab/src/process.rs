//! One child process of the lab: its lifeline, its lines, its end. Dropping it ends the process, so no
//! path of a bench or a test leaves one behind.

use std::{
    collections::VecDeque,
    ffi::OsString,
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};

use crate::{clock, error::Error};

/// A running process.
pub struct Process {
    name: String,
    child: Child,
    lines: Receiver<String>,
    tail: Arc<Mutex<VecDeque<String>>>,
}

impl Process {
    /// Starts it with pipes, in a process group of its own.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn start(name: &str, program: &Path, args: &[OsString]) -> Result<Self, Error> {
        Self::start_with(name, program, args, &[], None)
    }

    /// The same, with these variables, and with all that it writes put behind what is in this file.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn start_asking(
        name: &str,
        program: &Path,
        args: &[OsString],
        variables: &[(&str, &str)],
        log: &Path,
    ) -> Result<Self, Error> {
        let log = File::options().create(true).append(true).open(log).map_err(Error::io("making a log"))?;
        Self::start_with(name, program, args, variables, Some(log))
    }

    fn start_with(
        name: &str,
        program: &Path,
        args: &[OsString],
        variables: &[(&str, &str)],
        log: Option<File>,
    ) -> Result<Self, Error> {
        let mut command = Command::new(program);
        // What is measured or killed runs with the settings it is given, not with those of this shell.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DING_") {
                command.env_remove(name);
            }
        }
        let mut child = command
            .args(args)
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(Error::io("starting a process"))?;
        let (said, lines) = sync_channel(LINES_MAX);
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let (Some(out), Some(err)) = (child.stdout.take(), child.stderr.take()) else {
            return Err(Error::Io { what: "starting a process", source: io::Error::other("no pipes") });
        };
        let log = Arc::new(Mutex::new(log));
        let (errors, errors_log) = (Arc::clone(&tail), Arc::clone(&log));
        let of_errors = thread::spawn(move || {
            for_each_line(err, |line| {
                write(&errors_log, &line);
                keep(&errors, line);
            });
        });
        let outs = Arc::clone(&tail);
        thread::spawn(move || {
            for_each_line(out, |line| {
                write(&log, &line);
                keep(&outs, line.clone());
                offer(&said, line);
            });
            // The end of the lines is the end of both.
            let _ = of_errors.join();
        });
        Ok(Self { name: name.to_owned(), child, lines, tail })
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for a line of its standard output from which `read` makes something.
    ///
    /// # Errors
    /// [`Error::Process`] when it ends first, or `bound` passes.
    pub fn wait_for<T>(
        &mut self,
        bound: Duration,
        mut read: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, Error> {
        let deadline = clock::now() + bound;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(clock::now())) {
                Ok(line) => {
                    if let Some(found) = read(&line) {
                        return Ok(found);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    return Err(self.failed(format!("said nothing expected for {} s", bound.as_secs())));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status =
                        self.child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
                    return Err(self.failed(format!("ended: {status}")));
                }
            }
        }
    }

    /// A line of its standard output that has come and that nobody waited for.
    pub fn next_line(&mut self) -> Option<String> {
        self.lines.try_recv().ok()
    }

    /// The figures of its `ready {…}` line.
    ///
    /// # Errors
    /// As [`Process::wait_for`].
    pub fn wait_ready(&mut self, bound: Duration) -> Result<serde_json::Value, Error> {
        self.wait_for(bound, |line| serde_json::from_str(line.strip_prefix("ready ")?).ok())
    }

    /// Ends its lifeline, which asks a bare server or a supervised role to stop, and waits.
    ///
    /// # Errors
    /// [`Error::Process`] if it does not end within `bound`, or not well.
    pub fn stop_by_lifeline(mut self, bound: Duration) -> Result<(), Error> {
        drop(self.child.stdin.take());
        self.finish(bound)
    }

    /// Asks it to stop by SIGTERM, and waits.
    ///
    /// # Errors
    /// As [`Process::stop_by_lifeline`].
    pub fn stop_by_signal(mut self, bound: Duration) -> Result<(), Error> {
        self.stop(bound)
    }

    /// The same, of one whose last lines are still wanted.
    ///
    /// # Errors
    /// As [`Process::stop_by_lifeline`].
    pub fn stop(&mut self, bound: Duration) -> Result<(), Error> {
        kill(self.pid(), Signal::TERM);
        self.finish(bound)
    }

    /// Waits until it has ended by itself, and well.
    ///
    /// # Errors
    /// As [`Process::stop_by_lifeline`].
    pub fn finish_by_itself(mut self, bound: Duration) -> Result<(), Error> {
        self.finish(bound)
    }

    fn finish(&mut self, bound: Duration) -> Result<(), Error> {
        let status = self.end(bound)?;
        if status.success() { Ok(()) } else { Err(self.failed(format!("stopped badly: {status}"))) }
    }

    /// How it ended, by itself or by somebody else's hand.
    ///
    /// # Errors
    /// [`Error::Process`] if it does not end within `bound`.
    pub fn end(&mut self, bound: Duration) -> Result<ExitStatus, Error> {
        // Its standard output ends with it.
        let deadline = clock::now() + bound;
        loop {
            match self.lines.recv_timeout(deadline.saturating_duration_since(clock::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    return Err(self.failed(format!("did not stop within {} s", bound.as_secs())));
                }
            }
        }
        self.child.wait().map_err(Error::io("waiting for a process"))
    }

    /// An error with its last lines.
    #[must_use]
    pub fn failed(&self, what: String) -> Error {
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let tail = tail.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        Error::Process { role: self.name.clone(), what, tail }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a signal to a process that we, or a child of ours, started. False if it is gone already.
pub fn kill(pid: u32, signal: Signal) -> bool {
    i32::try_from(pid).ok().and_then(Pid::from_raw).is_some_and(|pid| kill_process(pid, signal).is_ok())
}

/// Whether a process has ended, also one of ours for which nobody has waited yet.
#[must_use]
pub fn is_over(pid: u32) -> bool {
    let Ok(stat) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else { return true };
    // The name may hold blanks and brackets; what follows its last bracket is the state.
    stat.rsplit_once(')').is_none_or(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
}

/// User and system time that a process has used, in seconds: what a second of it costs.
#[must_use]
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold blanks; the fields after its bracket do not.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(f64::from(user + system) / TICKS_PER_S)
}

fn write(log: &Mutex<Option<File>>, line: &str) {
    if let Some(log) = log.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        // A full disk costs lines of the log, not the run.
        let _ = writeln!(log, "{line}");
    }
}

/// A line that nobody waits for is dropped; the tail has it still.
fn offer(said: &SyncSender<String>, line: String) {
    let _ = said.try_send(line);
}

fn keep(tail: &Mutex<VecDeque<String>>, line: String) {
    let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
    if tail.len() == TAIL_LINES {
        tail.pop_front();
    }
    tail.push_back(line);
}

fn for_each_line(source: impl Read, mut each: impl FnMut(String)) {
    let mut reader = BufReader::new(source);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes) {
            Ok(0) => return,
            Ok(_) => each(String::from_utf8_lossy(&bytes).trim_end().to_owned()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

const LINES_MAX: usize = 4_096;
const TAIL_LINES: usize = 40;
const LINE_BYTES_MAX: u64 = 64 * 1024;
/// Linux shows times in hundredths of a second.
const TICKS_PER_S: f64 = 100.0;
