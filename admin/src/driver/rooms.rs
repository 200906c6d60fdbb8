//! Open rooms: listed, shown, ended and spoken to. Knows no game: a room's state is told as it comes.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::link::{
    RoomOrder, StaffRoomClose, StaffRoomInfo, StaffRoomList, StaffRoomSay, StaffRoomShow, staff_request::What,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    clock,
    desk::Desk,
    game::Asking,
    refusal::{BAD_REQUEST, NOT_FOUND, Refusal},
    request::{Asked, reason},
    route::Done,
};
use crate::logic::{
    admit::{By, Sure},
    role::{Operator, Role, Viewer},
};

/// `GET /api/rooms?kind=&order=&after=`; `order` is `oldest`, `newest` or `members`. The first page says which kinds there
/// are.
pub(super) async fn list(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        kind: String,
        #[serde(default)]
        order: Order,
        #[serde(default)]
        after: String,
    }
    let Wish { kind, order, after } = asked.query()?;
    let (after, members) = place_of(&after).ok_or(BAD_REQUEST)?;
    let order = RoomOrder::from(order);
    let game = desk.game.open_now(&by.caller().name).await?;
    let wish = StaffRoomList { after, kind, order: order.into(), members };
    let page = game.ask(What::RoomList(wish), "").await?;
    let next = page.rooms.last().filter(|_| !page.done).map(|room| match order {
        RoomOrder::MostMembers => format!("{}.{}", room.room, room.members),
        RoomOrder::Oldest | RoomOrder::Newest => room.room.to_string(),
    });
    let rooms: Vec<Value> = page.rooms.iter().map(line).collect();
    let kinds = page.room_kinds.iter();
    let kinds: Vec<Value> =
        kinds.map(|kind| json!({ "name": kind.name, "open": kind.open, "secrets": kind.secrets })).collect();
    Ok(Json(json!({ "rooms": rooms, "after": next, "kinds": kinds })).into_response())
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    #[default]
    Oldest,
    Newest,
    Members,
}

impl From<Order> for RoomOrder {
    fn from(order: Order) -> Self {
        match order {
            Order::Oldest => Self::Oldest,
            Order::Newest => Self::Newest,
            Order::Members => Self::MostMembers,
        }
    }
}

/// The last room of the page before, and its members then.
fn place_of(after: &str) -> Option<(u64, u32)> {
    if after.is_empty() {
        return Some((0, 0));
    }
    let (id, members) = after.split_once('.').unwrap_or((after, "0"));
    Some((id.parse().ok()?, members.parse().ok()?))
}

/// `GET /api/rooms/ID?watch=`: with `watch` also what it heard since somebody began to look. What players of a game must
/// not see of each other is shown to those alone who have opened it.
pub(super) async fn show(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        watch: u8,
    }
    let Wish { watch } = asked.query()?;
    let game = desk.game.open_now(&by.caller().name).await?;
    let shown = StaffRoomShow { room: asked.id()?, watch: watch != 0 };
    let room = one(&game, shown).await?;
    let is_open = || desk.rooms_opened.has(by.caller().session, room.room, clock::now());
    let is_hidden = room.secrets && !(Role::Operator <= by.caller().role && is_open());
    Ok(Json(whole(&room, is_hidden, desk.told)).into_response())
}

/// `POST /api/rooms/ID/open`: to see what is secret in one, for a while.
pub(super) async fn open(desk: Arc<Desk>, by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
    }
    let (room, Body { reason: why }) = (asked.id()?, asked.body()?);
    let why = reason(&why).map_err(|refusal| refusal.of(&name(room), ""))?;
    let done = async {
        let game = desk.game.open_now(&by.caller().name).await?;
        let after = line(&one(&game, StaffRoomShow { room, watch: false }).await?);
        desk.rooms_opened.add(by.caller().session, room, clock::now());
        Ok(Done { reason: why.clone(), after, ..Done::to(name(room)) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&name(room), &why))
}

/// `POST /api/rooms/ID/close`: its members are told, stakes are given back.
pub(super) async fn close(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
    }
    let (room, Body { reason: why }) = (asked.id()?, asked.body()?);
    let why = reason(&why).map_err(|refusal| refusal.of(&name(room), ""))?;
    let done = async {
        let game = desk.game.open_to_act(&by.caller().name).await?;
        let before = line(&one(&game, StaffRoomShow { room, watch: false }).await?);
        game.ask(What::RoomClose(StaffRoomClose { room }), &why).await?;
        let after = json!({ "closed": true });
        Ok(Done { reason: why.clone(), before, after, ..Done::to(name(room)) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&name(room), &why))
}

/// `POST /api/rooms/ID/say`: lets it hear a signal that its kind knows.
pub(super) async fn say(desk: Arc<Desk>, by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        signal: String,
        #[serde(default)]
        body: String,
    }
    let (room, Body { reason: why, signal, body }) = (asked.id()?, asked.body()?);
    let why = reason(&why).map_err(|refusal| refusal.of(&name(room), ""))?;
    let done = async {
        let game = desk.game.open_to_act(&by.caller().name).await?;
        let after = json!({ "signal": signal, "body": body });
        let wish = StaffRoomSay { room, signal, body: body.into_bytes().into() };
        game.ask(What::RoomSay(wish), &why).await?;
        Ok(Done { reason: why.clone(), after, ..Done::to(name(room)) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&name(room), &why))
}

async fn one(game: &Asking, room: StaffRoomShow) -> Result<StaffRoomInfo, Refusal> {
    let shown = game.ask(What::RoomShow(room), "").await?;
    Ok(shown.rooms.into_iter().next().ok_or(NOT_FOUND)?)
}

/// As the audit log names one.
fn name(room: u64) -> String {
    format!("room {room}")
}

fn line(room: &StaffRoomInfo) -> Value {
    json!({
        "id": room.room.to_string(),
        "name": room.name,
        "members": room.members,
        "players": room.players,
        "players_max": room.players_max,
        "label": room.label,
        "age_ms": room.age_ms,
        "inputs": room.inputs,
        "keeps": room.keeps,
        "pot": room.pot,
        "kind": room.kind,
        "secrets": room.secrets,
    })
}

fn whole(room: &StaffRoomInfo, is_hidden: bool, told: fn(&[u8]) -> String) -> Value {
    let seats = room.seats.iter().map(|seat| {
        json!({
            "account": seat.account.to_string(),
            "player": seat.player,
            "here": seat.here,
            "gone": seat.gone,
            "stake": seat.stake,
        })
    });
    let asks = room.asks.iter().map(|ask| {
        json!({
            "id": ask.id.to_string(),
            "account": ask.account.to_string(),
            "name": ask.name,
            "left_ms": ask.left_ms,
        })
    });
    let timers = room.timers.iter().map(|timer| json!({ "id": timer.id, "left_ms": timer.left_ms }));
    let heard = room.heard.iter().map(|heard| {
        json!({
            "number": heard.number.to_string(),
            "at_ms": heard.at_ms,
            "what": heard.what,
            "account": (heard.account != 0).then(|| heard.account.to_string()),
            "name": heard.name,
            "of": heard.of.to_string(),
            "body": if is_hidden { String::new() } else { told(&heard.body) },
            "body_bytes": heard.body_bytes,
            "times": heard.times,
            "outcomes": heard.outcomes,
        })
    });
    let mut document = line(room);
    document["seats"] = seats.collect();
    document["timers"] = timers.collect();
    document["asks"] = asks.collect();
    document["heard"] = heard.collect();
    document["hidden"] = is_hidden.into();
    document["state"] = if is_hidden { Value::from("") } else { room.state.clone().into() };
    document["state_bytes"] = room.state_bytes.into();
    document["state_is_cut"] = ((room.state.len() as u64) < room.state_bytes).into();
    document
}
