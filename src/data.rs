//! The data folder from outside: made private, locked against a second user, its sockets' names checked.
//! What journal and database keep in it is dbfront's.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    thread,
};

use rustix::{fs::Mode, process::umask};

use crate::{
    exit::{Exit, Failure},
    roles::Seat,
};

/// From here on this process makes files and folders for its own user alone.
pub fn keep_private() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// A data folder that exists.
#[derive(Clone, Debug)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// Whether sockets in the folder have names that the system takes.
    ///
    /// # Errors
    /// They would be too long.
    pub fn check_length(path: &Path) -> Result<(), Failure> {
        Self::check_name(path, SOCKET_NAME_LONGEST)
    }

    /// The same for so many gateways.
    ///
    /// # Errors
    /// As above.
    pub fn check_gateways(path: &Path, gateways: u8) -> Result<(), Failure> {
        if 1 < gateways { Self::check_name(path, SOCKET_NAME_OF_GATEWAYS) } else { Ok(()) }
    }

    fn check_name(path: &Path, name: &str) -> Result<(), Failure> {
        let longest = Self::existing(path).run().join(name);
        let bytes = longest.as_os_str().len();
        if bytes <= SOCKET_PATH_BYTES_MAX {
            return Ok(());
        }
        Err(Failure::new(
            Exit::Config,
            format!(
                "SOCKET_PATH_TOO_LONG: {} has {bytes} bytes, sockets take {SOCKET_PATH_BYTES_MAX}. \
                 Choose a shorter --data, or start in another folder and give it relative to there.",
                longest.display()
            ),
        ))
    }

    /// Makes the folder, mode 0700, where there is none.
    ///
    /// # Errors
    /// It cannot be made, or see [`Self::check_length`].
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Self::check_length(path)?;
        let folder = Self::existing(path);
        let run = folder.run();
        DirBuilder::new().recursive(true).mode(0o700).create(&run).map_err(|error| {
            Failure::new(Exit::CannotCreate, format!("cannot make {}: {error}", run.display()))
        })?;
        Ok(folder)
    }

    /// A folder that is only looked at.
    #[must_use]
    pub fn existing(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// The folder itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether others on this machine may look into it; it may have been made by hand.
    #[must_use]
    pub fn is_open_to_others(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|meta| meta.permissions().mode() & 0o077 != 0)
    }

    /// The socket over which a process answers `ding status`.
    #[must_use]
    pub fn control_socket(&self, seat: impl Into<Seat>) -> PathBuf {
        self.run().join(format!("{}.sock", seat.into().name()))
    }

    /// The lock that a running process holds.
    #[must_use]
    pub fn role_lock(&self, seat: impl Into<Seat>) -> PathBuf {
        self.run().join(format!("{}.lock", seat.into().name()))
    }

    /// The lock that a gateway holds which lets a successor have the other.
    #[must_use]
    pub fn leaving_lock(&self, seat: Seat) -> PathBuf {
        self.run().join(format!("{}.leaving", seat.name()))
    }

    /// The socket over which `ding up` is asked to restart.
    #[must_use]
    pub fn up_socket(&self) -> PathBuf {
        self.run().join("up.sock")
    }

    /// The socket over which a console that runs alone is asked to read its settings again.
    #[must_use]
    pub fn admin_socket(&self) -> PathBuf {
        self.run().join("admin.sock")
    }

    /// Who is or was here: one of each kind, and the further gateways that left a socket.
    #[must_use]
    pub fn seats(&self) -> Vec<Seat> {
        let mut seats = Seat::all(Seat::GATEWAYS_MAX);
        seats.retain(|seat| seat.number() == 1 || self.control_socket(*seat).exists());
        seats
    }

    /// Removes what gateways beyond the last of so many have left, unless they run.
    pub fn clear_gateways_above(&self, gateways: u8) {
        for seat in (gateways + 1..=Seat::GATEWAYS_MAX).filter_map(Seat::gateway) {
            let lock = self.role_lock(seat);
            if lock.exists() && Lock::holder(&lock).is_none() {
                // What stays is only shown by `ding status`.
                let _ = std::fs::remove_file(self.control_socket(seat));
                let _ = std::fs::remove_file(lock);
            }
        }
    }

    /// The lock that `ding up` holds.
    #[must_use]
    pub fn up_lock(&self) -> PathBuf {
        self.run().join("up.lock")
    }

    /// The lock that an audit holds while it has a copy of the world.
    #[must_use]
    pub fn audit_lock(&self) -> PathBuf {
        self.run().join("audit.lock")
    }

    fn run(&self) -> PathBuf {
        self.path.join("run")
    }
}

/// A lock of this process; it ends with the process, however that ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Why there is no lock.
#[derive(Debug)]
pub enum LockError {
    /// A living process has it, with this id if it said so.
    Held {
        /// Process id.
        pid: Option<u32>,
    },
    /// The file cannot be used.
    Io(std::io::Error),
}

impl Lock {
    /// Takes the lock if it is free, and writes the own process id into it.
    ///
    /// # Errors
    /// See [`LockError`].
    pub fn take(path: &Path) -> Result<Self, LockError> {
        let mut file = open(path).map_err(LockError::Io)?;
        match file.try_lock() {
            Ok(()) => (),
            Err(TryLockError::WouldBlock) => return Err(LockError::Held { pid: pid_in(&mut file) }),
            Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
        }
        file.set_len(0).and_then(|()| writeln!(file, "{}", std::process::id())).map_err(LockError::Io)?;
        Ok(Self { _file: file })
    }

    /// Takes the lock as soon as it is free, and keeps it as long as the process lives.
    pub fn take_when_free(path: PathBuf) {
        thread::spawn(move || {
            loop {
                Self::wait_until_free(&path);
                match Self::take(&path) {
                    Ok(lock) => {
                        let _lock = lock;
                        loop {
                            thread::park();
                        }
                    }
                    // Somebody was quicker: again.
                    Err(LockError::Held { .. }) => {}
                    Err(LockError::Io(_)) => return,
                }
            }
        });
    }

    /// Who holds it, if anybody does.
    #[must_use]
    pub fn holder(path: &Path) -> Option<u32> {
        let mut file = File::open(path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => pid_in(&mut file),
            _ => None,
        }
    }

    /// Waits until nobody holds it. Blocks without bound: the caller's thread is given up with it.
    pub fn wait_until_free(path: &Path) {
        if let Ok(file) = File::open(path) {
            let _ = file.lock_shared();
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn pid_in(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(PID_BYTES_MAX).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

/// `sun_path` without its ending zero.
const SOCKET_PATH_BYTES_MAX: usize = 107;
const SOCKET_NAME_LONGEST: &str = "dbfront.link";
const SOCKET_NAME_OF_GATEWAYS: &str = "gateway-2.sock";
const PID_BYTES_MAX: u64 = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_made_private_with_all_above_it() {
        let temp = tempfile::tempdir().expect("a folder");
        let folder = DataFolder::open(&temp.path().join("a/b")).expect("made");
        assert!(!folder.is_open_to_others());
        DataFolder::open(folder.path()).expect("and used again");
    }

    #[test]
    fn a_path_too_long_for_sockets_is_refused_by_name() {
        let temp = tempfile::tempdir().expect("a folder");
        let long = temp.path().join("x".repeat(100));
        let failure = DataFolder::open(&long).expect_err("too long");
        assert_eq!(failure.exit, Exit::Config);
        assert!(failure.text.starts_with("SOCKET_PATH_TOO_LONG"), "{failure}");
        assert!(!long.exists());
    }

    #[test]
    fn a_lock_names_its_holder_and_ends_with_it() {
        let temp = tempfile::tempdir().expect("a folder");
        let path = temp.path().join("lock");
        assert_eq!(Lock::holder(&path), None);
        let held = Lock::take(&path).expect("free");
        assert_eq!(Lock::holder(&path), Some(std::process::id()));
        match Lock::take(&path) {
            Err(LockError::Held { pid }) => assert_eq!(pid, Some(std::process::id())),
            other => panic!("{other:?}"),
        }
        drop(held);
        Lock::wait_until_free(&path);
        assert_eq!(Lock::holder(&path), None);
        Lock::take(&path).expect("free again");
    }
}
