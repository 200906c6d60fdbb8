//! Mistakes of [`Lie`] that a game would make about sessions, made between it and its gateways.

use std::collections::BTreeMap;

use bytes::Bytes;
use proto::{
    client::Resumed,
    kinds::{self, Lane},
    link_io::{Op, Seat},
    packet::{Packet, Packets},
    prescan::Budget,
    wire,
};

use crate::sim::{game::Leaving, lie::Lie};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Twists {
    /// Every token of each session, the last of them last.
    tokens: BTreeMap<Bytes, Vec<Bytes>>,
    /// Seats named so far.
    named: u32,
    /// What becomes of the next packet that a connection missed.
    next: BTreeMap<(u64, u64), Lie>,
}

impl Twists {
    pub(super) fn told(&mut self, session: &Bytes, token: Bytes) {
        self.tokens.entry(session.clone()).or_default().push(token);
    }

    /// Whatever token a session ever had is as good as its last one.
    pub(super) fn token(&self, lie: Option<Lie>, session: &Bytes, token: Bytes) -> Bytes {
        let known = self.tokens.get(session).filter(|known| known.contains(&token));
        let last = known.and_then(|known| known.last()).filter(|_| lie == Some(Lie::OldTokenLives));
        last.cloned().unwrap_or(token)
    }

    /// Whoever is named last has the seat.
    pub(super) fn seat(&mut self, lie: Option<Lie>, seat: Seat) -> Seat {
        self.named += 1;
        let attach = if lie == Some(Lie::SeatOrderIgnored) { 1_000 + self.named } else { seat.attach };
        Seat { attach, ..seat }
    }

    /// What reaches the gateway of a record.
    pub(super) fn down(&mut self, lie: Option<Lie>, leaving: Leaving) -> Vec<Leaving> {
        let Some(lie) = lie.filter(|_| leaving.op == Op::Send) else { return vec![leaving] };
        let place = (leaving.link.0, leaving.a);
        let mut packets = Vec::new();
        for packet in Packets::new(&leaving.payload).flatten() {
            let next = self.next.get(&place).copied().filter(|_| leaving.lane == Lane::MustArrive);
            match (packet.kind, next) {
                (kinds::RESUMED, _) => self.resumed(lie, place, packet, &mut packets),
                (_, Some(Lie::RingDropsOne)) => drop(self.next.remove(&place)),
                (kinds::CHAT_HEARD, Some(Lie::GatheredIsLost)) => drop(self.next.remove(&place)),
                (_, Some(Lie::RingSendsTwice)) => {
                    self.next.remove(&place);
                    packet.put(&mut packets);
                    packet.put(&mut packets);
                }
                _ => packet.put(&mut packets),
            }
        }
        if packets.is_empty() { Vec::new() } else { vec![Leaving { payload: packets.into(), ..leaving }] }
    }

    fn resumed(&mut self, lie: Lie, place: (u64, u64), packet: Packet<'_>, packets: &mut Vec<u8>) {
        let mut resumed = wire::decode::<Resumed>(packet.body, Budget::LINK).unwrap_or_default();
        let has_missed = 0 < resumed.missed;
        match lie {
            Lie::ResumedTooHigh => resumed.cseq_last += 1,
            Lie::RingDropsOne if has_missed => {
                resumed.missed -= 1;
                self.next.insert(place, lie);
            }
            Lie::GatheredIsLost if has_missed => drop(self.next.insert(place, lie)),
            Lie::RingSendsTwice if has_missed => {
                resumed.missed += 1;
                self.next.insert(place, lie);
            }
            _ => {}
        }
        wire::put(packets, Packet { body: &[], ..packet }, &resumed);
    }
}
