//! The database server is away for a long time while people play, and game is killed meanwhile: what is answered goes on
//! being answered, `ding status` says how much is not saved yet, and everything arrives afterwards, once, in order.

use std::time::Duration;

use super::{
    StormOptions, StormReport,
    schedule::{Fault, Strike, Victim},
    stage::Stage,
};
use crate::{chaos::stack::Role, clock, error::Error};

/// How long, and what happens meanwhile.
#[derive(Clone, Debug)]
pub struct OutageOptions {
    /// Of a world on a server.
    pub storm: StormOptions,
    /// The server is away for so long.
    pub away: Duration,
    /// And game is killed so often in it.
    pub kills: u32,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct OutageReport {
    /// Every invariant.
    pub storm: StormReport,
    /// What the status said each time that it was asked while the server was away.
    pub said: Vec<Said>,
    /// Commands of value that were answered OK while the server was away.
    pub answered: u64,
    /// The longest time without one of them, the kills of game included.
    pub silence_max: Duration,
}

/// dbfront's part of one status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Records that are durable and not in the database.
    pub unsaved_records: i64,
    /// Bytes of the journal that they take.
    pub unsaved_bytes: i64,
    /// For so many seconds there is room if it goes on like this; −1: it does not fill.
    pub room_s: i64,
}

/// Before, players play so long with the server there.
const AROUND: Duration = Duration::from_secs(3);
/// For whatever takes its time on a busy machine.
const SLOW: Duration = Duration::from_secs(120);

impl OutageOptions {
    /// How long the bots play, at most.
    #[must_use]
    pub fn duration(away: Duration) -> Duration {
        away * 2 + SLOW
    }
}

/// Plays it and judges.
///
/// # Errors
/// As [`super::run`].
pub fn run(options: &OutageOptions) -> Result<OutageReport, Error> {
    let mut stage = Stage::open(&options.storm)?;
    stage.pause_until(clock::now() + AROUND)?;
    let zero = stage.zero;
    let micros = |at: std::time::Instant| u64::try_from((at - zero).as_micros()).unwrap_or(u64::MAX);
    if let Some(server) = &mut stage.house.server {
        server.kill();
    }
    let begin = clock::now();
    let mut said = Vec::new();
    let step = options.away / (options.kills + 1);
    for kill in 1..=options.kills + 1 {
        stage.pause_until(begin + step * kill)?;
        said.extend(stage.house.status().as_ref().and_then(read));
        if kill <= options.kills {
            stage.strike(&Strike {
                pause: Duration::ZERO,
                faults: vec![Fault::Kill(vec![Victim::Role(Role::Game)])],
                lasts: Duration::ZERO,
            })?;
        }
    }
    let end = clock::now();
    if let Some(server) = &mut stage.house.server {
        server.run().map_err(Error::io("starting the database server again"))?;
    }
    *stage.done.faults.entry("mariadbd away".to_owned()).or_default() += 1;
    stage.enough()?;
    let storm = stage.close()?;
    let (from, to) = (micros(begin), micros(end));
    let answered: Vec<u64> =
        storm.answered_us.iter().copied().filter(|at| (from..=to).contains(at)).collect();
    let marks: Vec<u64> = [from].into_iter().chain(answered.iter().copied()).chain([to]).collect();
    let silence_us = marks.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
    Ok(OutageReport {
        storm,
        said,
        answered: answered.len() as u64,
        silence_max: Duration::from_micros(silence_us),
    })
}

fn read(status: &serde_json::Value) -> Option<Said> {
    let dbfront = status["roles"].as_array()?.iter().find(|role| role["role"] == "dbfront")?;
    let figure = |name: &str| dbfront["figures"][name].as_i64();
    Some(Said {
        unsaved_records: figure("unsaved_records")?,
        unsaved_bytes: figure("unsaved_bytes")?,
        room_s: figure("journal_left_s")?,
    })
}
