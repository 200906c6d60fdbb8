//! What the driver tells the world and what the world hands back: the whole border of `logic`.
//!
//! The driver feeds any number of [`Event`]s, then ends the turn once; it moves what [`TurnOut`] holds
//! and calls [`TurnOut::clear`] before the next. Everything here is a value.

use std::{
    collections::BTreeSet,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use bytes::Bytes;
use proto::{
    epoch::SealKey,
    ids::{AccountId, ConnId, Epoch, LinkId, Lsn, RoomId},
    level::Level,
    limits::{
        COMMANDS_BURST, COMMANDS_PER_S, INFLIGHT_BYTES_MAX, INFLIGHT_RECORDS_MAX, RESUME_GRACE_MS,
        UNANSWERED_MAX,
    },
    link::{ReadRequest, ReadResponse, StaffResponse},
    link_io, rpc,
};

use super::{
    client_version::ClientVersion,
    design::Design,
    limits::Limits,
    ops::OpNote,
    secret::Secret,
    staff::{self, StaffId},
    text::links::Links,
};

/// The time of an event, read once by the driver.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// For deadlines.
    pub instant: Instant,
    /// Milliseconds since 1970, for rows.
    pub wall_ms: u64,
}

/// What an operator may choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldConfig {
    /// Rows of each table that stay in memory; rows that are needed stay beyond it.
    pub cache_accounts_max: usize,
    /// Load accounts up to that bound before the world is ready.
    pub preload: bool,
    /// Command budget of a session: cost a second.
    pub commands_per_s: u32,
    /// How much of it may be saved up.
    pub commands_burst: u32,
    /// Commands of one session without an answer, at most 64.
    pub unanswered_max: usize,
    /// New accounts from one address an hour, of guests and with names.
    pub guests_per_address_per_hour: u32,
    /// Count loopback addresses too.
    pub limit_loopback: bool,
    /// Between two ticks of each room whose kind does not choose its own.
    pub tick: Duration,
    /// A new account's gold.
    pub start_gold: i64,
    /// From deleting a character to its end.
    pub character_grace: Duration,
    /// Sessions at most, those included whose player is away for a moment.
    pub players_max: usize,
    /// Logins a second that begin while turns are long, at least 1.
    pub logins_per_s_min: u32,
    /// And while they are short.
    pub logins_per_s_max: u32,
    /// Logins that wait for their turn.
    pub login_queue_max: usize,
    /// Reports of players go when they are older; zero: never.
    pub reports_kept: Duration,
    /// Matches that are over go when they are older; zero: never.
    pub replays_kept: Duration,
    /// Lines of chat a second of one session, with a burst of three times that.
    pub chat_per_s: u32,
    /// What becomes of links that players write.
    pub chat_links: Links,
    /// How long an avatar stays on the map, at least, after its connection went.
    pub linkdead: Duration,
    /// How long a session, and its avatar, wait for a player whose connection went. Zero: they do not.
    pub resume_grace: Duration,
    /// Begin with only staff let in, for this reason.
    pub maintenance: Option<String>,
    /// Who plays in maintenance: ids, and canonical forms of names.
    pub maintenance_accounts: Vec<staff::Who>,
    /// Older clients are closed.
    pub client_version_min: Option<ClientVersion>,
    /// With what tickets and places in the login queue are sealed; none: with one of this world's own, so that they end
    /// with it.
    pub seal_key: Option<SealKey>,
    /// From what the secrets of guests are made; none: from one of this world's own, so that a later one cannot say a
    /// secret again. Never what [`Self::seal_key`] is made from, which others know.
    pub guest_key: Option<SealKey>,
    /// Records executed that dbfront's journal does not have.
    pub inflight_records_max: usize,
    /// Bytes of them.
    pub inflight_bytes_max: usize,
    /// Of so many durable rooms one is played along, and compared after each input; 0: none.
    pub shadow_one_in: u32,
    /// Rooms in a call of which an earlier process ended: they are closed, and not called again.
    pub quarantined: BTreeSet<RoomId>,
    /// Matches that ended an earlier process when somebody watched them: nobody may again.
    pub stuck_replays: BTreeSet<u64>,
}

impl Default for WorldConfig {
    fn default() -> Self {
        Self {
            cache_accounts_max: 200_000,
            preload: true,
            commands_per_s: COMMANDS_PER_S,
            commands_burst: COMMANDS_BURST,
            unanswered_max: UNANSWERED_MAX,
            guests_per_address_per_hour: 60,
            limit_loopback: false,
            tick: Duration::from_millis(66),
            start_gold: 1_000,
            character_grace: Duration::from_secs(7 * 24 * 3_600),
            players_max: 20_000,
            logins_per_s_min: 100,
            logins_per_s_max: 2_000,
            login_queue_max: 10_000,
            reports_kept: Duration::from_secs(180 * 24 * 3_600),
            replays_kept: Duration::from_secs(30 * 24 * 3_600),
            chat_per_s: 5,
            chat_links: Links::Neutralize,
            linkdead: Duration::from_secs(10),
            resume_grace: Duration::from_millis(RESUME_GRACE_MS),
            maintenance: None,
            maintenance_accounts: Vec::new(),
            client_version_min: None,
            seal_key: None,
            guest_key: None,
            inflight_records_max: INFLIGHT_RECORDS_MAX,
            inflight_bytes_max: INFLIGHT_BYTES_MAX,
            shadow_one_in: 64,
            quarantined: BTreeSet::new(),
            stuck_replays: BTreeSet::new(),
        }
    }
}

/// Names one read between the world and the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReadTag(pub u64);

/// Hashes that the driver has at a time: one at work, and one so that the thread need not wait for a turn.
/// The others wait in the world, where blocks of addresses take turns.
pub const HASHES_OUT_MAX: usize = 2;

/// Names one hash between the world and the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HashJobId(pub u64);

/// What happened outside.
#[derive(Debug)]
pub enum Event<'a> {
    /// A gateway thread's link opened; after the driver's handshake.
    LinkUp {
        /// Never used before.
        link: LinkId,
        /// Which of the gateway's I/O threads.
        thread: u32,
    },
    /// It is gone, and all its connections with it.
    LinkDown {
        /// Which.
        link: LinkId,
    },
    /// Bytes that wait to be written to it, told whenever they crossed `LINK_DOWN_LATEST_BYTES`. A driver
    /// may say so late on the way down, so that a link at the bound does not change its mind all the time.
    LinkBacklog {
        /// Which.
        link: LinkId,
        /// Bytes.
        bytes: usize,
    },
    /// `Opened`, `Packets`, `Closed` or `Refresh`; the driver keeps the others to itself.
    GatewayRecord {
        /// From which.
        link: LinkId,
        /// In the driver's buffer.
        record: link_io::Record<'a>,
    },
    /// Dbfront's `Welcome`, each time the link opens.
    StoreUp {
        /// Granted.
        epoch: Epoch,
        /// Everything up to here is durable.
        durable: Lsn,
        /// Everything up to here is applied.
        applied: Lsn,
        /// Bits 62–55 of new ids.
        line: u8,
    },
    /// The link to dbfront is gone.
    StoreDown,
    /// Everything up to here is durable.
    Durable(Lsn),
    /// Everything up to here is applied.
    Applied(Lsn),
    /// How much room dbfront has.
    Level {
        /// What is done less of.
        level: Level,
        /// Commands of value a second that may be executed; 0: any number.
        pace: u32,
    },
    /// What came of a read.
    Rows {
        /// Which.
        tag: ReadTag,
        /// The response, or why there is none.
        result: Result<ReadResponse, rpc::Failure>,
    },
    /// What came of a hash.
    HashDone {
        /// Which.
        job: HashJobId,
        /// The result.
        result: HashResult,
    },
    /// How long turns took since this was said last, about a second ago: all but the longest of a hundred no longer than
    /// this.
    TurnTimes {
        /// Of the logic thread's own work.
        p99: Duration,
    },
    /// Turns came later than they do when the process is busy: it waited for a disk, or its machine did not let it go on.
    Stalled {
        /// How long there was no turn, of which rooms' clocks count [`TURN_COUNTS_MAX`].
        away: Duration,
    },
    /// The process was stopped, or its machine was. What came meanwhile is still to be read, so nobody is late for it.
    Slept {
        /// How long there was no turn.
        away: Duration,
    },
    /// Designers changed their tables, and keep every item: play goes by these from the next turn on.
    Design(Arc<Design>),
    /// An operator chose other limits: they hold from now on.
    Limits(Limits),
    /// Staff asks for something.
    Staff {
        /// Names it.
        id: StaffId,
        /// What, by whom and why.
        ask: staff::Ask,
        /// When nobody waits for the answer any more.
        deadline: Instant,
    },
}

/// Slow work on a password, done off the logic thread, in the order given.
#[derive(Debug)]
pub enum HashJob {
    /// Make a new PHC string.
    Make {
        /// Names it.
        id: HashJobId,
        /// Checked against the rules before.
        password: Secret,
        /// Dead once nobody waits for the result: then the work may be spared, and is [`HashResult::Failed`].
        wanted: Weak<()>,
    },
    /// Compare.
    Verify {
        /// Names it.
        id: HashJobId,
        /// As the client sent it.
        password: Secret,
        /// What it is compared with; none: a dummy of the same cost, which never matches (reliability V15).
        phc: Option<String>,
        /// As of a `Make`.
        wanted: Weak<()>,
    },
}

/// What a hash came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HashResult {
    /// Of a `Make`: the PHC string.
    Made(String),
    /// Of a `Verify`.
    Verified {
        /// The password is the one.
        matches: bool,
        /// The stored hash cost less than one made today would.
        is_cheap: bool,
    },
    /// The hash could not be computed; the client is told to come back.
    Failed,
}

/// One journal frame's records, to be sent as `Op::Turn` exactly as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// Field `a`.
    pub lsn_first: Lsn,
    /// The last record's position.
    pub lsn_last: Lsn,
    /// Field `b`.
    pub epoch: Epoch,
    /// The payload, `proto::turn` entries.
    pub bytes: Bytes,
}

/// A read for dbfront.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// Comes back with the rows. None: a `Release`, whose reply nobody waits for.
    pub tag: Option<ReadTag>,
    /// What to send as a `Call`.
    pub request: ReadRequest,
    /// When to give up with `Failure::Deadline`.
    pub deadline: Instant,
}

/// What a turn leaves for the driver. Buffers keep their memory from turn to turn.
#[derive(Debug, Default)]
pub struct TurnOut {
    /// Link records for each gateway thread, to be written as they are. The driver may swap a buffer out.
    pub links: Vec<(LinkId, Vec<u8>)>,
    /// Links to cut: they sent what no gateway sends.
    pub cut: Vec<LinkId>,
    /// For dbfront, before `reads`.
    pub turns: Vec<Turn>,
    /// For dbfront, in this order, after `turns`.
    pub reads: Vec<Read>,
    /// For the hashing thread, in this order; never more than [`HASHES_OUT_MAX`] without a result.
    pub hashes: Vec<HashJob>,
    /// For staff, each once: all that it promises is durable.
    pub staff: Vec<(StaffId, StaffResponse)>,
    /// For the log, in order, while it is wanted.
    pub ops: Vec<OpNote>,
    /// Accounts whose session nobody can resume any more, for too many wrong tokens were tried. For the log.
    pub guessed: Vec<AccountId>,
    /// Rooms of [`WorldConfig::quarantined`] whose end is durable, each once.
    pub released: Vec<RoomId>,
    /// Rooms that were closed because they could not go on. For the log, and whoever looks for the mistake.
    pub broken: Vec<BrokenRoom>,
    /// Rooms that were played along and went another way. For the log.
    pub diverged: Vec<Diverged>,
    /// The world cannot go on; nothing else of this turn may leave.
    pub stop: Option<NamedStop>,
}

impl TurnOut {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        for (_, bytes) in &mut self.links {
            bytes.clear();
        }
        self.cut.clear();
        self.turns.clear();
        self.reads.clear();
        self.hashes.clear();
        self.staff.clear();
        self.ops.clear();
        self.guessed.clear();
        self.released.clear();
        self.broken.clear();
        self.diverged.clear();
        self.stop = None;
    }

    /// The buffer for a link, made if it is not there.
    pub fn link(&mut self, link: LinkId) -> &mut Vec<u8> {
        let index = self.links.iter().position(|(known, _)| *known == link).unwrap_or_else(|| {
            self.links.push((link, Vec::new()));
            self.links.len() - 1
        });
        &mut self.links[index].1
    }
}

/// A room that could not go on, or to which nobody came back.
#[derive(Clone, Debug, PartialEq)]
pub struct BrokenRoom {
    /// Which.
    pub room: RoomId,
    /// As registered.
    pub kind: &'static str,
    /// Under which it was closed: stable, docs/ROOMS.md.
    pub name: &'static str,
    /// What it said, with a backtrace if it panicked: at most 16 KiB.
    pub detail: String,
    /// Of a durable one: what leads to the same again, from the last saved state.
    pub bundle: Option<proto::room::Replay>,
}

/// The name of the end of a room that nobody is in: no mistake of anybody's.
pub(crate) const ABANDONED: &str = "abandoned";

/// A room that, hearing the same again, went another way: it would not outlive its process as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diverged {
    /// Which.
    pub room: RoomId,
    /// As registered.
    pub kind: &'static str,
    /// Number of the input after which the two differ.
    pub input: u64,
    /// The first field in which they do, and both values.
    pub field: String,
}

/// Why the world stops (reliability §2.12 R2: memory is fiction from here on, nothing is saved).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NamedStop {
    /// Dbfront has less than it once told us was durable, and we no longer hold it.
    #[error("dbfront's journal ends at {durable}, but {seen} was acknowledged and is not held here any more")]
    JournalRegression {
        /// Its end.
        durable: Lsn,
        /// What we were told.
        seen: Lsn,
    },
    /// Another game process became the writer.
    #[error("dbfront granted epoch {granted}, this process holds {held}")]
    Fenced {
        /// Theirs.
        granted: Epoch,
        /// Ours.
        held: Epoch,
    },
    /// Dbfront has records that this process never made.
    #[error("dbfront's journal ends at {durable}, this process made records up to {made}")]
    Divergence {
        /// Its end.
        durable: Lsn,
        /// Ours.
        made: Lsn,
    },
    /// Account ids carry 23 bits of the epoch, and they are used up.
    #[error("epoch {0} does not fit into account ids")]
    EpochsUsedUp(Epoch),
}

impl NamedStop {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::JournalRegression { .. } => "JOURNAL_REGRESSION",
            Self::Fenced { .. } => "FENCED",
            Self::Divergence { .. } => "DIVERGENCE",
            Self::EpochsUsedUp(_) => "EPOCHS_USED_UP",
        }
    }
}

/// A connection as gateway and game name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConnAt {
    /// Its link.
    pub link: LinkId,
    /// Its name on that link.
    pub conn: ConnId,
}

/// No more of the time between two turns is time of rooms: what a busy turn may take, and the pause of an idle process.
pub(crate) const TURN_COUNTS_MAX: Duration = Duration::from_millis(1_500);
