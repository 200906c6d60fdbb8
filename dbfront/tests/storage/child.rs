//! A dbfront as a process of its own, which may be killed: the test's own binary, started again.

use std::{
    ffi::OsString,
    fs::File,
    io::{BufRead as _, BufReader},
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::{net::UnixStream, process::ExitStatusExt as _},
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::Arc,
};

use dbfront::{Metrics, RawConfig, RawStore, config::Config};
use rustix::process::{Pid, Signal, kill_process};

/// How it is started.
#[derive(Clone, Debug)]
pub struct Wish {
    pub data: PathBuf,
    /// So small that segments come and go.
    pub segment_bytes: u64,
    pub keep_bytes: u64,
    /// `mysql://…`, or the file in `data`.
    pub url: String,
    /// The program in front of it, with its arguments.
    pub under: Vec<OsString>,
    pub env: Vec<(OsString, OsString)>,
}

impl Wish {
    pub fn new(data: &Path) -> Self {
        let (url, under, env) = (RawStore::default().url, Vec::new(), Vec::new());
        Self { data: data.to_owned(), segment_bytes: SEGMENT_BYTES, keep_bytes: u64::MAX, url, under, env }
    }

    pub fn under(mut self, program: &[&str]) -> Self {
        self.under = program.iter().map(OsString::from).collect();
        self
    }

    pub fn with(mut self, variable: &str, value: &str) -> Self {
        self.env.push((variable.into(), value.into()));
        self
    }

    pub fn config(&self) -> Config {
        let store = RawStore { url: self.url.clone(), ..RawStore::default() };
        let config = RawConfig::default().check(store, &self.data).expect("sound");
        Config { segment_bytes: self.segment_bytes, keep_bytes: self.keep_bytes, ..config }
    }
}

/// A running one.
pub struct Served {
    child: Child,
    /// Its end is the order to stop.
    stop: Option<UnixStream>,
    words: BufReader<File>,
    /// Of dbfront itself, also where another program runs it.
    pub pid: Option<Pid>,
    pub link: PathBuf,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    pub status: ExitStatus,
    /// The named stop.
    pub name: Option<String>,
}

impl Ended {
    pub fn was_killed(&self) -> bool {
        // A shell says it as a code.
        self.status.signal() == Some(9) || self.status.code() == Some(128 + 9)
    }
}

impl Served {
    /// Starts it and waits until it serves; else says how it ended.
    pub fn start(wish: &Wish) -> Result<Self, Ended> {
        let mut served = Self::spawn(wish);
        match served.word() {
            Some(Word::Ready(pid)) => {
                served.pid = Pid::from_raw(pid);
                Ok(served)
            }
            Some(Word::Stopped(name)) => Err(served.ended(Some(name))),
            None => Err(served.ended(None)),
        }
    }

    /// Starts it, whatever becomes of it.
    pub fn spawn(wish: &Wish) -> Self {
        let itself = std::env::current_exe().expect("a running test");
        let mut program = wish.under.clone();
        program.push(itself.into());
        program.extend(["--exact", NAME, "--nocapture", "--test-threads=1"].map(OsString::from));
        let (stop, theirs) = UnixStream::pair().expect("a pair");
        let (words, said) = std::io::pipe().expect("a pipe");
        let child = Command::new(&program[0])
            .args(&program[1..])
            .envs(wish.env.iter().map(|(variable, value)| (variable, value)))
            .env(DATA, &wish.data)
            .env("RUST_BACKTRACE", "0")
            .env(SIZES, format!("{} {} {}", wish.segment_bytes, wish.keep_bytes, wish.url))
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::null())
            .stderr(said)
            .spawn()
            .expect("it starts");
        let words = BufReader::new(File::from(OwnedFd::from(words)));
        let link = wish.config().link_path;
        Self { child, stop: Some(stop), words, pid: None, link }
    }

    fn word(&mut self) -> Option<Word> {
        let mut line = String::new();
        while self.words.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            match line.trim().split_once(' ') {
                Some(("serves", pid)) => return Some(Word::Ready(pid.parse().expect("a number"))),
                Some(("stopped", name)) => return Some(Word::Stopped(name.to_owned())),
                _ => line.clear(),
            }
        }
        None
    }

    fn ended(mut self, name: Option<String>) -> Ended {
        self.stop = None;
        let mut line = String::new();
        while self.words.read_line(&mut line).is_ok_and(|bytes| bytes > 0) {
            eprint!("{line}");
            line.clear();
        }
        let status = self.child.wait().expect("a child");
        Ended { status, name }
    }

    /// Asks it to stop.
    pub fn stop(mut self) -> Ended {
        self.stop = None;
        self.end()
    }

    /// Waits until it has ended.
    pub fn end(mut self) -> Ended {
        match self.word() {
            Some(Word::Stopped(name)) => self.ended(Some(name)),
            Some(Word::Ready(_)) | None => self.ended(None),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(pid) = self.pid.filter(|_| matches!(self.child.try_wait(), Ok(None))) {
            let _ = kill_process(pid, Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

enum Word {
    Ready(i32),
    Stopped(String),
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how a test binary that was started again knows it")]
fn serves_when_another_test_has_started_this_one() {
    let Some(data) = std::env::var_os(DATA) else { return };
    let sizes = std::env::var(SIZES).expect("sizes");
    let [segment_bytes, keep_bytes, url] = sizes.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!() };
    let sizes = [segment_bytes, keep_bytes].map(|text| text.parse().expect("a number"));
    let url = url.to_owned();
    let wish = Wish { segment_bytes: sizes[0], keep_bytes: sizes[1], url, ..Wish::new(Path::new(&data)) };
    let stop = UnixStream::from(std::io::stdin().as_fd().try_clone_to_owned().expect("a descriptor"));
    let ready = Box::new(|_| eprintln!("serves {}", std::process::id()));
    let result = dbfront::run(wish.config(), stop, Arc::new(Metrics::default()), ready);
    if let Err(error) = result {
        eprintln!("stopped {}", error.code());
        panic!("{error}");
    }
}

const NAME: &str = "child::serves_when_another_test_has_started_this_one";
const DATA: &str = "DBFRONT_CHILD_DATA";
const SIZES: &str = "DBFRONT_CHILD_SIZES";
/// Room for a dozen turns.
pub const SEGMENT_BYTES: u64 = 4_096 + 4_000;
