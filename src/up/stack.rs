//! The processes of an installation: carries out what the policy decides, and tells it what becomes of them.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::mpsc::{Receiver, SyncSender},
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    child::{Child, Launch, Manner},
    news::News,
    policy::{Action, Ending, Part, Policy, Refused},
    program,
    screen::Screen,
    word::Word,
};
use crate::{
    args::operate::What,
    clock,
    console::Pages,
    exit::Failure,
    roles::{NamedStop, Role, Seat},
};

/// What threads of this process report.
#[derive(Debug)]
pub enum Event {
    /// A line of a child.
    Said(Life, Word),
    /// A child's standard output ended, so the child did.
    Gone(Life),
    /// Somebody wants these to be replaced; the answer is the number of this restart.
    Restart(What, SyncSender<Result<u64, Refused>>),
    /// What the program on the disk said of itself.
    Checked(Result<String, String>),
    /// A signal to this process, or a request.
    Stop,
}

/// One run of one process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Whose place it has.
    pub seat: Seat,
    /// No other run has it.
    pub number: u64,
}

/// What is shown of the whole.
#[derive(Debug)]
pub struct About {
    /// When `ding up` began.
    pub started: Instant,
    /// The folder as it was named.
    pub data: PathBuf,
    /// Players may come encrypted.
    pub has_tls: bool,
    /// Of the console, if there is one.
    pub pages: Option<Pages>,
}

/// See the module.
#[derive(Debug)]
pub struct Stack {
    policy: Policy,
    launch: Launch,
    screen: Screen,
    events: SyncSender<Event>,
    news: News,
    children: BTreeMap<(Seat, Part), Running>,
    lives: u64,
    /// Whom the restart that is under way replaces just now.
    replaced: Option<u32>,
    gateways: u8,
    about: About,
}

#[derive(Debug)]
struct Running {
    life: u64,
    child: Child,
    since: Instant,
    about: Value,
    ready_after: Duration,
    stopped: Option<NamedStop>,
}

impl Stack {
    /// Nothing runs yet.
    #[must_use]
    pub fn new(
        gateways: u8,
        launch: Launch,
        screen: Screen,
        events: SyncSender<Event>,
        news: News,
        about: About,
    ) -> Self {
        Self {
            policy: Policy::new(gateways),
            launch,
            screen,
            events,
            news,
            children: BTreeMap::new(),
            lives: 0,
            replaced: None,
            gateways,
            about,
        }
    }

    /// Until everything has ended.
    ///
    /// # Errors
    /// What ended it.
    pub fn run(&mut self, inbox: &Receiver<Event>) -> Result<(), Failure> {
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
            Event::Said(life, word) => self.on_word(life, word, now),
            Event::Gone(life) => {
                let Some(key) = self.key(life) else { return Vec::new() };
                let Some(running) = self.children.remove(&key) else { return Vec::new() };
                let ending = match (running.child.wait(), running.stopped) {
                    (_, Some(stop)) => Ending::Named(stop),
                    (Ok(status), None) if status.success() => Ending::Clean,
                    (Ok(status), None) => Ending::Crash(status.to_string()),
                    (Err(error), None) => Ending::Crash(error.to_string()),
                };
                self.policy.on_end(key.0, key.1, ending, now)
            }
            Event::Restart(what, answer) => {
                let seats: Vec<Seat> = match what {
                    What::All => self.policy.seats().collect(),
                    What::Gateways => {
                        self.policy.seats().filter(|seat| seat.role() == Role::Gateway).collect()
                    }
                    What::One(seat) => vec![seat],
                };
                let (outcome, actions) = match self.policy.on_restart(seats) {
                    Ok(actions) => {
                        tracing::info!(event = "restart.begin", what = what.name());
                        (Ok(self.news.begin()), actions)
                    }
                    Err(refused) => (Err(refused), Vec::new()),
                };
                // Whoever asked may be gone.
                let _ = answer.try_send(outcome);
                actions
            }
            Event::Checked(outcome) => {
                if let Ok(version) = &outcome {
                    self.tell(&format!("program   {}: {version}", self.launch.program().display()));
                }
                self.policy.on_checked(outcome.map(drop), now)
            }
        }
    }

    fn on_word(&mut self, life: Life, word: Word, now: Instant) -> Vec<Action> {
        let Some((seat, part)) = self.key(life) else { return Vec::new() };
        let Some(running) = self.children.get_mut(&(seat, part)) else { return Vec::new() };
        match word {
            Word::Ready(about) => {
                running.ready_after = now.saturating_duration_since(running.since);
                if seat.role() == Role::Gateway {
                    self.launch.keep_address(&about);
                }
                running.about = about;
                self.screen.serves(seat, running.child.pid(), &running.about, running.ready_after);
                self.policy.on_ready(seat, part, now)
            }
            Word::Stopped { name, text } => {
                running.stopped = Some(NamedStop { name, text });
                Vec::new()
            }
            Word::Standby => self.policy.on_standby(seat, now),
            Word::Released => self.policy.on_released(seat, now),
        }
    }

    fn key(&self, life: Life) -> Option<(Seat, Part)> {
        let known = self.children.iter().find(|(_, running)| running.life == life.number);
        known.map(|(key, _)| *key)
    }

    fn perform(&mut self, action: Action) -> Vec<Action> {
        match action {
            Action::Spawn(seat) => {
                self.replaced = None;
                return self.spawn(seat, Part::Main);
            }
            Action::SpawnStandby(seat) => {
                self.replaced = self.children.get(&(seat, Part::Main)).map(|running| running.child.pid());
                return self.spawn(seat, Part::Standby);
            }
            Action::AskStop(seat, part) => {
                if let Some(running) = self.children.get_mut(&(seat, part)) {
                    running.child.end_lifeline();
                }
            }
            Action::Kill(seat, part) => {
                tracing::warn!(event = "child.kill", role = seat.name());
                if let Some(running) = self.children.get_mut(&(seat, part)) {
                    running.child.kill();
                }
            }
            Action::Tell(seat, part, order) => {
                if let Some(running) = self.children.get_mut(&(seat, part)) {
                    running.child.tell(order);
                }
            }
            Action::Promote(seat) => {
                if let Some(before) = self.children.remove(&(seat, Part::Main)) {
                    self.children.insert((seat, Part::Leaving), before);
                }
                if let Some(next) = self.children.remove(&(seat, Part::Standby)) {
                    self.children.insert((seat, Part::Main), next);
                }
            }
            Action::AllReady => {
                let took = clock::now().saturating_duration_since(self.about.started);
                let about = self.main(Seat::GATEWAY).map(|running| running.about.clone());
                let listen = about.as_ref().and_then(|about| about["listen"].as_str()).unwrap_or_default();
                tracing::info!(event = "ready", listen);
                self.screen.ready(&self.about, listen, &self.metrics(), took);
            }
            Action::Back(seat) => {
                if let Some(running) = self.main(seat) {
                    let ms = millis(running.ready_after);
                    tracing::info!(event = "child.back", role = seat.name(), pid = running.child.pid(), ms);
                }
            }
            Action::Restart { seat, why, pause } => {
                let pause_ms = millis(pause);
                tracing::warn!(event = "child.restart", role = seat.name(), why, pause_ms);
            }
            Action::LeftDown { seat, stop } => {
                tracing::error!(event = "child.down", role = seat.name(), name = stop.name, text = stop.text);
                self.screen.left_down(seat, &stop);
            }
            Action::Check => program::check(self.launch.program().to_owned(), &self.events),
            Action::Replaced { seat, pause } => self.replaced(seat, pause),
            Action::Left { seat, after } => {
                let ms = millis(after);
                tracing::info!(event = "restart.left", role = seat.name(), ms);
                self.tell(&format!("{:<9} the one before it left after {ms} ms", seat.name()));
            }
            Action::RestartOver(outcome) => {
                match &outcome {
                    Ok(()) => tracing::info!(event = "restart.done"),
                    Err(why) => {
                        tracing::error!(event = "restart.failed", why);
                        self.screen.note(&format!("restart failed: {why}"));
                    }
                }
                self.news.over(outcome);
            }
            // `run` takes it out before.
            Action::Finish(_) => (),
        }
        Vec::new()
    }

    fn replaced(&mut self, seat: Seat, pause: Option<Duration>) {
        let Some(pid) = self.main(seat).map(|running| running.child.pid()) else { return };
        let how = self
            .replaced
            .take()
            .map_or(format!("started: process {pid}"), |old| format!("replaced: process {old} by {pid}"));
        let pause_ms = pause.map_or(0, millis);
        tracing::info!(event = "restart.replaced", role = seat.name(), pid, pause_ms);
        match pause {
            Some(_) => self.tell(&format!("{:<9} {how}, pause {pause_ms} ms", seat.name())),
            None => self.tell(&format!("{:<9} {how}, no pause", seat.name())),
        }
    }

    /// To whoever asked for the restart, and to the terminal.
    fn tell(&self, line: &str) {
        self.screen.note(line);
        self.news.tell(line);
    }

    fn main(&self, seat: Seat) -> Option<&Running> {
        self.children.get(&(seat, Part::Main))
    }

    /// Where the children show theirs.
    fn metrics(&self) -> Vec<String> {
        let mut seats: Vec<Seat> = self.policy.seats().collect();
        seats.sort();
        let addresses = seats.into_iter().filter_map(|seat| self.main(seat)?.about["metrics"].as_str());
        addresses.map(|address| format!("http://{address}/metrics")).collect()
    }

    fn spawn(&mut self, seat: Seat, part: Part) -> Vec<Action> {
        self.lives += 1;
        let life = Life { seat, number: self.lives };
        let others = || self.children.keys().any(|(other, _)| other.role() == Role::Gateway);
        let manner = Manner { stands_by: part == Part::Standby, is_shared: 1 < self.gateways || others() };
        match self.launch.spawn(life, manner, &self.events, &self.screen) {
            Ok(child) => {
                let running = Running {
                    life: life.number,
                    child,
                    since: clock::now(),
                    about: Value::Null,
                    ready_after: Duration::ZERO,
                    stopped: None,
                };
                self.children.insert((seat, part), running);
                Vec::new()
            }
            Err(error) => {
                let why = format!("cannot be started: {error}");
                self.policy.on_end(seat, part, Ending::Crash(why), clock::now())
            }
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Longest sleep without a deadline.
const WAIT_MAX: Duration = Duration::from_secs(3_600);
