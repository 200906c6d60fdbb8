//! Things that change hands: read as whole sets at once, while the database is away, and after a journal was
//! replayed onto an older database.

use std::fs;

use dbfront::store::sqlite::Sqlite;
use proto::{
    limits::RECORD_SCHEMA,
    link::{Goods, GoodsFlow, Mutation, Op, Record, Scan, read_request::What},
    rpc::Failure,
    tables::{ItemRow, Place, Reason, Row as _, Table},
};
use tempfile::tempdir;

use crate::{
    game::{Game, id},
    server::{Server, config, file},
    switch::Switch,
};

fn item(holder: u64, item: u64, quantity: u32) -> ItemRow {
    ItemRow { holder, id: item, kind: 4, quantity, place: Place::Bag as u32, slot: 0 }
}

fn put(item: &ItemRow) -> Mutation {
    let (table, op) = (Table::Item as u32, Op::Upsert.into());
    Mutation { table, op, ver: 1, row: item.values(), ..Mutation::default() }
}

fn take(item: &ItemRow, ver: u64) -> Mutation {
    let goods_before = Some(Goods { kind: item.kind, quantity: item.quantity });
    Mutation { op: Op::Delete.into(), ver, row: item.values()[..2].to_vec(), goods_before, ..put(item) }
}

fn record(mutations: Vec<Mutation>, amount: i64) -> Record {
    let goods = vec![GoodsFlow { reason: Reason::Loot as u32, kind: 4, amount }];
    Record { schema: RECORD_SCHEMA, value: true, mutations, goods, wall_ms: 1, ..Record::default() }
}

/// From one holder's hands into another's, where it was `ver - 1` before.
fn moved(from: &ItemRow, ver: u64, holder: u64) -> Record {
    record(vec![take(from, ver), put(&ItemRow { holder, ..from.clone() })], 0)
}

fn scan(holder: u64) -> What {
    What::Scan(Scan {
        table: Table::Item as u32,
        prefix: vec![id(holder)],
        rows_max: 1_024,
        ..Scan::default()
    })
}

fn bag(game: &mut Game, holder: u64) -> Vec<ItemRow> {
    let response = game.read(scan(holder), 30_000).expect("an answer");
    assert!(response.done);
    let rows = response.rows.into_iter().filter_map(|found| found.row);
    rows.map(|row| ItemRow::from_values(&row.row).expect("an item")).collect()
}

/// Three things of the first holder; one goes to the second and comes back, one goes and stays.
fn play(game: &mut Game) {
    let [one, two, three] = [item(1, 11, 5), item(1, 12, 6), item(1, 13, 7)];
    game.turn(1, &[record(vec![put(&one), put(&two), put(&three)], 18)]);
    let back = item(2, 11, 5);
    game.turn(2, &[moved(&one, 2, 2), moved(&back, 2, 1)]);
    game.turn(4, &[moved(&two, 2, 2)]);
}

fn expected(game: &mut Game) {
    assert_eq!(bag(game, 1), [item(1, 11, 5), item(1, 13, 7)]);
    assert_eq!(bag(game, 2), [item(2, 12, 6)]);
    assert_eq!(bag(game, 3), []);
}

#[test]
fn a_set_is_as_of_the_last_record_before_and_after_it_is_applied_and_while_the_database_is_away() {
    let data = tempdir().expect("a folder");
    let config = config(data.path());
    let switch = Switch::new(Sqlite::new(file(&config).to_owned()));
    let server = Server::start_over(switch.clone(), config.clone()).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 7);
    play(&mut game);
    expected(&mut game);
    game.until_applied(4);
    expected(&mut game);
    server.stop();

    // Nothing is in memory without what the stop saved, but what is read.
    fs::remove_file(&config.cache_file).expect("saved");
    let server = Server::start_over(switch.clone(), config).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 8);
    expected(&mut game);
    switch.set_away(true);
    game.turn(5, &[moved(&item(2, 12, 6), 2, 3)]);
    game.until_durable(5);
    assert_eq!(bag(&mut game, 1), [item(1, 11, 5), item(1, 13, 7)]);
    assert_eq!(bag(&mut game, 2), []);
    assert_eq!(bag(&mut game, 3), [item(3, 12, 6)]);
    assert_eq!(
        game.read(scan(4), 200).map(|_| ()),
        Err(Failure::Deadline as u64),
        "nobody has asked for it before"
    );
    switch.set_away(false);
    game.until_applied(5);
    assert_eq!(bag(&mut game, 4), []);
    server.stop();
}

#[test]
fn things_that_changed_hands_are_where_they_belong_when_the_journal_is_replayed() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = file(&server.config).to_owned();
    server.stop();
    let empty = fs::read(&path).expect("a database");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    play(&mut game);
    game.until_applied(4);
    server.stop();
    fs::write(&path, empty).expect("writable");

    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 8);
    expected(&mut game);
    game.until_applied(4);
    expected(&mut game);
    game.turn(5, &[moved(&item(1, 11, 5), 2, 3)]);
    game.until_applied(5);
    assert_eq!(bag(&mut game, 3), [item(3, 11, 5)]);
    server.stop();
}

#[test]
fn goods_that_do_not_fit_the_row_or_do_not_add_up_are_refused() {
    let wrong = [
        // It holds five.
        moved(&item(1, 11, 6), 2, 2),
        // Another kind.
        moved(&ItemRow { kind: 5, ..item(1, 11, 5) }, 2, 2),
        // Made from nothing.
        record(vec![put(&item(2, 14, 1))], 0),
    ];
    for record in wrong {
        let data = tempdir().expect("a folder");
        let server = Server::start(data.path());
        let mut game = Game::begin(&server.config.link_path, 7);
        play(&mut game);
        game.turn(5, &[record]);
        assert_eq!(game.until_refused(), "NACK_INVARIANT");
        server.stop();
    }
}
