//! What the system knows of this process, under the names that every exporter of metrics uses.

use rustix::process::{Resource, getrlimit};

use crate::clock;

/// A fact about this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Processor time, microseconds.
    ProcessorUs,
    /// Memory that is not swapped out, bytes.
    ResidentBytes,
    /// Open files, sockets among them.
    OpenFiles,
    /// Of them allowed.
    OpenFilesMax,
    /// Threads.
    Threads,
}

/// Looks it up; nothing where the system does not tell.
#[must_use]
pub fn look_up(fact: Fact) -> Option<u64> {
    match fact {
        Fact::ProcessorUs => u64::try_from(clock::processor().as_micros()).ok(),
        Fact::ResidentBytes => status("VmRSS:").and_then(|kib| kib.checked_mul(1024)),
        Fact::Threads => status("Threads:"),
        Fact::OpenFiles => {
            // One of them reads this folder.
            let entries = std::fs::read_dir("/proc/self/fd").ok()?.count();
            u64::try_from(entries).ok()?.checked_sub(1)
        }
        Fact::OpenFilesMax => Some(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)),
    }
}

fn status(field: &str) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}
