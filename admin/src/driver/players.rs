//! One player with all that is kept of it, and why its gold moved. Changes nothing.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::{
    limits::MAILBOX_MAX,
    link::Row,
    personal::{Found, PERSONAL, Personal, Whose},
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
use crate::logic::{
    admit::By,
    role::{Role, Viewer},
};

/// `GET /api/players/ID`: all that is kept of one. What players said to each other or to staff is for support and above:
/// to others letters and reports are there without it.
pub(super) async fn show(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    let game = desk.game.open(&by.caller().name).await?;
    let found = game.find(asked.id()?).await?;
    let hides = by.caller().role < Role::Support;
    let mut document = Map::new();
    document.insert("id".to_owned(), found.account.to_string().into());
    document.insert("name".to_owned(), found.name.clone().into());
    document.insert("online".to_owned(), found.online.into());
    document.insert("hidden".to_owned(), hides.into());
    let mut characters = Vec::new();
    for table in PERSONAL.iter().filter(|personal| is_under_account(personal)).map(|personal| personal.table)
    {
        let rows = game.all(Page::of(table, found.account)).await?;
        let mut shown = told(table, &rows, hides);
        match table {
            Table::Account | Table::Wallet | Table::Restriction => {
                document.insert(table.def().name.to_owned(), shown.pop().unwrap_or(Value::Null));
            }
            Table::Character => {
                characters = rows.iter().map(|row| rows::number(table, &row.row, "id")).collect();
                document.insert("characters".to_owned(), shown.into());
            }
            other => {
                document.insert(other.def().name.to_owned(), shown.into());
            }
        }
    }
    let mut letters: Vec<(u64, usize, usize)> = Vec::new();
    for (at, character) in characters.into_iter().enumerate() {
        let items = game.all(Page::of(Table::Item, character)).await?;
        document["characters"][at]["items"] = told(Table::Item, &items, hides).into();
        let mail = game.all(Page::of(Table::Mail, character)).await?;
        let ids = mail.iter().map(|row| rows::number(Table::Mail, &row.row, "id"));
        letters.extend(ids.enumerate().map(|(letter, id)| (id, at, letter)));
        document["characters"][at]["mail"] = told(Table::Mail, &mail, hides).into();
    }
    // The newest first, for each is asked for.
    letters.sort_unstable_by(|a, b| b.cmp(a));
    for (id, at, letter) in letters.into_iter().take(LETTERS_OPENED_MAX) {
        let things = game.all(Page::of(Table::Item, id)).await?;
        document["characters"][at]["mail"][letter]["things"] = told(Table::Item, &things, hides).into();
    }
    Ok(Json(Value::Object(document)).into_response())
}

/// Whether keys of the table begin with the account that its rows are about.
fn is_under_account(personal: &Personal) -> bool {
    // Whoever wrote a report is named in it, too; those are under the other's id.
    personal.found == Found::Prefix(Whose::Account) || personal.table == Table::Report
}

/// Rows as a page gets them.
fn told(table: Table, rows: &[Row], hides: bool) -> Vec<Value> {
    let words: &[&str] = match table {
        Table::Mail => &["subject", "text"],
        Table::Report => &["reason", "evidence"],
        _ => &[],
    };
    let told = rows.iter().map(|row| {
        let mut told = rows::json(table, &row.row);
        for word in words.iter().filter(|_| hides) {
            told[*word] = Value::Null;
        }
        told
    });
    told.collect()
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
pub(super) async fn row_of(game: &Asking, table: Table, account: u64) -> Value {
    match game.rows_soon(Page { rows_max: 1, ..Page::of(table, account) }).await {
        Ok(page) => page.rows.first().map_or(Value::Null, |row| rows::json(table, &row.row)),
        Err(_) => UNKNOWN.into(),
    }
}

const UNKNOWN: &str = "unknown";
/// Letters that are looked into for one page: a full mailbox. Of others it is not known what lies in them.
const LETTERS_OPENED_MAX: usize = 128;
const _: () = assert!(MAILBOX_MAX <= LETTERS_OPENED_MAX);
const ROWS_ENOUGH: usize = 50;
/// Pages of everybody's rows, 1,024 each, in which a request looks.
const LOOKS_MAX: usize = 16;
