//! What staff did to the console itself, told afterwards: each line of its audit log once, by its number, however often it
//! is told. How far the log of a console is here is a row beside the switches. Knows no console.

use proto::{
    ids::AccountId,
    limits::{STAFF_CHANGE_BYTES_MAX, STAFF_DEED_BYTES_MAX, SWITCH_BYTES_MAX},
    link::{StaffConsoleNote, StaffResponse},
    tables::SwitchRow,
    turn::TxnId,
};
use slotmap::Key as _;

use super::{
    Ask, Signed, StaffError,
    log::{Deed, keep_change},
};
use crate::logic::{
    cache::Cached as _,
    delivery::ConnKey,
    event::Now,
    switches::{Switch, row},
    tx::Halt,
    world::World,
};

/// See [`super::Request::Note`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Its name, 16 digits.
    pub console: String,
    /// Of the line of its audit log; 0: up to which are they known?
    pub number: u64,
    /// As it names it.
    pub deed: String,
    /// On what, and what was there before.
    pub was: String,
    /// What is there since.
    pub became: String,
}

impl Note {
    pub(super) fn parse(note: StaffConsoleNote) -> Result<Self, StaffError> {
        let StaffConsoleNote { console, number, deed, was, became } = note;
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        let is_console = console.len() == CONSOLE_BYTES && console.bytes().all(is_digit);
        let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'.' || byte == b'_';
        let is_deed = (1..=STAFF_DEED_BYTES_MAX).contains(&deed.len()) && deed.bytes().all(is_letter);
        let is_line =
            |text: &String| text.len() <= STAFF_CHANGE_BYTES_MAX && !text.chars().any(char::is_control);
        if !is_line(&was) || !is_line(&became) {
            return Err(StaffError::BadRequest);
        }
        if !is_console || i64::try_from(number).is_err() || (number != 0 && !is_deed) {
            return Err(StaffError::BadRequest);
        }
        Ok(Self { console, number, deed, was, became })
    }
}

impl World {
    /// The answer says up to which number they are here. Number 0 only asks.
    pub(super) fn staff_note(&mut self, ask: &Ask, note: &Note, now: Now) -> Result<StaffResponse, Halt> {
        let name = format!("{PREFIX}{}", note.console);
        let known = row(&self.cache, &name).map(|row| row.value);
        let noted = known.unwrap_or(0);
        if note.number <= noted {
            return Ok(StaffResponse { noted, again: note.number != 0, ..StaffResponse::default() });
        }
        if known.is_none() && ROWS_MAX <= SwitchRow::table(&self.cache).rows() {
            return Err(StaffError::TooManyConsoles.into());
        }
        self.in_tx(ConnKey::null(), None, now, |tx| {
            let Signed { by: staff, .. } = ask.signed.clone();
            let (value, since_ms) = (note.number, tx.now.wall_ms);
            tx.row::<SwitchRow>(&name)?;
            tx.put(SwitchRow { name, value, reason: String::new(), staff, since_ms });
            let Note { was, became, .. } = note.clone();
            keep_change(tx, ask, Deed { account: 0, until_ms: None }, was, became);
            Ok(())
        })?;
        self.commit(TxnId { account: AccountId(0), cseq: 0 }, now)?;
        Ok(StaffResponse { noted: note.number, ..StaffResponse::default() })
    }
}

/// No switch is called so.
const PREFIX: &str = "noted ";
/// Of a console's name.
const CONSOLE_BYTES: usize = 16;
/// Eight consoles beside the switches: one whose audit log was moved away is another one.
const ROWS_MAX: usize = Switch::ALL.len() + 1 + 8;
const _: () = assert!(PREFIX.len() + CONSOLE_BYTES <= SWITCH_BYTES_MAX);
