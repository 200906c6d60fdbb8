//! The copy of a world on a server that an audit reads: one file in the data folder, one at a time, gone when the audit
//! is over, however that ends. What a killed one left, the next removes.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

use crate::{
    data::{self, DataFolder, Lock, LockError},
    exit::{Exit, Failure},
    roles::{self, Config},
    serve,
};

/// A copy, as long as this lives.
#[derive(Debug)]
pub(super) struct Copy {
    path: PathBuf,
    _lock: Lock,
}

impl Copy {
    /// Copies the world as it stands at one moment.
    ///
    /// # Errors
    /// Another audit copies, there is no room, or the database cannot be read.
    pub(super) fn make(config: &Config, data: &Path) -> Result<Self, Failure> {
        // It holds all that is known of all players.
        data::keep_private();
        let folder = DataFolder::open(data)?;
        let lock = Lock::take(&folder.audit_lock()).map_err(|error| match error {
            LockError::Held { pid } => {
                let who = pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"));
                Failure::new(Exit::TryAgain, format!("{who} audits this world: one at a time"))
            }
            LockError::Io(error) => Failure::new(Exit::Io, format!("{}: {error}", data.display())),
        })?;
        let copy = Self { path: folder.path().join(NAME), _lock: lock };
        let failed = |error: io::Error| Failure::new(Exit::Io, format!("{}: {error}", copy.path.display()));
        remove(&copy.path).map_err(failed)?;
        remove_on_signals(copy.path.clone()).map_err(failed)?;
        roles::copy_store(config, &copy.path).map_err(|stop| serve::failure(&stop))?;
        Ok(copy)
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Copy {
    fn drop(&mut self) {
        // What cannot be removed now, the next audit removes.
        let _ = remove(&self.path);
    }
}

/// The file and what SQLite may put beside it.
fn remove(path: &Path) -> io::Result<()> {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
    }
    Ok(())
}

/// Whatever signal ends this process leaves no copy.
fn remove_on_signals(path: PathBuf) -> io::Result<()> {
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
    thread::Builder::new().name("copy".to_owned()).spawn(move || {
        for signal in signals.forever() {
            let _ = remove(&path);
            // Ends the process, as if nobody had watched.
            let _ = emulate_default_handler(signal);
        }
    })?;
    Ok(())
}

/// In the data folder.
const NAME: &str = "audit.db";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_goes_with_all_that_lies_beside_it_and_none_is_no_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        for name in [NAME, "audit.db-journal", "audit.db-wal"] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        assert!(remove(&path).is_ok() && remove(&path).is_ok());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
