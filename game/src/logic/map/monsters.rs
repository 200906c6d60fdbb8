//! The monsters of a map: where they live, which are awake, who hurt them, when the dead come back. Knows no row, no
//! connection and no clock; what each does is [`mind`]'s, what its blow does to a player is decided outside.
//!
//! One sleeps while no player is in its cell or beside it, whole, and where it lives: it costs nothing until one comes.
//! Those that are awake act once in each beat of [`BEAT`], a part of them after the other.

mod mind;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use rand_chacha::rand_core::Rng;
use rustc_hash::FxHashMap;
use slotmap::{Key, SecondaryMap};

use self::mind::{Mood, Scene};
use super::{
    blow,
    cell_tick::Looks,
    cells::Cell,
    field::{AvatarKey, Field},
    ground::Place,
};
use crate::logic::design::{self, Design};

/// See the module.
#[derive(Debug)]
pub struct Monsters {
    lairs: Vec<Lair>,
    all: Vec<Monster>,
    by_avatar: SecondaryMap<AvatarKey, usize>,
    /// Those that are not on the map, and when they come.
    due: BTreeSet<(Instant, usize)>,
    /// The first of all have come.
    is_begun: bool,
    awake: Vec<usize>,
    asleep: FxHashMap<Cell, Vec<usize>>,
    beat_at: Option<Instant>,
    /// Which part of them acted last.
    part: usize,
}

/// Where some of a kind live.
#[derive(Debug)]
struct Lair {
    kind: Arc<design::Monster>,
    at: Place,
    within_mm: i64,
}

#[derive(Debug)]
struct Monster {
    lair: usize,
    /// Stale while it is dead.
    avatar: AvatarKey,
    hp: u32,
    mood: Mood,
    /// It is in the list of those awake.
    is_listed: bool,
    looks_at: Option<Instant>,
    strikes_at: Option<Instant>,
    /// Who hurt it since it was whole, and how much, at most [`HURTERS_MAX`].
    hurt_by: Vec<(AvatarKey, u32)>,
}

/// A monster strikes a player's character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Strike {
    /// The monster.
    pub by: AvatarKey,
    /// The character, which was alive.
    pub whom: AvatarKey,
    /// The monster's.
    pub attack: u32,
}

/// Somebody hurts a monster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wound {
    /// The monster.
    pub whom: AvatarKey,
    /// The character.
    pub by: AvatarKey,
    /// Hit points.
    pub damage: u32,
}

/// A monster as whoever fights it has to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foe {
    /// What it is.
    pub kind: Arc<design::Monster>,
    /// What it has left.
    pub hp: u32,
}

impl Monsters {
    /// Those of a design's map. They come with the first [`Self::beat`].
    #[must_use]
    pub fn new(design: &Design) -> Self {
        let (mut lairs, mut all) = (Vec::new(), Vec::new());
        let kinds: BTreeMap<u32, Arc<design::Monster>> =
            design.monsters().map(|kind| (kind.number, Arc::new(kind.clone()))).collect();
        for placed in design.map().monsters() {
            let Some(kind) = kinds.get(&placed.number).map(Arc::clone) else { continue };
            let monster = || Monster {
                lair: lairs.len(),
                avatar: AvatarKey::null(),
                hp: 0,
                mood: Mood::Dead,
                is_listed: false,
                looks_at: None,
                strikes_at: None,
                hurt_by: Vec::new(),
            };
            all.extend((0..placed.count).map(|_| monster()));
            lairs.push(Lair { kind, at: placed.at, within_mm: placed.within_mm });
        }
        Self {
            lairs,
            all,
            by_avatar: SecondaryMap::new(),
            due: BTreeSet::new(),
            is_begun: false,
            awake: Vec::new(),
            asleep: FxHashMap::default(),
            beat_at: None,
            part: 0,
        }
    }

    /// On the map.
    #[must_use]
    pub fn alive(&self) -> usize {
        self.by_avatar.len()
    }

    /// The numbers in packets of those on the map.
    #[cfg(test)]
    pub(crate) fn numbers(&self, field: &Field) -> Vec<u32> {
        self.by_avatar.keys().filter_map(|avatar| field.number(avatar)).collect()
    }

    /// Acting, because somebody is near.
    #[must_use]
    pub fn awake(&self) -> usize {
        self.awake.len()
    }

    /// When the next one acts or comes.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        let comes_at = self.due.first().map(|(at, _)| *at);
        [self.beat_at, comes_at].into_iter().flatten().min()
    }

    /// Lets those come whose time it is, wakes those whom somebody came near to, and if a beat is due lets those that
    /// are awake act. What they do to players goes to `strikes`.
    pub fn beat(&mut self, field: &mut Field, now: Instant, rng: &mut impl Rng, strikes: &mut Vec<Strike>) {
        self.wake_near_arrivals(field, now);
        if !std::mem::replace(&mut self.is_begun, true) {
            (0..self.all.len()).for_each(|index| self.come(index, field, now, rng));
        }
        while let Some(first) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.remove(&first);
            self.come(first.1, field, now, rng);
        }
        for _ in 0..PARTS {
            let Some(due) = self.beat_at.filter(|at| *at <= now) else { return };
            self.act(field, now, rng, strikes);
            // What is late by more than a beat is not made up for.
            let next = (due + BEAT / PARTS_U32).max(now.checked_sub(BEAT).unwrap_or(now));
            self.beat_at = if self.awake.is_empty() { None } else { Some(next) };
        }
    }

    /// One part of those that are awake acts, so that no turn has to wait for all.
    fn act(&mut self, field: &mut Field, now: Instant, rng: &mut impl Rng, strikes: &mut Vec<Strike>) {
        self.part = (self.part + 1) % PARTS;
        let mut place = 0;
        while let Some(index) = self.awake.get(place).copied() {
            let monster = &mut self.all[index];
            let mut scene = Scene { field, lair: &self.lairs[monster.lair], now, rng, strikes };
            // One that died and came again in between lies where nobody sees it already.
            let has_lain_down = monster.mood == Mood::Asleep;
            if index % PARTS != self.part || !has_lain_down && mind::act(monster, &mut scene) {
                place += 1;
                continue;
            }
            self.awake.swap_remove(place);
            self.all[index].is_listed = false;
            if !has_lain_down {
                self.lie_down(index, field);
            }
        }
    }

    /// A living monster.
    #[must_use]
    pub fn foe(&self, avatar: AvatarKey) -> Option<Foe> {
        let monster = &self.all[*self.by_avatar.get(avatar)?];
        Some(Foe { kind: Arc::clone(&self.lairs[monster.lair].kind), hp: monster.hp })
    }

    /// Somebody has hurt a monster, which it survives, and goes for him if it has nobody yet. What it has left of its
    /// life.
    pub fn hurt(&mut self, field: &mut Field, wound: Wound, now: Instant) -> Option<u8> {
        let index = *self.by_avatar.get(wound.whom)?;
        // Somebody may have been put beside it since the last tick: nobody has come near yet.
        self.rouse(index, field);
        self.wake(index, now);
        let monster = &mut self.all[index];
        let Lair { kind, .. } = &self.lairs[monster.lair];
        monster.note(wound);
        monster.hp = monster.hp.saturating_sub(wound.damage).max(1);
        if !matches!(monster.mood, Mood::Hunts { .. }) {
            monster.mood = Mood::Hunts { whom: wound.by };
        }
        let life = blow::life(monster.hp, kind.hp);
        field.live(wound.whom, life);
        Some(life)
    }

    /// Who has hurt a monster, and how much, if this blow is its last. Together at most its hit points.
    #[must_use]
    pub fn shares(&self, last: Wound) -> Vec<(AvatarKey, u32)> {
        let Some(index) = self.by_avatar.get(last.whom) else { return Vec::new() };
        let Monster { hurt_by, hp, .. } = &self.all[*index];
        let mut shares = hurt_by.clone();
        add(&mut shares, last.by, last.damage.min(*hp));
        shares
    }

    /// A monster is dead, and comes again in its time.
    pub fn die(&mut self, field: &mut Field, avatar: AvatarKey, now: Instant) {
        let Some(index) = self.by_avatar.remove(avatar) else { return };
        self.rouse(index, field);
        field.live(avatar, 0);
        field.leave(avatar);
        let monster = &mut self.all[index];
        monster.avatar = AvatarKey::null();
        monster.mood = Mood::Dead;
        monster.hurt_by.clear();
        let respawn = Duration::from_millis(self.lairs[monster.lair].kind.respawn_ms.into());
        self.due.insert((now + respawn, index));
    }

    /// All go; others take their place.
    pub fn replace(&mut self, field: &mut Field, design: &Design) {
        for avatar in self.by_avatar.keys() {
            field.leave(avatar);
        }
        *self = Self::new(design);
    }

    fn come(&mut self, index: usize, field: &mut Field, now: Instant, rng: &mut impl Rng) {
        let monster = &mut self.all[index];
        let Lair { kind, at, .. } = &self.lairs[monster.lair];
        let place = (0..PLACES_TRIED).find_map(|_| self.lairs[monster.lair].place(field, rng));
        let looks = Looks { character: 0, name: kind.name.clone(), level: 0, monster: kind.number };
        let avatar = field.enter(looks, place.unwrap_or(*at), now);
        monster.avatar = avatar;
        monster.hp = kind.hp;
        monster.mood = Mood::Asleep;
        self.by_avatar.insert(avatar, index);
        if field.home(avatar).is_some_and(|home| field.is_watched(home)) {
            self.wake(index, now);
        } else {
            self.lie_down(index, field);
        }
    }

    fn wake_near_arrivals(&mut self, field: &mut Field, now: Instant) {
        while let Some(arrival) = field.next_arrival() {
            for cell in field.grid().heard(arrival).iter() {
                for index in self.asleep.remove(cell).unwrap_or_default() {
                    self.wake(index, now);
                }
            }
        }
    }

    /// One that has just come, or sleeps.
    fn wake(&mut self, index: usize, now: Instant) {
        let monster = &mut self.all[index];
        if monster.mood != Mood::Asleep {
            return;
        }
        monster.mood = Mood::Rests { until: now };
        monster.looks_at = None;
        if !std::mem::replace(&mut monster.is_listed, true) {
            self.awake.push(index);
        }
        self.beat_at.get_or_insert(now + BEAT / PARTS_U32);
    }

    /// One that sleeps is no longer to be found where it does.
    fn rouse(&mut self, index: usize, field: &Field) {
        let Monster { avatar, mood, .. } = self.all[index];
        let Some((home, at)) = field.home(avatar).zip(field.at(avatar)) else { return };
        if mood == Mood::Asleep
            && let Some(list) = self.asleep.get_mut(&field.grid().home(home, at))
        {
            list.retain(|one| *one != index);
        }
    }

    /// Keeps one that sleeps where those who come near find it; the dead are not found.
    fn lie_down(&mut self, index: usize, field: &Field) {
        let Monster { avatar, mood, .. } = self.all[index];
        let Some((home, at)) = field.home(avatar).zip(field.at(avatar)) else { return };
        if mood == Mood::Asleep {
            self.asleep.entry(field.grid().home(home, at)).or_default().push(index);
        }
    }
}

impl Monster {
    fn note(&mut self, wound: Wound) {
        add(&mut self.hurt_by, wound.by, wound.damage.min(self.hp));
    }

    fn recover(&mut self, lair: &Lair, field: &mut Field) {
        self.hp = lair.kind.hp;
        self.hurt_by.clear();
        field.live(self.avatar, super::field::LIFE_WHOLE);
    }
}

impl Lair {
    /// A place where one of it may be, if the chosen one is free.
    fn place(&self, field: &Field, rng: &mut impl Rng) -> Option<Place> {
        let span = u64::try_from(self.within_mm).unwrap_or(0) * 2 + 1;
        let mut along = |mm: i64| mm - self.within_mm + i64::try_from(rng.next_u64() % span).unwrap_or(0);
        let place = Place { x_mm: along(self.at.x_mm), y_mm: along(self.at.y_mm) };
        field.ground().is_free(place).then_some(place)
    }

    /// Whether one of it is where it belongs.
    fn holds(&self, at: Place) -> bool {
        let (dx, dy) = (self.at.x_mm.abs_diff(at.x_mm), self.at.y_mm.abs_diff(at.y_mm));
        let within = self.within_mm.unsigned_abs();
        dx <= within && dy <= within
    }
}

/// Whoever comes when the list is full gets nothing for it.
fn add(list: &mut Vec<(AvatarKey, u32)>, by: AvatarKey, damage: u32) {
    if let Some((_, sum)) = list.iter_mut().find(|(known, _)| *known == by) {
        *sum = sum.saturating_add(damage);
    } else if list.len() < HURTERS_MAX {
        list.push((by, damage));
    }
}

/// From one beat to the next.
pub const BEAT: Duration = Duration::from_millis(200);
/// In so many parts they act, one after the other.
const PARTS: usize = PARTS_U32 as usize;
const PARTS_U32: u32 = 3;
/// Whose wounds one monster remembers.
pub const HURTERS_MAX: usize = 16;
/// Before one comes where its lair is.
const PLACES_TRIED: usize = 8;
