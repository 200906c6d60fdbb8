//! What makes a record one that may be journalled: known tables, columns within bounds, and double
//! entry: gold and goods only enter and leave the world by a stated flow (reliability A4). Game asks before it
//! executes, dbfront before it journals. Looks at one record alone: knows no stored row.

mod goods;
#[cfg(test)]
mod tests;

use crate::{
    limits::{GOLD_MAX, RECORD_SCHEMA, RECORD_SCHEMA_MIN},
    link::{Mutation, Op, Record, Value, value::V},
    tables::{RowError, Table, TableDef},
};

use self::goods::Goods;
pub use self::goods::row_goods;

/// Why a record must not be executed or journalled: always a mistake of ours, never a player's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// A record format that this build does not know (reliability M2).
    #[error("record schema {got}, this build knows {RECORD_SCHEMA}")]
    Schema {
        /// Found.
        got: u32,
    },
    /// No such table.
    #[error("mutation {index}: no table has number {table}")]
    Table {
        /// From 0.
        index: usize,
        /// Found.
        table: u32,
    },
    /// An operation that the table does not have.
    #[error("mutation {index}: {table} has no such operation")]
    Operation {
        /// From 0.
        index: usize,
        /// The table.
        table: &'static str,
    },
    /// A column outside its bounds.
    #[error("mutation {index}: {error}")]
    Row {
        /// From 0.
        index: usize,
        /// What is wrong with it.
        error: RowError,
    },
    /// An insert has version 1, a later change or a delete a higher one, an append none.
    #[error("mutation {index}: version {ver} cannot be of this operation on {table}")]
    Version {
        /// From 0.
        index: usize,
        /// The table.
        table: &'static str,
        /// Found.
        ver: u64,
    },
    /// An amount before that no row can have held.
    #[error("mutation {index}: {table} cannot have held {before} before")]
    Before {
        /// From 0.
        index: usize,
        /// The table.
        table: &'static str,
        /// Stated.
        before: i64,
    },
    /// A flow without a reason or above the cap.
    #[error("flow {index} has no reason or is above the cap")]
    Flow {
        /// From 0.
        index: usize,
    },
    /// A flow of goods without a reason or of more than an item can be.
    #[error("flow of goods {index} has no reason or is above the cap")]
    GoodsFlow {
        /// From 0.
        index: usize,
    },
    /// Things before that no row can have been, or none where there must have been some.
    #[error("mutation {index}: {table} cannot have been those goods before")]
    GoodsBefore {
        /// From 0.
        index: usize,
        /// The table.
        table: &'static str,
    },
    /// One item in two places, or taken from two.
    #[error("item {item} is put or taken twice")]
    ItemTwice {
        /// Its id.
        item: i64,
    },
    /// Things that came from nowhere or went nowhere.
    #[error("goods of kind {kind} moved by {moved}, the flows say {stated}")]
    GoodsUnbalanced {
        /// The first that does not balance.
        kind: u32,
        /// Sum over all rows of after − before.
        moved: i128,
        /// Sum over all its flows.
        stated: i128,
    },
    /// Gold that came from nowhere or went nowhere.
    #[error("gold moved by {moved}, the flows say {stated}")]
    Unbalanced {
        /// Sum over all rows of after − before.
        moved: i128,
        /// Sum over all flows.
        stated: i128,
    },
}

impl EntryError {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Schema { .. } => "entry.schema",
            Self::Table { .. } => "entry.table",
            Self::Operation { .. } => "entry.operation",
            Self::Row { .. } => "entry.row",
            Self::Version { .. } => "entry.version",
            Self::Before { .. } => "entry.before",
            Self::Flow { .. } => "entry.flow",
            Self::GoodsFlow { .. } => "entry.goods_flow",
            Self::GoodsBefore { .. } => "entry.goods_before",
            Self::ItemTwice { .. } => "entry.item_twice",
            Self::GoodsUnbalanced { .. } => "entry.goods_unbalanced",
            Self::Unbalanced { .. } => "entry.unbalanced",
        }
    }
}

/// Checks a whole record by itself.
///
/// # Errors
/// The first thing that is wrong, see [`EntryError`].
pub fn check_record(record: &Record) -> Result<(), EntryError> {
    if !(RECORD_SCHEMA_MIN..=RECORD_SCHEMA).contains(&record.schema) {
        return Err(EntryError::Schema { got: record.schema });
    }
    let mut moved = 0i128;
    let mut goods = Goods::default();
    for (index, mutation) in record.mutations.iter().enumerate() {
        moved += check_mutation(mutation, index, &mut goods)?;
    }
    goods.check_flows(&record.goods)?;
    let mut stated = 0i128;
    for (index, flow) in record.flows.iter().enumerate() {
        if flow.reason == 0 || !(-GOLD_MAX..=GOLD_MAX).contains(&flow.amount) {
            return Err(EntryError::Flow { index });
        }
        stated += i128::from(flow.amount);
    }
    if moved == stated { Ok(()) } else { Err(EntryError::Unbalanced { moved, stated }) }
}

/// The gold that a mutation leaves in its row, if its table holds gold: 0 after a delete.
#[must_use]
pub fn gold_after(def: &TableDef, mutation: &Mutation) -> Option<i64> {
    let column = def.gold?;
    Some(if mutation.op() == Op::Delete { 0 } else { gold_in(mutation.row.get(column)) })
}

/// The gold of a row, if its table holds gold.
#[must_use]
pub fn row_gold(def: &TableDef, row: &[Value]) -> Option<i64> {
    Some(gold_in(row.get(def.gold?)))
}

fn gold_in(value: Option<&Value>) -> i64 {
    match value {
        Some(Value { v: Some(V::Int(gold)) }) => *gold,
        _ => 0,
    }
}

/// By how much it changes the gold in the world.
fn check_mutation(mutation: &Mutation, index: usize, goods: &mut Goods) -> Result<i128, EntryError> {
    let Some(table) = Table::from_code(mutation.table) else {
        return Err(EntryError::Table { index, table: mutation.table });
    };
    let def = table.def();
    let Ok(op) = Op::try_from(mutation.op) else {
        return Err(EntryError::Operation { index, table: def.name });
    };
    if def.append != (op == Op::Append) {
        return Err(EntryError::Operation { index, table: def.name });
    }
    let (row, vers) = match op {
        Op::Upsert => (def.check(&mutation.row), 1..=VER_MAX),
        Op::Delete => (def.check_key(&mutation.row), 2..=VER_MAX),
        Op::Append => (def.check(&mutation.row), 0..=0),
    };
    row.map_err(|error| EntryError::Row { index, error })?;
    if !vers.contains(&mutation.ver) {
        return Err(EntryError::Version { index, table: def.name, ver: mutation.ver });
    }
    let before = mutation.gold_before;
    let may_hold = def.gold.is_some() && mutation.ver != 1;
    if !(0..=if may_hold { GOLD_MAX } else { 0 }).contains(&before) {
        return Err(EntryError::Before { index, table: def.name, before });
    }
    goods.add(def, mutation, index)?;
    Ok(i128::from(gold_after(def, mutation).unwrap_or(0)) - i128::from(before))
}

/// Versions are stored in 63 bits.
const VER_MAX: u64 = i64::MAX.cast_unsigned();
