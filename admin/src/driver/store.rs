//! The console's own folder, `DATA/console/`: the list of staff, written beside and renamed; the audit log, synced line by
//! line; the lock, which says who has it. Every call blocks. Knows no staff and no deed.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};
use serde::{Deserialize, Serialize};

use crate::{
    error::Error,
    logic::{gifts::Gifts, staff::Roster},
};

/// The folder, which nobody else has as long as this lives.
#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    /// Held; says who holds it once it serves.
    lock: File,
}

/// A console of a folder that serves, as it said of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Of the process that it is in.
    pub pid: u32,
    /// `up` or `admin`: which command that is.
    pub inside: String,
    /// Where it is.
    pub url: String,
    /// Its build.
    pub version: String,
    /// Milliseconds since 1970.
    pub since_ms: u64,
}

impl Store {
    /// Makes the folder where there is none, and takes its lock.
    ///
    /// # Errors
    /// Another console has it, or a file cannot be made.
    pub(super) fn open(data: &Path) -> Result<Self, Error> {
        let folder = data.join("console");
        let named = |path: &Path| {
            let path = path.to_owned();
            move |error| Error::Io { path, error }
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(named(&folder))?;
        let path = folder.join(LOCK);
        let lock = private().read(true).create(true).truncate(false).open(&path).map_err(named(&path))?;
        match lock.try_lock() {
            // What another one said that was killed.
            Ok(()) => lock.set_len(0).map(|()| Self { folder, lock }).map_err(named(&path)),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::Running),
            Err(std::fs::TryLockError::Error(error)) => Err(Error::Io { path, error }),
        }
    }

    /// Says who has the folder, for whoever asks [`running`]. Nobody's serving hangs on it.
    pub(super) fn tell(&self, running: &Running) -> io::Result<()> {
        let mut file = &self.lock;
        file.write_all(&serde_json::to_vec(running)?)
    }

    /// The list of staff; nobody where there is no file.
    ///
    /// # Errors
    /// The file is something else.
    pub(super) fn staff(&self) -> Result<Roster, Error> {
        staff_in(&self.folder)
    }

    /// Replaces the list: when it returns, the new one is on the disk, or still the old one.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn save_staff(&self, roster: &Roster) -> io::Result<()> {
        self.replace(STAFF, &serde_json::to_vec_pretty(roster)?)
    }

    /// What staff gives; nothing where there is no file.
    ///
    /// # Errors
    /// The file is something else.
    pub(super) fn gifts(&self) -> Result<Gifts, Error> {
        let path = self.folder.join(GIFTS);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Gifts::default()),
            Err(error) => return Err(Error::Io { path, error }),
        };
        let wrong = |error| Error::Io { path, error: io::Error::new(io::ErrorKind::InvalidData, error) };
        serde_json::from_slice(&text).map_err(wrong)
    }

    /// Replaces it, as [`Self::save_staff`] does its list.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn save_gifts(&self, gifts: &Gifts) -> io::Result<()> {
        self.replace(GIFTS, &serde_json::to_vec_pretty(gifts)?)
    }

    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = self.folder.join(format!("{name}.new"));
        let mut file = private().create(true).truncate(true).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, self.folder.join(name))?;
        File::open(&self.folder)?.sync_all()
    }

    /// Where the audit log is.
    pub(super) fn audit(&self) -> PathBuf {
        self.folder.join("audit.log")
    }
}

impl Drop for Store {
    /// Whoever looks does not have to find out that nobody holds the lock.
    fn drop(&mut self) {
        let _ = self.lock.set_len(0);
    }
}

/// As [`Store::staff`], for somebody who only looks.
///
/// # Errors
/// The file cannot be read, or is something else.
pub(super) fn staff_in(folder: &Path) -> Result<Roster, Error> {
    let path = folder.join(STAFF);
    let text = match std::fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Roster::default()),
        Err(error) => return Err(Error::Io { path, error }),
    };
    serde_json::from_slice(&text).map_err(|error| Error::Staff { path, what: error.to_string() })
}

/// The console that serves a data folder; nothing: none does. The lock is not touched before what was said in it is of a
/// process that lives: whoever looks at the wrong moment would keep a console from starting.
#[must_use]
pub fn running(data: &Path) -> Option<Running> {
    let path = data.join("console").join(LOCK);
    let said: Running = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
    let pid = i32::try_from(said.pid).ok().and_then(Pid::from_raw)?;
    if test_kill_process(pid) == Err(Errno::SRCH) {
        return None;
    }
    let held = File::open(&path).ok()?.try_lock_shared();
    matches!(held, Err(std::fs::TryLockError::WouldBlock)).then_some(said)
}

/// To write a file that is nobody else's.
pub(super) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).mode(0o600);
    options
}

const LOCK: &str = "lock";
const STAFF: &str = "staff.json";
const GIFTS: &str = "gifts.json";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::logic::{role::Role, staff::Member};

    #[test]
    fn a_list_is_there_again_private_and_of_one_console_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::open(folder.path()).expect("opened");
        assert!(store.staff().expect("none").is_empty());
        let roster = Roster::default().with("anna", Member::new(Role::Owner, "phc".to_owned(), 5));
        store.save_staff(&roster.expect("a name")).expect("saved");
        assert!(matches!(Store::open(folder.path()), Err(Error::Running)));
        drop(store);
        let store = Store::open(folder.path()).expect("free again");
        assert!(store.staff().expect("read").active("anna").is_some());
        let mode = |path: &str| {
            std::fs::metadata(folder.path().join(path)).expect("there").permissions().mode() & 0o777
        };
        assert_eq!((mode("console"), mode("console/staff.json")), (0o700, 0o600));
        std::fs::write(folder.path().join("console/staff.json"), "{\"staff\":{}").expect("written");
        assert_eq!(store.staff().map(drop).map_err(|error| error.code()), Err("CONSOLE_STAFF"));
    }
}
