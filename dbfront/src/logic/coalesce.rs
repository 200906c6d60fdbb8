//! Several frames as one change a row: the last version over the one that stood before the first. What
//! the database then does is what it would have done record by record. Knows no SQL.

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use proto::{ids::Lsn, tables::Table};

use super::{
    decode::Frame,
    row::{Action, Change, Row, RowKey},
};
use crate::store::{RowChange, StoreError, TableChanges};

/// One entry a table that is touched, in order of table numbers; rows in key order, appends in record order.
///
/// # Errors
/// [`StoreError::Divergence`] where a row's versions do not follow each other.
pub fn coalesce(frames: &[Frame]) -> Result<Vec<TableChanges>, StoreError> {
    let mut tables: Vec<Merging> = Table::ALL.iter().map(|_| Merging::default()).collect();
    for change in frames.iter().flat_map(|frame| frame.changes.iter()) {
        let index = Table::ALL.iter().position(|table| *table == change.table).unwrap_or(0);
        tables[index].add(change)?;
    }
    Ok(tables
        .into_iter()
        .zip(Table::ALL)
        .filter(|(merging, _)| !merging.is_empty())
        .map(|(merging, &table)| merging.finish(table))
        .collect())
}

#[derive(Default)]
struct Merging {
    /// Randomly keyed: players choose their names.
    rows: HashMap<RowKey, Merged>,
    appends: Vec<RowChange>,
}

struct Merged {
    lsn: Lsn,
    base: u64,
    ver: u64,
    after: After,
}

enum After {
    There(Row),
    Gone(Row),
}

impl Merging {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.appends.is_empty()
    }

    fn add(&mut self, change: &Change) -> Result<(), StoreError> {
        let after = match &change.action {
            Action::Append(row) => {
                self.appends.push(RowChange { lsn: change.lsn, base: 0, ver: 0, row: row.clone() });
                return Ok(());
            }
            Action::Upsert(row) => After::There(row.clone()),
            Action::Delete(row) => After::Gone(row.clone()),
        };
        let Some(base) = change.ver.checked_sub(1) else {
            return Err(diverged(change));
        };
        let Some(merged) = self.rows.get_mut(&change.key) else {
            let merged = Merged { lsn: change.lsn, base, ver: change.ver, after };
            self.rows.insert(change.key.clone(), merged);
            return Ok(());
        };
        let stands = match merged.after {
            After::There(_) => merged.ver,
            After::Gone(_) => 0,
        };
        if stands != base {
            return Err(diverged(change));
        }
        merged.lsn = change.lsn;
        merged.ver = change.ver;
        merged.after = after;
        Ok(())
    }

    fn finish(self, table: Table) -> TableChanges {
        let mut rows: Vec<(RowKey, Merged)> = self.rows.into_iter().collect();
        rows.sort_unstable_by(|(left, _), (right, _)| left.cmp(right));
        let mut changes = TableChanges {
            table,
            inserts: Vec::new(),
            updates: Vec::new(),
            deletes: Vec::new(),
            appends: self.appends,
        };
        for (_, Merged { lsn, base, ver, after }) in rows {
            match after {
                After::There(row) if base == 0 => changes.inserts.push(RowChange { lsn, base, ver, row }),
                After::There(row) => changes.updates.push(RowChange { lsn, base, ver, row }),
                // Came and went within the batch.
                After::Gone(_) if base == 0 => {}
                After::Gone(row) => changes.deletes.push(RowChange { lsn, base, ver, row }),
            }
        }
        changes
    }
}

fn diverged(change: &Change) -> StoreError {
    StoreError::Divergence { lsn: change.lsn, table: change.table.def().name }
}
