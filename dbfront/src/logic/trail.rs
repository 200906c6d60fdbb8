//! Where gold or an item went: lines of a log in their order, each followed from whoever got it to whoever got it next.
//! What is followed are parcels: so much, of this line, at this holder. A line takes the parcels of its holder that came
//! first and makes new ones of them, so no more is ever found than was looked for, and a circle ends with the log. Knows
//! no database.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, VecDeque};

use proto::tables::Reason;

/// A line of the ledger or of the log of things.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// The record.
    pub lsn: u64,
    /// Which of its lines.
    pub n: u32,
    /// The item; 0: gold.
    pub item: u64,
    /// Of the item.
    pub kind: u32,
    /// The holder that it left; 0: it came into the world.
    pub from: u64,
    /// The holder that has it; 0: it left the world.
    pub to: u64,
    /// How much.
    pub amount: i64,
    /// A [`Reason`].
    pub reason: u32,
    /// Milliseconds since 1970.
    pub wall_ms: u64,
}

/// A line that moved some of what is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// It.
    pub line: Line,
    /// Position of the line that brought it, from 1; 0: the begin.
    pub parent: u32,
    /// From 1.
    pub depth: u32,
    /// So much of the line's amount is what is followed.
    pub traced: i64,
    /// So much of that is where this line left it.
    pub kept: i64,
    /// It was not followed from here on: too many steps.
    pub is_cut: bool,
}

/// How much is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Steps from the begin.
    pub depth_max: u32,
    /// Lines.
    pub found_max: usize,
}

/// See the module.
#[derive(Debug)]
pub struct Trail {
    bounds: Bounds,
    /// What begins here has no end: whatever leaves it is followed.
    endless: Option<u64>,
    is_goods: bool,
    /// By who has it: of gold the holder, of things the item.
    parcels: HashMap<u64, VecDeque<Parcel>>,
    /// What became another item's within the record, until its other line comes.
    arranged: Vec<(Line, Parcel)>,
    found: Vec<Found>,
    is_full: bool,
}

#[derive(Clone, Copy, Debug)]
struct Parcel {
    parent: u32,
    depth: u32,
    left: i64,
}

impl Trail {
    /// Gold of a holder: this sum, or all that leaves it.
    #[must_use]
    pub fn of_gold(holder: u64, sum: Option<i64>, bounds: Bounds) -> Self {
        let mut trail = Self::new(bounds, false);
        match sum {
            Some(left) => trail.add(holder, Parcel { parent: 0, depth: 0, left }),
            None => trail.endless = Some(holder),
        }
        trail
    }

    /// An item, and whatever is split from it.
    #[must_use]
    pub fn of_item(item: u64, bounds: Bounds) -> Self {
        Self { endless: Some(item), ..Self::new(bounds, true) }
    }

    fn new(bounds: Bounds, is_goods: bool) -> Self {
        Self {
            bounds,
            endless: None,
            is_goods,
            parcels: HashMap::new(),
            arranged: Vec::new(),
            found: Vec::new(),
            is_full: false,
        }
    }

    /// There is no room for further lines.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Sees the next line.
    pub fn see(&mut self, line: &Line) {
        if line.amount <= 0 || self.is_full {
            return;
        }
        self.arranged.retain(|(other, _)| other.lsn == line.lsn);
        if self.is_goods && line.reason == Reason::Arranged as u32 {
            return self.see_arranged(line);
        }
        let key = if self.is_goods { line.item } else { line.from };
        if line.from == 0 && !self.is_goods {
            return;
        }
        for parcel in self.draw(key, line.amount) {
            self.put(line, parcel);
        }
    }

    /// Two lines that cancel: a part of an item becomes another's.
    fn see_arranged(&mut self, line: &Line) {
        if line.to == 0 {
            let parts = self.draw(line.item, line.amount);
            self.arranged.extend(parts.into_iter().map(|parcel| (*line, parcel)));
            return;
        }
        let mut open = line.amount;
        let is_its = |other: &Line| other.kind == line.kind && other.from == line.to;
        let mut parts = Vec::new();
        for (_, parcel) in self.arranged.iter_mut().filter(|(other, _)| is_its(other)) {
            let part = parcel.left.min(open);
            parcel.left -= part;
            open -= part;
            parts.push(Parcel { left: part, ..*parcel });
        }
        for part in parts.into_iter().filter(|part| 0 < part.left) {
            self.put(line, part);
        }
    }

    /// What is followed of so much that leaves, as the parcels that it was.
    fn draw(&mut self, key: u64, amount: i64) -> Vec<Parcel> {
        let begin = Parcel { parent: 0, depth: 0, left: amount };
        // Gold that came back is with gold that is followed anyway.
        if self.endless == Some(key) && !self.is_goods {
            return vec![begin];
        }
        let (mut open, mut drawn) = (amount, Vec::new());
        let mut parcels = self.parcels.remove(&key).unwrap_or_default();
        while let Some(first) = parcels.front_mut().filter(|_| 0 < open) {
            let part = first.left.min(open);
            first.left -= part;
            open -= part;
            drawn.push(Parcel { left: part, ..*first });
            if let Some(found) = self.came_with(first.parent) {
                found.kept -= part;
            }
            if first.left == 0 {
                parcels.pop_front();
            }
        }
        if !parcels.is_empty() {
            self.parcels.insert(key, parcels);
        }
        if self.endless == Some(key) && 0 < open {
            drawn.push(Parcel { left: open, ..begin });
        }
        drawn
    }

    /// A line that moved this part.
    fn put(&mut self, line: &Line, part: Parcel) {
        if self.bounds.found_max <= self.found.len() {
            self.is_full = true;
            return;
        }
        let depth = part.depth + 1;
        let is_there = line.to != 0;
        let is_cut = is_there && self.bounds.depth_max <= depth;
        let kept = if is_there { part.left } else { 0 };
        let found = Found { line: *line, parent: part.parent, depth, traced: part.left, kept, is_cut };
        self.found.push(found);
        if is_there && !is_cut {
            let parent = u32::try_from(self.found.len()).unwrap_or(u32::MAX);
            let key = if self.is_goods { line.item } else { line.to };
            self.add(key, Parcel { parent, depth, left: part.left });
        }
    }

    fn add(&mut self, key: u64, parcel: Parcel) {
        self.parcels.entry(key).or_default().push_back(parcel);
    }

    fn came_with(&mut self, number: u32) -> Option<&mut Found> {
        self.found.get_mut(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// Whoever has some of the gold that is followed: lines by which others give change nothing.
    #[must_use]
    pub fn givers(&self) -> BTreeSet<u64> {
        self.parcels.keys().copied().chain(self.endless).collect()
    }

    /// Whether lines of this item are wanted.
    #[must_use]
    pub fn follows(&self, item: u64) -> bool {
        self.endless == Some(item) || self.parcels.contains_key(&item)
    }

    /// In the order of the log.
    #[must_use]
    pub fn into_found(self) -> Vec<Found> {
        self.found
    }
}

/// What a holder is, as far as a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A character or an account: what its log is about.
    Person,
    /// A letter.
    Letter,
    /// A match.
    Match,
}

/// Holders of a line: who gave, who got.
#[must_use]
pub fn holders(line: &Line) -> [(u64, What); 2] {
    let is = |reasons: &[Reason]| reasons.iter().any(|reason| *reason as u32 == line.reason);
    let from = if is(&[Reason::MailTake]) {
        What::Letter
    } else if is(&[Reason::RoomRefund, Reason::RoomSettle, Reason::RoomFee]) {
        What::Match
    } else {
        What::Person
    };
    let to = if is(&[Reason::MailSend]) {
        What::Letter
    } else if is(&[Reason::RoomStake]) {
        What::Match
    } else {
        What::Person
    };
    [(line.from, from), (line.to, to)]
}
