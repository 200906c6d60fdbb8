//! The way to the market: straight to the nearest shop, and along a wall that stands in between. Where shops stand is
//! known beforehand, as a player knows it who has the game's map. Knows no wares and no other player.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use proto::client::{MapFacts, Move, MoveRefused};

use crate::logic::{atlas::Point, world::Finding};

/// A shop on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShopPlace {
    /// Its number in the designers' table.
    pub number: u32,
    /// From the map's south-west corner.
    pub x_mm: i32,
    /// See `x_mm`.
    pub y_mm: i32,
}

impl ShopPlace {
    fn at(self) -> Point {
        Point { x_mm: self.x_mm, y_mm: self.y_mm }
    }
}

/// Where a character stands, and how it gets to a shop.
#[derive(Clone, Debug)]
pub struct Way {
    shops: Vec<ShopPlace>,
    at: Point,
    speed_mm_s: u32,
    seq: u32,
    heading: Heading,
    /// Not before this moment.
    next_at: Instant,
    known: Known,
    /// Steps may have died with a connection: where it stands may be too far from where the server saw it last.
    is_astray: bool,
    /// Where it stands has to be said again.
    is_unsaid: bool,
}

/// Whether the server has heard of the last step: a slow line brings it late, and the others must not count on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Yes,
    /// Nothing was asked since.
    No,
    /// An answer to what was asked since is awaited: what is sent on one connection is heard in order.
    Asked,
}

/// Where the next steps go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading {
    Straight,
    /// A wall stands there: only east or west for so many steps.
    AlongX(u32),
    /// Only north or south.
    AlongY(u32),
}

impl Way {
    /// From where the character has entered the map.
    #[must_use]
    pub fn new(facts: &MapFacts, shops: &[ShopPlace], now: Instant) -> Self {
        Self {
            shops: shops.to_vec(),
            at: Point { x_mm: facts.x_mm, y_mm: facts.y_mm },
            speed_mm_s: facts.speed_mm_s,
            seq: 0,
            heading: Heading::Straight,
            next_at: now,
            known: Known::Yes,
            is_astray: false,
            is_unsaid: false,
        }
    }

    /// It goes on over another connection. What the server had not proven to know, it is told again.
    pub fn resumed(&mut self) {
        if self.known != Known::Yes {
            (self.known, self.is_astray, self.is_unsaid) = (Known::No, true, true);
        }
    }

    /// A command leaves on the same connection.
    pub fn asks(&mut self) {
        if self.known == Known::No {
            self.known = Known::Asked;
        }
    }

    /// A command was executed or refused.
    pub fn answered(&mut self) {
        if self.known == Known::Asked {
            self.known = Known::Yes;
            self.is_astray = false;
        }
    }

    /// It stands at a shop, and nothing that the server said proves it.
    #[must_use]
    pub fn is_unproven(&self) -> bool {
        self.known != Known::Yes && self.is_there()
    }

    /// Whether the server knows that it stands at a shop.
    #[must_use]
    pub fn is_known_there(&self) -> bool {
        self.known == Known::Yes && self.is_there()
    }

    /// Where it stands.
    #[must_use]
    pub fn at(&self) -> Point {
        self.at
    }

    /// It stands there now, without having walked.
    pub fn put(&mut self, at: Point) {
        self.at = at;
        self.heading = Heading::Straight;
        self.known = Known::Yes;
    }

    /// Whether a shop is within reach, or there is none to go to.
    #[must_use]
    pub fn is_there(&self) -> bool {
        self.shops.is_empty() || self.near().next().is_some()
    }

    /// Shops within reach.
    pub fn near(&self) -> impl Iterator<Item = u32> {
        let is_near = |shop: &&ShopPlace| shop.at().is_within(self.at, NEAR_MM);
        self.shops.iter().filter(is_near).map(|shop| shop.number)
    }

    /// Shops that are certainly too far away.
    pub fn far(&self) -> impl Iterator<Item = u32> {
        let is_far = |shop: &&ShopPlace| !shop.at().is_within(self.at, FAR_MM);
        self.shops.iter().filter(is_far).map(|shop| shop.number)
    }

    /// When the next step is due, if there is one.
    #[must_use]
    pub fn wake_at(&self) -> Option<Instant> {
        (self.is_unsaid || !self.is_there()).then_some(self.next_at)
    }

    /// The next step, if it is due: at four fifths of the speed that the map allows.
    pub fn step(&mut self, now: Instant) -> Option<Move> {
        if now < self.next_at || (self.is_there() && !self.is_unsaid) {
            return None;
        }
        self.next_at = now + STEP;
        if std::mem::take(&mut self.is_unsaid) {
            self.seq += 1;
            self.known = Known::No;
            return Some(Move { seq: self.seq, x_mm: self.at.x_mm, y_mm: self.at.y_mm });
        }
        let goal = self.shops.iter().map(|shop| shop.at()).min_by_key(|shop| shop.square(self.at))?;
        let (dx, dy) = (i64::from(goal.x_mm - self.at.x_mm), i64::from(goal.y_mm - self.at.y_mm));
        let length =
            i64::from(self.speed_mm_s) * 4 / 5 * i64::try_from(STEP.as_millis()).unwrap_or(0) / 1_000;
        let (dx, dy) = match self.heading {
            Heading::Straight => {
                let whole = dx.unsigned_abs().max(dy.unsigned_abs()).max(1);
                let whole = i64::try_from(whole).unwrap_or(i64::MAX);
                // Both parts are shorter than the step where the way is not along an axis: a little slower, never
                // too fast.
                let (dx, dy) = (dx * length * 7 / whole / 10, dy * length * 7 / whole / 10);
                (dx, dy)
            }
            Heading::AlongX(left) => {
                self.heading = if left == 0 { Heading::Straight } else { Heading::AlongX(left - 1) };
                (dx.clamp(-length, length), 0)
            }
            Heading::AlongY(left) => {
                self.heading = if left == 0 { Heading::Straight } else { Heading::AlongY(left - 1) };
                (0, dy.clamp(-length, length))
            }
        };
        let moved = |from: i32, by: i64| from.saturating_add(i32::try_from(by).unwrap_or(0));
        self.at = Point { x_mm: moved(self.at.x_mm, dx), y_mm: moved(self.at.y_mm, dy) };
        self.seq += 1;
        self.known = Known::No;
        Some(Move { seq: self.seq, x_mm: self.at.x_mm, y_mm: self.at.y_mm })
    }

    /// A move did not happen: a wall is a reason to go along it.
    ///
    /// # Errors
    /// A [`Finding`]: this player keeps to the speed and to the map.
    pub fn refused(&mut self, refused: &MoveRefused) -> Result<(), Finding> {
        let MoveRefused { seq, x_mm, y_mm, reason } = refused;
        self.at = Point { x_mm: *x_mm, y_mm: *y_mm };
        // What was sent after it may be refused, too.
        self.known = Known::No;
        self.heading = match self.heading {
            Heading::Straight => Heading::AlongX(ALONG_STEPS),
            Heading::AlongX(_) => Heading::AlongY(ALONG_STEPS),
            Heading::AlongY(_) => Heading::Straight,
        };
        if reason == "moved_by_staff" {
            // What was on its way then was too far.
            self.is_astray = true;
            return Ok(());
        }
        if reason == "move_into_wall" || (self.is_astray && reason == "move_too_fast") {
            return Ok(());
        }
        Err(Finding::new("move_refused", format!("move {seq}: {reason}")))
    }
}

/// Who stands so near to a shop or to another deals with it; the server says 20 m.
pub const NEAR_MM: i64 = 19_000;
/// Who stands further away than this cannot.
pub const FAR_MM: i64 = 21_000;
const STEP: Duration = Duration::from_millis(100);
/// Before it tries to go straight on again.
const ALONG_STEPS: u32 = 30;
