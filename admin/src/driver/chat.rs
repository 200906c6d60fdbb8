//! What players say in public, as game remembers it, and lines of the house to everybody. Private words are not told.

use std::sync::Arc;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::link::{StaffAnnounce, StaffChat, staff_request::What};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    refusal::{BAD_REQUEST, Refusal},
    request::{Asked, reason},
    route::Done,
};
use crate::logic::{
    admit::By,
    role::{Operator, Viewer},
};

/// `GET /api/chat?channel=world|near&after=N`: later lines than that one, oldest first; of many the first.
pub(super) async fn tail(desk: Arc<Desk>, by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        #[serde(default)]
        channel: String,
        #[serde(default)]
        after: String,
    }
    let Wish { channel, after } = asked.query()?;
    let after = if after.is_empty() { 0 } else { after.parse().map_err(|_| BAD_REQUEST)? };
    let game = desk.game.open_now(&by.caller().name).await?;
    let said = game.ask(What::Chat(StaffChat { channel, after }), "").await?;
    let lines = said.chat.iter().map(|line| {
        json!({
            "n": line.n,
            "account": line.account.to_string(),
            "name": line.name,
            "channel": line.channel,
            "text": line.text,
            "at_ms": line.wall_ms,
        })
    });
    Ok(Json(json!({ "lines": lines.collect::<Value>() })).into_response())
}

/// `POST /api/announce`: a line that everybody who plays reads.
pub(super) async fn announce(desk: Arc<Desk>, by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        text: String,
    }
    const TARGET: &str = "everybody";
    let Body { reason: why, text } = asked.body()?;
    let why = reason(&why).map_err(|refusal| refusal.of(TARGET, ""))?;
    let done = async {
        let game = desk.game.open_to_act(&by.caller().name).await?;
        game.ask(What::Announce(StaffAnnounce { text: text.clone() }), &why).await?;
        Ok(Done { reason: why.clone(), after: json!({ "text": text }), ..Done::to(TARGET) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(TARGET, &why))
}
