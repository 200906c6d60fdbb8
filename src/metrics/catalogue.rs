//! Every metric that Ding shows, once: its name, its type, its unit, whose it is and what it says. Tests compare
//! this list with what each process prints, with its figures, and with docs/OPERATING.md.

use super::process::Fact;
use crate::roles::{Role, is_percentile};

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Stable.
    pub name: &'static str,
    /// What its numbers mean.
    pub kind: Kind,
    /// In what they count; the name ends with it.
    pub unit: Unit,
    /// Whose it is; nothing: every process has it.
    pub role: Option<Role>,
    /// Where it comes from.
    pub source: Source,
    /// A line for people.
    pub help: &'static str,
}

/// What numbers mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only grows, from 0 with the process.
    Counter,
    /// As it is now.
    Gauge,
    /// How often what took how long.
    Histogram,
}

/// In what numbers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    None,
    /// Seconds.
    Seconds,
    /// Bytes.
    Bytes,
}

/// Where numbers come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A figure of the role.
    Figure(&'static str),
    /// A figure of the role in microseconds.
    Micros(&'static str),
    /// A figure of the role in milliseconds.
    Millis(&'static str),
    /// A figure of the role in thousandths.
    Permille(&'static str),
    /// All figures of the role whose names begin so; what follows is the label. Their number is fixed.
    Figures {
        /// Of the figures' names.
        prefix: &'static str,
        /// Its name.
        label: &'static str,
    },
    /// A column of the bill of the gateway: a row for each kind of packet, whose labels are [`BILL_LABELS`].
    Bill(BillColumn),
    /// A distribution of the role.
    Distribution(&'static str),
    /// What the system knows of the process.
    Process(Fact),
    /// When the process began.
    Began,
    /// Whether it serves.
    Ready,
    /// What it is.
    Build,
}

/// What the bill says of each kind of packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillColumn {
    /// How many there were.
    Messages,
    /// Outboxes they were put into.
    Receivers,
    /// Bytes of that without compression.
    BytesBefore,
    /// Bytes of that.
    BytesAfter,
    /// Write calls.
    Writes,
    /// Time, in microseconds.
    Micros,
}

/// By what rows of the bill are told apart.
pub const BILL_LABELS: [&str; 3] = ["kind", "room", "subsystem"];

impl Metric {
    /// Whether this role shows it.
    #[must_use]
    pub fn is_of(&self, role: Role) -> bool {
        self.role.is_none_or(|own| own == role)
    }
}

/// Figures that `ding status` has and metrics have in another form: the last turn is in `ding_game_turn_seconds`,
/// the sums of all closes and of all dropped frames are the sums over their labels, and whoever keeps the level knows since when it holds.
pub const FIGURES_LEFT_OUT: &[&str] = &["turn_us", "closed", "frames_dropped", "level_since_ms"];

/// Whether `ding status` alone has a figure of this name: one of those above, or a percentile, of which metrics have the
/// histogram.
#[must_use]
pub fn is_left_out(figure: &str) -> bool {
    FIGURES_LEFT_OUT.contains(&figure) || is_percentile(figure)
}

use self::{
    BillColumn::{BytesAfter, BytesBefore, Messages, Micros as BillMicros, Receivers, Writes},
    Kind::{Counter, Gauge, Histogram},
    Source::{Began, Bill, Build, Distribution, Figure, Figures, Micros, Millis, Permille, Process, Ready},
    Unit::{Bytes, None as Things, Seconds},
};

const ALL: Option<Role> = None;
const GATEWAY: Option<Role> = Some(Role::Gateway);
const GAME: Option<Role> = Some(Role::Game);
const DBFRONT: Option<Role> = Some(Role::Dbfront);

const fn metric(
    role: Option<Role>,
    kind: Kind,
    unit: Unit,
    name: &'static str,
    source: Source,
    help: &'static str,
) -> Metric {
    Metric { name, kind, unit, role, source, help }
}

/// In the order of the page.
#[rustfmt::skip]
pub const CATALOGUE: &[Metric] = &[
    metric(ALL, Gauge, Things, "ding_build_info", Build,
        "Always 1; the labels say which process and version this is"),
    metric(ALL, Gauge, Things, "ding_ready", Ready,
        "1 while the process serves, as /ready says"),
    metric(ALL, Counter, Seconds, "process_cpu_seconds_total", Process(Fact::ProcessorUs),
        "Processor time, all threads"),
    metric(ALL, Gauge, Bytes, "process_resident_memory_bytes", Process(Fact::ResidentBytes),
        "Memory that is not swapped out"),
    metric(ALL, Gauge, Things, "process_open_fds", Process(Fact::OpenFiles),
        "Open files, sockets among them"),
    metric(ALL, Gauge, Things, "process_max_fds", Process(Fact::OpenFilesMax),
        "Open files that are allowed"),
    metric(ALL, Gauge, Things, "process_threads", Process(Fact::Threads),
        "Threads"),
    metric(ALL, Gauge, Seconds, "process_start_time_seconds", Began,
        "When the process began, since 1970"),
    metric(GATEWAY, Gauge, Things, "ding_gateway_connections", Figure("connections"),
        "Client connections, closing ones too"),
    metric(GATEWAY, Gauge, Things, "ding_gateway_transport_connections", Figures { prefix: "connections.", label: "transport" },
        "Client connections, by what they speak"),
    metric(GATEWAY, Gauge, Things, "ding_gateway_outbox_connections", Figures { prefix: "outbox.", label: "up_to" },
        "Client connections, by how much waits for them: more than the label before, and up to this"),
    metric(GATEWAY, Gauge, Bytes, "ding_gateway_outbox_waiting_bytes", Figure("outbox_bytes"),
        "Bytes that clients have not taken yet"),
    metric(GATEWAY, Gauge, Things, "ding_gateway_parked_clients", Figure("parked"),
        "Clients that had logged in and wait for game to come back"),
    metric(GATEWAY, Gauge, Things, "ding_gateway_groups", Figure("groups"),
        "Audiences with members on this gateway"),
    metric(GATEWAY, Gauge, Bytes, "ding_gateway_link_waiting_bytes", Figure("link_bytes_waiting"),
        "Bytes that game has not taken yet"),
    metric(GATEWAY, Counter, Things, "ding_gateway_connections_opened_total", Figure("opened"),
        "Connections that came"),
    metric(GATEWAY, Counter, Things, "ding_gateway_connections_closed_total", Figures { prefix: "closed.", label: "reason" },
        "Connections that went, by the reason that the client is told"),
    metric(GATEWAY, Counter, Things, "ding_gateway_received_frames_total", Figure("frames_in"),
        "Frames from clients"),
    metric(GATEWAY, Counter, Bytes, "ding_gateway_received_bytes_total", Figure("bytes_in"),
        "Bytes from clients"),
    metric(GATEWAY, Counter, Things, "ding_gateway_sent_frames_total", Figure("frames_out"),
        "Frames to clients"),
    metric(GATEWAY, Counter, Bytes, "ding_gateway_sent_bytes_total", Figure("bytes_out"),
        "Bytes to clients"),
    metric(GATEWAY, Counter, Things, "ding_gateway_writes_total", Figure("writes"),
        "Write calls on client sockets"),
    metric(GATEWAY, Counter, Things, "ding_gateway_publishes_total", Figure("publishes"),
        "Messages for an audience"),
    metric(GATEWAY, Counter, Things, "ding_gateway_deflate_tried_total", Figure("deflate_tried"),
        "Frames that were compressed"),
    metric(GATEWAY, Counter, Things, "ding_gateway_deflate_kept_total", Figure("deflate_kept"),
        "Compressed frames that became small enough to be sent so"),
    metric(GATEWAY, Counter, Seconds, "ding_gateway_deflate_seconds_total", Micros("deflate_us"),
        "Time of compressing, estimated from some"),
    metric(GATEWAY, Counter, Bytes, "ding_gateway_deflate_before_bytes_total", Figure("deflate_bytes_before"),
        "Bytes of the frames that were compressed, before"),
    metric(GATEWAY, Counter, Bytes, "ding_gateway_deflate_after_bytes_total", Figure("deflate_bytes_after"),
        "Bytes of the same frames as they were sent"),
    metric(GATEWAY, Counter, Bytes, "ding_gateway_queued_bytes_total", Figure("bytes_queued"),
        "Bytes of frames that were put into outboxes"),
    metric(GATEWAY, Counter, Bytes, "ding_gateway_lost_bytes_total", Figure("bytes_lost"),
        "Bytes of those that were never sent: dropped, or their client was gone"),
    metric(GATEWAY, Counter, Things, "ding_gateway_dropped_frames_total", Figures { prefix: "dropped.", label: "lane" },
        "Latest-wins and expiring frames that slow clients did not get"),
    metric(GATEWAY, Counter, Things, "ding_gateway_bill_messages_total", Bill(Messages),
        "Packets for clients, each once, by their kind"),
    metric(GATEWAY, Counter, Things, "ding_gateway_bill_receivers_total", Bill(Receivers),
        "Outboxes they were put into"),
    metric(GATEWAY, Counter, Bytes, "ding_gateway_bill_before_bytes_total", Bill(BytesBefore),
        "Bytes of that, as they would be without compression"),
    metric(GATEWAY, Counter, Bytes, "ding_gateway_bill_bytes_total", Bill(BytesAfter),
        "Bytes of that, as they are"),
    metric(GATEWAY, Counter, Things, "ding_gateway_bill_writes_total", Bill(Writes),
        "Write calls on client sockets, by the kind that waited first"),
    metric(GATEWAY, Counter, Seconds, "ding_gateway_bill_seconds_total", Bill(BillMicros),
        "Time of wrapping, compressing, handing out and writing them, estimated from some"),
    metric(GATEWAY, Counter, Things, "ding_gateway_refreshes_total", Figure("refreshes"),
        "Snapshots asked of game for slow clients"),
    metric(GATEWAY, Counter, Things, "ding_gateway_stale_records_total", Figure("records_stale"),
        "Records for connections that were gone"),
    metric(GATEWAY, Counter, Things, "ding_gateway_throttled_total", Figure("throttled"),
        "Times a client was not read for being over its rate"),
    metric(GATEWAY, Counter, Things, "ding_gateway_reseats_total", Figure("reseats"),
        "Times a client got its seat in a game that had come back"),
    metric(GATEWAY, Histogram, Seconds, "ding_gateway_pause_seconds", Distribution("pause"),
        "From losing game to that seat, of each client"),
    metric(GATEWAY, Histogram, Seconds, "ding_gateway_round_trip_seconds", Distribution("round_trip"),
        "From reading a command to putting its answer into the outbox, of some of them"),
    metric(GATEWAY, Histogram, Seconds, "ding_gateway_turn_seconds", Distribution("turn"),
        "Time of a turn of an I/O thread, from waking up to its last write"),
    metric(GAME, Gauge, Things, "ding_game_epoch", Figure("epoch"),
        "The epoch in which this process writes"),
    metric(GAME, Gauge, Things, "ding_game_connections", Figure("connections"),
        "Client connections"),
    metric(GAME, Gauge, Things, "ding_game_sessions", Figure("sessions"),
        "Accounts logged in"),
    metric(GAME, Gauge, Things, "ding_game_sessions_away", Figure("sessions_away"),
        "Sessions whose connection is away"),
    metric(GAME, Gauge, Things, "ding_game_matches_waiting", Figure("matches_waiting"),
        "Players who wait for a quick match"),
    metric(GAME, Counter, Things, "ding_game_resumes_total", Figure("resumes"),
        "Sessions that went on with another connection"),
    metric(GAME, Counter, Things, "ding_game_resumes_refused_total", Figure("resumes_refused"),
        "Resumes refused"),
    metric(GAME, Counter, Things, "ding_game_reseated_total", Figure("reseated"),
        "Players of an earlier game process who have their seat again"),
    metric(GAME, Gauge, Things, "ding_game_rooms", Figure("rooms"),
        "Rooms open"),
    metric(GAME, Gauge, Things, "ding_game_avatars", Figure("avatars"),
        "Avatars on the map"),
    metric(GAME, Gauge, Things, "ding_game_monsters", Figure("monsters"),
        "Monsters on the map"),
    metric(GAME, Gauge, Things, "ding_game_monsters_awake", Figure("monsters_awake"),
        "Monsters that act, because a player is near"),
    metric(GAME, Counter, Things, "ding_game_monsters_slain_total", Figure("monsters_slain"),
        "Monsters that players slew"),
    metric(GAME, Counter, Things, "ding_game_characters_died_total", Figure("characters_died"),
        "Characters that died"),
    metric(GAME, Counter, Things, "ding_game_moves_total", Figure("moves"),
        "Moves that came for them"),
    metric(GAME, Counter, Things, "ding_game_moves_refused_total", Figure("moves_refused"),
        "Refusals of moves told to clients"),
    metric(GAME, Counter, Things, "ding_game_cells_told_total", Figure("cells_told"),
        "Cells whose news were written, once for all who hear them"),
    metric(GAME, Counter, Things, "ding_game_cell_snapshots_total", Figure("cells_snapshot"),
        "Snapshots of cells that were written"),
    metric(GAME, Counter, Things, "ding_game_places_kept_total", Figure("places_kept"),
        "Places of avatars kept in their characters' rows"),
    metric(GAME, Counter, Things, "ding_game_replays_pruned_total", Figure("replays_pruned"),
        "Matches that were too old to be kept"),
    metric(GAME, Counter, Things, "ding_game_reports_pruned_total", Figure("reports_pruned"),
        "Reports of players that were too old to be kept"),
    metric(GAME, Gauge, Things, "ding_game_accounts_cached", Figure("accounts_cached"),
        "Account rows in memory"),
    metric(GAME, Gauge, Things, "ding_game_accounts_loaded", Figure("accounts_loaded"),
        "Account rows loaded before the world was ready"),
    metric(GAME, Counter, Things, "ding_game_commands_total", Figure("commands"),
        "Commands that arrived"),
    metric(GAME, Counter, Things, "ding_game_commands_ok_total", Figure("answered_ok"),
        "Commands answered OK"),
    metric(GAME, Counter, Things, "ding_game_commands_rejected_total", Figure("answered_rejected"),
        "Commands answered REJECTED"),
    metric(GAME, Counter, Things, "ding_game_commands_later_total", Figure("answered_later"),
        "Commands answered RETRY_LATER"),
    metric(GAME, Counter, Things, "ding_game_signals_total", Figure("signals"),
        "Signals that arrived"),
    metric(GAME, Counter, Things, "ding_game_logins_total", Figure("logins"),
        "Logins that succeeded"),
    metric(GAME, Counter, Things, "ding_game_logins_refused_total", Figure("logins_refused"),
        "Logins refused"),
    metric(GAME, Gauge, Things, "ding_game_logins_waiting", Figures { prefix: "logins_waiting_", label: "class" },
        "Logins in the queue, by who is let in first"),
    metric(GAME, Gauge, Things, "ding_game_logins_away", Figure("logins_away"),
        "Places in the login queue kept for those whose connection went"),
    metric(GAME, Counter, Things, "ding_game_logins_begun_total", Figure("logins_begun"),
        "Logins that were let through to their credentials"),
    metric(GAME, Counter, Things, "ding_game_logins_taken_back_total", Figure("logins_taken_back"),
        "Places in the login queue that somebody came back to"),
    metric(GAME, Counter, Things, "ding_game_logins_queue_full_total", Figure("logins_queue_full"),
        "Logins that found the queue full"),
    metric(GAME, Counter, Things, "ding_game_logins_queue_late_total", Figure("logins_queue_late"),
        "Logins that had waited too long"),
    metric(GAME, Gauge, Things, "ding_game_logins_per_second", Figure("logins_per_s"),
        "Logins that may begin a second"),
    metric(GAME, Histogram, Seconds, "ding_game_login_wait_seconds", Distribution("login_wait"),
        "Time of a login in the queue, of those that had to wait there"),
    metric(GAME, Gauge, Things, "ding_game_maintenance", Figure("maintenance"),
        "1 while only staff is let in"),
    metric(GAME, Gauge, Things, "ding_game_level", Figure("level"),
        "How much room dbfront has, as it said: 0 green, 1 yellow, 2 orange, 3 red, 4 black"),
    metric(GAME, Counter, Things, "ding_game_misses_total", Figure("misses"),
        "Runs that met a row outside the cache"),
    metric(GAME, Gauge, Things, "ding_game_parked", Figure("parked"),
        "Commands and logins that wait for rows or a hash"),
    metric(GAME, Counter, Things, "ding_game_records_total", Figure("records"),
        "Records made"),
    metric(GAME, Gauge, Things, "ding_game_lsn_made", Figure("lsn_made"),
        "The last record made"),
    metric(GAME, Gauge, Things, "ding_game_lsn_durable", Figure("lsn_durable"),
        "The last record in the journal"),
    metric(GAME, Gauge, Things, "ding_game_lsn_applied", Figure("lsn_applied"),
        "The last record in the database"),
    metric(GAME, Gauge, Things, "ding_game_inflight_records", Figure("inflight_records"),
        "Records that dbfront's journal does not have"),
    metric(GAME, Gauge, Bytes, "ding_game_inflight_bytes", Figure("inflight_bytes"),
        "Bytes of records that are not durable yet"),
    metric(GAME, Gauge, Bytes, "ding_game_retained_bytes", Figure("retained_bytes"),
        "Bytes of turns kept to be sent again"),
    metric(GAME, Gauge, Bytes, "ding_game_release_bytes", Figure("release_bytes"),
        "Bytes of output that wait for the journal"),
    metric(GAME, Counter, Things, "ding_game_panics_total", Figure("panics"),
        "Handlers and rooms that panicked: bugs of Ding"),
    metric(GAME, Counter, Things, "ding_game_rooms_broken_total", Figure("rooms_broken"),
        "Rooms that were closed because they could not go on"),
    metric(GAME, Counter, Things, "ding_game_rooms_diverged_total", Figure("rooms_diverged"),
        "Rooms that went another way when they heard the same again: mistakes of games"),
    metric(GAME, Counter, Things, "ding_game_rooms_recovered_total", Figure("rooms_recovered"),
        "Rooms that outlived an earlier game"),
    metric(GAME, Counter, Things, "ding_game_rooms_unknown_total", Figure("rooms_unknown"),
        "Stored rooms whose game is not in this program"),
    metric(GAME, Counter, Things, "ding_game_refused_records_total", Figure("records_refused"),
        "Records refused before they were made: bugs of Ding"),
    metric(GAME, Counter, Things, "ding_game_stale_records_total", Figure("stale_records"),
        "Records for connections that were gone"),
    metric(GAME, Counter, Things, "ding_game_withheld_total", Figure("withheld"),
        "Latest-wins output withheld from a full link"),
    metric(GAME, Counter, Things, "ding_game_acks_ahead_total", Figure("acks_ahead"),
        "Packets that acknowledged what was not sent yet"),
    metric(GAME, Counter, Things, "ding_game_turns_total", Figure("turns"),
        "Turns of the logic thread"),
    metric(GAME, Histogram, Seconds, "ding_game_turn_seconds", Distribution("turn"),
        "Time of a turn of the logic thread"),
    metric(GAME, Gauge, Seconds, "ding_game_turn_longest_seconds", Micros("turn_us_max"),
        "The longest turn since the process began"),
    metric(GAME, Histogram, Seconds, "ding_game_command_seconds", Distribution("command"),
        "From the turn that took a command in to the turn that let its answer go"),
    metric(GAME, Counter, Bytes, "ding_game_received_bytes_total", Figure("bytes_in"),
        "Bytes from gateways"),
    metric(GAME, Counter, Bytes, "ding_game_sent_bytes_total", Figure("bytes_out"),
        "Bytes to gateways"),
    metric(GAME, Gauge, Things, "ding_game_links", Figure("links"),
        "Gateway threads connected"),
    metric(GAME, Gauge, Bytes, "ding_game_links_waiting_bytes", Figure("links_backlog_bytes"),
        "Bytes that gateways have not taken yet"),
    metric(GAME, Counter, Things, "ding_game_links_cut_total", Figure("links_cut"),
        "Links cut for being full or for what no gateway sends"),
    metric(GAME, Gauge, Things, "ding_game_reads_in_flight", Figure("reads_in_flight"),
        "Reads at dbfront without an answer"),
    metric(GAME, Gauge, Things, "ding_game_hashes_waiting", Figure("hashes_waiting"),
        "Passwords that wait for their hash"),
    metric(GAME, Counter, Things, "ding_game_hashes_refused_total", Figure("hashes_refused"),
        "Passwords that found the queue full"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_lsn_received", Figure("lsn_received"),
        "The last record received"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_lsn_durable", Figure("lsn_durable"),
        "The last record in the journal"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_lsn_applied", Figure("lsn_applied"),
        "The last record in the database"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_epoch", Figure("epoch"),
        "The writer's epoch"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_writers", Figure("writers"),
        "1 while a game is connected and may write"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_backlog_bytes", Figure("backlog_bytes"),
        "Bytes of durable records that wait to be applied"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_commits_total", Figure("commits"),
        "Syncs of the journal that made records durable"),
    metric(DBFRONT, Histogram, Seconds, "ding_dbfront_journal_sync_seconds", Distribution("journal_sync"),
        "Time of a write and sync of the journal"),
    metric(DBFRONT, Counter, Bytes, "ding_dbfront_journal_bytes_total", Figure("journal_bytes"),
        "Bytes written to the journal"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_apply_batches_total", Figure("apply_batches"),
        "Database transactions"),
    metric(DBFRONT, Histogram, Seconds, "ding_dbfront_apply_batch_seconds", Distribution("apply_batch"),
        "Time of a database transaction"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_apply_rows_total", Figure("apply_rows"),
        "Rows that they changed, after merging"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_apply_retries_total", Figure("apply_retries"),
        "Database transactions that failed and were tried again"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_poison_lsn", Figure("poison_lsn"),
        "The record that the database refuses; 0 for none"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_overlay_rows", Figure("overlay_rows"),
        "Rows in memory"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_overlay_bytes", Figure("overlay_bytes"),
        "Bytes of rows in memory that the database may not have"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_spilled_rows", Figure("spilled_rows"),
        "Rows that the database may not have in the folder spill"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_spilled_bytes", Figure("spilled_bytes"),
        "Bytes of the folder spill"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_rooms_bytes", Figure("rooms_bytes"),
        "Bytes of rows of running matches"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_cache_bytes", Figure("cache_bytes"),
        "Bytes of rows kept to be read without the database"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_cache_cold_bytes", Figure("cache_cold_bytes"),
        "Bytes of those of them that are deflated"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_cache_cold_rows", Figure("cache_cold_rows"),
        "Rows that are deflated"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_warmed_rows_total", Figure("warmed_rows"),
        "Rows that came back from what the stop before had saved"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_hits_hot_total", Figure("hits_hot"),
        "Rows asked for by key that were in memory as they are"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_hits_cold_total", Figure("hits_cold"),
        "Rows asked for by key that were in memory deflated"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_hits_disk_total", Figure("hits_disk"),
        "Rows asked for by key that were in the folder spill"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_hits_absent_total", Figure("hits_absent"),
        "Rows asked for by key that were known not to be there"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_misses_total", Figure("misses"),
        "Rows asked for by key that only the database knew"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_held_lost_total", Figure("held_lost"),
        "Rows that game holds and that left memory for want of room"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_reads_total", Figure("reads"),
        "Reads of game"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_store_reads_total", Figure("reads_of_store"),
        "Reads of game that needed the database"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_refusals_total", Figure("refusals"),
        "Links and turns refused"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_level", Figure("level"),
        "How much room there is: 0 green, 1 yellow, 2 orange, 3 red, 4 black"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_journal_used_ratio", Permille("journal_used_permille"),
        "Share of the room for records that the database does not have"),
    metric(DBFRONT, Gauge, Seconds, "ding_dbfront_journal_left_seconds", Figure("journal_left_s"),
        "For how long there is room at the current rate; -1 when it does not fill"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_unsaved_records", Figure("unsaved_records"),
        "Records of the journal that the database does not have"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_unsaved_bytes", Figure("unsaved_bytes"),
        "Bytes of them"),
    metric(DBFRONT, Gauge, Seconds, "ding_dbfront_durable_lag_seconds", Millis("durable_lag_ms"),
        "For how long the oldest record waits that is not in the journal"),
    metric(DBFRONT, Gauge, Seconds, "ding_dbfront_applied_lag_seconds", Millis("applied_lag_ms"),
        "For how long the oldest record waits that is not in the database"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_pace", Figure("pace"),
        "Commands of value a second that are executed while the database is behind; 0 for any number"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_journal_kept_bytes", Figure("journal_kept_bytes"),
        "Files of the journal"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_journal_free_bytes", Figure("journal_free_bytes"),
        "Free on the journal's disk"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_backup_bytes", Figure("backup_bytes"),
        "Bytes copied of the backup that is being made, 0 without one"),
    metric(DBFRONT, Gauge, Bytes, "ding_dbfront_backup_expected_bytes", Figure("backup_bytes_total"),
        "Bytes that the backup being made will have, about"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_backups_total", Figure("backups"),
        "Backups made"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_backups_failed_total", Figure("backups_failed"),
        "Backups that failed"),
    metric(DBFRONT, Gauge, Things, "ding_dbfront_backup_lsn", Figure("backup_lsn"),
        "The record at which the last backup stands while the journal is kept since, else 0"),
    metric(DBFRONT, Counter, Things, "ding_dbfront_backup_chains_broken_total", Figure("backup_chains_broken"),
        "Times the journal since a backup was given up for want of room"),
];
