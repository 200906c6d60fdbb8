//! `ding replay --check`: every match that is stored, played again by this program's rooms; how many went as they went
//! then, and which did not. Knows no rows.

use std::{collections::BTreeMap, fmt, io::Write, path::Path};

use super::stored;
use crate::{
    author::{
        Registry,
        replay::{self, Verified},
    },
    exit::{Exit, Failure},
};

/// What was found.
#[derive(Debug, Default)]
struct Found {
    /// Matches by kind.
    kinds: BTreeMap<String, u64>,
    inputs: u64,
    /// To the hash of their last state.
    same: u64,
    /// To the mistake that ended them.
    broke: u64,
    /// As far as they were played: nothing that they heard ended them.
    ended: u64,
    /// Others.
    differ: u64,
}

/// Plays all of them again.
///
/// # Errors
/// One went another way than then, or game does not answer.
pub(super) fn check(data: &Path, registry: &Registry) -> Result<(), Failure> {
    let mut found = Found::default();
    let mut out = std::io::stdout().lock();
    stored::each(data, |id, replay| {
        let differs = match replay {
            Err(failure) => failure.text,
            Ok(replay) => {
                *found.kinds.entry(replay.kind.clone()).or_default() += 1;
                found.inputs += replay.inputs.len() as u64;
                match replay::verify(registry, &replay) {
                    Ok(Verified::Same { .. }) => return found.same += 1,
                    Ok(Verified::Broke { .. }) => return found.broke += 1,
                    Ok(Verified::Ended { .. }) => return found.ended += 1,
                    Err(differs) => format!("{} {}: {differs}", replay.kind, differs.code()),
                }
            }
        };
        found.differ += 1;
        let _ = writeln!(out, "match {id}: {differs}");
    })?;
    let _ = writeln!(out, "{found}");
    if found.differ == 0 { Ok(()) } else { Err(Failure::new(Exit::Failed, "")) }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kinds, inputs, same, broke, ended, differ } = self;
        let of: Vec<String> = kinds.iter().map(|(kind, matches)| format!("{matches} {kind}")).collect();
        let all = same + broke + ended + differ;
        writeln!(f, "{all} matches played again ({}), {inputs} inputs", of.join(", "))?;
        write!(f, "{same} to the same hash, {broke} to the same mistake, ")?;
        write!(f, "{ended} ended from outside, {differ} otherwise")
    }
}
