//! Commands through the world: answers, sequence, budgets.

use super::*;

#[test]
fn a_payment_moves_gold_and_both_hear_of_it() {
    check(
        "ana logs in
         bo logs in
         ana pays bo 5
         bo reads wallet",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 995 gold
         bo is paid 5 by ana, has 1005
         bo 1: ok, 1005 gold",
    );
}

#[test]
fn a_payment_that_breaks_a_rule_is_rejected_by_name_and_changes_nothing() {
    check(
        "ana logs in
         bo logs in
         ana pays bo 0
         ana pays bo -1
         ana pays bo 1000000000000001
         ana pays ana 1
         ana pays 12345 1
         ana pays 18446744073709551615 1
         ana pays bo 1001
         ana reads wallet",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: rejected bad_amount
         ana 2: rejected bad_amount
         ana 3: rejected bad_amount
         ana 4: rejected own_wallet
         ana 5: rejected no_such_account
         ana 6: rejected no_such_account
         ana 7: rejected not_enough_gold
         ana 8: ok, 1000 gold",
    );
}

#[test]
fn a_wallet_at_the_cap_takes_no_more() {
    let start_gold = proto::limits::GOLD_MAX;
    let play = Play::new(WorldConfig { preload: false, start_gold, ..WorldConfig::default() });
    check_with(
        play,
        "ana logs in
         bo logs in
         ana pays bo 1",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: rejected payee_full",
    );
}

#[test]
fn a_line_of_chat_is_heard_by_everyone_and_its_author() {
    check(
        "ana logs in
         bo logs in
         ana says hi there
         bo drops
         ana says alone",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok
         ana hears ana: hi there
         bo hears ana: hi there
         ana 2: ok
         ana hears ana: alone",
    );
}

#[test]
fn chat_that_is_empty_or_too_fast_is_refused_by_name() {
    let play = Play::new(WorldConfig { preload: false, chat_per_s: 1, ..WorldConfig::default() });
    check_with(
        play,
        "ana logs in
         ana says
         ana says 1
         ana says 2
         ana says 3
         ana says 4
         pass 1000
         ana says 5",
        "ana is in: gen 1, last 0, ok 0
         ana 1: rejected text_empty
         ana 2: ok
         ana hears ana: 1
         ana 3: ok
         ana hears ana: 2
         ana 4: ok
         ana hears ana: 3
         ana 5: later chat_too_fast
         ana 6: ok
         ana hears ana: 5",
    );
}

#[test]
fn a_repeated_or_skipped_number_ends_the_connection() {
    for cseq in ["0", "1", "3"] {
        check(
            &format!("ana logs in\nana reads wallet\nana repeats {cseq}"),
            "ana is in: gen 1, last 0, ok 0
             ana 1: ok, 1000 gold
             ana is closed: bad_sequence",
        );
    }
}

#[test]
fn commands_over_the_budget_are_told_to_come_back_and_use_their_number_up() {
    let play = Play::new(WorldConfig { commands_burst: 2, preload: false, ..WorldConfig::default() });
    check_with(
        play,
        "ana logs in
         ana reads wallet
         ana reads wallet
         ana reads wallet
         pass 20
         ana reads wallet",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok, 1000 gold
         ana 2: ok, 1000 gold
         ana 3: later too_fast
         ana 4: ok, 1000 gold",
    );
}

#[test]
fn too_many_commands_without_an_answer_end_the_connection() {
    let play = Play::new(WorldConfig { unanswered_max: 2, preload: false, ..WorldConfig::default() });
    check_with(
        play,
        "ana logs in
         bo logs in
         hold syncs
         ana pays bo 1
         ana pays bo 1
         ana pays bo 1",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana is closed: too_many_unanswered",
    );
}

#[test]
fn answers_that_left_make_room_for_commands() {
    let play = Play::new(WorldConfig { unanswered_max: 1, preload: false, ..WorldConfig::default() });
    check_with(
        play,
        "ana logs in
         bo logs in
         ana pays bo 1
         ana pays bo 1
         ana reads wallet",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 999 gold
         bo is paid 1 by ana, has 1001
         ana 2: ok, 998 gold
         bo is paid 1 by ana, has 1002
         ana 3: ok, 998 gold",
    );
}

#[test]
fn what_only_the_server_sends_or_nobody_registered_ends_the_connection() {
    check(
        "ana logs in\nana sends 41 x\nbo logs in\nbo sends 999 x\ncy logs in\ncy sends 1 x",
        "ana is in: gen 1, last 0, ok 0
         ana is closed: unknown_kind
         bo is in: gen 1, last 0, ok 0
         bo is closed: unknown_kind
         cy is in: gen 1, last 0, ok 0
         cy is closed: out_of_turn",
    );
}

#[test]
fn a_body_that_is_not_its_message_is_rejected() {
    check(
        "ana logs in\nana commands 51 \u{1}\nana reads wallet",
        "ana is in: gen 1, last 0, ok 0
         ana 1: rejected bad_body
         ana 2: ok, 1000 gold",
    );
}

#[test]
fn the_account_remembers_which_commands_happened_through_a_crash() {
    check(
        "ana logs in
         bo logs in
         ana pays bo 1
         ana pays bo 5000
         ana pays bo 2
         hold syncs
         ana pays bo 4
         game dies
         let syncs
         ana logs in
         ana reads wallet",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 999 gold
         bo is paid 1 by ana, has 1001
         ana 2: rejected not_enough_gold
         ana 3: ok, 997 gold
         bo is paid 2 by ana, has 1003
         ana is in: gen 3, last 3, ok 101
         ana 4: ok, 997 gold",
    );
}

#[test]
fn commands_without_a_record_are_remembered_while_the_process_lives() {
    check(
        "ana logs in
         ana says hi
         ana pays ana 1
         ana drops
         ana logs in
         ana says ho
         game dies
         ana logs in",
        "ana is in: gen 1, last 0, ok 0
         ana 1: ok
         ana hears ana: hi
         ana 2: rejected own_wallet
         ana is in: gen 3, last 2, ok 10
         ana 3: ok
         ana hears ana: ho
         ana is in: gen 5, last 2, ok 10",
    );
}

#[test]
fn one_command_too_many_does_not_push_the_fate_of_the_oldest_out_of_reach() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana logs in\nbo logs in\nhold syncs");
    (0..65).for_each(|_| play.run("ana pays bo 1"));
    play.run("let syncs");
    play.people.transcript.clear();
    check_with(play, "ana logs in", &format!("ana is in: gen 3, last 64, ok {}", "1".repeat(64)));
}
