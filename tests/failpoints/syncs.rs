//! A storm of `ding chaos` as only a build with failpoints has it: syncs of the journal fail under players.

use std::{path::PathBuf, time::Duration};

use lab::chaos::storm::{self, Store, StormOptions, StormReport, schedule::Kind};

fn blow(supervised: bool, duration: Duration) -> StormReport {
    let ding = PathBuf::from(env!("CARGO_BIN_EXE_ding"));
    let mut options = StormOptions::new(ding, Store::Sqlite, 7, duration);
    options.kinds = Some(vec![Kind::SyncFails]);
    (options.failpoints, options.supervised) = (true, supervised);
    (options.pause_max, options.lasts_max) = (Duration::from_secs(1), Duration::from_millis(200));
    (options.payers, options.dealers) = (8, 8);
    let report = storm::run(&options).expect("dbfront comes back after each failed sync");
    println!("{report}");
    assert!(report.is_good(), "{report}");
    report
}

#[test]
fn a_sync_that_fails_under_players_stops_dbfront_by_name_and_takes_nothing_back() {
    let report = blow(true, Duration::from_secs(14));
    let fails = report.faults.get("failing sync").copied();
    assert!(fails.is_some_and(|fails| 1 <= fails), "{report}");
    assert_eq!(report.stops_named.get("dbfront JOURNAL_FAILED").copied(), fails, "{report}");
}

#[test]
fn syncs_that_fail_again_and_again_lose_nothing_and_double_nothing() {
    let report = blow(false, Duration::from_secs(12));
    assert!(report.faults.get("failing sync").is_some_and(|fails| 3 <= *fails), "{report}");
}
