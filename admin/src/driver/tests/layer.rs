//! What the console keeps of everybody's settings, in memory, and what the process around it goes by.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use proto::link::{Setting, SettingsResponse};

use crate::{Kept, Limits, Settings, Wrong, config::ALONE};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Layer(Mutex<BTreeMap<String, String>>);

impl Layer {
    pub(super) fn kept(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().expect("whole")
    }

    fn gold(&self) -> u64 {
        self.kept().get(GOLD).map_or(ALONE.gold, |text| text.parse().expect("a number"))
    }
}

impl Settings for Layer {
    fn told(&self) -> SettingsResponse {
        let setting = |key: &str, value: String, live| Setting {
            key: key.to_owned(),
            value,
            default: "100000".to_owned(),
            origin: "default".to_owned(),
            live,
            ..Setting::default()
        };
        let settings = vec![
            setting("console.listen", "\"127.0.0.1:7080\"".to_owned(), false),
            setting(GOLD, self.gold().to_string(), true),
            setting("log.level", "\"info\"".to_owned(), true),
        ];
        SettingsResponse { settings, changed: Vec::new() }
    }

    fn again(&self) -> Result<SettingsResponse, Wrong> {
        Ok(self.told())
    }

    fn alone(&self) -> Limits {
        Limits { gold: self.gold(), ..ALONE }
    }

    fn keep(&self, key: &str, value: Option<&str>) -> Result<Kept, Wrong> {
        if key == "game.nothing" {
            return Err(("unknown_setting", "there is none".to_owned()));
        }
        let mut kept = self.kept();
        let was = kept.get(key).cloned().unwrap_or_default();
        match value {
            Some("0") => return Err(("bad_value", format!("{key} = 0: allowed are 1 to 9"))),
            Some(value) => drop(kept.insert(key.to_owned(), value.to_owned())),
            None => drop(kept.remove(key).ok_or(("not_set", "it is not".to_owned()))?),
        }
        let after = kept.get(key).cloned().unwrap_or_default();
        let was_whole = format!("{key}={was}");
        Ok(Kept { before: (was, "default"), after: (after, "console"), was: was_whole })
    }

    fn kept(&self) -> Vec<String> {
        Self::kept(self).keys().cloned().collect()
    }

    fn put_back(&self, kept: &Kept) -> Result<(), Wrong> {
        if self.kept().contains_key(STUCK) {
            return Err(("not_put_back", "no disk".to_owned()));
        }
        let (key, was) = kept.was.split_once('=').expect("as it was kept");
        if was.is_empty() {
            self.kept().remove(key);
        } else {
            self.kept().insert(key.to_owned(), was.to_owned());
        }
        Ok(())
    }
}

/// While this is kept, nothing is put back.
pub(super) const STUCK: &str = "log.stuck";
const GOLD: &str = "console.grant_alone_max";
