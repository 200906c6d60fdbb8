//! Random play against a model that is too simple to be wrong.

use std::collections::BTreeMap;

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;

const NAMES: [&str; 5] = ["ana", "bo", "cy", "di", "ed"];

#[test]
fn ten_thousand_random_operations_agree_with_the_model() {
    for seed in 1..=20 {
        play_with(seed);
    }
}

fn play_with(seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut play = with_cache_of(2);
    for name in NAMES {
        play.run(&format!("{name} logs in"));
    }
    let mut pick = move |bound: u32| rng.next_u32() % bound;
    let mut paid: BTreeMap<(String, u64), (String, i64)> = BTreeMap::new();
    let mut used = BTreeMap::new();
    for _ in 0..500 {
        let name = NAMES[pick(5) as usize];
        let to = NAMES[pick(5) as usize];
        let amount = i64::from(pick(40));
        match pick(24) {
            0..=9 => {
                if play.people.all[name].is_in {
                    let cseq = play.people.all[name].cseq + 1;
                    paid.insert((name.to_owned(), cseq), (to.to_owned(), amount));
                    play.run(&format!("{name} pays {to} {amount}"));
                }
            }
            10 if play.people.all[name].is_in => {
                // A number that was lost with a crash is used again, here for something else.
                paid.remove(&(name.to_owned(), play.people.all[name].cseq + 1));
                play.run(&format!("{name} says hello"));
            }
            11 if play.people.all[name].conn.is_some() => play.run(&format!("{name} drops")),
            11..=13 => play.run(&format!("{name} logs in")),
            14 => play.run("hold syncs"),
            15 => play.run("let syncs"),
            16 => play.run("hold reads"),
            17 => play.run("let reads"),
            18 => play.run("hold applies"),
            19 => play.run("let applies"),
            20 if !play.held.store => play.run("store goes"),
            20..=21 if play.held.store => play.run("store comes back"),
            22 if pick(4) == 0 => {
                used.clear();
                play.run("game dies");
            }
            _ => play.run(&format!("sync {}\npass 700", pick(3))),
        }
        no_ok_is_ahead_of_the_disk(&play, seed);
        no_number_is_used_again(&play, &mut used, seed);
    }
    if play.held.store {
        play.run("store comes back");
    }
    play.run("let syncs\nlet reads\nlet applies\nnote end");
    gold_is_what_the_model_says(&play, &paid, seed);
    for name in NAMES {
        play.run(&format!("{name} logs in"));
    }
    accounts_tell_what_happened(&play, &paid, seed);
}

/// Of the last 64 commands, a payment has its bit where it is in the journal, and nowhere else.
fn accounts_tell_what_happened(play: &Play, paid: &BTreeMap<(String, u64), (String, i64)>, seed: u64) {
    for (name, cseq) in paid.keys() {
        let account = play.store.account(play.people.all[name].account).unwrap();
        let Some(age @ 0..64) = account.cseq_last.checked_sub(*cseq) else { continue };
        let mut journal = play.store.journal.iter();
        let happened = journal.any(|(txn, _, _)| (txn.account.0, txn.cseq) == (account.id, *cseq));
        assert_eq!(account.cseq_ok.0 >> age & 1 == 1, happened, "seed {seed}: {name} {cseq}");
    }
}

/// Unless game dies, a login goes on where the last session ended, whatever was forgotten between the two.
fn no_number_is_used_again(play: &Play, used: &mut BTreeMap<String, u64>, seed: u64) {
    for (name, person) in play.people.all.iter().filter(|(_, person)| person.is_in) {
        let before = used.insert(name.clone(), person.cseq).unwrap_or_default();
        assert!(before <= person.cseq, "seed {seed}: {name} stood at {before}, is at {}", person.cseq);
    }
}

/// Whoever was told OK to a payment finds its number in the part of the journal that is on disk.
fn no_ok_is_ahead_of_the_disk(play: &Play, seed: u64) {
    let durable = usize::try_from(play.store.durable().0).unwrap();
    for (name, person) in &play.people.all {
        for (cseq, is_ok) in &person.answers {
            let is_payment = person.sent.get(cseq) == Some(&proto::kinds::PAY);
            if *is_ok && is_payment {
                let found = play.store.journal[..durable]
                    .iter()
                    .any(|(txn, _, _)| (txn.account.0, txn.cseq) == (person.account, *cseq));
                assert!(found, "seed {seed}: {name} {cseq} was answered and is not durable");
            }
        }
    }
}

/// The journal's payments, in order, on plain numbers.
fn gold_is_what_the_model_says(play: &Play, paid: &BTreeMap<(String, u64), (String, i64)>, seed: u64) {
    let mut gold: BTreeMap<&str, i64> = NAMES.iter().map(|name| (*name, 1_000)).collect();
    for (txn, _, _) in play.store.journal.iter().filter(|(txn, _, _)| txn.cseq != 0) {
        let name = NAMES.iter().find(|name| play.people.all[**name].account == txn.account.0).unwrap();
        let (to, amount) = &paid[&((*name).to_owned(), txn.cseq)];
        *gold.get_mut(name).unwrap() -= amount;
        *gold.get_mut(to.as_str()).unwrap() += amount;
    }
    for (name, gold) in &gold {
        let stored = play.store.gold(play.people.all[*name].account);
        assert_eq!(stored, *gold, "seed {seed}: {name}");
        assert!(0 <= stored);
    }
    assert_eq!(gold.values().sum::<i64>(), 5_000, "seed {seed}");
    assert!(20 < play.store.journal.len(), "seed {seed}: something happened");
}
