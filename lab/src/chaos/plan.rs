//! What is killed when: drawn from a seed, and carried out while the bots play.

use std::{collections::BTreeMap, fmt, time::Duration};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use rustix::process::Signal;

use super::{
    played::Played,
    stack::{Role, Stack},
};
use crate::{clock, error::Error};

/// What is killed at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// One process.
    One(Role),
    /// All three; `ding up` lives on.
    All,
}

impl Target {
    /// Every one.
    pub const EVERY: [Self; 4] =
        [Self::One(Role::Game), Self::One(Role::Dbfront), Self::One(Role::Gateway), Self::All];

    pub(super) fn roles(self) -> Vec<Role> {
        match self {
            Self::One(role) => vec![role],
            Self::All => Role::EVERY.to_vec(),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(role) => f.write_str(role.name()),
            Self::All => f.write_str("all three"),
        }
    }
}

/// One kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kill {
    pub(super) target: Target,
    /// After the slot began.
    pub(super) after: Duration,
    /// Every other time the disk seems to stall before: payments gather in every stage of their way, and
    /// the kill comes while they are let go.
    pub(super) stall: Option<Stall>,
}

/// Dbfront stands still for a while and goes on for a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stall {
    still: Duration,
    moment: Duration,
}

/// Every target as often as asked for, in random order, each at a random moment of its slot.
pub(super) fn plan(kills_each: u32, slot: Duration, seed: u64) -> Vec<Kill> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut targets: Vec<(Target, bool)> = Target::EVERY
        .into_iter()
        .flat_map(|target| (0..kills_each).map(move |number| (target, number % 2 == 0)))
        .collect();
    for index in (1..targets.len()).rev() {
        let other = usize::try_from(random.next_u32()).unwrap_or(0) % (index + 1);
        targets.swap(index, other);
    }
    let mut below = |max: Duration| {
        let max = u64::try_from(max.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(random.next_u64() % max)
    };
    targets
        .into_iter()
        .map(|(target, stalls)| Kill {
            target,
            after: below(slot),
            stall: stalls.then(|| Stall { still: below(STILL_MAX), moment: below(MOMENT_MAX) }),
        })
        .collect()
}

/// Performs the plan while the bots play. A slot that began late, because something was long in coming
/// back, is not made up for.
pub(super) fn kill_all(
    stack: &mut Stack,
    plan: &[Kill],
    slot: Duration,
    played: &Played,
) -> Result<(BTreeMap<Target, u32>, Duration), Error> {
    let mut kills = BTreeMap::new();
    let mut recovery_max = Duration::ZERO;
    let start = clock::now();
    for (number, kill) in (0..).zip(plan) {
        played.pause_until(start + slot * number + kill.after, stack)?;
        if let Some(Stall { still, moment }) = kill.stall {
            stack.signal(Role::Dbfront, Signal::STOP);
            played.pause_until(clock::now() + still, stack)?;
            stack.signal(Role::Dbfront, Signal::CONT);
            played.pause_until(clock::now() + moment, stack)?;
        }
        let killed_at = clock::now();
        stack.kill(&kill.target.roles())?;
        recovery_max = recovery_max.max(killed_at.elapsed());
        *kills.entry(kill.target).or_default() += 1;
    }
    Ok((kills, recovery_max))
}

/// Shorter than any timeout of a link.
const STILL_MAX: Duration = Duration::from_millis(150);
/// About as long as what has gathered takes to become durable and to be answered.
const MOMENT_MAX: Duration = Duration::from_millis(5);
