//! Letters to many: whom one would reach, sending it, ending it, and how far those of late have come. What is in one is
//! written into the audit log whole.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::{
    limits::MAILING_IDS_MAX,
    link::{
        Goods, StaffFind, StaffMailFilter, StaffMailLook, StaffMailStop, StaffMailing, StaffWho,
        Value as Cell, staff_request::What, value::V,
    },
    prescan::Budget,
    tables::Table,
    wire,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    game::{Asking, Page},
    refusal::{BAD_REQUEST, Refusal},
    request::{Asked, reason},
    route::Done,
    rows,
};
use crate::logic::{
    admit::{By, Sure},
    role::{Operator, Viewer},
};

/// Who is meant. With a list nothing else counts.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Whom {
    /// Ids and names, with commas between.
    #[serde(default)]
    list: String,
    #[serde(default)]
    online: bool,
    #[serde(default)]
    created_from_ms: u64,
    #[serde(default)]
    created_to_ms: u64,
    #[serde(default)]
    level_min: u32,
    #[serde(default)]
    level_max: u32,
}

impl Whom {
    /// As game takes it, and those of the list that nobody is called.
    async fn filter(&self, game: &Asking<'_>) -> Result<(StaffMailFilter, Vec<String>), Refusal> {
        let Self { list, online, created_from_ms, created_to_ms, level_min, level_max } = self;
        let (online, level_min, level_max) = (*online, *level_min, *level_max);
        let (created_from_ms, created_to_ms) = (*created_from_ms, *created_to_ms);
        let filter =
            StaffMailFilter { ids: Vec::new(), online, created_from_ms, created_to_ms, level_min, level_max };
        let words: Vec<&str> = list.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return if list.is_empty() { Ok((filter, Vec::new())) } else { Err(BAD_REQUEST.into()) };
        }
        if MAILING_IDS_MAX < words.len() {
            return Err(BAD_REQUEST.into());
        }
        let (mut ids, mut unknown) = (Vec::new(), Vec::new());
        for word in words {
            let who = match word.parse() {
                Ok(account) => StaffWho { account, name: String::new() },
                Err(_) => StaffWho { account: 0, name: word.to_owned() },
            };
            match game.ask(What::Find(StaffFind { who: Some(who) }), "").await {
                Ok(found) => ids.push(found.account),
                Err(refusal) if ["no_such_account", "bad_request"].contains(&refusal.code()) => {
                    unknown.push(word.to_owned());
                }
                Err(refusal) => return Err(refusal),
            }
        }
        Ok((StaffMailFilter { ids, ..StaffMailFilter::default() }, unknown))
    }
}

/// `GET /api/mailing/preview?list=&online=&created_from_ms=&created_to_ms=&level_min=&level_max=&after=`: how many of
/// the accounts that were looked at are meant, and the first of them. With `after` in the answer there are more to look
/// at: a page adds them up.
pub(super) async fn preview(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        list: String,
        #[serde(default)]
        online: bool,
        #[serde(default)]
        created_from_ms: u64,
        #[serde(default)]
        created_to_ms: u64,
        #[serde(default)]
        level_min: u32,
        #[serde(default)]
        level_max: u32,
        #[serde(default)]
        after: String,
    }
    let Wish { list, online, created_from_ms, created_to_ms, level_min, level_max, after } = asked.query()?;
    let whom = Whom { list, online, created_from_ms, created_to_ms, level_min, level_max };
    let mut after: u64 = if after.is_empty() { 0 } else { after.parse().map_err(|_| BAD_REQUEST)? };
    let game = desk.game.open(&by.caller().name).await?;
    let (filter, unknown) = whom.filter(&game).await?;
    if filter.ids.is_empty() && !unknown.is_empty() {
        return Ok(Json(json!({ "meant": 0, "to": [], "unknown": unknown, "after": null })).into_response());
    }
    let (mut meant, mut to, mut done) = (0, Vec::new(), false);
    for _ in 0..LOOKS_MAX {
        let look = StaffMailLook { filter: Some(filter.clone()), after };
        let page = game.ask(What::MailLook(look), "").await?;
        meant += page.mail_meant;
        let room = TO_MAX.saturating_sub(to.len());
        to.extend(page.mail_to.into_iter().take(room));
        (after, done) = (page.mail_after, page.done);
        if done {
            break;
        }
    }
    let mut shown = Vec::new();
    for one in to {
        // Of a list only the ids are known.
        let name = if one.character == 0 { game.find(one.account).await?.name } else { one.name };
        let level = (one.character != 0).then_some(one.level);
        shown.push(json!({ "account": one.account.to_string(), "name": name, "level": level }));
    }
    let next = (!done).then(|| after.to_string());
    Ok(Json(json!({ "meant": meant, "to": shown, "unknown": unknown, "after": next })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Thing {
    kind: u32,
    quantity: u32,
}

/// `POST /api/mailing/send`: a letter of the house to all who are meant, or a test of it to one. Sent again with its key
/// it is not sent again.
pub(super) async fn send(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        key: String,
        #[serde(default)]
        whom: Whom,
        subject: String,
        text: String,
        #[serde(default)]
        gold: i64,
        #[serde(default)]
        things: Vec<Thing>,
    }
    let Body { reason: why, key, whom, subject, text, gold, things } = asked.body()?;
    let target = format!("mailing {}", key.chars().take(64).collect::<String>());
    let why = reason(&why).map_err(|refusal| refusal.of(&target, ""))?;
    let done = async {
        let game = desk.game.open_to_act(&by.caller().name).await?;
        let (filter, unknown) = whom.filter(&game).await?;
        if !unknown.is_empty() {
            return Err(BAD_REQUEST.into());
        }
        let things: Vec<Goods> = things
            .iter()
            .map(|Thing { kind, quantity }| Goods { kind: *kind, quantity: *quantity })
            .collect();
        let wish = StaffMailing { key, filter: Some(filter), subject, text, gold, things };
        let after = letter(&wish);
        let said = game.ask(What::Mailing(wish), &why).await?;
        let answer = json!({ "again": said.again });
        Ok(Done { reason: why.clone(), after, answer, ..Done::to(target.clone()) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&target, &why))
}

/// `POST /api/mailing/stop`: who has the letter keeps it.
pub(super) async fn stop(desk: Arc<Desk>, by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        key: String,
    }
    let Body { reason: why, key } = asked.body()?;
    let target = format!("mailing {}", key.chars().take(64).collect::<String>());
    let why = reason(&why).map_err(|refusal| refusal.of(&target, ""))?;
    let done = async {
        let game = desk.game.open_to_act(&by.caller().name).await?;
        game.ask(What::MailStop(StaffMailStop { key }), &why).await?;
        let (before, after) = (json!({ "state": "running" }), json!({ "state": "stopped" }));
        Ok(Done { reason: why.clone(), before, after, ..Done::to(target.clone()) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&target, &why))
}

/// `GET /api/mailing`: those of late, the last first, and how far each has come.
pub(super) async fn list(desk: Arc<Desk>, by: By<Viewer>, _asked: Asked) -> Result<Response, Refusal> {
    let game = desk.game.open(&by.caller().name).await?;
    let page = game.rows(Page::of(Table::Campaign, 0)).await?;
    let mut lines: Vec<Value> = page.rows.iter().map(|row| line(&row.row)).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line["started_ms"].as_u64()));
    Ok(Json(json!({ "mailings": lines })).into_response())
}

fn line(row: &[Cell]) -> Value {
    let column = Table::Campaign.def().columns.iter().position(|column| column.name == "wish");
    let wish = match column.and_then(|at| row.get(at)).and_then(|cell| cell.v.as_ref()) {
        Some(V::Blob(bytes)) => wire::decode::<StaffMailing>(bytes, Budget::LINK).unwrap_or_default(),
        _ => StaffMailing::default(),
    };
    let mut line = rows::json(Table::Campaign, row);
    line["letter"] = letter(&wish);
    line["state"] = match line["state"].as_u64() {
        Some(1) => "running",
        Some(2) => "done",
        _ => "stopped",
    }
    .into();
    if let Value::Object(fields) = &mut line {
        fields.remove("wish");
    }
    line
}

/// A letter and who is meant, as the page and the audit log have it.
fn letter(wish: &StaffMailing) -> Value {
    let StaffMailing { filter, subject, text, gold, things, .. } = wish;
    let filter = filter.clone().unwrap_or_default();
    let things = things.iter().map(|Goods { kind, quantity }| json!({ "kind": kind, "quantity": quantity }));
    json!({
        "subject": subject,
        "text": text,
        "gold": gold,
        "things": things.collect::<Value>(),
        "whom": {
            "ids": filter.ids.iter().map(u64::to_string).collect::<Vec<_>>(),
            "online": filter.online,
            "created_from_ms": filter.created_from_ms,
            "created_to_ms": filter.created_to_ms,
            "level_min": filter.level_min,
            "level_max": filter.level_max,
        },
    })
}

/// Pages of accounts in one request, 256 characters each.
const LOOKS_MAX: usize = 20;
/// Shown by name.
const TO_MAX: usize = 20;
