//! What the processes go by: asked of each of them, and those settings changed that can be while they run. What is set is kept in
//! one file that every start reads; then the processes that have the setting are told to read it. Decides nothing of what a
//! value may be: the sections do.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use proto::link::{Setting, SettingsRequest, SettingsResponse, control_request::What as Wish};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    clock,
    desk::Desk,
    link::Talk,
    refusal::{BAD_REQUEST, BUSY, Refusal},
    request::{Asked, reason},
    route::Done,
};
use crate::{
    Kept, Wrong,
    logic::{
        admit::{By, Sure},
        role::{Operator, Owner},
        sample::{Marker, What},
    },
};

/// `GET /api/config`: every setting of every process that answers, with where it comes from.
pub(super) async fn show(desk: Arc<Desk>, _by: By<Operator>, _asked: Asked) -> Result<Response, Refusal> {
    Ok(Json(shown(&told(&desk).await)).into_response())
}

/// `POST /api/config/set {key, value, reason}`: in force at once, and at every start from now on.
pub(super) async fn set(desk: Arc<Desk>, by: Sure<Owner>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        key: String,
        value: String,
        reason: String,
    }
    let Body { key, value, reason } = asked.body()?;
    change(&desk, &by, key, Some(value), &reason).await
}

/// `POST /api/config/unset {key, reason}`: what the settings file says, or the default, again.
pub(super) async fn unset(desk: Arc<Desk>, by: Sure<Owner>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        key: String,
        reason: String,
    }
    let Body { key, reason } = asked.body()?;
    change(&desk, &by, key, None, &reason).await
}

async fn change(
    desk: &Arc<Desk>,
    _by: &Sure<Owner>,
    key: String,
    value: Option<String>,
    why: &str,
) -> Result<Done, Refusal> {
    if KEY_BYTES_MAX < key.len() {
        return Err(BAD_REQUEST.into());
    }
    let target = format!("setting {key}");
    let why = reason(why).map_err(|refusal| refusal.of(&target, ""))?;
    let changed = changed(desk, &key, value).await.map_err(|refusal| refusal.of(&target, &why))?;
    let (Kept { before, after, .. }, processes) = changed;
    let side = |(value, origin): (String, &str)| json!({ "key": key, "value": value, "origin": origin });
    let (before, after) = (side(before), side(after));
    let answer = json!({ "setting": after, "processes": processes });
    Ok(Done { reason: why, before, after, answer, ..Done::to(target) })
}

/// Keeps it, and has everybody concerned read it; what one of them refuses is taken back from all.
async fn changed(desk: &Arc<Desk>, key: &str, value: Option<String>) -> Result<(Kept, Value), Refusal> {
    let _alone = desk.setting.lock().await;
    let mut concerned = told(desk).await;
    concerned.retain(|(_, told)| told.iter().any(|setting| setting.key == key));
    for (name, told) in &concerned {
        if let Some(one) = told.iter().find(|one| one.key == key && STRONGER.contains(&one.origin.as_str())) {
            let text = format!("{key} of {name} is set by {}, which is stronger than the console", one.place);
            return Err(Refusal::new(StatusCode::CONFLICT, "set_elsewhere", text));
        }
    }
    let settings = Arc::clone(&desk.settings);
    let owned = key.to_owned();
    let kept = blocking(move || settings.keep(&owned, value.as_deref())).await?.map_err(refused)?;
    let names: Vec<&'static str> = concerned.iter().map(|(name, _)| *name).collect();
    let mut processes = Vec::new();
    for (name, read) in reload(desk, &names).await {
        match read {
            Some(Err((code, text))) if code != LATE => {
                let (settings, put_back) = (Arc::clone(&desk.settings), kept.clone());
                blocking(move || settings.put_back(&put_back)).await?;
                reload(desk, &names).await;
                let text = format!("{name} refused it, so nothing was changed: {text}");
                return Err(Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, BAD_VALUE, text));
            }
            Some(Err(_)) => processes.push(json!({ "name": name, "state": "late" })),
            Some(Ok(_)) => processes.push(json!({ "name": name, "state": "in_force" })),
            None => processes.push(json!({ "name": name, "state": "away" })),
        }
    }
    let process = names.first().copied().unwrap_or(desk.own.name);
    let marker = Marker { at_ms: clock::wall_ms(), process, what: What::Setting, detail: key.to_owned() };
    desk.state().history.mark(marker);
    Ok((kept, Value::Array(processes)))
}

fn refused((code, text): Wrong) -> Refusal {
    let status = match code {
        "unknown_setting" => StatusCode::NOT_FOUND,
        BAD_VALUE => StatusCode::UNPROCESSABLE_ENTITY,
        "store_failed" => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::CONFLICT,
    };
    Refusal::new(status, code, text)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.map_err(|_| BUSY.into())
}

/// Of every process that answers, this one last.
async fn told(desk: &Desk) -> Vec<(&'static str, Vec<Setting>)> {
    let names: Vec<&'static str> = desk.seats.iter().map(|seat| seat.name).collect();
    let mut told = Vec::new();
    for (name, said) in ask(desk, &names, false).await {
        if let Some(Ok(said)) = said {
            told.push((name, said.settings));
        }
    }
    told.push((desk.own.name, desk.settings.told().settings));
    told
}

type Read = Option<Result<SettingsResponse, (String, String)>>;

/// Has these read everything again; nothing from who does not answer.
async fn reload(desk: &Arc<Desk>, names: &[&'static str]) -> Vec<(&'static str, Read)> {
    let mut read = ask(desk, names, true).await;
    if names.contains(&desk.own.name) {
        let settings = Arc::clone(&desk.settings);
        let own = blocking(move || settings.again()).await.ok();
        let own = own.map(|own| own.map_err(|(code, text)| (code.to_owned(), text)));
        read.push((desk.own.name, own));
    }
    read
}

/// All at once; in the order of their places.
async fn ask(desk: &Desk, names: &[&'static str], reload: bool) -> Vec<(&'static str, Read)> {
    let mut asked = JoinSet::new();
    for (nth, seat) in desk.seats.iter().enumerate().filter(|(_, seat)| names.contains(&seat.name)) {
        let (name, socket) = (seat.name, seat.socket.clone());
        asked.spawn(async move {
            let said = async {
                let talk = Talk::open(&socket, PATIENCE).await.ok()?;
                talk.ask(Wish::Settings(SettingsRequest { reload }), PATIENCE).await.ok()
            };
            let read = said.await.and_then(|said| match said.error.as_str() {
                "" => Some(Ok(said.settings?)),
                _ => Some(Err((said.error, said.detail))),
            });
            (nth, name, read)
        });
    }
    let mut read = asked.join_all().await;
    read.sort_by_key(|(nth, ..)| *nth);
    read.into_iter().map(|(_, name, read)| (name, read)).collect()
}

/// A line for each key, with what those hold that have it: together where they agree.
fn shown(told: &[(&'static str, Vec<Setting>)]) -> Value {
    let mut order = Vec::new();
    let mut by_key: BTreeMap<&str, Vec<(&'static str, &Setting)>> = BTreeMap::new();
    for (name, settings) in told {
        for setting in settings {
            let holders = by_key.entry(&setting.key).or_default();
            if holders.is_empty() {
                order.push(setting.key.as_str());
            }
            holders.push((name, setting));
        }
    }
    let line = |key: &str| {
        let holders = by_key.get(key)?;
        let (_, first) = holders.first()?;
        let mut held: Vec<(Vec<&str>, &Setting)> = Vec::new();
        for (name, setting) in holders {
            match held.iter_mut().find(|(_, known)| known == setting) {
                Some((names, _)) => names.push(name),
                None => held.push((vec![name], setting)),
            }
        }
        let held = held.into_iter().map(|(processes, one)| {
            let next = json!({ "value": one.value_next, "origin": one.origin_next, "place": one.place_next });
            json!({
                "processes": processes,
                "value": one.value,
                "origin": one.origin,
                "place": one.place,
                "waiting": if one.waiting { next } else { Value::Null },
            })
        });
        Some(json!({
            "key": key,
            "default": first.default,
            "live": first.live,
            "about": first.about,
            "held": held.collect::<Value>(),
        }))
    };
    let names: Vec<&str> = told.iter().map(|(name, _)| *name).collect();
    json!({ "settings": order.into_iter().filter_map(line).collect::<Value>(), "processes": names })
}

const STRONGER: [&str; 2] = ["environment", "argument"];
const LATE: &str = "settings_late";
const BAD_VALUE: &str = "bad_value";
const KEY_BYTES_MAX: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);
