//! `ding bot` and `ding bench`: from typed options to those of the crates that do the work, and from their
//! reports to an exit code.

use std::{
    fs::File,
    io::{self, IsTerminal, Write},
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use bot::{Options, Report, Scenario, Script, Style};
use clap::ValueEnum as _;
use client::{Tls, TransportKind};
use lab::bench::BenchOptions;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag,
};

use crate::{
    args::{Bench, BotRun, Scene, Transport},
    clock,
    exit::{Exit, Failure},
};

/// Plays, prints the table, and fails on anything wrong.
///
/// # Errors
/// The run could not be made, or a reply was wrong, missing or doubled.
pub fn bots(args: &BotRun, scripts: Vec<Script>) -> Result<(), Failure> {
    // Known before the run, not after it.
    if let Some(path) = &args.json {
        File::options().append(true).create(true).open(path).map_err(|error| cannot(path, &error))?;
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The second time there is no patience left. Without the handlers a signal ends us without a table.
        let _ = flag::register_conditional_shutdown(
            signal,
            i32::from(Exit::Interrupted.code()),
            Arc::clone(&interrupted),
        );
        let _ = flag::register(signal, Arc::clone(&interrupted));
    }
    let report = run(args, scripts, interrupted)?.map_err(|error| {
        let exit = match error.code() {
            "NOBODY_CAME_IN" => Exit::Unavailable,
            "BOT_OPTIONS" => Exit::Usage,
            _ => Exit::Io,
        };
        let encrypted = args.transport.iter().any(|kind| matches!(kind, Transport::Tls | Transport::Wss));
        let hint =
            if exit == Exit::Unavailable && encrypted { "; has the server a certificate?" } else { "" };
        Failure::new(exit, format!("{}: {error}{hint}", error.code()))
    })?;
    let out = io::stdout();
    let color = out.is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let _ = out.lock().write_all(bot::render(&report, Style { color }).as_bytes());
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&report)
            .map_err(|error| Failure::new(Exit::Internal, format!("the report as JSON: {error}")))?;
        std::fs::write(path, text + "\n").map_err(|error| cannot(path, &error))?;
    }
    if report.is_good() {
        return Ok(());
    }
    if report.interrupted {
        return Err(Failure::new(Exit::Interrupted, "interrupted"));
    }
    let what = match report.wrong_count {
        0 => format!("only {} of {} players were checked to the end", report.players_done, report.players),
        count => format!("{count} replies or sums were wrong"),
    };
    Err(Failure::new(Exit::Failed, what))
}

/// Ding's own scenario, else the game's of this name.
fn run(
    args: &BotRun,
    scripts: Vec<Script>,
    interrupted: Arc<AtomicBool>,
) -> Result<Result<Report, bot::Error>, Failure> {
    let mut options = options(args)?;
    if let Ok(scene) = Scene::from_str(&args.scene, false) {
        options.scenario = scenario(scene);
        return Ok(bot::run_until(options, interrupted));
    }
    let script = scripts.into_iter().find(|script| script.name() == args.scene);
    let script = script.ok_or_else(|| Failure::new(Exit::Usage, format!("no scenario {}", args.scene)))?;
    // It judges for itself how many players it needs.
    options.scenario = Scenario::Chat;
    Ok(bot::run_script(script, options, interrupted))
}

fn options(args: &BotRun) -> Result<Options, Failure> {
    let encrypted = args.transport.iter().any(|kind| matches!(kind, Transport::Tls | Transport::Wss));
    let tls = match (&args.trust, encrypted) {
        (_, false) => None,
        (Some(path), true) => {
            let pem = std::fs::read(path).map_err(|error| bad_trust(path, &error))?;
            Some(Tls::pinned(&pem).map_err(|error| bad_trust(path, &error))?)
        }
        (None, true) => {
            let tls = Tls::any_on_loopback();
            Some(tls.map_err(|error| Failure::new(Exit::Internal, format!("TLS: {error}")))?)
        }
    };
    let mut options = Options::new(args.server.clone());
    options.transports = args.transport.iter().map(|kind| transport(*kind)).collect();
    options.tls = tls;
    options.players = args.players;
    options.duration = args.duration;
    options.seed = args.seed.unwrap_or_else(|| u64::from(clock::wall().subsec_nanos()));
    options.password_login = args.password_login;
    if let Some(think_ms) = args.think_ms {
        options.games.think = Duration::from_millis(think_ms);
    }
    options.reconnect = args.reconnect;
    options.payment_log.clone_from(&args.payment_log);
    options.deal_log.clone_from(&args.deal_log);
    options.progress = true;
    Ok(options)
}

fn scenario(scene: Scene) -> Scenario {
    match scene {
        Scene::Pay => Scenario::Pay,
        Scene::Chat => Scenario::Chat,
        Scene::Echo => Scenario::Echo,
        Scene::Walk => Scenario::Walk,
        Scene::World => Scenario::World,
        Scene::Market => Scenario::Market,
        Scene::Chess => Scenario::Chess,
        Scene::Doudizhu => Scenario::Doudizhu,
        Scene::Arena => Scenario::Arena,
        Scene::Small => Scenario::Small,
        Scene::Mixed => Scenario::Mixed,
    }
}

fn transport(transport: Transport) -> TransportKind {
    match transport {
        Transport::Tcp => TransportKind::Tcp,
        Transport::Tls => TransportKind::Tls,
        Transport::Ws => TransportKind::Ws,
        Transport::Wss => TransportKind::Wss,
    }
}

/// Measures and prints; fails on a missed target.
///
/// # Errors
/// A bench that did not come to its end, or a target that was not reached.
pub fn bench(args: &Bench) -> Result<(), Failure> {
    let ding = std::env::current_exe()
        .map_err(|error| Failure::new(Exit::Internal, format!("cannot find my own program: {error}")))?;
    let only = args.what.as_ref().or(args.only.as_ref()).cloned();
    let (json, plot) = (args.json.clone(), args.plot.clone());
    let options = BenchOptions { quick: args.quick, json, only, plot, ding };
    let rows = lab::bench::run(&options).map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
    let missed: Vec<&str> = rows.iter().filter(|row| !row.ok).map(|row| row.name.as_str()).collect();
    if missed.is_empty() {
        return Ok(());
    }
    Err(Failure::new(Exit::Failed, format!("targets missed: {}", missed.join(", "))))
}

/// Serves as a bare reference until standard input ends.
///
/// # Errors
/// It cannot serve.
pub fn bare(args: &[String]) -> Result<(), Failure> {
    lab::bare_main(args).map_err(|error| Failure::new(Exit::Failed, error.to_string()))
}

fn bad_trust(path: &Path, error: &dyn std::error::Error) -> Failure {
    Failure::new(Exit::Usage, format!("BAD_TRUST: --trust {}: {error}", path.display()))
}

fn cannot(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Io, format!("{}: {error}", path.display()))
}
