//! A disk for rows that wait for the database and do not fit memory: maps that a kill empties, at times without room.

use std::{collections::BTreeMap, ops::Bound};

use dbfront::logic::overlay::spill::{Packed, SpillError, SpillPlace, SpillRun};

use super::{
    fault::{FaultKind, Faults},
    lie::Lie,
};

/// See the module.
#[derive(Debug)]
pub(super) struct Runs {
    faults: Faults,
    lie: Option<Lie>,
}

#[derive(Debug)]
struct Run {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    faults: Faults,
    lie: Option<Lie>,
}

impl Runs {
    pub(super) fn new(faults: Faults, lie: Option<Lie>) -> Self {
        Self { faults, lie }
    }
}

impl SpillPlace for Runs {
    fn begin(&mut self) -> Result<Box<dyn SpillRun>, SpillError> {
        Ok(Box::new(Run { rows: BTreeMap::new(), faults: self.faults.clone(), lie: self.lie }))
    }
}

impl SpillRun for Run {
    fn put(&mut self, rows: &[(Vec<u8>, Vec<u8>)]) -> Result<(), SpillError> {
        if self.faults.strikes(FaultKind::DiskFull) {
            return Err(SpillError::Full);
        }
        for (key, value) in rows {
            if self.lie == Some(Lie::RunKeepsTheFirst) && self.rows.contains_key(key) {
                continue;
            }
            self.rows.insert(key.clone(), value.clone());
        }
        Ok(())
    }

    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, SpillError> {
        Ok(self.rows.get(key).cloned())
    }

    fn range(&mut self, after: &[u8], upto: &[u8], rows_max: usize) -> Result<Packed, SpillError> {
        let range = (Bound::Excluded(after), Bound::Included(upto));
        let rows = self.rows.range::<[u8], _>(range).take(rows_max);
        Ok(rows.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn bytes(&self) -> u64 {
        self.rows.iter().map(|(key, value)| (key.len() + value.len()) as u64).sum()
    }
}
