//! Each invariant finds what is planted against it, and nothing in a world where all is well.

use std::time::Duration;

use bot::PaymentOutcome as Outcome;
use rusqlite::Connection;

use super::{
    Canaries, Cause, End, Evidence, Id, Peak, Recovery, dump, judge,
    judge::of_rule,
    model::Said,
    rows::{Cell, Rows},
    told::Op,
};
use crate::checker::{Rule, Violation, audit};

/// Ana (1) and bo (2) begin with 100 gold each. Ana pays bo 10, bo buys a thing (7) for 20, and they trade it for 5 gold.
/// Then game dies (epoch 2) and ana pays 1 more.
const DUMP: &str = r#"{"type":"journal","dump":1,"uuid":"00","world_hash":"00"}
{"type":"frame","kind":"epoch","last_lsn":"0","epoch":"1"}
{"type":"frame","kind":"data","last_lsn":"2","epoch":"1"}
{"type":"record","lsn":"1","epoch":"1","account":"1","cseq":"0","value":true,"flows":[{"reason":1,"amount":100}],"goods":[],"mutations":[{"table":"account","op":"upsert","ver":"1","key":["1"],"row":{"id":"1","secret_hash":{"secret":"HASH"},"name":null}},{"table":"wallet","op":"upsert","ver":"1","key":["1"],"row":{"account":"1","gold":100}},{"table":"ledger","op":"append","key":["1",0],"row":{"lsn":"1","n":0,"from_account":"0","to_account":"1","amount":100,"reason":1,"cseq":"0"}}]}
{"type":"record","lsn":"2","epoch":"1","account":"2","cseq":"0","value":true,"flows":[{"reason":1,"amount":100}],"goods":[],"mutations":[{"table":"wallet","op":"upsert","ver":"1","key":["2"],"row":{"account":"2","gold":100}},{"table":"ledger","op":"append","key":["2",0],"row":{"lsn":"2","n":0,"from_account":"0","to_account":"2","amount":100,"reason":1,"cseq":"0"}}]}
{"type":"frame","kind":"data","last_lsn":"3","epoch":"1"}
{"type":"record","lsn":"3","epoch":"1","account":"1","cseq":"1","value":true,"flows":[],"goods":[],"mutations":[{"table":"wallet","op":"upsert","ver":"2","key":["1"],"row":{"account":"1","gold":90}},{"table":"wallet","op":"upsert","ver":"2","key":["2"],"row":{"account":"2","gold":110}},{"table":"ledger","op":"append","key":["3",0],"row":{"lsn":"3","n":0,"from_account":"1","to_account":"2","amount":10,"reason":2,"cseq":"1"}}]}
{"type":"record","lsn":"4","epoch":"1","account":"2","cseq":"1","value":true,"flows":[{"reason":4,"amount":-20}],"goods":[{"reason":4,"kind":40,"amount":1}],"mutations":[{"table":"wallet","op":"upsert","ver":"3","key":["2"],"row":{"account":"2","gold":90}},{"table":"item","op":"upsert","ver":"1","key":["12","7"],"row":{"holder":"12","id":"7","kind":40,"quantity":1}},{"table":"ledger","op":"append","key":["4",0],"row":{"lsn":"4","n":0,"from_account":"2","to_account":"0","amount":20,"reason":4,"cseq":"1"}},{"table":"goods_log","op":"append","key":["4",1],"row":{"lsn":"4","n":1,"item":"7","kind":40,"quantity":1,"from_holder":"0","to_holder":"12","reason":4}}]}
{"type":"record","lsn":"5","epoch":"1","account":"1","cseq":"3","value":true,"flows":[],"goods":[],"mutations":[{"table":"wallet","op":"upsert","ver":"3","key":["1"],"row":{"account":"1","gold":85}},{"table":"wallet","op":"upsert","ver":"4","key":["2"],"row":{"account":"2","gold":95}},{"table":"item","op":"delete","ver":"2","key":["12","7"]},{"table":"item","op":"upsert","ver":"1","key":["11","7"],"row":{"holder":"11","id":"7","kind":40,"quantity":1}},{"table":"ledger","op":"append","key":["5",0],"row":{"lsn":"5","n":0,"from_account":"1","to_account":"2","amount":5,"reason":6,"cseq":"3"}},{"table":"goods_log","op":"append","key":["5",1],"row":{"lsn":"5","n":1,"item":"7","kind":40,"quantity":1,"from_holder":"12","to_holder":"11","reason":6}}]}
{"type":"frame","kind":"epoch","last_lsn":"5","epoch":"2"}
{"type":"frame","kind":"data","last_lsn":"6","epoch":"2"}
{"type":"record","lsn":"6","epoch":"2","account":"1","cseq":"4","value":true,"flows":[],"goods":[],"mutations":[{"table":"wallet","op":"upsert","ver":"4","key":["1"],"row":{"account":"1","gold":84}},{"table":"wallet","op":"upsert","ver":"5","key":["2"],"row":{"account":"2","gold":96}},{"table":"ledger","op":"append","key":["6",0],"row":{"lsn":"6","n":0,"from_account":"1","to_account":"2","amount":1,"reason":2,"cseq":"4"}}]}
{"type":"end","how":"sealed","last_lsn":"6"}
"#;

/// What the database makes of it.
const TABLES: &str = "CREATE TABLE journal_cursor (id, lsn); INSERT INTO journal_cursor VALUES (1, 6);
CREATE TABLE account (id PRIMARY KEY, secret_hash, name, ver); INSERT INTO account VALUES (1, x'a0', NULL, 1);
CREATE TABLE wallet (account PRIMARY KEY, gold, ver); INSERT INTO wallet VALUES (1, 84, 4), (2, 96, 5);
CREATE TABLE item (holder, id, kind, quantity, ver, PRIMARY KEY (holder, id)); INSERT INTO item VALUES (11, 7, 40, 1, 1);
CREATE TABLE ledger (lsn, n, from_account, to_account, amount, reason, cseq, PRIMARY KEY (lsn, n));
INSERT INTO ledger VALUES (1, 0, 0, 1, 100, 1, 0), (2, 0, 0, 2, 100, 1, 0), (3, 0, 1, 2, 10, 2, 1), (4, 0, 2, 0, 20, 4, 1),
    (5, 0, 1, 2, 5, 6, 3), (6, 0, 1, 2, 1, 2, 4);
CREATE TABLE goods_log (lsn, n, item, kind, quantity, from_holder, to_holder, reason, PRIMARY KEY (lsn, n));
INSERT INTO goods_log VALUES (4, 1, 7, 40, 1, 0, 12, 4), (5, 1, 7, 40, 1, 12, 11, 6);";

fn evidence() -> Evidence {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("game.db");
    Connection::open(&path).unwrap().execute_batch(TABLES).unwrap();
    let sum = &blake3::derive_key("ding journal dump secret", &[0xa0])[..8];
    let sum: String = sum.iter().map(|byte| format!("{byte:02x}")).collect();
    let op = |account, session_gen, cseq, deed, outcome, lsn, (sent_us, learned_us)| Op {
        account,
        session_gen,
        epoch: 1,
        cseq,
        deed,
        outcome,
        lsn,
        sent_us,
        learned_us,
    };
    Evidence {
        told: vec![
            op(1, 1, 1, "pay", Outcome::Ok, 3, (10, 20)),
            op(2, 1, 1, "shop_buy", Outcome::Ok, 4, (30, 40)),
            op(1, 1, 2, "pay", Outcome::Rejected, 0, (30, 40)),
            op(1, 1, 3, "trade_accept", Outcome::Ok, 0, (50, 60)),
            op(2, 1, 0, "trade_done", Outcome::Ok, 5, (0, 60)),
            op(1, 1, 4, "pay", Outcome::DidNot, 0, (70, 80)),
            op(1, 2, 4, "pay", Outcome::Ok, 6, (90, 95)),
            op(2, 1, 2, "pay", Outcome::Unknown, 0, (70, 80)),
        ],
        journal: Some(dump::read(DUMP.replace("HASH", &sum).as_bytes()).unwrap()),
        rows: Rows::read(&path).unwrap(),
        players: (2, 2),
        ends: vec![
            End { role: "game".into(), cause: Cause::Ours },
            End { role: "dbfront".into(), cause: Cause::Named("JOURNAL_FAILED".into()) },
        ],
        peaks: vec![Peak { what: "game MiB".into(), seen: 40, cap: 512 }],
        recovery: Some(Recovery {
            ready: Some(Duration::from_secs(1)),
            bound: Duration::from_secs(20),
            caught_up: Some(Duration::ZERO),
        }),
        canaries: Some(Canaries { planted: 3, places: 9, leaks: Vec::new() }),
        ..Evidence::default()
    }
}

/// Plants one thing and expects that this invariant, maybe among others, is violated.
#[track_caller]
fn planted(id: u8, plant: impl FnOnce(&mut Evidence)) {
    let mut evidence = evidence();
    plant(&mut evidence);
    let judgment = judge(&evidence);
    assert!(0 < judgment.count(id), "I{id} holds in:\n{judgment}");
    assert!(!judgment.is_clean());
    assert!(judgment.to_string().contains("VIOLATED"));
}

fn record(evidence: &mut Evidence, lsn: u64) -> &mut super::model::Record {
    let journal = evidence.journal.as_mut().unwrap();
    journal.records.iter_mut().find(|record| record.lsn == lsn).unwrap()
}

fn remove_record(evidence: &mut Evidence, lsn: u64) {
    evidence.journal.as_mut().unwrap().records.retain(|record| record.lsn != lsn);
}

fn stored<'a>(evidence: &'a mut Evidence, table: &str, key: &[i64]) -> &'a mut super::rows::Stored {
    let key: Vec<Cell> = key.iter().copied().map(Cell::Int).collect();
    evidence.rows.tables.get_mut(table).unwrap().rows.get_mut(&key).unwrap()
}

fn lose(evidence: &mut Evidence, table: &str, key: &[i64]) {
    let key: Vec<Cell> = key.iter().copied().map(Cell::Int).collect();
    evidence.rows.tables.get_mut(table).unwrap().rows.remove(&key).unwrap();
}

#[test]
fn a_world_where_all_is_well_holds_every_invariant_and_says_what_was_compared() {
    let judgment = judge(&evidence());
    assert!(judgment.is_clean(), "{judgment}");
    assert_eq!(judgment.0.keys().copied().collect::<Vec<_>>(), Id::ALL);
    let not: Vec<Id> =
        judgment.0.values().filter(|judged| judged.is_skipped).map(|judged| judged.id).collect();
    assert_eq!(not, [Id(13)], "{judgment}");
}

#[test]
fn without_a_dump_what_needs_one_is_said_not_to_be_judged() {
    let judgment = judge(&Evidence { journal: None, ..evidence() });
    assert!(judgment.is_clean());
    assert!(judgment.0[&Id(2)].is_skipped && judgment.0[&Id(8)].is_skipped);
}

#[test]
fn i1_an_answer_whose_record_is_gone_is_found() {
    planted(1, |evidence| remove_record(evidence, 3));
}

#[test]
fn i1_an_answer_beyond_the_end_of_the_journal_is_found() {
    planted(1, |evidence| evidence.told[6].lsn = 7);
}

#[test]
fn i1_an_answer_that_names_another_record_is_found() {
    planted(1, |evidence| evidence.told[0].lsn = 4);
}

#[test]
fn i1_what_was_told_done_at_the_next_login_and_is_not_there_is_found() {
    planted(1, |evidence| evidence.told[7].outcome = Outcome::Happened);
}

#[test]
fn i2_a_record_that_is_missing_in_the_middle_is_found() {
    planted(2, |evidence| remove_record(evidence, 4));
}

#[test]
fn i2_two_records_in_the_wrong_order_are_found() {
    planted(2, |evidence| evidence.journal.as_mut().unwrap().records.swap(2, 3));
}

#[test]
fn i2_a_row_that_no_record_wrote_is_found() {
    planted(2, |evidence| {
        let table = evidence.rows.tables.get_mut("wallet").unwrap();
        let row = table.rows[&vec![Cell::Int(2)]].clone();
        table.rows.insert(vec![Cell::Int(99)], row);
    });
}

#[test]
fn i2_a_row_that_is_lost_is_found() {
    planted(2, |evidence| lose(evidence, "item", &[11, 7]));
    planted(2, |evidence| lose(evidence, "ledger", &[3, 0]));
}

#[test]
fn i2_a_column_that_differs_is_found() {
    planted(2, |evidence| stored(evidence, "wallet", &[2]).cells[1] = Cell::Int(97));
    planted(2, |evidence| stored(evidence, "account", &[1]).cells[1] = Cell::Bytes(vec![0xa1]));
    planted(2, |evidence| stored(evidence, "account", &[1]).cells[2] = Cell::Bytes(b"Eve".to_vec()));
}

#[test]
fn i2_a_cursor_that_says_less_than_the_tables_hold_is_found() {
    planted(2, |evidence| evidence.rows.cursor = 5);
}

#[test]
fn i2_a_cursor_beyond_the_journal_is_found() {
    planted(2, |evidence| evidence.rows.cursor = 7);
}

#[test]
fn i2_a_place_that_the_dump_calls_wrong_is_found() {
    planted(2, |evidence| {
        let more = "{\"type\":\"wrong\",\"segment\":1,\"what\":\"chain\"}";
        evidence.journal = Some(dump::read(format!("{DUMP}{more}\n").as_bytes()).unwrap());
    });
}

#[test]
fn i3_a_record_that_was_carried_out_twice_is_found_in_the_version() {
    planted(3, |evidence| stored(evidence, "wallet", &[1]).ver = 5);
}

#[test]
fn i3_a_version_that_skips_is_found_in_the_journal() {
    planted(3, |evidence| record(evidence, 6).mutations[0].ver = 5);
}

#[test]
fn i3_a_line_of_a_log_written_twice_is_found() {
    planted(3, |evidence| {
        let line = record(evidence, 3).mutations[2].clone();
        record(evidence, 6).mutations.push(line);
    });
}

#[test]
fn i3_a_row_deleted_twice_is_found() {
    planted(3, |evidence| {
        let gone = record(evidence, 5).mutations[2].clone();
        record(evidence, 6).mutations.push(gone);
    });
}

#[test]
fn i4_gold_out_of_nothing_is_found_in_its_record() {
    planted(4, |evidence| {
        record(evidence, 6).mutations[1].row.insert("gold".into(), Said::Text("97".into()));
    });
}

#[test]
fn i4_a_thing_out_of_nothing_is_found_in_its_record() {
    planted(4, |evidence| record(evidence, 4).goods.clear());
}

#[test]
fn i4_a_rule_about_gold_and_things_that_does_not_hold_is_found() {
    planted(4, |evidence| {
        evidence.audit.rules.insert("item_twice", 2);
        evidence.audit.findings.push(audit::Finding { rule: "item_twice", what: "item 7".into() });
    });
}

#[test]
fn i5_half_a_trade_is_found() {
    // The gold went, the thing did not.
    planted(5, |evidence| drop(record(evidence, 5).mutations.drain(2..4)));
    // The thing went, the gold did not come.
    planted(5, |evidence| drop(record(evidence, 5).mutations.remove(1)));
}

#[test]
fn i6_a_command_in_two_records_is_found() {
    planted(6, |evidence| record(evidence, 6).cseq = 3);
}

#[test]
fn i6_a_refused_command_that_happened_is_found() {
    planted(6, |evidence| record(evidence, 5).cseq = 2);
}

#[test]
fn i6_a_number_given_out_again_to_a_command_that_moves_nothing_is_none() {
    let mut evidence = evidence();
    let mut moved = record(&mut evidence, 6).clone();
    moved.mutations.retain(|mutation| mutation.table == "none");
    (moved.lsn, moved.cseq) = (7, 2);
    evidence.journal.as_mut().unwrap().records.push(moved);
    evidence.rows.cursor = 7;
    assert!(judge(&evidence).is_clean());
}

#[test]
fn i6_a_number_given_out_again_to_the_accept_of_a_trade_that_was_made_is_none() {
    let mut evidence = evidence();
    let mut refused = evidence.told[2].clone();
    refused.cseq = 3;
    evidence.told[3].session_gen = 2;
    evidence.told.push(refused);
    assert!(judge(&evidence).is_clean(), "{}", judge(&evidence));
}

#[test]
fn i6_one_number_done_in_two_sessions_is_found() {
    planted(6, |evidence| evidence.told[5].outcome = Outcome::Happened);
}

#[test]
fn i6_a_rule_of_payments_that_does_not_hold_is_found() {
    planted(6, |evidence| {
        evidence.payments.by_rule.insert(Rule::NeverSent, 1);
        evidence.payments.violations.push(Violation { rule: Rule::NeverSent, what: "row".into() });
    });
}

#[test]
fn i7_what_a_player_found_wrong_and_one_who_was_lost_are_found() {
    planted(7, |evidence| evidence.wrong.push(("answer_stray".into(), "answer to 9".into())));
    planted(7, |evidence| evidence.players = (1, 2));
}

#[test]
fn i8_a_record_of_an_earlier_writer_after_a_later_one_is_found() {
    planted(8, |evidence| {
        let mut zombie = record(evidence, 6).clone();
        (zombie.lsn, zombie.epoch, zombie.cseq) = (7, 1, 5);
        evidence.journal.as_mut().unwrap().records.push(zombie);
    });
    planted(8, |evidence| evidence.journal.as_mut().unwrap().epochs.push((6, 1)));
}

#[test]
fn i9_an_end_without_a_name_or_with_that_of_a_bug_is_found() {
    for cause in [Cause::Unnamed("exit status: 101".into()), Cause::Named("PANICKED".into())] {
        planted(9, |evidence| evidence.ends.push(End { role: "game".into(), cause }));
    }
}

#[test]
fn i10_a_process_above_its_cap_is_found() {
    planted(10, |evidence| evidence.peaks[0].seen = 513);
}

#[test]
fn i11_a_stack_that_is_late_or_never_back_or_never_catches_up_is_found() {
    fn recovery(evidence: &mut Evidence) -> &mut Recovery {
        evidence.recovery.as_mut().unwrap()
    }
    planted(11, |evidence| recovery(evidence).ready = Some(Duration::from_secs(21)));
    planted(11, |evidence| recovery(evidence).ready = None);
    planted(11, |evidence| recovery(evidence).caught_up = None);
}

#[test]
fn i12_a_secret_that_came_to_light_is_found() {
    planted(12, |evidence| evidence.canaries.as_mut().unwrap().leaks.push("up.log".into()));
}

#[test]
fn i14_what_was_answered_first_and_has_the_later_record_is_found() {
    // Bo bought after ana's payment was answered, and has the lower record.
    planted(14, |evidence| (evidence.told[0].lsn, evidence.told[1].lsn) = (4, 3));
    // The end of a trade is an answer, too.
    planted(14, |evidence| evidence.told[4].lsn = 7);
}

#[test]
fn every_rule_of_the_audit_is_a_part_of_an_invariant() {
    let lost: Vec<_> = audit::rules()
        .chain(audit::rules_told())
        .map(|rule| rule.name)
        .filter(|name| of_rule(name).is_none())
        .collect();
    assert_eq!(lost, Vec::<&str>::new());
}

#[test]
fn a_dump_that_is_not_understood_is_refused_with_its_line() {
    let error =
        dump::read(&b"{\"type\":\"journal\"}\n{\"type\":\"record\",\"lsn\":\"x\"}\n"[..]).unwrap_err();
    assert_eq!(error.line, 2);
    assert!(dump::read(&b"no JSON\n"[..]).is_err());
}
