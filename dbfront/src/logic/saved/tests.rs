//! A saved cache gives what was put in, at its moment, or nothing.

use std::sync::Arc;

use proto::{
    ids::{Epoch, Lsn},
    tables::{int, text},
};

use super::*;

fn moment() -> Moment {
    let cursor = Cursor {
        journal: [1; 16],
        lsn: Lsn(77),
        chain: [2; 16],
        game_epoch: Epoch(3),
        dbf_epoch: 4,
        schema: 5,
    };
    Moment { world: [6; 16], cursor, stamp: [7; 16] }
}

fn wallet(account: i64, is_held: bool) -> SavedRow {
    let row = Arc::from([int(account), int(account * 10)]);
    SavedRow { table: Table::Wallet, found: StoredRow { ver: 9, row }, is_held }
}

fn block(owner: i64, other: i64) -> SavedRow {
    let row = Arc::from([int(owner), int(other), text("Ann"), int(5)]);
    SavedRow { table: Table::ChatBlock, found: StoredRow { ver: 1, row }, is_held: false }
}

fn ranges() -> Vec<SavedRange> {
    let (after, upto) = RowKey::range_of(&[int(3)]);
    vec![
        SavedRange { table: Table::Wallet, after: None, upto: None },
        SavedRange { table: Table::Wallet, after: Some(RowKey::Int(-1)), upto: Some(RowKey::Int(i64::MAX)) },
        SavedRange { table: Table::ChatBlock, after: Some(after), upto: Some(upto) },
    ]
}

fn file() -> Vec<u8> {
    let mut writer = Writer::new(&moment());
    assert!(writer.rows(&(1..=100).map(|account| wallet(account, account % 3 == 0)).collect::<Vec<_>>()));
    let mut bytes = writer.take();
    assert!(writer.rows(&[block(3, 4), wallet(7_777, true)]));
    writer.ranges(&ranges());
    assert_eq!(writer.count(), 102);
    bytes.extend(writer.end());
    bytes
}

fn all(bytes: &[u8], now: &Moment) -> Result<(Vec<SavedRow>, Vec<SavedRange>), Unfit> {
    let mut saved = Saved::read(bytes, now)?;
    let ranges = saved.ranges();
    let mut rows = Vec::new();
    while let Some(some) = saved.next_rows()? {
        rows.extend(some);
    }
    Ok((rows, ranges))
}

#[test]
fn what_was_used_last_comes_last_and_everything_as_it_was() {
    let mut expected = vec![wallet(7_777, true), block(3, 4)];
    expected.extend((1..=100).rev().map(|account| wallet(account, account % 3 == 0)));
    assert_eq!(all(&file(), &moment()), Ok((expected, ranges())));
    let empty = Writer::new(&moment()).end();
    assert_eq!(all(&empty, &moment()), Ok((vec![], vec![])));
}

#[test]
fn a_file_that_is_cut_anywhere_or_has_more_gives_nothing() {
    let bytes = file();
    for cut in 0..bytes.len() {
        let unfit = all(&bytes[..cut], &moment()).expect_err("cut");
        assert_eq!(unfit, if cut < MAGIC.len() { Unfit::Foreign } else { Unfit::Damaged }, "at {cut}");
    }
    for more in [&[0][..], &bytes] {
        assert_eq!(all(&[&bytes, more].concat(), &moment()), Err(Unfit::Damaged));
    }
    let long = vec![0; usize::try_from(FILE_BYTES_MAX).expect("fits") + 1];
    assert_eq!(all(&long, &moment()), Err(Unfit::TooLong));
}

#[test]
fn a_file_with_any_byte_changed_gives_nothing() {
    let mut bytes = file();
    for at in 0..bytes.len() {
        for bit in [0x01, 0x80, 0xff] {
            bytes[at] ^= bit;
            let unfit = all(&bytes, &moment()).expect_err("changed");
            let named = match at {
                0..8 => matches!(unfit, Unfit::Foreign),
                8..12 => matches!(unfit, Unfit::OtherFormat { .. }),
                _ => unfit == Unfit::Damaged,
            };
            assert!(named, "byte {at}: {unfit:?}");
            bytes[at] ^= bit;
        }
    }
    assert!(all(&bytes, &moment()).is_ok());
}

#[test]
fn another_moment_gives_nothing_and_is_named() {
    let bytes = file();
    let now = moment();
    let with = |cursor: Cursor| Moment { cursor, ..now };
    let others = [
        (Moment { world: [0; 16], ..now }, "other_world"),
        (with(Cursor { journal: [0; 16], ..now.cursor }), "other_journal"),
        (with(Cursor { lsn: Lsn(76), ..now.cursor }), "other_cursor"),
        (with(Cursor { lsn: Lsn(78), ..now.cursor }), "other_cursor"),
        (with(Cursor { chain: [0; 16], ..now.cursor }), "other_cursor"),
        (with(Cursor { game_epoch: Epoch(4), ..now.cursor }), "other_cursor"),
        (with(Cursor { dbf_epoch: 5, ..now.cursor }), "other_cursor"),
        (with(Cursor { schema: 6, ..now.cursor }), "other_cursor"),
        (Moment { stamp: [0; 16], ..now }, "touched"),
    ];
    for (other, code) in others {
        assert_eq!(all(&bytes, &other).expect_err("another").code(), code, "{other:?}");
    }
}

/// As it is rejected before anything of it is used, whoever can make a digest can say anything, but not break us.
#[test]
fn a_whole_file_of_nonsense_is_damaged_and_never_a_panic() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut byte = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_le_bytes()[3]
    };
    let sound = file();
    let head = MAGIC.len() + 4 + MOMENT_BYTES;
    for _ in 0..20_000 {
        let mut body = sound[..sound.len() - DIGEST_BYTES].to_vec();
        for _ in 0..1 + byte() % 4 {
            let at = head + usize::from(u16::from_le_bytes([byte(), byte()])) % (body.len() - head);
            body[at] = byte();
        }
        let digest = *blake3::hash(&body).as_bytes();
        body.extend_from_slice(&digest);
        if let Ok((rows, _)) = all(&body, &moment()) {
            assert!(rows.len() < 1_000);
        }
    }
}

/// A later build that reads this format has to read these bytes as these rows.
#[test]
fn the_bytes_of_this_format_are_these() {
    let mut writer = Writer::new(&moment());
    let name = Arc::from([text("a"), int(-3)]);
    let odd = SavedRow { table: Table::Wallet, found: StoredRow { ver: 300, row: name }, is_held: false };
    writer.rows(&[wallet(1, true), odd]);
    writer.ranges(&ranges()[..1]);
    let head = MAGIC.len() + 4 + MOMENT_BYTES;
    let bytes = writer.end();
    assert_eq!(&bytes[..12], b"DINGRAM\n\x01\0\0\0");
    let table = u8::try_from(Table::Wallet as u32).expect("small");
    let rows = [table << 1 | 1, 9, 3, 1, 2, 1, 20, table << 1, 0xac, 2, 3, 2, 1, b'a', 1, 5];
    let mut expected = vec![ROWS, 16, 0, 0, 0];
    expected.extend_from_slice(&rows);
    expected.extend_from_slice(&[RANGES, 3, 0, 0, 0, table, 0, 0, END]);
    assert_eq!(bytes[head..bytes.len() - DIGEST_BYTES], expected);
}
