//! Things lie, move and are used up, and nothing is made or lost by moving it.

use std::{collections::BTreeMap, sync::Arc};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

use super::*;
use crate::logic::testing::bundled;

type Wish<'a> = &'a dyn Fn(&mut Bag<'_>) -> Result<(), Refusal>;

const ME: u64 = 7;

/// The number of a designed item of this sort.
fn kind(design: &Design, is_it: impl Fn(&crate::logic::design::Item) -> bool) -> u32 {
    design.items().find(|item| is_it(item)).unwrap().number
}

fn potion(design: &Design) -> u32 {
    kind(design, |item| 0 < item.heal && 1 < item.stack)
}

fn sword(design: &Design) -> u32 {
    kind(design, |item| item.slot == Some(Slot::Weapon))
}

fn other_sword(design: &Design) -> u32 {
    let first = sword(design);
    kind(design, |item| item.slot == Some(Slot::Weapon) && item.number != first)
}

fn row(id: u64, kind: u32, quantity: u32, slot: u32) -> ItemRow {
    ItemRow { holder: ME, id, kind, quantity, place: Place::Bag as u32, slot }
}

fn numbers() -> impl FnMut() -> Result<u64, Refusal> {
    let mut last = 1_000;
    move || {
        last += 1;
        Ok(last)
    }
}

#[test]
fn an_item_laid_on_another_changes_places_with_it() {
    let design = bundled();
    let kind = potion(&design);
    let mut bag = Bag::new(ME, vec![row(1, kind, 2, 0), row(2, kind, 3, 5)], &[], &design);
    bag.move_to(1, 5).unwrap();
    assert_eq!(
        bag.clone().into_changes(),
        [Change::Put(row(1, kind, 2, 5)), Change::Put(row(2, kind, 3, 0))]
    );
    bag.move_to(1, 0).unwrap();
    assert_eq!(bag.clone().into_changes(), [], "back again");
    bag.move_to(1, 99).unwrap();
    assert_eq!(bag.move_to(1, 100), Err(Refusal::BadSlot));
    assert_eq!(bag.move_to(3, 1), Err(Refusal::NoSuchItem));
}

#[test]
fn a_part_is_less_than_the_whole_and_more_than_nothing() {
    let design = bundled();
    let kind = potion(&design);
    let mut bag = Bag::new(ME, vec![row(1, kind, 4, 0)], &[], &design);
    assert_eq!(bag.split(1, 0, 9), Err(Refusal::BadQuantity));
    assert_eq!(bag.split(1, 4, 9), Err(Refusal::BadQuantity));
    assert_eq!(bag.split(1, u32::MAX, 9), Err(Refusal::BadQuantity));
    bag.split(1, 3, 9).unwrap();
    assert_eq!(bag.items(), [row(1, kind, 1, 0), row(9, kind, 3, 1)]);
    let full = (0..SLOTS).map(|slot| row(slot.into(), kind, 2, slot)).collect();
    assert_eq!(Bag::new(ME, full, &[], &design).split(0, 1, 1_000), Err(Refusal::BagFull));
}

#[test]
fn as_much_as_fits_is_laid_together_and_only_of_one_kind() {
    let design = bundled();
    let kind = potion(&design);
    let stack = design.item(kind).unwrap().stack;
    let rows = vec![row(1, kind, 2, 0), row(2, kind, stack - 1, 1), row(3, sword(&design), 1, 2)];
    let mut bag = Bag::new(ME, rows, &[], &design);
    assert_eq!(bag.merge(1, 1), Err(Refusal::SameItem));
    assert_eq!(bag.merge(1, 3), Err(Refusal::ItemsDiffer));
    assert_eq!(bag.merge(1, 2), Ok(1));
    assert_eq!(bag.merge(1, 2), Err(Refusal::StackFull));
    bag.take(2, stack - 1).unwrap();
    assert_eq!(bag.merge(2, 1), Ok(1));
    assert_eq!(
        bag.items(),
        [row(1, kind, 2, 0), row(3, sword(&design), 1, 2)],
        "what is laid there whole is gone"
    );
}

#[test]
fn what_is_worn_makes_room_for_what_is_put_on() {
    let design = bundled();
    let (old, new) = (sword(&design), other_sword(&design));
    let rows = vec![row(1, old, 1, 4), row(2, new, 1, 8), row(3, potion(&design), 1, 0)];
    let mut bag = Bag::new(ME, rows, &[], &design);
    assert_eq!(bag.wear(3), Err(Refusal::NotWearable));
    bag.wear(1).unwrap();
    assert_eq!(bag.wear(1), Err(Refusal::ItemWorn));
    assert_eq!(bag.take(1, 1), Err(Refusal::ItemWorn), "not thrown away by mistake");
    bag.wear(2).unwrap();
    assert_eq!(bag.item(1), Ok(&row(1, old, 1, 8)));
    assert_eq!(bag.worn().map(|(slot, row)| (slot, row.id)).collect::<Vec<_>>(), [(Slot::Weapon, 2)]);
    assert_eq!(bag.take_off(1), Err(Refusal::NotWorn));
    bag.take_off(2).unwrap();
    assert_eq!(bag.item(2), Ok(&row(2, new, 1, 1)));
}

#[test]
fn nothing_happens_to_what_is_on_offer_but_that_it_changes_hands() {
    let design = bundled();
    let (potion, sword) = (potion(&design), sword(&design));
    let rows = vec![row(1, potion, 2, 0), row(2, sword, 1, 1), row(3, potion, 1, 2)];
    let bag = Bag::new(ME, rows.clone(), &[1, 2], &design);
    let tries: [Wish; 9] = [
        &|bag| bag.move_to(1, 9),
        &|bag| bag.move_to(3, 0),
        &|bag| bag.split(1, 1, 9),
        &|bag| bag.merge(1, 3).map(drop),
        &|bag| bag.merge(3, 1).map(drop),
        &|bag| bag.wear(2),
        &|bag| bag.take(1, 1).map(drop),
        &|bag| bag.use_one(1).map(drop),
        &|bag| bag.in_bag(1).map(drop),
    ];
    for (index, try_it) in tries.iter().enumerate() {
        let mut bag = bag.clone();
        assert_eq!(try_it(&mut bag), Err(Refusal::ItemLocked), "{index}");
        assert_eq!(bag.items(), rows);
    }
    let mut bag = bag;
    let grown = bag.add(potion, 1, numbers()).unwrap();
    assert_eq!(grown, [(3, 1)], "to the one that is not offered");
    assert_eq!(bag.give(1), Ok(row(1, potion, 2, 0)));
}

#[test]
fn what_comes_fills_up_what_is_there_first_and_comes_whole_or_not_at_all() {
    let design = bundled();
    let kind = potion(&design);
    let stack = design.item(kind).unwrap().stack;
    let mut bag = Bag::new(ME, vec![row(1, kind, stack - 1, 0)], &[], &design);
    assert_eq!(bag.add(kind, 0, numbers()), Err(Refusal::BadQuantity));
    assert_eq!(bag.add(kind, stack + 2, numbers()).unwrap(), [(1, 1), (1_001, stack), (1_002, 1)]);
    let all = SLOTS * stack;
    assert_eq!(bag.add(kind, all, numbers()), Err(Refusal::BagFull));
    assert_eq!(bag.items().len(), 3, "nothing came");
    bag.add(kind, all - 2 * stack - 1, numbers_from(5_000)).unwrap();
    assert_eq!(bag.items().len(), 100);
    assert_eq!(bag.receive(&row(9, kind, 1, 0)), Err(Refusal::BagFull));
}

fn numbers_from(first: u64) -> impl FnMut() -> Result<u64, Refusal> {
    let mut next = first;
    move || {
        next += 1;
        Ok(next)
    }
}

/// Whatever is asked for, in whatever order: places stay single, bounds hold, sums change as was said, and
/// who is refused has what he had.
#[test]
fn random_wishes_never_make_or_lose_a_thing() {
    let design: Arc<Design> = bundled();
    let kinds: Vec<u32> = design.items().map(|item| item.number).collect();
    for seed in 0..20 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut items: Vec<ItemRow> = Vec::new();
        let mut sums: BTreeMap<u32, i64> = BTreeMap::new();
        let mut next = 1_000;
        for _ in 0..500 {
            let mut pick = |below: usize| usize::try_from(rng.next_u64() % below as u64).unwrap();
            let any = |at: usize| items.get(at).map_or(5, |row| row.id);
            let (item, other) = (any(pick(items.len() + 1)), any(pick(items.len() + 1)));
            let number = u32::try_from(pick(130)).unwrap();
            let locked = [any(pick(items.len() + 1))];
            let kind = kinds[pick(kinds.len())];
            let mut bag = Bag::new(ME, items.clone(), &locked, &design);
            let mut came: Vec<(u32, i64)> = Vec::new();
            next += 1;
            let done = match pick(9) {
                0 => bag.move_to(item, number),
                1 => bag.split(item, number, next),
                2 => bag.merge(item, other).map(drop),
                3 => bag.wear(item),
                4 => bag.take_off(item),
                5 => bag.take(item, number).map(|kind| came.push((kind, -i64::from(number)))),
                6 => bag.use_one(item).map(|(kind, _)| came.push((kind, -1))),
                _ => bag
                    .add(kind, number, || {
                        next += 1;
                        Ok::<_, Refusal>(next)
                    })
                    .map(|_| came.push((kind, number.into()))),
            };
            if done.is_err() {
                assert_eq!(bag.items(), items);
                continue;
            }
            items = bag.items().to_vec();
            let mut stored: BTreeMap<u64, ItemRow> =
                bag.before.iter().map(|row| (row.id, row.clone())).collect();
            for change in bag.into_changes() {
                match change {
                    Change::Put(row) => drop(stored.insert(row.id, row)),
                    Change::Gone(row) => drop(stored.remove(&row.id).unwrap()),
                }
            }
            assert_eq!(stored.into_values().collect::<Vec<_>>(), items, "the changes are the difference");
            came.into_iter().for_each(|(kind, amount)| *sums.entry(kind).or_default() += amount);
            check(&items, &sums, &design);
        }
    }
}

fn check(items: &[ItemRow], sums: &BTreeMap<u32, i64>, design: &Design) {
    let mut places: Vec<(u32, u32)> = items.iter().map(|row| (row.place, row.slot)).collect();
    places.sort_unstable();
    assert!(places.windows(2).all(|pair| pair[0] != pair[1]), "two in one place: {items:?}");
    let mut found: BTreeMap<u32, i64> = BTreeMap::new();
    for row in items {
        assert!((1..=design.item(row.kind).unwrap().stack).contains(&row.quantity), "{row:?}");
        assert!(row.slot < if row.place == Place::Bag as u32 { SLOTS } else { 16 }, "{row:?}");
        assert_eq!(row.holder, ME);
        *found.entry(row.kind).or_default() += i64::from(row.quantity);
    }
    let left: BTreeMap<u32, i64> = sums.iter().map(|(k, n)| (*k, *n)).filter(|(_, n)| *n != 0).collect();
    assert_eq!(found, left);
}
