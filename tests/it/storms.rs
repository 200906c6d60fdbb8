//! Storms of faults over real processes, each judged by every invariant: drawn from a seed, and with a database server
//! that is away for long.

use std::{path::PathBuf, time::Duration};

use lab::{
    chaos::{
        Role,
        storm::{
            self, Store, StormOptions, StormReport,
            outage::{self, OutageOptions},
            schedule::{Kind, Victim},
        },
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

/// A few of short strikes and pauses, however long that takes here; or ten minutes of strikes as they are.
fn mixed(store: Store) -> StormOptions {
    let tier = Tier::current();
    let mut options = options(store, Duration::from_secs(tier.pick(180, 600)));
    options.strikes_max = tier.pick(8, usize::MAX);
    options.pause_max = Duration::from_millis(tier.pick(1_500, 4_000));
    options.lasts_max = Duration::from_millis(tier.pick(2_000, 5_000));
    options.triple_one_in = 4;
    options.disk = tier == Tier::Full && needs::is_met(storm::disk_missing(), false);
    options
}

#[test]
fn a_world_in_a_file_keeps_every_promise_whatever_strikes() {
    let report = blow(&mixed(Store::Sqlite));
    assert!(Tier::current().pick(8, 100) <= report.strikes, "{report}");
}

#[test]
fn a_world_on_a_server_keeps_every_promise_whatever_strikes() {
    if has_server() {
        let report = blow(&mixed(Store::Mysql));
        assert!(Tier::current().pick(8, 100) <= report.strikes, "{report}");
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
        "away {away:?}: {} answered meanwhile, silent at most {:?}, the status said {:?}",
        report.answered, report.silence_max, report.said
    );
    assert!(report.storm.is_good(), "{}", report.storm);
    assert!(players * away.as_secs() / 4 <= report.answered, "play goes on: {}", report.answered);
    assert_eq!(report.said.len(), tier.pick(2, 3), "the status answers");
    let unsaved: Vec<i64> = report.said.iter().map(|said| said.unsaved_records).collect();
    assert!(unsaved.is_sorted() && 0 < unsaved[0], "how much is not saved: {:?}", report.said);
    assert!(report.said.iter().all(|said| 0 < said.unsaved_bytes && 0 < said.room_s), "{:?}", report.said);
}

/// So many strikes of one kind, 0.2 to 1.5 s after one another, on whatever machine; whoever was killed is started again at
/// once.
fn again_and_again(store: Store, kind: Kind, strikes: u32) {
    let mut options = options(store, Duration::from_secs(15) * strikes);
    options.kinds = Some(vec![kind]);
    options.strikes_max = usize::try_from(strikes).expect("a small number");
    (options.pause_max, options.lasts_max) = (Duration::from_millis(1_300), Duration::from_secs(2));
    options.triple_one_in = 0;
    options.supervised = false;
    (options.payers, options.dealers) = (16, 16);
    let report = blow(&options);
    assert_eq!(report.strikes, strikes, "{report}");
}

#[test]
fn a_dbfront_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing() {
    again_and_again(Store::Sqlite, Kind::Kill(Victim::Role(Role::Dbfront)), Tier::current().pick(20, 200));
}

#[test]
fn a_game_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing() {
    again_and_again(Store::Sqlite, Kind::Kill(Victim::Role(Role::Game)), Tier::current().pick(10, 100));
}

#[test]
fn a_gateway_that_is_killed_again_and_again_loses_nothing_and_doubles_nothing() {
    again_and_again(Store::Sqlite, Kind::Kill(Victim::Role(Role::Gateway)), Tier::current().pick(10, 100));
}

#[test]
fn all_three_killed_at_once_lose_nothing_and_double_nothing() {
    again_and_again(Store::Sqlite, Kind::KillAll, Tier::current().pick(5, 50));
}

#[test]
fn dbfront_and_its_server_killed_at_once_lose_nothing_and_double_nothing() {
    if has_server() {
        again_and_again(Store::Mysql, Kind::KillBoth, Tier::current().pick(5, 50));
    }
}

#[test]
fn whoever_is_killed_while_it_stops_loses_nothing_and_doubles_nothing() {
    again_and_again(Store::Sqlite, Kind::AskAndKill, Tier::current().pick(6, 60));
}
