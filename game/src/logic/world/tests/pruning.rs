//! What is kept for so many days goes after them, by records, little by little.

use std::time::Duration;

use proto::{
    level::Level,
    limits::REPORTS_KEPT_MAX,
    link::{Op, Record},
    prescan::Budget,
    rpc::Failure,
    tables::{ReportRow, Table},
    wire,
};

use super::*;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Nothing but accounts is in memory beforehand, and hardly of anybody.
fn play(days: u32, cache_accounts_max: usize) -> Play {
    let mut play = Play::new(WorldConfig {
        preload: false,
        cache_accounts_max,
        reports_kept: days * DAY,
        replays_kept: Duration::ZERO,
        ..WorldConfig::default()
    });
    play.run("ana logs in\nbo logs in\ncy logs in\ndi logs in");
    play
}

/// Who is reported by whom.
fn reports(play: &Play) -> Vec<(String, String)> {
    let name = |account| {
        let found = play.people.all.iter().find(|(_, person)| person.account == account);
        found.map_or_else(String::new, |(name, _)| name.clone())
    };
    let mut rows: Vec<_> = play
        .store
        .rows::<ReportRow>()
        .into_iter()
        .map(|row| (name(row.account), name(row.by_account)))
        .collect();
    rows.sort();
    rows
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(of, by)| ((*of).to_owned(), (*by).to_owned())).collect()
}

/// Long enough for a walk through a table as small as a test's, in steps as small as they come.
fn walk(play: &mut Play) {
    (0..120).for_each(|_| play.pass(Duration::from_secs(1)));
}

/// Reports that each record takes away, of those that take any.
fn deletes(play: &Play) -> Vec<usize> {
    let records = play.store.journal.iter().map(|(_, payload, _)| {
        let record: Record = wire::decode(payload, Budget::LINK).unwrap();
        let is_delete = |mutation: &&proto::link::Mutation| {
            mutation.table == Table::Report as u32 && mutation.op() == Op::Delete
        };
        record.mutations.iter().filter(is_delete).count()
    });
    records.filter(|count| 0 < *count).collect()
}

#[test]
fn reports_go_when_they_are_old_and_the_others_stay() {
    for cache_accounts_max in [1, 1_000] {
        let mut play = play(10, cache_accounts_max);
        play.run("ana reports :bo spam\ncy reports :bo spam\nana reports :di spam\nbo reports :ana spam");
        play.pass(9 * DAY);
        play.run("di reports :bo rude\nbo reports :ana more");
        walk(&mut play);
        assert_eq!(reports(&play).len(), 5, "nothing is ten days old");
        play.pass(DAY);
        walk(&mut play);
        assert_eq!(reports(&play), pairs(&[("ana", "bo"), ("bo", "di")]), "the last word of each counts");
        assert_eq!(deletes(&play), [2, 1], "a record for each account");
        assert_eq!(play.world.figures().reports_pruned, 3);
        play.pass(10 * DAY);
        walk(&mut play);
        assert!(reports(&play).is_empty());
    }
}

#[test]
fn no_record_takes_away_more_than_an_account_can_have() {
    let mut play = play(10, 1_000);
    for n in 0..REPORTS_KEPT_MAX + 3 {
        play.run(&format!("p{n} connects from 1.2.{n}.1\np{n} logs in\npass 10\np{n} reports :bo too"));
    }
    play.pass(10 * DAY);
    walk(&mut play);
    assert_eq!((reports(&play).len(), deletes(&play)), (0, vec![REPORTS_KEPT_MAX]));
}

#[test]
fn with_zero_days_nothing_goes_and_nothing_is_asked_for() {
    let mut play = play(0, 1_000);
    play.run("ana reports :bo spam");
    let reads = play.store.reads;
    play.pass(1_000 * DAY);
    walk(&mut play);
    assert_eq!((reports(&play).len(), play.store.reads), (1, reads));
}

#[test]
fn a_crash_between_two_is_gone_on_from_by_the_next_walk() {
    for durable in 0..4 {
        let mut play = play(10, 1);
        play.run("ana reports :bo spam\ncy reports :ana spam\nana reports :di spam");
        play.pass(10 * DAY);
        play.run("hold syncs");
        walk(&mut play);
        play.sync(durable);
        play.restart();
        play.run("let syncs");
        walk(&mut play);
        assert!(reports(&play).is_empty(), "after {durable}");
    }
}

#[test]
fn it_stands_back_while_the_store_is_away_or_short_of_room_and_goes_on_after() {
    let mut play = play(10, 1);
    play.run("ana reports :bo spam\nlevel yellow");
    play.pass(10 * DAY);
    walk(&mut play);
    assert_eq!((reports(&play).len(), play.world.figures().level), (1, Level::Yellow as u64));
    play.run("level green\nhold reads");
    walk(&mut play);
    play.fail_reads(Failure::LinkLost);
    walk(&mut play);
    play.fail_reads(Failure::Deadline);
    play.run("let reads");
    walk(&mut play);
    walk(&mut play);
    assert!(reports(&play).is_empty());
}
