//! A restart that somebody asked for: the program is asked for its version, then one seat after the other gets a new
//! process. The new one stands by until its settings are read, so that what would not start replaces nobody. Then the old
//! one makes room: dbfront stops, game hands its clients over, a gateway lets go of its seat. Then the new one begins, and
//! a gateway that was replaced leaves when its clients have gone elsewhere.
//!
//! Whoever of them ends before his time: a new one that is there takes an old one's place, else the old one goes on, else
//! the seat is started again as after any crash. The restart is over then, unless the seat got what was wanted.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use super::{Action, Ending, Extra, Part, Phase, Policy, STOP_MAX, State, Verdict, verdict};
use crate::{
    roles::{Role, Seat},
    up::word::Order,
};

/// See the module.
#[derive(Debug)]
pub(super) struct Restart {
    left: VecDeque<Seat>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The program is asked for its version.
    Checking,
    /// A second process reads its settings.
    Preparing { seat: Seat, until: Instant },
    /// The first one makes room; `until` for a gateway, which goes on.
    Clearing { seat: Seat, since: Instant, until: Option<Instant> },
    /// The second one takes the place.
    Beginning { seat: Seat, since: Instant, until: Option<Instant> },
    /// The gateway that had it sees its clients off.
    Leaving { seat: Seat, since: Instant },
}

impl Stage {
    fn seat(self) -> Option<Seat> {
        match self {
            Self::Checking => None,
            Self::Preparing { seat, .. }
            | Self::Clearing { seat, .. }
            | Self::Beginning { seat, .. }
            | Self::Leaving { seat, .. } => Some(seat),
        }
    }

    fn until(self) -> Option<Instant> {
        match self {
            Self::Preparing { until, .. } => Some(until),
            Self::Clearing { until, .. } | Self::Beginning { until, .. } => until,
            Self::Checking | Self::Leaving { .. } => None,
        }
    }
}

/// Why a restart does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// One at a time.
    #[error("another restart is under way")]
    UnderWay,
    /// Everything is just being started.
    #[error("ding up is still starting")]
    Starting,
    /// Or stopped.
    #[error("ding up is stopping")]
    Stopping,
    /// There are not so many gateways.
    #[error("there is no {}", .0.name())]
    Absent(Seat),
}

impl Refused {
    /// Stable.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnderWay => "RESTART_UNDER_WAY",
            Self::Starting | Self::Stopping | Self::Absent(_) => "RESTART_FAILED",
        }
    }
}

impl Policy {
    /// Somebody wants these to be replaced, in this order.
    ///
    /// # Errors
    /// Not now.
    pub fn on_restart(&mut self, seats: Vec<Seat>) -> Result<Vec<Action>, Refused> {
        match self.phase {
            Phase::Starting => return Err(Refused::Starting),
            Phase::Stopping => return Err(Refused::Stopping),
            Phase::Serving => (),
        }
        // One that did not take over in time may be just ending.
        if self.restart.is_some() || !self.extras.is_empty() {
            return Err(Refused::UnderWay);
        }
        let absent = seats.iter().find(|seat| !self.seats.iter().any(|known| known.seat == **seat));
        if let Some(seat) = absent {
            return Err(Refused::Absent(*seat));
        }
        self.restart = Some(Restart { left: seats.into(), stage: Stage::Checking });
        Ok(vec![Action::Check])
    }

    /// The program on the disk told its version, or why it does not run.
    pub fn on_checked(&mut self, outcome: Result<(), String>, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        if self.stage() == Some(Stage::Checking) {
            match outcome {
                Ok(()) => self.restart_next(now, &mut actions),
                Err(why) => self.restart_over(Err(why), now, &mut actions),
            }
        }
        actions
    }

    /// The process that waits for its turn has read its settings.
    pub fn on_standby(&mut self, seat: Seat, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        if !matches!(self.stage(), Some(Stage::Preparing { seat: of, .. }) if of == seat) {
            return actions;
        }
        let mut until = None;
        match seat.role() {
            Role::Gateway => {
                until = Some(now + RELEASE_MAX);
                actions.push(Action::Tell(seat, Part::Main, Order::Release));
            }
            Role::Game => {
                self.seat(seat).state = State::Ending { until: Some(now + HAND_OVER_MAX) };
                actions.push(Action::Tell(seat, Part::Main, Order::HandOver));
            }
            Role::Dbfront => {
                self.seat(seat).state = State::Ending { until: Some(now + STOP_MAX) };
                actions.push(Action::AskStop(seat, Part::Main));
            }
        }
        self.set_stage(Stage::Clearing { seat, since: now, until });
        actions
    }

    /// A gateway let go of its seat and goes on serving.
    pub fn on_released(&mut self, seat: Seat, now: Instant) -> Vec<Action> {
        match self.stage() {
            Some(Stage::Clearing { seat: of, since, .. }) if of == seat => {
                self.set_stage(Stage::Beginning { seat, since, until: Some(now + BEGIN_GATEWAY_MAX) });
                vec![Action::Tell(seat, Part::Standby, Order::Begin)]
            }
            // The one for whom it did is gone.
            _ => vec![Action::Tell(seat, Part::Main, Order::Keep)],
        }
    }

    /// A gateway that stood by serves, beside the one that it replaces.
    pub(super) fn standby_ready(&mut self, seat: Seat, now: Instant, actions: &mut Vec<Action>) {
        if !matches!(self.stage(), Some(Stage::Beginning { seat: of, .. }) if of == seat) {
            return;
        }
        self.take_extra(seat, Part::Standby);
        self.extras.push(Extra { seat, part: Part::Leaving, until: Some(now + LEAVE_MAX) });
        self.seat(seat).state = State::Ready { since: now };
        actions.push(Action::Promote(seat));
        actions.push(Action::Tell(seat, Part::Leaving, Order::Leave));
        actions.push(Action::Replaced { seat, pause: None });
        self.set_stage(Stage::Leaving { seat, since: now });
    }

    /// Whether whoever serves now was awaited by a restart.
    pub(super) fn main_ready(&mut self, seat: Seat, now: Instant, actions: &mut Vec<Action>) -> bool {
        let Some(Stage::Beginning { seat: of, since, .. }) = self.stage() else { return false };
        if of != seat {
            return false;
        }
        actions.push(Action::Replaced { seat, pause: Some(now.saturating_duration_since(since)) });
        self.restart_next(now, actions);
        true
    }

    /// A process beside the main one ended.
    pub(super) fn extra_ended(
        &mut self,
        seat: Seat,
        part: Part,
        ending: &Ending,
        now: Instant,
        actions: &mut Vec<Action>,
    ) {
        self.take_extra(seat, part);
        let why = || format!("the new {} ended, the old one goes on: {}", seat.name(), ending.why());
        match (part, self.stage()) {
            (Part::Leaving, Some(Stage::Leaving { seat: of, since })) if of == seat => {
                actions.push(Action::Left { seat, after: now.saturating_duration_since(since) });
                self.restart_next(now, actions);
            }
            (Part::Standby, Some(Stage::Preparing { seat: of, .. })) if of == seat => {
                self.restart_over(Err(why()), now, actions);
            }
            (Part::Standby, Some(Stage::Clearing { seat: of, .. })) if of == seat => {
                // A gateway that has not let go yet will say so, and then keeps what it has. Others cannot turn back.
                let text = match seat.role() {
                    Role::Gateway => why(),
                    Role::Game | Role::Dbfront => {
                        format!(
                            "the new {} ended, the old one is started again: {}",
                            seat.name(),
                            ending.why()
                        )
                    }
                };
                self.restart_over(Err(text), now, actions);
            }
            (Part::Standby, Some(Stage::Beginning { seat: of, .. })) if of == seat => {
                actions.push(Action::Tell(seat, Part::Main, Order::Keep));
                self.restart_over(Err(why()), now, actions);
            }
            _ => (),
        }
    }

    /// The main process of a seat ended; true: who stood by takes its place.
    pub(super) fn succeed(
        &mut self,
        seat: Seat,
        ending: &Ending,
        now: Instant,
        actions: &mut Vec<Action>,
    ) -> bool {
        let Some(stage) = self.stage().filter(|stage| stage.seat() == Some(seat)) else { return false };
        if !self.extras.iter().any(|extra| extra.seat == seat && extra.part == Part::Standby) {
            // Whoever took the place did not keep it.
            if let Stage::Beginning { .. } = stage {
                let text = format!("the new {} ended before it served: {}", seat.name(), ending.why());
                self.restart_over(Err(text), now, actions);
            }
            return false;
        }
        let pardons = self.seat(seat).pardons;
        if let Ending::Named(stop) = ending
            // What was not durable in time was not answered either: the successor needs nothing of it.
            && stop.name != "STOP_UNFINISHED"
            && !matches!(verdict(&stop.name, false, pardons), Verdict::Restart)
        {
            self.restart_over(Err(format!("the old {} ended: {}", seat.name(), ending.why())), now, actions);
            return false;
        }
        let since = match stage {
            Stage::Clearing { since, .. } => since,
            _ => now,
        };
        if !matches!((stage, seat.role()), (Stage::Clearing { .. }, Role::Game | Role::Dbfront)) {
            actions.push(Action::Restart { seat, why: ending.why(), pause: Duration::ZERO });
        }
        self.take_extra(seat, Part::Standby);
        self.seat(seat).state = State::Starting { since: now };
        actions.push(Action::Promote(seat));
        if !matches!(stage, Stage::Beginning { .. }) {
            actions.push(Action::Tell(seat, Part::Main, Order::Begin));
        }
        self.set_stage(Stage::Beginning { seat, since, until: Some(now + BEGIN_MAX) });
        true
    }

    pub(super) fn restart_time(&mut self, now: Instant, actions: &mut Vec<Action>) {
        for extra in &mut self.extras {
            if extra.until.is_some_and(|until| until <= now) {
                extra.until = None;
                actions.push(Action::Kill(extra.seat, extra.part));
            }
        }
        let Some(stage) = self.stage().filter(|stage| stage.until().is_some_and(|until| until <= now)) else {
            return;
        };
        match stage {
            Stage::Preparing { seat, .. } => {
                let text = format!("the new {} had not read its settings after {PREPARE_MAX:?}", seat.name());
                self.restart_over(Err(text), now, actions);
            }
            // It hangs: its clients come back to the new one.
            Stage::Clearing { seat, since, .. } => {
                actions.push(Action::Kill(seat, Part::Main));
                self.set_stage(Stage::Clearing { seat, since, until: None });
            }
            Stage::Beginning { seat, since, .. } => {
                let is_beside =
                    self.extras.iter().any(|extra| extra.seat == seat && extra.part == Part::Standby);
                if is_beside {
                    actions.push(Action::Kill(seat, Part::Standby));
                    self.set_stage(Stage::Beginning { seat, since, until: None });
                } else {
                    let text =
                        format!("the new {} does not serve after {BEGIN_MAX:?}, and goes on", seat.name());
                    self.restart_over(Err(text), now, actions);
                }
            }
            Stage::Checking | Stage::Leaving { .. } => (),
        }
    }

    pub(super) fn restart_deadline(&self) -> Option<Instant> {
        let extras = self.extras.iter().filter_map(|extra| extra.until);
        extras.chain(self.stage().and_then(Stage::until)).min()
    }

    /// Ends a restart because everything stops.
    pub(super) fn give_restart_up(&mut self, now: Instant, actions: &mut Vec<Action>) {
        if self.restart.is_some() {
            self.restart_over(Err("ding up is stopping".to_owned()), now, actions);
        }
        for extra in self.extras.iter_mut().filter(|extra| extra.part == Part::Leaving) {
            extra.until = Some(now + STOP_MAX);
            actions.push(Action::AskStop(extra.seat, extra.part));
        }
    }

    fn stage(&self) -> Option<Stage> {
        self.restart.as_ref().map(|restart| restart.stage)
    }

    fn set_stage(&mut self, stage: Stage) {
        if let Some(restart) = &mut self.restart {
            restart.stage = stage;
        }
    }

    fn take_extra(&mut self, seat: Seat, part: Part) {
        self.extras.retain(|extra| extra.seat != seat || extra.part != part);
    }

    fn restart_over(&mut self, outcome: Result<(), String>, now: Instant, actions: &mut Vec<Action>) {
        self.restart = None;
        // One that still stands by is not needed any more.
        for extra in self.extras.iter_mut().filter(|extra| extra.part == Part::Standby) {
            extra.until = Some(now + STOP_MAX);
            actions.push(Action::AskStop(extra.seat, extra.part));
        }
        actions.push(Action::RestartOver(outcome));
    }

    fn restart_next(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let Some(restart) = &mut self.restart else { return };
        let Some(seat) = restart.left.pop_front() else { return self.restart_over(Ok(()), now, actions) };
        match self.seat(seat).state {
            State::Ready { .. } => {
                self.extras.push(Extra { seat, part: Part::Standby, until: None });
                actions.push(Action::SpawnStandby(seat));
                self.set_stage(Stage::Preparing { seat, until: now + PREPARE_MAX });
            }
            // Nobody has the place.
            State::Pausing { .. } | State::Down => {
                self.seat(seat).state = State::Starting { since: now };
                actions.push(Action::Spawn(seat));
                self.set_stage(Stage::Beginning { seat, since: now, until: Some(now + BEGIN_MAX) });
            }
            State::Idle | State::Starting { .. } | State::Stopping { .. } | State::Ending { .. } => {
                let text = format!("{} is just starting or ending: again when it serves", seat.name());
                self.restart_over(Err(text), now, actions);
            }
        }
    }
}

/// For settings and designers' tables.
const PREPARE_MAX: Duration = Duration::from_secs(30);
/// Game itself gives what is not durable up after ten seconds.
const HAND_OVER_MAX: Duration = Duration::from_secs(15);
/// For closing some sockets.
const RELEASE_MAX: Duration = Duration::from_secs(5);
/// Until a gateway listens: game may be away for a while.
const BEGIN_GATEWAY_MAX: Duration = Duration::from_secs(60);
/// A large world loads for a while; who waits for it is told that it goes on.
const BEGIN_MAX: Duration = Duration::from_secs(300);
/// A gateway itself gives the last clients up after 30 s.
const LEAVE_MAX: Duration = Duration::from_secs(40);
