//! Who is started, restarted and stopped when: the supervisor's decisions. Knows no process and no clock.
//!
//! Starting: dbfront, game, gateway, each when the one before is ready. Serving: whoever ends is started
//! again, by the table of stops. Stopping: gateway, game, dbfront, each with a bound.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use crate::{
    exit::{Exit, Failure},
    roles::{NamedStop, Role},
};

/// How a child ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Exit code 0.
    Clean,
    /// By its own decision, with a name.
    Named(NamedStop),
    /// Killed, or an exit code without a name.
    Crash(String),
}

/// What the driver has to do, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start the role's process.
    Spawn(Role),
    /// End its lifeline: it stops with nothing lost.
    AskStop(Role),
    /// It did not stop in time.
    Kill(Role),
    /// All serve for the first time.
    AllReady,
    /// Serves again after a restart.
    Back(Role),
    /// It ended and is started again after this pause.
    Restart {
        /// Who.
        role: Role,
        /// How it ended.
        why: String,
        /// 0 for at once.
        pause: Duration,
    },
    /// It ended and is not started again; the rest goes on.
    LeftDown {
        /// Who.
        role: Role,
        /// Its name and way out.
        stop: NamedStop,
    },
    /// Everything has ended.
    Finish(Option<Failure>),
}

/// The supervisor's state.
#[derive(Debug)]
pub struct Policy {
    seats: [Seat; 3],
    phase: Phase,
    failure: Option<Failure>,
}

#[derive(Debug)]
struct Seat {
    role: Role,
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
    /// Not started again.
    Down,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Starting,
    Serving,
    Stopping,
}

impl Default for Policy {
    fn default() -> Self {
        let seat = |role| Seat { role, state: State::Idle, failures: 0, pardons: 0 };
        Self { seats: Role::START_ORDER.map(seat), phase: Phase::Starting, failure: None }
    }
}

impl Policy {
    /// Begins.
    pub fn start(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        self.start_next(now, &mut actions);
        actions
    }

    /// A child said ready.
    pub fn on_ready(&mut self, role: Role, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        let seat = self.seat(role);
        if !matches!(seat.state, State::Starting { .. }) {
            return actions;
        }
        seat.state = State::Ready { since: now };
        match self.phase {
            Phase::Starting => self.start_next(now, &mut actions),
            Phase::Serving => actions.push(Action::Back(role)),
            Phase::Stopping => (),
        }
        actions
    }

    /// A child ended, or could not be started.
    pub fn on_end(&mut self, role: Role, ending: Ending, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        match self.phase {
            Phase::Stopping => self.end_while_stopping(role, ending),
            Phase::Starting | Phase::Serving => self.end_while_up(role, ending, now, &mut actions),
        }
        if self.phase == Phase::Stopping {
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
                    actions.push(Action::Kill(seat.role));
                }
            }
            return actions;
        }
        self.phase = Phase::Stopping;
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
                    actions.push(Action::Spawn(seat.role));
                }
                State::Stopping { until: Some(until) } if until <= now => {
                    seat.state = State::Stopping { until: None };
                    let text =
                        format!("{} did not stop within {STOP_MAX:?} and was killed", seat.role.name());
                    self.failure.get_or_insert(Failure::new(Exit::Internal, text));
                    actions.push(Action::Kill(seat.role));
                }
                _ => (),
            }
        }
        actions
    }

    /// When [`Self::on_time`] has something to say next.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let deadline = |seat: &Seat| match seat.state {
            State::Pausing { until } => Some(until),
            State::Stopping { until } => until,
            State::Idle | State::Starting { .. } | State::Ready { .. } | State::Down => None,
        };
        self.seats.iter().filter_map(deadline).min()
    }

    fn seat(&mut self, role: Role) -> &mut Seat {
        let index = match role {
            Role::Dbfront => 0,
            Role::Game => 1,
            Role::Gateway => 2,
        };
        &mut self.seats[index]
    }

    /// The next role's turn, once all before it are ready.
    fn start_next(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for seat in &mut self.seats {
            match seat.state {
                State::Ready { .. } => (),
                State::Idle => {
                    seat.state = State::Starting { since: now };
                    actions.push(Action::Spawn(seat.role));
                    return;
                }
                // One that was ready before died again; the next waits for it.
                _ => return,
            }
        }
        self.phase = Phase::Serving;
        actions.push(Action::AllReady);
    }

    fn end_while_up(&mut self, role: Role, ending: Ending, now: Instant, actions: &mut Vec<Action>) {
        let first_start = self.phase == Phase::Starting;
        let seat = self.seat(role);
        seat.forget_old_failures(now);
        let why = match ending {
            Ending::Clean => "stopped, but not by ding up".to_owned(),
            Ending::Crash(why) => why,
            Ending::Named(stop) => match verdict(&stop.name, first_start, seat.pardons) {
                Verdict::Restart => {
                    seat.pardons += 1;
                    format!("{}: {}", stop.name, stop.text)
                }
                Verdict::LeaveDown => {
                    seat.state = State::Down;
                    actions.push(Action::LeftDown { role, stop: stop.clone() });
                    if self.seats.iter().all(|seat| matches!(seat.state, State::Down)) {
                        self.end_everything(role, &stop);
                    }
                    return;
                }
                Verdict::EndEverything => {
                    seat.state = State::Down;
                    self.end_everything(role, &stop);
                    return;
                }
            },
        };
        let pause = seat.pause();
        seat.failures += 1;
        seat.state = State::Pausing { until: now + pause };
        actions.push(Action::Restart { role, why, pause });
        if pause.is_zero() {
            seat.state = State::Starting { since: now };
            actions.push(Action::Spawn(role));
        }
    }

    fn end_everything(&mut self, role: Role, stop: &NamedStop) {
        let text = format!("{} stopped: {}: {}", role.name(), stop.name, stop.text);
        self.failure.get_or_insert(Failure::new(Exit::of_stop(&stop.name), text));
        self.phase = Phase::Stopping;
    }

    fn end_while_stopping(&mut self, role: Role, ending: Ending) {
        let seat = self.seat(role);
        let asked = matches!(seat.state, State::Stopping { .. });
        seat.state = State::Down;
        match ending {
            Ending::Clean => (),
            Ending::Named(stop) => {
                let text = format!("{} stopped: {}: {}", role.name(), stop.name, stop.text);
                self.failure.get_or_insert(Failure::new(Exit::of_stop(&stop.name), text));
            }
            Ending::Crash(why) if asked => {
                let text = format!("{} ended while stopping: {why}", role.name());
                self.failure.get_or_insert(Failure::new(Exit::Internal, text));
            }
            // Not asked yet and not started again: what it held is in the journal.
            Ending::Crash(_) => (),
        }
    }

    /// Asks the next one to stop, once those before it have.
    fn stop_next(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for role in Role::STOP_ORDER {
            let seat = self.seat(role);
            match seat.state {
                State::Idle | State::Pausing { .. } | State::Down => seat.state = State::Down,
                State::Stopping { .. } => return,
                State::Starting { .. } | State::Ready { .. } => {
                    seat.state = State::Stopping { until: Some(now + STOP_MAX) };
                    actions.push(Action::AskStop(role));
                    return;
                }
            }
        }
        actions.push(Action::Finish(self.failure.take()));
    }
}

impl Seat {
    fn is_running(&self) -> bool {
        matches!(self.state, State::Starting { .. } | State::Ready { .. } | State::Stopping { .. })
    }

    fn forget_old_failures(&mut self, now: Instant) {
        let since = match self.state {
            State::Ready { since } | State::Starting { since } => since,
            State::Idle | State::Pausing { .. } | State::Stopping { .. } | State::Down => return,
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
        _ => Verdict::LeaveDown,
    }
}

/// A life that long makes earlier failures forgotten.
const ALIVE_LONG: Duration = Duration::from_secs(10);
/// Tries, 0.3 s together, before somebody else's claim is believed.
const WRITER_LEAVES: u32 = 3;
const PAUSE_FIRST: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// For each role, from being asked to being killed.
const STOP_MAX: Duration = Duration::from_secs(10);
