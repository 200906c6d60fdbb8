//! Matches that are over go when they are old: with their chunks and what players' lists have of them, by records, little
//! by little.

use std::time::Duration;

use proto::{
    link::{Mutation, Op, Record},
    prescan::Budget,
    rpc::Failure,
    tables::{Bits, ReplayChunkRow, ReplayPlayerRow, ReplayRow, Row, Table},
    wire,
};

use super::*;

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn put<R: Row>(row: &R) -> Mutation {
    let (table, op) = (R::DEF.table as u32, Op::Upsert.into());
    Mutation { table, op, ver: 1, row: row.values(), ..Mutation::default() }
}

/// Hardly anything is in memory beforehand. Of matches: how many days ago each ended, with so many chunks, and who played.
fn play(kept_days: u32, matches: &[(u32, u32, &[&str])]) -> Play {
    let never = Duration::ZERO;
    let mut play = Play::new(WorldConfig {
        preload: false,
        cache_accounts_max: 1,
        reports_kept: never,
        replays_kept: kept_days * DAY,
        ..WorldConfig::default()
    });
    play.run("ana logs in\nbo logs in\ncy logs in");
    for (n, (days, chunks, players)) in (1..).zip(matches) {
        let ended_ms = play.now.wall_ms - u64::from(*days) * 24 * 3_600_000;
        let players: Vec<u64> = players.iter().map(|name| play.people.all[*name].account).collect();
        let (kind, outcome) = ("chess".to_owned(), "mate".to_owned());
        let mut mutations = vec![put(&ReplayRow {
            id: n,
            kind: kind.clone(),
            number: 1,
            options: vec![].into(),
            seed: vec![1; 32].into(),
            opened_ms: ended_ms,
            ended_ms,
            inputs: 5,
            chunks: *chunks,
            hash: Bits(u64::MAX),
            outcome: outcome.clone(),
            players: format!("{players:?}"),
        })];
        mutations
            .extend((0..*chunks).map(|n_| put(&ReplayChunkRow { replay: n, n: n_, inputs: vec![1].into() })));
        mutations.extend(players.iter().map(|&account| {
            let (kind, outcome) = (kind.clone(), outcome.clone());
            put(&ReplayPlayerRow { account, replay: n, kind, ended_ms, outcome, place: 0 })
        }));
        play.store.plant(mutations);
    }
    play.restart();
    play
}

/// Long enough for a walk through a table as small as a test's, in steps as small as they come.
fn walk(play: &mut Play) {
    (0..200).for_each(|_| play.pass(Duration::from_secs(1)));
}

/// Matches that are there, and how many chunks and lines of players there are of each.
fn kept(play: &Play) -> Vec<(u64, usize, usize)> {
    let chunks = play.store.rows::<ReplayChunkRow>();
    let lines = play.store.rows::<ReplayPlayerRow>();
    let mut ids: Vec<u64> = play.store.rows::<ReplayRow>().iter().map(|row| row.id).collect();
    ids.extend(chunks.iter().map(|row| row.replay).chain(lines.iter().map(|row| row.replay)));
    ids.sort_unstable();
    ids.dedup();
    let of = |id| {
        let chunks = chunks.iter().filter(|row| row.replay == id).count();
        (id, chunks, lines.iter().filter(|row| row.replay == id).count())
    };
    ids.into_iter().map(of).collect()
}

/// Chunks that each record takes away, of those that take any row of a match.
fn deletes(play: &Play) -> Vec<usize> {
    let records = play.store.journal.iter().filter_map(|(_, payload, _)| {
        let record: Record = wire::decode(payload, Budget::LINK).unwrap();
        let of = |table: Table| {
            let is_of = |one: &&Mutation| one.table == table as u32 && one.op() == Op::Delete;
            record.mutations.iter().filter(is_of).count()
        };
        let is_any = of(Table::Replay) + of(Table::ReplayChunk) + of(Table::ReplayPlayer) != 0;
        assert!(!is_any || !record.value, "nobody waits for it");
        is_any.then(|| of(Table::ReplayChunk))
    });
    records.collect()
}

#[test]
fn matches_go_with_all_that_is_of_them_when_they_are_old_and_the_others_stay() {
    let mut play =
        play(10, &[(11, 9, &["ana", "bo"]), (10, 0, &["cy"]), (9, 2, &["ana", "cy"]), (0, 1, &[])]);
    walk(&mut play);
    assert_eq!(kept(&play), [(3, 2, 2), (4, 1, 0)]);
    assert_eq!(
        deletes(&play),
        [4, 4, 1, 0],
        "a page of chunks a record, and the match with the last of them"
    );
    assert_eq!(play.world.figures().replays_pruned, 2);
    play.pass(DAY);
    walk(&mut play);
    assert_eq!(kept(&play), [(4, 1, 0)]);
    play.pass(10 * DAY);
    walk(&mut play);
    assert_eq!(kept(&play), []);
}

#[test]
fn with_zero_days_no_match_goes_and_nothing_is_asked_for() {
    let mut play = play(0, &[(1_000, 1, &["ana"])]);
    let reads = play.store.reads;
    walk(&mut play);
    assert_eq!((kept(&play), play.store.reads), (vec![(1, 1, 1)], reads));
}

#[test]
fn a_crash_while_a_match_goes_is_gone_on_from_by_the_next_walk() {
    for durable in 0..5 {
        let mut play = play(10, &[(11, 6, &["ana", "bo"]), (12, 1, &["ana"])]);
        play.run("hold syncs");
        walk(&mut play);
        play.sync(durable);
        play.restart();
        play.run("let syncs");
        walk(&mut play);
        assert_eq!(kept(&play), [], "after {durable}");
    }
}

#[test]
fn matches_wait_while_the_store_is_away_or_short_of_room_and_go_after() {
    let mut play = play(10, &[(11, 6, &["ana", "bo"])]);
    play.run("level yellow");
    walk(&mut play);
    assert_eq!(kept(&play), [(1, 6, 2)]);
    play.run("level green\nhold reads");
    walk(&mut play);
    play.fail_reads(Failure::LinkLost);
    walk(&mut play);
    play.fail_reads(Failure::Deadline);
    play.run("let reads");
    walk(&mut play);
    walk(&mut play);
    assert_eq!(kept(&play), []);
}

#[test]
fn who_was_forgotten_meanwhile_is_not_missed() {
    let mut play = play(10, &[(11, 1, &["ana", "bo"]), (1, 1, &["ana"])]);
    play.run("staff deletes ana");
    assert_eq!(kept(&play), [(1, 1, 1), (2, 1, 0)], "no list of hers is left, and what others played is");
    walk(&mut play);
    assert_eq!(kept(&play), [(2, 1, 0)]);
}
