//! `ding design check`: designers' tables judged before anybody plays by them.

use std::{io::Write, path::Path};

use crate::{
    exit::{Exit, Failure},
    roles,
    settings::problem::Problem,
};

/// Says that a folder's tables are right, or all that is wrong with them.
///
/// # Errors
/// Something is.
pub fn check(folder: Option<&Path>) -> Result<(), Failure> {
    let found =
        roles::check_design(folder).map_err(|problems| Failure::new(Exit::Config, refusal(&problems)))?;
    let _ = writeln!(std::io::stdout().lock(), "{found}: all right");
    Ok(())
}

/// All problems in one text.
#[must_use]
pub fn refusal(problems: &[Problem]) -> String {
    let mut text = match problems.len() {
        1 => "the designers' tables are wrong".to_owned(),
        n => format!("the designers' tables are wrong, {n} problems"),
    };
    for problem in problems {
        text.push_str("\n\n");
        text.push_str(&problem.to_string());
    }
    text
}
