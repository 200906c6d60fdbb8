//! The one definition of every stored row: its columns and their bounds, which game checks before it
//! executes and dbfront turns into SQL (reliability A5). A new table is one entry here, a number in
//! [`Table`], and a migration in dbfront for each dialect; a test there compares the two.

#[cfg(test)]
mod tests;

use bytes::Bytes;

use crate::{
    limits::{GOLD_MAX, NAME_BYTES_MAX},
    link::{Value, value::V},
};

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
    /// All columns but `ver`.
    pub columns: &'static [Column],
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

/// A Rust value as a column.
trait Cell: Sized {
    fn value(&self) -> Value;
    fn from_value(value: &Value) -> Option<Self>;
}

impl Cell for i64 {
    fn value(&self) -> Value {
        int(*self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        match value.v {
            Some(V::Int(value)) => Some(value),
            _ => None,
        }
    }
}

/// Ids and counters: 63 bits, as SQL has no unsigned numbers that all dialects share.
impl Cell for u64 {
    fn value(&self) -> Value {
        int(i64::try_from(*self).unwrap_or(i64::MAX))
    }
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

impl Cell for u32 {
    fn value(&self) -> Value {
        int((*self).into())
    }
    fn from_value(value: &Value) -> Option<Self> {
        i64::from_value(value)?.try_into().ok()
    }
}

/// 64 flags: stored as the number with the same bits.
impl Cell for Bits {
    fn value(&self) -> Value {
        int(self.0.cast_signed())
    }
    fn from_value(value: &Value) -> Option<Self> {
        Some(Self(i64::from_value(value)?.cast_unsigned()))
    }
}

impl Cell for String {
    fn value(&self) -> Value {
        text(self)
    }
    fn from_value(value: &Value) -> Option<Self> {
        match &value.v {
            Some(V::Text(text)) => Some(text.clone()),
            _ => None,
        }
    }
}

impl Cell for Bytes {
    fn value(&self) -> Value {
        Value { v: Some(V::Blob(self.clone())) }
    }
    fn from_value(value: &Value) -> Option<Self> {
        match &value.v {
            Some(V::Blob(blob)) => Some(blob.clone()),
            _ => None,
        }
    }
}

impl<T: Cell> Cell for Option<T> {
    fn value(&self) -> Value {
        self.as_ref().map_or(Value { v: None }, Cell::value)
    }
    fn from_value(value: &Value) -> Option<Self> {
        if value.v.is_none() { Some(None) } else { T::from_value(value).map(Some) }
    }
}

/// A number as a value.
#[must_use]
pub fn int(value: i64) -> Value {
    Value { v: Some(V::Int(value)) }
}

/// Text as a value.
#[must_use]
pub fn text(value: &str) -> Value {
    Value { v: Some(V::Text(value.to_owned())) }
}

/// 64 flags in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bits(pub u64);

macro_rules! nullable {
    (null) => {
        true
    };
    (not_null) => {
        false
    };
}

macro_rules! tables {
    ($($(#[$doc:meta])* $row:ident, $table:ident = $id:literal, $name:literal, key $key:literal, append $append:literal, gold $gold:expr, {
        $($(#[$fdoc:meta])* $field:ident: $type:ty = $kind:expr, $null:ident;)*
    })*) => {
        /// Every table that records write to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u32)]
        pub enum Table { $($(#[$doc])* $table = $id,)* }

        impl Table {
            /// All tables.
            pub const ALL: &'static [Self] = &[$(Self::$table,)*];

            /// Its definition.
            #[must_use]
            pub fn def(self) -> &'static TableDef {
                match self { $(Self::$table => <$row as Row>::DEF,)* }
            }

            /// The table with this number.
            #[must_use]
            pub fn from_code(code: u32) -> Option<Self> {
                match code { $($id => Some(Self::$table),)* _ => None }
            }
        }

        $($(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $row { $($(#[$fdoc])* pub $field: $type,)* }

        impl Row for $row {
            const DEF: &'static TableDef = &TableDef {
                table: Table::$table,
                name: $name,
                key_columns: $key,
                append: $append,
                gold: $gold,
                columns: &[$(Column { name: stringify!($field), kind: $kind, nullable: nullable!($null) },)*],
            };

            fn values(&self) -> Vec<Value> {
                vec![$(Cell::value(&self.$field),)*]
            }

            fn from_values(values: &[Value]) -> Option<Self> {
                let mut values = values.iter();
                let row = Self { $($field: Cell::from_value(values.next()?)?,)* };
                values.next().is_none().then_some(row)
            }
        })*
    };
}

const ID: ColumnKind = ColumnKind::Int { min: 0, max: i64::MAX };
const COUNT: ColumnKind = ColumnKind::Int { min: 0, max: i64::MAX };
const NUMBER: ColumnKind = ColumnKind::Int { min: 0, max: u32::MAX as i64 };
const FLAGS: ColumnKind = ColumnKind::Int { min: i64::MIN, max: i64::MAX };
const GOLD: ColumnKind = ColumnKind::Int { min: 0, max: GOLD_MAX };
const NAME: ColumnKind = ColumnKind::Text { max: NAME_BYTES_MAX };
const HASH: ColumnKind = ColumnKind::Blob { max: 32 };
const PHC: ColumnKind = ColumnKind::Text { max: 256 };

tables! {
    /// An account: who may log in as it, and which of its commands happened.
    AccountRow, Account = 1, "account", key 1, append false, gold None, {
        /// Its id.
        id: u64 = ID, not_null;
        /// As shown; none for a guest.
        name: Option<String> = NAME, null;
        /// SHA-256 of a guest's secret; none once a name is bound.
        secret_hash: Option<Bytes> = HASH, null;
        /// Argon2id in PHC form; none for a guest.
        password: Option<String> = PHC, null;
        /// Grows with each login.
        session_gen: u32 = NUMBER, not_null;
        /// The last command used up.
        cseq_last: u64 = COUNT, not_null;
        /// Bit i: command `cseq_last - i` was answered OK.
        cseq_ok: Bits = FLAGS, not_null;
        /// Milliseconds since 1970.
        created_ms: u64 = COUNT, not_null;
    }

    /// Which account has a name: the key is the canonical form, unique as bytes (reliability V9).
    NameRow, Name = 2, "account_name", key 1, append false, gold None, {
        /// The canonical form.
        name_key: String = NAME, not_null;
        /// Its account.
        account: u64 = ID, not_null;
    }

    /// An account's gold.
    WalletRow, Wallet = 3, "wallet", key 1, append false, gold Some(1), {
        /// Whose.
        account: u64 = ID, not_null;
        /// How much.
        gold: i64 = GOLD, not_null;
    }

    /// Why gold moved: one row for each movement, never changed.
    LedgerRow, Ledger = 4, "ledger", key 2, append true, gold None, {
        /// The record that moved it.
        lsn: u64 = COUNT, not_null;
        /// Position within that record, from 0.
        n: u32 = NUMBER, not_null;
        /// Payer; 0: a faucet.
        from_account: u64 = ID, not_null;
        /// Payee; 0: a sink.
        to_account: u64 = ID, not_null;
        /// How much.
        amount: i64 = GOLD, not_null;
        /// A [`Reason`].
        reason: u32 = NUMBER, not_null;
        /// The command of `from_account`, 0 for none.
        cseq: u64 = COUNT, not_null;
        /// Milliseconds since 1970.
        wall_ms: u64 = COUNT, not_null;
    }
}

/// Why gold entered, left or moved. Numbers are stored: never reuse one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Reason {
    /// Faucet: a new account's first gold.
    Start = 1,
    /// Movement: one player pays another.
    Pay = 2,
}
