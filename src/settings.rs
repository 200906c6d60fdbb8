//! Settings from four layers: built-in, file, environment, command line; later ones win. Every problem
//! is found and named with its place before anything starts. Knows sections only through `R`.

pub mod problem;
pub mod source;
#[cfg(test)]
mod tests;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use problem::Problem;
use source::Setting;

/// Everything that was set, merged and typed.
#[derive(Clone, Debug)]
pub struct Merged<R> {
    /// The sections; what nobody set has its built-in value.
    pub raw: R,
    /// What was set, weakest first: names the place of a value that a later check refuses.
    pub settings: Vec<Setting>,
}

/// Types each setting by itself, so that every wrong one is found, then all together.
///
/// # Errors
/// Every problem, in the order of the layers.
pub fn merge<R: DeserializeOwned>(settings: Vec<Setting>) -> Result<Merged<R>, Vec<Problem>> {
    let mut problems = Vec::new();
    let mut merged = Table::new();
    for setting in &settings {
        match typed::<R>(setting) {
            Ok(value) => put(&mut merged, &setting.path, value),
            Err(message) => problems.push(setting.problem(&message)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    match Value::Table(merged).try_into() {
        Ok(raw) => Ok(Merged { raw, settings }),
        // Each setting fits alone; together they can only disagree on what is a section.
        Err(error) => Err(vec![Problem::plain(error.message())]),
    }
}

/// The first reading of a setting that its section takes: outside files there are no quotes, so a value
/// is tried as TOML and then as text.
fn typed<R: DeserializeOwned>(setting: &Setting) -> Result<Value, String> {
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

impl<R> Merged<R> {
    /// A value that a section's own check refused, with the place where it was set. The text of such a
    /// refusal names its key; the strongest setting of that key is the place.
    #[must_use]
    pub fn refused(&self, section: &str, text: &str) -> Problem {
        let named = |setting: &&Setting| {
            setting.path.first().is_some_and(|first| first == section)
                && setting.path.last().is_some_and(|key| {
                    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').any(|word| word == key)
                })
        };
        match self.settings.iter().rfind(named) {
            Some(setting) => setting.problem(text),
            None => Problem::plain(text),
        }
    }
}
