//! The folder on the file system: built under another name, renamed when it is whole, and every file hashed.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use super::error::{BackupError, io_at};
use crate::logic::{
    manifest::{
        MANIFEST_BYTES_MAX, MANIFEST_NAME, Manifest, ManifestError, ManifestFile, SEGMENTS_NAME, WORLD_NAME,
        hex,
    },
    segment::segment_number,
};

/// A backup that is not whole yet. Dropped before it is, it is gone again.
pub struct Building {
    target: PathBuf,
    partial: PathBuf,
    finished: bool,
}

impl Building {
    /// Begins one for a folder that is absent or empty. What an earlier try left under the other name goes.
    ///
    /// # Errors
    /// `NotEmpty`, `DiskFull`, `Io`.
    pub fn begin(target: &Path) -> Result<Self, BackupError> {
        if !is_absent_or_empty(target).map_err(io_at(target))? {
            return Err(BackupError::NotEmpty(target.to_owned()));
        }
        let mut name = target.as_os_str().to_owned();
        name.push(PARTIAL_SUFFIX);
        let partial = PathBuf::from(name);
        if partial.try_exists().map_err(io_at(&partial))? {
            if !is_left_behind(&partial).map_err(io_at(&partial))? {
                return Err(BackupError::NotEmpty(partial));
            }
            fs::remove_dir_all(&partial).map_err(io_at(&partial))?;
        }
        let make = |path: &Path| DirBuilder::new().mode(0o700).create(path);
        make(&partial).map_err(io_at(&partial))?;
        let building = Self { target: target.to_owned(), partial, finished: false };
        make(&building.path(SEGMENTS_NAME)).map_err(io_at(building.path(SEGMENTS_NAME)))?;
        Ok(building)
    }

    /// Where a file of it is built.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.partial.join(name)
    }

    /// Copies the beginning of a file into it, durably.
    ///
    /// # Errors
    /// `DiskFull`, `Io`, `Stopped`.
    pub fn copy(
        &self,
        from: &Path,
        name: &str,
        bytes: u64,
        watch: &mut dyn FnMut(u64) -> bool,
    ) -> Result<ManifestFile, BackupError> {
        let path = self.path(name);
        let mut source = File::open(from).map_err(io_at(from))?.take(bytes);
        let mut options = OpenOptions::new();
        let mut target =
            options.write(true).create_new(true).mode(0o600).open(&path).map_err(io_at(&path))?;
        let mut unsynced = 0;
        let found = read_through(&mut source, |piece| {
            target.write_all(piece).map_err(io_at(&path))?;
            unsynced += piece.len();
            // In portions: one sync of everything could take longer than a disk that hangs is waited for.
            if SYNC_BYTES <= unsynced {
                unsynced = 0;
                target.sync_data().map_err(io_at(&path))?;
            }
            if watch(piece.len() as u64) { Ok(()) } else { Err(BackupError::Stopped) }
        });
        let (copied, hash) = found.map_err(|error| error.unwrap_or_else(|source| io_at(from)(source)))?;
        if copied != bytes {
            return Err(BackupError::Damaged { what: format!("{} became shorter", from.display()) });
        }
        target.sync_all().map_err(io_at(&path))?;
        Ok(ManifestFile { name: name.to_owned(), bytes, blake3: hash })
    }

    /// Whether it is on the same disk as this file's folder.
    ///
    /// # Errors
    /// `Io`.
    pub fn is_beside(&self, file: &Path) -> Result<bool, BackupError> {
        let device = |folder: &Path| fs::metadata(folder).map(|meta| meta.dev()).map_err(io_at(folder));
        Ok(device(&self.partial)? == device(parent(file))?)
    }

    /// Writes the manifest, makes everything durable, and gives the folder its name.
    ///
    /// # Errors
    /// `DiskFull`, `Io`.
    pub fn finish(mut self, manifest: &Manifest) -> Result<(), BackupError> {
        sync_folder(&self.path(SEGMENTS_NAME))?;
        let path = self.path(MANIFEST_NAME);
        let write = || {
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(manifest.encode().as_bytes())?;
            file.sync_all()
        };
        write().map_err(io_at(&path))?;
        sync_folder(&self.partial)?;
        fs::rename(&self.partial, &self.target).map_err(io_at(&self.target))?;
        self.finished = true;
        sync_folder(parent(&self.target))
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        if !self.finished {
            // What cannot be removed is refused or removed by the next one.
            let _ = fs::remove_dir_all(&self.partial);
        }
    }
}

/// The manifest in a folder.
///
/// # Errors
/// `Absent`, `Damaged`, `TooNew`, `Io`.
pub fn manifest(folder: &Path) -> Result<Manifest, BackupError> {
    let path = folder.join(MANIFEST_NAME);
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(MANIFEST_BYTES_MAX).read_to_end(&mut bytes));
    match read {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(BackupError::Absent(folder.to_owned()));
        }
        Err(error) => return Err(io_at(&path)(error)),
    }
    Manifest::read(&bytes).map_err(|error| match error {
        ManifestError::TooNew { format } => {
            BackupError::TooNew { what: format!("the backup has format {format}") }
        }
        ManifestError::None | ManifestError::Changed => {
            BackupError::Damaged { what: format!("{MANIFEST_NAME} is {error}") }
        }
    })
}

/// Length and hash of a file.
///
/// # Errors
/// `Io`, `Stopped`.
pub fn hash(
    path: &Path,
    name: &str,
    watch: &mut dyn FnMut(u64) -> bool,
) -> Result<ManifestFile, BackupError> {
    let mut source = File::open(path).map_err(io_at(path))?;
    let found = read_through(&mut source, |piece| match watch(piece.len() as u64) {
        true => Ok(()),
        false => Err(BackupError::Stopped),
    });
    let (bytes, blake3) = found.map_err(|error| error.unwrap_or_else(|source| io_at(path)(source)))?;
    Ok(ManifestFile { name: name.to_owned(), bytes, blake3 })
}

/// Whether nothing is lost by putting something here.
///
/// # Errors
/// The system's.
pub fn is_absent_or_empty(folder: &Path) -> io::Result<bool> {
    match fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Makes names in a folder durable.
///
/// # Errors
/// `Io`.
pub fn sync_folder(path: &Path) -> Result<(), BackupError> {
    File::open(path).and_then(|folder| folder.sync_all()).map_err(io_at(path))
}

/// Removes a file, if it is there.
///
/// # Errors
/// `Io`.
pub fn remove_if_there(path: &Path) -> Result<(), BackupError> {
    crate::store::sqlite::remove_if_there(path).map_err(io_at(path))
}

/// Where the folder itself lies.
#[must_use]
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A folder that an interrupted backup left has nothing but what one writes.
fn is_left_behind(partial: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(partial)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let is_ours = name == MANIFEST_NAME || name == SEGMENTS_NAME || name.starts_with(WORLD_NAME);
        if !is_ours {
            return Ok(false);
        }
    }
    match fs::read_dir(partial.join(SEGMENTS_NAME)) {
        Ok(mut segments) => Ok(segments.all(|entry| {
            entry.is_ok_and(|entry| segment_number(&entry.file_name().to_string_lossy()).is_some())
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

/// Reads to the end; returns bytes and hash.
fn read_through(
    source: &mut dyn Read,
    mut each: impl FnMut(&[u8]) -> Result<(), BackupError>,
) -> Result<(u64, String), Result<BackupError, io::Error>> {
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; PIECE_BYTES];
    let mut bytes = 0;
    loop {
        match source.read(&mut piece) {
            Ok(0) => return Ok((bytes, hex(hasher.finalize().as_bytes()))),
            Ok(read) => {
                hasher.update(&piece[..read]);
                bytes += read as u64;
                each(&piece[..read]).map_err(Ok)?;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Err(error)),
        }
    }
}

/// Of a name under which a backup is built.
const PARTIAL_SUFFIX: &str = ".partial";
/// Read and hashed at a time.
const PIECE_BYTES: usize = 1 << 20;
/// Written between two syncs.
const SYNC_BYTES: usize = 8 << 20;
