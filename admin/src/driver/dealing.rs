//! What staff says to a player, takes from it, where it puts it, how it calls it and what it notes of it: one request to game
//! each, once for its key where asking again would double it. What is given is `giving`'s.

use std::sync::Arc;

use proto::link::{
    StaffNote, StaffPlayer, StaffPut, StaffRename, StaffTakeGold, StaffTakeThings, StaffTell, StaffUnnote,
    staff_player::What, staff_request,
};
use serde::Deserialize;
use serde_json::json;

use super::{
    desk::{Desk, random_token},
    giving::{id, player},
    refusal::{BAD_REQUEST, Refusal},
    request::{Asked, reason},
    route::Done,
};
use crate::logic::{
    admit::{By, Sure},
    audit::personal::{self, A_MESSAGE, A_NAME, A_NOTE},
    role::{Operator, Support},
};

/// `POST /api/players/ID/message`, shown by its client.
pub(super) async fn message(desk: Arc<Desk>, by: By<Support>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        text: String,
    }
    let (account, Body { reason, text }) = (asked.id()?, asked.body()?);
    deal(&desk, &by.caller().name, account, (&reason, String::new()), What::Tell(StaffTell { text })).await
}

/// `POST /api/players/ID/take`: gold out of the wallet, and out of the world.
pub(super) async fn take(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        amount: i64,
        key: Option<String>,
    }
    let (account, Body { reason, amount, key }) = (asked.id()?, asked.body()?);
    let what = What::TakeGold(StaffTakeGold { amount });
    deal(&desk, &by.caller().name, account, (&reason, keyed(key)?), what).await
}

/// `POST /api/players/ID/remove`: so many of an item out of a bag.
pub(super) async fn remove(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        character: String,
        item: String,
        quantity: u32,
        key: Option<String>,
    }
    let (account, Body { reason, character, item, quantity, key }) = (asked.id()?, asked.body()?);
    let (character, item) = (id(&character)?, id(&item)?);
    let what = What::TakeThings(StaffTakeThings { character, item, quantity });
    deal(&desk, &by.caller().name, account, (&reason, keyed(key)?), what).await
}

/// `POST /api/players/ID/move`: a character, there or where newcomers begin.
pub(super) async fn put(desk: Arc<Desk>, by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        character: String,
        to: Option<Place>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Place {
        x_mm: i64,
        y_mm: i64,
    }
    let (account, Body { reason, character, to }) = (asked.id()?, asked.body()?);
    let character = id(&character)?;
    let safe = StaffPut { character, safe: true, ..StaffPut::default() };
    let put = to.map_or(safe, |Place { x_mm, y_mm }| StaffPut { character, safe: false, x_mm, y_mm });
    deal(&desk, &by.caller().name, account, (&reason, String::new()), What::Put(put)).await
}

/// `POST /api/players/ID/rename`: the account, or one of its characters.
pub(super) async fn rename(desk: Arc<Desk>, by: Sure<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        character: Option<String>,
        name: String,
    }
    let (account, Body { reason, character, name }) = (asked.id()?, asked.body()?);
    let character = character.map_or(Ok(0), |character| id(&character))?;
    let what = What::Rename(StaffRename { character, name });
    deal(&desk, &by.caller().name, account, (&reason, String::new()), what).await
}

/// `POST /api/players/ID/note`, for whoever looks at it next.
pub(super) async fn note(desk: Arc<Desk>, by: By<Support>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        text: String,
        key: Option<String>,
    }
    let (account, Body { reason, text, key }) = (asked.id()?, asked.body()?);
    let what = What::Note(StaffNote { text });
    deal(&desk, &by.caller().name, account, (&reason, keyed(key)?), what).await
}

/// `POST /api/players/ID/unnote`
pub(super) async fn unnote(desk: Arc<Desk>, by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
        note: String,
    }
    let (account, Body { reason, note }) = (asked.id()?, asked.body()?);
    let what = What::Unnote(StaffUnnote { note: id(&note)? });
    deal(&desk, &by.caller().name, account, (&reason, String::new()), what).await
}

async fn deal(
    desk: &Desk,
    by: &str,
    account: u64,
    (why, key): (&str, String),
    what: What,
) -> Result<Done, Refusal> {
    let target = player(account);
    let why = reason(why).map_err(|refusal| refusal.of(&target, ""))?;
    let (word, ids) = personal_of(&what);
    let kept = |text: &str| word.map_or_else(|| text.into(), |word| personal::kept(word, text));
    let done = async {
        let game = desk.game.open_to_act(by).await?;
        let what = staff_request::What::Player(StaffPlayer { account, key: key.clone(), what: Some(what) });
        let did = game.ask(what, &why).await?;
        let record = did.did_lsn.to_string();
        let change = did.player.unwrap_or_default();
        let answer = json!({
            "record": record,
            "again": did.again,
            "key": key,
            "before": change.was,
            "after": change.became,
        });
        let mut after = json!({ "is": kept(&change.became), "record": record, "again": did.again });
        for (name, id) in ids.iter().filter(|(_, id)| *id != 0) {
            after[*name] = id.to_string().into();
        }
        let before = json!({ "was": kept(&change.was) });
        Ok(Done { reason: why.clone(), before, after, answer, ..Done::to(&target) })
    };
    done.await.map_err(|refusal: Refusal| refusal.of(&target, &why))
}

/// What the words of a deed are called where they are the person's, and by which ids they are found as long as that one is
/// there.
fn personal_of(what: &What) -> (Option<&'static str>, Vec<(&'static str, u64)>) {
    match what {
        What::Tell(_) => (Some(A_MESSAGE), Vec::new()),
        What::Rename(rename) => (Some(A_NAME), vec![("character", rename.character)]),
        What::Note(_) => (Some(A_NOTE), Vec::new()),
        What::Unnote(unnote) => (Some(A_NOTE), vec![("note", unnote.note)]),
        _ => (None, Vec::new()),
    }
}

/// The page's key, or a new one.
fn keyed(key: Option<String>) -> Result<String, Refusal> {
    match key {
        Some(key) if key.is_empty() => Err(BAD_REQUEST.into()),
        Some(key) => Ok(key),
        None => Ok(format!("console-{}", &random_token()?.text()[..32])),
    }
}
