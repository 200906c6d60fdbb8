//! Calls of game to read: answered from memory where it knows, else with what the database finds laid under
//! the overlay. Knows no socket; what must be asked or answered goes out as a list.

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, time::Instant};

use proto::{
    ids::Lsn,
    limits::{LINK_RECORD_BYTES_MAX, READ_KEYS_MAX, RPC_IN_FLIGHT_MAX, SCAN_ROWS_MAX},
    link::{self, FoundRow, ReadRequest, ReadResponse, Value, read_request::What},
    prescan::Budget,
    rpc::{CallId, Failure},
    tables::Table,
    wire,
};

use super::{
    overlay::{Known, Overlay, Page, ReadTicket, ScanEnd, Span},
    row::{RowKey, StoredRow, rows_at_once},
};
use crate::store::Query;

/// See the module.
#[derive(Debug, Default)]
pub struct Reads {
    out: BTreeMap<u64, Pending>,
    asked: u64,
}

/// What to do.
#[derive(Debug, PartialEq)]
pub enum Outcome {
    /// Answer this call.
    Reply {
        /// Which.
        call: CallId,
        /// An encoded `ReadResponse`, or why there is none.
        result: Result<Vec<u8>, Failure>,
    },
    /// Ask the database; [`Reads::found`] must be called once for it, whatever comes of it.
    Ask(Ask),
}

/// A question to the database.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Names it.
    pub id: u64,
    /// The question.
    pub query: Query,
    /// A snapshot with less applied is of no use.
    pub lsn_min: Lsn,
    /// After this nobody waits for it.
    pub deadline: Instant,
}

/// What came of a question.
pub type Found = Option<(Lsn, Vec<Option<StoredRow>>)>;

#[derive(Debug)]
struct Pending {
    /// None once nobody waits.
    call: Option<CallId>,
    deadline: Instant,
    ticket: ReadTicket,
    what: Wanted,
}

#[derive(Clone, Debug)]
enum Wanted {
    Get {
        table: Table,
        keys: Vec<RowKey>,
    },
    Scan {
        table: Table,
        prefix: Vec<Value>,
        span: Span,
        rows_max: usize,
    },
    /// Of a table whose rows are never in memory.
    Append {
        rows_max: usize,
    },
}

impl Reads {
    /// A call came.
    pub fn call(&mut self, overlay: &mut Overlay, received: Lsn, call: Call<'_>, out: &mut Vec<Outcome>) {
        let result = match self.begin(overlay, received, &call, out) {
            Ok(None) => return,
            Ok(Some(response)) => encode(&response),
            Err(failure) => Err(failure),
        };
        out.push(Outcome::Reply { call: call.id, result });
    }

    fn begin(
        &mut self,
        overlay: &mut Overlay,
        received: Lsn,
        call: &Call<'_>,
        out: &mut Vec<Outcome>,
    ) -> Result<Option<ReadResponse>, Failure> {
        let request: ReadRequest =
            wire::decode(call.payload, Budget::LINK).map_err(|_| Failure::BadRequest)?;
        let (wanted, query) = match request.what.ok_or(Failure::BadRequest)? {
            What::Release(release) => {
                let table = Table::from_code(release.table).ok_or(Failure::BadRequest)?;
                for key in keys(table, release.keys)? {
                    overlay.release(table, &RowKey::of(table.def(), &key));
                }
                return Ok(Some(ReadResponse { done: true, lsn: received.0, ..ReadResponse::default() }));
            }
            What::Get(get) => {
                let table = Table::from_code(get.table).ok_or(Failure::BadRequest)?;
                if table.def().append {
                    return Err(Failure::BadRequest);
                }
                let values = keys(table, get.keys)?;
                let keys: Vec<RowKey> = values.iter().map(|key| RowKey::of(table.def(), key)).collect();
                let (rows, unknown) = look(overlay, table, &keys);
                if unknown == 0 {
                    return Ok(Some(ReadResponse {
                        rows,
                        done: true,
                        lsn: received.0,
                        ..Default::default()
                    }));
                }
                // All of them: one that is known now may be dropped from memory before the answer comes.
                (Wanted::Get { table, keys }, Query::Get { table, keys: values })
            }
            What::Scan(scan) => {
                let table = Table::from_code(scan.table).ok_or(Failure::BadRequest)?;
                let rows_max = usize::try_from(scan.rows_max).unwrap_or(usize::MAX);
                if rows_max == 0 || SCAN_ROWS_MAX < rows_max {
                    return Err(Failure::BadRequest);
                }
                let rows_max = rows_max.min(rows_at_once(table.def()));
                let link::Scan { prefix, after, .. } = scan;
                if !after.is_empty() {
                    table.def().check_key(&after).map_err(|_| Failure::BadRequest)?;
                }
                table.def().check_prefix(&prefix).map_err(|_| Failure::BadRequest)?;
                if !after.is_empty() && !after.starts_with(&prefix) {
                    return Err(Failure::BadRequest);
                }
                let span = Span::of(table, &prefix, &after);
                let query = Query::Scan { table, prefix: prefix.clone(), after, rows_max };
                if table.def().append {
                    (Wanted::Append { rows_max }, query)
                } else {
                    if let Some(page) = overlay.page(table, &span, rows_max) {
                        return Ok(Some(response(&page, received)));
                    }
                    (Wanted::Scan { table, prefix, span, rows_max }, query)
                }
            }
            What::Latest(latest) => {
                let table = Table::from_code(latest.table).ok_or(Failure::BadRequest)?;
                let rows_max = usize::try_from(latest.rows_max).unwrap_or(usize::MAX);
                let before = latest.before;
                let is_key = before.is_empty() || table.def().check_key(&before).is_ok();
                // Of other tables the overlay would have to be looked through backwards.
                if !table.def().append || !is_key || !(1..=SCAN_ROWS_MAX).contains(&rows_max) {
                    return Err(Failure::BadRequest);
                }
                (Wanted::Append { rows_max }, Query::Latest { table, before, rows_max })
            }
        };
        if self.out.len() == RPC_IN_FLIGHT_MAX {
            return Err(Failure::Busy);
        }
        self.ask(overlay, Waiting { call: call.id, deadline: call.deadline }, wanted, query, out);
        Ok(None)
    }

    fn ask(
        &mut self,
        overlay: &mut Overlay,
        waiting: Waiting,
        what: Wanted,
        query: Query,
        out: &mut Vec<Outcome>,
    ) {
        let ticket = overlay.read_began();
        self.asked += 1;
        let id = self.asked;
        let Waiting { call, deadline } = waiting;
        out.push(Outcome::Ask(Ask { id, query, lsn_min: ticket.applied(), deadline }));
        self.out.insert(id, Pending { call: Some(call), deadline, ticket, what });
    }

    /// The database answered, or the reader gave up (nothing).
    pub fn found(
        &mut self,
        overlay: &mut Overlay,
        received: Lsn,
        id: u64,
        found: Found,
        out: &mut Vec<Outcome>,
    ) {
        let Some(Pending { call, deadline, ticket, what }) = self.out.remove(&id) else { return };
        let waiting = call.map(|call| Waiting { call, deadline });
        let (Some(waiting), Some((lsn, rows))) = (waiting, found) else {
            overlay.read_ended(ticket);
            if let Some(call) = call {
                out.push(Outcome::Reply { call, result: Err(Failure::Deadline) });
            }
            return;
        };
        let answer = match what {
            Wanted::Get { table, ref keys } => {
                for row in rows.into_iter().flatten() {
                    overlay.learn(table, row);
                }
                // What is unknown even now is in neither database nor overlay.
                let rows = keys
                    .iter()
                    .map(|key| found_of(overlay.look_again(table, key)).unwrap_or_default())
                    .collect();
                Some(ReadResponse { rows, done: true, lsn: received.0, ..Default::default() })
            }
            Wanted::Append { rows_max } => {
                let done = rows.len() < rows_max;
                let rows = rows.into_iter().flatten().collect();
                Some(response(&Page { rows, done }, lsn))
            }
            Wanted::Scan { table, prefix, span, rows_max } => {
                let rows: Vec<StoredRow> = rows.into_iter().flatten().collect();
                let is_last = rows.len() < rows_max;
                let last = rows.last().map(|row| row.row[..table.def().key_columns].to_vec());
                let page = overlay.scanned(table, &span, rows, ScanEnd { rows_max, is_last });
                if let (true, false, Some(last)) = (page.rows.is_empty(), page.done, last) {
                    // All that it found is deleted since: game has no row to go on after, so this goes on for it.
                    let span = Span::of(table, &prefix, &last);
                    let query = Query::Scan { table, prefix: prefix.clone(), after: last, rows_max };
                    self.ask(overlay, waiting, Wanted::Scan { table, prefix, span, rows_max }, query, out);
                    None
                } else {
                    Some(response(&page, received))
                }
            }
        };
        overlay.read_ended(ticket);
        if let Some(answer) = answer {
            out.push(Outcome::Reply { call: waiting.call, result: encode(&answer) });
        }
    }

    /// Answers the calls whose deadline has passed. The database may still be at them.
    pub fn expire(&mut self, now: Instant, out: &mut Vec<Outcome>) {
        for pending in self.out.values_mut().filter(|pending| pending.deadline <= now) {
            if let Some(call) = pending.call.take() {
                out.push(Outcome::Reply { call, result: Err(Failure::Deadline) });
            }
        }
    }

    /// Nobody waits for this one any more. The database may still be at it.
    pub fn cancel(&mut self, id: CallId) {
        for pending in self.out.values_mut().filter(|pending| pending.call == Some(id)) {
            pending.call = None;
        }
    }

    /// Nobody waits any more.
    pub fn link_lost(&mut self) {
        for pending in self.out.values_mut() {
            pending.call = None;
        }
    }
}

/// A call as it came.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Names it.
    pub id: CallId,
    /// When the caller gives up.
    pub deadline: Instant,
    /// An encoded `ReadRequest`.
    pub payload: &'a [u8],
}

#[derive(Clone, Copy)]
struct Waiting {
    call: CallId,
    deadline: Instant,
}

fn keys(table: Table, keys: Vec<link::Key>) -> Result<Vec<Vec<Value>>, Failure> {
    if READ_KEYS_MAX < keys.len() {
        return Err(Failure::BadRequest);
    }
    keys.into_iter()
        .map(|key| table.def().check_key(&key.key).map(|()| key.key).map_err(|_| Failure::BadRequest))
        .collect()
}

/// A row for each key, and how many of them are unknown.
fn look(overlay: &mut Overlay, table: Table, keys: &[RowKey]) -> (Vec<FoundRow>, usize) {
    let found: Vec<_> = keys.iter().map(|key| found_of(overlay.look(table, key))).collect();
    let unknown = found.iter().filter(|found| found.is_none()).count();
    (found.into_iter().map(Option::unwrap_or_default).collect(), unknown)
}

/// Nothing if only the database can tell.
fn found_of(known: Known) -> Option<FoundRow> {
    match known {
        Known::Row(row) => Some(found_row(&row)),
        Known::Absent => Some(FoundRow::default()),
        Known::Unknown => None,
    }
}

fn found_row(row: &StoredRow) -> FoundRow {
    FoundRow { found: true, row: Some(link::Row { ver: row.ver, row: row.row.to_vec() }) }
}

fn response(page: &Page, lsn: Lsn) -> ReadResponse {
    ReadResponse {
        rows: page.rows.iter().map(found_row).collect(),
        done: page.done,
        lsn: lsn.0,
        ..ReadResponse::default()
    }
}

fn encode(response: &ReadResponse) -> Result<Vec<u8>, Failure> {
    let bytes = wire::encode(response);
    if bytes.len() <= LINK_RECORD_BYTES_MAX {
        return Ok(bytes);
    }
    // Many keys of large rows: the caller asks for fewer.
    Ok(wire::encode(&ReadResponse { error: TOO_LARGE.to_owned(), ..ReadResponse::default() }))
}

/// `ReadResponse.error` when the rows do not fit one link record.
pub const TOO_LARGE: &str = "too_large";
