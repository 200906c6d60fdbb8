//! `ding replay` as a type: matches that were played, and files that rooms left which broke.

use std::path::PathBuf;

use clap::Args;

use super::staff::Place;

/// `ding replay`.
#[derive(Args, Clone, Debug)]
pub struct Replay {
    /// The number of a match, or a file
    #[arg(value_name = "FILE|ID", required_unless_present_any = ["list", "check"], conflicts_with_all = ["list", "check"])]
    pub what: Option<String>,
    /// Stop after this input, and show the room as it is then; 0: as it opened
    #[arg(long, value_name = "N", conflicts_with_all = ["list", "check"])]
    pub to: Option<u64>,
    /// Say only how it ended
    #[arg(long, conflicts_with_all = ["list", "to"])]
    pub quiet: bool,
    /// From this input on, some as lines of JSON with the state after each; 0: as it opened. At most 10 s
    #[arg(long, value_name = "N", conflicts_with_all = ["list", "check", "to", "quiet"])]
    pub steps: Option<u64>,
    /// With --steps: nothing of games whose players have secrets of each other
    #[arg(long, requires = "steps")]
    pub public: bool,
    /// Write it there as a file, for another machine
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "check"])]
    pub save: Option<PathBuf>,
    /// List matches that are stored, those played last at the end
    #[arg(long)]
    pub list: bool,
    /// Play all of them again that are stored, and say how many went as they went then
    #[arg(long, conflicts_with = "list")]
    pub check: bool,
    /// Only those of this account: its id, or its name
    #[arg(long, value_name = "ID|NAME", requires = "list")]
    pub of: Option<String>,
    /// Only of this kind of room
    #[arg(long, value_name = "KIND", requires = "list")]
    pub kind: Option<String>,
    /// The last so many
    #[arg(long, value_name = "N", default_value_t = 50, requires = "list", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Installation.
    #[command(flatten)]
    pub place: Place,
}

/// For the end of `ding replay --help`.
pub const REPLAY_HELP: &str = "\
Plays a match again by the rooms of this program, input by input, and compares the end. Files need no server;
matches by number are asked of the running game.

Exit codes: 0 it went as it went then (with --check: all did), 1 it did not or there is no such match,
65 it cannot be played here, 69 game is not running, 74 a file cannot be read or written

Examples:
  ding replay --list --of Anabel --kind chess
  ding replay 4294967297
  ding replay 4294967297 --to 40
  ding replay 4294967297 --steps 0
  ding replay 4294967297 --save match.replay
  ding replay --check
  ding replay ding-data/bundles/4294967297.replay";
