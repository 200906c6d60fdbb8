//! Logins that wait for their turn: in the order in which they came, class by class, with a maximum; and the places of
//! those whose connection went. Knows no rate, no packet and no credentials.

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::logic::{delivery::ConnKey, secret::Secret};

/// Who is let in first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    /// Has a ticket, and its session is here: takes no room.
    Inside,
    /// Has come back to a place whose turn had come meanwhile.
    Returned,
    /// Has a ticket of one that plays in maintenance: takes a place even where there is none.
    Staff,
    /// Has a ticket.
    Ticket,
    /// All others.
    Other,
}

impl Class {
    pub(crate) const ALL: [Self; 5] = [Self::Inside, Self::Returned, Self::Staff, Self::Ticket, Self::Other];

    /// Waits until a session ends, if there are as many as may be.
    pub(crate) fn takes_room(self) -> bool {
        match self {
            Self::Inside | Self::Staff => false,
            Self::Returned | Self::Ticket | Self::Other => true,
        }
    }
}

/// When a login came, and which of those that came in one millisecond: no two have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Order(pub(crate) u64);

impl Order {
    /// The first one of a moment.
    pub(crate) fn of(wall_ms: u64) -> Self {
        Self(wall_ms << WITHIN_MS_BITS)
    }
}

/// What a login takes besides a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Needs {
    Nothing,
    /// Its password has to be hashed, which takes room elsewhere.
    Hash,
    /// The same, under a name that plays in maintenance: a few may try where there is no room for a session.
    ClaimedHash,
}

impl Needs {
    const ALL: [Self; 3] = [Self::Nothing, Self::Hash, Self::ClaimedHash];
}

/// Where somebody stands: whoever is let in first is the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    pub(crate) class: Class,
    pub(crate) order: Order,
    pub(crate) needs: Needs,
}

/// For whom there is room.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// One more session.
    pub(crate) session: bool,
    /// One more hash.
    pub(crate) hash: bool,
    /// One more that says it is staff, where there is none for a session.
    pub(crate) claim: bool,
}

/// A login that waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) conn: ConnKey,
    pub(crate) kind: u32,
    /// Goes with its connection.
    pub(crate) body: Secret<Vec<u8>>,
    /// When this connection asked.
    pub(crate) since: Instant,
    /// The position that it heard last, and when.
    pub(crate) told: Option<(u32, Instant)>,
}

/// What came of a login that wants to wait.
#[derive(Debug)]
pub(crate) enum Entered {
    Waits,
    /// It waits, and this one has to go for it.
    Displaced(Waiting),
    /// There is no room.
    Full,
}

/// Of one class, by what they need.
type Lanes = [Lane; Needs::ALL.len()];

#[derive(Debug, Default)]
struct Lane {
    waiting: BTreeMap<Order, Waiting>,
    /// The last one whose turn came.
    reached: Order,
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Queue {
    len_max: usize,
    lanes: [Lanes; Class::ALL.len()],
    given: Order,
    /// Where this world's own places begin.
    began: Option<Order>,
    away: Away,
    turns: u64,
}

impl Queue {
    /// Each so many-th turn is the oldest one's, whatever its class: so nobody starves.
    pub(crate) const OLDEST_EVERY: u64 = 4;
    /// How long a place is kept for one whose connection went.
    pub(crate) const KEPT: Duration = Duration::from_secs(180);

    /// Of so many at most.
    pub(crate) fn new(len_max: usize) -> Self {
        Self {
            len_max,
            lanes: Default::default(),
            given: Order::default(),
            began: None,
            away: Away::default(),
            turns: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.lanes.as_flattened().iter().map(|lane| lane.waiting.len()).sum()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lanes.as_flattened().iter().all(|lane| lane.waiting.is_empty())
    }

    pub(crate) fn len_of(&self, class: Class) -> usize {
        self.lanes[class as usize].iter().map(|lane| lane.waiting.len()).sum()
    }

    /// Places kept for those whose connection went.
    pub(crate) fn away(&self) -> usize {
        self.away.until.len()
    }

    /// The next one in order.
    pub(crate) fn order(&mut self, wall_ms: u64) -> Order {
        let order = Order::of(wall_ms).max(Order(self.given.0 + 1));
        self.began.get_or_insert(order);
        self.given = order;
        order
    }

    /// Who waits in a place.
    pub(crate) fn holder(&self, order: Order) -> Option<ConnKey> {
        let found = self.lanes.as_flattened().iter().find_map(|lane| lane.waiting.get(&order));
        found.map(|waiting| waiting.conn)
    }

    /// Takes a place back that nobody is in. `is_recent`: it was told of a moment ago, which is all that is known of one
    /// that an earlier game gave. False: it is not kept.
    pub(crate) fn take_back(&mut self, order: Order, is_recent: bool, now: Instant) -> bool {
        self.away.forget(now);
        let is_of_earlier = self.began.is_none_or(|began| order < began);
        self.away.take(order) || is_of_earlier && is_recent && self.away.take_earlier(order)
    }

    /// Where somebody of this class stands who came then.
    pub(crate) fn spot(&self, class: Class, order: Order, needs: Needs) -> Spot {
        let spot = Spot { class, order, needs };
        let is_past = class.takes_room() && order < self.lane(spot).reached;
        if is_past { Spot { class: Class::Returned, ..spot } } else { spot }
    }

    /// Lets it wait. In a full queue whoever would be last goes.
    pub(crate) fn enter(&mut self, spot: Spot, waiting: Waiting) -> Entered {
        let last = self.spots(|lane| lane.waiting.last_key_value()).max();
        let is_full = self.len_max <= self.len();
        if is_full && last.is_none_or(|last| last < spot) {
            return Entered::Full;
        }
        let displaced = if is_full { last.and_then(|last| self.take(last)) } else { None };
        self.lane_mut(spot).waiting.insert(spot.order, waiting);
        displaced.map_or(Entered::Waits, Entered::Displaced)
    }

    /// It waits no longer.
    pub(crate) fn take(&mut self, spot: Spot) -> Option<Waiting> {
        self.lane_mut(spot).waiting.remove(&spot.order)
    }

    /// Its connection went: its place is kept for a while, and nothing else of it.
    pub(crate) fn leave(&mut self, spot: Spot, now: Instant) {
        if self.take(spot).is_some() {
            self.away.keep(spot.order, now, self.len_max);
        }
    }

    /// All have so much more time, those who wait and those whose place is kept.
    pub(crate) fn wait_longer(&mut self, time: Duration) {
        self.each().for_each(|(_, waiting)| waiting.since += time);
        self.away.until.values_mut().for_each(|until| *until += time);
        self.away.order.iter_mut().for_each(|(until, _)| *until += time);
    }

    /// Whether somebody waits for whom there is room.
    pub(crate) fn has_next(&self, room: Room) -> bool {
        self.heads(room).next().is_some()
    }

    /// The one whose turn it is.
    pub(crate) fn next(&mut self, room: Room) -> Option<(Spot, Waiting)> {
        self.turns += 1;
        let spot = if self.turns.is_multiple_of(Self::OLDEST_EVERY) {
            self.heads(room).min_by_key(|spot| spot.order)?
        } else {
            self.heads(room).min()?
        };
        let lane = self.lane_mut(spot);
        lane.reached = spot.order.max(lane.reached);
        Some((spot, self.take(spot)?))
    }

    /// All that wait, in the order of classes and of their coming.
    pub(crate) fn each(&mut self) -> impl Iterator<Item = (Spot, &mut Waiting)> {
        Class::ALL.into_iter().zip(&mut self.lanes).flat_map(|(class, lanes)| {
            let mut lanes = lanes.each_mut().map(|lane| lane.waiting.iter_mut().peekable());
            std::iter::from_fn(move || {
                let heads = Needs::ALL.into_iter().zip(&mut lanes);
                let heads = heads.filter_map(|(needs, lane)| Some((*lane.peek()?.0, needs, lane)));
                let (order, needs, lane) = heads.min_by_key(|(order, ..)| *order)?;
                Some((Spot { class, order, needs }, lane.next()?.1))
            })
        })
    }

    /// The first of each lane for which there is room.
    fn heads(&self, room: Room) -> impl Iterator<Item = Spot> {
        let has_room = move |spot: &Spot| {
            let may_try = room.claim && spot.needs == Needs::ClaimedHash;
            (room.session || !spot.class.takes_room() || may_try)
                && (room.hash || spot.needs == Needs::Nothing)
        };
        self.spots(|lane| lane.waiting.first_key_value()).filter(has_room)
    }

    /// One of each lane that is not empty.
    fn spots(&self, one: impl Fn(&Lane) -> Option<(&Order, &Waiting)> + Copy) -> impl Iterator<Item = Spot> {
        Class::ALL.into_iter().zip(&self.lanes).flat_map(move |(class, lanes)| {
            Needs::ALL.into_iter().zip(lanes).filter_map(move |(needs, lane)| {
                one(lane).map(|(order, _)| Spot { class, order: *order, needs })
            })
        })
    }

    fn lane(&self, spot: Spot) -> &Lane {
        &self.lanes[spot.class as usize][spot.needs as usize]
    }

    fn lane_mut(&mut self, spot: Spot) -> &mut Lane {
        &mut self.lanes[spot.class as usize][spot.needs as usize]
    }
}

/// Places without a connection.
#[derive(Debug, Default)]
struct Away {
    until: FxHashMap<Order, Instant>,
    order: VecDeque<(Instant, Order)>,
    /// Of those that an earlier game gave, the ones that were taken back here.
    earlier: FxHashSet<Order>,
}

impl Away {
    /// Places of an earlier game that are taken back at most: more than could have waited there.
    const EARLIER_MAX: usize = 65_536;

    fn keep(&mut self, order: Order, now: Instant, len_max: usize) {
        self.forget(now);
        if len_max <= self.order.len()
            && let Some((until, oldest)) = self.order.pop_front()
            && self.until.get(&oldest) == Some(&until)
        {
            self.until.remove(&oldest);
        }
        let until = now + Queue::KEPT;
        self.until.insert(order, until);
        self.order.push_back((until, order));
    }

    fn take(&mut self, order: Order) -> bool {
        self.until.remove(&order).is_some()
    }

    /// Once: whoever is away again is among those of this game.
    fn take_earlier(&mut self, order: Order) -> bool {
        self.earlier.len() < Self::EARLIER_MAX && self.earlier.insert(order)
    }

    fn forget(&mut self, now: Instant) {
        while let Some((until, order)) = self.order.pop_front_if(|(until, _)| *until <= now) {
            // Of one that went again since, the later time holds.
            if self.until.get(&order) == Some(&until) {
                self.until.remove(&order);
            }
        }
    }
}

/// Logins of one millisecond that are told apart; more than that take later ones.
const WITHIN_MS_BITS: u32 = 20;
