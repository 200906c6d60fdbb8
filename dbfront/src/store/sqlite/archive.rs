//! A file of SQLite out into a copy, page by page, and a copy in as the world's file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
    params,
};

use super::{
    Sqlite, SqliteStore, away, catalog, check_settings, checkpoint, io_away, migrate, open, read_cursor,
    remove_if_there, with_suffix,
};
use crate::store::{
    Cursor, Database, Presence, Store, StoreError,
    archive::{Archive, Copied, CopyError, Step, Watch},
    schema,
    world_file::{WorldFile, blank, of_file, of_io},
};

/// Copies what `from` sees. Batches that `between` applies through the same connection are in the copy, too;
/// another connection's would make it begin again. The copy is still to be folded.
pub(super) fn copy(
    from: &Connection,
    file: &Path,
    mut between: impl FnMut(Copied) -> bool,
) -> Result<(), CopyError> {
    let mut target = blank(file)?;
    {
        let backup = Backup::new(from, &mut target).map_err(|error| of_file(&error))?;
        loop {
            let step = backup.step(STEP_PAGES).map_err(|error| of_file(&error))?;
            let progress = backup.progress();
            let pages = |count| u64::try_from(count).unwrap_or(0) * PAGE_BYTES;
            let bytes_total = pages(progress.pagecount);
            let bytes = bytes_total.saturating_sub(pages(progress.remaining));
            // The last pages are in: whatever is applied from here on is not.
            if matches!(step, StepResult::Done) {
                break;
            }
            if !between(Copied { bytes, bytes_total }) {
                return Err(CopyError::Stopped);
            }
        }
    }
    target.close().map_err(|(_, error)| of_file(&error))
}

impl Archive for Sqlite {
    fn kind(&self) -> &'static str {
        "sqlite"
    }

    fn copy_to(&self, file: &Path, watch: Watch<'_>) -> Result<(), CopyError> {
        let connection = open(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        copy(&connection, file, watch)?;
        WorldFile::fold(file)
    }

    fn staging(&self) -> Option<PathBuf> {
        Some(with_suffix(&self.path, STAGED))
    }

    fn has_room_beside(&self) -> Result<bool, StoreError> {
        let bytes = fs::metadata(&self.path).map_err(io_away)?.len();
        let disk = rustix::fs::statvfs(&self.path).map_err(|error| io_away(error.into()))?;
        // And some more, for what is applied meanwhile.
        Ok(bytes + bytes / 8 <= disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    fn is_blank(&self) -> Result<bool, StoreError> {
        Ok(self.presence()? == Presence::Absent)
    }

    fn discard(&self) -> Result<(), StoreError> {
        if self.presence()? == Presence::Present {
            return Err(StoreError::Unsafe { what: "it holds a world that is in use".to_owned() });
        }
        let prepared = self.prepared_path();
        for suffix in ["", "-wal", "-shm", "-journal"] {
            remove_if_there(&with_suffix(&prepared, suffix)).map_err(io_away)?;
        }
        Ok(())
    }

    fn load(&self, file: &Path, journal: [u8; 16], watch: Watch<'_>) -> Result<Cursor, CopyError> {
        self.discard()?;
        self.refuse_strange_log()?;
        let path = self.prepared_path();
        copy_file(file, &path, watch)?;
        let mut connection = open(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(|error| away(&error))?;
        check_settings(&connection)?;
        migrate::run(&mut connection)?;
        connection
            .execute("UPDATE journal_cursor SET journal_uuid = ?1", params![journal])
            .map_err(|error| away(&error))?;
        checkpoint(&connection)?;
        Ok(read_cursor(&connection)?)
    }

    fn migrate_by_steps(&self, goes_on: &mut dyn FnMut(Step) -> bool) -> Result<u32, StoreError> {
        let mut connection = open(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        check_settings(&connection)?;
        migrate::run_to(&mut connection, schema::LAST, goes_on)
    }

    fn connect_prepared(&self) -> Result<Box<dyn Store>, StoreError> {
        let connection = open(&self.prepared_path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        check_settings(&connection)?;
        schema::check(&migrate::marks(&connection)?)?;
        catalog::check(&connection)?;
        Ok(Box::new(SqliteStore { connection }))
    }
}

impl Sqlite {
    /// Copies the world beside itself before its tables are changed: there is no way back but this one. The newest
    /// two such copies stay.
    pub(super) fn keep_before_migration(
        &self,
        connection: &Connection,
        schema: u32,
    ) -> Result<(), StoreError> {
        let path = with_suffix(&self.path, &format!("{KEPT}{schema}"));
        let partial = with_suffix(&path, ".partial");
        remove_if_there(&partial).map_err(io_away)?;
        let what = |error: &dyn std::fmt::Display| {
            format!("the copy before a migration, {}: {error}", partial.display())
        };
        // Looked at first, and nothing half done is left: whoever tries again must not fill the disk meanwhile.
        if !self.has_room_beside()? {
            return Err(StoreError::Transient { detail: what(&CopyError::Full) });
        }
        if let Err(error) = copy(connection, &partial, |_| true).and_then(|()| WorldFile::fold(&partial)) {
            remove_if_there(&partial).map_err(io_away)?;
            return Err(match error {
                CopyError::Store(error) => error,
                CopyError::Full | CopyError::Stopped => StoreError::Transient { detail: what(&error) },
                CopyError::File { .. } => StoreError::Unsafe { what: what(&error) },
            });
        }
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let keep = || -> std::io::Result<()> {
            fs::rename(&partial, &path)?;
            let name = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned() + KEPT;
            let mut kept = Vec::new();
            for entry in fs::read_dir(folder)? {
                let entry = entry?.file_name().to_string_lossy().into_owned();
                kept.extend(entry.strip_prefix(&name).and_then(|schema| schema.parse::<u32>().ok()));
            }
            kept.sort_unstable();
            kept.truncate(kept.len().saturating_sub(KEPT_MAX));
            for old in kept {
                remove_if_there(&with_suffix(&self.path, &format!("{KEPT}{old}")))?;
            }
            fs::File::open(folder)?.sync_all()
        };
        keep().map_err(io_away)
    }
}

fn copy_file(from: &Path, to: &Path, watch: Watch<'_>) -> Result<(), CopyError> {
    use std::io::{Read as _, Write as _};
    let mut run = || -> std::io::Result<bool> {
        let mut source = fs::File::open(from)?;
        let mut copied = Copied { bytes: 0, bytes_total: source.metadata()?.len() };
        let mut target = fs::File::create(to)?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            match source.read(&mut piece)? {
                0 => break,
                read => target.write_all(&piece[..read])?,
            }
            copied.bytes = target.metadata()?.len();
            if !watch(copied) {
                return Ok(false);
            }
        }
        target.sync_all().map(|()| true)
    };
    match run() {
        Ok(true) => Ok(()),
        Ok(false) => Err(CopyError::Stopped),
        Err(error) => Err(of_io(&error)),
    }
}

/// Behind the file's name: a copy that goes elsewhere.
const STAGED: &str = ".copy";
/// Behind the file's name, before the schema that a copy has.
const KEPT: &str = ".schema-";
/// Copies that stay.
const KEPT_MAX: usize = 2;
/// Of one step: half a MiB, some hundred microseconds.
const STEP_PAGES: i32 = 128;
/// SQLite's own default, for figures only.
const PAGE_BYTES: u64 = 4096;
const PIECE_BYTES: usize = 1 << 20;
