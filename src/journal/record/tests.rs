//! What is printed of a record, and what never is.

use proto::{
    limits::RECORD_SCHEMA,
    tables::{AccountRow, Bits, ItemRow, Row as _, WalletRow},
};

use super::*;

fn account() -> AccountRow {
    AccountRow {
        id: 4_611_686_018_427_387_905,
        name: Some("Ada".to_owned()),
        secret_hash: None,
        password: Some("$argon2id$v=19$m=1$c2FsdA$aGFzaA".to_owned()),
        session_gen: 3,
        cseq_last: 9,
        cseq_ok: Bits(5),
        created_ms: 1,
    }
}

fn upsert(table: Table, ver: u64, row: Vec<Cell>) -> Mutation {
    Mutation { table: table as u32, op: Op::Upsert.into(), ver, row, ..Mutation::default() }
}

#[test]
fn ids_are_text_small_numbers_are_numbers_and_a_key_stands_by_itself() {
    let wallet = Mutation {
        gold_before: 30,
        ..upsert(Table::Wallet, 4, WalletRow { account: 1 << 62, gold: 70 }.values())
    };
    let item = ItemRow { holder: 7, id: 8, kind: 9, quantity: 2, place: 1, slot: 0 };
    let gone = Mutation {
        op: Op::Delete.into(),
        goods_before: Some(Goods { kind: 9, quantity: 2 }),
        ..upsert(Table::Item, 2, item.values()[..2].to_vec())
    };
    let record = Record {
        schema: RECORD_SCHEMA,
        value: true,
        flows: vec![Flow { reason: 3, amount: 40 }],
        goods: vec![GoodsFlow { reason: 11, kind: 9, amount: -2 }],
        mutations: vec![wallet, gone],
        wall_ms: 5,
    };
    assert_eq!(
        to_json(&record),
        json!({
            "schema": RECORD_SCHEMA, "value": true, "wall_ms": "5",
            "flows": [{ "reason": 3, "amount": 40 }],
            "goods": [{ "reason": 11, "kind": 9, "amount": -2 }],
            "mutations": [
                { "table": "wallet", "op": "upsert", "ver": "4", "key": ["4611686018427387904"],
                  "row": { "account": "4611686018427387904", "gold": 70 }, "gold_before": 30 },
                { "table": "item", "op": "delete", "ver": "2", "key": ["7", "8"],
                  "goods_before": { "kind": 9, "quantity": 2 } },
            ],
        })
    );
}

#[test]
fn what_a_login_is_compared_with_is_told_apart_and_never_shown() {
    let text = |row: AccountRow| {
        to_json(&Record { mutations: vec![upsert(Table::Account, 2, row.values())], ..Record::default() })
    };
    let with_password = text(account());
    let shown = with_password.to_string();
    assert!(!shown.contains("argon2") && !shown.contains("aGFzaA"), "{shown}");
    let row = &with_password["mutations"][0]["row"];
    assert_eq!((&row["name"], &row["secret_hash"]), (&json!("Ada"), &Value::Null));
    assert_eq!(row["password"][SECRET].as_str().expect("a checksum").len(), 16);

    let guest =
        AccountRow { secret_hash: Some(vec![0xab; 32].into()), password: None, name: None, ..account() };
    let guest = text(guest);
    assert!(!guest.to_string().contains("abab"), "{guest}");
    let other = text(AccountRow { password: Some("$argon2id$other".to_owned()), ..account() });
    assert_ne!(row["password"], other["mutations"][0]["row"]["password"]);
}

#[test]
fn no_secret_column_of_any_table_is_shown() {
    for &table in Table::ALL {
        let def = table.def();
        let cells = def.columns.iter().map(|column| match column.kind {
            ColumnKind::Int { min, .. } => Cell { v: Some(V::Int(min.max(1))) },
            ColumnKind::Text { .. } => Cell { v: Some(V::Text(format!("of {}", column.name))) },
            ColumnKind::Blob { .. } => Cell { v: Some(V::Blob(vec![0xcd; 32].into())) },
        });
        let mutation = Mutation {
            op: if def.append { Op::Append } else { Op::Upsert }.into(),
            ..upsert(table, 1, cells.collect())
        };
        let shown = to_json(&Record { mutations: vec![mutation], ..Record::default() }).to_string();
        for secret in personal::of(table).expect("a line each").secret {
            assert!(!shown.contains(&format!("of {secret}")) && !shown.contains("cdcd"), "{shown}");
        }
    }
}

#[test]
fn what_was_printed_reads_as_the_same_record_and_an_edit_as_what_it_says() {
    let wallet = Mutation {
        gold_before: 30,
        ..upsert(Table::Wallet, 4, WalletRow { account: 1 << 62, gold: 70 }.values())
    };
    let item = ItemRow { holder: 7, id: 8, kind: 9, quantity: 2, place: 1, slot: 0 };
    let gone = Mutation {
        op: Op::Delete.into(),
        goods_before: Some(Goods { kind: 9, quantity: 2 }),
        ..upsert(Table::Item, 2, item.values()[..2].to_vec())
    };
    let guest = AccountRow { secret_hash: Some(vec![0xab; 32].into()), ..account() };
    let record = Record {
        schema: RECORD_SCHEMA,
        value: true,
        flows: vec![Flow { reason: 3, amount: 40 }],
        goods: vec![GoodsFlow { reason: 11, kind: 9, amount: -2 }],
        mutations: vec![wallet, gone, upsert(Table::Account, 2, guest.values())],
        wall_ms: 5,
    };
    let printed = to_json(&record);
    assert_eq!(parse::from_json(&printed, &record).as_ref(), Ok(&record), "secrets are the record's own");

    let mut edited = printed.clone();
    edited["mutations"][2]["row"]["name"] = json!("Ada Lovelace");
    let read = parse::from_json(&edited, &record).expect("an edit");
    assert_eq!(
        AccountRow::from_values(&read.mutations[2].row).and_then(|row| row.name),
        Some("Ada Lovelace".into())
    );

    let wrong = |path: &str, value: Value| {
        let mut edited = printed.clone();
        *edited.pointer_mut(path).expect("there") = value;
        parse::from_json(&edited, &record).expect_err(path)
    };
    assert_eq!(wrong("/mutations/0/table", json!("purse")), "mutations[0]: no table purse");
    assert_eq!(wrong("/mutations/0/ver", json!("four")), "mutations[0]: ver is not right");
    assert_eq!(wrong("/mutations/0/key/0", json!("5")), "mutations[0]: key and row are not of the same row");
    assert_eq!(wrong("/mutations/0/row/gold", json!("much")), "mutations[0]: row: gold is not right");
    assert_eq!(wrong("/flows", json!(7)), "flows: not a list");
    assert!(
        wrong("/mutations/2/row/password/secret", json!("0000")).ends_with("is not the secret of the record")
    );
    let mut more = printed.clone();
    more["comment"] = json!("?");
    assert_eq!(parse::from_json(&more, &record), Err("the record: comment is not known".to_owned()));
}
