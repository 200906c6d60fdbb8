//! Storms of faults over real processes, each judged by every invariant: drawn from a seed, and with a database server
//! that is away for long.

use std::{path::PathBuf, time::Duration};

use lab::{
    chaos::storm::{
        self, Store, StormOptions, StormReport,
        outage::{self, OutageOptions},
    },
    mariadb::Mariadb,
    needs,
};

use crate::support::{Tier, seed};

fn options(store: Store, duration: Duration) -> StormOptions {
    let mut options = StormOptions::new(PathBuf::from(env!("CARGO_BIN_EXE_ding")), store, seed(), duration);
    options.template = Some(PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mariadb"));
    options
}

fn has_server() -> bool {
    needs::is_met(Mariadb::missing(), true)
}

fn blow(options: &StormOptions) -> StormReport {
    let report = storm::run(options).expect("everything comes back after each strike");
    println!("{report}");
    assert!(report.is_good(), "{report}");
    report
}

/// Short strikes and pauses, so that half a minute has many; or ten minutes as they are.
fn mixed(store: Store) -> StormOptions {
    let tier = Tier::current();
    let mut options = options(store, Duration::from_secs(tier.pick(20, 600)));
    options.pause_max = Duration::from_millis(tier.pick(1_500, 4_000));
    options.lasts_max = Duration::from_millis(tier.pick(2_000, 5_000));
    options.triple_one_in = 4;
    options.disk = tier == Tier::Full && needs::is_met(storm::disk_missing(), false);
    options
}

#[test]
fn a_world_in_a_file_keeps_every_promise_whatever_strikes() {
    let report = blow(&mixed(Store::Sqlite));
    assert!(Tier::current().pick(5, 100) <= report.strikes, "{report}");
}

#[test]
fn a_world_on_a_server_keeps_every_promise_whatever_strikes() {
    if has_server() {
        let report = blow(&mixed(Store::Mysql));
        assert!(Tier::current().pick(5, 100) <= report.strikes, "{report}");
    }
}

#[test]
fn play_goes_on_while_the_database_server_is_away_and_everything_arrives_afterwards() {
    if !has_server() {
        return;
    }
    let tier = Tier::current();
    let away = Duration::from_secs(tier.pick(15, 300));
    let mut storm = options(Store::Mysql, OutageOptions::duration(away));
    (storm.payers, storm.dealers) = tier.pick((12, 8), (120, 80));
    let players = u64::from(storm.payers + storm.dealers);
    let report = outage::run(&OutageOptions { storm, away, kills: tier.pick(1, 2) }).expect("it plays");
    println!("{}", report.storm);
    println!(
        "away {away:?}: {} answered meanwhile, silent at most {:?}, unsaved records {:?}",
        report.answered, report.silence_max, report.unsaved
    );
    assert!(report.storm.is_good(), "{}", report.storm);
    assert!(players * away.as_secs() / 4 <= report.answered, "play goes on: {}", report.answered);
    assert_eq!(report.unsaved.len(), tier.pick(2, 3), "the status says how much is not saved");
    assert!(report.unsaved.is_sorted() && 0 < report.unsaved[0], "{:?}", report.unsaved);
}
