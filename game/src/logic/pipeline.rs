//! Records on their way to durability: packs them into turns, gives positions, keeps turns until they are
//! applied, and sends them again after the link to dbfront was lost, never more at a time than may be under way.
//! Knows no row and no player.

#[cfg(test)]
mod repair;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use bytes::Bytes;
use proto::{
    ids::{Epoch, Lsn},
    limits::{RECORD_BYTES_MAX, TURN_BYTES_MAX, TURN_RECORDS_MAX},
    turn::{ENTRY_HEADER_BYTES, TxnId, put_entry},
};

use super::event::{NamedStop, Turn};

/// What dbfront says when its link opens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StoreWelcome {
    pub(crate) epoch: Epoch,
    pub(crate) durable: Lsn,
    pub(crate) applied: Lsn,
}

/// How much the pipeline holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Records executed or sent again that dbfront's journal does not have.
    pub(crate) inflight_records_max: usize,
    /// Bytes of them.
    pub(crate) inflight_bytes_max: usize,
    /// Bytes of turns kept for sending again. Above it, turns that the journal has but are not applied go.
    pub(crate) kept_bytes_max: usize,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Pipeline {
    bounds: Bounds,
    epoch: Option<Epoch>,
    is_up: bool,
    /// The position of the next record.
    next: Lsn,
    /// What was told to be durable: answers left by it, so it never goes back (reliability D2).
    durable: Lsn,
    /// Where the journal of the dbfront of this link, or of the last one, ends as far as it said. Behind `durable`
    /// while a journal that lost acknowledged records is repaired.
    journalled: Lsn,
    applied: Lsn,
    /// The turn that is being filled: its first position is `open_first`.
    open: Vec<u8>,
    open_first: Lsn,
    /// Closed turns, oldest first, until applied: `settled` that the journal has, then those under way, then from
    /// `unsent` on those that wait for their turn.
    kept: VecDeque<Turn>,
    kept_bytes: usize,
    settled: usize,
    unsent: usize,
    /// Of turns under way.
    sent_bytes: usize,
    /// Of all that the journal does not have.
    inflight_bytes: usize,
}

impl Pipeline {
    pub(crate) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            epoch: None,
            is_up: false,
            next: Lsn(1),
            durable: Lsn(0),
            journalled: Lsn(0),
            applied: Lsn(0),
            open: Vec::new(),
            open_first: Lsn(1),
            kept: VecDeque::new(),
            kept_bytes: 0,
            settled: 0,
            unsent: 0,
            sent_bytes: 0,
            inflight_bytes: 0,
        }
    }

    /// The link to dbfront opened. Everything after its durable position will be handed out (again), piece by piece.
    pub(crate) fn store_up(&mut self, welcome: StoreWelcome) -> Result<(), NamedStop> {
        let StoreWelcome { epoch, durable, applied } = welcome;
        match self.epoch {
            None => {
                self.epoch = Some(epoch);
                self.next = durable.next();
                self.open_first = self.next;
                self.durable = durable;
                self.journalled = durable;
                self.applied = applied;
            }
            Some(held) if held != epoch => return Err(NamedStop::Fenced { granted: epoch, held }),
            Some(_) => {
                self.close_turn();
                let made = self.made();
                if made < durable {
                    return Err(NamedStop::Divergence { durable, made });
                }
                let is_held = self.kept.front().is_some_and(|turn| turn.lsn_first <= durable.next());
                if durable < self.durable && !is_held {
                    return Err(NamedStop::JournalRegression { durable, seen: self.durable });
                }
                self.durable = self.durable.max(durable);
                self.journalled = durable;
                self.settled = self.kept.iter().take_while(|turn| turn.lsn_last <= durable).count();
                self.unsent = self.settled;
                self.sent_bytes = 0;
                self.inflight_bytes = self.kept.iter().skip(self.settled).map(|turn| turn.bytes.len()).sum();
                self.applied_up_to(applied);
            }
        }
        self.is_up = true;
        Ok(())
    }

    pub(crate) fn store_down(&mut self) {
        self.is_up = false;
    }

    /// Whether dbfront is there.
    pub(crate) fn is_up(&self) -> bool {
        self.is_up
    }

    /// Whether another record may be executed.
    pub(crate) fn has_room(&self) -> bool {
        self.inflight_records() < self.bounds.inflight_records_max
            && self.inflight_bytes < self.bounds.inflight_bytes_max
    }

    /// Whether so many more records may be executed one after the other, of so many bytes together. What is larger than
    /// the bounds may if nothing else is under way.
    pub(crate) fn has_room_for(&self, records: usize, bytes: usize) -> bool {
        let held = self.inflight_records();
        let fits = held + records <= self.bounds.inflight_records_max
            && self.inflight_bytes + bytes <= self.bounds.inflight_bytes_max;
        self.has_room() && (held == 0 || fits)
    }

    /// The position that the next record will have.
    pub(crate) fn next(&self) -> Lsn {
        self.next
    }

    /// Takes a checked record, of at most [`RECORD_BYTES_MAX`] bytes.
    pub(crate) fn push(&mut self, txn: TxnId, payload: &[u8]) -> Lsn {
        let bytes = ENTRY_HEADER_BYTES + payload.len();
        let records = self.next.0 - self.open_first.0;
        if TURN_BYTES_CUT < self.open.len() + bytes || TURN_RECORDS_MAX as u64 <= records {
            self.close_turn();
        }
        put_entry(&mut self.open, txn, payload);
        self.inflight_bytes += bytes;
        let lsn = self.next;
        self.next = lsn.next();
        lsn
    }

    /// Hands out what dbfront has not been sent, if it is there, as far as it may be under way. The rest follows in
    /// later turns, as dbfront says that it has the first of it.
    pub(crate) fn end_turn(&mut self, turns: &mut Vec<Turn>) {
        self.close_turn();
        while self.is_up
            && let Some(turn) = self.kept.get(self.unsent)
            && self.may_follow(turn)
        {
            self.sent_bytes += turn.bytes.len();
            turns.push(turn.clone());
            self.unsent += 1;
        }
        self.check();
    }

    /// Dbfront is there and has not been sent everything: it would answer questions by less than what was executed.
    pub(crate) fn is_behind(&self) -> bool {
        self.is_up && (self.unsent < self.kept.len() || !self.open.is_empty())
    }

    /// Whether this turn, the next one, and what is under way are no more than may be.
    fn may_follow(&self, turn: &Turn) -> bool {
        let records = usize::try_from(turn.lsn_last.0 - self.journalled.0).unwrap_or(usize::MAX);
        let bytes = self.sent_bytes + turn.bytes.len();
        let is_first = self.settled == self.unsent;
        is_first || records <= self.bounds.inflight_records_max && bytes <= self.bounds.inflight_bytes_max
    }

    /// Everything up to here is durable; going back is ignored.
    pub(crate) fn durable_up_to(&mut self, lsn: Lsn) {
        if lsn <= self.journalled {
            return;
        }
        self.journalled = lsn;
        self.durable = self.durable.max(lsn);
        while let Some(turn) = self.kept.get(self.settled)
            && turn.lsn_last <= lsn
        {
            self.inflight_bytes -= turn.bytes.len();
            if self.settled < self.unsent {
                self.sent_bytes -= turn.bytes.len();
            }
            self.settled += 1;
        }
        // What came over the link before this one may become durable before it is sent again: then it need not be.
        self.unsent = self.unsent.max(self.settled);
        self.drop_kept();
    }

    /// Everything up to here is applied. It may go back (reliability D3); what is gone stays gone.
    pub(crate) fn applied_up_to(&mut self, lsn: Lsn) {
        self.applied = lsn;
        self.drop_kept();
    }

    pub(crate) fn durable(&self) -> Lsn {
        self.durable
    }

    pub(crate) fn applied(&self) -> Lsn {
        self.applied
    }

    /// The last position given.
    pub(crate) fn made(&self) -> Lsn {
        Lsn(self.next.0 - 1)
    }

    pub(crate) fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// Records that dbfront's journal does not have.
    pub(crate) fn inflight_records(&self) -> usize {
        usize::try_from(self.made().0.saturating_sub(self.journalled.0)).unwrap_or(usize::MAX)
    }

    /// Bytes of them.
    pub(crate) fn inflight_bytes(&self) -> usize {
        self.inflight_bytes
    }

    pub(crate) fn kept_bytes(&self) -> usize {
        self.kept_bytes
    }

    /// The first record that could be sent again; nothing: dbfront needs none.
    pub(crate) fn held_from(&self) -> Option<Lsn> {
        self.kept.front().map(|turn| turn.lsn_first)
    }

    fn close_turn(&mut self) {
        let (Some(epoch), false) = (self.epoch, self.open.is_empty()) else { return };
        let bytes = Bytes::copy_from_slice(&self.open);
        self.open.clear();
        self.kept_bytes += bytes.len();
        self.kept.push_back(Turn { lsn_first: self.open_first, lsn_last: self.made(), epoch, bytes });
        self.open_first = self.next;
    }

    fn drop_kept(&mut self) {
        while let Some(oldest) = self.kept.front() {
            let is_over = self.bounds.kept_bytes_max < self.kept_bytes;
            let is_needed = self.applied < oldest.lsn_last && !is_over;
            // What the journal lacks is kept whatever was said before, and whoever said it.
            if self.settled == 0 || is_needed {
                break;
            }
            self.kept_bytes -= oldest.bytes.len();
            self.kept.pop_front();
            self.settled -= 1;
            self.unsent -= 1;
        }
    }

    fn check(&self) {
        assert!(self.journalled <= self.durable && self.durable < self.next);
        assert!(self.settled <= self.unsent && self.unsent <= self.kept.len());
        assert!(self.kept.back().is_none_or(|turn| turn.lsn_last.next() == self.open_first));
    }
}

/// A turn is closed before it grows beyond this.
const TURN_BYTES_CUT: usize = TURN_BYTES_MAX;

const _: () = {
    // Any record fits into an empty turn.
    assert!(RECORD_BYTES_MAX + ENTRY_HEADER_BYTES <= TURN_BYTES_CUT);
};
