//! `ding journal …`: what can be typed to look at a journal.

use clap::{Args, Subcommand};

use super::Source;

/// `ding journal …`.
#[derive(Debug, Subcommand)]
pub enum JournalCommand {
    /// Show whose journal it is, its files and where it ends
    #[command(after_help = INFO_HELP)]
    Info(Look),
    /// Read every byte, name the first wrong place, and say what a start would do
    #[command(after_help = CHECK_HELP)]
    Check(Look),
    /// Print all that is in it, one JSON object a line
    #[command(after_help = DUMP_HELP)]
    Dump(Dump),
    /// Show the record that the database refuses, while dbfront runs; try it again, or replace it
    #[command(after_help = POISON_HELP)]
    Poison(Poison),
    /// Say what is lost where the journal is gone, old or damaged for good; go on without it
    #[command(after_help = LOSS_HELP)]
    AcceptLoss(AcceptLoss),
}

/// `ding journal accept-loss`.
#[derive(Args, Clone, Debug)]
pub struct AcceptLoss {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
    /// Go on without the records up to this one: the last that the command without it names
    #[arg(long, value_name = "LSN", requires = "reason")]
    pub lost_to: Option<u64>,
    /// Why, for journal and staff log: at most 128 bytes
    #[arg(long, value_name = "TEXT", requires = "lost_to")]
    pub reason: Option<String>,
}

/// `ding journal poison`.
#[derive(Args, Clone, Debug)]
pub struct Poison {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
    /// What to do; nothing: show it.
    #[command(subcommand)]
    pub command: Option<PoisonCommand>,
}

/// `ding journal poison …`.
#[derive(Clone, Debug, Subcommand)]
pub enum PoisonCommand {
    /// Print the whole record as JSON
    #[command(after_help = POISON_HELP)]
    Dump(Source),
    /// Try it now, after the table was mended
    #[command(after_help = POISON_HELP)]
    Retry(Source),
    /// Apply a reviewed record instead: what `dump` printed, edited
    #[command(after_help = POISON_HELP)]
    Amend(Amend),
}

/// `ding journal poison amend`.
#[derive(Args, Clone, Debug)]
pub struct Amend {
    /// The record to apply instead
    #[arg(value_name = "FILE")]
    pub file: std::path::PathBuf,
    /// Why, for journal and staff log: at most 128 bytes
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Settings.
    #[command(flatten)]
    pub source: Source,
}

/// `ding journal info`, `ding journal check`.
#[derive(Args, Clone, Debug)]
pub struct Look {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
    /// Print one JSON document instead of lines
    #[arg(long)]
    pub json: bool,
}

/// `ding journal dump`.
#[derive(Args, Clone, Debug)]
pub struct Dump {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
    /// Begin at this record
    #[arg(long, value_name = "LSN")]
    pub from: Option<u64>,
    /// End after this record
    #[arg(long, value_name = "LSN")]
    pub to: Option<u64>,
    /// Only records of this account's commands, and those that change a row which names it
    #[arg(long, value_name = "ID")]
    pub account: Option<u64>,
}

/// For `ding journal --help`.
pub const JOURNAL_HELP: &str = "\
info, check and dump read beside a running server, take no lock and change nothing.

Examples:
  ding journal info
  ding journal check --data /srv/ding
  ding journal dump --from 120000 --to 120010";

const POISON_HELP: &str = "\
Exit codes: 0 done, 1 none is refused, it is refused still, or the replacement is not fit, 69 dbfront does not run,
75 not now

Examples:
  ding journal poison
  ding journal poison retry --data /srv/ding
  ding journal poison dump > record.json
  ding journal poison amend record.json --reason 'the name was too long for the table'";

const LOSS_HELP: &str = "\
Alone it changes nothing. With --lost-to it ends the old journal and begins another one; there is no way back but the
files that it sets aside. dbfront and game must not run.
Exit codes: 0 said, or done; 1 LOSS_NONE: a start goes on, nothing is lost; 2 LOSS_OTHER: others are lost than those
named; 65 a stop that this is no way out of; 75 dbfront or game runs

Examples:
  ding journal accept-loss
  ding journal accept-loss --lost-to 120345 --reason 'the disk of the journal is gone' --data /srv/ding";

const INFO_HELP: &str = "\
Examples:
  ding journal info
  ding journal info --json --data /srv/ding --config /etc/ding.toml";

const CHECK_HELP: &str = "\
Exit codes: 0 every byte is right; 1 a wrong place that a start does not need; else the code of the named stop with
which a start would end: 65 CORRUPT_ACKED, MISSING_SEGMENT, WRONG_JOURNAL, JOURNAL_BEHIND_DB, JOURNAL_TOO_SHORT,
UNKNOWN_FILE, SCHEMA_TOO_NEW, JOURNAL_ABSENT and others, 74 JOURNAL_FAILED

Examples:
  ding journal check
  ding journal check --json --data /srv/ding";

const DUMP_HELP: &str = "\
Lines and their fields: docs/JOURNAL.md. Guests' secrets and password hashes come as checksums; names, letters and what
was reported come as they are: keep the output as private as the journal.
Exit codes: 0 all of it, 65 a wrong place or no such record, 75 a file was taken away meanwhile: begin at the record
it says

Examples:
  ding journal dump > journal.jsonl
  ding journal dump --account 4611686018427387905
  ding journal dump --from 120000 --to 120010 --data /srv/ding";
