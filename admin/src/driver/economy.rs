//! All gold together: what came and went by hour and reason, where it lies, who has most, where a sum or an item went, and
//! whether everything adds up. Asked of dbfront, which answers as of one record; changes nothing.

mod reasons;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use proto::link::{
    BooksHours, BooksRequest, BooksResponse, BooksRichest, BooksTrail, books_request::What, control_request,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use super::{
    checker::Checker,
    clock,
    desk::Desk,
    export,
    link::{Away, Talk},
    naming,
    refusal::{BAD_REQUEST, BUSY, Refusal},
    request::{Asked, reason},
    route::Done,
};
use crate::logic::{
    admit::By,
    csv::{Cell, Csv},
    role::{Operator, Support, Viewer},
};

/// What a console keeps of it.
#[derive(Debug)]
pub(super) struct Economy {
    pub(super) checker: Checker,
    /// The last answers, for some seconds: held by whoever asks, so that dbfront is asked once.
    kept: Mutex<Vec<Kept>>,
}

#[derive(Debug)]
struct Kept {
    at: Instant,
    of: (&'static str, u32),
    answer: BooksResponse,
}

impl Economy {
    pub(super) fn new(checker: Checker) -> Self {
        Self { checker, kept: Mutex::default() }
    }
}

#[derive(Deserialize)]
struct Span {
    hours: u32,
}

impl Span {
    fn of(asked: &Asked) -> Result<Self, Refusal> {
        let span: Self = asked.query()?;
        if (1..=HOURS_MAX).contains(&span.hours) { Ok(span) } else { Err(BAD_REQUEST.into()) }
    }

    async fn ask(&self, desk: &Desk) -> Result<(BooksResponse, u64), Refusal> {
        let hours = u64::from(self.hours);
        // Whole hours, and the one that has begun.
        let since_ms = (clock::wall_ms() / HOUR_MS + 1).saturating_sub(hours) * HOUR_MS;
        let wish = What::Hours(BooksHours { since_ms });
        Ok((kept(desk, ("hours", self.hours), wish).await?, since_ms))
    }
}

/// `GET /api/economy?hours=24`: sums by hour and reason, and where all gold lies.
pub(super) async fn show(desk: Arc<Desk>, _by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    let (said, since_ms) = Span::of(&asked)?.ask(&desk).await?;
    let number = |digits: &str| digits.parse::<i128>().unwrap_or_default();
    let mut told = number(&said.gold_before);
    let mut held = 0;
    let mut piles = Map::new();
    for pile in &said.piles {
        held += number(&pile.gold);
        piles.insert(pile.what.clone(), json!({ "gold": pile.gold, "holders": pile.holders }));
    }
    let hours: Vec<Value> = said
        .hours
        .iter()
        .map(|hour| {
            told += i128::from(hour.gold_in) - i128::from(hour.gold_out);
            json!({
                "hour_ms": hour.hour_ms,
                "reason": hour.reason,
                "in": hour.gold_in,
                "out": hour.gold_out,
                "moved": hour.gold_moved,
                "lines": hour.lines,
            })
        })
        .collect();
    Ok(Json(json!({
        "lsn": said.lsn.to_string(),
        "since_ms": since_ms,
        "hours": hours,
        "cut": said.hours_cut,
        "gold_before": said.gold_before,
        "piles": piles,
        "held": held.to_string(),
        "told": told.to_string(),
        // Of a cut list nobody knows.
        "adds_up": (!said.hours_cut).then_some(held == told),
    }))
    .into_response())
}

/// `GET /api/economy/export?hours=24`: the same sums as a table for spreadsheets.
pub(super) async fn export(desk: Arc<Desk>, _by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    let (said, _) = Span::of(&asked)?.ask(&desk).await?;
    let mut table = Csv::new(&["hour_ms", "reason", "name", "in", "out", "moved", "lines"]);
    for hour in &said.hours {
        table.row(&[
            Cell::Number(hour.hour_ms.into()),
            Cell::Number(hour.reason.into()),
            Cell::Text(reasons::name(hour.reason)),
            Cell::Number(hour.gold_in.into()),
            Cell::Number(hour.gold_out.into()),
            Cell::Number(hour.gold_moved.into()),
            Cell::Number(hour.lines.into()),
        ]);
    }
    Ok(export::csv("economy", table))
}

/// `GET /api/economy/richest?rows=20`: who has most, first.
pub(super) async fn richest(desk: Arc<Desk>, _by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        rows: u32,
    }
    let Wish { rows } = asked.query()?;
    if !(1..=RICHEST_MAX).contains(&rows) {
        return Err(BAD_REQUEST.into());
    }
    let wish = What::Richest(BooksRichest { rows_max: rows });
    let said = kept(&desk, ("richest", rows), wish).await?;
    let rows = said
        .richest
        .iter()
        .map(|rich| json!({ "account": rich.account.to_string(), "name": rich.name, "gold": rich.gold }));
    Ok(Json(json!({ "lsn": said.lsn.to_string(), "rows": rows.collect::<Value>() })).into_response())
}

/// What is followed: gold of an account (or letter, or match), or an item.
#[derive(Deserialize)]
struct Trail {
    #[serde(default)]
    account: String,
    #[serde(default)]
    item: String,
    #[serde(default)]
    since: String,
    #[serde(default)]
    sum: String,
    #[serde(default)]
    steps: String,
    #[serde(default)]
    rows: String,
}

impl Trail {
    async fn ask(&self, desk: &Desk) -> Result<BooksResponse, Refusal> {
        let number = |text: &str, absent: u64| match text {
            "" => Ok(absent),
            text => text.parse::<u64>().map_err(|_| Refusal::from(BAD_REQUEST)),
        };
        let (account, item) = (number(&self.account, 0)?, number(&self.item, 0)?);
        if (account == 0) == (item == 0) {
            return Err(BAD_REQUEST.into());
        }
        let small = |text: &str, absent: u32| {
            let number = number(text, absent.into())?;
            u32::try_from(number).map_err(|_| Refusal::from(BAD_REQUEST))
        };
        let wish = BooksTrail {
            account,
            item,
            since: number(&self.since, 0)?,
            sum: i64::try_from(number(&self.sum, 0)?).map_err(|_| Refusal::from(BAD_REQUEST))?,
            steps_max: small(&self.steps, STEPS)?,
            rows_max: small(&self.rows, ROWS)?,
        };
        ask(desk, What::Trail(wish), PATIENCE_LONG).await
    }
}

/// `GET /api/economy/trail?account=|item=&since=&sum=&steps=&rows=`: where it went.
pub(super) async fn trail(desk: Arc<Desk>, _by: By<Support>, asked: Asked) -> Result<Response, Refusal> {
    let said = asked.query::<Trail>()?.ask(&desk).await?;
    let steps = said.steps.iter().map(|step| {
        json!({
            "parent": step.parent,
            "depth": step.depth,
            "lsn": step.lsn.to_string(),
            "item": (step.item != 0).then(|| step.item.to_string()),
            "kind": step.kind,
            "from": (step.from != 0).then(|| step.from.to_string()),
            "to": (step.to != 0).then(|| step.to.to_string()),
            "amount": step.amount,
            "traced": step.traced,
            "kept": step.kept,
            "reason": step.reason,
            "wall_ms": step.wall_ms,
            "cut": step.cut,
        })
    });
    Ok(Json(json!({
        "lsn": said.lsn.to_string(),
        "looked": said.looked,
        "looked_to": said.looked_to.to_string(),
        "ended": said.ended,
        "steps": steps.collect::<Value>(),
        "holders": naming::told(&said.holders),
    }))
    .into_response())
}

/// `GET /api/economy/trail/export` with the same wish: as a table for spreadsheets.
pub(super) async fn trail_export(
    desk: Arc<Desk>,
    _by: By<Support>,
    asked: Asked,
) -> Result<Response, Refusal> {
    let said = asked.query::<Trail>()?.ask(&desk).await?;
    let columns = [
        "step",
        "parent",
        "depth",
        "record",
        "wall_ms",
        "reason",
        "item",
        "kind",
        "from",
        "from_what",
        "from_name",
        "from_account",
        "to",
        "to_what",
        "to_name",
        "to_account",
        "amount",
        "traced",
        "kept",
        "not_followed",
    ];
    let mut table = Csv::new(&columns);
    for (number, step) in (1..).zip(&said.steps) {
        let [from, to] = [step.from, step.to].map(|id| said.holders.iter().find(|holder| holder.id == id));
        let id = |id: u64| if id == 0 { Cell::Text("world") } else { Cell::Number(id.into()) };
        let of = |account: Option<u64>| match account.unwrap_or(0) {
            0 => Cell::Empty,
            account => Cell::Number(account.into()),
        };
        let what = |holder: Option<&'_ proto::link::BooksHolder>| match holder {
            Some(holder) => holder.what.clone(),
            None => String::new(),
        };
        let (from_what, to_what) = (what(from), what(to));
        table.row(&[
            Cell::Number(number),
            Cell::Number(step.parent.into()),
            Cell::Number(step.depth.into()),
            Cell::Number(step.lsn.into()),
            Cell::Number(step.wall_ms.into()),
            Cell::Text(reasons::name(step.reason)),
            of(Some(step.item)),
            of(Some(step.kind.into())),
            id(step.from),
            Cell::Text(&from_what),
            Cell::Text(from.map_or("", |holder| &holder.name)),
            of(from.map(|holder| holder.account)),
            id(step.to),
            Cell::Text(&to_what),
            Cell::Text(to.map_or("", |holder| &holder.name)),
            of(to.map(|holder| holder.account)),
            Cell::Number(step.amount.into()),
            Cell::Number(step.traced.into()),
            Cell::Number(step.kept.into()),
            Cell::Text(if step.cut { "too many steps" } else { "" }),
        ]);
    }
    if said.ended != "whole" {
        let why = format!("there is more after record {}: {}", said.looked_to, said.ended);
        table.row(&[Cell::Empty, Cell::Empty, Cell::Empty, Cell::Text(&why)]);
    }
    Ok(export::csv("trail", table))
}

/// `GET /api/economy/check`: the check that runs, and what came of the last one.
pub(super) async fn check(desk: Arc<Desk>, _by: By<Viewer>, _asked: Asked) -> Result<Response, Refusal> {
    Ok(Json(desk.economy.checker.look()).into_response())
}

/// `POST /api/economy/check/begin`: begins one.
pub(super) async fn begin_check(
    desk: Arc<Desk>,
    by: By<Operator>,
    mut asked: Asked,
) -> Result<Done, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        reason: String,
    }
    let Body { reason: why } = asked.body()?;
    let why = reason(&why).map_err(|refusal| refusal.of(TARGET, ""))?;
    let begun = desk.economy.checker.begin(&by.caller().name);
    begun.map_err(|refusal| refusal.of(TARGET, &why))?;
    Ok(Done { reason: why, answer: desk.economy.checker.look(), ..Done::to(TARGET) })
}

/// Some seconds old at most: whoever looks at a page asks for no more than that.
async fn kept(desk: &Desk, of: (&'static str, u32), wish: What) -> Result<BooksResponse, Refusal> {
    let mut kept = desk.economy.kept.lock().await;
    let now = clock::now();
    kept.retain(|kept| now.saturating_duration_since(kept.at) < KEPT);
    if let Some(found) = kept.iter().find(|kept| kept.of == of) {
        return Ok(found.answer.clone());
    }
    let answer = ask(desk, wish, PATIENCE).await?;
    if kept.len() < KEPT_MAX {
        kept.push(Kept { at: now, of, answer: answer.clone() });
    }
    Ok(answer)
}

/// Asks dbfront.
pub(super) async fn ask(desk: &Desk, what: What, patience: Duration) -> Result<BooksResponse, Refusal> {
    let wish = control_request::What::Books(BooksRequest { what: Some(what) });
    let talk = Talk::open(&desk.dbfront, patience.min(PATIENCE)).await.map_err(|away| unreachable(&away))?;
    let said = talk.ask(wish, patience).await.map_err(|away| unreachable(&away))?;
    match (said.books, said.error.as_str()) {
        (Some(books), _) => Ok(books),
        (None, "") => Err(unreachable(&Away::Garbage)),
        (None, "busy") => Err(BUSY.into()),
        (None, "bad_request") => Err(BAD_REQUEST.into()),
        (None, code) => Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, code, said.detail)),
    }
}

fn unreachable(away: &Away) -> Refusal {
    let text = format!("dbfront does not answer: is it running? ({away})");
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "dbfront_away", text)
}

const TARGET: &str = "economy";
const HOUR_MS: u64 = 3_600_000;
/// Ten days.
const HOURS_MAX: u32 = 240;
const RICHEST_MAX: u32 = 100;
const STEPS: u32 = 16;
const ROWS: u32 = 500;
const PATIENCE: Duration = Duration::from_secs(10);
/// Of which dbfront takes four fifths.
const PATIENCE_LONG: Duration = Duration::from_secs(20);
const KEPT: Duration = Duration::from_secs(5);
const KEPT_MAX: usize = 16;
