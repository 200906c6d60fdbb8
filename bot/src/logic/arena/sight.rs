//! What a player of an arena is told, put together, and whether it can be: nobody is faster than the rules allow, in a
//! wall, healthier than healthy, or fires too often; each kill is told once, and the end is their sum.

use std::{cmp::Reverse, collections::BTreeMap};

use proto::client::{
    ArenaBegun, ArenaEnded, ArenaFighter, ArenaKilled, ArenaRules, ArenaShot, ArenaState, ArenaView,
};

use crate::logic::world::Finding;

/// All that is seen of one match.
#[derive(Debug, Default)]
pub struct Sight {
    rules: Option<ArenaRules>,
    /// 0: nothing of a fight.
    tick: u32,
    fighters: BTreeMap<u32, ArenaFighter>,
    /// Whose slot is whose, once it is told.
    accounts: BTreeMap<u32, u64>,
    shots: BTreeMap<u32, Flying>,
    /// When each last fired.
    fired: BTreeMap<u32, u32>,
    /// A whole state came on the lane of ticks: from now on none may be left out.
    is_linked: bool,
    /// Kills by slot, as they must arrive; none: it is not known where they began.
    tally: Option<BTreeMap<u32, u32>>,
}

#[derive(Clone, Copy, Debug)]
struct Flying {
    shot: ArenaShot,
    /// First seen then; as old as that at least.
    since: u32,
}

impl Sight {
    /// Everything so far may be another server's.
    pub fn lose(&mut self) {
        *self = Self { rules: self.rules.take(), ..Self::default() };
    }

    /// The last tick that was seen; 0: none.
    #[must_use]
    pub fn tick(&self) -> u32 {
        self.tick
    }

    /// What the match is played by.
    #[must_use]
    pub fn rules(&self) -> Option<&ArenaRules> {
        self.rules.as_ref()
    }

    /// Everybody, by slot.
    pub fn fighters(&self) -> impl Iterator<Item = &ArenaFighter> {
        self.fighters.values()
    }

    /// The fighter of an account.
    #[must_use]
    pub fn fighter_of(&self, account: u64) -> Option<&ArenaFighter> {
        let (slot, _) = self.accounts.iter().find(|(_, of)| **of == account)?;
        self.fighters.get(slot)
    }

    /// Shown to one who comes or comes back.
    pub fn view(&mut self, view: ArenaView, found: &mut Vec<Finding>) {
        self.rules = view.rules;
        let Some(state) = view.state.filter(|state| state.tick != 0) else { return };
        self.count_from(&state);
        self.take(&state, found);
    }

    /// It begins.
    pub fn begin(&mut self, begun: &ArenaBegun, found: &mut Vec<Finding>) {
        let Some(state) = &begun.state else {
            return find(found, "arena_garbled", "it begins without a state".to_owned());
        };
        if let Some(odd) = state.fighters.iter().find(|one| one.hp == 0 || one.kills != 0 || one.deaths != 0)
        {
            find(found, "arena_unfair", format!("begins with {odd:?}"));
        }
        self.count_from(state);
        self.take(state, found);
    }

    fn count_from(&mut self, state: &ArenaState) {
        self.tally = Some(state.fighters.iter().map(|one| (one.slot, one.kills)).collect());
    }

    /// A tick, or all of it. Until it was shown something, and one of these is whole, it may have missed some.
    pub fn hear(&mut self, state: &ArenaState, found: &mut Vec<Finding>) {
        self.is_linked |= state.whole;
        if state.whole || self.tick != 0 {
            self.take(state, found);
        }
    }

    /// What is older than what was seen is passed over.
    fn take(&mut self, state: &ArenaState, found: &mut Vec<Finding>) {
        if state.tick <= self.tick {
            return;
        }
        let passed = state.tick - self.tick;
        if !state.whole && passed != 1 && self.is_linked {
            find(found, "arena_gap", format!("tick {} after {}", state.tick, self.tick));
        }
        self.check_time(state, found);
        for fighter in &state.fighters {
            self.check_fighter(fighter, passed, found);
        }
        if state.whole {
            self.fighters.clear();
            self.accounts = state.fighters.iter().map(|one| (one.slot, one.account)).collect();
            let seen = |shot: &ArenaShot| self.shots.get(&shot.id).map_or(state.tick, |known| known.since);
            self.shots =
                state.shots.iter().map(|shot| (shot.id, Flying { shot: *shot, since: seen(shot) })).collect();
        } else {
            self.fly();
            for id in &state.gone {
                if self.shots.remove(id).is_none() && self.is_linked && passed == 1 {
                    find(found, "arena_shot_gone", format!("{id} at tick {}, never seen", state.tick));
                }
            }
            for shot in &state.shots {
                self.check_shot(shot, state, found);
                self.shots.insert(shot.id, Flying { shot: *shot, since: state.tick });
            }
        }
        self.fighters.extend(state.fighters.iter().map(|one| (one.slot, *one)));
        self.tick = state.tick;
        self.check_ages(found);
    }

    fn fly(&mut self) {
        for Flying { shot, .. } in self.shots.values_mut() {
            shot.x = shot.x.saturating_add_signed(shot.step_x);
            shot.y = shot.y.saturating_add_signed(shot.step_y);
        }
    }

    /// Somebody is dead.
    pub fn killed(&mut self, killed: &ArenaKilled, found: &mut Vec<Finding>) {
        let Some(tally) = &mut self.tally else { return };
        let ArenaKilled { slot, by, kills, .. } = *killed;
        let before = tally.insert(by, kills).unwrap_or(0);
        if kills != before + 1 || slot == by {
            find(found, "arena_kills", format!("{by} kills {slot}: {before} before, {kills} now"));
        }
    }

    /// The end: what is told of it is the sum of what was told before.
    pub fn judge(&self, ended: &ArenaEnded, own: u64, found: &mut Vec<Finding>) {
        let places = &ended.places;
        if ended.reason == "nobody_came" {
            return;
        }
        if !places.iter().any(|place| place.account == own) {
            find(found, "arena_places", format!("{own} is not in {places:?}"));
        }
        let last = places.last().map_or(0, |one| one.place);
        // Who has left shares the last place, whatever they did.
        let ranked: Vec<_> = places.iter().take_while(|one| one.place != last).collect();
        let is_in_order = places.first().is_some_and(|first| first.place == 1)
            && places.is_sorted_by_key(|one| one.place)
            && ranked.is_sorted_by_key(|one| (Reverse(one.kills), one.deaths));
        if !is_in_order {
            find(found, "arena_places", format!("out of order: {places:?}"));
        }
        let [kills, deaths] = places.iter().fold([0, 0], |[k, d], one| [k + one.kills, d + one.deaths]);
        if kills != deaths {
            find(found, "arena_kills", format!("{kills} kills are {deaths} deaths"));
        }
        for (slot, account) in &self.accounts {
            let told = self.tally.as_ref().and_then(|tally| tally.get(slot)).copied();
            let place = places.iter().find(|one| one.account == *account).map(|one| one.kills);
            if told.is_some() && told != place {
                find(found, "arena_kills", format!("{account}: {told:?} were told, {place:?} in the end"));
            }
        }
        let Some(rules) = &self.rules else { return };
        let best = places.first().map_or(0, |one| one.kills);
        if ended.reason != "alone" && (ended.reason == "kills") != (rules.kills <= best) {
            find(found, "arena_ended", format!("{} at {best} kills of {}", ended.reason, rules.kills));
        }
        let pot = i64::from(rules.stake) * i64::try_from(places.len()).unwrap_or(i64::MAX);
        let gold: i64 = places.iter().map(|one| one.gold).sum();
        if gold != pot {
            find(found, "arena_gold", format!("{gold} of {pot}: {places:?}"));
        }
    }

    fn check_time(&self, state: &ArenaState, found: &mut Vec<Finding>) {
        let Some(rules) = &self.rules else { return };
        let ticks_max = rules.limit_s.saturating_mul(TICKS_PER_S) + TICKS_SLACK;
        if ticks_max < state.tick || rules.limit_s.saturating_mul(1_000) < state.left_ms {
            let detail = format!("tick {}, {} ms left of {} s", state.tick, state.left_ms, rules.limit_s);
            find(found, "arena_too_long", detail);
        }
    }

    fn check_fighter(&self, now: &ArenaFighter, passed: u32, found: &mut Vec<Finding>) {
        let Some(rules) = &self.rules else { return };
        let is_in = |at: u32| (rules.radius..=rules.side.saturating_sub(rules.radius)).contains(&at);
        let in_wall = rules.walls.iter().any(|wall| {
            let inside =
                |at: u32, from: u32, size: u32| from < at + rules.radius && at < from + size + rules.radius;
            inside(now.x, wall.x, wall.width) && inside(now.y, wall.y, wall.height)
        });
        if !is_in(now.x) || !is_in(now.y) || in_wall {
            find(found, "arena_off_field", format!("{now:?}"));
        }
        let is_health = now.hp <= rules.hp_max
            && (rules.hp_max - now.hp).is_multiple_of(rules.damage.max(1))
            && !(now.left && now.hp != 0);
        if !is_health {
            find(found, "arena_health", format!("{now:?} of {}", rules.hp_max));
        }
        let Some(before) = self.fighters.get(&now.slot).filter(|_| self.tick != 0) else { return };
        if now.kills < before.kills || now.deaths < before.deaths || (before.left && !now.left) {
            find(found, "arena_backwards", format!("{before:?}, then {now:?}"));
        }
        let is_same_life = now.deaths == before.deaths && before.hp != 0 && now.hp != 0;
        if is_same_life && before.hp < now.hp {
            find(found, "arena_healed", format!("{before:?}, then {now:?}"));
        }
        let way = distance_square((before.x, before.y), (now.x, now.y));
        let way_max = u64::from(rules.step) * u64::from(passed) + u64::from(passed);
        if is_same_life && way_max * way_max < way {
            find(found, "arena_too_fast", format!("{before:?}, then after {passed} ticks {now:?}"));
        }
    }

    fn check_shot(&mut self, shot: &ArenaShot, state: &ArenaState, found: &mut Vec<Finding>) {
        let last = self.fired.insert(shot.slot, state.tick);
        let Some(rules) = &self.rules else { return };
        if last.is_some_and(|last| state.tick - last < rules.reload_ticks) {
            find(found, "arena_fires_often", format!("{} at {last:?} and {}", shot.slot, state.tick));
        }
        let step = distance_square((0, 0), (shot.step_x.unsigned_abs(), shot.step_y.unsigned_abs()));
        let step_max = u64::from(rules.shot_step);
        // Whole numbers in any direction are a little more or less.
        if !((step_max.saturating_sub(2)).pow(2)..(step_max + 1).pow(2)).contains(&step) {
            find(found, "arena_shot_speed", format!("{shot:?}"));
        }
        let told = state.fighters.iter().find(|one| one.slot == shot.slot);
        if let Some(owner) = told.or_else(|| self.fighters.get(&shot.slot))
            && ((owner.x, owner.y) != (shot.x, shot.y) || owner.hp == 0)
        {
            find(found, "arena_shot_from", format!("{shot:?} of {owner:?}"));
        }
    }

    fn check_ages(&self, found: &mut Vec<Finding>) {
        let Some(rules) = &self.rules else { return };
        let old = self.shots.values().filter(|one| one.since + rules.shot_ticks <= self.tick);
        for Flying { shot, since } in old {
            find(found, "arena_shot_old", format!("{shot:?} since {since}, it is {}", self.tick));
        }
    }
}

/// Square millimetres.
pub(super) fn distance_square(a: (u32, u32), b: (u32, u32)) -> u64 {
    u64::from(a.0.abs_diff(b.0)).pow(2) + u64::from(a.1.abs_diff(b.1)).pow(2)
}

fn find(found: &mut Vec<Finding>, code: &'static str, detail: String) {
    found.push(Finding::new(code, detail));
}

const TICKS_PER_S: u32 = 20;
/// A match has at most so many ticks more than its time limit: the first, and the one that sees that it is over.
const TICKS_SLACK: u32 = 2;
