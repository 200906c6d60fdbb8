//! What a player holds back while its server is paused.

use super::*;

#[test]
fn who_is_to_go_over_stays_while_the_server_is_paused_and_goes_after_the_reset() {
    let mut play = Play::inside(terms());
    play.tell(kinds::RECONNECT, &encode(&Reconnect { within_ms: 4_000 }));
    let at = play.lasting.deadline(&play.session).expect("soon");
    play.tell(kinds::PAUSED, &[]);
    assert_eq!(play.lasting.deadline(&play.session), None, "elsewhere nobody knows it");
    play.now = at + Duration::from_mins(1);
    assert_eq!(play.lasting.on_time(&mut play.session, play.now), Step::Stay);
    play.tell(kinds::RESET, &encode(&logged_in(9)));
    assert_eq!(play.lasting.deadline(&play.session), Some(at), "long due");
    assert_eq!(play.lasting.on_time(&mut play.session, play.now), Step::Leave(Cut::Moved));
    assert_eq!(play.end(&Cut::Moved), Some(Duration::ZERO));
}

#[test]
fn where_it_moved_while_the_server_was_paused_is_not_told_later() {
    let mut play = Play::inside(terms());
    play.tell(kinds::PAUSED, &[]);
    play.lasting.signal(kinds::MOVE, &[8, 1], &mut play.session).expect("dropped");
    play.lasting.logout(Some(&mut play.session)).expect("held");
    play.ask(kinds::WALLET_READ, &[], Insist::No);
    assert_eq!(play.sent(), []);
    play.tell(kinds::RESET, &encode(&logged_in(9)));
    assert_eq!(play.sent(), [(kinds::RESET_TAKEN, 0), (kinds::WALLET_READ, 10), (kinds::LOGOUT, 0)]);
}
