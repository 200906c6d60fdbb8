//! Dbfront goes, comes back, and says no.

use proto::{
    client::{Pay, Status},
    kinds,
    rpc::Failure,
    wire,
};

use crate::{
    fake_dbfront::FakeDbfront,
    setup::{Game, served},
    wire_out::PATIENCE,
};

#[test]
fn what_was_not_durable_is_sent_again_byte_by_byte_after_the_link_is_back() {
    let (_game, dbfront, mut gateway) = served();
    let (ana, bo) = (gateway.guest(1), gateway.guest(2));
    while dbfront.turn().lsn_first < 2 {}
    let first = dbfront.hello();
    assert_eq!(first.epoch, 0);

    dbfront.hold();
    gateway.say(1, kinds::PAY, ana.cseq_last + 1, &wire::encode(&Pay { to: bo.account, amount: 1 }));
    let sent = dbfront.turn();
    dbfront.cut();
    let back = dbfront.hello();
    assert_eq!((back.epoch, back.durable_seen), (1, sent.lsn_first - 1));
    assert_eq!(back.instance, first.instance);
    assert_eq!(dbfront.turn(), sent);
    dbfront.release();
    assert_eq!(gateway.answer(1).status(), Status::Ok);
}

#[test]
fn a_call_of_dbfront_is_refused_by_name_and_the_link_stays() {
    let (_game, dbfront, mut gateway) = served();
    dbfront.call_now(7);
    let reply = dbfront.replies.recv_timeout(PATIENCE).expect("an answer");
    assert_eq!(reply, (7, Failure::BadRequest as u64));
    let guest = gateway.guest(1);
    while dbfront.turn().lsn_first < 1 {}
    gateway.say(1, kinds::WALLET_READ, guest.cseq_last + 1, &[]);
    assert_eq!(gateway.answer(1).status(), Status::Ok, "rows are still read over it");
    assert_eq!(dbfront.hellos.try_iter().count(), 1);
}

#[test]
fn a_game_waits_for_a_dbfront_that_is_not_there_yet() {
    let data = tempfile::tempdir().unwrap();
    let path = data.path().to_owned();
    let game = Game::start(data);
    game.until(|metrics| metrics.state() == "waiting_for_dbfront");
    let dbfront = FakeDbfront::start(&path);
    dbfront.hello();
    assert_eq!(game.ready().epoch, 1);
}

#[test]
fn a_fenced_game_ends_by_that_name() {
    let (game, dbfront, _gateway) = served();
    dbfront.refuse_next("FENCED");
    dbfront.cut();
    assert_eq!(game.end_code(), "FENCED");

    let (game, dbfront, _gateway) = served();
    dbfront.refuse_now("NACK_INVARIANT record 7 makes gold");
    assert_eq!(game.end_code(), "NACK_INVARIANT");
}

#[test]
fn a_trouble_of_dbfronts_own_does_not_end_the_game() {
    let (game, dbfront, mut gateway) = served();
    dbfront.hello();
    dbfront.refuse_next("JOURNAL_FAILED");
    dbfront.cut();
    dbfront.hello();
    assert_eq!(dbfront.hello().epoch, 1);
    gateway.guest(1);
    assert!(!game.has_ended());
}

#[test]
fn a_writer_that_is_about_to_leave_is_waited_for() {
    let data = tempfile::tempdir().unwrap();
    let dbfront = FakeDbfront::start(data.path());
    dbfront.refuse_next("WRITER_EXISTS");
    dbfront.refuse_next("WRITER_EXISTS");
    let game = Game::start(data);
    game.ready();
}
