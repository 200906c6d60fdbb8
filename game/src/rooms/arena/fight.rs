//! The fight: fighters, shots, and what a tick of 50 ms makes of them. Whole numbers only, in the order of
//! slots, so that it goes the same way each time. Knows nothing of members, gold or packets.
//!
//! A tick costs at most [`SHOTS_MAX`] × [`SHOT_LOOKS`] × 16 comparisons of places.

use proto::ids::AccountId;
use serde::{Deserialize, Serialize};

use super::{
    field::{self, UNIT, Vector},
    options::PLAYERS_MAX,
};

/// One who fights, or will.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fighter {
    pub(super) account: AccountId,
    pub(super) at: Vector,
    /// Thousandths of full speed, at most [`UNIT`] long.
    go: Vector,
    /// Never 0, each component at most [`UNIT`].
    pub(super) aim: Vector,
    fire: bool,
    /// From this tick on its weapon is.
    ready: u32,
    pub(super) life: Life,
    pub(super) kills: u32,
    pub(super) deaths: u32,
}

/// How a fighter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Life {
    /// 1 to [`HP_MAX`]; before the tick `safe` nothing hits it.
    Alive { hp: u32, safe: u32 },
    /// Until the tick.
    Dead(u32),
    /// For good.
    Left,
}

/// One on its way, as an array in what is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "ShotRow", into = "ShotRow")]
pub(super) struct Shot {
    pub(super) id: u32,
    /// Whose.
    pub(super) slot: u32,
    pub(super) at: Vector,
    /// In a tick.
    pub(super) step: Vector,
    /// It ends when this is over.
    ticks: u32,
}

type ShotRow = (u32, u32, Vector, Vector, u32);

impl From<ShotRow> for Shot {
    fn from((id, slot, at, step, ticks): ShotRow) -> Self {
        Self { id, slot, at, step, ticks }
    }
}

impl From<Shot> for ShotRow {
    fn from(Shot { id, slot, at, step, ticks }: Shot) -> Self {
        (id, slot, at, step, ticks)
    }
}

/// All that moves.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Fight {
    /// Since the match began; 0: it has not.
    pub(super) tick: u32,
    /// By slot: a slot is its fighter's as long as the room exists, once the match has begun.
    pub(super) fighters: Vec<Fighter>,
    /// At most [`SHOTS_MAX`], in the order in which they were fired.
    pub(super) shots: Vec<Shot>,
    /// The next shot's id.
    shot_next: u32,
    /// Bit by slot: seen otherwise than in the last tick.
    changed: u32,
}

/// What a member wants of its fighter, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Intent {
    pub(super) go: Vector,
    /// None: as before.
    pub(super) aim: Option<Vector>,
    pub(super) fire: bool,
}

/// What a tick made otherwise.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    /// Bit by slot.
    pub(super) fighters: u32,
    /// Where they begin.
    pub(super) begun: Vec<Shot>,
    /// Ids.
    pub(super) gone: Vec<u32>,
    pub(super) kills: Vec<Kill>,
}

/// By slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kill {
    pub(super) slot: u32,
    pub(super) by: u32,
}

impl Fighter {
    /// Somebody who waits for the match.
    pub(super) fn new(account: AccountId) -> Self {
        Self {
            account,
            at: Vector::default(),
            go: Vector::default(),
            aim: Vector(UNIT, 0),
            fire: false,
            ready: 0,
            life: Life::Alive { hp: HP_MAX, safe: 0 },
            kills: 0,
            deaths: 0,
        }
    }

    pub(super) fn has_left(&self) -> bool {
        self.life == Life::Left
    }

    pub(super) fn hp(&self) -> u32 {
        match self.life {
            Life::Alive { hp, .. } => hp,
            Life::Dead(_) | Life::Left => 0,
        }
    }

    pub(super) fn is_safe(&self, tick: u32) -> bool {
        match self.life {
            Life::Alive { safe, .. } => tick < safe,
            Life::Dead(_) | Life::Left => false,
        }
    }

    fn is_alive(&self) -> bool {
        self.hp() != 0
    }

    fn may_be_hit(&self, tick: u32) -> bool {
        self.is_alive() && !self.is_safe(tick)
    }
}

impl Fight {
    pub(super) fn slot_of(&self, account: AccountId) -> Option<usize> {
        self.fighters.iter().position(|fighter| fighter.account == account)
    }

    pub(super) fn has_begun(&self) -> bool {
        self.tick != 0
    }

    /// Everybody to their places.
    pub(super) fn begin(&mut self) {
        self.tick = TICK_FIRST;
        let count = self.fighters.len();
        for (index, fighter) in self.fighters.iter_mut().enumerate() {
            fighter.at = field::first_start(index, count);
            fighter.life = Life::Alive { hp: HP_MAX, safe: self.tick + SAFE_TICKS };
        }
    }

    /// The newest word of a fighter who has not left.
    pub(super) fn steer(&mut self, slot: usize, intent: Intent) {
        let Some(fighter) = self.fighters.get_mut(slot) else { return };
        fighter.go = intent.go.shortened();
        fighter.fire = intent.fire;
        if let Some(aim) = intent.aim
            && aim != fighter.aim
        {
            fighter.aim = aim;
            self.changed |= 1 << slot;
        }
    }

    /// It stands still until somebody steers it again.
    pub(super) fn stand(&mut self, slot: usize) {
        self.steer(slot, Intent { go: Vector::default(), aim: None, fire: false });
    }

    /// Its player has left for good. Its shots fly on.
    pub(super) fn remove(&mut self, slot: usize) {
        self.stand(slot);
        if let Some(fighter) = self.fighters.get_mut(slot) {
            fighter.life = Life::Left;
            self.changed |= 1 << slot;
        }
    }

    /// 50 ms go by.
    pub(super) fn step(&mut self) -> Changes {
        self.tick += 1;
        let mut changes = Changes::default();
        self.revive();
        self.walk();
        self.fly(&mut changes);
        self.fire(&mut changes);
        changes.fighters = std::mem::take(&mut self.changed);
        changes
    }

    fn revive(&mut self) {
        for slot in 0..self.fighters.len() {
            let tick = self.tick;
            match self.fighters[slot].life {
                Life::Dead(until) if until <= tick => {
                    let living = self.fighters.iter().filter(|fighter| fighter.is_alive());
                    let others: Vec<Vector> = living.map(|fighter| fighter.at).collect();
                    let fighter = &mut self.fighters[slot];
                    fighter.at = field::lonely_start(&others);
                    fighter.life = Life::Alive { hp: HP_MAX, safe: tick + SAFE_TICKS };
                    self.changed |= 1 << slot;
                }
                // It can be hit from now on, which is seen.
                Life::Alive { safe, .. } if safe == tick => self.changed |= 1 << slot,
                Life::Alive { .. } | Life::Dead(_) | Life::Left => {}
            }
        }
    }

    fn walk(&mut self) {
        for (slot, fighter) in self.fighters.iter_mut().enumerate() {
            if !fighter.is_alive() || fighter.go.is_zero() {
                continue;
            }
            let to = field::walked(fighter.at, fighter.go.part(STEP, UNIT), RADIUS);
            if to != fighter.at {
                fighter.at = to;
                self.changed |= 1 << slot;
            }
        }
    }

    /// Shots fly after fighters have walked, and are looked at [`SHOT_LOOKS`] times on their way.
    fn fly(&mut self, changes: &mut Changes) {
        let mut shots = std::mem::take(&mut self.shots);
        shots.retain_mut(|shot| {
            let from = shot.at;
            shot.at = from.plus(shot.step);
            shot.ticks -= 1;
            let mut looks = (1..=SHOT_LOOKS).map(|look| from.plus(shot.step.part(look, SHOT_LOOKS)));
            let is_over = looks.any(|at| self.meets(at, shot.slot, changes)) || shot.ticks == 0;
            if is_over {
                changes.gone.push(shot.id);
            }
            !is_over
        });
        self.shots = shots;
    }

    /// Whether a shot of this fighter's ends there, in a wall or in the nearest fighter.
    fn meets(&mut self, at: Vector, by: u32, changes: &mut Changes) -> bool {
        if !field::is_free(at, 0) {
            return true;
        }
        let tick = self.tick;
        let near = (0_u32..).zip(&mut self.fighters).filter(|(slot, fighter)| {
            *slot != by && fighter.may_be_hit(tick) && fighter.at.minus(at).square() <= RADIUS * RADIUS
        });
        let Some((slot, hit)) = near.min_by_key(|(_, fighter)| fighter.at.minus(at).square()) else {
            return false;
        };
        self.changed |= 1 << slot;
        match hit.life {
            Life::Alive { hp, safe } if DAMAGE < hp => hit.life = Life::Alive { hp: hp - DAMAGE, safe },
            Life::Alive { .. } | Life::Dead(_) | Life::Left => {
                hit.life = Life::Dead(tick + DEAD_TICKS);
                hit.deaths += 1;
                self.changed |= 1 << by;
                changes.kills.push(Kill { slot, by });
                if let Some(shooter) = usize::try_from(by).ok().and_then(|by| self.fighters.get_mut(by)) {
                    shooter.kills += 1;
                }
            }
        }
        true
    }

    fn fire(&mut self, changes: &mut Changes) {
        for (slot, fighter) in (0_u32..).zip(&mut self.fighters) {
            if !fighter.fire || !fighter.is_alive() || self.tick < fighter.ready {
                continue;
            }
            fighter.ready = self.tick + RELOAD_TICKS;
            let step = fighter.aim.stretched(SHOT_STEP);
            let shot = Shot { id: self.shot_next, slot, at: fighter.at, step, ticks: SHOT_TICKS };
            self.shot_next += 1;
            self.shots.push(shot);
            changes.begun.push(shot);
        }
        debug_assert!(self.shots.len() <= SHOTS_MAX, "a weapon is ready too often");
    }
}

/// In which everybody stands where they begin.
pub(super) const TICK_FIRST: u32 = 1;
/// Of a fighter, around its place.
pub(super) const RADIUS: i32 = 400;
/// Of a fighter in a tick: 5 m a second.
pub(super) const STEP: i32 = 250;
/// Of a shot in a tick: 20 m a second.
pub(super) const SHOT_STEP: i32 = 1_000;
/// That it lives: 20 m.
pub(super) const SHOT_TICKS: u32 = 20;
/// From one shot to the next of the same fighter.
pub(super) const RELOAD_TICKS: u32 = 10;
pub(super) const HP_MAX: u32 = 100;
/// Of a hit.
pub(super) const DAMAGE: u32 = 25;
/// From a death to the next life.
pub(super) const DEAD_TICKS: u32 = 40;
/// Of a new life.
pub(super) const SAFE_TICKS: u32 = 20;
/// On a shot's way in one tick.
pub(super) const SHOT_LOOKS: i32 = 4;
/// On their way at one time: each fighter's weapon is ready this often while one of its shots lives.
pub(super) const SHOTS_MAX: usize = 32;
// Between two looks a shot passes nobody whose middle it comes near.
const _: () = assert!(SHOT_STEP / SHOT_LOOKS <= RADIUS);
const _: () = assert!(PLAYERS_MAX * SHOT_TICKS.div_ceil(RELOAD_TICKS) == 32);
// Slots are bits.
const _: () = assert!(PLAYERS_MAX <= u32::BITS);
