//! `ding chaos`: what can be typed.

use clap::{Args, ValueEnum};

/// `ding chaos`.
#[derive(Args, Clone, Debug)]
pub struct Chaos {
    /// How long the bots play
    #[arg(long, value_name = "M", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_440))]
    pub minutes: u32,
    /// The same seed strikes the same, and sends the same commands [default: random, printed]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Where the world is: in a file, or on a database server that is started for it
    #[arg(long, value_enum, default_value_t = ChaosStore::Sqlite)]
    pub store: ChaosStore,
    /// Bots: half of them pay, half trade, write letters and deal with shops
    #[arg(long, value_name = "N", default_value_t = 48, value_parser = clap::value_parser!(u32).range(4..=10_000))]
    pub players: u32,
}

/// Where the world is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ChaosStore {
    /// SQLite
    Sqlite,
    /// MariaDB, a private one
    Mysql,
}

/// For `ding chaos --help`.
pub const HELP: &str = "\
It touches no world but its own, in a temporary folder. As root the journal is on a small disk that fills up.
A program built with `--features failpoints` lets syncs of the journal fail, too.
Exit codes: 0 every invariant holds, 1 one does not, 69 the database server's programs are missing

Examples:
  ding chaos
  ding chaos --minutes 3 --seed 7
  ding chaos --minutes 10 --store mysql";
