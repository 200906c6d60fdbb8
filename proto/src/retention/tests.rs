//! The list of what bounds tables against the list of tables.

use super::*;

#[test]
fn every_table_has_its_line_in_order() {
    let lines: Vec<Table> = RETENTION.iter().map(|line| line.table).collect();
    assert_eq!(lines, Table::ALL, "a new table says in proto/src/retention.rs what bounds it");
    assert!(Table::ALL.iter().all(|table| of(*table).is_some_and(|line| line.table == *table)));
}

#[test]
fn where_the_account_is_the_key_it_has_one_row() {
    for line in RETENTION.iter().filter(|line| line.by == KEY) {
        let def = line.table.def();
        assert_eq!((def.key_columns, def.columns[0].name), (1, "account"), "{}", def.name);
        assert_eq!(line.bound, Bound::PerAccount(1));
    }
}

#[test]
fn a_log_is_kept_for_ever_for_no_record_takes_a_line_away() {
    for line in RETENTION.iter().filter(|line| line.table.def().append) {
        assert!(matches!(line.bound, Bound::Ever { .. }) && line.days.is_none(), "{:?}", line.table);
    }
}
