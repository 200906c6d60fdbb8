//! How a run of `ding` ends: exit codes, and the one line that says why. Knows no process and no file.

use std::fmt;

/// Exit codes, as sysexits where one fits. docs/OPERATING.md lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// A check that was asked for did not hold: a wrong reply, a missed target.
    Failed = 1,
    /// The command line asks for what there is not.
    Usage = 2,
    /// Works, but a part is not ready.
    Degraded = 3,
    /// Stored data cannot be used as it is.
    Data = 65,
    /// Something needed cannot be reached, or an address is taken.
    Unavailable = 69,
    /// A bug of ours.
    Internal = 70,
    /// A file or folder cannot be made.
    CannotCreate = 73,
    /// Reading or writing failed.
    Io = 74,
    /// Somebody else holds what is needed; later it may work.
    TryAgain = 75,
    /// The configuration is wrong: starting again will not help.
    Config = 78,
    /// A person or a supervisor ended it before its time.
    Interrupted = 130,
}

impl Exit {
    /// The process's exit status.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The code for a named stop of a role.
    #[must_use]
    pub fn of_stop(name: &str) -> Self {
        let known = STOPS.iter().find(|(known, _)| *known == name);
        known.map_or(Self::Internal, |(_, exit)| *exit)
    }
}

/// Named stops that are nobody's bug, each with its exit code. All others are [`Exit::Internal`].
pub const STOPS: &[(&str, Exit)] = &[
    ("CONFIG", Exit::Config),
    ("BAD_CERTIFICATE", Exit::Config),
    ("BAD_DESIGN", Exit::Config),
    ("SOCKET_PATH_TOO_LONG", Exit::Config),
    ("ADDRESS_IN_USE", Exit::Unavailable),
    ("LISTEN_FAILED", Exit::CannotCreate),
    ("JOURNAL_FAILED", Exit::Io),
    ("JOURNAL_FULL", Exit::Io),
    ("SPILL_FAILED", Exit::Io),
    ("START_FAILED", Exit::Io),
    ("STOP_UNFINISHED", Exit::Io),
    ("STORE_AWAY", Exit::Io),
    ("COMMIT_UNKNOWN", Exit::Io),
    ("IO", Exit::Io),
    ("IO_FAILED", Exit::Io),
    ("CONSOLE_RUNNING", Exit::TryAgain),
    ("CONSOLE_STAFF", Exit::Data),
    ("AMENDED", Exit::Unavailable),
    ("FENCED", Exit::TryAgain),
    ("DB_FENCED", Exit::TryAgain),
    ("WRITER_EXISTS", Exit::TryAgain),
    ("ROLE_RUNNING", Exit::TryAgain),
    ("UP_RUNNING", Exit::TryAgain),
    ("UP_NOT_RUNNING", Exit::Unavailable),
    ("RESTART_UNDER_WAY", Exit::TryAgain),
    ("RESTART_FAILED", Exit::Failed),
    ("CORRUPT_ACKED", Exit::Data),
    ("DATABASE_MISSING", Exit::Data),
    ("DB_PACKET_TOO_SMALL", Exit::Data),
    ("DB_UNSAFE_SETTINGS", Exit::Data),
    ("DIVERGENCE", Exit::Data),
    ("JOURNAL_ABSENT", Exit::Data),
    ("JOURNAL_BEHIND_DB", Exit::Data),
    ("JOURNAL_EXISTS", Exit::Data),
    ("JOURNAL_MISSING", Exit::Data),
    ("JOURNAL_REGRESSION", Exit::Data),
    ("JOURNAL_TOO_SHORT", Exit::Data),
    ("LOSS_NONE", Exit::Failed),
    ("LOSS_OTHER", Exit::Usage),
    ("LOSS_UNFINISHED", Exit::Data),
    ("LOSS_WORDS", Exit::Usage),
    ("MIGRATION_DIRTY", Exit::Data),
    ("MISSING_SEGMENT", Exit::Data),
    ("NOT_FOUNDED", Exit::Data),
    ("POISON", Exit::Data),
    ("BACKUP_ABSENT", Exit::Data),
    ("BACKUP_DAMAGED", Exit::Data),
    ("BACKUP_DISK_FULL", Exit::Io),
    ("BACKUP_FAILED", Exit::Io),
    ("BACKUP_GIVEN_UP", Exit::TryAgain),
    ("BACKUP_NOT_EMPTY", Exit::CannotCreate),
    ("BACKUP_NO_WORLD", Exit::Data),
    ("BACKUP_OF_OTHER_WORLD", Exit::Config),
    ("BACKUP_RUNNING", Exit::TryAgain),
    ("BACKUP_STALLED", Exit::Io),
    ("BACKUP_STOPPED", Exit::TryAgain),
    ("RESTORE_NOT_EMPTY", Exit::CannotCreate),
    ("RESTORE_OUT_OF_RANGE", Exit::Usage),
    ("RESTORE_UNFINISHED", Exit::Data),
    ("RECORD_UNKNOWN", Exit::Data),
    ("SCHEMA_TOO_NEW", Exit::Data),
    ("SCHEMA_TOO_OLD", Exit::Data),
    ("UNKNOWN_FILE", Exit::Data),
    ("WRONG_JOURNAL", Exit::Data),
];

/// Why a command ends without success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened and what to do about it; empty if it was printed before.
    pub text: String,
}

impl Failure {
    /// A failure with its text.
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// For the end of every `--help`.
pub const EXIT_CODES: &str = "\
Exit codes:
   0  done; a server: asked to stop, nothing lost
   1  a check failed: a wrong reply, a missed target
   2  wrong command line
   3  works, but a process is not ready (status)
  65  stored data cannot be used as it is
  69  not reachable, or an address is taken
  70  a bug in Ding
  73  a file or folder cannot be made
  74  reading or writing failed
  75  somebody else holds the data folder or the journal
  78  wrong configuration
 130  interrupted before it was done (bot run)";
