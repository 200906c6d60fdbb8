//! The audit finds every planted violation by its name, and nothing in a world without one.

mod planted;
mod told;

use std::{collections::BTreeSet, path::PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Audit, audit, audit_told};

/// The world of `world.sql` in a file, and the log of its players.
struct World {
    _folder: TempDir,
    path: PathBuf,
    log: PathBuf,
}

impl World {
    /// Changed by a statement before anybody looks.
    fn with(sql: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (path, log) = (folder.path().join("game.db"), folder.path().join("deals.jsonl"));
        let db = Connection::open(&path).unwrap();
        db.pragma_update(None, "journal_mode", "WAL").unwrap();
        db.pragma_update(None, "synchronous", "OFF").unwrap();
        for script in [FIRST_TABLES, GOODS_TABLES, STAFF_TABLES, ROOM_TABLES, WORLD, HOUR_TABLES] {
            db.execute_batch(script).unwrap();
        }
        let before = db.total_changes();
        db.execute_batch(sql).unwrap();
        assert!(sql.is_empty() || before < db.total_changes(), "changes nothing: {sql}");
        std::fs::write(&log, TOLD).unwrap();
        Self { _folder: folder, path, log }
    }

    fn audit(&self) -> Audit {
        audit(&self.path).unwrap()
    }

    fn audit_told(&self) -> Audit {
        audit_told(&self.path, &self.log).unwrap()
    }
}

fn violated(audit: &Audit) -> BTreeSet<&'static str> {
    audit.rules.iter().filter(|(_, count)| 0 < **count).map(|(rule, _)| *rule).collect()
}

#[test]
fn a_world_without_a_fault_is_clean_and_counted() {
    let audit = World::with("").audit();
    assert!(audit.is_clean(), "{audit}");
    let counts = audit.counts;
    assert_eq!((audit.lsn, counts.accounts, counts.characters, counts.items), (100, 5, 3, 5));
    assert_eq!((counts.letters, counts.ledger_lines, counts.goods_lines), (2, 24, 17));
    assert_eq!((counts.trades, counts.letters_filled, counts.gold), (1, 3, 4_425));
    assert_eq!(counts.rows(), 56);
}

#[test]
fn an_audit_changes_nothing_and_sees_what_only_the_write_ahead_log_has() {
    let world = World::with("");
    let writer = Connection::open(&world.path).unwrap();
    writer.execute_batch("UPDATE wallet SET gold = gold + 1 WHERE account = 1").unwrap();
    assert_eq!(violated(&world.audit()), BTreeSet::from(["gold_not_conserved", "wallet_off"]));
    writer.execute_batch("UPDATE wallet SET gold = gold - 1 WHERE account = 1").unwrap();
    assert!(world.audit().is_clean());
}

#[test]
fn more_gold_than_a_number_holds_is_still_counted() {
    let rich = "WITH RECURSIVE many(id) AS (VALUES (1000) UNION ALL SELECT id + 1 FROM many WHERE id < 20999)
            INSERT INTO account SELECT id, NULL, x'01', NULL, 0, 0, 0, 0, 1 FROM many;
        INSERT INTO wallet SELECT id, 1000000000000000, 1 FROM account WHERE 1000 <= id;
        INSERT INTO ledger SELECT 40, id - 1000, 0, id, 1000000000000000, 1, 0, 0 FROM account WHERE 1000 <= id;
        UPDATE gold_hour SET gold_in = 9223372036854775807, lines = lines + 20000 WHERE reason = 1";
    let audit = World::with(rich).audit();
    assert!(audit.is_clean(), "{audit}");
    assert_eq!(audit.counts.gold, 20_000 * 1_000_000_000_000_000 + 4_425);
}

#[test]
fn a_letter_of_the_house_that_was_emptied_and_thrown_away_is_known_for_what_it_was() {
    let thrown_away = "INSERT INTO ledger VALUES (30, 0, 0, 9001, 7, 10, 0, 0), (31, 0, 9001, 1, 7, 8, 9, 0);
        INSERT INTO goods_log VALUES (32, 0, 901, 40, 2, 0, 9002, 10, 0, 0, 0), (33, 0, 901, 40, 2, 9002, 11, 8, 1, 9, 0)";
    let audit = World::with(thrown_away).audit();
    let violated = violated(&audit);
    assert!(!violated.contains("ledger_reason") && !violated.contains("goods_reason"), "{audit}");
}

#[test]
fn a_rule_counts_all_its_violations_and_spells_out_only_the_first() {
    let many = "WITH RECURSIVE many(n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM many WHERE n < 49)
        INSERT INTO item SELECT 12, 1000 + n, 40, 1, 1, n, 1 FROM many";
    let audit = World::with(many).audit();
    assert_eq!(audit.rules["item_not_logged"], 50);
    let spelled = audit.findings.iter().filter(|finding| finding.rule == "item_not_logged");
    assert_eq!(spelled.count() as u64, super::FINDINGS_MAX);
}

#[test]
fn a_file_that_is_no_database_of_ours_is_an_error_and_not_a_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("game.db");
    assert!(audit(&path).is_err(), "it is not there");
    std::fs::write(&path, "something else").unwrap();
    assert!(audit(&path).is_err());
}

const FIRST_TABLES: &str = include_str!("../../../../dbfront/src/store/schema/sqlite/0001_first_tables.sql");
const GOODS_TABLES: &str =
    include_str!("../../../../dbfront/src/store/schema/sqlite/0002_characters_and_goods.sql");
const STAFF_TABLES: &str = include_str!("../../../../dbfront/src/store/schema/sqlite/0003_staff_log.sql");
const ROOM_TABLES: &str = include_str!("../../../../dbfront/src/store/schema/sqlite/0005_rooms.sql");
/// After the world: it sums up what is there.
const HOUR_TABLES: &str = include_str!("../../../../dbfront/src/store/schema/sqlite/0009_gold_by_hour.sql");
const WORLD: &str = include_str!("tests/world.sql");
const TOLD: &str = include_str!("tests/told.jsonl");
