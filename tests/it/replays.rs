//! What was said once is said again, or where nobody should: recordings of a session (F68), numbers that are not due (F68),
//! and packets about sessions in every state of a connection (F67). Each gets a name, and nothing of value happens twice.

use std::net::{Shutdown, SocketAddr};

use proto::{
    client::{CharCreate, CharEnter, Character, Hello, LoginPassword, Pay, QueuePlace, Resume, Status},
    frame::put_frame,
    kinds::{self, Lane},
    packet::Packet,
    prescan::Budget,
    wire,
};

use crate::support::{
    Tier,
    player::Player,
    raw::Raw,
    stack::{Role, Stack},
};

/// Packets as one frame.
fn frame(packets: &[(u32, u64, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, cseq, body) in packets {
        Packet { kind: *kind, cseq: *cseq, body, ..Packet::default() }.put(&mut bytes);
    }
    let mut frame = Vec::new();
    put_frame(&mut frame, Lane::MustArrive, false, &bytes);
    frame
}

fn pay(to: u64) -> Vec<u8> {
    wire::encode(&Pay { to, amount: 1 })
}

fn resume_of(player: &Player) -> Vec<u8> {
    let (session, token) = (player.known.session.clone(), player.token.clone().into());
    wire::encode(&Resume { session, token, received: player.raw.received })
}

#[test]
fn a_recording_that_is_played_again_byte_by_byte_pays_nothing_twice() {
    type Begin = fn(&Player) -> (u32, Vec<u8>);
    let begins: &[Begin] = &[
        |owner| (kinds::LOGIN_SECRET, owner.secret_login()),
        |owner| (kinds::LOGIN_TICKET, owner.ticket_login()),
        |owner| (kinds::RESUME, resume_of(owner)),
    ];
    let stack = Stack::start(&[]);
    let mut payee = Player::guest(stack.listen);
    let to = payee.known.account;
    let mut owner = Player::guest(stack.listen);
    let mut paid = 0;
    for begin in begins {
        let (kind, body) = begin(&owner);
        let hello = wire::encode(&Hello { protocol: 1, client: "recorded".to_owned() });
        let mut recorded = vec![frame(&[(kinds::HELLO, 0, hello)]), frame(&[(kind, 0, body.clone())])];
        let payments = (1..=5).map(|n| frame(&[(kinds::PAY, owner.cseq + n, pay(to))]));
        recorded.extend(payments);
        // Once as it was meant: each frame when the one before is answered.
        match kind {
            kinds::RESUME => owner.resumes(),
            _ => owner.comes(kind, &body),
        }
        .expect("the first time");
        for payment in &recorded[2..] {
            owner.cseq += 1;
            owner.raw.send(payment);
            owner.is_answered().expect("paid");
        }
        paid += 5;
        payee.has_been_paid(paid);
        for frames in [3, recorded.len()] {
            let mut raw = Raw::connect(stack.listen);
            recorded[..frames].concat().iter().for_each(|byte| raw.send(&[*byte]));
            let ended = raw.close_name();
            // Who has the secret comes in, which is what it is for: but the payments are old, or too early.
            let is_named = ended == "out_of_turn" || kind == kinds::LOGIN_SECRET && ended == "bad_sequence";
            // Who goes on sending to a closed socket may lose what was said last.
            assert!(is_named || frames != 3 && ended == "eof", "{kind}: ended as {ended}");
            payee.has_been_paid(paid);
        }
        if kind == kinds::LOGIN_SECRET {
            owner.comes_by_secret().expect("a login");
        } else {
            owner.gold();
        }
    }
    assert_eq!(owner.gold(), 1_000 - 15);
    assert!(stack.stop().status.success());
}

#[test]
fn a_number_that_is_not_due_after_a_resume_ends_the_session_by_name_and_is_not_executed() {
    let stack = Stack::start(&[]);
    let (mut owner, mut payee) = (Player::guest(stack.listen), Player::guest(stack.listen));
    let to = payee.known.account;
    owner.pays(to, 1);
    owner.pays(to, 2);
    let above = i64::MAX.cast_unsigned();
    for number in ["0", "-1", "0 of it", "+2", "+64", "max", "above", "all ones"] {
        owner.resumes().expect("its token");
        let last = owner.cseq;
        let cseq = match number {
            "0" => 0,
            "-1" => last - 1,
            "0 of it" => last,
            "+2" => last + 2,
            "+64" => last + 64,
            "max" => above,
            "above" => above + 1,
            _ => u64::MAX,
        };
        owner.raw.send_packet(kinds::PAY, cseq, &pay(to));
        assert_eq!(owner.raw.close_name(), "bad_sequence", "{number}");
        assert_eq!(owner.resumes().expect_err("it ended"), "expired", "{number}");
        owner.comes_by_ticket().expect("a login");
        assert_eq!(owner.cseq, last, "{number} used no number up");
        // A login is no way to say it again either.
        owner.raw.send_packet(kinds::PAY, last, &pay(to));
        assert_eq!(owner.raw.close_name(), "bad_sequence", "{number}");
        owner.comes_by_ticket().expect("a login");
        payee.has_been_paid(2);
    }
    owner.pays(to, 3);
    payee.has_been_paid(3);
    assert_eq!((owner.gold(), payee.paid), (994, vec![1, 2, 3]));
    assert!(stack.stop().status.success());
}

#[test]
fn a_payment_whose_connection_is_cut_at_any_byte_is_made_once() {
    const SETTINGS: [&str; 3] =
        ["game.start_gold=1000000000", "game.commands_per_s=100000", "game.commands_burst=100000"];
    let stack = Stack::start(&SETTINGS.map(|setting| ["--set", setting]).concat());
    let (mut owner, mut payee) = (Player::guest(stack.listen), Player::guest(stack.listen));
    let to = payee.known.account;
    let whole = frame(&[(kinds::PAY, 1, pay(to))]).len();
    let (mut arrived, mut amount) = (0, 0);
    for round in 0..Tier::current().pick(4, 40) {
        for bytes in 0..=whole + 1 {
            amount += 1;
            let payment = frame(&[(kinds::PAY, owner.cseq + 1, wire::encode(&Pay { to, amount }))]);
            owner.raw.send(&payment[..bytes.min(payment.len())]);
            if round % 2 == 0 {
                // Else the old connection seems to live when the other one comes.
                owner.raw.socket().shutdown(Shutdown::Both).expect("a socket");
            }
            let last = owner.resumes_where_it_is().expect("its token");
            assert!((owner.cseq..=owner.cseq + 1).contains(&last), "{last} after {}", owner.cseq);
            owner.cseq += 1;
            if last == owner.cseq {
                arrived += 1;
            } else {
                owner.raw.send(&payment);
            }
            let answer = owner.is_answered().expect("it plays");
            assert_eq!(answer.status(), Status::Ok, "{}", answer.error);
        }
        payee.gold();
    }
    let told: Vec<i64> = (1..=amount).collect();
    payee.has_been_paid(told.len());
    assert_eq!(payee.paid, told, "each once and in order");
    assert_eq!(owner.gold() + payee.gold(), 2_000_000_000);
    println!("{amount} payments cut, {arrived} had arrived");
    assert!(stack.stop().status.success());
}

/// How far a connection has come, and what it says then of somebody else's session.
type State = fn(SocketAddr, &[u8]) -> Raw;

/// In each state a connection that sends these packets, and whether it may speak of sessions there.
const STATES: &[(&str, State, bool)] = &[
    ("before hello", |server, said| said_by(Raw::connect(server), said), false),
    ("welcomed", |server, said| said_by(welcomed(server), said), true),
    (
        "refused once",
        |server, said| {
            let mut raw = welcomed(server);
            assert_eq!(raw.login(kinds::LOGIN_TICKET, &[]).expect_err("no ticket"), "bad_credentials");
            said_by(raw, said)
        },
        true,
    ),
    (
        "while a password is compared",
        |server, said| {
            let login = LoginPassword { name: "Nobody".to_owned(), password: "a wardrobe".to_owned() };
            let mut raw = welcomed(server);
            raw.send_packets(
                &[packet(kinds::LOGIN_PASSWORD, 0, &wire::encode(&login)), said.to_vec()].concat(),
            );
            raw
        },
        false,
    ),
    (
        "playing",
        |server, said| {
            let mut raw = Raw::connect(server);
            raw.guest();
            said_by(raw, said)
        },
        false,
    ),
    (
        "in the world",
        |server, said| {
            let mut player = Player::guest(server);
            let name = "Ab".to_owned() + &letters(player.known.account);
            let made = player.ok(kinds::CHAR_CREATE, &wire::encode(&CharCreate { name }));
            let character = wire::decode::<Character>(&made, Budget::CLIENT).expect("a character").id;
            player.ok(kinds::CHAR_ENTER, &wire::encode(&CharEnter { character }));
            said_by(player.raw, said)
        },
        false,
    ),
    (
        "in one frame with a command",
        |server, said| {
            let mut raw = Raw::connect(server);
            raw.guest();
            raw.send_packets(&[packet(kinds::WALLET_READ, 1, &[]), said.to_vec()].concat());
            raw
        },
        false,
    ),
];

fn said_by(mut raw: Raw, packets: &[u8]) -> Raw {
    raw.send_packets(packets);
    raw
}

fn welcomed(server: SocketAddr) -> Raw {
    let mut raw = Raw::connect(server);
    raw.hello();
    raw
}

fn packet(kind: u32, cseq: u64, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    Packet { kind, cseq, body, ..Packet::default() }.put(&mut bytes);
    bytes
}

/// A number as letters that a name may have.
fn letters(number: u64) -> String {
    number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

#[test]
fn what_is_said_of_sessions_in_any_other_state_ends_the_connection_by_name_and_touches_nobody() {
    let stack = Stack::start(&[]);
    let mut owner = Player::guest(stack.listen);
    // What is right elsewhere: whoever sends it where it is not due takes nothing over.
    let right = [
        (kinds::RESUME, resume_of(&owner)),
        (kinds::LOGIN_TICKET, owner.ticket_login()),
        (kinds::RESET_TAKEN, Vec::new()),
    ];
    let place = wire::encode(&QueuePlace { place: vec![7; 40].into() });
    let wrong = [
        (kinds::RESUME, Vec::new(), kinds::RESUME_REFUSED),
        (kinds::LOGIN_TICKET, wire::encode(&Resume::default()), kinds::LOGIN_REFUSED),
        (kinds::RESET_TAKEN, Vec::new(), kinds::CLOSE),
        (kinds::LOGIN_TICKET, vec![0xff; 9], kinds::CLOSE),
        (kinds::RESUME, vec![0xff; 9], kinds::CLOSE),
    ];
    for (state, come, may_speak) in STATES {
        if *may_speak {
            for (kind, body, answer) in &wrong {
                let mut raw = come(stack.listen, &packet(*kind, 0, body));
                raw.wait_for(*answer).unwrap_or_else(|| panic!("{kind} {state}: an answer"));
            }
            // A place that nobody has is worth nothing, and harms nothing.
            let mut raw = come(stack.listen, &packet(kinds::QUEUE_PLACE, 0, &place));
            let came = raw.login(kinds::LOGIN_GUEST, &[]);
            assert!(
                came.as_ref().is_ok_and(|_| true) || came == Err("out_of_turn".to_owned()),
                "{state}: {came:?}"
            );
            continue;
        }
        for (kind, body) in right.iter().chain([&(kinds::QUEUE_PLACE, place.clone())]) {
            for cseq in [0, 1, 2] {
                let mut raw = come(stack.listen, &packet(*kind, cseq, body));
                assert_eq!(raw.close_name(), "out_of_turn", "{kind} as {cseq} {state}");
            }
        }
        assert_eq!(owner.gold(), 1_000, "{state}: over its first connection");
    }
    owner.resumes().expect("its token has not been used");
    owner.comes_by_ticket().expect("nor its ticket");
    assert_eq!((owner.known.session_gen, stack.figure(Role::Game, "panics")), (3, 0));
    assert!(stack.stop().status.success());
}
