//! A look at a database from outside: its schema, what would be migrated, whether it is whole. Changes
//! nothing, and may be done beside a dbfront that serves.

use std::time::Duration;

use super::{Cursor, Database, StoreError, schema::Plan};

/// A database that can be looked at.
pub trait Inspect: Database {
    /// What a migration would change.
    ///
    /// # Errors
    /// `SCHEMA_TOO_NEW`, or the database cannot be read.
    fn plan(&self) -> Result<Plan, StoreError>;

    /// Where it stands.
    ///
    /// # Errors
    /// The database cannot be read.
    fn look_at_cursor(&self) -> Result<Cursor, StoreError>;

    /// Looks for damage, for at most so long.
    ///
    /// # Errors
    /// The database cannot be read, or must not be used as it is.
    fn wholeness(&self, patience: Duration) -> Result<Wholeness, StoreError>;
}

/// What a database's own check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wholeness {
    /// Nothing wrong.
    Whole,
    /// Nothing wrong in the time that there was.
    Unfinished,
    /// Its first words.
    Broken(String),
}
