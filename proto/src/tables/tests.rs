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

#[test]
fn a_bounded_row_of_play_is_refused_beyond_each_bound() {
    let item = ItemRow { holder: 1, id: 2, kind: 3, quantity: 1, place: Place::Bag as u32, slot: 0 };
    let refused = |column| Err(RowError::Value { table: "item", column });
    assert_eq!(ItemRow::DEF.check(&item.values()), Ok(()));
    for quantity in [0, ITEM_QUANTITY_MAX + 1] {
        let item = ItemRow { quantity, ..item.clone() };
        assert_eq!(ItemRow::DEF.check(&item.values()), refused("quantity"));
    }
    for place in [0, Place::Mail as u32 + 1] {
        let item = ItemRow { place, ..item.clone() };
        assert_eq!(ItemRow::DEF.check(&item.values()), refused("place"));
    }
    let character = CharacterRow {
        account: 1,
        id: 2,
        name: "Ada".into(),
        level: 1,
        xp: 0,
        hp: 10,
        map: 1,
        x_mm: -POSITION_MM_MAX,
        y_mm: POSITION_MM_MAX,
        created_ms: 1,
        deleted_ms: None,
        dead: true,
    };
    assert_eq!(CharacterRow::DEF.check(&character.values()), Ok(()));
    assert_eq!(CharacterRow::from_values(&character.values()), Some(character.clone()));
    let outside = CharacterRow { x_mm: -POSITION_MM_MAX - 1, ..character };
    assert_eq!(
        CharacterRow::DEF.check(&outside.values()),
        Err(RowError::Value { table: "character", column: "x_mm" })
    );
}

#[test]
fn the_columns_that_are_counted_are_the_ones_of_that_name() {
    for table in Table::ALL {
        let def = table.def();
        if let Some(gold) = def.gold {
            assert_eq!(def.columns[gold].name, "gold");
        }
        if let Some(GoodsColumns { item, kind, quantity }) = def.goods {
            let names = [item, kind, quantity].map(|column| def.columns[column].name);
            assert_eq!(names, ["id", "kind", "quantity"]);
            assert!(item < def.key_columns, "a delete names it");
        }
    }
}
