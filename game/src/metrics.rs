//! What the logic thread says about itself: numbers stored once a turn, read by whoever serves status.
//! Knows nothing of how they are served.

#[cfg(test)]
mod tests;

use std::{
    sync::atomic::{AtomicI64, AtomicU8, Ordering::Relaxed},
    time::{Duration, Instant},
};

use proto::{
    figures::{Beat, Distribution, Histogram},
    link::Figure,
};

use crate::logic::{figures::WorldFigures, world::World};

/// Where this process is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Before the first turn.
    #[default]
    Starting,
    /// No link to dbfront.
    WaitingForDbfront,
    /// Accounts are being read.
    Loading,
    /// Players may log in.
    Ready,
    /// Asked to stop: what is executed becomes durable.
    Stopping,
}

impl State {
    const ALL: [Self; 5] =
        [Self::Starting, Self::WaitingForDbfront, Self::Loading, Self::Ready, Self::Stopping];

    /// One word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::WaitingForDbfront => "waiting_for_dbfront",
            Self::Loading => "loading",
            Self::Ready => "ready",
            Self::Stopping => "stopping",
        }
    }
}

/// What the driver counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DriverFigures {
    /// Turns so far.
    pub turns: u64,
    /// Bytes of gateway records taken in.
    pub bytes_in: u64,
    /// Bytes handed to gateway links.
    pub bytes_out: u64,
    /// Gateway threads connected.
    pub links: u64,
    /// Bytes that wait for them.
    pub links_backlog_bytes: u64,
    /// Links cut because they were full or sent what no gateway sends.
    pub links_cut: u64,
    /// Reads at dbfront without an answer.
    pub reads_in_flight: u64,
    /// The last turn, microseconds.
    pub turn_us: u64,
    /// The longest turn so far, microseconds.
    pub turn_us_max: u64,
}

macro_rules! gauges {
    ($($source:ident: $($name:ident)*;)*) => {
        /// Figures of one game process. Written by the logic thread alone, once a turn.
        #[derive(Debug, Default)]
        pub struct Metrics {
            state: AtomicU8,
            epoch: AtomicI64,
            beat: Beat,
            turn: Histogram,
            command: Histogram,
            login_wait: Histogram,
            $($($name: AtomicI64,)*)*
        }

        impl Metrics {
            pub(crate) fn publish(&self, world: &WorldFigures, driver: &DriverFigures) {
                $({
                    let source = gauges!(@pick $source world driver);
                    $(self.$name.store(i64::try_from(source.$name).unwrap_or(i64::MAX), Relaxed);)*
                })*
            }

            /// Every figure with its stable name.
            #[must_use]
            pub fn figures(&self) -> Vec<Figure> {
                vec![
                    Figure { name: "epoch".to_owned(), value: self.epoch.load(Relaxed) },
                    $($(Figure { name: stringify!($name).to_owned(), value: self.$name.load(Relaxed) },)*)*
                ]
            }
        }
    };
    (@pick world $world:ident $driver:ident) => { $world };
    (@pick driver $world:ident $driver:ident) => { $driver };
}

gauges! {
    world: connections sessions rooms avatars monsters monsters_awake monsters_slain characters_died moves moves_refused cells_told cells_snapshot places_kept reports_pruned replays_pruned accounts_cached accounts_loaded commands answered_ok answered_rejected
        answered_later signals logins logins_refused logins_waiting_inside logins_waiting_returned logins_waiting_staff
        logins_waiting_ticket logins_waiting_other logins_away logins_begun logins_taken_back logins_queue_full
        logins_queue_late logins_per_s sessions_away matches_waiting resumes resumes_refused reseated maintenance level misses parked records lsn_made lsn_durable lsn_applied
        inflight_records inflight_bytes retained_bytes release_bytes panics rooms_broken rooms_diverged rooms_recovered rooms_unknown records_refused stale_records withheld
        acks_ahead hashes_waiting hashes_refused;
    driver: turns bytes_in bytes_out links links_backlog_bytes links_cut reads_in_flight turn_us turn_us_max;
}

impl Metrics {
    pub(crate) fn set_state(&self, state: State) {
        self.state.store(state as u8, Relaxed);
    }

    pub(crate) fn set_epoch(&self, epoch: u64) {
        self.epoch.store(i64::try_from(epoch).unwrap_or(i64::MAX), Relaxed);
    }

    /// A turn ended.
    pub(crate) fn turned(&self, now: Instant, took: Duration, world: &World) {
        self.beat.turn(now);
        self.turn.observe(took);
        self.command.show(world.answered());
        self.login_wait.show(world.logins_waited());
    }

    /// When the logic thread turned last; nothing before its first turn.
    #[must_use]
    pub fn last_turn(&self) -> Option<Instant> {
        self.beat.last()
    }

    /// How long things take, by name: a turn; a command from the turn that took it in to the one that let its
    /// answer go; a login in the queue, if it had to wait there.
    #[must_use]
    pub fn distributions(&self) -> Vec<(&'static str, Distribution)> {
        vec![
            ("turn", self.turn.read()),
            ("command", self.command.read()),
            ("login_wait", self.login_wait.read()),
        ]
    }

    fn state_now(&self) -> State {
        let code = self.state.load(Relaxed);
        State::ALL.into_iter().find(|&state| state as u8 == code).unwrap_or_default()
    }

    /// One word: `starting`, `waiting_for_dbfront`, `loading`, `ready`, `maintenance`, `stopping`.
    #[must_use]
    pub fn state(&self) -> String {
        match self.state_now() {
            State::Ready if self.maintenance.load(Relaxed) != 0 => "maintenance".to_owned(),
            state => state.name().to_owned(),
        }
    }

    /// Players may log in, and what they do becomes durable.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state_now() == State::Ready
    }
}
