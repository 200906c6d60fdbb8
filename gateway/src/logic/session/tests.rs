//! The order of a conversation, and what one frame may hold of it.

mod matrix;

use super::*;

#[test]
fn each_stage_takes_what_it_may_and_names_what_it_may_not() {
    use proto::kinds::{HELLO, LOGIN_GUEST, QUEUE_PLACE, RESUME, WALLET_READ};
    let greeted = |login| Stage::BeforeLogin(Greeted { is_welcomed: false, login });
    let (awaited, waiting) = (greeted(Login::NotSent), greeted(Login::Waiting));
    let refused = greeted(Login::Refused);
    let parked = Stage::Parked { since_ms: 7, kept: Kept::Seated { untaken: 0 } };
    let out_of_turn = Err(CloseReason::OutOfTurn);
    for (stage, kind, before_login, next) in [
        (Stage::ExpectHello, HELLO, true, Ok(awaited)),
        (Stage::ExpectHello, PING, true, out_of_turn),
        (Stage::ExpectHello, WALLET_READ, false, out_of_turn),
        (awaited, PING, true, Ok(awaited)),
        (awaited, LOGIN_GUEST, true, Ok(waiting)),
        (awaited, HELLO, true, out_of_turn),
        (awaited, WALLET_READ, false, out_of_turn),
        (waiting, LOGIN_GUEST, true, Ok(waiting)),
        (waiting, WALLET_READ, false, out_of_turn),
        (awaited, QUEUE_PLACE, true, Ok(awaited)),
        (awaited, RESUME, true, Ok(greeted(Login::Resuming))),
        (greeted(Login::Resuming), LOGIN_GUEST, true, Ok(waiting)),
        (refused, PING, true, Ok(refused)),
        (refused, LOGIN_GUEST, true, Ok(waiting)),
        (Stage::ExpectHello, RESET_TAKEN, false, out_of_turn),
        (waiting, RESET_TAKEN, false, out_of_turn),
        (Stage::Admitted, RESET_TAKEN, false, out_of_turn),
        (parked, WALLET_READ, false, out_of_turn),
        (Stage::Admitted, WALLET_READ, false, Ok(Stage::Admitted)),
        (Stage::Admitted, HELLO, true, out_of_turn),
        (Stage::TurnedAway(CloseReason::ServerFull), HELLO, true, Err(CloseReason::ServerFull)),
    ] {
        assert_eq!(stage.after(kind, before_login), next, "{stage:?} gets {kind}");
    }
    assert!(awaited.is_awaited() && !waiting.is_awaited() && !Stage::Admitted.is_awaited());
    assert!(parked.is_logged_in() && !parked.is_awaited() && !refused.is_logged_in());
}

#[test]
fn what_game_says_to_a_newcomer_tells_what_it_waits_for() {
    let mut stage = Stage::BeforeLogin(Greeted { is_welcomed: false, login: Login::Waiting });
    let mut hear = |kinds: &[u32]| {
        let mut packets = Vec::new();
        for &kind in kinds {
            Packet { kind, ..Packet::default() }.put(&mut packets);
        }
        stage.hear(&packets);
        stage
    };
    use proto::kinds::{LOGIN_QUEUED, LOGIN_REFUSED, RESUME_REFUSED, WELCOME};
    let greeted = |login| Stage::BeforeLogin(Greeted { is_welcomed: true, login });
    assert_eq!(hear(&[WELCOME, LOGIN_QUEUED]), greeted(Login::Waiting));
    assert_eq!(hear(&[LOGIN_QUEUED, LOGIN_REFUSED]), greeted(Login::Refused));
    let mut resuming = greeted(Login::Waiting);
    let mut refusal = Vec::new();
    Packet { kind: RESUME_REFUSED, ..Packet::default() }.put(&mut refusal);
    resuming.hear(&refusal);
    assert_eq!(resuming, greeted(Login::Refused));
}

#[test]
fn as_many_resets_are_to_be_taken_as_were_sent() {
    let mut reset = Vec::new();
    Packet { kind: proto::kinds::RESET, ..Packet::default() }.put(&mut reset);
    let mut stage = Stage::Reseated { untaken: 0, is_due: true };
    assert_eq!(stage.after_reset_taken(), Err(CloseReason::OutOfTurn), "none was sent");
    stage.hear(&reset);
    assert_eq!(stage.after_reset_taken(), Ok(Stage::Admitted));
    stage.hear(&reset);
    let stage = stage.after_reset_taken();
    assert_eq!(stage, Ok(Stage::Reseated { untaken: 1, is_due: false }), "of two, one is left");
    let stage = Stage::Reseated { untaken: 1, is_due: true }.after_reset_taken();
    let awaits = Stage::Reseated { untaken: 0, is_due: true };
    assert_eq!(stage, Ok(awaits), "that was the one of an earlier game");
    assert_eq!(awaits.after_reset_taken(), Err(CloseReason::OutOfTurn));
    assert_eq!(Stage::Admitted.after_reset_taken(), Err(CloseReason::OutOfTurn));
}
