//! The simulator: production logic of game and dbfront on one thread, in a world made of models, with every choice
//! drawn from one seed. Found a mistake, the seed plays it again, step by step, for ever. CONTRIBUTING.md says how to use one.
//!
//! Driven: game's whole `World`, its link's state machine; dbfront's intake, overlay, reads, journal, recovery,
//! backlog and applier, with rows deflated and rows on a model of a disk. Not driven: the drivers' threads and sockets, which [`front`] and [`game`] stand for; gateways, which
//! [`gates`] models; a database's SQL.

mod around;
mod database;
mod dice;
mod fault;
mod front;
mod game;
mod gates;
mod lie;
mod many;
mod platter;
mod players;
mod run;
mod runs;
mod story;
#[cfg(test)]
mod tests;
mod truth;
mod wire;

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

pub use self::{
    fault::{FaultCounts, FaultKind},
    lie::Lie,
    many::{Summary, many},
    truth::Wrong,
};

/// What to play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Steps under faults.
    pub steps: u32,
    /// Keep the story.
    pub tells: bool,
    /// A mistake that is planted, to see that it is found.
    pub lie: Option<Lie>,
}

impl Default for Options {
    fn default() -> Self {
        Self { steps: STEPS, tells: false, lie: None }
    }
}

/// What came of a seed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Which.
    pub seed: u64,
    /// The first promise that was not kept.
    pub wrong: Option<Wrong>,
    /// The named stop that ended it, which the faults before it explain.
    pub loud: Option<&'static str>,
    /// How often each kind of fault struck.
    pub faults: FaultCounts,
    /// Records that game made.
    pub records: u64,
    /// Deals that players were answered OK.
    pub deals: u64,
    /// The most rows that one process of dbfront read deflated, and had in runs on disk.
    pub tiers: (u64, u64),
    /// Of the story: the same seed has the same.
    pub hash: u64,
    /// Line by line, if it was to be kept.
    pub story: Vec<String>,
}

impl Outcome {
    fn failed_at_once(seed: u64, wrong: Wrong) -> Self {
        let faults = [0; FaultKind::ALL.len()];
        Self {
            seed,
            wrong: Some(wrong),
            loud: None,
            faults,
            records: 0,
            deals: 0,
            tiers: (0, 0),
            hash: 0,
            story: Vec::new(),
        }
    }
}

/// Plays one seed. A panic of the code under test is a mistake like another.
#[must_use]
pub fn play(options: &Options, seed: u64) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| run::play(options, seed))).unwrap_or_else(|panic| {
        Outcome::failed_at_once(seed, Wrong { rule: "panic", what: message(&*panic) })
    })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message").to_owned()
}

/// Under faults, unless somebody wants another number: the same seed with more steps is another run.
pub const STEPS: u32 = 1_500;
