//! The settings of the process around a console, and the file of everybody's that the console writes. Asks no process.

use std::sync::{Arc, Mutex, PoisonError};

use admin::{Kept, Limits, Settings, Wrong};
use proto::link::SettingsResponse;

use crate::{args::Source, live, load::Loaded, reading::Reading};

/// See the module. Shared with whoever has it read again.
#[derive(Clone, Debug)]
pub struct Layer {
    source: Source,
    reading: Reading,
    alone: Arc<Mutex<Limits>>,
}

impl Layer {
    /// Right after the start.
    #[must_use]
    pub fn new(source: &Source, loaded: &Loaded) -> Self {
        let alone = Arc::new(Mutex::new(loaded.config.console.alone));
        Self { source: source.clone(), reading: Reading::new(source, loaded, &["console"]), alone }
    }
}

impl Settings for Layer {
    fn told(&self) -> SettingsResponse {
        self.reading.told()
    }

    fn again(&self) -> Result<SettingsResponse, Wrong> {
        self.reading.again(|config| {
            *self.alone.lock().unwrap_or_else(PoisonError::into_inner) = config.console.alone;
            Ok(())
        })
    }

    fn alone(&self) -> Limits {
        *self.alone.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keep(&self, key: &str, value: Option<&str>) -> Result<Kept, Wrong> {
        let kept = live::keep(&self.source, key, value).map_err(|error| (error.code(), error.to_string()))?;
        let live::Kept { before, after, was } = kept;
        Ok(Kept { before: (before.value, before.origin), after: (after.value, after.origin), was })
    }

    fn put_back(&self, kept: &Kept) {
        if let Err(error) = live::write(&self.source.data, &kept.was) {
            tracing::error!(event = "settings.not_put_back", error = %error);
        }
    }
}
