//! Hot rows, cold rows and the way between them: what is said stays the same, the bytes are what they are said to be,
//! and what the writer holds stays longest.

use super::{sets::Bags, spilled::Disk, *};

/// What the counter says is what is there.
fn check_bytes(overlay: &Overlay) {
    let Some(packs) = &overlay.cold else { return };
    let places: usize =
        overlay.tables.iter().flat_map(|rows| rows.cold.keys()).map(super::super::cold::place_bytes).sum();
    assert_eq!(packs.bytes(), places + packs.pack_bytes());
    let hot: usize = overlay
        .tables
        .iter()
        .flat_map(|rows| rows.rows.values())
        .filter(|entry| !entry.unsettled)
        .map(|entry| entry.bytes)
        .sum();
    assert_eq!(overlay.settled_bytes, hot);
    for rows in &overlay.tables {
        assert!(rows.cold.keys().all(|key| !rows.rows.contains_key(key)));
    }
}

#[test]
fn with_cold_rows_every_answer_is_the_same_in_any_order_of_events() {
    let (mut answered, mut cold) = (0, 0);
    for seed in 1..=50 {
        let overlay = Overlay::new(Lsn(0), 2_400).deflating();
        let overlay = if seed % 2 == 0 {
            overlay.spilling(1_000, Box::new(Disk::default()), u64::MAX)
        } else {
            overlay
        };
        let mut bags = Bags::new(overlay, seed);
        bags.room = 2_400;
        for _ in 0..300 {
            bags.step();
            bags.compare();
            bags.compare_what_waits();
            check_bytes(&bags.overlay);
            assert!(bags.overlay.settled_bytes() <= 2_400 + 600, "{}", bags.overlay.settled_bytes());
        }
        bags.finish();
        bags.compare();
        answered += bags.answered;
        cold += bags.overlay.hits().cold;
    }
    assert!(2_000 < answered, "{answered} sets came from memory");
    assert!(1_000 < cold, "{cold} rows were deflated when they were asked for");
}

fn filled(bytes_max: usize, accounts: i64) -> Overlay {
    let mut overlay = Overlay::new(Lsn(0), bytes_max).deflating();
    for first in (1..=accounts).step_by(100) {
        let found = (first..first + 100).map(|account| stored(account, account * 3, 1)).collect();
        let scan = ScanEnd { rows_max: 100, is_last: accounts < first + 100 };
        scanned(&mut overlay, Some(first - 1), found, scan);
    }
    overlay
}

#[test]
fn most_rows_are_deflated_and_are_read_and_changed_as_if_they_were_not() {
    let mut overlay = filled(200_000, 2_000);
    assert!(overlay.cold_rows() > 1_500, "{} cold", overlay.cold_rows());
    assert_eq!(overlay.len(), 2_000);
    check_bytes(&overlay);
    let all: Vec<_> = (1..=2_000).map(|account| stored(account, account * 3, 1)).collect();
    assert_eq!(page(&mut overlay, Some(0), 5_000), Some(Page { rows: all, done: true }));
    let cold = overlay.cold_rows();
    for account in 1..=100 {
        assert_eq!(look(&mut overlay, account), Known::Row(stored(account, account * 3, 1)));
    }
    assert_eq!((overlay.hits().hot + overlay.hits().cold, overlay.hits().missed), (100, 0));
    assert!(overlay.cold_rows() < cold);

    let mut undo = Undo::default();
    let wrong = |lsn, account, ver| wallet(lsn, account, 1, ver);
    overlay.write(&wrong(1, 700, 2), &mut undo).expect("it fits");
    assert!(overlay.write(&wrong(2, 701, 9), &mut undo).is_err());
    overlay.take_back(undo);
    assert_eq!(look(&mut overlay, 700), Known::Row(stored(700, 2_100, 1)));
    write(&mut overlay, &wallet(1, 800, 5, 2));
    overlay.put(&wallet(2, 900, 6, 2).change);
    for (account, gold) in [(800, 5), (900, 6)] {
        assert_eq!(look(&mut overlay, account), Known::Row(stored(account, gold, 2)));
    }
    overlay.applied(Lsn(2));
    check_bytes(&overlay);
    assert_eq!(look(&mut overlay, 3_000), Known::Absent, "all that there is was scanned");
}

#[test]
fn rows_that_come_and_go_between_the_tiers_leave_no_holes_behind() {
    let mut overlay = filled(300_000, 2_000);
    let first = overlay.settled_bytes();
    let mut at = 1_i64;
    for _ in 0..20_000 {
        at = (at * 48_271) % 65_537;
        look(&mut overlay, at % 2_000 + 1);
        overlay.tend();
    }
    check_bytes(&overlay);
    assert!(overlay.settled_bytes() < first * 3 / 2 && overlay.settled_bytes() <= 300_000);
    assert_eq!(overlay.hits().missed, 0, "there was room for all");
}

#[test]
fn cold_rows_that_the_writer_holds_outlive_those_it_does_not_and_nothing_outlives_the_maximum() {
    let mut overlay = filled(200_000, 1_000);
    for account in (1..=1_000).filter(|account| account % 3 != 0) {
        overlay.release(Table::Wallet, &RowKey::Int(account));
    }
    overlay.settled_bytes_max = overlay.settled_bytes() * 2 / 3;
    for _ in 0..10 {
        overlay.tend();
    }
    for account in (1..=1_000).filter(|account| account % 3 == 0) {
        assert_ne!(look(&mut overlay, account), Known::Unknown, "account {account} is held");
    }
    assert_eq!(overlay.hits().held_lost, 0);
    assert!((1..=1_000).any(|account| look(&mut overlay, account) == Known::Unknown));
    check_bytes(&overlay);

    overlay.settled_bytes_max = 4_000;
    overlay.tend();
    assert!(overlay.settled_bytes() <= 4_000, "{}", overlay.settled_bytes());
    assert!(0 < overlay.hits().held_lost, "and that is counted");
    check_bytes(&overlay);
    overlay.settled_bytes_max = 0;
    overlay.tend();
    assert!(overlay.is_empty());
}
