//! The settings of the process around a console, and the file of everybody's that the console writes. Asks no process.

use std::sync::{Arc, Mutex, PoisonError};

use admin::{Kept, Limits, Settings, Wrong};
use proto::link::{ControlResponse, SettingsRequest, SettingsResponse};

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
        // The processes were told which file it is; another one that appears later is not theirs.
        let source =
            Source { config: source.config.clone().or_else(|| loaded.file.clone()), ..source.clone() };
        Self { reading: Reading::new(&source, loaded, &["console"]), source, alone }
    }
}

impl Layer {
    /// Answers over a control socket.
    pub fn say(&self, request: &SettingsRequest, said: &mut ControlResponse) {
        match if request.reload { self.again() } else { Ok(self.told()) } {
            Ok(told) => said.settings = Some(told),
            Err((code, text)) => (said.error, said.detail) = (code.to_owned(), text),
        }
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

    fn put_back(&self, kept: &Kept) -> Result<(), Wrong> {
        live::write(&self.source.data, &kept.was).map_err(|error| {
            tracing::error!(event = "settings.not_put_back", error = %error);
            (live::NOT_PUT_BACK, error.to_string())
        })
    }

    fn kept(&self) -> Vec<String> {
        live::keys(&self.source.data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::load;

    #[test]
    fn the_file_that_was_found_at_the_start_is_the_one_that_is_read_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("ding.toml");
        std::fs::write(&file, "[console]\ngrant_alone_max = 7\n").expect("written");
        let source = Source { data: folder.path().to_owned(), config: None, set: Vec::new() };
        let layer = Layer::new(&source, &load(&source).expect("right"));
        assert_eq!(layer.source.config.as_deref(), Some(file.as_path()));
        assert_eq!(layer.alone().gold, 7);
        std::fs::remove_file(&file).expect("removed");
        let (code, text) = layer.again().expect_err("not another file, nor none");
        assert!(code == "settings_wrong" && text.contains("ding.toml"), "{text}");
        assert_eq!(layer.alone().gold, 7);
    }

    #[test]
    fn a_file_that_cannot_be_put_back_is_said_to_whoever_wanted_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let source = Source { data: folder.path().to_owned(), config: None, set: Vec::new() };
        let layer = Layer::new(&source, &load(&source).expect("right"));
        let kept = layer.keep("game.chat_per_s", Some("2")).expect("kept");
        assert_eq!(layer.kept(), ["game.chat_per_s"]);
        // A folder in the way of the new file.
        std::fs::create_dir(folder.path().join("live.toml.new")).expect("made");
        assert_eq!(layer.put_back(&kept).expect_err("told").0, "not_put_back");
        assert_eq!(layer.kept(), ["game.chat_per_s"], "as it still is");
        std::fs::remove_dir(folder.path().join("live.toml.new")).expect("gone");
        layer.put_back(&kept).expect("put back");
        assert_eq!(layer.kept(), [""; 0]);
    }
}
