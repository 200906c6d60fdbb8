//! With next to no memory, a disk that is a map, sometimes full: what is said is what is said with all memory.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI64, Ordering::Relaxed},
    },
};

use super::{super::spill::*, sets::Bags, *};

/// A disk that is a map.
#[derive(Clone, Debug, Default)]
pub(super) struct Disk(Arc<State>);

#[derive(Debug, Default)]
struct State {
    runs: AtomicI64,
    runs_most: AtomicI64,
    rows_put: AtomicI64,
    is_full: AtomicBool,
    is_broken: AtomicBool,
}

#[derive(Debug)]
struct Run {
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    state: Arc<State>,
}

impl Disk {
    pub(super) fn rows_put(&self) -> i64 {
        self.0.rows_put.load(Relaxed)
    }
}

impl SpillPlace for Disk {
    fn begin(&mut self) -> Result<Box<dyn SpillRun>, SpillError> {
        self.0.runs.fetch_add(1, Relaxed);
        self.0.runs_most.fetch_max(self.0.runs.load(Relaxed), Relaxed);
        Ok(Box::new(Run { rows: BTreeMap::new(), state: self.0.clone() }))
    }
}

impl Run {
    fn check(&self) -> Result<(), SpillError> {
        let is_broken = self.state.is_broken.load(Relaxed);
        if is_broken { Err(SpillError::Failed { detail: "gone".to_owned() }) } else { Ok(()) }
    }
}

impl SpillRun for Run {
    fn put(&mut self, rows: &[(Vec<u8>, Vec<u8>)]) -> Result<(), SpillError> {
        assert!(rows.is_sorted());
        self.check()?;
        if self.state.is_full.load(Relaxed) {
            return Err(SpillError::Full);
        }
        self.state.rows_put.fetch_add(i64::try_from(rows.len()).expect("few"), Relaxed);
        self.rows.extend(rows.iter().cloned());
        Ok(())
    }

    fn get(&mut self, key: &[u8]) -> Result<Option<Vec<u8>>, SpillError> {
        self.check()?;
        Ok(self.rows.get(key).cloned())
    }

    fn range(&mut self, after: &[u8], upto: &[u8], rows_max: usize) -> Result<Packed, SpillError> {
        self.check()?;
        let range = (Bound::Excluded(after.to_vec()), Bound::Included(upto.to_vec()));
        Ok(self.rows.range(range).take(rows_max).map(|(key, row)| (key.clone(), row.clone())).collect())
    }

    fn bytes(&self) -> u64 {
        self.rows.len() as u64
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.state.runs.fetch_sub(1, Relaxed);
    }
}

#[test]
fn with_next_to_no_memory_every_answer_is_the_same_in_any_order_of_events() {
    let (mut answered, mut put, mut two) = (0, 0, 0);
    for seed in 1..=120 {
        let disk = Disk::default();
        let memory = usize::try_from(seed % 4).expect("small") * 600;
        let overlay = Overlay::new(Lsn(0), usize::MAX).spilling(memory, Box::new(disk.clone()), u64::MAX);
        let mut bags = Bags::new(overlay, seed);
        for _ in 0..400 {
            bags.step();
            disk.0.is_full.store(bags.random(6) == 0, Relaxed);
            if bags.random(2) == 0 {
                bags.overlay.tend();
                assert!(bags.overlay.has_room() || disk.0.is_full.load(Relaxed));
            }
            bags.compare();
            bags.compare_what_waits();
        }
        bags.finish();
        bags.overlay.tend();
        assert_eq!(
            (bags.overlay.unsettled_bytes(), bags.overlay.spilled(), disk.0.runs.load(Relaxed)),
            (0, (0, 0), 0)
        );
        bags.compare();
        answered += bags.answered;
        put += disk.0.rows_put.load(Relaxed);
        two += i64::from(disk.0.runs_most.load(Relaxed) == 2);
        assert!(disk.0.runs_most.load(Relaxed) <= 2);
    }
    assert!(5_000 < answered, "{answered} sets came from memory and disk");
    assert!(2_000 < put, "{put} rows left memory");
    assert!(10 < two, "{two} worlds had two runs at once");
}

fn small(disk: &Disk, disk_bytes_max: u64) -> Overlay {
    Overlay::new(Lsn(0), usize::MAX).spilling(1_000, Box::new(disk.clone()), disk_bytes_max)
}

#[test]
fn a_page_over_many_rows_on_disk_is_whole_and_memory_is_newer() {
    let disk = Disk::default();
    let mut overlay = small(&disk, u64::MAX);
    scanned(&mut overlay, None, vec![], LAST);
    for account in 1..=1_000_i64 {
        write(&mut overlay, &wallet(account.cast_unsigned(), account, account, 1));
    }
    overlay.tend();
    assert!(900 < overlay.spilled().0);
    write(&mut overlay, &wallet(1_001, 500, 7, 2));
    write(&mut overlay, &delete(1_002, 501, 2));
    let mut all = page(&mut overlay, None, 2_000).expect("known").rows;
    assert_eq!(all.len(), 999);
    assert_eq!(all[499], stored(500, 7, 2));
    all.retain(|row| row.ver == 1);
    let expected: Vec<_> =
        (1..=1_000).filter(|n| !(500..=501).contains(n)).map(|n| stored(n, n, 1)).collect();
    assert_eq!(all, expected);
    let some = page(&mut overlay, Some(499), 2).expect("known");
    assert_eq!(some, Page { rows: vec![stored(500, 7, 2), stored(502, 502, 1)], done: false });
}

#[test]
fn where_neither_memory_nor_disk_has_room_no_more_is_taken_until_some_is_applied() {
    let disk = Disk::default();
    let mut overlay = small(&disk, 1);
    for account in 1..=100_i64 {
        write(&mut overlay, &wallet(account.cast_unsigned(), account, 1, 1));
        overlay.tend();
    }
    assert!(!overlay.has_room());
    assert_eq!(overlay.trouble(), Some(&SpillError::Full));
    for account in 1..=100_i64 {
        assert_eq!(look(&mut overlay, account), Known::Row(stored(account, 1, 1)));
    }
    overlay.applied(Lsn(100));
    overlay.tend();
    assert!(overlay.has_room());
    assert_eq!(overlay.unsettled_bytes(), 0);
}

#[test]
fn a_disk_that_does_not_give_back_is_told() {
    let disk = Disk::default();
    let mut overlay = small(&disk, u64::MAX);
    for account in 1..=100_i64 {
        write(&mut overlay, &wallet(account.cast_unsigned(), account, 1, 1));
    }
    overlay.tend();
    assert_eq!(overlay.broken(), None);
    disk.0.is_broken.store(true, Relaxed);
    look(&mut overlay, 1);
    assert!(overlay.broken().is_some_and(|error| error.to_string().ends_with("gone")));
}
