//! The gateway's figures, summed over its I/O threads; read by whoever asks, written once a turn.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use proto::{
    close::CloseReason,
    figures::{Beat, Distribution, Histogram},
    link::Figure,
};

use crate::logic::tally::Tally;

/// See the module. Counters only grow; gauges may be negative for a moment between two threads.
#[derive(Debug, Default)]
pub struct Metrics {
    counters: [AtomicU64; COUNTERS.len()],
    closed: [AtomicU64; CloseReason::ALL.len()],
    connections: AtomicI64,
    parked: AtomicI64,
    groups: AtomicI64,
    link_bytes_waiting: AtomicI64,
    threads: AtomicUsize,
    threads_serving: AtomicUsize,
    is_leaving: AtomicUsize,
    is_stopping: AtomicUsize,
    /// Of all threads.
    turn: Histogram,
    /// Of all clients.
    pause: Histogram,
    /// Of each thread.
    beats: OnceLock<Vec<Beat>>,
}

/// What one thread shows now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Connections, closing ones too.
    pub connections: usize,
    /// Clients that had logged in and wait for game to come back.
    pub parked: usize,
    /// Groups with members on this thread.
    pub groups: usize,
    /// Bytes that the link to game has not taken.
    pub link_bytes_waiting: usize,
    /// It listens and its link is up.
    pub is_serving: bool,
}

impl Metrics {
    /// Every figure by name.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        let figure = |name: String, value: i64| Figure { name, value };
        let mut figures = vec![
            figure("connections".to_owned(), self.connections.load(Relaxed)),
            figure("parked".to_owned(), self.parked.load(Relaxed)),
            figure("groups".to_owned(), self.groups.load(Relaxed)),
            figure("link_bytes_waiting".to_owned(), self.link_bytes_waiting.load(Relaxed)),
        ];
        figures.extend(COUNTERS.iter().zip(&self.counters).map(|(&(name, _), value)| {
            figure(name.to_owned(), i64::try_from(value.load(Relaxed)).unwrap_or(i64::MAX))
        }));
        figures.extend(CloseReason::ALL.iter().zip(&self.closed).map(|(reason, value)| {
            let value = i64::try_from(value.load(Relaxed)).unwrap_or(i64::MAX);
            figure(format!("closed.{}", reason.name()), value)
        }));
        figures
    }

    /// How long things take, by name.
    #[must_use]
    pub fn distributions(&self) -> Vec<(&'static str, Distribution)> {
        vec![("turn", self.turn.read()), ("pause", self.pause.read())]
    }

    /// One word.
    #[must_use]
    pub fn state(&self) -> String {
        let threads = self.threads.load(Relaxed);
        let word = if 0 < self.is_stopping.load(Relaxed) {
            "stopping"
        } else if 0 < self.is_leaving.load(Relaxed) {
            "leaving"
        } else if threads == 0 {
            "starting"
        } else if self.is_ready() {
            "ready"
        } else {
            "waiting_for_game"
        };
        word.to_owned()
    }

    /// Every I/O thread listens and has its link.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let threads = self.threads.load(Relaxed);
        let is_going = 0 < self.is_stopping.load(Relaxed) + self.is_leaving.load(Relaxed);
        0 < threads && self.threads_serving.load(Relaxed) == threads && !is_going
    }

    /// When the I/O thread turned last that did so the longest ago; nothing before one did.
    #[must_use]
    pub fn last_turn(&self) -> Option<Instant> {
        self.beats.get()?.iter().filter_map(Beat::last).min()
    }

    pub(crate) fn set_threads(&self, threads: usize) {
        self.threads.store(threads, Relaxed);
        self.beats.get_or_init(|| (0..threads).map(|_| Beat::default()).collect());
    }

    /// A thread took a turn, which began then, without the wait before it.
    pub(crate) fn turned(&self, thread: usize, now: Instant, took: Duration) {
        self.turn.observe(took);
        if let Some(beat) = self.beats.get().and_then(|beats| beats.get(thread)) {
            beat.turn(now);
        }
    }

    pub(crate) fn set_leaving(&self) {
        self.is_leaving.store(1, Relaxed);
    }

    pub(crate) fn set_stopping(&self) {
        self.is_stopping.store(1, Relaxed);
    }

    /// Adds what a thread counted, and empties its tally.
    pub(crate) fn add(&self, tally: &mut Tally) {
        for ((_, count), total) in COUNTERS.iter().zip(&self.counters) {
            let count = count(tally);
            if 0 < count {
                total.fetch_add(count, Relaxed);
            }
        }
        for (&count, total) in tally.closed.iter().zip(&self.closed) {
            if 0 < count {
                total.fetch_add(count, Relaxed);
            }
        }
        for &pause_ms in &tally.pauses_ms {
            self.pause.observe(Duration::from_millis(pause_ms));
        }
        *tally = Tally::default();
    }

    /// Replaces what a thread showed before by what it shows now.
    pub(crate) fn show(&self, before: &mut Gauges, now: Gauges) {
        if *before == now {
            return;
        }
        let change = |gauge: &AtomicI64, before: usize, now: usize| {
            let (before, now) = (i64::try_from(before).unwrap_or(0), i64::try_from(now).unwrap_or(0));
            gauge.fetch_add(now - before, Relaxed);
        };
        change(&self.connections, before.connections, now.connections);
        change(&self.parked, before.parked, now.parked);
        change(&self.groups, before.groups, now.groups);
        change(&self.link_bytes_waiting, before.link_bytes_waiting, now.link_bytes_waiting);
        match (before.is_serving, now.is_serving) {
            (false, true) => drop(self.threads_serving.fetch_add(1, Relaxed)),
            (true, false) => drop(self.threads_serving.fetch_sub(1, Relaxed)),
            (false, false) | (true, true) => {}
        }
        *before = now;
    }
}

type Count = fn(&Tally) -> u64;

const COUNTERS: [(&str, Count); 15] = [
    ("opened", |tally| tally.opened),
    ("frames_in", |tally| tally.frames_in),
    ("bytes_in", |tally| tally.bytes_in),
    ("frames_out", |tally| tally.frames_out),
    ("bytes_out", |tally| tally.bytes_out),
    ("writes", |tally| tally.writes),
    ("publishes", |tally| tally.publishes),
    ("deflate_tried", |tally| tally.deflate_tried),
    ("deflate_kept", |tally| tally.deflate_kept),
    ("frames_dropped", |tally| tally.dropped),
    ("refreshes", |tally| tally.refreshes),
    ("records_stale", |tally| tally.stale),
    ("throttled", |tally| tally.throttled),
    ("reseats", |tally| tally.pauses_ms.len() as u64),
    ("closed", |tally| tally.closed.iter().sum()),
];
