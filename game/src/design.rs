//! Designers' tables as files: read, checked as a whole, and handed to the logic as one value. All that is
//! wrong is told in one round, with file, line and field. Reads the disk; decides nothing about play.

mod files;
mod map;
mod parse;
mod problem;
mod shelf;
mod table;
#[cfg(test)]
mod tests;

use std::path::Path;

pub use problem::Problem;
pub use shelf::{ReloadError, Shelf};

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

/// What takes the place of `current`: a folder's tables, if they are right and keep every item and the ground
/// on which characters stand.
///
/// # Errors
/// As [`load`], items that were taken away, and another ground.
fn reload(folder: &Path, current: &Design) -> Result<Design, Vec<Problem>> {
    let next = load(Some(folder))?;
    let mut wrong: Vec<Problem> = current.items_not_in(&next).map(|item| files::lost(folder, item)).collect();
    if !current.map().is_same_ground(next.map()) {
        wrong.push(files::other_ground(folder));
    }
    if wrong.is_empty() { Ok(next) } else { Err(wrong) }
}

/// More problems than these are not told: the first ones are mended first.
pub const PROBLEMS_MAX: usize = 50;
