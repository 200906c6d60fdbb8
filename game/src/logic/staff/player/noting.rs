//! What staff keeps in mind about an account: a bounded number of notes, each with who made it.

use proto::{ids::AccountId, limits::STAFF_NOTES_MAX, tables::StaffNoteRow};

use super::Did;
use crate::logic::{
    staff::StaffError,
    tx::{Halt, Tx},
};

pub(super) fn note(tx: &mut Tx<'_>, account: AccountId, by: &str, text: &str) -> Result<Did, Halt> {
    if STAFF_NOTES_MAX <= tx.set::<StaffNoteRow>(account.0)?.len() {
        return Err(StaffError::NotesFull.into());
    }
    let (id, wall_ms) = (tx.new_id()?, tx.now.wall_ms);
    let (staff, text) = (by.to_owned(), text.to_owned());
    tx.put(StaffNoteRow { account: account.0, id, staff, text: text.clone(), wall_ms });
    Ok(Did { word: Some(A_NOTE), ..Did::new(String::new(), text) })
}

pub(super) fn unnote(tx: &mut Tx<'_>, account: AccountId, note: u64) -> Result<Did, Halt> {
    let notes = tx.set::<StaffNoteRow>(account.0)?;
    let row = notes.into_iter().find(|row| row.id == note).ok_or(StaffError::NoSuchNote)?;
    tx.delete::<StaffNoteRow>(&(account.0, note));
    Ok(Did { word: Some(A_NOTE), ..Did::new(row.text, String::new()) })
}

const A_NOTE: &str = "a note";
