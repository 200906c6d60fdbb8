//! What dbfront asks of a database: apply a batch and the cursor in one transaction on one connection,
//! read rows and the cursor in one snapshot on another. Callers own one dedicated thread a connection and
//! may be blocked; after any error they drop the connection, open another and read the cursor (X3).

pub mod archive;
pub mod books;
pub mod hours;
pub mod inspect;
pub mod mysql;
pub mod place;
pub mod schema;
pub mod spill;
pub mod sqlite;
pub mod world_file;

use std::{path::Path, sync::Arc};

use proto::{
    ids::{Epoch, Lsn},
    link::Value,
    tables::{Table, TableDef},
};

use self::{
    archive::{Archive, CopyError, Interlude},
    books::Books,
    mysql::Mysql,
    place::Place,
    sqlite::Sqlite,
};
use crate::logic::row::{Row, StoredRow};

/// The database at a place. Connects to nothing yet.
#[must_use]
pub fn open(place: &Place) -> Arc<dyn Archive> {
    match place {
        Place::Sqlite(path) => Arc::new(Sqlite::new(path.clone())),
        Place::Mysql(address) => Arc::new(Mysql::new(address.clone())),
    }
}

/// A database that may be away. Cheap to hold; connections are what costs.
pub trait Database: Send + Sync {
    /// For people: which store, where. Never a password.
    fn describe(&self) -> String;

    /// Who may found a world here and change its tables.
    fn founding(&self) -> Founding;

    /// Whether it holds a world.
    ///
    /// # Errors
    /// [`StoreError::Transient`] while nobody can say.
    fn presence(&self) -> Result<Presence, StoreError>;

    /// Makes tables and a first cursor, not yet visible as a world until [`Self::publish`]: the journal is
    /// made between the two, so that a crash anywhere leaves either nothing or enough to go on.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn prepare(&self, first: Cursor) -> Result<(), StoreError>;

    /// Makes what was prepared the world.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn publish(&self) -> Result<(), StoreError>;

    /// Runs the migrations that are not finished. Returns how many ran.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn migrate(&self) -> Result<u32, StoreError>;

    /// The applying connection, checked: settings, migrations, catalog.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn connect(&self) -> Result<Box<dyn Store>, StoreError>;

    /// The same while the world is in use: what a start demands and nothing is lost without does not end it.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn connect_again(&self) -> Result<Box<dyn Store>, StoreError> {
        self.connect()
    }

    /// A reading connection.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn connect_reader(&self) -> Result<Box<dyn Reader>, StoreError>;

    /// A connection for people's questions about gold and things, of its own: nobody waits for it.
    ///
    /// # Errors
    /// See [`StoreError`]; `Unsafe` where a database has no answers to them.
    fn connect_books(&self) -> Result<Box<dyn Books>, StoreError> {
        Err(StoreError::Unsafe { what: "it answers no questions about gold and things".to_owned() })
    }
}

/// Who may found a world in a database and change its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Founding {
    /// Any start: it is ours alone, and a change of tables that is cut off did not happen.
    AtStart,
    /// A command only: it may be the wrong server, and a change of tables that is cut off stays half done.
    ByCommand,
}

/// Whether a database holds a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// Nothing there.
    Absent,
    /// Prepared, never published.
    Prepared,
    /// A world.
    Present,
}

/// The connection that applies.
pub trait Store: Send {
    /// How far the journal has been applied.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn cursor(&mut self) -> Result<Cursor, StoreError>;

    /// Becomes the one who applies: raises `dbf_epoch`, so that any other's next batch fails (E2).
    ///
    /// # Errors
    /// See [`StoreError`].
    fn begin_term(&mut self, seen: &Cursor) -> Result<Cursor, StoreError>;

    /// Applies a batch and moves the cursor from `batch.from` to `batch.to`, all or nothing.
    ///
    /// # Errors
    /// See [`StoreError`]. After any of them this connection must be dropped.
    fn apply(&mut self, batch: &ApplyBatch) -> Result<(), StoreError>;

    /// Bytes that it takes at once, where they are fewer than a start demands: batches go in smaller pieces.
    fn cramped(&self) -> Option<usize> {
        None
    }

    /// Folds what the database keeps beside its main file into it, before a stop.
    ///
    /// # Errors
    /// See [`StoreError`].
    fn checkpoint(&mut self) -> Result<(), StoreError>;

    /// Copies the world into a new file, a little at a time, with an interlude after each in which batches may be
    /// applied: the copy is of the moment at which this returns, and still to be folded by
    /// [`WorldFile::fold`](world_file::WorldFile::fold). Nothing: such a database is copied through a connection of
    /// its own, as [`Archive::copy_to`] does.
    fn copy_to(&mut self, _file: &Path, _interlude: Interlude<'_>) -> Option<Result<(), CopyError>> {
        None
    }
}

/// A connection that reads.
pub trait Reader: Send {
    /// Answers all queries from one snapshot.
    ///
    /// # Errors
    /// See [`StoreError`]. After any of them this connection must be dropped.
    fn read(&mut self, queries: &[Query]) -> Result<Snapshot, StoreError>;
}

/// How far, of which journal, by whom (X1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Whose records.
    pub journal: [u8; 16],
    /// Every record up to this is in the database, none after it.
    pub lsn: Lsn,
    /// The journal's chain hash at the end of that record's frame.
    pub chain: [u8; 16],
    /// The game epoch of that frame.
    pub game_epoch: Epoch,
    /// Grows each time a dbfront becomes the one who applies.
    pub dbf_epoch: u64,
    /// The last finished migration.
    pub schema: u32,
}

/// Several whole frames, coalesced: what one transaction does.
#[derive(Clone, Debug, PartialEq)]
pub struct ApplyBatch {
    /// Where the cursor must stand.
    pub from: Cursor,
    /// Where it stands afterwards.
    pub to: Cursor,
    /// What changes, one entry a table, rows in key order.
    pub tables: Vec<TableChanges>,
    /// One statement a row, so that an error names the record that caused it.
    pub careful: bool,
}

/// What a batch does to one table.
#[derive(Clone, Debug, PartialEq)]
pub struct TableChanges {
    /// The table.
    pub table: Table,
    /// Rows that must not be there.
    pub inserts: Vec<RowChange>,
    /// Rows that must be there with their base version.
    pub updates: Vec<RowChange>,
    /// Rows that must be there with their base version; only key columns.
    pub deletes: Vec<RowChange>,
    /// Rows of an append-only table, in the order of their records.
    pub appends: Vec<RowChange>,
}

impl TableChanges {
    /// The table's definition.
    #[must_use]
    pub fn def(&self) -> &'static TableDef {
        self.table.def()
    }
}

/// One row's change over a whole batch.
#[derive(Clone, Debug, PartialEq)]
pub struct RowChange {
    /// The last record that changed it.
    pub lsn: Lsn,
    /// The version that must be stored; 0: no such row.
    pub base: u64,
    /// The version afterwards; 0 in append-only tables.
    pub ver: u64,
    /// All columns; for a delete the key columns.
    pub row: Row,
}

/// One question to a reader.
#[derive(Clone, Debug, PartialEq)]
pub enum Query {
    /// Rows by key.
    Get {
        /// The table.
        table: Table,
        /// Key columns each.
        keys: Vec<Vec<Value>>,
    },
    /// Rows in key order.
    Scan {
        /// The table.
        table: Table,
        /// The first columns of the key, fewer than it has; empty: rows of the whole table.
        prefix: Vec<Value>,
        /// Key columns, which begin with the prefix; empty: from the first.
        after: Vec<Value>,
        /// At most so many.
        rows_max: usize,
    },
    /// The last rows of an append-only table, the last one first.
    Latest {
        /// The table.
        table: Table,
        /// Key columns; empty: from the end.
        before: Vec<Value>,
        /// At most so many.
        rows_max: usize,
    },
}

/// What a reader found.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The cursor within the same snapshot.
    pub lsn: Lsn,
    /// One for each query: for [`Query::Get`] an entry for each key, for the others only rows.
    pub answers: Vec<Vec<Option<StoredRow>>>,
}

/// What a database can do to us, by what must follow from it (X4).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Passes by itself: try again for ever.
    #[error("the database is away: {detail}")]
    Transient {
        /// The database's word, without row contents.
        detail: String,
    },
    /// The commit failed: it happened or it did not, the cursor will tell (X5).
    #[error("a commit ended without an answer: {detail}")]
    Unknown {
        /// The database's word, without row contents.
        detail: String,
    },
    /// The database refuses for a reason that will not pass: applying pauses (reliability §2.8).
    #[error("the database refuses {table} at record {lsn}: {detail}")]
    Poison {
        /// The record, exact in a careful batch of one frame.
        lsn: Lsn,
        /// The table.
        table: &'static str,
        /// The database's word, without row contents.
        detail: String,
    },
    /// A row that is longer than what the database takes at once: applying waits at it until somebody lets it take
    /// more.
    #[error(
        "record {lsn} needs {bytes} bytes at once for a row of {table}, and the database takes {most}: \
         set max_allowed_packet to 4194304 or more"
    )]
    Packet {
        /// The record.
        lsn: Lsn,
        /// The table.
        table: &'static str,
        /// Of the statement or its values.
        bytes: usize,
        /// Of this connection.
        most: usize,
    },
    /// Somebody else applies, or the database was exchanged (X2).
    #[error("the cursor is not where it was left")]
    CursorMoved,
    /// A row's version is not what the records say (X6).
    #[error("{table}: a row changed by record {lsn} is not in the version it must have had")]
    Divergence {
        /// The record.
        lsn: Lsn,
        /// The table.
        table: &'static str,
    },
    /// Weak settings, or a catalog that is not the one of this build (D4, A5).
    #[error("the database must not be used like this: {what}")]
    Unsafe {
        /// What is wrong.
        what: String,
    },
    /// A migration began and never finished (M1).
    #[error("migration {number} began and did not finish")]
    MigrationDirty {
        /// Which.
        number: u32,
    },
    /// Migrations are missing.
    #[error("the database has schema {got}, this build needs {need}")]
    SchemaTooOld {
        /// Of the database.
        got: u32,
        /// Of this build.
        need: u32,
    },
    /// A later build was here.
    #[error("the database has schema {got}, this build knows {need}")]
    SchemaTooNew {
        /// Of the database.
        got: u32,
        /// Of this build.
        need: u32,
    },
}

impl StoreError {
    /// Stable; names of reliability §2.12 where one fits.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Transient { .. } => "STORE_AWAY",
            Self::Unknown { .. } => "COMMIT_UNKNOWN",
            Self::Poison { .. } => "POISON",
            Self::Packet { .. } => "DB_PACKET_TOO_SMALL",
            Self::CursorMoved => "DB_FENCED",
            Self::Divergence { .. } => "DIVERGENCE",
            Self::Unsafe { .. } => "DB_UNSAFE_SETTINGS",
            Self::MigrationDirty { .. } => "MIGRATION_DIRTY",
            Self::SchemaTooOld { .. } => "SCHEMA_TOO_OLD",
            Self::SchemaTooNew { .. } => "SCHEMA_TOO_NEW",
        }
    }

    /// Whether a new connection may do better, for ever.
    #[must_use]
    pub fn passes(&self) -> bool {
        match self {
            Self::Transient { .. } | Self::Unknown { .. } | Self::Packet { .. } => true,
            Self::Poison { .. }
            | Self::CursorMoved
            | Self::Divergence { .. }
            | Self::Unsafe { .. }
            | Self::MigrationDirty { .. }
            | Self::SchemaTooOld { .. }
            | Self::SchemaTooNew { .. } => false,
        }
    }
}
