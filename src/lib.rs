//! The command line of Ding, for its own binary and for games that bring their rooms:
//! `fn main() -> ExitCode { ding::main(my_registry()) }` has every command.
//!
//! For such a game: [`room`] is the contract of its rooms, [`Registry`] the list of them, [`table`] what their tests play
//! at, [`replay`] a match played again, [`bot`] and [`client`] what its bots and its clients are made of; [`Game`] is all of it together. `ding new` writes
//! one to begin with, docs/TUTORIAL.md walks through it.
//!
//! [`args`] is what can be typed, [`load`] and [`settings`] what is in force, [`serve`] one role in this
//! process, [`up`] all of them as children, [`restart`] asks that one to replace them, [`control`] how a running role is asked, [`status`] who asks,
//! [`staff`] who changes things, [`console`] both in a browser, [`metrics`] what a role shows over [`http`], [`doctor`] what is wrong,
//! [`audit`] whether gold and things are where they must be, [`journal`] what is in the journal, [`backup`] copies
//! a world and brings it back, [`migrate`] founds and changes the
//! database, [`design`] designers' tables, [`measure`] bots and benches, [`chaos`] faults, [`new`] a project of one's own, [`story`]
//! matches that were played.

pub mod accept;
pub mod args;
pub mod audit;
pub mod author;
pub mod backup;
pub mod chaos;
pub mod clock;
pub mod console;
pub mod control;
pub mod data;
pub mod design;
pub mod doctor;
pub mod exit;
pub mod grants;
pub mod http;
pub mod journal;
pub mod link_key;
pub mod live;
pub mod load;
pub mod log;
pub mod measure;
pub mod metrics;
pub mod migrate;
pub mod new;
pub mod reading;
pub mod reload;
pub mod restart;
pub mod roles;
pub mod serve;
pub mod settings;
pub mod sim;
pub mod staff;
pub mod status;
pub mod stop;
pub mod story;
pub mod up;

use std::{io::Write, process::ExitCode};

pub use author::{Game, Registry, RegistryError, replay, room, table};
/// Load testers: scenarios of a game's own, and the players of Ding's.
pub use bot;
/// The client library.
pub use client;

use args::{BotCommand, Command, DesignCommand};
use roles::Role;
use serve::Start;

/// Runs the command that was typed, with these rooms and scenarios.
#[must_use]
pub fn main(game: impl Into<Game>) -> ExitCode {
    let Game { registry, scripts } = game.into();
    let outcome = match args::parse(&scripts).command {
        Command::Up(args) => up::up(&args),
        Command::Restart(args) => restart::restart(&args),
        Command::Gateway(args) => serve::serve(Start::gateway(&args), &args.role, registry),
        Command::Game(args) => serve::serve(Start::game(&args), &args.role, registry),
        Command::Dbfront(args) => serve::serve(Start::of(Role::Dbfront), &args, registry),
        Command::Status(args) => status::status(&args),
        Command::Stop(args) => status::stop(&args),
        Command::Account { command } => staff::account::account(&command),
        Command::Room { command } => staff::room::room(&command),
        Command::Admin(args) => console::admin(&args),
        Command::Doctor(args) => doctor::doctor(&args),
        Command::Audit(args) => audit::audit(&args),
        Command::Init(args) => migrate::init(&args),
        Command::Migrate(args) => migrate::migrate(&args),
        Command::Journal { command } => journal::journal(&command),
        Command::Backup(args) => backup::backup(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Maintenance(args) => staff::maintenance::maintenance(&args),
        Command::Config => {
            let text = format!("{CONFIG_HEAD}\n{}", roles::default_toml());
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
            Ok(())
        }
        Command::Reload(args) => reload::reload(&args),
        Command::Design { command: DesignCommand::Check { folder } } => design::check(folder.as_deref()),
        Command::Bot { command: BotCommand::Run(args) } => measure::bots(&args, scripts),
        Command::Replay(args) => story::replay(&args, &registry),
        Command::New(args) => new::new(&args),
        Command::Bench(args) => measure::bench(&args),
        Command::Chaos(args) => chaos::chaos(&args),
        Command::Sim(args) => sim::sim(&args),
        Command::LabBare { args } => measure::bare(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !failure.text.is_empty() {
                let _ = writeln!(std::io::stderr().lock(), "ding: {failure}");
            }
            ExitCode::from(failure.exit.code())
        }
    }
}

const CONFIG_HEAD: &str = "\
# Settings of Ding. Every line here is the default; remove the # of what you change.
# Looked for as --config FILE, else DATA/ding.toml, else ./ding.toml. Stronger than the file are what was set in the
# console, environment variables (DING_GATEWAY__LISTEN=…), strongest is --set gateway.listen=…
# What is (live) is gone by while processes run: ding reload, or the console.
";
