//! Tables that are kept: every page of them is answered without the database, whatever goes or waits beside them.

use proto::tables::{RoomEntryRow, Row as _};

use super::{sets::Bags, spilled::Disk, *};

fn entry(room: u64, first: u64) -> StoredRow {
    let row = RoomEntryRow { room, first, inputs: vec![7; 40].into() };
    StoredRow { ver: 1, row: row.values().into() }
}

fn change(lsn: u64, ver: u64, row: &StoredRow, is_there: bool) -> Checked {
    let key = RowKey::of(RoomEntryRow::DEF, &row.row);
    let action = match is_there {
        true => Action::Upsert(row.row.clone()),
        false => Action::Delete(row.row[..2].into()),
    };
    let change = Change { lsn: Lsn(lsn), table: Table::RoomEntry, key, ver, action };
    Checked { change, gold: None, goods_before: None }
}

fn all(overlay: &mut Overlay) -> Option<Vec<StoredRow>> {
    overlay.page(Table::RoomEntry, &Span::default(), 1_000).map(|page| page.rows)
}

/// With room for nothing else.
fn keeping(disk: &Disk, kept_bytes_max: usize) -> Overlay {
    let overlay = Overlay::new(Lsn(0), 0).deflating();
    let mut overlay = overlay.spilling(1_000, Box::new(disk.clone()), u64::MAX).keeping(kept_bytes_max);
    overlay.keep(Table::RoomEntry, vec![entry(1, 1), entry(1, 5), entry(2, 1)]);
    overlay.kept_whole(Table::RoomEntry);
    overlay
}

#[test]
fn every_set_is_answered_without_the_database_in_any_order_of_events() {
    let (mut asked, mut gone) = (0, 0);
    for seed in 1..=120 {
        let disk = Disk::default();
        let memory = usize::try_from(seed % 4).expect("small") * 600;
        let overlay = Overlay::new(Lsn(0), 0).spilling(memory, Box::new(disk.clone()), u64::MAX);
        let overlay = if seed % 2 == 0 { overlay.deflating() } else { overlay };
        let mut overlay = overlay.keeping_of(&[Table::Item], usize::MAX);
        overlay.kept_whole(Table::Item);
        let mut bags = Bags::new(overlay, seed);
        for _ in 0..300 {
            bags.step();
            if bags.random(2) == 0 {
                bags.overlay.tend();
            }
            let before = bags.answered;
            bags.compare();
            bags.compare_what_waits();
            asked += 4;
            assert_eq!(bags.answered, before + 4, "each of four holders");
        }
        bags.finish();
        bags.overlay.tend();
        let counted: usize = bags.overlay.tables[slot(Table::Item)].rows.values().map(|one| one.bytes).sum();
        let o = &bags.overlay;
        assert_eq!((o.kept_bytes(), o.unsettled_bytes(), o.settled_bytes), (counted, 0, 0), "seed {seed}");
        bags.compare();
        gone += disk.rows_put();
    }
    assert_eq!(asked, 120 * 300 * 4);
    assert!(100 < gone, "{gone} deletions waited on disk");
}

#[test]
fn rows_of_running_matches_stay_where_no_other_row_has_room() {
    let disk = Disk::default();
    let mut overlay = keeping(&disk, usize::MAX);
    for first in 2..=100 {
        write(&mut overlay, &change(first, 1, &entry(2, first), true));
        overlay.tend();
    }
    assert!(overlay.has_room(), "they are not counted among what waits");
    assert_eq!(disk.rows_put(), 0);
    assert_eq!(all(&mut overlay).map(|rows| rows.len()), Some(102));
    for first in 2..=99 {
        write(&mut overlay, &change(99 + first, 2, &entry(2, first), false));
        overlay.tend();
    }
    assert!(0 < disk.rows_put(), "that a row is gone may wait on disk");
    let left = vec![entry(1, 1), entry(1, 5), entry(2, 1), entry(2, 100)];
    assert_eq!(all(&mut overlay), Some(left.clone()));
    let of_one = Span::of(Table::RoomEntry, &[int(1)], &[]);
    let page = overlay.page(Table::RoomEntry, &of_one, 1_000);
    assert_eq!(page, Some(Page { rows: left[..2].to_vec(), done: true }));
    overlay.applied(Lsn(198));
    overlay.tend();
    assert_eq!(overlay.spilled(), (0, 0));
    assert_eq!(all(&mut overlay), Some(left), "nor do they go when the database has them");
    assert!(overlay.is_keeping());
}

#[test]
fn beyond_their_bound_they_are_rows_like_any_other_and_nothing_wrong_is_said() {
    let disk = Disk::default();
    let bytes = keeping(&disk, usize::MAX).kept_bytes();
    let mut overlay = keeping(&disk, bytes);
    assert!(overlay.is_keeping());
    write(&mut overlay, &change(1, 1, &entry(3, 1), true));
    overlay.tend();
    assert!(!overlay.is_keeping());
    assert_eq!(overlay.kept_bytes(), 0);
    assert_eq!(all(&mut overlay), None, "three of four have gone for want of room");
    let key = RowKey::of(RoomEntryRow::DEF, &entry(3, 1).row);
    assert_eq!(overlay.look(Table::RoomEntry, &key), Known::Row(entry(3, 1)), "the database may not have it");
    overlay.applied(Lsn(1));
    overlay.tend();
    assert_eq!((overlay.unsettled_bytes(), overlay.settled_bytes()), (0, 0));
}

#[test]
fn what_is_taken_back_was_never_counted() {
    let mut overlay = keeping(&Disk::default(), usize::MAX);
    let before = (overlay.kept_bytes(), overlay.unsettled_bytes());
    let mut undo = Undo::default();
    overlay.write(&change(1, 2, &entry(1, 1), false), &mut undo).expect("it fits");
    overlay.write(&change(1, 1, &entry(1, 9), true), &mut undo).expect("it fits");
    let twice = overlay.write(&change(1, 1, &entry(1, 5), true), &mut undo);
    assert!(twice.is_err(), "that it is there is known");
    overlay.take_back(undo);
    assert_eq!((overlay.kept_bytes(), overlay.unsettled_bytes()), before);
    assert_eq!(all(&mut overlay), Some(vec![entry(1, 1), entry(1, 5), entry(2, 1)]));
}

#[test]
fn a_stop_does_not_save_them_and_calls_none_of_them_whole() {
    let mut overlay = keeping(&Disk::default(), usize::MAX);
    overlay.settled_bytes_max = usize::MAX;
    scanned(&mut overlay, None, vec![stored(1, 5, 1)], LAST);
    let mut rows = Vec::new();
    let ranges = overlay.save(Lsn(0), &mut |some| {
        rows.extend(some.iter().map(|row| row.table));
        true
    });
    assert_eq!(rows, [Table::Wallet]);
    assert_eq!(ranges.iter().map(|range| range.table).collect::<Vec<_>>(), [Table::Wallet]);
}
