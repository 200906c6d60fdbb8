//! One player's walk: where it goes next, and what it knows of those around it, by the rules of the protocol.
//! Says what it saw that must not be. Knows no packets around it and no server.

#[cfg(test)]
pub(in crate::logic) mod tests;

use std::time::{Duration, Instant};

use proto::client::{CellState, MapFacts, Move, MoveRefused};
use rand_core::Rng;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::logic::{
    atlas::{Atlas, Point},
    stats::{Deed, Ending, Stats},
    world::Finding,
};

/// On the map, or not yet.
#[derive(Debug, Default)]
pub struct Walk {
    facts: Option<MapFacts>,
    /// Cells that came before the answer to entering.
    early: Vec<CellState>,
    /// The own avatar's cell, around which nine are heard.
    home: Option<u32>,
    /// Cells outside of those nine whose snapshot came: the own avatar is about to be seen among them.
    ahead: Vec<u32>,
    /// One of those so far away that only staff can have put it there, as it is about to hear.
    beyond: Option<u32>,
    /// Who is where.
    known: FxHashMap<u32, (u32, Point)>,
    /// Living monsters among them.
    monsters: FxHashSet<u32>,
    /// The one that it goes for.
    prey: Option<u32>,
    /// It lies where it fell.
    is_dead: bool,
    /// Where the next move begins.
    at: Point,
    seq: u32,
    /// To where it goes on, in parts of the length of a step.
    heading: (i32, i32),
    /// Moves of this walk until the next turn.
    until_turn: u32,
    /// Steps may have died with a connection.
    astray: Astray,
    /// Here, or here again, since: steps that were meant to be made before are not made up for, or it would run.
    begins: Option<Instant>,
    /// When the oldest step was meant to leave that it has not seen itself take.
    unseen_since: Option<Instant>,
    /// Staff has put it somewhere else: what was on its way then was too far.
    is_elsewhere: bool,
}

/// What the server knows of the last steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Astray {
    /// All of them, or it is about to.
    #[default]
    No,
    /// Maybe not all: where it stands has to be said again.
    Unsaid,
    /// It was said, and may be too far from where the server saw it last.
    Said,
}

/// A monster to be fought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prey {
    /// This avatar is within reach.
    Near(u32),
    /// The next steps go there.
    Ahead,
}

impl Walk {
    /// A connection died: nothing is heard any more.
    pub fn lose(&mut self, atlas: &mut Atlas) {
        if let Some(facts) = self.facts.take() {
            atlas.lose(facts.avatar);
        }
        *self = Self::default();
    }

    /// The server answered. `again`: on an earlier connection it has walked before.
    pub fn enter(&mut self, facts: MapFacts, again: bool, atlas: &mut Atlas) -> Vec<CellState> {
        let at = Point { x_mm: facts.x_mm, y_mm: facts.y_mm };
        atlas.enter(facts.avatar, at, !again);
        self.at = at;
        self.unseen_since = None;
        self.facts = Some(facts);
        std::mem::take(&mut self.early)
    }

    /// It goes on over another connection: steps may have died with the one before.
    pub fn resumed(&mut self) {
        if self.facts.is_some() {
            self.astray = Astray::Unsaid;
            self.unseen_since = None;
        }
    }

    /// The own avatar, once it has entered.
    #[must_use]
    pub fn avatar(&self) -> Option<u32> {
        self.facts.as_ref().map(|facts| facts.avatar)
    }

    /// The nearest living monster that is worth the way.
    pub fn prey(&mut self) -> Option<Prey> {
        let far = |avatar: &u32| {
            let (_, at) = *self.known.get(avatar)?;
            Some((self.at.square(at), *avatar))
        };
        let (square, avatar) = self.monsters.iter().filter_map(far).min()?;
        self.prey = (!self.is_dead && square <= HUNT_MM * HUNT_MM).then_some(avatar);
        self.prey.map(|avatar| if square <= REACH_MM * REACH_MM { Prey::Near(avatar) } else { Prey::Ahead })
    }

    /// The own character died.
    pub fn die(&mut self) {
        self.is_dead = true;
        self.prey = None;
    }

    /// It begins again there.
    pub fn rise(&mut self, at: Point) {
        self.is_dead = false;
        self.at = at;
        self.until_turn = 0;
    }

    /// Whether somebody who stands there may be heard: both may be a tenth outside of their cells, and have moved since.
    #[must_use]
    pub fn may_hear(&self, at: Point) -> bool {
        let Some(facts) = &self.facts else { return true };
        let most = i64::from(facts.cell_mm) * 22 / 10 + MOVED_MM;
        let is_near = |a: i32, b: i32| (i64::from(a) - i64::from(b)).abs() <= most;
        // What was said where it was before staff moved it comes after.
        self.is_dead
            || self.is_elsewhere
            || (is_near(at.x_mm, self.at.x_mm) && is_near(at.y_mm, self.at.y_mm))
    }

    /// The last move has come back.
    #[must_use]
    pub fn is_told(&self) -> bool {
        let Some(avatar) = self.avatar() else { return true };
        self.is_dead || self.known.get(&avatar).is_some_and(|(_, at)| *at == self.at)
    }

    /// From now on it walks.
    pub fn begin(&mut self, now: Instant) {
        self.begins = Some(now);
    }

    /// Whether a step that was meant to leave at `due` is one of this walk.
    #[must_use]
    pub fn is_due(&self, due: Instant) -> bool {
        self.begins.is_none_or(|begins| begins <= due)
    }

    /// The last step was meant to leave at `due`.
    pub fn sent(&mut self, due: Instant) {
        self.unseen_since.get_or_insert(due);
    }

    /// The next step, at four fifths of the speed that the map allows; `period` since the one before.
    pub fn step(&mut self, period: Duration, rng: &mut impl Rng) -> Option<Move> {
        let facts = self.facts.as_ref().filter(|_| !self.is_dead)?;
        let period_ms = i64::try_from(period.as_millis()).unwrap_or(i64::MAX).clamp(1, PERIOD_MS_MAX);
        if self.astray == Astray::Unsaid {
            self.astray = Astray::Said;
            self.seq += 1;
            return Some(Move { seq: self.seq, x_mm: self.at.x_mm, y_mm: self.at.y_mm });
        }
        let length_mm = i64::from(facts.speed_mm_s) * period_ms * 4 / 5 / 1_000;
        let prey = self.prey.and_then(|prey| self.known.get(&prey)).map(|(_, at)| *at);
        if self.until_turn == 0 {
            self.heading = HEADINGS[rng.next_u32() as usize % HEADINGS.len()];
            self.until_turn = 5 + rng.next_u32() % 40;
        }
        self.until_turn -= 1;
        if let Some(at) = prey {
            return self.toward(at, length_mm);
        }
        let along = |part: i32| i32::try_from(length_mm * i64::from(part) / 5).unwrap_or(0);
        let edge = |mm: u32| i32::try_from(mm).unwrap_or(i32::MAX);
        let x_mm = (self.at.x_mm + along(self.heading.0)).clamp(0, edge(facts.width_mm));
        let y_mm = (self.at.y_mm + along(self.heading.1)).clamp(0, edge(facts.height_mm));
        let to = Point { x_mm, y_mm };
        if to == self.at {
            // At the border of the map.
            self.until_turn = 0;
        }
        self.at = to;
        self.seq += 1;
        Some(Move { seq: self.seq, x_mm, y_mm })
    }

    /// A step to whom it goes for; none if that is near enough.
    fn toward(&mut self, at: Point, length_mm: i64) -> Option<Move> {
        let far_mm = self.at.square(at).isqrt();
        if far_mm <= CLOSE_MM {
            return None;
        }
        let length_mm = length_mm.min(far_mm - CLOSE_MM);
        let part = |to: i32, from: i32| {
            let mm = (i64::from(to) - i64::from(from)) * length_mm / far_mm;
            from.saturating_add(i32::try_from(mm).unwrap_or(0))
        };
        self.at = Point { x_mm: part(at.x_mm, self.at.x_mm), y_mm: part(at.y_mm, self.at.y_mm) };
        self.seq += 1;
        Some(Move { seq: self.seq, x_mm: self.at.x_mm, y_mm: self.at.y_mm })
    }

    /// A move did not happen. A wall is a reason to turn; nothing else is, unless steps were held up for longer than a
    /// map bears.
    ///
    /// # Errors
    /// A [`Finding`]: this player keeps to the speed and to the map.
    pub fn refused(&mut self, refused: &MoveRefused, now: Instant, atlas: &mut Atlas) -> Result<(), Finding> {
        let MoveRefused { seq, x_mm, y_mm, reason } = refused;
        self.at = Point { x_mm: *x_mm, y_mm: *y_mm };
        self.until_turn = 0;
        self.prey = None;
        if let Some(avatar) = self.avatar() {
            atlas.is_at(avatar, self.at);
        }
        match reason.as_str() {
            // The dead do not move; what was on its way then is told so.
            "move_into_wall" | "character_dead" => Ok(()),
            // It goes on from where the server saw it last.
            "moved_by_staff" => {
                self.is_elsewhere = true;
                if let Some(avatar) = self.avatar() {
                    atlas.is_put(avatar, self.at);
                }
                Ok(())
            }
            "move_too_fast" if self.astray != Astray::No || self.is_elsewhere => Ok(()),
            "move_too_fast"
                if self.unseen_since.is_some_and(|since| HELD_UP <= now.duration_since(since)) =>
            {
                Ok(())
            }
            _ => Err(Finding::new("move_refused", format!("move {seq}: {reason}"))),
        }
    }

    /// News or a snapshot of a cell; what is wrong with it goes to `found`.
    pub fn hear(
        &mut self,
        state: CellState,
        now: Instant,
        atlas: &mut Atlas,
        stats: &mut Stats,
        found: &mut Vec<Finding>,
    ) {
        let Some(facts) = self.facts else {
            if self.early.len() < EARLY_MAX {
                self.early.push(state);
            }
            return;
        };
        let cell = state.cell;
        if let Some(home) = self.home.filter(|home| !near(&facts, *home, cell)) {
            if state.whole {
                if !within(&facts, home, cell, 2) {
                    self.beyond = Some(cell);
                }
                if !self.ahead.contains(&cell) {
                    self.ahead.push(cell);
                }
            } else if !self.ahead.contains(&cell) {
                found.push(Finding::new("seen_beyond_view", format!("cell {cell} from cell {home}")));
            }
        }
        let column = i32::try_from(cell % facts.columns.max(1)).unwrap_or(0);
        let row = i32::try_from(cell / facts.columns.max(1)).unwrap_or(0);
        let edge = i32::try_from(facts.cell_mm).unwrap_or(0);
        let point = |x: i32, y: i32| Point { x_mm: column * edge + x, y_mm: row * edge + y };
        if state.whole {
            self.known.retain(|_, (known, _)| *known != cell);
        }
        for seen in &state.appeared {
            let at = point(seen.x_mm, seen.y_mm);
            self.known.insert(seen.avatar, (cell, at));
            if seen.monster == 0 || seen.life == 0 {
                self.monsters.remove(&seen.avatar);
            } else {
                self.monsters.insert(seen.avatar);
            }
            self.see_myself(&facts, seen.avatar, cell, at, atlas);
        }
        for (avatar, to) in state.moved.iter().zip(state.moved_to.chunks_exact(2)) {
            let at = point(to[0], to[1]);
            if self.known.insert(*avatar, (cell, at)).is_none_or(|(before, _)| before != cell) {
                let detail = format!("avatar {avatar} moved in cell {cell}, where it had not appeared");
                found.push(Finding::new("move_unannounced", detail));
            }
            match atlas.seen(*avatar, at) {
                Ok(Some(due)) => {
                    let deed = if *avatar == facts.avatar { Deed::Move } else { Deed::Seen };
                    if deed == Deed::Move {
                        self.unseen_since = (at != self.at).then_some(due);
                    }
                    if deed == Deed::Seen {
                        stats.sent(deed);
                    }
                    stats.ended(deed, Ending::Ok, now.saturating_duration_since(due));
                }
                Ok(None) => {}
                Err(finding) => found.push(finding),
            }
            self.see_myself(&facts, *avatar, cell, at, atlas);
        }
        for (avatar, life) in state.hurt.iter().zip(&state.hurt_to) {
            if *life == 0 {
                self.monsters.remove(avatar);
            }
        }
        for avatar in &state.vanished {
            self.monsters.remove(avatar);
            if self.known.get(avatar).is_some_and(|(known, _)| *known == cell) {
                self.known.remove(avatar);
            }
        }
    }

    /// All stand still: whoever is near enough must be known, and exactly where it is.
    pub fn judge(&self, atlas: &Atlas, found: &mut Vec<Finding>) {
        let Some(facts) = &self.facts else { return };
        found.extend(atlas.doubt(facts.avatar));
        if let Some((cell, home)) = self.beyond.zip(self.home) {
            found.push(Finding::new("seen_beyond_view", format!("cell {cell} from cell {home}")));
        }
        let view_mm = i64::from(facts.view_mm);
        for (avatar, at) in atlas.certain() {
            match self.known.get(&avatar) {
                Some((_, known)) if *known != at => {
                    let detail = format!("avatar {avatar} is at {at:?}, and seen at {known:?}");
                    found.push(Finding::new("neighbor_elsewhere", detail));
                }
                Some(_) => {}
                None => {
                    if self.at.is_within(at, view_mm) {
                        let detail = format!("avatar {avatar} at {at:?}, seen from {:?}", self.at);
                        found.push(Finding::new("neighbor_missing", detail));
                    }
                }
            }
        }
    }

    fn see_myself(&mut self, facts: &MapFacts, avatar: u32, cell: u32, at: Point, atlas: &mut Atlas) {
        if avatar != facts.avatar {
            return;
        }
        atlas.is_at(avatar, at);
        if self.astray == Astray::Said && self.at == at {
            self.astray = Astray::No;
        }
        if self.home != Some(cell) {
            self.home = Some(cell);
            self.ahead.clear();
            self.beyond = None;
            self.known.retain(|_, (known, _)| near(facts, cell, *known));
        }
    }
}

/// Whether a cell is one of the nine.
fn near(facts: &MapFacts, home: u32, cell: u32) -> bool {
    within(facts, home, cell, 1)
}

fn within(facts: &MapFacts, home: u32, cell: u32, cells: u32) -> bool {
    let columns = facts.columns.max(1);
    (home % columns).abs_diff(cell % columns) <= cells && (home / columns).abs_diff(cell / columns) <= cells
}

/// Steps that come this late may be more at once than the map allows: docs/decisions/0016.
const HELD_UP: Duration = Duration::from_secs(2);
/// Parts of five, so that every step has the same length.
const HEADINGS: [(i32, i32); 12] = [
    (5, 0),
    (4, 3),
    (3, 4),
    (0, 5),
    (-3, 4),
    (-4, 3),
    (-5, 0),
    (-4, -3),
    (-3, -4),
    (0, -5),
    (3, -4),
    (4, -3),
];
/// From so far one goes for a monster.
const HUNT_MM: i64 = 25_000;
/// From so near one strikes; the server says 3 m.
const REACH_MM: i64 = 2_600;
/// And no nearer one goes.
const CLOSE_MM: i64 = 2_000;
/// In the time between a word and its hearing.
const MOVED_MM: i64 = 30_000;
/// What nine cells tell while the answer to its entry waits for a slow disk, which may be half a minute.
const EARLY_MAX: usize = 4_096;
const PERIOD_MS_MAX: i64 = 10_000;
