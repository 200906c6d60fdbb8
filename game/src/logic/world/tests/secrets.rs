//! A guest's secret under whoever has it not, had it once, or has it twice (F69).

use proto::{client::LoginSecret, kinds, tables::Table, wire};

use super::*;
use crate::logic::credentials::secret_hash;

/// Somebody's try, by a new connection after each five.
fn tries(play: &mut Play, account: u64, secret: &[u8], number: usize) {
    if number.is_multiple_of(5) {
        play.run("bo connects");
    }
    let body = wire::encode(&LoginSecret { account, secret: secret.to_vec().into() });
    play.packet("bo", kinds::LOGIN_SECRET, 0, &body);
    play.turn();
}

/// Ana's account and secret.
fn of_ana(play: &mut Play) -> (u64, Vec<u8>) {
    let ana = play.people.person("ana");
    (ana.account, ana.secret.clone())
}

#[test]
fn wrong_cut_foreign_and_revoked_secrets_get_one_answer_and_touch_nothing() {
    let mut play = with_cache_of(100);
    play.run(
        "ana logs in
         cy logs in
         di logs in
         di binds Diana with correct-horse",
    );
    let (ana, right) = of_ana(&mut play);
    let (cy, revoked) = (play.people.person("cy").secret.clone(), play.people.person("di").secret.clone());
    let di = play.people.person("di").account;
    let mut flipped = right.clone();
    flipped[31] ^= 1;
    let wrong: Vec<(u64, Vec<u8>)> = vec![
        (ana, flipped),
        (ana, right[..31].to_vec()),
        (ana, [right.clone(), vec![0]].concat()),
        (ana, Vec::new()),
        (ana, vec![0; 32]),
        (ana, secret_hash(&right).to_vec()),
        (ana, cy),
        (di, revoked),
        (di, Vec::new()),
        (0, right.clone()),
        (u64::MAX, right.clone()),
        (1 << 40, right),
    ];
    let before = (play.people.transcript.len(), play.world.figures().lsn_made);
    for (number, (account, secret)) in wrong.iter().enumerate() {
        tries(&mut play, *account, secret, number);
    }
    let said: Vec<&str> = play.people.transcript[before.0..].iter().map(String::as_str).collect();
    let refused = said.iter().filter(|line| **line == "bo is refused: bad_credentials").count();
    assert_eq!(refused, wrong.len(), "{said:?}");
    let closed = said.iter().filter(|line| **line == "bo is closed: too_many_logins").count();
    assert_eq!(refused + closed, said.len(), "{said:?}");
    assert_eq!(play.world.figures().lsn_made, before.1, "no record was made");
    // Whom they were after noticed nothing, and comes back with its own.
    play.run("ana reads wallet\ncy reads wallet\nana logs in");
    let last = &play.people.transcript[play.people.transcript.len() - 4..];
    let expected = [
        "ana 1: ok, 1000 gold",
        "cy 1: ok, 1000 gold",
        "an older connection is closed: superseded",
        "ana is in: gen 3, last 1, ok 1",
    ];
    assert_eq!(last, expected);
}

#[test]
fn a_thousand_guesses_at_a_thousand_accounts_take_no_more_room_than_the_cache_has() {
    // So many at once do not wait for their turn.
    let mut play = Play::new(WorldConfig { cache_accounts_max: 20, logins_per_s_max: 10_000, ..idle() });
    play.run("ana logs in");
    let (ana, right) = of_ana(&mut play);
    let made = play.world.figures().lsn_made;
    for number in 0..1_000 {
        let mut guess = right.clone();
        guess[number % 32] ^= u8::try_from(number / 32 + 1).unwrap();
        let account = if number.is_multiple_of(2) { ana } else { 1_000_000 + number as u64 };
        tries(&mut play, account, &guess, number);
    }
    let refused =
        play.people.transcript.iter().filter(|line| *line == "bo is refused: bad_credentials").count();
    assert_eq!(refused, 1_000);
    assert_eq!(play.world.figures().lsn_made, made);
    assert_eq!(play.world.figures().parked, 0);
    assert_eq!(play.world.figures().sessions, 1);
    assert!(play.world.cache.units(Table::Account) <= 20 + 5, "{}", play.world.cache.units(Table::Account));
    play.run("ana reads wallet\nana logs in");
    assert_eq!(play.people.transcript.last().map(String::as_str), Some("ana is in: gen 3, last 1, ok 1"));
}

#[test]
fn of_two_who_come_with_one_secret_at_once_one_plays() {
    let mut play = with_cache_of(100);
    play.run("ana logs in\nana drops\ngame dies");
    let (account, secret) = of_ana(&mut play);
    for name in ["bo", "cy"] {
        let person = play.people.person(name);
        (person.account, person.secret) = (account, secret.clone());
    }
    // Both wait for the same row, so neither knows of the other when it is judged.
    play.run("hold reads\nbo logs in\ncy logs in\nlet reads\ncy reads wallet");
    let expected = [
        "ana is in: gen 1, last 0, ok 0",
        "bo is closed: superseded",
        "cy is in: gen 5, last 0, ok 0",
        "cy 1: ok, 1000 gold",
    ];
    assert_eq!(play.people.transcript, expected);
    assert_eq!(play.world.figures().sessions, 1);
}
