//! One player with all that is kept of it, and why its gold moved. Changes nothing.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::{
    personal::{Found, PERSONAL, Whose},
    tables::Table,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    desk::Desk,
    game::{Asking, Page},
    refusal::{BAD_REQUEST, Refusal},
    request::Asked,
    rows,
};
use crate::logic::{admit::By, role::Viewer};

/// `GET /api/players/ID`: all that is kept of one.
pub(super) async fn show(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    let game = desk.game.open(&by.caller().name).await?;
    let found = game.find(asked.id()?).await?;
    let mut document = Map::new();
    document.insert("id".to_owned(), found.account.to_string().into());
    document.insert("name".to_owned(), found.name.clone().into());
    document.insert("online".to_owned(), found.online.into());
    let mut characters = Vec::new();
    for personal in PERSONAL.iter().filter(|personal| personal.found == Found::Prefix(Whose::Account)) {
        let rows = game.rows(Page::of(personal.table, found.account)).await?.rows;
        let mut shown: Vec<Value> = rows.iter().map(|row| rows::json(personal.table, &row.row)).collect();
        match personal.table {
            Table::Account | Table::Wallet | Table::Restriction => {
                document.insert(personal.table.def().name.to_owned(), shown.pop().unwrap_or(Value::Null));
            }
            Table::Character => {
                characters = rows.iter().map(|row| rows::number(Table::Character, &row.row, "id")).collect();
                document.insert("characters".to_owned(), shown.into());
            }
            other => {
                document.insert(other.def().name.to_owned(), shown.into());
            }
        }
    }
    for (at, character) in characters.into_iter().enumerate() {
        for (table, name) in [(Table::Item, "items"), (Table::Mail, "mail")] {
            let rows = game.rows(Page::of(table, character)).await?.rows;
            let rows: Vec<Value> = rows.iter().map(|row| rows::json(table, &row.row)).collect();
            document["characters"][at][name] = rows.into();
        }
    }
    Ok(Json(Value::Object(document)).into_response())
}

/// `GET /api/players/ID/ledger?after=`: why its gold moved, the last movement first.
pub(super) async fn ledger(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    latest(&desk, &by, &asked, Table::Ledger).await
}

/// `GET /api/players/ID/log?after=`: what staff did to it, the last deed first.
pub(super) async fn staff_log(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    latest(&desk, &by, &asked, Table::StaffLog).await
}

/// Rows of an append-only table that name one account. They are looked for among everybody's, so a page may end before
/// it is full: `after` says where to go on.
async fn latest(desk: &Desk, by: &By<Viewer>, asked: &Asked, table: Table) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        after: String,
    }
    let (account, Wish { after }) = (asked.id()?, asked.query()?);
    let mut after = rows::key_of(&after, table.def().key_columns).ok_or(BAD_REQUEST)?;
    let game = desk.game.open(&by.caller().name).await?;
    let mut found: Vec<Value> = Vec::new();
    let mut done = false;
    for _ in 0..LOOKS_MAX {
        let page = Page { ids: vec![account], after, is_latest: true, ..Page::of(table, 0) };
        let page = game.rows(page).await?;
        found.extend(page.rows.iter().map(|row| rows::json(table, &row.row)));
        (after, done) = (page.after, page.done);
        if done || ROWS_ENOUGH <= found.len() {
            break;
        }
    }
    let next = (!done).then(|| rows::key_text(&after));
    Ok(Json(json!({ "rows": found, "after": next })).into_response())
}

/// The row of a table whose key is the account, if there is one: what a deed changes, before and after it. A ban does not
/// wait for a database that is away.
pub(super) async fn row_of(game: &Asking<'_>, table: Table, account: u64) -> Value {
    match game.rows_soon(Page { rows_max: 1, ..Page::of(table, account) }).await {
        Ok(page) => page.rows.first().map_or(Value::Null, |row| rows::json(table, &row.row)),
        Err(_) => UNKNOWN.into(),
    }
}

const UNKNOWN: &str = "unknown";
const ROWS_ENOUGH: usize = 50;
/// Pages of everybody's rows, 1,024 each, in which a request looks.
const LOOKS_MAX: usize = 16;
