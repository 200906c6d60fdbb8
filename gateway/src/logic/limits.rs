//! The bounds of one I/O thread's clients. Defaults and their meaning stand in `config`; tests set small ones.

/// What a client may cost, and how long it may take. Times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientLimits {
    /// Bytes waiting from which latest-wins and expiring frames are dropped.
    pub outbox_soft_bytes: usize,
    /// Bytes waiting at which the connection is closed.
    pub outbox_hard_bytes: usize,
    /// Time that an outbox may stay above the soft limit.
    pub outbox_grace_ms: u64,
    /// From accept to the first credentials.
    pub handshake_ms: u64,
    /// Silence after which the client is pinged.
    pub ping_idle_ms: u64,
    /// Silence after which it is closed.
    pub silence_ms: u64,
    /// For how long it is kept while game is away; 0: not at all.
    pub park_ms: u64,
    /// Tokens a second of its packet budget; a packet costs one, and one more for each KiB.
    pub packets_per_s: u32,
    /// Tokens that may be saved up.
    pub packets_burst: u32,
}

impl Default for ClientLimits {
    fn default() -> Self {
        use proto::limits as bounds;
        Self {
            outbox_soft_bytes: bounds::OUTBOX_SOFT_BYTES,
            outbox_hard_bytes: bounds::OUTBOX_HARD_BYTES,
            outbox_grace_ms: bounds::OUTBOX_GRACE_MS.into(),
            handshake_ms: bounds::HANDSHAKE_DEADLINE_MS.into(),
            ping_idle_ms: bounds::PING_IDLE_MS.into(),
            silence_ms: bounds::SILENCE_DROP_MS.into(),
            park_ms: 600_000,
            packets_per_s: 200,
            packets_burst: 400,
        }
    }
}

/// Time that a closing connection gets to take its last bytes, and then to say goodbye.
pub const CLOSING_MS: u64 = 2_000;
/// Time from the first credentials, if they came as late as they may, to ones that are right.
pub const LOGIN_MS: u64 = 120_000;
/// Bytes of a closed connection that are read and discarded, so that its last words arrive.
pub const PARTING_BYTES_MAX: usize = 1024 * 1024;
/// Groups of one connection; more is a bug of game's, and closes it by name.
pub const GROUPS_PER_CONN_MAX: usize = 1_024;
/// Connections over a limit that are kept for a moment, so that they can be told why.
pub const TURNED_AWAY_MAX: usize = 64;
/// What a client for whom there is no room is told to wait.
pub const RETRY_AFTER_MS: u32 = 1_000;
/// The least that a client is told to wait while game is away.
pub const RETRY_AFTER_MS_MIN: u32 = 100;
/// Those who are told to come back are spread over so much time, one millisecond for each, but never less.
pub const RETURN_SPREAD_MS_MIN: u32 = 1_000;
/// A gateway that leaves asks so many at a time to go over, or more if that would take too long.
pub const LEAVE_STEP_CLIENTS: usize = 100;
/// And then waits so long: together about a thousand a second of each I/O thread.
pub const LEAVE_STEP_MS: u64 = 100;
/// All are asked within this time.
pub const LEAVE_SPREAD_MS_MAX: u64 = 20_000;
/// Each chooses a moment of so much time, more if they are many.
pub const RECONNECT_MS_MIN: u32 = 500;
/// See [`RECONNECT_MS_MIN`].
pub const RECONNECT_MS_MAX: u32 = 5_000;
/// Whoever has not gone by then is closed.
pub const LEAVE_MS_MAX: u64 = 30_000;

const _: () = {
    // Whoever was asked last has time to go.
    assert!(LEAVE_SPREAD_MS_MAX + (RECONNECT_MS_MAX as u64) < LEAVE_MS_MAX);
    assert!(RECONNECT_MS_MIN < RECONNECT_MS_MAX);
};
