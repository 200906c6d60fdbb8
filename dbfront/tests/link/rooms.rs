//! Matches that are running: a game that is killed finds all of their rows, also while the database is away, and
//! whatever was in memory before.

use std::fs;

use dbfront::store::sqlite::Sqlite;
use proto::{
    limits::ROOM_STATE_BYTES_MAX,
    link::{Mutation, Op, Record, Scan, Value, read_request::What},
    tables::{RoomClockRow, RoomEntryRow, RoomRow, RoomStakeRow, Row},
};
use tempfile::tempdir;

use crate::{
    game::{Game, id, record, wallet},
    server::{Server, config, file},
    switch::Switch,
};

fn room(number: u64) -> RoomRow {
    RoomRow {
        id: number,
        kind: "chess".to_owned(),
        number: 7,
        options: vec![1].into(),
        seed: vec![2; 32].into(),
        opened_ms: 1,
        opened_at: 2,
        inputs: 3,
        chunks: 0,
        // Deflated bytes do not get smaller.
        state: blake3_of(number, ROOM_STATE_BYTES_MAX).into(),
    }
}

fn blake3_of(seed: u64, bytes: usize) -> Vec<u8> {
    let mut out = vec![0; bytes];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut out);
    out
}

fn entry(room: u64, first: u64) -> RoomEntryRow {
    RoomEntryRow { room, first, inputs: vec![4; 100].into() }
}

fn put<R: Row>(row: &R, ver: u64) -> Mutation {
    let (table, op) = (R::DEF.table as u32, Op::Upsert.into());
    Mutation { table, op, ver, row: row.values(), ..Mutation::default() }
}

fn delete<R: Row>(row: &R, ver: u64) -> Mutation {
    let key = row.values()[..R::DEF.key_columns].to_vec();
    Mutation { op: Op::Delete.into(), row: key, ..put(row, ver) }
}

fn progress(mutations: Vec<Mutation>) -> Record {
    Record { value: false, ..record(mutations, 0) }
}

/// All rows of a table whose keys begin so, page by page.
fn all<R: Row>(game: &mut Game, prefix: &[Value]) -> Vec<R> {
    let (mut all, mut after) = (Vec::new(), Vec::new());
    loop {
        let table = R::DEF.table as u32;
        let scan = Scan { table, prefix: prefix.to_vec(), after, rows_max: 1_024 };
        let found = game.read(What::Scan(scan), 2_000).expect("answered without the database");
        assert_eq!(found.error, "");
        let rows = found.rows.iter().filter_map(|found| found.row.as_ref());
        let rows: Vec<R> = rows.map(|row| R::from_values(&row.row).expect("a row")).collect();
        after = rows.last().map(|row| row.values()[..R::DEF.key_columns].to_vec()).unwrap_or_default();
        all.extend(rows);
        if found.done {
            return all;
        }
    }
}

#[test]
fn a_killed_game_finds_its_matches_while_the_database_is_away_also_those_from_before_a_start_of_dbfront() {
    let data = tempdir().expect("a folder");
    let mut config = config(data.path());
    // Room for nothing that is not kept.
    config.cache_bytes = 0;
    let switch = Switch::new(Sqlite::new(file(&config).to_owned()));
    let server = Server::start_over(switch.clone(), config.clone()).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 7);
    let mut stake = put(&RoomStakeRow { room: 1, account: 5, gold: 30 }, 1);
    game.turn(1, &[record(vec![wallet(5, 0, 70, 1), stake.clone()], 100)]);
    for number in 1..=6 {
        game.turn(1 + number, &[progress(vec![put(&room(number), 1), put(&entry(number, 1), 1)])]);
    }
    game.turn(8, &[progress(vec![put(&RoomClockRow { id: 0, at_ms: 9, wall_ms: 9 }, 1)])]);
    game.until_applied(8);
    server.stop();
    let _ = fs::remove_file(&config.cache_file);

    let server = Server::start_over(switch.clone(), config).expect("starts");
    switch.set_away(true);
    let mut game = Game::begin(&server.config.link_path, 8);
    for n in 0..50 {
        game.turn(9 + n, &[progress(vec![put(&entry(2, 2 + n), 1)])]);
    }
    game.turn(59, &[progress((1..=50).map(|first| delete(&entry(2, first), 2)).collect())]);
    stake = Mutation { gold_before: 30, ..delete(&RoomStakeRow { room: 1, account: 5, gold: 30 }, 2) };
    game.turn(60, &[record(vec![wallet(5, 70, 100, 2), stake, delete(&room(1), 2)], 0)]);
    game.until_durable(60);
    drop(game);

    let mut game = Game::begin(&server.config.link_path, 9);
    let expect = |game: &mut Game| {
        let rooms: Vec<RoomRow> = all(game, &[]);
        assert_eq!(rooms, (2..=6).map(room).collect::<Vec<_>>(), "1.25 MiB in two pages");
        assert_eq!(all::<RoomEntryRow>(game, &[id(2)]), [entry(2, 51)]);
        let entries: Vec<RoomEntryRow> = all(game, &[]);
        let others = (3..=6).map(|number| entry(number, 1));
        assert_eq!(entries, [entry(1, 1), entry(2, 51)].into_iter().chain(others).collect::<Vec<_>>());
        assert_eq!(all::<RoomStakeRow>(game, &[]), []);
        assert_eq!(all::<RoomClockRow>(game, &[]), [RoomClockRow { id: 0, at_ms: 9, wall_ms: 9 }]);
    };
    expect(&mut game);
    switch.set_away(false);
    game.until_applied(60);
    switch.set_away(true);
    expect(&mut game);
    switch.set_away(false);
    server.stop();
}
