//! What `ding doctor` knows of a machine and an installation, as plain values: whatever is asked of the world is
//! asked elsewhere, and what follows from it is judged elsewhere.

use std::{net::SocketAddr, path::PathBuf};

use crate::roles::Seat;

/// Everything. Nothing, where there is an `Option`: it does not exist, or the system does not tell.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Of this program.
    pub version: String,
    /// From where settings came, or all that is wrong with them.
    pub settings: Result<String, String>,
    /// Each process.
    pub processes: Vec<(Seat, Answer)>,
    /// Addresses that are listened on, or would be.
    pub ports: Vec<Port>,
    /// Of the gateway that runs, or of one started from here.
    pub open_files_max: Option<u64>,
    /// What players' connections are encrypted with.
    pub encryption: Encryption,
    /// Of the console.
    pub console: Console,
    /// `gateway.max_connections`.
    pub connections_max: u64,
    /// The data folder.
    pub folder: Folder,
    /// The disk under it.
    pub disk: Option<Disk>,
    /// `dbfront.segment_bytes`.
    pub segment_bytes: u64,
    /// `dbfront.spill_bytes`.
    pub spill_bytes: u64,
    /// The machine's.
    pub memory: Option<Memory>,
    /// Settings of the system by their names.
    pub system: Vec<(&'static str, u64)>,
    /// Since 1970.
    pub clock_s: u64,
    /// Whether something keeps the clock right; nothing: the system does not tell.
    pub is_clock_kept: Option<bool>,
    /// The youngest change of a file in the data folder, since 1970.
    pub youngest_s: Option<u64>,
    /// The journal, or its named stop.
    pub journal: Look<Journal>,
    /// The database, or its named stop.
    pub store: Look<Store>,
}

/// What a process says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It runs.
    Runs {
        /// Its build.
        version: String,
        /// As `ding status` says.
        state: String,
        /// It serves.
        is_ready: bool,
        /// Process id.
        pid: u32,
    },
    /// It does not.
    NotRunning,
    /// It seems to run, and does not answer.
    Silent(String),
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The setting that names it.
    pub key: &'static str,
    /// Whose it should be; gateways share theirs. Nobody's: the console's.
    pub seats: Vec<Seat>,
    /// Where.
    pub address: SocketAddr,
    /// The role starts without it.
    pub is_optional: bool,
    /// Who has it.
    pub held: Held,
}

/// Who has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// Nobody.
    Free,
    /// A process, if the system tells which.
    By(Option<u32>),
    /// It cannot be had for another reason: no such address, or not allowed.
    Impossible,
}

/// What connections are encrypted with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Nothing, and only this machine comes in.
    NotNeeded,
    /// Nothing, and others come in.
    None,
    /// This.
    Certificate(Certificate),
}

/// The console, and what its folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// The process that serves one.
    pub pid: Option<u32>,
    /// What staff's connections are encrypted with.
    pub encryption: Encryption,
    /// Nothing: no console was ever here.
    pub folder: Option<ConsoleFolder>,
}

/// What the console's folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleFolder {
    /// As it was named.
    pub path: PathBuf,
    /// Those of the folder itself and in it that are open to others, with the lower nine bits of their modes.
    pub open: Vec<(PathBuf, u32)>,
    /// Who is staff, or why that cannot be read.
    pub staff: Result<Vec<Member>, String>,
    /// The audit log, or why it cannot be read.
    pub audit: Look<Chain>,
}

/// One of the staff.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Of the account.
    pub name: String,
    /// By name.
    pub role: &'static str,
    /// It changes the world, or who is staff.
    pub is_mighty: bool,
    /// A code is asked for beside the password.
    pub has_second_factor: bool,
    /// It cannot log in.
    pub is_disabled: bool,
}

/// The audit log, line by line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Whole ones.
    pub lines: u64,
    /// The first that does not follow the one before it.
    pub broken_at: Option<u64>,
}

/// A certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Its file.
    pub file: PathBuf,
    /// Its key's file.
    pub key: PathBuf,
    /// The lower nine bits of the key's mode; nothing: it cannot be seen.
    pub key_mode: Option<u32>,
    /// What it says of itself, or why it cannot be served with.
    pub about: Result<About, String>,
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Since 1970.
    pub valid_from_s: u64,
    /// Since 1970.
    pub valid_until_s: u64,
    /// Host names and addresses that it is for.
    pub names: Vec<String>,
}

/// The data folder and what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folder {
    /// As it was named.
    pub path: PathBuf,
    /// Owner and mode; nothing: it does not exist.
    pub itself: Option<Entry>,
    /// The user who asks.
    pub own_user: u32,
    /// Those within that belong to somebody else than the folder does, or are open to others.
    pub odd: Vec<Entry>,
}

/// A file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where.
    pub path: PathBuf,
    /// Whose.
    pub user: u32,
    /// Its lower nine bits.
    pub mode: u32,
}

/// A disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// That a user may take.
    pub free_bytes: u64,
    /// All.
    pub bytes: u64,
    /// Median of some writes with a sync each; nothing: it could not be tried.
    pub sync_us: Option<u64>,
}

/// Memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// Of the machine, or less where a control group allows less.
    pub bytes: u64,
    /// What the settings let Ding take.
    pub wanted_bytes: u64,
}

/// What a look found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look<T> {
    /// This.
    Found(T),
    /// There is none yet.
    Absent,
    /// It took too long.
    Unfinished,
    /// A named stop, and its text.
    Stop(String, String),
}

/// A journal that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journal {
    /// Files.
    pub segments: usize,
    /// In them.
    pub bytes: u64,
    /// Records that the database does not have.
    pub behind: u64,
}

/// A database that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// For people.
    pub place: String,
    /// Its schema.
    pub schema: u32,
    /// Of this build.
    pub schema_needed: u32,
    /// Its check ran to its end.
    pub is_checked: bool,
    /// What the check found.
    pub broken: Option<String>,
}
