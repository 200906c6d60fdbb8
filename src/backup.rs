//! `ding backup` copies a world into a folder, `ding backup check` reads one through, `ding restore` makes a world of
//! one. What a backup is, is dbfront's.

use std::{io::Write, path::Path, time::Duration};

use proto::link::{BackupRequest, BackupResponse, control_request::What};

use crate::{
    args::operate::{Backup, BackupCommand, Restore},
    control::client::{self, AskError},
    data::{self, DataFolder, Lock},
    exit::{Exit, Failure},
    load::load,
    roles::{self, NamedStop, Role},
    serve,
};

/// A backup, in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The record at which its world stands.
    pub cursor: u64,
    /// Its last record.
    pub last: u64,
    /// Of all its files.
    pub bytes: u64,
    /// What is wrong beside it, though it is whole; empty: nothing.
    pub warning: String,
}

/// Makes one, or reads one through.
///
/// # Errors
/// The named stop by which there is none.
pub fn backup(args: &Backup) -> Result<(), Failure> {
    match (&args.command, &args.folder) {
        (Some(BackupCommand::Check { folder }), _) => {
            let about = roles::check_backup(folder).map_err(|stop| serve::failure(&stop))?;
            say(&format!("{} is whole: {}\n", folder.display(), text(&about)));
        }
        (None, Some(target)) => {
            let about = make(args, target)?;
            say(&format!("{} is made: {}\n", target.display(), text(&about)));
            if !about.warning.is_empty() {
                let _ = writeln!(std::io::stderr().lock(), "ding: {}", about.warning);
            }
        }
        // The command line is refused before.
        (None, None) => {}
    }
    Ok(())
}

/// By the dbfront that runs, or by ourselves if none does.
fn make(args: &Backup, target: &Path) -> Result<About, Failure> {
    let config = load(&args.source)?.config;
    let folder = DataFolder::existing(&args.source.data);
    let socket = folder.control_socket(Role::Dbfront);
    // What runs there has another folder to be relative to.
    let absolute = std::path::absolute(target);
    let absolute = absolute.map_err(|error| Failure::new(Exit::Usage, format!("IO: {error}")))?;
    let Some(name) = absolute.to_str() else {
        return Err(Failure::new(Exit::Usage, "a folder's name must be UTF-8"));
    };
    let mut request = BackupRequest { folder: name.to_owned(), number: 0 };
    loop {
        let asked = client::call(&socket, What::Backup(request), PATIENCE);
        let answer = match asked {
            Err(AskError::NotRunning) => break,
            Err(error) => {
                return Err(Failure::new(
                    Exit::Unavailable,
                    format!("dbfront {error}; is it made? `ding status`"),
                ));
            }
            Ok(answer) => answer,
        };
        if !answer.error.is_empty() {
            let stop = NamedStop { name: answer.error, text: answer.detail };
            return Err(serve::failure(&stop));
        }
        let BackupResponse { number, done, cursor, last, bytes, warning } = answer.backup.unwrap_or_default();
        if done {
            return Ok(About { cursor, last, bytes, warning });
        }
        request = BackupRequest { folder: String::new(), number };
    }
    data::keep_private();
    let _lock =
        Lock::take(&folder.role_lock(Role::Dbfront)).map_err(|error| serve::held(Role::Dbfront, &error))?;
    roles::back_up(&config, target).map_err(|stop| serve::failure(&stop))
}

/// Makes a world of one.
///
/// # Errors
/// The named stop by which there is none.
pub fn restore(args: &Restore) -> Result<(), Failure> {
    let config = load(&args.source)?.config;
    data::keep_private();
    let folder = DataFolder::open(&args.source.data)?;
    let _lock =
        Lock::take(&folder.role_lock(Role::Dbfront)).map_err(|error| serve::held(Role::Dbfront, &error))?;
    let restored = roles::restore(&config, &args.folder, args.to_lsn);
    let lsn = restored.map_err(|stop| serve::failure(&stop))?;
    say(&format!("restored up to record {lsn}; look with `ding audit`, then start: ding up\n"));
    Ok(())
}

fn text(about: &About) -> String {
    let About { cursor, last, bytes, .. } = about;
    let mib = bytes.div_ceil(1 << 20);
    format!("{mib} MiB; it can be restored to any record from {cursor} to {last}")
}

fn say(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Of one question: a backup takes many.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_says_to_which_records_it_goes() {
        let about = About { cursor: 7, last: 90, bytes: (1 << 20) + 1, warning: String::new() };
        assert_eq!(text(&about), "2 MiB; it can be restored to any record from 7 to 90");
    }
}
