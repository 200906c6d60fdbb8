//! What the processes log, to be looked at, and how much of it: their last lines are here, asked for with how they are.
//! Knows no line's meaning.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use proto::link::{ControlResponse, LogLevelRequest, LogRequest, LogResponse, control_request::What};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    link::{Away, Talk},
    refusal::{BAD_REQUEST, Refusal},
    request::{Asked, reason},
    route::Done,
};
use crate::logic::{
    admit::By,
    logs::{Filter, LEVELS},
    role::Operator,
};

/// `GET /api/logs?level=&process=&event=&text=&after=N&before=N`: the newest lines that fit, the oldest of them first.
pub(super) async fn tail(desk: Arc<Desk>, _by: By<Operator>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Between {
        after: Option<u64>,
        before: Option<u64>,
    }
    let (between, filter) = (asked.query::<Between>()?, asked.query::<Filter>()?);
    let state = desk.state();
    let page = state.logs.page(between.after.unwrap_or(0), between.before.unwrap_or(u64::MAX), &filter);
    let processes = state.logs.processes();
    let answer = json!({
        "lines": page.lines,
        "newest": page.newest,
        "oldest": page.oldest,
        "processes": processes,
        "levels": LEVELS,
    });
    drop(state);
    Ok(Json(answer).into_response())
}

/// `POST /api/logs/level {process, level, reason}`: logs so much for ten minutes, or as usual again.
pub(super) async fn level(desk: Arc<Desk>, by: By<Operator>, mut asked: Asked) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        process: String,
        level: String,
        reason: String,
    }
    let Body { process, level, reason: why } = asked.body()?;
    if !LEVELS.contains(&level.as_str()) {
        return Err(BAD_REQUEST.into());
    }
    let why = reason(&why).map_err(|refusal| refusal.of(&process, ""))?;
    let shown = || desk.state().logs.processes().get(process.as_str()).map_or(Value::Null, |now| json!(now));
    let before = shown();
    let raised = raise(&desk, &process, &level, &by.caller().name).await;
    let (pid, said) = raised.map_err(|refusal| refusal.of(&process, &why))?;
    // What it said of its level; its lines come in their order.
    let name = desk.seats.iter().map(|seat| seat.name).chain([desk.own.name]).find(|name| **name == process);
    if let Some(name) = name {
        desk.state().logs.hear(name, pid, LogResponse { lines: Vec::new(), lost: 0, ..said });
    }
    let after = shown();
    Ok(Done { reason: why, before, answer: json!({ "process": after }), after, ..Done::to(process) })
}

async fn raise(desk: &Desk, process: &str, level: &str, by: &str) -> Result<(u32, LogResponse), Refusal> {
    if process == desk.own.name {
        let raised = (desk.own.raise)(level, LONGEST, &format!("{by} (console)"));
        raised.map_err(refused)?;
        return Ok((std::process::id(), (desk.own.tail)(u64::MAX, 1)));
    }
    let seat = desk.seats.iter().find(|seat| seat.name == process).ok_or(BAD_REQUEST)?;
    let for_ms = u64::try_from(LONGEST.as_millis()).unwrap_or(u64::MAX);
    let wish = LogLevelRequest { level: level.to_owned(), for_ms, by: by.to_owned() };
    let asked = async {
        let talk = Talk::open(&seat.socket, PATIENCE).await?;
        talk.ask(What::LogLevel(wish), PATIENCE).await
    };
    let away = |away: Away| {
        let text = format!("{process} does not answer: is it running? ({away})");
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "process_away", text)
    };
    let ControlResponse { error, pid, log, .. } = asked.await.map_err(away)?;
    if !error.is_empty() {
        return Err(refused(&error));
    }
    Ok((pid, log.unwrap_or_default()))
}

fn refused(code: &str) -> Refusal {
    let text = "a process can be told to log more than usual, and as usual again; never less";
    Refusal::new(StatusCode::CONFLICT, code, text)
}

/// What is new of a process that was just asked how it is.
pub(super) async fn gather(desk: &Desk, name: &'static str, pid: u32, talk: &Talk) {
    let after = desk.state().logs.seen(name, pid);
    let wish = What::Log(LogRequest { after, lines_max: 0 });
    // One of a version that has none says so; the next second may have more luck.
    if let Ok(ControlResponse { log: Some(said), .. }) = talk.ask(wish, PATIENCE_SHORT).await {
        desk.state().logs.hear(name, pid, said);
    }
}

/// The same of this process.
pub(super) fn gather_own(desk: &Desk) {
    let pid = std::process::id();
    let after = desk.state().logs.seen(desk.own.name, pid);
    let said = (desk.own.tail)(after, usize::MAX);
    desk.state().logs.hear(desk.own.name, pid, said);
}

/// Then it goes back by itself.
const LONGEST: Duration = Duration::from_secs(600);
const PATIENCE: Duration = Duration::from_secs(3);
/// Together with how it is, less than until the next question.
const PATIENCE_SHORT: Duration = Duration::from_millis(400);
