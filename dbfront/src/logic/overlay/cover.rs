//! Ranges of keys of which memory is known to hold every row: there, a row that is not in memory does not
//! exist. To forget a range costs a read, never the truth.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, ops::Bound};

use proto::{link::Value, tables::Table};

use crate::logic::row::RowKey;

/// Ranges that do not touch each other: each after one key (none: from the first) up to and with another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cover {
    ranges: BTreeMap<Option<RowKey>, Upto>,
    /// Where the next range to make room is looked for.
    hand: Option<RowKey>,
}

/// Where a range ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Upto {
    Key(RowKey),
    End,
}

impl Upto {
    fn of(key: Option<&RowKey>) -> Self {
        key.map_or(Self::End, |key| Self::Key(key.clone()))
    }

    fn key(&self) -> Option<&RowKey> {
        match self {
            Self::Key(key) => Some(key),
            Self::End => None,
        }
    }

    /// Whether a range that begins after this key overlaps or touches one that ends here.
    fn reaches(&self, after: Option<&RowKey>) -> bool {
        match self {
            Self::Key(key) => after.is_none_or(|after| after <= key),
            Self::End => true,
        }
    }
}

impl Cover {
    pub(super) fn has(&self, key: &RowKey) -> bool {
        self.range_of(key).is_some()
    }

    /// The range that holds a key.
    fn range_of(&self, key: &RowKey) -> Option<(&Option<RowKey>, &Upto)> {
        let before = (Bound::Unbounded, Bound::Excluded(Some(key.clone())));
        let (after, upto) = self.ranges.range::<Option<RowKey>, _>(before).next_back()?;
        upto.key().is_none_or(|upto| key <= upto).then_some((after, upto))
    }

    /// Up to where rows after this key are all in memory; `Some(None)`: up to the end.
    pub(super) fn from(&self, after: Option<&RowKey>) -> Option<Option<&RowKey>> {
        let (_, upto) = self.ranges.range(..=after.cloned()).next_back()?;
        match (upto.key(), after) {
            (Some(upto), Some(after)) if upto <= after => None,
            (upto, _) => Some(upto),
        }
    }

    /// Every row after one key up to another (none: the end) is in memory now.
    pub(super) fn extend(&mut self, after: Option<&RowKey>, upto: Option<&RowKey>) {
        let mut first = after.cloned();
        let mut last = Upto::of(upto);
        if last.key().is_some_and(|last| after.is_some_and(|after| last <= after)) {
            return;
        }
        let below = self.ranges.range(..=first.clone()).next_back();
        if let Some((below_first, below_last)) = below
            && below_last.reaches(after)
        {
            last = last.max(below_last.clone());
            first.clone_from(below_first);
        }
        while let Some((joined, joined_last)) = self.ranges.range(first.clone()..).next() {
            if !last.reaches(joined.as_ref()) {
                break;
            }
            let joined = joined.clone();
            last = last.max(joined_last.clone());
            self.ranges.remove(&joined);
        }
        while RANGES_MAX <= self.ranges.len() {
            self.make_room();
        }
        self.ranges.insert(first, last);
    }

    /// A row after one key and up to another may be missing now.
    pub(super) fn cut(&mut self, after: &RowKey, upto: &RowKey) {
        while let Some((first, last)) = self
            .ranges
            .range(..Some(upto.clone()))
            .next_back()
            .filter(|(_, last)| last.key().is_none_or(|last| after < last))
            .map(|(first, last)| (first.clone(), last.clone()))
        {
            self.ranges.remove(&first);
            if Upto::Key(upto.clone()) < last {
                self.ranges.insert(Some(upto.clone()), last);
            }
            if first.as_ref().is_none_or(|first| first < after) {
                self.ranges.insert(first, Upto::Key(after.clone()));
                break;
            }
        }
        while RANGES_MAX < self.ranges.len() {
            self.make_room();
        }
    }

    /// A row is missing now.
    pub(super) fn lost(&mut self, table: Table, key: &RowKey, row: Option<&[Value]>) {
        match row.filter(|_| 1 < table.def().key_columns) {
            // It leaves the others of its owner behind, who is read as a whole; other owners' rows stay known.
            Some(row) => {
                let (after, upto) = RowKey::range_of(&row[..1]);
                self.cut(&after, &upto);
            }
            None => self.forget(key),
        }
    }

    /// This row is missing now; nothing else of what was known of its neighborhood is kept.
    pub(super) fn forget(&mut self, key: &RowKey) {
        if let Some(first) = self.range_of(key).map(|(first, _)| first.clone()) {
            self.ranges.remove(&first);
        }
    }

    /// Any row may be missing now.
    pub(super) fn clear(&mut self) {
        self.ranges.clear();
    }

    /// All ranges: after which key, up to which.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (Option<&RowKey>, Option<&RowKey>)> {
        self.ranges.iter().map(|(after, upto)| (after.as_ref(), upto.key()))
    }

    /// Everything of another is in memory, too.
    pub(super) fn join(&mut self, other: &Self) {
        for (after, upto) in other.ranges() {
            self.extend(after, upto);
        }
    }

    fn make_room(&mut self) {
        let next = self.ranges.range(self.hand.clone()..).next();
        let Some(first) = next.or_else(|| self.ranges.first_key_value()).map(|(first, _)| first.clone())
        else {
            return;
        };
        self.ranges.remove(&first);
        self.hand = first;
    }
}

/// Ranges of one table; more are forgotten in turn.
const RANGES_MAX: usize = 16_384;
