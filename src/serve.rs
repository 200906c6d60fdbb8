//! One role in this process: settings, signals, what the parent says and is told; [`front`] is what others see of it. The
//! role itself is in its crate.

mod front;
mod lifeline;

use std::{
    io::{self, Write},
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::{
    args::{GameArgs, GatewayArgs, RoleArgs},
    clock, control,
    data::{self, DataFolder, LockError},
    exit::{Exit, Failure},
    grants::Grants,
    link_key,
    load::{Loaded, load},
    log,
    reading::Reading,
    roles::{self, Live, NamedStop, Role, Seat},
    staff,
    stop::Stopper,
    up::word::{self, Word},
};
use front::Front;
use lifeline::Wake;

/// Which process is started, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    seat: Seat,
    /// Beside one of its kind that has the folder, which is to end.
    takeover: bool,
    /// Others of its kind listen where it does.
    is_shared: bool,
}

impl Start {
    /// The only one of its kind.
    #[must_use]
    pub fn of(role: Role) -> Self {
        Self { seat: role.into(), takeover: false, is_shared: false }
    }

    /// One gateway, maybe of several.
    #[must_use]
    pub fn gateway(args: &GatewayArgs) -> Self {
        let seat = Seat::gateway(args.number).unwrap_or(Role::Gateway.into());
        Self { seat, takeover: false, is_shared: args.shared }
    }

    /// Game, maybe in the place of another.
    #[must_use]
    pub fn game(args: &GameArgs) -> Self {
        Self { takeover: args.takeover, ..Self::of(Role::Game) }
    }
}

/// Runs a role until it is asked to stop.
///
/// # Errors
/// Its named stop, or what kept it from starting.
pub fn serve(start: Start, args: &RoleArgs, registry: game::Registry) -> Result<(), Failure> {
    let outcome = DataFolder::check_length(&args.source.data)
        .map_err(|failure| plain(&failure))
        .and_then(|()| {
            let wrong = |text| NamedStop { name: "CONFIG".to_owned(), text };
            load(&args.source).map_err(|failure| (wrong(failure.text), failure.exit))
        })
        .and_then(|loaded| {
            let naming = if args.supervised { log::Naming::ByParent } else { log::Naming::Word };
            log::start(&loaded.config.log, start.seat.name(), naming);
            prepared(start, args, registry, loaded)
        });
    outcome.map_err(|(stop, exit)| {
        if args.supervised {
            say(&Word::Stopped { name: stop.name.clone(), text: stop.text.clone() });
            return Failure::new(exit, "");
        }
        Failure::new(exit, format!("{}: {}", stop.name, stop.text))
    })
}

fn prepared(
    start: Start,
    args: &RoleArgs,
    registry: game::Registry,
    mut loaded: Loaded,
) -> Result<(), (NamedStop, Exit)> {
    let Start { seat, takeover, is_shared } = start;
    let role = seat.role();
    data::keep_private();
    let folder = DataFolder::open(&args.source.data).map_err(|failure| plain(&failure))?;
    let (stopper, watched) = Stopper::new().map_err(io_failure)?;
    let live = Live::new(role);
    let subject = control::server::Subject {
        live: live.clone(),
        stopper: stopper.clone(),
        started: clock::now(),
        data: folder.path().to_owned(),
        reading: Reading::new(&args.source, &loaded, role.own_settings()),
    };
    let front = Front::new(folder.clone(), seat, subject, loaded.config.metrics.of(seat));
    let (wake, woken) = sync_channel(WAKES_MAX);
    watch_signals(stopper.clone(), wake.clone()).map_err(io_failure)?;
    if args.supervised {
        lifeline::watch(stopper.clone(), live.clone(), front.clone(), wake).map_err(io_failure)?;
    }
    if args.standby {
        roles::rehearse(role, &loaded.config).map_err(|stop| (stop.clone(), Exit::of_stop(&stop.name)))?;
        say(&Word::Standby);
        if woken.recv() != Ok(Wake::Begin) {
            return Ok(());
        }
    }
    let started = clock::now();
    front.lock(takeover)?;
    loaded.config.game.takeover = takeover;
    loaded.config.gateway.is_shared = is_shared;
    let key = link_key::of(folder.path()).map_err(io_failure)?;
    match role {
        Role::Gateway => loaded.config.gateway.link_key = Some(key),
        Role::Dbfront => loaded.config.dbfront.link_key = Some(key),
        // Not the key itself: who writes must not be able to prove that it may.
        Role::Game => {
            loaded.config.game.world.seal_key = Some(key.seal_key());
            loaded.config.game.world.guest_key =
                Some(link_key::of_guests(folder.path()).map_err(io_failure)?);
        }
    }
    tracing::info!(
        event = "start",
        version = env!("CARGO_PKG_VERSION"),
        pid = std::process::id(),
        data = %folder.path().display(),
        settings = %loaded.file.as_ref().map_or("built-in".into(), |file| file.display().to_string()),
        open_files_max = raise_open_files(),
    );
    loaded.config.game.world.maintenance = staff::maintenance::kept(folder.path()).map_err(io_failure)?;
    let metrics = front.open(grants(role, &loaded)?)?;

    let supervised = args.supervised;
    let on_ready = Box::new(move |mut about: Value| {
        if let Some(metrics) = metrics {
            about["metrics"] = metrics.to_string().into();
        }
        let ms = millis(started);
        tracing::info!(event = "ready", ms, about = word::summary(&about));
        if supervised {
            say(&Word::Ready(about));
        }
    });
    let outcome = roles::run(live, registry, loaded.config, watched, on_ready);
    let ms = millis(started);
    match outcome {
        Ok(()) => {
            tracing::info!(event = "stop", reason = stopper.reason(), after_ms = ms);
            front.close();
            Ok(())
        }
        Err(stop) => {
            tracing::error!(event = "stop", reason = stop.name, after_ms = ms, text = stop.text);
            let exit = Exit::of_stop(&stop.name);
            Err((stop, exit))
        }
    }
}

/// The door for other servers, if this is game and somebody set a key.
fn grants(role: Role, loaded: &Loaded) -> Result<Option<Grants>, (NamedStop, Exit)> {
    let game = &loaded.config.game;
    let Some(file) = game.grants_key_file.as_ref().filter(|_| role == Role::Game) else { return Ok(None) };
    let wrong = |text| (NamedStop { name: "CONFIG".to_owned(), text }, Exit::Config);
    Grants::with_key_in(file, game.grant_amount_max).map(Some).map_err(wrong)
}

/// Every socket is an open file, and the soft limit is often 1,024: takes what the hard limit allows.
fn raise_open_files() -> Option<u64> {
    let limits = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limits.maximum, maximum: limits.maximum };
    // Refused, the soft limit holds; the gateway says so when it is reached.
    let _ = setrlimit(Resource::Nofile, raised);
    getrlimit(Resource::Nofile).current
}

/// The first signal stops the role with nothing lost, a second one ends the process as if unhandled.
fn watch_signals(stopper: Stopper, wake: SyncSender<Wake>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut asked = false;
        for signal in signals.forever() {
            if asked {
                let _ = signal_hook::low_level::emulate_default_handler(signal);
            }
            asked = true;
            stopper.stop("signal");
            let _ = wake.try_send(Wake::Stop);
        }
    })?;
    Ok(())
}

/// One line for the parent. If the parent is gone there is nobody to tell.
fn say(word: &Word) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{}", word.line()).and_then(|()| out.flush());
}

/// What somebody else's lock means.
pub(crate) fn held(seat: impl Into<Seat>, error: &LockError) -> Failure {
    match error {
        LockError::Held { pid } => Failure::new(
            Exit::TryAgain,
            format!(
                "ROLE_RUNNING: {} of this data folder runs already{}. Stop it first: ding stop",
                seat.into().name(),
                pid.map(|pid| format!(" as process {pid}")).unwrap_or_default()
            ),
        ),
        LockError::Io(error) => Failure::new(Exit::CannotCreate, format!("IO: cannot lock: {error}")),
    }
}

/// How a command ends by a named stop.
pub(crate) fn failure(stop: &NamedStop) -> Failure {
    Failure::new(Exit::of_stop(&stop.name), format!("{}: {}", stop.name, stop.text))
}

/// A failure whose text begins with its name.
fn plain(failure: &Failure) -> (NamedStop, Exit) {
    let (name, text) = failure.text.split_once(": ").unwrap_or(("IO", &failure.text));
    (NamedStop { name: name.to_owned(), text: text.to_owned() }, failure.exit)
}

#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
fn io_failure(error: io::Error) -> (NamedStop, Exit) {
    (NamedStop { name: "IO".to_owned(), text: error.to_string() }, Exit::Io)
}

fn millis(since: std::time::Instant) -> u64 {
    u64::try_from(clock::now().saturating_duration_since(since).as_millis()).unwrap_or(u64::MAX)
}

/// More than the first are not looked at.
const WAKES_MAX: usize = 4;
