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
    let mut answer = shown(&told(&desk).await);
    let settings = Arc::clone(&desk.settings);
    answer["kept"] = blocking(move || settings.kept()).await?.into();
    Ok(Json(answer).into_response())
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
    let Changed { before, after, processes, others } = changed;
    let side = |(value, origin): (String, String)| json!({ "key": key, "value": value, "origin": origin });
    let (before, mut after) = (side(before), side(after));
    let answer = json!({ "setting": after, "processes": processes, "others": others });
    if !others.is_empty() {
        after["others"] = others.into();
    }
    Ok(Done { reason: why, before, after, answer, ..Done::to(target) })
}

/// What has become of a key.
struct Changed {
    /// As it was in force: value and origin.
    before: (String, String),
    after: (String, String),
    /// Everybody whose it is, and how far each is.
    processes: Vec<Value>,
    /// What else came into force with the same reading, because a file was edited: of each process.
    others: Vec<Value>,
}

/// Keeps it, and has everybody concerned read it; what one of them refuses is taken back from all.
async fn changed(desk: &Arc<Desk>, key: &str, value: Option<String>) -> Result<Changed, Refusal> {
    let _alone = desk.setting.lock().await;
    let told = told(desk).await;
    let in_force = |name: &str, key: &str| {
        let (_, settings) = told.iter().find(|(known, _)| *known == name)?;
        settings.iter().find(|one| one.key == key)
    };
    let names = concerned(desk, key, &told);
    for name in names.iter().filter(|_| value.is_some()) {
        if let Some(one) = in_force(name, key).filter(|one| STRONGER.contains(&one.origin.as_str())) {
            let text = format!("{key} of {name} is set by {}, which is stronger than the console", one.place);
            return Err(Refusal::new(StatusCode::CONFLICT, "set_elsewhere", text));
        }
    }
    let settings = Arc::clone(&desk.settings);
    let owned = key.to_owned();
    let kept = blocking(move || settings.keep(&owned, value.as_deref())).await?.map_err(refused)?;
    let read = reload(desk, &names).await;
    if let Some((name, text)) = read.iter().find_map(|(name, read)| Some((name, refusal_of(read.as_ref())?)))
    {
        // Who has read it, or may have.
        let mut took: Vec<&str> = told.iter().map(|(name, _)| *name).collect();
        took.extend(read.iter().filter(|(_, read)| read.is_some()).map(|(name, _)| *name));
        took.retain(|took| {
            !read.iter().any(|(name, read)| name == took && refusal_of(read.as_ref()).is_some())
        });
        return Err(taken_back(desk, &kept, &names, &took, &format!("{name} refused it: {text}")).await);
    }
    let (mut processes, mut others) = (Vec::new(), Vec::new());
    for (name, read) in read {
        let state = match &read {
            Some(Err(_)) => "late",
            Some(Ok(said)) if said.settings.iter().any(|one| one.key == key && one.waiting) => "waiting",
            Some(Ok(_)) => "in_force",
            None => "away",
        };
        processes.push(json!({ "name": name, "state": state }));
        let Some(Ok(said)) = read else { continue };
        for one in said.settings.iter().filter(|one| one.key != key && said.changed.contains(&one.key)) {
            let before = in_force(name, &one.key).map(|one| one.value.as_str());
            others.push(json!({ "process": name, "key": one.key, "before": before, "after": one.value }));
        }
    }
    let process = names.first().copied().unwrap_or(desk.own.name);
    let marker = Marker { at_ms: clock::wall_ms(), process, what: What::Setting, detail: key.to_owned() };
    desk.state().history.mark(marker);
    let Kept { before, after, .. } = kept;
    let before = names
        .iter()
        .find_map(|name| in_force(name, key))
        .map_or_else(|| (before.0, before.1.to_owned()), |one| (one.value.clone(), one.origin.clone()));
    Ok(Changed { before, after: (after.0, after.1.to_owned()), processes, others })
}

/// Whose it is: those that say so, and those of a kind that has it which say nothing just now.
fn concerned(desk: &Desk, key: &str, told: &[(&'static str, Vec<Setting>)]) -> Vec<&'static str> {
    let has = |settings: &[Setting]| settings.iter().any(|one| one.key == key);
    let latest = Arc::clone(&desk.latest.borrow());
    let is_there = |name: &str| latest.sample.processes.iter().any(|one| one.name == name);
    let seats = desk.seats.iter().filter(|seat| match told.iter().find(|(name, _)| *name == seat.name) {
        Some((_, settings)) => has(settings),
        None => (seat.is_needed || is_there(seat.name)) && is_of(seat.role, key),
    });
    let own = told.iter().filter(|(name, settings)| *name == desk.own.name && has(settings));
    seats.map(|seat| seat.name).chain(own.map(|(name, _)| *name)).collect()
}

/// Whether processes of this kind have the key.
fn is_of(role: &str, key: &str) -> bool {
    let (section, rest) = key.split_once('.').unwrap_or((key, ""));
    match section {
        "log" => true,
        "metrics" => rest == role,
        "store" => role == "dbfront",
        _ => section == role,
    }
}

/// Why a process does not go by it and will not.
fn refusal_of(read: Option<&Result<SettingsResponse, (String, String)>>) -> Option<&str> {
    match read {
        Some(Err((code, text))) if code != LATE => Some(text),
        _ => None,
    }
}

/// Has everything be as it was, and says how far it is.
async fn taken_back(
    desk: &Arc<Desk>,
    kept: &Kept,
    names: &[&'static str],
    took: &[&str],
    why: &str,
) -> Refusal {
    let (settings, put_back) = (Arc::clone(&desk.settings), kept.clone());
    let put_back = blocking(move || settings.put_back(&put_back)).await;
    let put_back = put_back.unwrap_or_else(|_| Err((NOT_PUT_BACK, "its thread has ended".to_owned())));
    // Also where nobody knows what the disk holds: the file is what they would read at their next start.
    let mut unsure = reload(desk, names).await;
    if let Err((_, text)) = put_back {
        let text = format!("{why}. {text}");
        return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, NOT_PUT_BACK, text);
    }
    unsure.retain(|(name, read)| {
        took.contains(name) && (read.is_none() || refusal_of(read.as_ref()).is_some())
    });
    if unsure.is_empty() {
        let text = format!("{why}. Nothing was changed");
        return Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, BAD_VALUE, text);
    }
    let names: Vec<&str> = unsure.iter().map(|(name, _)| *name).collect();
    let text =
        format!("{why}. live.toml is as it was, and no word from {} that they read it", names.join(", "));
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, NOT_PUT_BACK, text)
}

/// Has a process that was away read what was set meanwhile, if it has not at its start; whether it answered. What is wrong it
/// says in its own log.
pub(super) async fn catch_up(desk: &Desk, name: &'static str) -> bool {
    let _alone = desk.setting.lock().await;
    ask(desk, &[name], true).await.iter().any(|(_, read)| read.is_some())
}

fn refused((code, text): Wrong) -> Refusal {
    let status = match code {
        "unknown_setting" => StatusCode::NOT_FOUND,
        BAD_VALUE => StatusCode::UNPROCESSABLE_ENTITY,
        "store_failed" | NOT_PUT_BACK => StatusCode::INTERNAL_SERVER_ERROR,
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
const NOT_PUT_BACK: &str = "not_put_back";
const BAD_VALUE: &str = "bad_value";
const KEY_BYTES_MAX: usize = 64;
const PATIENCE: Duration = Duration::from_secs(5);
