//! The three processes as the command line sees them: their sections, their run functions, their state.
//! The only file here, with those below it, that names their crates.

mod books;
pub mod journal;
mod limits;
mod live;
mod poison;
mod recent;
mod replacing;
mod seat;

use std::{
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use dbfront::{
    look::Before,
    store::{inspect::Wholeness, place::Place},
};
use proto::ids::Lsn;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    backup, console, design,
    doctor::facts::{About, Journal, Look, Store},
    exit::{Exit, Failure},
    log, metrics, migrate,
    settings::{Refusal, problem::Problem},
};
pub use live::Live;
use live::Own;
pub use recent::is_percentile;
pub use replacing::{HAND_OVER, rehearse};
pub use seat::{Role, Seat};

/// All sections as they are written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Raw {
    gateway: gateway::RawConfig,
    game: game::RawConfig,
    dbfront: dbfront::RawConfig,
    store: dbfront::RawStore,
    metrics: metrics::config::RawConfig,
    console: console::RawConfig,
    log: log::RawConfig,
}

/// All sections, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `[gateway]`.
    pub gateway: gateway::Config,
    /// `[game]`.
    pub game: game::Config,
    /// `[dbfront]`.
    pub dbfront: dbfront::Config,
    /// `[metrics]`.
    pub metrics: metrics::config::Config,
    /// `[console]`.
    pub console: console::Config,
    /// `[log]`.
    pub log: log::Config,
}

impl Config {
    /// Gateways that `ding up` starts.
    #[must_use]
    pub fn gateways(&self) -> u8 {
        self.gateway.processes
    }

    /// Whether players may come encrypted.
    #[must_use]
    pub fn has_tls(&self) -> bool {
        self.gateway.tls.is_some()
    }
}

/// Checks every section.
///
/// # Errors
/// The first thing that each of them refused.
pub fn check(raw: Raw, data: &Path) -> Result<Config, Vec<Refusal>> {
    let refused = |section| move |text| Refusal { section, text };
    let gateway = raw.gateway.check(data).map_err(|error| refused("gateway")(error.to_string()));
    let game = raw.game.check(data).map_err(|error| refused("game")(error.to_string()));
    let dbfront = raw.dbfront.check(raw.store, data);
    let dbfront = dbfront.map_err(|error| refused(error.section())(error.to_string()));
    let metrics = raw.metrics.check().map_err(refused("metrics"));
    let metrics = metrics.and_then(|metrics| match &gateway {
        Ok(gateway) => metrics.for_gateways(gateway.processes).map_err(refused("metrics")),
        Err(_) => Ok(metrics),
    });
    let console = raw.console.check().map_err(refused("console"));
    let log = raw.log.check().map_err(refused("log"));
    match (gateway, game, dbfront, metrics, console, log) {
        (Ok(gateway), Ok(game), Ok(dbfront), Ok(metrics), Ok(console), Ok(log)) => {
            Ok(Config { gateway, game, dbfront, metrics, console, log })
        }
        (gateway, game, dbfront, metrics, console, log) => {
            let refused = [gateway.err(), game.err(), dbfront.err(), metrics.err(), console.err(), log.err()];
            Err(refused.into_iter().flatten().collect())
        }
    }
}

/// All keys that change while processes run, with their sections.
#[must_use]
pub fn live_keys() -> Vec<String> {
    let sections: [(&str, &[&str]); 4] = [
        ("gateway", gateway::RawConfig::LIVE),
        ("game", game::RawConfig::LIVE),
        ("console", console::RawConfig::LIVE),
        ("log", log::RawConfig::LIVE),
    ];
    sections
        .iter()
        .flat_map(|(section, keys)| keys.iter().map(move |key| format!("{section}.{key}")))
        .collect()
}

/// Every section with its defaults commented out.
#[must_use]
pub fn default_toml() -> String {
    let processes = [gateway::DEFAULT_TOML, game::DEFAULT_TOML, dbfront::DEFAULT_TOML];
    let shown = [metrics::config::DEFAULT_TOML, console::DEFAULT_TOML, log::DEFAULT_TOML];
    let sections = processes.into_iter().chain([dbfront::config::store::DEFAULT_TOML]).chain(shown);
    sections.map(|section| section.trim_end().to_owned() + "\n").collect::<Vec<_>>().join("\n")
}

/// What is in a folder of designers' tables; none: in the bundled ones.
///
/// # Errors
/// All that is wrong with them.
pub fn check_design(folder: Option<&Path>) -> Result<String, Vec<Problem>> {
    match game::design::load(folder) {
        Ok(design) => Ok(summary(&design)),
        Err(problems) => Err(problems.iter().map(of_design).collect()),
    }
}

fn summary(design: &game::logic::design::Design) -> String {
    format!(
        "{} items, {} monsters, {} levels, {} shops",
        design.items().len(),
        design.monsters().len(),
        design.levels().last(),
        design.shops().len()
    )
}

fn refusal_of_design(problems: &[game::design::Problem]) -> String {
    design::refusal(&problems.iter().map(of_design).collect::<Vec<_>>())
}

/// With the line of its file and a caret.
fn of_design(problem: &game::design::Problem) -> Problem {
    let game::design::Problem { file, content, span, .. } = problem;
    if content.is_empty() {
        return Problem::at(file.clone(), &problem.what());
    }
    Problem::in_file(file, content, span.clone(), &problem.what())
}

/// What a role's own decision to end is called and what it says.
fn stop_of_game(error: &game::Error) -> NamedStop {
    let text = match error {
        game::Error::Design(problems) => refusal_of_design(problems),
        other => other.to_string(),
    };
    NamedStop { name: error.code().to_owned(), text }
}

/// The built-in settings.
///
/// # Errors
/// They are not right for this folder.
pub fn built_in(data: &Path) -> Result<Config, Failure> {
    check(Raw::default(), data).map_err(|refusals| {
        let texts: Vec<String> = refusals.into_iter().map(|refusal| refusal.text).collect();
        Failure::new(Exit::Config, texts.join("\n"))
    })
}

fn stop_of_dbfront(error: &dbfront::Error) -> NamedStop {
    NamedStop { name: error.code().to_owned(), text: error.to_string() }
}

/// What a certificate says of itself, the gateway's or the console's.
///
/// # Errors
/// Why it cannot be served with.
pub fn look_at_certificate(certificate: &Path, key: &Path) -> Result<About, String> {
    let files = &gateway::config::TlsFiles { certificate: certificate.to_owned(), key: key.to_owned() };
    let gateway::logic::x509::About { valid_from_s, valid_until_s, names } =
        gateway::look::certificate(files).map_err(|error| error.to_string())?;
    Ok(About { valid_from_s, valid_until_s, names })
}

/// What a start would migrate; nothing without a database.
///
/// # Errors
/// The database's named stop.
pub fn plan_of_store(config: &Config) -> Result<Option<migrate::Plan>, NamedStop> {
    let plan = dbfront::look::plan(&config.dbfront).map_err(|error| stop_of_dbfront(&error))?;
    Ok(plan.map(|plan| migrate::Plan {
        stored: plan.stored,
        needed: plan.needed,
        pending: plan
            .pending
            .iter()
            .map(|one| {
                let begun = if one.is_begun { ", which began and did not end" } else { "" };
                (format!("migration {} {}{begun}", one.number, one.name), one.sql)
            })
            .collect(),
    }))
}

/// The database's file; none: it is on a server.
#[must_use]
pub fn file_of_store(config: &Config) -> Option<&Path> {
    match &config.dbfront.store {
        Place::Sqlite(path) => Some(path),
        Place::Mysql(_) => None,
    }
}

/// Copies the world into a new file of SQLite; whoever asked removes it, whatever came of it.
///
/// # Errors
/// The named stop by which there is none.
pub fn copy_store(config: &Config, file: &Path) -> Result<(), NamedStop> {
    dbfront::backup::copy_world(&config.dbfront, file).map_err(|error| stop_of_backup(&error))
}

/// Founds a world where there is none; says whether it did.
///
/// # Errors
/// The named stop of whoever has the folder, or of journal and database.
pub fn init_store(config: &Config) -> Result<bool, NamedStop> {
    dbfront::look::init(&config.dbfront).map_err(|error| stop_of_dbfront(&error))
}

/// Migrates; returns how many migrations ran, and where a backup was made before.
///
/// # Errors
/// The named stop of whoever has the folder, or of the database.
pub fn migrate_store(config: &Config, is_copied: bool) -> Result<(u32, Option<PathBuf>), NamedStop> {
    let before = if is_copied { Before::Copy } else { Before::Nothing };
    dbfront::look::migrate(&config.dbfront, before).map_err(|error| stop_of_backup(&error))
}

/// Copies the world into a folder, while nobody serves.
///
/// # Errors
/// The named stop by which there is no backup.
pub fn back_up(config: &Config, target: &Path) -> Result<backup::About, NamedStop> {
    let made = dbfront::backup::make_offline(&config.dbfront, target);
    let made = made.map_err(|error| stop_of_backup(&error))?;
    let warning = made.warning.unwrap_or_default();
    Ok(backup::About { cursor: made.cursor.0, last: made.last.0, bytes: made.bytes, warning })
}

/// Reads a backup through.
///
/// # Errors
/// The named stop by which it is none.
pub fn check_backup(folder: &Path) -> Result<backup::About, NamedStop> {
    let manifest = dbfront::backup::check(folder).map_err(|error| stop_of_backup(&error))?.manifest;
    let bytes = manifest.bytes();
    let (cursor, last) = (manifest.cursor.lsn, manifest.last_lsn);
    Ok(backup::About { cursor, last, bytes, warning: String::new() })
}

/// Makes a world of a backup, up to a record or its last one; returns up to which.
///
/// # Errors
/// The named stop by which there is none.
pub fn restore(config: &Config, folder: &Path, to: Option<u64>) -> Result<u64, NamedStop> {
    let restored = dbfront::backup::restore(&config.dbfront, folder, to.map(Lsn));
    restored.map(|restored| restored.lsn.0).map_err(|error| stop_of_backup(&error))
}

fn stop_of_backup(error: &dbfront::backup::BackupError) -> NamedStop {
    NamedStop { name: error.code().to_owned(), text: error.to_string() }
}

/// Reads the journal as a start would.
#[must_use]
pub fn look_at_journal(config: &Config) -> Look<Journal> {
    match dbfront::look::journal(&config.dbfront) {
        Ok(None) => Look::Absent,
        Ok(Some(look)) => Look::Found(Journal {
            segments: look.segments,
            bytes: look.bytes,
            behind: look.last_lsn.saturating_sub(look.applied_lsn),
        }),
        Err(error) => Look::Stop(error.code().to_owned(), error.to_string()),
    }
}

/// Looks at the database, with its own check for so long.
#[must_use]
pub fn look_at_store(config: &Config, patience: Duration) -> Look<Store> {
    match dbfront::look::store(&config.dbfront, patience) {
        Ok(None) => Look::Absent,
        Ok(Some(look)) => Look::Found(Store {
            place: look.place,
            schema: look.plan.stored,
            schema_needed: look.plan.needed,
            is_checked: look.wholeness != Wholeness::Unfinished,
            broken: match look.wholeness {
                Wholeness::Broken(words) => Some(words),
                Wholeness::Whole | Wholeness::Unfinished => None,
            },
        }),
        Err(error) => Look::Stop(error.code().to_owned(), error.to_string()),
    }
}

/// What an error of staff's says, if it is one.
#[must_use]
pub fn staff_error_text(code: &str) -> Option<String> {
    let known = game::staff::StaffError::ALL.iter().find(|error| error.code() == code);
    known.map(ToString::to_string)
}

/// A role ended by its own decision: a named stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedStop {
    /// Stable; docs/OPERATING.md has the way out of each.
    pub name: String,
    /// What happened, and what to do.
    pub text: String,
}

/// Called once, with what there is to tell when the role serves.
pub type OnReady = Box<dyn FnOnce(Value) + Send>;

/// Runs a role until `stop` ends.
///
/// # Errors
/// The named stop by which it ended.
pub fn run(
    live: Live,
    registry: game::Registry,
    config: Config,
    stop: UnixStream,
    on_ready: OnReady,
) -> Result<(), NamedStop> {
    match live.into_own() {
        Own::Gateway(metrics, orders) => {
            let ready = Box::new(move |ready: gateway::Ready| {
                on_ready(json!({ "listen": ready.listen.to_string() }));
            });
            gateway::run_with(config.gateway, stop, metrics, &orders, ready)
                .map_err(|error| NamedStop { name: error.code().to_owned(), text: error.to_string() })
        }
        Own::Game(metrics, desk) => {
            let ready = Box::new(move |ready: game::Ready| {
                on_ready(json!({ "accounts": ready.accounts_loaded, "epoch": ready.epoch }));
            });
            game::run(registry, config.game, stop, metrics, &desk, ready)
                .map_err(|error| stop_of_game(&error))
        }
        Own::Dbfront(metrics, orders) => {
            let ready = Box::new(move |ready: dbfront::Ready| {
                // The rest of it is the path, which is longer than a line.
                let store = ready.store.split_whitespace().next().unwrap_or_default();
                on_ready(json!({ "store": store, "journal": ready.journal_lsn }));
            });
            dbfront::run_with(config.dbfront, stop, metrics, &orders, ready)
                .map_err(|error| NamedStop { name: error.code().to_owned(), text: error.to_string() })
        }
    }
}
