//! One link's end at dbfront: what came and was not read as records yet, and what waits to be written, as
//! `dbfront::driver::peer`.

use std::time::Instant;

use proto::link_io::{LinkBuf, Op, Record};

use crate::sim::{
    around::Around,
    wire::{End, LinkNo},
};

/// A link's end.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) link: LinkNo,
    pub(super) input: LinkBuf,
    output: Vec<u8>,
    pub(super) heard_at: Instant,
    pub(super) sent_at: Instant,
}

impl Peer {
    pub(super) fn new(link: LinkNo, now: Instant) -> Self {
        Self { link, input: LinkBuf::default(), output: Vec::new(), heard_at: now, sent_at: now }
    }

    pub(super) fn put(&mut self, op: Op, a: u64, b: u64, payload: &[u8]) {
        Record::new(op, a, b, payload).put(&mut self.output);
    }

    pub(super) fn flush(&mut self, around: &mut Around) -> bool {
        if self.output.is_empty() {
            return true;
        }
        self.sent_at = around.clock.now();
        let is_written = around.wires.write(self.link, End::Front, &self.output);
        self.output.clear();
        is_written
    }

    /// Delivers its last words and goes.
    pub(super) fn part(mut self, around: &mut Around) {
        self.flush(around);
        around.wires.close(self.link, End::Front);
    }
}
