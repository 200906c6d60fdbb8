//! What a player of an arena wants: towards the nearest until it is near, then around it, and fire whenever it could
//! reach. Where it does not get on, it goes aside for a while.

use proto::client::{ArenaFighter, ArenaSteer};
use rand_core::Rng;

use super::sight::{Sight, distance_square};

/// What was wanted last, and what came of it.
#[derive(Debug, Default)]
pub struct Aim {
    /// The tick of the last word; 0: none.
    said: u32,
    /// Where it stood then.
    stood: (u32, u32),
    is_going: bool,
    /// Until this tick it goes aside.
    aside: u32,
    /// Around to the left.
    is_left: bool,
}

impl Aim {
    /// What to say now; none: it is too early, or it has no fighter.
    pub fn next(&mut self, sight: &Sight, account: u64, rng: &mut impl Rng) -> Option<ArenaSteer> {
        let tick = sight.tick();
        if tick == 0 || (self.said != 0 && tick < self.said + EVERY_TICKS) {
            return None;
        }
        let own = sight.fighter_of(account).filter(|own| !own.left)?;
        let rules = sight.rules()?;
        let here = (own.x, own.y);
        if self.is_going && self.stood == here && own.hp != 0 && self.aside <= tick {
            self.aside = tick + ASIDE_TICKS;
            self.is_left = rng.next_u32().is_multiple_of(2);
        }
        (self.said, self.stood) = (tick, here);
        let Some(target) = nearest(sight, own) else {
            self.is_going = false;
            return Some(ArenaSteer::default());
        };
        let way = (i64::from(target.x) - i64::from(own.x), i64::from(target.y) - i64::from(own.y));
        let far = distance_square(here, (target.x, target.y)).isqrt();
        let ahead = unit(way);
        let across = if self.is_left { (-ahead.1, ahead.0) } else { (ahead.1, -ahead.0) };
        let go = if tick < self.aside {
            across
        } else if far < NEAR_MM {
            // Around it, and a little away.
            let [x, y] =
                [(across.0, ahead.0), (across.1, ahead.1)].map(|(a, b)| i64::from(a) * 2 - i64::from(b));
            unit((x, y))
        } else {
            ahead
        };
        self.is_going = go != (0, 0);
        let reach = u64::from(rules.shot_step) * u64::from(rules.shot_ticks);
        let fire = far <= reach && !target.safe;
        Some(ArenaSteer { go_x: go.0, go_y: go.1, aim_x: ahead.0, aim_y: ahead.1, fire })
    }
}

/// Of those who live, whom it can hit first if there is one.
fn nearest<'a>(sight: &'a Sight, own: &ArenaFighter) -> Option<&'a ArenaFighter> {
    let others = sight.fighters().filter(|one| one.slot != own.slot && one.hp != 0);
    others.min_by_key(|one| (one.safe, distance_square((own.x, own.y), (one.x, one.y)), one.slot))
}

/// In thousandths; nothing if it is no direction.
fn unit(way: (i64, i64)) -> (i32, i32) {
    let length = (way.0 * way.0 + way.1 * way.1).isqrt();
    if length == 0 {
        return (0, 0);
    }
    let part = |component: i64| i32::try_from(component * UNIT / length).unwrap_or(0).clamp(-LIMIT, LIMIT);
    (part(way.0), part(way.1))
}

const UNIT: i64 = 1_000;
const LIMIT: i32 = 1_000;
/// Five times a second.
const EVERY_TICKS: u32 = 4;
const ASIDE_TICKS: u32 = 20;
/// Nearer than this it goes around its target, and away from it.
const NEAR_MM: u64 = 5_000;
