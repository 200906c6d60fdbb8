//! Settings from five layers: built-in, file, console, environment, command line; later ones win. Every problem
//! is found and named with its place before anything starts. Knows sections only through `R`.

pub mod held;
pub mod problem;
pub mod source;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use held::{Said, shown};
use problem::Problem;
use source::Setting;

/// A value that its section cannot be used with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Which.
    pub section: &'static str,
    /// Names each key that it is about.
    pub text: String,
}

/// Types each setting by itself, then lets `check` judge them all together. What is wrong is told and left out, so
/// that the rest is judged in the same round; `problems` are what was found before.
///
/// # Errors
/// Every problem: of form first, in the order of the layers.
pub fn checked<R: DeserializeOwned, C>(
    mut settings: Vec<Setting>,
    mut problems: Vec<Problem>,
    check: impl Fn(R) -> Result<C, Vec<Refusal>>,
) -> Result<C, Vec<Problem>> {
    let mut left_out: Vec<Setting> = Vec::new();
    for setting in settings.extract_if(.., |setting| typed::<R>(setting).is_err()) {
        let message = typed::<R>(&setting).err().unwrap_or_default();
        problems.push(setting.problem(&message));
        left_out.push(setting);
    }
    loop {
        let refusals = match merged(&settings).map(&check) {
            Ok(Ok(config)) if problems.is_empty() => return Ok(config),
            Ok(Ok(_)) => return Err(problems),
            Ok(Err(refusals)) => refusals,
            Err(problem) => return Err([problems, vec![problem]].concat()),
        };
        let set = settings.len();
        for refusal in refusals {
            let place = settings.iter().rposition(|setting| setting.is_named(&refusal));
            let problem = match place {
                Some(index) => settings[index].problem(&refusal.text),
                None => Problem::plain(&refusal.text),
            };
            // That two disagree may only be for want of one that is told already.
            let is_consequence = left_out.iter().any(|setting| setting.is_named(&refusal));
            if !is_consequence && !problems.contains(&problem) {
                problems.push(problem);
            }
            if let Some(path) = place.map(|index| settings[index].path.clone()) {
                left_out.extend(settings.extract_if(.., |setting| setting.path == path));
            }
        }
        if settings.len() == set {
            return Err(problems);
        }
    }
}

/// Later ones win.
fn merged<R: DeserializeOwned>(settings: &[Setting]) -> Result<R, Problem> {
    let mut table = Table::new();
    for setting in settings {
        if let Ok(value) = typed::<R>(setting) {
            put(&mut table, &setting.path, value);
        }
    }
    // Each setting fits alone; together they can only disagree on what is a section.
    Value::Table(table).try_into().map_err(|error: toml::de::Error| Problem::plain(error.message()))
}

/// Which value each key has that is set somewhere, and where; a setting that its section does not take is none.
#[must_use]
pub fn said<R: DeserializeOwned>(settings: &[Setting]) -> BTreeMap<String, Said> {
    let said = settings.iter().filter_map(|setting| {
        let value = typed::<R>(setting).ok()?;
        let (origin, place) = (setting.place.origin(), setting.place.to_string());
        Some((setting.path.join("."), Said { value: shown(&value), origin, place }))
    });
    said.collect()
}

/// The first reading of a setting that its section takes: outside files there are no quotes, so a value
/// is tried as TOML and then as text.
pub(crate) fn typed<R: DeserializeOwned>(setting: &Setting) -> Result<Value, String> {
    let mut refused = None;
    for value in &setting.readings {
        let mut alone = Table::new();
        put(&mut alone, &setting.path, value.clone());
        match Value::Table(alone).try_into::<R>() {
            Ok(_) => return Ok(value.clone()),
            Err(error) => refused = refused.or(Some(error.message().to_owned())),
        }
    }
    Err(refused.unwrap_or_default())
}

fn put(table: &mut Table, path: &[String], value: Value) {
    match path {
        [] => (),
        [key] => {
            table.insert(key.clone(), value);
        }
        [section, rest @ ..] => {
            let inner = table.entry(section.clone()).or_insert_with(|| Value::Table(Table::new()));
            if !inner.is_table() {
                *inner = Value::Table(Table::new());
            }
            if let Some(inner) = inner.as_table_mut() {
                put(inner, rest, value);
            }
        }
    }
}
