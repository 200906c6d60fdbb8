//! The journal of a data folder as the command line sees it.

use std::{io, ops::ControlFlow};

use dbfront::loss::{LossError, Signed};
pub use dbfront::{
    inspect::{Checked, Item, JournalInfo, SegmentInfo, Start},
    logic::{
        amend::{Amendment, in_force::InForce},
        frame::{FrameHeader, FrameKind, Identity},
        manifest::hex,
        scan::{End, HowEnded, Wrong},
        segment::{Lost, Parent, SegmentHeader},
    },
    loss::{Accepted, Loss},
};
use proto::ids::Lsn;

use super::{Config, NamedStop, stop_of_dbfront};

/// Whose, which files, where it ends.
///
/// # Errors
/// The journal's named stop.
pub fn info(config: &Config) -> Result<JournalInfo, NamedStop> {
    dbfront::inspect::info(&config.dbfront).map_err(|error| stop_of_dbfront(&error))
}

/// Reads every byte, and what a start would do.
///
/// # Errors
/// The journal's named stop.
pub fn check(config: &Config) -> Result<Checked, NamedStop> {
    dbfront::inspect::check(&config.dbfront, true).map_err(|error| stop_of_dbfront(&error))
}

/// One record as it is applied, with what replaced it.
///
/// # Errors
/// The journal's named stop.
pub fn record(config: &Config, lsn: Lsn) -> Result<InForce, NamedStop> {
    dbfront::inspect::record(&config.dbfront, lsn).map_err(|error| stop_of_dbfront(&error))
}

/// All of it from the segment on that can hold record `from`.
///
/// # Errors
/// The journal's named stop; `IO` where `take` fails.
pub fn each(
    config: &Config,
    from: Lsn,
    take: impl FnMut(&Identity, Item<'_>) -> io::Result<ControlFlow<()>>,
) -> Result<(), NamedStop> {
    dbfront::inspect::each(&config.dbfront, from, take).map_err(|error| stop_of_dbfront(&error))
}

/// What is lost where a start is refused.
///
/// # Errors
/// `LOSS_NONE`, or the named stop that this is no way out of.
pub fn assess_loss(config: &Config) -> Result<Loss, NamedStop> {
    dbfront::loss::assess(&config.dbfront).map_err(|error| stop_of_loss(&error))
}

/// Goes on without the records up to this one.
///
/// # Errors
/// As [`assess_loss`], `LOSS_OTHER`.
pub fn accept_loss(config: &Config, to: u64, author: &str, reason: &str) -> Result<Accepted, NamedStop> {
    let signed = Signed { author, reason };
    dbfront::loss::accept(&config.dbfront, Lsn(to), signed).map_err(|error| stop_of_loss(&error))
}

fn stop_of_loss(error: &LossError) -> NamedStop {
    NamedStop { name: error.code().to_owned(), text: error.to_string() }
}
