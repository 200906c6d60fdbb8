//! Durable frames that wait to be applied, within a budget of bytes. What does not fit is dropped: the
//! journal has it, and is read when its turn comes. Knows no threads; a driver puts a lock around it.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use proto::ids::Lsn;

use super::decode::Frame;

/// See the module.
#[derive(Debug)]
pub struct Backlog {
    frames: VecDeque<Frame>,
    bytes: usize,
    bytes_max: usize,
    /// What the applier takes next.
    next: Lsn,
    durable: Lsn,
}

/// What the applier gets.
#[derive(Debug, PartialEq)]
pub enum Taken {
    /// The next frames.
    Frames(Vec<Frame>),
    /// They were dropped: read the journal from here, then say [`Backlog::read_up_to`].
    Journal {
        /// The first record missing.
        from: Lsn,
    },
    /// All that is durable was taken.
    Nothing,
}

impl Backlog {
    /// With everything up to `applied` in the database and up to `durable` in the journal.
    #[must_use]
    pub fn new(bytes_max: usize, applied: Lsn, durable: Lsn) -> Self {
        Self { frames: VecDeque::new(), bytes: 0, bytes_max, next: applied.next(), durable }
    }

    /// A frame became durable.
    pub fn offer(&mut self, frame: Frame) {
        let follows = self.frames.back().map_or(self.next, |last| last.last.next());
        self.durable = frame.last;
        if frame.first == follows && self.bytes + frame.bytes <= self.bytes_max {
            self.bytes += frame.bytes;
            self.frames.push_back(frame);
        }
    }

    /// The next frames: at least one, and no more than fit both limits.
    pub fn take(&mut self, records_max: u64, bytes_max: usize) -> Taken {
        let (mut records, mut bytes) = (0, 0);
        let mut taken = Vec::new();
        while let Some(frame) = self.frames.front() {
            records += frame.records();
            bytes += frame.bytes;
            if !taken.is_empty() && (records_max < records || bytes_max < bytes) {
                break;
            }
            self.bytes -= frame.bytes;
            self.next = frame.last.next();
            taken.extend(self.frames.pop_front());
        }
        if !taken.is_empty() {
            Taken::Frames(taken)
        } else if self.next <= self.durable {
            Taken::Journal { from: self.next }
        } else {
            Taken::Nothing
        }
    }

    /// Everything up to this was read from the journal instead.
    pub fn read_up_to(&mut self, last: Lsn) {
        self.next = last.next();
    }

    /// The database went back: everything from here on is taken again, from the journal.
    pub fn rewind(&mut self, next: Lsn) {
        self.frames.clear();
        self.bytes = 0;
        self.next = next;
    }

    /// Bytes held.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The last durable record offered.
    #[must_use]
    pub fn durable(&self) -> Lsn {
        self.durable
    }
}
