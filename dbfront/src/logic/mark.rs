//! What backups ask of the journal: the last one, that records after its cursor stay, so that backup and journal together
//! go to any record until now; one that is being made, that those stay which it has yet to copy. For a week, and not for
//! more room than the journal may take without an alarm.

use proto::ids::Lsn;
use serde::{Deserialize, Serialize};

/// The last backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The record at which its world stands.
    pub lsn: u64,
    /// Milliseconds since 1970, when it was made.
    pub made_ms: u64,
}

/// What there is of the journal and beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Bytes of all segments.
    pub used: u64,
    /// Bytes of records that the database does not have: they stay whoever asks for what.
    pub unsaved: u64,
    /// Bytes that are free on the journal's disk.
    pub free: u64,
    /// Of one file of the journal: so much the disk has to have free for the next one.
    pub segment_bytes: u64,
    /// More bytes of settled segments than this are not kept without a mark.
    pub keep_bytes: u64,
    /// None older than this is, either, milliseconds.
    pub keep_ms: u64,
}

impl Mark {
    /// The first record that has to stay; none if the mark is too old to count.
    #[must_use]
    pub fn pins(&self, now_ms: u64) -> Option<Lsn> {
        (now_ms.saturating_sub(self.made_ms) <= MARK_MS_MAX).then_some(Lsn(self.lsn + 1))
    }

    /// Whether it has to go: the journal takes so much room that it is an alarm, and would take less without.
    #[must_use]
    pub fn is_too_dear(&self, now_ms: u64, room: Room) -> bool {
        let age_ms = now_ms.saturating_sub(self.made_ms);
        room.is_yellow() && (room.keep_bytes < room.settled() || room.keep_ms < age_ms)
    }
}

impl Room {
    /// Whether a backup that is being made has to be given up: the journal that it keeps is an alarm and would take
    /// less without, or the disk will soon have no room for the journal. `is_marked`: an older one's mark keeps it, too,
    /// and goes when this one is done.
    #[must_use]
    pub fn ends_a_backup(&self, is_marked: bool) -> bool {
        let is_kept = !is_marked && self.is_yellow() && self.keep_bytes < self.settled();
        is_kept || self.free < self.segment_bytes.saturating_mul(ORANGE_SEGMENTS)
    }

    fn is_yellow(&self) -> bool {
        self.used.saturating_add(self.free) / YELLOW_PART < self.used
    }

    fn settled(&self) -> u64 {
        self.used.saturating_sub(self.unsaved)
    }
}

/// So long a backup pins: a week.
const MARK_MS_MAX: u64 = 7 * 24 * 3_600_000;
/// Of all the room that there is for the journal (reliability B2).
const YELLOW_PART: u64 = 4;
/// With room for fewer files the journal is at level orange.
const ORANGE_SEGMENTS: u64 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    const MARK: Mark = Mark { lsn: 7, made_ms: 1_000 };
    const ROOM: Room =
        Room { used: 26, unsaved: 0, free: 74, segment_bytes: 2, keep_bytes: 8, keep_ms: u64::MAX };

    #[test]
    fn a_backup_pins_what_follows_its_cursor_for_a_week() {
        for (now_ms, pins) in
            [(0, true), (1_000, true), (1_000 + MARK_MS_MAX, true), (1_001 + MARK_MS_MAX, false)]
        {
            assert_eq!(MARK.pins(now_ms), pins.then_some(Lsn(8)), "at {now_ms}");
        }
    }

    #[test]
    fn a_mark_goes_when_the_journal_takes_a_quarter_and_would_take_less_without_it() {
        assert!(MARK.is_too_dear(1_000, ROOM));
        assert!(!MARK.is_too_dear(1_000, Room { used: 25, free: 75, ..ROOM }), "not yellow");
        assert!(!MARK.is_too_dear(1_000, Room { keep_bytes: 26, ..ROOM }), "kept anyway");
        assert!(MARK.is_too_dear(1_002, Room { keep_bytes: 26, keep_ms: 1, ..ROOM }), "kept no longer");
        assert!(MARK.is_too_dear(1_000, Room { free: 0, ..ROOM }));
        assert!(!MARK.is_too_dear(1_000, Room { unsaved: 18, ..ROOM }), "kept for the database");
    }

    #[test]
    fn a_backup_ends_when_the_journal_takes_a_quarter_for_it_or_the_disk_is_nearly_full() {
        assert!(ROOM.ends_a_backup(false));
        assert!(!ROOM.ends_a_backup(true), "kept for an older one, whose mark goes at its end");
        assert!(!Room { used: 25, free: 75, ..ROOM }.ends_a_backup(false), "not yellow");
        assert!(!Room { keep_bytes: 26, ..ROOM }.ends_a_backup(false), "kept anyway");
        assert!(!Room { unsaved: 18, ..ROOM }.ends_a_backup(false), "kept for the database");
        let small = Room { used: 1, free: 4, ..ROOM };
        assert!(!small.ends_a_backup(false));
        assert!(Room { free: 3, ..small }.ends_a_backup(true), "the next two files have no room");
    }
}
