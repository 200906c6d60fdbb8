//! What staff did, kept in the record of its effect: there is never one without the other. Knows no deed.

use proto::{
    ids::{Lsn, RoomId},
    limits::{STAFF_CHANGE_BYTES_MAX, STAFF_DEED_BYTES_MAX},
    tables::{Row as _, StaffChangeRow, StaffLogRow},
};

use super::{Ask, Request, Signed};
use crate::logic::{event::Now, tx::Tx, world::World};

/// On whom, and until when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deed {
    /// An account; 0: nobody in particular.
    pub(super) account: u64,
    /// Of a ban or mute, milliseconds since 1970.
    pub(super) until_ms: Option<u64>,
}

/// Adds the row to the record of the effect: of a deed before and after which there is nothing to tell, as a new password.
pub(super) fn keep(tx: &mut Tx<'_>, ask: &Ask, deed: Deed) {
    let name = match &ask.request {
        Request::Note(note) => note.deed.clone(),
        request => request.name().to_owned(),
    };
    let row = row(ask, (tx.lsn, tx.appended()), name, deed, tx.now);
    tx.append(&row);
}

/// The same, with what was there before the deed and is since.
pub(super) fn keep_change(tx: &mut Tx<'_>, ask: &Ask, deed: Deed, was: String, became: String) {
    let (lsn, n, account) = (tx.lsn.0, tx.appended(), deed.account);
    keep(tx, ask, deed);
    let row = StaffChangeRow { lsn, n, account, was: short(was), became: short(became) };
    tx.append(&row);
}

/// As much as the row takes, as it may be shown to anybody.
fn short(mut text: String) -> String {
    text.retain(|c| !c.is_control());
    text.truncate(text.floor_char_boundary(STAFF_CHANGE_BYTES_MAX));
    text
}

impl World {
    /// The same on a room, for a unit of work that is no handler's: who looks for the room finds it beside the deed.
    pub(super) fn keep_on_room(
        &mut self,
        ask: &Ask,
        room: RoomId,
        (was, became): (String, String),
        now: Now,
    ) {
        let name = format!("{} {}", ask.request.name(), room.0);
        let deed = Deed { account: 0, until_ms: None };
        let (lsn, n) = (self.pipeline.next(), self.work.appended());
        let row = row(ask, (lsn, n), name, deed, now);
        self.work.append(&row);
        let change = StaffChangeRow { lsn: lsn.0, n, account: 0, was: short(was), became: short(became) };
        self.work.append(&change);
    }
}

fn row(ask: &Ask, (lsn, n): (Lsn, u32), name: String, deed: Deed, now: Now) -> StaffLogRow {
    let Signed { by, reason } = &ask.signed;
    let row = StaffLogRow {
        lsn: lsn.0,
        n,
        staff: by.clone(),
        deed: name,
        account: deed.account,
        until_ms: deed.until_ms,
        reason: reason.clone(),
        wall_ms: now.wall_ms,
    };
    debug_assert_eq!(StaffLogRow::DEF.check(&row.values()), Ok(()));
    row
}

const _: () = assert!("room_close 18446744073709551615".len() <= STAFF_DEED_BYTES_MAX);
