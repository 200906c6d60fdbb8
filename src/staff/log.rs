//! `ding account log`: what staff did, the last of it, in the order in which it was done.

use proto::{link::Value as Cell, tables::Table};
use serde_json::{Value, json};

use super::{
    link::{Game, Pages},
    render,
};
use crate::exit::Failure;

/// The last deeds: on one account, or on all.
///
/// # Errors
/// Nobody is called so, or game does not answer.
pub fn last(game: &Game, who: Option<&str>, limit: u32) -> Result<Vec<Vec<Cell>>, Failure> {
    let account = who.map(|who| game.find(who)).transpose()?.map_or(0, |found| found.account);
    let mut rows = Vec::new();
    game.each(Pages::latest(Table::StaffLog, account), |row| {
        rows.push(row);
        rows.len() < limit as usize
    })?;
    rows.reverse();
    Ok(rows)
}

/// As a document.
#[must_use]
pub fn as_json(rows: &[Vec<Cell>]) -> Value {
    let rows: Vec<Value> = rows.iter().map(|row| render::row_json(Table::StaffLog, row)).collect();
    json!({ "staff_log": rows })
}

/// As a table.
#[must_use]
pub fn as_text(rows: &[Vec<Cell>]) -> String {
    let mut text = format!("{:<26}{:<24}{:<33}{:<20}WHY\n", "WHEN", "WHO", "DEED", "ACCOUNT");
    for row in rows {
        let column = |name| render::text(Table::StaffLog, row, name);
        let account = if column("account") == "0" { "-".to_owned() } else { column("account") };
        let until = if column("until_ms").is_empty() { String::new() } else { until(&column("until_ms")) };
        let (when, who, deed) = (column("wall_ms"), column("staff"), column("deed"));
        let why = [column("reason"), until].into_iter().filter(|part| !part.is_empty());
        let why = why.collect::<Vec<_>>().join(", ");
        let line = format!("{when:<25} {who:<23} {deed:<32} {account:<19} {why}");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn until(moment: &str) -> String {
    if moment == render::FOR_EVER { "until it is lifted".to_owned() } else { format!("until {moment}") }
}

#[cfg(test)]
mod tests {
    use proto::tables::{Row as _, StaffLogRow};

    use super::*;

    fn row(deed: &str, account: u64, until_ms: Option<u64>, reason: &str) -> Vec<Cell> {
        let (staff, deed, reason) = ("anna (uid 7)".to_owned(), deed.to_owned(), reason.to_owned());
        StaffLogRow { lsn: 3, n: 0, staff, deed, account, until_ms, reason, wall_ms: 0 }.values()
    }

    #[test]
    fn a_deed_is_a_line_with_who_when_on_whom_until_when_and_why() {
        let rows = [
            row("ban", 7, Some(1_000), "spam"),
            row("mute", 7, Some(i64::MAX.cast_unsigned()), ""),
            row("maintenance_off", 0, None, ""),
        ];
        let text = as_text(&rows);
        let lines: Vec<Vec<&str>> =
            text.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        let at = "1970-01-01T00:00:00.000Z";
        assert_eq!(
            lines,
            [
                [at, "anna", "(uid", "7)", "ban", "7", "spam,", "until", "1970-01-01T00:00:01.000Z"].to_vec(),
                [at, "anna", "(uid", "7)", "mute", "7", "until", "it", "is", "lifted"].to_vec(),
                [at, "anna", "(uid", "7)", "maintenance_off", "-"].to_vec(),
            ]
        );
        assert_eq!(as_json(&rows)["staff_log"][0]["reason"], "spam");
    }
}
