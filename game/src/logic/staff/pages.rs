//! Pages of tables for staff: read from the store past the cache, which would only be washed out by them.
//! The store sees every record that was sent before, and game is the only writer, so a page is the truth.

use proto::{
    limits::SCAN_ROWS_MAX,
    link::{Get, Key, Latest, ReadRequest, ReadResponse, Row, Scan, StaffResponse, read_request::What},
    personal, rpc,
    tables::int,
    wire,
};

use super::{Call, Request, StaffError, ask::Rows, erase::named, mailing};
use crate::logic::{
    event::{Now, Read, ReadTag},
    tx::Halt,
    world::{READ_DEADLINE, World},
};

/// A page that was asked for.
#[derive(Debug)]
pub(crate) struct Page {
    call: Call,
}

impl World {
    /// Asks the store for a page; of an append-only table once the database has all of it.
    pub(super) fn staff_page(&mut self, call: Call, now: Now) {
        let what = match &call.ask.request {
            Request::Rows(rows) => {
                let made = self.pipeline.made();
                if rows.table.def().append && self.pipeline.applied() < made && now.instant < call.deadline {
                    return self.desk.unapplied.push((made, call));
                }
                question(rows)
            }
            Request::MailLook(look) => mailing::question(look),
            Request::Erase(erase) => What::Scan(Scan {
                table: erase.table as u32,
                after: erase.after.clone(),
                rows_max: NAMED_MAX,
                prefix: Vec::new(),
            }),
            Request::Find { .. }
            | Request::Kick { .. }
            | Request::Restrict(_)
            | Request::Maintenance(_)
            | Request::Password(_)
            | Request::Grant(_)
            | Request::Player(_)
            | Request::RoomList(_)
            | Request::RoomShow { .. }
            | Request::RoomClose { .. }
            | Request::RoomSay { .. }
            | Request::Map(_)
            | Request::Chat(_)
            | Request::Announce { .. }
            | Request::Mailing(_)
            | Request::MailStop { .. }
            | Request::Switches
            | Request::Switch(_)
            | Request::Freeze { .. }
            | Request::Note(_) => return,
        };
        let request = ReadRequest { what: Some(what) };
        let tag = self.parking.tag();
        let deadline = call.deadline.min(now.instant + READ_DEADLINE);
        self.reads.push(Read { tag: Some(tag), request, deadline });
        self.desk.pages.insert(tag, Page { call });
    }

    /// Whether a read is one of staff's pages; it has ended.
    pub(in crate::logic) fn staff_page_for(&mut self, tag: ReadTag) -> Option<Page> {
        self.desk.pages.remove(&tag)
    }

    /// A page has come, or will not.
    pub(in crate::logic) fn on_staff_page(
        &mut self,
        page: Page,
        result: Result<ReadResponse, rpc::Failure>,
        now: Now,
    ) {
        let Page { mut call } = page;
        let found = match result {
            Ok(found) if found.error.is_empty() => found,
            Ok(_) | Err(_) => return self.staff_refused(call.id, &Halt::from(StaffError::TooLate)),
        };
        match &mut call.ask.request {
            Request::Rows(rows) => {
                let response = answer(rows, found);
                self.staff_answer(call.id, response);
            }
            Request::MailLook(look) => match mailing::take(look, &found) {
                Some(response) => self.staff_answer(call.id, response),
                None => self.staff_page(call, now),
            },
            Request::Erase(erase) => {
                erase.page = Some(named::page(erase.table, &found));
                self.staff(call, None, now);
            }
            Request::Find { .. }
            | Request::Kick { .. }
            | Request::Restrict(_)
            | Request::Maintenance(_)
            | Request::Password(_)
            | Request::Grant(_)
            | Request::Player(_)
            | Request::RoomList(_)
            | Request::RoomShow { .. }
            | Request::RoomClose { .. }
            | Request::RoomSay { .. }
            | Request::Map(_)
            | Request::Chat(_)
            | Request::Announce { .. }
            | Request::Mailing(_)
            | Request::MailStop { .. }
            | Request::Switches
            | Request::Switch(_)
            | Request::Freeze { .. }
            | Request::Note(_) => {}
        }
    }
}

fn question(rows: &Rows) -> What {
    let table = rows.table as u32;
    let of = rows.of.map(|of| int(of.cast_signed()));
    if let (Some(id), 1) = (&of, rows.table.def().key_columns) {
        return What::Get(Get { table, keys: vec![Key { key: vec![id.clone()] }] });
    }
    // Of rows that are filtered most are none of the person's.
    let rows_max = if rows.ids.is_empty() { rows.rows_max as usize } else { SCAN_ROWS_MAX };
    let rows_max = u32::try_from(rows_max).unwrap_or(u32::MAX);
    if rows.is_latest {
        return What::Latest(Latest { table, before: rows.after.clone(), rows_max });
    }
    What::Scan(Scan { table, after: rows.after.clone(), rows_max, prefix: of.into_iter().collect() })
}

/// The rows that were asked for, as many as fit into one answer.
fn answer(rows: &Rows, found: ReadResponse) -> StaffResponse {
    let def = rows.table.def();
    let personal = personal::of(rows.table);
    let mut response = StaffResponse { done: found.done, ..StaffResponse::default() };
    let mut bytes = 0;
    for row in found.rows.into_iter().filter_map(|found| found.row) {
        let key = row.row[..def.key_columns.min(row.row.len())].to_vec();
        let is_wanted =
            rows.ids.is_empty() || personal.is_some_and(|personal| personal.names(&row.row, &rows.ids));
        if is_wanted {
            let row = shown(personal, row);
            bytes += wire::encode(&row).len();
            let is_full = response.rows.len() == rows.rows_max as usize || ANSWER_BYTES_MAX < bytes;
            if is_full && !response.rows.is_empty() {
                response.done = false;
                break;
            }
            response.rows.push(row);
        }
        response.after = key;
    }
    if response.after.is_empty() {
        // Nothing was looked at, so there is nothing after it.
        response.done = true;
    }
    response
}

fn shown(personal: Option<&personal::Personal>, mut row: Row) -> Row {
    if let Some(personal) = personal {
        personal.redact(&mut row.row);
    }
    row
}

/// Rows of one look for a name: of reports, with all their evidence, a megabyte.
const NAMED_MAX: u32 = 256;
/// Bytes of rows in one answer, below what a control message may have.
const ANSWER_BYTES_MAX: usize = 48 * 1024;
