//! What is switched on for the whole world, and accounts whose wealth is frozen: shown to whoever looks, switched with a
//! reason. Each deed is one request to game, told with what was there before and after it.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::{
    link::{
        StaffFreeze, StaffMaintenance, StaffResponse, StaffSwitch, StaffSwitchState, StaffSwitches, StaffWho,
        staff_request::What,
    },
    tables::Table,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    bans::name_of,
    desk::Desk,
    game::Page,
    refusal::{BAD_REQUEST, Refusal},
    request::{Asked, reason},
    route::Done,
    rows,
};
use crate::logic::{
    admit::{By, Caller, Sure},
    role::{Operator, Viewer},
};

/// `GET /api/switches`: all of them, as the running game has them.
pub(super) async fn show(desk: Arc<Desk>, by: By<Viewer>, _asked: Asked) -> Result<Response, Refusal> {
    let game = desk.game.open_now(&by.caller().name).await?;
    let said = game.ask(What::Switches(StaffSwitches {}), "").await?;
    Ok(Json(json!({ "switches": states(&said) })).into_response())
}

/// `GET /api/frozen?after=`: accounts whose wealth is frozen, and why.
pub(super) async fn frozen(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        after: String,
    }
    let Wish { after } = asked.query()?;
    let after = rows::key_of(&after, 1).ok_or(BAD_REQUEST)?;
    let game = desk.game.open(&by.caller().name).await?;
    let page = game.rows(Page { after, rows_max: PAGE_ROWS, ..Page::of(Table::Freeze, 0) }).await?;
    let mut found = Vec::new();
    for row in &page.rows {
        let mut line = rows::json(Table::Freeze, &row.row);
        line["name"] = name_of(&game, rows::number(Table::Freeze, &row.row, "account")).await?.into();
        found.push(line);
    }
    let next = (!page.done).then(|| rows::key_text(&page.after));
    Ok(Json(json!({ "rows": found, "after": next })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    reason: String,
    on: bool,
}

/// `POST /api/switches/wealth`: whether gold and things go from no player to another.
pub(super) async fn wealth(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    let Wish { reason, on } = asked.body()?;
    switch(&desk, by.caller(), ("wealth_frozen", on.into()), &reason).await
}

/// `POST /api/switches/accounts`: whether nobody gets a new account.
pub(super) async fn accounts(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    let Wish { reason, on } = asked.body()?;
    switch(&desk, by.caller(), ("accounts_closed", on.into()), &reason).await
}

/// `POST /api/switches/chat`: the seconds between two public lines of a player; 0: as fast as ever.
pub(super) async fn chat(desk: Arc<Desk>, by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        seconds: u64,
    }
    let Body { reason, seconds } = asked.body()?;
    switch(&desk, by.caller(), ("chat_slow", seconds), &reason).await
}

async fn switch(
    desk: &Desk,
    caller: &Caller,
    (name, value): (&str, u64),
    why: &str,
) -> Result<Done, Refusal> {
    let target = format!("switch {name}");
    let why = reason(why).map_err(|refusal| refusal.of(&target, ""))?;
    let done = async {
        let game = desk.game.open_to_switch(&caller.name).await?;
        let said = game.ask(What::Switch(StaffSwitch { name: name.to_owned(), value }), &why).await?;
        let before = said.switch_was.as_ref().map_or(Value::Null, state);
        let after = said.switches.iter().find(|switch| switch.name == name).map_or(Value::Null, state);
        let answer = json!({ "switches": states(&said) });
        Ok(Done { reason: why.clone(), before, after, answer, ..Done::to(target.clone()) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&target, &why))
}

/// `POST /api/switches/staff_only`: whether only staff may log in; the reason is shown to players. Who plays plays on
/// unless they are to be put out.
pub(super) async fn staff_only(
    desk: Arc<Desk>,
    by: Sure<Operator>,
    mut asked: Asked,
) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        on: bool,
        #[serde(default)]
        kick: bool,
    }
    const TARGET: &str = "switch staff_only";
    let Body { reason: why, on, kick } = asked.body()?;
    let why = reason(&why).map_err(|refusal| refusal.of(TARGET, ""))?;
    let done = async {
        let game = desk.game.open_to_switch(&by.caller().name).await?;
        let of = |said: &StaffResponse| {
            said.switches.iter().find(|one| one.name == "staff_only").map_or(Value::Null, state)
        };
        let before = of(&game.ask(What::Switches(StaffSwitches {}), "").await?);
        let told = if on { why.clone() } else { String::new() };
        game.ask(What::Maintenance(StaffMaintenance { on, reason: told, kick }), &why).await?;
        let said = game.ask(What::Switches(StaffSwitches {}), "").await?;
        let mut after = of(&said);
        if kick && on {
            after["kicked"] = true.into();
        }
        let answer = json!({ "switches": states(&said) });
        Ok(Done { reason: why.clone(), before, after, answer, ..Done::to(TARGET) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(TARGET, &why))
}

/// `POST /api/players/ID/freeze`: it plays on, and neither gives nor takes.
pub(super) async fn freeze(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    freezes(&desk, by.caller(), &mut asked, false).await
}

/// `POST /api/players/ID/unfreeze`
pub(super) async fn unfreeze(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    freezes(&desk, by.caller(), &mut asked, true).await
}

async fn freezes(desk: &Desk, caller: &Caller, asked: &mut Asked, lift: bool) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
    }
    let (account, Body { reason: why }) = (asked.id()?, asked.body()?);
    let target = format!("player {account}");
    let why = reason(&why).map_err(|refusal| refusal.of(&target, ""))?;
    let done = async {
        let game = desk.game.open_to_act(&caller.name).await?;
        let who = Some(StaffWho { account, name: String::new() });
        let said = game.ask(What::Freeze(StaffFreeze { who, lift }), &why).await?;
        Ok(Done {
            reason: why.clone(),
            before: json!({ "frozen": said.was_frozen }),
            after: json!({ "frozen": !lift }),
            answer: json!({ "was_frozen": said.was_frozen }),
            ..Done::to(target.clone())
        })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&target, &why))
}

fn states(said: &StaffResponse) -> Value {
    Value::Object(said.switches.iter().map(|one| (one.name.clone(), state(one))).collect::<Map<_, _>>())
}

fn state(switch: &StaffSwitchState) -> Value {
    let StaffSwitchState { value, reason, by, since_ms, .. } = switch;
    let since_ms = (*since_ms != 0).then_some(since_ms);
    json!({ "value": value, "reason": reason, "by": by, "since_ms": since_ms })
}

/// Of a list: each is asked for.
const PAGE_ROWS: u32 = 20;
