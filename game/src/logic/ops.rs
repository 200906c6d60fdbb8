//! Commands that left a record, noted for the log on their way: executed, then released. Only while somebody
//! wants to see them; else a look at one flag each. Knows no log.

use std::collections::VecDeque;

use proto::{ids::Lsn, turn::TxnId};

/// A step on the way of one command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpNote {
    /// Whose command: the operation number.
    pub op: TxnId,
    /// The position of its record.
    pub lsn: Lsn,
    /// Its answer leaves; before that: it was executed.
    pub is_released: bool,
}

/// See the module. As many wait as records are in flight.
#[derive(Debug, Default)]
pub(crate) struct Ops {
    is_on: bool,
    waiting: VecDeque<(TxnId, Lsn)>,
    notes: Vec<OpNote>,
}

impl Ops {
    pub(crate) fn switch(&mut self, is_on: bool) {
        self.is_on = is_on;
    }

    /// A record was made. Logins and what staff does have no number.
    pub(crate) fn executed(&mut self, op: TxnId, lsn: Lsn) {
        if self.is_on && op.cseq != 0 {
            self.waiting.push_back((op, lsn));
            self.notes.push(OpNote { op, lsn, is_released: false });
        }
    }

    /// Moves out what happened in this turn.
    pub(crate) fn end_turn(&mut self, durable: Lsn, out: &mut Vec<OpNote>) {
        while let Some((op, lsn)) = self.waiting.pop_front_if(|(_, lsn)| *lsn <= durable) {
            self.notes.push(OpNote { op, lsn, is_released: true });
        }
        out.append(&mut self.notes);
    }
}
