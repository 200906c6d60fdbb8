//! What staff did, kept in the record of its effect: there is never one without the other. Knows no deed.

use proto::tables::{Row as _, StaffLogRow};

use super::{Ask, Signed};
use crate::logic::tx::Tx;

/// On whom, and until when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed {
    /// An account; 0: nobody in particular.
    pub(super) account: u64,
    /// Of a ban or mute, milliseconds since 1970.
    pub(super) until_ms: Option<u64>,
}

/// Adds the row to the record of the effect.
pub(super) fn keep(tx: &mut Tx<'_>, ask: &Ask, deed: Deed) {
    let Ask { signed: Signed { by, reason }, request } = ask;
    let row = StaffLogRow {
        lsn: tx.lsn.0,
        n: tx.appended(),
        staff: by.clone(),
        deed: request.name().to_owned(),
        account: deed.account,
        until_ms: deed.until_ms,
        reason: reason.clone(),
        wall_ms: tx.now.wall_ms,
    };
    debug_assert_eq!(StaffLogRow::DEF.check(&row.values()), Ok(()));
    tx.append(&row);
}
