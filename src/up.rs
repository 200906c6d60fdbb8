//! `ding up`: one command that starts the processes of an installation, watches over them, replaces and stops them. What
//! happens when is decided in [`policy`]; [`stack`] has the real processes, [`door`] lets `ding restart` in, here are
//! signals and the terminal.

mod child;
mod door;
pub mod lines;
mod news;
mod policy;
mod program;
pub mod screen;
mod stack;
pub mod word;

use std::{
    path::PathBuf,
    sync::mpsc::{SyncSender, sync_channel},
    thread,
    time::Duration,
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::{
    args::{Source, Up},
    clock,
    console::{self, Beside, Layer},
    data::{self, DataFolder, Lock, LockError},
    exit::{Exit, Failure},
    load::load,
    log,
    roles::Seat,
};
use child::Launch;
use news::News;
use screen::Screen;
use stack::{Event, Stack};

/// Runs until it is stopped or has nothing left to run.
///
/// # Errors
/// What kept it from starting, or what ended it.
pub fn up(args: &Up) -> Result<(), Failure> {
    let source = with_shortcuts(args);
    DataFolder::check_length(&source.data)?;
    let loaded = load(&source)?;
    let gateways = loaded.config.gateways();
    DataFolder::check_gateways(&source.data, gateways)?;
    data::keep_private();
    let folder = DataFolder::open(&source.data)?;
    let _lock = Lock::take(&folder.up_lock()).map_err(|error| held(&folder, &error))?;
    log::start(&loaded.config.log, "up", log::Naming::Front);
    let json = loaded.config.log.is_json();
    let screen = Screen::new(json);
    let started = clock::now();
    tracing::info!(
        event = "start",
        version = env!("CARGO_PKG_VERSION"),
        pid = std::process::id(),
        data = %folder.path().display(),
    );
    if folder.is_open_to_others() {
        tracing::warn!(
            event = "data.open",
            text = "others on this machine can look into the data folder: chmod 700"
        );
    }
    screen.header(folder.path(), loaded.file.as_deref());
    wait_for_earlier_life(&folder)?;
    folder.clear_gateways_above(gateways);

    let (events, inbox) = sync_channel(EVENTS_MAX);
    watch_signals(events.clone()).map_err(|error| Failure::new(Exit::Io, error.to_string()))?;
    let launch = Launch::new(&source, loaded.file.as_deref(), json)?;
    let news = News::default();
    let socket = folder.up_socket();
    let layer = Layer::new(&source, &loaded);
    let desk = door::Desk::new(events.clone(), news.clone(), started, layer.clone());
    let _door = door::open(&socket, desk).map_err(|error| {
        Failure::new(Exit::CannotCreate, format!("cannot listen at {}: {error}", socket.display()))
    })?;
    // Before the others: staff comes in while nothing else does.
    let console = console::beside(&folder, &source, &loaded, layer);
    let pages = console.as_ref().map(Beside::pages);
    let has_tls = loaded.config.has_tls();
    let mut stack = Stack::new(
        gateways,
        launch,
        screen,
        events,
        news,
        stack::About { started, data: source.data, has_tls, pages },
    );
    let outcome = stack.run(&inbox);
    drop(console);
    // Nobody answers there any more.
    let _ = std::fs::remove_file(&socket);
    let ms = u64::try_from(clock::now().saturating_duration_since(started).as_millis()).unwrap_or(u64::MAX);
    tracing::info!(event = "stop", after_ms = ms, well = outcome.is_ok());
    outcome
}

/// `--listen`, `--insecure` and `--gateways` are settings like others, said shorter.
fn with_shortcuts(args: &Up) -> Source {
    let mut source = args.source.clone();
    source.set.extend(args.listen.map(|listen| format!("gateway.listen={listen}")));
    source.set.extend(args.gateways.map(|gateways| format!("gateway.processes={gateways}")));
    if args.insecure {
        source.set.push("gateway.insecure=true".to_owned());
    }
    source
}

/// An earlier `ding up` that was killed leaves children that are just finishing; two of one seat would
/// refuse each other.
fn wait_for_earlier_life(folder: &DataFolder) -> Result<(), Failure> {
    for seat in Seat::all(Seat::GATEWAYS_MAX).into_iter().rev() {
        wait_for(folder, seat, folder.leaving_lock(seat))?;
        wait_for(folder, seat, folder.role_lock(seat))?;
    }
    Ok(())
}

fn wait_for(folder: &DataFolder, seat: Seat, lock: PathBuf) -> Result<(), Failure> {
    let Some(pid) = Lock::holder(&lock) else { return Ok(()) };
    tracing::info!(event = "wait", role = seat.name(), pid, text = "an earlier process is stopping");
    let (done, free) = sync_channel(1);
    thread::spawn(move || {
        Lock::wait_until_free(&lock);
        let _ = done.send(());
    });
    free.recv_timeout(EARLIER_LIFE_MAX).map_err(|_| {
        Failure::new(
            Exit::TryAgain,
            format!(
                "ROLE_RUNNING: {} of this data folder still runs as process {pid}. \
                 Stop it: ding stop --data {}",
                seat.name(),
                folder.path().display()
            ),
        )
    })
}

fn watch_signals(events: SyncSender<Event>) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for _ in signals.forever() {
            let _ = events.send(Event::Stop);
        }
    })?;
    Ok(())
}

fn held(folder: &DataFolder, error: &LockError) -> Failure {
    let data = folder.path().display();
    match error {
        LockError::Held { pid } => Failure::new(
            Exit::TryAgain,
            format!(
                "UP_RUNNING: {data} is in use by another ding up{}. Stop it (ding stop --data {data}), \
                 or choose another folder and address: --data DIR --listen ADDR",
                pid.map(|pid| format!(", process {pid}")).unwrap_or_default()
            ),
        ),
        LockError::Io(error) => {
            Failure::new(Exit::CannotCreate, format!("cannot lock {}: {error}", folder.up_lock().display()))
        }
    }
}

/// Ten children say two words each in a life; more than this waiting is impossible in practice.
const EVENTS_MAX: usize = 128;
/// Ten seconds for each of three, and some to spare.
const EARLIER_LIFE_MAX: Duration = Duration::from_secs(35);
