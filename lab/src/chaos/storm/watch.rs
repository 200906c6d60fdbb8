//! What is looked at from outside while a storm plays: memory and descriptors of each process, how processes end, and
//! whether planted secrets come to light.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use client::{Client, Options};
use serde_json::Value;

use crate::{
    chaos::stack::Role,
    checker::invariants::{Canaries, Cause, End, Peak},
    error::Error,
};

/// Samples the processes each [`SAMPLE`].
pub(super) struct Sampler {
    pids: Arc<Mutex<BTreeMap<Role, u32>>>,
    stop: SyncSender<()>,
    thread: JoinHandle<BTreeMap<(Role, Figure), u64>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Figure {
    MemoryMib,
    Descriptors,
}

impl Sampler {
    pub(super) fn start() -> Self {
        let pids: Arc<Mutex<BTreeMap<Role, u32>>> = Arc::default();
        let (stop, stopped) = sync_channel(0);
        let shared = pids.clone();
        let thread = thread::spawn(move || {
            let mut peaks = BTreeMap::new();
            while stopped.recv_timeout(SAMPLE) == Err(RecvTimeoutError::Timeout) {
                let pids = shared.lock().unwrap_or_else(PoisonError::into_inner).clone();
                for (role, pid) in pids {
                    for (figure, value) in
                        [(Figure::MemoryMib, memory_mib(pid)), (Figure::Descriptors, descriptors(pid))]
                    {
                        let peak = peaks.entry((role, figure)).or_default();
                        *peak = value.unwrap_or(0).max(*peak);
                    }
                }
            }
            peaks
        });
        Self { pids, stop, thread }
    }

    /// Who runs now.
    pub(super) fn watch(&self, pids: &BTreeMap<Role, u32>) {
        self.pids.lock().unwrap_or_else(PoisonError::into_inner).clone_from(pids);
    }

    pub(super) fn stop(self, players: u32) -> Vec<Peak> {
        drop(self.stop);
        let peaks = self.thread.join().unwrap_or_default();
        let peak = |((role, figure), seen): ((Role, Figure), u64)| {
            let (what, cap) = match (figure, role) {
                (Figure::MemoryMib, Role::Gateway) => ("MiB", GATEWAY_MIB_MAX),
                (Figure::MemoryMib, Role::Game) => ("MiB", GAME_MIB_MAX),
                (Figure::MemoryMib, Role::Dbfront) => ("MiB", DBFRONT_MIB_MAX),
                // A connection that is gone and the one that takes its place.
                (Figure::Descriptors, Role::Gateway) => {
                    ("descriptors", u64::from(players) * 2 + DESCRIPTORS_MAX)
                }
                (Figure::Descriptors, Role::Game | Role::Dbfront) => ("descriptors", DESCRIPTORS_MAX),
            };
            Peak { what: format!("{} {what}", role.name()), seen, cap }
        };
        peaks.into_iter().map(peak).collect()
    }
}

fn memory_mib(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    kib.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib / 1_024)
}

fn descriptors(pid: u32) -> Option<u64> {
    Some(fs::read_dir(format!("/proc/{pid}/fd")).ok()?.count() as u64)
}

/// Every end that the supervisor tells of, of those we killed the first so many.
pub(super) fn ends(log: &str, mut ours: BTreeMap<Role, u32>) -> Vec<End> {
    let mut ends = Vec::new();
    for line in log.lines().filter(|line| line.starts_with('{')) {
        let Ok(line) = serde_json::from_str::<Value>(line) else { continue };
        let role = line["role"].as_str().unwrap_or_default().to_owned();
        let cause = match line["event"].as_str() {
            Some("child.restart") => {
                let why = line["why"].as_str().unwrap_or_default();
                let is_killed = why.contains("SIGKILL") || why.starts_with("stopped, but not by");
                let left = Role::EVERY
                    .into_iter()
                    .find(|known| known.name() == role)
                    .and_then(|role| ours.get_mut(&role))
                    .filter(|left| is_killed && 0 < **left);
                match (left, name(why)) {
                    (Some(left), _) => {
                        *left -= 1;
                        Cause::Ours
                    }
                    (None, Some(name)) => Cause::Named(name),
                    (None, None) => Cause::Unnamed(why.to_owned()),
                }
            }
            Some("child.down") => Cause::Named(line["name"].as_str().unwrap_or_default().to_owned()),
            _ => continue,
        };
        ends.push(End { role, cause });
    }
    ends
}

/// `NAME: text`.
fn name(why: &str) -> Option<String> {
    let (name, _) = why.split_once(": ")?;
    let is_name = name.len() > 3 && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    is_name.then(|| name.to_owned())
}

/// Secrets that were planted before the storm.
pub(super) struct Planted {
    needles: Vec<Vec<u8>>,
}

impl Planted {
    /// A player with a password, a guest with a secret; `others` as they are.
    pub(super) fn plant(server: &str, others: &[&str]) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Error::io("starting a runtime"))?;
        let failed = |error: client::Error| Error::Io {
            what: "planting a secret",
            source: std::io::Error::other(error.to_string()),
        };
        let secret = runtime.block_on(async {
            let (named, _) = Client::connect(&Options::new(server)).await.map_err(failed)?;
            named.register("Canary", CANARY).await.map_err(failed)?;
            let (guest, _) = Client::connect(&Options::new(server)).await.map_err(failed)?;
            guest.login_guest().await.map(|reply| reply.secret).map_err(failed)
        })?;
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut needles = vec![CANARY.as_bytes().to_vec(), secret.to_vec(), hex.into_bytes()];
        needles.extend(others.iter().map(|other| other.as_bytes().to_vec()));
        Ok(Self { needles })
    }

    /// Looks for them in every file below these places, and in these pages.
    pub(super) fn seek(&self, places: &[&Path], pages: &[(String, String)]) -> Canaries {
        let planted = u32::try_from(self.needles.len()).unwrap_or(u32::MAX);
        let mut canaries = Canaries { planted, ..Canaries::default() };
        let mut left: Vec<_> = places.iter().map(|place| place.to_path_buf()).collect();
        while let Some(place) = left.pop() {
            if let Ok(entries) = fs::read_dir(&place) {
                left.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
            } else if place.is_file()
                && let Ok(bytes) = fs::read(&place)
            {
                self.look(&place.display().to_string(), &bytes, &mut canaries);
            }
        }
        for (name, page) in pages {
            self.look(name, page.as_bytes(), &mut canaries);
        }
        canaries
    }

    fn look(&self, name: &str, bytes: &[u8], canaries: &mut Canaries) {
        canaries.places += 1;
        for (number, needle) in self.needles.iter().enumerate() {
            if contains(bytes, needle) {
                canaries.leaks.push(format!("secret {number} stands in {name}"));
            }
        }
    }
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return false };
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| byte == first) {
        if rest[at..].starts_with(needle) {
            return true;
        }
        rest = &rest[at + 1..];
    }
    false
}

/// What these addresses answer to `GET /metrics`.
pub(super) fn pages(log: &str) -> Vec<(String, String)> {
    let addresses = log.lines().rfind(|line| line.trim_start().starts_with("Metrics"));
    let urls = addresses
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("http://")?.strip_suffix("/metrics").map(str::to_owned));
    let page = |address: String| {
        let mut stream = TcpStream::connect(&address).ok()?;
        stream.set_read_timeout(Some(PAGE)).ok()?;
        write!(stream, "GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").ok()?;
        let mut text = String::new();
        // Whatever came until it broke is looked at.
        let _ = stream.read_to_string(&mut text);
        Some((format!("metrics at {address}"), text))
    };
    urls.filter_map(page).collect()
}

const SAMPLE: Duration = Duration::from_millis(100);
const PAGE: Duration = Duration::from_secs(5);
const CANARY: &str = "canary-yellow-4711";
/// With two caches of 64 MiB, links of 32 MiB and the journal's buffers.
const DBFRONT_MIB_MAX: u64 = 512;
/// With links of 32 MiB and a window of 32 MiB to dbfront.
const GAME_MIB_MAX: u64 = 512;
const GATEWAY_MIB_MAX: u64 = 256;
const DESCRIPTORS_MAX: u64 = 160;
