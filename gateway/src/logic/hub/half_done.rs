//! Which clients have neither logged in nor wait their turn to, the oldest first: when there are as many as may be, that
//! one makes room.

use std::collections::VecDeque;

use proto::{
    kinds::{LOGIN_QUEUED, LOGIN_REFUSED},
    packet::Packets,
};

use super::{super::session::Stage, ConnKey, Hub, Life};

/// Clients that came and may be half done still, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct HalfDone {
    keys: VecDeque<ConnKey>,
    /// At this length those that logged in or left are forgotten.
    sweep_at: usize,
}

impl Hub {
    /// Remembers a newcomer.
    pub(super) fn remember_half_done(&mut self, key: ConnKey) {
        if self.half_done.sweep_at <= self.half_done.keys.len() {
            let mut keys = std::mem::take(&mut self.half_done.keys);
            keys.retain(|&key| self.is_half_done(key));
            self.half_done = HalfDone { sweep_at: SWEEP_MIN.max(2 * keys.len()), keys };
        }
        self.half_done.keys.push_back(key);
    }

    /// The client that has waited longest without sending credentials; if all have sent some, the oldest.
    /// It is not named again.
    pub fn take_oldest_half_done(&mut self) -> Option<ConnKey> {
        while !self.is_half_done(*self.half_done.keys.front()?) {
            self.half_done.keys.pop_front();
        }
        let is_idle = |&key: &ConnKey| self.is_half_done(key) && self.clients[key].session.stage.is_awaited();
        let oldest = self.half_done.keys.iter().position(is_idle).unwrap_or(0);
        self.half_done.keys.remove(oldest)
    }

    /// It is admitted, or waits its turn: it makes room for nobody.
    pub(super) fn leave_half_done(&mut self, key: ConnKey) {
        if !std::mem::replace(&mut self.clients[key].is_on_its_way, true) {
            self.admitted.push(key);
        }
    }

    /// Game says something to a client: perhaps that it has to wait its turn, or that it did so in vain.
    pub(super) fn note_told(&mut self, key: ConnKey, packets: &[u8], now_ms: u64) {
        let Some(client) = self.clients.get_mut(key) else { return };
        if !matches!(client.session.stage, Stage::BeforeLogin(_)) {
            return;
        }
        for packet in Packets::new(packets).flatten() {
            match packet.kind {
                LOGIN_QUEUED => {
                    self.clients[key].queued_ms = now_ms;
                    self.leave_half_done(key);
                }
                LOGIN_REFUSED if self.clients[key].is_on_its_way => {
                    let client = &mut self.clients[key];
                    // As one that came this moment: a wait in the queue is no way around what holds for all others.
                    (client.is_on_its_way, client.queued_ms, client.opened_ms) = (false, 0, now_ms);
                    self.relapsed.push(key);
                    self.remember_half_done(key);
                }
                _ => {}
            }
        }
    }

    fn is_half_done(&self, key: ConnKey) -> bool {
        self.clients.get(key).is_some_and(|client| client.life == Life::Open && !client.is_on_its_way)
    }
}

const SWEEP_MIN: usize = 1_024;
