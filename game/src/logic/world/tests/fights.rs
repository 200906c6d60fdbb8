//! Fights through the world: who may strike whom, what a death brings, and what becomes of the dead.

mod dead;

use proto::tables::{CharacterRow, GoodsLogRow, ItemRow, LedgerRow, Reason, WalletRow};

use super::{
    goods::{AT_SHOPS, enter},
    *,
};
use crate::logic::{map::ground::Placed, testing::fights::placed};

/// A place one meter east of the one where characters enter.
const BESIDE: (i64, i64) = (AT_SHOPS.0 + 1_000, AT_SHOPS.1);
const RAT: u32 = 1;
const BOAR: u32 = 2;
const TROLL: u32 = 6;

fn play(monsters: Vec<Placed>) -> Play {
    Play::with_monsters(WorldConfig { preload: false, ..WorldConfig::default() }, monsters)
}

/// Time passes in small steps, as it does.
fn pass(play: &mut Play, ms: u64) {
    for _ in 0..ms / 50 {
        play.pass(std::time::Duration::from_millis(50));
    }
}

/// Strikes every second until the answer is not an OK, or the last blow was struck. What was seen meanwhile.
fn strike_until_over(play: &mut Play, name: &str, avatar: u32) -> Vec<String> {
    let before = play.people.transcript.len();
    for _ in 0..200 {
        play.run(&format!("{name} strikes {avatar}"));
        let last = answer(play, name);
        if !last.starts_with("ok, ") || last.ends_with(", 0 % left") {
            break;
        }
        pass(play, 1_000);
    }
    play.people.transcript[before..].to_vec()
}

fn rows<R: crate::logic::cache::Cached>(play: &Play) -> Vec<R> {
    play.store.rows::<R>()
}

/// The last answer that a player got.
fn answer<'a>(play: &'a Play, name: &str) -> &'a str {
    let is_answer = |line: &&String| {
        let mut words = line.split_whitespace();
        words.next() == Some(name) && words.next().is_some_and(|word| word.ends_with(':'))
    };
    let line = play.people.transcript.iter().rev().find(is_answer).unwrap();
    line.split_once(": ").unwrap().1
}

#[test]
fn whoever_slays_a_monster_gets_its_experience_and_what_it_leaves_in_one_record() {
    let mut play = play(vec![placed(RAT, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    let seen = strike_until_over(&mut play, "ana", 1);
    assert!(seen.iter().any(|line| line.starts_with("ana is at level 1, xp 8 of 40")), "{seen:#?}");
    let kinds: u32 = rows::<ItemRow>(&play).iter().map(|row| row.quantity).sum();
    let logged = play.store.rows::<GoodsLogRow>();
    assert_eq!(logged.iter().map(|row| row.quantity).sum::<u32>(), kinds);
    assert!(logged.iter().all(|row| row.reason == Reason::Loot as u32 && row.from_holder == 0));
    let gold = rows::<WalletRow>(&play)[0].gold;
    let from_loot =
        play.store.rows::<LedgerRow>().into_iter().filter(|row| row.reason == Reason::Loot as u32);
    assert_eq!(gold, 1_000 + from_loot.map(|row| row.amount).sum::<i64>());
    pass(&mut play, 200);
    assert!(play.people.transcript.iter().any(|line| line.contains("1 vanished")));
    assert_eq!(play.world.figures().monsters, 0);
    pass(&mut play, 10_000);
    assert_eq!(play.world.figures().monsters, 1);
    assert!(play.people.transcript.last().unwrap().contains("Rat is at"), "another comes");
}

#[test]
fn a_blow_that_may_not_be_is_refused_by_name() {
    let mut play = play(vec![placed(BOAR, BESIDE, 1, 0), placed(RAT, (300_000, 250_000), 1, 0)]);
    play.run("ana logs in\nana strikes 1");
    assert_eq!(answer(&play, "ana"), "rejected not_in_world");
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    for (target, refusal) in [("77", "no_such_target"), ("2", "target_too_far"), ("3", "target_is_player")] {
        play.run(&format!("bo strikes {target}"));
        assert_eq!(answer(&play, "bo"), format!("rejected {refusal}"));
    }
    play.run("bo strikes 1");
    assert!(answer(&play, "bo").starts_with("ok, "), "{}", answer(&play, "bo"));
    play.run("bo strikes 1");
    assert_eq!(answer(&play, "bo"), "later attack_too_soon");
    play.run("pass 750\nbo strikes 1");
    assert!(answer(&play, "bo").starts_with("ok, "));
    // What came too soon is not forgiven twice.
    play.run("pass 750\nbo strikes 1");
    assert_eq!(answer(&play, "bo"), "later attack_too_soon");
    play.run("bo respawns");
    assert_eq!(answer(&play, "bo"), "rejected not_dead");
}
