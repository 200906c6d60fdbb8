//! Open rooms: listed, shown, ended and spoken to. Knows no game: a room's state is told as it comes.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::link::{
    StaffRoomClose, StaffRoomInfo, StaffRoomList, StaffRoomSay, StaffRoomShow, staff_request::What,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    game::Asking,
    refusal::{BAD_REQUEST, NOT_FOUND, Refusal},
    request::{Asked, reason},
    route::Done,
};
use crate::logic::{
    admit::{By, Sure},
    role::{Operator, Viewer},
};

/// `GET /api/rooms?after=`
pub(super) async fn list(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        after: String,
    }
    let Wish { after } = asked.query()?;
    let after = if after.is_empty() { 0 } else { after.parse().map_err(|_| BAD_REQUEST)? };
    let game = desk.game.open(&by.caller().name).await?;
    let page = game.ask(What::RoomList(StaffRoomList { after }), "").await?;
    let next = page.rooms.last().filter(|_| !page.done).map(|room| room.room.to_string());
    let rooms: Vec<Value> = page.rooms.iter().map(line).collect();
    Ok(Json(json!({ "rooms": rooms, "after": next })).into_response())
}

/// `GET /api/rooms/ID`
pub(super) async fn show(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    let game = desk.game.open(&by.caller().name).await?;
    let room = one(&game, asked.id()?).await?;
    Ok(Json(whole(&room)).into_response())
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
        let game = desk.game.open(&by.caller().name).await?;
        let before = line(&one(&game, room).await?);
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
        let game = desk.game.open(&by.caller().name).await?;
        let after = json!({ "signal": signal, "body": body });
        let wish = StaffRoomSay { room, signal, body: body.into_bytes().into() };
        game.ask(What::RoomSay(wish), &why).await?;
        Ok(Done { reason: why.clone(), after, ..Done::to(name(room)) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&name(room), &why))
}

async fn one(game: &Asking<'_>, room: u64) -> Result<StaffRoomInfo, Refusal> {
    let shown = game.ask(What::RoomShow(StaffRoomShow { room }), "").await?;
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
    })
}

fn whole(room: &StaffRoomInfo) -> Value {
    let seats = room.seats.iter().map(|seat| {
        json!({
            "account": seat.account.to_string(),
            "player": seat.player,
            "here": seat.here,
            "gone": seat.gone,
            "stake": seat.stake,
        })
    });
    let mut document = line(room);
    document["seats"] = seats.collect();
    document["state"] = room.state.clone().into();
    document["state_bytes"] = room.state_bytes.into();
    document["state_is_cut"] = ((room.state.len() as u64) < room.state_bytes).into();
    document
}
