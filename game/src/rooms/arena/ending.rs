//! How a match ends: when, who has which place, and whose the stakes are. Knows no wallets.

use std::cmp::Reverse;

use proto::ids::AccountId;

use super::{fight::Fight, options::Rules};

/// Why it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// Somebody has as many as it takes.
    Kills,
    /// The time limit.
    Time,
    /// All others have left.
    Alone,
    /// It never began.
    NobodyCame,
}

impl Reason {
    /// Stable.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Kills => "kills",
            Self::Time => "time",
            Self::Alone => "alone",
            Self::NobodyCame => "nobody_came",
        }
    }

    /// For people.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Kills => "enough kills",
            Self::Time => "the time is over",
            Self::Alone => "all others have left",
            Self::NobodyCame => "nobody came",
        }
    }
}

/// What one fighter has in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) account: AccountId,
    /// 1 is the best; the same is a draw.
    pub(super) place: u32,
    pub(super) kills: u32,
    pub(super) deaths: u32,
    /// Of the stakes.
    pub(super) gold: i64,
}

/// Whether a match that has begun is over.
pub(super) fn reason(rules: &Rules, fight: &Fight, is_late: bool) -> Option<Reason> {
    let staying = fight.fighters.iter().filter(|fighter| !fighter.has_left());
    if staying.clone().any(|fighter| rules.kills <= fighter.kills) {
        Some(Reason::Kills)
    } else if staying.clone().count() <= 1 {
        Some(Reason::Alone)
    } else {
        is_late.then_some(Reason::Time)
    }
}

/// Everybody's place, the best first: more kills, then fewer deaths. Those who have left share the last one,
/// and those in the first share the pot; what cannot be divided goes to the first of them.
pub(super) fn places(fight: &Fight, pot: i64) -> Vec<Place> {
    let rank = |slot: &usize| {
        let fighter = &fight.fighters[*slot];
        if fighter.has_left() { None } else { Some((fighter.kills, Reverse(fighter.deaths))) }
    };
    let mut order: Vec<usize> = (0..fight.fighters.len()).collect();
    order.sort_by_key(|slot| (Reverse(rank(slot)), *slot));
    let mut places: Vec<Place> = Vec::with_capacity(order.len());
    let mut before = None;
    for (number, slot) in (1_u32..).zip(&order) {
        let fighter = &fight.fighters[*slot];
        let place = match places.last() {
            Some(last) if before == Some(rank(slot)) => last.place,
            _ => number,
        };
        before = Some(rank(slot));
        let (kills, deaths) = (fighter.kills, fighter.deaths);
        places.push(Place { account: fighter.account, place, kills, deaths, gold: 0 });
    }
    let first = places.iter_mut().take_while(|place| place.place == 1);
    share(pot, &mut first.collect::<Vec<_>>());
    places
}

fn share(pot: i64, winners: &mut [&mut Place]) {
    let count = i64::try_from(winners.len()).unwrap_or(i64::MAX).max(1);
    for (index, winner) in (0_i64..).zip(winners) {
        winner.gold = pot / count + i64::from(index < pot % count);
    }
}
