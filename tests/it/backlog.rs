//! An outage of the database as memory sees it: however many records wait, dbfront takes what it may take and no more.
//! In `ci` there are just enough to fill every queue before the half of them.

use std::path::PathBuf;

use lab::backlog::{BacklogOptions, run};

use crate::support::Tier;

#[test]
fn memory_stays_flat_while_records_wait_for_the_database_and_all_of_them_arrive() {
    let tier = Tier::current();
    let options = BacklogOptions {
        ding: PathBuf::from(env!("CARGO_BIN_EXE_ding")),
        records: tier.pick(320_000, 20_000_000),
        accounts: tier.pick(120_000, 4_000_000),
        overlay_bytes: tier.pick(16, 256) << 20,
        cache_bytes: tier.pick(8, 64) << 20,
    };
    let report = run(&options, |line| println!("{line}")).expect("all is as it was written");
    let (first, second) = report.peaks();
    assert!(second < first + first / 8 + (8 << 20), "{first} bytes, then {second}");
    // What it may hold of rows, of records in flight and of its own.
    let bound = report.idle_bytes + 2 * (options.overlay_bytes + options.cache_bytes) + (96 << 20);
    assert!(second < bound && report.restarted_peak_bytes < bound, "{bound}: {report:?}");
    let spilled = report.growing.last().map_or(0, |look| look.spilled_bytes);
    assert!(1 << 20 < spilled, "{spilled} bytes on disk");
}
