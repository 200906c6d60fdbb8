//! Who has which part.

use super::*;

#[test]
fn every_part_of_the_smallest_run_has_somebody_to_play_with() {
    for scenario in Scenario::ALL {
        let parts: Vec<Scenario> =
            (0..scenario.players_min()).map(|player| scenario.part_of(player)).collect();
        for part in &parts {
            let alike = parts.iter().filter(|other| *other == part).count();
            let least = usize::try_from(part.players_min()).expect("small");
            // Those of a world are less than eight beside its market.
            assert!(least.min(6) <= alike, "{scenario}: {alike} of {part}");
        }
    }
}

#[test]
fn a_mixed_run_has_the_world_its_market_and_every_game() {
    let parts: Vec<Scenario> = (0..16).map(|player| Scenario::Mixed.part_of(player)).collect();
    let count = |of: Scenario| parts.iter().filter(|part| **part == of).count();
    let counted =
        [Scenario::World, Scenario::Market, Scenario::Chess, Scenario::Doudizhu, Scenario::Arena].map(count);
    assert_eq!(counted, [7, 2, 2, 3, 2]);
    assert!(Scenario::Mixed.has_market() && Scenario::Mixed.has_games());
    assert!(!Scenario::World.has_games() && !Scenario::Small.has_market());
}

#[test]
fn an_unknown_name_is_answered_with_all_that_are_known() {
    let said = "none".parse::<Scenario>().map_err(|unknown| unknown.to_string()).expect_err("it is unknown");
    for scenario in Scenario::ALL {
        assert_eq!(scenario.name().parse(), Ok(scenario));
        assert!(said.contains(scenario.name()), "{said}");
    }
}
