//! Packets on their way out, gathered into frames: what is queued before the next write is one frame.
//! Knows no stages and no transport.

use std::collections::VecDeque;

use proto::{
    frame::put_frame,
    kinds::Lane,
    limits::{CLIENT_FRAME_BYTES_MAX, FRAME_HEADER_BYTES, HELLO_BYTES_MAX},
    packet::Packet,
};

/// Packets that were not sent yet. Grows with what the caller queues: at most 64 commands, their bodies
/// bounded by their kinds, and signals refused when too much waits.
#[derive(Debug)]
pub struct PacketsOut {
    /// The frame that is being filled, without header.
    body: Vec<u8>,
    /// Frames that had no more room, with header.
    sealed: VecDeque<Vec<u8>>,
    body_bytes_max: usize,
}

impl Default for PacketsOut {
    fn default() -> Self {
        Self { body: Vec::new(), sealed: VecDeque::new(), body_bytes_max: HELLO_BYTES_MAX }
    }
}

impl PacketsOut {
    /// Adds a packet. Its body is within its kind's bound, so any packet fits a frame.
    pub fn put(&mut self, packet: &Packet<'_>) {
        let start = self.body.len();
        packet.put(&mut self.body);
        if start > 0 && self.body.len() > self.body_bytes_max {
            let packet = self.body.split_off(start);
            self.seal();
            self.body = packet;
        }
    }

    /// Bytes that wait.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.body.len() + self.sealed.iter().map(Vec::len).sum::<usize>()
    }

    /// Forgets what waits; whole frames that were taken are not its business.
    pub fn clear(&mut self) {
        self.body.clear();
        self.sealed.clear();
    }

    /// Whether anything waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty() && self.sealed.is_empty()
    }

    /// The next frame, header included.
    pub fn take_frame(&mut self) -> Option<Vec<u8>> {
        if self.sealed.is_empty() && !self.body.is_empty() {
            self.seal();
        }
        self.sealed.pop_front()
    }

    fn seal(&mut self) {
        let mut frame = Vec::with_capacity(FRAME_HEADER_BYTES + self.body.len());
        put_frame(&mut frame, Lane::MustArrive, false, &self.body);
        self.body.clear();
        self.sealed.push_back(frame);
        // The first frame carries the hello alone and is bounded tighter than the others.
        self.body_bytes_max = CLIENT_FRAME_BYTES_MAX;
    }
}
