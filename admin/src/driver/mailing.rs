//! Letters to many: whom one would reach, sending it, ending it, and how far those of late have come. What is in one is
//! written into the audit log whole. One with gold or things in it is a gift to each of its readers, and goes the way of gifts.

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
    tables::{CampaignRow, Row as _, Table},
    wire,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    game::{Asking, Page},
    giving,
    refusal::{BAD_REQUEST, MAILING_GREW, Refusal},
    request::{Asked, reason},
    route::Done,
    rows,
};
use crate::logic::{
    admit::{By, Sure},
    audit::personal,
    gifts::{Gift, Pending, Things, Whom as Meant, letters_max},
    role::{Operator, Role, Viewer},
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
    async fn filter(&self, game: &Asking) -> Result<(StaffMailFilter, Vec<String>), Refusal> {
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

/// `POST /api/mailing/send`: a letter of the house to all who are meant, or a test of it to one. Sent again with its key
/// it is not sent again. With something in it and no list, it says to how many, as they were counted.
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
        things: Vec<Things>,
        #[serde(default)]
        receivers: u64,
    }
    let Body { reason: why, key, whom, subject, text, gold, things, receivers } = asked.body()?;
    let (name, target) = (&by.caller().name, target(&key));
    let why = reason(&why).map_err(|refusal| refusal.of(&target, ""))?;
    let done = async {
        let game = desk.game.open_to_act(name).await?;
        let (filter, unknown) = whom.filter(&game).await?;
        if !unknown.is_empty() || RECEIVERS_MAX < receivers {
            return Err(BAD_REQUEST.into());
        }
        if gold != 0 || !things.is_empty() {
            // It has a place among those who act, too.
            drop(game);
            let listed = filter.ids.len() as u64;
            // Nobody joins a list.
            let (receivers, letters_max) =
                if listed == 0 { (receivers, letters_max(receivers)) } else { (listed, listed) };
            let whom = meant(filter);
            let gift = Gift::Mailing { subject, text, gold, things, whom, receivers, letters_max };
            return giving::offer(&desk, name, 0, (why.clone(), Some(key)), gift).await;
        }
        let filter = Some(filter);
        let wish = StaffMailing { key, filter, subject, text, ..StaffMailing::default() };
        let after = personal::gift(json!({ "gift": letter(&wish) }))["gift"].take();
        let said = game.ask(What::Mailing(wish), &why).await?;
        let answer = json!({ "again": said.again });
        Ok(Done { reason: why.clone(), after, answer, ..Done::to(target.clone()) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&target, &why))
}

/// What game is asked for one that is a gift; nothing: it is another gift.
pub(super) fn wish(one: &Pending) -> Option<StaffMailing> {
    let Gift::Mailing { subject, text, gold, things, whom, letters_max, .. } = &one.gift else { return None };
    let things = things.iter().map(|Things { kind, quantity }| Goods { kind: *kind, quantity: *quantity });
    Some(StaffMailing {
        key: one.key.clone(),
        filter: Some(filter(whom)),
        subject: subject.clone(),
        text: text.clone(),
        gold: *gold,
        things: things.collect(),
        letters_max: *letters_max,
    })
}

/// Whether those who are meant are still about as many as were counted when it was asked for. One that game has already is
/// not counted: it was agreed to, and who agreed did not hear of it.
pub(super) async fn still(desk: &Desk, by: &str, one: &Pending) -> Result<(), Refusal> {
    let Gift::Mailing { whom, letters_max, .. } = &one.gift else { return Ok(()) };
    let game = desk.game.open(by).await?;
    let late = game.all(Page::of(Table::Campaign, 0)).await?;
    let mut late = late.iter().filter_map(|row| CampaignRow::from_values(&row.row));
    if !whom.ids.is_empty() || late.any(|row| row.key == one.key) {
        return Ok(());
    }
    let (mut meant, mut after) = (0, 0);
    for _ in 0..LOOKS_ALL_MAX {
        let look = StaffMailLook { filter: Some(filter(whom)), after };
        let page = game.ask(What::MailLook(look), "").await?;
        meant += page.mail_meant;
        if *letters_max < meant {
            return Err(MAILING_GREW.into());
        }
        if page.done {
            break;
        }
        after = page.mail_after;
    }
    Ok(())
}

fn meant(filter: StaffMailFilter) -> Meant {
    let StaffMailFilter { ids, online, created_from_ms, created_to_ms, level_min, level_max } = filter;
    Meant { ids, online, created_from_ms, created_to_ms, level_min, level_max }
}

fn filter(whom: &Meant) -> StaffMailFilter {
    let Meant { ids, online, created_from_ms, created_to_ms, level_min, level_max } = whom;
    let (online, level_min, level_max) = (*online, *level_min, *level_max);
    let (created_from_ms, created_to_ms) = (*created_from_ms, *created_to_ms);
    StaffMailFilter { ids: ids.clone(), online, created_from_ms, created_to_ms, level_min, level_max }
}

/// As the audit log names one.
pub(super) fn target(key: &str) -> String {
    format!("mailing {}", key.chars().take(64).collect::<String>())
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
    let target = target(&key);
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
    let late = game.all(Page::of(Table::Campaign, 0)).await?;
    let hides = by.caller().role < Role::Support;
    let mut lines: Vec<Value> = late.iter().map(|row| line(&row.row, hides)).collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line["started_ms"].as_u64()));
    Ok(Json(json!({ "mailings": lines })).into_response())
}

/// A letter to some who are listed is theirs: who only looks is not told its words.
fn line(row: &[Cell], hides: bool) -> Value {
    let column = Table::Campaign.def().columns.iter().position(|column| column.name == "wish");
    let wish = match column.and_then(|at| row.get(at)).and_then(|cell| cell.v.as_ref()) {
        Some(V::Blob(bytes)) => wire::decode::<StaffMailing>(bytes, Budget::LINK).unwrap_or_default(),
        _ => StaffMailing::default(),
    };
    let mut line = rows::json(Table::Campaign, row);
    line["letter"] = letter(&wish);
    if hides && wish.filter.as_ref().is_some_and(|filter| !filter.ids.is_empty()) {
        (line["letter"]["subject"], line["letter"]["text"]) = ("".into(), "".into());
    }
    line["state"] = match line["state"].as_u64() {
        Some(1) => "running",
        Some(2) => "done",
        Some(4) => "full",
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
/// The same where all are counted at once, up to many millions.
const LOOKS_ALL_MAX: usize = 65_536;
/// More accounts than this no world has.
const RECEIVERS_MAX: u64 = u32::MAX as u64;
/// Shown by name.
const TO_MAX: usize = 20;
