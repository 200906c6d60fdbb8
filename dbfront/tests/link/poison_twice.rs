//! A record whose replacement the database refuses, too: memory and all that was journalled since follow from that first
//! replacement, and so must the second.

use std::path::Path;

use dbfront::Poison;
use proto::link::{Record, Value, value::V};
use rusqlite::Connection;
use tempfile::tempdir;

use crate::{
    game::{Game, pay},
    refusing::{BOUND, amend, begin, poison, refused, replacement, smaller},
    server::{Server, file},
};

const TRIGGERS: &str = "CREATE TRIGGER thirteen BEFORE UPDATE ON wallet WHEN NEW.gold IN (13, 14) \
                        BEGIN SELECT RAISE(ABORT, 'no'); END; \
                        CREATE TRIGGER reason BEFORE INSERT ON staff_log WHEN NEW.reason = 'thirteen is refused' \
                        BEGIN SELECT RAISE(ABORT, 'no'); END";

fn sql(path: &Path, sql: &str) {
    let connection = Connection::open(path).expect("a database");
    connection.busy_timeout(std::time::Duration::from_secs(30)).expect("a timeout");
    connection.execute_batch(sql).expect("runs");
}

/// The replacement of record 4 is journalled and refused in its turn; then game comes again.
fn replaced_and_refused(server: &Server, game: &mut Game, first: &Record) -> Game {
    let before = poison(server);
    amend(server, &replacement(4, first)).expect("fit");
    assert_eq!(game.until_refused(), "AMENDED");
    let is_another = |poison: Poison| poison.lsn == before.lsn && poison.since_ms != before.since_ms;
    let is_told = |server: &Server| server.orders.poison().is_ok_and(|poison| poison.is_some_and(is_another));
    assert!(server.until(BOUND, is_told), "{:?}", server.orders.poison());
    Game::begin(&server.config.link_path, 9)
}

/// The same in another column: the millisecond in the line of the ledger.
fn a_moment_later(mut record: Record) -> Record {
    let line = record.mutations.last_mut().expect("a line");
    *line.row.last_mut().expect("its last column") = Value { v: Some(V::Int(2)) };
    record
}

#[test]
fn a_second_replacement_keeps_the_gold_that_a_later_record_found_after_the_first() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = file(&server.config).to_owned();
    let mut game = refused(&server, &|text| sql(&path, text), TRIGGERS);
    let mut game = replaced_and_refused(&server, &mut game, &smaller());
    assert_eq!(game.all_gold(10), [(1, 14), (2, 136), (3, 5)]);
    game.turn(6, &[pay(6, (2, 136, 4), (3, 5, 2), 6)]);
    game.until_durable(6);

    let as_game_wrote_it = a_moment_later(pay(4, (1, 90, 3), (2, 60, 3), 77));
    let refused = amend(&server, &replacement(4, &as_game_wrote_it)).expect_err("one gold would be made");
    assert_eq!(refused.code(), "amend.amount", "{refused}");
    sql(&path, "DROP TRIGGER thirteen");
    let mut second = replacement(4, &a_moment_later(smaller()));
    second.reason = "its moment".to_owned();
    amend(&server, &second).expect("what the first one leaves stays");
    assert_eq!(game.until_refused(), "AMENDED");
    let mut game = begin(&server, 10);
    game.until_applied(6);
    assert_eq!(game.all_gold(10), [(1, 14), (2, 130), (3, 11)]);
    server.stop();
}

#[test]
fn a_row_that_the_first_replacement_left_out_stays_out_of_the_second() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = file(&server.config).to_owned();
    let mut game = refused(&server, &|text| sql(&path, text), TRIGGERS);
    let mut nothing = smaller();
    nothing.mutations.clear();
    let mut game = replaced_and_refused(&server, &mut game, &nothing);
    assert_eq!(game.all_gold(10), [(1, 90), (2, 60), (3, 5)]);
    // Under the version that the record had used.
    game.turn(6, &[pay(6, (2, 60, 3), (3, 5, 2), 6)]);
    game.until_durable(6);

    let as_game_wrote_it = a_moment_later(pay(4, (1, 90, 3), (2, 60, 3), 77));
    let refused = amend(&server, &replacement(4, &as_game_wrote_it)).expect_err("two changes to one version");
    assert_eq!(refused.code(), "amend.other_row", "{refused}");
    let mut second = replacement(4, &nothing);
    second.reason = "its reason".to_owned();
    amend(&server, &second).expect("what is out stays out");
    assert_eq!(game.until_refused(), "AMENDED");
    let mut game = begin(&server, 10);
    game.until_applied(6);
    assert_eq!(game.all_gold(10), [(1, 90), (2, 54), (3, 11)]);
    server.stop();
}
