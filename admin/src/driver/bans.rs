//! Who may not play or not speak just now: listed with until when, why and by whom, and counted. Ended one by one as on a
//! player's page. Changes nothing.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::{link::Value as Cell, link::value::V, tables::Table};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    clock,
    desk::Desk,
    game::{Asking, Page, ROWS_MAX},
    refusal::{BAD_REQUEST, Refusal},
    request::Asked,
    rows,
};
use crate::logic::{admit::By, role::Viewer};

/// `GET /api/bans?kind=banned|muted&after=`: those whose time is not over, in order of their ids; without a kind both. `looked`
/// says how much of the staff log was looked through for who did it.
pub(super) async fn list(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        kind: String,
        #[serde(default)]
        after: String,
    }
    let Wish { kind, after } = asked.query()?;
    if !["", "banned", "muted"].contains(&kind.as_str()) {
        return Err(BAD_REQUEST.into());
    }
    let mut after = rows::key_of(&after, 1).ok_or(BAD_REQUEST)?;
    let game = desk.game.open(&by.caller().name).await?;
    let now_ms = clock::wall_ms();
    let mut found: Vec<(u64, Value)> = Vec::new();
    let mut done = false;
    // Whose restriction is over keeps its row: pages are looked through until there are enough that hold.
    for _ in 0..LOOKS_MAX {
        let page = Page { after: after.clone(), ..Page::of(Table::Restriction, 0) };
        let page = game.rows(page).await?;
        done = page.done;
        after.clone_from(&page.after);
        let mut last = Vec::new();
        for row in &page.rows {
            let (is_banned, is_muted) = holds(&row.row, now_ms);
            let is_wanted = (is_banned && kind != "muted") || (is_muted && kind != "banned");
            if !is_wanted {
                continue;
            }
            if found.len() == PAGE_ROWS {
                // The next page begins behind the last one that is shown.
                done = false;
                after.clone_from(&last);
                break;
            }
            let account = rows::number(Table::Restriction, &row.row, "account");
            let mut line = rows::json(Table::Restriction, &row.row);
            line["banned"] = is_banned.into();
            line["muted"] = is_muted.into();
            found.push((account, line));
            last = vec![proto::tables::int(account.cast_signed())];
        }
        if done || found.len() == PAGE_ROWS {
            break;
        }
    }
    let next = (!done).then(|| rows::key_text(&after));
    let accounts: Vec<u64> = found.iter().map(|(account, _)| *account).collect();
    let (deeds, looked) = who_did_it(&game, &accounts).await?;
    let mut lines = Vec::new();
    for (account, mut line) in found {
        line["name"] = name_of(&game, account).await?.into();
        for (deed, name) in [("ban", "ban"), ("mute", "mute")] {
            line[name] = deeds.get(&(account, deed)).cloned().unwrap_or(Value::Null);
        }
        lines.push(line);
    }
    Ok(Json(json!({ "rows": lines, "after": next, "looked": looked })).into_response())
}

/// `GET /api/bans/count`: how many; where there are very many, so many at least.
pub(super) async fn count(desk: Arc<Desk>, by: By<Viewer>, _asked: Asked) -> Result<Response, Refusal> {
    let game = desk.game.open(&by.caller().name).await?;
    let now_ms = clock::wall_ms();
    let (mut banned, mut muted, mut after, mut done) = (0_u64, 0_u64, Vec::new(), false);
    for _ in 0..COUNT_PAGES_MAX {
        let page = game.rows(Page { after, ..Page::of(Table::Restriction, 0) }).await?;
        for row in &page.rows {
            let (is_banned, is_muted) = holds(&row.row, now_ms);
            banned += u64::from(is_banned);
            muted += u64::from(is_muted);
        }
        (after, done) = (page.after, page.done);
        if done {
            break;
        }
    }
    Ok(Json(json!({ "banned": banned, "muted": muted, "all": done })).into_response())
}

/// Under which name staff knows somebody; empty: a guest, or deleted meanwhile.
pub(super) async fn name_of(game: &Asking, account: u64) -> Result<String, Refusal> {
    match game.find(account).await {
        Ok(found) => Ok(found.name),
        Err(refusal) if refusal.code() == "no_such_account" => Ok(String::new()),
        Err(refusal) => Err(refusal),
    }
}

/// Whether it may not play, and not speak.
fn holds(row: &[Cell], now_ms: u64) -> (bool, bool) {
    let column = |name: &str| {
        let columns = Table::Restriction.def().columns;
        let cell = columns.iter().position(|column| column.name == name).and_then(|at| row.get(at));
        match cell.and_then(|cell| cell.v.as_ref()) {
            Some(V::Int(until)) => u64::try_from(*until).is_ok_and(|until| now_ms < until),
            _ => false,
        }
    };
    (column("banned_until_ms"), column("muted_until_ms"))
}

/// How much of the staff log was looked through.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Looked {
    /// Who is not found is not in it.
    All,
    /// Who is not found is older.
    Some,
    /// It could not be read soon.
    Nothing,
}

/// Who did what to whom last, and how far back that was looked for.
type Did = (HashMap<(u64, &'static str), Value>, Looked);

/// The last ban and mute of each, looked for among the last deeds of staff. What is older than so many is not found.
async fn who_did_it(game: &Asking, accounts: &[u64]) -> Result<Did, Refusal> {
    let mut known = HashMap::new();
    let mut looked = if accounts.is_empty() { Looked::All } else { Looked::Nothing };
    let (mut after, mut looks) = (Vec::new(), 0);
    while !accounts.is_empty() && looks < DEED_PAGES_MAX {
        looks += 1;
        let wish = Page { ids: accounts.to_vec(), after, is_latest: true, ..Page::of(Table::StaffLog, 0) };
        // An append-only table is read once the database has all of it: one that is away is not waited for long.
        let Ok(page) = game.rows_soon(wish).await else { break };
        for row in &page.rows {
            let account = rows::number(Table::StaffLog, &row.row, "account");
            let deed = rows::text(Table::StaffLog, &row.row, "deed");
            let Some(deed) = ["ban", "mute"].into_iter().find(|known| *known == deed) else { continue };
            let line = || {
                json!({
                    "by": rows::text(Table::StaffLog, &row.row, "staff"),
                    "reason": rows::text(Table::StaffLog, &row.row, "reason"),
                    "at_ms": rows::number(Table::StaffLog, &row.row, "wall_ms"),
                })
            };
            known.entry((account, deed)).or_insert_with(line);
        }
        after = page.after;
        if page.done {
            looked = Looked::All;
            break;
        }
        looked = Looked::Some;
    }
    Ok((known, looked))
}

/// Of a list: each is asked for.
const PAGE_ROWS: usize = 20;
/// Pages of rows in which a request looks for those that hold.
const LOOKS_MAX: usize = 16;
/// Pages that are counted: ten thousand rows.
const COUNT_PAGES_MAX: usize = 40;
const _: () = assert!(ROWS_MAX as usize * COUNT_PAGES_MAX == 10_240);
/// Pages of deeds, 1,024 each, that are looked through for who did it.
const DEED_PAGES_MAX: usize = 16;
