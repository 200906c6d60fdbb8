//! Which files of a journal hold the records between two, and how much of each: what a backup copies. Beside the
//! writer, of whatever is durable. Knows no files of its own.

#[cfg(test)]
mod tests;

use proto::ids::Lsn;

use super::{
    disk::Disk,
    frame::Identity,
    reader::{ReadError, headers},
    walk::{Ended, Step, Walk, continues},
};

/// The beginning of one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which segment.
    pub number: u64,
    /// Its header and whole frames.
    pub bytes: u64,
}

/// From the segment that holds the record after `after` up to the last frame that ends at `through` or before it,
/// in the journal's order. Every record up to `through` must be durable, and
/// `through` the last one of its turn.
///
/// # Errors
/// `Missing`, `Damaged`, `Disk`.
pub fn parts<D: Disk>(
    disk: &mut D,
    identity: &Identity,
    after: Lsn,
    through: Lsn,
) -> Result<Vec<Part>, ReadError> {
    let mut segments = headers(disk, identity)?;
    let holds = segments.iter().rposition(|header| header.first_lsn <= after.next());
    let Some(mut index) = holds else { return Err(ReadError::Missing { lsn: after.next() }) };
    let mut parts = Vec::new();
    loop {
        let number = segments[index].number;
        let mut walk = Walk::begin(&segments[index], segments.get(index + 1));
        let ended = loop {
            let before = walk.place();
            match walk.step(disk)? {
                Step::Frame { header, .. } if header.last_lsn() > through => {
                    parts.push(Part { number, bytes: before.offset });
                    return Ok(parts);
                }
                Step::Frame { .. } => {}
                Step::End(ended) => break ended,
            }
        };
        let end = walk.place();
        parts.push(Part { number, bytes: end.offset });
        // A segment may have been begun since the folder was listed.
        segments = headers(disk, identity)?;
        let next = segments.iter().position(|next| next.number > number && continues(next, &end.tail));
        match next {
            Some(next) => index = next,
            None if through <= end.tail.last_lsn => return Ok(parts),
            None => {
                let lsn = end.tail.last_lsn.next();
                return Err(match ended {
                    Ended::Sealed | Ended::Zeros => ReadError::Missing { lsn },
                    Ended::Damaged(_) | Ended::Newer => ReadError::Damaged { lsn },
                });
            }
        }
    }
}
