//! Finds and reads the layers of settings: the file, the environment, the command line.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use crate::{
    args::Source,
    exit::{Exit, Failure},
    live,
    roles::{self, Config, Raw},
    settings::{
        self,
        held::Said,
        problem::Problem,
        source::{self, Setting},
    },
};

/// Settings in force, and from which file some of them came.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// All sections.
    pub config: Config,
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// What is set somewhere, by key.
    pub said: BTreeMap<String, Said>,
}

/// All layers as they are now, weakest first, and what is wrong with their form.
#[derive(Clone, Debug)]
pub struct Layers {
    /// The file, if there is one.
    pub file: Option<PathBuf>,
    /// Of all layers.
    pub settings: Vec<Setting>,
    problems: Vec<Problem>,
}

/// Reads and checks everything.
///
/// # Errors
/// All problems in one text, exit code 78.
pub fn load(source: &Source) -> Result<Loaded, Failure> {
    attempt(source)?.map_err(|problems| refusal(&problems))
}

/// The same while the process runs: what is wrong goes into its log and to whoever asked, so nothing is quoted from a file.
///
/// # Errors
/// A line for each problem: its place and what is wrong.
pub fn load_again(source: &Source) -> Result<Loaded, String> {
    let line = |problem: &Problem| match problem.place.as_str() {
        "" => problem.text.clone(),
        place => format!("{place}: {}", problem.text),
    };
    let lines = |problems: Vec<Problem>| problems.iter().map(line).collect::<Vec<_>>().join("\n");
    attempt(source).map_err(|failure| failure.text)?.map_err(lines)
}

fn attempt(source: &Source) -> Result<Result<Loaded, Vec<Problem>>, Failure> {
    let kept = live::read(&source.data)?;
    let layers = read(source, &kept)?;
    let (file, said) = (layers.file.clone(), settings::said::<Raw>(&layers.settings));
    Ok(check(layers, &source.data).map(|config| Loaded { config, file, said }))
}

/// Checks everything together.
///
/// # Errors
/// All problems.
pub fn check(layers: Layers, data: &Path) -> Result<Config, Vec<Problem>> {
    settings::checked(layers.settings, layers.problems, |raw: Raw| roles::check(raw, data))
}

/// Reads all layers, with `kept` in the place of the console's file.
///
/// # Errors
/// The settings file cannot be read.
pub fn read(source: &Source, kept: &str) -> Result<Layers, Failure> {
    let file = source.config.clone().or_else(|| find_file(&source.data));
    let content = match &file {
        None => String::new(),
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Failure::new(Exit::Config, format!("cannot read settings from {}: {error}", path.display()))
        })?,
    };
    let name = file.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let of_file = |read: Result<Vec<Setting>, Vec<Problem>>| match read {
        Ok(settings) => (settings, Vec::new()),
        Err(problems) => (Vec::new(), problems),
    };
    let kept_name = live::path(&source.data).display().to_string();
    let (mut settings, mut problems) = (Vec::new(), Vec::new());
    for (more, wrong) in [
        of_file(source::from_file(&name, &content)),
        of_file(source::from_console(&kept_name, kept)),
        source::from_environment(variables()),
        source::from_arguments(&source.set),
    ] {
        settings.extend(more);
        problems.extend(wrong);
    }
    Ok(Layers { file, settings, problems })
}

fn find_file(data: &Path) -> Option<PathBuf> {
    [data.join(FILE_NAME), PathBuf::from(".").join(FILE_NAME)].into_iter().find(|path| path.is_file())
}

#[cfg(not(test))]
fn variables() -> Vec<(String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
}

/// What whoever runs a unit test has set is not meant for it.
#[cfg(test)]
fn variables() -> Vec<(String, String)> {
    Vec::new()
}

fn refusal(problems: &[Problem]) -> Failure {
    let mut text = match problems.len() {
        1 => "wrong configuration".to_owned(),
        n => format!("wrong configuration, {n} problems"),
    };
    for problem in problems {
        text.push_str("\n\n");
        text.push_str(&problem.to_string());
    }
    text.push_str("\n\nAll settings with their defaults: ding config");
    Failure::new(Exit::Config, text)
}

const FILE_NAME: &str = "ding.toml";
