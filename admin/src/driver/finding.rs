//! Players looked for: by id, by how names begin, by address, or all of them in the order of a key. Every page is read by an index
//! or out of game's memory, so it costs the same with a million of them. Changes nothing.

use std::{collections::HashSet, net::IpAddr, sync::Arc};

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::{
    link::{
        Row, StaffFind, StaffPlayer, StaffPlaying, StaffResponse, StaffSession, StaffSessions, StaffWho,
        staff_player, staff_request::What,
    },
    tables::{Table, text},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    export,
    game::{Asking, Page},
    refusal::{BAD_REQUEST, FORBIDDEN, Refusal},
    request::Asked,
    rows,
    watching::session,
};
use crate::logic::{
    addresses,
    admit::By,
    csv::{Cell, Csv},
    role::{Role, Support, Viewer},
};

#[derive(Debug, Deserialize)]
struct Wish {
    #[serde(default)]
    query: String,
    #[serde(default)]
    after: String,
    /// `id`, or `name`: what there is an index for.
    #[serde(default)]
    sort: String,
}

/// `GET /api/players?query=&sort=&after=`: whose id it is, whose name or whose character's name begins so, or who plays from such
/// an address; without a query everybody, by id or by name.
pub(super) async fn list(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    let wish = wish(&asked)?;
    // Where somebody is is not for everybody.
    if by.caller().role < Role::Support && addresses::block(wish.query.trim()).is_some() {
        return Err(FORBIDDEN.into());
    }
    let game = desk.game.open(&by.caller().name).await?;
    let (found, next) = search(&game, &wish, PAGE_ROWS).await?;
    Ok(Json(json!({ "players": found, "after": next })).into_response())
}

/// `GET /api/players/export` with the same: as a table for spreadsheets, so many of them.
pub(super) async fn export(desk: Arc<Desk>, by: By<Support>, asked: Asked) -> Result<Response, Refusal> {
    let mut wish = wish(&asked)?;
    let game = desk.game.open_to_export(&by.caller().name).await?;
    let mut table = Csv::new(&["id", "name", "character", "online", "created_ms"]);
    let mut left = EXPORT_ROWS;
    loop {
        let (found, next) = search(&game, &wish, EXPORT_PAGE_ROWS).await?;
        for one in &found {
            let created = one["created_ms"].as_i64().map(i128::from);
            table.row(&[
                Cell::Text(one["id"].as_str().unwrap_or_default()),
                Cell::Text(one["name"].as_str().unwrap_or_default()),
                Cell::Text(one["character"].as_str().unwrap_or_default()),
                Cell::Text(if one["online"] == true { "yes" } else { "no" }),
                created.map_or(Cell::Empty, Cell::Number),
            ]);
        }
        left = left.saturating_sub(found.len().max(1));
        match next {
            None => break,
            Some(after) if left == 0 => {
                table
                    .row(&[Cell::Empty, Cell::Text(&format!("more was left out: go on with after={after}"))]);
                break;
            }
            Some(after) => wish.after = after,
        }
    }
    Ok(export::csv("players", table))
}

/// `GET /api/sessions?address=&after=`: who plays, from addresses that begin so.
pub(super) async fn sessions(desk: Arc<Desk>, by: By<Support>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct From {
        #[serde(default)]
        address: String,
        #[serde(default)]
        after: u64,
    }
    let From { address, after } = asked.query()?;
    let address = address.trim();
    let block = match address {
        "" => Vec::new(),
        address => addresses::block(address).ok_or(BAD_REQUEST)?,
    };
    let game = desk.game.open_now(&by.caller().name).await?;
    let (found, next) = playing_from(&game, block, after).await?;
    let found: Vec<Value> = found.iter().map(session).collect();
    Ok(Json(json!({ "sessions": found, "after": next.map(|next| next.to_string()) })).into_response())
}

fn wish(asked: &Asked) -> Result<Wish, Refusal> {
    let wish: Wish = asked.query()?;
    let is_short = wish.query.len() <= QUERY_BYTES_MAX && wish.after.len() <= QUERY_BYTES_MAX;
    if is_short && ["", "id", "name"].contains(&wish.sort.as_str()) {
        Ok(wish)
    } else {
        Err(BAD_REQUEST.into())
    }
}

type Listed = (Vec<Value>, Option<String>);

async fn search(game: &Asking, wish: &Wish, rows_max: u32) -> Result<Listed, Refusal> {
    let (query, after) = (wish.query.trim(), wish.after.as_str());
    if query.is_empty() {
        return if wish.sort == "name" {
            names(game, Names::OF_ACCOUNTS, ("", after), rows_max).await
        } else {
            everybody(game, after, rows_max).await
        };
    }
    if let Ok(id) = query.parse::<u64>() {
        return Ok((one(game, StaffWho { account: id, name: String::new() }).await?, None));
    }
    if let Some(block) = addresses::block(query) {
        let after = if after.is_empty() { Ok(0) } else { after.parse() };
        let (found, next) = playing_from(game, block, after.map_err(|_| BAD_REQUEST)?).await?;
        return Ok((found.iter().map(of_session).collect(), next.map(|next| next.to_string())));
    }
    named(game, query, after, rows_max).await
}

/// By id: the order in which accounts were made.
async fn everybody(game: &Asking, after: &str, rows_max: u32) -> Result<Listed, Refusal> {
    let after = rows::key_of(after, 1).ok_or(BAD_REQUEST)?;
    let page = Page { after, rows_max, ..Page::of(Table::Account, 0) };
    let page = game.rows(page).await?;
    let accounts = page.rows.iter().map(|row| rows::number(Table::Account, &row.row, "id")).collect();
    let playing = playing(game, accounts).await?;
    let found = page.rows.iter().map(|row| line(row, &playing));
    let next = (!page.done).then(|| rows::key_text(&page.after));
    Ok((found.collect(), next))
}

fn line(row: &Row, playing: &HashSet<u64>) -> Value {
    let id = rows::number(Table::Account, &row.row, "id");
    json!({
        "id": id.to_string(),
        "name": rows::text(Table::Account, &row.row, "name"),
        "online": playing.contains(&id),
        "created_ms": rows::json(Table::Account, &row.row).get("created_ms"),
    })
}

/// Whoever that is, or nobody.
async fn one(game: &Asking, who: StaffWho) -> Result<Vec<Value>, Refusal> {
    match game.ask(What::Find(StaffFind { who: Some(who) }), "").await {
        Ok(found) => Ok(vec![of_found(&found)]),
        Err(refusal) if ["no_such_account", "bad_request"].contains(&refusal.code()) => Ok(Vec::new()),
        Err(refusal) => Err(refusal),
    }
}

fn of_found(found: &StaffResponse) -> Value {
    json!({ "id": found.account.to_string(), "name": found.name, "online": found.online, "created_ms": null })
}

fn of_session(one: &StaffSession) -> Value {
    let mut line = session(one);
    line["id"] = one.account.to_string().into();
    line["online"] = true.into();
    line
}

/// Which table of names.
#[derive(Clone, Copy)]
struct Names {
    table: Table,
    /// Before a cursor in it.
    mark: &'static str,
}

impl Names {
    const OF_ACCOUNTS: Self = Self { table: Table::Name, mark: "" };
    /// No name has a colon in it.
    const OF_CHARACTERS: Self = Self { table: Table::CharacterName, mark: "c:" };
}

/// The one who is called so, then those whose names begin so, then those of whose characters that is so, each in the order of
/// names as they are compared.
async fn named(game: &Asking, query: &str, after: &str, rows_max: u32) -> Result<Listed, Refusal> {
    let prefix = query.to_lowercase();
    if let Some(after) = after.strip_prefix(Names::OF_CHARACTERS.mark) {
        return names(game, Names::OF_CHARACTERS, (&prefix, after), rows_max).await;
    }
    let mut found = Vec::new();
    if after.is_empty() {
        found = one(game, StaffWho { account: 0, name: query.to_owned() }).await?;
    }
    let (more, next) = names(game, Names::OF_ACCOUNTS, (&prefix, after), rows_max).await?;
    for one in more {
        if found.iter().all(|known| known["id"] != one["id"]) {
            found.push(one);
        }
    }
    if next.is_some() || rows_max as usize <= found.len() {
        // With the last of the accounts' names a page may be full: the characters' begin on the next.
        return Ok((found, next.or_else(|| Some(Names::OF_CHARACTERS.mark.to_owned()))));
    }
    let (more, next) = names(game, Names::OF_CHARACTERS, (&prefix, ""), rows_max).await?;
    found.extend(more);
    Ok((found, next))
}

/// Names that begin so, by their index.
async fn names(
    game: &Asking,
    Names { table, mark }: Names,
    (prefix, after): (&str, &str),
    rows_max: u32,
) -> Result<Listed, Refusal> {
    let from = if after.is_empty() { below(prefix) } else { after.to_owned() };
    let after = if from.is_empty() { Vec::new() } else { vec![text(&from)] };
    let page = game.rows(Page { after, rows_max, ..Page::of(table, 0) }).await?;
    let key = |row: &Row| rows::text(table, &row.row, "name_key").to_owned();
    let fits = |row: &&Row| key(row).starts_with(prefix);
    let is_below = |row: &&Row| key(row).as_str() < prefix;
    let fitting: Vec<&Row> = page.rows.iter().skip_while(is_below).take_while(fits).collect();
    let is_over = page.done || page.rows.iter().skip_while(is_below).any(|row| !fits(&row));
    let next = fitting.last().filter(|_| !is_over).map(|row| format!("{mark}{}", key(row)));
    let mut found = Vec::new();
    for row in fitting {
        let account = rows::number(table, &row.row, "account");
        let stored = game.rows(Page::of(Table::Account, account)).await?;
        let mut lines = stored.rows.iter().map(|row| line(row, &HashSet::new()));
        // Forgotten meanwhile: it has no name any more.
        let Some(mut line) = lines.next() else { continue };
        if table == Table::CharacterName {
            line["character"] = key(row).into();
        }
        found.push(line);
    }
    let ids = found.iter().filter_map(|line| line["id"].as_str()?.parse().ok()).collect();
    let playing = playing(game, ids).await?;
    for line in &mut found {
        let id = line["id"].as_str().and_then(|id| id.parse().ok());
        line["online"] = id.is_some_and(|id: u64| playing.contains(&id)).into();
    }
    Ok((found, next))
}

/// A text that hardly any name lies between and this one: a page begins after its key, and the prefix may be a name.
fn below(prefix: &str) -> String {
    let Some((last, letter)) = prefix.char_indices().next_back() else { return String::new() };
    let below = char::from_u32(u32::from(letter).wrapping_sub(1));
    let below =
        below.map_or_else(|| prefix.to_owned(), |below| format!("{}{below}\u{10ffff}", &prefix[..last]));
    if below.len() <= proto::limits::NAME_BYTES_MAX { below } else { prefix.to_owned() }
}

/// Which of them play.
async fn playing(game: &Asking, accounts: Vec<u64>) -> Result<HashSet<u64>, Refusal> {
    let mut playing = HashSet::new();
    // As many numbers as one request to game may have.
    for accounts in accounts.chunks(IDS_MAX) {
        let what = staff_player::What::Playing(StaffPlaying { accounts: accounts.to_vec() });
        let found = game.ask(of_nobody(what), "").await?;
        playing.extend(found.player.unwrap_or_default().playing);
    }
    Ok(playing)
}

/// Sessions from such addresses, out of game's memory, and where to go on.
async fn playing_from(
    game: &Asking,
    block: Vec<u8>,
    mut after: u64,
) -> Result<(Vec<StaffSession>, Option<u64>), Refusal> {
    let mut found = Vec::new();
    for _ in 0..LOOKS_MAX {
        let wish = StaffSessions { after, block: block.clone().into() };
        let page = game.ask(of_nobody(staff_player::What::Sessions(wish)), "").await?;
        let player = page.player.unwrap_or_default();
        after = player.next;
        found.extend(player.sessions);
        if page.done {
            return Ok((found, None));
        }
        if SESSIONS_ENOUGH <= found.len() {
            break;
        }
    }
    Ok((found, Some(after)))
}

pub(super) fn of_nobody(what: staff_player::What) -> What {
    What::Player(StaffPlayer { what: Some(what), ..StaffPlayer::default() })
}

/// The address as people write it.
pub(super) fn address(bytes: &[u8]) -> String {
    let bytes: Option<[u8; 16]> = bytes.try_into().ok();
    bytes.map_or_else(String::new, |bytes| IpAddr::from(bytes).to_canonical().to_string())
}

/// Ids that one request to game may hold.
pub(super) const IDS_MAX: usize = proto::limits::READ_KEYS_MAX;
/// Of a list.
const PAGE_ROWS: u32 = 20;
const EXPORT_PAGE_ROWS: u32 = 256;
/// Rows of one file.
const EXPORT_ROWS: usize = 20_000;
const QUERY_BYTES_MAX: usize = 256;
const SESSIONS_ENOUGH: usize = 20;
/// Of sessions, some thousands each.
const LOOKS_MAX: usize = 32;
