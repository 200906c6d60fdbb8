//! Finds and reads the layers of settings: the file, the environment, the command line.

use std::path::{Path, PathBuf};

use crate::{
    args::Source,
    exit::{Exit, Failure},
    roles::{self, Config, Raw},
    settings::{
        self,
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
}

/// Reads and checks everything.
///
/// # Errors
/// All problems in one text, exit code 78.
pub fn load(source: &Source) -> Result<Loaded, Failure> {
    let file = source.config.clone().or_else(|| find_file(&source.data));
    let content = match &file {
        None => String::new(),
        Some(path) => std::fs::read_to_string(path).map_err(|error| {
            Failure::new(Exit::Config, format!("cannot read settings from {}: {error}", path.display()))
        })?,
    };
    let name = file.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let (settings, problems) = layers(&name, &content, variables(), &source.set);
    let config = settings::checked(settings, problems, |raw: Raw| roles::check(raw, &source.data))
        .map_err(|problems| refusal(&problems))?;
    Ok(Loaded { config, file })
}

/// All layers, weakest first, and what is wrong with their form.
fn layers(
    name: &str,
    content: &str,
    variables: Vec<(String, String)>,
    arguments: &[String],
) -> (Vec<Setting>, Vec<Problem>) {
    let (mut settings, mut problems) = match source::from_file(name, content) {
        Ok(settings) => (settings, Vec::new()),
        Err(problems) => (Vec::new(), problems),
    };
    for (more, wrong) in [source::from_environment(variables), source::from_arguments(arguments)] {
        settings.extend(more);
        problems.extend(wrong);
    }
    (settings, problems)
}

fn find_file(data: &Path) -> Option<PathBuf> {
    [data.join(FILE_NAME), PathBuf::from(".").join(FILE_NAME)].into_iter().find(|path| path.is_file())
}

fn variables() -> Vec<(String, String)> {
    std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned()))
        .collect()
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
