//! The dead do not trade, and whoever dies ends its trade.

use super::*;

#[test]
fn who_is_dead_neither_asks_nor_is_asked() {
    for (who, line, refusal) in
        [("ana", "ana asks Bob to trade", "character_dead"), ("bo", "ana asks Bob to trade", "they_are_dead")]
    {
        let mut play = traders(config(100));
        let character = if who == "ana" { "Ida" } else { "Bob" };
        play.run(&format!("{who} leaves the world"));
        crate::logic::world::tests::goods::change(&mut play, who, |row| proto::tables::CharacterRow {
            dead: true,
            hp: 0,
            ..row
        });
        play.run(&format!("{who} enters with {character}"));
        let seen = seen(&mut play, line);
        assert!(seen.len() == 1 && seen[0].ends_with(&format!("rejected {refusal}")), "{seen:?}");
    }
}

#[test]
fn who_dies_at_any_step_ends_the_trade_and_nothing_has_changed() {
    for steps in 1..STEPS.len() {
        for character in ["Ida", "Bob"] {
            let mut play = traders(config(100));
            play.run(&STEPS[..steps].join("\n"));
            let before = stored(&play);
            let died = play.people.characters[character];
            play.world.end_trade(died, crate::logic::trading::DIED);
            let seen = seen(&mut play, "ana accepts\nbo accepts");
            assert_eq!(
                seen[..2],
                ["ana trades no more: died", "bo trades no more: died"],
                "{character} {steps}"
            );
            assert!(seen[2..].iter().all(|line| line.ends_with("rejected no_trade")), "{seen:?}");
            assert_eq!(stored(&play), before);
        }
    }
}

#[test]
fn game_dies_at_any_record_and_a_trade_is_there_whole_or_not_at_all() {
    for synced in 0..3 {
        for steps in 1..=STEPS.len() {
            let mut play = traders(config(100));
            let before = stored(&play);
            play.run("hold syncs");
            play.run(&STEPS[..steps].join("\n"));
            let after = stored(&play);
            play.run(&format!("sync {synced}\ngame dies\nlet syncs"));
            let now = stored(&play);
            let is_made = steps == STEPS.len() && 0 < synced;
            assert_eq!(now, if is_made { after } else { before }, "{steps} steps, {synced} durable");
            balance(&play);
        }
    }
}
