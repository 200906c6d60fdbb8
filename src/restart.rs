//! `ding restart`: asks the `ding up` of a data folder to replace processes, and shows what comes of it.

use std::{io::Write, path::Path, time::Duration};

use proto::link::{ControlResponse, RestartRequest, control_request::What};

use crate::{
    args::operate::Restart,
    control::client::{AskError, call},
    data::DataFolder,
    exit::Failure,
    roles::NamedStop,
    serve,
};

/// Returns when it is done.
///
/// # Errors
/// `UP_NOT_RUNNING`, `RESTART_UNDER_WAY`, or `RESTART_FAILED` with the reason.
pub fn restart(args: &Restart) -> Result<(), Failure> {
    let socket = DataFolder::existing(&args.data).up_socket();
    let begin = RestartRequest { what: args.what.name().to_owned(), ..RestartRequest::default() };
    let begun = call(&socket, What::Restart(begin), PATIENCE).map_err(|error| match error {
        AskError::NotRunning => stop(
            "UP_NOT_RUNNING",
            format!("no ding up runs on {}; what runs without it is restarted by hand", args.data.display()),
        ),
        error => failed(format!("ding up: {error}")),
    })?;
    let number = answered(&begun)?;
    let mut seen = 0;
    loop {
        let news = hear(&socket, number, seen)?;
        let Some(restart) = &news.restart else { return Err(failed("ding up answered with something else")) };
        for line in &restart.lines {
            let _ = writeln!(std::io::stdout().lock(), "{line}");
        }
        seen += u32::try_from(restart.lines.len()).unwrap_or(u32::MAX);
        answered(&news)?;
        if restart.done {
            return Ok(());
        }
    }
}

fn hear(socket: &Path, number: u64, seen: u32) -> Result<ControlResponse, Failure> {
    let request = RestartRequest { what: String::new(), number, seen };
    call(socket, What::Restart(request), PATIENCE).map_err(|error| failed(format!("ding up: {error}")))
}

/// The number of the restart, unless there is an error.
fn answered(answer: &ControlResponse) -> Result<u64, Failure> {
    if answer.error.is_empty() {
        return Ok(answer.restart.as_ref().map_or(0, |restart| restart.number));
    }
    Err(stop(&answer.error, answer.detail.clone()))
}

fn failed(text: impl Into<String>) -> Failure {
    stop("RESTART_FAILED", text.into())
}

fn stop(name: &str, text: String) -> Failure {
    serve::failure(&NamedStop { name: name.to_owned(), text })
}

/// Of one question: a restart takes several.
const PATIENCE: Duration = Duration::from_secs(10);
