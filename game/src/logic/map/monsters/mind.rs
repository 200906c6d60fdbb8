//! What one monster that is awake does in a beat: it rests, walks about, hunts, strikes, goes home. Knows no other
//! monster.

use std::time::{Duration, Instant};

use rand_chacha::rand_core::Rng;

use super::{BEAT, Lair, Monster, Strike};
use crate::logic::map::{
    field::{AvatarKey, Field},
    ground::Place,
};

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Dead,
    /// Whole, where it lives.
    Asleep,
    Rests {
        until: Instant,
    },
    Walks {
        to: Place,
    },
    Hunts {
        whom: AvatarKey,
    },
    /// Home, where it becomes whole; then at the latest however far it is.
    Returns {
        until: Instant,
    },
}

/// What it acts in.
pub(super) struct Scene<'a, R> {
    pub(super) field: &'a mut Field,
    pub(super) lair: &'a Lair,
    pub(super) now: Instant,
    pub(super) rng: &'a mut R,
    pub(super) strikes: &'a mut Vec<Strike>,
}

/// One beat. False: it sleeps now, or is dead.
pub(super) fn act<R: Rng>(monster: &mut Monster, scene: &mut Scene<'_, R>) -> bool {
    let Some((at, home)) = scene.field.at(monster.avatar).zip(scene.field.home(monster.avatar)) else {
        return false;
    };
    if monster.looks_at.is_none_or(|looks_at| looks_at <= scene.now) {
        monster.looks_at = Some(scene.now + scene.between(LOOKS_EVERY_MS));
        if !scene.field.is_watched(home) {
            monster.recover(scene.lair, scene.field);
            let is_home = scene.lair.holds(at);
            let lies_at = if is_home { at } else { scene.lair.at };
            if !is_home {
                scene.field.put(monster.avatar, lies_at);
            }
            // Players may stand where it lives, though nobody sees where it was.
            let is_seen = scene.field.is_watched(scene.field.grid().home(home, lies_at));
            monster.mood = if is_seen { scene.rest() } else { Mood::Asleep };
            return is_seen;
        }
        if matches!(monster.mood, Mood::Rests { .. } | Mood::Walks { .. })
            && let Some(whom) = scene.notice(at)
        {
            monster.mood = Mood::Hunts { whom };
        }
    }
    match monster.mood {
        Mood::Dead | Mood::Asleep => return false,
        Mood::Rests { until } if until <= scene.now => {
            let to = if scene.lair.kind.speed_mm_per_s == 0 {
                None
            } else {
                scene.lair.place(scene.field, scene.rng)
            };
            monster.mood = to.map_or_else(|| scene.rest(), |to| Mood::Walks { to });
        }
        Mood::Rests { .. } => {}
        Mood::Walks { to } => {
            let length_mm = scene.pace() / 2;
            if at == to || !scene.step(monster.avatar, at, to, length_mm) {
                monster.mood = scene.rest();
            }
        }
        Mood::Hunts { whom } => {
            if !hunt(monster, scene, at, whom) {
                monster.mood = Mood::Returns { until: scene.now + RETURNS_WITHIN };
            }
        }
        Mood::Returns { until } => {
            let is_lost = until <= scene.now;
            if scene.lair.holds(at) {
                monster.recover(scene.lair, scene.field);
                monster.mood = scene.rest();
            } else if is_lost || !scene.step(monster.avatar, at, scene.lair.at, scene.pace()) {
                scene.field.put(monster.avatar, scene.lair.at);
            }
        }
    }
    true
}

/// False: it gives up.
fn hunt<R: Rng>(monster: &mut Monster, scene: &mut Scene<'_, R>, at: Place, whom: AvatarKey) -> bool {
    let Some(prey) = scene.field.prey(whom) else { return false };
    let kind = &scene.lair.kind;
    let (leash_mm, reach_mm) = (i64::from(kind.leash_mm), i64::from(kind.reach_mm));
    let far_mm = scene.lair.within_mm + leash_mm;
    if far_mm * far_mm < at.square_to(scene.lair.at) {
        return false;
    }
    if at.square_to(prey) <= reach_mm * reach_mm && scene.is_clear(at, prey) {
        if monster.strikes_at.is_none_or(|strikes_at| strikes_at <= scene.now) {
            monster.strikes_at = Some(scene.now + Duration::from_millis(kind.attack_ms.into()));
            scene.strikes.push(Strike { by: monster.avatar, whom, attack: kind.attack });
        }
        return true;
    }
    kind.speed_mm_per_s != 0 && scene.step(monster.avatar, at, prey, scene.pace())
}

impl<R: Rng> Scene<'_, R> {
    /// Whom it would hunt.
    fn notice(&self, at: Place) -> Option<AvatarKey> {
        let aggro_mm = i64::from(self.lair.kind.aggro_mm);
        if aggro_mm == 0 {
            return None;
        }
        let whom = self.field.nearest_prey(at, aggro_mm)?;
        self.field.prey(whom).filter(|prey| self.is_clear(at, *prey)).map(|_| whom)
    }

    /// A step straight on, or along whatever is in the way. False: it cannot go on.
    fn step(&mut self, avatar: AvatarKey, at: Place, to: Place, length_mm: i64) -> bool {
        let next = at.towards(to, length_mm);
        let ways = [next, Place { x_mm: next.x_mm, ..at }, Place { y_mm: next.y_mm, ..at }];
        let ground = self.field.ground();
        let way = ways.into_iter().find(|way| *way != at && ground.holds(*way) && self.is_clear(at, *way));
        if let Some(way) = way {
            self.field.put(avatar, way);
        }
        way.is_some()
    }

    fn is_clear(&self, at: Place, to: Place) -> bool {
        !self.field.ground().walls().blocks(at, to)
    }

    /// What it goes in a beat.
    fn pace(&self) -> i64 {
        let beat_ms = i64::try_from(BEAT.as_millis()).unwrap_or(0);
        i64::from(self.lair.kind.speed_mm_per_s) * beat_ms / 1_000
    }

    fn rest(&mut self) -> Mood {
        Mood::Rests { until: self.now + self.between(RESTS_MS) }
    }

    fn between(&mut self, (least_ms, most_ms): (u32, u32)) -> Duration {
        let ms = least_ms + self.rng.next_u32() % (most_ms - least_ms + 1);
        Duration::from_millis(ms.into())
    }
}

/// From one look around to the next, milliseconds: not all at once.
const LOOKS_EVERY_MS: (u32, u32) = (600, 1_000);
/// Between two walks.
const RESTS_MS: (u32, u32) = (2_000, 8_000);
/// Then it is home, whatever is in its way.
const RETURNS_WITHIN: Duration = Duration::from_secs(15);
