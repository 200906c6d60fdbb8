//! Bots that pay each other and come back whatever happens, beside a test that makes it happen; and what the tables
//! must show afterwards of what they were told.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc,
    },
    thread,
    time::Duration,
};

use bot::{Options, Report, Scenario};
use lab::{chaos::payments, checker::audit};

/// See the module.
pub struct Bots {
    done: mpsc::Receiver<Result<Report, bot::Error>>,
    players: u32,
    play: Duration,
    /// Those who play until they are told that it is enough.
    enough: Option<Arc<AtomicBool>>,
}

impl Bots {
    /// Play for so long; what they were told goes to `log`.
    pub fn start(server: SocketAddr, players: u32, play: Duration, log: PathBuf) -> Self {
        Self::play(Options { duration: play, ..paying(server, players, log) })
    }

    /// Play until their report is asked for; what they were told goes to `log`.
    pub fn start_until_enough(server: SocketAddr, players: u32, log: PathBuf) -> Self {
        Self::play_until_enough(paying(server, players, log))
    }

    /// Play as these say.
    pub fn play(options: Options) -> Self {
        Self::begin(options, None)
    }

    /// Play as these say until their report is asked for, however long that takes on whatever machine.
    pub fn play_until_enough(options: Options) -> Self {
        Self::begin(Options { duration: ENOUGH_MAX, ..options }, Some(Arc::default()))
    }

    fn begin(options: Options, enough: Option<Arc<AtomicBool>>) -> Self {
        let (players, play) = (options.players, options.duration);
        let (result, done) = mpsc::sync_channel(1);
        let told = enough.clone().unwrap_or_default();
        thread::spawn(move || drop(result.send(bot::run_until_enough(options, told))));
        Self { done, players, play, enough }
    }

    /// Lets them play for a while.
    pub fn on(&self, long: Duration) {
        match self.done.recv_timeout(long) {
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            ended => panic!("bots ended before their time: {:?}", ended.map(|run| run.map(|_| ()))),
        }
    }

    /// Waits for their end, which must be a good one for each, and no coin may be missing.
    pub fn good(self) -> Report {
        let report = self.well();
        assert_eq!(report.gold.conserved, Some(true));
        report
    }

    /// The same where bots cannot know of all gold: what a monster left may be unheard when its game dies.
    pub fn well(self) -> Report {
        let players = self.players;
        let report = self.right();
        assert_eq!(report.players_done, players, "{:?}", report.errors);
        assert_ne!(report.gold.conserved, Some(false));
        report
    }

    /// The same where some may not come back: nothing that they saw was wrong.
    pub fn right(self) -> Report {
        if let Some(enough) = &self.enough {
            // They play on behind whatever happened last.
            self.on(PLAY_ON);
            enough.store(true, Relaxed);
        }
        let bound = if self.enough.is_some() { PATIENCE } else { self.play + PATIENCE };
        let report = self.done.recv_timeout(bound).expect("in time").expect("the run itself");
        println!("{}", bot::render(&report, bot::Style::default()));
        assert!(report.is_good(), "{:?} {:?}", report.wrong, report.errors);
        report
    }
}

/// Who pay each other and come back.
fn paying(server: SocketAddr, players: u32, log: PathBuf) -> Options {
    let mut options = Options::new(server.to_string());
    options.scenario = Scenario::Pay;
    options.players = players;
    options.reconnect = true;
    options.payment_log = Some(log);
    options
}

/// The tables keep every rule and agree with what all bots were told; nobody else has paid.
pub fn judge(database: &Path, logs: &[PathBuf]) {
    judge_tables(database);
    let folder = tempfile::tempdir().expect("a folder");
    let all = folder.path().join("told.jsonl");
    let told: String = logs.iter().map(|log| std::fs::read_to_string(log).expect("a log")).collect();
    std::fs::write(&all, told).expect("written");
    let payments = payments::judge(database, &all).expect("a log");
    println!("{payments}");
    assert!(payments.verdict.is_clean(), "{payments}");
}

/// The tables keep every rule.
pub fn judge_tables(database: &Path) {
    let audit = audit::audit(database).expect("tables");
    assert!(audit.is_clean(), "{audit}");
}

/// They come in, come back, drain and check.
const PATIENCE: Duration = Duration::from_secs(240);
/// After all that a test does to them.
const PLAY_ON: Duration = Duration::from_secs(1);
/// Longer than any test.
const ENOUGH_MAX: Duration = Duration::from_secs(3_600);
