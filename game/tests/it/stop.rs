//! The way out.

use proto::{
    client::{Pay, Status},
    close::CloseReason,
    kinds,
    link_io::Op,
    prescan::Budget,
    wire,
};

use crate::{
    fake_gateway::body_of,
    setup::{Game, served},
};

#[test]
fn a_stop_waits_for_durability_answers_and_says_goodbye() {
    let (mut game, dbfront, mut gateway) = served();
    let (ana, bo) = (gateway.guest(1), gateway.guest(2));
    while dbfront.turn().lsn_first < 2 {}
    dbfront.hold();
    gateway.say(1, kinds::PAY, ana.cseq_last + 1, &wire::encode(&Pay { to: bo.account, amount: 1 }));
    dbfront.turn();

    let socket = game.link_path();
    assert!(socket.exists());
    game.ask_to_stop();
    game.until(|metrics| metrics.state() == "stopping");
    dbfront.release();
    let mut answered = false;
    let mut closed = Vec::new();
    while let Some(record) = gateway.end.next() {
        if let Some(answer) = body_of(&record, 1, kinds::ANSWER) {
            let answer: proto::client::Answer = wire::decode(&answer, Budget::CLIENT).unwrap();
            assert_eq!(answer.status(), Status::Ok);
            answered = true;
        }
        if record.op == Op::Close {
            assert!(answered, "the answer comes first");
            assert_eq!(record.b, CloseReason::Stopping as u64);
            closed.push(record.a);
        }
    }
    closed.sort_unstable();
    assert_eq!(closed, [1, 2]);
    assert!(game.end().is_ok());
    assert!(!socket.exists(), "nobody serves it any more");
}

#[test]
fn a_game_that_never_found_dbfront_stops_at_once() {
    let mut game = Game::start(tempfile::tempdir().unwrap());
    game.ask_to_stop();
    assert!(game.end().is_ok());
}

#[test]
fn a_panic_in_the_logic_thread_ends_the_process_with_an_error() {
    let data = tempfile::tempdir().unwrap();
    let _dbfront = crate::fake_dbfront::FakeDbfront::start(data.path());
    let game = Game::start_with(data, |_| panic!("as a bug would"));
    assert_eq!(game.end_code(), "PANICKED");
}

#[test]
fn a_socket_that_cannot_be_opened_is_an_error_with_its_path() {
    let data = tempfile::tempdir().unwrap();
    let _dbfront = crate::fake_dbfront::FakeDbfront::start(data.path());
    // A folder where the socket belongs.
    std::fs::create_dir_all(data.path().join("run/game.link")).unwrap();
    let game = Game::start(data);
    let error = game.end().unwrap_err();
    assert_eq!(error.code(), "LISTEN_FAILED");
    assert!(error.to_string().contains("game.link"), "{error}");
}
