//! Who comes when, and what is kept of whom.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};
use slotmap::SlotMap;

use super::{Class, Entered, Needs, Order, Queue, Room, Spot, Waiting};
use crate::logic::{delivery::ConnKey, secret::Secret, testing::start};

const ROOM: Room = Room { session: true, hash: true, claim: true };

fn waiting(conn: ConnKey, now: Instant) -> Waiting {
    Waiting { conn, kind: 10, body: Secret::new(Vec::new()), since: now, told: None }
}

/// A queue, and connections to stand in it.
struct Stage {
    queue: Queue,
    conns: SlotMap<ConnKey, ()>,
    now: Instant,
}

impl Stage {
    fn new(len_max: usize) -> Self {
        Self { queue: Queue::new(len_max), conns: SlotMap::with_key(), now: start() }
    }

    fn spot(&mut self, class: Class) -> Spot {
        let order = self.queue.order(1_000);
        self.queue.spot(class, order, Needs::Nothing)
    }

    fn enters(&mut self, class: Class) -> Option<Spot> {
        let spot = self.spot(class);
        self.stands(spot).then_some(spot)
    }

    fn stands(&mut self, spot: Spot) -> bool {
        let conn = self.conns.insert(());
        !matches!(self.queue.enter(spot, waiting(conn, self.now)), Entered::Full)
    }

    fn next(&mut self, room: Room) -> Option<Spot> {
        self.queue.next(room).map(|(spot, _)| spot)
    }
}

#[test]
fn ten_thousand_at_once_come_in_order_class_by_class_and_nobody_starves() {
    let mut stage = Stage::new(10_000);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut ages = Vec::new();
    for _ in 0..10_000 {
        let class = [Class::Ticket, Class::Other, Class::Inside][rng.next_u32() as usize % 3];
        ages.push(stage.enters(class).unwrap().order);
    }
    let mut last: BTreeMap<Class, Order> = BTreeMap::new();
    for served in 1..=10_000_usize {
        let spot = stage.next(ROOM).unwrap();
        assert!(last.insert(spot.class, spot.order).is_none_or(|before| before < spot.order), "in order");
        // Nobody waits longer than until four times as many were served as stood before it.
        let age = ages.binary_search(&spot.order).unwrap();
        assert!(served <= 4 * (age + 1), "{age} came as number {served}");
    }
    assert!(stage.queue.is_empty());
}

#[test]
fn whoever_waits_for_room_does_not_hold_up_who_needs_none() {
    let mut stage = Stage::new(10);
    let other = stage.enters(Class::Other).unwrap();
    let order = stage.queue.order(1_000);
    let hashed = stage.queue.spot(Class::Ticket, order, Needs::Hash);
    assert!(stage.stands(hashed));
    let (staff, inside) = (stage.enters(Class::Staff).unwrap(), stage.enters(Class::Inside).unwrap());
    let full = Room { session: false, ..ROOM };
    assert_eq!([stage.next(full), stage.next(full), stage.next(full)], [Some(inside), Some(staff), None]);
    assert!(!stage.queue.has_next(full));
    let no_hash = Room { hash: false, ..ROOM };
    assert_eq!([stage.next(no_hash), stage.next(no_hash)], [Some(other), None]);
    assert_eq!(stage.next(ROOM), Some(hashed));
}

#[test]
fn who_only_says_that_it_is_staff_comes_before_nobody_where_there_is_room() {
    let mut stage = Stage::new(10);
    let first = stage.enters(Class::Other).unwrap();
    let order = stage.queue.order(1_000);
    let claimed = stage.queue.spot(Class::Other, order, Needs::ClaimedHash);
    assert!(stage.stands(claimed));
    let ticket = stage.enters(Class::Ticket).unwrap();
    let full = Room { session: false, ..ROOM };
    assert!(!stage.queue.has_next(Room { claim: false, ..full }));
    assert_eq!([stage.next(full), stage.next(full)], [Some(claimed), None]);
    assert!(stage.stands(claimed));
    assert_eq!([stage.next(ROOM), stage.next(ROOM)], [Some(ticket), Some(first)]);
}

#[test]
fn a_nap_takes_nothing_from_a_place_that_is_kept() {
    let mut stage = Stage::new(10);
    let spot = stage.enters(Class::Other).unwrap();
    stage.queue.leave(spot, stage.now);
    let nap = Queue::KEPT * 2;
    stage.now += nap;
    stage.queue.wait_longer(nap);
    let last = stage.now + Queue::KEPT;
    assert!(stage.queue.take_back(spot.order, false, last - Duration::from_millis(1)));
    stage.queue.leave(spot, stage.now);
    assert!(!stage.queue.take_back(spot.order, false, last));
}

#[test]
fn each_goes_by_class_and_by_coming_whether_hashed_or_not() {
    let mut stage = Stage::new(10);
    let mut expected = Vec::new();
    for (class, needs) in [
        (Class::Other, Needs::ClaimedHash),
        (Class::Other, Needs::Hash),
        (Class::Other, Needs::Nothing),
        (Class::Staff, Needs::Hash),
        (Class::Other, Needs::Hash),
        (Class::Other, Needs::ClaimedHash),
    ] {
        let order = stage.queue.order(1_000);
        let spot = stage.queue.spot(class, order, needs);
        assert!(stage.stands(spot));
        expected.push(spot);
    }
    expected.sort();
    assert_eq!(stage.queue.each().map(|(spot, _)| spot).collect::<Vec<_>>(), expected);
}

#[test]
fn in_a_full_queue_the_last_one_goes_for_one_before_it() {
    let mut stage = Stage::new(2);
    let (first, last) = (stage.enters(Class::Other).unwrap(), stage.enters(Class::Other).unwrap());
    assert_eq!(stage.enters(Class::Other), None);
    let spot = stage.spot(Class::Ticket);
    let conn = stage.conns.insert(());
    let gone = stage.queue.take(last).unwrap().conn;
    assert!(stage.stands(last));
    let Entered::Displaced(displaced) = stage.queue.enter(spot, waiting(conn, stage.now)) else { panic!() };
    assert_ne!(displaced.conn, gone);
    assert_eq!(stage.queue.len(), 2);
    assert_eq!([stage.next(ROOM), stage.next(ROOM)], [Some(spot), Some(first)]);
    assert!(Stage::new(0).enters(Class::Staff).is_none());
}

#[test]
fn a_place_is_kept_for_three_minutes_and_taken_back_once() {
    let mut stage = Stage::new(10);
    let (first, second) = (stage.enters(Class::Other).unwrap(), stage.enters(Class::Other).unwrap());
    let now = stage.now;
    stage.queue.leave(first, now);
    stage.queue.leave(second, now + Duration::from_secs(1));
    assert_eq!((stage.queue.len(), stage.queue.away()), (0, 2));
    assert!(stage.queue.take_back(second.order, true, now + Queue::KEPT));
    assert!(!stage.queue.take_back(second.order, true, now + Queue::KEPT), "it is taken");
    assert!(!stage.queue.take_back(first.order, true, now + Queue::KEPT), "its time is over");
    assert!(!stage.queue.take_back(Order(u64::MAX), true, now), "nobody gave it");
    assert_eq!(stage.queue.away(), 0);
}

#[test]
fn who_comes_back_stands_where_it_stood_or_first_if_its_turn_had_come() {
    let mut stage = Stage::new(10);
    let [first, a, b, c, d] = [(); 5].map(|()| stage.enters(Class::Other).unwrap());
    stage.queue.leave(b, stage.now);
    assert_eq!([stage.next(ROOM), stage.next(ROOM)], [Some(first), Some(a)]);
    assert_eq!(stage.queue.spot(Class::Other, b.order, Needs::Nothing), b, "its turn has not come");
    assert_eq!(stage.next(ROOM), Some(c));
    let staff = stage.enters(Class::Staff).unwrap();
    let back = stage.queue.spot(Class::Other, b.order, Needs::Nothing);
    assert_eq!(back, Spot { class: Class::Returned, ..b });
    assert!(stage.stands(back));
    assert_eq!([stage.next(ROOM), stage.next(ROOM), stage.next(ROOM)], [Some(back), Some(staff), Some(d)]);
}

#[test]
fn places_of_an_earlier_game_count_once_while_they_are_fresh() {
    let mut stage = Stage::new(10);
    let now = stage.now;
    let earlier = Order::of(999);
    assert!(!stage.queue.take_back(earlier, false, now), "told of too long ago");
    assert!(stage.queue.take_back(earlier, true, now));
    let own = stage.enters(Class::Other).unwrap();
    let spot = stage.queue.spot(Class::Other, earlier, Needs::Nothing);
    assert!(stage.stands(spot));
    assert_eq!(stage.next(ROOM), Some(spot), "it came before all who came to this game");
    assert!(!stage.queue.take_back(earlier, true, now));
    assert!(!stage.queue.take_back(own.order, true, now), "somebody stands in it");
}

#[test]
fn no_more_places_are_kept_than_may_wait() {
    let mut stage = Stage::new(3);
    let spots: Vec<Spot> = (0..9)
        .map(|_| {
            let spot = stage.enters(Class::Other).unwrap();
            stage.queue.leave(spot, stage.now);
            spot
        })
        .collect();
    assert_eq!(stage.queue.away(), 3);
    let now = stage.now;
    assert!(!stage.queue.take_back(spots[5].order, true, now));
    assert!(stage.queue.take_back(spots[6].order, true, now));
}
