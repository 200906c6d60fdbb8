//! What a table is: columns, bounds, key, what in it is counted; and the check of a row against that. Knows
//! no particular table.

use super::Table;
use crate::link::{Value, value::V};

/// What a column holds, and its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A whole number within bounds.
    Int {
        /// Inclusive.
        min: i64,
        /// Inclusive.
        max: i64,
    },
    /// UTF-8 of at most so many bytes, compared as bytes.
    Text {
        /// Bytes.
        max: usize,
    },
    /// At most so many bytes.
    Blob {
        /// Bytes.
        max: usize,
    },
}

/// One column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// As in SQL.
    pub name: &'static str,
    /// Type and bounds.
    pub kind: ColumnKind,
    /// May be NULL.
    pub nullable: bool,
}

/// One table. Keyed tables have a further column `ver` after the last; append-only ones do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableDef {
    /// Which.
    pub table: Table,
    /// As in SQL.
    pub name: &'static str,
    /// The first this many columns are the primary key.
    pub key_columns: usize,
    /// Rows are only ever added, and never read back by key.
    pub append: bool,
    /// The column that holds gold, counted by double entry (reliability A4).
    pub gold: Option<usize>,
    /// The columns that make its rows goods, counted by kind as gold is.
    pub goods: Option<GoodsColumns>,
    /// All columns but `ver`.
    pub columns: &'static [Column],
}

/// Which columns say what a thing is and how many of it there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GoodsColumns {
    /// Its id, which stays when it moves to another holder and so to another key.
    pub item: usize,
    /// What it is.
    pub kind: usize,
    /// How many.
    pub quantity: usize,
}

/// A row outside its table's bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowError {
    /// Not the table's number of columns.
    #[error("{table}: {got} columns")]
    Columns {
        /// The table.
        table: &'static str,
        /// Found.
        got: usize,
    },
    /// NULL, another type, or a value outside its bounds.
    #[error("{table}.{column} is out of bounds")]
    Value {
        /// The table.
        table: &'static str,
        /// The column.
        column: &'static str,
    },
}

impl TableDef {
    /// Checks a whole row against the columns' bounds.
    ///
    /// # Errors
    /// See [`RowError`].
    pub fn check(&self, row: &[Value]) -> Result<(), RowError> {
        self.check_columns(row, self.columns)
    }

    /// Checks a key.
    ///
    /// # Errors
    /// See [`RowError`].
    pub fn check_key(&self, key: &[Value]) -> Result<(), RowError> {
        self.check_columns(key, &self.columns[..self.key_columns])
    }

    /// Checks the first columns of a key, fewer than it has.
    ///
    /// # Errors
    /// See [`RowError`].
    pub fn check_prefix(&self, prefix: &[Value]) -> Result<(), RowError> {
        if self.key_columns <= prefix.len() {
            return Err(RowError::Columns { table: self.name, got: prefix.len() });
        }
        self.check_columns(prefix, &self.columns[..prefix.len()])
    }

    fn check_columns(&self, row: &[Value], columns: &[Column]) -> Result<(), RowError> {
        if row.len() != columns.len() {
            return Err(RowError::Columns { table: self.name, got: row.len() });
        }
        for (value, column) in row.iter().zip(columns) {
            let fits = match (&value.v, column.kind) {
                (None, _) => column.nullable,
                (Some(V::Int(value)), ColumnKind::Int { min, max }) => min <= *value && *value <= max,
                (Some(V::Text(text)), ColumnKind::Text { max }) => text.len() <= max,
                (Some(V::Blob(blob)), ColumnKind::Blob { max }) => blob.len() <= max,
                (Some(_), _) => false,
            };
            if !fits {
                return Err(RowError::Value { table: self.name, column: column.name });
            }
        }
        Ok(())
    }
}

/// A typed row of one table.
pub trait Row: Sized {
    /// Its table.
    const DEF: &'static TableDef;

    /// All columns, in order.
    fn values(&self) -> Vec<Value>;

    /// The row with these columns; nothing if they are not of this table.
    fn from_values(values: &[Value]) -> Option<Self>;
}
