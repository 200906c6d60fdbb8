//! Rows that do not fit memory, in files of their own that nobody syncs: what is in them is in the journal, and a
//! start begins without them. Knows no rows, only bytes.

#[cfg(test)]
mod tests;

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};

use crate::logic::overlay::spill::{Packed, SpillError, SpillPlace, SpillRun};

/// A folder for such files.
#[derive(Debug)]
pub struct SpillFolder {
    path: PathBuf,
    begun: u64,
}

impl SpillFolder {
    /// This folder, for one process: what is in it goes, it was another's.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: &Path) -> io::Result<Self> {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        Ok(Self { path: path.to_owned(), begun: 0 })
    }
}

impl SpillPlace for SpillFolder {
    fn begin(&mut self) -> Result<Box<dyn SpillRun>, SpillError> {
        Ok(Box::new(self.begin_file()?))
    }
}

impl SpillFolder {
    fn begin_file(&mut self) -> Result<File, SpillError> {
        fs::create_dir_all(&self.path).map_err(|error| {
            let is_full = error.kind() == io::ErrorKind::StorageFull;
            if is_full { SpillError::Full } else { SpillError::Failed { detail: error.to_string() } }
        })?;
        self.begun += 1;
        let path = self.path.join(format!("run-{}.db", self.begun));
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
        connection.execute_batch(SETTINGS).map_err(failed)?;
        let mut file = File { connection: Some(connection), path, bytes: 0 };
        file.measure()?;
        Ok(file)
    }
}

/// One run.
#[derive(Debug)]
struct File {
    /// Nothing once it is dropped.
    connection: Option<Connection>,
    path: PathBuf,
    bytes: u64,
}

impl File {
    fn connection(&mut self) -> Result<&mut Connection, SpillError> {
        self.connection.as_mut().ok_or(SpillError::Failed { detail: "it is closed".to_owned() })
    }

    fn measure(&mut self) -> Result<(), SpillError> {
        let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
        let bytes: i64 = self
            .connection()?
            .prepare_cached(sql)
            .and_then(|mut select| select.query_row([], |row| row.get(0)))
            .map_err(failed)?;
        self.bytes = u64::try_from(bytes).unwrap_or(0);
        Ok(())
    }
}

impl SpillRun for File {
    fn put(&mut self, rows: &[(Vec<u8>, Vec<u8>)]) -> Result<(), SpillError> {
        let transaction = self.connection()?.transaction().map_err(failed)?;
        {
            let sql = "INSERT OR REPLACE INTO rows (place, value) VALUES (?1, ?2)";
            let mut insert = transaction.prepare_cached(sql).map_err(failed)?;
            for (place, value) in rows {
                insert.execute(params![place, value]).map_err(failed)?;
            }
        }
        transaction.commit().map_err(failed)?;
        // They are in, whatever becomes of the figure: an error would say that they are not.
        let _ = self.measure();
        Ok(())
    }

    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, SpillError> {
        let sql = "SELECT value FROM rows WHERE place = ?1";
        let mut select = self.connection()?.prepare_cached(sql).map_err(failed)?;
        select.query_row([key], |row| row.get(0)).optional().map_err(failed)
    }

    fn range(&mut self, after: &[u8], upto: &[u8], rows_max: usize) -> Result<Packed, SpillError> {
        let sql = "SELECT place, value FROM rows WHERE ?1 < place AND place <= ?2 ORDER BY place LIMIT ?3";
        let mut select = self.connection()?.prepare_cached(sql).map_err(failed)?;
        let rows_max = i64::try_from(rows_max).unwrap_or(i64::MAX);
        let rows = select
            .query_map(params![after, upto, rows_max], |row| Ok((row.get(0)?, row.get(1)?)))
            .map_err(failed)?;
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for File {
    /// A file of gigabytes takes its time to go: not the time of whoever has no use for it any more.
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let path = std::mem::take(&mut self.path);
        let end = move || {
            drop(connection);
            // The next start takes it, if this does not.
            let _ = fs::remove_file(path);
        };
        // Without a thread to be had it is closed here, and the next start takes the file.
        let _ = thread::Builder::new().name("spill-end".to_owned()).spawn(end);
    }
}

#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
fn failed(error: rusqlite::Error) -> SpillError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => SpillError::Full,
        // No row contents: a statement and what is wrong with it.
        _ => SpillError::Failed { detail: error.to_string() },
    }
}

/// Nothing is kept beyond a crash; a batch is taken back whole where the disk is full. Room for pages is small, for
/// the system keeps what memory there is to spare.
const SETTINGS: &str = "PRAGMA journal_mode = MEMORY;
    PRAGMA synchronous = OFF;
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA cache_size = -8192;
    CREATE TABLE rows (place BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;";
