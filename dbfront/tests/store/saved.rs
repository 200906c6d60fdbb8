//! A cache that outlives its process, over a database server: the next life answers without it what the one before
//! could answer.

use dbfront::{RawConfig, RawStore, look};

use crate::{
    game::{Game, opening, pay},
    home::{DATABASE, Server as Mariadb},
    server::Server,
};

/// For everything that is looked at until it is so.
const BOUND: std::time::Duration = std::time::Duration::from_secs(60);

#[test]
fn the_next_life_over_a_server_answers_the_same_after_the_server_has_died() {
    let Some(mut mariadb) = Mariadb::start(&[]) else { return };
    let url = mariadb.mariadb.url(DATABASE);
    let data = mariadb.folder().join("data folder");
    std::fs::create_dir_all(&data).expect("made");
    let store = RawStore { url: url.clone(), ..RawStore::default() };
    let config = RawConfig::default().check(store, &data).expect("sound");
    assert!(look::init(&config).expect("founded"));
    let start = || Server::start_over(mariadb.mysql_at(&url), config.clone()).expect("starts");

    let server = start();
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &(1..=100).map(|account| opening(account, 100)).collect::<Vec<_>>());
    game.turn(101, &[pay(101, (1, 100, 2), (2, 100, 2), 30)]);
    game.until_applied(101);
    assert_eq!(game.all_gold(40).len(), 100);
    drop(game);
    server.stop();
    let saved = std::fs::read(&config.cache_file).expect("saved");

    // Somebody else's term, at the same record: what was saved before it is not believed.
    let server = start();
    assert!(server.until(BOUND, |server| server.figure("warmed_rows") == 100));
    server.stop();
    std::fs::write(&config.cache_file, saved).expect("written");
    let server = start();
    let mut game = Game::begin(&server.config.link_path, 8);
    let all = game.all_gold(40);
    assert_eq!(server.figure("warmed_rows"), 0);
    assert_ne!(server.figure("reads_of_store"), 0);
    drop(game);
    server.stop();

    let server = start();
    mariadb.mariadb.kill();
    assert!(server.until(BOUND, |server| server.figure("warmed_rows") == 100));
    let mut game = Game::begin(&server.config.link_path, 9);
    assert_eq!(game.all_gold(40), all);
    assert_eq!(game.gold(&[1, 2, 101]), [Some(70), Some(130), None]);
    assert_eq!(server.figure("reads_of_store"), 0);
    server.stop();
}
