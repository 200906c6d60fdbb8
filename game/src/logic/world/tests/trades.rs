//! Trades: what both accepted changes hands whole or not at all, whatever happens to either side meanwhile.

mod dead;
mod random;
mod reach;

use proto::tables::{GoodsLogRow, ItemRow, LedgerRow, WalletRow};

use super::{
    goods::{AT_SHOPS, balance, enter},
    *,
};

/// Ana plays Ida, who has three potions and a knife, bo plays Bob, who has a knife.
fn traders(config: WorldConfig) -> Play {
    let mut play = Play::new(config);
    enter(&mut play, "ana", "Ida", AT_SHOPS);
    enter(&mut play, "bo", "Bob", AT_SHOPS);
    play.run("ana buys 3 of 40 in 1\nana buys 1 of 1 in 1\nbo buys 1 of 1 in 1");
    play
}

fn config(cache_accounts_max: usize) -> WorldConfig {
    WorldConfig { preload: false, cache_accounts_max, ..WorldConfig::default() }
}

/// What was seen while these lines ran, but for the map.
fn seen(play: &mut Play, script: &str) -> Vec<String> {
    play.people.transcript.clear();
    play.run(script);
    let is_shown = |line: &String| !line.contains(" sees ");
    play.people.transcript.drain(..).filter(is_shown).collect()
}

#[track_caller]
fn check_seen(play: &mut Play, script: &str, expected: &str) {
    let seen = seen(play, script);
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(seen, expected, "\nseen:\n{}\n", seen.join("\n"));
}

type Stored = (Vec<ItemRow>, Vec<WalletRow>, Vec<GoodsLogRow>, Vec<LedgerRow>);

fn stored(play: &Play) -> Stored {
    (play.store.rows(), play.store.rows(), play.store.rows(), play.store.rows())
}

/// From a question to the last accept.
const STEPS: [&str; 6] = [
    "ana asks Bob to trade",
    "bo agrees",
    "ana offers 10 3*#1",
    "bo offers 20 1*#3",
    "ana accepts",
    "bo accepts",
];

#[test]
fn two_trade_and_learn_of_it_when_it_is_durable() {
    for cache in [1, 100] {
        let mut play = traders(config(cache));
        check_seen(
            &mut play,
            &STEPS[..5].join("\n"),
            "bo is asked to trade by Ida
            ana 5: ok, asked
            ana is offered 0: 0 for 0
            bo is offered 0: 0 for 0
            bo 4: ok
            ana is offered 1: 10 3*#1 for 0
            bo is offered 1: 10 3*#1 for 0
            ana 6: ok
            ana is offered 2: 10 3*#1 for 20 1*#3
            bo is offered 2: 10 3*#1 for 20 1*#3
            bo 5: ok
            ana is offered 2: 10 3*#1 accepted for 20 1*#3
            bo is offered 2: 10 3*#1 accepted for 20 1*#3
            ana 7: ok",
        );
        check_seen(&mut play, "hold syncs\nbo accepts", "");
        check_seen(
            &mut play,
            "let syncs",
            "ana has #3 1 of 1 at 0, #1 gone
            bo has #1 3 of 40 at 0, #3 gone
            ana has traded, has 974 gold
            bo has traded, has 966 gold
            bo 6: ok",
        );
        balance(&play);
        // It is over, and nothing is held any more.
        check_seen(
            &mut play,
            "ana stops trading
            bo throws away 1 of #1
            ana reads wallet
            bo reads wallet",
            "ana 8: rejected no_trade
            bo has #1 2 of 40 at 0
            bo 7: ok
            ana 9: ok, 974 gold
            bo 8: ok, 966 gold",
        );
        balance(&play);
    }
}

#[test]
fn what_is_on_offer_is_held_until_it_is_not() {
    let mut play = traders(config(100));
    play.run("ana buys 2 of 40 in 1\nana parts 1 of #1");
    play.run(&STEPS[..3].join("\n"));
    // #1 grew to five and lost one: the offer of three was refused, and this one stands.
    play.run("ana offers 0 4*#1");
    let before = stored(&play);
    for line in [
        "ana lays #1 at 9",
        "ana lays #2 at 0",
        "ana parts 1 of #1",
        "ana lays #1 to #4",
        "ana lays #4 to #1",
        "ana throws away 1 of #1",
        "ana sells 1 of #1 in 1",
        "ana writes Bob 0 1:#1",
        "ana uses #1",
        "ana puts on #1",
        "ana takes off #1",
    ] {
        let seen = seen(&mut play, line);
        assert!(seen.len() == 1 && seen[0].ends_with("rejected item_locked"), "{line}: {seen:?}");
        assert_eq!(stored(&play), before, "{line}");
    }
    // What else comes of its kind lies beside it.
    play.run("ana buys 1 of 40 in 1\nana offers 0");
    let thrown_away = seen(&mut play, "ana throws away 4 of #1");
    assert!(thrown_away.last().unwrap().ends_with(": ok"), "{thrown_away:?}");
    balance(&play);
}

#[test]
fn a_change_takes_back_what_was_accepted_and_only_the_exact_offer_can_be() {
    let mut play = traders(config(100));
    play.run(&STEPS[..5].join("\n"));
    let before = stored(&play);
    check_seen(
        &mut play,
        "ana accepts
        bo accepts another revision
        bo accepts another hash",
        "ana 8: rejected already_accepted
        bo 6: rejected offer_changed
        bo 7: rejected offer_changed",
    );
    // Bob saw the former offer when he accepted.
    let old = play.people.person("bo").table.clone();
    play.run("ana offers 9 3*#1");
    let new = std::mem::replace(&mut play.people.person("bo").table, old);
    check_seen(&mut play, "bo accepts", "bo 8: rejected offer_changed");
    play.people.person("bo").table = new;
    check_seen(
        &mut play,
        "bo accepts",
        "ana is offered 3: 9 3*#1 for 20 1*#3 accepted
        bo is offered 3: 9 3*#1 for 20 1*#3 accepted
        bo 9: ok",
    );
    assert_eq!(stored(&play), before);
}

#[test]
fn what_cannot_be_is_refused_by_name_and_changes_nothing() {
    let mut play = traders(config(100));
    enter(&mut play, "cy", "Cid", AT_SHOPS);
    play.run("di logs in\ndi makes Dan\nana puts on #2");
    let many = "1*#1 ".repeat(17);
    let before = stored(&play);
    let lines = [
        ("di asks Ida to trade", "not_in_world"),
        ("ana asks Dan to trade", "they_are_away"),
        ("ana asks 12345 to trade", "they_are_away"),
        ("ana asks Ida to trade", "own_trade"),
        ("ana agrees", "no_trade"),
        ("ana offers 1", "no_trade"),
        ("ana accepts", "no_trade"),
        ("ana stops trading", "no_trade"),
        ("ana asks Bob to trade", ""),
        ("ana asks Cid to trade", "in_trade"),
        ("bo asks Cid to trade", "in_trade"),
        ("cy asks Bob to trade", "they_trade"),
        ("cy agrees", "no_trade"),
        ("ana agrees", "nothing_to_answer"),
        ("ana declines", "nothing_to_answer"),
        ("ana offers 1", "trade_not_open"),
        ("ana accepts", "trade_not_open"),
        ("bo agrees", ""),
        ("bo agrees", "nothing_to_answer"),
        ("bo declines", "nothing_to_answer"),
        ("bo accepts", "nothing_offered"),
        ("ana offers -1", "bad_amount"),
        ("ana offers 1000000000000001", "bad_amount"),
        ("ana offers 9223372036854775807", "bad_amount"),
        ("ana offers -9223372036854775808", "bad_amount"),
        ("ana offers 1000000000000000", "not_enough_gold"),
        ("ana offers 0 0*#1", "bad_quantity"),
        ("ana offers 0 4294967295*#1", "bad_quantity"),
        ("ana offers 0 2*#1", "bad_quantity"),
        ("ana offers 0 4*#1", "not_enough_items"),
        ("ana offers 0 3*#1 3*#1", "offered_twice"),
        ("ana offers 0 1*#2", "item_worn"),
        ("ana offers 0 1*#3", "no_such_item"),
        ("ana offers 0 1*12345", "no_such_item"),
        (&format!("ana offers 0 {many}"), "too_many_items"),
        ("cy offers 1", "no_trade"),
        ("cy stops trading", "no_trade"),
    ];
    for (line, refusal) in lines {
        let seen = seen(&mut play, line);
        if !refusal.is_empty() {
            assert!(seen.len() == 1 && seen[0].ends_with(&format!("rejected {refusal}")), "{line}: {seen:?}");
        }
        assert_eq!(stored(&play), before, "{line}");
        // Not faster than a session may.
        play.run("pass 100");
    }
    balance(&play);
}

#[test]
fn who_cannot_pay_or_has_no_room_any_more_makes_no_trade_and_both_may_try_again() {
    for cache in [1, 100] {
        let mut play = traders(config(cache));
        play.run(&STEPS[..5].join("\n"));
        play.run("ana pays bo 960");
        let before = stored(&play);
        check_seen(
            &mut play,
            "bo accepts",
            "ana is offered 2: 10 3*#1 for 20 1*#3
            bo is offered 2: 10 3*#1 for 20 1*#3
            bo 6: rejected not_enough_gold",
        );
        assert_eq!(stored(&play), before);
        // The other side's purse is as good a reason.
        play.run("bo pays ana 960\nbo accepts\nbo pays ana 970");
        let refused = seen(&mut play, "ana accepts");
        assert!(refused.last().unwrap().ends_with("rejected not_enough_gold"), "{refused:?}");
        // Paid back, it can be made.
        play.run("ana pays bo 970\nana accepts\nbo accepts");
        assert_eq!(play.people.transcript.iter().filter(|line| line.contains(" has traded")).count(), 2);
        balance(&play);
    }
}

#[test]
fn a_bag_without_room_on_either_side_makes_no_trade() {
    for (first, second) in [("ana", "bo"), ("bo", "ana")] {
        let mut play = traders(WorldConfig { start_gold: 100_000, ..config(1) });
        // The bag of one side fills up after the offers were made.
        play.run(&STEPS[..2].join("\n"));
        play.run("bo offers 1 1*#3\nana offers 5");
        play.run("pass 2000\nana buys 98 of 1 in 1");
        play.run(&format!("{first} accepts"));
        let before = stored(&play);
        let refused = seen(&mut play, &format!("{second} accepts"));
        assert!(refused.last().unwrap().ends_with("rejected bag_full"), "{refused:?}");
        assert!(refused[0].ends_with("5 for 1 1*#3"), "{refused:?}");
        assert_eq!(stored(&play), before);
        // One for one there is room.
        play.run(&format!("ana offers 5 1*#2\n{first} accepts"));
        let done = seen(&mut play, &format!("{second} accepts"));
        assert!(done.last().unwrap().ends_with(": ok"), "{done:?}");
        balance(&play);
    }
}

#[test]
fn without_room_in_the_pipeline_a_trade_stays_as_it_was() {
    let mut play = traders(WorldConfig { inflight_records_max: 2, ..config(100) });
    play.run(&STEPS[..5].join("\n"));
    play.run("hold syncs\nhold applies\nbo pays ana 1\nbo pays ana 1");
    let later = seen(&mut play, "bo accepts");
    assert_eq!(later, ["bo 8: later store_busy"]);
    play.run("let syncs\nlet applies\nnote go");
    let done = seen(&mut play, "bo accepts");
    assert_eq!(done.last().unwrap(), "bo 9: ok");
    balance(&play);
}

#[test]
fn a_question_that_nobody_answers_ends_after_a_while() {
    let mut play = traders(config(100));
    check_seen(
        &mut play,
        "ana asks Bob to trade\npass 29999\nnote waits\npass 1\nbo agrees",
        "bo is asked to trade by Ida
        ana 5: ok, asked
        note waits
        ana trades no more: no_answer
        bo trades no more: no_answer
        bo 4: rejected no_trade",
    );
    // One that was answered, or taken back, has no such end.
    check_seen(
        &mut play,
        "bo asks Ida to trade\nana agrees\npass 40000\nbo stops trading",
        "ana is asked to trade by Bob
        bo 5: ok, asked
        bo is offered 0: 0 for 0
        ana is offered 0: 0 for 0
        ana 6: ok
        bo trades no more: canceled
        ana trades no more: canceled
        bo 6: ok",
    );
    check_seen(
        &mut play,
        "bo asks Ida to trade\nana declines\npass 40000",
        "ana is asked to trade by Bob
        bo 7: ok, asked
        bo trades no more: refused
        ana trades no more: refused
        ana 7: ok",
    );
}

/// Reliability F71.
#[test]
fn who_goes_at_any_step_ends_the_trade_and_nothing_has_changed() {
    for cache in [1, 100] {
        for steps in 1..STEPS.len() {
            for goes in ["drops", "logs out", "leaves the world", "logs in", "stops trading"] {
                for (who, character, other) in [("ana", "Ida", "bo"), ("bo", "Bob", "ana")] {
                    let case = format!("{who} {goes} after {steps} steps");
                    let mut play = traders(config(cache));
                    play.run(&STEPS[..steps].join("\n"));
                    let before = stored(&play);
                    let reason = if goes == "stops trading" { "canceled" } else { "left" };
                    let seen_by_other = seen(&mut play, &format!("{who} {goes}"));
                    let told = format!("{other} trades no more: {reason}");
                    assert!(seen_by_other.contains(&told), "{case}: {seen_by_other:?}");
                    let late = seen(&mut play, &format!("{other} accepts"));
                    assert!(late[0].ends_with("rejected no_trade"), "{case}: {late:?}");
                    assert_eq!(stored(&play), before, "{case}");
                    // Nothing is held, and both can trade again.
                    if goes != "stops trading" {
                        play.run(&format!("{who} logs in\n{who} enters with {character}"));
                    }
                    play.run("ana lays #1 at 50\nbo lays #3 at 50\npass 2000");
                    let again = seen(&mut play, &STEPS.join("\n"));
                    assert!(
                        again.last().unwrap().starts_with("bo ") && again.last().unwrap().ends_with(": ok")
                    );
                    assert_eq!(again.iter().filter(|line| line.contains("has traded")).count(), 2, "{case}");
                    balance(&play);
                }
            }
        }
    }
}

#[test]
fn who_goes_while_the_last_accept_waits_for_rows_makes_no_trade() {
    for (goes, expected) in [("ana drops", true), ("ana stops trading", true), ("note stays", false)] {
        let mut play = traders(config(1));
        play.run(&STEPS[..5].join("\n"));
        play.run("hold reads\nbo accepts");
        let before = stored(&play);
        play.run(goes);
        play.run("let reads\nnote come");
        assert_eq!(stored(&play) == before, expected, "{goes}");
        balance(&play);
    }
}

#[test]
fn a_trade_that_was_made_is_there_whole_after_a_crash_and_one_that_was_not_durable_is_not_there() {
    for syncs in [true, false] {
        let mut play = traders(config(100));
        play.run(&STEPS[..5].join("\n"));
        let before = stored(&play);
        if !syncs {
            play.run("hold syncs");
        }
        play.run("bo accepts\ngame dies\nlet syncs");
        assert_eq!(stored(&play) == before, !syncs);
        balance(&play);
    }
}
