//! What a run is to do: raw, then checked once.

mod scenario;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use client::{Tls, TransportKind};

pub use self::scenario::{Scenario, UnknownScenario};
use crate::logic::{games::Choices, market::way::ShopPlace};

/// How often each player does what its scenario lets it do, a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// Payments.
    pub pay_per_s: f64,
    /// Lines of chat.
    pub chat_per_s: f64,
    /// Echoes.
    pub echo_per_s: f64,
    /// Moves.
    pub move_per_s: f64,
    /// Lines for whoever is near.
    pub near_per_s: f64,
    /// Lines for one alone.
    pub private_per_s: f64,
    /// Blows, where there is a monster.
    pub strike_per_s: f64,
    /// Questions whether somebody will trade.
    pub trade_per_s: f64,
    /// Letters.
    pub mail_per_s: f64,
    /// Deals with a shop.
    pub shop_per_s: f64,
    /// Things that must be refused.
    pub probe_per_s: f64,
}

impl Default for Rates {
    fn default() -> Self {
        Self {
            pay_per_s: 1.0,
            chat_per_s: 0.2,
            echo_per_s: 10.0,
            move_per_s: 10.0,
            near_per_s: 0.1,
            private_per_s: 0.1,
            strike_per_s: 0.9,
            trade_per_s: 0.4,
            mail_per_s: 0.4,
            shop_per_s: 0.4,
            probe_per_s: 0.4,
        }
    }
}

/// One run.
#[derive(Clone, Debug)]
pub struct Options {
    /// `host:port` of a gateway.
    pub server: String,
    /// Player `i` takes the `i`-th of these, round and round.
    pub transports: Vec<TransportKind>,
    /// Needed with `tls` and `wss`.
    pub tls: Option<Tls>,
    /// Players, 1 to 100,000; at least 2 where they pay.
    pub players: u32,
    /// How long they play, not counting coming in and draining.
    pub duration: Duration,
    /// Over which the first connections are spread.
    pub ramp: Duration,
    /// What they do.
    pub scenario: Scenario,
    /// How often.
    pub rates: Rates,
    /// Bytes of an echo, 1 to 4,096.
    pub echo_bytes: usize,
    /// How games are played.
    pub games: Choices,
    /// Same seed, same schedule, payees and amounts.
    pub seed: u64,
    /// Register a name each, and come in by password instead of as guests.
    pub password_login: bool,
    /// Come back when a connection dies, and find out what became of each command without an answer.
    pub reconnect: bool,
    /// After `duration`, how long a player may still try to come back.
    pub reconnect_limit: Duration,
    /// A command that has no answer for so long is reported as missing.
    pub answer_limit: Duration,
    /// One JSON line for each payment, see [`crate::Payment`].
    pub payment_log: Option<PathBuf>,
    /// One JSON line for each deal of the market, see [`crate::Deal`].
    pub deal_log: Option<PathBuf>,
    /// The moment from which the logs count time, for runs whose logs are laid beside each other.
    pub clock_zero: Option<Instant>,
    /// Where shops stand, for those who deal: the bundled map's. A player knows it who has the game's map.
    pub shops: Vec<ShopPlace>,
    /// A progress bar on standard error, if that is a terminal.
    pub progress: bool,
}

impl Options {
    /// 100 players, 30 s, chat and gold, plain TCP, as guests, seed 1.
    #[must_use]
    pub fn new(server: impl Into<String>) -> Self {
        Self {
            server: server.into(),
            transports: vec![TransportKind::Tcp],
            tls: None,
            players: 100,
            duration: Duration::from_secs(30),
            ramp: Duration::from_secs(1),
            scenario: Scenario::Small,
            rates: Rates::default(),
            echo_bytes: 64,
            games: Choices { think: THINK, stake: STAKE },
            seed: 1,
            password_login: false,
            reconnect: false,
            reconnect_limit: Duration::from_secs(60),
            answer_limit: Duration::from_secs(30),
            payment_log: None,
            deal_log: None,
            clock_zero: None,
            shops: SHOPS.to_vec(),
            progress: false,
        }
    }

    /// Whether a run can be made of this.
    ///
    /// # Errors
    /// See [`OptionsError`].
    pub fn check(&self) -> Result<(), OptionsError> {
        let least = self.scenario.players_min();
        if !(least..=PLAYERS_MAX).contains(&self.players) {
            return Err(OptionsError::Players { got: self.players, least });
        }
        if self.transports.is_empty() {
            return Err(OptionsError::NoTransport);
        }
        if self.tls.is_none() && self.transports.iter().any(|kind| kind.is_encrypted()) {
            return Err(OptionsError::NoTrust);
        }
        if !(ECHO_BYTES_MIN..=ECHO_BYTES_MAX).contains(&self.echo_bytes) {
            return Err(OptionsError::EchoBytes { got: self.echo_bytes });
        }
        let Rates { pay_per_s, chat_per_s, echo_per_s, move_per_s, .. } = self.rates;
        let Rates { trade_per_s, mail_per_s, shop_per_s, probe_per_s, .. } = self.rates;
        let Rates { near_per_s, private_per_s, strike_per_s, .. } = self.rates;
        let of_market = [trade_per_s, mail_per_s, shop_per_s, probe_per_s];
        let of_world = [near_per_s, private_per_s, strike_per_s];
        let others = of_market.into_iter().chain(of_world);
        for rate in [pay_per_s, chat_per_s, echo_per_s, move_per_s].into_iter().chain(others) {
            if !(RATE_MIN..=RATE_MAX).contains(&rate) {
                return Err(OptionsError::Rate { got: rate });
            }
        }
        if THINK_MAX < self.games.think {
            return Err(OptionsError::Think);
        }
        if self.duration.is_zero() || self.duration > DURATION_MAX {
            return Err(OptionsError::Duration);
        }
        Ok(())
    }
}

/// Options that make no run.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OptionsError {
    /// Too few or too many.
    #[error("{got} players: this scenario takes {least} to {PLAYERS_MAX}")]
    Players {
        /// As given.
        got: u32,
        /// For this scenario.
        least: u32,
    },
    /// An empty list.
    #[error("no transport given: tcp, tls, ws, wss")]
    NoTransport,
    /// Encrypted without saying whom to trust.
    #[error("tls and wss need a certificate to trust")]
    NoTrust,
    /// Out of bounds.
    #[error("echoes of {got} bytes: {ECHO_BYTES_MIN} to {ECHO_BYTES_MAX}")]
    EchoBytes {
        /// As given.
        got: usize,
    },
    /// Out of bounds.
    #[error("{got} a second: {RATE_MIN} to {RATE_MAX} for each player")]
    Rate {
        /// As given.
        got: f64,
    },
    /// Nobody would ever move.
    #[error("who plays thinks for at most 60 s")]
    Think,
    /// Nothing, or more than a day.
    #[error("a run lasts from a moment to 24 hours")]
    Duration,
}

/// As `design/map.toml` has them.
const SHOPS: [ShopPlace; 2] = [
    ShopPlace { number: 1, x_mm: 245_000, y_mm: 260_000 },
    ShopPlace { number: 2, x_mm: 255_000, y_mm: 260_000 },
];
const THINK: Duration = Duration::from_millis(200);
const THINK_MAX: Duration = Duration::from_secs(60);
/// A new account can lose a hundred matches.
const STAKE: i64 = 5;
const PLAYERS_MAX: u32 = 100_000;
const ECHO_BYTES_MIN: usize = 1;
const ECHO_BYTES_MAX: usize = 4 * 1024;
const RATE_MIN: f64 = 0.001;
const RATE_MAX: f64 = 10_000.0;
const DURATION_MAX: Duration = Duration::from_secs(24 * 3_600);
