//! The commands by which staff looks into the game and changes it, as types. They ask the running game
//! over its control link.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use proto::limits::STAFF_REASON_BYTES_MAX;

use super::DATA_DEFAULT;

/// Which installation.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// Folder of the installation
    #[arg(long, value_name = "DIR", default_value = DATA_DEFAULT)]
    pub data: PathBuf,
}

/// What the staff log keeps beside who did what.
#[derive(Args, Clone, Debug)]
pub struct Why {
    /// Why, for the staff log: one line of at most 128 bytes
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, value_parser = reason)]
    pub reason: String,
}

/// Part of a list that may be long.
#[derive(Args, Clone, Debug)]
pub struct Listing {
    /// Installation.
    #[command(flatten)]
    pub place: Place,
    /// Begin after this id
    #[arg(long, value_name = "ID", default_value_t = 0)]
    pub after: u64,
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// Print one JSON document instead of a table
    #[arg(long)]
    pub json: bool,
}

/// `ding account …`.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// List accounts in the order of their ids, a page at a time
    #[command(after_help = LIST_HELP)]
    List(Listing),
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
        /// Why.
        #[command(flatten)]
        why: Why,
    },
    /// Keep an account from logging in; it is closed if it plays
    #[command(after_help = BAN_HELP)]
    Ban {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id, or its name
        #[arg(value_name = "ID|NAME")]
        who: String,
        /// Shown to the player and kept in the staff log: one line of at most 128 bytes
        #[arg(long, value_name = "TEXT", value_parser = reason)]
        reason: String,
        /// For how long: 30m, 12h, 7d [default: until it is lifted]
        #[arg(long = "for", value_name = "TIME", value_parser = long_time)]
        time: Option<Duration>,
    },
    /// Let a banned account log in again
    #[command(after_help = BAN_HELP)]
    Unban {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id, or its name
        #[arg(value_name = "ID|NAME")]
        who: String,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
    /// Keep an account from being heard by others
    #[command(after_help = BAN_HELP)]
    Mute {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id, or its name
        #[arg(value_name = "ID|NAME")]
        who: String,
        /// For how long: 30m, 12h, 7d [default: until it is lifted]
        #[arg(long = "for", value_name = "TIME", value_parser = long_time)]
        time: Option<Duration>,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
    /// Let a muted account be heard again
    #[command(after_help = BAN_HELP)]
    Unmute {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id, or its name
        #[arg(value_name = "ID|NAME")]
        who: String,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
    /// Give a guest a name and a password; its secret stops working
    #[command(after_help = PASSWORD_HELP)]
    BindGuest {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// The guest's id
        #[arg(value_name = "ID")]
        who: u64,
        /// The name it gets
        #[arg(long, value_name = "NAME")]
        name: String,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
    /// Give an account another password; who plays with the old one is closed
    #[command(after_help = PASSWORD_HELP)]
    SetPassword {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id, or its name
        #[arg(value_name = "ID|NAME")]
        who: String,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
    /// Forget a person for ever: name, credentials, characters, mail and goods go, ledgers keep the number
    #[command(after_help = DELETE_HELP)]
    Delete {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id
        #[arg(value_name = "ID")]
        who: u64,
        /// It cannot be undone
        #[arg(long, required = true)]
        yes: bool,
        /// Why.
        #[command(flatten)]
        why: Why,
    },
    /// Show what staff did: on one account, or on all
    #[command(after_help = LOG_HELP)]
    Log {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id, or its name [default: all accounts]
        #[arg(value_name = "ID|NAME")]
        who: Option<String>,
        /// The last so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
        /// Print one JSON document instead of a table
        #[arg(long)]
        json: bool,
    },
    /// Show what players reported of each other: of one account, or of all
    #[command(after_help = REPORTS_HELP)]
    Reports {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// About whom: its id, or its name [default: all accounts]
        #[arg(value_name = "ID|NAME")]
        who: Option<String>,
        /// The last so many
        #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
        limit: u32,
        /// Print one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print all that is stored about a person as one JSON document
    #[command(after_help = EXPORT_HELP)]
    Export {
        /// Installation.
        #[command(flatten)]
        place: Place,
        /// Its id, or its name
        #[arg(value_name = "ID|NAME")]
        who: String,
    },
}

/// `ding maintenance`.
#[derive(Args, Clone, Debug)]
pub struct Maintenance {
    /// Installation.
    #[command(flatten)]
    pub place: Place,
    /// Let only staff in, or everybody again
    #[arg(value_enum)]
    pub wish: Wish,
    /// Shown to players and kept in the staff log: one line of at most 128 bytes
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true, value_parser = reason)]
    pub reason: String,
    /// Close who plays and is not staff
    #[arg(long)]
    pub kick: bool,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Wish {
    /// Only staff is let in
    On,
    /// Everybody is
    Off,
}

pub(super) fn reason(text: &str) -> Result<String, String> {
    if text.len() <= STAFF_REASON_BYTES_MAX && !text.chars().any(char::is_control) {
        return Ok(text.to_owned());
    }
    Err(format!("one line of at most {STAFF_REASON_BYTES_MAX} bytes"))
}

fn long_time(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds: u64 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err("write a number with its unit: 30m, 12h, 7d".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "no number before the unit".to_owned())?;
    let time = Duration::from_secs(number.saturating_mul(seconds));
    if (Duration::from_secs(1)..=LONG_TIME_MAX).contains(&time) {
        return Ok(time);
    }
    Err("between 1s and 36500d".to_owned())
}

const LONG_TIME_MAX: Duration = Duration::from_secs(36_500 * 86_400);

/// For the end of `ding account --help`.
pub const ACCOUNT_HELP: &str = "\
Exit codes: 0 done and durable, 1 refused, 69 game is not running

Examples:
  ding account list --limit 20
  ding account show Anabel
  ding account ban Anabel --reason \"sells gold\" --for 7d
  ding account log Anabel";

/// For the end of `ding maintenance --help`.
pub const MAINTENANCE_HELP: &str = "\
Who is staff is listed in game.maintenance_accounts. It stays on over restarts, and can be switched while
nothing runs.

Examples:
  ding maintenance on --reason \"back at 12:00 UTC\"
  ding maintenance on --kick
  ding maintenance off";

const BAN_HELP: &str = "\
A ban and a mute end by themselves at their time.

Examples:
  ding account ban Anabel --reason \"sells gold\" --for 7d
  ding account unban Anabel
  ding account mute 4294967297 --for 12h
  ding account unmute 4294967297";

const PASSWORD_HELP: &str = "\
The password is asked for on the terminal, or is the first line of standard input.

Examples:
  ding account bind-guest 4294967297 --name Anabel
  ding account set-password Anabel < password.txt";

const DELETE_HELP: &str = "\
Who plays is closed. Cut off in between, the same command goes on.

Examples:
  ding account delete 4294967297 --yes";

const REPORTS_HELP: &str = "\
With each report come the last lines that the account said in public, or to the one who reported. A player's
later report of the same account replaces the one before.

Examples:
  ding account reports
  ding account reports 4294967297 --json";

const LOG_HELP: &str = "\
Each row is in the record of what it tells of: one is never there without the other. What only looks, as list,
show and export do, leaves none.

Examples:
  ding account log
  ding account log Anabel
  ding account log --limit 1000 --json";

const EXPORT_HELP: &str = "\
Rows that name the person in passing, as the ledger does, take a look at all of them: a while.

Examples:
  ding account export Anabel > anabel.json";

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
