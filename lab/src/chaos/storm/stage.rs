//! A storm from the first player to the verdict: opens the house, lets the bots in, hands out what strikes, and gathers
//! everything that is to be judged.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::mpsc::sync_channel,
    time::{Duration, Instant},
};

use super::{
    Store, StormOptions, StormReport,
    hand::Done,
    house::House,
    schedule::Strike,
    watch::{self, Planted, Sampler},
};
use crate::{
    chaos::{payments::claim, played::Played},
    checker::{
        self, Tables, audit,
        invariants::{Cause, End, Evidence, Recovery, dump, judge, model::Journal, rows::Rows, told},
    },
    clock,
    error::Error,
    mariadb::PASSWORD,
};

/// A storm that blows.
pub(super) struct Stage<'a> {
    pub(super) house: House,
    pub(super) done: Done,
    /// From which the players' logs count time.
    pub(super) zero: Instant,
    options: &'a StormOptions,
    sampler: Sampler,
    planted: Planted,
    played: [Played; 2],
    payments: PathBuf,
    deals: PathBuf,
}

impl<'a> Stage<'a> {
    pub(super) fn open(options: &'a StormOptions) -> Result<Self, Error> {
        let zero = clock::now();
        let house = House::build(options)?;
        let sampler = Sampler::start();
        sampler.watch(house.stack.pids());
        let others: &[&str] = match options.store {
            Store::Sqlite => &[],
            Store::Mysql => &[PASSWORD],
        };
        let planted = Planted::plant(&house.listen(), others)?;
        let (payments, deals) = (house.place("payments.jsonl"), house.place("deals.jsonl"));
        let mut payers = bots(options, &house, bot::Scenario::Pay, options.payers, zero);
        payers.payment_log = Some(payments.clone());
        let mut dealers = bots(options, &house, bot::Scenario::Market, options.dealers, zero);
        dealers.deal_log = Some(deals.clone());
        let played = [Played::begin(payers), Played::begin(dealers)];
        Ok(Self { house, done: Done::default(), zero, options, sampler, planted, played, payments, deals })
    }

    /// A schedule, not a wait for something to happen.
    pub(super) fn pause_until(&self, at: Instant) -> Result<(), Error> {
        self.played[0].pause_until(at, &self.house.stack)
    }

    pub(super) fn strike(&mut self, strike: &Strike) -> Result<(), Error> {
        self.house.strike(strike, &self.played[0], &mut self.done)?;
        self.sampler.watch(self.house.stack.pids());
        Ok(())
    }

    /// Lets the bots play on for a moment, and no longer.
    pub(super) fn enough(&self) -> Result<(), Error> {
        self.pause_until(clock::now() + MARGIN)?;
        self.played.iter().for_each(Played::end);
        Ok(())
    }

    /// Lets the bots play to their end, stops everything, and judges.
    pub(super) fn close(self) -> Result<StormReport, Error> {
        let Self { mut house, done, options, sampler, planted, played, payments, deals, .. } = self;
        let over = clock::now();
        let ready = wait(&house, RECOVERY_MAX * 2, |status| status["ready"] == true).map(|at| at - over);
        let mut reports = Vec::new();
        for played in &played {
            reports.push(played.report(options.duration + BOTS_PATIENCE, &house.stack)?);
        }
        sampler.watch(house.stack.pids());
        let quiet = clock::now();
        let caught_up = wait(&house, CATCH_UP_MAX, is_caught_up).map(|at| at - quiet);
        let mut pages = watch::pages(&read(&house.log)?);
        pages.extend(house.status().map(|status| ("ding status".to_owned(), status.to_string())));
        let peaks = sampler.stop(options.payers + options.dealers);
        let stopped = house.stack.stop();
        let mut ends = watch::ends(&read(&house.log)?, done.ended.clone());
        if !options.supervised {
            for (role, count) in &done.ended {
                let end = End { role: role.name().to_owned(), cause: Cause::Ours };
                ends.resize(ends.len() + usize::try_from(*count).unwrap_or(0), end);
            }
        }
        if let Err(error) = stopped {
            ends.push(End { role: "ding up".to_owned(), cause: Cause::Unnamed(error.to_string()) });
        }
        let canaries = planted.seek(&[&house.data, &house.log], &pages);
        let tables = house.tables()?;
        let paid = told::payments(&payments)?;
        let claims: Vec<_> = paid.iter().map(claim).collect();
        let mut told = told::deals(&deals)?;
        told.extend(paid.iter().map(told::Op::from));
        let sum = |of: fn(&bot::Report) -> u32| reports.iter().map(of).sum();
        let evidence = Evidence {
            journal: journal(&house)?,
            rows: Rows::read(&tables)?,
            audit: audit::audit_told(&tables, &deals)?,
            payments: checker::check_told(&claims, &Tables::read(&tables)?),
            wrong: reports.iter().flat_map(wrong).collect(),
            players: (sum(|report| report.players_done), sum(|report| report.players)),
            told,
            ends,
            peaks,
            recovery: (0 < done.strikes).then_some(Recovery { ready, bound: RECOVERY_MAX, caught_up }),
            canaries: Some(canaries),
        };
        Ok(report(options, done, reports, evidence))
    }
}

fn wrong(report: &bot::Report) -> Vec<(String, String)> {
    let words = |wrong: &bot::report::Wrong| format!("player {}: {}", wrong.player, wrong.detail);
    let wrong = report.wrong.iter().filter(|wrong| wrong.code != LATE_MOVES);
    wrong.map(|wrong| (wrong.code.clone(), words(wrong))).collect()
}

fn report(options: &StormOptions, done: Done, bots: Vec<bot::Report>, evidence: Evidence) -> StormReport {
    let mut stops_named: BTreeMap<String, u32> = BTreeMap::new();
    let mut stops_unnamed = 0;
    for end in &evidence.ends {
        match &end.cause {
            Cause::Ours => {}
            Cause::Named(name) => *stops_named.entry(format!("{} {name}", end.role)).or_default() += 1,
            Cause::Unnamed(_) => stops_unnamed += 1,
        }
    }
    let ok = evidence.told.iter().filter(|op| op.outcome == bot::PaymentOutcome::Ok);
    let mut answered_us: Vec<u64> = ok.map(|op| op.learned_us).collect();
    answered_us.sort_unstable();
    StormReport {
        seed: options.seed,
        faults: done.faults,
        strikes: done.strikes,
        recovery_max: done.recovery_max,
        bots,
        judgment: judge(&evidence),
        stops_named,
        stops_unnamed,
        operations: evidence.told.len() as u64,
        answered_us,
        audit: evidence.audit,
        payments: evidence.payments,
    }
}

fn bots(
    options: &StormOptions,
    house: &House,
    scenario: bot::Scenario,
    players: u32,
    zero: Instant,
) -> bot::Options {
    let mut bots = bot::Options::new(house.listen());
    bots.scenario = scenario;
    bots.players = players;
    bots.duration = options.duration + MARGIN;
    bots.seed = options.seed;
    bots.reconnect = true;
    bots.reconnect_limit = BOTS_PATIENCE;
    bots.answer_limit = BOTS_PATIENCE;
    bots.clock_zero = Some(zero);
    bots.rates.pay_per_s = PAY_PER_S;
    bots.rates.trade_per_s = DEALS_PER_S;
    bots.rates.mail_per_s = DEALS_PER_S;
    bots.rates.shop_per_s = DEALS_PER_S;
    bots
}

/// When `ding status` said so first.
fn wait(house: &House, bound: Duration, is_so: impl Fn(&serde_json::Value) -> bool) -> Option<Instant> {
    let deadline = clock::now() + bound;
    // Nobody sends: this passes the time between two looks.
    let (_kept, never) = sync_channel::<()>(0);
    loop {
        if house.status().is_some_and(|status| is_so(&status)) {
            return Some(clock::now());
        }
        if deadline < clock::now() {
            return None;
        }
        let _ = never.recv_timeout(LOOK);
    }
}

fn is_caught_up(status: &serde_json::Value) -> bool {
    let roles = status["roles"].as_array().map(Vec::as_slice).unwrap_or_default();
    let dbfront = roles.iter().find(|role| role["role"] == "dbfront");
    dbfront.is_some_and(|role| {
        let figure = |name: &str| role["figures"][name].as_i64();
        figure("lsn_durable").is_some() && figure("lsn_durable") == figure("lsn_applied")
    })
}

fn journal(house: &House) -> Result<Option<Journal>, Error> {
    let place = house.place("journal.jsonl");
    if !house.dump(&place)? {
        return Ok(None);
    }
    let file = std::fs::File::open(&place).map_err(Error::io("reading the journal's dump"))?;
    let journal = dump::read(std::io::BufReader::new(file));
    journal.map(Some).map_err(|error| Error::Content { path: place, what: error.to_string() })
}

fn read(path: &Path) -> Result<String, Error> {
    let bytes = std::fs::read(path).map_err(Error::io("reading the log"))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Steps that a link held back and then lets through at once are too fast for the server, and refused: no fault of it.
const LATE_MOVES: &str = "move_refused";
/// Of each bot that pays.
const PAY_PER_S: f64 = 5.0;
/// Of each that deals: trades, letters and shops each.
const DEALS_PER_S: f64 = 1.0;
/// Play after the last strike.
const MARGIN: Duration = Duration::from_secs(5);
/// The bots come in, come back, drain and check.
const BOTS_PATIENCE: Duration = Duration::from_secs(120);
/// Ten seconds (reliability I11), the longest pause of the supervisor, and a start with its replay.
const RECOVERY_MAX: Duration = Duration::from_secs(20);
const CATCH_UP_MAX: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(50);
