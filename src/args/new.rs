//! The command that begins a game of one's own, as a type. Decides nothing.

use std::path::PathBuf;

use clap::Args;

/// `ding new`.
#[derive(Args, Clone, Debug)]
pub struct New {
    /// The new folder, whose last part is the game's name: a–z, 0–9 and -
    #[arg(value_name = "FOLDER")]
    pub folder: PathBuf,
    /// Where the source of Ding is [default: where this program was built, or this folder is]
    #[arg(long, value_name = "DIR")]
    pub ding: Option<PathBuf>,
}

/// For the end of `ding new --help`.
pub const NEW_HELP: &str = "\
Exit codes: 0 written, 2 no name for a game or no source of Ding, 73 the folder is there already

Examples:
  ding new my-game
  ding new games/nim --ding ../ding
  cd my-game && cargo test && cargo run --release -- up";
