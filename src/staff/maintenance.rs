//! `ding maintenance`, and the file in the data folder that makes it outlast a restart. The file comes first:
//! a game that starts reads it, a game that runs is told.

use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use proto::link::{StaffMaintenance, staff_request::What};

use super::link::Game;
use crate::{
    args::staff::{Maintenance, Wish},
    exit::{Exit, Failure},
};

/// Switches it on or off.
///
/// # Errors
/// The file cannot be written, or game refused.
pub fn maintenance(args: &Maintenance) -> Result<(), Failure> {
    let data = &args.place.data;
    let on = args.wish == Wish::On;
    write(data, on, &args.reason)
        .map_err(|error| Failure::new(Exit::Io, format!("{}: {error}", file(data).display())))?;
    let wish = StaffMaintenance { on, reason: args.reason.clone(), kick: args.kick };
    let runs = match Game::of(data).ask(What::Maintenance(wish)) {
        Ok(_) => "",
        Err(failure) if failure.exit == Exit::Unavailable => ", from the next start of game on",
        Err(failure) => return Err(half_done(on, &failure)),
    };
    let word = if on { "only game.maintenance_accounts may log in" } else { "everybody may log in" };
    let _ = writeln!(io::stdout().lock(), "maintenance {}: {word}{runs}", if on { "on" } else { "off" });
    Ok(())
}

/// The file is changed and the running game is not: both are said, for either alone would mislead.
fn half_done(on: bool, failure: &Failure) -> Failure {
    let word = if on { "on" } else { "off" };
    let text = format!(
        "maintenance is {word} from the next start of game on; the running game did not confirm it: {}",
        failure.text
    );
    Failure::new(failure.exit, text)
}

/// Whether game begins with only staff let in, and why.
///
/// # Errors
/// The file is there and cannot be read.
pub fn kept(data: &Path) -> io::Result<Option<String>> {
    match std::fs::read(file(data)) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let line = text.lines().next().unwrap_or_default();
            let mut reason: String = line.chars().filter(|c| !c.is_control()).collect();
            reason.truncate(reason.floor_char_boundary(REASON_BYTES_MAX));
            Ok(Some(reason))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes the next start of game begin so.
///
/// # Errors
/// The file cannot be written, or not be taken away.
pub fn write(data: &Path, on: bool, reason: &str) -> io::Result<()> {
    if on { keep(data, reason) } else { forget(data) }
}

fn keep(data: &Path, reason: &str) -> io::Result<()> {
    let new = data.join("maintenance.new");
    let mut out = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    writeln!(out, "{reason}")?;
    out.sync_all()?;
    std::fs::rename(&new, file(data))?;
    File::open(data)?.sync_all()
}

fn forget(data: &Path) -> io::Result<()> {
    match std::fs::remove_file(file(data)) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Err(_) | Ok(()) => File::open(data)?.sync_all(),
    }
}

fn file(data: &Path) -> PathBuf {
    data.join("maintenance")
}

const REASON_BYTES_MAX: usize = proto::limits::STAFF_REASON_BYTES_MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_game_that_refuses_leaves_nobody_in_doubt_about_its_next_start() {
        let failure = half_done(true, &Failure::new(Exit::Io, "too_late"));
        assert_eq!(failure.exit, Exit::Io);
        assert!(failure.text.contains("on from the next start") && failure.text.ends_with("too_late"));
    }

    #[test]
    fn what_is_kept_is_read_again_until_it_is_forgotten() {
        let data = tempfile::tempdir().expect("a folder");
        assert_eq!(kept(data.path()).expect("readable"), None);
        keep(data.path(), "back at noon").expect("written");
        assert_eq!(kept(data.path()).expect("readable").as_deref(), Some("back at noon"));
        keep(data.path(), "").expect("written");
        assert_eq!(kept(data.path()).expect("readable").as_deref(), Some(""));
        forget(data.path()).expect("removed");
        forget(data.path()).expect("was gone");
        assert_eq!(kept(data.path()).expect("readable"), None);
    }
}
