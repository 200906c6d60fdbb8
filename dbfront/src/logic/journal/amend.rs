//! Writing a replacement of an earlier record.

use super::{Journal, JournalError, Put};
use crate::logic::{
    amend::Amendment,
    disk::Disk,
    frame::{FRAME_BODY_BYTES_MAX, FrameKind},
};

impl<D: Disk> Journal<D> {
    /// Appends a replacement of an earlier record; the writer's epoch is over with it. Durable after the next
    /// [`commit`](Self::commit).
    ///
    /// # Errors
    /// `OutOfOrder` for a record that is not here yet, else as [`append`](Self::append).
    pub fn amend(&mut self, amendment: &Amendment, wall_ms: u64) -> Result<(), JournalError> {
        self.usable()?;
        if self.tail.last_lsn < amendment.lsn {
            return Err(JournalError::OutOfOrder { expected: self.tail.last_lsn, got: amendment.lsn });
        }
        let body = amendment.encode();
        if body.len() > FRAME_BODY_BYTES_MAX {
            return Err(JournalError::TooLarge { bytes: body.len() });
        }
        let epoch = self.tail.epoch;
        self.put(&Put { kind: FrameKind::Amend, count: 0, epoch, wall_ms, body: &body })?;
        self.tail.instance = 0;
        Ok(())
    }
}
