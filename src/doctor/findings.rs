//! From facts to findings: what is well, what is worth knowing, what will hurt, what is wrong, and what to do.

mod console;
mod disk;
mod encryption;

use std::fmt;

use super::facts::{Answer, Facts, Folder, Held, Journal, Look, Port, Store};

/// One result of a check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// Stable; docs/OPERATING.md lists them.
    pub name: &'static str,
    /// What was seen.
    pub seen: String,
    /// What to do; empty if nothing.
    pub advice: String,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// Hurts, or will.
    Warning,
    /// Does not work, or must not.
    Problem,
}

impl Severity {
    /// A word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        }
    }
}

/// Every name that a finding can have.
pub const NAMES: &[&str] = &[
    "config",
    "processes",
    "versions",
    "ports",
    "certificate",
    "console_certificate",
    "console_folder",
    "console_staff",
    "console_audit",
    "open_files",
    "folder",
    "disk_space",
    "disk_sync",
    "memory",
    "system",
    "clock",
    "clock_sync",
    "journal",
    "journal_behind",
    "store",
    "schema",
];

/// Judges. At least one finding for each subject, in the order of [`NAMES`].
#[must_use]
pub fn judge(facts: &Facts) -> Vec<Finding> {
    let mut all = vec![config(facts), processes(facts), versions(facts)];
    all.extend(ports(facts));
    all.extend(encryption::encryption(facts));
    all.extend(console::console(facts));
    all.push(open_files(facts));
    all.extend(folder(&facts.folder));
    all.extend(disk::disk(facts));
    all.push(memory(facts));
    all.extend(system(facts));
    all.extend([clock(facts), clock_sync(facts)]);
    all.extend(journal(&facts.journal));
    all.extend(store(&facts.store));
    all
}

fn finding(
    severity: Severity,
    name: &'static str,
    seen: impl Into<String>,
    advice: impl Into<String>,
) -> Finding {
    Finding { severity, name, seen: seen.into(), advice: advice.into() }
}

fn ok(name: &'static str, seen: impl Into<String>) -> Finding {
    finding(Severity::Ok, name, seen, "")
}

fn config(facts: &Facts) -> Finding {
    match &facts.settings {
        Ok(from) => ok("config", format!("settings: {from}")),
        Err(text) => {
            let advice = "mend what is named; the rest was looked at with the built-in settings";
            finding(Severity::Problem, "config", text, advice)
        }
    }
}

fn processes(facts: &Facts) -> Finding {
    let mut words = Vec::new();
    let (mut running, mut ready) = (0, 0);
    for (seat, answer) in &facts.processes {
        let word = match answer {
            Answer::Runs { state, is_ready, pid, .. } => {
                running += 1;
                ready += usize::from(*is_ready);
                format!("{state}, process {pid}")
            }
            Answer::NotRunning => "not running".to_owned(),
            Answer::Silent(why) => format!("not answering: {why}"),
        };
        words.push(format!("{} {word}", seat.name()));
    }
    let seen = words.join("; ");
    let is_silent = facts.processes.iter().any(|(_, answer)| matches!(answer, Answer::Silent(_)));
    if is_silent {
        let advice = "a process that holds its socket and says nothing hangs, or belongs to another user";
        finding(Severity::Problem, "processes", seen, advice)
    } else if running == 0 {
        finding(Severity::Note, "processes", "nothing runs on this folder", "ding up")
    } else if ready < facts.processes.len() {
        finding(
            Severity::Warning,
            "processes",
            seen,
            "its log says what it waits for; docs/OPERATING.md, States",
        )
    } else {
        ok("processes", seen)
    }
}

fn versions(facts: &Facts) -> Finding {
    let others: Vec<String> = facts
        .processes
        .iter()
        .filter_map(|(seat, answer)| match answer {
            Answer::Runs { version, .. } if *version != facts.version => {
                Some(format!("{} {version}", seat.name()))
            }
            _ => None,
        })
        .collect();
    if others.is_empty() {
        return ok("versions", format!("this program and all that runs: {}", facts.version));
    }
    let seen = format!("this program is {}, but {}", facts.version, others.join(", "));
    finding(Severity::Warning, "versions", seen, "restart what runs, so that all are of one version")
}

fn ports(facts: &Facts) -> Vec<Finding> {
    facts.ports.iter().map(|port| one_port(facts, port)).collect()
}

fn one_port(facts: &Facts, port: &Port) -> Finding {
    let Port { key, seats, address, is_optional, held } = port;
    let own = facts.processes.iter().filter(|(seat, _)| seats.contains(seat));
    let mut own: Vec<u32> = own
        .filter_map(|(_, answer)| match answer {
            Answer::Runs { pid, .. } => Some(*pid),
            Answer::NotRunning | Answer::Silent(_) => None,
        })
        .collect();
    if seats.is_empty() {
        own.extend(facts.console.pid);
    }
    let severity = if *is_optional || !own.is_empty() { Severity::Warning } else { Severity::Problem };
    let change = format!("free it, or set {key}");
    match held {
        Held::Free => ok("ports", format!("{key}: {address} is free")),
        Held::By(Some(pid)) if own.contains(pid) => ok("ports", format!("{key}: {address} is ours")),
        Held::By(None) if !own.is_empty() => {
            let seen = format!("{key}: {address} is taken, the system does not tell by whom");
            finding(Severity::Note, "ports", seen, "ask as the user who runs Ding, or as root")
        }
        Held::By(pid) => {
            let by = pid.map_or("another process".to_owned(), |pid| format!("process {pid}"));
            finding(severity, "ports", format!("{key}: {address} is taken by {by}"), change)
        }
        Held::Impossible => {
            let seen = format!("{key}: {address} cannot be listened on");
            finding(
                severity,
                "ports",
                seen,
                format!("an address of this machine, or a port above 1023; set {key}"),
            )
        }
    }
}

fn open_files(facts: &Facts) -> Finding {
    let needed = facts.connections_max + OPEN_FILES_OWN;
    let Some(limit) = facts.open_files_max else {
        return finding(
            Severity::Note,
            "open_files",
            "the system does not tell the limit",
            "ask as the user who runs Ding, or as root",
        );
    };
    let seen = format!("{limit} allowed, {needed} for gateway.max_connections = {}", facts.connections_max);
    if needed <= limit {
        return ok("open_files", seen);
    }
    finding(
        Severity::Problem,
        "open_files",
        seen,
        format!(
            "LimitNOFILE={needed} under systemd, ulimit -Hn {needed} elsewhere, or fewer max_connections"
        ),
    )
}

fn folder(folder: &Folder) -> Vec<Finding> {
    let path = folder.path.display();
    let Some(itself) = &folder.itself else {
        let advice = "the first start makes it; or is --data another one?";
        return vec![finding(Severity::Note, "folder", format!("{path} does not exist"), advice)];
    };
    let mut findings = Vec::new();
    if itself.user != folder.own_user && folder.own_user != 0 {
        let seen = format!("{path} belongs to user {}, you are user {}", itself.user, folder.own_user);
        findings.push(finding(
            Severity::Problem,
            "folder",
            seen,
            "start Ding as the user whose folder it is",
        ));
    }
    if itself.mode & 0o077 != 0 {
        let seen = format!("{path} is open to others: mode {:03o}", itself.mode);
        findings.push(finding(Severity::Warning, "folder", seen, format!("chmod 700 {path}")));
    }
    if let Some(first) = folder.odd.first() {
        let seen = format!(
            "{} of user {} with mode {:03o}, and {} more like it",
            first.path.display(),
            first.user,
            first.mode,
            folder.odd.len() - 1
        );
        let is_foreign = folder.odd.iter().any(|entry| entry.user != itself.user);
        let (severity, advice) = if is_foreign {
            (Severity::Problem, format!("chown -R {} {path}", itself.user))
        } else {
            (Severity::Warning, format!("chmod -R go= {path}"))
        };
        findings.push(finding(severity, "folder", seen, advice));
    }
    if findings.is_empty() {
        findings.push(ok("folder", format!("{path} of user {}, mode {:03o}", itself.user, itself.mode)));
    }
    findings
}

fn memory(facts: &Facts) -> Finding {
    let Some(memory) = facts.memory else {
        return finding(
            Severity::Note,
            "memory",
            "the system does not tell",
            "compare with the settings by hand",
        );
    };
    let seen = format!("{}, the settings allow Ding {}", size(memory.bytes), size(memory.wanted_bytes));
    if memory.wanted_bytes <= memory.bytes {
        return ok("memory", seen);
    }
    let advice = "fewer gateway.max_connections, game.cache_accounts_max, smaller dbfront.overlay_bytes and \
                  dbfront.cache_bytes";
    finding(Severity::Warning, "memory", seen, advice)
}

fn system(facts: &Facts) -> Vec<Finding> {
    let low = facts.system.iter().filter_map(|(name, value)| {
        let (_, wanted, why) = SYSTEM.iter().find(|(known, ..)| known == name)?;
        (value < wanted).then(|| {
            let advice = format!("sysctl -w {name}={wanted}: {why}");
            finding(Severity::Warning, "system", format!("{name} = {value}"), advice)
        })
    });
    let mut findings: Vec<Finding> = low.collect();
    if findings.is_empty() {
        let words = facts.system.iter().map(|(name, value)| format!("{name} = {value}"));
        findings.push(ok("system", words.collect::<Vec<_>>().join(", ")));
    }
    findings
}

fn clock(facts: &Facts) -> Finding {
    if facts.clock_s < CLOCK_LEAST_S {
        let seen = format!("{} s since 1970", facts.clock_s);
        return finding(Severity::Problem, "clock", seen, "set it, and let it be kept: chrony or timesyncd");
    }
    match facts.youngest_s.and_then(|youngest| youngest.checked_sub(facts.clock_s)) {
        Some(ahead) if CLOCK_SLACK_S < ahead => {
            let seen = format!("a file in the data folder was changed {ahead} s from now");
            let advice = "the clock went back, or the file came from a machine with another time: bans and \
                          histories will be wrong by as much";
            finding(Severity::Warning, "clock", seen, advice)
        }
        _ => ok("clock", "sane, and not behind what is stored"),
    }
}

fn clock_sync(facts: &Facts) -> Finding {
    match facts.is_clock_kept {
        Some(true) => ok("clock_sync", "the system keeps the clock right"),
        Some(false) => {
            let advice =
                "timedatectl set-ntp true, or chrony: bans, histories and grants of other servers go by it";
            finding(Severity::Warning, "clock_sync", "nothing keeps the clock right", advice)
        }
        None => {
            let advice = "in a container the host does it: look there, with timedatectl or chronyc tracking";
            finding(
                Severity::Note,
                "clock_sync",
                "the system does not tell whether the clock is kept",
                advice,
            )
        }
    }
}

fn journal(look: &Look<Journal>) -> Vec<Finding> {
    match look {
        Look::Absent => {
            vec![finding(Severity::Note, "journal", "none yet", "the first start or ding init makes it")]
        }
        Look::Unfinished => {
            let advice = "a long one, or a slow disk: the next start reads all of it, and takes as long";
            vec![finding(Severity::Note, "journal", "not read to its end in the time for it", advice)]
        }
        Look::Stop(name, text) => {
            let advice = format!("docs/OPERATING.md, Named stops, {name}");
            vec![finding(Severity::Problem, "journal", format!("{name}: {text}"), advice)]
        }
        Look::Found(Journal { segments, bytes, behind }) => {
            let seen = format!("{segments} segments, {}, readable to the end", size(*bytes));
            let lag = format!("{behind} records are not in the database yet");
            let lag = if RECORDS_BEHIND_MANY <= *behind {
                let advice = "is the database slow, away or refusing (ding status)? The journal keeps them";
                finding(Severity::Warning, "journal_behind", lag, advice)
            } else {
                ok("journal_behind", lag)
            };
            vec![ok("journal", seen), lag]
        }
    }
}

fn store(look: &Look<Store>) -> Vec<Finding> {
    let store = match look {
        Look::Absent => {
            return vec![finding(
                Severity::Note,
                "store",
                "none yet",
                "the first start or ding init makes it",
            )];
        }
        Look::Unfinished => {
            let advice = "is the disk slow, or the database locked by another program? Ask again";
            return vec![finding(Severity::Note, "store", "not looked at in the time for it", advice)];
        }
        Look::Stop(name, text) => {
            let advice = format!("docs/OPERATING.md, Named stops, {name}");
            return vec![finding(Severity::Problem, "store", format!("{name}: {text}"), advice)];
        }
        Look::Found(store) => store,
    };
    let Store { place, schema, schema_needed, is_checked, broken } = store;
    if let Some(broken) = broken {
        let advice = "stop, and restore database and journal from a backup; the journal does the rest";
        return vec![finding(Severity::Problem, "store", format!("{place}: {broken}"), advice)];
    }
    let check = if *is_checked {
        ok("store", format!("{place}: whole"))
    } else {
        let seen = format!("{place}: nothing wrong in the part that there was time for");
        finding(Severity::Note, "store", seen, "for all of it: sqlite3 FILE 'PRAGMA integrity_check'")
    };
    let seen = format!("schema {schema}, this build needs {schema_needed}");
    let schema = if schema == schema_needed {
        ok("schema", seen)
    } else {
        finding(
            Severity::Note,
            "schema",
            seen,
            "the next start migrates it; ding migrate --dry-run shows how",
        )
    };
    vec![check, schema]
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { severity, name, seen, advice } = self;
        write!(
            out,
            "{:<8} {name:<19} {}",
            severity.name(),
            seen.replace('\n', "\n                             ")
        )?;
        if !advice.is_empty() {
            write!(out, "\n                             → {advice}")?;
        }
        Ok(())
    }
}

fn size(bytes: u64) -> String {
    match bytes {
        0..MIB => format!("{} KiB", bytes / 1024),
        MIB..GIB => format!("{} MiB", bytes / MIB),
        _ => format!("{}.{} GiB", bytes / GIB, bytes % GIB * 10 / GIB),
    }
}

/// Settings of Linux that matter, each with the least that is well and why.
pub const SYSTEM: &[(&str, u64, &str)] = &[
    ("net.core.somaxconn", 1_024, "more players than this who come in the same moment have to try again"),
    ("net.ipv4.tcp_max_syn_backlog", 512, "as above, for connections that are half open"),
    ("net.ipv4.tcp_syncookies", 1, "without them a flood of half-open connections locks players out"),
];
const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;
/// Files of a gateway beside its clients.
const OPEN_FILES_OWN: u64 = 256;
/// 1 January 2025: before this program was written.
const CLOCK_LEAST_S: u64 = 1_735_689_600;
const CLOCK_SLACK_S: u64 = 60;
const RECORDS_BEHIND_MANY: u64 = 100_000;
