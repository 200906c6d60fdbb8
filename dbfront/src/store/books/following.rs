//! Reads a log in its order for a [`Trail`], page by page, until it ends or nobody waits any more. Of gold that is the
//! whole ledger from the begin on, for it has no index by holder; the database is asked for no line by which nobody gives who
//! has any. Of things only the lines of the items that are followed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Books, Holder, Place, who};
use crate::{
    logic::trail::{Bounds, Found, Line, Trail},
    store::StoreError,
};

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Gold of an account, a letter or a match: this sum, or all that leaves it.
    Gold {
        /// Whose.
        holder: u64,
        /// How much.
        sum: Option<i64>,
    },
    /// An item.
    Item(u64),
}

/// Why there is no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The log ended.
    Whole,
    /// More lines than were asked for.
    Full,
    /// It took too long.
    Late,
}

impl Ended {
    /// Stable.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Full => "rows",
            Self::Late => "time",
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Lines in the order of the log.
    pub found: Vec<Found>,
    /// Everybody in them.
    pub holders: Vec<Holder>,
    /// Lines that were looked at; what the database passed over is not counted.
    pub looked: u64,
    /// The last record that was looked at.
    pub looked_to: u64,
    /// Why there is no more.
    pub ended: Ended,
}

/// Follows, from a record on. `goes_on` is asked after each page.
///
/// # Errors
/// See [`StoreError`].
pub fn follow(
    books: &mut dyn Books,
    wish: Wish,
    since: u64,
    bounds: Bounds,
    goes_on: &mut dyn FnMut() -> bool,
) -> Result<Followed, StoreError> {
    let mut course = Course { looked: 0, looked_to: since, ended: Ended::Whole };
    // Every line of the first record is after this.
    let after = (since.saturating_sub(1), u32::MAX);
    let trail = match wish {
        Wish::Gold { holder, sum } => {
            let mut trail = Trail::of_gold(holder, sum, bounds);
            course.along_ledger(books, &mut trail, after, goes_on)?;
            trail
        }
        Wish::Item(item) => {
            let mut trail = Trail::of_item(item, bounds);
            course.along_items(books, &mut trail, item, after, goes_on)?;
            trail
        }
    };
    if course.ended == Ended::Whole {
        course.looked_to = books.lsn().0;
    }
    let found = trail.into_found();
    let holders = who(books, found.iter().map(|found| &found.line))?;
    let Course { looked, looked_to, ended } = course;
    Ok(Followed { found, holders, looked, looked_to, ended })
}

struct Course {
    looked: u64,
    looked_to: u64,
    ended: Ended,
}

impl Course {
    fn along_ledger(
        &mut self,
        books: &mut dyn Books,
        trail: &mut Trail,
        mut after: Place,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<(), StoreError> {
        let end = books.lsn().0;
        // Where gold goes round, each line may make another giver: all lines are read until a page of them makes none.
        let (mut is_quiet, mut rows) = (false, PAGE_ROWS);
        loop {
            let givers = trail.givers();
            if givers.is_empty() {
                // All of it has left the world: no line can have any.
                return Ok(());
            }
            let to = if is_quiet { after.0.saturating_add(SPAN) } else { u64::MAX };
            let lines = if is_quiet {
                books.gold_lines_of(&givers, after, to.min(end), rows)?
            } else {
                books.gold_lines(after, rows)?
            };
            let is_full_page = lines.len() >= rows as usize;
            let mut is_another = false;
            for line in &lines {
                self.see(trail, line);
                if trail.is_full() {
                    self.ended = Ended::Full;
                    return Ok(());
                }
                after = (line.lsn, line.n);
                is_another |= !givers.contains(&line.to) && trail.follows(line.to);
                if is_another && is_quiet {
                    break;
                }
            }
            let is_broken_off = is_another && is_quiet;
            if !(is_full_page || is_broken_off) {
                if end <= to {
                    return Ok(());
                }
                after = (to, u32::MAX);
                self.looked_to = to;
            }
            rows = if is_broken_off { SOME_ROWS } else { PAGE_ROWS };
            is_quiet = !is_another;
            if !goes_on() {
                self.ended = Ended::Late;
                return Ok(());
            }
        }
    }

    /// Lines of all items that are followed, in one order: those of an item that appears are after where it appeared.
    fn along_items(
        &mut self,
        books: &mut dyn Books,
        trail: &mut Trail,
        item: u64,
        after: Place,
        goes_on: &mut dyn FnMut() -> bool,
    ) -> Result<(), StoreError> {
        let mut ahead: BTreeMap<Place, Line> = BTreeMap::new();
        // Where each item's page ends that was full.
        let mut further: BTreeMap<u64, Place> = BTreeMap::new();
        let mut known = BTreeSet::from([item]);
        let mut wanted = vec![(item, after)];
        loop {
            for (item, after) in wanted.drain(..) {
                let lines = books.item_lines(item, after, PAGE_ROWS)?;
                if let Some(last) = lines.last().filter(|_| lines.len() >= PAGE_ROWS as usize) {
                    further.insert(item, (last.lsn, last.n));
                }
                ahead.extend(lines.into_iter().map(|line| ((line.lsn, line.n), line)));
            }
            let Some((place, line)) = ahead.pop_first() else { return Ok(()) };
            if further.get(&line.item) == Some(&place) {
                further.remove(&line.item);
                wanted.push((line.item, place));
            }
            self.see(trail, &line);
            if line.reason == ARRANGED && line.to == 0 {
                for other in
                    books.arranged_lines(line.lsn)?.iter().filter(|other| place < (other.lsn, other.n))
                {
                    if other.to != 0 && other.kind == line.kind && !known.contains(&other.item) {
                        self.see(trail, other);
                        if trail.follows(other.item) {
                            known.insert(other.item);
                            wanted.push((other.item, (other.lsn, other.n)));
                        }
                    }
                }
            }
            if trail.is_full() {
                self.ended = Ended::Full;
                return Ok(());
            }
            if !goes_on() {
                self.ended = Ended::Late;
                return Ok(());
            }
        }
    }

    fn see(&mut self, trail: &mut Trail, line: &Line) {
        trail.see(line);
        self.looked += 1;
        self.looked_to = line.lsn;
    }
}

const ARRANGED: u32 = proto::tables::Reason::Arranged as u32;
const PAGE_ROWS: u32 = 4_096;
/// Those after one that made another giver.
const SOME_ROWS: u32 = 64;
/// Records whose lines the database looks through at a time: what it finds behind another giver it looks through again.
const SPAN: u64 = 1 << 14;
