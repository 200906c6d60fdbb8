//! Section `[game]`: raw as written, then checked once. Defaults stand in [`RawConfig::default`] alone.

#[cfg(test)]
mod tests;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use proto::{
    ids::AccountId,
    limits::{GOLD_MAX, RESUME_GRACE_MS},
};
use serde::Deserialize;

use crate::logic::{
    client_version::ClientVersion, event::WorldConfig, names::canonical, staff::Who, text::links::Links,
};

/// What an operator may write. Every key has a default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// Folder of the designers' tables; empty: the bundled ones.
    pub design: String,
    /// Accounts that stay in memory.
    pub cache_accounts_max: usize,
    /// Load accounts, up to that many, before players are let in.
    pub preload: bool,
    /// Milliseconds between two releases of the world's latest-wins output.
    pub tick_ms: u64,
    /// Command budget of a session, a second.
    pub commands_per_s: u32,
    /// How much of it may be saved up.
    pub commands_burst: u32,
    /// New guests from one address in an hour.
    pub guests_per_address_per_hour: u32,
    /// Count loopback addresses too.
    pub limit_loopback: bool,
    /// How long an avatar stays on the map, at least, after its connection went, milliseconds.
    pub linkdead_ms: u64,
    /// How long a session waits for a player whose connection went, milliseconds.
    pub resume_grace_ms: u64,
    /// Lines of chat of a session, a second.
    pub chat_per_s: u32,
    /// `neutralize` or `allow`.
    pub chat_links: String,
    /// Hours in which a deleted character can be restored and keeps its name.
    pub character_grace_hours: u32,
    /// Days after which reports of players go; 0: they stay.
    pub reports_kept_days: u32,
    /// See [`DEFAULT_TOML`].
    pub replays_kept_days: u32,
    /// Sessions at most.
    pub players_max: usize,
    /// Logins a second that begin while turns are long.
    pub logins_per_s_min: u32,
    /// And while they are short.
    pub logins_per_s_max: u32,
    /// Logins that wait for their turn.
    pub login_queue_max: usize,
    /// Gold of a new account.
    pub start_gold: i64,
    /// File with the key for `POST /v1/grants`; empty: nobody may ask.
    pub grants_key_file: String,
    /// Gold of one grant.
    pub grant_amount_max: i64,
    /// The least version of a client that may play; empty: any.
    pub client_version_min: String,
    /// Who plays in maintenance: ids and names.
    pub maintenance_accounts: Vec<String>,
    /// Memory of one password hash, KiB.
    pub argon2_memory_kib: u32,
    /// Passes over that memory.
    pub argon2_passes: u32,
    /// Bytes by which one call of a room may make the process larger.
    pub room_memory_bytes: u64,
    /// Of so many durable rooms one is played along and compared; 0: none.
    pub shadow_one_in: u32,
    /// The socket at which dbfront is reached; empty: where it listens.
    pub dbfront_link: String,
}

impl Default for RawConfig {
    fn default() -> Self {
        let world = WorldConfig::default();
        Self {
            design: String::new(),
            cache_accounts_max: world.cache_accounts_max,
            preload: world.preload,
            tick_ms: 66,
            commands_per_s: world.commands_per_s,
            commands_burst: world.commands_burst,
            guests_per_address_per_hour: world.guests_per_address_per_hour,
            limit_loopback: world.limit_loopback,
            linkdead_ms: 10_000,
            resume_grace_ms: RESUME_GRACE_MS,
            chat_per_s: world.chat_per_s,
            chat_links: "neutralize".to_owned(),
            character_grace_hours: 7 * 24,
            reports_kept_days: 180,
            replays_kept_days: 30,
            players_max: world.players_max,
            logins_per_s_min: world.logins_per_s_min,
            logins_per_s_max: world.logins_per_s_max,
            login_queue_max: world.login_queue_max,
            start_gold: world.start_gold,
            grants_key_file: String::new(),
            grant_amount_max: 1_000_000,
            client_version_min: String::new(),
            maintenance_accounts: Vec::new(),
            argon2_memory_kib: HashCost::RECOMMENDED.memory_kib,
            argon2_passes: HashCost::RECOMMENDED.passes,
            room_memory_bytes: 1024 * 1024 * 1024,
            shadow_one_in: world.shadow_one_in,
            dbfront_link: String::new(),
        }
    }
}

/// The section as `ding config` prints it.
pub const DEFAULT_TOML: &str = "[game]
# Folder of the designers' tables (items.toml and others); empty: the ones inside the program.
# design = \"\"
# Accounts that stay in memory; others are read when they are needed.
# cache_accounts_max = 200000
# Load accounts, up to that many, before players are let in.
# preload = true
# Milliseconds between two releases of the world's latest-wins output.
# tick_ms = 66
# Command budget of a session: cost a second. (live)
# commands_per_s = 50
# How much of that budget may be saved up. (live)
# commands_burst = 100
# New accounts from one address in an hour, of guests and with names. (live)
# guests_per_address_per_hour = 60
# Count loopback addresses in limits per address too.
# limit_loopback = false
# How long an avatar stays on the map after its connection went, milliseconds, if its player cannot come back.
# linkdead_ms = 10000
# How long a session waits for a player whose connection went, milliseconds: its avatar, its place in a room and what it
# would have heard wait with it. 0: it does not wait.
# resume_grace_ms = 120000
# Lines of chat of a session, a second; three times that at once. (live)
# chat_per_s = 5
# What becomes of links in chat and letters: \"neutralize\" (shown so that no client makes a link of them) or \"allow\".
# chat_links = \"neutralize\"
# Hours in which a deleted character can be restored and keeps its name.
# character_grace_hours = 168
# Days after which reports of players go; 0: they stay.
# reports_kept_days = 180
# Days for which matches that are over can be played again; 0: for ever.
# replays_kept_days = 30
# Players at a time, those included whose connection went a moment ago. More wait in the login queue. (live)
# players_max = 20000
# Logins a second that are let in while the server has much to do; half as many with each second of long turns. (live)
# logins_per_s_min = 100
# And while it has time. (live)
# logins_per_s_max = 2000
# Logins that wait for their turn; more are refused: queue_full.
# login_queue_max = 10000
# Gold of a new account.
# start_gold = 1000
# File, mode 0600, with the key for POST /v1/grants; empty: nobody may ask.
# grants_key_file = \"\"
# Gold of one grant, at most.
# grant_amount_max = 1000000
# The least version of a client that may play; empty: any. Older ones are closed: client_too_old.
# client_version_min = \"\"
# Who plays while maintenance is on: ids and names, as [\"4294967297\", \"Anabel\"].
# maintenance_accounts = []
# Memory of one password hash (Argon2id), KiB. Less than this is for tests alone.
# argon2_memory_kib = 19456
# Passes over that memory. Less than this is for tests alone.
# argon2_passes = 2
# Bytes by which one call of a room may make the process larger; more ends it, and its successor closes that room.
# room_memory_bytes = 1073741824
# Of so many rooms that outlive their process one is played along and compared after each input; 0: none.
# shadow_one_in = 64
# The socket at which dbfront is reached, where something stands between; empty: run/dbfront.link in the data folder.
# dbfront_link = \"\"
";

/// What this process runs with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The socket that gateway threads connect to; its folder is made if it is absent.
    pub game_link: PathBuf,
    /// The socket on which dbfront listens.
    pub dbfront_link: PathBuf,
    /// Takes over from another game that writes; not a setting, but of one start.
    pub takeover: bool,
    /// Folder of the designers' tables; none: the bundled ones.
    pub design: Option<PathBuf>,
    /// The rules' share.
    pub world: WorldConfig,
    /// The price of a password.
    pub hash_cost: HashCost,
    /// Where the key of grants is.
    pub grants_key_file: Option<PathBuf>,
    /// Gold of one grant.
    pub grant_amount_max: i64,
    /// Folder of notes of rooms that ended a process.
    pub quarantine: PathBuf,
    /// Folder of what led to rooms that could not go on.
    pub bundles: PathBuf,
    /// Bytes by which one call of a room may make the process larger.
    pub room_memory_bytes: u64,
}

/// Cost of one Argon2id hash, one lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory, KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl HashCost {
    /// What the defaults are, and the least that is safe (reliability V13).
    pub const RECOMMENDED: Self = Self { memory_kib: 19 * 1024, passes: 2 };

    /// Cheaper to guess than it should be.
    #[must_use]
    pub fn is_low(self) -> bool {
        self.memory_kib < Self::RECOMMENDED.memory_kib || self.passes < Self::RECOMMENDED.passes
    }
}

/// A value that this process cannot run with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Outside its range.
    #[error("game.{key} = {got}: allowed are {min} to {max}")]
    Range {
        /// The key.
        key: &'static str,
        /// As written.
        got: i64,
        /// Inclusive.
        min: i64,
        /// Inclusive.
        max: i64,
    },
    /// A client's version that is none.
    #[error("game.client_version_min = {got:?}: write numbers with points between them, as 1.4.2")]
    ClientVersion {
        /// As written.
        got: String,
    },
    /// Not one of the policies.
    #[error("game.chat_links = {got:?}: write neutralize or allow")]
    Links {
        /// As written.
        got: String,
    },
    /// Neither an id nor a name.
    #[error("game.maintenance_accounts: {got:?} is neither an id nor a name")]
    Account {
        /// As written.
        got: String,
    },
    /// A Unix socket's path has at most 107 bytes.
    #[error(
        "the data folder's path is too long: {path} has {bytes} bytes, a socket's path at most {SOCKET_PATH_BYTES_MAX}"
    )]
    SocketPath {
        /// The socket.
        path: PathBuf,
        /// Its length.
        bytes: usize,
    },
}

impl RawConfig {
    /// Keys that change while game runs.
    pub const LIVE: &[&str] = &[
        "commands_per_s",
        "commands_burst",
        "guests_per_address_per_hour",
        "chat_per_s",
        "players_max",
        "logins_per_s_min",
        "logins_per_s_max",
    ];

    /// Checks every value; `data` is the data folder.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn check(self, data: &Path) -> Result<Config, ConfigError> {
        in_range("cache_accounts_max", self.cache_accounts_max, 1, 50_000_000)?;
        in_range("tick_ms", self.tick_ms, 10, 1_000)?;
        in_range("commands_per_s", self.commands_per_s, 1, 1_000_000)?;
        in_range("commands_burst", self.commands_burst, 1, 1_000_000)?;
        in_range("guests_per_address_per_hour", self.guests_per_address_per_hour, 0, u32::MAX.into())?;
        in_range("linkdead_ms", self.linkdead_ms, 0, 600_000)?;
        in_range("resume_grace_ms", self.resume_grace_ms, 0, 600_000)?;
        in_range("chat_per_s", self.chat_per_s, 1, 1_000)?;
        in_range("character_grace_hours", self.character_grace_hours, 0, 8_760)?;
        in_range("reports_kept_days", self.reports_kept_days, 0, 36_500)?;
        in_range("replays_kept_days", self.replays_kept_days, 0, 36_500)?;
        in_range("players_max", self.players_max, 1, 1_000_000)?;
        in_range("logins_per_s_max", self.logins_per_s_max, 1, 1_000_000)?;
        in_range("logins_per_s_min", self.logins_per_s_min, 1, self.logins_per_s_max.into())?;
        in_range("login_queue_max", self.login_queue_max, 0, 1_000_000)?;
        in_range("start_gold", self.start_gold, 0, GOLD_MAX)?;
        in_range("grant_amount_max", self.grant_amount_max, 1, GOLD_MAX)?;
        in_range("argon2_memory_kib", self.argon2_memory_kib, 8, 1024 * 1024)?;
        in_range("argon2_passes", self.argon2_passes, 1, 32)?;
        in_range("room_memory_bytes", self.room_memory_bytes, 16 * 1024 * 1024, 1 << 40)?;
        let grants_key_file = (!self.grants_key_file.is_empty()).then(|| data.join(&self.grants_key_file));
        Ok(Config {
            grants_key_file,
            grant_amount_max: self.grant_amount_max,
            quarantine: data.join("quarantine"),
            bundles: data.join("bundles"),
            room_memory_bytes: self.room_memory_bytes,
            game_link: socket(data, "game.link")?,
            dbfront_link: match self.dbfront_link.as_str() {
                "" => socket(data, "dbfront.link")?,
                path => short_enough(PathBuf::from(path))?,
            },
            takeover: false,
            design: (!self.design.is_empty()).then(|| PathBuf::from(&self.design)),
            world: WorldConfig {
                cache_accounts_max: self.cache_accounts_max,
                preload: self.preload,
                commands_per_s: self.commands_per_s,
                commands_burst: self.commands_burst,
                guests_per_address_per_hour: self.guests_per_address_per_hour,
                limit_loopback: self.limit_loopback,
                tick: Duration::from_millis(self.tick_ms),
                linkdead: Duration::from_millis(self.linkdead_ms),
                resume_grace: Duration::from_millis(self.resume_grace_ms),
                character_grace: Duration::from_secs(u64::from(self.character_grace_hours) * 3_600),
                reports_kept: Duration::from_secs(u64::from(self.reports_kept_days) * 24 * 3_600),
                replays_kept: Duration::from_secs(u64::from(self.replays_kept_days) * 24 * 3_600),
                players_max: self.players_max,
                logins_per_s_min: self.logins_per_s_min,
                logins_per_s_max: self.logins_per_s_max,
                login_queue_max: self.login_queue_max,
                start_gold: self.start_gold,
                client_version_min: client_version(self.client_version_min)?,
                maintenance_accounts: self
                    .maintenance_accounts
                    .into_iter()
                    .map(account)
                    .collect::<Result<_, _>>()?,
                chat_per_s: self.chat_per_s,
                shadow_one_in: self.shadow_one_in,
                chat_links: links(self.chat_links)?,
                ..WorldConfig::default()
            },
            hash_cost: HashCost { memory_kib: self.argon2_memory_kib, passes: self.argon2_passes },
        })
    }
}

fn client_version(text: String) -> Result<Option<ClientVersion>, ConfigError> {
    match ClientVersion::parse(&text) {
        _ if text.is_empty() => Ok(None),
        Some(version) => Ok(Some(version)),
        None => Err(ConfigError::ClientVersion { got: text }),
    }
}

fn links(text: String) -> Result<Links, ConfigError> {
    match text.as_str() {
        "neutralize" => Ok(Links::Neutralize),
        "allow" => Ok(Links::Allow),
        _ => Err(ConfigError::Links { got: text }),
    }
}

fn account(text: String) -> Result<Who, ConfigError> {
    match (text.parse(), canonical(&text)) {
        (Ok(id), _) => Ok(Who::Id(AccountId(id))),
        (Err(_), Ok(name)) => Ok(Who::Name(name.key().to_owned())),
        (Err(_), Err(_)) => Err(ConfigError::Account { got: text }),
    }
}

fn in_range(key: &'static str, got: impl TryInto<i64>, min: i64, max: i64) -> Result<(), ConfigError> {
    let got = got.try_into().unwrap_or(i64::MAX);
    if (min..=max).contains(&got) { Ok(()) } else { Err(ConfigError::Range { key, got, min, max }) }
}

fn socket(data: &Path, name: &str) -> Result<PathBuf, ConfigError> {
    short_enough(data.join("run").join(name))
}

fn short_enough(path: PathBuf) -> Result<PathBuf, ConfigError> {
    let bytes = path.as_os_str().len();
    if bytes <= SOCKET_PATH_BYTES_MAX { Ok(path) } else { Err(ConfigError::SocketPath { path, bytes }) }
}

/// `sockaddr_un` holds 108 bytes, the last one zero.
const SOCKET_PATH_BYTES_MAX: usize = 107;
