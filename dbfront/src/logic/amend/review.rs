//! Whether a replacement may stand for a record: the same rows in the same versions, or fewer where nothing later
//! builds on them; gold and goods as they must be. Knows no journal: what later records touched is asked.

use std::collections::BTreeMap;

use proto::{
    entry::{EntryError, check_record, gold_after, row_goods},
    ids::Lsn,
    limits::{RECORD_BYTES_MAX, STAFF_DEED_BYTES_MAX},
    link::{Goods, Mutation, Op, Record, Value},
    tables::{Row as _, StaffLogRow, Table},
    wire,
};

use crate::logic::row::RowKey;

/// Why a replacement is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Bounds, versions, or double entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// A row that the record does not change.
    #[error(
        "mutation {index} changes a row of {table} that the record does not change, or in another version or way"
    )]
    OtherRow {
        /// From 0.
        index: usize,
        /// The table.
        table: &'static str,
    },
    /// A later record builds on a row that would not be there.
    #[error(
        "a later record builds on the row of {table} that mutation {index} of the record leaves: it cannot go"
    )]
    Needed {
        /// From 0, in the record.
        index: usize,
        /// The table.
        table: &'static str,
    },
    /// A later record builds on the gold or the things in a row.
    #[error(
        "a later record builds on the gold or things in the row of {table} that mutation {index} of the record leaves: \
         they must stay"
    )]
    Amount {
        /// From 0, in the record.
        index: usize,
        /// The table.
        table: &'static str,
    },
    /// Longer than a record may be.
    #[error("the replacement has {bytes} bytes")]
    TooLarge {
        /// With the line of the staff log.
        bytes: usize,
    },
}

impl Unfit {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Entry(error) => error.code(),
            Self::OtherRow { .. } => "amend.other_row",
            Self::Needed { .. } => "amend.needed",
            Self::Amount { .. } => "amend.amount",
            Self::TooLarge { .. } => "amend.too_large",
        }
    }
}

/// Who signs for a replacement.
#[derive(Clone, Copy, Debug)]
pub struct Signature<'a> {
    /// Its name in the staff log.
    pub author: &'a str,
    /// Why.
    pub reason: &'a str,
    /// Milliseconds since 1970.
    pub wall_ms: u64,
}

/// Checks a replacement against what is in force under that number: memory and later records follow from it, whatever game
/// wrote there at first. So a row that an earlier replacement left out cannot come back.
/// `is_touched_later`: whether a record after it changes this row.
///
/// # Errors
/// See [`Unfit`].
pub fn review(
    in_force: &Record,
    replacement: &Record,
    mut is_touched_later: impl FnMut(Table, &RowKey) -> bool,
) -> Result<(), Unfit> {
    check_record(replacement)?;
    let (before, after) = (rows_of(in_force), rows_of(replacement));
    for ((table, key), changes) in &after {
        let name = table.def().name;
        let stand = before.get(&(*table, key.clone())).map_or(&[][..], |changes| &changes[..]);
        if let Some(&(index, _)) = changes.get(stand.len()) {
            return Err(Unfit::OtherRow { index, table: name });
        }
        for (&(index, stands), &(_, change)) in stand.iter().zip(changes) {
            let fits = stands.op == change.op
                && stands.ver == change.ver
                && stands.gold_before == change.gold_before
                && stands.goods_before == change.goods_before;
            if !fits || stand.len() != changes.len() {
                return Err(Unfit::OtherRow { index, table: name });
            }
        }
    }
    for ((table, key), changes) in &before {
        let Some(&(index, last)) = changes.last() else { continue };
        let stands = after.get(&(*table, key.clone())).and_then(|changes| changes.last());
        let is_kept = stands.is_some_and(|&(_, change)| leaves(change) == leaves(last));
        // Lines of a log are never built on.
        if last.op() == Op::Append || is_kept || !is_touched_later(*table, key) {
            continue;
        }
        let table = table.def().name;
        return Err(match stands {
            None => Unfit::Needed { index, table },
            Some(_) => Unfit::Amount { index, table },
        });
    }
    Ok(())
}

/// What a later record states to have found there.
fn leaves(mutation: &Mutation) -> (Option<i64>, Option<Goods>) {
    let Some(table) = Table::from_code(mutation.table) else { return (None, None) };
    let def = table.def();
    let goods = if mutation.op() == Op::Delete { None } else { row_goods(def, &mutation.row) };
    (gold_after(def, mutation), goods)
}

type Rows<'a> = BTreeMap<(Table, RowKey), Vec<(usize, &'a Mutation)>>;

/// What becomes of each row, in order.
fn rows_of(record: &Record) -> Rows<'_> {
    let mut rows = Rows::new();
    for (index, mutation) in record.mutations.iter().enumerate() {
        if let Some(row) = row_of(mutation) {
            rows.entry(row).or_default().push((index, mutation));
        }
    }
    rows
}

fn row_of(mutation: &Mutation) -> Option<(Table, RowKey)> {
    let table = Table::from_code(mutation.table)?;
    Some((table, RowKey::of(table.def(), &mutation.row)))
}

/// The replacement's payload, with the line of the staff log that says who and why.
///
/// # Errors
/// [`Unfit::TooLarge`].
pub fn signed(lsn: Lsn, mut replacement: Record, by: Signature<'_>) -> Result<Vec<u8>, Unfit> {
    let line = StaffLogRow {
        lsn: lsn.0,
        n: free_line(&replacement),
        staff: by.author.to_owned(),
        deed: DEED.to_owned(),
        account: 0,
        until_ms: None,
        reason: by.reason.to_owned(),
        wall_ms: by.wall_ms,
    };
    replacement.mutations.push(Mutation {
        table: Table::StaffLog as u32,
        op: Op::Append.into(),
        row: line.values(),
        ..Mutation::default()
    });
    let payload = wire::encode(&replacement);
    if payload.len() > RECORD_BYTES_MAX {
        return Err(Unfit::TooLarge { bytes: payload.len() });
    }
    Ok(payload)
}

/// A number after those of all lines of logs in the record.
fn free_line(record: &Record) -> u32 {
    let lines = record.mutations.iter().filter(|mutation| mutation.op() == Op::Append);
    let numbers = lines.filter_map(|mutation| match mutation.row.get(1) {
        Some(Value { v: Some(proto::link::value::V::Int(n)) }) => u32::try_from(*n).ok(),
        _ => None,
    });
    numbers.max().map_or(0, |last| last.saturating_add(1))
}

/// In the staff log.
const DEED: &str = "amend";

const _: () = assert!(DEED.len() <= STAFF_DEED_BYTES_MAX);
