//! What staff sees, when it is told, and whom it shows the door.

use proto::tables::{LedgerRow, Row as _};

use super::*;

#[test]
fn an_account_is_found_by_id_and_by_name_whether_it_is_there_or_not() {
    check(
        "ana registers Anabel with correct-horse
         bo logs in
         bo drops
         staff finds ana
         staff finds =aNABEL
         staff finds bo
         staff finds 12345
         staff finds =Nobody
         staff finds =!!",
        "ana is queued at 1
         ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         staff: ok, Anabel, plays
         staff: ok, Anabel, plays
         staff: ok, a guest
         staff: no_such_account
         staff: no_such_account
         staff: no_such_account",
    );
}

#[test]
fn rows_that_are_not_in_memory_are_fetched_for_staff_too() {
    let mut play = Play::new(WorldConfig { preload: false, cache_accounts_max: 1, ..WorldConfig::default() });
    play.run("ana logs in\nana drops\nbo logs in\npass 100\npass 100\nstaff finds ana");
    assert_eq!(play.people.transcript.last().unwrap(), "staff: ok, a guest");
}

#[test]
fn staff_is_told_nothing_that_is_not_durable() {
    check(
        "ana logs in
         hold syncs
         ana pays 4294967297 5
         bo logs in
         staff finds ana
         note not yet
         sync",
        "ana is in: gen 1, last 0, ok 0
         ana 1: rejected own_wallet
         note not yet
         bo is in: gen 1, last 0, ok 0
         staff: ok, a guest, plays",
    );
}

#[test]
fn pages_of_a_table_end_and_begin_where_they_should() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run(
        "ana logs in\nbo logs in\ncy logs in\nana pays bo 5\nstaff lists wallets\nstaff lists wallet of bo",
    );
    let told = &play.people.transcript[play.people.transcript.len() - 2..];
    assert_eq!(told, ["staff: 2 rows 995 1005, more", "staff: 1 rows 1005"]);
}

#[test]
fn the_ledger_is_read_once_the_database_has_all_of_it() {
    check(
        "ana logs in
         bo logs in
         hold applies
         ana pays bo 5
         staff lists ledger of ana
         note not yet
         apply",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 995 gold
         bo is paid 5 by ana, has 1005
         note not yet
         staff: 1 rows, more",
    );
}

#[test]
fn a_ledger_that_the_database_does_not_come_to_have_in_time_is_refused_by_its_name_and_asked_for_again() {
    check(
        "ana logs in
         bo logs in
         hold applies
         ana pays bo 5
         staff lists ledger of ana
         pass 11000
         apply
         staff lists ledger of ana",
        "ana is in: gen 1, last 0, ok 0
         bo is in: gen 1, last 0, ok 0
         ana 1: ok, 995 gold
         bo is paid 5 by ana, has 1005
         staff: store_behind
         staff: 1 rows, more",
    );
}

#[test]
fn the_end_of_the_ledger_comes_last_line_first() {
    let mut play = Play::new(WorldConfig { preload: false, ..WorldConfig::default() });
    play.run("ana logs in\nbo logs in\nana pays bo 5\nana pays bo 6\nstaff lists the latest 2 of the ledger");
    let page = play.staff_heard.last().unwrap();
    let amounts: Vec<i64> =
        page.rows.iter().map(|row| LedgerRow::from_values(&row.row).unwrap().amount).collect();
    assert_eq!((amounts, page.done), (vec![6, 5], false));
    assert_eq!(page.after, page.rows[1].row[..2]);
}

#[test]
fn who_is_kicked_may_come_back() {
    check(
        "ana logs in
         staff kicks ana
         staff kicks ana
         ana logs in
         staff kicks 99",
        "ana is in: gen 1, last 0, ok 0
         ana is closed: kicked
         staff: ok, a guest, plays
         staff: ok, a guest
         ana is in: gen 5, last 0, ok 0
         staff: no_such_account",
    );
}

#[test]
fn a_request_whose_rows_do_not_come_ends_with_a_name() {
    let mut play = Play::new(WorldConfig { preload: false, cache_accounts_max: 1, ..WorldConfig::default() });
    play.run(
        "ana logs in\nana drops\nbo logs in\npass 100\npass 100\nstore goes\nstaff finds ana\npass 11000",
    );
    assert_eq!(play.people.transcript.last().unwrap(), "staff: store_away");
    play.run("store comes back\nstaff finds ana");
    assert_eq!(play.people.transcript.last().unwrap(), "staff: ok, a guest");
}

#[test]
fn before_the_world_is_loaded_nothing_is_answered_but_that() {
    let mut play = Play::new(WorldConfig::default());
    play.run("ana logs in\nhold reads\ngame dies\nstaff finds ana\nlet reads\nstaff finds ana");
    let told = &play.people.transcript[play.people.transcript.len() - 2..];
    assert_eq!(told, ["staff: starting", "staff: ok, a guest"]);
}
