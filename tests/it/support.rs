//! What all tests here use: the tier, the repository's files, waiting with a bound, real processes.

pub mod alone;
pub mod bots;
pub mod browser;
pub mod deeds;
pub mod duel;
pub mod exposition;
pub mod frozen;
pub mod hands;
pub mod lines;
pub mod matches;
pub mod namespace;
pub mod neighbors;
pub mod player;
pub mod raw;
pub mod stack;
pub mod worlds;

use std::{
    path::{Path, PathBuf},
    sync::mpsc::sync_channel,
    thread,
    time::Duration,
};

/// How much a test does. Chosen by `DING_TIER`, read here and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    /// Everything, long ones shortened by count or time, none left out.
    Ci,
    /// The figures that are promised.
    Full,
}

impl Tier {
    /// This run's.
    pub fn current() -> Self {
        match std::env::var_os(TIER_VARIABLE).as_deref().and_then(|text| text.to_str()) {
            None | Some("" | "ci") => Self::Ci,
            Some("full") => Self::Full,
            other => panic!("{TIER_VARIABLE} is ci or full, not {other:?}"),
        }
    }

    /// The figure for this tier.
    pub fn pick<T>(self, ci: T, full: T) -> T {
        match self {
            Self::Ci => ci,
            Self::Full => full,
        }
    }
}

/// What random tests draw from: 1, or what `DING_SEED` says, to play a run again or another one.
pub fn seed() -> u64 {
    let said = std::env::var_os(SEED_VARIABLE);
    let Some(text) = said.as_deref() else { return 1 };
    let number = text.to_str().and_then(|text| text.parse().ok());
    number.unwrap_or_else(|| panic!("{SEED_VARIABLE} is a number, not {text:?}"))
}

/// The repository's top folder.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A file's whole text.
pub fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs something that blocks, and fails the test if it takes longer than any machine should need.
pub fn within_bound<T: Send + 'static>(what: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, result) = sync_channel(1);
    thread::spawn(move || {
        let _ = done.send(work());
    });
    result.recv_timeout(BOUND).unwrap_or_else(|_| panic!("not within {BOUND:?}: {what}"))
}

/// For every wait in these tests: generous, because machines differ and time proves nothing.
pub const BOUND: Duration = Duration::from_secs(60);
/// The server refuses unknown `DING_` variables, so its processes do not inherit these.
pub const SEED_VARIABLE: &str = "DING_SEED";
pub const TIER_VARIABLE: &str = "DING_TIER";
