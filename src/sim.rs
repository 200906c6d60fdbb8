//! `ding sim`: one seed told, or many counted. What a run is stands in `lab::sim`.

use std::{
    io::{self, Write},
    thread::available_parallelism,
};

use lab::sim::{Options, many, play};

use crate::{
    args::sim::Sim,
    exit::{Exit, Failure},
};

/// Plays, and fails with the first seed that found something.
///
/// # Errors
/// A promise that was not kept.
pub fn sim(args: &Sim) -> Result<(), Failure> {
    let options = Options { steps: args.steps, tells: args.seed.is_some(), lie: None };
    let mut out = io::stdout().lock();
    if let Some(seed) = args.seed {
        let outcome = play(&options, seed);
        for line in &outcome.story {
            let _ = writeln!(out, "{line}");
        }
        let _ = writeln!(out, "story {:016x}", outcome.hash);
        return match outcome.wrong {
            None => Ok(()),
            Some(wrong) => {
                let text = format!("seed {seed} found something wrong ({}): {}", wrong.rule, wrong.what);
                Err(Failure::new(Exit::Failed, text))
            }
        };
    }
    let threads = available_parallelism().map_or(1, Into::into);
    let summary = many(&options, args.seeds.clone(), threads);
    let _ = writeln!(out, "{summary}");
    for (seed, wrong) in summary.failed.iter().take(SHOWN) {
        let _ = writeln!(out, "seed {seed}: {} {}", wrong.rule, wrong.what);
    }
    let Some((seed, wrong)) = summary.failed.first() else { return Ok(()) };
    let steps = args.steps;
    let text = format!("{}, replay it with `ding sim --seed {seed} --steps {steps}`", wrong.rule);
    Err(Failure::new(Exit::Failed, text))
}

/// Failing seeds that are listed.
const SHOWN: usize = 20;
