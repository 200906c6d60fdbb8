//! The commands by which staff looks into the game and changes it, as types. They ask the running game
//! over its control link.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::DATA_DEFAULT;

/// Which installation.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// Folder of the installation
    #[arg(long, value_name = "DIR", default_value = DATA_DEFAULT)]
    pub data: PathBuf,
}

/// `ding account …`.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// List accounts in the order of their ids, a page at a time
    #[command(after_help = LIST_HELP)]
    List {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Begin after this id
        #[arg(long, value_name = "ID", default_value_t = 0)]
        after: u64,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
        /// Print one JSON document instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Show one account: who, what it has, and its last movements of gold
    #[command(after_help = SHOW_HELP)]
    Show {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id, or its name
        #[arg(value_name = "ID|NAME")]
        who: String,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Close the connection of an account that plays now
    #[command(after_help = KICK_HELP)]
    Kick {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id, or its name
        #[arg(value_name = "ID|NAME")]
        who: String,
    },
}

/// For the end of `ding account --help`.
pub const ACCOUNT_HELP: &str = "\
Exit codes: 0 done and durable, 1 refused, 69 game is not running

Examples:
  ding account list --limit 20
  ding account show Anabel
  ding account kick Anabel";

const LIST_HELP: &str = "\
Examples:
  ding account list
  ding account list --after 4294967301 --limit 1000 --json";

const SHOW_HELP: &str = "\
Examples:
  ding account show Anabel
  ding account show 4294967297 --json --data /srv/ding";

const KICK_HELP: &str = "\
Examples:
  ding account kick Anabel";
