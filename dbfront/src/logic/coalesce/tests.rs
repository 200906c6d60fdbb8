//! Many changes of a row as one, and contradictions between them.

use std::sync::Arc;

use proto::{ids::Epoch, tables::int};

use super::*;

fn upsert(lsn: u64, account: i64, gold: i64, ver: u64) -> Change {
    change(lsn, account, ver, Action::Upsert(Arc::from([int(account), int(gold)])))
}

fn delete(lsn: u64, account: i64, ver: u64) -> Change {
    change(lsn, account, ver, Action::Delete(Arc::from([int(account)])))
}

fn change(lsn: u64, account: i64, ver: u64, action: Action) -> Change {
    Change { lsn: Lsn(lsn), table: Table::Wallet, key: RowKey::Int(account), ver, action }
}

fn frames(changes: Vec<Change>) -> Vec<Frame> {
    changes
        .into_iter()
        .map(|change| Frame {
            first: change.lsn,
            last: change.lsn,
            epoch: Epoch(1),
            chain: [0; 16],
            bytes: 1,
            changes: Arc::from([change]),
        })
        .collect()
}

/// `kind key base→ver @lsn`, in the order of the batch.
fn shown(changes: Vec<Change>) -> Vec<String> {
    let tables = coalesce(&frames(changes)).expect("no contradiction");
    let show = |kind: &'static str, changes: &[RowChange]| -> Vec<String> {
        changes
            .iter()
            .map(|change| {
                let account = RowKey::of(Table::Wallet.def(), &change.row);
                format!("{kind} {account:?} {}→{} @{}", change.base, change.ver, change.lsn)
            })
            .collect()
    };
    tables
        .iter()
        .flat_map(|table| {
            [show("insert", &table.inserts), show("update", &table.updates), show("delete", &table.deletes)]
                .concat()
        })
        .collect()
}

#[test]
fn the_last_version_stands_over_the_one_before_the_first() {
    let changes = vec![upsert(1, 2, 5, 4), upsert(2, 1, 9, 1), upsert(3, 2, 6, 5), upsert(4, 1, 8, 2)];
    assert_eq!(shown(changes), ["insert Int(1) 0→2 @4", "update Int(2) 3→5 @3"]);
}

#[test]
fn what_came_and_went_is_nothing_and_what_went_and_came_is_an_update() {
    assert_eq!(shown(vec![upsert(1, 1, 5, 1), delete(2, 1, 2)]), Vec::<String>::new());
    assert_eq!(shown(vec![delete(1, 1, 7), upsert(2, 1, 5, 1)]), ["update Int(1) 6→1 @2"]);
    assert_eq!(shown(vec![upsert(1, 1, 5, 7), delete(2, 1, 8)]), ["delete Int(1) 6→8 @2"]);
    let there_and_back = vec![delete(1, 1, 7), upsert(2, 1, 5, 1), delete(3, 1, 2), upsert(4, 1, 5, 1)];
    assert_eq!(shown(there_and_back), ["update Int(1) 6→1 @4"]);
    let there_and_gone = vec![delete(1, 1, 7), upsert(2, 1, 5, 1), delete(3, 1, 2)];
    assert_eq!(shown(there_and_gone), ["delete Int(1) 6→2 @3"]);
    let a_visit = vec![upsert(1, 1, 5, 1), delete(2, 1, 2), upsert(3, 1, 5, 1), upsert(4, 1, 5, 2)];
    assert_eq!(shown(a_visit), ["insert Int(1) 0→2 @4"]);
}

#[test]
fn versions_that_do_not_follow_each_other_are_divergence() {
    let contradictions = [
        vec![upsert(1, 1, 5, 4), upsert(2, 1, 5, 6)],
        vec![upsert(1, 1, 5, 4), upsert(2, 1, 5, 4)],
        vec![upsert(1, 1, 5, 4), upsert(2, 1, 5, 1)],
        vec![delete(1, 1, 4), upsert(2, 1, 5, 5)],
        vec![delete(1, 1, 4), delete(2, 1, 5)],
    ];
    for changes in contradictions {
        let expected = StoreError::Divergence { lsn: Lsn(2), table: "wallet" };
        assert_eq!(coalesce(&frames(changes.clone())), Err(expected), "{changes:?}");
    }
}
