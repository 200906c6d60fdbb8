//! Lives after lives: what one saved comes into the next while that is served, and no answer differs.

use super::{
    super::saved::{SavedRange, SavedRow, Warming},
    sets::Bags,
    *,
};

/// What was saved, the longest unused last, and what is known of the rest.
type Saved = (Vec<SavedRow>, Vec<SavedRange>);

fn save(overlay: Overlay, cursor: Lsn, rows_max: usize) -> Saved {
    let mut rows = Vec::new();
    let ranges = overlay.save(cursor, &mut |some| {
        rows.extend_from_slice(some);
        rows.len() < rows_max
    });
    (rows, ranges)
}

fn warm(overlay: &mut Overlay, (mut rows, ranges): Saved) {
    let warming = overlay.warming_began();
    overlay.warm_ranges(&warming, &ranges);
    while let Some(row) = rows.pop() {
        overlay.warm_rows(&warming, vec![row]);
    }
    overlay.warming_ended(warming, true);
}

/// The process ends in order, wherever the database is, and the next one begins.
fn next_life(bags: &mut Bags, mut overlay: Overlay) -> (Warming, Vec<SavedRow>) {
    let applied = Lsn(bags.applied as u64);
    bags.heard = bags.applied;
    bags.overlay.applied(applied);
    // Whoever waits for it is gone.
    if let Some((_, ticket, _)) = bags.read.take() {
        drop(ticket);
    }
    overlay.applied = applied;
    overlay.last = applied;
    let warming = overlay.warming_began();
    let before = std::mem::replace(&mut bags.overlay, overlay);
    let (rows, ranges) = save(before, applied, usize::MAX);
    bags.overlay.warm_ranges(&warming, &ranges);
    for checked in bags.records[bags.applied..].iter().flatten() {
        bags.overlay.put(&checked.change);
    }
    (warming, rows)
}

#[test]
fn what_an_earlier_life_saved_comes_in_at_any_time_and_every_answer_is_the_same() {
    let (mut answered, mut came) = (0, 0);
    for seed in 1..=24 {
        let make = || {
            let overlay = Overlay::new(Lsn(0), 2_400);
            if seed % 2 == 0 { overlay.deflating() } else { overlay }
        };
        let mut bags = Bags::new(make(), seed);
        bags.room = 2_400;
        for _ in 0..12 {
            let (warming, mut rows) = next_life(&mut bags, make());
            let early = bags.answered;
            while !rows.is_empty() {
                bags.step();
                bags.compare();
                if bags.random(2) == 0 {
                    came += 1;
                    bags.overlay.warm_rows(&warming, rows.pop().into_iter().collect());
                    bags.compare();
                }
            }
            let is_whole = bags.random(4) != 0;
            bags.overlay.warming_ended(warming, is_whole);
            bags.compare();
            for _ in 0..30 {
                bags.step();
                bags.compare();
                bags.compare_what_waits();
            }
            answered += bags.answered - early;
        }
        bags.finish();
        bags.compare();
    }
    assert!(200 < came, "{came} rows came");
    assert!(2_500 < answered, "{answered} sets came from memory");
}

#[test]
fn a_whole_cache_answers_in_its_next_life_all_that_it_answered_in_order_of_use() {
    for is_cold in [false, true] {
        let make = |bytes| {
            let overlay = Overlay::new(Lsn(0), bytes);
            if is_cold { overlay.deflating() } else { overlay }
        };
        let mut overlay = make(200_000);
        let found = (1..=500).map(|account| stored(account, account, 1)).collect();
        scanned(&mut overlay, None, found, ScanEnd { rows_max: 500, is_last: true });
        let mut all = save(overlay, Lsn(0), usize::MAX);
        assert_eq!((all.0.len(), all.1.len()), (500, 1));
        let mut next = make(200_000);
        warm(&mut next, all.clone());
        let every = page(&mut next, None, 1_000).expect("known whole");
        assert_eq!((every.rows.len(), every.done), (500, true));
        assert_eq!(look(&mut next, 501), Known::Absent);
        assert_eq!(next.hits().missed, 0);

        // Less memory: the rows that were used last stay, and of the others nothing is said.
        let youngest = all.0[0].clone();
        let mut small = make(20_000);
        all.0.iter_mut().for_each(|row| row.is_held = false);
        warm(&mut small, all);
        assert!(small.settled_bytes() <= 20_000 && !small.is_empty() && small.len() < 500);
        assert_eq!(page(&mut small, None, 1_000), None);
        if !is_cold {
            let key = RowKey::of(youngest.table.def(), &youngest.found.row);
            assert_eq!(small.look(youngest.table, &key), Known::Row(youngest.found));
        }
    }
}

#[test]
fn nothing_is_called_whole_when_rows_are_left_or_wait_and_nothing_is_saved_of_more_than_the_database_has() {
    let filled = || {
        let mut overlay = Overlay::new(Lsn(3), usize::MAX);
        let found = (1..=2_000).map(|account| stored(account, account, 1)).collect();
        scanned(&mut overlay, None, found, ScanEnd { rows_max: 2_000, is_last: true });
        overlay
    };
    let (rows, ranges) = save(filled(), Lsn(3), usize::MAX);
    assert_eq!((rows.len(), ranges.len()), (2_000, 1));
    let (rows, ranges) = save(filled(), Lsn(3), 1_000);
    assert!(1_000 <= rows.len() && rows.len() < 2_000 && ranges.is_empty());
    let mut waiting = filled();
    write(&mut waiting, &wallet(4, 7, 8, 2));
    let (rows, ranges) = save(waiting, Lsn(3), usize::MAX);
    assert_eq!((rows.len(), ranges.len()), (1_999, 0), "the database does not have it as it is");
    let mut went_back = filled();
    went_back.applied(Lsn(5));
    assert_eq!(save(went_back, Lsn(3), usize::MAX), (vec![], vec![]));
}

#[test]
fn a_row_that_was_deleted_before_it_came_does_not_come_back() {
    let mut overlay = Overlay::new(Lsn(0), usize::MAX);
    let warming = overlay.warming_began();
    write(&mut overlay, &delete(1, 1, 2));
    overlay.applied(Lsn(1));
    let row = SavedRow { table: Table::Wallet, found: stored(1, 5, 1), is_held: true };
    overlay.warm_rows(&warming, vec![row.clone()]);
    assert_eq!(look(&mut overlay, 1), Known::Absent);
    overlay.warming_ended(warming, false);
    assert_eq!(look(&mut overlay, 1), Known::Unknown, "its deletion is applied and forgotten");
}

#[test]
fn what_the_writer_held_stays_held_until_another_writer_comes() {
    let row = |account, is_held| SavedRow { table: Table::Wallet, found: stored(account, 5, 1), is_held };
    let mut overlay = Overlay::new(Lsn(0), usize::MAX);
    let warming = overlay.warming_began();
    overlay.warm_rows(&warming, vec![row(1, true), row(2, false)]);
    overlay.warming_ended(warming, false);
    overlay.settled_bytes_max = overlay.settled_bytes() - 1;
    overlay.tend();
    assert_eq!(look(&mut overlay, 1), Known::Row(stored(1, 5, 1)), "though it was used longer ago");
    assert_eq!(look(&mut overlay, 2), Known::Unknown);
}
