//! Poison (reliability §2.8) on a server: retried and replaced; and a row that somebody edited there.

use dbfront::{RawConfig, RawStore, look};

use crate::{
    game::{Game, opening, pay},
    home::{DATABASE, Server as Mariadb},
    refusing::{a_refused_record_is_replaced, what_is_built_on_stays},
    server::Server,
};

const TRIGGER: &str = "CREATE TRIGGER ding_test.thirteen BEFORE UPDATE ON ding_test.wallet FOR EACH ROW \
                       SET NEW.gold = IF(NEW.gold = 13, NULL, NEW.gold)";

fn start() -> Option<(Mariadb, Server)> {
    let mariadb = Mariadb::start(&[])?;
    let url = mariadb.mariadb.url(DATABASE);
    let data = mariadb.folder().join("data folder");
    std::fs::create_dir_all(&data).expect("made");
    let store = RawStore { url: url.clone(), ..RawStore::default() };
    let config = RawConfig::default().check(store, &data).expect("sound");
    assert!(look::init(&config).expect("founded"));
    let server = Server::start_over(mariadb.mysql_at(&url), config).expect("starts");
    Some((mariadb, server))
}

#[test]
fn a_refused_record_is_replaced_on_a_server() {
    let Some((mariadb, server)) = start() else { return };
    let run = |text: &str| drop(mariadb.sql(text));
    a_refused_record_is_replaced(server, &run, TRIGGER).stop();
    let log = "SELECT CONCAT_WS('|', lsn, staff, deed, reason) FROM ding_test.staff_log";
    let log = mariadb.sql(log);
    assert!(log.contains("4|ada (uid 7)|amend|thirteen is refused"), "{log}");
}

#[test]
fn what_later_records_build_on_stays_on_a_server() {
    let Some((mariadb, server)) = start() else { return };
    let run = |text: &str| drop(mariadb.sql(text));
    what_is_built_on_stays(server, &run, TRIGGER, "DROP TRIGGER ding_test.thirteen").stop();
}

#[test]
fn a_row_changed_by_hand_is_divergence_on_a_server() {
    let Some((mariadb, server)) = start() else { return };
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_applied(2);
    mariadb.sql("UPDATE ding_test.wallet SET gold = 1000000, ver = 2 WHERE account = 1");
    game.turn(3, &[pay(3, (1, 100, 2), (2, 50, 2), 30)]);
    assert_eq!(game.until_refused(), "DIVERGENCE");
    assert_eq!(game.durable, 3, "it was durable before the database was asked");
    assert_eq!(server.end().expect_err("a named stop").code(), "DIVERGENCE");
}
