//! Game dies between a command's effect in memory, its record on the way to dbfront, and its answer (F05).

use std::{path::PathBuf, time::Duration};

use game::failpoint::POINTS;
use lab::{
    chaos::{
        Role,
        storm::{
            Store, StormOptions,
            deaths::{self, Death},
        },
    },
    needs,
};

/// At each place: with the first record of a life, in the logins after a start, and in the middle of play.
const CI: &[u32] = &[0, 60];
const FULL: &[u32] = &[0, 1, 5, 20, 50, 80, 120, 200, 300, 500];
/// A start and the way to the place, on the slowest machine: they end when the last place was reached.
const EACH: Duration = Duration::from_secs(20);

#[test]
fn a_game_killed_between_memory_queue_and_answer_loses_nothing_doubles_nothing_and_lies_to_nobody() {
    let is_full = needs::tier().as_deref() == Some("full");
    let skipped = if is_full { FULL } else { CI };
    // One place after the other, and all of them again later: no place has the young world for itself.
    let deaths: Vec<Death> = skipped
        .iter()
        .flat_map(|&skipped| POINTS.iter().map(move |point| Death { point: (*point).to_owned(), skipped }))
        .collect();
    let count = u32::try_from(deaths.len()).expect("a small number");
    let ding = PathBuf::from(env!("CARGO_BIN_EXE_ding"));
    let mut options = StormOptions::new(ding, Store::Sqlite, 1, EACH * count);
    (options.payers, options.dealers) = (16, 16);
    let report =
        deaths::run(&options, Role::Game, &deaths).expect("each place is reached, and game comes back");
    println!("{report}");
    assert!(report.is_good(), "{report}");
    assert_eq!(report.strikes, count, "{report}");
    assert!(10 * u64::from(count) < report.payments.ok, "they played: {report}");
    let of_deals = |outcome: &str| -> u64 {
        report.audit.told.iter().filter(|told| told.outcome == outcome).map(|told| told.count).sum()
    };
    let done = report.payments.told_done + of_deals("happened");
    let not_done = report.payments.told_not + of_deals("did_not");
    println!("without an answer: {done} told done, {not_done} told not done by the next login");
    assert!(0 < done && 0 < not_done, "there was both: {report}");
    let unknown = report.payments.unknown + of_deals("unknown");
    assert_eq!(unknown, 0, "whoever had no answer learned the truth at its next login: {report}");
}
