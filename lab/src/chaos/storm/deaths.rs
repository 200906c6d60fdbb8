//! A role that dies by its own hand at named places, under players: of a build with failpoints, whose places are between
//! two steps that a kill from outside hits only by chance (F05).

use std::time::Duration;

use super::{StormOptions, StormReport, stage::Stage};
use crate::{chaos::stack::Role, clock, error::Error};

/// One death.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Death {
    /// The failpoint.
    pub point: String,
    /// It is passed so often before.
    pub skipped: u32,
}

/// Before the first death.
const BEFORE: Duration = Duration::from_secs(2);

/// Plays it and judges. Whoever died is started again at once, to die at the next place, until there is none; then it
/// lives.
///
/// # Errors
/// As [`super::run`]; a place that is never reached; players who have played their time before the last death.
pub fn run(options: &StormOptions, role: Role, deaths: &[Death]) -> Result<StormReport, Error> {
    let options = StormOptions { supervised: false, ..options.clone() };
    let mut stage = Stage::open(&options)?;
    stage.pause_until(clock::now() + BEFORE)?;
    for Death { point, skipped } in deaths {
        stage.house.stack.let_die(role, &format!("{point}={skipped}*off->return(kill)"))?;
        *stage.done.ended.entry(role).or_default() += 1;
        *stage.done.faults.entry(format!("{} dies at {point}", role.name())).or_default() += 1;
        stage.done.strikes += 1;
        stage.pause_until(clock::now())?;
    }
    stage.house.stack.revive(role)?;
    stage.enough()?;
    stage.close()
}
