//! Quick matches that are made, paid for, played, and over as soon as they begin.

use super::*;

#[test]
fn two_who_want_the_same_are_seated_together_and_both_are_told() {
    check_with(
        duels(),
        "ana logs in
         bo logs in
         ana wants to play duel
         ana wants to play duel
         bo wants to play duel 5
         bo waits no more
         bo wants to play duel
         ana lists rooms
         bo wants to play duel
         bo waits no more
         bo leaves
         ana leaves
         ana lists rooms",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, rated 1500, 1 wait
         ana 2: rejected already_waiting
         bo 1: ok, rated 1500, 1 wait
         bo 2: ok
         bo 3: ok, rated 1500, 2 wait
         ana is matched in duel#1
         bo is matched in duel#1
         ana sees 2101 one more
         ana sees 2101 one more
         bo sees 2101 one more
         ana sees ana here
         ana sees bo here
         ana sees 2101 2 here
         bo sees ana here
         bo sees bo here
         bo sees 2101 2 here
         ana 3: ok, [duel#1 2 2/2 full `for 0`]
         bo 4: rejected already_in_room
         bo 5: rejected not_waiting
         bo 6: ok
         ana sees bo gone
         ana 4: ok
         ana 5: ok, []",
    );
}

#[test]
fn a_match_that_is_won_moves_the_ratings_with_which_the_next_is_sought() {
    check_with(
        duels(),
        "ana logs in
         bo logs in
         ana wants to play duel
         bo wants to play duel
         ana commands 2100
         ana reads rating duel
         bo reads rating duel
         bo reads rating echo
         bo reads rating nothing
         bo wants to play duel",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, rated 1500, 1 wait
         bo 1: ok, rated 1500, 2 wait
         ana is matched in duel#1
         bo is matched in duel#1
         ana sees 2101 one more
         ana sees 2101 one more
         bo sees 2101 one more
         ana sees ana here
         ana sees bo here
         ana sees 2101 2 here
         bo sees ana here
         bo sees bo here
         bo sees 2101 2 here
         ana 2: ok
         ana is out of the room: finished
         bo is out of the room: finished
         ana 3: ok, rated 1516 after 1
         bo 2: ok, rated 1484 after 1
         bo 3: ok, rated 1500 after 0
         bo 4: rejected no_such_room
         bo 5: ok, rated 1484, 1 wait",
    );
}

#[test]
fn whoever_cannot_pay_its_stake_is_told_and_the_others_wait_on_in_their_places() {
    let mut play = duels();
    play.run(
        "ana logs in
         bo logs in
         cid logs in
         bo pays cid 500
         ana wants to play duel 600
         bo wants to play duel 600",
    );
    assert_eq!(
        play.people.transcript.split_off(4),
        [
            "cid is paid 500 by bo, has 1500",
            "ana 1: ok, rated 1500, 1 wait",
            "bo 2: ok, rated 1500, 2 wait",
            "bo is out of the room: not_enough_gold",
        ]
    );
    play.run(
        "cid wants to play duel 600
         pass 1000
         ana reads wallet
         cid commands 2100
         cid reads wallet
         ana reads wallet
         bo reads wallet",
    );
    let wallets = |line: &&String| line.ends_with("gold");
    let wallets: Vec<&String> = play.people.transcript[4..].iter().filter(wallets).collect();
    assert_eq!(
        wallets,
        ["ana 2: ok, 400 gold", "cid 3: ok, 2100 gold", "ana 3: ok, 400 gold", "bo 3: ok, 500 gold"],
        "{:#?}",
        play.people.transcript
    );
    assert_eq!(play.world.figures().matches_waiting, 0);
}

#[test]
fn whoever_cannot_pay_for_cards_strands_nobody_in_whatever_order_they_come() {
    let names = ["ana", "bo", "cid"];
    for poor in names {
        let mut play = duels();
        play.run("dan logs in\nana logs in\nbo logs in\ncid logs in");
        play.run(&format!("{poor} pays dan 953"));
        names.iter().for_each(|name| play.run(&format!("{name} wants to play doudizhu")));
        let heard = |play: &Play, line: String| play.people.transcript.contains(&line);
        assert!(heard(&play, format!("{poor} is out of the room: not_enough_gold")), "{poor}");
        assert_eq!((play.world.figures().matches_waiting, play.world.figures().rooms), (2, 0), "{poor}");
        assert!(!play.people.transcript.iter().any(|line| line.contains("is matched")), "{poor}");
        play.run("dan wants to play doudizhu\npass 1000");
        for name in ["dan", "ana", "bo", "cid"] {
            assert_eq!(heard(&play, format!("{name} is matched in doudizhu#1")), name != poor, "{name}");
            play.run(&format!("{name} reads wallet"));
            let left = match name {
                _ if name == poor => 47,
                "dan" => 1_953 - 48,
                _ => 1_000 - 48,
            };
            let last = play.people.transcript.last().cloned().unwrap_or_default();
            assert!(last.ends_with(&format!("ok, {left} gold")), "{last}");
        }
    }
}

#[test]
fn a_match_that_is_over_when_its_last_player_comes_is_finished_and_all_have_heard_it() {
    let mut play = duels();
    play.run(
        "ana logs in\nbo logs in\nana wants to play duel ends-with-2\nbo wants to play duel ends-with-2",
    );
    assert_eq!(
        play.people.transcript.split_off(4),
        [
            "ana is matched in duel#1",
            "bo is matched in duel#1",
            "ana sees 2101 one more",
            "ana sees 2101 one more",
            "bo sees 2101 one more",
            "bo sees 2101 too late",
            "ana is out of the room: finished",
            "bo is out of the room: finished",
        ]
    );
    assert_eq!(play.store.rows::<proto::tables::ReplayRow>().len(), 1);
    assert_eq!((play.world.figures().rooms, play.world.figures().panics), (0, 0));
}

#[test]
fn of_a_match_that_is_over_before_all_came_the_others_are_told_so() {
    let mut play = duels();
    play.run(
        "ana logs in\nbo logs in\nana wants to play duel ends-with-1\nbo wants to play duel ends-with-1",
    );
    assert_eq!(
        play.people.transcript.split_off(4),
        [
            "ana is matched in duel#1",
            "ana sees 2101 one more",
            "ana sees 2101 too late",
            "ana is out of the room: finished",
            "bo is out of the room: finished",
        ]
    );
    play.run("bo wants to play duel\nana wants to play duel");
    assert!(play.people.transcript.contains(&"bo is matched in duel#1".to_owned()), "nobody is held");
}
