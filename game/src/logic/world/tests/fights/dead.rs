//! What the dead may do, and how they come back.

use super::*;

/// Ida stands beside a troll, hurts it, and is dead soon.
fn slain() -> Play {
    let mut play = play(vec![placed(TROLL, BESIDE, 1, 0)]);
    enter(&mut play, "bo", "Bob", (AT_SHOPS.0 - 30_000, AT_SHOPS.1));
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("ana strikes 1");
    pass(&mut play, 4_000);
    play
}

#[test]
fn a_character_dies_where_it_stands_and_all_who_are_near_see_it() {
    let play = slain();
    let seen = &play.people.transcript;
    assert!(seen.iter().any(|line| line == "ana is dead by 1, for 5000 ms"), "{seen:#?}");
    assert!(seen.iter().any(|line| line.starts_with("ana is at level 1, xp 0 of 40, hp 0 of 50")));
    assert!(seen.iter().any(|line| line.starts_with("bo sees 1 hit 3: ") && line.ends_with(", 0 % left")));
    assert!(seen.iter().any(|line| line.starts_with("bo sees cell") && line.contains("3 has 0 %")));
    let row = &rows::<CharacterRow>(&play)[1];
    assert!((row.dead, row.hp) == (true, 0), "{row:?}");
}

#[test]
fn the_dead_are_refused_by_name_until_they_begin_again() {
    let mut play = slain();
    for line in ["strikes 1", "buys 1 of 40 in 1", "asks Bob to trade"] {
        play.run(&format!("ana {line}"));
        assert_eq!(answer(&play, "ana"), "rejected character_dead", "{line}");
    }
    play.run("bo asks Ida to trade");
    assert!(["rejected they_are_dead", "rejected too_far"].contains(&answer(&play, "bo")));
    play.run("ana moves 1 to 250000 249900\npass 66");
    let refused = "ana is at 250000 250000 after move 1: character_dead";
    assert!(play.people.transcript.iter().any(|line| line == refused));
    play.run("ana respawns");
    assert_eq!(answer(&play, "ana"), "later respawn_too_soon");
    pass(&mut play, 5_000);
    play.run("ana respawns");
    assert!(answer(&play, "ana").starts_with("ok, at "));
    assert!(answer(&play, "ana").ends_with(", hp 50"));
    let row = &rows::<CharacterRow>(&play)[1];
    assert!((row.dead, row.hp) == (false, 50), "{row:?}");
    play.run("ana respawns");
    assert_eq!(answer(&play, "ana"), "rejected not_dead");
}

#[test]
fn death_outlives_the_connection_and_the_process() {
    let mut play = slain();
    play.run("ana drops\nana logs in\nana enters with Ida\nana strikes 1");
    assert_eq!(answer(&play, "ana"), "rejected character_dead");
    play.run("ana leaves the world\nana enters with Ida\nana strikes 1");
    assert_eq!(answer(&play, "ana"), "rejected character_dead");
    play.run("game dies\nana logs in\nana enters with Ida\nana respawns");
    assert_eq!(answer(&play, "ana"), "later respawn_too_soon");
    play.run("pass 5000\nana respawns");
    assert!(answer(&play, "ana").ends_with(", hp 50"));
}

#[test]
fn whoever_stands_without_a_connection_can_die() {
    let mut play = play(vec![placed(TROLL, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("ana strikes 1\nana drops");
    pass(&mut play, 4_000);
    assert_eq!(play.world.figures().characters_died, 1);
    assert!(rows::<CharacterRow>(&play)[0].dead);
}

/// Ida's connection goes, and a rat goes on biting her.
fn hurt_while_away() -> (Play, u32) {
    let mut play = play(vec![placed(RAT, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    play.run("ana makes Ole\nana strikes 1\nana drops");
    pass(&mut play, 3_000);
    let account = proto::ids::AccountId(play.people.all["ana"].account);
    let (_, roamer) = play.world.roaming.avatar_of(account).unwrap();
    let hp = play.world.row_of(&roamer).unwrap().hp;
    assert!(0 < hp && hp < rows::<CharacterRow>(&play)[0].hp, "{hp}, and her row does not say so yet");
    (play, hp)
}

#[test]
fn how_one_was_hurt_without_a_connection_is_kept_when_another_comes_for_it_and_at_a_stop() {
    let (mut play, hp) = hurt_while_away();
    play.run("ana logs in\nana enters with Ole");
    assert_eq!(rows::<CharacterRow>(&play)[0].hp, hp);
    let (mut play, hp) = hurt_while_away();
    let now = play.now;
    play.world.keep_all(now);
    play.turn();
    assert_eq!(rows::<CharacterRow>(&play)[0].hp, hp);
}

#[test]
fn a_trade_ends_with_the_death_of_a_trader_and_nothing_has_changed_hands() {
    let mut play = play(vec![placed(TROLL, BESIDE, 1, 0)]);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", (AT_SHOPS.0 - 8_600, AT_SHOPS.1));
    play.run("ana asks Bob to trade\nana strikes 1");
    pass(&mut play, 4_000);
    let ended = play.people.transcript.iter().filter(|line| line.contains("died")).count();
    assert_eq!(ended, 2, "{:#?}", play.people.transcript);
    play.run("bo asks Ida to trade");
    assert_eq!(answer(&play, "bo"), "rejected they_are_dead");
}

/// Whatever a client of a dead character commands has one answer, and raises nobody.
#[test]
fn whatever_the_dead_command_gets_one_answer_and_leaves_them_dead() {
    use proto::kinds::{self, BUILT_IN, Class};
    let commands = BUILT_IN.iter().filter(|def| def.class == Class::Command);
    for def in commands {
        for body in [&[][..], b"\x01", b"\x08\x01", b"\x08\x01\x10\x01"] {
            if def.body_max < body.len() {
                continue;
            }
            let mut play = slain();
            let before = rows::<CharacterRow>(&play)[1].clone();
            play.command("ana", def.kind, body);
            play.turn();
            let ana = &play.people.all["ana"];
            let is_ok = *ana.answers.get(&ana.cseq).unwrap_or_else(|| panic!("{} has no answer", def.name));
            assert!(!is_ok || ![kinds::ATTACK, kinds::RESPAWN].contains(&def.kind), "{}", def.name);
            let after = &rows::<CharacterRow>(&play)[1];
            assert!(
                after.dead && after.hp == 0 && (after.x_mm, after.xp) == (before.x_mm, before.xp),
                "{}",
                def.name
            );
        }
    }
}
