//! A look at a database file: its schema, and whether SQLite finds it whole.

use std::{sync::mpsc::sync_channel, thread, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Sqlite, away, migrate, read_cursor};
use crate::store::{
    Cursor, StoreError,
    inspect::{Inspect, Wholeness},
    schema::{self, Plan},
};

impl Inspect for Sqlite {
    fn plan(&self) -> Result<Plan, StoreError> {
        schema::plan(&migrate::marks(&self.connect_to_look()?)?, |script| script.sqlite)
    }

    fn look_at_cursor(&self) -> Result<Cursor, StoreError> {
        read_cursor(&self.connect_to_look()?)
    }

    fn wholeness(&self, patience: Duration) -> Result<Wholeness, StoreError> {
        let connection = self.connect_to_look()?;
        let interrupt = connection.get_interrupt_handle();
        let (done, ended) = sync_channel::<()>(1);
        let watch = thread::spawn(move || {
            if ended.recv_timeout(patience).is_err() {
                interrupt.interrupt();
            }
        });
        let found = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
        // Already interrupted, it has gone by itself.
        let _ = done.try_send(());
        let _ = watch.join();
        match found {
            Ok(word) if word == "ok" => Ok(Wholeness::Whole),
            Ok(words) => Ok(Wholeness::Broken(words)),
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
                Ok(Wholeness::Unfinished)
            }
            Err(error)
                if matches!(
                    error.sqlite_error_code(),
                    Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
                ) =>
            {
                Ok(Wholeness::Broken(super::describe(&error)))
            }
            Err(error) => Err(away(&error)),
        }
    }
}

impl Sqlite {
    fn connect_to_look(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(|error| away(&error))?;
        connection.busy_timeout(LOOK_TIMEOUT).map_err(|error| away(&error))?;
        Ok(connection)
    }
}

/// A look may wait for a writer longer than a turn of dbfront.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);
