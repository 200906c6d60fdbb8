//! What the world counts of itself, for whoever shows it. Knows no names under which it is shown.

/// Counters and gauges of the world, for the driver's metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WorldFigures {
    /// Connections known.
    pub connections: u64,
    /// Accounts logged in.
    pub sessions: u64,
    /// Rooms open.
    pub rooms: u64,
    /// Avatars on the map.
    pub avatars: u64,
    /// Monsters on the map.
    pub monsters: u64,
    /// Of them awake, because a player is near.
    pub monsters_awake: u64,
    /// Monsters that players slew.
    pub monsters_slain: u64,
    /// Characters that died.
    pub characters_died: u64,
    /// Moves that came for them.
    pub moves: u64,
    /// Of them refused, as often as their clients were told.
    pub moves_refused: u64,
    /// Cells whose news were written, once for all who hear them.
    pub cells_told: u64,
    /// Snapshots of cells that were written.
    pub cells_snapshot: u64,
    /// Places of avatars kept in their characters' rows.
    pub places_kept: u64,
    /// Reports of players that were too old to be kept.
    pub reports_pruned: u64,
    /// Matches that were too old to be kept.
    pub replays_pruned: u64,
    /// Account rows in memory.
    pub accounts_cached: u64,
    /// Accounts loaded before the world was ready.
    pub accounts_loaded: u64,
    /// Commands that arrived.
    pub commands: u64,
    /// Of them answered OK, REJECTED, RETRY_LATER.
    pub answered_ok: u64,
    /// See `answered_ok`.
    pub answered_rejected: u64,
    /// See `answered_ok`.
    pub answered_later: u64,
    /// Signals that arrived.
    pub signals: u64,
    /// Logins that succeeded.
    pub logins: u64,
    /// Logins refused.
    pub logins_refused: u64,
    /// Logins that wait for their turn: with a ticket, and their session is here.
    pub logins_waiting_inside: u64,
    /// Those that came back to a place whose turn had come.
    pub logins_waiting_returned: u64,
    /// Those that say that they are staff.
    pub logins_waiting_staff: u64,
    /// Those with a ticket.
    pub logins_waiting_ticket: u64,
    /// All others.
    pub logins_waiting_other: u64,
    /// Places in the queue kept for those whose connection went.
    pub logins_away: u64,
    /// Logins that were let through to their credentials, at once or after a wait.
    pub logins_begun: u64,
    /// Places in the queue that somebody came back to.
    pub logins_taken_back: u64,
    /// Logins refused because the queue was full.
    pub logins_queue_full: u64,
    /// Logins refused because they had waited too long.
    pub logins_queue_late: u64,
    /// Logins that may begin a second.
    pub logins_per_s: u64,
    /// 1 while only staff is let in.
    pub maintenance: u64,
    /// How much room dbfront has: 0 green to 4 black.
    pub level: u64,
    /// Runs that met a row outside the cache.
    pub misses: u64,
    /// Commands and logins that wait for rows or a hash.
    pub parked: u64,
    /// Passwords that wait for their hash or are being hashed.
    pub hashes_waiting: u64,
    /// Passwords that found no room for that, or had to make some.
    pub hashes_refused: u64,
    /// Records made.
    pub records: u64,
    /// The highest position made, durable, applied.
    pub lsn_made: u64,
    /// See `lsn_made`.
    pub lsn_durable: u64,
    /// See `lsn_made`.
    pub lsn_applied: u64,
    /// Records that dbfront's journal does not have, also those that it had and lost, and bytes of them.
    pub inflight_records: u64,
    /// See `inflight_records`.
    pub inflight_bytes: u64,
    /// Bytes of turns kept for sending again.
    pub retained_bytes: u64,
    /// Bytes of output that wait for durability.
    pub release_bytes: u64,
    /// Handlers and rooms that panicked: our bugs.
    pub panics: u64,
    /// Rooms that were closed because they could not go on.
    pub rooms_broken: u64,
    /// Rooms that went another way when they heard the same again: mistakes of games.
    pub rooms_diverged: u64,
    /// Rooms that outlived an earlier game.
    pub rooms_recovered: u64,
    /// Rooms whose game is not in this program: they wait for one that has it.
    pub rooms_unknown: u64,
    /// Records refused by double entry or bounds: our bugs.
    pub records_refused: u64,
    /// Link records for a connection that is gone.
    pub stale_records: u64,
    /// Latest-wins publishes withheld from a full link.
    pub withheld: u64,
    /// Sessions whose connection is away.
    pub sessions_away: u64,
    /// Players who wait for a quick match.
    pub matches_waiting: u64,
    /// Sessions that went on with another connection.
    pub resumes: u64,
    /// Resumes refused.
    pub resumes_refused: u64,
    /// Sessions that an earlier game had, and that have their seat again.
    pub reseated: u64,
    /// Packets whose `ack` was above what was released to them.
    pub acks_ahead: u64,
}
