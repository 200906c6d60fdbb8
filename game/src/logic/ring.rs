//! What left for one session and must arrive, as far as its client has not said that it has it: kept for a client that
//! comes back on another connection. Knows no connection.

#[cfg(test)]
mod tests;

use std::{collections::VecDeque, sync::Arc};

use proto::{
    limits::{RESEND_RING_BYTES, RESEND_RING_PACKETS},
    packet::take_bytes,
};

/// Packets in the order in which they left, counted from the session's begin. At most [`RESEND_RING_PACKETS`] and
/// [`RESEND_RING_BYTES`], unless the newest run alone has more; the oldest go first.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    runs: VecDeque<Run>,
    /// Bytes of runs that are nobody else's, one after the other.
    own: VecDeque<u8>,
    /// Packets before the first run.
    gone: u64,
    /// Packets in all runs.
    kept: u64,
    /// Bytes of all runs.
    bytes: usize,
}

/// Packets that left together.
#[derive(Debug)]
struct Run {
    packets: u32,
    bytes: u32,
    /// An audience shares them; else they are in [`Ring::own`].
    shared: Option<Arc<[u8]>>,
}

impl Ring {
    /// Packets that have left in this session.
    pub(crate) fn released(&self) -> u64 {
        self.gone + self.kept
    }

    /// One packet left for this session alone.
    pub(crate) fn push(&mut self, packet: &[u8]) {
        self.own.extend(packet);
        self.put(1, packet.len(), None);
    }

    /// So many packets left for an audience.
    pub(crate) fn push_shared(&mut self, packets: u32, bytes: &Arc<[u8]>) {
        self.put(packets, bytes.len(), Some(Arc::clone(bytes)));
    }

    fn put(&mut self, packets: u32, bytes: usize, shared: Option<Arc<[u8]>>) {
        self.runs.push_back(Run { packets, bytes: u32::try_from(bytes).unwrap_or(u32::MAX), shared });
        self.kept += u64::from(packets);
        self.bytes += bytes;
        while 1 < self.runs.len()
            && (RESEND_RING_BYTES < self.bytes || (RESEND_RING_PACKETS as u64) < self.kept)
        {
            self.drop_oldest();
        }
    }

    /// The client has so many packets. More than have left is its mistake, and means nothing.
    pub(crate) fn acked(&mut self, received: u64) {
        if self.released() < received {
            return;
        }
        while let Some(run) = self.runs.front()
            && self.gone + u64::from(run.packets) <= received
        {
            self.drop_oldest();
        }
        if self.runs.is_empty() {
            self.runs.shrink_to(IDLE_RUNS);
            self.own.shrink_to(IDLE_BYTES);
        }
    }

    fn drop_oldest(&mut self) {
        let Some(run) = self.runs.pop_front() else { return };
        let bytes = run.bytes as usize;
        self.gone += u64::from(run.packets);
        self.kept -= u64::from(run.packets);
        self.bytes -= bytes;
        if run.shared.is_none() {
            self.own.drain(..bytes);
        }
    }

    /// How many packets a client that has so many lacks; nothing: some of them are gone, or it cannot have so many.
    pub(crate) fn missed_after(&self, received: u64) -> Option<u64> {
        let is_kept = self.gone <= received && received <= self.released();
        is_kept.then(|| self.released() - received)
    }

    /// Hands out, in order, the packets that such a client lacks, runs of them at a time.
    pub(crate) fn each_after(&self, received: u64, mut each: impl FnMut(&[u8])) {
        let (mut at, mut own) = (self.gone, 0);
        let mut copied = Vec::new();
        for run in &self.runs {
            let bytes = run.bytes as usize;
            let packets = match &run.shared {
                Some(shared) => shared,
                None => {
                    copied.clear();
                    copied.extend(self.own.range(own..own + bytes));
                    own += bytes;
                    copied.as_slice()
                }
            };
            let has = received.saturating_sub(at).min(u64::from(run.packets));
            at += u64::from(run.packets);
            let mut rest = packets;
            for _ in 0..has {
                // They are our own, and so they are whole.
                let _packet = take_bytes(&mut rest);
            }
            if !rest.is_empty() {
                each(rest);
            }
        }
    }
}

/// Room that a session keeps for its next packets.
const IDLE_RUNS: usize = 16;
const IDLE_BYTES: usize = 1_024;
