//! `ding restart`: asks the `ding up` of a data folder to replace processes, shows what comes of it, and names what it does
//! not replace.

use std::{io::Write, path::Path, time::Duration};

use admin::Running;
use proto::link::{ControlResponse, RestartRequest, control_request};

use crate::{
    args::operate::{Restart, What},
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
    let folder = DataFolder::existing(&args.data);
    let socket = folder.up_socket();
    let begin = RestartRequest { what: args.what.name().to_owned(), ..RestartRequest::default() };
    let begun =
        call(&socket, control_request::What::Restart(begin), PATIENCE).map_err(|error| match error {
            AskError::NotRunning => stop(
                "UP_NOT_RUNNING",
                format!(
                    "no ding up runs on {}; what runs without it is restarted by hand",
                    args.data.display()
                ),
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
            if args.what == What::All {
                let kept = kept(&news, admin::running(folder.path()).as_ref());
                let _ = write!(std::io::stdout().lock(), "{kept}");
            }
            return Ok(());
        }
    }
}

/// What runs on as it was, for whoever asked for all.
fn kept(up: &ControlResponse, console: Option<&Running>) -> String {
    let ControlResponse { pid, version, .. } = up;
    let until = "until it is stopped and started again";
    let up = format!("up: process {pid} stays, of version {version}, {until}\n");
    let console = console.map(|console| {
        let Running { pid, inside, version, .. } = console;
        if inside == "up" {
            format!("console: part of ding up, stays of version {version} as long\n")
        } else {
            format!("console: ding {inside}, process {pid}, stays of version {version} {until}\n")
        }
    });
    up + &console.unwrap_or_default()
}

fn hear(socket: &Path, number: u64, seen: u32) -> Result<ControlResponse, Failure> {
    let request = RestartRequest { what: String::new(), number, seen };
    call(socket, control_request::What::Restart(request), PATIENCE)
        .map_err(|error| failed(format!("ding up: {error}")))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_replaced_is_named_with_its_version() {
        let up = ControlResponse { pid: 7, version: "1".to_owned(), ..ControlResponse::default() };
        let console = |inside: &str| Running {
            pid: 8,
            inside: inside.to_owned(),
            url: String::new(),
            version: "1".to_owned(),
            since_ms: 0,
        };
        let own = "up: process 7 stays, of version 1, until it is stopped and started again\n";
        assert_eq!(kept(&up, None), own);
        let within = kept(&up, Some(&console("up")));
        assert_eq!(within, format!("{own}console: part of ding up, stays of version 1 as long\n"));
        let alone = kept(&up, Some(&console("admin")));
        assert!(alone.ends_with(
            "console: ding admin, process 8, stays of version 1 until it is stopped and started again\n"
        ));
    }
}
