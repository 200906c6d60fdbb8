//! A first way in, by itself: until it is in, or refused for good.

use super::*;

#[test]
fn who_comes_in_by_itself_tries_again_until_it_is_refused_for_good() {
    let register = Login::Register { name: "ana".to_owned(), password: Secret(b"right words".to_vec()) };
    let mut play = Play::outside(terms());
    play.lasting = Lasting::entering(terms(), 1, register);
    play.session = Session::new("test", play.now);
    assert!(matches!(play.lasting.ended(&Cut::Lost, None, play.now), Next::Connect { .. }));
    play.welcome();
    play.refuse("slow_down");
    play.end(&refused_for(0)).expect("another time");
    assert_eq!(play.sent(), [(kinds::REGISTER, 0)]);
    play.end(&Cut::Lost).expect("another time");
    assert_eq!(play.sent(), [(kinds::REGISTER, 0)]);
    play.refuse("name_taken");
    assert_eq!(
        play.sent(),
        [(kinds::LOGIN_PASSWORD, 0)],
        "by the registration before, whose answer got lost"
    );
    play.refuse("slow_down");
    assert_eq!(play.last, Step::Leave(refused_for(0)));
    assert_eq!(play.told(), []);
    let mut play = Play::outside(terms());
    play.lasting = Lasting::entering(terms(), 1, Login::Guest);
    assert_eq!(play.lasting.connected(&mut play.session, play.now), Step::Stay);
    play.refuse("banned");
    assert_eq!(play.last, Step::Over { name: "banned".to_owned(), detail: String::new() });
}

#[test]
fn a_registration_that_is_refused_is_over_and_no_password_is_tried_on_whoever_has_the_name() {
    let register = Login::Register { name: "ana".to_owned(), password: Secret(b"right words".to_vec()) };
    for name in ["name_taken", "name_too_short", "password_common"] {
        let mut play = Play::outside(terms());
        play.lasting = Lasting::entering(terms(), 1, register.clone());
        play.session = Session::new("test", play.now);
        assert!(matches!(play.lasting.ended(&Cut::Lost, None, play.now), Next::Connect { .. }));
        play.welcome();
        assert_eq!(play.sent(), [(kinds::REGISTER, 0)]);
        // Refused for now: it was answered, so nothing of it was done.
        play.refuse("slow_down");
        play.end(&refused_for(0)).expect("another time");
        assert_eq!(play.sent(), [(kinds::REGISTER, 0)]);
        play.refuse(name);
        assert_eq!(play.last, Step::Over { name: name.to_owned(), detail: String::new() });
        assert_eq!(play.sent(), []);
    }
}

#[test]
fn a_registration_that_game_did_before_it_died_is_taken_up_by_its_password() {
    let mut play = Play::outside(terms());
    let password = Secret(b"right words".to_vec());
    play.lasting = Lasting::entering(terms(), 1, Login::Register { name: "ana".to_owned(), password });
    play.session = Session::new("test", play.now);
    assert!(matches!(play.lasting.ended(&Cut::Lost, None, play.now), Next::Connect { .. }));
    play.welcome();
    play.refuse("restarted");
    assert_eq!(play.sent(), [(kinds::REGISTER, 0), (kinds::REGISTER, 0)]);
    play.refuse("name_taken");
    assert_eq!(play.sent(), [(kinds::LOGIN_PASSWORD, 0)]);
}
