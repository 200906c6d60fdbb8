//! The settings that this process goes by: told to whoever asks, and read again while it runs. A reading that finds anything
//! wrong changes nothing. Knows no socket and no section.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use proto::link::SettingsResponse;

use crate::{
    args::Source,
    live::SETTINGS_WRONG,
    load::{Loaded, load_again},
    log,
    roles::{self, Config},
    settings::held::{self, Held},
};

/// See the module. Shared by all who ask.
#[derive(Clone, Debug)]
pub struct Reading(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct Inner {
    source: Source,
    held: Held,
}

/// A stable name, and what is wrong.
pub type Wrong = (&'static str, String);

impl Reading {
    /// Right after the start, of a process to which these belong: sections (`game`) and keys (`metrics.game`). Its log is
    /// everybody's own.
    #[must_use]
    pub fn new(source: &Source, loaded: &Loaded, own: &[&str]) -> Self {
        let mut known = held::known(&roles::default_toml());
        known.retain(|known| {
            let section = known.key.split('.').next().unwrap_or_default();
            section == "log" || own.contains(&section) || own.contains(&known.key.as_str())
        });
        Self(Arc::new(Mutex::new(Inner { source: source.clone(), held: Held::new(known, &loaded.said) })))
    }

    /// What is in force.
    #[must_use]
    pub fn told(&self) -> SettingsResponse {
        SettingsResponse { settings: self.inner().held.told(), changed: Vec::new() }
    }

    /// Reads all layers again; `go_by` puts in force what the process can change while it runs. One reading at a time.
    ///
    /// # Errors
    /// `settings_wrong`: nothing has changed. Or what `go_by` says, and then they are in force or will be.
    pub fn again(&self, go_by: impl FnOnce(&Config) -> Result<(), Wrong>) -> Result<SettingsResponse, Wrong> {
        let mut inner = self.inner();
        let loaded = load_again(&inner.source).map_err(|mut text| {
            text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
            tracing::warn!(event = "settings.wrong", text);
            (SETTINGS_WRONG, text)
        })?;
        let changed = inner.held.read_again(&loaded.said);
        // While either level lets it through: said before less is logged, and after more is.
        let is_more = log::is_more(loaded.config.log.level);
        let tell = || {
            if !changed.is_empty() {
                tracing::info!(event = "settings.changed", keys = changed.join(" "));
            }
        };
        if !is_more {
            tell();
        }
        log::usual(loaded.config.log.level);
        if is_more {
            tell();
        }
        let gone_by = go_by(&loaded.config);
        gone_by.map(|()| SettingsResponse { settings: inner.held.told(), changed })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Every change leaves whole parts.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fits into one answer over a control socket.
const TEXT_BYTES_MAX: usize = 16 * 1024;
