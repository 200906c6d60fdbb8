//! The map wired to connections: who plays which avatar, which cells a connection hears, when the map ticks,
//! and how long an avatar stays whose connection went. What happens on the map itself is [`super::map`]'s.

use std::{
    collections::{BTreeSet, VecDeque},
    time::{Duration, Instant},
};

use proto::{
    client::{MapFacts, Move},
    close::CloseReason,
    ids::AccountId,
};
use rand_chacha::rand_core::Rng;
use rustc_hash::FxHashMap;
use slotmap::SecondaryMap;

use super::{
    checkpoints::PLACES_KEPT_EVERY,
    delivery::{ConnKey, Delivery},
    event::Now,
    hearing::Hearing,
    leavers::{Leavers, Left},
    map::{
        cell_tick::Looks,
        cells::Cells,
        field::{AvatarKey, Claim, Field},
        ground::Place,
        monsters::{Monsters, Strike},
        pace::steady_mm_s,
    },
    trading::LEFT,
    tx::decode,
    world::World,
};
use crate::{
    logic::design::{Bonus, Design, Strength},
    room::Refusal,
};

/// The map as the connections hear it.
pub(crate) struct Roaming {
    pub(super) field: Field,
    pub(super) monsters: Monsters,
    pub(super) hearing: Hearing,
    pub(super) roamers: SecondaryMap<AvatarKey, Roamer>,
    by_account: FxHashMap<AccountId, AvatarKey>,
    by_character: FxHashMap<u64, AvatarKey>,
    /// Who was on the map a moment ago.
    leavers: Leavers,
    /// When its clock began.
    began: Option<Instant>,
    pub(super) ticked_at: Option<Instant>,
    /// When the oldest ones vanish.
    linkdead: BTreeSet<(Instant, AvatarKey)>,
    /// What monsters did in this beat.
    pub(super) strikes: Vec<Strike>,
    /// When who gets hit points back, the oldest first.
    pub(super) healing: VecDeque<(Instant, AvatarKey)>,
    /// When whose place is to be kept next, the oldest first.
    rounds: VecDeque<(Instant, AvatarKey)>,
}

/// Whose an avatar is, and how it fights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Roamer {
    pub(super) account: AccountId,
    pub(super) character: u64,
    /// None: the connection went, and the avatar vanishes at that time.
    pub(super) conn: Result<ConnKey, Instant>,
    /// What its row says of where it is, if it is known.
    kept: Option<Place>,
    /// When its place is to be kept next.
    keep_at: Option<Instant>,
    /// Its row says what no record carries: how it was hurt.
    pub(super) is_unsaved: bool,
    /// What it wears adds so much.
    pub(super) worn: Bonus,
    /// With that.
    pub(super) strength: Strength,
    pub(super) fight: Fight,
}

/// What times of a fight there are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fight {
    /// It may strike again from then on.
    pub(super) strikes_at: Option<Instant>,
    /// It struck or was struck last.
    pub(super) last: Option<Instant>,
    /// It is dead, and may begin again from then on.
    pub(super) respawns_at: Option<Instant>,
    /// It gets back some of its hit points then.
    pub(super) heals_at: Option<Instant>,
}

/// A character that comes onto the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// As others see it.
    pub looks: Looks,
    /// Where it was; nowhere, or where nobody can stand: it begins at a spawn point.
    pub at: Option<Place>,
    /// What it wears adds so much.
    pub worn: Bonus,
}

impl Roaming {
    /// Avatars on the map, together with the accounts whose avatars left it a moment ago.
    const AVATARS_MAX: usize = 100_000;

    pub(crate) fn new(design: &Design, delivery: &mut Delivery) -> Self {
        let field = Field::new(design.map().clone());
        let hearing = Hearing::new(field.grid().len(), delivery);
        Self {
            field,
            monsters: Monsters::new(design),
            strikes: Vec::new(),
            healing: VecDeque::new(),
            hearing,
            roamers: SecondaryMap::new(),
            by_account: FxHashMap::default(),
            by_character: FxHashMap::default(),
            leavers: Leavers::default(),
            began: None,
            ticked_at: None,
            linkdead: BTreeSet::new(),
            rounds: VecDeque::new(),
        }
    }

    /// Characters on it.
    pub(crate) fn len(&self) -> usize {
        self.roamers.len()
    }

    /// A tick would tell somebody something.
    fn has_news(&self) -> bool {
        self.field.has_news() || self.hearing.has_hits()
    }

    pub(crate) fn next_deadline(&self, tick: Duration) -> Option<Instant> {
        let ticks_at = self.ticked_at.filter(|_| self.has_news()).map(|at| at + tick);
        let first = self.began.filter(|_| self.has_news() && self.ticked_at.is_none());
        let vanishes_at = self.linkdead.first().map(|(at, _)| *at);
        let keeps_at = self.rounds.front().map(|(at, _)| *at);
        let heals_at = self.healing.front().map(|(at, _)| *at);
        let beats_at = self.monsters.next_deadline();
        [ticks_at, first, vanishes_at, keeps_at, heals_at, beats_at].into_iter().flatten().min()
    }

    /// From then on it is to be looked whether its place has to be kept.
    pub(super) fn keep_at(&mut self, avatar: AvatarKey, at: Instant) {
        if let Some(roamer) = self.roamers.get_mut(avatar) {
            roamer.keep_at = Some(at);
            self.rounds.push_back((at, avatar));
        }
    }

    /// The next one whose time has come. Of one whose connection went, that has been done.
    pub(super) fn next_to_keep(&mut self, now: Instant) -> Option<AvatarKey> {
        while let Some((at, avatar)) = self.rounds.pop_front_if(|(at, _)| *at <= now) {
            let is_its = |roamer: &Roamer| roamer.conn.is_ok() && roamer.keep_at == Some(at);
            if self.roamers.get(avatar).is_some_and(is_its) {
                return Some(avatar);
            }
        }
        None
    }

    /// Account, character and place of an avatar whose row says something else.
    pub(super) fn place_to_keep(&self, avatar: AvatarKey) -> Option<(AccountId, u64, Place)> {
        let Roamer { account, character, kept, is_unsaved, .. } = *self.roamers.get(avatar)?;
        let at = self.field.at(avatar).filter(|at| is_unsaved || kept != Some(*at))?;
        Some((account, character, at))
    }

    /// Its row says so now.
    pub(super) fn kept(&mut self, avatar: AvatarKey, at: Place) {
        if let Some(roamer) = self.roamers.get_mut(avatar) {
            roamer.kept = Some(at);
            roamer.is_unsaved = false;
        }
    }

    /// The map's clock, in ticks.
    pub(super) fn tick_number(&mut self, now: Instant, tick: Duration) -> u32 {
        let began = *self.began.get_or_insert(now);
        let ticks = now.saturating_duration_since(began).as_millis() / tick.as_millis().max(1);
        u32::try_from(ticks % (1 << 32)).unwrap_or_default()
    }

    pub(super) fn avatar_of(&self, account: AccountId) -> Option<(AvatarKey, Roamer)> {
        let avatar = *self.by_account.get(&account)?;
        Some((avatar, *self.roamers.get(avatar)?))
    }

    /// Who is on the map, and what each wears.
    pub(super) fn all_worn(&self) -> Vec<(AccountId, Bonus)> {
        self.roamers.values().map(|roamer| (roamer.account, roamer.worn)).collect()
    }

    /// What the character of an account wears.
    pub(crate) fn worn(&self, account: AccountId) -> Bonus {
        self.avatar_of(account).map(|(_, roamer)| roamer.worn).unwrap_or_default()
    }

    /// The character of an account that is on the map, also while its connection is away.
    pub(crate) fn who(&self, account: AccountId) -> Option<u64> {
        self.avatar_of(account).map(|(_, roamer)| roamer.character)
    }

    /// The account that plays a character now, its connection there.
    pub(crate) fn player_of(&self, character: u64) -> Option<AccountId> {
        let roamer = self.roamers.get(*self.by_character.get(&character)?)?;
        roamer.conn.is_ok().then_some(roamer.account)
    }

    /// The avatar that an account plays, its connection there.
    pub(super) fn played_by(&self, account: AccountId) -> Option<(AvatarKey, Roamer)> {
        self.avatar_of(account).filter(|(_, roamer)| roamer.conn.is_ok())
    }

    /// Whether an account has an avatar that hears.
    pub(crate) fn is_played(&self, account: AccountId) -> bool {
        self.played_by(account).is_some()
    }

    /// An account's avatar looks otherwise from now on; nothing if it has none.
    pub(crate) fn change_looks(&mut self, account: AccountId, looks: Looks) {
        if let Some((avatar, _)) = self.avatar_of(account) {
            self.field.look(avatar, looks);
        }
    }

    /// The cells that its player hears.
    fn heard(&self, avatar: AvatarKey) -> Cells {
        self.field.home(avatar).map_or(Cells::NONE, |home| self.field.grid().heard(home))
    }

    /// Avatars without a connection stay so much longer.
    pub(super) fn wait_longer(&mut self, time: Duration) {
        for (until, avatar) in std::mem::take(&mut self.linkdead) {
            if let Some(roamer) = self.roamers.get_mut(avatar)
                && roamer.conn == Err(until)
            {
                roamer.conn = Err(until + time);
            }
            self.linkdead.insert((until + time, avatar));
        }
    }

    fn pop_linkdead(&mut self, now: Instant) -> Option<(Instant, AvatarKey)> {
        let first = *self.linkdead.first()?;
        (first.0 <= now).then(|| self.linkdead.pop_first())?
    }

    /// Takes an avatar off the map, whoever hears it.
    fn remove(&mut self, avatar: AvatarKey, now: Instant) {
        let pace = self.field.pace(avatar);
        self.field.leave(avatar);
        if let Some(roamer) = self.roamers.remove(avatar) {
            let Fight { strikes_at, last: fought, .. } = roamer.fight;
            if let Some(pace) = pace {
                self.leavers.note(roamer.account, Left { pace, strikes_at, fought }, now);
            }
            self.by_account.remove(&roamer.account);
            self.by_character.remove(&roamer.character);
        }
    }
}

impl World {
    /// Puts a character of an account that is online onto the map, and lets its connection hear it. One
    /// whose connection went a moment ago goes on where it stands. The facts belong into the answer.
    ///
    /// # Errors
    /// A refusal, after which nothing has changed.
    pub fn enter_map(&mut self, account: AccountId, arrival: Arrival, now: Now) -> Result<MapFacts, Refusal> {
        let Some(key) = self.online.get(&account).copied() else { return Err(Refusal("internal")) };
        let there = self.roaming.avatar_of(account);
        if there.is_some_and(|(_, roamer)| roamer.conn.is_ok()) {
            return Err(Refusal("already_on_map"));
        }
        let Arrival { looks, at, worn } = arrival;
        let character = looks.character;
        let level = looks.level;
        let left = self.roaming.leavers.find(account, now.instant);
        let (avatar, kept, fight) = match there {
            Some((avatar, roamer)) if roamer.character == character => {
                self.roaming.field.take_over(avatar, looks);
                (avatar, roamer.kept, roamer.fight)
            }
            None if left.is_none()
                && Roaming::AVATARS_MAX <= self.roaming.len() + self.roaming.leavers.len() =>
            {
                return Err(Refusal("map_full"));
            }
            other => {
                if let Some((other, _)) = other {
                    self.roaming.remove(other, now.instant);
                }
                let left = self.roaming.leavers.find(account, now.instant);
                let (was_at, at) = (at, self.place_to_stand(at));
                let avatar = self.roaming.field.enter(looks, at, now.instant);
                let mut fight = Fight::default();
                if let Some(Left { pace, strikes_at, fought }) = left {
                    self.roaming.field.go_on_with(avatar, pace);
                    fight = Fight { strikes_at, last: fought, ..fight };
                }
                (avatar, was_at.filter(|was_at| *was_at == at), fight)
            }
        };
        self.roaming.by_account.insert(account, avatar);
        self.roaming.by_character.insert(character, avatar);
        let strength = self.design.strength(level, worn);
        let is_unsaved = there.is_some_and(|(_, roamer)| roamer.is_unsaved);
        let conn = Ok(key);
        let roamer =
            Roamer { account, character, conn, kept, keep_at: None, is_unsaved, worn, strength, fight };
        self.roaming.roamers.insert(avatar, roamer);
        self.show_life(avatar, now);
        self.roaming.keep_at(avatar, now.instant + PLACES_KEPT_EVERY);
        let tick = self.roaming.tick_number(now.instant, self.config.tick);
        self.roaming.hearing.begin();
        for cell in self.roaming.heard(avatar).iter() {
            self.hear(key, *cell, tick);
        }
        Ok(self.map_facts(avatar))
    }

    /// Takes the character of an account off the map at once, if one is there.
    pub fn leave_map(&mut self, account: AccountId, now: Now) {
        let Some((avatar, roamer)) = self.roaming.avatar_of(account) else { return };
        self.end_trade(roamer.character, LEFT);
        self.keep_place(avatar, now);
        if let Ok(key) = roamer.conn {
            for cell in self.roaming.heard(avatar).iter() {
                self.hear_no_more(key, *cell);
            }
        }
        self.roaming.remove(avatar, now.instant);
    }

    /// A connection is gone, and with it all that it heard. Its avatar, if it has one, stays a while.
    pub(super) fn lose_avatar(
        &mut self,
        key: ConnKey,
        account: AccountId,
        stays: Duration,
        now: Now,
    ) -> bool {
        let is_its = |(_, roamer): &(AvatarKey, Roamer)| roamer.conn == Ok(key);
        let Some((avatar, roamer)) = self.roaming.avatar_of(account).filter(is_its) else { return false };
        self.end_trade(roamer.character, LEFT);
        // It stands still from now on.
        self.keep_place(avatar, now);
        for cell in self.roaming.heard(avatar).iter() {
            self.hear_no_more(key, *cell);
        }
        let until = now.instant + stays;
        if let Some(roamer) = self.roaming.roamers.get_mut(avatar) {
            roamer.conn = Err(until);
        }
        self.roaming.linkdead.insert((until, avatar));
        true
    }

    /// The connection is back, or another one has taken its place: it hears again what is around its avatar.
    pub(super) fn regain_avatar(&mut self, key: ConnKey, account: AccountId, now: Now) {
        let Some((avatar, roamer)) = self.roaming.avatar_of(account).filter(|(_, it)| it.conn.is_err())
        else {
            return;
        };
        self.roaming.roamers.insert(avatar, Roamer { conn: Ok(key), ..roamer });
        self.roaming.keep_at(avatar, now.instant + PLACES_KEPT_EVERY);
        let tick = self.roaming.tick_number(now.instant, self.config.tick);
        self.roaming.hearing.begin();
        for cell in self.roaming.heard(avatar).iter() {
            self.hear(key, *cell, tick);
        }
    }

    /// The signal `move`.
    pub(super) fn on_move(&mut self, key: ConnKey, account: AccountId, body: &[u8], now: Now) {
        let Ok(Move { seq, x_mm, y_mm }) = decode(body) else {
            return self.close(key, CloseReason::BadBody, &[], now);
        };
        let Some((avatar, roamer)) = self.roaming.avatar_of(account) else { return };
        if roamer.conn != Ok(key) || self.scarcity.is_frozen() {
            // The world stands still, and its player knows. Or it stands where an earlier session left it, until it is entered with.
            return;
        }
        self.figures.moves += 1;
        let to = Place { x_mm: x_mm.into(), y_mm: y_mm.into() };
        self.roaming.field.claim(avatar, Claim { seq, to }, now.instant);
        self.end_stretched_trade(roamer.character);
    }

    /// Lets vanish whose time has come, and ticks if the map has something to tell.
    pub(super) fn roam(&mut self, now: Now) {
        while let Some((_, avatar)) = self.roaming.pop_linkdead(now.instant) {
            // One that came back, and went again, has a later time.
            let until = self.roaming.roamers.get(avatar).and_then(|roamer| roamer.conn.err());
            if until.is_some_and(|until| until <= now.instant) {
                self.keep_place(avatar, now);
                self.roaming.remove(avatar, now.instant);
            }
        }
        self.keep_places(now);
        self.monsters_act(now);
        self.heal_due(now);
        let is_due = self.roaming.ticked_at.is_none_or(|at| at + self.config.tick <= now.instant);
        if is_due && self.roaming.has_news() {
            self.tick_map(now);
        }
    }

    /// Where the character of an account stands, if one is on the map.
    #[must_use]
    pub fn place_of(&self, account: AccountId) -> Option<Place> {
        self.roaming.avatar_of(account).and_then(|(avatar, _)| self.roaming.field.at(avatar))
    }

    pub(super) fn place_to_stand(&mut self, at: Option<Place>) -> Place {
        let ground = self.roaming.field.ground();
        at.filter(|at| ground.is_free(*at)).unwrap_or_else(|| {
            let spawns = ground.spawns();
            let index = self.rng.next_u32() as usize % spawns.len();
            spawns[index]
        })
    }

    fn map_facts(&self, avatar: AvatarKey) -> MapFacts {
        let field = &self.roaming.field;
        let (ground, grid) = (field.ground(), field.grid());
        let at = field.at(avatar).unwrap_or_default();
        let length = |mm: i64| u32::try_from(mm).unwrap_or_default();
        MapFacts {
            map: ground.number(),
            width_mm: length(ground.width_mm()),
            height_mm: length(ground.height_mm()),
            cell_mm: length(grid.cell_mm()),
            columns: grid.columns(),
            view_mm: length(ground.view_mm()),
            speed_mm_s: ground.speed_mm_s(),
            tick_ms: u32::try_from(self.config.tick.as_millis()).unwrap_or(u32::MAX),
            avatar: field.number(avatar).unwrap_or_default(),
            x_mm: coordinate(at.x_mm),
            y_mm: coordinate(at.y_mm),
            steady_mm_s: steady_mm_s(ground.speed_mm_s()),
        }
    }
}

/// A place of a map is far within the bounds.
pub(super) fn coordinate(mm: i64) -> i32 {
    i32::try_from(mm).unwrap_or_default()
}
