//! Sets of one owner each, whose things change hands: what reads of a whole set see while records come, are
//! applied and are forgotten, in random order, against a plain map.

use std::{collections::BTreeMap, sync::Arc};

use proto::tables::{ItemRow, Place, Row as _};

use super::*;
use crate::{
    logic::{coalesce::coalesce, decode::Frame},
    store::TableChanges,
};

type Things = BTreeMap<(u64, u64), StoredRow>;

fn item(holder: u64, id: u64, quantity: u32, ver: u64) -> StoredRow {
    let row = ItemRow { holder, id, kind: 1, quantity, place: Place::Bag as u32, slot: 0 };
    StoredRow { ver, row: row.values().into() }
}

fn change(lsn: usize, ver: u64, action: Action, before: Option<&StoredRow>) -> Checked {
    let row = match &action {
        Action::Upsert(row) | Action::Delete(row) | Action::Append(row) => row,
    };
    let key = RowKey::of(ItemRow::DEF, row);
    let change = Change { lsn: Lsn(lsn as u64), table: Table::Item, key, ver, action };
    Checked { change, gold: None, goods_before: before.and_then(|row| row_goods(ItemRow::DEF, &row.row)) }
}

fn span(holder: u64) -> Span {
    Span::of(Table::Item, &[holder_value(holder)], &[])
}

fn holder_value(holder: u64) -> Value {
    int(holder.cast_signed())
}

fn set(things: &Things, holder: u64) -> Vec<StoredRow> {
    things.range((holder, 0)..=(holder, u64::MAX)).map(|(_, row)| row.clone()).collect()
}

/// What a database makes of a batch; each row's version is compared as it would be there.
fn apply(things: &mut Things, tables: &[TableChanges]) {
    let key = |row: &[Value]| match (&row[0].v, &row[1].v) {
        (Some(V::Int(holder)), Some(V::Int(id))) => (holder.cast_unsigned(), id.cast_unsigned()),
        other => panic!("{other:?}"),
    };
    for table in tables {
        for change in &table.deletes {
            let gone = things.remove(&key(&change.row));
            assert_eq!(gone.map(|row| row.ver), Some(change.base));
        }
        for change in &table.inserts {
            let stored = StoredRow { ver: change.ver, row: change.row.clone() };
            assert_eq!(things.insert(key(&change.row), stored), None);
        }
        for change in &table.updates {
            let stored = StoredRow { ver: change.ver, row: change.row.clone() };
            let before = things.insert(key(&change.row), stored);
            assert_eq!(before.map(|row| row.ver), Some(change.base));
        }
    }
}

const HOLDERS: u64 = 4;
const IDS: u64 = 6;

pub(super) struct Bags {
    pub(super) overlay: Overlay,
    seed: u64,
    /// As of the last record.
    pub(super) now: Things,
    /// As the database has it.
    stored: Things,
    pub(super) records: Vec<Vec<Checked>>,
    pub(super) applied: usize,
    pub(super) heard: usize,
    /// Holder, ticket, and what was found, once it was.
    pub(super) read: Option<(u64, ReadTicket, Option<Vec<StoredRow>>)>,
    pub(super) answered: usize,
    /// `settled_bytes_max`, but for moments.
    pub(super) room: usize,
}

impl Bags {
    pub(super) fn new(overlay: Overlay, seed: u64) -> Self {
        Self {
            overlay,
            seed,
            now: Things::new(),
            stored: Things::new(),
            records: Vec::new(),
            applied: 0,
            heard: 0,
            read: None,
            answered: 0,
            room: usize::MAX,
        }
    }

    pub(super) fn random(&mut self, below: u64) -> u64 {
        self.seed ^= self.seed << 13;
        self.seed ^= self.seed >> 7;
        self.seed ^= self.seed << 17;
        self.seed % below
    }

    /// One record: a thing comes, changes, goes, or changes hands.
    fn record(&mut self) {
        let lsn = self.records.len() + 1;
        let id = self.random(IDS) + 1;
        let holder = self.random(HOLDERS) + 1;
        let quantity = u32::try_from(self.random(50) + 1).expect("small");
        let there = self.now.keys().copied().find(|&(_, other)| other == id);
        let mut changes = Vec::new();
        let what = self.random(5);
        match there {
            None => changes.push((0, Some(item(holder, id, quantity, 1)))),
            Some(key) => {
                let ver = self.now[&key].ver;
                match what {
                    0 => changes.push((ver, None)),
                    1 => changes.push((ver, Some(item(key.0, id, quantity, ver + 1)))),
                    _ if holder == key.0 => return,
                    _ => changes.extend([(ver, None), (0, Some(item(holder, id, quantity, 1)))]),
                }
            }
        }
        let mut checked = Vec::new();
        for (ver, row) in changes {
            checked.push(match (row, there) {
                (Some(row), _) => {
                    let new = Action::Upsert(row.row.clone());
                    let holder = ItemRow::from_values(&row.row).expect("an item").holder;
                    let before = self.now.insert((holder, id), row.clone());
                    change(lsn, row.ver, new, before.as_ref())
                }
                (None, there) => {
                    let key = there.expect("only what is there goes");
                    let before = self.now.remove(&key);
                    let columns = [key.0, key.1].map(|part| int(part.cast_signed()));
                    change(lsn, ver + 1, Action::Delete(Arc::from(columns)), before.as_ref())
                }
            });
        }
        for change in &checked {
            write(&mut self.overlay, change);
        }
        self.records.push(checked);
    }

    /// Every row that a record changed which is not heard to be applied is known; another version does not fit it.
    pub(super) fn compare_what_waits(&mut self) {
        let waiting: Vec<Change> =
            self.records[self.heard..].iter().flatten().map(|checked| checked.change.clone()).collect();
        for change in waiting {
            let known = self.overlay.look(Table::Item, &change.key);
            assert_ne!(known, Known::Unknown, "{change:?}");
            let ver = change.ver + 100;
            let wrong = Checked { change: Change { ver, ..change }, gold: None, goods_before: None };
            let mut undo = Undo::default();
            assert!(self.overlay.write(&wrong, &mut undo).is_err());
            self.overlay.take_back(undo);
        }
    }

    /// All records are applied, and that is heard.
    pub(super) fn finish(&mut self) {
        while self.applied < self.records.len() {
            self.apply();
        }
        assert_eq!(self.stored, self.now);
        if let Some((_, ticket, _)) = self.read.take() {
            self.overlay.read_ended(ticket);
        }
        self.heard = self.applied;
        self.overlay.applied(Lsn(self.heard as u64));
    }

    /// The database applies some more records as one batch.
    fn apply(&mut self) {
        let count = usize::try_from(self.random(4)).expect("small") + 1;
        let upto = (self.applied + count).min(self.records.len());
        let frames: Vec<Frame> = self.records[self.applied..upto]
            .iter()
            .map(|record| Frame {
                first: record[0].change.lsn,
                last: record[0].change.lsn,
                epoch: proto::ids::Epoch(1),
                chain: [0; 16],
                bytes: 1,
                changes: record.iter().map(|checked| checked.change.clone()).collect(),
            })
            .collect();
        apply(&mut self.stored, &coalesce(&frames).expect("no contradiction"));
        self.applied = upto;
    }

    pub(super) fn step(&mut self) {
        match self.random(8) {
            0..=2 => self.record(),
            3 => self.apply(),
            4 => {
                self.heard = self.applied;
                self.overlay.applied(Lsn(self.heard as u64));
            }
            5 => match self.read.take() {
                None => {
                    let holder = self.random(HOLDERS) + 1;
                    self.read = Some((holder, self.overlay.read_began(), None));
                }
                Some((holder, ticket, None)) => {
                    self.read = Some((holder, ticket, Some(set(&self.stored, holder))));
                }
                Some((holder, ticket, Some(found))) => {
                    let page = self.overlay.scanned(Table::Item, &span(holder), found, LAST);
                    assert_eq!(page, Page { rows: set(&self.now, holder), done: true });
                    self.overlay.read_ended(ticket);
                }
            },
            6 => {
                let holder = self.random(HOLDERS) + 1;
                for row in set(&self.now, holder) {
                    self.overlay.release(Table::Item, &RowKey::of(ItemRow::DEF, &row.row));
                }
            }
            _ => {
                let bytes = usize::try_from(self.random(2_000)).expect("small");
                self.overlay.settled_bytes_max = bytes;
                self.overlay.applied(Lsn(self.heard as u64));
                self.overlay.settled_bytes_max = self.room;
            }
        }
    }

    pub(super) fn compare(&mut self) {
        for holder in 1..=HOLDERS {
            if let Some(page) = self.overlay.page(Table::Item, &span(holder), 100) {
                assert_eq!(page, Page { rows: set(&self.now, holder), done: true });
                self.answered += 1;
            }
            for id in 1..=IDS {
                let key = RowKey::of(ItemRow::DEF, &[holder_value(holder), holder_value(id)]);
                let now = self.now.get(&(holder, id));
                match self.overlay.look(Table::Item, &key) {
                    Known::Row(row) => assert_eq!(Some(&row), now),
                    Known::Absent => assert_eq!(None, now),
                    Known::Unknown => {}
                }
            }
        }
    }
}

#[test]
fn a_set_is_whole_and_as_of_the_last_record_whatever_changed_hands_was_applied_or_forgotten() {
    let mut answered = 0;
    for seed in 1..=60 {
        let mut bags = Bags::new(Overlay::new(Lsn(0), usize::MAX), seed);
        for _ in 0..400 {
            bags.step();
            bags.compare();
        }
        bags.finish();
        answered += bags.answered;
    }
    assert!(5_000 < answered, "{answered} sets came from memory");
}

#[test]
fn a_new_owner_is_known_to_have_nothing_but_what_came_with_it_and_an_old_one_is_not() {
    use proto::tables::CharacterRow;
    let character = |id| CharacterRow {
        account: 7,
        id,
        name: "Ann".to_owned(),
        level: 1,
        xp: 0,
        hp: 1,
        map: 1,
        x_mm: 0,
        y_mm: 0,
        created_ms: 1,
        deleted_ms: None,
        dead: false,
    };
    let put = |overlay: &mut Overlay, lsn, ver, table: Table, row: Vec<Value>| {
        let row: crate::logic::row::Row = row.into();
        let key = RowKey::of(table.def(), &row);
        let change = Change { lsn: Lsn(lsn), table, key, ver, action: Action::Upsert(row) };
        overlay.put(&change);
        overlay.accepted(&[change]);
    };
    let mut overlay = Overlay::new(Lsn(0), usize::MAX);
    let sword = item(1, 50, 1, 1);
    put(&mut overlay, 1, 1, Table::Item, sword.row.to_vec());
    put(&mut overlay, 1, 1, Table::Character, character(1).values());
    put(&mut overlay, 2, 5, Table::Character, character(2).values());
    assert_eq!(overlay.page(Table::Item, &span(1), 9), Some(Page { rows: vec![sword], done: true }));
    assert_eq!(overlay.page(Table::Item, &span(2), 9), None);
    let mail = Span::of(Table::Mail, &[holder_value(1)], &[]);
    assert_eq!(overlay.page(Table::Mail, &mail, 9), Some(Page { rows: vec![], done: true }));
    overlay.applied(Lsn(2));
    assert_eq!(overlay.page(Table::Mail, &mail, 9), Some(Page { rows: vec![], done: true }));
    overlay.settled_bytes_max = 0;
    overlay.tend();
    assert_eq!(overlay.page(Table::Item, &span(1), 9), None, "its sword is gone from memory");
}

#[test]
fn a_set_that_lost_a_row_is_asked_for_again_and_its_neighbors_are_not() {
    let mut overlay = Overlay::new(Lsn(0), usize::MAX);
    for holder in 1..=3 {
        let found = vec![item(holder, 10 + holder, 1, 1)];
        let ticket = overlay.read_began();
        overlay.scanned(Table::Item, &span(holder), found, LAST);
        overlay.read_ended(ticket);
    }
    overlay.new_writer();
    for holder in [1, 3] {
        assert!(overlay.page(Table::Item, &span(holder), 9).is_some(), "held from now on");
    }
    overlay.settled_bytes_max = overlay.settled_bytes() - 1;
    overlay.applied(Lsn(0));
    assert_eq!(overlay.page(Table::Item, &span(2), 9), None);
    for holder in [1, 3] {
        assert!(overlay.page(Table::Item, &span(holder), 9).is_some());
    }
}
