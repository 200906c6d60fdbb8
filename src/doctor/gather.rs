//! Asks the machine and the installation, each question bounded. Judges nothing.

use std::{
    cmp::Reverse,
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::sync_channel,
    thread,
    time::{Duration, UNIX_EPOCH},
};

use proto::handshake::BUILD;
use rustix::process::{Resource, geteuid, getrlimit};

use super::{
    console, disk,
    facts::{Answer, Certificate, Encryption, Entry, Facts, Folder, Journal, Look, Memory, Port},
    findings::SYSTEM,
    ports,
};
use crate::{
    args::Source,
    clock,
    control::client::{AskError, Question, ask},
    data::DataFolder,
    exit::Failure,
    load::load,
    metrics::config::Listen,
    roles::{self, Config, Role, Seat},
};

/// Everything; takes some seconds at most.
///
/// # Errors
/// Not even the built-in settings are right here: the folder's name is too long.
pub fn gather(source: &Source) -> Result<Facts, Failure> {
    let (settings, config) = match load(source) {
        Ok(loaded) => {
            let from = loaded.file.as_ref().map_or("built-in".to_owned(), |file| file.display().to_string());
            (Ok(from), loaded.config)
        }
        Err(failure) => {
            DataFolder::check_length(&source.data)?;
            (Err(failure.text), roles::built_in(&source.data)?)
        }
    };
    let data = DataFolder::existing(&source.data);
    let mut seats = data.seats();
    seats.extend(Seat::all(config.gateways()));
    seats.sort_by_key(|seat| (Reverse(seat.role()), seat.number()));
    seats.dedup();
    let processes: Vec<_> = seats.iter().map(|seat| (*seat, answer(&data, *seat))).collect();
    let is_running = processes.iter().any(|(_, answer)| matches!(answer, Answer::Runs { .. }));
    let (folder, youngest_s) = folder(&source.data);
    let exists = folder.itself.is_some();
    let path = source.data.clone();
    let chain = in_time(&config, move |_| console::audit(&path));
    Ok(Facts {
        version: BUILD.to_owned(),
        settings,
        open_files_max: open_files_max(&processes),
        ports: addresses(&config, &seats),
        processes,
        connections_max: config.gateway.admission.connections_max as u64,
        folder,
        disk: if exists { disk::look(&source.data) } else { None },
        segment_bytes: config.dbfront.segment_bytes,
        spill_bytes: config.dbfront.spill_bytes,
        memory: memory(&config),
        system: SYSTEM.iter().filter_map(|(name, ..)| Some((*name, system(name)?))).collect(),
        encryption: encryption(&config),
        console: console::look(&config, &source.data, chain),
        clock_s: clock::wall().as_secs(),
        is_clock_kept: is_clock_kept(),
        youngest_s,
        journal: in_time(&config, move |config| journal(config, is_running)),
        store: in_time(&config, |config| roles::look_at_store(config, CHECK_MAX)),
    })
}

fn answer(data: &DataFolder, seat: Seat) -> Answer {
    match ask(&data.control_socket(seat), Question::Status) {
        Ok(answer) => Answer::Runs {
            version: answer.version,
            state: answer.state,
            is_ready: answer.ready,
            pid: answer.pid,
        },
        Err(AskError::NotRunning) => Answer::NotRunning,
        Err(error) => Answer::Silent(error.to_string()),
    }
}

/// What the gateway that runs may open; else what one may that is started from here, which raises its limit.
fn open_files_max(processes: &[(Seat, Answer)]) -> Option<u64> {
    let gateway = processes.iter().find_map(|(seat, answer)| match answer {
        Answer::Runs { pid, .. } if seat.role() == Role::Gateway => Some(*pid),
        _ => None,
    });
    let Some(pid) = gateway else {
        return Some(getrlimit(Resource::Nofile).maximum.unwrap_or(u64::MAX));
    };
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next().map(|soft| soft.parse().unwrap_or(u64::MAX))
}

fn encryption(config: &Config) -> Encryption {
    let Some(files) = &config.gateway.tls else {
        let is_own = config.gateway.listen.ip().is_loopback();
        return if is_own { Encryption::NotNeeded } else { Encryption::None };
    };
    Encryption::Certificate(Certificate {
        file: files.certificate.clone(),
        key: files.key.clone(),
        key_mode: fs::metadata(&files.key).ok().map(|meta| meta.mode() & 0o777),
        about: roles::look_at_certificate(&files.certificate, &files.key),
    })
}

/// As the system's own tool says, where there is one and it answers.
fn is_clock_kept() -> Option<bool> {
    let (done, said) = sync_channel(1);
    thread::spawn(move || {
        let mut tool = Command::new("timedatectl");
        tool.args(["show", "--property=NTPSynchronized", "--value"]).stdin(Stdio::null());
        let _ = done.send(tool.output());
    });
    let output = said.recv_timeout(TOOL_MAX).ok()?.ok()?;
    match output.stdout.trim_ascii() {
        b"yes" => Some(true),
        b"no" => Some(false),
        _ => None,
    }
}

fn addresses(config: &Config, seats: &[Seat]) -> Vec<Port> {
    let gateways = seats.iter().copied().filter(|seat| seat.role() == Role::Gateway).collect();
    let mut all = vec![("gateway.listen", gateways, config.gateway.listen, false)];
    for seat in seats {
        if let Listen::At { address, is_chosen } = config.metrics.of(*seat) {
            all.push((key_of_metrics(seat.role()), vec![*seat], address, !is_chosen));
        }
    }
    // It is nobody's seat, and what runs goes on without it.
    all.extend(config.console.listen.map(|address| ("console.listen", Vec::new(), address, true)));
    // Port 0 takes what is free.
    all.retain(|(_, _, address, _)| address.port() != 0);
    let look = |(key, seats, address, is_optional)| Port {
        key,
        seats,
        address,
        is_optional,
        held: ports::holder(address),
    };
    all.into_iter().map(look).collect()
}

fn key_of_metrics(role: Role) -> &'static str {
    match role {
        Role::Gateway => "metrics.gateway",
        Role::Game => "metrics.game",
        Role::Dbfront => "metrics.dbfront",
    }
}

/// The folder and all below it, and the youngest change.
fn folder(path: &Path) -> (Folder, Option<u64>) {
    let entry = |path: &Path| {
        let meta = fs::metadata(path).ok()?;
        let changed = meta.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let entry = Entry { path: path.to_owned(), user: meta.uid(), mode: meta.mode() & 0o777 };
        Some((entry, changed.map(|at| at.as_secs())))
    };
    let own_user = geteuid().as_raw();
    let mut folder = Folder { path: path.to_owned(), own_user, ..Folder::default() };
    let Some((itself, _)) = entry(path) else { return (folder, None) };
    let mut youngest = None;
    let mut left = ENTRIES_MAX;
    let mut folders = vec![path.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = fs::read_dir(&next) else { continue };
        for inner in entries.flatten().take(left) {
            left -= 1;
            if inner.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(inner.path());
            }
            let Some((inner, changed)) = entry(&inner.path()) else { continue };
            youngest = youngest.max(changed);
            // In a folder that is closed to others, what is in it is too.
            let is_open = itself.mode & inner.mode & 0o077 != 0;
            if inner.user != itself.user || is_open {
                folder.odd.push(inner);
            }
        }
    }
    folder.itself = Some(itself);
    (folder, youngest)
}

fn memory(config: &Config) -> Option<Memory> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let machine = line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)?;
    let bytes = group_limit().map_or(machine, |limit| limit.min(machine));
    let connections = config.gateway.admission.connections_max as u64 * CONNECTION_BYTES;
    let connections = connections.saturating_mul(config.gateways().into());
    let accounts = config.game.world.cache_accounts_max as u64 * ACCOUNT_BYTES;
    let rows = (config.dbfront.overlay_bytes as u64).saturating_add(config.dbfront.cache_bytes as u64);
    let wanted_bytes = connections.saturating_add(accounts).saturating_add(rows).saturating_add(OWN_BYTES);
    Some(Memory { bytes, wanted_bytes })
}

/// What the control group of this process may take.
fn group_limit() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let path = groups.lines().find_map(|line| line.strip_prefix("0::"))?;
    fs::read_to_string(format!("/sys/fs/cgroup{path}/memory.max")).ok()?.trim().parse().ok()
}

fn system(name: &str) -> Option<u64> {
    let path = format!("/proc/sys/{}", name.replace('.', "/"));
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// Beside a writer, a look may see what is half written or just unlinked; damage stays.
fn journal(config: &Config, is_running: bool) -> Look<Journal> {
    let tries = if is_running { 3 } else { 1 };
    let mut found = Look::Absent;
    for _ in 0..tries {
        found = roles::look_at_journal(config);
        if !matches!(found, Look::Stop(..)) {
            break;
        }
    }
    found
}

fn in_time<T: Send + 'static>(
    config: &Config,
    look: impl FnOnce(&Config) -> Look<T> + Send + 'static,
) -> Look<T> {
    let (done, found) = sync_channel(1);
    let config = config.clone();
    // Given up with this process, if it takes longer than anybody waits.
    thread::spawn(move || {
        let _ = done.send(look(&config));
    });
    found.recv_timeout(LOOK_MAX).unwrap_or(Look::Unfinished)
}

/// Files looked at in the data folder; a journal has some hundred.
const ENTRIES_MAX: usize = 10_000;
/// For the database's own check.
const CHECK_MAX: Duration = Duration::from_secs(2);
/// For another program's word.
const TOOL_MAX: Duration = Duration::from_secs(2);
/// For a whole look at journal or database.
const LOOK_MAX: Duration = Duration::from_secs(8);
/// A busy player's, in the gateway and in game.
const CONNECTION_BYTES: u64 = 16 * 1024;
/// Of an account's rows in game's cache.
const ACCOUNT_BYTES: u64 = 1024;
/// Three programs without players.
const OWN_BYTES: u64 = 256 * 1024 * 1024;
