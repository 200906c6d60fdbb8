//! The commands by which staff looks at open rooms, ends one and speaks to one, as types. They ask the running game over
//! its control link.

use clap::Subcommand;
use proto::limits::{ROOM_SIGNAL_BODY_BYTES_MAX, ROOM_SIGNAL_BYTES_MAX};

use super::staff::{Listing, Place, Why, reason};

/// `ding room …`.
#[derive(Debug, Subcommand)]
pub enum RoomCommand {
    /// List open rooms in the order of their ids, a page at a time
    #[command(after_help = LIST_HELP)]
    List(Listing),
    /// Show one: who is in it, what is staked, and its state, which players may not know
    #[command(after_help = SHOW_HELP)]
    Show {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id
        #[arg(value_name = "ID")]
        room: u64,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// End one: stakes go back, members are told closed_by_staff, what was played stays as a replay
    #[command(after_help = CLOSE_HELP)]
    Close {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id
        #[arg(value_name = "ID")]
        room: u64,
        /// Why, for the staff log: one line of at most 128 bytes
        #[arg(long, value_name = "TEXT", value_parser = reason)]
        reason: String,
    },
    /// Let one hear a signal that its game knows
    #[command(after_help = SAY_HELP)]
    Say {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id
        #[arg(value_name = "ID")]
        room: u64,
        /// What its game calls the signal: at most 64 bytes
        #[arg(value_name = "SIGNAL", value_parser = signal)]
        signal: String,
        /// What comes with it: at most 4,096 bytes
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, value_parser = body)]
        body: String,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
}

fn signal(text: &str) -> Result<String, String> {
    if (1..=ROOM_SIGNAL_BYTES_MAX).contains(&text.len()) && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(format!("a word of at most {ROOM_SIGNAL_BYTES_MAX} bytes"))
}

fn body(text: &str) -> Result<String, String> {
    if text.len() <= ROOM_SIGNAL_BODY_BYTES_MAX {
        return Ok(text.to_owned());
    }
    Err(format!("at most {ROOM_SIGNAL_BODY_BYTES_MAX} bytes"))
}

/// For the end of `ding room --help`.
pub const ROOM_HELP: &str = "\
Exit codes: 0 done and durable, 1 refused, 69 game is not running

Examples:
  ding room list
  ding room show 4294967301
  ding room close 4294967301 --reason \"both asked for it\"
  ding room say 4294967301 announce --body \"ten minutes left\"";

const LIST_HELP: &str = "\
Examples:
  ding room list
  ding room list --after 4294967301 --limit 1000 --json";

const SHOW_HELP: &str = "\
The state is the game's own; of a long one the first 32 KiB.

Examples:
  ding room show 4294967301
  ding room show 4294967301 --json --data /srv/ding";

const CLOSE_HELP: &str = "\
The reason is kept in the staff log; members are not told it.

Examples:
  ding room close 4294967301 --reason \"both asked for it\"";

const SAY_HELP: &str = "\
Which signals there are is the game's to say. A room that refuses one has not heard it.

Examples:
  ding room say 4294967301 announce --body \"ten minutes left\"";
