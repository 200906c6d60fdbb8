//! Where the players of a run have been, as each of them said itself: against it every move that somebody sees
//! is judged and timed. Knows no cell and no server.

use std::{collections::VecDeque, time::Instant};

use rustc_hash::FxHashMap;

use crate::logic::world::Finding;

/// A point of the map, millimeters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// To the east.
    pub x_mm: i32,
    /// To the north.
    pub y_mm: i32,
}

impl Point {
    /// How far it is to another, squared: square millimeters.
    #[must_use]
    pub fn square(self, other: Self) -> i64 {
        let apart = |a: i32, b: i32| i64::from(a) - i64::from(b);
        let (dx, dy) = (apart(self.x_mm, other.x_mm), apart(self.y_mm, other.y_mm));
        dx.saturating_mul(dx).saturating_add(dy.saturating_mul(dy))
    }

    /// Whether it is at most so far to another.
    #[must_use]
    pub fn is_within(self, other: Self, mm: i64) -> bool {
        self.square(other) <= mm.saturating_mul(mm)
    }
}

/// All avatars of a run.
#[derive(Debug, Default)]
pub struct Atlas {
    walkers: FxHashMap<u32, Walker>,
}

#[derive(Debug, Default)]
struct Walker {
    /// Moves that it sent, with the moment at which each was meant to leave; the newest last.
    sent: VecDeque<(Point, Instant)>,
    /// Where it last saw itself.
    at: Point,
    /// Where it is to be seen is certain: no connection of it has died.
    is_certain: bool,
    /// Where staff has put it.
    put: Option<Point>,
    /// Somebody saw it where it never said that it goes: perhaps staff has put it there, which it learns after others.
    doubt: Option<Point>,
}

impl Atlas {
    /// A player has entered with this avatar.
    pub fn enter(&mut self, avatar: u32, at: Point, is_certain: bool) {
        self.walkers.insert(avatar, Walker { at, is_certain, ..Walker::default() });
    }

    /// It sends a move that is meant to leave at `due`.
    pub fn sent(&mut self, avatar: u32, to: Point, due: Instant) {
        if let Some(walker) = self.walkers.get_mut(&avatar) {
            if walker.sent.len() == SENT_MAX {
                walker.sent.pop_front();
            }
            walker.sent.push_back((to, due));
        }
    }

    /// It sees itself there.
    pub fn is_at(&mut self, avatar: u32, at: Point) {
        if let Some(walker) = self.walkers.get_mut(&avatar) {
            walker.at = at;
        }
    }

    /// Staff has put it there, as it hears.
    pub fn is_put(&mut self, avatar: u32, at: Point) {
        if let Some(walker) = self.walkers.get_mut(&avatar) {
            (walker.at, walker.put) = (at, Some(at));
            walker.doubt = walker.doubt.filter(|doubt| *doubt != at);
        }
    }

    /// Its connection died: what of its moves the server had heard nobody knows.
    pub fn lose(&mut self, avatar: u32) {
        if let Some(walker) = self.walkers.get_mut(&avatar) {
            walker.is_certain = false;
        }
    }

    /// It died: where it begins again it will learn after others.
    pub fn blur(&mut self, avatar: u32) {
        self.lose(avatar);
    }

    /// Where it last saw itself, if that is certain.
    #[must_use]
    pub fn at(&self, avatar: u32) -> Option<Point> {
        self.walkers.get(&avatar).filter(|walker| walker.is_certain).map(|walker| walker.at)
    }

    /// Somebody sees it move there: when that was meant to leave. Nothing for an avatar of somebody else. The first place to
    /// which it never said that it goes is kept in doubt, see [`Self::doubt`].
    ///
    /// # Errors
    /// A [`Finding`]: it never said that it goes there.
    pub fn seen(&mut self, avatar: u32, at: Point) -> Result<Option<Instant>, Finding> {
        let Some(walker) = self.walkers.get_mut(&avatar) else { return Ok(None) };
        match walker.sent.iter().rev().find(|(to, _)| *to == at) {
            Some((_, due)) => Ok(Some(*due)),
            // What it sent on a connection that died is forgotten, and where one begins again is not its choice.
            None if !walker.is_certain || walker.put == Some(at) => Ok(None),
            None if walker.doubt.is_none_or(|doubt| doubt == at) => {
                walker.doubt = Some(at);
                Ok(None)
            }
            None => Err(invented(avatar, at)),
        }
    }

    /// All stand still, and nobody has said why it was seen there.
    #[must_use]
    pub fn doubt(&self, avatar: u32) -> Option<Finding> {
        let walker = self.walkers.get(&avatar).filter(|walker| walker.is_certain)?;
        walker.doubt.map(|at| invented(avatar, at))
    }

    /// Where each avatar of the run is for certain.
    pub fn certain(&self) -> impl Iterator<Item = (u32, Point)> {
        self.walkers
            .iter()
            .filter(|(_, walker)| walker.is_certain)
            .map(|(avatar, walker)| (*avatar, walker.at))
    }
}

fn invented(avatar: u32, at: Point) -> Finding {
    Finding::new("move_invented", format!("avatar {avatar} at {at:?}"))
}

/// Moves kept of each: at ten a second, a dozen seconds.
const SENT_MAX: usize = 128;
