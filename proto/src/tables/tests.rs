//! Rows to values and back, and bounds.

use super::*;

fn account() -> AccountRow {
    AccountRow {
        id: 7,
        name: None,
        secret_hash: Some(Bytes::from_static(&[1; 32])),
        password: Some("phc".into()),
        session_gen: 3,
        cseq_last: 9,
        cseq_ok: Bits(u64::MAX),
        created_ms: 1,
    }
}

#[test]
fn a_row_comes_back_from_its_values() {
    let row = account();
    let values = row.values();
    assert_eq!(AccountRow::DEF.check(&values), Ok(()));
    assert_eq!(AccountRow::from_values(&values), Some(row));
    assert_eq!(AccountRow::from_values(&values[1..]), None);
    assert_eq!(WalletRow::from_values(&values), None);
}

#[test]
fn bounds_are_kept_by_column() {
    let wallet = |gold| WalletRow { account: 1, gold }.values();
    let refused = Err(RowError::Value { table: "wallet", column: "gold" });
    assert_eq!(WalletRow::DEF.check(&wallet(GOLD_MAX)), Ok(()));
    assert_eq!(WalletRow::DEF.check(&wallet(GOLD_MAX + 1)), refused);
    assert_eq!(WalletRow::DEF.check(&wallet(-1)), refused);
    assert_eq!(WalletRow::DEF.check(&[int(1), Value { v: None }]), refused);
    assert_eq!(WalletRow::DEF.check(&[int(1), text("5")]), refused);
    let long = NameRow { name_key: "x".repeat(65), account: 1 }.values();
    assert_eq!(NameRow::DEF.check(&long), Err(RowError::Value { table: "account_name", column: "name_key" }));
    assert_eq!(NameRow::DEF.check_key(&[text("x")]), Ok(()));
}

#[test]
fn numbers_and_names_of_tables_are_unique() {
    for (index, table) in Table::ALL.iter().enumerate() {
        assert_eq!(Table::from_code(*table as u32), Some(*table));
        assert_eq!(table.def().table, *table);
        for other in &Table::ALL[index + 1..] {
            assert_ne!(table.def().name, other.def().name);
        }
    }
}
