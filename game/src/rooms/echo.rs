//! The smallest room that uses all of the contract: echoes to one, echoes to all, and waves of which only
//! the newest of each member counts. For tests, measurements, and as a model to copy.

use std::collections::{BTreeMap, BTreeSet};

use proto::{
    client::{EchoHeard, Waves},
    ids::AccountId,
    kinds::{KindDef, Lane},
    wire,
};
use serde::{Deserialize, Serialize};

use crate::room::{
    Journal, Message, Opening, Refusal, Room, RoomCtx, RoomKind, Snapshot, Tick, command, signal, told,
};

/// Command: the same bytes come back as the answer's result.
pub const ECHO: u32 = 1_024;
/// Command: all members hear it, the sender too.
pub const ECHO_ALL: u32 = 1_025;
/// From the server, must arrive: `EchoHeard`.
pub const ECHO_HEARD: u32 = 1_026;
/// Signal: the newest of each member is seen by all at the next tick.
pub const WAVE: u32 = 1_027;
/// From the server, latest wins: `Waves`.
pub const WAVED: u32 = 1_028;

/// Bytes of a payload.
pub const PAYLOAD_BYTES_MAX: usize = 4 * 1024;

/// The room.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Echo {
    /// The newest wave of each member.
    waves: BTreeMap<AccountId, Vec<u8>>,
    /// Whose wave is new since the last tick.
    fresh: BTreeSet<AccountId>,
}

impl RoomKind for Echo {
    const NAME: &'static str = "echo";
    const JOURNAL: Journal = Journal::Nothing;
    const TICK: Tick = Tick::World;
    const MEMBERS_MAX: usize = 10_000;
    const KINDS: &'static [KindDef] = &[
        command(ECHO, "echo", PAYLOAD_BYTES_MAX, 1),
        command(ECHO_ALL, "echo_all", PAYLOAD_BYTES_MAX, 1),
        told(ECHO_HEARD, "echo_heard", PAYLOAD_BYTES_MAX + 64, Lane::MustArrive),
        signal(WAVE, "wave", PAYLOAD_BYTES_MAX, 1),
        told(WAVED, "waved", WAVES_BYTES + PAYLOAD_BYTES_MAX + 64, Lane::LatestWins),
    ];

    fn open(_opening: &Opening<'_>) -> Result<Self, Refusal> {
        Ok(Self::default())
    }
}

impl Room for Echo {
    fn leave(&mut self, _ctx: &mut RoomCtx<'_>, member: AccountId) {
        self.waves.remove(&member);
        self.fresh.remove(&member);
    }

    fn message(&mut self, ctx: &mut RoomCtx<'_>, message: Message<'_>) -> Result<(), Refusal> {
        match message.kind {
            ECHO => ctx.answer(message.body),
            ECHO_ALL => {
                let payload = message.body.to_vec().into();
                let heard = EchoHeard { from: message.from.0, payload };
                ctx.broadcast(ECHO_HEARD, &wire::encode(&heard));
            }
            WAVE => {
                self.fresh.insert(message.from);
                self.waves.insert(message.from, message.body.to_vec());
            }
            _ => return Err(Refusal("unknown_kind")),
        }
        Ok(())
    }

    fn staff(&mut self, ctx: &mut RoomCtx<'_>, signal: &str, body: &[u8]) -> Result<(), Refusal> {
        if signal != "announce" {
            return Err(Refusal("unknown_signal"));
        }
        let heard = EchoHeard { from: 0, payload: body.to_vec().into() };
        ctx.broadcast(ECHO_HEARD, &wire::encode(&heard));
        Ok(())
    }

    fn tick(&mut self, ctx: &mut RoomCtx<'_>) {
        let waves = self.fresh.iter().filter_map(|from| Some((from, self.waves.get(from)?)));
        in_packets(waves, |body| ctx.broadcast_latest(WAVED, body));
        self.fresh.clear();
    }

    fn snapshot(&self, snapshot: &mut Snapshot<'_>) {
        in_packets(self.waves.iter(), |body| snapshot.packet(WAVED, body));
    }
}

/// Cuts waves into packets of about [`WAVES_BYTES`].
fn in_packets<'a>(waves: impl Iterator<Item = (&'a AccountId, &'a Vec<u8>)>, mut packet: impl FnMut(&[u8])) {
    let mut chunk = Waves::default();
    let mut bytes = 0;
    for (from, payload) in waves {
        bytes += payload.len() + 16;
        chunk.waves.push(EchoHeard { from: from.0, payload: payload.clone().into() });
        if WAVES_BYTES <= bytes {
            packet(&wire::encode(&chunk));
            chunk.waves.clear();
            bytes = 0;
        }
    }
    if !chunk.waves.is_empty() {
        packet(&wire::encode(&chunk));
    }
}

/// Payload in one `Waves`; it may exceed this by one wave.
const WAVES_BYTES: usize = 48 * 1024;
