//! `ding sim` as types.

use std::ops::Range;

use clap::Args;

/// `ding sim`.
#[derive(Args, Clone, Debug)]
pub struct Sim {
    /// Tell the story of this one
    #[arg(long, conflicts_with = "seeds")]
    pub seed: Option<u64>,
    /// Count over many
    #[arg(long, value_name = "FROM..TO", default_value = "0..1000", value_parser = seeds)]
    pub seeds: Range<u64>,
    /// Of each under faults; the same seed with other steps is another run
    #[arg(long, value_name = "N", default_value_t = lab::sim::STEPS)]
    pub steps: u32,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let range = text.split_once("..").and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    range.filter(|range| !range.is_empty()).ok_or_else(|| "write the first and the end: 0..1000".to_owned())
}

/// With its exit codes.
pub const HELP: &str = "\
Exit codes: 0 nothing wrong, 1 a promise was not kept; the last line says how to see it again

Examples:
  ding sim --seeds 0..10000
  ding sim --seed 253                  what happened, line by line, and the verdict";
