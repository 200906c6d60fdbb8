//! Many seeds, on as many threads as wanted: each run is by itself, so their order does not matter.

use std::{
    fmt,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    thread,
    time::Duration,
};

use super::{FaultCounts, FaultKind, Options, Outcome, Wrong, play};

/// What came of many seeds.
#[derive(Clone, Debug)]
pub struct Summary {
    /// How many.
    pub seeds: u64,
    /// Those that found something, lowest first.
    pub failed: Vec<(u64, Wrong)>,
    /// Those that ended by a named stop which their faults explain.
    pub loud: u64,
    /// All strokes of each kind.
    pub faults: FaultCounts,
    /// Seeds in which each kind struck.
    pub struck: FaultCounts,
    /// Records that were made.
    pub records: u64,
    /// Deals that were answered OK.
    pub deals: u64,
    /// How long it took.
    pub took: Duration,
}

/// Plays these seeds.
#[must_use]
pub fn many(options: &Options, seeds: Range<u64>, threads: usize) -> Summary {
    let began = crate::clock::now();
    let next = AtomicU64::new(seeds.start);
    let (next, end) = (&next, seeds.end);
    let work = move || {
        let mut summary = Summary::new();
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if end <= seed {
                return summary;
            }
            summary.take(play(options, seed));
        }
    };
    let mut all = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        let mut all = Summary::new();
        for thread in threads {
            // A panic of a run is caught inside of it.
            all.add(thread.join().unwrap_or_else(|_| Summary::new()));
        }
        all
    });
    all.failed.sort_by_key(|(seed, _)| *seed);
    all.took = crate::clock::now().saturating_duration_since(began);
    all
}

impl Summary {
    fn new() -> Self {
        Self {
            seeds: 0,
            failed: Vec::new(),
            loud: 0,
            faults: [0; FaultKind::ALL.len()],
            struck: [0; FaultKind::ALL.len()],
            records: 0,
            deals: 0,
            took: Duration::ZERO,
        }
    }

    fn take(&mut self, outcome: Outcome) {
        self.seeds += 1;
        self.loud += u64::from(outcome.loud.is_some());
        self.records += outcome.records;
        self.deals += outcome.deals;
        for (at, count) in outcome.faults.into_iter().enumerate() {
            self.faults[at] += count;
            self.struck[at] += u64::from(count != 0);
        }
        self.failed.extend(outcome.wrong.map(|wrong| (outcome.seed, wrong)));
    }

    fn add(&mut self, mut other: Self) {
        self.seeds += other.seeds;
        self.loud += other.loud;
        self.records += other.records;
        self.deals += other.deals;
        for at in 0..self.faults.len() {
            self.faults[at] += other.faults[at];
            self.struck[at] += other.struck[at];
        }
        self.failed.append(&mut other.failed);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<26} {:>9} {:>9}", "fault", "strokes", "seeds")?;
        for (at, kind) in FaultKind::ALL.iter().enumerate() {
            writeln!(f, "{:<26} {:>9} {:>9}", kind.name(), self.faults[at], self.struck[at])?;
        }
        let Self { seeds, loud, records, deals, .. } = self;
        let seconds = self.took.as_secs_f64().max(0.001);
        // Only shown.
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let rate = *seeds as f64 / seconds;
        writeln!(
            f,
            "{seeds} seeds in {seconds:.1} s ({rate:.1}/s): {records} records, {deals} deals answered"
        )?;
        write!(
            f,
            "{} found something wrong, {loud} ended by a stop that their faults explain",
            self.failed.len()
        )
    }
}
