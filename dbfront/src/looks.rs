//! What whoever looks closer at a running dbfront is shown: the last and the slowest transactions with what they changed,
//! the journal's segments, the last backups. Written by its threads, each thing bounded; says nothing about how it is shown.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use proto::ids::Lsn;

/// See the module.
#[derive(Debug, Default)]
pub struct Looks(Mutex<Look>);

/// All of it at one moment.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// Database transactions, the last one first.
    pub newest: VecDeque<Applied>,
    /// The slowest ones since the start, the slowest first.
    pub slowest: Vec<Applied>,
    /// Segments of the journal, the newest first; so many of them.
    pub segments: Vec<Segment>,
    /// How many there are.
    pub segments_all: usize,
    /// Backups that were begun by this process, the last one first.
    pub backups: VecDeque<Backup>,
}

/// One database transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// When it was done, milliseconds since 1970.
    pub at_ms: u64,
    /// How long it took, microseconds.
    pub took_us: u64,
    /// The last record in it.
    pub lsn: Lsn,
    /// Rows by table, most rows first.
    pub tables: Vec<(&'static str, u64)>,
}

/// One file of the journal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segment {
    /// Its number.
    pub number: u64,
    /// The first record that it can hold.
    pub first: Lsn,
    /// When it was made, milliseconds since 1970.
    pub created_ms: u64,
    /// On disk.
    pub bytes: u64,
}

/// One backup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Backup {
    /// Where.
    pub folder: String,
    /// When it was begun, milliseconds since 1970.
    pub began_ms: u64,
    /// When it ended; 0: not yet.
    pub ended_ms: u64,
    /// The record at which its world stands, and its last one.
    pub records: (Lsn, Lsn),
    /// Of all its files.
    pub bytes: u64,
    /// Why there is none, or what is wrong beside it: a stable name and words.
    pub wrong: String,
    /// It is whole.
    pub is_made: bool,
}

impl Looks {
    /// As it is now.
    #[must_use]
    pub fn read(&self) -> Look {
        self.lock().clone()
    }

    /// A transaction was done.
    pub fn applied(&self, applied: Applied) {
        let look = &mut *self.lock();
        let place = look.slowest.partition_point(|slow| applied.took_us <= slow.took_us);
        if place < APPLIES_MAX {
            look.slowest.insert(place, applied.clone());
            look.slowest.truncate(APPLIES_MAX);
        }
        look.newest.push_front(applied);
        look.newest.truncate(APPLIES_MAX);
    }

    /// The journal has these segments now, the newest first.
    pub fn segments(&self, all: usize, newest: impl Iterator<Item = Segment>) {
        let look = &mut *self.lock();
        look.segments_all = all;
        look.segments.clear();
        look.segments.extend(newest.take(SEGMENTS_MAX));
    }

    /// A backup was begun.
    pub fn backup_began(&self, folder: String, began_ms: u64) {
        let look = &mut *self.lock();
        look.backups.push_front(Backup { folder, began_ms, ..Backup::default() });
        look.backups.truncate(BACKUPS_MAX);
    }

    /// It ended so.
    pub fn backup_ended(&self, end: impl FnOnce(&mut Backup)) {
        if let Some(backup) = self.lock().backups.front_mut() {
            end(backup);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Look> {
        // Every change leaves it whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const APPLIES_MAX: usize = 16;
const SEGMENTS_MAX: usize = 32;
const BACKUPS_MAX: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(at_ms: u64, took_us: u64) -> Applied {
        Applied { at_ms, took_us, ..Applied::default() }
    }

    #[test]
    fn the_last_and_the_slowest_are_kept_and_no_more_than_a_few() {
        let looks = Looks::default();
        for n in 0..100 {
            looks.applied(applied(n, (n * 37) % 100));
        }
        let Look { newest, slowest, .. } = looks.read();
        assert_eq!(
            newest.iter().map(|one| one.at_ms).collect::<Vec<_>>(),
            (84..100).rev().collect::<Vec<_>>()
        );
        assert_eq!(
            slowest.iter().map(|one| one.took_us).collect::<Vec<_>>(),
            (84..100).rev().collect::<Vec<_>>()
        );
    }

    #[test]
    fn backups_are_told_from_their_beginning_to_their_end() {
        let looks = Looks::default();
        for n in 0..20 {
            looks.backup_began(format!("/backups/{n}"), n);
            looks.backup_ended(|backup| (backup.ended_ms, backup.is_made) = (n + 1, true));
        }
        looks.backup_began("/backups/last".to_owned(), 50);
        let backups = looks.read().backups;
        assert_eq!((backups.len(), backups[0].ended_ms, backups[1].ended_ms), (16, 0, 20));
    }

    #[test]
    fn of_many_segments_the_newest_are_shown() {
        let looks = Looks::default();
        let newest = (0..100).rev().map(|number| Segment { number, ..Segment::default() });
        looks.segments(100, newest);
        let look = looks.read();
        assert_eq!((look.segments_all, look.segments.len(), look.segments[0].number), (100, 32, 99));
    }
}
