//! What all players of a run share: figures, findings, the board and the census. Knows no single player.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use client::{Traffic, Wire};

use crate::{
    logic::{
        atlas::Atlas,
        board::Board,
        census::{Census, Standing},
        comebacks::Comebacks,
        deal::Deal,
        games::Parlor,
        market::fair::Fair,
        payment::Payment,
        stats::{Deed, Stats, bounded, count, rate},
        talk::Talk,
    },
    options::Options,
    report::{Fates, Fights, Gold, Report, TrafficFigures, Wrong},
};

/// Something that must not be, before it is known who noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable.
    pub code: &'static str,
    /// Numbers and names.
    pub detail: String,
}

impl Finding {
    /// A finding of this code.
    #[must_use]
    pub fn new(code: &'static str, detail: String) -> Self {
        Self { code, detail }
    }
}

/// The shared state of a run.
#[derive(Debug)]
pub struct World {
    /// Names this run in its chat.
    pub run: u64,
    /// Figures by deed.
    pub stats: Stats,
    /// What players know of each other.
    pub board: Board,
    /// Where the players are on the map.
    pub atlas: Atlas,
    /// How far they are.
    pub census: Census,
    /// What the players of a market know of each other.
    pub fair: Fair,
    /// What the players of games know of each other.
    pub parlor: Parlor,
    /// Deals not yet written to the log; nothing is kept if nobody wants them.
    pub deals: Option<Vec<Deal>>,
    /// Payments not yet written to the log; nothing is kept if nobody wants them.
    pub payments: Option<Vec<Payment>>,
    /// What became of payments without an answer.
    pub fates: Fates,
    /// Lines and payments heard.
    pub chat_heard: u64,
    /// See `chat_heard`.
    pub paid_heard: u64,
    /// Who plays what, and what was said to whom alone.
    pub talk: Talk,
    /// Blows and deaths.
    pub fights: Fights,
    /// Connections after the first of each player.
    pub reconnects: u64,
    /// What players lived through.
    pub comebacks: Comebacks,
    /// Why nobody came in, for people.
    pub error_first: Option<String>,
    errors: BTreeMap<String, u64>,
    rejections: BTreeMap<String, u64>,
    wrong: Vec<Wrong>,
    wrong_count: u64,
    traffic: TrafficFigures,
    gold: Gold,
    is_gold_told: bool,
    clock_zero: Option<Instant>,
    now_us: u64,
}

impl World {
    /// Before anyone came in.
    #[must_use]
    pub fn new(options: &Options, run: u64) -> Self {
        Self {
            run,
            stats: Stats::default(),
            board: Board::new(options.players),
            atlas: Atlas::default(),
            census: Census::new(options.players),
            fair: Fair::new(options.players, run),
            parlor: Parlor::default(),
            deals: options.deal_log.as_ref().map(|_| Vec::new()),
            payments: options.payment_log.as_ref().map(|_| Vec::new()),
            fates: Fates::default(),
            chat_heard: 0,
            paid_heard: 0,
            talk: Talk::default(),
            fights: Fights::default(),
            reconnects: 0,
            comebacks: Comebacks::default(),
            error_first: None,
            errors: BTreeMap::new(),
            rejections: BTreeMap::new(),
            wrong: Vec::new(),
            wrong_count: 0,
            traffic: TrafficFigures::default(),
            gold: Gold::default(),
            is_gold_told: true,
            clock_zero: options.clock_zero,
            now_us: 0,
        }
    }

    /// What a player calls itself, or a character: `letter` tells the one from the other, and no other run's is the same.
    #[must_use]
    pub fn name(&self, letter: char, player: u32) -> String {
        format!("{letter}{:06x}{player:05}", self.run & 0x00ff_ffff)
    }

    /// Whatever is logged from now on was learned at this moment.
    pub fn pass(&mut self, now: Instant) {
        self.now_us = self.micros(now);
    }

    /// The time of the logs; 0 where nobody asked for one.
    pub(crate) fn micros(&self, at: Instant) -> u64 {
        let since = self.clock_zero.map_or(Duration::ZERO, |zero| at.saturating_duration_since(zero));
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }

    /// Keeps a finding; beyond the first hundred only their number.
    pub fn found(&mut self, player: u32, finding: Finding) {
        self.wrong_count += 1;
        self.comebacks.found(finding.code);
        if self.wrong.len() < WRONG_MAX {
            let account = self.board.account(player).unwrap_or(0).to_string();
            let Finding { code, detail } = finding;
            self.wrong.push(Wrong { code: code.to_owned(), player, account, detail });
        }
    }

    /// Keeps the finding of a check that failed.
    pub fn check(&mut self, player: u32, result: Result<(), Finding>) {
        if let Err(finding) = result {
            self.found(player, finding);
        }
    }

    /// Counts an error of a connection.
    pub fn error(&mut self, error: &client::Error) {
        let name = match error {
            client::Error::LoginRefused { name, .. } => format!("login_refused.{}", bounded(name)),
            other => other.code().to_owned(),
        };
        count(&mut self.errors, name);
        if self.error_first.is_none() {
            self.error_first = Some(error.to_string());
        }
    }

    /// Counts a rejected command.
    pub fn rejected(&mut self, deed: Deed, code: &str) {
        count(&mut self.rejections, bounded(code));
        self.stats.refused(deed, code);
    }

    /// Counts a command that was put off.
    pub fn put_off(&mut self, deed: Deed, code: &str) {
        self.stats.put_off(deed, code);
    }

    /// Keeps a deal whose outcome is known.
    pub fn log_deal(&mut self, deal: Deal) {
        if let Some(deals) = &mut self.deals {
            deals.push(Deal { learned_us: self.now_us, ..deal });
        }
    }

    /// Keeps a payment whose outcome is known.
    pub fn log(&mut self, payment: Payment) {
        if let Some(payments) = &mut self.payments {
            payments.push(Payment { learned_us: self.now_us, ..payment });
        }
    }

    /// A connection ended.
    pub fn add_traffic(&mut self, traffic: Traffic, wire: Wire) {
        let sum = &mut self.traffic;
        sum.bytes_in += wire.bytes_in;
        sum.bytes_out += wire.bytes_out;
        sum.frames_in += traffic.frames;
        sum.frames_in_deflated += traffic.frames_deflated;
        sum.packets_in += traffic.packets;
        sum.content_bytes_in += traffic.content_bytes;
        sum.body_bytes_in += traffic.body_bytes;
    }

    /// A player's wallet at the beginning and now.
    pub fn add_gold(&mut self, start: i64, end: i64) {
        self.gold.start += start;
        self.gold.end += end;
    }

    /// A player cannot say what it must have: the sum of all is not to be judged.
    pub fn gold_untold(&mut self) {
        self.is_gold_told = false;
    }

    /// The report of a run that is over: `played` so long, `elapsed` from the first intention to the last answer.
    #[must_use]
    pub fn report(mut self, options: &Options, played: Duration, elapsed: Duration) -> Report {
        for (player, finding) in self.board.judge() {
            self.found(player, finding);
        }
        let everyone = self.census.count(Standing::Done) == options.players as usize;
        let Fair { gold_issued, gold_sunk, gold_in_letters, .. } = self.fair;
        self.gold = Gold { issued: gold_issued, sunk: gold_sunk, in_letters: gold_in_letters, ..self.gold };
        let Gold { start, end, issued, sunk, in_letters, .. } = self.gold;
        let is_conserved = start + issued - sunk == end + in_letters;
        self.gold.conserved = (everyone && self.is_gold_told).then_some(is_conserved);
        if self.gold.conserved == Some(false) {
            self.found(0, Finding::new("gold_not_conserved", format!("{:?}", self.gold)));
        }
        for (player, finding) in self.talk.judge() {
            self.found(player, finding);
        }
        if options.scenario.has_market() && everyone && self.is_gold_told {
            for (player, finding) in self.fair.judge() {
                self.found(player, finding);
            }
        }
        self.summary(options, played, elapsed)
    }

    /// What was measured until somebody ended the run, after so long of play. Nothing was drained, so
    /// nothing that is missing is wrong.
    #[must_use]
    pub fn unfinished(self, options: &Options, played: Duration) -> Report {
        Report { interrupted: true, ..self.summary(options, played, played) }
    }

    fn summary(self, options: &Options, played: Duration, elapsed: Duration) -> Report {
        let done = self.census.count(Standing::Done);
        let ok_total = self.stats.ok_total();
        Report {
            interrupted: false,
            scenario: options.scenario.name().to_owned(),
            transports: options.transports.iter().map(|kind| kind.name().to_owned()).collect(),
            players: options.players,
            players_done: u32::try_from(done).unwrap_or(u32::MAX),
            seed: options.seed,
            duration_s: options.duration.as_secs_f64(),
            elapsed_s: elapsed.as_secs_f64(),
            ok_total,
            ok_per_s: rate(ok_total, played),
            commands: self.stats.figures(played),
            chat_heard: self.chat_heard,
            paid_heard: self.paid_heard,
            rejections: self.rejections,
            errors: self.errors,
            reconnects: self.reconnects,
            comebacks: self.comebacks.figures(),
            fates: self.fates,
            gold: self.gold,
            traffic: self.traffic,
            near_heard: self.talk.near_heard,
            private_heard: self.talk.private_heard,
            fights: self.fights,
            market: options.scenario.has_market().then_some(self.fair.figures),
            games: options.scenario.has_games().then_some(self.parlor.figures),
            wrong_count: self.wrong_count,
            wrong: self.wrong,
        }
    }
}

const WRONG_MAX: usize = 100;
