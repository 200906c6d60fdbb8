//! The command line as types. Decides nothing; what a command does is in the module of its name.

pub mod chaos;
pub mod journal;
pub mod new;
pub mod operate;
pub mod replay;
pub mod room;
pub mod sim;
pub mod staff;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use bot::Script;
use clap::{
    Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum,
    builder::{PossibleValue, PossibleValuesParser},
};

use crate::{exit::EXIT_CODES, roles::Seat};
use operate::{
    ADMIN_HELP, AUDIT_HELP, Admin, Audit, BACKUP_HELP, Backup, DOCTOR_HELP, Doctor, INIT_HELP, Init,
    MIGRATE_HELP, Migrate, RESTART_HELP, RESTORE_HELP, Restart, Restore,
};

/// A game server on three legs: gateway, game and dbfront, three processes from one binary.
#[derive(Debug, Parser)]
#[command(name = "ding", version, after_help = format!("{EXIT_CODES}\n\n{TOP_HELP}"), disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Every command of `ding`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything here and watch over it; Ctrl-C stops it with nothing lost
    #[command(after_help = UP_HELP)]
    Up(Up),
    /// Replace processes that `ding up` runs, and their program, one after the other
    #[command(after_help = RESTART_HELP)]
    Restart(Restart),
    /// Run the process that holds the players' sockets
    #[command(after_help = GATEWAY_HELP)]
    Gateway(GatewayArgs),
    /// Run the process that holds the rules and all state in memory
    #[command(after_help = GAME_HELP)]
    Game(GameArgs),
    /// Run the process that holds the journal and the database
    #[command(after_help = DBFRONT_HELP)]
    Dbfront(RoleArgs),
    /// Show the state of the processes of a data folder
    #[command(after_help = STATUS_HELP)]
    Status(Status),
    /// Stop what runs on a data folder, as Ctrl-C does
    #[command(after_help = STOP_HELP)]
    Stop(Stop),
    /// Look at accounts and change them, while game runs
    #[command(after_help = staff::ACCOUNT_HELP, subcommand_required = true)]
    Account {
        /// What to do.
        #[command(subcommand)]
        command: staff::AccountCommand,
    },
    /// Look at open rooms, end one or say something to it, while game runs
    #[command(after_help = room::ROOM_HELP, subcommand_required = true)]
    Room {
        /// What to do.
        #[command(subcommand)]
        command: room::RoomCommand,
    },
    /// Serve the console in a browser, where `ding up` does not
    #[command(after_help = ADMIN_HELP)]
    Admin(Admin),
    /// Look for what is wrong with this machine and an installation
    #[command(after_help = DOCTOR_HELP)]
    Doctor(Doctor),
    /// Ask the database whether all gold and things are where they must be
    #[command(after_help = AUDIT_HELP)]
    Audit(Audit),
    /// Found a world where there is none; a start does it by itself, except on a database server
    #[command(after_help = INIT_HELP)]
    Init(Init),
    /// Bring the database's tables to this version; nothing may run
    #[command(after_help = MIGRATE_HELP)]
    Migrate(Migrate),
    /// Look at the journal: what is there, whether every byte of it is right, and all that is in it
    #[command(after_help = journal::JOURNAL_HELP, subcommand_required = true)]
    Journal {
        /// What to do.
        #[command(subcommand)]
        command: journal::JournalCommand,
    },
    /// Copy the world and its journal into a folder
    #[command(after_help = BACKUP_HELP)]
    Backup(Backup),
    /// Make a world of a backup, where there is none; nothing may run
    #[command(after_help = RESTORE_HELP)]
    Restore(Restore),
    /// Let only staff in, or everybody again
    #[command(after_help = staff::MAINTENANCE_HELP)]
    Maintenance(staff::Maintenance),
    /// Print every setting with its default, ready to be saved as ding.toml
    #[command(after_help = CONFIG_HELP)]
    Config,
    /// Read settings and designers' tables again while people play; what is wrong changes nothing
    #[command(after_help = RELOAD_HELP)]
    Reload(Reload),
    /// Look at designers' tables before they are played by
    #[command(after_help = DESIGN_HELP, subcommand_required = true)]
    Design {
        /// What to do.
        #[command(subcommand)]
        command: DesignCommand,
    },
    /// Play as many clients and check every reply
    #[command(after_help = BOT_HELP, subcommand_required = true)]
    Bot {
        /// What the bots do.
        #[command(subcommand)]
        command: BotCommand,
    },
    /// Play a match again that was played, or that broke: the story of it, input by input
    #[command(after_help = replay::REPLAY_HELP)]
    Replay(replay::Replay),
    /// Begin a game of one's own: a small project with a room, its tests and its bots
    #[command(after_help = new::NEW_HELP)]
    New(new::New),
    /// Measure this build beside bare references on this machine
    #[command(after_help = BENCH_HELP)]
    Bench(Bench),
    /// Break a world of its own in every way under bots, and judge what is left of it
    #[command(after_help = chaos::HELP)]
    Chaos(chaos::Chaos),
    /// Play game and dbfront on one thread through faults drawn from a seed, and check every promise
    #[command(after_help = sim::HELP)]
    Sim(sim::Sim),
    /// A bare reference in a process of its own, for `ding bench`
    #[command(hide = true, after_help = LAB_BARE_HELP)]
    LabBare {
        /// Which, and what it needs.
        args: Vec<String>,
    },
}

/// Where settings come from.
#[derive(Args, Clone, Debug)]
pub struct Source {
    /// Folder of journal, database and sockets
    #[arg(long, value_name = "DIR", default_value = DATA_DEFAULT)]
    pub data: PathBuf,
    /// Settings file [default: DIR/ding.toml, else ./ding.toml, else built-in]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// One setting, over file and environment; may be repeated
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE")]
    pub set: Vec<String>,
}

/// `ding up`.
#[derive(Args, Clone, Debug)]
pub struct Up {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
    /// Address for players, as --set gateway.listen=ADDR [default: 127.0.0.1:7000]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<SocketAddr>,
    /// Allow players without TLS from other machines, as --set gateway.insecure=true
    #[arg(long)]
    pub insecure: bool,
    /// Gateways that share the players' address, as --set gateway.processes=N [default: 1]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=i64::from(Seat::GATEWAYS_MAX)))]
    pub gateways: Option<u8>,
}

/// `ding gateway`, `ding game`, `ding dbfront`.
#[derive(Args, Clone, Debug)]
pub struct RoleArgs {
    /// Settings.
    #[command(flatten)]
    pub source: Source,
    /// Stop when standard input ends; the parent prefixes the log
    #[arg(long, hide = true)]
    pub supervised: bool,
    /// Read the settings, say so, and take the place when the parent says `begin`
    #[arg(long, hide = true, requires = "supervised")]
    pub standby: bool,
}

/// `ding gateway`.
#[derive(Args, Clone, Debug)]
pub struct GatewayArgs {
    /// As every process.
    #[command(flatten)]
    pub role: RoleArgs,
    /// Which of several, from 1
    #[arg(long, hide = true, requires = "supervised", default_value_t = 1,
          value_parser = clap::value_parser!(u8).range(1..=i64::from(Seat::GATEWAYS_MAX)))]
    pub number: u8,
    /// Others of the same parent listen there too
    #[arg(long, hide = true, requires = "supervised")]
    pub shared: bool,
}

/// `ding game`.
#[derive(Args, Clone, Debug)]
pub struct GameArgs {
    /// As every process.
    #[command(flatten)]
    pub role: RoleArgs,
    /// End another game that writes, whether it answers or not, and take its place
    #[arg(long)]
    pub takeover: bool,
}

/// `ding status`.
#[derive(Args, Clone, Debug)]
pub struct Status {
    /// Folder of the installation
    #[arg(long, value_name = "DIR", default_value = DATA_DEFAULT)]
    pub data: PathBuf,
    /// Print one JSON document instead of a table
    #[arg(long)]
    pub json: bool,
}

/// `ding stop`.
#[derive(Args, Clone, Debug)]
pub struct Stop {
    /// Folder of the installation
    #[arg(long, value_name = "DIR", default_value = DATA_DEFAULT)]
    pub data: PathBuf,
}

/// `ding reload`.
#[derive(Args, Clone, Debug)]
pub struct Reload {
    /// Folder of the installation
    #[arg(long, value_name = "DIR", default_value = DATA_DEFAULT)]
    pub data: PathBuf,
}

/// `ding design …`.
#[derive(Debug, Subcommand)]
pub enum DesignCommand {
    /// Say all that is wrong with a folder of tables, with file, line and field
    #[command(after_help = DESIGN_HELP)]
    Check {
        /// The folder of items.toml and the others [default: the tables inside the program]
        #[arg(value_name = "DIR")]
        folder: Option<PathBuf>,
    },
}

/// `ding bot …`.
#[derive(Debug, Subcommand)]
pub enum BotCommand {
    /// Run bots against a server and print rates, latencies and errors
    #[command(after_help = BOT_HELP)]
    Run(BotRun),
}

/// `ding bot run`.
#[derive(Args, Clone, Debug)]
pub struct BotRun {
    /// What every bot does
    #[arg(default_value = "mixed", value_parser = scenes(&[]))]
    pub scene: String,
    /// How many play at once
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub players: u32,
    /// How long: 500ms, 30s, 5m
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub duration: Duration,
    /// Address of the server
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:7000")]
    pub server: String,
    /// The same seed sends the same commands [default: random, printed]
    #[arg(long)]
    pub seed: Option<u64>,
    /// Write the whole result there
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Register with name and password instead of coming as guests
    #[arg(long)]
    pub password_login: bool,
    /// How to connect; of several, each player takes the next
    #[arg(long, value_enum, value_name = "HOW", value_delimiter = ',', default_value = "tcp")]
    pub transport: Vec<Transport>,
    /// Certificate that tls and wss must meet (PEM) [default: any, on this machine only]
    #[arg(long, value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Come again after a lost connection and find out what happened of each command
    #[arg(long)]
    pub reconnect: bool,
    /// Whoever plays chess or cards thinks at most so many milliseconds before each move [default: 200]
    #[arg(long, value_name = "MS")]
    pub think_ms: Option<u64>,
    /// Write a line for each payment there
    #[arg(long, value_name = "FILE")]
    pub payment_log: Option<PathBuf>,
    /// Write a line for each deal of the market there
    #[arg(long, value_name = "FILE")]
    pub deal_log: Option<PathBuf>,
}

/// What bots do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scene {
    /// Pay each other
    Pay,
    /// Talk in the world's chat
    Chat,
    /// Send bytes to the echo room and compare what returns
    Echo,
    /// Walk along the map, ten moves a second, and watch the others walk
    Walk,
    /// Everything: three of four walk, pay, talk and fight, one trades, deals and writes letters
    World,
    /// Trade with each other, deal with shops, send letters, and try what must be refused
    Market,
    /// Play chess, match after match
    Chess,
    /// Play Dou Dizhu, hand after hand
    Doudizhu,
    /// Fight in arenas, battle after battle
    Arena,
    /// A chat line every 5 s and a payment every second
    Small,
    /// All of it: of 16, nine play as in world, two chess, three Dou Dizhu, two fight in an arena
    Mixed,
}

/// Ding's own scenarios and those of a game.
fn scenes(scripts: &[Script]) -> PossibleValuesParser {
    let own = Scene::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let scripts = scripts.iter().map(|script| PossibleValue::new(script.name()).help(script.about()));
    PossibleValuesParser::new(own.chain(scripts))
}

/// What was typed, where a game has these scenarios; ends the process with help or a complaint if that is no command.
#[must_use]
pub fn parse(scripts: &[Script]) -> Cli {
    let scene = |run: clap::Command| run.mut_arg("scene", |scene| scene.value_parser(scenes(scripts)));
    let command = Cli::command().mut_subcommand("bot", |bot| bot.mut_subcommand("run", scene));
    let parsed = Cli::from_arg_matches(&command.get_matches());
    parsed.unwrap_or_else(|error| error.exit())
}

/// How bots connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Transport {
    /// Plain TCP
    Tcp,
    /// TLS
    Tls,
    /// WebSocket
    Ws,
    /// WebSocket over TLS
    Wss,
}

/// `ding bench`.
#[derive(Args, Clone, Debug)]
pub struct Bench {
    /// As --only: world, echo, rpc, fanout, pay, journal [default: all]
    #[arg(value_name = "TEXT", conflicts_with = "only")]
    pub what: Option<String>,
    /// Shorter runs, four minutes at most
    #[arg(long)]
    pub quick: bool,
    /// Write the list of results there
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Only figures whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
    /// Of the world: what a player costs from 200 to 2,000 of them, as WORLD.md and a plot in this folder
    #[arg(long, value_name = "DIR")]
    pub plot: Option<PathBuf>,
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return Err("write a number with its unit: 500ms, 30s, 5m".to_owned()),
    };
    let number: u64 = number.parse().map_err(|_| "no number before the unit".to_owned())?;
    let ms = number.saturating_mul(scale_ms);
    if !(1..=DURATION_MS_MAX).contains(&ms) {
        return Err("between 1ms and 1440m".to_owned());
    }
    Ok(Duration::from_millis(ms))
}

const DATA_DEFAULT: &str = "./ding-data";
const DURATION_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

const TOP_HELP: &str = "\
Examples:
  ding up                              everything here, players on 127.0.0.1:7000
  ding bot run mixed --players 300     load it, from another terminal
  ding status                          how it is doing
  ding config > ding.toml              all settings, to be changed

Manual: docs/OPERATING.md";

const UP_HELP: &str = "\
Examples:
  ding up
  ding up --data /srv/ding --listen 127.0.0.1:7100
  ding up --listen 0.0.0.0:7000 --insecure
  ding up --gateways 3                 three processes hold the sockets, on one address
  DING_LOG__LEVEL=debug ding up --set log.format=text";

const GATEWAY_HELP: &str = "\
Examples:
  ding gateway --data /srv/ding --config /etc/ding.toml
  ding gateway --set gateway.listen=127.0.0.1:7100";

const GAME_HELP: &str = "\
Examples:
  ding game --data /srv/ding --config /etc/ding.toml
  ding game --data /srv/ding --takeover";

const DBFRONT_HELP: &str = "\
Examples:
  ding dbfront --data /srv/ding --config /etc/ding.toml";

const STATUS_HELP: &str = "\
Exit codes: 0 all ready, 3 some ready, 69 none reachable

Examples:
  ding status
  ding status --json --data /srv/ding";

const STOP_HELP: &str = "\
Examples:
  ding stop
  ding stop --data /srv/ding";

const CONFIG_HELP: &str = "\
Examples:
  ding config
  ding config > ding.toml";

const RELOAD_HELP: &str = "\
Exit codes: 0 in force, 69 the game does not run, 75 not now, 78 something is wrong and the old ones stay

Examples:
  ding reload
  ding reload --data /srv/ding";

const DESIGN_HELP: &str = "\
Exit codes: 0 all right, 78 something is wrong

Examples:
  ding design check
  ding design check /srv/ding/design";

const BOT_HELP: &str = "\
Exit codes: 0 every reply right, 1 a reply wrong, missing or doubled, 69 server not reachable

Examples:
  ding bot run
  ding bot run pay --players 64 --duration 60s --json pay.json
  ding bot run mixed --players 300 --duration 60s --seed 7 --reconnect
  ding bot run walk --players 200 --json walk.json
  ding bot run world --players 1000 --duration 2m
  ding bot run market --players 200 --duration 3m --reconnect
  ding bot run echo --server play.example.org:7000 --transport tls,wss --trust chain.pem";

const BENCH_HELP: &str = "\
Exit codes: 0 every target met, 1 a target missed

Examples:
  ding bench --quick
  ding bench world                     1,000, 2,000 and 5,000 players who all walk
  ding bench world --plot docs
  ding bench --json bench.json";

const LAB_BARE_HELP: &str = "\
Examples:
  ding lab-bare echo";
