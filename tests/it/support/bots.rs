//! Bots that pay each other and come back whatever happens, beside a test that makes it happen; and what the tables
//! must show afterwards of what they were told.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::mpsc,
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
}

impl Bots {
    /// Begin to play, for so long; what they were told goes to `log`.
    pub fn start(server: SocketAddr, players: u32, play: Duration, log: PathBuf) -> Self {
        let mut options = Options::new(server.to_string());
        options.scenario = Scenario::Pay;
        options.players = players;
        options.duration = play;
        options.reconnect = true;
        options.payment_log = Some(log);
        Self::play(options)
    }

    /// Begin to play as these say.
    pub fn play(options: Options) -> Self {
        let (players, play) = (options.players, options.duration);
        let (result, done) = mpsc::sync_channel(1);
        thread::spawn(move || drop(result.send(bot::run(options))));
        Self { done, players, play }
    }

    /// Lets them play for a while.
    pub fn on(&self, long: Duration) {
        assert!(self.done.recv_timeout(long).is_err(), "bots ended before their time");
    }

    /// Waits for their end, which must be a good one for each, and no coin may be missing.
    pub fn good(self) -> Report {
        let report = self.well();
        assert_eq!(report.gold.conserved, Some(true));
        report
    }

    /// The same where bots cannot know of all gold: what a monster left may be unheard when its game dies.
    pub fn well(self) -> Report {
        let report = self.done.recv_timeout(self.play + PATIENCE).expect("in time").expect("the run itself");
        println!("{}", bot::render(&report, bot::Style::default()));
        assert!(report.is_good(), "{:?} {:?}", report.wrong, report.errors);
        assert_eq!(report.players_done, self.players, "{:?}", report.errors);
        assert_ne!(report.gold.conserved, Some(false));
        report
    }
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
