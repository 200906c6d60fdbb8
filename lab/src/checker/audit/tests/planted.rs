//! One planted fault or more for each rule about a database alone.

use std::collections::BTreeSet;

use super::{super::rules, World, violated};

#[test]
fn every_planted_fault_is_found_under_its_name() {
    for (rule, sql) in PLANTED {
        let audit = World::with(sql).audit();
        assert!(violated(&audit).contains(rule), "{rule} not found after {sql} in:\n{audit}");
    }
}

#[test]
fn every_rule_has_a_planted_fault() {
    let planted: BTreeSet<&str> = PLANTED.iter().map(|(rule, _)| *rule).collect();
    let named: BTreeSet<&str> = rules().map(|rule| rule.name).collect();
    assert_eq!(planted, named);
    assert_eq!(named.len(), rules().count(), "two rules of one name");
}

const PLANTED: &[(&str, &str)] = &[
    // Doubled: the same item with two holders, the second row with or without its own lines.
    ("item_twice", "INSERT INTO item VALUES (12, 101, 40, 3, 1, 0, 1)"),
    ("item_twice", "INSERT INTO item VALUES (201, 105, 60, 1, 3, 1, 1)"),
    ("item_holder_missing", "UPDATE item SET holder = 14 WHERE id = 105"),
    ("item_holder_missing", "DELETE FROM mail WHERE id = 201"),
    ("item_holder_missing", "DELETE FROM character WHERE id = 13"),
    ("item_place", "UPDATE item SET place = 1 WHERE id = 104"),
    ("item_place", "UPDATE item SET place = 3 WHERE id = 103"),
    ("item_place", "UPDATE item SET place = 4 WHERE id = 103"),
    ("item_slot", "UPDATE item SET slot = 100 WHERE id = 103"),
    ("item_slot", "UPDATE item SET slot = 0 WHERE id = 102"),
    ("item_slot", "UPDATE item SET slot = 8 WHERE id = 104"),
    ("slot_twice", "UPDATE item SET slot = 0 WHERE id = 103"),
    ("too_many_items", "INSERT INTO item VALUES (201, 301, 40, 1, 3, 1, 1), (201, 302, 40, 1, 3, 2, 1),
        (201, 303, 40, 1, 3, 3, 1), (201, 304, 40, 1, 3, 4, 1), (201, 305, 40, 1, 3, 5, 1), (201, 306, 40, 1, 3, 6, 1),
        (201, 307, 40, 1, 3, 7, 1), (201, 308, 40, 1, 3, 8, 1)"),
    ("item_bounds", "UPDATE item SET quantity = 0 WHERE id = 101"),
    ("item_bounds", "UPDATE item SET quantity = -1 WHERE id = 101"),
    ("item_bounds", "UPDATE item SET quantity = 1000001 WHERE id = 101"),
    ("item_lost", "DELETE FROM item WHERE id = 103"),
    ("item_lost", "UPDATE item SET holder = 12 WHERE id = 103"),
    // A trade of which one half was written.
    ("item_lost", "UPDATE item SET holder = 12 WHERE id = 102"),
    ("item_not_logged", "UPDATE item SET holder = 12 WHERE id = 103"),
    ("item_not_logged", "INSERT INTO item VALUES (12, 107, 40, 1, 1, 0, 1)"),
    ("item_quantity", "UPDATE item SET quantity = 4 WHERE id = 101"),
    ("item_quantity", "UPDATE goods_log SET quantity = 11 WHERE lsn = 5"),
    // A line that is missing, a line that is there twice.
    ("item_quantity", "DELETE FROM goods_log WHERE lsn = 18"),
    ("item_quantity", "INSERT INTO goods_log VALUES (30, 0, 101, 40, 1, 11, 0, 11, 1, 8, 0)"),
    ("item_below_zero", "UPDATE goods_log SET lsn = 23 WHERE lsn = 20"),
    ("item_below_zero", "INSERT INTO goods_log VALUES (30, 0, 106, 40, 1, 12, 0, 11, 2, 8, 0)"),
    ("item_kind", "UPDATE item SET kind = 41 WHERE id = 101"),
    ("item_kind", "UPDATE goods_log SET kind = 41 WHERE lsn = 11"),
    ("item_without_source", "DELETE FROM goods_log WHERE lsn = 13"),
    ("item_without_source", "INSERT INTO item VALUES (12, 107, 40, 1, 1, 0, 1)"),
    ("item_gone_without_sink", "DELETE FROM item WHERE id = 103"),
    ("item_gone_without_sink", "DELETE FROM goods_log WHERE lsn = 21"),
    ("goods_line", "UPDATE goods_log SET quantity = 0 WHERE lsn = 18"),
    ("goods_line", "UPDATE goods_log SET to_holder = 11 WHERE lsn = 18"),
    // A letter's things in an account, a faucet that is a sink, a reason that nobody knows.
    ("goods_reason", "UPDATE goods_log SET to_holder = 1 WHERE lsn = 11"),
    ("goods_reason", "UPDATE goods_log SET reason = 4 WHERE lsn = 18"),
    ("goods_reason", "UPDATE goods_log SET reason = 99 WHERE lsn = 18"),
    ("goods_reason", "UPDATE goods_log SET reason = 7 WHERE lsn = 8"),
    ("arranged_not_canceled", "UPDATE goods_log SET quantity = 5 WHERE lsn = 7 AND n = 1"),
    ("arranged_not_canceled", "DELETE FROM goods_log WHERE lsn = 7 AND n = 0"),
    ("holder_kind_off", "UPDATE item SET quantity = 5 WHERE id = 103"),
    ("holder_kind_off", "UPDATE item SET holder = 12 WHERE id = 103"),
    ("kind_not_conserved", "UPDATE item SET quantity = 5 WHERE id = 103"),
    ("kind_not_conserved", "DELETE FROM item WHERE id = 102"),
    ("trade_goods", "UPDATE goods_log SET to_holder = 13 WHERE lsn = 8 AND n = 0"),
    ("trade_goods", "UPDATE goods_log SET item = 103, kind = 40 WHERE lsn = 8 AND n = 1"),
    ("wallet_off", "UPDATE wallet SET gold = gold + 1 WHERE account = 1"),
    // Moved between two wallets without a line: the sum alone would not see it.
    ("wallet_off", "UPDATE wallet SET gold = gold + CASE account WHEN 1 THEN 5 ELSE -5 END WHERE account < 3"),
    ("wallet_off", "DELETE FROM ledger WHERE lsn = 15"),
    ("wallet_off", "INSERT INTO ledger VALUES (30, 0, 1, 2, 7, 2, 7, 0)"),
    ("wallet_off", "UPDATE ledger SET amount = 6 WHERE lsn = 53 AND n = 0"),
    ("stake_off", "UPDATE room_stake SET gold = 81"),
    ("stake_off", "DELETE FROM room_stake"),
    ("stake_off", "DELETE FROM ledger WHERE lsn = 53 AND n = 1"),
    ("stake_off", "INSERT INTO room_stake VALUES (502, 5, 5, 1)"),
    ("stake_of_nobody", "DELETE FROM room"),
    ("stake_of_nobody", "UPDATE room_stake SET account = 9"),
    ("refund_too_large", "UPDATE ledger SET amount = 101 WHERE lsn = 51"),
    ("refund_too_large", "UPDATE ledger SET to_account = 2 WHERE lsn = 51"),
    ("match_of_nobody", "DELETE FROM replay"),
    ("match_of_nobody", "UPDATE room_entry SET room = 502"),
    ("too_many_matches", "WITH RECURSIVE many(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM many WHERE n < 99)
        INSERT INTO replay_player SELECT 5, 1000 + n, 'chess', 0, '', 0, 1 FROM many"),
    ("rating_bounds", "UPDATE rating SET rating = 10001"),
    ("rating_bounds", "UPDATE rating SET account = 9"),
    ("mail_gold_off", "UPDATE mail SET gold = 51 WHERE id = 201"),
    ("mail_gold_off", "DELETE FROM ledger WHERE lsn = 9"),
    ("gold_lost", "DELETE FROM mail WHERE id = 201"),
    ("gold_lost", "DELETE FROM ledger WHERE lsn = 11"),
    ("gold_lost", "DELETE FROM wallet WHERE account = 3"),
    ("gold_bounds", "UPDATE wallet SET gold = -1 WHERE account = 1"),
    ("gold_lost", "DELETE FROM room_stake"),
    ("gold_bounds", "UPDATE room_stake SET gold = -1"),
    ("gold_not_conserved", "UPDATE room_stake SET gold = 79"),
    ("gold_bounds", "UPDATE wallet SET gold = 1000000000000001 WHERE account = 1"),
    ("gold_below_zero", "UPDATE ledger SET lsn = 24 WHERE lsn = 10"),
    ("gold_below_zero", "UPDATE ledger SET amount = 2000 WHERE lsn = 15"),
    ("gold_not_conserved", "UPDATE wallet SET gold = gold - 1 WHERE account = 1"),
    ("gold_not_conserved", "UPDATE ledger SET amount = 41 WHERE lsn = 5"),
    ("ledger_line", "UPDATE ledger SET amount = 0 WHERE lsn = 15"),
    ("ledger_line", "UPDATE ledger SET amount = -7 WHERE lsn = 15"),
    ("ledger_line", "UPDATE ledger SET to_account = 1 WHERE lsn = 15"),
    ("ledger_reason", "UPDATE ledger SET reason = 5 WHERE lsn = 5"),
    ("ledger_reason", "UPDATE ledger SET reason = 99 WHERE lsn = 15"),
    ("ledger_reason", "INSERT INTO ledger VALUES (30, 0, 0, 9001, 7, 10, 0, 0)"),
    ("ledger_reason", "UPDATE ledger SET to_account = 12 WHERE lsn = 15"),
    ("ledger_reason", "UPDATE ledger SET to_account = 77 WHERE lsn = 15"),
    ("ledger_reason", "UPDATE ledger SET to_account = 2 WHERE lsn = 9"),
    ("ledger_reason", "UPDATE ledger SET to_account = 2 WHERE lsn = 52"),
    ("ledger_reason", "UPDATE ledger SET from_account = 0 WHERE lsn = 53 AND n = 0"),
    ("wallet_missing", "DELETE FROM wallet WHERE account = 3"),
    ("wallet_of_nobody", "DELETE FROM account WHERE id = 3"),
    ("wallet_of_nobody", "INSERT INTO wallet VALUES (9, 0, 1)"),
    ("wallet_version", "UPDATE wallet SET ver = ver + 1 WHERE account = 2"),
    ("wallet_version", "UPDATE wallet SET ver = ver - 1 WHERE account = 2"),
    ("start_twice", "INSERT INTO ledger VALUES (30, 0, 0, 1, 1000, 1, 0, 0)"),
    ("trade_gold", "INSERT INTO ledger VALUES (8, 4, 3, 1, 1, 6, 0, 0)"),
    ("trade_gold", "UPDATE ledger SET from_account = 3 WHERE lsn = 8 AND n = 3"),
    ("trade_gold", "UPDATE ledger SET from_account = 1, to_account = 2 WHERE lsn = 8 AND n = 3"),
    ("trade_sides", "UPDATE ledger SET to_account = 3 WHERE lsn = 8 AND n = 2"),
    ("grant_without_line", "DELETE FROM ledger WHERE lsn = 12"),
    ("grant_without_line", "UPDATE ledger SET amount = 501 WHERE lsn = 12"),
    ("grant_without_key", "DELETE FROM grant_key WHERE lsn = 12"),
    ("grant_without_key", "INSERT INTO ledger VALUES (30, 0, 0, 2, 500, 9, 0, 0)"),
    ("id_twice", "UPDATE mail SET id = 11"),
    ("id_twice", "UPDATE character SET id = 2 WHERE id = 12"),
    ("id_twice", "UPDATE replay SET id = 501"),
    ("id_twice", "UPDATE item SET id = 201 WHERE id = 101"),
    ("character_of_nobody", "DELETE FROM account WHERE id = 2"),
    ("character_twice", "INSERT INTO character SELECT 2, id, name, level, xp, hp, map, x_mm, y_mm, created_ms,
        deleted_ms, dead, ver FROM character WHERE id = 11"),
    ("character_name", "DELETE FROM character_name WHERE character = 12"),
    ("character_name", "INSERT INTO character_name VALUES ('robert', 2, 12, 1)"),
    ("account_name", "UPDATE account_name SET account = 2"),
    ("too_many_characters", "INSERT INTO character SELECT 1, 400 + value, 'x', 1, 0, 1, 1, 0, 0, 0, NULL, 0, 1
        FROM json_each('[1, 2, 3, 4, 5, 6, 7, 8]')"),
    ("character_bounds", "UPDATE character SET x_mm = 1000000001 WHERE id = 11"),
    ("character_bounds", "UPDATE character SET dead = 2 WHERE id = 11"),
    ("letter_to_nobody", "UPDATE mail SET to_character = 19"),
    ("letter_twice", "INSERT INTO mail SELECT 11, id, from_character, from_name, subject, text, gold, sent_ms, read, ver
        FROM mail WHERE id = 201"),
    // The letter is gone, and with it what was in it: before anybody asks the logs of the things.
    ("letter_lost", "DELETE FROM mail WHERE id = 201"),
    ("letter_lost", "DELETE FROM ledger WHERE lsn = 22"),
    ("too_many_letters", "WITH RECURSIVE many(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM many WHERE n < 99)
        INSERT INTO mail SELECT 13, 1000 + n, 0, '', '', '', 0, 0, 0, 1 FROM many"),
    ("letter_bounds", "UPDATE mail SET subject = printf('%065d', 1)"),
    ("letter_bounds", "UPDATE mail SET read = 2"),
    ("version_bounds", "UPDATE item SET ver = 0 WHERE id = 101"),
    ("line_numbering", "UPDATE ledger SET n = 4 WHERE lsn = 8 AND n = 3"),
    ("line_numbering", "UPDATE ledger SET n = 0 WHERE lsn = 5"),
    ("line_numbering", "UPDATE staff_log SET n = 0"),
    ("line_from_the_future", "UPDATE journal_cursor SET lsn = 21"),
    // One command, two records: it happened twice.
    ("command_twice", "INSERT INTO ledger VALUES (30, 0, 1, 2, 7, 2, 7, 0)"),
    ("command_twice", "UPDATE goods_log SET cseq = 2 WHERE lsn = 18"),
    ("record_of_two_commands", "UPDATE ledger SET cseq = 9 WHERE lsn = 5"),
    ("record_of_two_commands", "UPDATE goods_log SET account = 1 WHERE lsn = 8 AND n = 1"),
    ("command_of_nobody", "UPDATE goods_log SET account = 77 WHERE lsn = 13"),
    ("sequence_lost", "UPDATE account SET cseq_last = 7 WHERE id = 1"),
    // The effect of a command that was refused.
    ("done_not_told", "INSERT INTO ledger VALUES (30, 0, 1, 2, 5, 2, 9, 0)"),
    ("done_not_told", "UPDATE account SET cseq_ok = 0 WHERE id = 3"),
    ("hour_off", "UPDATE gold_hour SET gold_in = gold_in + 1 WHERE reason = 1"),
    ("hour_off", "UPDATE gold_hour SET lines = lines - 1 WHERE reason = 2"),
    ("hour_off", "DELETE FROM gold_hour WHERE reason = 4"),
    ("hour_off", "INSERT INTO gold_hour VALUES (3600000, 3, 5, 0, 0, 1)"),
    ("hour_off", "INSERT INTO ledger VALUES (60, 0, 0, 1, 5, 3, 0, 7200000)"),
];
