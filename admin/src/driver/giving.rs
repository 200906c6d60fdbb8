//! What staff gives a player: gold, things, letters. More than one member may give alone waits for a second one, whose password
//! it takes (reliability V43). Game is asked with the gift's key, so it is given once whatever is lost on the way.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::{
    link::{
        StaffGiveThings, StaffGrant, StaffLetter, StaffPlayer, StaffThings, staff_player, staff_request::What,
    },
    tables::Table,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    clock,
    desk::{Desk, random_token},
    mailing,
    players::row_of,
    refusal::{BAD_REQUEST, Refusal},
    request::{Asked, reason},
    route::Done,
};
use crate::logic::{
    admit::{By, Sure},
    audit::personal,
    gifts::{Gift, GiftError, Noted, Pending, Things},
    role::Operator,
};

/// `POST /api/players/ID/grant`: gold into the wallet.
pub(super) async fn grant(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        amount: i64,
        key: Option<String>,
    }
    let (account, Body { reason: why, amount, key }) = (asked.id()?, asked.body()?);
    offer(&desk, &by.caller().name, account, (why, key), Gift::Gold { amount }).await
}

/// `POST /api/players/ID/give`: things into a character's bag.
pub(super) async fn give(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        character: String,
        kind: u32,
        quantity: u32,
        key: Option<String>,
    }
    let (account, Body { reason: why, character, kind, quantity, key }) = (asked.id()?, asked.body()?);
    let gift = Gift::Things { character: id(&character)?, things: Things { kind, quantity } };
    offer(&desk, &by.caller().name, account, (why, key), gift).await
}

/// `POST /api/players/ID/mail`: a letter of the server's.
pub(super) async fn mail(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        character: String,
        subject: String,
        text: String,
        #[serde(default)]
        gold: i64,
        #[serde(default)]
        things: Vec<Things>,
        key: Option<String>,
    }
    let (account, body) = (asked.id()?, asked.body::<Body>()?);
    let Body { reason: why, character, subject, text, gold, things, key } = body;
    let gift = Gift::Letter { character: id(&character)?, subject, text, gold, things };
    offer(&desk, &by.caller().name, account, (why, key), gift).await
}

/// `GET /api/gifts`: what waits for a second member of the staff.
pub(super) async fn list(desk: Arc<Desk>, by: By<Operator>, _asked: Asked) -> Result<Response, Refusal> {
    let gifts = desk.gifts().await;
    let shown = gifts.pending(clock::wall_ms()).map(|one| told(one, &by.caller().name));
    let limits = desk.settings.alone();
    Ok(Json(json!({
        "gifts": shown.collect::<Vec<_>>(),
        "alone": { "gold": limits.gold.to_string(), "things": limits.things.to_string() },
    }))
    .into_response())
}

/// `POST /api/gifts/ID/approve`, of somebody else's.
pub(super) async fn approve(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    let (id, Reason { reason: why }) = (asked.id()?, asked.body()?);
    let why = reason(&why)?;
    let name = &by.caller().name;
    let waits = {
        let gifts = desk.gifts().await;
        gifts.to_approve(id, name, &desk.state().roster, clock::wall_ms()).cloned()
    };
    let waits = waits.map_err(|error| refused(error).of(&gift(id), &why))?;
    // Before anything is held: counting takes a while. Where game was asked already, it sends no more than was agreed to.
    if waits.tried_by.is_none() {
        mailing::still(&desk, name, &waits).await.map_err(|refusal| refusal.of(&target(&waits), &why))?;
    }
    // Held to the end: nobody declines what is being given.
    let mut gifts = desk.gifts().await;
    let one = gifts.to_approve(id, name, &desk.state().roster, clock::wall_ms()).cloned();
    let one = one.map_err(|error| refused(error).of(&gift(id), &why))?;
    let target = target(&one);
    let tried = gifts.tried(id, Some(name));
    desk.keep_gifts(&mut gifts, tried).await.map_err(|refusal| refusal.of(&target, &why))?;
    let done = perform(&desk, &both(&one.by, name), &one.reason, &one).await;
    if let Err(refusal) = &done {
        // Of an earlier attempt only an answer that game gives after it looked for the key says something.
        let is_first = one.tried_by.is_none();
        if refusal.is_certain() && (is_first || NOT_DONE.contains(&refusal.code())) {
            let next = gifts.tried(id, None);
            // What game said counts more than a folder that cannot be written to, which is logged: then it waits as tried.
            let _logged = desk.keep_gifts(&mut gifts, next).await;
        }
    }
    let did = done.map_err(|refusal| refusal.of(&target, &why))?;
    let next = gifts.without(id);
    // It was given: if it cannot be taken off the list, approving it again finds that out.
    let _logged = desk.keep_gifts(&mut gifts, next).await;
    let (before, after) = (personal::gift(told(&one, name)), personal::gift(did.clone()));
    Ok(Done { reason: why, before, after, answer: did, ..Done::to(target) })
}

/// `POST /api/gifts/ID/decline`: also whoever asked may take it back.
pub(super) async fn decline(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    let (id, Reason { reason: why }) = (asked.id()?, asked.body()?);
    let why = reason(&why)?;
    let mut gifts = desk.gifts().await;
    let one = gifts.to_decline(id, clock::wall_ms()).cloned();
    let one = one.map_err(|error| refused(error).of(&gift(id), &why))?;
    let next = gifts.without(id);
    desk.keep_gifts(&mut gifts, next).await?;
    let before = personal::gift(told(&one, &by.caller().name));
    Ok(Done { reason: why, before, ..Done::to(target(&one)) })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reason {
    reason: String,
}

/// Gives it, or lets it wait.
pub(super) async fn offer(
    desk: &Desk,
    by: &str,
    account: u64,
    (why, key): (String, Option<String>),
    gift: Gift,
) -> Result<Done, Refusal> {
    let key = match key {
        Some(key) => key,
        None => format!("console-{}", &random_token()?.text()[..32]),
    };
    let one = Pending { id: 0, by: by.to_owned(), at_ms: 0, account, key, reason: why, gift, tried_by: None };
    let target = target(&one);
    let why = reason(&one.reason).map_err(|refusal| refusal.of(&target, ""))?;
    if !one.is_sound() {
        return Err(Refusal::from(BAD_REQUEST).of(&target, &why));
    }
    let one = Pending { reason: why.clone(), ..one };
    let done = async {
        let now_ms = clock::wall_ms();
        let mut gifts = desk.gifts().await;
        // What waits is decided by somebody else, even if there is room for it by now.
        let waiting = gifts.waits(&one, now_ms).map_err(refused)?;
        let noted = gifts.alone(&one, desk.settings.alone(), now_ms);
        let Some(Noted { next, is_new }) = noted.filter(|_| waiting.is_none()) else {
            let (next, id) = gifts.ask(one.clone(), now_ms).map_err(refused)?;
            desk.keep_gifts(&mut gifts, next).await?;
            let after = personal::gift(json!({ "pending": id.to_string(), "gift": one.gift }));
            let answer = json!({ "pending": id.to_string() });
            return Ok(Done { reason: why.clone(), after, answer, ..Done::to(&target) });
        };
        desk.keep_gifts(&mut gifts, next).await?;
        drop(gifts);
        let did = perform(desk, by, &why, &one).await;
        let mut gifts = desk.gifts().await;
        let next = match &did {
            // What was there before this request is another one's, which may have given it.
            Err(refusal) if refusal.is_certain() => is_new.then(|| gifts.refunded(&one)),
            Ok(_) | Err(_) => Some(gifts.done(&one, clock::wall_ms())),
        };
        if let Some(next) = next {
            // What was noted before stands in any case; whoever asked hears what game did.
            let _logged = desk.keep_gifts(&mut gifts, next).await;
        }
        drop(gifts);
        let did = did?;
        let (before, after) = (did["before"].clone(), personal::gift(did.clone()));
        Ok(Done { reason: why.clone(), before, after, answer: did, ..Done::to(&target) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&target, &why))
}

/// Asks game; what is answered is durable.
async fn perform(desk: &Desk, by: &str, why: &str, one: &Pending) -> Result<Value, Refusal> {
    let game = desk.game.open_to_act(by).await?;
    let (account, key) = (one.account, one.key.clone());
    let what = match &one.gift {
        Gift::Gold { amount } => What::Grant(StaffGrant { key, account, amount: *amount }),
        Gift::Things { character, things: Things { kind, quantity } } => {
            let (character, kind, quantity) = (*character, *kind, *quantity);
            let what = staff_player::What::GiveThings(StaffGiveThings { character, kind, quantity });
            What::Player(StaffPlayer { account, key, what: Some(what) })
        }
        Gift::Letter { character, subject, text, gold, things } => {
            let things = things.iter();
            let letter = StaffLetter {
                character: *character,
                subject: subject.clone(),
                text: text.clone(),
                gold: *gold,
                things: things
                    .map(|Things { kind, quantity }| StaffThings { kind: *kind, quantity: *quantity })
                    .collect(),
            };
            What::Player(StaffPlayer { account, key, what: Some(staff_player::What::Letter(letter)) })
        }
        Gift::Mailing { .. } => {
            let wish = mailing::wish(one).ok_or(BAD_REQUEST)?;
            let did = game.ask(What::Mailing(wish), why).await?;
            return Ok(json!({ "gift": one.gift, "key": one.key, "again": did.again }));
        }
    };
    let is_gold = matches!(one.gift, Gift::Gold { .. });
    let was = if is_gold { row_of(&game, Table::Wallet, account).await } else { Value::Null };
    let did = game.ask(what, why).await?;
    let is = if is_gold { row_of(&game, Table::Wallet, account).await } else { Value::Null };
    let change = did.player.unwrap_or_default();
    // What is given as things says by itself what was there.
    let (was, is) = if is_gold { (was, is) } else { (change.was.into(), change.became.into()) };
    Ok(json!({
        "gift": one.gift,
        "key": one.key,
        "record": did.did_lsn.to_string(),
        "again": did.again,
        "before": was,
        "after": is,
    }))
}

fn told(one: &Pending, reader: &str) -> Value {
    let mut gift = json!(one.gift);
    // A page reads ids as text, for its numbers are too short.
    if let Some(character) = gift["character"].as_u64() {
        gift["character"] = character.to_string().into();
    }
    json!({
        "id": one.id.to_string(),
        "by": one.by,
        "at_ms": one.at_ms,
        "account": one.account.to_string(),
        "reason": one.reason,
        "gift": gift,
        "own": one.by == reader,
        "tried_by": one.tried_by,
    })
}

/// As game's staff log names two, in the bytes that it has for one.
fn both(asked: &str, agreed: &str) -> String {
    // It adds the number of the user that the console runs as.
    let room = proto::limits::STAFF_BYTES_MAX.saturating_sub(" (uid 4294967295)+".len() + agreed.len());
    format!("{}+{agreed}", &asked[..asked.floor_char_boundary(room)])
}

pub(super) fn id(text: &str) -> Result<u64, Refusal> {
    let id = text.parse().ok().filter(|id: &u64| *id != 0 && i64::try_from(*id).is_ok());
    Ok(id.ok_or(BAD_REQUEST)?)
}

/// To whom it is given, as the audit log names it.
fn target(one: &Pending) -> String {
    match one.gift {
        Gift::Mailing { .. } => mailing::target(&one.key),
        Gift::Gold { .. } | Gift::Things { .. } | Gift::Letter { .. } => player(one.account),
    }
}

/// As the audit log names one.
pub(super) fn player(account: u64) -> String {
    format!("player {account}")
}

fn gift(id: u64) -> String {
    format!("gift {id}")
}

fn refused(error: GiftError) -> Refusal {
    use axum::http::StatusCode;
    let status = match error {
        GiftError::TooMany | GiftError::TooManyOwn => StatusCode::SERVICE_UNAVAILABLE,
        GiftError::NoSuchGift => StatusCode::NOT_FOUND,
        GiftError::OwnGift | GiftError::AskerGone => StatusCode::FORBIDDEN,
        GiftError::KeyUsed | GiftError::Tried => StatusCode::CONFLICT,
    };
    Refusal::new(status, error.code(), error.to_string())
}

/// What game answers to a gift only when it has not done one under its key.
const NOT_DONE: [&str; 12] = [
    "bad_amount",
    "payee_full",
    "no_such_account",
    "no_such_character",
    "no_such_kind",
    "bag_full",
    "mailbox_full",
    "stack_full",
    "account_deleted",
    "key_used",
    "bad_request",
    "mailing_runs",
];
