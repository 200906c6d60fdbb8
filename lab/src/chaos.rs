//! The kill test: a real `ding up` under paying bots, its processes killed with `kill -9` at random
//! seeded moments, then stopped gracefully and judged by [`crate::checker`].

mod stack;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, RecvTimeoutError, sync_channel},
    thread,
    time::{Duration, Instant},
};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use rustix::process::Signal;

use crate::{
    checker::{self, Claim, Outcome, Tables, Verdict},
    clock,
    error::Error,
};
use stack::{Role, Stack};

/// How much to break.
#[derive(Clone, Debug)]
pub struct ChaosOptions {
    /// Bots that pay each other all the time.
    pub players: u32,
    /// Kills of each target: game, dbfront, gateway, and all three at once.
    pub kills_each: u32,
    /// Payments answered OK, at least.
    pub payments_min: u64,
    /// Same seed, same moments and targets, payees and amounts.
    pub seed: u64,
    /// The program.
    pub ding: PathBuf,
}

/// What is killed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// One process.
    One(Role),
    /// All three; `ding up` lives on.
    All,
}

impl Target {
    const EVERY: [Self; 4] =
        [Self::One(Role::Game), Self::One(Role::Dbfront), Self::One(Role::Gateway), Self::All];

    fn roles(self) -> Vec<Role> {
        match self {
            Self::One(role) => vec![role],
            Self::All => Role::EVERY.to_vec(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(role) => f.write_str(role.name()),
            Self::All => f.write_str("all three"),
        }
    }
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct ChaosReport {
    /// Kills that hit a living process, by target.
    pub kills: BTreeMap<Target, u32>,
    /// The longest time from a kill until everything killed was ready again.
    pub recovery_max: Duration,
    /// As the bots saw it.
    pub bots: bot::Report,
    /// As the tables show it.
    pub verdict: Verdict,
    /// What was asked for.
    pub options: ChaosOptions,
}

impl ChaosReport {
    /// Everything that the run must show: nothing wrong anywhere, and enough of it.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let each = self.options.kills_each;
        self.verdict.is_clean()
            && self.bots.is_good()
            && self.options.payments_min <= self.verdict.ok
            && Target::EVERY.iter().all(|target| self.kills.get(target).is_some_and(|kills| each <= *kills))
    }
}

impl fmt::Display for ChaosReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kills: Vec<_> = self.kills.iter().map(|(target, count)| format!("{target} × {count}")).collect();
        let seed = self.options.seed;
        writeln!(f, "killed (seed {seed}): {}; back within {:?}", kills.join(", "), self.recovery_max)?;
        let bots = &self.bots;
        writeln!(
            f,
            "bots: {} of {} to the end, {} OK, {} reconnects, {} wrong; fates {:?}; rejections {:?}",
            bots.players_done,
            bots.players,
            bots.ok_total,
            bots.reconnects,
            bots.wrong_count,
            bots.fates,
            bots.rejections
        )?;
        for wrong in bots.wrong.iter().take(WRONG_SHOWN) {
            writeln!(f, "  {wrong:?}")?;
        }
        write!(f, "{}", self.verdict)
    }
}

/// Runs the whole test. Takes about five seconds a kill.
///
/// # Errors
/// A stack that does not start, come back or stop; bots that could not run; tables that cannot be read.
/// Violations are in the report, not here.
pub fn run(options: &ChaosOptions) -> Result<ChaosReport, Error> {
    let folder = tempfile::Builder::new()
        .prefix("ding-chaos-")
        .tempdir()
        .map_err(Error::io("making a data folder"))?;
    let data = folder.path().join("data");
    let log = folder.path().join("payments.jsonl");
    let mut stack = Stack::up(&options.ding, &data)?;
    let plan = plan(options.kills_each, options.seed);
    let play = SLOT * u32::try_from(plan.len()).unwrap_or(u32::MAX) + MARGIN;
    let bots = bot_options(options, stack.listen(), play, &log);

    let (done, played) = sync_channel(1);
    // Nobody listens any more when the run has failed before.
    thread::spawn(move || drop(done.send(bot::run(bots))));
    let played = Played(played);
    let (kills, recovery_max) = kill_all(&mut stack, &plan, &played)?;
    let bots = played.report(play + BOTS_PATIENCE, &stack)?;
    stack.stop()?;
    let claims = read_claims(&log)?;
    let tables = Tables::read(&data.join(DATABASE))?;
    let verdict = checker::check(&claims, &tables);
    Ok(ChaosReport { kills, recovery_max, bots, verdict, options: options.clone() })
}

/// One kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kill {
    target: Target,
    /// After the slot began.
    after: Duration,
    /// Every other time the disk seems to stall before: payments gather in every stage of their way, and
    /// the kill comes while they are let go.
    stall: Option<Stall>,
}

/// Dbfront stands still for a while and goes on for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stall {
    still: Duration,
    moment: Duration,
}

/// Every target as often as asked for, in random order, each at a random moment of its slot.
fn plan(kills_each: u32, seed: u64) -> Vec<Kill> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut targets: Vec<(Target, bool)> = Target::EVERY
        .into_iter()
        .flat_map(|target| (0..kills_each).map(move |number| (target, number % 2 == 0)))
        .collect();
    for index in (1..targets.len()).rev() {
        let other = usize::try_from(random.next_u32()).unwrap_or(0) % (index + 1);
        targets.swap(index, other);
    }
    let mut below = |max: Duration| {
        let max = u64::try_from(max.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(random.next_u64() % max)
    };
    targets
        .into_iter()
        .map(|(target, stalls)| Kill {
            target,
            after: below(SLOT),
            stall: stalls.then(|| Stall { still: below(STILL_MAX), moment: below(MOMENT_MAX) }),
        })
        .collect()
}

/// The bots' end, for which the plan is too long.
struct Played(Receiver<Result<bot::Report, bot::Error>>);

impl Played {
    /// A schedule, not a wait for something to happen; fails if the bots end meanwhile.
    fn pause_until(&self, at: Instant, stack: &Stack) -> Result<(), Error> {
        match self.0.recv_timeout(at.saturating_duration_since(clock::now())) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(Err(error)) => Err(stack.failed(format!("is up, but the bots say: {error}"))),
            Ok(Ok(_)) | Err(RecvTimeoutError::Disconnected) => {
                Err(stack.failed("was not killed often enough when the bots had ended".to_owned()))
            }
        }
    }

    fn report(&self, bound: Duration, stack: &Stack) -> Result<bot::Report, Error> {
        match self.0.recv_timeout(bound) {
            Ok(report) => report.map_err(|error| stack.failed(format!("is up, but the bots say: {error}"))),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                Err(stack.failed(format!("is up, but the bots did not end in {} s", bound.as_secs())))
            }
        }
    }
}

/// Performs the plan while the bots play. A slot that began late, because something was long in coming
/// back, is not made up for.
fn kill_all(
    stack: &mut Stack,
    plan: &[Kill],
    played: &Played,
) -> Result<(BTreeMap<Target, u32>, Duration), Error> {
    let mut kills = BTreeMap::new();
    let mut recovery_max = Duration::ZERO;
    let start = clock::now();
    for (slot, kill) in (0..).zip(plan) {
        played.pause_until(start + SLOT * slot + kill.after, stack)?;
        if let Some(Stall { still, moment }) = kill.stall {
            stack.signal(Role::Dbfront, Signal::STOP);
            played.pause_until(clock::now() + still, stack)?;
            stack.signal(Role::Dbfront, Signal::CONT);
            played.pause_until(clock::now() + moment, stack)?;
        }
        let killed_at = clock::now();
        stack.kill(&kill.target.roles())?;
        recovery_max = recovery_max.max(killed_at.elapsed());
        *kills.entry(kill.target).or_default() += 1;
    }
    Ok((kills, recovery_max))
}

fn bot_options(options: &ChaosOptions, listen: &str, play: Duration, log: &Path) -> bot::Options {
    let mut bots = bot::Options::new(listen);
    bots.players = options.players;
    bots.duration = play;
    bots.scenario = bot::Scenario::Pay;
    bots.seed = options.seed;
    bots.reconnect = true;
    bots.payment_log = Some(log.to_owned());
    // Half as many again as must be answered: the time between a kill and its recovery answers none.
    let wanted = f64::from(u32::try_from(options.payments_min).unwrap_or(u32::MAX)) * 1.5;
    bots.rates.pay_per_s = (wanted / play.as_secs_f64() / f64::from(options.players)).max(PAY_PER_S_MIN);
    bots
}

/// The bots' payment log as the checker takes it.
fn read_claims(path: &Path) -> Result<Vec<Claim>, Error> {
    let text = std::fs::read_to_string(path).map_err(Error::io("reading the payment log"))?;
    let claim = |line: &str| {
        let payment: bot::Payment = serde_json::from_str(line)
            .map_err(|error| Error::Content { path: path.to_owned(), what: error.to_string() })?;
        Ok(Claim {
            account: payment.account,
            session_gen: payment.session_gen.into(),
            cseq: payment.cseq,
            to: payment.to,
            amount: payment.amount,
            outcome: match payment.outcome {
                bot::PaymentOutcome::Ok => Outcome::Ok { lsn: payment.lsn },
                bot::PaymentOutcome::Rejected | bot::PaymentOutcome::RetryLater => Outcome::Refused,
                bot::PaymentOutcome::Happened => Outcome::ToldDone,
                bot::PaymentOutcome::DidNot => Outcome::ToldNot,
                bot::PaymentOutcome::Unknown => Outcome::Unknown,
            },
        })
    };
    text.lines().map(claim).collect()
}

/// Of each bot: often enough that kills find payments in every stage of their way.
const PAY_PER_S_MIN: f64 = 20.0;
/// Each kill has one.
const SLOT: Duration = Duration::from_secs(5);
/// Shorter than any timeout of a link.
const STILL_MAX: Duration = Duration::from_millis(150);
/// About as long as what has gathered takes to become durable and to be answered.
const MOMENT_MAX: Duration = Duration::from_millis(5);
/// Play after the last slot.
const MARGIN: Duration = Duration::from_secs(5);
/// The bots come in, come back, drain and check.
const BOTS_PATIENCE: Duration = Duration::from_secs(240);
const WRONG_SHOWN: usize = 20;
const DATABASE: &str = "game.db";
