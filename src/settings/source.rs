//! The layers as flat lists of settings, each with its place: a file's text, environment variables,
//! `--set` arguments. Reads no file and no environment itself, and knows no key.

use std::ops::Range;

use toml::{
    Table, Value,
    de::{DeTable, DeValue},
};

use super::{Refusal, problem::Problem};

/// One key and its value, as one layer set it.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Section, key; nested sections have more.
    pub path: Vec<String>,
    /// What the value may mean, most likely first.
    pub readings: Vec<Value>,
    /// Where it stands.
    pub place: Place,
}

/// Where a setting was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file.
    File {
        /// As it was named.
        file: String,
        /// Its whole text.
        content: std::sync::Arc<str>,
        /// The key.
        key: Range<usize>,
        /// The value.
        value: Range<usize>,
        /// It is the console's file, not the operator's.
        by_console: bool,
    },
    /// In an environment variable of this name.
    Environment(String),
    /// On the command line.
    Argument,
}

impl Place {
    /// The layer, as it is told.
    #[must_use]
    pub fn origin(&self) -> &'static str {
        match self {
            Self::File { by_console: true, .. } => "console",
            Self::File { .. } => "file",
            Self::Environment(_) => "environment",
            Self::Argument => "argument",
        }
    }
}

/// `ding.toml:3`, `DING_GATEWAY__LISTEN`, `--set`. Lines of the console's file move with each change: it is named alone.
impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { file, by_console: true, .. } => out.write_str(file),
            Self::File { file, content, key, .. } => {
                let above = content.get(..key.start).unwrap_or_default();
                write!(out, "{file}:{}", above.matches('\n').count() + 1)
            }
            Self::Environment(variable) => out.write_str(variable),
            Self::Argument => out.write_str("--set"),
        }
    }
}

impl Setting {
    /// Where in its file the key stands.
    fn line(&self) -> usize {
        if let Place::File { key, .. } = &self.place { key.start } else { 0 }
    }

    /// Whether a refusal is about it, among others perhaps.
    #[must_use]
    pub fn is_named(&self, refusal: &Refusal) -> bool {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        self.path.first().is_some_and(|first| first == refusal.section)
            && self.path.last().is_some_and(|key| refusal.text.split(|c| !is_word(c)).any(|word| word == key))
    }

    /// Something is wrong with it, in the words of serde or of a section's check.
    #[must_use]
    pub fn problem(&self, message: &str) -> Problem {
        let path = self.path.join(".");
        let unknown = message.strip_prefix("unknown field ");
        let (text, hint) = match unknown {
            Some(rest) => {
                let mut names = rest.split('`').skip(1).step_by(2);
                let name = names.next().unwrap_or_default();
                let at = self.path.iter().position(|key| key == name).unwrap_or(0);
                let valid: Vec<&str> = names.collect();
                let what = match self.path.get(..at) {
                    None | Some([]) => "sections are".to_owned(),
                    Some(above) => format!("keys of [{}] are", above.join(".")),
                };
                (format!("unknown setting {path}"), format!("{what}: {}", valid.join(", ")))
            }
            None if message.starts_with(&path) => (plain(message), String::new()),
            None => (format!("{path}: {}", plain(message)), String::new()),
        };
        match &self.place {
            Place::File { file, content, key, value, .. } => {
                let span = if unknown.is_some() { key } else { value };
                Problem::in_file(file, content, span.clone(), &text).hint(hint)
            }
            Place::Environment(variable) => Problem::at(variable, &text).hint(hint),
            Place::Argument => Problem::at(format!("--set {path}"), &text).hint(hint),
        }
    }
}

/// The settings of a file.
///
/// # Errors
/// It is not TOML.
pub fn from_file(file: &str, content: &str) -> Result<Vec<Setting>, Vec<Problem>> {
    let refused = |error: &toml::de::Error| {
        Problem::in_file(file, content, error.span().unwrap_or(0..0), &error.message().replace('\n', ", "))
    };
    let spans = DeTable::parse(content).map_err(|error| vec![refused(&error)])?;
    let values: Table = toml::from_str(content).map_err(|error| vec![refused(&error)])?;
    let mut walk = Walk { file, content: content.into(), path: Vec::new(), settings: Vec::new() };
    walk.table(spans.get_ref(), &values);
    walk.settings.sort_by_key(Setting::line);
    Ok(walk.settings)
}

/// The settings of the console's own file.
///
/// # Errors
/// It is not TOML.
pub fn from_console(file: &str, content: &str) -> Result<Vec<Setting>, Vec<Problem>> {
    let mut settings = from_file(file, content)?;
    for setting in &mut settings {
        if let Place::File { by_console, .. } = &mut setting.place {
            *by_console = true;
        }
    }
    Ok(settings)
}

struct Walk<'a> {
    file: &'a str,
    content: std::sync::Arc<str>,
    path: Vec<String>,
    settings: Vec<Setting>,
}

impl Walk<'_> {
    /// The same table twice: once for the places, once for the values.
    fn table(&mut self, spans: &DeTable<'_>, values: &Table) {
        for (key, span) in spans {
            let Some(value) = values.get(key.get_ref().as_ref()) else { continue };
            self.path.push(key.get_ref().clone().into_owned());
            match (span.get_ref(), value) {
                (DeValue::Table(inner_spans), Value::Table(inner)) if !inner.is_empty() => {
                    self.table(inner_spans, inner);
                }
                _ => self.settings.push(Setting {
                    path: self.path.clone(),
                    readings: vec![value.clone()],
                    place: Place::File {
                        file: self.file.to_owned(),
                        content: self.content.clone(),
                        key: key.span(),
                        value: span.span(),
                        by_console: false,
                    },
                }),
            }
            self.path.pop();
        }
    }
}

/// The settings among environment variables: all whose name begins with `DING_`; and those of them that are
/// not `DING_SECTION__KEY`.
#[must_use]
pub fn from_environment(
    variables: impl IntoIterator<Item = (String, String)>,
) -> (Vec<Setting>, Vec<Problem>) {
    let mut settings = Vec::new();
    let mut problems = Vec::new();
    for (name, text) in variables {
        let Some(rest) = name.strip_prefix(VARIABLE_PREFIX) else { continue };
        let path: Vec<String> = rest.split("__").map(str::to_ascii_lowercase).collect();
        if path.len() < 2 || path.iter().any(String::is_empty) {
            problems.push(
                Problem::at(name, "unknown variable")
                    .hint("DING_ variables are settings: DING_SECTION__KEY, as in DING_GATEWAY__LISTEN"),
            );
            continue;
        }
        settings.push(Setting { path, readings: readings(&text), place: Place::Environment(name) });
    }
    settings.sort_by(|a, b| a.path.cmp(&b.path));
    problems.sort_by(|a, b| a.place.cmp(&b.place));
    (settings, problems)
}

/// The settings of `--set SECTION.KEY=VALUE` arguments, and those of another form.
#[must_use]
pub fn from_arguments(arguments: &[String]) -> (Vec<Setting>, Vec<Problem>) {
    let mut settings = Vec::new();
    let mut problems = Vec::new();
    for argument in arguments {
        let (name, text) = argument.split_once('=').unwrap_or((argument, ""));
        let path: Vec<String> = name.split('.').map(|key| key.trim().to_owned()).collect();
        if path.len() < 2 || path.iter().any(String::is_empty) || !argument.contains('=') {
            problems.push(
                Problem::at(format!("--set {argument}"), "not a setting")
                    .hint("write --set section.key=value, as in --set gateway.listen=127.0.0.1:7100"),
            );
            continue;
        }
        settings.push(Setting { path, readings: readings(text), place: Place::Argument });
    }
    (settings, problems)
}

/// What a value without a file around it may mean, most likely first: as TOML if it is that, and as text.
#[must_use]
pub fn readings(text: &str) -> Vec<Value> {
    let as_toml = toml::from_str::<Table>(&format!("v = {text}")).ok().and_then(|mut table| {
        // A line break could smuggle in further keys.
        if table.len() == 1 { table.remove("v") } else { None }
    });
    as_toml.into_iter().chain([Value::String(text.to_owned())]).collect()
}

/// Serde's words for types, as people say them.
fn plain(message: &str) -> String {
    let mut text = message.to_owned();
    for (serde, people) in WORDS {
        text = text.replace(serde, people);
    }
    text
}

const VARIABLE_PREFIX: &str = "DING_";
const WORDS: &[(&str, &str)] = &[
    ("expected usize", "expected a whole number"),
    ("expected u64", "expected a whole number"),
    ("expected u32", "expected a whole number"),
    ("expected u16", "expected a whole number"),
    ("expected u8", "expected a whole number"),
    ("expected i64", "expected a whole number"),
    ("expected f64", "expected a number"),
    ("expected a boolean", "expected true or false"),
    ("invalid socket address syntax", "expected address:port, as in 127.0.0.1:7000"),
    ("expected socket address", "expected \"address:port\", as in \"127.0.0.1:7000\""),
];
