//! A server that locks, kills, stops, vanishes: whatever it does, a batch is in whole and once, or not at all, and
//! the cursor says which (X3, X4, X5).

use std::{sync::mpsc, thread, time::Duration};

use dbfront::store::{ApplyBatch, StoreError};
use proto::tables::Table;

use crate::{
    home::{DATABASE, Server},
    proxy::{AtCommit, Proxy},
    world::{World, delete, ledger, row, wallet},
};

/// A world with three wallets of 10 each.
fn world(server: &Server) -> World {
    let mut world = World::new(server.database());
    world.apply((1..=3).map(|account| wallet(account, account, 10, 1)).collect()).expect("applied");
    world
}

/// Something for the wallets, in one record.
fn moves(world: &World) -> ApplyBatch {
    let lsn = world.cursor.lsn.0 + 1;
    world.batch(vec![wallet(lsn, 1, 5, 2), wallet(lsn, 2, 15, 2), delete(lsn, 3, 2), ledger(lsn, 0)])
}

fn assert_untouched(world: &mut World) {
    world.reconnect();
    assert_eq!(world.store.cursor(), Ok(world.cursor));
    assert_eq!(world.all(Table::Wallet), [row(1, 10, 1), row(2, 10, 1), row(3, 10, 1)]);
    assert!(world.all(Table::Ledger).is_empty());
}

fn assert_applied(world: &mut World, batch: &ApplyBatch) {
    world.cursor = batch.to;
    world.reconnect();
    assert_eq!(world.store.cursor(), Ok(world.cursor));
    assert_eq!(world.all(Table::Wallet), [row(1, 5, 2), row(2, 15, 2)]);
    assert_eq!(world.all(Table::Ledger).len(), 1);
}

/// Until somebody waits for a lock. The counter says so at once; the list of transactions would be told from a
/// cache that lives as long as it is asked often.
fn until_waiting(server: &Server) {
    let sql = "SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS \
               WHERE VARIABLE_NAME = 'INNODB_ROW_LOCK_CURRENT_WAITS'";
    assert!((0..LOOKS).any(|_| server.sql(sql).trim() == "1"), "nobody waits");
}

/// Each is a process of its own that asks.
const LOOKS: usize = 1_000;

#[test]
fn a_lock_that_is_waited_for_too_long_leaves_no_half_record() {
    let Some(server) = Server::start(&[]) else { return };
    let mut world = world(&server);
    let mut person = server.mariadb.connect().expect("a client");
    // The cursor's row, the first wallet, the second, the one that goes; one after the other.
    for table in ["journal_cursor WHERE id = 1", "wallet WHERE account = 2", "wallet WHERE account = 3"] {
        let lock = format!("USE {DATABASE}; START TRANSACTION; SELECT * FROM {table} FOR UPDATE");
        person.run(&lock).expect("locked");
        let batch = moves(&world);
        let error = world.store.apply(&batch).expect_err("locked out");
        assert!(matches!(error, StoreError::Transient { .. }), "{error}");
        assert!(error.to_string().contains("1205"), "{error}");
        person.run("ROLLBACK").expect("unlocked");
        assert_untouched(&mut world);
    }
    let batch = moves(&world);
    world.store.apply(&batch).expect("applied");
    assert_applied(&mut world, &batch);
}

#[test]
fn a_deadlock_leaves_no_half_record_and_nothing_that_commits_alone() {
    let Some(server) = Server::start(&[]) else { return };
    let mut world = world(&server);
    let mut person = server.mariadb.connect().expect("a client");
    // Who has changed more wins.
    let changes: Vec<String> = (100..400).map(|account| format!("({account}, 1, 1)")).collect();
    person
        .run(&format!(
            "USE {DATABASE}; START TRANSACTION; INSERT INTO wallet VALUES {}; \
             SELECT * FROM wallet WHERE account = 2 FOR UPDATE",
            changes.join(", ")
        ))
        .expect("locked");
    let batch = moves(&world);
    let error = thread::scope(|scope| {
        let store = &mut world.store;
        let applying = scope.spawn(|| store.apply(&batch).expect_err("a deadlock"));
        until_waiting(&server);
        person.begin("UPDATE journal_cursor SET dbf_epoch = dbf_epoch").expect("sent");
        applying.join().expect("no panic")
    });
    assert!(matches!(error, StoreError::Transient { .. }), "{error}");
    assert!(error.to_string().contains("1213"), "{error}");
    person.run("ROLLBACK").expect("unlocked");
    assert_untouched(&mut world);
    world.store.apply(&batch).expect("applied");
    assert_applied(&mut world, &batch);
}

#[test]
fn a_commit_without_an_answer_is_looked_up_in_the_cursor() {
    let Some(server) = Server::start(&[]) else { return };
    let direct = world(&server);
    let proxy = Proxy::new(server.mariadb.port());
    let url = format!("mysql://ding:only%20for%20tests@127.0.0.1:{}/{DATABASE}", proxy.port);
    let mut world = World { database: std::sync::Arc::new(server.mysql_at(&url)), ..direct };
    for _ in 0..3 {
        world.reconnect();
        proxy.at_commit(AtCommit::CutBefore);
        let error = world.store.apply(&moves(&world)).expect_err("cut");
        assert_eq!(error.code(), "COMMIT_UNKNOWN", "{error}");
        assert_untouched(&mut world);

        // Killed by the server between the last statement and the commit.
        proxy.at_commit(AtCommit::Hold);
        let batch = moves(&world);
        let error = thread::scope(|scope| {
            let store = &mut world.store;
            let applying = scope.spawn(|| store.apply(&batch).expect_err("killed"));
            let held = proxy.caught();
            server.sql("KILL USER ding");
            held.let_go();
            applying.join().expect("no panic")
        });
        assert_eq!(error.code(), "COMMIT_UNKNOWN", "{error}");
        assert_untouched(&mut world);
    }
    proxy.at_commit(AtCommit::CutAfter);
    let batch = moves(&world);
    let error = world.store.apply(&batch).expect_err("cut");
    assert_eq!(error.code(), "COMMIT_UNKNOWN", "{error}");
    assert_applied(&mut world, &batch);
    // Not twice: the records themselves would contradict what is there.
    let mut again = world.batch(vec![wallet(5, 1, 5, 2)]);
    again.to.lsn = again.from.lsn.next();
    assert_eq!(world.store.apply(&again).map_err(|error| error.code()), Err("DIVERGENCE"));
}

#[test]
fn a_commit_that_still_travels_when_its_connection_is_lost_is_waited_for() {
    let Some(server) = Server::start(&[]) else { return };
    let direct = world(&server);
    let proxy = Proxy::new(server.mariadb.port());
    let url = format!("mysql://ding:only%20for%20tests@127.0.0.1:{}/{DATABASE}", proxy.port);
    let mut world = World { database: std::sync::Arc::new(server.mysql_at(&url)), ..direct };
    world.reconnect();
    proxy.at_commit(AtCommit::CutAndHold);
    let batch = moves(&world);
    let error = world.store.apply(&batch).expect_err("cut");
    assert_eq!(error.code(), "COMMIT_UNKNOWN", "{error}");
    let held = proxy.caught();
    world.reconnect();
    let found = thread::scope(|scope| {
        let store = &mut world.store;
        let looking = scope.spawn(|| store.cursor());
        // A look that does not wait would say "not applied", and a moment later it would be.
        until_waiting(&server);
        held.let_go();
        looking.join().expect("no panic")
    });
    assert_eq!(found, Ok(batch.to));
    assert_applied(&mut world, &batch);
}

#[test]
fn a_connection_that_was_closed_meanwhile_is_made_anew() {
    let Some(server) = Server::start(&[]) else { return };
    let mut world = world(&server);
    let mut reader = world.database.connect_reader().expect("connects");
    server.sql("KILL USER ding");
    let batch = moves(&world);
    let error = world.store.apply(&batch).expect_err("killed");
    assert!(matches!(error, StoreError::Transient { .. }), "{error}");
    let get = dbfront::store::Query::Get { table: Table::Wallet, keys: vec![vec![proto::tables::int(2)]] };
    let snapshot = reader.read(&[get]).expect("a reader has nothing to lose");
    assert_eq!(snapshot.answers, [[Some(row(2, 10, 1))]]);
    assert_untouched(&mut world);
    world.store.apply(&batch).expect("applied");
    assert_applied(&mut world, &batch);
}

#[test]
fn a_server_that_stands_still_is_waited_for_and_applies_once() {
    let Some(server) = Server::start(&[]) else { return };
    let mut world = world(&server);
    let batch = moves(&world);
    server.mariadb.signal("STOP").expect("it runs");
    thread::scope(|scope| {
        let (done, applied) = mpsc::channel();
        let store = &mut world.store;
        let batch = &batch;
        scope.spawn(move || done.send(store.apply(batch)));
        let waits = applied.recv_timeout(Duration::from_secs(2));
        assert_eq!(waits, Err(mpsc::RecvTimeoutError::Timeout));
        server.mariadb.signal("CONT").expect("it runs");
        assert_eq!(applied.recv_timeout(Duration::from_secs(30)), Ok(Ok(())));
    });
    assert_applied(&mut world, &batch);
}

#[test]
fn a_server_killed_in_the_middle_of_applying_has_each_batch_once() {
    let Some(mut server) = Server::start(&[]) else { return };
    let rounds = if crate::home::is_full() { 50 } else { 10 };
    let mut world = World::new(server.database());
    let accounts = 1..=200u64;
    let mut ver = 1u32;
    world.apply(accounts.clone().map(|n| wallet(n, n, 0, 1)).collect()).expect("applied");
    let (mut applied, mut unknown_in) = (0, 0);
    for round in 0..rounds {
        // A kill after so many batches, at another moment of the next one each time.
        let mut left = 1 + round % 4;
        let (kill, killed) = mpsc::channel();
        let mariadb = &mut server.mariadb;
        let (batch, error) = thread::scope(|scope| {
            scope.spawn(move || {
                killed.recv().expect("the test goes on");
                for _ in 0..round * 300 {
                    thread::yield_now();
                }
                mariadb.kill();
            });
            loop {
                if left == 0 {
                    kill.send(()).expect("it waits");
                }
                left -= 1;
                let lsn = world.cursor.lsn.0 + 1;
                let gold = i64::from(ver);
                let next = u64::from(ver) + 1;
                let batch = world.batch(accounts.clone().map(|n| wallet(lsn, n, gold, next)).collect());
                match world.store.apply(&batch) {
                    Ok(()) => {
                        world.cursor = batch.to;
                        ver += 1;
                        applied += 1;
                    }
                    Err(error) => return (batch, error),
                }
            }
        });
        assert!(error.passes(), "{error}");
        server.mariadb.run().expect("it starts again");
        world.reconnect();
        let found = world.store.cursor().expect("a cursor");
        if found == batch.to {
            assert_eq!(error.code(), "COMMIT_UNKNOWN", "only then may it be in");
            unknown_in += 1;
            world.cursor = found;
            ver += 1;
        }
        assert_eq!(found, world.cursor, "before it or after it, nowhere else");
        let expected: Vec<_> = accounts.clone().map(|n| row(n, i64::from(ver) - 1, u64::from(ver))).collect();
        assert_eq!(world.all(Table::Wallet), expected, "round {round}");
    }
    println!("{rounds} kills, {applied} batches acknowledged, {unknown_in} unknown ones were in");
}
