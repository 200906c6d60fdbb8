//! The two tiers of rows that the database has: those used lately as they are, the others deflated. Rows cool down in
//! batches, warm up one by one, and what is longest unused goes from the cold end, what the writer holds last.

use std::mem;

use proto::tables::Table;

use super::{
    Entry, Overlay,
    cold::{Cold, Cooling, PACK_ROWS_MAX},
    slot,
    under::Use,
};
use crate::logic::row::{RowKey, row_bytes};

impl Overlay {
    /// A row that is asked for or changed is not cold any more.
    pub(super) fn warm(&mut self, table: Table, key: &RowKey) {
        let cold = &mut self.tables[slot(table)].cold;
        let Some((packs, place)) = self.cold.as_mut().zip(cold.remove(key)) else { return };
        let found = packs.read(place);
        packs.leave(key, place);
        self.put_settled(table, key.clone(), found, Use { used: true, generation: place.generation });
    }

    /// What is known of it otherwise is newer.
    pub(super) fn forget_cold(&mut self, table: Table, key: &RowKey) {
        let place = self.tables[slot(table)].cold.remove(key);
        if let Some((packs, place)) = self.cold.as_mut().zip(place) {
            packs.leave(key, place);
        }
    }

    /// Until both tiers fit.
    pub(super) fn shrink_tiers(&mut self) {
        let Some(mut packs) = self.cold.take() else { return };
        let hot_bytes_max = self.settled_bytes_max / HOT_PART;
        while hot_bytes_max < self.settled_bytes && self.cool_some(&mut packs, hot_bytes_max) {}
        if packs.has_many_thin() {
            self.join_thin(&mut packs);
        }
        self.drop_packs(&mut packs);
        self.cold = Some(packs);
    }

    /// Some rows, those that were not used since they were looked at last; says whether there were any.
    fn cool_some(&mut self, packs: &mut Cold, hot_bytes_max: usize) -> bool {
        let mut cooling = Vec::new();
        let mut left_bytes = 0;
        let low = hot_bytes_max - hot_bytes_max / 4;
        let mut looks = self.settled.len().min(COOL_ROWS_MAX * LOOKS_A_ROW);
        while cooling.len() < COOL_ROWS_MAX && low < self.settled_bytes - left_bytes {
            let Some((table, key)) = self.settled.pop_front() else { break };
            let rows = &mut self.tables[slot(table)].rows;
            let Some(entry) = rows.get_mut(&key) else { continue };
            if entry.unsettled {
                entry.queued = false;
                continue;
            }
            looks = looks.saturating_sub(1);
            if mem::take(&mut entry.used) && looks != 0 {
                self.settled.push_back((table, key));
                continue;
            }
            let Some(Entry { ver, row: Some(row), bytes, generation, .. }) = rows.remove(&key) else {
                continue;
            };
            left_bytes += bytes;
            cooling.push(Cooling { table, key, ver, row, generation });
        }
        self.settled_bytes -= left_bytes;
        let is_some = !cooling.is_empty();
        self.pack(packs, cooling);
        is_some
    }

    /// Neighbors go together: they look alike, and are read together.
    fn pack(&mut self, packs: &mut Cold, mut cooling: Vec<Cooling>) {
        cooling.sort_unstable_by(|left, right| (left.table, &left.key).cmp(&(right.table, &right.key)));
        for of_table in cooling.chunk_by(|left, right| left.table == right.table) {
            let mut rest = of_table;
            while !rest.is_empty() {
                let (now, later) = rest.split_at(fitting(rest));
                rest = later;
                let places = packs.pack(now);
                let cold = &mut self.tables[slot(now[0].table)].cold;
                cold.extend(now.iter().map(|row| row.key.clone()).zip(places));
            }
        }
    }

    /// What is left of packs of which most is gone goes into new ones.
    fn join_thin(&mut self, packs: &mut Cold) {
        let mut cooling = Vec::new();
        while let Some(number) = packs.thin() {
            cooling.extend(self.unpack(packs, number));
        }
        self.pack(packs, cooling);
    }

    /// All rows of a pack that are still there; they are not, after this.
    pub(super) fn unpack(&mut self, packs: &mut Cold, number: u32) -> Vec<Cooling> {
        let Some((table, rows)) = packs.rows(number) else { return Vec::new() };
        let cold = &mut self.tables[slot(table)].cold;
        let mut live = Vec::new();
        for (found, at) in rows {
            let key = RowKey::of(table.def(), &found.row);
            let place = cold.get(&key).copied().filter(|place| Cold::is_at(*place, number, at));
            if let Some(place) = place {
                cold.remove(&key);
                packs.leave(&key, place);
                live.push(Cooling {
                    table,
                    key,
                    ver: found.ver,
                    row: found.row,
                    generation: place.generation,
                });
            }
        }
        live
    }

    /// The oldest packs first. Below the maximum, what the writer holds is spared; once all is held, only the maximum
    /// counts.
    fn drop_packs(&mut self, packs: &mut Cold) {
        let low = self.settled_bytes_max - self.settled_bytes_max / 16;
        for _ in 0..DROP_PACKS_MAX {
            if self.settled_bytes + packs.bytes() <= low || packs.count() <= self.all_held {
                break;
            }
            let Some(number) = packs.oldest() else { break };
            if self.is_held(packs, number) {
                packs.renew(number);
                self.all_held += 1;
                continue;
            }
            self.all_held = 0;
            let mut rows = self.unpack(packs, number);
            let spared: Vec<Cooling> = rows.extract_if(.., |row| row.generation == self.generation).collect();
            self.lose(rows);
            self.pack(packs, spared);
        }
        while self.settled_bytes_max < self.settled_bytes + packs.bytes() {
            let Some(number) = packs.oldest() else { break };
            let rows = self.unpack(packs, number);
            self.lose(rows);
        }
    }

    /// Whether the writer holds all of a pack that is there.
    fn is_held(&mut self, packs: &mut Cold, number: u32) -> bool {
        let Some((table, rows)) = packs.rows(number) else { return false };
        let cold = &self.tables[slot(table)].cold;
        rows.iter().all(|(found, at)| {
            let place = cold.get(&RowKey::of(table.def(), &found.row));
            let place = place.filter(|place| Cold::is_at(**place, number, *at));
            place.is_none_or(|place| place.generation == self.generation)
        })
    }

    fn lose(&mut self, rows: Vec<Cooling>) {
        for row in rows {
            self.hits.held_lost += u64::from(row.generation == self.generation);
            self.tables[slot(row.table)].lost(row.table, &row.key, Some(&row.row));
        }
    }
}

/// How many rows go into one pack: a large one alone.
fn fitting(rows: &[Cooling]) -> usize {
    let mut bytes = 0;
    let fit = rows.iter().take(PACK_ROWS_MAX).take_while(|row| {
        bytes += row_bytes(&row.row);
        bytes <= PACK_BYTES_MAX
    });
    fit.count().max(1)
}

/// The part of all bytes that rows as they are may take: one in so many.
const HOT_PART: usize = 4;
/// Rows that cool down at a time.
const COOL_ROWS_MAX: usize = 1_024;
/// Rows looked at for each one of them; beyond, they go whether they were used or not.
const LOOKS_A_ROW: usize = 8;
/// Decoded bytes of a pack; a larger row is one by itself.
const PACK_BYTES_MAX: usize = 64 * 1024;
/// Packs looked at at a time for want of room.
const DROP_PACKS_MAX: usize = 64;
