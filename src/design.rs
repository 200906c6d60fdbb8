//! `ding design check`: designers' tables judged before anybody plays by them; and put in force while somebody does, as a part
//! of `ding reload`.

use std::{io::Write, path::Path, time::Duration};

use proto::link::{ReloadRequest, control_request::What};

use crate::{
    args::Reload,
    control::client::{AskError, call},
    data::DataFolder,
    exit::{Exit, Failure},
    roles::{self, Role},
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

/// Asks the running game to go by its folder's tables as they are now.
///
/// # Errors
/// They are wrong and the old ones stay, or nobody could be asked.
pub fn reload(args: &Reload) -> Result<(), Failure> {
    let socket = DataFolder::existing(&args.data).control_socket(Role::Game);
    let response = call(&socket, What::Reload(ReloadRequest {}), PATIENCE).map_err(|error| {
        let exit = if matches!(error, AskError::NotRunning) { Exit::Unavailable } else { Exit::Failed };
        Failure::new(exit, format!("game of {}: {error}", args.data.display()))
    })?;
    let detail = response.detail;
    match response.error.as_str() {
        "" => {
            let _ = writeln!(std::io::stdout().lock(), "{detail}: in force");
            Ok(())
        }
        // The bundled ones are what they are.
        "design_no_folder" => Ok(()),
        "design_away" | "design_late" => Err(Failure::new(Exit::TryAgain, detail)),
        code => Err(Failure::new(
            Exit::Config,
            format!("{detail}\n\n{code}: the tables in force stay as they are"),
        )),
    }
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
        let problem = problem.to_string();
        if REFUSAL_BYTES_MAX < text.len() + problem.len() {
            text.push('…');
            break;
        }
        text.push_str(&problem);
    }
    text
}

/// Reading and judging a folder takes less than a second; a turn takes milliseconds.
const PATIENCE: Duration = Duration::from_secs(15);
/// Fits into one answer over a control socket.
const REFUSAL_BYTES_MAX: usize = 32 * 1024;
