//! A game that writes and reads, is lost, comes back, and is refused where it must be.

use proto::{
    link::{Key, LinkHello, Mutation, Op as MutationOp, Release, Scan, read_request::What},
    link_io::Op,
    rpc::Failure,
    tables::Table,
};
use tempfile::tempdir;

use crate::{
    game::{Game, get, greeting, id, opening, pay, record, turn, wallet},
    server::{Server, config},
};

#[test]
fn a_game_reads_what_it_wrote_at_once_and_it_becomes_durable_and_applied() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    assert_eq!(server.ready.journal_lsn, 0);
    let mut game = Game::begin(&server.config.link_path, 7);
    assert_eq!((game.welcome.epoch, game.durable, game.applied), (1, 0, 0));

    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.turn(3, &[pay(3, (1, 100, 2), (2, 50, 2), 30)]);
    assert_eq!(game.gold(&[1, 2, 3]), [Some(70), Some(80), None]);
    game.until_durable(3);
    game.until_applied(3);
    assert_eq!(game.gold(&[1, 2, 3]), [Some(70), Some(80), None]);
    assert_eq!(game.all_gold(1), [(1, 70), (2, 80)]);
    assert_eq!(server.figure("lsn_applied"), 3);
    server.stop();
}

#[test]
fn a_restart_keeps_everything_and_goes_on_under_the_same_or_a_new_epoch() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50)]);
    game.until_durable(2);
    server.stop();
    assert!(game.hear().is_none_or(|said| matches!(said.op, Op::Durable | Op::Applied)));

    let server = Server::start(data.path());
    assert_eq!(server.ready.journal_lsn, 2);
    let hello = LinkHello { epoch: 1, durable_seen: 2, ..greeting(7) };
    let mut game = Game::knock(&server.config.link_path, &hello);
    assert_eq!((game.welcome.refused.as_str(), game.welcome.epoch, game.durable), ("", 1, 2));
    game.turn(3, &[pay(3, (1, 100, 2), (2, 50, 2), 30)]);
    game.until_durable(3);
    drop(game);
    server.stop();

    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 8);
    assert_eq!((game.welcome.epoch, game.durable), (2, 3));
    assert_eq!(game.all_gold(1_024), [(1, 70), (2, 80)]);
    game.until_applied(3);
    server.stop();
}

#[test]
fn what_was_lost_with_the_link_is_sent_again_and_counts_once() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    let turns = [vec![opening(1, 100)], vec![opening(2, 50)], vec![pay(3, (1, 100, 2), (2, 50, 2), 30)]];
    for (lsn, records) in (1..).zip(&turns) {
        game.turn(lsn, records);
    }
    drop(game);

    let hello = LinkHello { epoch: 1, ..greeting(7) };
    let mut game = Game::knock(&server.config.link_path, &hello);
    assert_eq!(game.welcome.refused, "");
    let from = game.welcome.durable;
    for (lsn, records) in (1..).zip(&turns).filter(|&(lsn, _)| from < lsn) {
        game.turn(lsn, records);
    }
    game.until_durable(3);
    // Even what is acknowledged already may be sent again, byte for byte.
    game.turn(1, &turns[0]);
    assert_eq!(game.gold(&[1, 2]), [Some(70), Some(80)]);
    game.until_applied(3);
    server.stop();
}

#[test]
fn other_bytes_under_a_known_number_and_gaps_are_divergence() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100)]);
    game.turn(3, &[opening(2, 100)]);
    assert_eq!(game.until_refused(), "DIVERGENCE");

    let mut game = Game::begin(&server.config.link_path, 7);
    let mut bytes = turn(&[opening(2, 100)]);
    *bytes.last_mut().expect("bytes") ^= 1;
    let epoch = game.welcome.epoch;
    game.send(Op::Turn, 2, epoch, &bytes);
    assert_eq!(game.until_refused(), "TURN_BROKEN");

    let mut game = Game::begin(&server.config.link_path, 7);
    assert_eq!(game.gold(&[1, 2]), [Some(100), None]);

    // Neither can know which of the two is true: both stop (D5).
    game.turn(1, &[opening(1, 101)]);
    assert_eq!(game.until_refused(), "DIVERGENCE");
    assert_eq!(server.end().expect_err("a named stop").code(), "DIVERGENCE");
}

#[test]
fn a_record_that_makes_gold_or_skips_a_version_is_refused_and_leaves_no_trace() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let delete = |ver, before| Mutation {
        op: MutationOp::Delete.into(),
        row: vec![id(1)],
        ..wallet(1, before, 0, ver)
    };
    let bad = [
        record(vec![wallet(1, 100, 150, 2)], 0),
        record(vec![wallet(1, 90, 100, 2)], 10),
        record(vec![wallet(1, 100, 100, 3)], 0),
        record(vec![wallet(1, 0, 5, 1)], 5),
        record(vec![delete(3, 100)], -100),
        record(vec![wallet(2, 7, 7, 2)], 0),
    ];
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100)]);
    game.until_durable(1);
    game.until_applied(1);
    // So that memory knows that there is no second wallet.
    assert_eq!(game.all_gold(10), [(1, 100)]);
    for bad in bad {
        game.turn(2, &[record(vec![wallet(1, 100, 99, 2)], -1), bad]);
        assert_eq!(game.until_refused(), "NACK_INVARIANT");
        game = Game::begin(&server.config.link_path, 7);
        assert_eq!(game.durable, 1);
        assert_eq!(game.all_gold(10), [(1, 100)]);
    }
    server.stop();
}

#[test]
fn one_game_writes_at_a_time_and_only_under_its_own_epoch() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let path = server.config.link_path.clone();
    let mut first = Game::begin(&path, 1);
    assert_eq!(Game::knock(&path, &greeting(2)).welcome.refused, "WRITER_EXISTS");
    let newer = LinkHello { schema: 99, ..greeting(1) };
    assert_eq!(Game::knock(&path, &newer).welcome.refused, "SCHEMA_TOO_NEW");
    let gateway = LinkHello { role: "gateway".into(), ..greeting(1) };
    assert_eq!(Game::knock(&path, &gateway).welcome.refused, "WRONG_ROLE");

    let takeover = LinkHello { takeover: true, ..greeting(2) };
    let second = Game::knock(&path, &takeover);
    assert_eq!((second.welcome.refused.as_str(), second.welcome.epoch), ("", 2));
    assert_eq!(first.until_refused(), "FENCED");
    let back = LinkHello { epoch: 1, ..greeting(1) };
    assert_eq!(Game::knock(&path, &back).welcome.refused, "FENCED");
    drop(second);

    let mut third = Game::begin(&path, 3);
    assert_eq!(third.welcome.epoch, 3);
    // Its own hand: of two links of one game the one that comes later stays, and the other says nothing of an end.
    let again = LinkHello { epoch: 3, ..greeting(3) };
    let late = Game::knock(&path, &again);
    assert_eq!((late.welcome.refused.as_str(), late.welcome.epoch), ("", 3));
    assert_eq!(third.until_refused(), "LINK_REPLACED");
    let mut third = late;
    third.send(Op::Turn, 1, 2, &turn(&[opening(1, 1)]));
    assert_eq!(third.until_refused(), "FENCED");
    server.stop();
}

#[test]
fn a_journal_that_has_less_than_was_acknowledged_is_repaired_by_the_game_that_has_it_or_ends_both() {
    let data = tempdir().expect("a folder");
    let turns = [[opening(1, 100)], [opening(2, 50)], [pay(3, (1, 100, 2), (2, 50, 2), 30)]];
    // The journal as it was after the first turn, put back while game lives.
    let server = Server::start(data.path());
    let path = server.config.link_path.clone();
    let mut game = Game::begin(&path, 7);
    game.turn(1, &turns[0]);
    game.until_applied(1);
    server.stop();
    let (journal, aside) = (data.path().join("journal"), data.path().join("aside"));
    copy(&journal, &aside);

    let server = Server::start(data.path());
    let holds = LinkHello { epoch: 1, durable_seen: 3, held_from: 2, ..greeting(7) };
    let mut game = Game::knock(&path, &holds);
    assert_eq!((game.welcome.refused.as_str(), game.welcome.durable), ("", 1));
    for (lsn, records) in (2..).zip(&turns[1..]) {
        game.turn(lsn, records);
    }
    game.until_applied(3);
    assert_eq!(game.all_gold(10), [(1, 70), (2, 80)]);
    server.stop();

    let server = Server::start(data.path());
    let lacks = LinkHello { epoch: 1, durable_seen: 5, held_from: 5, ..greeting(7) };
    assert_eq!(Game::knock(&path, &lacks).welcome.refused, "JOURNAL_REGRESSION");
    assert_eq!(server.end().expect_err("a named stop").code(), "JOURNAL_REGRESSION");

    // So does an epoch that the journal never had: it was durable once.
    let server = Server::start(data.path());
    let later = LinkHello { epoch: 9, held_from: 2, ..greeting(7) };
    assert_eq!(Game::knock(&path, &later).welcome.refused, "JOURNAL_REGRESSION");
    assert_eq!(server.end().expect_err("a named stop").code(), "JOURNAL_REGRESSION");

    // B7: the database is ahead of a journal that was restored alone.
    std::fs::remove_dir_all(&journal).expect("removed");
    copy(&aside, &journal);
    let refused = Server::start_with(config(data.path())).err().expect("a named stop");
    assert_eq!(refused.code(), "JOURNAL_BEHIND_DB");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir(to).expect("made");
    for file in std::fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file");
        std::fs::copy(file.path(), to.join(file.file_name())).expect("copied");
    }
}

#[test]
fn calls_that_make_no_sense_fail_alone() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    let bad = Err(Failure::BadRequest as u64);
    let scan = |table, rows_max| What::Scan(Scan { table, prefix: vec![], after: vec![], rows_max });
    let ledger = Key { key: vec![id(1), id(0)] };
    let get_ledger = proto::link::Get { table: Table::Ledger as u32, keys: vec![ledger] };
    assert_eq!(game.read(scan(99, 1), 1_000), bad);
    assert_eq!(game.read(scan(Table::Wallet as u32, 0), 1_000), bad);
    assert_eq!(game.read(scan(Table::Wallet as u32, 100_000), 1_000), bad);
    assert_eq!(game.read(What::Get(get_ledger), 1_000), bad);
    let many: Vec<u64> = (0..257).collect();
    assert_eq!(game.read(get(&many), 1_000), bad);
    let release = Release { table: Table::Wallet as u32, keys: vec![Key { key: vec![id(1)] }] };
    assert!(game.read(What::Release(release), 1_000).is_ok());
    assert_eq!(game.gold(&[1]), [None]);
    server.stop();
}

#[test]
fn calls_that_are_given_up_and_replies_to_nothing_leave_the_link_as_it_is() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    game.send(Op::Cancel, 99, 0, &[]);
    game.send(Op::Reply, 99, 0, b"to nothing");
    game.turn(1, &[opening(1, 100)]);
    assert_eq!(game.gold(&[1]), [Some(100)]);
    server.stop();
}

#[test]
fn pages_of_an_append_only_table_say_as_of_when() {
    let data = tempdir().expect("a folder");
    let server = Server::start(data.path());
    let mut game = Game::begin(&server.config.link_path, 7);
    game.turn(1, &[opening(1, 100), opening(2, 50), pay(3, (1, 100, 2), (2, 50, 2), 30)]);
    game.until_applied(3);
    let scan = Scan { table: Table::Ledger as u32, prefix: vec![], after: vec![], rows_max: 10 };
    let page = game.read(What::Scan(scan), 30_000).expect("an answer");
    assert_eq!((page.rows.len(), page.done, page.lsn), (1, true, 3));
    server.stop();
}
