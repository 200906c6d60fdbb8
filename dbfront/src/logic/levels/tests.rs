//! Levels, room and pace as scripts: a journal that fills and drains by a simulated clock.

use super::{meter::Meter, *};

#[expect(clippy::disallowed_methods, reason = "an Instant can be made in no other way; tests only add to it")]
fn start() -> Instant {
    Instant::now()
}

const MIB: u64 = 1 << 20;

/// A dbfront with 1,000 MiB of budget, files of 10 MiB and a large disk.
struct Bench {
    levels: Levels,
    seen: Signals,
    now: Instant,
}

impl Bench {
    fn new() -> Self {
        let now = start();
        let bounds = Bounds {
            budget_bytes: 1_000 * MIB,
            segment_bytes: 10 * MIB,
            keep_bytes: 500 * MIB,
            spill_bytes: 100 * MIB,
        };
        let seen = Signals {
            durable: Lsn(0),
            applied: Lsn(0),
            unapplied_bytes: 0,
            kept_bytes: 0,
            free_bytes: Some(1 << 50),
            spilled_bytes: 0,
            is_memory_full: false,
            is_full: false,
            store: StoreHealth::Answers,
            sync_waits: Duration::ZERO,
        };
        Self { levels: Levels::new(bounds, now), seen, now }
    }

    /// Looks once, so much later.
    fn after(&mut self, time: Duration) -> Reading {
        self.now += time;
        self.levels.look(&self.seen, self.now)
    }

    /// The level at once, with this share of the budget in use.
    fn used(&mut self, permille: u64) -> (&'static str, &'static str) {
        self.seen.unapplied_bytes = permille * MIB;
        let read = self.after(Duration::from_millis(100));
        (read.level.name(), read.cause.name())
    }

    /// And when it has held for a while.
    fn used_long(&mut self, permille: u64) -> &'static str {
        self.used(permille);
        self.after(HOLDS_AT_LEAST).level.name()
    }
}

#[test]
fn levels_rise_at_once_with_what_waits_for_the_database_and_fall_by_a_margin_after_a_while() {
    let mut bench = Bench::new();
    let rising = [
        (0, "green", "none"),
        (250, "green", "none"),
        (251, "yellow", "behind"),
        (700, "yellow", "behind"),
        (701, "orange", "behind"),
        (900, "orange", "behind"),
        (901, "red", "behind"),
        (999, "red", "behind"),
        (1_000, "black", "behind"),
    ];
    for (permille, level, cause) in rising {
        assert_eq!(bench.used(permille), (level, cause), "{permille}");
    }
    let falling = [
        (999, "black"),
        (951, "black"),
        (949, "red"),
        (851, "red"),
        (850, "orange"),
        (651, "orange"),
        (650, "yellow"),
        (201, "yellow"),
        (200, "green"),
    ];
    for (permille, level) in falling {
        assert_eq!(bench.used_long(permille), level, "{permille}");
    }
}

#[test]
fn a_level_does_not_fall_before_it_was_better_for_a_while_without_a_break() {
    let mut bench = Bench::new();
    assert_eq!(bench.used(800).0, "orange");
    assert_eq!(bench.used(0).0, "orange");
    assert_eq!(bench.after(HOLDS_AT_LEAST - Duration::from_millis(1)).level, Level::Orange);
    assert_eq!(bench.used(690).0, "orange", "not by the margin: it begins again");
    assert_eq!(bench.used(0).0, "orange");
    assert_eq!(bench.after(HOLDS_AT_LEAST - Duration::from_millis(1)).level, Level::Orange);
    let read = bench.after(Duration::from_millis(1));
    assert_eq!((read.level, read.cause, read.since), (Level::Green, Cause::Nothing, bench.now));
}

#[test]
fn each_other_trouble_has_its_level_and_says_what_to_do() {
    type Trouble = fn(&mut Signals);
    let troubles: [(Trouble, Level, Cause); 10] = [
        (|seen| seen.is_full = true, Level::Black, Cause::NoSpace),
        (|seen| seen.free_bytes = Some(10 * MIB - 1), Level::Red, Cause::Disk),
        (|seen| seen.free_bytes = Some(20 * MIB - 1), Level::Orange, Cause::Disk),
        (|seen| seen.free_bytes = Some(40 * MIB - 1), Level::Yellow, Cause::Disk),
        (|seen| seen.is_memory_full = true, Level::Red, Cause::Rows),
        (|seen| seen.spilled_bytes = 71 * MIB, Level::Orange, Cause::Rows),
        (|seen| seen.store = StoreHealth::Poisoned, Level::Yellow, Cause::Poison),
        (|seen| seen.store = StoreHealth::Cramped, Level::Yellow, Cause::Packet),
        (|seen| seen.sync_waits = SLOW_SYNC, Level::Yellow, Cause::SlowSync),
        (|seen| seen.kept_bytes = 1_001 * MIB, Level::Yellow, Cause::Kept),
    ];
    for (trouble, level, cause) in troubles {
        let mut bench = Bench::new();
        let sound = bench.seen;
        trouble(&mut bench.seen);
        let read = bench.after(Duration::ZERO);
        assert_eq!((read.level, read.cause), (level, cause));
        assert!(!cause.advice().is_empty());
        bench.seen = sound;
        assert_eq!(bench.after(Duration::ZERO).level, level, "{cause:?} ends after a while");
        assert_eq!(bench.after(HOLDS_AT_LEAST).level, Level::Green, "{cause:?} ends by itself");
    }
}

#[test]
fn a_database_that_is_away_is_an_alarm_after_half_a_minute_and_a_short_absence_is_none() {
    let mut bench = Bench::new();
    bench.seen.store = StoreHealth::Away;
    bench.after(Duration::ZERO);
    assert_eq!(bench.after(Duration::from_secs(29)).level, Level::Green);
    bench.seen.store = StoreHealth::Answers;
    assert_eq!(bench.after(Duration::from_secs(60)).level, Level::Green);
    bench.seen.store = StoreHealth::Away;
    bench.after(Duration::ZERO);
    let read = bench.after(Duration::from_secs(30));
    assert_eq!((read.level, read.cause), (Level::Yellow, Cause::StoreAway));
    bench.seen.store = StoreHealth::Answers;
    bench.after(Duration::ZERO);
    assert_eq!(bench.after(HOLDS_AT_LEAST).level, Level::Green);
}

#[test]
fn the_room_that_is_left_is_of_the_budget_or_of_the_disk_whichever_is_less() {
    let mut bench = Bench::new();
    for second in 0..30 {
        bench.seen.unapplied_bytes = second * MIB;
        bench.after(Duration::from_secs(1));
    }
    let read = bench.after(Duration::ZERO);
    assert_eq!((read.used_permille, read.room), (29, Some(Duration::from_secs(971))));
    bench.seen.free_bytes = Some(300 * MIB);
    assert_eq!(bench.after(Duration::ZERO).room, Some(Duration::from_secs(300)));
    for _ in 0..70 {
        bench.after(Duration::from_secs(1));
    }
    assert_eq!(bench.after(Duration::ZERO).room, None, "it does not fill");
}

#[test]
fn commands_are_paced_only_while_the_database_answers_and_is_more_than_a_minute_behind() {
    let mut bench = Bench::new();
    bench.seen.durable = Lsn(100_000);
    let step = |bench: &mut Bench, records: u64| {
        bench.seen.applied = Lsn(bench.seen.applied.0 + records);
        bench.after(Duration::from_secs(1)).pace
    };
    assert_eq!(step(&mut bench, 0), None, "not known yet how fast it is");
    for _ in 0..2 {
        assert_eq!(step(&mut bench, 1_000), None);
    }
    assert_eq!(step(&mut bench, 1_000), Some(1_000), "97 s behind");
    bench.seen.store = StoreHealth::Away;
    assert_eq!(step(&mut bench, 0), None, "while it is away nothing is paced");
    bench.seen.store = StoreHealth::Answers;
    assert_eq!(step(&mut bench, 0), Some(1_000), "what was measured before holds");
    for _ in 0..66 {
        assert_eq!(step(&mut bench, 1_000), Some(1_000));
    }
    assert_eq!(step(&mut bench, 1_000), None, "it ends when it is half a minute");
    bench.seen.durable = Lsn(bench.seen.applied.0 + 61_000);
    assert_eq!(step(&mut bench, 1_000), None, "and begins at a minute");
    bench.seen.durable = Lsn(bench.seen.applied.0 + 61_001);
    assert_eq!(step(&mut bench, 1_000), Some(1_000));
}

/// F35: the database is away for an hour under 5,000 records a second of 300 bytes.
fn hour_of_absence(budget_bytes: u64) -> (Vec<(u64, &'static str)>, u64) {
    const RECORDS_PER_S: u64 = 5_000;
    const VALUE_PER_S: u64 = 4_000;
    const BYTES: u64 = 300;
    const APPLIED_PER_S: u64 = 20_000;
    let mut bench = Bench::new();
    bench.levels = Levels::new(
        Bounds { budget_bytes, segment_bytes: 64 * MIB, keep_bytes: 8 << 30, spill_bytes: 8 << 30 },
        bench.now,
    );
    let mut meter = Meter::new(Lsn(0), budget_bytes);
    let (mut course, mut executed) = (vec![(0, "green")], 0);
    for second in 1..=3 * 3_600 {
        let level = bench.levels.level;
        let wrote = match level {
            Level::Black => 0,
            Level::Red => RECORDS_PER_S - VALUE_PER_S,
            _ => bench.levels.pace.map_or(RECORDS_PER_S, |pace| RECORDS_PER_S.min(pace.into())),
        };
        executed += wrote;
        bench.seen.durable = Lsn(executed);
        if 0 < wrote {
            meter.take(Lsn(executed), wrote * BYTES);
        }
        bench.seen.store = if second <= 3_600 { StoreHealth::Away } else { StoreHealth::Answers };
        if bench.seen.store == StoreHealth::Answers {
            bench.seen.applied = Lsn((bench.seen.applied.0 + APPLIED_PER_S).min(executed));
            meter.apply(bench.seen.applied);
        }
        let waits = executed - bench.seen.applied.0;
        assert!(meter.waiting().abs_diff(waits * BYTES) <= budget_bytes / 65_536 + RECORDS_PER_S * BYTES);
        bench.seen.unapplied_bytes = meter.waiting();
        let read = bench.after(Duration::from_secs(1));
        assert!(read.pace.is_none() || bench.seen.store == StoreHealth::Answers);
        if course.last().is_some_and(|(_, last)| *last != read.level.name()) {
            course.push((second, read.level.name()));
        }
        assert!(bench.seen.unapplied_bytes <= budget_bytes + RECORDS_PER_S * BYTES, "the budget holds");
    }
    assert_eq!(bench.seen.applied.0, executed, "everything arrived");
    (course, executed)
}

#[test]
fn an_hour_without_the_database_fits_the_budget_and_drains() {
    let (course, executed) = hour_of_absence(16 << 30);
    assert_eq!(executed, 3 * 3_600 * 5_000, "nothing was refused");
    // 5.4 GB of 16 GiB are 31 %; twenty thousand a second less five catch up within twenty minutes.
    let levels: Vec<_> = course.iter().map(|(_, level)| *level).collect();
    assert_eq!(levels, ["green", "yellow", "green"], "{course:?}");
    let (alarm, over) = (course[1].0, course[2].0);
    assert_eq!(alarm, 31, "the alarm after half a minute");
    assert!((3_600..3_600 + 1_200).contains(&over), "{course:?}");
}

#[test]
fn an_hour_without_the_database_goes_through_all_levels_where_the_budget_is_small_and_back() {
    let (course, executed) = hour_of_absence(3 << 30);
    let levels: Vec<_> = course.iter().map(|(_, level)| *level).collect();
    let there = ["green", "yellow", "orange", "red", "black"];
    let back = ["red", "orange", "yellow", "green"];
    assert_eq!(levels, [&there[..], &back[..]].concat(), "{course:?}");
    assert!(executed < 3 * 3_600 * 5_000, "some of it was refused by name");
}

#[test]
fn what_waits_is_measured_to_a_grain_and_again_when_the_database_went_back() {
    let mut meter = Meter::new(Lsn(100), 65_536 * 1_000);
    assert_eq!(meter.waiting(), 0);
    for turn in 0..50 {
        meter.take(Lsn(100 + (turn + 1) * 2), 300);
    }
    assert_eq!(meter.waiting(), 50 * 300);
    meter.apply(Lsn(150));
    assert!(meter.waiting().abs_diff(25 * 300) <= 1_000, "{}", meter.waiting());
    meter.apply(Lsn(200));
    assert_eq!(meter.waiting(), 0);
    meter.apply(Lsn(0));
    assert_eq!(meter.waiting(), 200 * 150, "by the mean of a record");
    meter.apply(Lsn(120));
    assert_eq!(meter.waiting(), 80 * 150);
    meter.take(Lsn(202), 300);
    assert_eq!(meter.waiting(), 80 * 150 + 300);
    meter.apply(Lsn(202));
    assert_eq!(meter.waiting(), 0);
}
