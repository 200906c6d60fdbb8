//! The order of a conversation, and what one frame may hold of it.

mod matrix;

use super::*;

#[test]
fn each_stage_takes_what_it_may_and_names_what_it_may_not() {
    use proto::kinds::{LOGIN_GUEST, WALLET_READ};
    let awaited = Stage::BeforeLogin { has_credentials: false };
    let waiting = Stage::BeforeLogin { has_credentials: true };
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
        (Stage::Admitted, WALLET_READ, false, Ok(Stage::Admitted)),
        (Stage::Admitted, HELLO, true, out_of_turn),
        (Stage::TurnedAway(CloseReason::ServerFull), HELLO, true, Err(CloseReason::ServerFull)),
    ] {
        assert_eq!(stage.after(kind, before_login), next, "{stage:?} gets {kind}");
    }
    assert!(awaited.is_awaited() && !waiting.is_awaited() && !Stage::Admitted.is_awaited());
}
