//! What is packed comes back, keys keep their order, and damage is an answer.

use proto::tables::{int, text};

use super::*;

fn row() -> Vec<Value> {
    let blob = Value { v: Some(V::Blob(vec![0, 1, 255].into())) };
    vec![int(0), int(-1), int(i64::MIN), int(i64::MAX), text("Ünicode"), blob, Value { v: None }]
}

#[test]
fn rows_of_every_kind_of_value_come_back_one_after_another() {
    let mut bytes = Vec::new();
    put_row(&mut bytes, u64::MAX, Some(&row()));
    put_row(&mut bytes, 7, None);
    put_row(&mut bytes, 0, Some(&[]));
    let mut input = bytes.as_slice();
    assert_eq!(take_row(&mut input), Some((u64::MAX, Some(row().into()))));
    assert_eq!(take_row(&mut input), Some((7, None)));
    assert_eq!(take_row(&mut input), Some((0, Some([].into()))));
    assert!(input.is_empty());
}

#[test]
fn what_is_cut_off_or_changed_is_never_more_than_a_refusal() {
    let mut bytes = Vec::new();
    put_row(&mut bytes, 300, Some(&row()));
    for end in 0..bytes.len() {
        assert_eq!(take_row(&mut &bytes[..end]), None, "{end}");
    }
    for at in 0..bytes.len() {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << bit;
            let _ = take_row(&mut bytes.as_slice());
        }
    }
}

#[test]
fn packed_keys_compare_as_keys_do() {
    let mut keys: Vec<RowKey> = [i64::MIN, -256, -1, 0, 1, 255, 256, i64::MAX].map(RowKey::Int).to_vec();
    keys.extend(["", "a", "a\0", "ab", "b"].map(|bytes| RowKey::Bytes(bytes.as_bytes().into())));
    let packed: Vec<Vec<u8>> = keys
        .iter()
        .map(|key| {
            let mut bytes = Vec::new();
            put_key(&mut bytes, key);
            bytes
        })
        .collect();
    assert!(packed.is_sorted());
    assert!(keys.is_sorted());
    let back: Vec<Option<RowKey>> = packed.iter().map(|bytes| key_of(bytes)).collect();
    assert_eq!(back, keys.into_iter().map(Some).collect::<Vec<_>>());
    assert_eq!(key_of(&[]), None);
}
