//! Matches that are over: found by kind, player, time and outcome, the newest first, and stepped through. Games whose
//! players have secrets of each other are stepped through by operators alone, each opening with its line in the audit log.

mod walk;

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::{
    link::{StaffFind, StaffRoomList, StaffWho, Value as Cell, staff_request::What},
    tables::Table,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    clock,
    desk::Desk,
    game::{Asking, Page},
    refusal::{BAD_REQUEST, NOT_FOUND, REPLAY_NOT_OPENED, Refusal},
    request::{Asked, reason},
    route::Done,
    rows,
};
use crate::logic::{
    admit::By,
    role::{Operator, Viewer},
};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    #[serde(default)]
    kind: String,
    /// An id or a name.
    #[serde(default)]
    player: String,
    /// How it ended begins so.
    #[serde(default)]
    outcome: String,
    /// It ended at this time or later, milliseconds since 1970.
    from: Option<u64>,
    /// It opened before this time.
    until: Option<u64>,
    #[serde(default)]
    after: String,
}

impl Wish {
    fn takes(&self, table: Table, row: &[Cell]) -> bool {
        let is_kind = self.kind.is_empty() || rows::text(table, row, "kind") == self.kind;
        let is_outcome = rows::text(table, row, "outcome").starts_with(&self.outcome);
        let ended_ms = rows::number(table, row, "ended_ms");
        let is_late = self.from.is_none_or(|from| from <= ended_ms);
        // Whoever has played it knows when it ended alone.
        let begun_ms = if table == Table::Replay { rows::number(table, row, "opened_ms") } else { ended_ms };
        let is_early = self.until.is_none_or(|until| begun_ms < until);
        is_kind && is_outcome && is_late && is_early
    }
}

/// `GET /api/replays?kind=&player=&outcome=&from=&until=&after=`: the newest first. A page without any need not be the last.
pub(super) async fn list(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    let wish: Wish = asked.query()?;
    let is_short = [&wish.kind, &wish.player, &wish.outcome, &wish.after]
        .iter()
        .all(|text| text.len() <= TEXT_BYTES_MAX);
    let after: Option<u64> =
        (!wish.after.is_empty()).then(|| wish.after.parse()).transpose().map_err(|_| BAD_REQUEST)?;
    if !is_short {
        return Err(BAD_REQUEST.into());
    }
    let game = desk.game.open(&by.caller().name).await?;
    let kinds = if after.is_none() { kinds(&game).await? } else { Vec::new() };
    let (replays, next) = match wish.player.trim() {
        "" => of_all(&game, &wish, after).await?,
        player => (of_player(&game, &wish, player).await?, None),
    };
    Ok(Json(json!({ "replays": replays, "after": next, "kinds": kinds })).into_response())
}

/// A page, and where the next one begins.
type Listed = (Vec<Value>, Option<String>);

async fn of_all(game: &Asking, wish: &Wish, after: Option<u64>) -> Result<Listed, Refusal> {
    let mut end = match (after, wish.until) {
        (Some(after), _) => after,
        (None, Some(until)) => walk::first_since(game, until).await?,
        (None, None) => walk::END,
    };
    let mut found = Vec::new();
    for _ in 0..WALKS_MAX {
        let page = walk::before(game, end, PAGE_ROWS).await?;
        for (id, row) in page.rows {
            end = id;
            if wish.takes(Table::Replay, &row) {
                found.push(line(&row));
            }
            if found.len() == PAGE_ROWS {
                return Ok((found, Some(end.to_string())));
            }
        }
        if page.is_last {
            return Ok((found, None));
        }
    }
    Ok((found, Some(end.to_string())))
}

/// The newest that an account has played: game keeps a bounded number of them.
async fn of_player(game: &Asking, wish: &Wish, player: &str) -> Result<Vec<Value>, Refusal> {
    let who = match player.parse() {
        Ok(account) => StaffWho { account, name: String::new() },
        Err(_) => StaffWho { account: 0, name: player.to_owned() },
    };
    let found = match game.ask(What::Find(StaffFind { who: Some(who) }), "").await {
        Err(refusal) if refusal.code() == "no_such_account" => return Ok(Vec::new()),
        other => other?,
    };
    let played = game.all(Page::of(Table::ReplayPlayer, found.account)).await?;
    let rows = played.iter().rev().filter(|row| wish.takes(Table::ReplayPlayer, &row.row));
    let lines = rows.map(|row| {
        let table = Table::ReplayPlayer;
        json!({
            "id": rows::number(table, &row.row, "replay").to_string(),
            "kind": rows::text(table, &row.row, "kind"),
            "number": Value::Null,
            "opened_ms": Value::Null,
            "ended_ms": rows::number(table, &row.row, "ended_ms"),
            "inputs": Value::Null,
            "outcome": rows::text(table, &row.row, "outcome"),
            "broke": Value::Null,
            "place": rows::number(table, &row.row, "place"),
            "players": [found.account.to_string()],
        })
    });
    Ok(lines.collect())
}

fn line(row: &[Cell]) -> Value {
    let table = Table::Replay;
    let players: Vec<u64> = serde_json::from_str(rows::text(table, row, "players")).unwrap_or_default();
    json!({
        "id": rows::number(table, row, "id").to_string(),
        "kind": rows::text(table, row, "kind"),
        "number": rows::number(table, row, "number"),
        "opened_ms": rows::number(table, row, "opened_ms"),
        "ended_ms": rows::number(table, row, "ended_ms"),
        "inputs": rows::number(table, row, "inputs"),
        "outcome": rows::text(table, row, "outcome"),
        "broke": rows::json(table, row)["hash"] == "0",
        "place": Value::Null,
        "players": players.iter().map(u64::to_string).collect::<Vec<_>>(),
    })
}

/// Those that this game knows.
async fn kinds(game: &Asking) -> Result<Vec<Value>, Refusal> {
    let page = game.ask(What::RoomList(StaffRoomList::default()), "").await?;
    let kinds = page.room_kinds.iter();
    Ok(kinds.map(|kind| json!({ "name": kind.name, "secrets": kind.secrets })).collect())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Start {
    #[serde(default)]
    from: u64,
}

/// `GET /api/replays/ID/steps?from=`: some hundreds of steps of a match whose players have no secrets.
pub(super) async fn steps(desk: Arc<Desk>, _by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    let Start { from } = asked.query()?;
    Ok(Json(desk.player.steps(asked.id()?, from, true).await?).into_response())
}

/// `POST /api/replays/ID/open`: to see one with secrets, for a while.
pub(super) async fn open(desk: Arc<Desk>, by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
    }
    let (id, Body { reason: why }) = (asked.id()?, asked.body()?);
    let target = format!("match {id}");
    let why = reason(&why).map_err(|refusal| refusal.of(&target, ""))?;
    let done = async {
        let game = desk.game.open(&by.caller().name).await?;
        let found = game.rows(Page::of(Table::Replay, id)).await?;
        let row = &found.rows.first().ok_or(NOT_FOUND)?.row;
        desk.opened.add(by.caller().session, id, clock::now());
        let after = json!({
            "kind": rows::text(Table::Replay, row, "kind"),
            "outcome": rows::text(Table::Replay, row, "outcome"),
        });
        Ok(Done { reason: why.clone(), after, ..Done::to(target.clone()) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&target, &why))
}

/// `GET /api/replays/ID/secret?from=`: the same of any match, for whoever has opened it.
pub(super) async fn secret_steps(
    desk: Arc<Desk>,
    by: By<Operator>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let (Start { from }, id) = (asked.query()?, asked.id()?);
    if !desk.opened.has(by.caller().session, id, clock::now()) {
        return Err(REPLAY_NOT_OPENED.into());
    }
    Ok(Json(desk.player.steps(id, from, false).await?).into_response())
}

/// Matches of one page.
const PAGE_ROWS: usize = 32;
/// Looks for them, before the page is told that there may be more.
const WALKS_MAX: usize = 8;
const TEXT_BYTES_MAX: usize = 160;
