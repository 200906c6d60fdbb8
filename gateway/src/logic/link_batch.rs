//! Records on their way to game: gathered through a turn, written at its end, bounded.

use proto::{
    limits::LINK_UP_BYTES_MAX,
    link_io::{Op, Record},
};

/// The bytes that wait for the link.
#[derive(Debug, Default)]
pub struct LinkBatch {
    bytes: Vec<u8>,
    sent: usize,
    is_open: bool,
}

impl LinkBatch {
    /// Whether game is there. Without it records have no reader, and none is kept.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// A link is up.
    pub fn open(&mut self) {
        *self = Self { is_open: true, ..Self::default() };
    }

    /// The link is gone, and what waited for it.
    pub fn close(&mut self) {
        *self = Self::default();
    }

    /// At the bound: clients must not be read.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.waiting().len() >= LINK_UP_BYTES_MAX
    }

    /// Appends a record.
    pub fn put(&mut self, op: Op, a: u64, b: u64, payload: &[u8]) {
        if self.is_open {
            Record::new(op, a, b, payload).put(&mut self.bytes);
        }
    }

    /// Where the next record begins, and the buffer to write it to; it must hold whole records after.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// What the socket has not taken.
    #[must_use]
    pub fn waiting(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    /// The socket took this many bytes.
    pub fn consume(&mut self, bytes: usize) {
        self.sent += bytes;
        assert!(self.sent <= self.bytes.len());
        if self.sent == self.bytes.len() {
            self.sent = 0;
            self.bytes.clear();
            self.bytes.shrink_to(KEPT_BYTES_MAX);
        } else if self.sent > KEPT_BYTES_MAX {
            self.bytes.drain(..self.sent);
            self.sent = 0;
        }
    }
}

/// An empty batch keeps this much room for the next turn.
const KEPT_BYTES_MAX: usize = 1024 * 1024;
