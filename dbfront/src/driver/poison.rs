//! The place between whoever asks about a record that the database refuses, and the store's thread that waits there:
//! what is refused, to try at once, and to hold it while a replacement is made. Knows no control socket.

use std::{sync::Arc, time::Instant};

use proto::ids::Lsn;

use super::{backlog_cell::BacklogCell, clock};

/// A record that the database refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poison {
    /// Which.
    pub lsn: Lsn,
    /// The table.
    pub table: &'static str,
    /// The database's word, without row contents.
    pub detail: String,
    /// When it was refused first, milliseconds since 1970.
    pub since_ms: u64,
    /// How often it was refused.
    pub tries: u64,
}

/// How it stands with poison; under the lock of the cell.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    poison: Option<Poison>,
    /// The store's thread waits now.
    waits: bool,
    held: bool,
    nudged: bool,
}

/// The store's thread does not try the record while this lives.
#[derive(Debug)]
pub struct Hold(Option<Arc<BacklogCell>>);

impl Hold {
    /// For as long as this process's threads live: what is tried next is read from the journal by others.
    pub fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(cell) = self.0.take() {
            cell.with_waiting(|waiting| waiting.held = false);
        }
    }
}

/// What came of a try that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// It is applied.
    Applied,
    /// It was refused again.
    Refused(Poison),
    /// The time was over before.
    Unknown,
}

impl BacklogCell {
    /// The record that the database refuses, if there is one.
    pub fn poison(&self) -> Option<Poison> {
        self.with_waiting(|waiting| waiting.poison.clone())
    }

    /// The database takes records again.
    pub fn no_poison(&self) {
        self.with_waiting(|waiting| waiting.poison = None);
    }

    /// The record was refused: waits until then, until somebody wants it tried or something else of this thread, or
    /// the end is asked for; on while it is held. Says whether to try it again.
    pub fn pause(&self, refused: Poison, at: Instant) -> bool {
        let mut nudges = self.with_waiting(|waiting| {
            let before = waiting.poison.take().filter(|poison| poison.lsn == refused.lsn);
            let (since_ms, tries) = before.map_or((refused.since_ms, 0), |old| (old.since_ms, old.tries));
            waiting.poison = Some(Poison { since_ms, tries: tries + 1, ..refused });
            waiting.waits = true;
            std::mem::take(&mut waiting.nudged)
        });
        // Who asked while it was being tried wants to know of a try after that.
        loop {
            let is_stopping = self.stopping().is_some();
            let wants_else = self.wants_else();
            let goes = self.with_waiting(|waiting| {
                nudges |= waiting.nudged;
                let is_due = wants_else || nudges || at <= clock::now();
                let goes = is_due && (!waiting.held || is_stopping);
                if goes {
                    waiting.waits = false;
                    waiting.nudged = false;
                }
                goes.then_some(!waiting.held)
            });
            match goes {
                Some(may_try) => return may_try,
                None => self.wait_for_word(at),
            }
        }
    }

    /// Keeps the store's thread from this record, once a try that is under way has failed; nothing if it did not until then, if
    /// another record is refused, or if somebody else holds it.
    pub fn hold(self: &Arc<Self>, lsn: Lsn, until: Instant) -> Option<Hold> {
        let is_it = |poison: &Option<Poison>| poison.as_ref().is_some_and(|poison| poison.lsn == lsn);
        let held = self.with_waiting(|waiting| {
            let may = is_it(&waiting.poison) && !waiting.held;
            waiting.held |= may;
            may
        });
        let hold = held.then(|| Hold(Some(self.clone())))?;
        loop {
            match self.with_waiting(|waiting| is_it(&waiting.poison).then_some(waiting.waits)) {
                None => return None,
                Some(true) => return Some(hold),
                Some(false) if until <= clock::now() || self.stopping().is_some() => return None,
                Some(false) => self.wait_for_answer(until),
            }
        }
    }

    /// Has the record tried at once, and waits for what comes of it; nothing if none is refused.
    pub fn retry(&self, until: Instant) -> Option<Tried> {
        let before = self.with_waiting(|waiting| {
            waiting.nudged = waiting.poison.is_some();
            waiting.poison.clone()
        })?;
        loop {
            match self.poison() {
                Some(now) if now.lsn == before.lsn && now.tries == before.tries => {}
                Some(now) if now.lsn == before.lsn => return Some(Tried::Refused(now)),
                Some(_) | None => return Some(Tried::Applied),
            }
            if until <= clock::now() || self.stopping().is_some() {
                return Some(Tried::Unknown);
            }
            self.wait_for_answer(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{thread, time::Duration};

    use super::*;
    use crate::logic::backlog::Backlog;

    fn refused() -> Poison {
        Poison { lsn: Lsn(7), table: "wallet", detail: "no".to_owned(), since_ms: 1, tries: 0 }
    }

    #[test]
    fn whoever_holds_a_record_that_is_being_tried_waits_until_the_try_has_failed() {
        let cell = Arc::new(BacklogCell::new(Backlog::new(1 << 20, Lsn(0), Lsn(9))));
        let late = clock::now() + Duration::from_secs(600);
        assert!(cell.hold(Lsn(7), late).is_none(), "nothing is refused");
        assert!(cell.pause(refused(), clock::now()), "it is tried again at once");
        assert!(cell.hold(Lsn(7), clock::now()).is_none(), "not while it is being tried");
        assert!(cell.hold(Lsn(8), late).is_none(), "another one");
        let holder = thread::spawn({
            let cell = cell.clone();
            move || {
                let hold = cell.hold(Lsn(7), late);
                let is_held = hold.is_some();
                let is_alone = cell.hold(Lsn(7), late).is_none();
                drop(hold);
                (is_held, is_alone, cell.retry(late))
            }
        });
        while !cell.with_waiting(|waiting| waiting.held) {
            assert!(!holder.is_finished(), "it gave up");
            thread::yield_now();
        }
        assert!(cell.pause(refused(), late), "refused; let go, it is tried again");
        cell.no_poison();
        assert_eq!(holder.join().expect("it ends"), (true, true, Some(Tried::Applied)));
    }
}
