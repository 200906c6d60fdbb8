//! Which rooms are open, in the orders in which they are looked for, and which numbers are free. Knows no room from
//! inside.

use std::collections::{BTreeMap, BTreeSet};

use proto::ids::RoomId;

/// See the module. Kinds are indices into the registry.
#[derive(Debug, Default)]
pub(super) struct Index {
    all: BTreeSet<RoomId>,
    of_kind: BTreeSet<(usize, RoomId)>,
    numbers: BTreeSet<(usize, u32)>,
    given: BTreeMap<usize, Given>,
}

/// Numbers that rooms of a kind were given because they were the lowest.
#[derive(Debug)]
struct Given {
    /// All above 0 and below this have been taken once.
    next: u32,
    /// Of those, some that were given back since: no more than were ever taken at a time.
    back: BTreeSet<u32>,
}

impl Default for Given {
    fn default() -> Self {
        Self { next: 1, back: BTreeSet::new() }
    }
}

impl Index {
    /// A room opens.
    pub(super) fn opened(&mut self, kind: usize, number: u32, id: RoomId) {
        self.all.insert(id);
        self.of_kind.insert((kind, id));
        self.numbers.insert((kind, number));
    }

    /// A room closes; nothing for a number that another one has.
    pub(super) fn closed(&mut self, kind: usize, number: Option<u32>, id: RoomId) {
        self.all.remove(&id);
        self.of_kind.remove(&(kind, id));
        let Some(number) = number else { return };
        self.numbers.remove(&(kind, number));
        let given = self.given.entry(kind).or_default();
        if (1..given.next).contains(&number) {
            given.back.insert(number);
        }
    }

    /// The rooms behind this one, of this kind or of all, by id.
    pub(super) fn after(&self, kind: Option<usize>, after: RoomId) -> Box<dyn Iterator<Item = RoomId> + '_> {
        let first = RoomId(after.0.saturating_add(1));
        if after.0 == u64::MAX {
            return Box::new(std::iter::empty());
        }
        match kind {
            None => Box::new(self.all.range(first..).copied()),
            Some(kind) => {
                let of_kind = self.of_kind.range((kind, first)..);
                Box::new(of_kind.take_while(move |(other, _)| *other == kind).map(|(_, id)| *id))
            }
        }
    }

    /// The rooms before this one, of this kind or of all, the last one first; 0: from the end.
    pub(super) fn before(
        &self,
        kind: Option<usize>,
        before: RoomId,
    ) -> Box<dyn Iterator<Item = RoomId> + '_> {
        let end = if before.0 == 0 { RoomId(u64::MAX) } else { RoomId(before.0 - 1) };
        match kind {
            None => Box::new(self.all.range(..=end).rev().copied()),
            Some(kind) => {
                let of_kind = self.of_kind.range((kind, RoomId(0))..=(kind, end));
                Box::new(of_kind.rev().map(|(_, id)| *id))
            }
        }
    }

    /// How many of a kind there are.
    pub(super) fn count(&self, kind: usize) -> usize {
        self.of_kind.range((kind, RoomId(0))..=(kind, RoomId(u64::MAX))).count()
    }

    /// The lowest number above 0 that no open room of this kind has.
    pub(super) fn lowest_free(&mut self, kind: usize) -> u32 {
        let given = self.given.entry(kind).or_default();
        while let Some(number) = given.back.first().copied() {
            if !self.numbers.contains(&(kind, number)) {
                return number;
            }
            // Somebody asked for it by name.
            given.back.pop_first();
        }
        while self.numbers.contains(&(kind, given.next)) {
            given.next += 1;
        }
        given.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(index: &Index, kind: Option<usize>, after: u64) -> Vec<u64> {
        index.after(kind, RoomId(after)).map(|id| id.0).collect()
    }

    #[test]
    fn rooms_are_found_by_id_of_all_kinds_or_of_one() {
        let mut index = Index::default();
        for (kind, number, id) in [(1, 1, 30), (0, 1, 10), (1, 2, 20), (2, 1, u64::MAX)] {
            index.opened(kind, number, RoomId(id));
        }
        assert_eq!(page(&index, None, 0), [10, 20, 30, u64::MAX]);
        assert_eq!(page(&index, None, 20), [30, u64::MAX]);
        assert_eq!(page(&index, Some(1), 0), [20, 30]);
        assert_eq!(page(&index, Some(1), 20), [30]);
        assert_eq!((page(&index, Some(1), 30), page(&index, None, u64::MAX)), (vec![], vec![]));
        let back = |kind: Option<usize>, before: u64| -> Vec<u64> {
            index.before(kind, RoomId(before)).map(|id| id.0).collect()
        };
        assert_eq!((back(None, 0), back(None, 20)), (vec![u64::MAX, 30, 20, 10], vec![10]));
        assert_eq!(
            (back(Some(1), 0), back(Some(1), 30), back(Some(1), 20)),
            (vec![30, 20], vec![20], vec![])
        );
        assert_eq!((index.count(1), index.count(7)), (2, 0));
        index.closed(1, Some(2), RoomId(20));
        assert_eq!((page(&index, Some(1), 0), page(&index, None, 0)), (vec![30], vec![10, 30, u64::MAX]));
    }

    #[test]
    fn the_number_that_is_given_is_always_the_lowest_that_is_free() {
        let mut index = Index::default();
        let mut open = BTreeSet::new();
        // Now by name, now by the lowest, now closed: by a walk that visits many states.
        let mut state = 1_u64;
        for step in 0..20_000_u64 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let drawn = u32::try_from(state >> 40).unwrap();
            let lowest = (1..).find(|number| !open.contains(number)).unwrap();
            assert_eq!(index.lowest_free(3), lowest, "step {step}");
            let number = if drawn % 3 == 0 { lowest } else { drawn / 3 % 40 };
            let id = RoomId(u64::from(number) + 1);
            if open.insert(number) {
                index.opened(3, number, id);
            } else {
                open.remove(&number);
                index.closed(3, Some(number), id);
            }
            assert!(index.given[&3].back.len() <= 41);
        }
        assert_eq!(index.lowest_free(4), 1, "another kind has its own");
    }
}
