//! Keys order as their columns do.

use proto::tables::{LedgerRow, NameRow, Row as _, WalletRow, int, text};

use super::*;

#[test]
fn keys_order_as_numbers_and_as_bytes() {
    let def = WalletRow::DEF;
    let numbers = [i64::MIN, -1, 0, 1, 255, 256, i64::MAX];
    let keys: Vec<_> = numbers.iter().map(|&n| RowKey::of(def, &[int(n)])).collect();
    assert!(keys.is_sorted() && keys.windows(2).all(|pair| pair[0] != pair[1]));

    let names = ["", "\0", "\0\0", "\0a", "a", "a\0", "a\0b", "aa", "ab", "b", "é"];
    let keys: Vec<_> = names.iter().map(|name| RowKey::of(NameRow::DEF, &[text(name)])).collect();
    assert!(keys.is_sorted() && keys.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn keys_of_two_columns_order_by_the_first_then_the_second() {
    let pairs = [(-5, 9), (1, -1), (1, 0), (1, 2), (2, 0), (256, 0)];
    let keys: Vec<_> =
        pairs.iter().map(|&(lsn, n)| RowKey::of(LedgerRow::DEF, &[int(lsn), int(n)])).collect();
    assert!(keys.is_sorted() && keys.windows(2).all(|pair| pair[0] != pair[1]));
}

#[test]
fn the_keys_that_begin_with_a_column_are_those_between_its_bounds() {
    let firsts = [i64::MIN, -256, -1, 0, 1, 2, 254, 255, 256, i64::MAX];
    let seconds = [i64::MIN, -1, 0, 1, i64::MAX];
    for prefix in firsts {
        let (after, upto) = RowKey::range_of(&[int(prefix)]);
        for first in firsts {
            for second in seconds {
                let key = RowKey::of(LedgerRow::DEF, &[int(first), int(second)]);
                assert_ne!(key, upto);
                assert_eq!(after < key && key <= upto, first == prefix, "{first} {second} of {prefix}");
            }
        }
    }
}

#[test]
fn a_row_and_its_key_columns_name_the_same_key() {
    let row = [int(7), int(1_000)];
    assert_eq!(RowKey::of(WalletRow::DEF, &row), RowKey::of(WalletRow::DEF, &row[..1]));
    assert!(row_bytes(&row) > row_bytes(&row[..1]));
}
