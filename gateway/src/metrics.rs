//! The gateway's figures, summed over its I/O threads; read by whoever asks, written once a turn.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use proto::{
    close::CloseReason,
    figures::{Beat, Distribution, Histogram},
    link::Figure,
};

use crate::logic::{
    bill::{Bill, Name, Row},
    survey::Outboxes,
    tally::Tally,
    transport::TransportKind,
};

/// See the module. Counters only grow; gauges may be negative for a moment between two threads.
#[derive(Debug, Default)]
pub struct Metrics {
    counters: [AtomicU64; COUNTERS.len()],
    closed: [AtomicU64; CloseReason::ALL.len()],
    connections: AtomicI64,
    parked: AtomicI64,
    groups: AtomicI64,
    link_bytes_waiting: AtomicI64,
    transports: [AtomicI64; TransportKind::ALL.len()],
    outboxes: [AtomicI64; OUTBOXES.len()],
    outbox_bytes: AtomicI64,
    deflate_ns: AtomicU64,
    bill: Mutex<BTreeMap<Name, Row>>,
    threads: AtomicUsize,
    threads_serving: AtomicUsize,
    is_leaving: AtomicUsize,
    is_stopping: AtomicUsize,
    /// Of all threads.
    turn: Histogram,
    /// Of all clients.
    pause: Histogram,
    /// Of commands, of some of them.
    round_trip: Histogram,
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
    /// Connections by what they speak, in the order of [`TransportKind::ALL`].
    pub transports: [usize; TransportKind::ALL.len()],
    /// What waited for clients a moment ago.
    pub outboxes: Outboxes,
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
            figure("outbox_bytes".to_owned(), self.outbox_bytes.load(Relaxed)),
        ];
        figures.extend(TransportKind::ALL.iter().zip(&self.transports).map(|(transport, clients)| {
            figure(format!("connections.{}", transport.name()), clients.load(Relaxed))
        }));
        figures.extend(
            OUTBOXES
                .iter()
                .zip(&self.outboxes)
                .map(|(up_to, clients)| figure(format!("outbox.{up_to}"), clients.load(Relaxed))),
        );
        let deflate_us = self.deflate_ns.load(Relaxed) / 1_000;
        figures.push(figure("deflate_us".to_owned(), i64::try_from(deflate_us).unwrap_or(i64::MAX)));
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
        let (turn, pause, round_trip) = (self.turn.read(), self.pause.read(), self.round_trip.read());
        vec![("turn", turn), ("pause", pause), ("round_trip", round_trip)]
    }

    /// What each kind of packet cost so far, to a second; there is always a row for what is none of them.
    #[must_use]
    pub fn bill(&self) -> Vec<(Name, Row)> {
        let mut bill = self.bill.lock().unwrap_or_else(PoisonError::into_inner);
        bill.entry(Name::other()).or_default();
        bill.iter().map(|(name, row)| (name.clone(), *row)).collect()
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
        self.deflate_ns.fetch_add(tally.deflate_ns, Relaxed);
        for &round_trip_us in &tally.round_trips_us {
            self.round_trip.observe(Duration::from_micros(round_trip_us));
        }
        for &pause_ms in &tally.pauses_ms {
            self.pause.observe(Duration::from_millis(pause_ms));
        }
        *tally = Tally::default();
    }

    /// Adds what a thread's packets cost since it told last.
    pub(crate) fn charge(&self, bill: &mut Bill) {
        bill.tell(&mut self.bill.lock().unwrap_or_else(PoisonError::into_inner));
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
        for ((gauge, before), now) in self.transports.iter().zip(before.transports).zip(now.transports) {
            change(gauge, before, now);
        }
        let (were, are) = (before.outboxes, now.outboxes);
        for ((gauge, before), now) in self.outboxes.iter().zip(were.clients).zip(are.clients) {
            change(gauge, before, now);
        }
        change(&self.outbox_bytes, were.bytes, are.bytes);
        match (before.is_serving, now.is_serving) {
            (false, true) => drop(self.threads_serving.fetch_add(1, Relaxed)),
            (true, false) => drop(self.threads_serving.fetch_sub(1, Relaxed)),
            (false, false) | (true, true) => {}
        }
        *before = now;
    }
}

/// The bounds of [`Outboxes::UP_TO`], in words.
const OUTBOXES: [&str; Outboxes::UP_TO.len() + 1] =
    ["empty", "4_kib", "16_kib", "64_kib", "256_kib", "1_mib", "more"];

type Count = fn(&Tally) -> u64;

const COUNTERS: [(&str, Count); 21] = [
    ("opened", |tally| tally.opened),
    ("frames_in", |tally| tally.frames_in),
    ("bytes_in", |tally| tally.bytes_in),
    ("frames_out", |tally| tally.frames_out),
    ("bytes_out", |tally| tally.bytes_out),
    ("writes", |tally| tally.writes),
    ("publishes", |tally| tally.publishes),
    ("deflate_tried", |tally| tally.deflate_tried),
    ("deflate_kept", |tally| tally.deflate_kept),
    ("deflate_bytes_before", |tally| tally.deflate_bytes_before),
    ("deflate_bytes_after", |tally| tally.deflate_bytes_after),
    ("bytes_queued", |tally| tally.bytes_queued),
    ("bytes_lost", |tally| tally.lost.bytes),
    ("frames_dropped", |tally| tally.lost.latest_wins + tally.lost.expiring),
    ("dropped.latest_wins", |tally| tally.lost.latest_wins),
    ("dropped.expiring", |tally| tally.lost.expiring),
    ("refreshes", |tally| tally.refreshes),
    ("records_stale", |tally| tally.stale),
    ("throttled", |tally| tally.throttled),
    ("reseats", |tally| tally.pauses_ms.len() as u64),
    ("closed", |tally| tally.closed.iter().sum()),
];
