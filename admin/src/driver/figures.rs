//! What processes say of themselves beyond the figures of each second: asked of them when somebody looks. Changes nothing.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use proto::link::{BillLine, BillRequest, control_request};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{
    desk::Desk,
    link::Talk,
    refusal::{GATEWAY_AWAY, Refusal},
    request::Asked,
};
use crate::logic::{admit::By, role::Viewer};

/// `GET /api/bill`: what each kind of packet to clients cost so far, of all gateways that answer together.
pub(super) async fn bill(desk: Arc<Desk>, _by: By<Viewer>, _asked: Asked) -> Result<Response, Refusal> {
    Ok(Json(desk.bill.get(sum(&desk)).await?).into_response())
}

async fn sum(desk: &Desk) -> Result<Value, Refusal> {
    let latest = Arc::clone(&desk.latest.borrow());
    let there = |name: &str| latest.sample.processes.iter().any(|one| one.name == name && one.reachable);
    let mut asked = JoinSet::new();
    for (name, socket) in desk.gateways.iter().filter(|(name, _)| there(name)).cloned() {
        asked.spawn(async move {
            let talk = Talk::open(&socket, PATIENCE).await.ok()?;
            let said = talk.ask(control_request::What::Bill(BillRequest {}), PATIENCE).await.ok()?;
            Some((name, said.pid, said.bill?.lines))
        });
    }
    let mut answered: Vec<_> = asked.join_all().await.into_iter().flatten().collect();
    if answered.is_empty() {
        return Err(GATEWAY_AWAY.into());
    }
    answered.sort_by_key(|(name, ..)| *name);
    let mut sum: BTreeMap<(String, String, String), BillLine> = BTreeMap::new();
    // Counters begin again with another process: who compares two answers looks at this.
    let of: Vec<String> = answered.iter().map(|(name, pid, _)| format!("{name} {pid}")).collect();
    for line in answered.into_iter().flat_map(|(.., lines)| lines) {
        let key = (line.subsystem.clone(), line.room.clone(), line.kind.clone());
        let known = sum.entry(key).or_default();
        known.messages += line.messages;
        known.receivers += line.receivers;
        known.bytes_before += line.bytes_before;
        known.bytes_after += line.bytes_after;
        known.writes += line.writes;
        known.ns += line.ns;
    }
    let lines = sum.into_iter().map(|((subsystem, room, kind), line)| {
        json!({
            "subsystem": subsystem, "room": room, "kind": kind,
            "messages": line.messages, "receivers": line.receivers,
            "bytes_before": line.bytes_before, "bytes_after": line.bytes_after,
            "writes": line.writes, "us": line.ns / 1_000,
        })
    });
    let lines: Value = lines.collect();
    Ok(json!({ "at_ms": super::clock::wall_ms(), "of": of, "lines": lines }))
}

const PATIENCE: Duration = Duration::from_secs(3);
