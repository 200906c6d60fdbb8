//! One planted fault or more for each rule about what players were told: in the database, or in their log.

use std::collections::BTreeSet;

use super::{super::rules_told, TOLD, World, violated};

#[test]
fn players_that_were_told_the_truth_are_no_violation() {
    let audit = World::with("").audit_told();
    assert!(audit.is_clean(), "{audit}");
    assert!(rules_told().all(|rule| audit.rules.contains_key(rule.name)));
}

#[test]
fn every_lie_is_found_under_its_name() {
    for (rule, sql, from, to) in PLANTED {
        let world = World::with(sql);
        assert!(from.is_empty() || TOLD.contains(from), "{from} is not in the log");
        std::fs::write(&world.log, TOLD.replacen(from, to, 1)).unwrap();
        let audit = world.audit_told();
        assert!(violated(&audit).contains(rule), "{rule} not found after {sql} {to} in:\n{audit}");
    }
}

#[test]
fn every_rule_about_what_was_told_has_a_planted_fault() {
    let planted: BTreeSet<&str> = PLANTED.iter().map(|(rule, ..)| *rule).collect();
    let rules: BTreeSet<&str> = rules_told().map(|rule| rule.name).collect();
    assert_eq!(planted, rules);
    assert_eq!(rules.len(), rules_told().count(), "two rules of one name");
}

#[test]
fn what_nobody_told_may_have_happened_or_not_but_only_as_it_was_asked() {
    let world = World::with(
        "DELETE FROM goods_log WHERE lsn IN (20, 21); DELETE FROM ledger WHERE lsn = 20;
        UPDATE wallet SET gold = gold + 4, ver = ver - 1 WHERE account = 2;
        UPDATE gold_hour SET gold_out = gold_out - 4, lines = lines - 1 WHERE reason = 4",
    );
    let audit = world.audit_told();
    assert!(audit.is_clean(), "{audit}");
}

#[test]
fn a_first_accept_that_a_crash_took_back_gives_its_number_to_another() {
    let world = World::with("");
    // Session 1's accept under 5 was answered, lost with the process, and 5 was given to the letter in session 2.
    let later = TOLD.replacen(
        "\"session_gen\":1,\"epoch\":1,\"cseq\":5",
        "\"session_gen\":2,\"epoch\":1,\"cseq\":5",
        1,
    );
    let lost = "{\"player\":0,\"account\":\"1\",\"character\":\"11\",\"session_gen\":1,\"epoch\":1,\"cseq\":5,\
        \"deed\":\"trade_accept\",\"outcome\":\"ok\",\"with\":\"12\",\"trade\":9,\"gold_out\":1}\n";
    std::fs::write(&world.log, format!("{lost}{later}")).unwrap();
    let db = rusqlite::Connection::open(&world.path).unwrap();
    db.execute_batch("UPDATE account SET session_gen = 2 WHERE id = 1").unwrap();
    let audit = world.audit_told();
    assert!(audit.is_clean(), "{audit}");
}

#[test]
fn a_number_that_a_reset_told_not_done_is_given_to_another_command_of_the_session() {
    let world = World::with("UPDATE journal_cursor SET game_epoch = 2");
    let (not, done) = (LAST.replace("OUTCOME", "did_not"), LAST.replace("OUTCOME", "unknown"));
    let again = |epoch| done.replace("\"epoch\":1", &format!("\"epoch\":{epoch}"));
    let audit = |log: String| {
        std::fs::write(&world.log, log).unwrap();
        world.audit_told()
    };
    let read_next = audit(format!("{TOLD}{not}"));
    assert!(read_next.is_clean(), "{read_next}");
    // Players learn of their fates in any order.
    let dealt_next = audit(format!("{}{TOLD}{not}", again(2)));
    assert!(dealt_next.is_clean(), "{dealt_next}");
    assert_eq!(violated(&audit(format!("{}{TOLD}{not}", again(1)))), ["told_number_twice"].into());
}

#[test]
fn of_the_lives_that_had_a_number_the_last_one_did_what_happened() {
    // Nobody told either of them.
    let world = World::with("UPDATE journal_cursor SET game_epoch = 2");
    let line = TOLD.lines().find(|line| line.contains(UNKNOWN)).unwrap();
    let before = line.replace("\"gold_out\":4", "\"gold_out\":3");
    let after = TOLD.replace(line, &line.replace("\"epoch\":1", "\"epoch\":2"));
    std::fs::write(&world.log, format!("{after}{before}\n")).unwrap();
    let audit = world.audit_told();
    assert!(audit.is_clean(), "{audit}");
}

/// Of the account 2 and its last command, which is marked as done.
const LAST: &str = "{\"player\":1,\"account\":\"2\",\"character\":\"12\",\"session_gen\":1,\"epoch\":1,\"cseq\":8,\
    \"deed\":\"shop_buy\",\"outcome\":\"OUTCOME\",\"shop\":1,\"gold_out\":4,\"gets\":[{\"kind\":40,\"quantity\":1}]}\n";
/// What it bought, and was told nothing of.
const UNKNOWN: &str = "\"outcome\":\"unknown\"";

/// The rule, a change of the database, a change of the log: the first of this is that.
const PLANTED: &[(&str, &str, &str, &str)] = &[
    ("told_unreadable", "", "\"deed\":\"pay\"", "\"deed\":\"craft\""),
    ("told_unreadable", "", "\"outcome\":\"ok\"", "\"outcome\":\"perhaps\""),
    ("told_number_twice", "", "\"cseq\":9,\"deed\":\"pay\"", "\"cseq\":7,\"deed\":\"pay\""),
    (
        "told_done_twice",
        "",
        "\"session_gen\":1,\"epoch\":1,\"cseq\":7,\"deed\":\"pay\"",
        "\"session_gen\":0,\"epoch\":1,\"cseq\":6,\"deed\":\"pay\"",
    ),
    ("told_session_lost", "", "\"session_gen\":1", "\"session_gen\":2"),
    ("told_account_missing", "", "\"character\":\"11\"", "\"character\":\"12\""),
    ("told_account_missing", "DELETE FROM character WHERE id = 13", "", ""),
    // An answer whose effect is lost.
    ("told_done_not_there", "DELETE FROM ledger WHERE lsn = 15", "", ""),
    (
        "told_done_not_there",
        "DELETE FROM ledger WHERE lsn = 10; DELETE FROM goods_log WHERE lsn = 10",
        "",
        "",
    ),
    (
        "told_done_not_there",
        "",
        "\"cseq\":9,\"deed\":\"pay\",\"outcome\":\"rejected\"",
        "\"cseq\":9,\"deed\":\"pay\",\"outcome\":\"ok\"",
    ),
    // An effect of what was refused.
    ("told_not_but_there", "INSERT INTO ledger VALUES (30, 0, 1, 2, 5, 2, 9, 0)", "", ""),
    ("told_not_but_there", "INSERT INTO goods_log VALUES (30, 0, 107, 40, 1, 0, 12, 4, 2, 9, 0)", "", ""),
    ("told_not_but_there", "", "\"outcome\":\"ok\",\"lsn\":5", "\"outcome\":\"retry_later\",\"lsn\":0"),
    (
        "told_not_but_there",
        "",
        "\"cseq\":4,\"deed\":\"trade_accept\",\"outcome\":\"happened\"",
        "\"cseq\":4,\"deed\":\"trade_accept\",\"outcome\":\"did_not\"",
    ),
    ("never_sent", "INSERT INTO ledger VALUES (30, 0, 1, 2, 5, 2, 3, 0)", "", ""),
    ("never_sent", "INSERT INTO goods_log VALUES (30, 0, 107, 40, 1, 0, 12, 4, 2, 2, 0)", "", ""),
    ("told_another_record", "", "\"lsn\":9", "\"lsn\":10"),
    ("told_another_deed", "UPDATE goods_log SET reason = 12, to_holder = 0 WHERE lsn = 14", "", ""),
    ("told_another_deed", "", "\"deed\":\"shop_sell\"", "\"deed\":\"shop_buy\""),
    ("told_another_deed", "", "\"lsn\":8", "\"lsn\":5"),
    ("told_gold_differs", "UPDATE ledger SET amount = 8 WHERE lsn = 15", "", ""),
    ("told_gold_differs", "DELETE FROM ledger WHERE lsn = 11", "", ""),
    // Half a trade: the other side's gold never came.
    ("told_gold_differs", "DELETE FROM ledger WHERE lsn = 8 AND n = 2", "", ""),
    ("told_gold_differs", "", "\"gold_out\":4,", "\"gold_out\":5,"),
    ("told_things_differ", "UPDATE goods_log SET quantity = 9 WHERE lsn = 5", "", ""),
    ("told_things_differ", "DELETE FROM goods_log WHERE lsn = 8 AND n = 1", "", ""),
    ("told_things_differ", "DELETE FROM goods_log WHERE lsn = 11", "", ""),
    ("told_things_differ", "", "\"gives\":[{\"item\":\"101\"", "\"gives\":[{\"item\":\"103\""),
    ("letter_differs", "UPDATE mail SET to_character = 12", "", ""),
    ("letter_differs", "UPDATE mail SET from_character = 12", "", ""),
    ("letter_differs", "", "\"mail\":\"201\"", "\"mail\":\"203\""),
    ("letter_differs", "UPDATE goods_log SET quantity = 1 WHERE lsn = 9 AND n = 2", "", ""),
    ("told_letter_lost", "DELETE FROM mail WHERE id = 204", "", ""),
    ("told_letter_lost", "DELETE FROM mail WHERE id = 201", "", ""),
    (
        "told_letter_lost",
        "",
        "\"deed\":\"mail_delete\",\"outcome\":\"ok\"",
        "\"deed\":\"mail_delete\",\"outcome\":\"did_not\"",
    ),
    ("told_deleted_but_there", "INSERT INTO mail VALUES (11, 202, 12, 'Bob', '', '', 0, 0, 1, 3)", "", ""),
    ("letter_differs", "UPDATE mail SET to_character = 12 WHERE id = 204", "", ""),
    ("taken_from_another", "", "\"mail\":\"202\"", "\"mail\":\"201\""),
    // A trade that a side was told of twice, never, or otherwise.
    (
        "trades_told",
        "",
        "\"deed\":\"trade_done\",\"outcome\":\"happened\"",
        "\"deed\":\"trade_done\",\"outcome\":\"did_not\"",
    ),
    ("trades_told", "DELETE FROM ledger WHERE lsn = 8; DELETE FROM goods_log WHERE lsn = 8", "", ""),
    ("trades_told", "UPDATE ledger SET amount = 31 WHERE lsn = 8 AND n = 2", "", ""),
    ("held_gold_differs", "UPDATE wallet SET gold = gold + 1 WHERE account = 1", "", ""),
    ("held_gold_differs", "", "\"gold_in\":888", "\"gold_in\":889"),
    ("held_things_differ", "DELETE FROM item WHERE id = 103", "", ""),
    ("held_things_differ", "INSERT INTO item VALUES (11, 107, 40, 1, 1, 9, 1)", "", ""),
    ("held_things_differ", "UPDATE item SET quantity = 2 WHERE id = 101", "", ""),
    ("told_done_not_marked", "UPDATE account SET cseq_ok = cseq_ok & ~4 WHERE id = 1", "", ""),
    ("told_done_not_marked", "UPDATE account SET cseq_last = 6 WHERE id = 1", "", ""),
    ("told_not_marked_done", "UPDATE account SET cseq_ok = cseq_ok | 1 WHERE id = 1", "", ""),
];
