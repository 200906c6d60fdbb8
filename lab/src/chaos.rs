//! The kill test: a real `ding up` under bots, its processes killed with `kill -9` at random seeded moments, then
//! stopped gracefully and judged by [`crate::checker`].

mod market;
pub mod payments;
mod plan;
mod played;
mod stack;
pub mod storm;
#[cfg(test)]
mod tests;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{
    checker::audit::{self, Audit, Counts},
    clock,
    error::Error,
};
use market::Deeds;
use payments::Payments;
pub use plan::Target;
use plan::{kill_all, plan};
use played::Played;
pub use stack::Role;
use stack::Stack;

/// How much to break.
#[derive(Clone, Debug)]
pub struct ChaosOptions {
    /// Bots that deal with each other all the time.
    pub players: u32,
    /// In what.
    pub trial: Trial,
    /// Kills of each target: game, dbfront, gateway, and all three at once.
    pub kills_each: u32,
    /// In each of these is one kill.
    pub slot: Duration,
    /// Same seed, same moments and targets, payees and amounts.
    pub seed: u64,
    /// The program.
    pub ding: PathBuf,
}

/// What the bots do, and how much of it must come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trial {
    /// They pay each other.
    Payments {
        /// Payments answered OK, at least.
        ok_min: u64,
    },
    /// They buy, sell, trade, and send each other letters.
    Market {
        /// Trades and letters with gold or things in the tables, at least; of each a tenth of it.
        deals_min: u64,
    },
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
    /// Every rule about the tables, and of a market about what its players were told.
    pub audit: Audit,
    /// Of a trial of payments, what the tables show of what payers were told.
    pub payments: Option<Payments>,
    /// What was asked for.
    pub options: ChaosOptions,
}

impl ChaosReport {
    /// Everything that the run must show: nothing wrong anywhere, and enough of it.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let each = self.options.kills_each;
        let is_enough = match self.options.trial {
            Trial::Payments { ok_min } => {
                let is_good =
                    |payments: &Payments| payments.verdict.is_clean() && ok_min <= payments.verdict.ok;
                self.payments.as_ref().is_some_and(is_good)
            }
            Trial::Market { deals_min } => {
                let Counts { trades, letters_filled, .. } = self.audit.counts;
                deals_min <= trades + letters_filled && deals_min / 10 <= trades.min(letters_filled)
            }
        };
        is_enough
            && self.audit.is_clean()
            && self.bots.is_good()
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
        if let Some(payments) = &self.payments {
            write!(f, "{payments}")?;
        } else {
            writeln!(f, "told: {}", Deeds(&self.audit.told))?;
        }
        write!(f, "{}", self.audit)
    }
}

/// Runs the whole test. Takes about a slot a kill.
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
    let log = folder.path().join("told.jsonl");
    let mut stack = Stack::up(&options.ding, &data)?;
    let plan = plan(options.kills_each, options.slot, options.seed);
    let play = options.slot * u32::try_from(plan.len()).unwrap_or(u32::MAX) + MARGIN;
    let bots = bot_options(options, stack.listen(), play, &log);
    let played = Played::begin(bots);
    let (kills, recovery_max) = kill_all(&mut stack, &plan, options.slot, &played)?;
    played.pause_until(clock::now() + MARGIN, &stack)?;
    played.end();
    let bots = played.report(BOTS_PATIENCE, &stack)?;
    stack.stop()?;
    let database = data.join(DATABASE);
    let (audit, payments) = match options.trial {
        Trial::Payments { .. } => (audit::audit(&database)?, Some(payments::judge(&database, &log)?)),
        Trial::Market { .. } => (audit::audit_told(&database, &log)?, None),
    };
    Ok(ChaosReport { kills, recovery_max, bots, audit, payments, options: options.clone() })
}

fn bot_options(options: &ChaosOptions, listen: &str, play: Duration, log: &Path) -> bot::Options {
    let mut bots = bot::Options::new(listen);
    bots.players = options.players;
    // However long it takes until everything is back on this machine: they end behind the last kill.
    bots.duration = play * SLOWER_MAX;
    bots.seed = options.seed;
    bots.reconnect = true;
    match options.trial {
        Trial::Payments { ok_min } => {
            bots.scenario = bot::Scenario::Pay;
            bots.payment_log = Some(log.to_owned());
            // Half as many again as must be answered: the time between a kill and its recovery answers none.
            let wanted = f64::from(u32::try_from(ok_min).unwrap_or(u32::MAX)) * 1.5;
            let each = wanted / play.as_secs_f64() / f64::from(options.players);
            bots.rates.pay_per_s = each.max(PAY_PER_S_MIN);
        }
        Trial::Market { deals_min } => {
            bots.scenario = bot::Scenario::Market;
            bots.deal_log = Some(log.to_owned());
            // A trade takes two players and several answers.
            let wanted = f64::from(u32::try_from(deals_min).unwrap_or(u32::MAX)) * 1.5;
            let each = (wanted / play.as_secs_f64() / f64::from(options.players))
                .max(DEALS_PER_S_MIN / f64::from(options.players));
            bots.rates.trade_per_s = each;
            bots.rates.mail_per_s = each;
        }
    }
    bots
}

/// Of each bot: often enough that kills find payments in every stage of their way.
const PAY_PER_S_MIN: f64 = 20.0;
/// Of all bots together, trades and letters each: often enough that kills find some in every stage.
const DEALS_PER_S_MIN: f64 = 60.0;
/// Than planned.
const SLOWER_MAX: u32 = 10;
/// Play after the last slot.
const MARGIN: Duration = Duration::from_secs(5);
/// The bots come in, come back, drain and check.
const BOTS_PATIENCE: Duration = Duration::from_secs(240);
const WRONG_SHOWN: usize = 20;
const DATABASE: &str = "game.db";
