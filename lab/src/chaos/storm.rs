//! `ding chaos`: bots pay, trade, write letters and deal with shops on real processes while faults drawn from one seed
//! strike processes, links and disk; then the checker judges every invariant.

pub mod deaths;
mod hand;
mod house;
pub mod outage;
pub mod schedule;
mod stage;
#[cfg(test)]
mod tests;
mod watch;

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use crate::{
    checker::{Verdict, audit::Audit, invariants::Judgment},
    clock,
    error::Error,
    mariadb::Mariadb,
};
use house::Disk;
use schedule::{Draw, Kind, strikes};
use stage::Stage;

/// Where the world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// In a file.
    Sqlite,
    /// On a private database server.
    Mysql,
}

/// One run.
#[derive(Clone, Debug)]
pub struct StormOptions {
    /// The program.
    pub ding: PathBuf,
    /// Where the world is.
    pub store: Store,
    /// Of strikes, payees and amounts.
    pub seed: u64,
    /// How long bots play, at most: once nothing is left that may strike, it is enough.
    pub duration: Duration,
    /// Bots that pay each other, at least 2.
    pub payers: u32,
    /// Bots that trade, write letters and deal with shops, at least 2.
    pub dealers: u32,
    /// What strikes; nothing: everything that this machine allows.
    pub kinds: Option<Vec<Kind>>,
    /// Between two strikes, at most.
    pub pause_max: Duration,
    /// A strike lasts so long at most.
    pub lasts_max: Duration,
    /// One strike in so many has three faults; 0: none.
    pub triple_one_in: u32,
    /// No more strikes than this.
    pub strikes_max: usize,
    /// By `ding up`, which lets whoever dies often wait; else whoever was killed is started again at once.
    pub supervised: bool,
    /// The journal is on a disk of its own.
    pub disk: bool,
    /// The program was built with failpoints: its syncs can fail.
    pub failpoints: bool,
    /// Where the tables that a new database server begins with are kept for the next one.
    pub template: Option<PathBuf>,
}

impl StormOptions {
    /// All faults that this machine allows, for so long.
    #[must_use]
    pub fn new(ding: PathBuf, store: Store, seed: u64, duration: Duration) -> Self {
        Self {
            ding,
            store,
            seed,
            duration,
            payers: 24,
            dealers: 24,
            kinds: None,
            pause_max: Duration::from_secs(4),
            lasts_max: Duration::from_secs(5),
            triple_one_in: 6,
            strikes_max: usize::MAX,
            supervised: true,
            disk: false,
            failpoints: false,
            template: None,
        }
    }
}

/// Why a world cannot be stored so on this machine, if it cannot.
#[must_use]
pub fn missing(store: Store) -> Option<String> {
    match store {
        Store::Sqlite => None,
        Store::Mysql => Mariadb::missing(),
    }
}

/// Why the journal cannot have a disk of its own here, if it cannot.
#[must_use]
pub fn disk_missing() -> Option<String> {
    Disk::missing()
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct StormReport {
    /// Of the options.
    pub seed: u64,
    /// Faults that hit something, by name.
    pub faults: BTreeMap<String, u32>,
    /// Strikes, each of one or three faults.
    pub strikes: u32,
    /// From the end of a strike until all that was killed served again, at most.
    pub recovery_max: Duration,
    /// As those who pay and those who deal saw it.
    pub bots: Vec<bot::Report>,
    /// Every invariant.
    pub judgment: Judgment,
    /// Stops by name that were no work of ours.
    pub stops_named: BTreeMap<String, u32>,
    /// Ends without a name.
    pub stops_unnamed: u32,
    /// Operations whose outcome was written down.
    pub operations: u64,
    /// What of the audit and payments was compared.
    pub audit: Audit,
    /// See `audit`.
    pub payments: Verdict,
    /// When value was answered OK, microseconds of the run, in order.
    pub answered_us: Vec<u64>,
}

impl StormReport {
    /// Nothing lost, nothing doubled, no stop without a name, everything else as it must be.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.judgment.is_clean() && self.stops_unnamed == 0
    }

    /// Faults that hit something.
    #[must_use]
    pub fn faults_total(&self) -> u32 {
        self.faults.values().sum()
    }
}

impl fmt::Display for StormReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for bots in &self.bots {
            writeln!(
                f,
                "{}: {} of {} players to the end, {} OK, {} reconnects, {} wrong; refused {:?}",
                bots.scenario,
                bots.players_done,
                bots.players,
                bots.ok_total,
                bots.reconnects,
                bots.wrong_count,
                bots.rejections
            )?;
        }
        write!(f, "{}{}\n{}", self.payments, self.audit, self.judgment)?;
        let named: Vec<_> = self.stops_named.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let named = if named.is_empty() { "none".to_owned() } else { named.join(", ") };
        writeln!(f, "stops by name: {named}; everything killed was back within {:?}", self.recovery_max)?;
        let faults: Vec<_> = self.faults.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let lost = self.judgment.count(1) + self.judgment.count(2);
        let doubled = self.judgment.count(3) + self.judgment.count(6);
        write!(
            f,
            "seed {}: {} faults in {} strikes ({}); {} operations; {} lost, {} doubled, {} unnamed stops: {}",
            self.seed,
            self.faults_total(),
            self.strikes,
            faults.join(", "),
            self.operations,
            lost,
            doubled,
            self.stops_unnamed,
            if self.is_good() { "GOOD" } else { "VIOLATED" }
        )
    }
}

/// Runs a storm and judges it.
///
/// # Errors
/// What kept it from being one: a stack that does not start or come back, a database server or disk that is missing,
/// files that cannot be read. Violations are in the report, not here.
pub fn run(options: &StormOptions) -> Result<StormReport, Error> {
    let mut stage = Stage::open(options)?;
    let end = clock::now() + options.duration;
    for strike in strikes(&draw(options), options.seed) {
        let at = (clock::now() + strike.pause + PAUSE_MIN).max(stage.house.earliest(&strike));
        // A strike ends while players still play.
        if end < at + hand::lasts(&strike) {
            return stage.close();
        }
        stage.pause_until(at)?;
        stage.strike(&strike)?;
    }
    stage.enough()?;
    stage.close()
}

fn draw(options: &StormOptions) -> Draw {
    let mut kinds = options.kinds.clone().unwrap_or_else(|| Kind::all(options.store == Store::Mysql));
    if options.disk && options.kinds.is_none() {
        kinds.push(Kind::DiskFull);
    }
    if options.failpoints && options.kinds.is_none() {
        kinds.push(Kind::SyncFails);
    }
    // No strike comes sooner after the one before.
    let most = options.duration.as_millis() / PAUSE_MIN.as_millis();
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    Draw {
        kinds,
        pause_max: options.pause_max,
        lasts_max: options.lasts_max,
        triple_one_in: options.triple_one_in,
        count: options.strikes_max.min(most),
    }
}

/// Between two strikes, at least.
const PAUSE_MIN: Duration = Duration::from_millis(200);
