//! Which clients have not logged in, the oldest first: when there are as many as may be, that one makes room.

use std::collections::VecDeque;

use super::{ConnKey, Hub, Life};

/// Clients that came and may not have logged in yet, in the order in which they came.
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

    fn is_half_done(&self, key: ConnKey) -> bool {
        self.clients.get(key).is_some_and(|client| client.life == Life::Open && !client.is_admitted())
    }
}

const SWEEP_MIN: usize = 1_024;
