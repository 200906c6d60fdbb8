//! What makes a character stronger or whole: what it wears, levels, rest, another design.

use std::sync::Arc;

use super::*;
use crate::logic::{
    design::{Design, Level, Levels},
    event::Event,
    testing::{bundled, fights::design_with},
};

#[track_caller]
fn last_progress(play: &Play) -> &str {
    play.people.transcript.iter().rev().find(|line| line.starts_with("ana is at level")).unwrap()
}

fn strength(play: &Play) -> (u32, u32, u32) {
    let account = proto::ids::AccountId(play.people.all["ana"].account);
    let strength = play.world.roaming.played_by(account).unwrap().1.strength;
    (strength.attack, strength.defense, strength.hp_max)
}

#[test]
fn what_is_worn_counts_at_once_and_after_coming_back_and_no_more_when_it_is_off() {
    let mut play = play(Vec::new());
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    assert_eq!(strength(&play), (5, 2, 50));
    // A short sword, and chain mail with 9 of defense and 12 hit points.
    change_gold(&mut play, 10_000);
    play.run("ana buys 1 of 2 in 2\nana puts on #1\nana buys 1 of 23 in 2\nana puts on #2");
    assert_eq!(
        (strength(&play), last_progress(&play)),
        ((10, 11, 62), "ana is at level 1, xp 0 of 40, hp 50 of 62")
    );
    play.run("ana leaves the world\nana enters with Ida");
    assert_eq!(strength(&play), (10, 11, 62));
    play.run("game dies\nana logs in\nana enters with Ida");
    assert_eq!(strength(&play), (10, 11, 62));
    pass(&mut play, 45_000);
    assert_eq!(last_progress(&play), "ana is at level 1, xp 0 of 40, hp 62 of 62", "it rested");
    play.run("ana takes off #2");
    assert_eq!(
        (strength(&play), last_progress(&play)),
        ((10, 2, 50), "ana is at level 1, xp 0 of 40, hp 50 of 50")
    );
}

fn change_gold(play: &mut Play, gold: i64) {
    let account = play.people.person("ana").account;
    let now = play.now;
    play.world
        .in_tx(crate::logic::delivery::ConnKey::default(), None, now, |tx| {
            let row = tx.row::<WalletRow>(&account)?.unwrap();
            tx.flow(Reason::Staff, gold - row.gold);
            tx.put(WalletRow { gold, ..row });
            Ok(())
        })
        .unwrap();
    let account = proto::ids::AccountId(account);
    play.world.commit(proto::turn::TxnId { account, cseq: 0 }, now).unwrap();
    play.turn();
}

#[test]
fn whoever_rises_is_whole_with_all_it_wears_and_stronger() {
    let mut play = play(Vec::new());
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    change(&mut play, "ana", |row| CharacterRow { hp: 3, ..row });
    play.run("ana learns 40");
    assert_eq!(
        (strength(&play), last_progress(&play)),
        ((7, 3, 62), "ana is at level 2, xp 40 of 200, hp 62 of 62")
    );
}

#[test]
fn hit_points_come_back_out_of_a_fight_and_not_in_one_and_never_to_the_dead() {
    let mut play = play(vec![placed(RAT, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("ana strikes 1");
    pass(&mut play, 9_000);
    let hurt = |play: &Play| {
        let word = last_progress(play).split("hp ").nth(1).unwrap();
        word.split(' ').next().unwrap().parse::<u32>().unwrap()
    };
    let in_fight = hurt(&play);
    assert!(in_fight < 50);
    strike_until_over(&mut play, "ana", 1);
    let after = hurt(&play);
    pass(&mut play, 9_000);
    assert_eq!(hurt(&play), after, "it has just fought");
    pass(&mut play, 4_100);
    assert_eq!(hurt(&play), (after + 3).min(50));
    let records = play.world.figures().records;
    pass(&mut play, 12_000);
    assert!(after + 9 <= hurt(&play) || hurt(&play) == 50);
    assert!(play.world.figures().records <= records + 1, "no record for each hit point");
    play.run("ana drops\npass 1\ngame dies\nana logs in\nana enters with Ida");
    assert!(after < rows::<CharacterRow>(&play)[0].hp, "it was kept when the connection went");
}

#[test]
fn hits_leave_no_record_each_and_are_kept_when_the_connection_goes() {
    let mut play = play(vec![placed(RAT, BESIDE, 3, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("ana strikes 1\npass 1000\nana strikes 2");
    let records = play.world.figures().records;
    pass(&mut play, 12_000);
    assert_eq!(play.world.figures().records, records);
    play.run("ana drops");
    let kept = rows::<CharacterRow>(&play)[0].hp;
    assert!(kept < 50, "{kept}");
    assert_eq!(play.world.figures().records, records + 1);
}

#[test]
fn what_was_hurt_is_not_forgotten_with_its_rows() {
    let config = WorldConfig { preload: false, cache_accounts_max: 1, ..WorldConfig::default() };
    let mut play = Play::with_monsters(config, vec![placed(RAT, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("ana strikes 1");
    pass(&mut play, 5_000);
    let before = last_progress(&play).to_owned();
    play.run("ana leaves the world\nana logs out");
    for name in ["bo", "cy", "dee"] {
        enter(&mut play, name, &format!("Z{name}"), (400_000, 100_000));
        play.run(&format!("{name} leaves the world\n{name} logs out\npass 100"));
    }
    play.run("ana logs in\nana enters with Ida\nana learns 1");
    let hp = |line: &str| line.split("hp ").nth(1).unwrap().to_owned();
    assert_eq!(hp(last_progress(&play)), hp(&before));
}

#[test]
fn whoever_is_of_another_strength_by_another_design_is_told_and_nobody_else() {
    let mut play = play(Vec::new());
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    let before = play.people.transcript.len();
    play.event(Event::Design(design_with(vec![placed(TROLL, BESIDE, 1, 0)])));
    play.turn();
    let told = |play: &Play| {
        let is_told = |line: &&String| line.starts_with("ana is at level");
        play.people.transcript[before..].iter().filter(is_told).count()
    };
    assert_eq!(told(&play), 0, "as strong as before");
    let level = Level { xp: 0, hp: 77, attack: 9, defense: 4, hp_per_s: 0 };
    let (levels, map) = (Levels::new(level, Vec::new()), bundled().map().as_ref().clone());
    let items = bundled().items().map(|item| (item.number, item.clone())).collect();
    let design = Design::new(items, Default::default(), Default::default(), levels, map);
    play.event(Event::Design(Arc::new(design)));
    play.turn();
    assert_eq!((told(&play), strength(&play)), (1, (9, 4, 77)));
    assert_eq!(last_progress(&play), "ana is at level 1, xp 0 of 0, hp 50 of 77");
}

#[test]
fn another_design_brings_other_monsters_and_other_strength() {
    let mut play = play(vec![placed(RAT, BESIDE, 3, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    assert_eq!(play.world.figures().monsters, 3);
    play.event(Event::Design(design_with(vec![placed(RAT, BESIDE, 3, 0)])));
    play.turn();
    pass(&mut play, 200);
    let gone = |play: &Play| play.people.transcript.iter().filter(|line| line.contains("vanished")).count();
    assert_eq!((play.world.figures().monsters, gone(&play)), (3, 0), "the same ones");
    play.event(Event::Design(design_with(vec![placed(TROLL, BESIDE, 1, 0)])));
    play.turn();
    pass(&mut play, 200);
    assert_eq!(play.world.figures().monsters, 1);
    assert_eq!(gone(&play), 1, "in one packet");
    assert!(play.people.transcript.iter().any(|line| line.contains("Troll is at")));
}

#[test]
fn whoever_leaves_and_comes_again_strikes_no_sooner_for_it() {
    let mut play = play(vec![placed(TROLL, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    change(&mut play, "ana", |row| CharacterRow { level: 30, hp: 400, ..row });
    let mut struck = 0;
    for _ in 0..40 {
        play.run("ana strikes 1");
        struck += u32::from(answer(&play, "ana").starts_with("ok, "));
        play.run("ana leaves the world\nana enters with Ida");
        pass(&mut play, 100);
    }
    assert!((4..=5).contains(&struck), "{struck} blows in 4 s");
}
