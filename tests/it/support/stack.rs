//! A real `ding up` on a free port and, if nothing else is said, in a folder of its own. Whatever a test
//! does, nothing of it is left behind.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    time::Duration,
};

use ding::data::{DataFolder, Lock};
pub use ding::roles::{Role, Seat};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use super::{SEED_VARIABLE, TIER_VARIABLE, lines::Lines, within_bound};

/// The program under test, without this run's own variables.
pub fn ding(arguments: &[&str]) -> Command {
    program(Path::new(PROGRAM), arguments)
}

/// The same program, in another place.
fn program(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_remove(TIER_VARIABLE).env_remove(SEED_VARIABLE).stdin(Stdio::null());
    command
}

/// Runs a command of `ding` to its end.
pub fn run(arguments: &[&str]) -> Output {
    let mut command = ding(arguments);
    within_bound(&format!("ding {arguments:?}"), move || command.output().expect("it runs"))
}

/// A running `ding up`.
#[derive(Debug)]
pub struct Stack {
    up: Child,
    /// Its standard output.
    pub out: Lines,
    /// Its log, JSON lines of all four processes.
    pub log: Lines,
    /// Where players connect.
    pub listen: SocketAddr,
    data: PathBuf,
    own_folder: Option<tempfile::TempDir>,
}

/// How a stack ended.
#[derive(Debug)]
pub struct Ended {
    /// Of `ding up`.
    pub status: ExitStatus,
    /// All it and its children logged.
    pub log: String,
}

impl Stack {
    /// In a new folder; returns when it serves.
    pub fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut stack = Self::start_in(&folder.path().join("d"), arguments);
        stack.own_folder = Some(folder);
        stack
    }

    /// In this folder, which stays.
    pub fn start_in(data: &Path, arguments: &[&str]) -> Self {
        Self::start_logging(data, arguments, &[], Stdio::piped())
    }

    /// The same with these variables and its log to somewhere; [`Self::log`] has it only from a pipe of ours.
    pub fn start_logging(
        data: &Path,
        arguments: &[&str],
        variables: &[(&str, &Path)],
        log: impl Into<Stdio>,
    ) -> Self {
        Self::start_program(Path::new(PROGRAM), data, arguments, variables, log)
    }

    /// The same by a program in another place.
    pub fn start_program(
        place: &Path,
        data: &Path,
        arguments: &[&str],
        variables: &[(&str, &Path)],
        log: impl Into<Stdio>,
    ) -> Self {
        let mut command = program(place, &["up", "--data"]);
        command.arg(data).envs(variables.iter().copied());
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "127.0.0.1:0"]);
        }
        // Free ports for these too: stacks of other tests may run beside this one.
        for role in Role::START_ORDER {
            command.args(["--set", &format!("metrics.{}=127.0.0.1:0", role.name())]);
        }
        if !arguments.iter().any(|word| word.starts_with("console.listen=")) {
            command.args(["--set", "console.listen="]);
        }
        // Many connect here before they log in one after the other, on a machine that may stand still.
        if !arguments.iter().any(|word| word.starts_with("gateway.handshake_ms=")) {
            command.args(["--set", "gateway.handshake_ms=60000"]);
        }
        command.args(arguments).stdout(Stdio::piped()).stderr(log);
        let mut up = command.spawn().expect("ding up starts");
        let out = Lines::of(up.stdout.take().expect("piped"));
        let log = up.stderr.take().map_or_else(Lines::ended, Lines::of);
        let mut stack = Self {
            up,
            out,
            log,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: data.to_owned(),
            own_folder: None,
        };
        let (_, players) = stack.out.wait_for_or(0, &["Players"], &stack.log);
        stack.out.wait_for(0, &["Stop"]);
        let address = players.split_whitespace().nth(1).expect("an address");
        stack.listen = address.parse().expect("an address");
        stack
    }

    /// Where everything is kept.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// What `ding status --json` says.
    pub fn status(&self) -> Value {
        let data = self.data.to_str().expect("UTF-8");
        let output = run(&["status", "--json", "--data", data]);
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// One role's part of the status.
    pub fn role(&self, role: Role) -> Value {
        let status = self.status();
        let roles = status["roles"].as_array().expect("a list");
        roles.iter().find(|one| one["role"] == role.name()).expect("the role").clone()
    }

    /// One process's part of the status.
    pub fn process(&self, seat: Seat) -> Value {
        let status = self.status();
        let roles = status["roles"].as_array().expect("a list");
        roles.iter().find(|one| one["process"] == seat.name()).expect("the process").clone()
    }

    /// One figure of one role.
    pub fn figure(&self, role: Role, name: &str) -> i64 {
        let about = self.role(role);
        about["figures"][name].as_i64().unwrap_or_else(|| panic!("no figure {name} in {about}"))
    }

    /// Looks until it is so. Each look asks a process, which takes as long as a pause would.
    pub fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let end = ding::clock::now() + LOOKS_FOR;
        while !is_so() {
            assert!(ding::clock::now() < end, "never so: {what}\n{}", self.log.text());
        }
    }

    /// Waits until so many play, and nobody who comes back is still on the way.
    pub fn until_all_are_in(&self, players: u32) {
        self.until("all are in", || {
            let game = self.role(Role::Game);
            let figure = |name: &str| game["figures"][name].as_i64();
            (figure("sessions"), figure("sessions_away")) == (Some(players.into()), Some(0))
        });
    }

    /// The process id of a role, as its lock says.
    pub fn pid(&self, seat: impl Into<Seat>) -> u32 {
        Lock::holder(&DataFolder::existing(&self.data).role_lock(seat)).expect("it runs")
    }

    /// Memory that a role occupies now.
    pub fn resident_kib(&self, role: Role) -> u64 {
        let status = super::read(Path::new(&format!("/proc/{}/status", self.pid(role))));
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// The process id of `ding up`.
    pub fn up_pid(&self) -> u32 {
        self.up.id()
    }

    /// Ends a role as a power cut would.
    pub fn kill(&self, seat: impl Into<Seat>) {
        signal(self.pid(seat), Signal::KILL);
    }

    /// Ends a role as a power cut would and waits until it serves again.
    pub fn kill_and_wait(&self, seat: impl Into<Seat>) {
        let (seat, before) = (seat.into(), self.log.count());
        self.kill(seat);
        self.log.wait_for(before, &["\"child.back\"", &format!("\"{}\"", seat.name())]);
    }

    /// Ends `ding up` alone as a power cut would; its children notice and end.
    pub fn kill_up(&mut self) {
        self.kill_up_and_go_on();
        self.wait_for_children();
    }

    /// The same, while its children may be still ending.
    pub fn kill_up_and_go_on(&mut self) {
        self.up.kill().expect("it runs");
        self.up.wait().expect("it ends");
    }

    /// Waits until no role of the folder runs.
    pub fn wait_for_children(&self) {
        for seat in Seat::all(Seat::GATEWAYS_MAX) {
            let path = DataFolder::existing(&self.data).role_lock(seat);
            within_bound(&format!("{} ends", seat.name()), move || Lock::wait_until_free(&path));
        }
    }

    /// Ctrl-C: waits until everything has ended.
    pub fn stop(mut self) -> Ended {
        signal(self.up.id(), Signal::TERM);
        self.ended()
    }

    /// As [`Self::stop`]; `last` runs when everything has ended and the folder is still there.
    pub fn stop_and(mut self, last: impl FnOnce()) -> Ended {
        signal(self.up.id(), Signal::TERM);
        let ended = self.ended();
        last();
        ended
    }

    /// Waits until it ends by itself.
    pub fn ended(&mut self) -> Ended {
        let log = self.log.clone();
        let log = within_bound("ding up ends", move || log.whole());
        let status = self.up.wait().expect("it ends");
        Ended { status, log }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        // Fails only when it has ended.
        let _ = self.up.kill();
        let _ = self.up.wait();
        for seat in Seat::all(Seat::GATEWAYS_MAX) {
            let path = DataFolder::existing(&self.data).role_lock(seat);
            if let Some(pid) = Lock::holder(&path) {
                signal(pid, Signal::KILL);
                Lock::wait_until_free(&path);
            }
        }
    }
}

/// Sends a signal to a process that this test started.
pub fn signal(pid: u32, signal: Signal) {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw).expect("a process id");
    // It may have ended in this moment, which is what the signal is for.
    let _ = kill_process(pid, signal);
}

/// On the slowest machine.
const LOOKS_FOR: Duration = Duration::from_secs(180);
const PROGRAM: &str = env!("CARGO_BIN_EXE_ding");
