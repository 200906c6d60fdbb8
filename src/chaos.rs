//! `ding chaos`: from typed options to those of the lab, and from its report to an exit code.

use std::{io::Write as _, time::Duration};

use lab::chaos::storm::{self, Store, StormOptions};

use crate::{
    args::chaos::{Chaos, ChaosStore},
    clock,
    exit::{Exit, Failure},
};

/// Breaks a world and prints what is left of it.
///
/// # Errors
/// An invariant does not hold, or the run did not come to its end.
pub fn chaos(args: &Chaos) -> Result<(), Failure> {
    let ding = std::env::current_exe()
        .map_err(|error| Failure::new(Exit::Internal, format!("cannot find my own program: {error}")))?;
    let store = match args.store {
        ChaosStore::Sqlite => Store::Sqlite,
        ChaosStore::Mysql => Store::Mysql,
    };
    if let Some(why) = storm::missing(store) {
        return Err(Failure::new(Exit::Unavailable, why));
    }
    let seed = args.seed.unwrap_or_else(|| u64::from(clock::wall().subsec_nanos()));
    let minutes = Duration::from_secs(60) * args.minutes;
    let mut options = StormOptions::new(ding, store, seed, minutes);
    options.payers = args.players.div_ceil(2);
    options.dealers = args.players - options.payers;
    say(&format!("seed {seed}, {} minutes, {} players", args.minutes, args.players));
    match storm::disk_missing() {
        None => options.disk = true,
        Some(why) => say(&format!("skipped: {why}")),
    }
    options.failpoints = cfg!(feature = "failpoints");
    if !options.failpoints {
        say("left out: failing syncs, which only a build with the feature failpoints has");
    }
    let report = storm::run(&options).map_err(|error| Failure::new(Exit::Internal, error.to_string()))?;
    say(&report.to_string());
    if report.is_good() { Ok(()) } else { Err(Failure::new(Exit::Failed, "")) }
}

fn say(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
