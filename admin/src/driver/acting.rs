//! What staff does to a player: each deed is one request to game, signed with the name and the reason, and told with what
//! was there before and after it.

use std::sync::Arc;

use proto::{
    link::{StaffKick, StaffRestrict, StaffWho, staff_request::What},
    tables::Table,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    desk::Desk,
    giving::player,
    players::row_of,
    refusal::Refusal,
    request::{Asked, reason},
    route::Done,
};
use crate::logic::{
    admit::{By, Caller, Sure},
    role::{Operator, Support},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Why {
    reason: String,
}

/// A time in milliseconds; without one it is until somebody lifts it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Timed {
    reason: String,
    #[serde(default)]
    for_ms: u64,
}

/// `POST /api/players/ID/kick`
pub(super) async fn kick(desk: Arc<Desk>, by: By<Support>, mut asked: Asked) -> Result<Done, Refusal> {
    let (account, Why { reason: why }) = (asked.id()?, asked.body()?);
    let why = reason(&why).map_err(|refusal| refusal.of(&player(account), ""))?;
    let done = async {
        let game = desk.game.open_to_act(&by.caller().name).await?;
        let was = game.ask(What::Kick(StaffKick { who: who(account) }), &why).await?;
        Ok(Done {
            reason: why.clone(),
            before: json!({ "online": was.online }),
            after: json!({ "online": false }),
            answer: json!({ "was_online": was.online }),
            ..Done::to(player(account))
        })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&player(account), &why))
}

/// `POST /api/players/ID/mute`
pub(super) async fn mute(desk: Arc<Desk>, by: By<Support>, mut asked: Asked) -> Result<Done, Refusal> {
    let (account, Timed { reason: why, for_ms }) = (asked.id()?, asked.body()?);
    let wish = StaffRestrict { mute: true, for_ms, ..StaffRestrict::default() };
    restrict(&desk, by.caller(), account, wish, &why).await
}

/// `POST /api/players/ID/unmute`
pub(super) async fn unmute(desk: Arc<Desk>, by: By<Support>, mut asked: Asked) -> Result<Done, Refusal> {
    let (account, Why { reason: why }) = (asked.id()?, asked.body()?);
    let wish = StaffRestrict { mute: true, lift: true, ..StaffRestrict::default() };
    restrict(&desk, by.caller(), account, wish, &why).await
}

/// `POST /api/players/ID/ban`; the player is shown the reason.
pub(super) async fn ban(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    let (account, Timed { reason: why, for_ms }) = (asked.id()?, asked.body()?);
    let wish = StaffRestrict { for_ms, reason: why.trim().to_owned(), ..StaffRestrict::default() };
    restrict(&desk, by.caller(), account, wish, &why).await
}

/// `POST /api/players/ID/unban`
pub(super) async fn unban(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    let (account, Why { reason: why }) = (asked.id()?, asked.body()?);
    let wish = StaffRestrict { lift: true, ..StaffRestrict::default() };
    restrict(&desk, by.caller(), account, wish, &why).await
}

async fn restrict(
    desk: &Desk,
    caller: &Caller,
    account: u64,
    wish: StaffRestrict,
    why: &str,
) -> Result<Done, Refusal> {
    let why = reason(why).map_err(|refusal| refusal.of(&player(account), ""))?;
    let done = async {
        let game = desk.game.open_to_act(&caller.name).await?;
        let before = row_of(&game, Table::Restriction, account).await;
        let wish = What::Restrict(StaffRestrict { who: who(account), ..wish });
        game.ask(wish, &why).await?;
        let after = row_of(&game, Table::Restriction, account).await;
        let answer = json!({ "restriction": after });
        Ok(Done { reason: why.clone(), before, after, answer, ..Done::to(player(account)) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&player(account), &why))
}

fn who(account: u64) -> Option<StaffWho> {
    Some(StaffWho { account, name: String::new() })
}
