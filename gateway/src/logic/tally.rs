//! What one I/O thread counted since it last told: plain numbers, so that the hot path shares nothing.

use proto::close::CloseReason;

use super::outbox::Lost;

/// Counts since the last report.
#[derive(Debug)]
pub struct Tally {
    /// Connections that came.
    pub opened: u64,
    /// Connections that went, in the order of [`CloseReason::ALL`].
    pub closed: [u64; CloseReason::ALL.len()],
    /// Frames from clients.
    pub frames_in: u64,
    /// Bytes from clients, as they came from the socket.
    pub bytes_in: u64,
    /// Frames put into outboxes.
    pub frames_out: u64,
    /// Bytes that client sockets took.
    pub bytes_out: u64,
    /// Calls of write on client sockets.
    pub writes: u64,
    /// Records published to a group with members here.
    pub publishes: u64,
    /// Frames that were tried to be compressed.
    pub deflate_tried: u64,
    /// Those that stayed compressed.
    pub deflate_kept: u64,
    /// Nanoseconds of that.
    pub deflate_ns: u64,
    /// Bytes of the frames that were tried, before and after; of one that did not pay, both times before.
    pub deflate_bytes_before: u64,
    /// See `deflate_bytes_before`.
    pub deflate_bytes_after: u64,
    /// Bytes of frames put into outboxes.
    pub bytes_queued: u64,
    /// What was not sent.
    pub lost: Lost,
    /// Snapshots asked of game.
    pub refreshes: u64,
    /// Records for connections that were gone.
    pub stale: u64,
    /// Times a client was not read for being over its rate.
    pub throttled: u64,
    /// How long each client that has its seat again was parked.
    pub pauses_ms: Vec<u64>,
    /// How long each command took that was timed, until its answer was in the outbox.
    pub round_trips_us: Vec<u64>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            opened: 0,
            closed: [0; CloseReason::ALL.len()],
            frames_in: 0,
            bytes_in: 0,
            frames_out: 0,
            bytes_out: 0,
            writes: 0,
            publishes: 0,
            deflate_tried: 0,
            deflate_kept: 0,
            deflate_ns: 0,
            deflate_bytes_before: 0,
            deflate_bytes_after: 0,
            bytes_queued: 0,
            lost: Lost::default(),
            refreshes: 0,
            stale: 0,
            throttled: 0,
            pauses_ms: Vec::new(),
            round_trips_us: Vec::new(),
        }
    }
}

impl Tally {
    /// Counts a close.
    pub fn close(&mut self, reason: CloseReason) {
        if let Some(index) = CloseReason::ALL.iter().position(|&other| other == reason) {
            self.closed[index] += 1;
        }
    }
}
