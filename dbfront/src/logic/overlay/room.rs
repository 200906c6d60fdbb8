//! What leaves memory: rows that the database has become rows that may go, those go for want of room, and where rows
//! that wait do not fit, the longest unused go to disk.

use std::mem;

use proto::ids::Lsn;

use super::{
    Overlay, Rows, slot,
    spill::{Leaving, Spilled},
};

impl Overlay {
    /// Lets go what can go, and makes room for what waits: to be called after records were taken in, and again and
    /// again while nothing happens, for it does a bounded part of it.
    pub fn tend(&mut self) {
        let out = self.reads.first_key_value().map(|(&begun, _)| begun);
        let horizon = out.map_or(self.applied, |begun| begun.min(self.applied));
        if let Some(spilled) = &mut self.spilled {
            let lost = spilled.settle(horizon, self.last);
            if !lost.is_empty() {
                for table in lost {
                    let Rows { cover, coming, is_kept, .. } = &mut self.tables[slot(table)];
                    // Of a table that is kept nothing was there but rows that are gone.
                    if !*is_kept {
                        cover.clear();
                        coming.clear();
                    }
                }
                // They are looked at again, before all others.
                for (table, key) in self.shadowing.drain(..).rev() {
                    self.unsettled.push_front((Lsn(0), table, key));
                }
            }
        }
        self.settle(horizon);
        self.give_up_beyond_bound();
        self.shrink();
        self.spill();
    }

    fn settle(&mut self, horizon: Lsn) {
        for _ in 0..SETTLE_ROWS_MAX {
            let Some((_, table, key)) = self.unsettled.pop_front_if(|(lsn, _, _)| *lsn <= horizon) else {
                return;
            };
            let Rows { rows, is_kept, .. } = &mut self.tables[slot(table)];
            let Some(entry) = rows.get_mut(&key).filter(|entry| entry.unsettled) else { continue };
            if horizon < entry.changed {
                self.unsettled.push_back((entry.changed, table, key));
                continue;
            }
            if self.spilled.as_ref().is_some_and(|spilled| spilled.shadows(entry.shadow)) {
                self.shadowing.push_back((table, key));
                continue;
            }
            if *is_kept && entry.row.is_some() {
                entry.unsettled = false;
                continue;
            }
            self.unsettled_bytes -= entry.bytes;
            if entry.row.is_none() {
                rows.remove(&key);
                continue;
            }
            self.settled_bytes += entry.bytes;
            entry.unsettled = false;
            if !entry.queued {
                entry.queued = true;
                self.settled.push_back((table, key));
            }
        }
    }

    /// Until the rows that wait fit memory, or the disk takes no more.
    fn spill(&mut self) {
        let Some(mut spilled) = self.spilled.take() else { return };
        let low = self.unsettled_bytes_max - self.unsettled_bytes_max / 16;
        if self.unsettled_bytes_max < self.unsettled_bytes {
            while low < self.unsettled_bytes && self.spill_some(&mut spilled, low) {}
        }
        self.spilled = Some(spilled);
    }

    /// Some rows, those that were not changed or read lately first; says whether the disk took any.
    fn spill_some(&mut self, spilled: &mut Spilled, low: usize) -> bool {
        let mut leaving = Vec::new();
        let mut left_bytes = 0;
        let mut looks = SPILL_ROWS_MAX * LOOKS_A_ROW;
        while leaving.len() < SPILL_ROWS_MAX && low < self.unsettled_bytes - left_bytes {
            let is_shadowing = !self.shadowing.is_empty();
            let next = match self.shadowing.pop_front() {
                Some(next) => next,
                None => match self.unsettled.pop_front() {
                    Some((_, table, key)) => (table, key),
                    None => break,
                },
            };
            let (table, key) = next;
            let Rows { rows, is_kept, .. } = &mut self.tables[slot(table)];
            let Some(entry) = rows.get_mut(&key).filter(|entry| entry.unsettled) else { continue };
            looks = looks.saturating_sub(1);
            if *is_kept && entry.row.is_some() {
                self.unsettled.push_back((self.last, table, key));
                if looks == 0 {
                    break;
                }
                continue;
            }
            if !is_shadowing && mem::take(&mut entry.used) && looks != 0 {
                // In order of records still: it is looked at later than it could be, never earlier.
                self.unsettled.push_back((self.last, table, key));
                continue;
            }
            // Its key may stand in the queue twice.
            entry.unsettled = false;
            left_bytes += entry.bytes;
            let (ver, row, changed) = (entry.ver, entry.row.clone(), entry.changed);
            leaving.push(Leaving { table, key, ver, row, changed });
        }
        let is_taken = !leaving.is_empty() && spilled.put(&leaving, self.last);
        for Leaving { table, key, changed, .. } in leaving.into_iter().rev() {
            let rows = &mut self.tables[slot(table)].rows;
            if is_taken {
                rows.remove(&key);
            } else if let Some(entry) = rows.get_mut(&key) {
                entry.unsettled = true;
                self.unsettled.push_front((changed, table, key));
            }
        }
        if is_taken {
            self.unsettled_bytes -= left_bytes;
        }
        is_taken
    }

    /// Drops settled rows until they fit: first those that were not used since they were asked last, then any that
    /// the writer does not hold, then any.
    pub(super) fn shrink(&mut self) {
        if self.cold.is_some() {
            return self.shrink_tiers();
        }
        let mut bytes_max = self.settled_bytes_max;
        for spare in [Spare::UsedAndHeld, Spare::Held, Spare::Nothing] {
            if spare == Spare::Nothing && bytes_max < self.settled_bytes {
                // All that is left is held: some more room, so that the next row does not ask them all again.
                bytes_max = self.settled_bytes_max - self.settled_bytes_max / 16;
            }
            for _ in 0..self.settled.len() {
                if self.settled_bytes <= bytes_max {
                    return;
                }
                self.drop_or_spare(spare);
            }
        }
    }

    fn drop_or_spare(&mut self, spare: Spare) {
        let Some((table, key)) = self.settled.pop_front() else { return };
        let all = &mut self.tables[slot(table)];
        let Some(entry) = all.rows.get_mut(&key) else { return };
        if entry.unsettled {
            entry.queued = false;
            return;
        }
        let is_held = entry.generation == self.generation;
        let is_spared = match spare {
            Spare::UsedAndHeld => is_held || mem::take(&mut entry.used),
            Spare::Held => is_held,
            Spare::Nothing => false,
        };
        if is_spared {
            self.settled.push_back((table, key));
            return;
        }
        self.settled_bytes -= entry.bytes;
        self.hits.held_lost += u64::from(is_held);
        let row = all.rows.remove(&key).and_then(|entry| entry.row);
        all.lost(table, &key, row.as_deref());
    }
}

/// Which settled rows stay in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spare {
    UsedAndHeld,
    Held,
    Nothing,
}

/// Rows settled at a time.
const SETTLE_ROWS_MAX: usize = 16_384;
/// Rows that go to disk at a time: sorted by key, so that neighbors share a page, and few enough not to be waited for.
const SPILL_ROWS_MAX: usize = 2_048;
/// Rows looked at for each one that goes; beyond, they go whether they were used or not.
const LOOKS_A_ROW: usize = 8;
