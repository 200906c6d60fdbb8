//! `ding up`: one command that starts the three processes, watches over them, and stops them. What
//! happens when is decided in [`policy`]; here are the real processes, signals and the terminal.

mod child;
mod policy;
mod screen;
pub mod word;

use std::{
    collections::BTreeMap,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

use crate::{
    args::{Source, Up},
    clock,
    data::{self, DataFolder, Lock, LockError},
    exit::{Exit, Failure},
    load::load,
    log,
    roles::{NamedStop, Role},
};
use child::{Child, Launch};
use policy::{Action, Ending, Policy};
use screen::Screen;
use word::Word;

/// Runs until it is stopped or has nothing left to run.
///
/// # Errors
/// What kept it from starting, or what ended it.
pub fn up(args: &Up) -> Result<(), Failure> {
    let source = with_shortcuts(args);
    DataFolder::check_length(&source.data)?;
    let loaded = load(&source)?;
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

    let (events, inbox) = sync_channel(EVENTS_MAX);
    watch_signals(events.clone()).map_err(|error| Failure::new(Exit::Io, error.to_string()))?;
    let launch = Launch::new(&source, loaded.file.as_deref(), json)?;
    let mut stack = Stack {
        policy: Policy::default(),
        launch,
        screen,
        events,
        children: BTreeMap::new(),
        lives: 0,
        started,
        data: source.data,
        has_tls: loaded.config.has_tls(),
    };
    let outcome = stack.run(&inbox);
    let ms = u64::try_from(clock::now().saturating_duration_since(started).as_millis()).unwrap_or(u64::MAX);
    tracing::info!(event = "stop", after_ms = ms, well = outcome.is_ok());
    outcome
}

/// What threads of this process report.
#[derive(Debug)]
enum Event {
    /// A line of a child.
    Said(Life, Word),
    /// A child's standard output ended, so the child did.
    Gone(Life),
    /// A signal to this process.
    Stop,
}

/// One run of one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Life {
    role: Role,
    number: u64,
}

struct Stack {
    policy: Policy,
    launch: Launch,
    screen: Screen,
    events: SyncSender<Event>,
    children: BTreeMap<Role, Running>,
    lives: u64,
    started: Instant,
    data: std::path::PathBuf,
    has_tls: bool,
}

struct Running {
    life: u64,
    child: Child,
    since: Instant,
    about: Value,
    ready_after: Duration,
    stopped: Option<NamedStop>,
}

impl Stack {
    fn run(&mut self, inbox: &Receiver<Event>) -> Result<(), Failure> {
        let mut actions = self.policy.start(clock::now());
        loop {
            // An action can fail into further ones: a process that cannot be started has ended.
            while !actions.is_empty() {
                let mut more = Vec::new();
                for action in actions {
                    if let Action::Finish(failure) = action {
                        return failure.map_or(Ok(()), Err);
                    }
                    more.extend(self.perform(action));
                }
                actions = more;
            }
            actions = match self.next_event(inbox) {
                Some(event) => self.on_event(event),
                None => self.policy.on_time(clock::now()),
            };
        }
    }

    /// The next event, or nothing when the next deadline has come.
    fn next_event(&self, inbox: &Receiver<Event>) -> Option<Event> {
        let wait = match self.policy.next_deadline() {
            None => WAIT_MAX,
            Some(deadline) => deadline.saturating_duration_since(clock::now()).min(WAIT_MAX),
        };
        // This side holds a sender, so an error can only be that the time has passed.
        inbox.recv_timeout(wait).ok()
    }

    fn on_event(&mut self, event: Event) -> Vec<Action> {
        let now = clock::now();
        match event {
            Event::Stop => {
                self.screen.note("stopping: gateway, game, dbfront");
                self.policy.on_stop(now)
            }
            Event::Said(life, word) => {
                let Some(running) = self.children.get_mut(&life.role) else { return Vec::new() };
                if running.life != life.number {
                    return Vec::new();
                }
                match word {
                    Word::Ready(about) => {
                        running.ready_after = now.saturating_duration_since(running.since);
                        if life.role == Role::Gateway {
                            self.launch.keep_address(&about);
                        }
                        running.about = about;
                        self.screen.serves(
                            life.role,
                            running.child.pid(),
                            &running.about,
                            running.ready_after,
                        );
                        self.policy.on_ready(life.role, now)
                    }
                    Word::Stopped { name, text } => {
                        running.stopped = Some(NamedStop { name, text });
                        Vec::new()
                    }
                }
            }
            Event::Gone(life) => {
                let is_this = self.children.get(&life.role).is_some_and(|child| child.life == life.number);
                let Some(running) = is_this.then(|| self.children.remove(&life.role)).flatten() else {
                    return Vec::new();
                };
                let ending = match (running.child.wait(), running.stopped) {
                    (_, Some(stop)) => Ending::Named(stop),
                    (Ok(status), None) if status.success() => Ending::Clean,
                    (Ok(status), None) => Ending::Crash(status.to_string()),
                    (Err(error), None) => Ending::Crash(error.to_string()),
                };
                self.policy.on_end(life.role, ending, now)
            }
        }
    }

    fn perform(&mut self, action: Action) -> Vec<Action> {
        match action {
            Action::Spawn(role) => return self.spawn(role),
            Action::AskStop(role) => {
                if let Some(running) = self.children.get_mut(&role) {
                    running.child.end_lifeline();
                }
            }
            Action::Kill(role) => {
                tracing::warn!(event = "child.kill", role = role.name());
                if let Some(running) = self.children.get_mut(&role) {
                    running.child.kill();
                }
            }
            Action::AllReady => {
                let took = clock::now().saturating_duration_since(self.started);
                let about = self.children.get(&Role::Gateway).map(|running| running.about.clone());
                let listen = about.as_ref().and_then(|about| about["listen"].as_str()).unwrap_or_default();
                tracing::info!(event = "ready", listen);
                let metrics = self.metrics();
                self.screen.ready(&self.data, listen, self.has_tls, &metrics, took);
            }
            Action::Back(role) => {
                if let Some(running) = self.children.get(&role) {
                    let ms = u64::try_from(running.ready_after.as_millis()).unwrap_or(u64::MAX);
                    tracing::info!(event = "child.back", role = role.name(), pid = running.child.pid(), ms);
                }
            }
            Action::Restart { role, why, pause } => {
                let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
                tracing::warn!(event = "child.restart", role = role.name(), why, pause_ms);
            }
            Action::LeftDown { role, stop } => {
                tracing::error!(event = "child.down", role = role.name(), name = stop.name, text = stop.text);
                self.screen.left_down(role, &stop);
            }
            // `run` takes it out before.
            Action::Finish(_) => (),
        }
        Vec::new()
    }

    /// Where the children show theirs.
    fn metrics(&self) -> Vec<String> {
        let children = Role::STOP_ORDER.iter().filter_map(|role| self.children.get(role));
        let addresses = children.filter_map(|child| child.about["metrics"].as_str());
        addresses.map(|address| format!("http://{address}/metrics")).collect()
    }

    fn spawn(&mut self, role: Role) -> Vec<Action> {
        self.lives += 1;
        let life = Life { role, number: self.lives };
        match self.launch.spawn(life, &self.events, &self.screen) {
            Ok(child) => {
                let running = Running {
                    life: life.number,
                    child,
                    since: clock::now(),
                    about: Value::Null,
                    ready_after: Duration::ZERO,
                    stopped: None,
                };
                self.children.insert(role, running);
                Vec::new()
            }
            Err(error) => {
                let why = format!("cannot be started: {error}");
                self.policy.on_end(role, Ending::Crash(why), clock::now())
            }
        }
    }
}

/// `--listen` and `--insecure` are settings like others, said shorter.
fn with_shortcuts(args: &Up) -> Source {
    let mut source = args.source.clone();
    source.set.extend(args.listen.map(|listen| format!("gateway.listen={listen}")));
    if args.insecure {
        source.set.push("gateway.insecure=true".to_owned());
    }
    source
}

/// An earlier `ding up` that was killed leaves children that are just finishing; two of one role would
/// refuse each other.
fn wait_for_earlier_life(folder: &DataFolder) -> Result<(), Failure> {
    for role in Role::STOP_ORDER {
        let path = folder.role_lock(role);
        let Some(pid) = Lock::holder(&path) else { continue };
        tracing::info!(event = "wait", role = role.name(), pid, text = "an earlier process is stopping");
        let (done, free) = sync_channel(1);
        thread::spawn(move || {
            Lock::wait_until_free(&path);
            let _ = done.send(());
        });
        if free.recv_timeout(EARLIER_LIFE_MAX).is_err() {
            return Err(Failure::new(
                Exit::TryAgain,
                format!(
                    "ROLE_RUNNING: {} of this data folder still runs as process {pid}. \
                     Stop it: ding stop --data {}",
                    role.name(),
                    folder.path().display()
                ),
            ));
        }
    }
    Ok(())
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

/// Three children say two words each in a life; more than this waiting is impossible in practice.
const EVENTS_MAX: usize = 64;
/// Longest sleep without a deadline.
const WAIT_MAX: Duration = Duration::from_secs(3_600);
/// Ten seconds for each of three, and some to spare.
const EARLIER_LIFE_MAX: Duration = Duration::from_secs(35);
