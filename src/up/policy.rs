//! Who is started, restarted and stopped when: the supervisor's decisions. Knows no process and no clock.
//!
//! Starting: dbfront, game, gateway, each when the one before is ready. Serving: whoever ends is started
//! again, by the table of stops; whom somebody wants restarted is replaced by [`restart`]. Stopping: gateways, game,
//! dbfront, each with a bound.

mod action;
mod restart;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::{
    exit::{Exit, Failure},
    roles::{NamedStop, Role, Seat},
};
pub use action::{Action, Ending, Part};
pub use restart::Refused;
use restart::Restart;

/// The supervisor's state.
#[derive(Debug)]
pub struct Policy {
    /// In the order of a start.
    seats: Vec<Place>,
    phase: Phase,
    failure: Option<Failure>,
    restart: Option<Restart>,
    extras: Vec<Extra>,
}

/// A process beside the main one of its seat.
#[derive(Debug)]
struct Extra {
    seat: Seat,
    part: Part,
    /// When it is killed.
    until: Option<Instant>,
}

#[derive(Debug)]
struct Place {
    seat: Seat,
    state: State,
    /// Ends in a row without [`ALIVE_LONG`] between them.
    failures: u32,
    /// Restarts granted by the table since the last long life.
    pardons: u32,
}

#[derive(Debug)]
enum State {
    /// Its turn has not come.
    Idle,
    /// Runs; not ready yet.
    Starting { since: Instant },
    /// Serves.
    Ready { since: Instant },
    /// Waits for its restart.
    Pausing { until: Instant },
    /// Was asked to stop; killed when the bound has passed.
    Stopping { until: Option<Instant> },
    /// Was asked to make room for a successor; likewise.
    Ending { until: Option<Instant> },
    /// Not started again.
    Down,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Starting,
    Serving,
    Stopping,
}

impl Policy {
    /// Of an installation with so many gateways.
    #[must_use]
    pub fn new(gateways: u8) -> Self {
        let place = |seat| Place { seat, state: State::Idle, failures: 0, pardons: 0 };
        Self {
            seats: Seat::all(gateways).into_iter().map(place).collect(),
            phase: Phase::Starting,
            failure: None,
            restart: None,
            extras: Vec::new(),
        }
    }

    /// All seats, in the order of a start and of an upgrade.
    pub fn seats(&self) -> impl Iterator<Item = Seat> {
        self.seats.iter().map(|place| place.seat)
    }

    /// Begins.
    pub fn start(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        self.start_next(now, &mut actions);
        actions
    }

    /// A child said ready.
    pub fn on_ready(&mut self, seat: Seat, part: Part, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        if part != Part::Main {
            self.standby_ready(seat, now, &mut actions);
            return actions;
        }
        let place = self.seat(seat);
        if !matches!(place.state, State::Starting { .. }) {
            return actions;
        }
        place.state = State::Ready { since: now };
        match self.phase {
            Phase::Starting => self.start_next(now, &mut actions),
            Phase::Serving => {
                if !self.main_ready(seat, now, &mut actions) {
                    actions.push(Action::Back(seat));
                }
            }
            Phase::Stopping => (),
        }
        actions
    }

    /// A child ended, or could not be started.
    pub fn on_end(&mut self, seat: Seat, part: Part, ending: Ending, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        let phase = self.phase;
        match (part, phase) {
            (Part::Standby | Part::Leaving, _) => self.extra_ended(seat, part, &ending, now, &mut actions),
            (Part::Main, Phase::Stopping) => self.end_while_stopping(seat, ending),
            (Part::Main, Phase::Starting | Phase::Serving) => {
                if !self.succeed(seat, &ending, now, &mut actions) {
                    self.end_while_up(seat, ending, now, &mut actions);
                }
            }
        }
        if self.phase == Phase::Stopping {
            if phase != Phase::Stopping {
                self.give_restart_up(now, &mut actions);
            }
            self.stop_next(now, &mut actions);
        }
        actions
    }

    /// Somebody wants everything to stop; the second time it is killed.
    pub fn on_stop(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.phase == Phase::Stopping {
            let failure = Failure::new(Exit::Failed, "killed by the second signal; the journal is replayed");
            self.failure.get_or_insert(failure);
            for seat in &mut self.seats {
                if seat.is_running() {
                    seat.state = State::Stopping { until: None };
                    actions.push(Action::Kill(seat.seat, Part::Main));
                }
            }
            actions.extend(self.extras.iter().map(|extra| Action::Kill(extra.seat, extra.part)));
            return actions;
        }
        self.phase = Phase::Stopping;
        self.give_restart_up(now, &mut actions);
        self.stop_next(now, &mut actions);
        actions
    }

    /// Time has come to a deadline.
    pub fn on_time(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        for seat in &mut self.seats {
            match seat.state {
                State::Pausing { until } if until <= now => {
                    seat.state = State::Starting { since: now };
                    actions.push(Action::Spawn(seat.seat));
                }
                State::Stopping { until: Some(until) } if until <= now => {
                    seat.state = State::Stopping { until: None };
                    let text =
                        format!("{} did not stop within {STOP_MAX:?} and was killed", seat.seat.name());
                    self.failure.get_or_insert(Failure::new(Exit::Internal, text));
                    actions.push(Action::Kill(seat.seat, Part::Main));
                }
                State::Ending { until: Some(until) } if until <= now => {
                    seat.state = State::Ending { until: None };
                    actions.push(Action::Kill(seat.seat, Part::Main));
                }
                _ => (),
            }
        }
        self.restart_time(now, &mut actions);
        actions
    }

    /// When [`Self::on_time`] has something to say next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let deadline = |seat: &Place| match seat.state {
            State::Pausing { until } => Some(until),
            State::Stopping { until } | State::Ending { until } => until,
            State::Idle | State::Starting { .. } | State::Ready { .. } | State::Down => None,
        };
        self.seats.iter().filter_map(deadline).chain(self.restart_deadline()).min()
    }

    fn seat(&mut self, seat: Seat) -> &mut Place {
        let index = self.seats.iter().position(|place| place.seat == seat);
        &mut self.seats[index.expect("the driver knows the seats from here")]
    }

    /// The next role's turn, once all before it are ready.
    fn start_next(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for seat in &mut self.seats {
            match seat.state {
                State::Ready { .. } => (),
                State::Idle => {
                    seat.state = State::Starting { since: now };
                    actions.push(Action::Spawn(seat.seat));
                    return;
                }
                // One that was ready before died again; the next waits for it.
                _ => return,
            }
        }
        self.phase = Phase::Serving;
        actions.push(Action::AllReady);
    }

    fn end_while_up(&mut self, of: Seat, ending: Ending, now: Instant, actions: &mut Vec<Action>) {
        let first_start = self.phase == Phase::Starting;
        let seat = self.seat(of);
        seat.forget_old_failures(now);
        let was_asked = matches!(seat.state, State::Ending { .. });
        let why = match ending {
            Ending::Clean if was_asked => "made room for a process that is not there".to_owned(),
            Ending::Clean | Ending::Crash(_) => ending.why(),
            Ending::Named(stop) => match verdict(&stop.name, first_start, seat.pardons) {
                Verdict::Restart => {
                    seat.pardons += 1;
                    format!("{}: {}", stop.name, stop.text)
                }
                Verdict::LeaveDown => {
                    seat.state = State::Down;
                    actions.push(Action::LeftDown { seat: of, stop: stop.clone() });
                    if self.seats.iter().all(|seat| matches!(seat.state, State::Down)) {
                        self.end_everything(of, &stop);
                    }
                    return;
                }
                Verdict::EndEverything => {
                    seat.state = State::Down;
                    self.end_everything(of, &stop);
                    return;
                }
            },
        };
        let pause = seat.pause();
        seat.failures += 1;
        seat.state = State::Pausing { until: now + pause };
        actions.push(Action::Restart { seat: of, why, pause });
        if pause.is_zero() {
            seat.state = State::Starting { since: now };
            actions.push(Action::Spawn(of));
        }
    }

    fn end_everything(&mut self, seat: Seat, stop: &NamedStop) {
        let text = format!("{} stopped: {}: {}", seat.name(), stop.name, stop.text);
        self.failure.get_or_insert(Failure::new(Exit::of_stop(&stop.name), text));
        self.phase = Phase::Stopping;
    }

    fn end_while_stopping(&mut self, of: Seat, ending: Ending) {
        let seat = self.seat(of);
        let asked = matches!(seat.state, State::Stopping { .. });
        seat.state = State::Down;
        match ending {
            Ending::Clean => (),
            Ending::Named(stop) => {
                let text = format!("{} stopped: {}: {}", of.name(), stop.name, stop.text);
                self.failure.get_or_insert(Failure::new(Exit::of_stop(&stop.name), text));
            }
            Ending::Crash(why) if asked => {
                let text = format!("{} ended while stopping: {why}", of.name());
                self.failure.get_or_insert(Failure::new(Exit::Internal, text));
            }
            // Not asked yet and not started again: what it held is in the journal.
            Ending::Crash(_) => (),
        }
    }

    /// Asks the next of a kind to stop, once those before them have.
    fn stop_next(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for role in Role::STOP_ORDER {
            let mut is_over = self.extras.iter().all(|extra| extra.seat.role() != role);
            for place in self.seats.iter_mut().filter(|place| place.seat.role() == role) {
                match place.state {
                    State::Idle | State::Pausing { .. } | State::Down => place.state = State::Down,
                    State::Stopping { .. } | State::Ending { .. } => is_over = false,
                    State::Starting { .. } | State::Ready { .. } => {
                        place.state = State::Stopping { until: Some(now + STOP_MAX) };
                        actions.push(Action::AskStop(place.seat, Part::Main));
                        is_over = false;
                    }
                }
            }
            if !is_over {
                return;
            }
        }
        actions.push(Action::Finish(self.failure.take()));
    }
}

impl Place {
    fn is_running(&self) -> bool {
        match self.state {
            State::Starting { .. } | State::Ready { .. } | State::Stopping { .. } | State::Ending { .. } => {
                true
            }
            State::Idle | State::Pausing { .. } | State::Down => false,
        }
    }

    fn forget_old_failures(&mut self, now: Instant) {
        let since = match self.state {
            State::Ready { since } | State::Starting { since } => since,
            _ => return,
        };
        if since + ALIVE_LONG <= now {
            self.failures = 0;
            self.pardons = 0;
        }
    }

    /// Nothing, then 0.1 s doubling to 5 s.
    fn pause(&self) -> Duration {
        match self.failures.checked_sub(1) {
            None => Duration::ZERO,
            Some(doublings) => (PAUSE_FIRST * (1 << doublings.min(10))).min(PAUSE_MAX),
        }
    }
}

enum Verdict {
    Restart,
    LeaveDown,
    EndEverything,
}

/// The table of named stops.
fn verdict(name: &str, first_start: bool, pardons: u32) -> Verdict {
    match name {
        "CONFIG" | "BAD_CERTIFICATE" | "SOCKET_PATH_TOO_LONG" => Verdict::EndEverything,
        // A second try sees whether the disk has recovered; a third would only wear it.
        "JOURNAL_FAILED" | "SPILL_FAILED" if pardons < 1 => Verdict::Restart,
        // A killed process may hold the journal for a moment longer than its own lock.
        "WRITER_EXISTS" if pardons < WRITER_LEAVES => Verdict::Restart,
        // Nobody is served yet, so there is nobody to keep.
        _ if first_start => Verdict::EndEverything,
        // The one in the way may leave, and a bug is met with the memory thrown away: as after a crash.
        "ADDRESS_IN_USE" | "LISTEN_FAILED" | "START_FAILED" | "WRITER_EXISTS" | "NACK_INVARIANT"
        | "PANICKED" | "AMENDED" => Verdict::Restart,
        // In the middle of an upgrade: the next start is of the program that is on disk now, and may fit.
        "SCHEMA_TOO_OLD" | "SCHEMA_TOO_NEW" | "LINK_VERSION" if pardons < VERSIONS_MEET => Verdict::Restart,
        _ => Verdict::LeaveDown,
    }
}

/// A life that long makes earlier failures forgotten.
const ALIVE_LONG: Duration = Duration::from_secs(10);
/// Tries, 0.3 s together, before somebody else's claim is believed.
const WRITER_LEAVES: u32 = 3;
/// Tries of whoever met another version.
const VERSIONS_MEET: u32 = 2;
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// For each role, from being asked to being killed.
const STOP_MAX: Duration = Duration::from_secs(10);
