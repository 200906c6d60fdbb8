//! `ding status` and `ding stop`: asks each role of a data folder.

mod room;

use std::{io::Write, path::Path, sync::mpsc::sync_channel, thread, time::Duration};

use proto::link::{ControlResponse, Figure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Map, Value, json};

use admin::Running;

use crate::{
    args::{Status, Stop},
    clock,
    control::client::{AskError, Question, ask},
    data::{DataFolder, Lock},
    exit::{Exit, Failure},
    roles::Seat,
};

/// Prints the state of all processes.
///
/// # Errors
/// Not all are ready.
pub fn status(args: &Status) -> Result<(), Failure> {
    let folder = DataFolder::existing(&args.data);
    let seats = folder.seats().into_iter();
    let rows: Vec<Row> =
        seats.map(|seat| (seat, ask(&folder.control_socket(seat), Question::Status))).collect();
    let console = admin::running(folder.path());
    let text = if args.json {
        format!("{}\n", as_json(&rows, console.as_ref()))
    } else {
        table(&rows) + &console_line(console.as_ref(), wall_ms())
    };
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
    let reachable = rows.iter().filter(|(_, answer)| answer.is_ok()).count();
    let ready = rows.iter().filter(|(_, answer)| matches!(answer, Ok(answer) if answer.ready)).count();
    match (reachable, ready) {
        (0, _) => Err(Failure::new(
            Exit::Unavailable,
            format!("nothing runs on {}. Start it: ding up --data {0}", args.data.display()),
        )),
        (_, ready) if ready == rows.len() => Ok(()),
        _ => Err(Failure::new(Exit::Degraded, "")),
    }
}

type Row = (Seat, Result<ControlResponse, AskError>);

fn as_json(rows: &[Row], console: Option<&Running>) -> Value {
    let roles: Vec<Value> = rows.iter().map(|(seat, answer)| row_json(*seat, answer)).collect();
    let ready = rows.iter().all(|(_, answer)| matches!(answer, Ok(answer) if answer.ready));
    let console = console.map(|it| {
        json!({
            "pid": it.pid, "inside": it.inside, "url": it.url, "version": it.version, "since_ms": it.since_ms,
        })
    });
    json!({ "ready": ready, "roles": roles, "console": console })
}

/// Where it is, below the processes: nothing of them hangs on it.
fn console_line(console: Option<&Running>, now_ms: u64) -> String {
    let Some(Running { pid, inside, url, version, since_ms }) = console else {
        return "console: none serves\n".to_owned();
    };
    let up = uptime(now_ms.saturating_sub(*since_ms));
    format!("console: {url} of ding {inside}, process {pid}, version {version}, up {up}\n")
}

fn wall_ms() -> u64 {
    u64::try_from(clock::wall().as_millis()).unwrap_or(u64::MAX)
}

fn row_json(seat: Seat, answer: &Result<ControlResponse, AskError>) -> Value {
    let (role, process) = (seat.role().name(), seat.name());
    match answer {
        Err(error) => json!({
            "role": role, "process": process, "reachable": false, "ready": false, "state": error.to_string(),
        }),
        Ok(answer) => {
            let figures: Map<String, Value> =
                answer.figures.iter().map(|figure| (figure.name.clone(), figure.value.into())).collect();
            json!({
                "role": role, "process": process, "reachable": true, "ready": answer.ready, "state": answer.state,
                "pid": answer.pid, "up_ms": answer.up_ms, "version": answer.version, "figures": figures,
                "level": room::level(&answer.figures).map(proto::level::Level::name),
            })
        }
    }
}

fn table(rows: &[Row]) -> String {
    let width = rows.iter().map(|(seat, _)| seat.name().len() + 1).fold(9, usize::max);
    let mut text = format!("{:<width$}{:<7}{:<24}{:<9}{}\n", "PROCESS", "READY", "STATE", "PID", "UP");
    for (seat, answer) in rows {
        let name = seat.name();
        match answer {
            Err(error) => text.push_str(&format!("{name:<width$}{:<7}{error}\n", "no")),
            Ok(answer) => {
                let ready = if answer.ready { "yes" } else { "no" };
                let up = uptime(answer.up_ms);
                let line = format!("{name:<width$}{ready:<7}{:<24}{:<9}{up}\n", answer.state, answer.pid);
                text.push_str(&line);
                if let Some(room) = room::line(&answer.figures) {
                    text.push_str(&format!("         {room}\n"));
                }
                text.push_str(&figures(&answer.figures));
            }
        }
    }
    text
}

/// Figures that are not zero, in lines of some length under their role.
fn figures(figures: &[Figure]) -> String {
    let mut text = String::new();
    let mut line = String::new();
    for figure in figures.iter().filter(|figure| figure.value != 0) {
        let word = format!("{} {}", figure.name, figure.value);
        if line.len() + word.len() > FIGURES_LINE_CHARS {
            text.push_str(&format!("         {line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push_str(" · ");
        }
        line.push_str(&word);
    }
    if !line.is_empty() {
        text.push_str(&format!("         {line}\n"));
    }
    text
}

fn uptime(ms: u64) -> String {
    let seconds = ms / 1_000;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3_600 % 24),
    }
}

/// Stops what runs on a data folder and waits until it has.
///
/// # Errors
/// Nothing runs, or it did not stop in time.
pub fn stop(args: &Stop) -> Result<(), Failure> {
    let folder = DataFolder::existing(&args.data);
    let lock = folder.up_lock();
    if let Some(pid) = Lock::holder(&lock) {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid {
            kill_process(pid, Signal::TERM).map_err(|error| {
                Failure::new(Exit::Failed, format!("cannot signal process {}: {error}", pid.as_raw_nonzero()))
            })?;
        }
        return wait(&lock, "ding up");
    }
    let mut stopped = 0;
    for seat in folder.seats().into_iter().rev() {
        match ask(&folder.control_socket(seat), Question::Stop) {
            Ok(_) => {
                wait(&folder.role_lock(seat), seat.name())?;
                stopped += 1;
            }
            Err(AskError::NotRunning) => (),
            Err(error) => {
                return Err(Failure::new(Exit::Failed, format!("{}: {error}", seat.name())));
            }
        }
    }
    if stopped == 0 {
        return Err(Failure::new(Exit::Unavailable, format!("nothing runs on {}", args.data.display())));
    }
    Ok(())
}

fn wait(lock: &Path, who: &str) -> Result<(), Failure> {
    let (done, free) = sync_channel(1);
    let path = lock.to_owned();
    thread::spawn(move || {
        Lock::wait_until_free(&path);
        let _ = done.send(());
    });
    free.recv_timeout(STOP_MAX).map_err(|_| {
        Failure::new(Exit::Failed, format!("{who} has not stopped after {} s", STOP_MAX.as_secs()))
    })
}

/// Ten seconds for each of three roles, and some to spare.
const STOP_MAX: Duration = Duration::from_secs(40);
const FIGURES_LINE_CHARS: usize = 90;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::Role;

    fn answer(ready: bool) -> ControlResponse {
        let figure = |name: &str, value| Figure { name: name.to_owned(), value };
        ControlResponse {
            ready,
            state: "ready".to_owned(),
            pid: 42,
            up_ms: 61_000,
            figures: vec![figure("connections", 3), figure("dropped", 0), figure("bytes_in", 9)],
            ..ControlResponse::default()
        }
    }

    #[test]
    fn the_table_shows_every_role_and_what_is_not_zero() {
        let rows = [(Role::Dbfront.into(), Ok(answer(true))), (Role::Game.into(), Err(AskError::NotRunning))];
        assert_eq!(
            table(&rows),
            "PROCESS  READY  STATE                   PID      UP\n\
             dbfront  yes    ready                   42       1 min 1 s\n         \
             connections 3 · bytes_in 9\n\
             game     no     not running\n"
        );
    }

    #[test]
    fn the_console_is_named_with_its_place_and_its_version() {
        let console = Running {
            pid: 7,
            inside: "up".to_owned(),
            url: "http://127.0.0.1:7080".to_owned(),
            version: "0.7.0".to_owned(),
            since_ms: 1_000,
        };
        assert_eq!(
            console_line(Some(&console), 62_000),
            "console: http://127.0.0.1:7080 of ding up, process 7, version 0.7.0, up 1 min 1 s\n"
        );
        assert_eq!(console_line(None, 62_000), "console: none serves\n");
        assert_eq!(as_json(&[], Some(&console))["console"]["url"], "http://127.0.0.1:7080");
    }

    #[test]
    fn the_document_is_ready_only_if_all_are() {
        let rows = [(Role::Dbfront.into(), Ok(answer(true))), (Role::Game.into(), Ok(answer(false)))];
        let value = as_json(&rows, None);
        assert_eq!(value["console"], Value::Null);
        assert_eq!(value["ready"], false);
        assert_eq!(value["roles"][0]["figures"]["dropped"], 0);
        assert_eq!(value["roles"][1]["role"], "game");
    }
}
