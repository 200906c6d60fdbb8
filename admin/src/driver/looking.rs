//! What there is to see beside players and rooms: charts, the database. Changes nothing.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::link::{PoisonRequest, PoisonShow, control_request, poison_request};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    desk::Desk,
    link::Talk,
    refusal::{BAD_REQUEST, Refusal},
    request::Asked,
};
use crate::logic::{admit::By, history::Span, role::Viewer};

/// `GET /api/history?span=15m|24h&series=gateway.bytes_in,…`
pub(super) async fn history(desk: Arc<Desk>, _by: By<Viewer>, asked: Asked) -> Result<Response, Refusal> {
    #[derive(Deserialize)]
    struct Wish {
        span: String,
        /// None: all of them.
        series: Option<String>,
    }
    let wish: Wish = asked.query()?;
    let span = Span::parse(&wish.span).ok_or(BAD_REQUEST)?;
    let wanted: Option<Vec<&str>> = wish.series.as_deref().map(|names| names.split(',').collect());
    let is_wanted = |name: &str| wanted.as_ref().is_none_or(|wanted| wanted.contains(&name));
    let columns = desk.state().history.columns(span, is_wanted);
    Ok(Json(columns).into_response())
}

/// `GET /api/database`: dbfront as it was this second, and the record that the database refuses, if there is one.
pub(super) async fn database(desk: Arc<Desk>, _by: By<Viewer>, _asked: Asked) -> Result<Response, Refusal> {
    let latest = Arc::clone(&desk.latest.borrow());
    let process = latest.sample.processes.iter().find(|process| process.role == "dbfront");
    let poison = poison(&desk).await;
    let at_ms = latest.sample.at_ms;
    Ok(Json(json!({ "at_ms": at_ms, "process": process, "poison": poison })).into_response())
}

/// Nothing where there is none, or dbfront does not say.
async fn poison(desk: &Desk) -> Value {
    let what = Some(poison_request::What::Show(PoisonShow::default()));
    let wish = control_request::What::Poison(PoisonRequest { what });
    let Ok(talk) = Talk::open(&desk.dbfront, PATIENCE).await else { return Value::Null };
    let said = talk.ask(wish, PATIENCE).await.ok().and_then(|said| said.poison);
    match said.filter(|poison| poison.lsn != 0) {
        None => Value::Null,
        Some(poison) => json!({
            "lsn": poison.lsn.to_string(),
            "table": poison.table,
            "what": poison.what,
            "since_ms": poison.since_ms,
            "tries": poison.tries,
        }),
    }
}

const PATIENCE: Duration = Duration::from_secs(3);
