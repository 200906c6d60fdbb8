//! `live.toml` of a data folder: what was set in the console, stronger than the settings file, weaker than environment and
//! command line. Only keys that can be changed while processes run are written there. Asks no process.

#[cfg(test)]
mod tests;

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

use crate::{
    args::Source,
    exit::{Exit, Failure},
    load,
    roles::{self, Raw},
    settings::{
        self,
        held::{self, Known, Said},
        source::{Place, Setting, readings},
    },
};

/// Why it is not kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotKept {
    /// No section has it.
    #[error("there is no setting {0}")]
    Unknown(String),
    /// It is read at the start alone.
    #[error("{0} is read when a process starts: write it into the settings file and restart")]
    NeedsRestart(String),
    /// A stronger layer says it.
    #[error("{key} is set by {place}, which is stronger than the console")]
    SetElsewhere {
        /// Which.
        key: String,
        /// Where.
        place: String,
    },
    /// Its section refuses it.
    #[error("{0}")]
    BadValue(String),
    /// The console has not set it.
    #[error("{0} is not set in the console")]
    NotSet(String),
    /// The layers are wrong before anything is changed.
    #[error("{0}")]
    Wrong(String),
    /// The file cannot be written.
    #[error("{0}")]
    Io(String),
    /// It is written, but not known to outlive a power failure.
    #[error("live.toml is written, and whoever reads it goes by it, but a power failure may undo that: {0}")]
    Unsure(String),
}

impl NotKept {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown(_) => "unknown_setting",
            Self::NeedsRestart(_) => "needs_restart",
            Self::SetElsewhere { .. } => "set_elsewhere",
            Self::BadValue(_) => "bad_value",
            Self::NotSet(_) => "not_set",
            Self::Wrong(_) => SETTINGS_WRONG,
            Self::Io(_) => "store_failed",
            Self::Unsure(_) => NOT_PUT_BACK,
        }
    }
}

/// What has become of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// As all layers together said it.
    pub before: Said,
    /// As they say it now.
    pub after: Said,
    /// The file as it was, to be put back.
    pub was: String,
}

/// Where it is.
#[must_use]
pub fn path(data: &Path) -> PathBuf {
    data.join("live.toml")
}

/// Its text; empty where there is none.
///
/// # Errors
/// It cannot be read.
pub fn read(data: &Path) -> Result<String, Failure> {
    match std::fs::read_to_string(path(data)) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(Failure::new(
            Exit::Config,
            format!("cannot read settings from {}: {error}", path(data).display()),
        )),
    }
}

/// Sets a key to what this text says, or with nothing has it be what the other layers say. All layers together are checked
/// first.
///
/// # Errors
/// See [`NotKept`]: nothing was written, but for [`NotKept::Unsure`].
pub fn keep(source: &Source, key: &str, text: Option<&str>) -> Result<Kept, NotKept> {
    let known = held::known(&roles::default_toml());
    let known = known.into_iter().find(|known| known.key == key).ok_or(NotKept::Unknown(key.to_owned()))?;
    let wrong = |failure: Failure| NotKept::Wrong(failure.text);
    let was = read(&source.data).map_err(wrong)?;
    let layers = load::read(source, &was).map_err(wrong)?;
    let before = said(&layers.settings, &known);
    // What is to be taken back may be what is wrong, or may not belong there any more: that is no reason to keep it.
    if text.is_some() {
        if !known.is_live {
            return Err(NotKept::NeedsRestart(key.to_owned()));
        }
        let last = layers.settings.iter().rfind(|setting| setting.path.join(".") == key);
        if let Some(place @ (Place::Environment(_) | Place::Argument)) = last.map(|setting| &setting.place) {
            return Err(NotKept::SetElsewhere { key: key.to_owned(), place: place.to_string() });
        }
        load::check(layers, &source.data).map_err(|problems| NotKept::Wrong(texts(&problems)))?;
    }
    let next = changed(&was, &known, text)?;
    let layers = load::read(source, &next).map_err(wrong)?;
    let after = said(&layers.settings, &known);
    load::check(layers, &source.data).map_err(|problems| match text {
        Some(_) => NotKept::BadValue(texts(&problems)),
        None => NotKept::Wrong(texts(&problems)),
    })?;
    store(&source.data, &next, sync)?;
    Ok(Kept { before, after, was })
}

/// Every `section.key` that is in it; none where it cannot be read.
#[must_use]
pub fn keys(data: &Path) -> Vec<String> {
    let table: Table = read(data).ok().and_then(|text| toml::from_str(&text).ok()).unwrap_or_default();
    let of = |(section, inner): (&String, &Value)| {
        let keys = inner.as_table().map(|inner| inner.keys().map(|key| format!("{section}.{key}")).collect());
        keys.unwrap_or_else(Vec::new)
    };
    table.iter().flat_map(of).collect()
}

/// The file's text with the key in it, or without it.
fn changed(was: &str, known: &Known, text: Option<&str>) -> Result<String, NotKept> {
    let mut table: Table = toml::from_str(was).map_err(|error| NotKept::Wrong(error.message().to_owned()))?;
    let (section, name) = known.key.split_once('.').unwrap_or((&known.key, ""));
    let entry = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    let Value::Table(inner) = entry else { return Err(NotKept::Wrong(format!("{section} is no section"))) };
    match text {
        Some(text) => drop(inner.insert(name.to_owned(), typed(known, text)?)),
        None => drop(inner.remove(name).ok_or_else(|| NotKept::NotSet(known.key.clone()))?),
    }
    table.retain(|_, section| section.as_table().is_none_or(|section| !section.is_empty()));
    Ok(format!("{HEAD}\n{table}"))
}

/// What the text means where this key stands.
fn typed(known: &Known, text: &str) -> Result<Value, NotKept> {
    let text = text.trim();
    if VALUE_BYTES_MAX < text.len() || text.chars().any(char::is_control) {
        return Err(NotKept::BadValue(format!("{}: one line, {VALUE_BYTES_MAX} bytes at most", known.key)));
    }
    let path = known.key.split('.').map(str::to_owned).collect();
    let setting = Setting { path, readings: readings(text), place: Place::Argument };
    settings::typed::<Raw>(&setting).map_err(|message| NotKept::BadValue(setting.problem(&message).text))
}

fn said(settings: &[Setting], known: &Known) -> Said {
    let mut all = settings::said::<Raw>(settings);
    all.remove(&known.key).unwrap_or_else(|| Said::default_of(known))
}

fn texts(problems: &[settings::problem::Problem]) -> String {
    let texts: Vec<&str> = problems.iter().map(|problem| problem.text.as_str()).collect();
    texts.join("; ")
}

/// Writes it whole or not at all.
///
/// # Errors
/// The system's; of the folder alone ([`NotKept::Unsure`]), it is written, and may be as before after a power failure.
pub fn write(data: &Path, text: &str) -> Result<(), NotKept> {
    store(data, text, sync)
}

fn store(data: &Path, text: &str, sync: fn(&Path) -> io::Result<()>) -> Result<(), NotKept> {
    place(data, text).map_err(|error| NotKept::Io(error.to_string()))?;
    sync(data).map_err(|error| NotKept::Unsure(error.to_string()))
}

fn place(data: &Path, text: &str) -> io::Result<()> {
    let new = data.join("live.toml.new");
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&new, path(data))
}

fn sync(data: &Path) -> io::Result<()> {
    File::open(data)?.sync_all()
}

/// Something was changed, and not all of it is as it was.
pub const NOT_PUT_BACK: &str = "not_put_back";
/// A layer is wrong, or they do not agree.
pub const SETTINGS_WRONG: &str = "settings_wrong";
const HEAD: &str = "\
# Written by the console. Stronger than the settings file, weaker than environment and --set.
";
const VALUE_BYTES_MAX: usize = 256;
