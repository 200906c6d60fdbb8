//! A whole dbfront over a server that breaks off at commits: game notices nothing, and everything is in once.

use dbfront::{RawConfig, RawStore, look};

use crate::{
    game::{Game, opening, pay},
    home::{DATABASE, Server as Mariadb},
    proxy::{AtCommit, Proxy},
    server::Server,
};

#[test]
fn whatever_becomes_of_a_commit_each_record_is_applied_once() {
    let Some(mariadb) = Mariadb::start(&[]) else { return };
    let proxy = Proxy::new(mariadb.mariadb.port());
    let url = format!("mysql://ding:only%20for%20tests@127.0.0.1:{}/{DATABASE}", proxy.port);
    let store = RawStore { url: url.clone(), ..RawStore::default() };
    let data = mariadb.folder().join("data folder");
    std::fs::create_dir(&data).expect("made");
    let raw = RawConfig { segment_bytes: 4 << 20, ..RawConfig::default() };
    let config = raw.check(store, &data).expect("sound");
    assert!(look::init(&config).expect("founded"));
    let server = Server::start_over(mariadb.mysql_at(&url), config).expect("starts");
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 1_000), opening(2, 0)]);
    game.until_applied(2);
    let (mut one, mut two) = (1_000, 0);
    let fates = [AtCommit::CutBefore, AtCommit::CutAfter, AtCommit::Pass];
    for (n, fate) in (0..60).zip(fates.into_iter().cycle()) {
        proxy.at_commit(fate);
        let lsn = 3 + n;
        game.turn(lsn, &[pay(lsn, (1, one, 2 + n), (2, two, 2 + n), 7)]);
        (one, two) = (one - 7, two + 7);
        game.until_applied(lsn);
    }
    assert_eq!(game.all_gold(9), [(1, one), (2, two)]);
    assert_eq!(server.figure("apply_retries"), 40, "each cut is one");
    server.stop();
    // Told by the server itself.
    let found =
        mariadb.sql("SELECT account, gold, ver FROM wallet ORDER BY account; SELECT COUNT(*) FROM ledger");
    assert_eq!(found, format!("1\t{one}\t61\n2\t{two}\t61\n60\n"));
}
