//! Designers' tables as files: read, checked as a whole, and handed to the logic as one value. All that is
//! wrong is told in one round, with file, line and field. Reads the disk; decides nothing about play.

mod files;
mod parse;
mod problem;
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use problem::Problem;

use crate::logic::design::Design;

/// The tables of a folder; none: the bundled ones.
///
/// # Errors
/// Every problem, at most [`PROBLEMS_MAX`].
pub fn load(folder: Option<&Path>) -> Result<Design, Vec<Problem>> {
    let files = match folder {
        None => files::bundled(),
        Some(folder) => files::read(folder)?,
    };
    parse::parse(&files)
}

/// What takes the place of `current`: a folder's tables, if they are right and keep every item.
///
/// # Errors
/// As [`load`], and items that were taken away.
pub fn reload(folder: Option<&Path>, current: &Design) -> Result<Design, Vec<Problem>> {
    let next = load(folder)?;
    let lost: Vec<Problem> = current.items_not_in(&next).map(|item| files::lost(folder, item)).collect();
    if lost.is_empty() { Ok(next) } else { Err(lost) }
}

/// More problems than these are not told: the first ones are mended first.
pub const PROBLEMS_MAX: usize = 50;
