//! Bags that are told right and wrong.

use super::*;

fn item(id: u64, kind: u32, quantity: u32, slot: u32) -> Item {
    Item { id, kind, quantity, place: BAG, slot }
}

fn thing(item: u64, kind: u32, quantity: u32) -> Thing {
    Thing { item, kind, quantity }
}

/// Ten loaves as item 5, a knife as item 7.
fn bag() -> BagModel {
    let mut bag = BagModel::default();
    bag.adopt(Bag { items: vec![item(5, 40, 10, 0), item(7, 1, 1, 1)] });
    bag
}

fn bought(quantity: u32) -> Change {
    Change { gets: vec![thing(0, 40, quantity)], ..Change::default() }
}

#[test]
fn what_is_bought_comes_to_its_kind_and_to_new_places() {
    let mut bag = bag();
    bag.hear(BagChanged { changed: vec![item(5, 40, 12, 0), item(9, 40, 1, 2)], gone: vec![] });
    assert_eq!(bag.dealt(&bought(3)), Ok(()));
    assert_eq!(bag.len(), 3);
    bag.hear(BagChanged { changed: vec![item(9, 40, 2, 2)], gone: vec![] });
    assert_eq!(bag.dealt(&bought(2)).expect_err("one is missing").code, "bag_change");
    bag.hear(BagChanged { changed: vec![item(11, 41, 1, 3)], gone: vec![] });
    assert_eq!(bag.dealt(&bought(1)).expect_err("of another kind").code, "bag_change");
}

#[test]
fn what_leaves_must_be_what_was_given() {
    let give = |quantity| Change { gives: vec![thing(5, 40, quantity)], ..Change::default() };
    let mut one = bag();
    one.hear(BagChanged { changed: vec![item(5, 40, 7, 0)], gone: vec![] });
    assert_eq!(one.dealt(&give(3)), Ok(()));
    one.hear(BagChanged { changed: vec![], gone: vec![5] });
    assert_eq!(one.dealt(&give(7)), Ok(()));
    assert_eq!(one.items().map(|item| item.id).collect::<Vec<_>>(), [7]);
    let mut other = bag();
    other.hear(BagChanged { changed: vec![], gone: vec![5, 7] });
    assert!(other.dealt(&give(10)).is_err(), "the knife went too");
    assert!(bag().dealt(&give(3)).is_err(), "nothing was told");
}

#[test]
fn two_things_in_one_place_and_a_bag_that_reads_otherwise_are_found() {
    let mut one = bag();
    one.hear(BagChanged { changed: vec![item(9, 40, 1, 1)], gone: vec![] });
    assert!(one.dealt(&bought(1)).is_err());
    let mut other = bag();
    assert_eq!(other.read(Bag { items: vec![item(5, 40, 10, 0), item(7, 1, 1, 1)] }), Ok(()));
    assert!(other.read(Bag { items: vec![item(5, 40, 10, 0), item(7, 1, 1, 9)] }).is_err(), "another place");
    assert!(other.read(Bag { items: vec![item(5, 40, 10, 0)] }).is_err());
}

#[test]
fn what_happened_unheard_is_looked_for_where_nobody_said_it_is() {
    let mut bag = bag();
    bag.hear(BagChanged { changed: vec![item(5, 40, 11, 0)], gone: vec![] });
    bag.gap();
    assert_eq!(bag.happened(&bought(4)), Ok(()));
    let traded = Change { gives: vec![thing(7, 1, 1)], gets: vec![thing(30, 62, 2)] };
    let kept = Bag { items: vec![item(5, 40, 14, 0), item(7, 1, 1, 1)] };
    let made = Bag { items: vec![item(5, 40, 14, 0), item(30, 62, 2, 1)] };
    let half = Bag { items: vec![item(5, 40, 14, 0)] };
    assert_eq!([&kept, &made, &half].map(|read| bag.fits(read, None)), [true, false, false]);
    assert_eq!([&kept, &made, &half].map(|read| bag.fits(read, Some(&traded))), [false, true, false]);
    assert_eq!(bag.read(kept), Ok(()));
}
