//! What leaves when: nothing of value before it is durable.

use super::*;
use crate::logic::release::Step;

const TWO_PLAYERS: &str = "ana logs in\nbo logs in\nhold syncs\n";
const TWO_ARE_IN: &str = "ana is in: gen 1, last 0, ok 0\nbo is in: gen 1, last 0, ok 0\n";

#[test]
fn nobody_sees_a_payment_before_it_is_durable() {
    check(
        &format!("{TWO_PLAYERS}\nana pays bo 5\nnote nothing yet\nsync"),
        &format!("{TWO_ARE_IN}\nnote nothing yet\nana 1: ok, 995 gold\nbo is paid 5 by ana, has 1005"),
    );
}

#[test]
fn what_is_said_after_a_payment_waits_behind_it_and_what_was_said_before_does_not() {
    check(
        &format!(
            "{TWO_PLAYERS}
             bo says before
             ana pays bo 5
             bo says after
             bo reads wallet
             note not durable
             sync"
        ),
        &format!(
            "{TWO_ARE_IN}
             bo 1: ok
             ana hears bo: before
             bo hears bo: before
             note not durable
             ana 1: ok, 995 gold
             bo is paid 5 by ana, has 1005
             bo 2: ok
             bo 3: ok, 1005 gold
             ana hears bo: after
             bo hears bo: after"
        ),
    );
}

#[test]
fn what_was_not_executed_is_told_at_once() {
    check(
        &format!("{TWO_PLAYERS}\nana pays bo 5\nana pays bo 5000\nnote overtaken\nsync"),
        &format!(
            "{TWO_ARE_IN}
             ana 2: rejected not_enough_gold
             note overtaken
             ana 1: ok, 995 gold
             bo is paid 5 by ana, has 1005"
        ),
    );
}

#[test]
fn each_payment_is_let_go_by_its_own_position() {
    check(
        &format!("{TWO_PLAYERS}\nana pays bo 1\nana pays bo 2\nsync 1\nnote one\nsync 1"),
        &format!(
            "{TWO_ARE_IN}
             ana 1: ok, 999 gold
             bo is paid 1 by ana, has 1001
             note one
             ana 2: ok, 997 gold
             bo is paid 2 by ana, has 1003"
        ),
    );
}

#[test]
fn who_enters_a_room_behind_a_payment_hears_only_what_was_said_after_the_entry() {
    check(
        &format!(
            "cy logs in
             cy joins echo
             {TWO_PLAYERS}
             ana pays bo 1
             cy echoes all early
             bo joins echo
             cy echoes all late
             sync"
        ),
        &format!(
            "cy is in: gen 1, last 0, ok 0
             cy 1: ok, 1 members
             {TWO_ARE_IN}
             ana 1: ok, 999 gold
             bo is paid 1 by ana, has 1001
             cy 2: ok
             cy hears cy echo early
             bo 1: ok, 2 members
             cy 3: ok
             cy hears cy echo late
             bo hears cy echo late"
        ),
    );
}

#[test]
fn signals_do_not_wait_for_a_payment() {
    check(
        &format!(
            "cy logs in
             cy joins echo
             {TWO_PLAYERS}
             ana pays bo 1
             cy waves hello
             pass 1000
             note not durable
             sync"
        ),
        &format!(
            "cy is in: gen 1, last 0, ok 0
             cy 1: ok, 1 members
             {TWO_ARE_IN}
             cy sees cy hello
             note not durable
             ana 1: ok, 999 gold
             bo is paid 1 by ana, has 1001"
        ),
    );
}

#[test]
fn an_ok_that_waited_for_a_closed_connection_is_found_again_at_the_next_login() {
    check(
        &format!("{TWO_PLAYERS}\nana pays bo 5\nana drops\nsync\nlet syncs\nana logs in"),
        &format!("{TWO_ARE_IN}\nbo is paid 5 by ana, has 1005\nana is in: gen 3, last 1, ok 1"),
    );
}

#[test]
fn with_too_much_output_waiting_commands_are_told_to_come_back() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run(&format!("{TWO_PLAYERS}\nana pays bo 5"));
    play.people.transcript.clear();
    let group = play.world.everyone;
    let mut packet = Vec::new();
    proto::wire::put_plain(&mut packet, 3_000, &vec![b'x'; 100 * 1024]);
    while play.world.delivery.has_room() {
        play.world.delivery.step(Step::Publish { group }, &packet);
    }
    play.run("bo says hi\nsync");
    let seen = &mut play.people.transcript;
    seen.retain(|line| line.len() < 100);
    assert_eq!(seen[0], "bo 1: later busy");
    play.people.transcript.clear();
    check_with(play, "bo says hi", "bo 2: ok\nana hears bo: hi\nbo hears bo: hi");
}

#[test]
fn a_long_wait_for_the_disk_is_told_once_and_so_is_its_end() {
    check(
        &format!(
            "{TWO_PLAYERS}
             ana pays bo 5
             pass 2999
             note not yet
             pass 1
             pass 60000
             bo pays ana 1
             sync 1
             bo pays ana 1
             pass 2999
             let syncs"
        ),
        &format!(
            "{TWO_ARE_IN}
             note not yet
             ana is told: save_delayed
             bo is told: save_delayed
             ana 1: ok, 995 gold
             bo is paid 5 by ana, has 1005
             bo 1: ok, 1004 gold
             ana is paid 1 by bo, has 996
             bo 2: ok, 1003 gold
             ana is paid 1 by bo, has 997
             ana is told: saves_again
             bo is told: saves_again"
        ),
    );
}
