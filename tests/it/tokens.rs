//! Sessions and tickets under whoever has not the right token, or has it too late (F69): each gets a name, nobody else
//! notices, and the owner gets on.

use std::{io::Write, process::Stdio};

use proto::{
    client::{LoginPassword, LoginTicket},
    kinds,
    limits::{RESUME_TOKEN_BYTES, SESSION_ID_BYTES},
    wire,
};

use crate::support::{
    player::Player,
    stack::{Role, Stack, ding},
};

/// Each amount from 1 on, once and in order.
fn in_order(times: usize) -> Vec<i64> {
    (1..).take(times).collect()
}

fn flipped(bytes: &[u8], at: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes
}

#[test]
fn whoever_has_no_right_token_gets_a_name_and_the_owner_goes_on_and_misses_nothing() {
    type Try = fn(&Player, &Player) -> (Vec<u8>, Vec<u8>);
    let tries: &[(&str, Try, &str)] = &[
        ("a token with one other bit", |own, _| (id(own), flipped(&own.token, 31)), "bad"),
        ("a token that is cut", |own, _| (id(own), own.token[..31].to_vec()), "bad"),
        ("no token", |own, _| (id(own), Vec::new()), "bad"),
        ("a token with a byte more", |own, _| (id(own), [own.token.clone(), vec![0]].concat()), "bad"),
        ("the token twice", |own, _| (id(own), own.token.repeat(2)), "bad"),
        ("zeros", |own, _| (id(own), vec![0; RESUME_TOKEN_BYTES]), "bad"),
        ("the token of another session", |own, other| (id(own), other.token.clone()), "bad"),
        ("the right token for another session", |own, other| (id(other), own.token.clone()), "bad"),
        (
            "the right token for a session that nobody has",
            |own, _| (flipped(&id(own), 15), token(own)),
            "expired",
        ),
        (
            "the right token for a session of another game",
            |own, _| (flipped(&id(own), 3), token(own)),
            "restarted",
        ),
        ("the right token for no session", |own, _| (Vec::new(), token(own)), "bad"),
        ("the right token for a name that is cut", |own, _| (id(own)[..15].to_vec(), token(own)), "bad"),
        ("the right token for a name that is too long", |own, _| (id(own).repeat(2), token(own)), "bad"),
        ("a token of a kilobyte", |own, _| (id(own), vec![7; 1_024]), "body_too_large"),
    ];
    let stack = Stack::start(&["--set", "game.start_gold=1000000"]);
    let (mut payer, mut other) = (Player::guest(stack.listen), Player::guest(stack.listen));
    for (what, make, name) in tries {
        let mut owner = Player::guest(stack.listen);
        let account = owner.known.account;
        payer.pays(account, 1);
        for is_away in [false, true] {
            if is_away {
                // Whether the gateway has seen it by then or not: the session is its own.
                owner.raw.socket().shutdown(std::net::Shutdown::Both).expect("a socket");
            }
            payer.pays(account, if is_away { 3 } else { 2 });
            let (session, token) = make(&owner, &other);
            let mut thief = owner.door();
            assert_eq!(thief.resume(&session, &token, 0).expect_err(what), *name, "{what}");
            if !is_away {
                owner.has_been_paid(2);
            }
        }
        owner.resumes().unwrap_or_else(|name| panic!("{what}, and then the owner: {name}"));
        payer.pays(account, 4);
        owner.has_been_paid(4);
        assert_eq!(owner.paid, in_order(4), "{what}");
    }
    let garbage: &[(&[u8], &str)] = &[(&[0xff; 20], "bad_body"), (&[0x0a], "bad_body"), (&[], "bad")];
    for (body, name) in garbage {
        let mut thief = other.door();
        thief.send_packet(kinds::RESUME, 0, body);
        if *name == "bad" {
            thief.wait_for(kinds::RESUME_REFUSED).expect("refused");
        } else {
            assert_eq!(thief.close_name(), *name);
        }
    }
    other.resumes().expect("nobody noticed");
    assert!(stack.stop().status.success());
}

fn id(of: &Player) -> Vec<u8> {
    assert_eq!(of.known.session.len(), SESSION_ID_BYTES);
    of.known.session.to_vec()
}

fn token(of: &Player) -> Vec<u8> {
    of.token.clone()
}

#[test]
fn an_old_token_works_until_the_new_one_is_known_to_have_come_and_never_after() {
    let stack = Stack::start(&[]);
    let mut owner = Player::guest(stack.listen);
    let (first, session) = (owner.token.clone(), id(&owner));
    let mut lost = owner.door();
    let lost_token = lost.resume(&session, &first, 0).expect("resumed").token;
    assert_eq!(owner.raw.close_name(), "superseded");
    // As if that answer never came: nothing was said over its connection.
    owner.resumes().expect("the old token still works");
    assert_eq!(lost.close_name(), "superseded");
    owner.gold();
    // Now that it was heard, neither does any more.
    for token in [&first, &lost_token.to_vec()] {
        assert_eq!(owner.door().resume(&session, token, 0).expect_err("old"), "bad");
    }
    owner.gold();
    owner.resumes().expect("the token that it was told last");
    owner.gold();
    assert!(stack.stop().status.success());
}

/// So many guesses at a session by whoever cannot know its token, five over each connection.
fn guess(owner: &Player, guesses: usize, session: impl Fn(usize) -> Vec<u8>, name: &str) {
    for guess in (0..guesses).step_by(TRIES) {
        let mut thief = owner.door();
        for guess in guess..guess + TRIES {
            let mut token = owner.token.clone();
            token[guess % 32] ^= u8::try_from(1 + guess / 32).expect("small");
            assert_eq!(thief.resume(&session(guess), &token, 0).expect_err("a guess"), name);
        }
        assert_eq!(thief.close_name(), "too_many_logins");
    }
}

#[test]
fn a_thousand_guesses_end_the_way_back_into_one_session_and_leave_its_owner_all_others() {
    let stack = Stack::start(&[]);
    let (mut owner, mut payer) = (Player::guest(stack.listen), Player::guest(stack.listen));
    let records = stack.figure(Role::Game, "lsn_made");
    // A name has twelve random bytes: who does not know it cannot even harm the session.
    let unknown = |guess: usize| {
        let mut session = id(&owner);
        session[4 + guess % 12] ^= u8::try_from(1 + guess / 12).expect("small");
        session
    };
    guess(&owner, 500, unknown, "expired");
    owner.resumes().expect("nobody guessed at its own");
    owner.gold();
    let session = id(&owner);
    guess(&owner, 500, |_| session.clone(), "bad");
    assert_eq!(stack.figure(Role::Game, "lsn_made"), records, "guesses make no records");
    // Whoever plays plays on.
    payer.pays(owner.known.account, 1);
    owner.has_been_paid(1);
    // But nobody resumes this session any more. The owner comes in by ticket, for which its player is asked nothing.
    assert_eq!(owner.resumes().expect_err("the right token, too late"), "bad");
    owner.comes_by_ticket().expect("a login");
    assert_eq!((owner.known.session_gen, owner.gold()), (3, 1_001), "each login's is the next odd number");
    owner.resumes().expect("it is a session like any other");
    guess(&owner, 5, |_| id(&owner), "bad");
    owner.comes_by_secret().expect("a login");
    assert_eq!(owner.gold(), 1_001);
    assert!(stack.stop().status.success());
}

#[test]
fn a_session_that_is_over_says_how_it_ended_and_its_owner_comes_in_by_ticket() {
    let stack = Stack::start(&["--set", "game.resume_grace_ms=300"]);
    let mut owner = Player::guest(stack.listen);
    owner.raw.socket().shutdown(std::net::Shutdown::Both).expect("a socket");
    stack.until("the grace is over", || stack.figure(Role::Game, "sessions") == 0);
    assert_eq!(owner.resumes().expect_err("too late"), "expired");
    owner.comes_by_ticket().expect("a login");

    let (session, token) = (id(&owner), owner.token.clone());
    owner.comes_by_ticket().expect("a login");
    assert_eq!(owner.door().resume(&session, &token, 0).expect_err("a login since"), "superseded");
    assert_eq!(owner.gold(), 1_000, "which is nothing to the newer one");

    owner.raw.send_packet(kinds::LOGOUT, 0, &[]);
    assert_eq!(owner.raw.close_name(), "logged_out");
    assert_eq!(owner.resumes().expect_err("it was given up"), "expired");
    owner.comes_by_ticket().expect("a login");

    // A right token with a count that cannot be is no way to hear anything.
    let (session, token) = (id(&owner), owner.token.clone());
    assert_eq!(owner.door().resume(&session, &token, u64::MAX).expect_err("no such count"), "gap");
    assert_eq!(owner.resumes().expect_err("it has ended"), "gap");
    owner.comes_by_ticket().expect("a login");

    stack.kill_and_wait(Role::Game);
    assert_eq!(owner.resumes().expect_err("another game"), "restarted");
    owner.comes_by_ticket().expect("a login");
    assert_eq!(owner.gold(), 1_000);
    assert!(stack.stop().status.success());
}

/// What a ticket says, and the end of the connection that said it.
fn try_ticket(owner: &Player, ticket: &[u8]) -> String {
    let body = wire::encode(&LoginTicket { ticket: ticket.to_vec().into() });
    owner.door().login(kinds::LOGIN_TICKET, &body).expect_err("no ticket")
}

fn staff(stack: &Stack, words: &[&str], input: &str) {
    let mut command = ding(words);
    command.arg("--data").arg(stack.data()).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().expect("it runs");
    child.stdin.take().expect("piped").write_all(input.as_bytes()).expect("taken");
    assert!(child.wait().expect("it ends").success(), "{words:?}");
}

#[test]
fn a_ticket_is_good_until_a_later_login_was_heard_of_and_in_no_other_form_and_world() {
    let cheap = ["--set", "game.argon2_memory_kib=64", "--set", "game.argon2_passes=1"];
    let (stack, elsewhere) = (Stack::start(&cheap), Stack::start(&cheap));
    let mut owner = Player::guest(stack.listen);
    let foreign = Player::guest(elsewhere.listen);
    assert_eq!(owner.known.account, foreign.known.account, "else it would be too easy");
    let first = owner.known.ticket.to_vec();
    for at in 0..first.len() {
        assert_eq!(try_ticket(&owner, &flipped(&first, at)), "bad_credentials", "byte {at}");
    }
    let cut = &first[..first.len() - 1];
    let longer = [first.clone(), vec![0]].concat();
    for ticket in [&foreign.known.ticket, cut, &longer, &[], &[0; 53]] {
        assert_eq!(try_ticket(&owner, ticket), "bad_credentials");
    }
    assert_eq!(try_ticket(&owner, &[1; 200]), "body_too_large");
    assert_eq!(owner.gold(), 1_000, "nobody noticed");

    owner.comes_by_ticket().expect("the right one");
    // As if the answer to that one had got lost.
    owner.known.ticket = first.clone().into();
    owner.comes_by_ticket().expect("it is good while nobody was heard since");
    owner.gold();
    assert_eq!(try_ticket(&owner, &first), "bad_credentials", "a newer login has its own");
    // To resume is no login: the ticket stays.
    owner.resumes().expect("the right token");
    let second = owner.known.ticket.to_vec();
    owner.comes_by_ticket().expect("the right one");
    owner.comes_by_secret().expect("the right one");
    assert_eq!(try_ticket(&owner, &second), "bad_credentials");
    assert_eq!(owner.gold(), 1_000, "nobody noticed");

    let account = owner.known.account.to_string();
    let last = owner.known.ticket.to_vec();
    staff(&stack, &["account", "bind-guest", &account, "--name", "Ana"], "a wardrobe of tin");
    assert_eq!(owner.raw.close_name(), "kicked");
    assert_eq!(try_ticket(&owner, &last), "bad_credentials", "a password since");
    assert_ne!(owner.resumes(), Ok(()));
    let password =
        |word: &str| wire::encode(&LoginPassword { name: "Ana".to_owned(), password: word.to_owned() });
    owner.comes(kinds::LOGIN_PASSWORD, &password("a wardrobe of tin")).expect("its password");
    staff(&stack, &["account", "set-password", "ana"], "another wardrobe");
    assert_eq!(owner.comes_by_ticket().expect_err("a password since"), "bad_credentials");
    assert_ne!(owner.resumes(), Ok(()));
    owner.comes(kinds::LOGIN_PASSWORD, &password("another wardrobe")).expect("its password");

    staff(&stack, &["account", "ban", "ana", "--reason", "sells gold"], "");
    assert_eq!(owner.comes_by_ticket().expect_err("banned"), "banned");
    assert_ne!(owner.resumes(), Ok(()), "nor does its session go on");
    assert_eq!(
        try_ticket(&owner, &flipped(&owner.known.ticket, 20)),
        "bad_credentials",
        "only its owner is told"
    );
    assert!(stack.stop().status.success());
    assert!(elsewhere.stop().status.success());
}

/// Refusals that a connection has.
const TRIES: usize = 5;
