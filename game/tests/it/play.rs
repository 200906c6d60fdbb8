//! Players, end to end.

use proto::{
    client::{LoginPassword, LoginRefused, LoginSecret, Pay, PayResult, Register, Status, Wallet},
    kinds,
    link_io::Op,
    prescan::Budget,
    wire,
};

use crate::{fake_gateway::body_of, setup::served};

#[test]
fn the_welcome_names_the_epoch_and_every_kind() {
    let (game, _dbfront, gateway) = served();
    assert_eq!(gateway.welcome.epoch, 1);
    assert_eq!(gateway.welcome.refused, "");
    let names: Vec<&str> = gateway.welcome.kinds.iter().map(|rule| rule.name.as_str()).collect();
    assert!(names.contains(&"pay") && names.contains(&"echo"), "{names:?}");
    assert!(game.metrics.is_ready());
    assert_eq!(game.figure("epoch"), 1);
}

#[test]
fn a_guest_logs_in_and_comes_back_with_the_secret() {
    let (_game, dbfront, mut gateway) = served();
    let guest = gateway.guest(1);
    assert_eq!(guest.secret.len(), 32);
    let made = dbfront.turn();
    assert_eq!((made.lsn_first, made.epoch), (1, 1), "durable before it is said");

    gateway.client(2);
    let secret = LoginSecret { account: guest.account, secret: guest.secret };
    gateway.say(2, kinds::LOGIN_SECRET, 0, &wire::encode(&secret));
    let again: proto::client::LoggedIn =
        wire::decode(&gateway.hear(2, kinds::LOGGED_IN), Budget::CLIENT).unwrap();
    assert_eq!(again.account, guest.account);
    assert!(guest.session_gen < again.session_gen);
}

#[test]
fn a_name_is_registered_once_and_opened_by_its_password() {
    let (_game, _dbfront, mut gateway) = served();
    gateway.client(1);
    let register = Register { name: "Ana".to_owned(), password: "a wardrobe of tin".to_owned() };
    gateway.say(1, kinds::REGISTER, 0, &wire::encode(&register));
    gateway.hear(1, kinds::LOGGED_IN);

    gateway.client(2);
    gateway.say(
        2,
        kinds::REGISTER,
        0,
        &wire::encode(&Register { name: "ANA".to_owned(), ..register.clone() }),
    );
    let refused: LoginRefused = wire::decode(&gateway.hear(2, kinds::LOGIN_REFUSED), Budget::CLIENT).unwrap();
    assert_eq!(refused.name, "name_taken");

    let login = |password: &str| {
        wire::encode(&LoginPassword { name: "ana".to_owned(), password: password.to_owned() })
    };
    gateway.say(2, kinds::LOGIN_PASSWORD, 0, &login("a wardrobe of zinc"));
    let refused: LoginRefused = wire::decode(&gateway.hear(2, kinds::LOGIN_REFUSED), Budget::CLIENT).unwrap();
    assert_eq!(refused.name, "bad_credentials");
    gateway.say(2, kinds::LOGIN_PASSWORD, 0, &login("a wardrobe of tin"));
    gateway.hear(2, kinds::LOGGED_IN);
}

#[test]
fn a_payment_is_answered_only_when_it_is_durable() {
    let (_game, dbfront, mut gateway) = served();
    let (ana, bo) = (gateway.guest(1), gateway.guest(2));
    while dbfront.turn().lsn_first < 2 {}

    dbfront.hold();
    gateway.say(1, kinds::PAY, ana.cseq_last + 1, &wire::encode(&Pay { to: bo.account, amount: 250 }));
    let paid = dbfront.turn();
    // A third client is welcomed meanwhile: had the answer left with the payment's turn, it would come first.
    gateway.end.send(Op::Opened, 3, 1 << 8, &[0; 16]);
    let hello = proto::client::Hello { protocol: 1, client: String::new() };
    gateway.say(3, kinds::HELLO, 0, &wire::encode(&hello));
    loop {
        let record = gateway.end.next().unwrap();
        assert_eq!(body_of(&record, 1, kinds::ANSWER), None);
        assert_eq!(body_of(&record, 2, kinds::PAID), None);
        if body_of(&record, 3, kinds::WELCOME).is_some() {
            break;
        }
    }

    dbfront.release();
    let answer = gateway.answer(1);
    assert_eq!(answer.status(), Status::Ok);
    let result: PayResult = wire::decode(&answer.result, Budget::CLIENT).unwrap();
    assert_eq!(result.lsn, paid.lsn_first);
    assert_eq!(result.wallet.unwrap().gold, 750);
    gateway.say(2, kinds::WALLET_READ, bo.cseq_last + 1, &[]);
    let wallet: Wallet = wire::decode(&gateway.answer(2).result, Budget::CLIENT).unwrap();
    assert_eq!(wallet.gold, 1_250);
}
