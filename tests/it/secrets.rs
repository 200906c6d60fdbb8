//! Guests' secrets under whoever has not the right one, and under two who have it at once (F69).

use std::{
    net::SocketAddr,
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

use proto::{
    client::{BindName, LoggedIn, LoginRefused, LoginSecret, Status},
    kinds,
    prescan::Budget,
    wire,
};

use crate::support::{
    Tier,
    raw::Raw,
    stack::{Role, Stack},
};

/// What became of one try.
#[derive(Debug)]
enum Said {
    In(Box<LoggedIn>),
    /// The whole packet.
    Refused(Vec<u8>),
    Closed,
}

fn try_secret(raw: &mut Raw, account: u64, secret: &[u8]) -> Said {
    let body = wire::encode(&LoginSecret { account, secret: secret.to_vec().into() });
    raw.send_packet(kinds::LOGIN_SECRET, 0, &body);
    loop {
        match raw.next() {
            Some((kinds::LOGGED_IN, _, body)) => {
                return Said::In(Box::new(wire::decode(&body, Budget::CLIENT).expect("a login")));
            }
            Some((kinds::LOGIN_REFUSED, _, body)) => return Said::Refused(body),
            Some((kinds::CLOSE, ..)) | None => return Said::Closed,
            Some(_) => {}
        }
    }
}

/// A connection that was welcomed, or none: the door was shut.
fn knock(server: SocketAddr) -> Option<Raw> {
    let mut raw = Raw::connect(server);
    let hello = wire::encode(&proto::client::Hello { protocol: 1, client: "raw".into() });
    raw.send_packet(kinds::HELLO, 0, &hello);
    raw.wait_for(kinds::WELCOME).map(|_| raw)
}

fn bad_credentials() -> Vec<u8> {
    wire::encode(&LoginRefused { name: "bad_credentials".into(), ..LoginRefused::default() })
}

#[test]
fn a_thousand_guesses_from_one_address_are_held_back_and_the_owner_comes_in() {
    const GUESSES: u64 = 1_000;
    const CONNECTIONS_PER_S: u64 = 10;
    let rate = format!("gateway.max_new_per_address_per_s={CONNECTIONS_PER_S}");
    // The hash with which game starts, at low priority, may otherwise take its 19 MiB while we measure.
    let stack = Stack::start(&[
        "--set",
        "gateway.limit_loopback=true",
        "--set",
        &rate,
        "--set",
        "game.argon2_memory_kib=64",
    ]);
    let server = stack.listen;
    let mut owner = Raw::connect(server);
    let known = owner.guest();
    let (account, right) = (known.account, known.secret.to_vec());
    let (before_kib, log_before) = (stack.resident_kib(Role::Game), stack.log.text().len());
    let records = stack.figure(Role::Game, "lsn_made");
    let began = ding::clock::now();
    let (mut guesses, mut compared, mut shut, mut slowest) = (0, 0, 0, Duration::ZERO);
    while guesses < GUESSES {
        let Some(mut raw) = knock(server) else {
            // All that it would have tried.
            (guesses, shut) = (guesses + 5, shut + 1);
            continue;
        };
        for _ in 0..5 {
            let mut guess = right.clone();
            guess[usize::try_from(guesses % 32).expect("small")] ^=
                1 + u8::try_from(guesses / 32).expect("small");
            let asked = ding::clock::now();
            // Every other one is after an account that nobody has.
            match try_secret(&mut raw, account + guesses % 2 * 1_000_000, &guess) {
                Said::Refused(body) => {
                    assert_eq!(body, bad_credentials(), "one answer for whatever is wrong");
                }
                other => panic!("guess {guesses}: {other:?}"),
            }
            slowest = slowest.max(ding::clock::now().saturating_duration_since(asked));
            (guesses, compared) = (guesses + 1, compared + 1);
        }
        assert_eq!(raw.close_name(), "too_many_logins");
    }
    let took = ding::clock::now().saturating_duration_since(began);
    println!(
        "{compared} of {guesses} compared, {shut} connections shut out, the slowest answer after {slowest:?}"
    );
    // Twice as many at once, and so many a second: whatever the machine.
    let welcome = CONNECTIONS_PER_S * (3 + took.as_secs());
    assert!(0 < compared && compared <= 5 * welcome && 0 < shut, "{compared} in {took:?}");
    // A silent server would have had a minute.
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    assert_eq!(stack.figure(Role::Game, "lsn_made"), records, "guesses make no records");
    assert_eq!(stack.figure(Role::Game, "sessions"), 1);
    let grown_kib = stack.resident_kib(Role::Game).saturating_sub(before_kib);
    assert!(grown_kib < 16 * 1_024, "{grown_kib} KiB more");
    let logged = stack.log.text().len() - log_before;
    assert!(logged < 32 * 1_024, "{logged} bytes of log");

    // The owner noticed nothing, and comes in again past the one at the door, from the same address.
    assert_eq!(owner.command(kinds::WALLET_READ, 1, &[]).status(), Status::Ok);
    drop(owner);
    let mut again = (0..100_000).find_map(|_| knock(server)).expect("room for one in a tenth of a second");
    match try_secret(&mut again, account, &right) {
        Said::In(known) => assert_eq!(known.session_gen, 3),
        other => panic!("the owner: {other:?}"),
    }
    let ended = stack.stop();
    assert!(ended.status.success());
    let hex: String = right.iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!ended.log.contains(&hex) && !ended.log.contains(&format!("{right:?}")), "{}", ended.log);
}

#[test]
fn a_secret_that_is_cut_foreign_or_revoked_gets_the_answer_of_a_wrong_one() {
    let stack = Stack::start(&["--set", "game.argon2_memory_kib=64", "--set", "game.argon2_passes=1"]);
    let (mut ana, mut bo) = (Raw::connect(stack.listen), Raw::connect(stack.listen));
    let (of_ana, of_bo) = (ana.guest(), bo.guest());
    let refused = |account: u64, secret: &[u8]| {
        let mut raw = knock(stack.listen).expect("a welcome");
        match try_secret(&mut raw, account, secret) {
            Said::Refused(body) => assert_eq!(body, bad_credentials()),
            other => panic!("{other:?}"),
        }
    };
    let right = of_ana.secret.to_vec();
    let long = [right.clone(), vec![0]].concat();
    for secret in [&right[..31], &long, &[], &[0; 32], &of_bo.secret] {
        refused(of_ana.account, secret);
    }
    for account in [0, of_ana.account + 1_000_000, u64::MAX] {
        refused(account, &right);
    }
    // A name and its password take the secret's place.
    let (name, password) = ("Ana".to_owned(), "correct horse battery".to_owned());
    let bound = ana.command(kinds::BIND_NAME, 1, &wire::encode(&BindName { name, password }));
    assert_eq!(bound.status(), Status::Ok, "{}", bound.error);
    refused(of_ana.account, &right);
    assert_eq!(ana.command(kinds::WALLET_READ, 2, &[]).status(), Status::Ok);
    assert_eq!(bo.command(kinds::WALLET_READ, 1, &[]).status(), Status::Ok);
    assert!(stack.stop().status.success());
}

#[test]
fn of_two_who_come_with_one_secret_at_once_one_plays_again_and_again() {
    let rounds = Tier::current().pick(50, 1_000);
    let stack = Stack::start(&[]);
    let server = stack.listen;
    let mut first = Raw::connect(server);
    let known = first.guest();
    let (account, secret) = (known.account, known.secret.to_vec());
    let mut plays = Vec::from([(first, known)]);
    for round in 1..=rounds {
        let together = Arc::new(Barrier::new(2));
        let racers: Vec<_> = (0..2)
            .map(|_| {
                let (together, secret) = (together.clone(), secret.clone());
                thread::spawn(move || {
                    let mut raw = knock(server).expect("a welcome");
                    together.wait();
                    let said = try_secret(&mut raw, account, &secret);
                    (raw, said)
                })
            })
            .collect();
        let (mut before, _) = plays.pop().expect("somebody plays");
        let mut came: Vec<(Raw, LoggedIn)> = Vec::new();
        for racer in racers {
            match racer.join().expect("no racer fails") {
                (raw, Said::In(known)) => came.push((raw, *known)),
                // The other came a moment later, before this one's login was durable.
                (_, Said::Closed) => {}
                (_, Said::Refused(body)) => panic!("the right secret was refused: {body:?}"),
            }
        }
        assert_eq!(before.close_name(), "superseded");
        came.sort_by_key(|(_, known)| known.session_gen);
        let (mut raw, known) = came.pop().expect("one of them plays");
        assert_eq!(known.session_gen, 1 + 4 * round, "each login's is the next odd number");
        if let Some((mut other, _)) = came.pop() {
            assert_eq!(other.close_name(), "superseded");
        }
        let answer = raw.command(kinds::WALLET_READ, known.cseq_last + 1, &[]);
        assert_eq!(answer.status(), Status::Ok, "{}", answer.error);
        plays.push((raw, known));
    }
    assert_eq!(stack.figure(Role::Game, "sessions"), 1);
    println!("{rounds} races of two, each won by one");
    assert!(stack.stop().status.success());
}
