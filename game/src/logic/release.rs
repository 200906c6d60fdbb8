//! Output that waits for durability: one queue in turn order, so that nobody ever sees something of value
//! that could still vanish, nor anything that was said after it. Knows no connection's state.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use proto::{
    ids::{AccountId, GroupId, Lsn},
    kinds::Lane,
    link_io::Seat,
};

use super::delivery::ConnKey;

/// One thing that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A packet for one connection.
    Send { to: ConnKey, lane: Lane, is_answer: bool },
    /// A packet for a must-arrive group, or one for an expiring group that tells of a record.
    Publish { group: GroupId },
    /// What a must-arrive group was told so far leaves before what comes now.
    Flush { group: GroupId },
    /// A connection begins to hear a must-arrive group.
    Subscribe { conn: ConnKey, group: GroupId },
    /// It ends.
    Unsubscribe { conn: ConnKey, group: GroupId },
    /// A connection has an account's session.
    Admit { conn: ConnKey, account: AccountId, seat: Seat },
    /// A must-arrive group is over.
    End { group: GroupId },
}

/// What waits, oldest first.
#[derive(Debug, Default)]
pub(crate) struct ReleaseQueue {
    batches: VecDeque<Batch>,
    /// Emptied batches, whose memory is used again.
    spare: Vec<Batch>,
    bytes: usize,
}

/// All that waits for one position.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    gate: Lsn,
    bytes: Vec<u8>,
    steps: Vec<(Step, u32)>,
}

impl ReleaseQueue {
    /// Bytes that may wait; beyond it commands are told to come back.
    pub(crate) const BYTES_MAX: usize = 64 * 1024 * 1024;

    pub(crate) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.bytes < Self::BYTES_MAX
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lets a step wait until `gate` is durable. Gates never fall.
    pub(crate) fn push(&mut self, gate: Lsn, step: Step, packets: &[u8]) {
        if self.batches.back().is_none_or(|batch| batch.gate != gate) {
            debug_assert!(self.batches.back().is_none_or(|batch| batch.gate < gate));
            let mut batch = self.spare.pop().unwrap_or_default();
            batch.gate = gate;
            self.batches.push_back(batch);
        }
        if let Some(batch) = self.batches.back_mut() {
            batch.bytes.extend_from_slice(packets);
            batch.steps.push((step, u32::try_from(packets.len()).unwrap_or(u32::MAX)));
            self.bytes += packets.len() + STEP_BYTES;
        }
    }

    /// The oldest batch, if it may leave. Give it back with [`Self::reuse`].
    pub(crate) fn pop(&mut self, durable: Lsn) -> Option<Batch> {
        if durable < self.batches.front()?.gate {
            return None;
        }
        let batch = self.batches.pop_front()?;
        self.bytes -= batch.bytes.len() + STEP_BYTES * batch.steps.len();
        Some(batch)
    }

    /// Keeps an emptied batch's memory, within reason.
    pub(crate) fn reuse(&mut self, mut batch: Batch) {
        if self.spare.len() < SPARE_MAX && batch.bytes.capacity() < SPARE_BYTES_MAX {
            batch.bytes.clear();
            batch.steps.clear();
            self.spare.push(batch);
        }
    }
}

impl Batch {
    /// Its steps in order, each with its packets.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (Step, &[u8])> {
        let mut rest = self.bytes.as_slice();
        self.steps.iter().map(move |(step, bytes)| {
            let (packets, after) = rest.split_at(*bytes as usize);
            rest = after;
            (*step, packets)
        })
    }
}

const STEP_BYTES: usize = size_of::<(Step, u32)>();
const SPARE_MAX: usize = 256;
const SPARE_BYTES_MAX: usize = 256 * 1024;
