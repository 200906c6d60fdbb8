//! A look at a database from outside: its schema, what would be migrated, whether SQLite finds it whole.
//! Changes nothing, and may be done beside a dbfront that serves.

use std::{sync::mpsc::sync_channel, thread, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{Sqlite, away, migrate, read_cursor};
use crate::store::{Cursor, StoreError};

/// The schema of a database, and what a start would make of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Of the database; 0 before the first migration.
    pub stored: u32,
    /// Of this build.
    pub needed: u32,
    /// What would run, in order.
    pub pending: Vec<Migration>,
}

/// One change of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Migration {
    /// From 1.
    pub number: u32,
    /// A word for people.
    pub name: &'static str,
    /// As it is run, in one transaction.
    pub sql: &'static str,
    /// It began and did not end.
    pub is_begun: bool,
}

/// What SQLite's own quick check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wholeness {
    /// Nothing wrong.
    Whole,
    /// Nothing wrong in the time that there was.
    Unfinished,
    /// Its first words.
    Broken(String),
}

impl Sqlite {
    /// What a start would migrate.
    ///
    /// # Errors
    /// `SCHEMA_TOO_NEW`, or the database cannot be read.
    pub fn plan(&self) -> Result<Plan, StoreError> {
        let connection = self.connect_to_look()?;
        let stored = migrate::marks(&connection)?;
        let last = stored.iter().filter(|(_, finished)| *finished).map(|(number, _)| *number).max();
        let last = last.unwrap_or(0);
        if migrate::LAST < last {
            return Err(StoreError::SchemaTooNew { got: last, need: migrate::LAST });
        }
        let all = (1..=migrate::LAST).zip(migrate::MIGRATIONS);
        let pending = all.filter(|(number, _)| !stored.contains(&(*number, true)));
        let pending = pending.map(|(number, &(name, sql))| Migration {
            number,
            name,
            sql,
            is_begun: stored.contains(&(number, false)),
        });
        Ok(Plan { stored: last, needed: migrate::LAST, pending: pending.collect() })
    }

    /// Where it stands.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn look_at_cursor(&self) -> Result<Cursor, StoreError> {
        read_cursor(&self.connect_to_look()?)
    }

    /// Lets SQLite look for damage, for at most so long.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn quick_check(&self, patience: Duration) -> Result<Wholeness, StoreError> {
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

    fn connect_to_look(&self) -> Result<Connection, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags).map_err(|error| away(&error))?;
        connection.busy_timeout(LOOK_TIMEOUT).map_err(|error| away(&error))?;
        Ok(connection)
    }
}

/// A look may wait for a writer longer than a turn of dbfront.
const LOOK_TIMEOUT: Duration = Duration::from_secs(1);
