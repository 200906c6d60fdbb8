//! The settings that a process goes by, as others are told: value, default, where it comes from, whether it can be changed
//! while the process runs, and what its layers say by now. Reads nothing itself and knows no key.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use proto::link;
use toml::Value;

use super::problem::{SCHEME_ENDS, without_password};

/// A key that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// `section.key`.
    pub key: String,
    /// As TOML.
    pub default: String,
    /// What it is.
    pub about: String,
    /// It can be changed while the process runs.
    pub is_live: bool,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// As TOML, without secrets.
    pub value: String,
    /// See [`link::Setting`].
    pub origin: &'static str,
    /// Where it stands; empty: nowhere.
    pub place: String,
}

impl Said {
    /// Where nobody says another.
    pub(crate) fn default_of(known: &Known) -> Self {
        Self { value: known.default.clone(), origin: "default", place: String::new() }
    }
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Held(Vec<Row>);

#[derive(Clone, Debug)]
struct Row {
    known: Known,
    now: Said,
    next: Said,
}

impl Held {
    /// Right after the start: all of it is in force. Keys that are not in `said` have their default.
    #[must_use]
    pub fn new(known: Vec<Known>, said: &BTreeMap<String, Said>) -> Self {
        let rows = known.into_iter().map(|known| {
            let now = said.get(&known.key).cloned().unwrap_or_else(|| Said::default_of(&known));
            Row { next: now.clone(), now, known }
        });
        Self(rows.collect())
    }

    /// The layers say this now. What can be changed is in force with this; the rest waits for the next start. Returns the
    /// keys whose value has changed.
    pub fn read_again(&mut self, said: &BTreeMap<String, Said>) -> Vec<String> {
        let mut changed = Vec::new();
        for Row { known, now, next } in &mut self.0 {
            *next = said.get(&known.key).cloned().unwrap_or_else(|| Said::default_of(known));
            let is_other = next.value != now.value;
            if is_other && known.is_live {
                changed.push(known.key.clone());
            }
            if known.is_live || !is_other {
                *now = next.clone();
            }
        }
        changed
    }

    /// All of them.
    #[must_use]
    pub fn told(&self) -> Vec<link::Setting> {
        let told = |Row { known, now, next }: &Row| {
            let waiting = now.value != next.value;
            let next = if waiting { next.clone() } else { Said::none() };
            link::Setting {
                key: known.key.clone(),
                value: now.value.clone(),
                default: known.default.clone(),
                origin: now.origin.to_owned(),
                place: now.place.clone(),
                live: known.is_live,
                waiting,
                value_next: next.value,
                origin_next: next.origin.to_owned(),
                place_next: next.place,
                about: known.about.clone(),
            }
        };
        self.0.iter().map(told).collect()
    }
}

impl Said {
    fn none() -> Self {
        Self { value: String::new(), origin: "", place: String::new() }
    }
}

/// The keys of sections as `ding config` prints them: each with its default behind a `#`, and above it what it is. Keys that
/// follow one another share those words. A live one says so in them.
#[must_use]
pub fn known(default_toml: &str) -> Vec<Known> {
    let mut known = Vec::new();
    let (mut section, mut about, mut is_about_done) = (String::new(), String::new(), true);
    for line in default_toml.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            name.clone_into(&mut section);
            about.clear();
            continue;
        }
        let Some(text) = line.strip_prefix("# ") else { continue };
        match text.split_once(" = ").filter(|(key, _)| is_key(key)) {
            Some((key, default)) => {
                let is_live = about.contains(LIVE);
                let about = about.replace(LIVE, "").trim().to_owned();
                let (key, default) = (format!("{section}.{key}"), default.to_owned());
                known.push(Known { key, default, about, is_live });
                is_about_done = true;
            }
            None => {
                if std::mem::take(&mut is_about_done) {
                    about.clear();
                }
                about.push_str(if about.is_empty() { "" } else { " " });
                about.push_str(text);
            }
        }
    }
    known
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'_')
}

/// A value as it is told. A URL may hold a password anywhere behind its scheme, so all of that is hidden.
#[must_use]
pub fn shown(value: &Value) -> String {
    let mut text = match value {
        Value::String(text) if without_password(text) != *text => {
            let scheme = text.split_once(SCHEME_ENDS).map_or("", |(scheme, _)| scheme.trim());
            Value::from(format!("{scheme}{SCHEME_ENDS}***")).to_string()
        }
        other if without_password(&other.to_string()) != other.to_string() => Value::from("***").to_string(),
        other => other.to_string(),
    };
    if VALUE_BYTES_MAX < text.len() {
        text.truncate(text.floor_char_boundary(VALUE_BYTES_MAX));
        text.push('…');
    }
    text
}

const LIVE: &str = "(live)";
/// More is cut.
const VALUE_BYTES_MAX: usize = 512;
