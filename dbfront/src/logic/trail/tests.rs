//! What is followed where: sums that part and meet, circles, items that are split, and every bound.

use proto::tables::Reason;

use super::*;

const WIDE: Bounds = Bounds { depth_max: 99, found_max: 999 };

fn pay(lsn: u64, from: u64, to: u64, amount: i64) -> Line {
    Line { lsn, from, to, amount, reason: Reason::Pay as u32, ..Line::default() }
}

fn thing(lsn: u64, n: u32, item: u64, (from, to): (u64, u64), amount: i64, reason: Reason) -> Line {
    Line { lsn, n, item, kind: 40, from, to, amount, reason: reason as u32, wall_ms: 0 }
}

/// Record, parent, depth, how much of it, how much stayed.
fn seen(mut trail: Trail, lines: &[Line]) -> Vec<(u64, u32, u32, i64, i64)> {
    lines.iter().for_each(|line| trail.see(line));
    let tell = |found: &Found| (found.line.lsn, found.parent, found.depth, found.traced, found.kept);
    trail.into_found().iter().map(tell).collect()
}

#[test]
fn a_sum_is_followed_through_all_its_hands_and_no_more_than_the_sum() {
    let lines = [
        pay(1, 9, 2, 500),
        pay(2, 1, 2, 60),
        pay(3, 1, 3, 60),
        pay(4, 2, 4, 30),
        pay(5, 3, 0, 10),
        pay(6, 3, 4, 50),
        pay(7, 4, 5, 70),
    ];
    // Of the second 60 only 40 are of the sum; account 3 gives those first.
    let found = seen(Trail::of_gold(1, Some(100), WIDE), &lines);
    assert_eq!(
        found,
        [
            (2, 0, 1, 60, 30),
            (3, 0, 1, 40, 0),
            (4, 1, 2, 30, 0),
            (5, 2, 2, 10, 0),
            (6, 2, 2, 30, 0),
            (7, 3, 3, 30, 30),
            (7, 5, 3, 30, 30),
        ]
    );
    let kept: i64 = found.iter().map(|found| found.4).sum();
    assert_eq!(kept + 10, 100, "what is somewhere and what left the world is the sum");
}

#[test]
fn without_a_sum_all_that_leaves_is_followed_and_what_came_back_ends_there() {
    let lines = [pay(1, 1, 2, 10), pay(2, 2, 1, 10), pay(3, 1, 2, 7), pay(4, 2, 3, 7)];
    let found = seen(Trail::of_gold(1, None, WIDE), &lines);
    assert_eq!(found, [(1, 0, 1, 10, 0), (2, 1, 2, 10, 10), (3, 0, 1, 7, 0), (4, 3, 2, 7, 7)]);
}

#[test]
fn a_circle_ends_with_the_log_and_at_the_bounds() {
    let round: Vec<Line> = (0..1_000).map(|n| pay(n, 1 + n % 3, 1 + (n + 1) % 3, 5)).collect();
    let found = seen(Trail::of_gold(1, Some(5), Bounds { depth_max: 2_000, found_max: 2_000 }), &round);
    assert_eq!(found.len(), 1_000);
    assert_eq!(found.last(), Some(&(999, 999, 1_000, 5, 5)));

    let mut trail = Trail::of_gold(1, Some(5), Bounds { depth_max: 3, found_max: 2_000 });
    round.iter().for_each(|line| trail.see(line));
    assert!(!trail.is_full());
    let found = trail.into_found();
    assert_eq!(found.len(), 3);
    assert!(found[2].is_cut && !found[1].is_cut, "the last one says that there is more behind it");

    let mut trail = Trail::of_gold(1, Some(5), Bounds { depth_max: 2_000, found_max: 10 });
    round.iter().for_each(|line| trail.see(line));
    assert!(trail.is_full());
    assert_eq!(trail.into_found().len(), 10);
}

#[test]
fn lines_of_nothing_and_faucets_are_nobodys_sum() {
    let lines = [pay(1, 0, 1, 50), pay(2, 1, 2, 0), pay(3, 1, 2, -5)];
    assert_eq!(seen(Trail::of_gold(1, Some(10), WIDE), &lines), []);
    assert_eq!(seen(Trail::of_gold(0, None, WIDE), &lines), [], "the world outside is no holder");
}

#[test]
fn an_item_is_followed_from_its_making_through_letters_to_its_end() {
    let lines = [
        thing(1, 0, 7, (0, 11), 1, Reason::Loot),
        thing(2, 0, 7, (11, 12), 1, Reason::Trade),
        thing(3, 0, 7, (12, 201), 1, Reason::MailSend),
        thing(4, 0, 7, (201, 11), 1, Reason::MailTake),
        thing(5, 0, 7, (11, 0), 1, Reason::ShopSell),
    ];
    let found = seen(Trail::of_item(7, WIDE), &lines);
    assert_eq!(found, [(1, 0, 1, 1, 0), (2, 1, 2, 1, 0), (3, 2, 3, 1, 0), (4, 3, 4, 1, 0), (5, 4, 5, 1, 0)]);
}

#[test]
fn what_is_split_from_an_item_is_followed_too_and_what_it_is_put_to_with_it() {
    let lines = [
        thing(1, 0, 7, (0, 11), 10, Reason::ShopBuy),
        // Four of them become item 8, which goes to 12 and is put to its item 9.
        thing(2, 0, 7, (11, 0), 4, Reason::Arranged),
        thing(2, 1, 8, (0, 11), 4, Reason::Arranged),
        thing(3, 0, 8, (11, 12), 4, Reason::Trade),
        thing(4, 0, 8, (12, 0), 4, Reason::Arranged),
        thing(4, 1, 9, (0, 12), 4, Reason::Arranged),
        // Somebody else's.
        thing(5, 0, 99, (13, 0), 2, Reason::Arranged),
        thing(5, 1, 98, (0, 13), 2, Reason::Arranged),
        thing(6, 0, 9, (12, 0), 3, Reason::Used),
    ];
    let mut trail = Trail::of_item(7, WIDE);
    assert!(trail.follows(7) && !trail.follows(8));
    lines.iter().take(3).for_each(|line| trail.see(line));
    assert!(trail.follows(8) && !trail.follows(9));
    let found = seen(Trail::of_item(7, WIDE), &lines);
    assert_eq!(found, [(1, 0, 1, 10, 6), (2, 1, 2, 4, 0), (3, 2, 3, 4, 0), (4, 3, 4, 4, 1), (6, 4, 5, 3, 0)]);
}

#[test]
fn an_item_that_was_there_before_is_followed_from_the_first_line_that_is_seen() {
    let lines = [thing(8, 0, 7, (11, 12), 5, Reason::Trade), thing(9, 0, 7, (12, 13), 5, Reason::Trade)];
    assert_eq!(seen(Trail::of_item(7, WIDE), &lines), [(8, 0, 1, 5, 0), (9, 1, 2, 5, 5)]);
}

#[test]
fn holders_are_told_from_the_reason() {
    let of = |reason: Reason| {
        holders(&Line { from: 1, to: 2, reason: reason as u32, ..Line::default() }).map(|(_, what)| what)
    };
    assert_eq!(of(Reason::Pay), [What::Person, What::Person]);
    assert_eq!(of(Reason::MailSend), [What::Person, What::Letter]);
    assert_eq!(of(Reason::MailTake), [What::Letter, What::Person]);
    assert_eq!(of(Reason::RoomStake), [What::Person, What::Match]);
    assert_eq!(of(Reason::RoomSettle), [What::Match, What::Person]);
}
