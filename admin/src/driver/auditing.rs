//! What staff did, to be looked at: by pages, filtered, as a file, and whether anybody tampered with it. Changes nothing.

use std::{io, sync::Arc};

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    export,
    refusal::{BUSY, Refusal, STORE_FAILED},
    request::Asked,
};
use crate::logic::{
    admit::By,
    audit::{Filter, Line, note},
    csv::{Cell, Csv},
    role::Operator,
};

#[derive(Deserialize)]
struct After {
    after: Option<u64>,
}

/// `GET /api/audit?after=N&by=&action=&target=&outcome=&from_ms=&until_ms=`: the last deed first. `after` is the number
/// from which to go on; a page may be short, or empty, where much had to be looked through. `noted` of a line: game was
/// told, so it is in the journal.
pub(super) async fn list(desk: Arc<Desk>, _by: By<Operator>, asked: Asked) -> Result<Response, Refusal> {
    let (After { after }, filter) = (asked.query()?, asked.query::<Filter>()?);
    let mut walk = Walk::new(after);
    let mut lines = Vec::new();
    while lines.len() < PAGE_LINES && walk.looked < LOOKED_MAX && !walk.is_over {
        let wanted = PAGE_LINES - lines.len();
        lines.extend(walk.slice(&desk, &filter, wanted).await?);
    }
    let broken_at = desk.with_audit(|audit| Ok(audit.broken_at())).await.map_err(|_| STORE_FAILED)?;
    let next = (!walk.is_over).then_some(walk.before);
    let noted = desk.state().noted;
    let deeds: Vec<Value> = lines.iter().map(|line| shown(line, noted)).collect();
    let answer = json!({ "deeds": deeds, "after": next, "broken_at": broken_at, "noted": noted });
    Ok(Json(answer).into_response())
}

/// A line, and whether game has it in its journal by now; nothing: it is none that game is told of.
fn shown(line: &Line, noted: Option<u64>) -> Value {
    let mut shown = json!(line);
    if note::of(line).is_some() {
        shown["noted"] = json!(noted.is_some_and(|noted| line.n <= noted));
    }
    shown
}

/// `GET /api/audit/export` with the same filter: as a table for spreadsheets, the last deed first, up to its bound.
pub(super) async fn export(desk: Arc<Desk>, _by: By<Operator>, asked: Asked) -> Result<Response, Refusal> {
    let filter: Filter = asked.query()?;
    let _place = desk.reading.try_acquire().map_err(|_| BUSY)?;
    let mut walk = Walk::new(None);
    let columns =
        ["n", "at", "by", "address", "role", "action", "target", "reason", "before", "after", "outcome"];
    let mut table = Csv::new(&columns);
    'all: while !walk.is_over {
        for line in walk.slice(&desk, &filter, usize::MAX).await? {
            if EXPORT_BYTES_MAX <= table.bytes() {
                table.row(&[Cell::Empty, Cell::Text("more was left out: choose a shorter time")]);
                break 'all;
            }
            let (before, after) = (line.before.to_string(), line.after.to_string());
            table.row(&[
                Cell::Number(line.n.into()),
                Cell::Number(line.at.into()),
                Cell::Text(&line.by),
                Cell::Text(&line.address),
                Cell::Text(line.role.name()),
                Cell::Text(&line.action),
                Cell::Text(&line.target),
                Cell::Text(&line.reason),
                Cell::Text(if line.before.is_null() { "" } else { &before }),
                Cell::Text(if line.after.is_null() { "" } else { &after }),
                Cell::Text(&line.outcome),
            ]);
        }
    }
    Ok(export::csv("audit", table))
}

/// `GET /api/audit/check`: reads the whole file again and compares it with what was written.
pub(super) async fn check(desk: Arc<Desk>, _by: By<Operator>, _asked: Asked) -> Result<Response, Refusal> {
    let _place = desk.reading.try_acquire().map_err(|_| BUSY)?;
    let failed = |error: io::Error| {
        tracing::error!(event = "console.audit_unreadable", text = error.to_string());
        Refusal::from(STORE_FAILED)
    };
    let check = desk.with_audit(|audit| Ok(audit.check())).await.map_err(failed)?;
    // Not within `with_audit`: deeds go on being written meanwhile.
    let found = tokio::task::spawn_blocking(move || check.run()).await;
    let found = found.map_err(io::Error::other).and_then(|found| found).map_err(failed)?;
    if !found.is_whole {
        tracing::error!(event = "console.audit_broken", n = found.broken_at.unwrap_or(found.lines + 1));
    }
    let answer = json!({ "lines": found.lines, "broken_at": found.broken_at, "whole": found.is_whole });
    Ok(Json(answer).into_response())
}

/// From the last line to the first, some at a time: whoever writes waits for no more than those.
struct Walk {
    /// Lines with lower numbers have not been looked at.
    before: u64,
    looked: usize,
    is_over: bool,
}

impl Walk {
    fn new(after: Option<u64>) -> Self {
        Self { before: after.unwrap_or(u64::MAX), looked: 0, is_over: false }
    }

    /// The next lines that fit, at most so many.
    async fn slice(&mut self, desk: &Desk, filter: &Filter, wanted: usize) -> Result<Vec<Line>, Refusal> {
        let before = self.before;
        let read = desk.with_audit(move |audit| audit.before(before, SLICE_LINES)).await;
        let (next, lines) = read.map_err(|_| STORE_FAILED)?;
        self.looked += SLICE_LINES;
        (self.before, self.is_over) = (next, next <= 1);
        let mut fitting = Vec::new();
        for line in lines {
            if filter.is_past(&line) {
                self.is_over = true;
                break;
            }
            if filter.fits(&line) {
                if fitting.len() == wanted {
                    // This one is the first of the next page.
                    (self.before, self.is_over) = (line.n + 1, false);
                    break;
                }
                fitting.push(line);
            }
        }
        Ok(fitting)
    }
}

const PAGE_LINES: usize = 100;
const SLICE_LINES: usize = 256;
/// For one page of what fits.
const LOOKED_MAX: usize = 20_000;
const EXPORT_BYTES_MAX: usize = 8 << 20;
