//! A gateway leaves while others serve on: whoever plays is asked to go over to one of them, spread in time, and served
//! until it has; nobody new is let in. Knows no sockets.

use std::collections::VecDeque;

use proto::{
    client,
    close::CloseReason,
    kinds::{Lane, RECONNECT},
    packet::Packet,
    wire,
};

use super::{
    super::{
        limits::{
            LEAVE_SPREAD_MS_MAX, LEAVE_STEP_CLIENTS, LEAVE_STEP_MS, RECONNECT_MS_MAX, RECONNECT_MS_MIN,
        },
        session::{Kept, Stage},
    },
    ConnKey, Hub, Life,
};

/// Who is still to be asked.
#[derive(Debug)]
pub(super) struct Leaving {
    left: VecDeque<ConnKey>,
    next_ms: u64,
    /// So many are asked at a time.
    step: usize,
    within_ms: u32,
}

impl Leaving {
    pub(super) fn next_ms(&self) -> Option<u64> {
        (!self.left.is_empty()).then_some(self.next_ms)
    }
}

impl Hub {
    /// From now on everyone is to go: who plays is asked to, and who has not logged in is closed.
    pub fn leave(&mut self, now_ms: u64) {
        let mut left = VecDeque::new();
        let mut half_done = Vec::new();
        for (key, client) in self.clients.iter_mut().filter(|(_, client)| client.life == Life::Open) {
            match client.session.stage {
                Stage::Admitted
                | Stage::Reseated { .. }
                | Stage::Parked { kept: Kept::Seated { .. }, .. } => {
                    left.push_back(key);
                }
                Stage::ExpectHello => {
                    // If it is not known yet what it speaks, it is told at its first frame.
                    client.session.stage = Stage::TurnedAway(CloseReason::Stopping);
                    half_done.push(key);
                }
                Stage::BeforeLogin(_) | Stage::Parked { kept: Kept::Greeted(_), .. } => half_done.push(key),
                Stage::TurnedAway(_) => {}
            }
        }
        for key in half_done {
            if self.clients[key].transport.can_send() {
                self.close(key, now_ms, CloseReason::Stopping);
            } else {
                self.arm(key);
            }
        }
        let steps = usize::try_from(LEAVE_SPREAD_MS_MAX / LEAVE_STEP_MS).unwrap_or(1).max(1);
        let step = left.len().div_ceil(steps).max(LEAVE_STEP_CLIENTS);
        let clients = u32::try_from(left.len()).unwrap_or(u32::MAX);
        let within_ms = clients.clamp(RECONNECT_MS_MIN, RECONNECT_MS_MAX);
        self.leaving = Some(Leaving { left, next_ms: now_ms, step, within_ms });
    }

    /// Asks as many as are due to go.
    pub(super) fn tell_leavers(&mut self, now_ms: u64) {
        let Some(leaving) = self.leaving.as_mut().filter(|leaving| leaving.next_ms <= now_ms) else { return };
        leaving.next_ms = now_ms + LEAVE_STEP_MS;
        let (step, within_ms) = (leaving.step.min(leaving.left.len()), leaving.within_ms);
        let mut ask = Vec::new();
        wire::put(
            &mut ask,
            Packet { kind: RECONNECT, ..Packet::default() },
            &client::Reconnect { within_ms },
        );
        for _ in 0..step {
            let Some(key) = self.leaving.as_mut().and_then(|leaving| leaving.left.pop_front()) else {
                return;
            };
            let Some(client) = self.clients.get(key).filter(|client| client.life == Life::Open) else {
                continue;
            };
            if client.session.stage.is_parked() {
                // Elsewhere it would find no game either, and lose its seat.
                if let Some(leaving) = &mut self.leaving {
                    leaving.left.push_back(key);
                }
                continue;
            }
            self.send(key, now_ms, Lane::Control, &ask);
        }
    }
}
