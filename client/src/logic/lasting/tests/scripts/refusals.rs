//! Who is to come later, by another door, or not at all.

use super::*;

#[test]
fn who_is_refused_for_now_comes_again_when_the_server_says_and_somewhat_later() {
    let mut waits = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let mut play = Play::inside(terms());
        play.lasting.pauses = Pauses::new(seed);
        play.end(&Cut::Broken).expect("not final");
        play.refuse_for("queue_full", 40_000);
        assert_eq!(play.last, Step::Leave(refused_for(40_000)));
        let Next::Connect { after } = play.lasting.ended(&refused_for(40_000), None, play.now) else {
            panic!("it comes again");
        };
        assert!((40_000..=42_000).contains(&after.as_millis()), "{after:?}");
        waits.insert(after);
    }
    assert!(waits.len() > 15, "a crowd that was told the same comes one by one: {waits:?}");
    let mut first = Play::outside(terms());
    first.lasting.login(Login::Guest, &mut first.session).expect("outside");
    first.refuse_for("queue_full", 40_000);
    let told = first.told();
    assert!(matches!(told.as_slice(), [Told::LoginRefused { retry_after_ms: 40_000, .. }]), "{told:?}");
}

#[test]
fn who_has_no_way_left_when_it_is_connected_again_ends_by_name() {
    let mut play = Play::outside(terms());
    play.lasting.login(Login::Ticket(Secret(vec![4; 40])), &mut play.session).expect("outside");
    play.tell(kinds::LOGGED_IN, &encode(&LoggedIn { ticket: bytes::Bytes::new(), ..logged_in(9) }));
    let _ = play.sent();
    play.end(&Cut::Lost).expect("the session may go on");
    assert_eq!((play.last.clone(), play.sent()), (Step::Stay, vec![(kinds::RESUME, 0)]));
    play.now += Duration::from_mins(2);
    play.end(&Cut::Lost).expect("it has not looked yet");
    let detail = "no way back is left".to_owned();
    assert_eq!(play.last, Step::Over { name: "bad_credentials".to_owned(), detail });
    assert_eq!(play.sent(), [], "there is nothing to say");
}

#[test]
fn who_was_superseded_or_kicked_while_away_does_not_come_by_another_door() {
    for name in ["superseded", "kicked"] {
        let mut play = Play::inside(terms());
        play.end(&Cut::Lost).expect("not final");
        let _ = play.sent();
        play.tell(kinds::RESUME_REFUSED, &resume_refused(name));
        assert_eq!(play.last, Step::Over { name: name.to_owned(), detail: String::new() });
        assert_eq!(play.sent(), []);
    }
}

#[test]
fn a_goodbye_that_a_dying_game_did_not_hear_is_said_again() {
    let mut play = Play::inside(terms());
    play.lasting.logout(Some(&mut play.session)).expect("it has a session");
    assert_eq!(play.sent(), [(kinds::LOGOUT, 0)]);
    play.tell(kinds::PAUSED, &[]);
    play.tell(kinds::RESET, &encode(&logged_in(9)));
    assert_eq!(play.sent(), [(kinds::RESET_TAKEN, 0), (kinds::LOGOUT, 0)]);
    assert_eq!(play.end(&Cut::Lost), None);
}

#[test]
fn the_ticket_that_comes_with_a_resume_outlives_the_one_of_the_login() {
    let mut play = Play::inside(terms());
    play.now += Duration::from_hours(11);
    play.end(&Cut::Lost).expect("not final");
    let (token, ticket) = (vec![5; 32].into(), vec![6; 40].into());
    play.tell(kinds::RESUMED, &encode(&Resumed { token, cseq_last: 9, missed: 0, ticket }));
    let _ = play.sent();
    play.now += Duration::from_hours(2);
    play.end(&Cut::Broken).expect("not final");
    assert_eq!(play.sent(), [(kinds::LOGIN_TICKET, 0)]);
}
