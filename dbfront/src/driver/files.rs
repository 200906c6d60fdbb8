//! The journal's folder on a real file system: exclusive while it is written, positioned reads and writes, and
//! both kinds of sync. Knows nothing of what the bytes mean.

#[cfg(test)]
mod tests;

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io,
    os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use crate::{
    failpoint::point,
    logic::{disk::Disk, recovery::LOCK_NAME},
};

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// There is no such folder.
    #[error("there is no journal folder {}; `init` makes one", .0.display())]
    Absent(PathBuf),
    /// Another process writes here (E1).
    #[error("another process writes the journal in {}", .0.display())]
    Locked(PathBuf),
    /// The system refuses.
    #[error("journal folder {}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl FilesError {
    /// Stable name.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Absent(_) => "JOURNAL_ABSENT",
            Self::Locked(_) => "WRITER_EXISTS",
            Self::Io { .. } => "JOURNAL_FAILED",
        }
    }
}

/// An open folder.
#[derive(Debug)]
pub struct Files {
    path: PathBuf,
    folder: File,
    /// Most recently used last.
    open: Vec<(String, File)>,
    /// Held until this value goes; readers have none.
    lock: Option<File>,
}

impl Files {
    /// Makes the folder, with mode 0700 and durable in its parent, if it is not there; then as
    /// [`open`](Self::open).
    ///
    /// # Errors
    /// `Locked`, `Io`.
    pub fn create(path: &Path) -> Result<Self, FilesError> {
        let failed = |source| FilesError::Io { path: path.to_owned(), source };
        match DirBuilder::new().mode(0o700).create(path) {
            Ok(()) => {
                let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
                let parent = File::open(parent.unwrap_or(Path::new("."))).map_err(failed)?;
                parent.sync_all().map_err(failed)?;
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
        }
        Self::open(path)
    }

    /// For the one writer: holds the folder's lock as long as it lives.
    ///
    /// # Errors
    /// `Absent`, `Locked`, `Io`.
    pub fn open(path: &Path) -> Result<Self, FilesError> {
        let failed = |source| FilesError::Io { path: path.to_owned(), source };
        let mut files = Self::open_to_read(path)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let lock = options.open(path.join(LOCK_NAME)).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FilesError::Locked(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        files.lock = Some(lock);
        Ok(files)
    }

    /// For readers beside the writer: no lock, and writes through it are refused by the system.
    ///
    /// # Errors
    /// `Absent`, `Io`.
    pub fn open_to_read(path: &Path) -> Result<Self, FilesError> {
        match File::open(path) {
            Ok(folder) => Ok(Self { path: path.to_owned(), folder, open: Vec::new(), lock: None }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(FilesError::Absent(path.to_owned())),
            Err(source) => Err(FilesError::Io { path: path.to_owned(), source }),
        }
    }

    fn file(&mut self, name: &str) -> io::Result<&File> {
        if let Some(index) = self.open.iter().position(|(open, _)| open == name) {
            // Usually the last one already.
            let last = self.open.len() - 1;
            self.open.swap(index, last);
        } else {
            let writes = self.lock.is_some();
            let file = OpenOptions::new().read(true).write(writes).open(self.path.join(name))?;
            self.remember(name, file);
        }
        let (_, file) = self.open.last().expect("just found or put there");
        Ok(file)
    }

    fn remember(&mut self, name: &str, file: File) {
        if self.open.len() == OPEN_FILES_MAX {
            self.open.remove(0);
        }
        self.open.push((name.to_owned(), file));
    }
}

impl Disk for Files {
    fn list(&mut self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            // A name that is not text is not ours; recovery refuses it by what can be shown of it.
            let name = entry.file_name().to_string_lossy().into_owned();
            // What somebody gave up lies there for a person to look at.
            if !(name.starts_with(LOST_PREFIX) && entry.file_type()?.is_dir()) {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        point!("disk.create", fails);
        let path = self.path.join(name);
        let file = OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).open(path)?;
        self.remember(name, file);
        Ok(())
    }

    fn write_at(&mut self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        point!("disk.write", fails);
        self.file(name)?.write_at(bytes, offset)
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        point!("disk.sync", fails);
        self.file(name)?.sync_data()
    }

    fn sync_dir(&mut self) -> io::Result<()> {
        point!("disk.sync_dir", fails);
        self.folder.sync_all()
    }

    fn read_at(&mut self, name: &str, offset: u64, bytes: &mut [u8]) -> io::Result<usize> {
        self.file(name)?.read_at(bytes, offset)
    }

    fn len(&mut self, name: &str) -> io::Result<u64> {
        Ok(self.file(name)?.metadata()?.len())
    }

    fn truncate(&mut self, name: &str, bytes: u64) -> io::Result<()> {
        point!("disk.truncate", fails);
        self.file(name)?.set_len(bytes)
    }

    fn unlink(&mut self, name: &str) -> io::Result<()> {
        point!("disk.unlink", fails);
        self.open.retain(|(open, _)| open != name);
        fs::remove_file(self.path.join(name))
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        point!("disk.rename", fails);
        let target = self.path.join(to);
        // The lock keeps other writers away, so nothing comes between this look and the rename.
        if target.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        // A descriptor belongs to the name under which it was opened.
        self.open.retain(|(open, _)| open != from && open != to);
        fs::rename(self.path.join(from), target)
    }
}

/// How the name of a folder begins that holds what is left of a journal that was given up.
pub const LOST_PREFIX: &str = "lost-";
/// Files held open at once: the current segment, the next, one that is read, one spare.
const OPEN_FILES_MAX: usize = 4;
