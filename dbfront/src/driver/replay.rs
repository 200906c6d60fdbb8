//! Records of a journal that nobody writes into a database that nobody serves, up to one of them, as dbfront applies
//! them. Knows neither what the journal is nor why.

use proto::ids::Lsn;

use super::files::Files;
use crate::{
    config::Config,
    error::Error,
    logic::{
        amend::Amendments,
        applier::{Applier, BatchLimits},
        decode::{Frame, decode_frame},
        reader::{OwnedFrame, ReadError, Reader},
    },
    store::{Cursor, Store},
};

/// How far, and by what.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// For the size of a batch.
    pub config: &'a Config,
    /// Of records on the way.
    pub amendments: &'a Amendments,
    /// The last record that may be read.
    pub last: Lsn,
    /// The last one to apply; in the middle of a turn, maybe.
    pub to: Lsn,
}

/// Applies them; returns where the database then stands.
///
/// # Errors
/// `MISSING_SEGMENT`, `CORRUPT_ACKED`, `RECORD_UNKNOWN`, the database's named stop. What was applied until then is, and
/// may be gone on with.
pub fn replay(
    disk: &mut Files,
    reader: &mut Reader,
    store: &mut dyn Store,
    begin: Cursor,
    way: Way<'_>,
) -> Result<Cursor, Error> {
    let Way { config, amendments, last, to } = way;
    let limits = BatchLimits { records_max: config.apply_records, bytes_max: config.apply_bytes };
    let mut applier = Applier::new(begin, limits, 0);
    while applier.cursor().lsn < to {
        let read = reader.read(disk, last, config.apply_bytes)?;
        let wanted = read.iter().filter(|frame| frame.first_lsn <= to);
        let frames = wanted.map(|frame| decoded(frame, to, amendments)).collect::<Result<Vec<_>, _>>()?;
        if frames.is_empty() {
            return Err(ReadError::Missing { lsn: applier.cursor().lsn.next() }.into());
        }
        applier.feed(frames);
        while let Some(batch) = applier.batch()? {
            store.apply(&batch)?;
            applier.worked();
        }
    }
    Ok(*applier.cursor())
}

/// A turn, without the records of it that come after `to`.
fn decoded(frame: &OwnedFrame, to: Lsn, amendments: &Amendments) -> Result<Frame, Error> {
    let first = frame.first_lsn;
    let mut whole = decode_frame(first, frame.epoch, frame.chain.0, &frame.body, amendments)
        .map_err(|_| Error::Record { lsn: first.0 })?;
    if to < whole.last {
        whole.changes = whole.changes.iter().filter(|change| change.lsn <= to).cloned().collect();
        whole.last = to;
    }
    Ok(whole)
}
