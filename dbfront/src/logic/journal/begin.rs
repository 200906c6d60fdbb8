//! The folder in which a new journal may begin: empty, or with what an interrupted `init` left half made.

use super::{JournalError, failed};
use crate::logic::{
    disk::Disk,
    recovery::{LOCK_NAME, is_half_made},
    segment::segment_number,
};

/// Makes sure that nothing is lost by making a journal here.
pub(super) fn clear_half_made<D: Disk>(disk: &mut D) -> Result<(), JournalError> {
    let mut names = disk.list().map_err(failed("listing the folder"))?;
    names.retain(|name| name != LOCK_NAME);
    for name in &names {
        let number = segment_number(name).ok_or(JournalError::Exists)?;
        if !is_half_made(disk, number).map_err(failed("reading a half-made segment"))? {
            return Err(JournalError::Exists);
        }
    }
    for name in &names {
        disk.unlink(name).map_err(failed("unlinking a half-made segment"))?;
    }
    Ok(())
}
