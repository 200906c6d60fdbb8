//! What game says of itself to whoever connects: which kinds of packets there are, and under which rules. Knows no
//! connection.

use proto::{
    client,
    kinds::{self, KindDef},
    limits::{CLIENT_PROTOCOL, PING_IDLE_MS, SILENCE_DROP_MS},
    link::KindRule,
    packet::Packet,
    wire,
};
use rustc_hash::FxHashMap;

use super::event::WorldConfig;
use crate::registry::Registry;

/// Every kind, with the index of its kind of room if it is one's.
pub(super) fn kind_table(registry: &Registry) -> FxHashMap<u32, (KindDef, Option<usize>)> {
    let built_in = kinds::BUILT_IN.iter().map(|def| (def.kind, (*def, None)));
    let of_rooms = registry
        .rooms()
        .iter()
        .enumerate()
        .flat_map(|(index, room)| room.kinds.iter().map(move |def| (def.kind, (*def, Some(index)))));
    built_in.chain(of_rooms).collect()
}

/// The first packet that a client hears, encoded.
pub(super) fn welcome(config: &WorldConfig, registry: &Registry) -> Vec<u8> {
    let info = |rule: KindRule| client::KindInfo {
        kind: rule.kind,
        name: rule.name,
        body_max: rule.body_max,
        cost: rule.cost,
        class: rule.class,
        lane: rule.lane,
        room: rule.room,
    };
    let welcome = client::Welcome {
        protocol: CLIENT_PROTOCOL,
        server: format!("ding {}", proto::handshake::BUILD),
        kinds: registry.rules().into_iter().map(info).collect(),
        ping_idle_ms: PING_IDLE_MS,
        silence_ms: SILENCE_DROP_MS,
        unanswered_max: u32::try_from(config.unanswered_max).unwrap_or(u32::MAX),
    };
    let mut bytes = Vec::new();
    wire::put(&mut bytes, Packet { kind: kinds::WELCOME, ..Packet::default() }, &welcome);
    bytes
}
