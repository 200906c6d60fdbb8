//! What an operator may choose about dbfront: raw as in the file, then checked.

pub mod store;

use std::path::{Path, PathBuf};

use proto::epoch::LinkKey;
use serde::Deserialize;

use self::store::{RawStore, StoreConfigError};
use crate::store::place::Place;

/// `[dbfront]` as written.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RawConfig {
    /// See [`DEFAULT_TOML`].
    pub world: String,
    /// See [`DEFAULT_TOML`].
    pub segment_bytes: u64,
    /// See [`DEFAULT_TOML`].
    pub keep_hours: u64,
    /// See [`DEFAULT_TOML`].
    pub keep_bytes: u64,
    /// See [`DEFAULT_TOML`].
    pub journal_budget_bytes: u64,
    /// See [`DEFAULT_TOML`].
    pub overlay_bytes: usize,
    /// See [`DEFAULT_TOML`].
    pub cache_bytes: usize,
    /// See [`DEFAULT_TOML`].
    pub rooms_bytes: usize,
    /// See [`DEFAULT_TOML`].
    pub spill_bytes: u64,
    /// See [`DEFAULT_TOML`].
    pub apply_records: u64,
    /// See [`DEFAULT_TOML`].
    pub apply_bytes: usize,
}

impl Default for RawConfig {
    fn default() -> Self {
        Self {
            world: "main".to_owned(),
            segment_bytes: 64 << 20,
            keep_hours: 48,
            keep_bytes: 8 << 30,
            journal_budget_bytes: 16 << 30,
            overlay_bytes: 512 << 20,
            cache_bytes: 512 << 20,
            rooms_bytes: 1 << 30,
            spill_bytes: 8 << 30,
            apply_records: 4_096,
            apply_bytes: 4 << 20,
        }
    }
}

/// What `ding config` prints for this section.
pub const DEFAULT_TOML: &str = r#"[dbfront]
# Name of this world; a journal of another world is refused.
# world = "main"
# Size of a journal file.
# segment_bytes = 67108864
# Journal files that are applied to the database go when they are older than this …
# keep_hours = 48
# … or when there are more bytes of them than this, whichever comes first.
# keep_bytes = 8589934592
# Bytes of the journal that may wait for the database: by their share of this, game does less, level by level.
# journal_budget_bytes = 17179869184
# Memory for rows that the database does not have yet; more of them go to files in the folder spill …
# overlay_bytes = 536870912
# … up to this size; beyond, game is not read until some are applied.
# spill_bytes = 8589934592
# Rows kept to be read without the database.
# cache_bytes = 536870912
# Rows of matches that are running, all of which are kept: a game that is killed finds them without the database.
# rooms_bytes = 1073741824
# Records and bytes of records that one database transaction takes.
# apply_records = 4096
# apply_bytes = 4194304
"#;

/// `[dbfront]`, checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Journal files.
    pub journal_folder: PathBuf,
    /// Where game connects.
    pub link_path: PathBuf,
    /// Proves epochs to gateways; none: it does not.
    pub link_key: Option<LinkKey>,
    /// The database.
    pub store: Place,
    /// Name of the world.
    pub world: String,
    /// Of a journal file.
    pub segment_bytes: u64,
    /// Milliseconds.
    pub keep_ms: u64,
    /// Of settled journal files.
    pub keep_bytes: u64,
    /// Of the journal, not applied.
    pub journal_budget_bytes: u64,
    /// Of rows not applied, in memory.
    pub overlay_bytes: usize,
    /// Where more of them go.
    pub spill_folder: PathBuf,
    /// Of rows not applied, there.
    pub spill_bytes: u64,
    /// Where they outlive a stop.
    pub cache_file: PathBuf,
    /// Of rows kept for reads.
    pub cache_bytes: usize,
    /// Of rows of matches that are running.
    pub rooms_bytes: usize,
    /// In one database transaction.
    pub apply_records: u64,
    /// In one database transaction.
    pub apply_bytes: usize,
}

/// A configuration that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A number outside its bounds.
    #[error("dbfront.{key} is {got}, it must be from {min} to {max}")]
    Range {
        /// The key.
        key: &'static str,
        /// Configured.
        got: u64,
        /// Inclusive.
        min: u64,
        /// Inclusive.
        max: u64,
    },
    /// No name, or one longer than its bound.
    #[error("dbfront.{key} must have 1 to {max} bytes")]
    Length {
        /// The key.
        key: &'static str,
        /// Bytes.
        max: usize,
    },
    /// In the section beside it.
    #[error(transparent)]
    Store(#[from] StoreConfigError),
}

impl ConfigError {
    /// Which section it is about.
    #[must_use]
    pub fn section(&self) -> &'static str {
        match self {
            Self::Range { .. } | Self::Length { .. } => "dbfront",
            Self::Store(_) => "store",
        }
    }
}

impl RawConfig {
    /// Fills in and checks, with `[store]`; `data` is the data folder.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn check(self, store: RawStore, data: &Path) -> Result<Config, ConfigError> {
        let bytes = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        range("segment_bytes", self.segment_bytes, 4 << 20, 1 << 30)?;
        range("keep_hours", self.keep_hours, 1, 24 * 365)?;
        range("keep_bytes", self.keep_bytes, self.segment_bytes, 1 << 44)?;
        range("journal_budget_bytes", self.journal_budget_bytes, 1 << 20, 1 << 44)?;
        range("overlay_bytes", bytes(self.overlay_bytes), 16 << 20, 1 << 40)?;
        range("cache_bytes", bytes(self.cache_bytes), 1 << 20, 1 << 40)?;
        range("rooms_bytes", bytes(self.rooms_bytes), 1 << 20, 1 << 40)?;
        range("spill_bytes", self.spill_bytes, 1 << 20, 1 << 44)?;
        range("apply_records", self.apply_records, 1, 1 << 16)?;
        range("apply_bytes", bytes(self.apply_bytes), 1 << 10, 64 << 20)?;
        if self.world.is_empty() || WORLD_BYTES_MAX < self.world.len() {
            return Err(ConfigError::Length { key: "world", max: WORLD_BYTES_MAX });
        }
        Ok(Config {
            journal_folder: data.join("journal"),
            link_path: data.join("run/dbfront.link"),
            link_key: None,
            store: store.check(data)?,
            world: self.world,
            segment_bytes: self.segment_bytes,
            keep_ms: self.keep_hours * 3_600_000,
            keep_bytes: self.keep_bytes,
            journal_budget_bytes: self.journal_budget_bytes,
            overlay_bytes: self.overlay_bytes,
            spill_folder: data.join("spill"),
            spill_bytes: self.spill_bytes,
            cache_file: data.join("cache.saved"),
            cache_bytes: self.cache_bytes,
            rooms_bytes: self.rooms_bytes,
            apply_records: self.apply_records,
            apply_bytes: self.apply_bytes,
        })
    }
}

fn range(key: &'static str, got: u64, min: u64, max: u64) -> Result<(), ConfigError> {
    if got < min || max < got { Err(ConfigError::Range { key, got, min, max }) } else { Ok(()) }
}

const WORLD_BYTES_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: RawConfig) -> Result<Config, ConfigError> {
        raw.check(RawStore::default(), Path::new("data"))
    }

    #[test]
    fn the_defaults_are_sound_and_lie_in_the_data_folder() {
        let config = check(RawConfig::default()).expect("sound");
        assert_eq!(config.store, Place::Sqlite("data/game.db".into()));
        assert_eq!(config.link_path, Path::new("data/run/dbfront.link"));
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_its_key() {
        let code = |raw: RawConfig| check(raw).map_err(|error| error.to_string());
        let tiny = code(RawConfig { overlay_bytes: 1, ..RawConfig::default() });
        assert!(tiny.is_err_and(|text| text.starts_with("dbfront.overlay_bytes is 1")));
        let short = code(RawConfig { keep_bytes: 1, ..RawConfig::default() });
        assert!(short.is_err_and(|text| text.starts_with("dbfront.keep_bytes is 1")));
        let nameless = code(RawConfig { world: String::new(), ..RawConfig::default() });
        assert_eq!(nameless, Err("dbfront.world must have 1 to 64 bytes".to_owned()));
        let lost = RawStore { url: "game.db".to_owned(), ..RawStore::default() };
        let lost = RawConfig::default().check(lost, Path::new("data")).expect_err("nowhere");
        assert_eq!(lost.section(), "store");
        assert!(lost.to_string().starts_with("store.url must be"), "{lost}");
    }
}
