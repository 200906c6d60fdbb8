//! `ding reload`: settings and designers' tables read again while people play. Each process judges them by itself: what is
//! wrong changes nothing there.

use std::{io::Write, time::Duration};

use proto::link::{ControlResponse, SettingsRequest, control_request::What};

use crate::{
    args::Reload,
    control::client::{AskError, call},
    data::DataFolder,
    design,
    exit::{Exit, Failure},
};

/// Asks every process of the folder that runs.
///
/// # Errors
/// Something is wrong and stays as it was, or nobody could be asked.
pub fn reload(args: &Reload) -> Result<(), Failure> {
    let folder = DataFolder::existing(&args.data);
    let mut worst: Option<Exit> = None;
    let mut is_wrong = |exit: Exit, text: String| {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
        worst = Some(worst.map_or(exit, |known| worse(known, exit)));
    };
    let seats = folder.seats().into_iter().map(|seat| (seat.name(), folder.control_socket(seat)));
    for (name, socket) in seats.chain([("up", folder.up_socket()), ("admin", folder.admin_socket())]) {
        match call(&socket, What::Settings(SettingsRequest { reload: true }), PATIENCE) {
            Ok(said) if said.error.is_empty() => {
                let _ = writeln!(std::io::stdout().lock(), "{name}: {}", became(&said));
            }
            Ok(ControlResponse { error, detail, .. }) => {
                let text = format!("{name}: {error} (see docs/OPERATING.md): {detail}");
                let exit = if error == "settings_late" { Exit::TryAgain } else { Exit::Config };
                is_wrong(exit, text);
            }
            // Whether game runs is said below.
            Err(AskError::NotRunning) => {}
            Err(error) => is_wrong(Exit::Failed, format!("{name}: {error}")),
        }
    }
    match worst {
        None => design::reload(args),
        Some(exit) => Err(Failure::new(exit, "the tables were not read: mend that first".to_owned())),
    }
}

/// Settings that are wrong stay so; who did not answer may have read them; who is late will.
fn worse(a: Exit, b: Exit) -> Exit {
    let rank = |exit: Exit| match exit {
        Exit::TryAgain => 0,
        Exit::Config => 2,
        _ => 1,
    };
    if rank(a) < rank(b) { b } else { a }
}

/// What the reading brought, in a line.
fn became(said: &ControlResponse) -> String {
    let Some(told) = &said.settings else {
        return "is of a version that reads settings at its start alone".to_owned();
    };
    let in_force = told.settings.iter().filter(|setting| told.changed.contains(&setting.key));
    let mut parts: Vec<String> =
        in_force.map(|setting| format!("{} = {} in force", setting.key, setting.value)).collect();
    let waiting = told.settings.iter().filter(|setting| setting.waiting);
    parts.extend(
        waiting.map(|setting| format!("{} = {} from its next start on", setting.key, setting.value_next)),
    );
    if parts.is_empty() { "settings as they were".to_owned() } else { parts.join(", ") }
}

/// Reading is quick; game says so in its next turn.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_are_wrong_outweigh_who_did_not_answer_and_who_is_late_in_any_order() {
        let all = [Exit::TryAgain, Exit::Failed, Exit::Config];
        for (nth, lesser) in all.into_iter().enumerate() {
            for greater in all.into_iter().skip(nth) {
                assert_eq!((worse(lesser, greater), worse(greater, lesser)), (greater, greater));
            }
        }
    }
}
