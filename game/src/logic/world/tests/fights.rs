//! Fights through the world: who may strike whom, what a death brings, and what becomes of the dead.

mod dead;
mod hits;
mod random;
mod strong;

use proto::tables::{CharacterRow, GoodsLogRow, ItemRow, LedgerRow, Reason, WalletRow};

use super::{
    goods::{AT_SHOPS, change, enter},
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
fn nobody_hears_of_a_level_before_the_kill_that_brought_it_is_durable() {
    let mut play = play(vec![placed(RAT, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    change(&mut play, "ana", |row| CharacterRow { xp: 39, ..row });
    play.run("hold syncs");
    while play.world.figures().monsters_slain == 0 {
        play.run("ana strikes 1");
        pass(&mut play, 1_000);
    }
    let heard = |play: &Play| {
        let dings = play.people.transcript.iter().filter(|line| line.contains("the ding of Ida: level 2"));
        dings.count()
    };
    assert_eq!(heard(&play), 0, "{:#?}", play.people.transcript);
    play.run("let syncs");
    assert_eq!(heard(&play), 2, "all who hear the cell");
    play.run("game dies\nana logs in\nana lists characters");
    assert_eq!(answer(&play, "ana"), "ok, [Ida 2]");
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

#[test]
fn all_who_hurt_it_share_the_experience_and_the_last_one_gets_what_it_leaves() {
    let mut play = play(vec![placed(BOAR, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    enter(&mut play, "cy", "Cat", AT_SHOPS);
    play.run(
        "ana strikes 1\nbo strikes 1\ncy strikes 1\npass 1000\nbo strikes 1\npass 1000\ncy leaves the world",
    );
    strike_until_over(&mut play, "ana", 1);
    let xp: Vec<u64> = rows::<CharacterRow>(&play).iter().map(|row| row.xp).collect();
    assert!(0 < xp[1] && xp[1] < xp[0] && xp[2] == 0, "{xp:?}");
    assert!(xp.iter().sum::<u64>() <= 22, "{xp:?}");
    let ida = rows::<CharacterRow>(&play)[0].id;
    assert!(rows::<ItemRow>(&play).iter().all(|row| row.holder == ida));
    assert!(!play.people.transcript.iter().any(|line| line.starts_with("bo gets")));
}

#[test]
fn whoever_is_forgotten_is_gone_at_once_and_keeps_nobody_from_a_kill() {
    let mut play = play(vec![placed(RAT, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play.run("ana strikes 1\nbo strikes 1\nstaff deletes ana");
    while !play.staff_heard.last().unwrap().done {
        play.run("staff goes on deleting ana");
    }
    let ana = proto::ids::AccountId(play.people.all["ana"].account);
    assert_eq!(play.world.place_of(ana), None);
    pass(&mut play, 1_000);
    strike_until_over(&mut play, "bo", 1);
    assert!(answer(&play, "bo").ends_with(", 0 % left"), "{}", answer(&play, "bo"));
    assert!(0 < rows::<CharacterRow>(&play)[0].xp);
}

#[test]
fn what_finds_no_room_in_the_bag_is_named_and_is_no_more() {
    let mut play = play(vec![placed(TROLL, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    change(&mut play, "ana", |row| CharacterRow { level: 30, hp: 400, ..row });
    // A hundred knives leave no place for anything.
    let account = play.people.person("ana").account;
    let ida = rows::<CharacterRow>(&play)[0].id;
    give(&mut play, account, ida, 100);
    play.run("ana leaves the world\nana enters with Ida");
    pass(&mut play, 200);
    let seen = strike_until_over(&mut play, "ana", 1);
    let told = seen.iter().find(|line| line.starts_with("ana gets ")).expect("what it left").clone();
    assert_eq!(told, "ana gets 364 gold [], leaves 2 of 42");
    assert_eq!(rows::<ItemRow>(&play).len(), 100);
    assert_eq!(rows::<WalletRow>(&play)[0].gold, 1_364);
}

#[test]
fn a_last_blow_for_which_the_journal_has_no_room_was_not_struck() {
    let mut config = WorldConfig { preload: false, ..WorldConfig::default() };
    config.inflight_records_max = 8;
    let mut play = Play::with_monsters(config, vec![placed(RAT, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("ana strikes 1\npass 1000\nana strikes 1\npass 1000\nhold syncs");
    for _ in 0..8 {
        play.run("ana buys 1 of 40 in 1");
    }
    let mut later = 0;
    for _ in 0..10 {
        play.run("ana strikes 1");
        later += usize::from(answer(&play, "ana") == "later store_busy");
        pass(&mut play, 1_000);
    }
    assert!(0 < later, "{:#?}", play.people.transcript);
    assert_eq!((play.world.figures().monsters, play.world.figures().monsters_slain), (1, 0));
    play.run("let syncs");
    strike_until_over(&mut play, "ana", 1);
    assert_eq!(play.world.figures().monsters_slain, 1);
    assert_eq!(rows::<CharacterRow>(&play)[0].xp, 8);
}

#[test]
fn a_kill_waits_for_a_bag_that_is_not_in_memory_and_nobody_else_is_slain_meanwhile() {
    let config = WorldConfig { preload: false, cache_accounts_max: 1, ..WorldConfig::default() };
    let mut play = Play::with_monsters(config, vec![placed(RAT, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    enter(&mut play, "cy", "Cat", AT_SHOPS);
    play.run("pass 100\npass 100\nhold reads");
    for _ in 0..8 {
        play.run("ana strikes 1\nbo strikes 1\npass 1100");
    }
    assert_eq!(play.world.figures().monsters_slain, 0, "both wait for what they have");
    play.run("rows come\nlet reads\npass 100");
    assert_eq!(play.world.figures().monsters_slain, 1);
    let xp: u64 = rows::<CharacterRow>(&play).iter().map(|row| row.xp).sum();
    assert!((7..=8).contains(&xp), "{xp}");
    let rat_tails = play.store.rows::<GoodsLogRow>();
    let owners: std::collections::BTreeSet<u64> = rat_tails.iter().map(|row| row.to_holder).collect();
    assert!(owners.len() <= 1, "one of them got it");
}

/// So many knives, into the bag.
fn give(play: &mut Play, account: u64, holder: u64, count: u32) {
    use proto::tables::Place;
    let now = play.now;
    play.world
        .in_tx(crate::logic::delivery::ConnKey::default(), None, now, |tx| {
            tx.set::<ItemRow>(holder)?;
            for slot in 0..count {
                let id = tx.new_id()?;
                tx.put(ItemRow { holder, id, kind: 1, quantity: 1, place: Place::Bag as u32, slot });
            }
            tx.goods_flow(Reason::Staff, 1, count.into());
            Ok(())
        })
        .unwrap();
    let account = proto::ids::AccountId(account);
    play.world.commit(proto::turn::TxnId { account, cseq: 0 }, now).unwrap();
    play.turn();
}
