//! `ding account reports`: what players wrote about each other, the last of it, with what was said. Knows no rule
//! about what may be said.

use proto::{
    link::{Value as Cell, value::V},
    tables::Table,
};
use serde_json::{Value, json};

use super::{
    link::{Game, Pages},
    render,
};
use crate::exit::Failure;

/// The last reports, oldest first: about one account, or about all.
///
/// # Errors
/// Nobody is called so, or game does not answer.
pub fn last(game: &Game, who: Option<&str>, limit: u32) -> Result<Vec<Vec<Cell>>, Failure> {
    let pages = match who {
        None => Pages::all(Table::Report),
        Some(who) => Pages::of(Table::Report, game.find(who)?.account),
    };
    let limit = limit as usize;
    let mut rows = Vec::new();
    game.each(pages, |row| {
        rows.push(row);
        if limit + SPARE_ROWS <= rows.len() {
            keep_last(&mut rows, limit);
        }
        true
    })?;
    keep_last(&mut rows, limit);
    Ok(rows)
}

/// As a document.
#[must_use]
pub fn as_json(rows: &[Vec<Cell>]) -> Value {
    let rows: Vec<Value> = rows.iter().map(|row| render::row_json(Table::Report, row)).collect();
    json!({ "reports": rows })
}

/// As text: a head for each report, and below it what was said.
#[must_use]
pub fn as_text(rows: &[Vec<Cell>]) -> String {
    let mut text = String::new();
    for row in rows {
        let column = |name| render::text(Table::Report, row, name);
        let name = if column("name").is_empty() { "(guest)".to_owned() } else { column("name") };
        let (when, about, by) = (column("wall_ms"), column("account"), column("by_account"));
        text.push_str(&format!("{when} account {about} as {name}, by {by}: {}\n", column("reason")));
        let evidence =
            match render::cell(Table::Report.def(), row, "evidence").and_then(|cell| cell.v.as_ref()) {
                Some(V::Text(evidence)) => evidence.as_str(),
                _ => "",
            };
        for line in evidence.lines() {
            text.push_str(&format!("    {}\n", said(line)));
        }
    }
    if text.is_empty() { "no reports\n".to_owned() } else { text }
}

/// A line of evidence with its moment as people read it.
fn said(line: &str) -> String {
    let timed = line.split_once(' ').and_then(|(ms, rest)| Some((ms.parse().ok()?, rest)));
    match timed {
        Some((ms, rest)) => format!("{} {}", render::moment(ms), render::plain(rest)),
        None => render::plain(line),
    }
}

/// The newest, in the order of time.
fn keep_last(rows: &mut Vec<Vec<Cell>>, limit: usize) {
    rows.sort_by_key(|row| render::number(Table::Report, row, "wall_ms"));
    rows.drain(..rows.len().saturating_sub(limit));
}

/// Rows beyond the limit between two sorts.
const SPARE_ROWS: usize = 1_024;

#[cfg(test)]
mod tests {
    use proto::tables::{ReportRow, Row as _};

    use super::*;

    fn report(wall_ms: u64, name: &str, evidence: &str) -> Vec<Cell> {
        let (name, reason, evidence) = (name.to_owned(), "spam\u{1b}[2J".to_owned(), evidence.to_owned());
        ReportRow { account: 7, by_account: 8, name, reason, evidence, wall_ms }.values()
    }

    #[test]
    fn a_report_is_a_head_and_what_was_said_and_writes_nothing_to_the_terminal() {
        let rows = [
            report(1_000, "Bea", "0 world Bea: buy\u{1b}]0;x\n1 near Bea: <b>now</b>"),
            report(2_000, "", ""),
        ];
        assert_eq!(
            as_text(&rows),
            "1970-01-01T00:00:01.000Z account 7 as Bea, by 8: spam\\u{1b}[2J\n    \
             1970-01-01T00:00:00.000Z world Bea: buy\\u{1b}]0;x\n    \
             1970-01-01T00:00:00.001Z near Bea: <b>now</b>\n\
             1970-01-01T00:00:02.000Z account 7 as (guest), by 8: spam\\u{1b}[2J\n"
        );
        assert_eq!(as_text(&[]), "no reports\n");
        assert_eq!(as_json(&rows)["reports"][1]["account"], 7);
    }

    #[test]
    fn the_newest_are_kept_in_the_order_of_time() {
        let mut rows: Vec<_> = [5, 1, 4, 2, 3].map(|ms| report(ms, "", "")).into();
        keep_last(&mut rows, 3);
        let times: Vec<u64> = rows.iter().map(|row| render::number(Table::Report, row, "wall_ms")).collect();
        assert_eq!(times, [3, 4, 5]);
    }
}
