//! How a backup goes, between the thread that makes it, which may hang in a disk for ever, and the one that watches it
//! and gives it up. Given up, it makes no folder any more: what it has yet to copy may be gone.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::SeqCst};

/// See the module.
#[derive(Debug, Default)]
pub struct Course {
    beats: AtomicU64,
    stage: AtomicU8,
}

impl Course {
    /// A little of it was done; says whether it goes on.
    pub fn beat(&self) -> bool {
        self.beats.fetch_add(1, SeqCst);
        !self.is_over()
    }

    /// It was given up.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.stage.load(SeqCst) == GIVEN_UP
    }

    /// How many beats there were: the same number twice means that nothing was done.
    #[must_use]
    pub fn beats(&self) -> u64 {
        self.beats.load(SeqCst)
    }

    /// Everything is copied: says whether its folder is to be finished, from when on nobody gives it up.
    #[must_use]
    pub fn finish(&self) -> bool {
        self.turn_to(FINISHING)
    }

    /// Ends it, if it is not finishing.
    pub fn give_up(&self) -> bool {
        self.turn_to(GIVEN_UP)
    }

    fn turn_to(&self, stage: u8) -> bool {
        self.stage.compare_exchange(COPYING, stage, SeqCst, SeqCst).is_ok()
    }
}

const COPYING: u8 = 0;
const FINISHING: u8 = 1;
const GIVEN_UP: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_finished_or_given_up_and_never_both() {
        let (finished, given_up) = (Course::default(), Course::default());
        assert!(finished.beat() && finished.finish());
        assert!(!finished.give_up() && finished.beat());
        assert!(given_up.give_up());
        assert!(!given_up.finish() && !given_up.beat());
        assert_eq!((finished.beats(), given_up.beats()), (2, 1));
    }
}
