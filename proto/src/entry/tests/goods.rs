//! Records of things that change hands, against a plain count of everything in the world before and after.

use std::collections::BTreeMap;

use super::*;
use crate::{
    limits::ITEM_QUANTITY_MAX,
    link::{Goods, GoodsFlow},
    tables::{ItemRow, Place},
};

/// Holder and id, to kind, quantity and version.
type Things = BTreeMap<(u64, u64), (u32, u32, u64)>;

struct Random(u64);

impl Random {
    fn below(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }

    fn small(&mut self, below: u32) -> u32 {
        u32::try_from(self.below(below.into())).unwrap()
    }
}

fn item((holder, id): (u64, u64), kind: u32, quantity: u32) -> Vec<Value> {
    ItemRow { holder, id, kind, quantity, place: Place::Bag as u32, slot: 0 }.values()
}

fn put(key: (u64, u64), kind: u32, quantity: u32, before: Option<(u32, u32, u64)>) -> Mutation {
    Mutation {
        table: Table::Item as u32,
        op: Op::Upsert.into(),
        ver: before.map_or(0, |(_, _, ver)| ver) + 1,
        row: item(key, kind, quantity),
        gold_before: 0,
        goods_before: before.map(|(kind, quantity, _)| Goods { kind, quantity }),
    }
}

fn take(key: (u64, u64), (kind, quantity, ver): (u32, u32, u64)) -> Mutation {
    let row = item(key, 0, 0)[..2].to_vec();
    let goods_before = Some(Goods { kind, quantity });
    Mutation { op: Op::Delete.into(), ver: ver + 1, row, goods_before, ..put(key, 1, 1, None) }
}

fn flow(kind: u32, amount: i64) -> GoodsFlow {
    GoodsFlow { reason: Reason::Loot as u32, kind, amount }
}

fn goods(mutations: Vec<Mutation>, flows: Vec<GoodsFlow>) -> Record {
    Record { goods: flows, ..record(mutations, &[]) }
}

/// Kind by kind how many there are more or fewer afterwards, counted from the whole worlds.
fn difference(before: &Things, after: &Things) -> BTreeMap<u32, i64> {
    let mut difference = BTreeMap::new();
    for (things, sign) in [(before, -1), (after, 1)] {
        for &(kind, quantity, _) in things.values() {
            *difference.entry(kind).or_default() += sign * i64::from(quantity);
        }
    }
    difference.retain(|_, count| *count != 0);
    difference
}

/// Kind by kind what a record's rows gain beyond what its flows say.
fn count(record: &Record) -> BTreeMap<u32, i64> {
    let mut kinds = BTreeMap::new();
    for mutation in &record.mutations {
        if let Some(before) = mutation.goods_before {
            *kinds.entry(before.kind).or_default() -= i64::from(before.quantity);
        }
        if let Some(row) = ItemRow::from_values(&mutation.row) {
            *kinds.entry(row.kind).or_default() += i64::from(row.quantity);
        }
    }
    for flow in &record.goods {
        *kinds.entry(flow.kind).or_default() -= flow.amount;
    }
    kinds
}

/// A record of up to four things that come, go, change, split, or change hands, and the world after it.
fn step(random: &mut Random, world: &Things, next_id: &mut u64) -> (Vec<Mutation>, Things) {
    let mut after = world.clone();
    let mut mutations = Vec::new();
    let mut rest: Vec<_> = world.iter().map(|(&key, &thing)| (key, thing)).collect();
    for _ in 0..=random.below(4) {
        let holder = random.below(3) + 1;
        let quantity = random.small(20) + 1;
        let chosen = random.below(10);
        if rest.is_empty() || chosen < 2 {
            *next_id += 1;
            let kind = random.small(3) + 1;
            after.insert((holder, *next_id), (kind, quantity, 1));
            mutations.push(put((holder, *next_id), kind, quantity, None));
            continue;
        }
        let at = usize::try_from(random.below(rest.len() as u64)).unwrap();
        let (key, thing) = rest.swap_remove(at);
        let (kind, count, ver) = thing;
        match chosen {
            2 => {
                after.remove(&key);
                mutations.push(take(key, thing));
            }
            3..6 => {
                after.insert(key, (kind, quantity, ver + 1));
                mutations.push(put(key, kind, quantity, Some(thing)));
            }
            6 | 7 if 1 < count => {
                *next_id += 1;
                let part = random.small(count - 1) + 1;
                after.insert(key, (kind, count - part, ver + 1));
                after.insert((holder, *next_id), (kind, part, 1));
                mutations.push(put(key, kind, count - part, Some(thing)));
                mutations.push(put((holder, *next_id), kind, part, None));
            }
            _ if holder != key.0 => {
                after.remove(&key);
                after.insert((holder, key.1), (kind, count, 1));
                mutations.push(take(key, thing));
                mutations.push(put((holder, key.1), kind, count, None));
            }
            _ => {}
        }
    }
    (mutations, after)
}

#[test]
fn every_record_that_says_what_came_and_went_passes_and_none_that_says_anything_else() {
    let mut random = Random(11);
    let (mut world, mut next_id) = (Things::new(), 0);
    let (mut passed, mut refused) = (0, 0);
    for _ in 0..3_000 {
        let (mutations, after) = step(&mut random, &world, &mut next_id);
        let difference = difference(&world, &after);
        // Said in one flow a kind, or in two that make it up.
        let mut flows = Vec::new();
        for (&kind, &amount) in &difference {
            let part = i64::from(random.small(5)) - 2;
            flows.extend([flow(kind, amount - part), flow(kind, part)]);
        }
        let sound = goods(mutations, flows);
        assert_eq!(check_record(&sound), Ok(()), "{sound:?}");
        passed += 1;

        let mut wrong = sound.clone();
        let kind = random.small(3) + 1;
        match random.below(4) {
            0 => wrong.goods.push(flow(kind, i64::from(random.small(9)) + 1)),
            1 if !wrong.goods.is_empty() => {
                let at = usize::try_from(random.below(wrong.goods.len() as u64)).unwrap();
                wrong.goods[at].amount += 1;
            }
            2 if !wrong.mutations.is_empty() => {
                let at = usize::try_from(random.below(wrong.mutations.len() as u64)).unwrap();
                wrong.mutations.remove(at);
            }
            _ => {
                let at = wrong.mutations.iter().position(|mutation| mutation.op() == Op::Upsert);
                let Some(at) = at else { continue };
                wrong.mutations[at].row[2] = int(i64::from(kind) + 10);
            }
        }
        let conserves = count(&wrong).values().all(|&amount| amount == 0);
        assert_eq!(code(&wrong), if conserves { "ok" } else { "entry.goods_unbalanced" }, "{wrong:?}");
        refused += u32::from(!conserves);
        world = after;
    }
    assert!(2_000 < passed && 1_500 < refused, "{passed} {refused}");
}

#[test]
fn a_thing_changes_hands_without_a_flow_and_comes_and_goes_only_with_one() {
    let thing = (7, 5, 3);
    let moved = vec![take((1, 9), thing), put((2, 9), 7, 5, None)];
    assert_eq!(code(&goods(moved.clone(), vec![])), "ok");
    assert_eq!(
        check_record(&goods(moved[1..].to_vec(), vec![])),
        Err(EntryError::GoodsUnbalanced { kind: 7, moved: 5, stated: 0 })
    );
    assert_eq!(code(&goods(moved[1..].to_vec(), vec![flow(7, 5)])), "ok");
    assert_eq!(code(&goods(moved[1..].to_vec(), vec![flow(8, 5)])), "entry.goods_unbalanced");
    assert_eq!(code(&goods(moved[..1].to_vec(), vec![flow(7, -5)])), "ok");
    // Five of one kind do not become five of another.
    assert_eq!(code(&goods(vec![put((1, 9), 8, 5, Some(thing))], vec![])), "entry.goods_unbalanced");
    assert_eq!(code(&goods(vec![put((1, 9), 8, 5, Some(thing))], vec![flow(7, -5), flow(8, 5)])), "ok");
}

#[test]
fn no_item_is_put_twice_or_taken_twice() {
    let thing = (7, 5, 3);
    let doubled = vec![take((1, 9), thing), put((2, 9), 7, 5, None), put((3, 9), 7, 5, None)];
    let refused = Err(EntryError::ItemTwice { item: 9 });
    assert_eq!(check_record(&goods(doubled, vec![flow(7, 5)])), refused);
    let taken = vec![take((1, 9), thing), take((2, 9), thing)];
    assert_eq!(check_record(&goods(taken, vec![flow(7, -10)])), refused);
}

#[test]
fn every_way_of_not_being_goods_has_a_name() {
    let thing = (7, 5, 3);
    let one = |mutation| goods(vec![mutation], vec![flow(7, 5)]);
    let before = |mutation: Mutation, kind, quantity| Mutation {
        goods_before: Some(Goods { kind, quantity }),
        ..mutation
    };
    let new = put((1, 9), 7, 5, None);
    let old = put((1, 9), 7, 10, Some(thing));
    let rows = [
        (before(new.clone(), 7, 5), "entry.goods_before"),
        (Mutation { goods_before: None, ..old.clone() }, "entry.goods_before"),
        (Mutation { goods_before: None, ..take((1, 9), thing) }, "entry.goods_before"),
        (before(old.clone(), 7, 0), "entry.goods_before"),
        (before(old, 7, ITEM_QUANTITY_MAX + 1), "entry.goods_before"),
        (before(wallet(1, 0, 0, 2), 7, 1), "entry.goods_before"),
        (before(ledger(), 7, 1), "entry.goods_before"),
        (put((1, 9), 7, ITEM_QUANTITY_MAX + 1, None), "entry.row"),
        (put((1, 9), 7, 0, None), "entry.row"),
        (Mutation { op: Op::Append.into(), ver: 0, ..new.clone() }, "entry.operation"),
    ];
    for (mutation, expected) in rows {
        assert_eq!(code(&one(mutation.clone())), expected, "{mutation:?}");
    }
    assert_eq!(code(&one(new)), "ok");
    let silent = GoodsFlow { reason: 0, ..flow(7, 0) };
    assert_eq!(code(&goods(vec![], vec![silent])), "entry.goods_flow");
    let cap = i64::from(ITEM_QUANTITY_MAX);
    assert_eq!(code(&goods(vec![], vec![flow(7, cap), flow(7, -cap)])), "ok");
    assert_eq!(code(&goods(vec![], vec![flow(7, cap + 1), flow(7, -cap - 1)])), "entry.goods_flow");
}

#[test]
fn gold_in_a_mail_is_counted_as_gold_in_a_wallet() {
    let mail = |gold| {
        let row = crate::tables::MailRow {
            to_character: 5,
            id: 6,
            from_character: 0,
            from_name: String::new(),
            subject: String::new(),
            text: String::new(),
            gold,
            sent_ms: 1,
            read: false,
        };
        Mutation { table: Table::Mail as u32, row: row.values(), ..wallet(0, 0, 0, 1) }
    };
    assert_eq!(code(&record(vec![wallet(1, 9, 2, 3), mail(7)], &[])), "ok");
    assert_eq!(code(&record(vec![wallet(1, 9, 2, 3), mail(8)], &[])), "entry.unbalanced");
    let taken =
        Mutation { op: Op::Delete.into(), ver: 2, row: mail(0).row[..2].to_vec(), gold_before: 7, ..mail(0) };
    assert_eq!(code(&record(vec![wallet(1, 2, 9, 4), taken], &[])), "ok");
}
