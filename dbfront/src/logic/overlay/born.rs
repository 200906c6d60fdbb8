//! What a new owner has: nothing yet. Game knows that without a read, so dbfront has to know it too, or a game that
//! is killed would wait for the database to learn that somebody's bag is empty.

use proto::tables::Table;

use super::{Overlay, slot};
use crate::logic::row::{Action, Change, RowKey};

impl Overlay {
    /// Records were accepted: of an owner that began with one of them every row is known, for there was none.
    pub fn accepted(&mut self, changes: &[Change]) {
        for change in changes.iter().filter(|change| change.ver == 1) {
            let Action::Upsert(row) = &change.action else { continue };
            let owner = OWNERS.iter().find(|(table, _, _)| *table == change.table);
            let Some((id, sets)) = owner.and_then(|(_, id, sets)| Some((row.get(*id)?, sets))) else {
                continue;
            };
            let (after, upto) = RowKey::range_of(std::slice::from_ref(id));
            for &set in *sets {
                self.tables[slot(set)].cover.extend(Some(&after), Some(&upto));
            }
        }
    }
}

/// Owners whose ids are never given twice, the column of the id, and the tables whose keys begin with it. Letters are
/// none: one that comes back is made anew with what is in it.
const OWNERS: &[(Table, usize, &[Table])] = &[
    (
        Table::Account,
        0,
        &[Table::Character, Table::ChatBlock, Table::Report, Table::ReplayPlayer, Table::Rating],
    ),
    (Table::Character, 1, &[Table::Item, Table::Mail]),
];
