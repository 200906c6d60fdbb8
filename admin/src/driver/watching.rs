//! One player as it is now, and all that changed of it: gold, things and deeds of staff, each with its record, the last first.
//! Changes nothing.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::{
    link::{StaffKinds, StaffPlayer, StaffSession, StaffWatch, staff_player, staff_request::What},
    tables::{Table, int},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    export,
    finding::{IDS_MAX, address, of_nobody},
    game::{Asking, Page},
    naming::{self, Line},
    refusal::{BAD_REQUEST, Refusal},
    request::Asked,
    rows,
};
use crate::logic::{
    admit::By,
    csv::{Cell, Csv},
    role::{Operator, Support, Viewer},
};

/// `GET /api/players/ID/live`: its session, where it stands, what it said in public lately.
pub(super) async fn live(desk: Arc<Desk>, by: By<Support>, asked: Asked) -> Result<Response, Refusal> {
    let account = asked.id()?;
    let game = desk.game.open_now(&by.caller().name).await?;
    let what = Some(staff_player::What::Watch(StaffWatch {}));
    let found = game.ask(What::Player(StaffPlayer { account, what, ..StaffPlayer::default() }), "").await?;
    let player = found.player.unwrap_or_default();
    let sessions: Vec<Value> = player.sessions.iter().map(session).collect();
    let said = player.said.iter().map(
        |said| json!({ "at_ms": said.wall_ms, "where": said.r#where, "name": said.name, "text": said.text }),
    );
    let said: Vec<Value> = said.collect();
    Ok(Json(json!({ "online": found.online, "sessions": sessions, "said": said })).into_response())
}

/// A session as pages get it.
pub(super) fn session(one: &StaffSession) -> Value {
    let text = |id: u64| (id != 0).then(|| id.to_string());
    json!({
        "account": one.account.to_string(),
        "name": one.name,
        "address": address(&one.address),
        "since_ms": one.since_ms,
        "client": one.client,
        "away": one.away,
        "character": text(one.character),
        "place": one.on_map.then(|| json!({ "map": one.map, "x_mm": one.x_mm, "y_mm": one.y_mm })),
        "room": text(one.room),
    })
}

/// `GET /api/items?after=`: kinds of items, by number.
pub(super) async fn items(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        after: u32,
    }
    let Wish { after } = asked.query()?;
    let game = desk.game.open_now(&by.caller().name).await?;
    let found = game.ask(of_nobody(staff_player::What::Kinds(StaffKinds { after })), "").await?;
    let kinds = found.player.unwrap_or_default().kinds;
    let next = kinds.last().filter(|_| !found.done).map(|kind| kind.kind.to_string());
    let kinds = kinds.iter().map(|kind| json!({ "kind": kind.kind, "name": kind.name, "stack": kind.stack }));
    Ok(Json(json!({ "items": kinds.collect::<Vec<_>>(), "after": next })).into_response())
}

#[derive(Deserialize)]
struct Before {
    /// Only records before this one.
    after: Option<u64>,
}

/// `GET /api/players/ID/history?after=`: the last change first, of the account, its characters and letters. They are looked for among
/// everybody's, so a page may end before it is full: `after` says where to go on. `holders` says who stands in them; null: nobody
/// knows just now.
pub(super) async fn history(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    let (account, Before { after }) = (asked.id()?, asked.query()?);
    let game = desk.game.open(&by.caller().name).await?;
    let (found, next) = changes(&game, &holders(&game, account).await?, after).await?;
    drop(game);
    let holders = naming::who(&desk, &found.iter().filter_map(moved).collect()).await;
    let after = next.map(|next| next.to_string());
    Ok(Json(json!({ "changes": found, "after": after, "holders": holders })).into_response())
}

/// `GET /api/players/ID/history/export`: the same as a table for spreadsheets, so many of them.
pub(super) async fn history_export(
    desk: Arc<Desk>,
    by: By<Support>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let account = asked.id()?;
    let game = desk.game.open_to_export(&by.caller().name).await?;
    let holders = holders(&game, account).await?;
    let columns = [
        "record", "at_ms", "what", "amount", "kind", "item", "from", "to", "reason", "staff", "was", "became",
    ];
    let mut table = Csv::new(&columns);
    let mut before = None;
    for look in 0.. {
        let (found, next) = changes(&game, &holders, before).await?;
        found.iter().for_each(|one| line(&mut table, one));
        match next {
            None => break,
            Some(next) if EXPORT_LOOKS <= look || EXPORT_BYTES_MAX <= table.bytes() => {
                let more = format!("more was left out: what is before record {next}");
                table.row(&[Cell::Empty, Cell::Empty, Cell::Text(&more)]);
                break;
            }
            next => before = next,
        }
    }
    Ok(export::csv("history", table))
}

/// `GET /api/log/export`: the last deeds of staff, of all of them, as game keeps them.
pub(super) async fn log_export(
    desk: Arc<Desk>,
    by: By<Operator>,
    _asked: Asked,
) -> Result<Response, Refusal> {
    let game = desk.game.open_to_export(&by.caller().name).await?;
    let columns = ["record", "at_ms", "staff", "deed", "account", "until_ms", "reason"];
    let mut table = Csv::new(&columns);
    let mut after = Vec::new();
    for look in 1.. {
        let page = game.rows(Page { after, is_latest: true, ..Page::of(Table::StaffLog, 0) }).await?;
        for row in &page.rows {
            let one = rows::json(Table::StaffLog, &row.row);
            let until = one["until_ms"].to_string();
            table.row(&[
                text(&one, "lsn"),
                number(&one, "wall_ms"),
                text(&one, "staff"),
                text(&one, "deed"),
                text(&one, "account"),
                Cell::Text(if until == "null" { "" } else { &until }),
                text(&one, "reason"),
            ]);
        }
        if page.done {
            break;
        }
        after = page.after;
        if EXPORT_LOOKS <= look || EXPORT_BYTES_MAX <= table.bytes() {
            let more = format!("more was left out: what is before record {}", rows::key_text(&after));
            table.row(&[Cell::Empty, Cell::Empty, Cell::Text(&more)]);
            break;
        }
    }
    Ok(export::csv("staff-log", table))
}

fn line(table: &mut Csv, one: &Value) {
    table.row(&[
        text(one, "record"),
        number(one, "at_ms"),
        text(one, "what"),
        number(one, "amount"),
        number(one, "kind"),
        text(one, "item"),
        text(one, "from"),
        text(one, "to"),
        text(one, "reason"),
        text(one, "staff"),
        text(one, "was"),
        text(one, "became"),
    ]);
}

fn text<'a>(one: &'a Value, name: &str) -> Cell<'a> {
    one[name].as_str().map_or(Cell::Empty, Cell::Text)
}

fn number<'a>(one: &Value, name: &str) -> Cell<'a> {
    let number = one[name].as_i64().or_else(|| one[name].as_str()?.parse().ok());
    number.map_or(Cell::Empty, |number| Cell::Number(number.into()))
}

/// Under which numbers the account holds gold and things: its own, its characters' and their letters'.
async fn holders(game: &Asking, account: u64) -> Result<Vec<u64>, Refusal> {
    let mut holders = vec![account];
    let characters = game.all(Page::of(Table::Character, account)).await?;
    for row in &characters {
        holders.push(rows::number(Table::Character, &row.row, "id"));
    }
    let mut letters_of: Vec<u64> = Vec::new();
    for character in &holders[1..] {
        let letters = game.all(Page::of(Table::Mail, *character)).await?;
        letters_of.extend(letters.iter().map(|row| rows::number(Table::Mail, &row.row, "id")));
    }
    // The newest letters, where they are too many.
    letters_of.sort_unstable_by(|a, b| b.cmp(a));
    holders.extend(letters_of);
    holders.truncate(HOLDERS_MAX);
    Ok(holders)
}

/// Changes of the three logs merged by record, and before which record to go on.
async fn changes(
    game: &Asking,
    holders: &[u64],
    before: Option<u64>,
) -> Result<(Vec<Value>, Option<u64>), Refusal> {
    let mut found: Vec<(u64, u64, Value)> = Vec::new();
    // Of each table everything from here on was seen; of the one with the highest that is the least.
    let mut seen_from = 0;
    let mut details = Vec::new();
    for table in [Table::Ledger, Table::GoodsLog, Table::StaffLog, Table::StaffChange] {
        let ids = match table {
            Table::StaffLog | Table::StaffChange => &holders[..1],
            _ => holders,
        };
        let (rows, from) = latest(game, table, ids, before).await?;
        seen_from = from.max(seen_from);
        for row in rows {
            let at = |name| rows::number(table, &row, name);
            if table == Table::StaffChange {
                details.push(((at("lsn"), at("n")), rows::json(table, &row)));
            } else {
                found.push((at("lsn"), at("n"), change(table, &rows::json(table, &row))));
            }
        }
    }
    found.retain(|(lsn, ..)| seen_from <= *lsn);
    for (lsn, n, one) in found.iter_mut().filter(|(.., one)| one["what"] == "staff") {
        if let Some((_, detail)) = details.iter().find(|(key, _)| *key == (*lsn, *n)) {
            one["was"] = detail["was"].clone();
            one["became"] = detail["became"].clone();
        }
    }
    found.sort_by_key(|(lsn, n, one)| (std::cmp::Reverse(*lsn), *n, one["what"].to_string()));
    let next = (1 < seen_from).then_some(seen_from);
    Ok((found.into_iter().map(|(.., one)| one).collect(), next))
}

/// Rows of an append-only table that name these, before a record; and from which record on all were seen, 0: all of them.
async fn latest(
    game: &Asking,
    table: Table,
    ids: &[u64],
    before: Option<u64>,
) -> Result<(Vec<Vec<proto::link::Value>>, u64), Refusal> {
    let first = i64::try_from(before.unwrap_or_default()).map_err(|_| BAD_REQUEST)?;
    let mut after = before.map_or_else(Vec::new, |_| vec![int(first), int(0)]);
    let mut found = Vec::new();
    for _ in 0..LOOKS_MAX {
        let page = Page { ids: ids.to_vec(), after, is_latest: true, ..Page::of(table, 0) };
        let page = game.rows(page).await?;
        found.extend(page.rows.into_iter().map(|row| row.row));
        after = page.after;
        if page.done {
            return Ok((found, 0));
        }
        if ROWS_ENOUGH <= found.len() {
            break;
        }
    }
    // Of the record in which it stopped some may be missing: it is looked at again.
    let last = after.first().and_then(|cell| match cell.v {
        Some(proto::link::value::V::Int(lsn)) => u64::try_from(lsn).ok(),
        _ => None,
    });
    Ok((found, last.unwrap_or_default() + 1))
}

/// One change, whatever table it is of.
fn change(table: Table, row: &Value) -> Value {
    let common =
        |what: &str| json!({ "what": what, "record": row["lsn"], "n": row["n"], "at_ms": row["wall_ms"] });
    let mut one = match table {
        Table::Ledger => common("gold"),
        Table::GoodsLog => common("things"),
        _ => common("staff"),
    };
    let taken: &[(&str, &str)] = match table {
        Table::Ledger => {
            &[("amount", "amount"), ("from", "from_account"), ("to", "to_account"), ("reason_code", "reason")]
        }
        Table::GoodsLog => &[
            ("amount", "quantity"),
            ("kind", "kind"),
            ("item", "item"),
            ("from", "from_holder"),
            ("to", "to_holder"),
            ("reason_code", "reason"),
        ],
        _ => &[("staff", "staff"), ("deed", "deed"), ("until_ms", "until_ms"), ("reason", "reason")],
    };
    for (name, column) in taken {
        one[*name] = row[*column].clone();
    }
    one
}

/// Between whom a change moved something, if it did.
fn moved(one: &Value) -> Option<Line> {
    let id = |name: &str| one[name].as_str()?.parse().ok();
    let reason = u32::try_from(one["reason_code"].as_u64()?).ok()?;
    Some(Line { is_goods: one["what"] == "things", from: id("from")?, to: id("to")?, reason })
}

/// The account, its characters and some letters; what came out of a letter is found by who took it.
const HOLDERS_MAX: usize = IDS_MAX;
const _: () = assert!(proto::limits::CHARACTERS_KEPT_MAX < HOLDERS_MAX);
const ROWS_ENOUGH: usize = 50;
/// Pages of everybody's rows, 1,024 each, in which a request looks, of each log.
const LOOKS_MAX: usize = 6;
/// Such requests for one file.
const EXPORT_LOOKS: usize = 40;
const EXPORT_BYTES_MAX: usize = 8 << 20;
